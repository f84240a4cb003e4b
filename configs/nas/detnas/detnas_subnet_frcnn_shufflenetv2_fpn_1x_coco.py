# DetNAS, last step: trains the detector with the backbone that the search found.
_base_ = './detnas_supernet_frcnn_shufflenetv2_fpn_1x_coco.py'

# The path: this one was found by the search here; give the file of your own instead.
mutable_cfg = (
    'https://download.openmmlab.com/mmrazor/v0.1/nas/detnas/'
    'detnas_subnet_frcnn_shufflenetv2_fpn_1x_coco/'
    'detnas_subnet_frcnn_shufflenetv2_fpn_1x_coco_bbox_backbone_flops-0.34M_mAP-37.5_'
    '20211222-67fea61f_mutable_cfg.yaml')
algorithm = dict(retraining=True, mutable_cfg=mutable_cfg)
