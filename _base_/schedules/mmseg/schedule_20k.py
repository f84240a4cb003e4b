# As `schedule_160k.py`, for 20 000 iterations.
_base_ = './schedule_160k.py'

__iterations = 20_000
runner = dict(max_iters=__iterations)
checkpoint_config = dict(interval=__iterations // 10)
evaluation = dict(interval=__iterations // 10)
