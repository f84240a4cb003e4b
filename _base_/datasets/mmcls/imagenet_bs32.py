# ImageNet-1k at 224 x 224 pixels, 32 images a device.
_base_ = './imagenet_bs64.py'

data = dict(samples_per_gpu=32)
