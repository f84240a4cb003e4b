# As `imagenet_bs2048.py`, but the rate follows half a cosine down to zero after the warm-up.
_base_ = './imagenet_bs2048.py'

lr_config = dict(
    _delete_=True,
    policy='CosineAnnealing',
    min_lr=0,
    warmup='linear',
    warmup_iters=2500,
    warmup_ratio=0.25)
