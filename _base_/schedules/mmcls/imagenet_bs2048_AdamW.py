# As `imagenet_bs4096_AdamW.py` for half the batch and so half the rate.
_base_ = './imagenet_bs4096_AdamW.py'

optimizer = dict(lr=0.003 * 2048 / 4096)
