# SPOS on the mobile search space of ProxylessNAS (its GPU variant): each block chooses a kernel
# size and an expansion, or to be skipped.
_base_ = [
    '../../_base_/datasets/mmcls/imagenet_bs128_colorjittor.py',
    '../../_base_/schedules/mmcls/imagenet_bs1024_spos.py',
    '../../_base_/mmcls_runtime.py',
]

norm_cfg = dict(type='BN')

__classes = 1000
__features = 1728
__loss = dict(
    type='LabelSmoothLoss',
    num_classes=__classes,
    label_smooth_val=0.1,
    mode='original',
    loss_weight=1.0)
model = dict(
    type='mmcls.ImageClassifier',
    backbone=dict(
        type='SearchableMobileNet',
        first_channels=40,
        last_channels=__features,
        widen_factor=1.0,
        norm_cfg=norm_cfg,
        arch_setting_type='proxyless_gpu'),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='LinearClsHead',
        num_classes=__classes,
        in_channels=__features,
        loss=__loss,
        topk=(1, 5)))


def __blocks(expansions, sizes):
    """Inverted residual blocks by name, `mb_k<kernel size>e<expansion>`."""
    return {
        f'mb_k{size}e{expansion}': dict(
            type='MBBlock',
            kernel_size=size,
            expand_ratio=expansion,
            norm_cfg=norm_cfg,
            act_cfg=dict(type='ReLU6'))
        for expansion in expansions for size in sizes
    }


mutator = dict(
    type='OneShotMutator',
    placeholder_mapping=dict(
        searchable_blocks=dict(
            type='OneShotOP',
            choices=dict(__blocks((3, 6), sizes=(3, 5, 7)), identity=dict(type='Identity'))),
        first_blocks=dict(type='OneShotOP', choices=__blocks((1, ), sizes=(3, )))))

algorithm = dict(
    type='SPOS',
    architecture=dict(type='MMClsArchitecture', model=model),
    mutator=mutator,
    distiller=None,
    retraining=False)

runner = dict(max_iters=150_000)
evaluation = dict(interval=10_000, metric='accuracy')
checkpoint_config = dict(interval=30_000)

# A path leaves the parameters of the other choices without gradients.
find_unused_parameters = True
