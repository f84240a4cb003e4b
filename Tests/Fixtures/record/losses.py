"""Records mmcls losses and accuracy: values, and gradients with respect to the scores.

    python losses.py --mmrazor PATH

Scores are `scale * signed(name)` and need no storage; a loss that is not reduced is pulled
back with `signed('pull')`.
"""

import itertools

import numpy as np
import torch
from mmcls.models.losses import accuracy
from mmcv.utils import build_from_cfg
from mmcls.models.builder import LOSSES

import common

OUT = common.folder('losses')
ROWS, CLASSES = 5, 7
LABELS = [3, 0, 6, 3, 1]
WEIGHT = [1.0, 0.5, 0.0, 2.0, 1.5]
CLASS_WEIGHT = [0.5, 1.0, 2.0, 1.5, 0.1, 1.0, 3.0]


def soft_labels():
    value = np.abs(common.filled('soft', (ROWS, CLASSES), 1.0)) + np.float32(0.1)
    return torch.from_numpy(value / value.sum(1, keepdims=True))


def hot_labels():
    return torch.from_numpy((common.filled('hot', (ROWS, CLASSES), 1.0) > 0.2)
                            .astype(np.float32))


LABEL_KINDS = {
    'index': lambda: torch.tensor(LABELS),
    'soft': soft_labels,
    'hot': hot_labels,
}


def scores(scale=4.0):
    return torch.from_numpy(common.filled('scores', (ROWS, CLASSES), scale)).requires_grad_()


def losses():
    plans = []

    def plan(config, labels, **call):
        plans.append((config, labels, call))

    ce = dict(type='CrossEntropyLoss')
    smooth = dict(type='LabelSmoothLoss', label_smooth_val=0.1)
    for reduction in ('mean', 'sum', 'none'):
        plan(dict(ce, reduction=reduction), 'index')
        plan(dict(ce, use_soft=True, reduction=reduction), 'soft')
        plan(dict(ce, use_sigmoid=True, reduction=reduction), 'hot')
        plan(dict(smooth, reduction=reduction), 'index')
    plan(dict(ce, loss_weight=0.3), 'index')
    plan(dict(ce, class_weight=CLASS_WEIGHT), 'index')
    plan(dict(ce, use_soft=True, class_weight=CLASS_WEIGHT, loss_weight=2.0), 'soft')
    plan(dict(ce, use_sigmoid=True, class_weight=CLASS_WEIGHT), 'hot')
    plan(dict(ce, use_sigmoid=True, pos_weight=CLASS_WEIGHT), 'hot')
    for config, labels in ((ce, 'index'), (dict(ce, use_soft=True), 'soft'),
                           (dict(ce, use_sigmoid=True), 'hot'), (smooth, 'index')):
        plan(config, labels, weight=WEIGHT)
        plan(config, labels, weight=WEIGHT, avg_factor=3.0)
        plan(config, labels, avg_factor=2.0)
        plan(config, labels, avg_factor=2.0, reduction_override='none')
        plan(config, labels, avg_factor=2.0, reduction_override='sum')
        plan(config, labels, reduction_override='sum')
    for mode, value in itertools.product(('original', 'classy_vision', 'multi_label'),
                                         (0.1, 0.35)):
        config = dict(type='LabelSmoothLoss', label_smooth_val=value, mode=mode,
                      num_classes=CLASSES, loss_weight=1.5)
        plan(config, 'index')
        plan(config, 'hot')
    plan(dict(smooth, mode='original', num_classes=CLASSES), 'soft')
    plan(dict(smooth, num_classes=9), 'index')
    plan(dict(type='LabelSmoothLoss', label_smooth_val=0.0), 'index')
    plan(dict(type='LabelSmoothLoss', label_smooth_val=1.0), 'index')
    plan(dict(smooth, mode='other'), 'index')
    plan(dict(ce, use_sigmoid=True, use_soft=True), 'hot')
    return plans


def record_losses(tensors):
    rows = []
    for index, (config, labels, call) in enumerate(losses()):
        row = dict(config=config, labels=labels, call=call)
        try:
            loss = build_from_cfg(dict(config), LOSSES)
            value = scores()
            arguments = dict(call)
            if 'weight' in arguments:
                arguments['weight'] = torch.tensor(arguments['weight'])
            output = loss(value, LABEL_KINDS[labels](), **arguments)
            pull = torch.from_numpy(common.filled('pull', tuple(output.shape)))
            (output * pull if output.dim() else output).sum().backward()
            row['name'] = f'loss{index}'
            tensors[f'loss{index}.value'] = output
            tensors[f'loss{index}.gradient'] = value.grad
        except Exception as error:
            row['error'] = f'{type(error).__name__}: {error}'
        rows.append(row)
    # Large scores must not overflow.
    for kind, labels in (('plain', 'index'), ('use_soft', 'soft'), ('use_sigmoid', 'hot')):
        config = dict(type='CrossEntropyLoss', **({} if kind == 'plain' else {kind: True}))
        value = scores(300.0)
        output = build_from_cfg(dict(config), LOSSES)(value, LABEL_KINDS[labels]())
        output.backward()
        name = f'large.{kind}'
        rows.append(dict(config=config, labels=labels, call={}, scale=300.0, name=name))
        tensors[f'{name}.value'], tensors[f'{name}.gradient'] = output, value.grad
    return rows


def record_accuracy():
    rows = []
    scored = torch.from_numpy(common.filled('accuracy', (11, 6), 1.0)).softmax(-1)
    target = torch.tensor([0, 5, 2, 2, 4, 1, 3, 3, 0, 5, 1])
    for topk, thrs in itertools.product((1, (1, ), (1, 3), (1, 5)),
                                        (0., 0.2, (0.1, 0.2, 0.3))):
        value = accuracy(scored, target, topk=topk, thrs=thrs)
        nested = [[item.item() for item in one] if isinstance(one, list) else one.item()
                  for one in value] if isinstance(value, list) else value.item()
        rows.append(dict(topk=topk, thrs=thrs, value=nested))
    return dict(shape=[11, 6], scores='softmax(signed("accuracy"))', labels=target.tolist(),
                cases=rows)


def main():
    common.arguments(__doc__)
    tensors = {'soft': soft_labels(), 'hot': hot_labels()}
    rows = record_losses(tensors)
    common.write_tensors(OUT / 'losses.safetensors', tensors)
    common.write_json(OUT / 'losses.json', dict(
        scores=dict(name='scores', shape=[ROWS, CLASSES], scale=4.0), index=LABELS,
        pull='pull', accuracy=record_accuracy(), losses=rows), indent=1)


if __name__ == '__main__':
    main()
