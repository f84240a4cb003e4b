# COCO 2017 with masks and, for a semantic branch at an eighth of the resolution, its stuff maps.
_base_ = './coco_instance.py'

data_root = 'data/coco/'
img_norm_cfg = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)

__load = dict(type='LoadImageFromFile')
__normalize = dict(type='Normalize', **img_norm_cfg)
__pad = dict(type='Pad', size_divisor=32)
__flip = dict(type='RandomFlip', flip_ratio=0.5)
__scale = (1333, 800)
train_pipeline = [
    __load,
    dict(type='LoadAnnotations', with_bbox=True, with_mask=True, with_seg=True),
    dict(type='Resize', img_scale=__scale, keep_ratio=True),
    __flip,
    __normalize,
    __pad,
    dict(type='SegRescale', scale_factor=1 / 8),
    dict(type='DefaultFormatBundle'),
    dict(
        type='Collect',
        keys=['img', 'gt_bboxes', 'gt_labels', 'gt_masks', 'gt_semantic_seg']),
]
__pack = [dict(type=name, keys=['img']) for name in ('ImageToTensor', 'Collect')]
test_pipeline = [
    __load,
    dict(
        type='MultiScaleFlipAug',
        img_scale=__scale,
        flip=False,
        transforms=[
            dict(type='Resize', keep_ratio=True), __flip, __normalize, __pad, *__pack
        ]),
]
data = dict(
    train=dict(
        _delete_=True,
        type='CocoDataset',
        ann_file=f'{data_root}annotations/instances_train2017.json',
        img_prefix=f'{data_root}train2017/',
        seg_prefix=f'{data_root}stuffthingmaps/train2017/',
        pipeline=train_pipeline),
    val=dict(pipeline=test_pipeline),
    test=dict(pipeline=test_pipeline))
