# Training schedule of the SPOS paper for a total batch of 1024: SGD whose rate falls linearly
# with the iterations; biases and normalisation layers do not decay.
paramwise_cfg = dict.fromkeys(('bias_decay_mult', 'norm_decay_mult'), 0.0)
optimizer = dict(
    type='SGD', lr=0.5, momentum=0.9, weight_decay=4e-5, paramwise_cfg=paramwise_cfg)
optimizer_config = dict(grad_clip=None)

lr_config = dict(policy='poly', power=1.0, min_lr=0.0, by_epoch=False)
runner = dict(type='IterBasedRunner', max_iters=300_000)
