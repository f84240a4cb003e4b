# As `schedule_1x.py`, twice as long.
_base_ = './schedule_1x.py'

lr_config = dict(step=[16, 22])
runner = dict(max_epochs=24)
