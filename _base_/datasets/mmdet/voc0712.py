# PASCAL VOC: trains on what 2007 and 2012 have for it, three times an epoch, and tests on 2007.
dataset_type = 'VOCDataset'
data_root = 'data/VOCdevkit/'
img_norm_cfg = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)

__scale = (1000, 600)
__load = dict(type='LoadImageFromFile')
__normalize = dict(type='Normalize', **img_norm_cfg)
__pad = dict(type='Pad', size_divisor=32)
train_pipeline = [
    __load,
    dict(type='LoadAnnotations', with_bbox=True),
    dict(type='Resize', img_scale=__scale, keep_ratio=True),
    dict(type='RandomFlip', flip_ratio=0.5),
    __normalize,
    __pad,
    dict(type='DefaultFormatBundle'),
    dict(type='Collect', keys=['img', 'gt_bboxes', 'gt_labels']),
]
__pack = [dict(type=name, keys=['img']) for name in ('ImageToTensor', 'Collect')]
test_pipeline = [
    __load,
    dict(
        type='MultiScaleFlipAug',
        img_scale=__scale,
        flip=False,
        transforms=[
            dict(type='Resize', keep_ratio=True),
            dict(type='RandomFlip'),
            __normalize,
            __pad,
            *__pack,
        ]),
]

__years = [f'{data_root}VOC{year}/' for year in (2007, 2012)]
__held_out = dict(
    type=dataset_type,
    ann_file=__years[0] + 'ImageSets/Main/test.txt',
    img_prefix=__years[0],
    pipeline=test_pipeline)
data = dict(
    samples_per_gpu=2,
    workers_per_gpu=2,
    train=dict(
        type='RepeatDataset',
        times=3,
        dataset=dict(
            type=dataset_type,
            ann_file=[year + 'ImageSets/Main/trainval.txt' for year in __years],
            img_prefix=__years,
            pipeline=train_pipeline)),
    val=__held_out,
    test=__held_out)
evaluation = dict(interval=1, metric='mAP')
