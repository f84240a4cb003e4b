# CIFAR-10, 96 images a device; training also blanks a square of 16 pixels (Cutout).
_base_ = './cifar10_bs16.py'

img_norm_cfg = dict(
    mean=[125.307, 122.961, 113.8575], std=[51.5865, 50.847, 51.255], to_rgb=False)

train_pipeline = [
    dict(type='RandomCrop', size=32, padding=4),
    dict(type='RandomFlip', flip_prob=0.5, direction='horizontal'),
    dict(type='Normalize', **img_norm_cfg),
    # Blank means zero after normalisation, that is the mean colour.
    dict(type='Cutout', shape=16, pad_val=0, prob=1.0),
    dict(type='ImageToTensor', keys=['img']),
    dict(type='ToTensor', keys=['gt_label']),
    dict(type='Collect', keys=['img', 'gt_label']),
]
data = dict(samples_per_gpu=96, train=dict(pipeline=train_pipeline))
