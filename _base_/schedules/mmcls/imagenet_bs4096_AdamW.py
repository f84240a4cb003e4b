# Vision transformers from scratch, total batch 4096: AdamW with strong decay, which spares the
# class token and the position embedding.
optimizer = dict(type='AdamW', lr=0.003, weight_decay=0.3)
optimizer_config = dict(grad_clip=dict(max_norm=1.0))

paramwise_cfg = dict(
    custom_keys={
        f'.backbone.{name}': dict(decay_mult=0.0) for name in ('cls_token', 'pos_embed')
    })

lr_config = dict(
    policy='CosineAnnealing', min_lr=0, warmup='linear', warmup_iters=10_000, warmup_ratio=1e-4)
runner = dict(type='EpochBasedRunner', max_epochs=300)
