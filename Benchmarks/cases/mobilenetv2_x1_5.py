# The network that AutoSlim slims, at its full width, without the slimming.
model = dict(
    type='mmcls.ImageClassifier',
    backbone=dict(type='MobileNetV2', widen_factor=1.5),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='LinearClsHead',
        num_classes=1000,
        in_channels=1920,
        loss=dict(type='LabelSmoothLoss', mode='original', label_smooth_val=0.1, loss_weight=1.0),
        topk=(1, 5)))
optimizer = dict(type='SGD', lr=0.5, momentum=0.9, weight_decay=0.00004)
