# Swin transformers, total batch 1024: AdamW; norms, biases and position tables do not decay.
paramwise_cfg = dict(
    norm_decay_mult=0.0,
    bias_decay_mult=0.0,
    custom_keys={
        f'.{name}': dict(decay_mult=0.0)
        for name in ('absolute_pos_embed', 'relative_position_bias_table')
    })

# The rate grows with the batch, from 5e-4 at 512.
__batch = 8 * 128
optimizer = dict(
    type='AdamW',
    lr=5e-4 * __batch / 512,
    weight_decay=0.05,
    eps=1e-8,
    betas=(0.9, 0.999),
    paramwise_cfg=paramwise_cfg)
optimizer_config = dict(grad_clip=dict(max_norm=5.0))

__iterations_per_epoch = 1252
lr_config = dict(
    policy='CosineAnnealing',
    by_epoch=False,
    min_lr_ratio=0.01,
    warmup='linear',
    warmup_ratio=0.001,
    warmup_iters=20 * __iterations_per_epoch,
    warmup_by_epoch=False)
runner = dict(type='EpochBasedRunner', max_epochs=300)
