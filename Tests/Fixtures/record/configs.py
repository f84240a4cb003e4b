"""Records evaluated configs: upstream's own, small hard ones, and command-line overrides.

    python configs.py --mmrazor PATH

`upstream.json`   every runnable config of the checkout: its value and its pretty text.
`bases.json`      the value of every base of the checkout.
`subnets.json`    the value of every subnet file of the checkout.
`cases.json`      files (written out in the fixture itself) and what loading them gives.
`overrides.json`  `--cfg-options` words and what they become, alone and merged.
"""

import argparse
import os
import pathlib
import re
import shutil
import tempfile
import warnings

import mmcls
from mmcv import Config, DictAction

import common

OUT = common.folder('configs')


def unwrapped(value):
    """Plain dicts and lists all the way down."""
    if isinstance(value, dict):
        return {key: unwrapped(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(unwrapped(item) for item in value)
    return value


def hidden(value, hide):
    """The same value with `hide` applied to its strings."""
    if isinstance(value, dict):
        return {key: hidden(item, hide) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(hidden(item, hide) for item in value)
    return hide(value) if isinstance(value, str) else value


def described(load, root):
    """The outcome of `load()`: value, pretty text and warnings, or the error."""
    def hide(text):
        text = str(text).replace(os.path.realpath(root), '<DIR>').replace(root, '<DIR>')
        text = re.sub(r'/tmp/tmp\w+/tmp\w+\.py', '<COPY>', text)
        return re.sub(r'_([0-9a-f]{6})\b', '_<HEX>', text)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        try:
            config = load()
            row = dict(value=hidden(unwrapped(config._cfg_dict), hide))
        except BaseException as error:  # a config may also exit
            return dict(error=type(error).__name__, message=hide(error)[:400])
    try:
        row['pretty_text'] = hide(config.pretty_text)
    except Exception as error:
        row['pretty_text_error'] = type(error).__name__
    row['text'] = hide(config.text)
    notes = [hide(item.message) for item in caught if item.filename.endswith('config.py')
             or issubclass(item.category, DeprecationWarning)
             and 'config file' in str(item.message)]
    if notes:
        row['warnings'] = notes
    return row


def upstream(root):
    rows = {}
    for path in sorted(root.glob('configs/*/**/*.py')):
        name = str(path.relative_to(root))
        if '_base_' in name:
            continue
        config = Config.fromfile(str(path))
        rows[name] = dict(value=unwrapped(config._cfg_dict), pretty_text=config.pretty_text)
    return rows


def bases(root):
    """The bases, three of which cannot be loaded as they come: they inherit from the augmentation
    policies of mmcls, which upstream left behind, and one asks for a policy by a name that mmcls
    has never had. They are recorded as they are meant."""
    with tempfile.TemporaryDirectory() as copy:
        copy = pathlib.Path(copy)
        shutil.copytree(root / 'configs/_base_', copy / 'configs/_base_')
        datasets = copy / 'configs/_base_/datasets/mmcls'
        shutil.copytree(
            pathlib.Path(mmcls.__file__).parent / '.mim/configs/_base_/datasets/pipelines',
            datasets / 'pipelines')
        misnamed = datasets / 'imagenet_bs64_autoaug.py'
        misnamed.write_text(
            misnamed.read_text().replace('auto_increasing_policies', 'policy_imagenet'))
        return {
            str(path.relative_to(copy)): unwrapped(Config.fromfile(str(path))._cfg_dict)
            for path in sorted(copy.rglob('*.py'))
        }


def subnets(root):
    return {
        str(path.relative_to(root)): unwrapped(Config.fromfile(str(path))._cfg_dict)
        for path in sorted(root.glob('configs/**/*.yaml'))
    }


# Each case: the files of a folder; `main.py` (or the first file) is loaded.
CASES = {
    'scalars': {'main.py': 'a = 1\nb = 1.0\nc = 1e-5\nd = "x"\ne = None\nf = True\n'
                           'g = (1,)\nh = ()\ni = []\nj = {}\nk = 1e6\nl = -0.0\n'
                           'm = 10**20\nn = 4e-5\no = 465 * 1e6\np = 1/3\n'},
    'order and private names': {'main.py': '_hidden = 1\nz = 2\na = 3\nz = 4\n__dunder = 5\n'
                                           'del a\na = 6\n'},
    'kept and dropped globals': {'main.py': 'import os\nfrom math import pi\n'
                                            'def f():\n    return 3\n'
                                            'for i in range(3):\n    pass\n'
                                            'x = [k for k in range(2)]\ny = f()\n'},
    'nested containers': {'main.py': 'a = dict(b=[dict(c=1), dict(d=(1, [2, dict(e=3)]))])\n'},
    'integer keys': {'main.py': 'a = {1: "x", "two": 2}\n'},
    'base': {'main.py': '_base_ = "base.py"\na = dict(y=3)\nc = 4\n',
             'base.py': 'a = dict(x=1, y=2)\nb = [1, 2]\n'},
    'two bases': {'main.py': '_base_ = ["one.py", "two.py"]\na = dict(p=dict(q=5))\n',
                  'one.py': 'a = dict(p=dict(q=1, r=2))\n', 'two.py': 'b = 1\n'},
    'base of base': {'main.py': '_base_ = "sub/mid.py"\nc = 3\n',
                     'sub/mid.py': '_base_ = "../root.py"\nb = 2\n', 'root.py': 'a = 1\n'},
    'duplicate keys among bases': {'main.py': '_base_ = ["one.py", "two.py"]\n',
                                   'one.py': 'a = 1\n', 'two.py': 'a = 2\n'},
    'missing base': {'main.py': '_base_ = "nowhere.py"\n'},
    'delete': {'main.py': '_base_ = "base.py"\na = dict(_delete_=True, y=3)\n',
               'base.py': 'a = dict(x=1, y=2)\n'},
    'delete false': {'main.py': '_base_ = "base.py"\na = dict(_delete_=False, y=3)\n',
                     'base.py': 'a = dict(x=1, y=2)\n'},
    'delete of a new key stays': {'main.py': '_base_ = "base.py"\nb = dict(_delete_=True)\n',
                                  'base.py': 'a = 1\n'},
    'list replaces': {'main.py': '_base_ = "base.py"\na = [dict(z=1)]\n',
                      'base.py': 'a = [dict(x=1), dict(y=2)]\n'},
    'scalar replaces dict': {'main.py': '_base_ = "base.py"\na = 5\n',
                             'base.py': 'a = dict(x=1)\n'},
    'dict over scalar': {'main.py': '_base_ = "base.py"\na = dict(x=1)\n',
                         'base.py': 'a = 5\n'},
    'dict over list': {'main.py': '_base_ = "base.py"\na = dict(x=1)\n',
                       'base.py': 'a = [1]\n'},
    'dict over none': {'main.py': '_base_ = "base.py"\na = dict(x=1)\n',
                       'base.py': 'a = None\n'},
    'base variable': {'main.py': '_base_ = "base.py"\na = {{_base_.x.y}}\n'
                                 'b = dict(c=[{{ _base_.z }}, 2], t=({{_base_.z}},))\n'
                                 'x = dict(y=9)\n',
                      'base.py': 'x = dict(y=[1, 2])\nz = (3, 4)\n'},
    'base variable missing': {'main.py': '_base_ = "base.py"\na = {{_base_.nope}}\n',
                              'base.py': 'x = 1\n'},
    'predefined variables': {'main.py': 'a = "{{ fileBasename }}"\n'
                                        'b = "{{fileBasenameNoExtension}}"\n'
                                        'c = "{{ fileExtname }}"\nd = "{{fileDirname}}"\n'},
    'deprecation': {'main.py': 'a = 1\n_deprecation_ = dict(expected="new.py", '
                               'reference="https://example.org")\n'},
    'reserved key': {'main.py': 'text = 1\n'},
    'reserved key nested': {'main.py': 'a = dict(text=1, filename=2)\n'},
    'syntax error': {'main.py': 'a = (1,\n'},
    'name error': {'main.py': 'a = undefined\n'},
    'division by zero': {'main.py': 'a = 1\nb = a / 0\n'},
    'custom import fails': {'main.py': 'custom_imports = dict(imports=["no_such_module_x"], '
                                       'allow_failed_imports=False)\n'},
    'custom import may fail': {'main.py': 'custom_imports = dict('
                                          'imports=["no_such_module_x"], '
                                          'allow_failed_imports=True)\n'},
    'json': {'main.json': '{"a": [1, {"b": null}], "c": 1e-3, "d": true}\n'},
    'yaml': {'main.yaml': 'a: [1, {b: null}]\nc: 1e-3\nd: 1.0e-3\ne: yes\n1: x\n'},
    'yaml keys': {'main.yaml': "a: {1: x, '1': y, 2.5: z}\nb: 1\nc: 3\n'b': 2\nb: 4\n"},
    'yaml dates': {'main.yaml': 'a: 2001-12-14\nb: 2001-12-14t21:59:43.10-05:00\n'
                                'c: 2001-1-4 1:09:43 Z\nd: "2001-12-14"\ne: 2001-1-14\n'
                                'f: 2001-12-14 21:59:43.1234567 +5:30\ng: 2001-12-14 00:00:00\n'
                                '2001-12-15: h\n'},
    'python on json': {'main.py': '_base_ = "base.json"\na = dict(y=2)\n',
                       'base.json': '{"a": {"x": 1}}\n'},
    'wrong extension': {'main.txt': 'a = 1\n'},
    'cycle': {'main.py': '_base_ = "other.py"\n', 'other.py': '_base_ = "main.py"\n'},
    'dots in the name': {'a.b.c.py': 'a = 1\n'},
    'non-ascii': {'main.py': 'a = "héé — 中"\n'},
    'quote in a string': {'main.py': 'a = "it\'s"\n'},
    'long lines': {'main.py': 'a = dict(type="X", pipeline=[dict(type="LoadImageFromFile"), '
                              'dict(type="Resize", size=(256, -1)), dict(type="Normalize", '
                              'mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], '
                              'to_rgb=True)], s=[1, 2, 3], n=[[1, 2], dict(x=1)], e=[], '
                              'd={}, t=("a", dict(b=1)))\n'},
    'keyword-like keys': {'main.py': 'a = {"b c": 1, "d": {"1": 2}}\n'},
}


def cases():
    rows = {}
    for name, files in CASES.items():
        with tempfile.TemporaryDirectory() as root:
            for path, text in files.items():
                path = pathlib.Path(root, path)
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding='utf-8')
            first = pathlib.Path(root, next(iter(files)))
            rows[name] = dict(files=files, outcome=described(
                lambda: Config.fromfile(str(first)), root))
    return rows


WORDS = [
    'a=1', 'a=-1', 'a=1.5', 'a=1e-3', 'a=true', 'a=False', 'a=None', 'a=none', 'a=abc',
    'a="x"', "a='x'", 'a=[1,2]', 'a=(1,2)', 'a=1,2', 'a=1,', 'a=[]', 'a=()', 'a=(1)', 'a=',
    'a=[(1,2),(3,4)]', 'a=[[1,2],[3]]', 'a=([1],x,2.5)', 'a="[1, 2]"', 'a=x=y', 'a=1_000',
    'a=010', 'a=0x10', 'a=nan', 'a=inf', 'a=[1,2', 'a=(1,2),(3,4)', 'novalue', 'a=1 2',
    'a=[a,true,None]', 'a={b:1}', 'a=path/to/file.yaml', 'a=[A.yaml,B.yaml]', 'a="(1,2)"',
    'a=["x","y"]', "a=['x','y']", 'a=,1', 'a==1', 'a.b=1',
]

MERGES = [
    (dict(model=dict(depth=18, widths=[1, 2])), ['model.depth=50']),
    (dict(model=dict(depth=18)), ['model.new.key=5']),
    (dict(data=dict(pipeline=[dict(type='A', size=1), dict(type='B')])),
     ['data.pipeline.0.size=64']),
    (dict(data=dict(pipeline=[dict(type='A')])), ['data.pipeline.3.size=64']),
    (dict(data=dict(pipeline=[dict(type='A')])), ['data.pipeline.-1.size=64']),
    (dict(a=[1, 2]), ['a.0=7']),
    (dict(a=(dict(x=1),)), ['a.0.x=7']),
    (dict(a=dict(x=1, y=2)), ['a._delete_=True', 'a.z=3']),
    (dict(a=5), ['a.b=1']),
    (dict(a=dict(b=1)), ['a=3']),
    (dict(a=1), ['a=2', 'a=3']),
    (dict(), ['work_dir=x', 'optimizer.lr=0.01', 'optimizer.type=SGD']),
    (dict(a=[dict(x=1)]), ['a.0._delete_=True', 'a.0.y=2']),
]


def parse(words):
    class Parser(argparse.ArgumentParser):
        def error(self, message):
            raise ValueError(message)

    parser = Parser()
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    return parser.parse_args(['--cfg-options', *words]).cfg_options


def outcome(function):
    try:
        return dict(value=unwrapped(function()))
    except BaseException as error:
        return dict(error=type(error).__name__, message=str(error)[:200])


def overrides():
    words = [dict(word=word, **outcome(lambda: parse([word]))) for word in WORDS]
    merges = []
    for config, options in MERGES:
        def merged():
            value = Config(config)
            value.merge_from_dict(parse(options))
            return value._cfg_dict
        merges.append(dict(config=config, options=options, **outcome(merged)))
    return dict(words=words, merges=merges)


def main():
    root = common.arguments(__doc__).mmrazor
    common.write_json(OUT / 'upstream.json', upstream(root))
    common.write_json(OUT / 'bases.json', bases(root))
    common.write_json(OUT / 'subnets.json', subnets(root))
    common.write_json(OUT / 'cases.json', cases())
    common.write_json(OUT / 'overrides.json', overrides(), indent=1)


if __name__ == '__main__':
    main()
