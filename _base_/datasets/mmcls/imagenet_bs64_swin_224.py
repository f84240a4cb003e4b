# ImageNet-1k at 224 x 224 pixels for Swin transformers, 64 images a device: RandAugment, then
# erasing of a random part.
_base_ = './pipelines/rand_aug.py'

dataset_type = 'ImageNet'
img_norm_cfg = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)


def __steps(*changes, labels):
    """A pipeline: load, change, normalise, pack; with `labels` for training."""
    keys = ['img', 'gt_label'] if labels else ['img']
    pack = [dict(type='ImageToTensor', keys=['img'])]
    if labels:
        pack.append(dict(type='ToTensor', keys=['gt_label']))
    return [
        dict(type='LoadImageFromFile'),
        *changes,
        dict(type='Normalize', **img_norm_cfg),
        *pack,
        dict(type='Collect', keys=keys),
    ]


__as_pillow = dict(backend='pillow', interpolation='bicubic')
# Augmentation comes before normalisation and works on BGR.
__mean, __std = img_norm_cfg['mean'][::-1], img_norm_cfg['std'][::-1]
train_pipeline = __steps(
    dict(type='RandomResizedCrop', size=224, **__as_pillow),
    dict(type='RandomFlip', flip_prob=0.5, direction='horizontal'),
    dict(
        type='RandAugment',
        policies={{_base_.rand_increasing_policies}},
        num_policies=2,
        total_level=10,
        magnitude_level=9,
        magnitude_std=0.5,
        hparams=dict(pad_val=[*map(round, __mean)], interpolation='bicubic')),
    dict(
        type='RandomErasing',
        erase_prob=0.25,
        mode='rand',
        min_area_ratio=0.02,
        max_area_ratio=1 / 3,
        fill_color=__mean,
        fill_std=__std),
    labels=True)
test_pipeline = __steps(
    dict(type='Resize', size=(256, -1), **__as_pillow),
    dict(type='CenterCrop', crop_size=224),
    labels=False)

# The labels of the test images are not public, so the validation images stand in for them.
__held_out = dict(
    type=dataset_type,
    data_prefix='data/imagenet/val',
    ann_file='data/imagenet/meta/val.txt',
    pipeline=test_pipeline)
data = dict(
    samples_per_gpu=64,
    workers_per_gpu=8,
    train=dict(
        type=dataset_type, data_prefix='data/imagenet/train', pipeline=train_pipeline),
    val=__held_out,
    test=__held_out)
evaluation = dict(interval=10, metric='accuracy')
