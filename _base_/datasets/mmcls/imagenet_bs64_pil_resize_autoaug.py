# ImageNet-1k at 224 x 224 pixels, 64 images a device, with AutoAugment's policy for it; resized as
# Pillow does it.
_base_ = './pipelines/auto_aug.py'

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


train_pipeline = __steps(
    dict(type='RandomResizedCrop', size=224, backend='pillow'),
    dict(type='RandomFlip', flip_prob=0.5, direction='horizontal'),
    dict(type='AutoAugment', policies={{_base_.policy_imagenet}}),
    labels=True)
test_pipeline = __steps(
    dict(type='Resize', size=(256, -1), backend='pillow'),
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
    workers_per_gpu=2,
    train=dict(
        type=dataset_type, data_prefix='data/imagenet/train', pipeline=train_pipeline),
    val=__held_out,
    test=__held_out)
evaluation = dict(interval=1, metric='accuracy')
