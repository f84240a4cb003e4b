# Large-batch ImageNet training (2048 images): eight times the rate of batch 256, reached in 2500
# iterations from a quarter of it, with Nesterov's momentum.
__batch = 2048
optimizer = dict(
    type='SGD', lr=0.1 * (__batch // 256), momentum=0.9, weight_decay=1e-4, nesterov=True)
optimizer_config = dict(grad_clip=None)

lr_config = dict(
    policy='step', warmup='linear', warmup_iters=2500, warmup_ratio=0.25, step=[30, 60, 90])
runner = dict(type='EpochBasedRunner', max_epochs=100)
