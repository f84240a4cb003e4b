# STARE: vessels of the retina in crops of 128 x 128 pixels.
dataset_type = 'STAREDataset'
data_root = 'data/STARE'
img_norm_cfg = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)
img_scale = (605, 700)
crop_size = (128, 128)

__load = dict(type='LoadImageFromFile')
__normalize = dict(type='Normalize', **img_norm_cfg)
train_pipeline = [
    __load,
    dict(type='LoadAnnotations'),
    dict(type='Resize', img_scale=img_scale, ratio_range=(0.5, 2.0)),
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
        img_scale=img_scale,
        flip=False,
        transforms=[
            dict(type='Resize', keep_ratio=True),
            dict(type='RandomFlip'),
            __normalize,
            *__pack,
        ]),
]


def __part(split, pipeline):
    return dict(
        type=dataset_type,
        data_root=data_root,
        img_dir=f'images/{split}',
        ann_dir=f'annotations/{split}',
        pipeline=pipeline)


# There are so few pictures that an epoch would be over at once.
data = dict(
    samples_per_gpu=4,
    workers_per_gpu=4,
    train=dict(
        type='RepeatDataset', times=40_000, dataset=__part('training', train_pipeline)),
    val=__part('validation', test_pipeline),
    test=__part('validation', test_pipeline))
