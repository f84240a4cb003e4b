"""Records the greedy search over channels, with scores that are a function of the subnet.

    python greedy.py --mmrazor PATH

The score of a subnet is `sum(weight * out_channels ** 2) // QUANTUM / 4` over the layers of its
channel config, where the weight of a layer is one more than the FNV-1a of its path modulo 7: many
candidates come to the same.
"""

import logging
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import mmcv
from mmrazor.core.searcher.greedy_search import GreedySearcher

import autoslim
import common

QUANTUM = 20000


def score(pruner):
    total = 0
    for path, entry in pruner.export_subnet().items():
        weight = common._fnv1a(path) % 7 + 1
        total += weight * entry['out_channels'] ** 2
    return total // QUANTUM / 4


class Messages(logging.Handler):
    def __init__(self):
        super().__init__()
        self.texts = []

    def emit(self, record):
        self.texts.append(record.getMessage())


def search(targets, bins, folder, resume_from=None, keep=None, **options):
    """Runs the original on one small network.

    `keep` names the steps after which a copy of its state is put aside. A step is the space that
    was slimmed, and what the subnet then costs.
    """
    algorithm = autoslim.algorithm()
    messages = Messages()
    logger = logging.getLogger('greedy')
    logger.handlers, logger.propagate = [messages], False
    logger.setLevel(logging.INFO)
    dump, steps, before = mmcv.fileio.dump, [], {}

    def watched(value, path, **more):
        dump(value, path, **more)
        if str(path).endswith('latest.pkl'):
            live = {space: int(mask.sum()) for space, mask in value['subnet'].items()}
            (slimmed,) = [space for space in live if live[space] < before.get(space, bins)]
            before.update(live)
            steps.append([slimmed, value['flops']])
            if keep and len(steps) in keep:
                shutil.copy(path, keep[len(steps)])

    mmcv.fileio.dump = watched
    try:
        GreedySearcher(
            SimpleNamespace(module=algorithm),
            SimpleNamespace(dataset=SimpleNamespace(
                evaluate=lambda outputs, metrics, metric_options: {'accuracy_top-1': outputs})),
            targets, lambda model, loader: score(model.module.pruner), str(folder), logger, bins,
            resume_from=resume_from, **options).search()
    finally:
        mmcv.fileio.dump = dump
    files = {path.name: {layer: entry['out_channels'] for layer, entry in mmcv.load(str(path)).items()}
             for path in sorted(Path(folder).glob('*.yaml'))}
    return dict(targets=targets, max_channel_bins=bins, **options, steps=steps, log=messages.texts,
                files=files)


def main():
    common.arguments(__doc__.splitlines()[0])
    folder = common.folder('greedy')
    with tempfile.TemporaryDirectory() as work:
        full = autoslim.algorithm()
        full.pruner.set_max_channel()
        flops = full.get_subnet_flops()
        cases = {}
        for name, shares, bins, options in (
                ('several', (0.5, 0.9, 0.89, 0.75), 4, {}),
                ('least', (0.6,), 3, dict(min_channel_bins=2)),
                ('one', (0.97,), 8, dict(metrics=['accuracy'], score_key='accuracy_top-1'))):
            results = Path(work) / name
            results.mkdir()
            keep = {12: folder / 'latest.pkl'} if name == 'several' else None
            cases[name] = search([int(flops * share) for share in shares], bins, results,
                                 keep=keep, **options)
            # The scores of the later steps say little that their outcome does not.
            rounds, kept = 0, []
            for text in cases[name]['log']:
                if rounds < 2 or not text.startswith('Slimming'):
                    kept.append(text.replace(str(results), 'WORK'))
                rounds += text.startswith('Greedy')
            cases[name]['log'] = kept
    common.write_json(folder / 'greedy.json', dict(full_flops=flops, **cases))


if __name__ == '__main__':
    main()
