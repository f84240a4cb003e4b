"""Runs this program and the original on each other's checkpoints, and compares what they say.

    python Tests/Fixtures/record/cross_check.py --mmrazor PATH_TO_A_CHECKOUT_AT_V0.3.1 \
        [--program .build/release/mmrazor] [--folder DIR]

Run it with the original's Python. On small drawn pictures, on the CPU:

1. a supernet and a subnet trained here: the original's test gives the same class scores;
2. the original resumes both from ours, and this program resumes from what comes out;
3. a supernet and a subnet trained there: this program's test gives the same class scores.
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
CHOICES = ROOT / 'Tests/Fixtures/pickles/final_subnet.yaml'
CLASSES = 'arrow circle crescent cross heart hexagon ring square star triangle'.split()
TOLERANCE = 1e-4


def run_original():
    """Runs a script of the original. Its iteration runner resumes onto a GPU only; see to that."""
    from mmcv.runner import IterBasedRunner
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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--mmrazor', type=Path, required=True)
    parser.add_argument('--program', type=Path, default=ROOT / '.build/release/mmrazor')
    parser.add_argument('--folder', type=Path)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix='cross-check-'))
    program = options.program.resolve()
    data = folder / 'data'
    call([program, 'make-demo-data', data, '--train', 40, '--val', 20, '--seed', 1], ROOT)

    names = f'[{",".join(CLASSES)}]'
    settings = [
        'algorithm.architecture.model.head.num_classes=10',
        'algorithm.architecture.model.head.loss.num_classes=10', 'data.samples_per_gpu=8',
        'data.workers_per_gpu=1', 'optimizer.lr=0.01', f'data.train.data_prefix={data}/train',
        f'data.train.classes={names}', 'data.train.pipeline.1.size=32', 'log_config.interval=2',
        'checkpoint_config.interval=2', 'evaluation.interval=100',
    ]
    for part in ('val', 'test'):
        settings += [
            f'data.{part}.data_prefix={data}/val', f'data.{part}.ann_file=None',
            f'data.{part}.classes={names}', f'data.{part}.pipeline.1.size=(36,-1)',
            f'data.{part}.pipeline.2.crop_size=32',
        ]

    def ours(command, *arguments, more=()):
        return call([program, command, *arguments, '--cfg-options', *settings, *more], ROOT)

    def theirs(command, *arguments, more=()):
        return call(
            [sys.executable, Path(__file__).resolve(), '--as-original',
             f'tools/mmcls/{command}_mmcls.py', *arguments, '--device', 'cpu', '--cfg-options',
             *settings, *more], options.mmrazor)

    worst = 0
    for title, config, choice in (
            ('supernet', SUPERNET, ['algorithm.bn_training_mode=True']),
            ('subnet', SUBNET, [f'algorithm.mutable_cfg={CHOICES}'])):

        def compare(checkpoint, what):
            nonlocal worst
            files = [folder / f'{name}.json' for name in ('ours', 'theirs')]
            for test, file in zip((ours, theirs), files):
                test('test', config, checkpoint, '--metrics', 'accuracy', '--out', file,
                     more=choice)
            a, b = map(scores, files)
            assert len(a) == len(b) == 20
            difference = max(abs(x - y) for p, q in zip(a, b) for x, y in zip(p, q))
            spread = max(map(max, a)) - min(map(min, a))
            print(f'{title}, {what}: scores differ by at most {difference:.2e} '
                  f'(they range over {spread:.2f})', flush=True)
            worst = max(worst, difference)

        def steps(count):
            return [*choice, f'runner.max_iters={count}']

        here, resumed, there = (folder / f'{title}_{name}' for name in ('here', 'on', 'there'))
        ours('train', config, '--work-dir', here, '--seed', 0, more=steps(4))
        compare(here / 'iter_4.pth', 'trained here')
        log = theirs('train', config, '--work-dir', resumed, '--seed', 0, '--no-validate',
                     '--resume-from', here / 'iter_2.pth', more=steps(4))
        assert 'resumed from epoch' in log and (resumed / 'iter_4.pth').exists(), log[-2000:]
        compare(resumed / 'iter_4.pth', 'resumed there from ours')
        log = ours('train', config, '--work-dir', resumed, '--seed', 0, '--no-validate',
                   '--resume-from', resumed / 'iter_4.pth', more=steps(6))
        assert 'resumed from epoch: 0, iter 4' in log, log[-2000:]
        compare(resumed / 'iter_6.pth', 'resumed here from that')
        theirs('train', config, '--work-dir', there, '--seed', 0, '--no-validate', more=steps(4))
        compare(there / 'iter_4.pth', 'trained there')

    print('ok' if worst < TOLERANCE else f'FAILED: above {TOLERANCE}')
    return worst >= TOLERANCE


if __name__ == '__main__':
    if sys.argv[1:2] == ['--as-original']:
        run_original()
    else:
        sys.exit(main())
