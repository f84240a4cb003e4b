"""Records checkpoints with more in them than tensors, for CheckpointsTests.

Usage: python closed.py     (PyTorch 1.13, mmengine, yacs, easydict)
Writes ../checkpoints/closed/*: tiny files whose weight `fc.weight` is [[1, 2], [3, 4]]. Those in
the tar layout are read back by PyTorch.
"""
import argparse
import collections
import datetime
import decimal
import enum
import functools
import io
import pathlib
import pickle
import struct
import sys
import tarfile
import types
import zipfile

import easydict
import numpy as np
import torch
from mmengine.config import ConfigDict
from mmengine.logging import HistoryBuffer
from yacs.config import CfgNode

OUT = pathlib.Path(__file__).resolve().parent.parent / 'checkpoints' / 'closed'
OUT.mkdir(parents=True, exist_ok=True)

# Classes that only these files know; they are pickled by the name of a project.
project = types.ModuleType('project')
sys.modules['project'] = project


def named(made):
    made.__module__ = 'project'
    made.__qualname__ = made.__name__
    setattr(project, made.__name__, made)
    return made


@named
class Mode(enum.Enum):
    FAST = 1


@named
class Bag(list):
    pass


@named
class Node:
    pass


@named
class Net(torch.nn.Module):

    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(2, 2)


def weights():
    return collections.OrderedDict({'fc.weight': torch.tensor([[1., 2.], [3., 4.]])})


history = HistoryBuffer([1., 2.], [1, 1])
ring = Node()
ring.next = Node()
ring.next.next = ring
cycle = {}
cycle['self'] = cycle
config = CfgNode({'MODEL': CfgNode({'DEPTH': 18})})
config.freeze()

META = {
    'epoch': 3,
    'args': argparse.Namespace(lr=0.1, names=['a']),
    'history': history,
    'path': pathlib.PurePosixPath('/data/images/x.py'),
    'relative': pathlib.PurePosixPath('a/b'),
    'windows': pathlib.PureWindowsPath('C:\\data\\x.py'),
    'moment': datetime.datetime(2022, 7, 22, 10, 20, 30, 5),
    'utc': datetime.datetime(2022, 7, 22, 10, 20, 30, tzinfo=datetime.timezone.utc),
    'day': datetime.date(2022, 7, 22),
    'time': datetime.time(1, 2, 3),
    'span': datetime.timedelta(days=1, seconds=2, microseconds=500000),
    'deque': collections.deque([1, 2], maxlen=5),
    'decimal': decimal.Decimal('0.25'),
    'complex': 1 - 2j,
    'yacs': config,
    'easydict': easydict.EasyDict(a=1, b=easydict.EasyDict(c=2)),
    'configdict': ConfigDict(a=dict(b=1)),
    'objects': np.array([None, 'a'], dtype=object),
    'texts': np.array(['a', 'bc']),
    'dates': np.array(['2022-07-22'], dtype='datetime64[D]'),
    'big': np.arange(2, dtype='>f4'),
    'pair': np.zeros(1, dtype=[('a', 'i4')]),
    'numpy_text': np.str_('né'),
    'numpy_complex': np.complex64(1 + 2j),
    'numpy_complexes': np.array([1 + 2j]),
    'enum': Mode.FAST,
    'bag': Bag([1, 2]),
    'function': torch.nn.functional.relu,
    'class': Node,
    'partial': functools.partial(int, base=2),
    'range': range(3),
    'slice': slice(1, 2),
    'ring': ring,
    'cycle': cycle,
    'keys': {pathlib.PurePosixPath('a'): 1, Mode.FAST: 2},
    'set': {Mode.FAST},
    'random': np.random.RandomState(0),
    'surrogate': b'a\xff'.decode('utf-8', 'surrogateescape'),
    'module': torch.nn.ReLU(),
}


def both(name, value, **options):
    torch.save(value, OUT / f'{name}_zip.pth', **options)
    torch.save(value, OUT / f'{name}_legacy.pth', _use_new_zipfile_serialization=False, **options)


both('meta', {'meta': META, 'state_dict': weights()})
torch.save({'meta': META, 'state_dict': weights()}, OUT / 'meta_protocol4.pth', pickle_protocol=4)

state = weights()
state['quantised'] = torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8)
state['quantised_channels'] = torch.quantize_per_channel(
    torch.ones(2, 3), torch.tensor([.1, .2]), torch.tensor([0, 0]), 0, torch.quint8)
state['quantised_words'] = torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint32)
state['complex'] = torch.ones(2, dtype=torch.complex64)
state['complex_double'] = torch.ones(2, dtype=torch.complex128)
state['sparse'] = torch.eye(3).to_sparse()
state['sparse_rows'] = torch.eye(3).to_sparse_csr()
state['meta'] = torch.empty(4, device='meta')
state['parameter'] = torch.nn.Parameter(torch.ones(2, dtype=torch.complex64))
state['extra._extra_state'] = Node()
state['array'] = np.ones(2, dtype=np.float32)
state['last'] = torch.tensor([7.])
both('tensors', {'state_dict': state})

both('model', Net())
both('model_entry', {'model': Net(), 'epoch': 1})
both('subclass', {'state_dict': easydict.EasyDict(weights())})
both('numpy', {'state_dict': {'fc.weight': np.ones((2, 2), dtype=np.float32)}})
both('numpy_bare', {'fc.weight': np.ones((2, 2), dtype=np.float32)})
(OUT / 'protocol0.pkl').write_bytes(
    pickle.dumps({'text': "it's\n\té", 'raw': 'a\\b', 'node': ring.next.next.next is ring,
                  'space': argparse.Namespace(a=1), 'yacs': config}, protocol=0))

for prefix in ['_orig_mod.', 'module._orig_mod.', '_orig_mod.module.', 'module.module.']:
    torch.save({'state_dict': collections.OrderedDict(
        {prefix + key: value for key, value in weights().items()})},
        OUT / f'prefix_{prefix.replace(".", "")}.pth')
torch.save({'state_dict': {'fc._orig_mod.weight': weights()['fc.weight']}}, OUT / 'prefix_inner.pth')

# The same archive packed by another program, once without a folder around it.
torch.save({'state_dict': weights(), 'zeros': torch.zeros(5000)}, OUT / 'plain.pth')
for name, method, lead in [
        ('deflated', zipfile.ZIP_DEFLATED, 'again/'), ('stored', zipfile.ZIP_STORED, 'x/'),
        ('deflated_bare', zipfile.ZIP_DEFLATED, ''), ('bzip2', zipfile.ZIP_BZIP2, 'again/')]:
    with zipfile.ZipFile(OUT / 'plain.pth') as source, \
            zipfile.ZipFile(OUT / f'{name}.pth', 'w', method) as target:
        if name == 'stored':
            target.writestr('x/', b'')
            target.writestr('__MACOSX/x/._data.pkl', b'no pickle')
        for item in source.namelist():
            target.writestr(lead + item.split('/', 1)[1], source.read(item))
with zipfile.ZipFile(OUT / 'wrapped.zip', 'w') as target:
    target.writestr('epoch_1.pth', b'x')
(OUT / 'plain.pth').unlink()
torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), str(OUT / 'script.pt'))


def tar(path, value):
    """Writes the layout of PyTorch before 0.1.10."""
    storages, tensors, ids = [], [], {}

    class Pickler(pickle.Pickler):

        def persistent_id(self, item):
            if not isinstance(item, torch.Tensor):
                return None
            storage = item.storage()
            key = storage._cdata
            if key not in ids:
                ids[key] = len(ids) + 100
                storages.append((ids[key], storage))
            tensors.append((len(tensors) + 500, ids[key], item))
            return tensors[-1][0]

    content = io.BytesIO()
    Pickler(content, protocol=2).dump(value)
    files = {'sys_info': pickle.dumps(
        {'protocol_version': 1000, 'little_endian': True,
         'type_sizes': {'short': 2, 'int': 4, 'long': 8}}, 2)}
    data = io.BytesIO()
    pickle.dump(len(storages), data, 2)
    for key, storage in storages:
        kind = {torch.float32: torch.FloatStorage, torch.int64: torch.LongStorage}[storage.dtype]
        pickle.dump((key, 'cpu', kind), data, 2)
        array = np.array(storage.tolist(), {torch.float32: '<f4', torch.int64: '<i8'}[storage.dtype])
        data.write(struct.pack('<q', len(array)) + array.tobytes())
    pickle.dump([(999, storages[0][0], 1, 2)], data, 2)
    files['storages'] = data.getvalue()
    data = io.BytesIO()
    pickle.dump(len(tensors), data, 2)
    for key, storage, item in tensors:
        pickle.dump((key, storage, torch.FloatTensor), data, 2)
        data.write(struct.pack('<i', item.dim()) + b'\0' * 4)
        data.write(struct.pack(f'<{item.dim()}q', *item.shape))
        data.write(struct.pack(f'<{item.dim()}q', *item.stride()))
        data.write(struct.pack('<q', item.storage_offset()))
    files['tensors'] = data.getvalue()
    files['pickle'] = content.getvalue()
    with tarfile.open(path, 'w:', format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


base = torch.arange(6.).reshape(2, 3)
value = {'state_dict': weights(), 'epoch': 2, 'count': torch.tensor([5, 6]), 'column': base[:, 1],
         'args': argparse.Namespace(lr=0.1)}
tar(OUT / 'old.pth.tar', value)
again = torch.load(OUT / 'old.pth.tar')
assert again['column'].tolist() == [1, 4] and again['count'].tolist() == [5, 6]
assert again['state_dict']['fc.weight'].tolist() == [[1, 2], [3, 4]]
with tarfile.open(OUT / 'other.tar', 'w:') as archive:
    archive.addfile(tarfile.TarInfo('readme'), io.BytesIO())
