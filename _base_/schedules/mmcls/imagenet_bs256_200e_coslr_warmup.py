# Cosine schedule of 200 epochs for a total batch of 256, of which the first five warm up from a
# quarter of the rate.
_base_ = './imagenet_bs256_coslr.py'

__iterations_per_epoch = 5005
lr_config = dict(warmup='linear', warmup_iters=5 * __iterations_per_epoch, warmup_ratio=0.25)
runner = dict(max_epochs=200)
