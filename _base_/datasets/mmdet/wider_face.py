# WIDER FACE for detectors of the SSD kind: squares of 300 pixels, strong distortion, crops that
# keep a wanted overlap with a face.
dataset_type = 'WIDERFaceDataset'
data_root = 'data/WIDERFace/'
img_norm_cfg = dict(mean=[123.675, 116.28, 103.53], std=[1, 1, 1], to_rgb=True)

__side = (300, 300)
__normalize = dict(type='Normalize', **img_norm_cfg)
train_pipeline = [
    dict(type='LoadImageFromFile', to_float32=True),
    dict(type='LoadAnnotations', with_bbox=True),
    dict(
        type='PhotoMetricDistortion',
        brightness_delta=32,
        contrast_range=(0.5, 1.5),
        saturation_range=(0.5, 1.5),
        hue_delta=18),
    # What an enlarged picture is filled up with: the mean colour.
    dict(
        type='Expand',
        **{key: img_norm_cfg[key] for key in ('mean', 'to_rgb')},
        ratio_range=(1, 4)),
    dict(
        type='MinIoURandomCrop',
        min_ious=tuple(tenths / 10 for tenths in range(1, 10, 2)),
        min_crop_size=0.3),
    dict(type='Resize', img_scale=__side, keep_ratio=False),
    __normalize,
    dict(type='RandomFlip', flip_ratio=0.5),
    dict(type='DefaultFormatBundle'),
    dict(type='Collect', keys=['img', 'gt_bboxes', 'gt_labels']),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='MultiScaleFlipAug',
        img_scale=__side,
        flip=False,
        transforms=[
            dict(type='Resize', keep_ratio=False),
            __normalize,
            dict(type='ImageToTensor', keys=['img']),
            dict(type='Collect', keys=['img']),
        ]),
]


def __part(split, pipeline, **limits):
    return dict(
        type=dataset_type,
        ann_file=f'{data_root}{split}.txt',
        img_prefix=f'{data_root}WIDER_{split}/',
        **limits,
        pipeline=pipeline)


data = dict(
    samples_per_gpu=60,
    workers_per_gpu=2,
    # Faces of less than 17 pixels are not learnt from.
    train=dict(
        type='RepeatDataset', times=2, dataset=__part('train', train_pipeline, min_size=17)),
    val=__part('val', test_pipeline),
    test=__part('val', test_pipeline))
