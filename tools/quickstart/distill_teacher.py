# The teacher of the WSLD recipe, as a network of its own.
_base_ = '../../configs/distill/wsld/wsld_cls_head_resnet34_resnet18_8xb32_in1k.py'

algorithm = dict(
    _delete_=True,
    type='SPOS',
    architecture=dict(type='MMClsArchitecture', model={{_base_.teacher}}))
