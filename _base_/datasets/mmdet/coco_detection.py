# COCO 2017, boxes only: pictures of at most 1333 x 800 pixels, two a device.
dataset_type = 'CocoDataset'
data_root = 'data/coco/'
img_norm_cfg = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)

__scale = (1333, 800)
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


def __part(split, pipeline):
    return dict(
        type=dataset_type,
        ann_file=f'{data_root}annotations/instances_{split}2017.json',
        img_prefix=f'{data_root}{split}2017/',
        pipeline=pipeline)


data = dict(
    samples_per_gpu=2,
    workers_per_gpu=2,
    train=__part('train', train_pipeline),
    val=__part('val', test_pipeline),
    test=__part('val', test_pipeline))
evaluation = dict(interval=1, metric='bbox')
