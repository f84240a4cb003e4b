# SPOS (Single Path One-Shot NAS, arXiv:1904.00420): trains the ShuffleNetV2 supernet, one random
# path an iteration. Every block chooses among three kernel sizes and an Xception-like block.
_base_ = [
    '../../_base_/datasets/mmcls/imagenet_bs128_colorjittor.py',
    '../../_base_/schedules/mmcls/imagenet_bs1024_spos.py',
    '../../_base_/mmcls_runtime.py',
]

norm_cfg = dict(type='BN')

__classes = 1000
__loss = dict(
    type='LabelSmoothLoss',
    num_classes=__classes,
    label_smooth_val=0.1,
    mode='original',
    loss_weight=1.0)
model = dict(
    type='mmcls.ImageClassifier',
    backbone=dict(type='SearchableShuffleNetV2', widen_factor=1.0, norm_cfg=norm_cfg),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='LinearClsHead',
        num_classes=__classes,
        in_channels=1024,
        loss=__loss,
        topk=(1, 5)))

__choices = {
    f'shuffle_{size}x{size}': dict(type='ShuffleBlock', kernel_size=size, norm_cfg=norm_cfg)
    for size in (3, 5, 7)
}
__choices['shuffle_xception'] = dict(type='ShuffleXception', norm_cfg=norm_cfg)
mutator = dict(
    type='OneShotMutator',
    placeholder_mapping=dict(all_blocks=dict(type='OneShotOP', choices=__choices)))

algorithm = dict(
    type='SPOS',
    architecture=dict(type='MMClsArchitecture', model=model),
    mutator=mutator,
    distiller=None,
    retraining=False)

runner = dict(max_iters=150_000)
evaluation = dict(interval=1000, metric='accuracy')
checkpoint_config = dict(interval=1000)

# A path leaves the parameters of the other choices without gradients.
find_unused_parameters = True
