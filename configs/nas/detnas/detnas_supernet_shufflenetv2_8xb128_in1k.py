# DetNAS (arXiv:1903.10979), first step: trains the backbone's supernet to classify, twice as long
# as SPOS does.
_base_ = '../spos/spos_supernet_shufflenetv2_8xb128_in1k.py'

runner = dict(max_iters=300_000)
