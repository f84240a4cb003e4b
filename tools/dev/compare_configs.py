#!/usr/bin/env python3
"""Evaluates configs with mmcv and with `mmrazor print-config`, side by side, and reports where the
two differ and how long each takes.

    python tools/dev/compare_configs.py --mmrazor CHECKOUT [--binary PATH]

Runs with a Python that has mmcv 1.5.0, mmcls 0.23.2, mmdet 2.25.0 and mmsegmentation 0.25.0, whose
wheels carry the configs of their model zoos; CHECKOUT is mmrazor at v0.3.1. Neither the build nor
the tests need this script.

What `print-config` prints is run by a plain Python and must give what mmcv gave: the same keys in
the same order, values of the same type. Files that fail on both sides are listed, not counted as
differences.
"""

import argparse
import importlib
import pathlib
import re
import subprocess
import sys
import time
import warnings

import mmcv

PACKAGES = 'mmcls', 'mmdet', 'mmseg'
SUFFIXES = '.py', '.json', '.yml', '.yaml'
MARK = 'Config:\n'


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('--mmrazor', required=True, type=pathlib.Path)
    parser.add_argument('--binary', default='.build/release/mmrazor', type=pathlib.Path)
    parser.add_argument('--repeats', default=5, type=int, help='runs of each cold start')
    return parser.parse_args()


def folders(checkout):
    for name in PACKAGES:
        package = importlib.import_module(name)
        root = pathlib.Path(package.__file__).parent
        yield f'{name} {package.__version__}', root / '.mim/configs'
    yield 'mmrazor', checkout / 'configs'


def difference(ours, theirs, path='config'):
    """Says where two trees differ first; `None` if they are the same."""
    if isinstance(theirs, dict):
        if not isinstance(ours, dict):
            return f'{path}: {ours!r:.80} instead of a dict'
        if list(map(name, ours)) != list(map(name, theirs)):
            return f'{path}: keys {list(ours)} instead of {list(theirs)}'
        pairs = zip(theirs, ours.values(), theirs.values())
    elif isinstance(theirs, (list, tuple)):
        if type(ours) is not type(theirs) or len(ours) != len(theirs):
            return f'{path}: {ours!r:.80} instead of {theirs!r:.80}'
        pairs = zip(range(len(theirs)), ours, theirs)
    else:
        # What Python has no literal for is printed as its repr.
        same = type(ours) is type(theirs) and repr(ours) == repr(theirs)
        if same or not isinstance(theirs, str) and ours == repr(theirs):
            return None
        return f'{path}: {ours!r:.80} instead of {theirs!r:.80}'
    for key, ours_item, theirs_item in pairs:
        found = difference(ours_item, theirs_item, f'{path}.{key}')
        if found:
            return found
    return None


def name(key):
    return type(key).__name__, repr(key)


def original(file):
    start = time.perf_counter()
    try:
        tree = mmcv.Config.fromfile(str(file))._cfg_dict
    except BaseException as error:
        return None, f'{type(error).__name__}: {error}', None
    return tree, None, time.perf_counter() - start


def ours(binary, file):
    start = time.perf_counter()
    run = subprocess.run([binary, 'print-config', file], capture_output=True, text=True)
    spent = time.perf_counter() - start
    if run.returncode:
        return None, run.stderr.strip() or f'exit code {run.returncode}', None
    scope = {}
    exec(run.stdout.partition(MARK)[2], scope)
    del scope['__builtins__']
    return scope, None, spent


def compare(binary, title, folder):
    files = sorted(file for file in folder.rglob('*') if file.suffix in SUFFIXES)
    counts = dict.fromkeys(SUFFIXES, 0)
    different, failing, times = 0, 0, []
    for file in files:
        counts[file.suffix] += 1
        theirs, their_error, their_time = original(file)
        tree, our_error, our_time = ours(binary, file)
        place = file.relative_to(folder)
        if their_error and our_error:
            failing += 1
            print(f'  fails on both sides: {place}')
            print(f'    mmcv:    {their_error.splitlines()[0]:.120}')
            print(f'    mmrazor: {our_error.splitlines()[0]:.160}')
            continue
        if their_error or our_error:
            found = f'only mmcv fails: {their_error}' if their_error else our_error
        else:
            found = difference(tree, theirs)
            times.append((their_time, our_time))
        if found:
            different += 1
            print(f'  DIFFERENT {place}: {found}')
    kinds = ', '.join(f'{count} {suffix}' for suffix, count in counts.items() if count)
    print(f'{title}: {len(files)} configs ({kinds}): {len(files) - different - failing} equal, '
          f'{failing} fail on both sides, {different} different')
    if times:
        mean = [1000 * sum(column) / len(times) for column in zip(*times)]
        check = subprocess.run(
            [binary, 'print-config', '--check', folder], capture_output=True, text=True)
        each = re.search(r'([\d.]+) ms each', check.stdout)
        print(f'  a config takes mmcv {mean[0]:.1f} ms in one process, mmrazor '
              f'{each.group(1) if each else "?"} ms in one process, {mean[1]:.1f} ms from cold '
              f'to printed text')
    return different


def cold(command, repeats):
    best = float('inf')
    for _ in range(repeats):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        best = min(best, time.perf_counter() - start)
    return best


def main():
    options = arguments()
    binary = options.binary.resolve()
    warnings.simplefilter('ignore')
    different = sum(
        compare(binary, title, folder) for title, folder in folders(options.mmrazor))

    print('from cold to printed text, best of', options.repeats)
    script = options.mmrazor / 'tools/misc/print_config.py'
    for config in sorted(options.mmrazor.glob('configs/nas/spos/spos_supernet*.py')):
        theirs = cold([sys.executable, script, config], options.repeats)
        mine = cold([binary, 'print-config', config], options.repeats)
        print(f'  {config.name}: mmcv {theirs:.3f} s, mmrazor {mine:.4f} s, '
              f'{theirs / mine:.0f} times faster')
    sys.exit(different > 0)


if __name__ == '__main__':
    main()
