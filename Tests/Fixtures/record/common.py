"""What every recording script shares: where fixtures go, how tensors and values are
written, and the counter-based numbers that stand in for weights and images.

A fixture is a JSON file for facts and, where tensors are involved, a file in the
safetensors layout: eight bytes of little-endian header length, a JSON header that maps
each name to its dtype, shape and byte range, then the raw little-endian values.
"""

import argparse
import contextlib
import json
import math
import os
import pathlib
import struct
import sys

import numpy as np

FIXTURES = pathlib.Path(__file__).resolve().parent.parent

_DTYPES = {
    'float32': 'F32', 'float64': 'F64', 'float16': 'F16', 'int64': 'I64',
    'int32': 'I32', 'int16': 'I16', 'int8': 'I8', 'uint8': 'U8', 'bool': 'BOOL', 'uint16': 'U16',
}


def arguments(description):
    """Parses what every script takes: the checkout of MMRazor 0.3.1 to record from."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('--mmrazor', required=True, type=pathlib.Path,
                        help='checkout of open-mmlab/mmrazor at v0.3.1')
    return parser.parse_args()


def folder(topic):
    """Returns (and makes) the folder of a topic."""
    path = FIXTURES / topic
    path.mkdir(parents=True, exist_ok=True)
    return path


# --- files -----------------------------------------------------------------------------


def _array(value):
    if hasattr(value, 'detach'):
        value = value.detach().cpu().numpy()
    value = np.asarray(value)
    # ascontiguousarray would turn a scalar into a vector.
    return value if value.ndim == 0 else np.ascontiguousarray(value)


def write_tensors(path, tensors):
    """Writes named tensors in the safetensors layout."""
    header, blobs, offset = {}, [], 0
    for name, value in tensors.items():
        value = _array(value)
        blob = value.astype(value.dtype.newbyteorder('<')).tobytes()
        header[name] = {'dtype': _DTYPES[value.dtype.name], 'shape': list(value.shape),
                        'data_offsets': [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header, separators=(',', ':')).encode()
    text += b' ' * (-len(text) % 8)
    path = pathlib.Path(path)
    path.write_bytes(struct.pack('<Q', len(text)) + text + b''.join(blobs))


def plain(value):
    """Turns a value into what JSON can hold.

    Tuples are tagged (`{"__tuple__": [...]}`), and so are the floats JSON has no words
    for (`{"__float__": "inf"}`) and integers of more than 64 bits
    (`{"__integer__": "..."}`); everything else unknown becomes its `repr`, tagged.
    """
    if isinstance(value, int) and not -2 ** 63 <= value < 2 ** 63:
        return {'__integer__': str(value)}
    if isinstance(value, bool) or value is None or isinstance(value, (int, str)):
        return value
    if isinstance(value, (float, np.floating)):
        value = float(value)
        return value if math.isfinite(value) else {'__float__': repr(value)}
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, dict):
        if all(isinstance(key, str) for key in value):
            return {key: plain(item) for key, item in value.items()}
        return {'__items__': [[plain(key), plain(item)] for key, item in value.items()]}
    if isinstance(value, tuple):
        return {'__tuple__': [plain(item) for item in value]}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if hasattr(value, 'tolist'):
        return plain(value.tolist())
    return {'__repr__': repr(value)}


def write_json(path, value, indent=None):
    """Writes facts as JSON, keys in the order given; line by line for the outermost."""
    value = plain(value)
    if indent is None and isinstance(value, dict):
        rows = [f'{json.dumps(key)}: {json.dumps(item, ensure_ascii=False)}'
                for key, item in value.items()]
        text = '{\n' + ',\n'.join(rows) + '\n}\n'
    else:
        text = json.dumps(value, indent=indent, ensure_ascii=False) + '\n'
    pathlib.Path(path).write_text(text, encoding='utf-8')


def digits(value, count=9):
    """Rounds to `count` significant digits, which is all a float32 has."""
    return float(f'{float(value):.{count}g}')


# --- numbers from a counter ------------------------------------------------------------


def _fnv1a(text):
    value = 0x811C9DC5
    for byte in text.encode('utf-8'):
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def signed(name, count):
    """Returns `count` float64 in [-1, 1) that depend on nothing but name and index."""
    counter = np.arange(count, dtype=np.uint64) * np.uint64(2654435761)
    bits = ((counter + np.uint64(_fnv1a(name))) & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    with np.errstate(over='ignore'):
        bits ^= bits >> np.uint32(16)
        bits *= np.uint32(0x85EBCA6B)
        bits ^= bits >> np.uint32(13)
        bits *= np.uint32(0xC2B2AE35)
        bits ^= bits >> np.uint32(16)
    return (bits.astype(np.float64) / 4294967296.0 - 0.5) * 2.0


def filled(name, shape, scale=1.0):
    """Returns a float32 array of scaled `signed` numbers, row-major."""
    count = int(np.prod(shape, dtype=np.int64))
    return (scale * signed(name, count)).astype(np.float32).reshape(shape)


def weight(name, shape):
    """Returns the deterministic value of one entry of a state dict."""
    shape = tuple(shape)
    leaf = name.rsplit('.', 1)[-1]
    count = int(np.prod(shape, dtype=np.int64))
    if leaf == 'num_batches_tracked':
        return np.zeros(shape, dtype=np.int64)
    values = signed(name, count)
    if leaf == 'running_var':
        values = 1 + 0.5 * np.abs(values)
    elif leaf == 'weight' and len(shape) >= 2:
        values = math.sqrt(3.0 / np.prod(shape[1:])) * values
    elif leaf == 'weight':
        values = 1 + 0.1 * values
    else:  # running_mean and every bias
        values = 0.1 * values
    return values.astype(np.float32).reshape(shape)


def fill_state(module):
    """Overwrites a module's whole state dict with its deterministic values."""
    import torch
    state = module.state_dict()
    module.load_state_dict(
        {name: torch.from_numpy(weight(name, value.shape)) for name, value in state.items()})


@contextlib.contextmanager
def quiet():
    """Silences what the original prints while it builds (the whole module tree).

    Redirects the descriptor: the flops counter keeps the stream it saw when imported.
    """
    sys.stdout.flush()
    saved = os.dup(1)
    with open(os.devnull, 'w') as sink:
        os.dup2(sink.fileno(), 1)
        try:
            yield
        finally:
            sys.stdout.flush()
            os.dup2(saved, 1)
            os.close(saved)


def note(text):
    print(text, file=sys.stderr, flush=True)
