# Cityscapes in square crops of 1024 pixels.
_base_ = './cityscapes.py'

img_norm_cfg = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)
crop_size = (1024, 1024)

__load = dict(type='LoadImageFromFile')
__normalize = dict(type='Normalize', **img_norm_cfg)
train_pipeline = [
    __load,
    dict(type='LoadAnnotations'),
    dict(type='Resize', img_scale=(2048, 1024), ratio_range=(0.5, 2.0)),
    dict(type='RandomCrop', crop_size=crop_size, cat_max_ratio=0.75),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    __normalize,
    dict(type='Pad', size=crop_size, pad_val=0, seg_pad_val=255),
    dict(type='DefaultFormatBundle'),
    dict(type='Collect', keys=['img', 'gt_semantic_seg']),
]
__pack = [dict(type=name, keys=['img']) for name in ('ImageToTensor', 'Collect')]
test_pipeline = [
    __load,
    dict(
        type='MultiScaleFlipAug',
        img_scale=(2048, 1024),
        flip=False,
        transforms=[
            dict(type='Resize', keep_ratio=True),
            dict(type='RandomFlip'),
            __normalize,
            *__pack,
        ]),
]

__pipelines = dict(train=train_pipeline, val=test_pipeline, test=test_pipeline)
data = {split: dict(pipeline=pipeline) for split, pipeline in __pipelines.items()}
