# Training schedule of slimmable networks (AutoSlim) for a total batch of 2048: linear decay of the
# rate; neither biases, nor normalisation, nor depthwise filters decay.
paramwise_cfg = {f'{kind}_decay_mult': 0.0 for kind in ('bias', 'norm', 'dwconv')}
optimizer = dict(
    type='SGD',
    lr=0.5,
    momentum=0.9,
    nesterov=True,
    weight_decay=1e-4,
    paramwise_cfg=paramwise_cfg)

# The algorithm steps the optimizer itself, once for all the widths of an iteration.
optimizer_config = None

lr_config = dict(policy='poly', power=1.0, min_lr=0.0, by_epoch=False)
runner = dict(type='EpochBasedRunner', max_epochs=300)
