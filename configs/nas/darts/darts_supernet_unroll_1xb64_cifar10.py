# DARTS (arXiv:1806.09055), second order: weights and architecture are trained in turns, on half of
# CIFAR-10's training images each.
_base_ = [
    '../../_base_/datasets/mmcls/cifar10_bs16.py',
    '../../_base_/mmcls_runtime.py',
]

__layers, __width = 8, 16
model = dict(
    type='mmcls.ImageClassifier',
    backbone=dict(
        type='DartsBackbone',
        in_channels=3,
        base_channels=__width,
        num_layers=__layers,
        num_nodes=4,
        stem_multiplier=3,
        out_indices=(__layers - 1, )),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='LinearClsHead',
        num_classes=10,
        # Twice as wide after each of two reductions, and four nodes side by side.
        in_channels=__width * 4 * 4,
        loss=dict(type='CrossEntropyLoss', loss_weight=1.0),
        topk=(1, 5),
        cal_acc=True))


def __operation(kind, **arguments):
    """A choice whose normalisation has no weights, which would undo those of the choices."""
    return dict(type=f'Darts{kind}', **arguments, norm_cfg=dict(type='BN', affine=False))


__choices = dict(
    zero=dict(type='DartsZero'),
    skip_connect=__operation('SkipConnect'),
    **{f'{pool}_pool_3x3': __operation('PoolBN', pool_type=pool) for pool in ('max', 'avg')},
    **{
        f'{name}_conv_{size}x{size}': __operation(kind, kernel_size=size)
        for name, kind in (('sep', 'SepConv'), ('dil', 'DilConv')) for size in (3, 5)
    })
algorithm = dict(
    type='Darts',
    architecture=dict(type='MMClsArchitecture', model=model),
    mutator=dict(
        type='DartsMutator',
        placeholder_mapping=dict(
            node=dict(type='DifferentiableOP', with_arch_param=True, choices=__choices),
            node_edge=dict(type='DifferentiableEdge', num_chosen=2, with_arch_param=False))),
    retraining=False,
    unroll=True)

data = dict(samples_per_gpu=64, workers_per_gpu=8, split=True)

optimizer = dict(
    architecture=dict(type='SGD', lr=0.025, momentum=0.9, weight_decay=3e-4),
    mutator=dict(type='Adam', lr=3e-4, weight_decay=1e-3))
# The algorithm steps the optimizers itself.
optimizer_config = None
lr_config = dict(policy='CosineAnnealing', min_lr=1e-3, freeze_optimizers=['mutator'])
runner = dict(type='MultiLoaderEpochBasedRunner', max_epochs=50)

custom_hooks = [dict(type='SearchSubnetHook', interval=1, priority=70)]

find_unused_parameter = True
use_ddp_wrapper = True
