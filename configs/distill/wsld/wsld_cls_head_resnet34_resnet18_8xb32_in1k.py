# Weighted soft label distillation (arXiv:2102.00650): ResNet-34 teaches ResNet-18, and an image
# counts more the less the student knows of it already.
#
# The checkpoint is that of a ResNet-50, as published: give one of a ResNet-34.
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

checkpoint = (
    'https://download.openmmlab.com/mmclassification/v0/resnet/'
    'resnet50_8xb32_in1k_20210831-ea4938fc.pth')
teacher = __resnet(34, init_cfg=dict(type='Pretrained', checkpoint=checkpoint))

__place = 'head.fc'
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
                    dict(
                        type='WSLD', name='loss_wsld', tau=2, loss_weight=2.5, num_classes=1000),
                ]),
        ]))

find_unused_parameters = True
