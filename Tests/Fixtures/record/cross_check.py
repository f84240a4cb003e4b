"""Runs this program and the original on each other's checkpoints, and compares what they say.

    python Tests/Fixtures/record/cross_check.py --mmrazor PATH_TO_A_CHECKOUT_AT_V0.3.1 \
        [--program .build/release/mmrazor] [--folder DIR]

Run it with the original's Python. On small drawn pictures, on the CPU:

1. a supernet and a subnet trained here: the original's test gives the same class scores;
2. the original resumes both from ours, and this program resumes from what comes out;
3. a supernet and a subnet trained there: this program's test gives the same class scores;
4. the same with a slimmable network, and with subnets of it that are trained together;
5. both search the slimmable network, also from each other's states: the same subnets;
6. each splits the checkpoint of subnets that either trained, and tests what the other split.
"""
import argparse
import json
import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SPOS = 'configs/nas/spos/spos_'
SUPERNET = SPOS + 'supernet_shufflenetv2_8xb128_in1k.py'
SUBNET = SPOS + 'subnet_shufflenetv2_8xb128_in1k.py'
SLIMMING = 'configs/pruning/autoslim/autoslim_mbv2_'
SLIM_SUPERNET = SLIMMING + 'supernet_8xb256_in1k.py'
SLIM_SEARCH = SLIMMING + 'search_8xb1024_in1k.py'
SLIM_SUBNET = SLIMMING + 'subnet_8xb256_in1k.py'
CHOICES = ROOT / 'Tests/Fixtures/pickles/final_subnet.yaml'
CLASSES = 'arrow circle crescent cross heart hexagon ring square star triangle'.split()
TOLERANCE = 1e-4


def run_original():
    """Runs a script of the original. Its iteration runner resumes onto a GPU only, and its pruner
    does not know what PyTorch has called convolutions since 1.11; see to that."""
    from mmcv.runner import IterBasedRunner
    from mmrazor.models.pruners import structure_pruning
    structure_pruning.CONV += ('ConvolutionBackward',)
    structure_pruning.BACKWARD_PARSER_DICT['ConvolutionBackward'] = (
        structure_pruning.BACKWARD_PARSER_DICT['MkldnnConvolutionBackward'])
    resume = IterBasedRunner.resume

    def on_cpu(self, checkpoint, resume_optimizer=True, map_location='cpu'):
        resume(self, checkpoint, resume_optimizer, 'cpu')

    IterBasedRunner.resume = on_cpu
    sys.argv = sys.argv[2:]
    runpy.run_path(sys.argv[0], run_name='__main__')


def call(arguments, folder):
    environment = dict(os.environ, CUDA_VISIBLE_DEVICES='', PYTHONPATH=os.pathsep.join(
        [str(folder), os.environ.get('PYTHONPATH', '')]))
    done = subprocess.run(
        [str(part) for part in arguments], cwd=folder, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(f'{arguments}\n{done.stdout[-3000:]}\nfailed with {done.returncode}')
    return done.stdout


def scores(path):
    with open(path) as file:
        return json.load(file)['class_scores']


class Check:
    """Runs both programs on the same pictures and collects how far they are apart."""

    def __init__(self, mmrazor, program, folder):
        self.mmrazor, self.program, self.folder = mmrazor, program, folder
        self.worst = 0
        data = folder / 'data'
        call([program, 'make-demo-data', data, '--train', 40, '--val', 20, '--seed', 1], ROOT)
        names = f'[{",".join(CLASSES)}]'
        self.settings = [
            'algorithm.architecture.model.head.num_classes=10',
            'algorithm.architecture.model.head.loss.num_classes=10', 'data.samples_per_gpu=8',
            'data.workers_per_gpu=1', 'optimizer.lr=0.01',
            f'data.train.data_prefix={data}/train', f'data.train.classes={names}',
            'data.train.pipeline.1.size=32', 'log_config.interval=2',
            'checkpoint_config.interval=2', 'evaluation.interval=100',
        ]
        for part in ('val', 'test'):
            self.settings += [
                f'data.{part}.data_prefix={data}/val', f'data.{part}.ann_file=None',
                f'data.{part}.classes={names}', f'data.{part}.pipeline.1.size=(36,-1)',
                f'data.{part}.pipeline.2.crop_size=32',
            ]

    def ours(self, command, *arguments, more=()):
        return call(
            [self.program, command, *arguments, '--cfg-options', *self.settings, *more], ROOT)

    def theirs(self, command, *arguments, more=()):
        # The original's search refuses the CPU by name, and takes it where there is no GPU.
        device = [] if command == 'search' else ['--device', 'cpu']
        return self.original(f'tools/mmcls/{command}_mmcls.py', *arguments, *device,
                             '--cfg-options', *self.settings, *more)

    def original(self, script, *arguments):
        return call([sys.executable, Path(__file__).resolve(), '--as-original', script, *arguments],
                    self.mmrazor)

    def compare(self, title, config, checkpoint, more, other=None):
        """Tests a checkpoint with both programs, or `other` with the original."""
        files = [self.folder / f'{name}.json' for name in ('ours', 'theirs')]
        for test, file, weights in zip(
                (self.ours, self.theirs), files, (checkpoint, other or checkpoint)):
            test('test', config, weights, '--metrics', 'accuracy', '--out', file, more=more)
        a, b = map(scores, files)
        assert len(a) == len(b) == 20
        difference = max(abs(x - y) for p, q in zip(a, b) for x, y in zip(p, q))
        spread = max(map(max, a)) - min(map(min, a))
        print(f'{title}: scores differ by at most {difference:.2e} '
              f'(they range over {spread:.2f})', flush=True)
        self.worst = max(self.worst, difference)

    def exchange(self, title, config, more, unit, counts, resumed, tests=True):
        """Trains here, goes on there, goes on here; and trains there.

        `counts` are the steps of these three runs, `resumed` what this program then says. Without
        `tests` what comes out is not compared.
        """
        here, on, there = (self.folder / f'{title}_{name}' for name in ('here', 'on', 'there'))
        limit = 'runner.max_iters' if unit == 'iter' else 'runner.max_epochs'
        first, second, third = counts

        def steps(count):
            return [*more, f'{limit}={count}']

        def file(folder, count):
            return folder / f'{unit}_{count}.pth'

        def compare(checkpoint, what):
            if tests:
                self.compare(f'{title}, {what}', config, checkpoint, more)

        self.ours('train', config, '--work-dir', here, '--seed', 0, more=steps(second))
        compare(file(here, second), 'trained here')
        log = self.theirs('train', config, '--work-dir', on, '--seed', 0, '--no-validate',
                          '--resume-from', file(here, first), more=steps(second))
        assert 'resumed' in log and file(on, second).exists(), log[-2000:]
        compare(file(on, second), 'resumed there from ours')
        log = self.ours('train', config, '--work-dir', on, '--seed', 0, '--no-validate',
                        '--resume-from', file(on, second), more=steps(third))
        assert resumed in log, log[-2000:]
        compare(file(on, third), 'resumed here from that')
        self.theirs('train', config, '--work-dir', there, '--seed', 0, '--no-validate',
                    more=steps(second))
        compare(file(there, second), 'trained there')
        return file(here, second), file(there, second)


def blocks(check):
    for title, config, choice in (
            ('supernet', SUPERNET, ['algorithm.bn_training_mode=True']),
            ('subnet', SUBNET, [f'algorithm.mutable_cfg={CHOICES}'])):
        check.exchange(title, config, choice, 'iter', (2, 4, 6), 'resumed from epoch: 0, iter 4')


def slimming(check):
    narrow = [
        'algorithm.architecture.model.backbone.widen_factor=0.5',
        'algorithm.architecture.model.head.in_channels=1280', 'checkpoint_config.interval=1',
    ]
    resumed = 'resumed epoch 2, iter 10'
    supernets = check.exchange('slimmable', SLIM_SUPERNET, narrow, 'epoch', (1, 2, 3), resumed)

    # 98 million at full width; the first target takes two steps, the second some more.
    targets = ['searcher.target_flops=[99000000,97000000]', 'searcher.max_channel_bins=4']
    found = {}
    for name, search in (('ours', check.ours), ('theirs', check.theirs)):
        folder = check.folder / f'search_{name}'
        search('search', SLIM_SEARCH, supernets[0], '--work-dir', folder, more=narrow + targets)
        found[name] = {path.name: path.read_text() for path in sorted(folder.glob('*.yaml'))}
    targets[0] = 'searcher.target_flops=[99000000,97000000,96000000]'
    for name, search, other in (('ours on', check.ours, 'theirs'),
                                ('theirs on', check.theirs, 'ours')):
        folder = check.folder / f'search_{name.replace(" ", "_")}'
        search('search', SLIM_SEARCH, supernets[0], '--work-dir', folder, '--resume-from',
               check.folder / f'search_{other}' / 'latest.pkl', more=narrow + targets)
        found[name] = {path.name: path.read_text() for path in sorted(folder.glob('*.yaml'))}
    assert found['ours'] == found['theirs'] and len(found['ours']) == 2, found
    # The original leaves out a result that it met in the last step before it stopped.
    assert set(found['ours']) <= set(found['ours on']), (found['ours'].keys(), found['ours on'].keys())
    last = min(found['ours on'], key=lambda name: int(name[7:-5]))
    assert found['ours on'][last] == found['theirs on'][last]
    print(f'greedy search: the same {", ".join(found["ours on"])}', flush=True)

    channels = [check.folder / 'search_ours' / name for name in sorted(
        found['ours'], key=lambda name: -int(name[7:-5]))]
    several = [*narrow, f'algorithm.channel_cfg={",".join(map(str, channels))}']
    # The original tests these with the channels of the last and the normalisation of the first.
    trained = check.exchange('together', SLIM_SUBNET, several, 'epoch', (1, 2, 3), resumed,
                             tests=False)
    for where, checkpoint in zip(('here', 'there'), trained):
        config = checkpoint.parent / Path(SLIM_SUBNET).name
        parts = {name: check.folder / f'parts_{where}_{name}' for name in ('ours', 'theirs')}
        arguments = [config, checkpoint, '--channel-cfgs', *channels, '--output-dir']
        call([check.program, 'split-checkpoint', *arguments, parts['ours']], ROOT)
        check.original('tools/model_converters/split_checkpoint.py', *arguments, parts['theirs'])
        for number, choice in enumerate(channels, 1):
            more = [*narrow, f'algorithm.channel_cfg={choice}']
            ours, theirs = (parts[name] / f'checkpoint_{number}.pth' for name in parts)
            title = f'subnet {number}, trained {where}'
            check.compare(f'{title}, split here', SLIM_SUBNET, ours, more)
            check.compare(f'{title}, split there', SLIM_SUBNET, theirs, more)
            check.compare(f'{title}, split by each', SLIM_SUBNET, ours, more, other=theirs)
            print(f'{title}: {ours.stat().st_size} bytes, {theirs.stat().st_size} there',
                  flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--mmrazor', type=Path, required=True)
    parser.add_argument('--program', type=Path, default=ROOT / '.build/release/mmrazor')
    parser.add_argument('--folder', type=Path)
    parser.add_argument('--only', choices=('blocks', 'slimming'))
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix='cross-check-'))
    check = Check(options.mmrazor, options.program.resolve(), folder)
    for part in (blocks, slimming):
        if options.only in (None, part.__name__):
            part(check)
    print('ok' if check.worst < TOLERANCE else f'FAILED: above {TOLERANCE}')
    return check.worst >= TOLERANCE


if __name__ == '__main__':
    if sys.argv[1:2] == ['--as-original']:
        run_original()
    else:
        sys.exit(main())
