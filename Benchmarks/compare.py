#!/usr/bin/env python3
"""Times this program and the original in turn, and writes the ratios as a Markdown table.

    python Benchmarks/compare.py --python ORIGINALS_PYTHON [--rounds 5] [--bfloat16]
                                 [--out REPORT.md] [CASE ...]

ORIGINALS_PYTHON is the interpreter of an environment with mmrazor 0.3.1 and mmcls 0.23.2. Each
round runs this program, the original as installed, and the original at its best (an environment
in which it keeps freed buffers), one after the other; figures are medians over the rounds.
Nothing else should run on the machine meanwhile.
"""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BEST = dict(MALLOC_MMAP_MAX_='0', MALLOC_TRIM_THRESHOLD_='16000000000')
# On some virtual machines PyTorch takes one thread unless it is told the number.
THREADS = os.environ.get('OMP_NUM_THREADS', str(os.cpu_count()))
SPOS, SLIM = ROOT / 'configs/nas/spos', ROOT / 'configs/pruning/autoslim'
DISTILL = ROOT / 'configs/distill'
STEPS = ('train', 'inference')
RANDOM_TEACHER = ['algorithm.distiller.teacher.init_cfg=None']
# A config, options for it, and the phases that can be timed.
CASES = {
    'SPOS ShuffleNetV2': (SPOS / 'spos_supernet_shufflenetv2_8xb128_in1k.py', [], STEPS),
    'SPOS MobileNet': (
        SPOS / 'spos_supernet_mobilenet_proxyless_gpu_8xb128_in1k.py', [], STEPS),
    'ResNet-50': (ROOT / 'Benchmarks/cases/resnet50.py', [], STEPS),
    'ResNet-18': (ROOT / 'Benchmarks/cases/resnet18.py', [], STEPS),
    'MobileNetV2 x1.5': (ROOT / 'Benchmarks/cases/mobilenetv2_x1_5.py', [], STEPS),
    'AutoSlim MobileNetV2 x1.5': (SLIM / 'autoslim_mbv2_supernet_8xb256_in1k.py', [], STEPS),
    'AutoSlim 220M, deployed': (
        SLIM / 'autoslim_mbv2_subnet_8xb256_in1k.py',
        [f'algorithm.channel_cfg={SLIM}/AUTOSLIM_MBV2_220M_OFFICIAL.yaml'], STEPS),
    'AutoSlim greedy search': (
        SLIM / 'autoslim_mbv2_search_8xb1024_in1k.py', [], ('search',)),
    'WSLD ResNet-34 to 18': (
        DISTILL / 'wsld/wsld_cls_head_resnet34_resnet18_8xb32_in1k.py', RANDOM_TEACHER, ('train',)),
    'RKD ResNet-34 to 18': (
        DISTILL / 'rkd/rkd_neck_resnet34_resnet18_8xb32_in1k.py', RANDOM_TEACHER, ('train',)),
}
TITLES = dict(train='train step', inference='inference', search='a candidate')


class Comparison:
    def __init__(self, arguments):
        self.arguments = arguments
        self.folder = tempfile.TemporaryDirectory()
        self.times = Path(self.folder.name) / 'times.json'
        self.paths = Path(self.folder.name) / 'paths.json'

    def run(self, command, environment):
        subprocess.run(
            [str(part) for part in command], check=True, stdout=subprocess.DEVNULL,
            stderr=None if self.arguments.verbose else subprocess.DEVNULL,
            env=dict(os.environ, OMP_NUM_THREADS=THREADS, **environment))

    def ours(self, config, options, phases, keeps_paths=True):
        # Of a search, what is repeated are rounds at several stages, the same on both sides.
        repeats = (
            self.arguments.search_rounds if phases == ['search'] else 2 * self.arguments.repeats)
        command = [
            self.arguments.mmrazor, 'benchmark', config, '--out', self.times, '--phases', *phases,
            '--batch', self.arguments.batch, '--batches', self.arguments.batches, '--repeats',
            repeats]
        self.run(command + (['--cfg-options', *options] if options else []), {})
        if keeps_paths:
            self.times.replace(self.paths)
        return json.loads((self.paths if keeps_paths else self.times).read_text())

    def original(self, config, options, phases, environment):
        command = [
            self.arguments.python, ROOT / 'Benchmarks/original.py', config, '--out', self.times,
            '--phases', *phases, '--batch', self.arguments.batch, '--batches',
            self.arguments.batches, '--repeats', self.arguments.repeats, '--paths', self.paths]
        self.run(command + (['--cfg-options', *options] if options else []), environment)
        return json.loads(self.times.read_text())

    def case(self, name):
        """Medians over the rounds: by phase, for ours, installed and best, seconds and bytes."""
        config, options, possible = CASES[name]
        phases = [phase for phase in possible if phase in self.arguments.phases]
        if not phases:
            return {}
        found = {}
        for index in range(self.arguments.rounds):
            print(f'{name}: round {index + 1} of {self.arguments.rounds}', file=sys.stderr)
            sides = [
                ('ours', self.ours(config, options, phases)),
                ('installed', self.original(config, options, phases, {})),
                ('best', self.original(config, options, phases, BEST))]
            if self.arguments.bfloat16:
                compact = [*options, 'fp16.loss_scale=512.']
                sides.append(('compact', self.ours(config, compact, phases, keeps_paths=False)))
            for side, entries in sides:
                for entry in entries:
                    found.setdefault(entry['phase'], {}).setdefault(side, []).append(entry)
        return {
            phase: {
                side: (statistics.median(entry['typical'] for entry in entries),
                       statistics.median(entry['resident_bytes'] for entry in entries))
                for side, entries in sides.items()
            }
            for phase, sides in found.items()
        }

    def row(self, name, phase, sides):
        (ours, ours_bytes), (plain, plain_bytes), (best, _) = (
            sides['ours'], sides['installed'], sides['best'])
        line = (f'| {name}, {TITLES[phase]} | {1000 * ours:.1f} | '
                f'{1000 * plain:.0f} / {1000 * best:.0f} | **{plain / ours:.1f} / {best / ours:.1f}** | '
                f'{ours_bytes / 1e9:.2f} | {plain_bytes / 1e9:.2f} |')
        if 'compact' in sides:
            compact, compact_bytes = sides['compact']
            line += (f' {1000 * compact:.1f} | {plain / compact:.1f} / {best / compact:.1f} | '
                     f'{compact_bytes / 1e9:.2f} |')
        return line


def processor():
    lines = Path('/proc/cpuinfo').read_text().splitlines()
    names = [line.split(':')[1].strip() for line in lines if line.startswith('model name')]
    return f'{names[0]}, {len(names)} processors' if names else platform.processor()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('cases', nargs='*', metavar='CASE', help=', '.join(CASES))
    parser.add_argument('--python', required=True)
    parser.add_argument('--mmrazor', default=ROOT / '.build/release/mmrazor')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument(
        '--repeats', type=int, default=4,
        help='of the original in each round; of this program twice as many')
    parser.add_argument('--batch', type=int, default=16)
    parser.add_argument('--batches', type=int, default=2, help='that a search scores on')
    parser.add_argument('--search-rounds', type=int, default=2, help='stages of a search to time')
    parser.add_argument('--phases', nargs='+', default=list(TITLES))
    parser.add_argument('--bfloat16', action='store_true', help='time this program in bfloat16, too')
    parser.add_argument('--out')
    parser.add_argument('--verbose', action='store_true')
    arguments = parser.parse_args()
    unknown = set(arguments.cases) - set(CASES)
    if unknown:
        parser.error(f'no such case: {", ".join(sorted(unknown))}; there are {", ".join(CASES)}')
    comparison = Comparison(arguments)
    lines = [
        f'Measured on {time.strftime("%Y-%m-%d")}: {processor()}; {THREADS} threads, '
        f'batch {arguments.batch}, 224 x 224, '
        f'medians of {arguments.rounds} rounds; a search scores each candidate on '
        f'{arguments.batches} batches.', '',
        '| | here, ms | original, ms: as installed / at its best | ratios | memory here, GB | '
        'memory, original, GB |', '|---|---|---|---|---|---|']
    if arguments.bfloat16:
        lines[-2] += ' here in bfloat16, ms | ratios | memory, GB |'
        lines[-1] += '---|---|---|'
    for name in arguments.cases or CASES:
        for phase, sides in comparison.case(name).items():
            lines.append(comparison.row(name, phase, sides))
            print(lines[-1], flush=True)
        if arguments.out:
            Path(arguments.out).write_text('\n'.join(lines) + '\n')


if __name__ == '__main__':
    main()
