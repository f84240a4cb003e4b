"""Records distillation losses: values, and gradients with respect to both outputs.

    python distillation.py --mmrazor PATH --later PATH_TO_A_CHECKOUT_AT_V1.0.0

Outputs are `scale * signed(name)` and need no storage; losses are computed in double precision.
Losses that came with MMRazor 1.x are taken from its files, which need nothing but PyTorch and a
registry.
"""

import argparse
import importlib.util
import pathlib
import sys
import types

import torch
from mmrazor.models.builder import LOSSES

import common

LABELS = [3, 0, 6, 3, 1]
SCORES = (5, 7)
MAPS = (3, 4, 3, 2)
LATER = {'DKDLoss': 'decoupled_kd', 'DISTLoss': 'dist_loss', 'ATLoss': 'at_loss',
         'L2Loss': 'l2_loss'}


def plans():
    """Yields (config, student shape, teacher shape, scale)."""
    def row(config, student, teacher=None, scale=4.0):
        return config, student, teacher or student, scale

    for tau, weight in ((1.0, 1.0), (4.0, 3.0)):
        yield row(dict(type='ChannelWiseDivergence', tau=tau, loss_weight=weight), MAPS)
        yield row(dict(type='KLDivergence', tau=tau, loss_weight=weight), MAPS)
        yield row(dict(type='WSLD', tau=tau, loss_weight=weight, num_classes=7), SCORES)
        yield row(dict(type='DKDLoss', tau=tau, loss_weight=weight), SCORES)
        yield row(dict(type='DISTLoss', tau=tau, loss_weight=weight), SCORES)
    yield row(dict(type='WSLD', num_classes=7), SCORES, scale=10.0)
    for kind in ('DistanceWiseRKD', 'AngleWiseRKD'):
        yield row(dict(type=kind), (5, 6))
        yield row(dict(type=kind, loss_weight=2.0, with_l2_norm=False), (5, 6))
        yield row(dict(type=kind), (4, 3, 2, 2), (4, 5, 1, 1))
    yield row(dict(type='DKDLoss', alpha=0.5, beta=8.0, tau=2.0, reduction='sum'), SCORES)
    yield row(dict(type='DKDLoss', beta=8.0), SCORES, scale=30.0)
    yield row(dict(type='DISTLoss', inter_loss_weight=2.0, intra_loss_weight=0.5), SCORES)
    yield row(dict(type='DISTLoss', teacher_detach=False), SCORES)
    yield row(dict(type='ATLoss'), MAPS)
    yield row(dict(type='ATLoss', loss_weight=5.0), MAPS, (3, 2, 3, 2))
    yield row(dict(type='L2Loss'), MAPS)
    yield row(dict(type='L2Loss', mult=3.0, loss_weight=0.5), SCORES)
    yield row(dict(type='L2Loss', normalize=False), MAPS)
    yield row(dict(type='L2Loss', normalize=False, div_element=True), MAPS)
    yield row(dict(type='L2Loss', dist=True), MAPS)


def later_losses(checkout):
    """Loads the losses of 1.x with a registry that leaves classes as they are."""
    registry = types.ModuleType('mmrazor.registry')
    registry.MODELS = types.SimpleNamespace(register_module=lambda: lambda kind: kind)
    sys.modules['mmrazor.registry'] = registry
    kinds = {}
    for kind, name in LATER.items():
        path = checkout / 'mmrazor' / 'models' / 'losses' / f'{name}.py'
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        kinds[kind] = getattr(module, kind)
    return kinds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--mmrazor', required=True, type=pathlib.Path)
    parser.add_argument('--later', required=True, type=pathlib.Path)
    later = later_losses(parser.parse_args().later)
    # WSLD moves to a GPU, come what may.
    torch.Tensor.cuda = lambda self, *_: self
    torch.nn.Module.cuda = lambda self, *_: self
    labels = torch.tensor(LABELS)
    rows, tensors = [], {}
    for index, (config, student_shape, teacher_shape, scale) in enumerate(plans()):
        arguments = {key: value for key, value in config.items() if key != 'type'}
        kind = later.get(config['type'])
        loss = kind(**arguments) if kind else LOSSES.build(dict(config))
        loss.current_data = dict(gt_label=labels)
        student, teacher = (
            torch.from_numpy(common.filled(name, shape, scale)).double().requires_grad_()
            for name, shape in (('student', student_shape), ('teacher', teacher_shape)))
        extra = (labels,) if config['type'] == 'DKDLoss' else ()
        value = loss(student, teacher, *extra)
        value.backward()
        rows.append(dict(config=config, student=list(student_shape),
                         teacher=list(teacher_shape), scale=scale,
                         detached=teacher.grad is None,
                         # The original's DKDLoss has no number there.
                         compared=teacher.grad is not None and bool(teacher.grad.isfinite().all())))
        tensors[f'{index}.value'] = value.float()
        tensors[f'{index}.student'] = student.grad.float()
        if rows[-1]['compared']:
            tensors[f'{index}.teacher'] = teacher.grad.float()
    folder = common.folder('distillation')
    common.write_json(folder / 'losses.json', dict(labels=LABELS, losses=rows), indent=1)
    common.write_tensors(folder / 'losses.safetensors', tensors)


if __name__ == '__main__':
    main()
