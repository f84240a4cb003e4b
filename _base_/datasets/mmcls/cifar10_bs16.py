# CIFAR-10, 16 images a device; training crops at random from the padded image.
dataset_type = 'CIFAR10'
img_norm_cfg = dict(
    mean=[125.307, 122.961, 113.8575], std=[51.5865, 50.847, 51.255], to_rgb=False)

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

__source = dict(type=dataset_type, data_prefix='data/cifar10')
__held_out = dict(__source, pipeline=test_pipeline, test_mode=True)
data = dict(
    samples_per_gpu=16,
    workers_per_gpu=2,
    train=dict(__source, pipeline=train_pipeline),
    val=__held_out,
    test=__held_out)
