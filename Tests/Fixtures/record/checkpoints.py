"""Records files of `torch.save` and `pickle` with what they hold, for CheckpointsTests.

Usage: python checkpoints.py OUTPUT_FOLDER     (any PyTorch from 1.13 on; any NumPy)
Writes FOLDER/*.pth and *.pkl and FOLDER/expected.json, whose entries are, for each file, the
tensors by path with element type, shape and values in row-major order.
"""
import collections
import json
import pickle
import sys
from pathlib import Path

import numpy as np
import torch

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
torch.manual_seed(7)
expected = {}


def flatten(value, path, out):
    if isinstance(value, torch.Tensor):
        out[path] = {
            'dtype': str(value.dtype).replace('torch.', ''),
            'shape': list(value.shape),
            'values': value.detach().double().reshape(-1).tolist(),
        }
    elif isinstance(value, dict):
        for key, item in value.items():
            flatten(item, f'{path}/{key}', out)
    elif isinstance(value, (list, tuple)) and not isinstance(value, torch.Size):
        for index, item in enumerate(value):
            flatten(item, f'{path}/{index}', out)


def record(name, value, write):
    write(folder / name)
    tensors = {}
    flatten(value, '', tensors)
    expected[name] = tensors


def both_layouts(name, value):
    record(f'{name}_zip.pth', value, lambda path: torch.save(value, path))
    record(f'{name}_legacy.pth', value,
           lambda path: torch.save(value, path, _use_new_zipfile_serialization=False))


# Every element type, views and shared storages.
base = torch.arange(24.).reshape(2, 3, 4)
tensors = {
    'float64': torch.tensor([0.1, -2.5, 1e300], dtype=torch.float64),
    'float32': torch.tensor([[0.1, -2.5], [3e38, -1e-40]]),
    'float16': torch.tensor([0.1, -2.5, 65504.], dtype=torch.float16),
    'bfloat16': torch.tensor([0.1, -2.5, 3e38], dtype=torch.bfloat16),
    'int64': torch.tensor([1, -(2**53)]),
    'int32': torch.tensor([1, -2**31], dtype=torch.int32),
    'int16': torch.tensor([1, -2**15], dtype=torch.int16),
    'int8': torch.tensor([1, -128], dtype=torch.int8),
    'uint8': torch.tensor([1, 255], dtype=torch.uint8),
    'bool': torch.tensor([True, False, True]),
    'scalar': torch.tensor(2.5),
    'counter': torch.tensor(17),
    'empty': torch.empty(0, 3),
    'whole': base,
    'slice': base[:, 1:, ::2],
    'transposed': base.permute(2, 0, 1),
    'expanded': torch.tensor([[1.], [2.]]).expand(2, 3),
    'channels_last': torch.arange(16.).reshape(1, 4, 2, 2).contiguous(
        memory_format=torch.channels_last),
    'parameter': torch.nn.Parameter(torch.ones(2)),
}
both_layouts('tensors', tensors)

# What surrounds tensors.
state = collections.OrderedDict(weight=torch.ones(1))
state._metadata = collections.OrderedDict({'': {'version': 1}, 'bn': {'version': 2}})
objects = {
    'none': None, 'true': True, 'int': -5, 'short': 300, 'long': 2**40, 'negative': -(2**40),
    'huge': 2**70, 'float': 0.1, 'text': "it's\n\u00e9\u4e2d", 'bytes': b'\x00\xff',
    'list': [1, [2, ()]], 'tuple': (1,), 'set': {3}, 'size': torch.Size([2, 3]),
    'device': torch.device('cuda:0'), 'dtype': torch.float16, 'ordered': state,
    'numpy_float': np.float64(1.5), 'numpy_float32': np.float32(0.5), 'numpy_int': np.int64(-4),
    'numpy_bool': np.bool_(True), 'numpy_array': np.arange(6, dtype=np.float32).reshape(2, 3),
    'numpy_fortran': np.asfortranarray(np.arange(4, dtype=np.int16).reshape(2, 2)),
    'default': collections.defaultdict(list, a=[1]), 1: 'int key', (1, 'a'): 'tuple key',
    28.5: 'float key',
}
both_layouts('objects', objects)
for protocol in range(2, 6):
    record(f'objects_{protocol}.pkl', objects,
           lambda path: path.write_bytes(pickle.dumps(objects, protocol=protocol)))

# A small training checkpoint as mmcv structures it.
torch.manual_seed(1)
model = torch.nn.Sequential(
    collections.OrderedDict(conv=torch.nn.Conv2d(2, 3, 3, bias=False),
                            bn=torch.nn.BatchNorm2d(3), fc=torch.nn.Linear(3, 2)))
for name, make in {
        'sgd': lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=1e-4),
        'adam': lambda p: torch.optim.Adam(p, lr=1e-3),
        'adamw': lambda p: torch.optim.AdamW(p, lr=1e-3),
}.items():
    optimizer = make([{'params': [p]} for p in model.parameters()])
    optimizer.zero_grad()
    out = model.fc(model.bn(model.conv(torch.randn(2, 2, 5, 5))).mean((2, 3)))
    out.pow(2).sum().backward()
    optimizer.step()
    checkpoint = {
        'meta': {'epoch': 1, 'iter': 5, 'CLASSES': ('cat', 'dog'), 'seed': 0,
                 'config': "model = dict(type='SPOS')\n", 'hook_msgs': {'last_ckpt': 'iter_6.pth'},
                 'env_info': 'sys.platform: linux', 'time': 'Mon Nov 23 23:53:14 2026'},
        'state_dict': model.state_dict(),
        'optimizer': optimizer.state_dict(),
    }
    both_layouts(f'checkpoint_{name}', checkpoint)

# The evolution search's file.
search = {
    'epoch': 1,
    'candidate_pool': [{'stage_0_block_0': torch.tensor([0., 1., 0., 0.])}],
    'top_k_candidates_with_score': {28.5: {'stage_0_block_0': torch.tensor([1., 0., 0., 0.])}},
}
record('search_epoch_1.pkl', search, lambda path: path.write_bytes(pickle.dumps(search, protocol=2)))

(folder / 'expected.json').write_text(json.dumps(expected, separators=(',', ':'), sort_keys=True))
