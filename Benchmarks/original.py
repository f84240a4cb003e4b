#!/usr/bin/env python3
"""Times the original on a config, as `mmrazor benchmark` times this program; see compare.py.

    python Benchmarks/original.py CONFIG [--phases train inference search] [--out TIMES.json]

Needs an environment with mmrazor 0.3.1. The config is one of mmrazor's (with an `algorithm`) or one
of mmcls's (with a bare `model`). Set MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=16000000000 for the
original at its best: it then keeps freed buffers. The threads are those of OMP_NUM_THREADS, or all.
"""
import argparse
import contextlib
import itertools
import json
import os
import resource
import statistics
import sys
import time

import numpy
import torch
from mmcls.models import build_classifier
from mmcv import Config, DictAction
from mmcv.runner import build_optimizer
from mmrazor.models import build_algorithm
from mmrazor.models.pruners import structure_pruning


def let_pruner_trace():
    """The names of backward nodes changed with PyTorch 1.11; without them AutoSlim cannot be built."""
    parsers = structure_pruning.BACKWARD_PARSER_DICT
    for new, old in [('ConvolutionBackward', 'ThnnConv2DBackward')]:
        parsers.setdefault(new, parsers[old])
    structure_pruning.CONV += ('ConvolutionBackward',)
    structure_pruning.NON_PASS += ('ConvolutionBackward',)


def let_losses_stay():
    """WSLD moves itself and its targets to a GPU."""
    torch.Tensor.cuda = lambda self, *_: self
    torch.nn.Module.cuda = lambda self, *_: self


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


class Bench:
    def __init__(self, cfg, batch, size, batch_count):
        torch.manual_seed(0)
        numpy.random.seed(0)
        with quiet():
            self.algorithm = (
                build_algorithm(cfg.algorithm) if 'algorithm' in cfg else build_classifier(cfg.model))
        self.is_plain = 'algorithm' not in cfg
        optimizer = cfg.get('optimizer') or dict(
            type='SGD', lr=0.01, momentum=0.9, weight_decay=4e-5)
        self.optimizer = build_optimizer(self.algorithm, optimizer)
        self.searcher = cfg.get('searcher')
        self.batches = [torch.randn(batch, 3, size[0], size[-1]) for _ in range(batch_count)]
        self.images = self.batches[0]
        self.labels = torch.randint(10, (batch,))

    def masks(self, path):
        spaces = self.algorithm.mutator.search_spaces
        return {
            space: torch.tensor([float(name == chosen) for name in spaces[space]['choice_names']])
            for space, chosen in path.items()
        }

    def draw_from(self, paths):
        """Makes train steps, which draw a path each, take the given ones in turn."""
        turn = itertools.cycle(paths)
        self.algorithm.mutator.sample_subnet = lambda: self.masks(next(turn))

    def train(self):
        output = self.algorithm.train_step(
            dict(img=self.images, gt_label=self.labels), self.optimizer)
        # AutoSlim steps its optimizer itself, between losses.
        if type(self.algorithm).__name__ != 'AutoSlim':
            self.optimizer.zero_grad()
            output['loss'].backward()
            self.optimizer.step()

    def infer(self, path=None):
        if path is not None:
            self.algorithm.mutator.set_subnet(self.masks(path))
        with torch.no_grad():
            model = self.algorithm if self.is_plain else self.algorithm.architecture.model
            model.simple_test(self.images, None)

    def score(self, bins, batches):
        """What the original's searcher does with a candidate, decoded pictures given."""
        self.algorithm.pruner.set_channel_bins(bins, self.searcher.max_channel_bins)
        # As its test function: this also tells normalisation whether batch statistics count.
        self.algorithm.eval()
        with torch.no_grad():
            scores = [row for images in batches
                      for row in self.algorithm.architecture.model.simple_test(images, None)]
        labels = self.labels.repeat(len(batches)).numpy()
        return float((numpy.stack(scores).argmax(1) == labels).mean())

    def full_round(self):
        """One round that starts from the whole network."""
        spaces = self.algorithm.pruner.channel_spaces
        return [{space: self.searcher.max_channel_bins for space in spaces}]

    def search_rounds(self, rounds, warmup):
        """How long each round takes, in seconds, and how many candidates it has.

        A round starts from a number of live bins for each space.
        """
        least, most = self.searcher.get('min_channel_bins', 1), self.searcher.max_channel_bins
        times, counts = [], []
        for live in rounds:
            base = {space: torch.tensor([float(bin < count) for bin in range(most)])
                    for space, count in live.items()}
            candidates = []
            for space in sorted(base):
                if live[space] - 1 >= least:
                    bins = {key: value.clone() for key, value in base.items()}
                    bins[space][live[space] - 1] = 0
                    candidates.append(bins)
            # It computes at full width whatever the candidate, so that one will do.
            for bins in candidates[:1 if warmup else 0]:
                self.score(bins, self.batches)
            start = time.perf_counter()
            for bins in candidates:
                self.score(bins, self.batches)
            times.append(time.perf_counter() - start)
            counts.append(len(candidates))
        return times, counts

    def repeat(self, phase, count, paths):
        """How long each repeat takes, in seconds."""
        algorithm = self.algorithm
        algorithm.train(phase == 'train')
        if phase == 'inference' and type(algorithm).__name__ == 'AutoSlim':
            if not algorithm.retraining:
                algorithm.pruner.set_max_channel()
        if phase == 'train' and paths:
            self.draw_from(paths)
        turn = itertools.cycle(paths or [None])
        seconds = []
        for _ in range(count):
            start = time.perf_counter()
            self.train() if phase == 'train' else self.infer(next(turn))
            seconds.append(time.perf_counter() - start)
        return seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('config')
    parser.add_argument('--phases', nargs='+', default=['train', 'inference'])
    parser.add_argument('--batch', type=int, default=16)
    parser.add_argument('--batches', type=int, default=2, help='that a search scores on')
    parser.add_argument('--shape', type=int, nargs='+', default=[224, 224])
    parser.add_argument('--repeats', type=int, default=10)
    parser.add_argument('--warmup', type=int, default=2)
    parser.add_argument('--paths', help='times written by `mmrazor benchmark`: take its paths')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    parser.add_argument('--out')
    arguments = parser.parse_args()
    cfg = Config.fromfile(arguments.config)
    cfg.merge_from_dict(arguments.cfg_options or {})
    let_pruner_trace()
    let_losses_stay()
    bench = Bench(cfg, arguments.batch, arguments.shape, arguments.batches)
    paths = {}
    if arguments.paths:
        with open(arguments.paths) as file:
            paths = {entry['phase']: entry['subnets'] for entry in json.load(file)}
    results = []
    for phase in arguments.phases:
        counts = None
        if phase == 'search':
            seconds, counts = bench.search_rounds(
                paths.get(phase) or bench.full_round(), arguments.warmup)
            typical = sum(seconds) / sum(counts)
        else:
            count = arguments.warmup + arguments.repeats
            seconds = bench.repeat(phase, count, paths.get(phase))[arguments.warmup:]
            typical = statistics.median(seconds)
        resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        results.append(dict(
            phase=phase, batch=arguments.batch, threads=torch.get_num_threads(), seconds=seconds,
            candidates=counts, typical=typical, resident_bytes=resident))
        print(f'{phase}: {1000 * typical:.1f} ms (best {1000 * min(seconds):.1f}), '
              f'peak memory {resident / 1e9:.2f} GB')
    if arguments.out:
        with open(arguments.out, 'w') as file:
            json.dump(results, file)


if __name__ == '__main__':
    main()
