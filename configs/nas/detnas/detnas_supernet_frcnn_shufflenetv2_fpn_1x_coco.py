# DetNAS, second step: trains the pretrained ShuffleNetV2 supernet as the backbone of a Faster
# R-CNN, one random path an iteration.
_base_ = [
    '../../_base_/datasets/mmdet/coco_detection.py',
    '../../_base_/schedules/mmdet/schedule_1x.py',
    '../../_base_/mmdet_runtime.py',
]

# Two pictures a device are too few for batch statistics of their own.
norm_cfg = dict(type='SyncBN', requires_grad=True)

__strides = [4, 8, 16, 32, 64]
__width = 256


def __box_losses(sigmoid):
    return dict(
        loss_cls=dict(type='CrossEntropyLoss', use_sigmoid=sigmoid, loss_weight=1.0),
        loss_bbox=dict(type='L1Loss', loss_weight=1.0))


def __coder(centre, size):
    """Encodes boxes relative to anchors; the deviations are those of centre and size."""
    return dict(
        type='DeltaXYWHBBoxCoder', target_means=[0.0] * 4, target_stds=[centre] * 2 + [size] * 2)


def __assigner(positive, negative, least, low_quality):
    return dict(
        type='MaxIoUAssigner',
        pos_iou_thr=positive,
        neg_iou_thr=negative,
        min_pos_iou=least,
        match_low_quality=low_quality,
        ignore_iof_thr=-1)


def __sampler(num, positives, with_truth):
    return dict(
        type='RandomSampler',
        num=num,
        pos_fraction=positives,
        neg_pos_ub=-1,
        add_gt_as_proposals=with_truth)


def __nms(threshold):
    return dict(type='nms', iou_threshold=threshold)


def __proposals(candidates):
    return dict(nms_pre=candidates, max_per_img=1000, nms=__nms(0.7), min_bbox_size=0)


model = dict(
    type='mmdet.FasterRCNN',
    backbone=dict(
        type='mmcls.SearchableShuffleNetV2',
        norm_cfg=norm_cfg,
        out_indices=(0, 1, 2, 3),
        widen_factor=1.0,
        with_last_layer=False),
    neck=dict(
        type='FPN',
        norm_cfg=norm_cfg,
        in_channels=[64, 160, 320, 640],
        out_channels=__width,
        num_outs=len(__strides)),
    rpn_head=dict(
        type='RPNHead',
        in_channels=__width,
        feat_channels=__width,
        anchor_generator=dict(
            type='AnchorGenerator', scales=[8], ratios=[0.5, 1.0, 2.0], strides=__strides),
        bbox_coder=__coder(1.0, 1.0),
        **__box_losses(sigmoid=True)),
    roi_head=dict(
        type='StandardRoIHead',
        bbox_roi_extractor=dict(
            type='SingleRoIExtractor',
            roi_layer=dict(type='RoIAlign', output_size=7, sampling_ratio=0),
            out_channels=__width,
            featmap_strides=__strides[:-1]),
        bbox_head=dict(
            type='Shared4Conv1FCBBoxHead',
            norm_cfg=norm_cfg,
            in_channels=__width,
            fc_out_channels=1024,
            roi_feat_size=7,
            num_classes=80,
            bbox_coder=__coder(0.1, 0.2),
            reg_class_agnostic=False,
            **__box_losses(sigmoid=False))),
    train_cfg=dict(
        rpn=dict(
            assigner=__assigner(0.7, 0.3, 0.3, low_quality=True),
            sampler=__sampler(256, 0.5, with_truth=False),
            allowed_border=-1,
            pos_weight=-1,
            debug=False),
        rpn_proposal=__proposals(2000),
        rcnn=dict(
            assigner=__assigner(0.5, 0.5, 0.5, low_quality=False),
            sampler=__sampler(512, 0.25, with_truth=True),
            pos_weight=-1,
            debug=False)),
    test_cfg=dict(
        rpn=__proposals(1000), rcnn=dict(score_thr=0.05, nms=__nms(0.5), max_per_img=100)))

__choices = {
    f'shuffle_{size}x{size}': dict(type='ShuffleBlock', norm_cfg=norm_cfg, kernel_size=size)
    for size in (3, 5, 7)
}
__choices['shuffle_xception'] = dict(type='ShuffleXception', norm_cfg=norm_cfg)
mutator = dict(
    type='OneShotMutator',
    placeholder_mapping=dict(all_blocks=dict(type='OneShotOP', choices=__choices)))

algorithm = dict(
    type='DetNAS',
    architecture=dict(type='MMDetArchitecture', model=model),
    mutator=mutator,
    pruner=None,
    distiller=None,
    retraining=False)

# A path leaves the parameters of the other choices without gradients.
find_unused_parameters = True
