# As `imagenet_bs256.py`, but the rate follows half a cosine down to zero.
_base_ = './imagenet_bs256.py'

lr_config = dict(_delete_=True, policy='CosineAnnealing', min_lr=0)
