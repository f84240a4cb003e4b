#!/usr/bin/env python3
"""Times the original's SPOS supernets on random paths, for a look beside `supernets`.

Needs an environment with mmrazor 0.3.1 and a checkout of its repository (for the configs):

    python Benchmarks/original.py --mmrazor CHECKOUT [shufflenet|mobilenet] [--batch 16]

Set MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=16000000000 for the original at its best: it then
keeps freed buffers. The threads are those of OMP_NUM_THREADS, or all cores.
"""
import argparse
import contextlib
import os
import statistics
import sys
import time
from pathlib import Path

import torch
from mmcv import Config
from mmcv.runner import build_optimizer
from mmrazor.models import build_algorithm

CONFIGS = {
    'shufflenet': 'spos_supernet_shufflenetv2_8xb128_in1k.py',
    'mobilenet': 'spos_supernet_mobilenet_proxyless_gpu_8xb128_in1k.py',
}


@contextlib.contextmanager
def quiet():
    """Building a supernet prints thousands of lines, to the stream as it was at import."""
    sys.stdout.flush()
    kept, sink = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)


def report(what, seconds):
    milliseconds = [1000 * value for value in seconds]
    print(f'{what}: {statistics.median(milliseconds):.1f} ms (best {min(milliseconds):.1f})')


def timed(repeats, body):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        body()
        times.append(time.perf_counter() - start)
    return times[2:]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('net', nargs='?', default='shufflenet', choices=list(CONFIGS))
    parser.add_argument('--mmrazor', required=True, help='checkout of mmrazor 0.3.1')
    parser.add_argument('--batch', type=int, default=16)
    parser.add_argument('--repeats', type=int, default=12)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    cfg = Config.fromfile(str(Path(arguments.mmrazor) / 'configs/nas/spos' / CONFIGS[arguments.net]))
    with quiet():
        algorithm = build_algorithm(cfg.algorithm)
    optimizer = build_optimizer(algorithm, cfg.optimizer)
    images = torch.randn(arguments.batch, 3, 224, 224)
    labels = torch.randint(1000, (arguments.batch,))

    def step():
        output = algorithm.train_step(dict(img=images, gt_label=labels), None)
        optimizer.zero_grad()
        output['loss'].backward()
        optimizer.step()

    algorithm.train()
    report('train step', timed(arguments.repeats, step))
    algorithm.eval()

    def infer():
        algorithm.mutator.set_subnet(algorithm.mutator.sample_subnet())
        with torch.no_grad():
            algorithm.architecture.model.simple_test(images, None)

    report('inference', timed(arguments.repeats, infer))


if __name__ == '__main__':
    main()
