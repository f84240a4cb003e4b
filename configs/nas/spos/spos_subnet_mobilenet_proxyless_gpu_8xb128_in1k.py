# Trains one path of the MobileNet supernet from scratch.
_base_ = './spos_supernet_mobilenet_proxyless_gpu_8xb128_in1k.py'

# The path: this one was published with AngleNAS; give the file of your own instead.
mutable_cfg = (
    'https://download.openmmlab.com/mmrazor/v0.1/nas/spos/spos_mobilenet_subnet/'
    'spos_angelnas_flops_0.49G_acc_75.98_20220307-54f4698f_mutable_cfg.yaml')
algorithm = dict(retraining=True, mutable_cfg=mutable_cfg)

evaluation = dict(interval=10_000, metric='accuracy')
checkpoint_config = dict(interval=30_000)
runner = dict(max_iters=300_000)
find_unused_parameters = False
