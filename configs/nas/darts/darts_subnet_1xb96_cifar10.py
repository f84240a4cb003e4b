# Trains a DARTS cell from scratch, twenty times in a row, with drop path and an auxiliary head.
_base_ = [
    '../../_base_/datasets/mmcls/cifar10_bs96_cutout.py',
    '../../_base_/mmcls_runtime.py',
]

__layers, __width, __auxiliary_width = 20, 36, 768
model = dict(
    type='mmcls.ImageClassifier',
    backbone=dict(
        type='DartsBackbone',
        in_channels=3,
        base_channels=__width,
        num_layers=__layers,
        num_nodes=4,
        stem_multiplier=3,
        # The parameter's name is spelt so.
        auxliary=True,
        aux_channels=128,
        aux_out_channels=__auxiliary_width,
        out_indices=(__layers - 1, )),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='DartsSubnetClsHead',
        num_classes=10,
        # Twice as wide after each of two reductions, and four nodes side by side.
        in_channels=__width * 4 * 4,
        aux_in_channels=__auxiliary_width,
        loss=dict(type='CrossEntropyLoss', loss_weight=1.0),
        aux_loss=dict(type='CrossEntropyLoss', loss_weight=0.4),
        topk=(1, 5),
        cal_acc=True))

# The cell: this one was found by the search here; give the file of your own instead.
mutable_cfg = (
    'https://download.openmmlab.com/mmrazor/v0.1/nas/darts/darts_subnetnet_1xb96_cifar10/'
    'darts_subnetnet_1xb96_cifar10_acc-97.32_20211222-e5727921_mutable_cfg.yaml')


def __operation(kind, **arguments):
    return dict(type=f'Darts{kind}', **arguments, use_drop_path=True)


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
            node=dict(type='DifferentiableOP', with_arch_param=False, choices=__choices),
            node_edge=dict(type='DifferentiableEdge', num_chosen=2, with_arch_param=False))),
    retraining=True,
    unroll=False,
    mutable_cfg=mutable_cfg)

data = dict(workers_per_gpu=8)

optimizer = dict(type='SGD', lr=0.025, momentum=0.9, weight_decay=3e-4)
optimizer_config = dict(grad_clip=dict(max_norm=5, norm_type=2))
lr_config = dict(policy='CosineAnnealing', min_lr=0)
runner = dict(type='EpochBasedRunner', max_epochs=600)

# Paths are dropped more and more often, up to every fifth at the end.
custom_hooks = [dict(type='DropPathProbHook', max_prob=0.2, interval=1, priority=70)]
