# CIFAR-100, 16 images a device: as CIFAR-10, with the statistics of its own pixels.
_base_ = './cifar10_bs16.py'

dataset_type = 'CIFAR100'
img_norm_cfg = dict(
    mean=[129.304, 124.070, 112.434], std=[68.170, 65.392, 70.418], to_rgb=False)

__normalize = dict(type='Normalize', **img_norm_cfg)
__pack = dict(type='ImageToTensor', keys=['img'])
train_pipeline = [
    dict(type='RandomCrop', size=32, padding=4),
    dict(type='RandomFlip', flip_prob=0.5, direction='horizontal'),
    __normalize,
    __pack,
    dict(type='ToTensor', keys=['gt_label']),
    dict(type='Collect', keys=['img', 'gt_label']),
]
test_pipeline = [__normalize, __pack, dict(type='Collect', keys=['img'])]

__pipelines = dict(train=train_pipeline, val=test_pipeline, test=test_pipeline)
data = {
    split: dict(type=dataset_type, data_prefix='data/cifar100', pipeline=pipeline)
    for split, pipeline in __pipelines.items()
}
