# The MobileNet path with the input that the checkpoint of AngleNAS expects: raw BGR pixels.
_base_ = './spos_subnet_mobilenet_proxyless_gpu_8xb128_in1k.py'

img_norm_cfg = dict(mean=[0.0] * 3, std=[1.0] * 3, to_rgb=False)

__load = dict(type='LoadImageFromFile')
__normalize = dict(type='Normalize', **img_norm_cfg)
__pack = dict(type='ImageToTensor', keys=['img'])
train_pipeline = [
    __load,
    dict(type='RandomResizedCrop', size=224),
    dict(type='ColorJitter', brightness=0.4, contrast=0.4, saturation=0.4),
    dict(type='RandomFlip', flip_prob=0.5, direction='horizontal'),
    __normalize,
    __pack,
    dict(type='ToTensor', keys=['gt_label']),
    dict(type='Collect', keys=['img', 'gt_label']),
]
test_pipeline = [
    __load,
    dict(type='Resize', size=(256, -1)),
    dict(type='CenterCrop', crop_size=224),
    __normalize,
    __pack,
    dict(type='Collect', keys=['img']),
]

__pipelines = dict(train=train_pipeline, val=test_pipeline, test=test_pipeline)
data = {split: dict(pipeline=pipeline) for split, pipeline in __pipelines.items()}
