# CIFAR-10 with a total batch of 128: SGD, ten times slower after half and three quarters of 200
# epochs.
optimizer = dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=1e-4)
optimizer_config = dict(grad_clip=None)

__epochs = 200
lr_config = dict(policy='step', step=[__epochs // 2, __epochs * 3 // 4])
runner = dict(type='EpochBasedRunner', max_epochs=__epochs)
