# Channel-wise distillation (arXiv:2011.13256) of a segmentor: PSPNet with ResNet-101 teaches PSPNet
# with ResNet-18, through the scores of the classes at each pixel.
_base_ = [
    '../../_base_/datasets/mmseg/cityscapes.py',
    '../../_base_/mmseg_runtime.py',
    '../../_base_/schedules/mmseg/schedule_80k.py',
]

# Two pictures a device are too few for batch statistics of their own.
norm_cfg = dict(type='SyncBN', requires_grad=True)

# An eighth of the resolution: the last two stages dilate instead of striding.
__stages = dict(
    num_stages=4,
    out_indices=(0, 1, 2, 3),
    dilations=(1, 1, 2, 4),
    strides=(1, 2, 1, 1),
    norm_cfg=norm_cfg,
    norm_eval=False,
    style='pytorch',
    contract_dilation=True)


def __scoring(weight):
    """The end of a head: what makes scores of the 19 classes, and their loss."""
    return dict(
        dropout_ratio=0.1,
        num_classes=19,
        norm_cfg=norm_cfg,
        align_corners=False,
        loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=False, loss_weight=weight))


def __pyramid(in_channels, channels):
    return dict(
        type='PSPHead',
        in_channels=in_channels,
        in_index=3,
        channels=channels,
        pool_scales=(1, 2, 3, 6),
        **__scoring(1.0))


def __pretrained(checkpoint):
    return dict(type='Pretrained', checkpoint=checkpoint)


student = dict(
    type='mmseg.EncoderDecoder',
    backbone=dict(
        type='ResNetV1c',
        init_cfg=__pretrained('open-mmlab://resnet18_v1c'),
        depth=18,
        **__stages),
    decode_head=__pyramid(512, channels=128),
    auxiliary_head=dict(
        type='FCNHead',
        in_channels=256,
        in_index=2,
        channels=64,
        num_convs=1,
        concat_input=False,
        **__scoring(0.4)),
    train_cfg={},
    test_cfg=dict(mode='whole'))

checkpoint = (
    'https://download.openmmlab.com/mmsegmentation/v0.5/pspnet/'
    'pspnet_r101-d8_512x1024_80k_cityscapes/'
    'pspnet_r101-d8_512x1024_80k_cityscapes_20200606_112211-e1e1100f.pth')
teacher = dict(
    type='mmseg.EncoderDecoder',
    init_cfg=__pretrained(checkpoint),
    backbone=dict(type='ResNetV1c', depth=101, **__stages),
    decode_head=__pyramid(2048, channels=512))

__scores = 'decode_head.conv_seg'
algorithm = dict(
    type='GeneralDistill',
    architecture=dict(type='MMSegArchitecture', model=student),
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
                        name='loss_cwd_logits',
                        tau=1,
                        loss_weight=5),
                ]),
        ]))

find_unused_parameters = True
