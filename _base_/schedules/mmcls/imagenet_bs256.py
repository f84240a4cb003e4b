# The classic ImageNet schedule for a total batch of 256: SGD for 100 epochs, ten times slower
# after every 30.
optimizer = dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=1e-4)
optimizer_config = dict(grad_clip=None)

lr_config = dict(policy='step', step=list(range(30, 100, 30)))
runner = dict(type='EpochBasedRunner', max_epochs=100)
