"""Records what PyTorch 1.13, mmcv and the original's searcher write to disk.

    python pickles.py --mmrazor PATH

`*.pth` are written by `torch.save` (zip layout, and the legacy one with the same content),
by mmcv's `save_checkpoint` and by upstream's `publish_model.py`; `search_epoch_*.pkl` by
`EvolutionSearcher`. What they hold is repeated in `*.json` and `*.safetensors`, with tensors
replaced by `{"__tensor__": name, "dtype", "shape", "stride", "offset"}`.
"""

import collections
import logging
import os
import pathlib
import pickle
import random
import runpy
import sys
import types
import unittest.mock

import mmcv
import numpy as np
import torch
from mmcv.runner import build_optimizer, save_checkpoint

import common

OUT = common.folder('pickles')


def describe(value, tensors, path=''):
    """JSON for a loaded object; tensors go to `tensors` under their path."""
    if isinstance(value, torch.Tensor):
        name = path or 'value'
        stored = value.detach()
        stored = stored.float() if stored.dtype == torch.bfloat16 else stored
        tensors[name] = stored.clone().contiguous().numpy()
        return {'__tensor__': name, 'dtype': str(value.dtype).replace('torch.', ''),
                'shape': list(value.shape), 'stride': list(value.stride()),
                'offset': value.storage_offset(), 'requires_grad': value.requires_grad}
    if isinstance(value, dict):
        if all(isinstance(key, str) for key in value):
            return {key: describe(item, tensors, f'{path}/{key}'.lstrip('/'))
                    for key, item in value.items()}
        return {'__items__': [[common.plain(key),
                               describe(item, tensors, f'{path}/{key}'.lstrip('/'))]
                              for key, item in value.items()]}
    if isinstance(value, (list, tuple)):
        items = [describe(item, tensors, f'{path}/{index}'.lstrip('/'))
                 for index, item in enumerate(value)]
        return items if isinstance(value, list) else {'__tuple__': items}
    if isinstance(value, bytes):
        return {'__bytes__': value.hex()}
    if isinstance(value, set):
        return {'__set__': sorted(value)}
    return common.plain(value)


def record(stem, value):
    tensors = {}
    described = describe(value, tensors)
    common.write_json(OUT / f'{stem}.json', described)
    common.write_tensors(OUT / f'{stem}.safetensors', tensors)


def zoo():
    """Every kind of tensor and value a checkpoint may hold."""
    base = torch.from_numpy(common.filled('base', (6, 4, 2)))
    integers = torch.arange(-3, 3)
    return collections.OrderedDict(
        float32=base[0].clone(), float64=base[1].double(), float16=base[2].half(),
        bfloat16=base[3].bfloat16(), int64=integers, int32=integers.int(),
        int16=integers.short(), int8=integers.to(torch.int8), uint8=(integers + 3).byte(),
        bool=integers > 0, scalar=torch.tensor(2.5), empty=torch.zeros(0, 3),
        whole=base, row=base[2], rows=base[1:4], column=base[:, 1],
        transposed=base.permute(2, 0, 1), strided=base[::2, :, 1],
        expanded=torch.tensor([1.0, 2.0]).expand(3, 2),
        channels_last=torch.from_numpy(common.filled('cl', (2, 3, 2, 2))).contiguous(
            memory_format=torch.channels_last),
        parameter=torch.nn.Parameter(base[5].clone()),
        buffer_like=torch.nn.Parameter(torch.ones(2), requires_grad=False),
        size=torch.Size([2, 3]), none=None, true=True, integer=7, negative=-1,
        wide=2 ** 40, huge=10 ** 30, number=0.1, text='héé', long_text='x' * 300,
        nested=dict(a=[1, (2, 3), {'b': None}], c=()), integer_keys={0: 'x', 17: 'y'},
        shared=[base[0, 0], base[0, 0]])


def rare():
    """What a checkpoint may hold but seldom does."""
    return dict(
        dtype=torch.float16, device=torch.device('cpu'), raw=b'\x00\xff',
        words={'one', 'two'}, numpy_scalar=np.float64(1.5), numpy_int=np.int64(3),
        numpy_array=np.arange(6, dtype=np.float32).reshape(2, 3),
        counter=collections.defaultdict(dict, {'k': {}}))


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 4, 3, bias=False)
        self.bn = torch.nn.BatchNorm2d(4)
        self.fc = torch.nn.Linear(4, 3)

    def forward(self, image):
        return self.fc(self.bn(self.conv(image)).mean((2, 3)))


def trained(config):
    net = Net()
    common.fill_state(net)
    optimizer = build_optimizer(net, dict(config))
    for step in range(2):
        optimizer.zero_grad()
        net(torch.from_numpy(common.filled(f'image.{step}', (2, 3, 5, 5)))).square() \
            .sum().backward()
        optimizer.step()
    return net, optimizer


def checkpoints(root):
    paramwise = dict(norm_decay_mult=0.0, bias_decay_mult=0.0)
    for name, config in {
        'sgd': dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=1e-4,
                    paramwise_cfg=paramwise),
        'adam': dict(type='Adam', lr=0.01, weight_decay=1e-3),
    }.items():
        net, optimizer = trained(config)
        path = OUT / f'checkpoint_{name}.pth'
        with unittest.mock.patch('time.asctime', lambda: 'Tue Nov 24 00:00:00 2026'):
            save_checkpoint(net, str(path), optimizer=optimizer, meta=dict(
                CLASSES=['a', 'b'], epoch=1, iter=5, seed=0, exp_name='net.py',
                config="model = dict(type='Net')\n", hook_msgs=dict(last_ckpt='x')))
        record(f'checkpoint_{name}', torch.load(path))
    # publish_model.py renames its output by hash; `unlink` what an earlier run left.
    for stale in OUT.glob('published*'):
        stale.unlink()
    choices = root / 'configs/nas/spos/SPOS_SHUFFLENETV2_330M_IN1k_PAPER.yaml'
    argv = ['publish_model.py', str(OUT / 'checkpoint_sgd.pth'), str(OUT / 'published.pth'),
            '--mutable-cfg', str(choices)]
    with unittest.mock.patch.object(sys, 'argv', argv):
        runpy.run_path(str(root / 'tools/model_converters/publish_model.py'),
                       run_name='__main__')
    (path,) = OUT.glob('published*.pth')
    common.write_json(OUT / 'published_name.json', dict(file=path.name, sha256=path.stem[-8:]))
    record('published', torch.load(path))
    (path,) = OUT.glob('published*.yaml')
    path.unlink()  # the same content as upstream's yaml


class Search:
    """The loader, data set and test function the searcher asks for, scores made up."""

    def __init__(self):
        self.dataset = self
        self.count = 0

    def evaluate(self, outputs, metrics, options):
        self.count += 1
        # Equal scores now and then: the searcher keeps one candidate per score.
        return {'accuracy_top-1': float(self.count * 7 % 5) * 10 + 0.5}


def search(root):
    from mmrazor.core.searcher.evolution_search import EvolutionSearcher
    from mmrazor.models import build_algorithm
    config = mmcv.Config.fromfile(
        str(root / 'configs/nas/spos/spos_evolution_search_shufflenetv2_8xb2048_in1k.py'))
    with common.quiet():
        algorithm = build_algorithm(config.algorithm)
    random.seed(0), np.random.seed(0), torch.manual_seed(0)
    lines = []
    logger = logging.getLogger('search')
    logger.setLevel('INFO')
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logger.addHandler(handler)
    loader = Search()
    searcher = EvolutionSearcher(
        types.SimpleNamespace(module=algorithm), loader, lambda model, data: [], str(OUT),
        logger, candidate_pool_size=4, candidate_top_k=2, max_epoch=2, num_mutation=2,
        num_crossover=2, constraints=dict(flops=330e6), metrics='accuracy',
        score_key='accuracy_top-1')
    for stale in OUT.glob('final_subnet_*.yaml'):
        stale.unlink()
    searcher.search()
    (final,) = OUT.glob('final_subnet_*.yaml')
    final.rename(OUT / 'final_subnet.yaml')
    spaces = {space: list(info['choice_names'])
              for space, info in algorithm.mutator.search_spaces.items()}

    def names(candidate):
        return {space: spaces[space][int(mask.argmax())] for space, mask in candidate.items()}

    for epoch in (1, 2):
        value = mmcv.load(str(OUT / f'search_epoch_{epoch}.pkl'))
        common.write_json(OUT / f'search_epoch_{epoch}.json', dict(
            epoch=value['epoch'], keys=list(value), spaces=spaces,
            candidate_pool=[names(item) for item in value['candidate_pool']],
            top_k_candidates_with_score=[
                [score, names(item)]
                for score, item in value['top_k_candidates_with_score'].items()]))
    (OUT / 'search_messages.txt').write_text(
        '\n'.join(lines).replace(str(OUT), 'WORK_DIR') + '\n')


class Evil:
    def __reduce__(self):
        return os.getcwd, ()


def main():
    root = pathlib.Path(common.arguments(__doc__).mmrazor).resolve()
    content = zoo()
    torch.save(content, OUT / 'zoo_zip.pth')
    torch.save(content, OUT / 'zoo_legacy.pth', _use_new_zipfile_serialization=False)
    torch.save(content, OUT / 'zoo_zip_protocol4.pth', pickle_protocol=4)
    record('zoo', torch.load(OUT / 'zoo_zip.pth'))
    torch.save(rare(), OUT / 'rare_zip.pth')
    torch.save(rare(), OUT / 'rare_legacy.pth', _use_new_zipfile_serialization=False)
    record('rare', torch.load(OUT / 'rare_zip.pth'))
    checkpoints(root)
    search(root)
    # A reader must refuse these: they call a function (a harmless one) when unpickled.
    torch.save(dict(state_dict=Evil()), OUT / 'calls_a_function.pth')
    (OUT / 'calls_a_function.pkl').write_bytes(pickle.dumps(dict(epoch=Evil()), protocol=2))


if __name__ == '__main__':
    main()
