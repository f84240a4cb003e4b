# AutoSlim (arXiv:1903.11728), first step: trains a slimmable MobileNetV2. Each iteration runs the
# widest, the narrowest and random widths; the widest teaches the others.
_base_ = [
    '../../_base_/datasets/mmcls/imagenet_bs256_autoslim.py',
    '../../_base_/schedules/mmcls/imagenet_bs2048_autoslim.py',
    '../../_base_/mmcls_runtime.py',
]

__widening = 1.5
__loss = dict(type='LabelSmoothLoss', mode='original', label_smooth_val=0.1, loss_weight=1.0)
model = dict(
    type='mmcls.ImageClassifier',
    backbone=dict(type='MobileNetV2', widen_factor=__widening),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='LinearClsHead',
        num_classes=1000,
        in_channels=int(1280 * __widening),
        loss=__loss,
        topk=(1, 5)))

__logits = 'head.fc'
algorithm = dict(
    type='AutoSlim',
    architecture=dict(type='MMClsArchitecture', model=model),
    distiller=dict(
        type='SelfDistiller',
        components=[
            dict(
                student_module=__logits,
                teacher_module=__logits,
                losses=[dict(type='KLDivergence', name='loss_kd', tau=1, loss_weight=1)]),
        ]),
    # From a sixth of the channels to all of them, in steps of a twelfth.
    pruner=dict(type='RatioPruner', ratios=tuple(part / 12 for part in range(2, 13))),
    retraining=False,
    bn_training_mode=True,
    input_shape=None)

runner = dict(type='EpochBasedRunner', max_epochs=50)

use_ddp_wrapper = True
