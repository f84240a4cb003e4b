# As `schedule_160k.py`, for 320 000 iterations. Evaluation keeps all results until its end.
_base_ = './schedule_160k.py'

__iterations = 320_000
runner = dict(max_iters=__iterations)
checkpoint_config = dict(interval=__iterations // 10)
evaluation = dict(_delete_=True, interval=__iterations // 10, metric='mIoU')
