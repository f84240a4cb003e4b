"""Records what the original's tools print, log and leave behind on a tiny image folder.

    python logs.py --mmrazor PATH

Runs train (by iterations and by epochs), search, test, get_flops and print_config as a user
would, on the CPU, with 28 images of four classes. Per run: the command, the exit code, the
names in its work directory, and its standard output; beside it the `.log`, `.log.json`, dumped
config and results. Paths and the host's name are replaced by WORK, MMRAZOR and HOST.
"""

import ast
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile

import cv2
import numpy as np

import common

OUT = common.folder('logs')
CLASSES = ['ant', 'bee', 'cat', 'dog']

EPOCHS = """_base_ = ['{supernet}']
algorithm = dict(retraining=True, mutable_cfg='{choices}')
runner = dict(_delete_=True, type='EpochBasedRunner', max_epochs=2)
lr_config = dict(_delete_=True, policy='step', step=[1], warmup='linear', warmup_iters=3,
                 warmup_ratio=0.1)
evaluation = dict(interval=1, metric='accuracy', save_best='auto')
checkpoint_config = dict(interval=1, max_keep_ckpts=1)
"""


def images(root):
    random = np.random.RandomState(0)
    for split, count in (('train', 4), ('val', 3)):
        for index, name in enumerate(CLASSES):
            folder = root / 'data' / split / name
            folder.mkdir(parents=True)
            for number in range(count):
                y, x = np.mgrid[0:50 + 4 * number, 0:60 - 3 * index]
                plane = 120 + 80 * np.sin(x / (3 + index)) * np.cos(y / (4 + number))
                pixels = np.stack([plane, 255 - plane, plane * (index + 1) / 4], -1)
                pixels = np.clip(pixels + random.normal(0, 9, pixels.shape), 0, 255)
                cv2.imwrite(str(folder / f'{name}{number}.jpg'), pixels.astype(np.uint8))


DATA = [
    'data.train.data_prefix=data/train', 'data.val.data_prefix=data/val',
    'data.test.data_prefix=data/val', 'data.val.ann_file=None', 'data.test.ann_file=None',
    *(f'data.{split}.classes=[{",".join(CLASSES)}]' for split in ('train', 'val', 'test')),
    'data.train.pipeline.1.size=64', 'data.val.pipeline.1.size=(72,-1)',
    'data.val.pipeline.2.crop_size=64', 'data.test.pipeline.1.size=(72,-1)',
    'data.test.pipeline.2.crop_size=64', 'data.samples_per_gpu=4', 'data.workers_per_gpu=1',
]


def without_tree(text):
    """Drops the module tree that the flops counter prints."""
    return re.sub(r'^MMClsArchitecture\(\n.*?^\)\n', '<module tree>\n', text,
                  flags=re.DOTALL | re.MULTILINE)


def without_initialisation(text):
    """Keeps the first few of the lines on how each parameter was initialised."""
    lines = text.split('\n')
    start = next((index for index, line in enumerate(lines) if ' initialize ' in line), None)
    stop = next((index for index, line in enumerate(lines) if 'Start running' in line), None)
    if start is None or stop is None or stop - start < 40:
        return text
    return '\n'.join([*lines[:start + 30], f'<{stop - start - 30} lines>', *lines[stop:]])


def shortened(results):
    """Keeps the first eight scores of each row."""
    value = json.loads(results)
    value['class_scores'] = [row[:8] for row in value['class_scores']]
    return json.dumps(value)


class Recorder:
    def __init__(self, root, work):
        self.root, self.work, self.runs = root, work, {}

    def clean(self, text):
        for path, name in ((self.work, 'WORK'), (self.root, 'MMRAZOR')):
            text = text.replace(str(path.resolve()), name).replace(str(path), name)
        text = text.replace(f'@{socket.gethostname()},', '@HOST,')
        return re.sub(r'/[\w./-]*/site-packages', 'SITE', text)

    def save(self, name, text):
        (OUT / name).write_text(self.clean(text), encoding='utf-8')

    def run(self, name, tool, *words, tree=False):
        """Runs a tool of the checkout; keeps its output, logs and list of files."""
        command = [sys.executable, '-W', 'ignore', str(self.root / 'tools' / tool),
                   *(str(word) for word in words)]
        common.note(name)
        done = subprocess.run(command, cwd=self.work, capture_output=True, text=True,
                              env=dict(os.environ, CUDA_VISIBLE_DEVICES=''))
        facts = dict(command=[self.clean(word) for word in command[3:]], rc=done.returncode)
        if done.stdout:
            self.save(f'{name}.stdout.txt',
                      done.stdout if tree else without_tree(done.stdout))
        if done.returncode:
            facts['error'] = self.clean(done.stderr.strip().split('\n')[-1])
        folder = self.work / 'work_dirs' / name
        if folder.exists():
            facts['files'] = sorted(
                f'{path.name} -> {os.readlink(path)}' if path.is_symlink() else path.name
                for path in folder.iterdir())
            for path in folder.iterdir():
                kind = next((kind for kind in ('.log.json', '.log', '.py', '.yaml')
                             if path.name.endswith(kind)), None)
                if kind and not path.is_symlink():
                    self.save(f'{name}{kind}', without_initialisation(path.read_text()))
        self.runs[name] = facts
        return folder


def flags(path):
    """Every `add_argument` of a tool, read from its source."""
    rows = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, 'attr', '') == 'add_argument':
            row = dict(names=[ast.literal_eval(item) for item in node.args])
            row.update({item.arg: ast.unparse(item.value) for item in node.keywords})
            rows.append((node.lineno, row))
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def interface(recorder, root):
    helps = {}
    for tool in ('mmcls/train_mmcls.py', 'mmcls/search_mmcls.py', 'mmcls/test_mmcls.py',
                 'misc/get_flops.py', 'misc/print_config.py',
                 'model_converters/publish_model.py', 'model_converters/split_checkpoint.py'):
        name = pathlib.Path(tool).stem
        done = subprocess.run([sys.executable, '-W', 'ignore', str(root / 'tools' / tool),
                               '--help'], capture_output=True, text=True,
                              env=dict(os.environ, COLUMNS='80'))
        recorder.save(f'help_{name}.txt', done.stdout)
        helps[tool] = flags(root / 'tools' / tool)
    common.write_json(OUT / 'flags.json', helps)


def main():
    root = pathlib.Path(common.arguments(__doc__).mmrazor).resolve()
    work = pathlib.Path(tempfile.mkdtemp())
    images(work)
    recorder = Recorder(root, work)
    interface(recorder, root)
    spos = root / 'configs/nas/spos'
    supernet = spos / 'spos_supernet_shufflenetv2_8xb128_in1k.py'
    subnet = spos / 'spos_subnet_shufflenetv2_8xb128_in1k.py'
    choices = spos / 'SPOS_SHUFFLENETV2_330M_IN1k_PAPER.yaml'
    evolve = spos / 'spos_evolution_search_shufflenetv2_8xb2048_in1k.py'
    (work / 'tiny_epochs.py').write_text(EPOCHS.format(supernet=supernet, choices=choices))

    trained = recorder.run(
        'train_supernet', 'mmcls/train_mmcls.py', supernet, '--work-dir',
        'work_dirs/train_supernet', '--device', 'cpu', '--seed', 0, '--cfg-options', *DATA,
        'runner.max_iters=12', 'log_config.interval=4', 'checkpoint_config.interval=6',
        'evaluation.interval=6', 'optimizer.lr=0.01')
    recorder.run(
        'search', 'mmcls/search_mmcls.py', evolve, trained / 'iter_12.pth', '--work-dir',
        'work_dirs/search', '--cfg-options', *DATA, 'searcher.candidate_pool_size=6',
        'searcher.candidate_top_k=3', 'searcher.max_epoch=2', 'searcher.num_mutation=3',
        'searcher.num_crossover=3')
    recorder.run(
        'search_cpu', 'mmcls/search_mmcls.py', evolve, trained / 'iter_12.pth', '--work-dir',
        'work_dirs/search_cpu', '--device', 'cpu', '--cfg-options', *DATA)
    epochs = recorder.run(
        'train_epochs', 'mmcls/train_mmcls.py', work / 'tiny_epochs.py', '--work-dir',
        'work_dirs/train_epochs', '--device', 'cpu', '--seed', 3, '--cfg-options', *DATA,
        'log_config.interval=3', 'optimizer.lr=0.01')
    checkpoint = epochs / 'epoch_2.pth'
    mutable = [f'algorithm.mutable_cfg={choices}']
    recorder.run(
        'test', 'mmcls/test_mmcls.py', subnet, checkpoint, '--device', 'cpu', '--metrics',
        'accuracy', '--out', 'results.json', '--cfg-options', *mutable, *DATA)
    recorder.save('test.results.json', shortened((work / 'results.json').read_text()))
    recorder.run(
        'test_metrics', 'mmcls/test_mmcls.py', subnet, checkpoint, '--device', 'cpu',
        '--metrics', 'accuracy', 'precision', 'recall', 'f1_score', 'support',
        '--metric-options', 'topk=(1,3)', '--cfg-options', *mutable, *DATA)
    recorder.run(
        'test_topk_5_of_4', 'mmcls/test_mmcls.py', subnet, checkpoint, '--device', 'cpu',
        '--metrics', 'accuracy', '--cfg-options', *mutable, *DATA, 'model.head.num_classes=4',
        'algorithm.architecture.model.head.num_classes=4',
        'algorithm.architecture.model.head.loss.num_classes=4')
    recorder.run(
        'test_nothing_asked', 'mmcls/test_mmcls.py', subnet, checkpoint, '--device', 'cpu')
    recorder.run(
        'test_class_count', 'mmcls/test_mmcls.py', subnet, checkpoint, '--device', 'cpu',
        '--metrics', 'accuracy', '--cfg-options', *mutable,
        *(word for word in DATA if '.classes' not in word))
    recorder.run('get_flops', 'misc/get_flops.py', subnet, '--cfg-options', *mutable,
                 tree=True)
    recorder.run('get_flops_padded', 'misc/get_flops.py', subnet, '--shape', 200, 250,
                 '--cfg-options', *mutable)
    recorder.run('print_config', 'misc/print_config.py', subnet, '--cfg-options',
                 'optimizer.lr=0.1', 'data.samples_per_gpu=64')
    common.write_json(OUT / 'runs.json', recorder.runs)
    shutil.rmtree(work)


if __name__ == '__main__':
    main()
