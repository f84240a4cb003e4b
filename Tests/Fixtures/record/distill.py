"""Records training steps of upstream's distillation configs: WSLD and RKD.

    python distill.py --mmrazor PATH

The configs are upstream's but for the number of classes and the teacher's checkpoint. Weights and
images are numbers from a counter; the steps run in double precision.
"""

import mmcls.models  # noqa: F401  (registers the models)
import mmcv
import numpy as np
import torch
from mmrazor.models import build_algorithm

import common

CONFIGS = {
    'wsld': 'wsld/wsld_cls_head_resnet34_resnet18_8xb32_in1k.py',
    'rkd': 'rkd/rkd_neck_resnet34_resnet18_8xb32_in1k.py',
}
CLASSES = 10
BATCH, SIDE, STEPS = 4, 64, 3
LABELS = [[3, 9, 0, 5], [5, 4, 9, 4], [1, 1, 7, 2]]
RATE, MOMENTUM, DECAY = 1e-3, 0.9, 1e-4


def build(root, name):
    config = mmcv.Config.fromfile(str(root / 'configs/distill' / CONFIGS[name]))
    options = {
        'algorithm.architecture.model.head.num_classes': CLASSES,
        'algorithm.distiller.teacher.head.num_classes': CLASSES,
        'algorithm.distiller.teacher.init_cfg': None,
    }
    if name == 'wsld':
        options['algorithm.distiller.components.0.losses.0.num_classes'] = CLASSES
    config.merge_from_dict(options)
    with common.quiet():
        return build_algorithm(config.algorithm)


def norms(values):
    return np.array([np.nan if value is None else float(value.double().norm())
                     for value in values], dtype=np.float32)


def batch(step):
    # Images that keep the rectifiers off their edges: single precision takes the same steps.
    image = torch.from_numpy(common.filled(f'input.{step + 10}', (BATCH, 3, SIDE, SIDE), 2.0))
    return dict(img=image.double(), gt_label=torch.tensor(LABELS[step]))


def record(root, name, tensors):
    model = build(root, name).double()
    model.load_state_dict({key: torch.from_numpy(common.weight(key, value.shape))
                           for key, value in model.state_dict().items()})
    model.train()
    optimizer = torch.optim.SGD(
        model.parameters(), lr=RATE, momentum=MOMENTUM, weight_decay=DECAY)
    logs = []
    for step in range(STEPS):
        optimizer.zero_grad()
        output = model.train_step(batch(step), optimizer)
        output['loss'].backward()
        tensors[f'{name}.step{step + 1}.gradients'] = norms(
            value.grad for value in model.architecture.parameters())
        optimizer.step()
        tensors[f'{name}.step{step + 1}.parameters'] = norms(model.parameters())
        logs.append(list(output['log_vars'].items()))
    tensors[f'{name}.statistics'] = norms(
        value for key, value in model.named_buffers() if 'running_' in key)
    model.eval()
    with torch.no_grad():
        scores = model.architecture.model.simple_test(batch(0)['img'], None)
        tensors[f'{name}.scores'] = np.stack(scores).astype(np.float32)
    return dict(logs=logs, keys=[[key, list(value.shape)]
                                 for key, value in model.state_dict().items()],
                states=len(optimizer.state_dict()['state']),
                parameters=sum(value.numel() for value in model.parameters()))


def main():
    options = common.arguments(__doc__)
    # WSLD moves to a GPU, come what may.
    torch.Tensor.cuda = lambda self, *_: self
    torch.nn.Module.cuda = lambda self, *_: self
    tensors, facts = {}, {}
    for name in CONFIGS:
        facts[name] = record(options.mmrazor, name, tensors)
    folder = common.folder('distillation')
    common.write_json(folder / 'steps.json', dict(
        labels=LABELS, rate=RATE, momentum=MOMENTUM, decay=DECAY, **facts))
    common.write_tensors(folder / 'steps.safetensors', tensors)


if __name__ == '__main__':
    main()
