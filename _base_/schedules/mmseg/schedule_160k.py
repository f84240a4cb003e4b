# Segmentation for 160 000 iterations: the rate falls with the power 0.9 of what is left. A tenth of
# the way lies between two checkpoints, and between two evaluations.
__iterations = 160_000

optimizer = dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=5e-4)
optimizer_config = {}
lr_config = dict(policy='poly', power=0.9, min_lr=1e-4, by_epoch=False)

runner = dict(type='IterBasedRunner', max_iters=__iterations)
checkpoint_config = dict(by_epoch=False, interval=__iterations // 10)
evaluation = dict(interval=__iterations // 10, metric='mIoU', pre_eval=True)
