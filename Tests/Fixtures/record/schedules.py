"""Records learning rates, iteration by iteration, as mmcv's hooks set them.

    python schedules.py --mmrazor PATH

Each case runs through a real runner over a loader of five batches, with an optimizer of two
groups (rates 0.1 and 0.02).
"""

import itertools
import time
import types

import mmcv
import torch
from mmcv.runner import Hook, build_runner

import common

OUT = common.folder('schedules')
LENGTH, EPOCHS = 5, 4
RATES = [0.1, 0.02]


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.a = torch.nn.Parameter(torch.zeros(1))
        self.b = torch.nn.Parameter(torch.zeros(1))

    def train_step(self, data, optimizer):
        return dict(loss=(self.a + self.b).sum(), log_vars={}, num_samples=1)


class Recorder(Hook):
    def __init__(self):
        self.rates = []

    def before_train_iter(self, runner):
        self.rates.append([group['lr'] for group in runner.optimizer.param_groups])


class Loader(list):
    sampler = types.SimpleNamespace()


def run(config, by_epoch):
    model = Model()
    optimizer = torch.optim.SGD([dict(params=[model.a], lr=RATES[0]),
                                 dict(params=[model.b], lr=RATES[1])], lr=1.0)
    kind = (dict(type='EpochBasedRunner', max_epochs=EPOCHS) if by_epoch
            else dict(type='IterBasedRunner', max_iters=LENGTH * EPOCHS))
    runner = build_runner(kind, default_args=dict(
        model=model, optimizer=optimizer, work_dir='/tmp', meta={},
        logger=mmcv.get_logger('recorder', log_level='ERROR')))
    runner.register_lr_hook(dict(config))
    recorder = Recorder()
    runner.register_hook(recorder, priority='VERY_LOW')
    runner.run([Loader([0] * LENGTH)], [('train', 1)])
    return dict(runner=kind, rates=recorder.rates)


POLICIES = [
    dict(policy='fixed'),
    dict(policy='step', step=[2, 3]),
    dict(policy='step', step=2, gamma=0.5),
    dict(policy='step', step=[1, 2, 3], gamma=0.1, min_lr=0.005),
    dict(policy='poly', power=1.0, min_lr=0.0),
    dict(policy='poly', power=0.9, min_lr=1e-4),
    dict(policy='CosineAnnealing', min_lr=0.0),
    dict(policy='CosineAnnealing', min_lr=0.001),
    dict(policy='CosineAnnealing', min_lr_ratio=0.05),
    dict(policy='exp', gamma=0.9),
    dict(policy='inv', gamma=0.1, power=0.75),
]
WARMUPS = [
    dict(),
    dict(warmup='linear', warmup_iters=4, warmup_ratio=0.001),
    dict(warmup='exp', warmup_iters=4, warmup_ratio=0.1),
    dict(warmup='constant', warmup_iters=3, warmup_ratio=0.25),
    dict(warmup='linear', warmup_iters=7, warmup_ratio=0.1),
]


def main():
    common.arguments(__doc__)
    time.sleep = lambda seconds: None  # the runners rest two seconds between epochs
    rows = []

    def add(config, runner_by_epoch):
        try:
            rows.append(dict(config=config, **run(config, runner_by_epoch)))
        except Exception as error:
            rows.append(dict(config=config, by_epoch=runner_by_epoch,
                             error=f'{type(error).__name__}: {error}'))

    for policy, warmup in itertools.product(POLICIES, WARMUPS):
        add(dict(policy, **warmup), True)
        if policy.get('step') == [2, 3]:
            policy = dict(policy, step=[8, 15])
        add(dict(policy, by_epoch=False, **warmup), False)
    add(dict(POLICIES[4], by_epoch=False), True)
    add(dict(POLICIES[4], by_epoch=True), False)
    add(dict(POLICIES[1], by_epoch=False), True)
    add(dict(POLICIES[7], warmup='linear', warmup_iters=2, warmup_ratio=0.1,
             warmup_by_epoch=True), True)
    add(dict(policy='step', step=[2], warmup='other', warmup_iters=2), True)
    add(dict(policy='step', step=[2], warmup='linear', warmup_iters=0), True)
    add(dict(policy='step', step=[2], warmup='linear', warmup_iters=2, warmup_ratio=2.0), True)
    add(dict(policy='step', step=0), True)
    add(dict(policy='CosineAnnealing'), True)
    add(dict(policy='unknown'), True)
    lines = ',\n'.join(common.json.dumps(common.plain(row)) for row in rows)
    (OUT / 'schedules.json').write_text(
        f'{{"length": {LENGTH}, "base": {RATES}, "cases": [\n{lines}\n]}}\n')


if __name__ == '__main__':
    main()
