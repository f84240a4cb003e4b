# Relational knowledge distillation (arXiv:1904.05068): ResNet-18 learns the distances and the
# angles between images in the feature space of ResNet-34.
_base_ = [
    '../../_base_/datasets/mmcls/imagenet_bs32.py',
    '../../_base_/schedules/mmcls/imagenet_bs256.py',
    '../../_base_/mmcls_runtime.py',
]


def __resnet(depth, **initialisation):
    return dict(
        type='mmcls.ImageClassifier',
        **initialisation,
        backbone=dict(
            type='ResNet', depth=depth, num_stages=4, out_indices=(3, ), style='pytorch'),
        neck=dict(type='GlobalAveragePooling'),
        head=dict(
            type='LinearClsHead',
            num_classes=1000,
            in_channels=512,
            loss=dict(type='CrossEntropyLoss', loss_weight=1.0),
            topk=(1, 5)))


student = __resnet(18)

teacher_ckpt = (
    'https://download.openmmlab.com/mmclassification/v0/resnet/'
    'resnet34_8xb32_in1k_20210831-f257d4e6.pth')
teacher = __resnet(34, init_cfg=dict(type='Pretrained', checkpoint=teacher_ckpt))

__place = 'neck.gap'
algorithm = dict(
    type='GeneralDistill',
    architecture=dict(type='MMClsArchitecture', model=student),
    with_student_loss=True,
    # A teacher that is not trained has no loss of its own.
    with_teacher_loss=False,
    distiller=dict(
        type='SingleTeacherDistiller',
        teacher=teacher,
        teacher_trainable=False,
        teacher_norm_eval=True,
        components=[
            dict(
                student_module=__place,
                teacher_module=__place,
                losses=[
                    dict(type=kind + 'WiseRKD', name=name, loss_weight=weight, with_l2_norm=True)
                    for kind, name, weight in (
                        ('Distance', 'distance_wise_loss', 25.0),
                        ('Angle', 'angle_wise_loss', 50.0))
                ]),
        ]))

find_unused_parameters = True
