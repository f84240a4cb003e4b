# Cityscapes, boxes only: between 800 and 1024 pixels high, one picture a device. An epoch goes
# through the training pictures eight times.
dataset_type = 'CityscapesDataset'
data_root = 'data/cityscapes/'
img_norm_cfg = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)

__load = dict(type='LoadImageFromFile')
__normalize = dict(type='Normalize', **img_norm_cfg)
__pad = dict(type='Pad', size_divisor=32)
train_pipeline = [
    __load,
    dict(type='LoadAnnotations', with_bbox=True),
    dict(type='Resize', img_scale=[(2048, 800), (2048, 1024)], keep_ratio=True),
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
        img_scale=(2048, 1024),
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
        ann_file=f'{data_root}annotations/instancesonly_filtered_gtFine_{split}.json',
        img_prefix=f'{data_root}leftImg8bit/{split}/',
        pipeline=pipeline)


data = dict(
    samples_per_gpu=1,
    workers_per_gpu=2,
    train=dict(type='RepeatDataset', times=8, dataset=__part('train', train_pipeline)),
    val=__part('val', test_pipeline),
    test=__part('test', test_pipeline))
evaluation = dict(interval=1, metric='bbox')
