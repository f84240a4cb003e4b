"""Checks with a real PyTorch that files written by the Swift package hold the recorded values.

    MMRAZOR_INTEROP_FOLDER=/tmp/interop swift test --filter InteroperabilityTests
    python Tests/Fixtures/record/check_written.py /tmp/interop

Files of plain checkpoints must pass `weights_only=True` where this PyTorch's own files do.
"""
import collections
import json
import pickle
import sys
import zipfile
from pathlib import Path

import torch

written = Path(sys.argv[1])
recorded = Path(__file__).parent.parent / 'checkpoints'
major = int(torch.__version__.split('.')[0])
failures = 0


def flatten(value, path, out):
    if isinstance(value, torch.Tensor):
        out[path] = value
    elif isinstance(value, dict):
        for key, item in value.items():
            flatten(item, f'{path}/{key}', out)
    elif isinstance(value, (list, tuple)) and not isinstance(value, torch.Size):
        for index, item in enumerate(value):
            flatten(item, f'{path}/{index}', out)


def same(a, b):
    """Whether two objects agree in kind and content, tensors aside."""
    if isinstance(a, torch.Tensor):
        return isinstance(b, torch.Tensor) and a.requires_grad == b.requires_grad
    if isinstance(a, collections.abc.Mapping):
        ordered = isinstance(a, collections.OrderedDict)
        return (ordered == isinstance(b, collections.OrderedDict) and list(a) == list(b)
                and getattr(a, '_metadata', None) == getattr(b, '_metadata', None)
                and all(same(a[key], b[key]) for key in a))
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if hasattr(a, 'tolist'):
        return a.tolist() == (b.tolist() if hasattr(b, 'tolist') else b)
    return a == b


def read(path, **options):
    if path.suffix == '.pkl':
        return pickle.loads(path.read_bytes())
    return torch.load(path, **options)


# An archive whose entries all have the fields for sizes and offsets beyond 4 GB.
assert zipfile.ZipFile(written / 'wide.pth').testzip() is None
# PyTorch 1 takes these fields only where the archive really is that large.
if major >= 2:
    assert torch.load(written / 'wide.pth')['a'].tolist() == [3.] * 99

for folder in sorted(p for p in written.iterdir() if p.is_dir()):
    if folder.name.startswith('torch2') and major < 2:
        continue
    expected = json.loads((recorded / folder.name / 'expected.json').read_text())
    for name, tensors in sorted(expected.items()):
        modes = [{}] if major < 2 else [{'weights_only': False}]
        if name.startswith('tensors') or (major >= 2 and name.startswith('checkpoint')):
            modes.append({'weights_only': True})
        if major >= 2 and name.endswith('_zip.pth'):
            modes.append({'weights_only': False, 'mmap': True})
        for mode in modes:
            try:
                loaded = read(folder / name, **mode)
                found = {}
                flatten(loaded, '', found)
                assert found.keys() == tensors.keys(), 'other tensors'
                for path, want in tensors.items():
                    tensor = found[path]
                    assert str(tensor.dtype) == 'torch.' + want['dtype'], path
                    assert list(tensor.shape) == want['shape'], path
                    assert tensor.detach().double().reshape(-1).tolist() == want['values'], path
                original = read(recorded / folder.name / name,
                                **({} if major < 2 else {'weights_only': False}))
                assert same(original, loaded), 'other objects'
            except Exception as error:  # report all of them
                failures += 1
                print(f'FAILED {folder.name}/{name} {mode}: {type(error).__name__}: {error}')
                continue
            print(f'ok {folder.name}/{name} {mode or ""}')

print(f'PyTorch {torch.__version__}: {failures} failures')
sys.exit(failures > 0)
