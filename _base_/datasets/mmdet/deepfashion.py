# DeepFashion In-shop: garments with boxes and masks, at 750 x 1101 pixels.
dataset_type = 'DeepFashionDataset'
data_root = 'data/DeepFashion/In-shop/'
img_norm_cfg = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)

__scale = (750, 1101)
__load = dict(type='LoadImageFromFile')
__normalize = dict(type='Normalize', **img_norm_cfg)
__pad = dict(type='Pad', size_divisor=32)
train_pipeline = [
    __load,
    dict(type='LoadAnnotations', with_bbox=True, with_mask=True),
    dict(type='Resize', img_scale=__scale, keep_ratio=True),
    dict(type='RandomFlip', flip_ratio=0.5),
    __normalize,
    __pad,
    dict(type='DefaultFormatBundle'),
    dict(type='Collect', keys=['img', 'gt_bboxes', 'gt_labels', 'gt_masks']),
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


def __part(subset, pipeline):
    return dict(
        type=dataset_type,
        ann_file=f'{data_root}annotations/DeepFashion_segmentation_{subset}.json',
        img_prefix=f'{data_root}Img/',
        pipeline=pipeline,
        data_root=data_root)


data = dict(
    imgs_per_gpu=2,
    workers_per_gpu=1,
    train=__part('query', train_pipeline),
    val=__part('query', test_pipeline),
    test=__part('gallery', test_pipeline))
evaluation = dict(interval=5, metric=['bbox', 'segm'])
