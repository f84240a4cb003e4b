# Channel-wise distillation (arXiv:2011.13256) of a detector: GFL with ResNet-101 teaches GFL with
# ResNet-50, through the scores of the classes at each place.
_base_ = [
    '../../_base_/datasets/mmdet/coco_detection.py',
    '../../_base_/schedules/mmdet/schedule_1x.py',
    '../../_base_/mmdet_runtime.py',
]


def __pretrained(checkpoint):
    return dict(type='Pretrained', checkpoint=checkpoint)


def __backbone(depth, weights):
    return dict(
        type='ResNet',
        depth=depth,
        num_stages=4,
        out_indices=(0, 1, 2, 3),
        frozen_stages=1,
        norm_cfg=dict(type='BN', requires_grad=True),
        norm_eval=True,
        style='pytorch',
        init_cfg=weights)


# All but the backbone is the same in both networks.
__rest = dict(
    neck=dict(
        type='FPN',
        in_channels=[256, 512, 1024, 2048],
        out_channels=256,
        start_level=1,
        add_extra_convs='on_output',
        num_outs=5),
    bbox_head=dict(
        type='GFLHead',
        num_classes=80,
        in_channels=256,
        stacked_convs=4,
        feat_channels=256,
        anchor_generator=dict(
            type='AnchorGenerator',
            ratios=[1.0],
            octave_base_scale=8,
            scales_per_octave=1,
            strides=[8, 16, 32, 64, 128]),
        loss_cls=dict(type='QualityFocalLoss', use_sigmoid=True, beta=2.0, loss_weight=1.0),
        loss_dfl=dict(type='DistributionFocalLoss', loss_weight=0.25),
        reg_max=16,
        loss_bbox=dict(type='GIoULoss', loss_weight=2.0)),
    train_cfg=dict(
        assigner=dict(type='ATSSAssigner', topk=9),
        allowed_border=-1,
        pos_weight=-1,
        debug=False),
    test_cfg=dict(
        nms_pre=1000,
        min_bbox_size=0,
        score_thr=0.05,
        nms=dict(type='nms', iou_threshold=0.6),
        max_per_img=100))

student = dict(
    type='mmdet.GFL', backbone=__backbone(50, __pretrained('torchvision://resnet50')), **__rest)

checkpoint = (
    'https://download.openmmlab.com/mmdetection/v2.0/gfl/gfl_r101_fpn_mstrain_2x_coco/'
    'gfl_r101_fpn_mstrain_2x_coco_20200629_200126-dd12f847.pth')
teacher = dict(
    type='mmdet.GFL',
    init_cfg=__pretrained(checkpoint),
    backbone=__backbone(101, weights=None),
    **__rest)

__scores = 'bbox_head.gfl_cls'
algorithm = dict(
    type='GeneralDistill',
    architecture=dict(type='MMDetArchitecture', model=student),
    distiller=dict(
        type='SingleTeacherDistiller',
        teacher=teacher,
        teacher_trainable=False,
        components=[
            dict(
                student_module=__scores,
                teacher_module=__scores,
                losses=[
                    dict(
                        type='ChannelWiseDivergence',
                        name='loss_cwd_cls_head',
                        tau=1,
                        loss_weight=5),
                ]),
        ]))

find_unused_parameters = True

# Half the rate of the base, whose total batch is twice as large.
optimizer = dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=1e-4)
