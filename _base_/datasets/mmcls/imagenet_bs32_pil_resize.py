# ImageNet-1k at 224 x 224 pixels, 32 images a device, resized as Pillow does it.
_base_ = './imagenet_bs64_pil_resize.py'

data = dict(samples_per_gpu=32)
