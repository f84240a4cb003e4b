# Trains one path of the ShuffleNetV2 supernet from scratch.
_base_ = './spos_supernet_shufflenetv2_8xb128_in1k.py'

# The path: this one was found by the search here; give the file of your own instead.
mutable_cfg = (
    'https://download.openmmlab.com/mmrazor/v0.1/nas/spos/'
    'spos_shufflenetv2_subnet_8xb128_in1k/'
    'spos_shufflenetv2_subnet_8xb128_in1k_flops_0.33M_acc_73.87_20211222-454627be_mutable_cfg.yaml'
)
algorithm = dict(retraining=True, mutable_cfg=mutable_cfg)

runner = dict(max_iters=300_000)
find_unused_parameters = False
