#!/usr/bin/env python3
"""Prints what tools/quickstart.sh reached, from the files it left in a folder."""
import json
import re
import sys
from pathlib import Path


def complexity(path):
    """FLOPs and parameters as `mmrazor get-flops` says them."""
    text = path.read_text()
    return [re.search(rf'{name}: (.+)', text).group(1) for name in ('Flops', 'Params')]


def step_seconds(run):
    """The mean time of a training step; the first entry warms up."""
    (log,) = run.glob('*.log.json')
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    times = [entry['time'] for entry in entries if entry.get('mode') == 'train']
    times = times[1:] or times
    return f'{sum(times) / len(times):.3f}'


def best_score(search):
    """The best candidate's accuracy with the supernet's weights."""
    (log,) = search.glob('*.log')
    return float(re.findall(r'top1_score: ([0-9.]+)', log.read_text())[-1])


def spos(folder):
    supernet, search, subnet = (folder / name for name in ('supernet', 'search', 'subnet'))
    results = json.loads((subnet / 'results.json').read_text())
    rows = [
        ['', 'top-1', 'FLOPs (224 x 224)', 'parameters', 'seconds per step'],
        ['supernet, best path', f'{best_score(search):.2f} %', *complexity(supernet / 'complexity.txt'),
         step_seconds(supernet)],
        ['searched subnet, retrained', f"{results['accuracy_top-1']:.2f} %",
         *complexity(subnet / 'complexity.txt'), step_seconds(subnet)],
    ]
    return rows, [supernet / 'latest.pth', *sorted(search.glob('final_subnet_*.yaml')),
                  subnet / 'latest.pth', subnet / 'results.json']


def sums(path):
    """FLOPs and parameters in the last row of what `mmrazor describe` says of a network."""
    parameters, flops = re.search(r'\(all\) +(\d+) +(\d+)', path.read_text()).groups()
    return f'{int(flops) / 1e6:.2f} M', f'{int(parameters) / 1e3:.0f} k'


def autoslim(folder):
    rows = [['', 'FLOPs (64 x 64)', 'parameters', 'file', 'top-1', 'images per second']]
    files = [folder / 'supernet/latest.pth', folder / 'search/latest.pkl',
             *sorted(folder.glob('search/subnet_*.yaml')), folder / 'subnets/latest.pth']
    for checkpoint in sorted(folder.glob('parts/checkpoint_*.pth')):
        number = checkpoint.stem.rpartition('_')[2]
        parts = checkpoint.parent
        results = json.loads((parts / f'results_{number}.json').read_text())
        (speed,) = json.loads((parts / f'speed_{number}.json').read_text())
        rows.append([
            'whole network' if number == '1' else f'narrow network {number}',
            *sums(parts / f'modules_{number}.txt'),
            f'{checkpoint.stat().st_size / 1e6:.2f} MB', f"{results['accuracy_top-1']:.2f} %",
            f"{speed['batch'] / speed['typical']:.0f}"])
        files.append(checkpoint)
    return rows, files


def distill(folder):
    rows = [['', 'top-1', 'FLOPs (224 x 224)', 'parameters']]
    files = []
    for title, run, network in (('teacher', 'teacher', 'teacher'),
                                ('student alone', 'alone', 'student'),
                                ('student with the teacher', 'distilled', 'student')):
        results = json.loads((folder / run / 'results.json').read_text())
        rows.append([title, f"{results['accuracy_top-1']:.2f} %",
                     *complexity(folder / f'{network}.txt')])
        files.append(folder / run / 'latest.pth')
    return rows, files


def main():
    rows, files = {'spos': spos, 'autoslim': autoslim, 'distill': distill}[sys.argv[1]](Path(sys.argv[2]))
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print('  '.join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    print()
    for path in files:
        print(path)


if __name__ == '__main__':
    main()
