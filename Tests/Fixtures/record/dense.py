"""Records the operations that detection and segmentation need: outputs and gradients of operations on
tensors, and what mmcv and mmdet make of boxes.

    python dense.py

Needs mmcv-full 1.5.0 and mmdet 2.25.0. Inputs are `signed` numbers as in ops.py. Box `i` of a set `b`
has its corner at `(spread * u, spread * v)` and the extent `(low + size * |w|, low + size * |h|)`, where
u, v, w, h are the numbers `signed('b')` from `4 i` on; each step is rounded to float32.
"""

import numpy as np
import torch
import torch.nn.functional as F
from mmcv.ops import RoIAlign, batched_nms, nms, soft_nms
from mmdet.core import bbox_overlaps, multiclass_nms
from mmdet.models.losses import (DistributionFocalLoss, FocalLoss, GIoULoss, IoULoss, L1Loss,
                                 QualityFocalLoss, SmoothL1Loss)
from mmdet.models.losses.focal_loss import py_sigmoid_focal_loss
from mmdet.models.losses.gfocal_loss import quality_focal_loss

import common

OUT = common.folder('dense')
CASES, TENSORS = {}, {}


def add(case, operation, function, shapes, scales=None, **facts):
    """Runs a case forward and backward. `shapes` maps argument names to shapes."""
    scales = scales or {}
    values = {name: torch.from_numpy(
        common.filled(f'{case}.{name}', shape, scales.get(name, 1.0))).requires_grad_()
        for name, shape in shapes.items()}
    output = function(**values)
    pull = torch.from_numpy(common.filled(f'{case}.pull', tuple(output.shape)))
    output.backward(pull)
    TENSORS[f'{case}.output'] = output
    for name, value in values.items():
        if value.grad is not None:
            TENSORS[f'{case}.{name}.gradient'] = value.grad
    row = dict(operation=operation, shapes={k: list(v) for k, v in shapes.items()}, **facts)
    if scales:
        row['scales'] = scales
    CASES[case] = row


def numbers(name, count, most):
    """Returns whole numbers below `most`."""
    return [int(abs(value) * most) for value in common.signed(name, count)]


def selections():
    for axis in (0, 1, 2):
        add(f'stack_{axis}', 'stack', lambda input, other: torch.stack([input, other], axis),
            dict(input=(3, 4), other=(3, 4)), axis=axis)
    add('stack_images', 'stack', lambda input, other: torch.stack([input, other], 0),
        dict(input=(3, 4, 5), other=(3, 4, 5)), axis=0)
    shape = (2, 7, 3, 4)
    for axis in range(4):
        for descending in (False, True):
            kept = {}

            def sort(input):
                values, kept['indices'] = input.sort(dim=axis, descending=descending)
                return values
            add(f'sort_{axis}_{descending}', 'sort', sort, dict(input=shape), axis=axis,
                descending=descending)
            CASES[f'sort_{axis}_{descending}']['indices'] = kept['indices'].flatten().tolist()
    for count in (1, 5, 60):
        for largest in (False, True):
            kept = {}

            def top(input):
                values, kept['indices'] = input.topk(count, 1, largest=largest)
                return values
            name = f'topk_{count}_{largest}'
            add(name, 'topk', top, dict(input=(3, 60)), axis=1, count=count, largest=largest)
            CASES[name]['indices'] = kept['indices'].flatten().tolist()
    for axis, extent in ((0, 6), (1, 9), (3, 5)):
        index = numbers(f'index_add_{axis}', shape[axis], extent)
        result = list(shape)
        result[axis] = extent
        add(f'index_add_{axis}', 'index_add', lambda input: torch.zeros(result).index_add(
            axis, torch.tensor(index), input), dict(input=shape), axis=axis, index=index,
            extent=extent)
        count = int(np.prod(shape))
        index = numbers(f'scatter_add_{axis}', count, extent)
        add(f'scatter_add_{axis}', 'scatter_add', lambda input: torch.zeros(result).scatter_add(
            axis, torch.tensor(index).reshape(shape), input), dict(input=shape), axis=axis,
            index=index, extent=extent)
    add('index_copy', 'index_copy', lambda input, other: input.index_copy(
        1, torch.tensor([5, 0, 3]), other), dict(input=shape, other=(2, 3, 3, 4)), axis=1,
        index=[5, 0, 3])
    add('masked_select', 'masked_select', lambda input: input.masked_select(input > 0.2),
        dict(input=shape), bound=0.2)
    add('masked_select_none', 'masked_select', lambda input: input.masked_select(input > 2),
        dict(input=(3, 4)), bound=2)


def ties():
    """Equal numbers, NaN and infinities."""
    values = [2.0, 1.0, 2.0, float('nan'), -0.0, 0.0, 1.0, float('inf'), float('-inf'), 2.0]
    values = values * 8
    for descending in (False, True):
        order = torch.tensor(values).sort(descending=descending, stable=True)[1]
        CASES[f'ties_{descending}'] = dict(values=values, descending=descending,
                                           indices=order.tolist())


def focal_losses():
    for classes in (1, 5, 80):
        for gamma, alpha in ((2.0, 0.25), (1.5, 0.4), (0.0, 0.25), (3.0, 0.5)):
            rows = 16
            labels = numbers(f'labels_{classes}', rows, classes + 1)
            name = f'focal_{classes}_{gamma}'
            target = F.one_hot(torch.tensor(labels), classes + 1)[:, :classes]
            facts = dict(labels=labels, gamma=gamma, alpha=alpha)
            add(name, 'sigmoid_focal_loss', lambda input: py_sigmoid_focal_loss(
                input, target, None, gamma, alpha, 'none'), dict(input=(rows, classes)),
                scales=dict(input=6.0), **facts)
            add(name + '_sums', 'sigmoid_focal_loss', lambda input: py_sigmoid_focal_loss(
                input, target, None, gamma, alpha, 'none').sum(1), dict(input=(rows, classes)),
                scales=dict(input=6.0), sums=True, **facts)
            qualities = [common.digits(abs(value), 6)
                         for value in common.signed(f'qualities_{classes}', rows)]
            if gamma > 0:
                add(f'quality_{classes}_{gamma}', 'quality_focal_loss',
                    lambda input: quality_focal_loss(
                        input, (torch.tensor(labels), torch.tensor(qualities)), beta=gamma,
                        reduction='none'), dict(input=(rows, classes)), scales=dict(input=6.0),
                    labels=labels, qualities=qualities, gamma=gamma)


def aligned_regions():
    shape = (2, 19, 13, 17)
    # Image, x1, y1, x2, y2 in units of 4 a pixel; over the edges, outside, empty, one pixel. No sample
    # lies at y = -1: that is mmcv's mark for none, whose maximum then has no gradient.
    regions = [[0, 4, 8, 40, 30.5], [1, -9, -7.4, 20, 21], [1, 50, 40, 90, 77], [0, 3, 3, 3, 3],
               [0, 200, 200, 220, 230], [1, 20.25, 11, 20.5, 47], [0, 0, 0, 68, 52],
               [1, 31, 20, 36, 22]]
    for aligned in (True, False):
        for sampling in (0, 2):
            for mode in ('avg', 'max'):
                kept = regions if mode == 'avg' or sampling > 0 or not aligned else [
                    r for r in regions if r[3] > r[1]]
                for output in ((7, 7), (3, 2)):
                    layer = RoIAlign(output, 0.25, sampling, mode, aligned)
                    add(f'roi_{mode}_{aligned}_{sampling}_{output[0]}', 'roi_align',
                        lambda input: layer(input, torch.tensor(kept).float()),
                        dict(input=shape), regions=kept, output=list(output), scale=0.25,
                        sampling=sampling, mode=mode, aligned=aligned)
    wide = RoIAlign((7, 7), 1.0, 0, 'avg', True)
    add('roi_wide', 'roi_align', lambda input: wide(input, torch.tensor([[0, 1, 1.5, 7, 6.0]])),
        dict(input=(1, 83, 9, 9)), regions=[[0, 1, 1.5, 7, 6.0]], output=[7, 7], scale=1.0,
        sampling=0, mode='avg', aligned=True)
    add('roi_none', 'roi_align', lambda input: wide(input, torch.zeros(0, 5)),
        dict(input=(1, 3, 4, 4)), regions=[], output=[7, 7], scale=1.0, sampling=0, mode='avg',
        aligned=True)


def pools():
    for output in (1, 2, 3, 6):
        add(f'psp_pool_{output}', 'adaptive_avg_pool2d', lambda input: F.adaptive_avg_pool2d(
            input, output), dict(input=(2, 5, 13, 17)), options=dict(output_size=output))
    add('pool_1_s2', 'max_pool2d', lambda input: F.max_pool2d(input, 1, 2),
        dict(input=(2, 5, 13, 16)), options=dict(kernel_size=1, stride=2))


# --- boxes -----------------------------------------------------------------------------


def boxes(name, count, spread=60.0, low=5.0, size=40.0):
    values = common.signed(name, 4 * count).reshape(count, 4)
    corners = (spread * values[:, :2]).astype(np.float32)
    extents = (low + size * np.abs(values[:, 2:])).astype(np.float32)
    return torch.from_numpy(np.concatenate([corners, corners + extents], 1))


def scores(name, count, steps=0):
    """Scores between 0 and 1; `steps` of them differ, so that there are ties."""
    values = np.abs(common.signed(name, count))
    return torch.from_numpy(
        (np.floor(values * steps) / steps if steps else values).astype(np.float32))


def overlaps(table):
    for mode in ('iou', 'iof', 'giou'):
        for aligned in (False, True):
            a, b = boxes('overlaps.a', 9), boxes('overlaps.b', 9 if aligned else 14)
            # Empty and turned boxes, and the same box twice.
            a[0, 2:] = a[0, :2]
            a[1, 2] = a[1, 0] - 3
            b[2] = a[2]
            value = bbox_overlaps(a, b, mode, aligned)
            table[f'overlaps_{mode}_{aligned}'] = dict(
                kind='overlaps', mode=mode, aligned=aligned, shape=list(value.shape),
                values=[common.digits(v) for v in value.flatten().tolist()])


def suppressions(table):
    for name, count, steps, spread in (('some', 200, 0, 60.0), ('ties', 300, 5, 60.0),
                                       ('none', 0, 0, 60.0), ('one', 1, 0, 60.0),
                                       ('many', 3000, 0, 200.0)):
        for offset in (0, 1):
            b, s = boxes(f'nms.{name}', count, spread), scores(f'nms.{name}.scores', count, steps)
            if steps:
                # PyTorch 1.13 sorts equal scores into any order; recorded is what the first come
                # first gives.
                order = s.sort(dim=0, descending=True, stable=True)[1]
                s = torch.zeros(count)
                s[order] = torch.arange(count, 0, -1.0)
            _, keep = nms(b, s, 0.45, offset)
            table[f'nms_{name}_{offset}'] = dict(
                kind='nms', boxes=f'nms.{name}', count=count, steps=steps, spread=spread,
                offset=offset, threshold=0.45, keep=keep.tolist())
    b, s = boxes('nms.some', 200), scores('nms.some.scores', 200)
    _, keep = nms(b, s, 0.45, 0, 0.3, 20)
    table['nms_limited'] = dict(kind='nms', boxes='nms.some', count=200, steps=0, spread=60.0,
                                offset=0, threshold=0.45, score_threshold=0.3, maximum=20,
                                keep=keep.tolist())
    # Two boxes whose overlap is the threshold exactly stay both.
    b = torch.tensor([[0, 0, 10, 10], [0, 0, 10, 5], [0, 0, 10, 4.9]])
    _, keep = nms(b, torch.tensor([0.9, 0.8, 0.7]), 0.5)
    table['nms_at_threshold'] = dict(kind='nms', listed=b.tolist(), scores=[0.9, 0.8, 0.7],
                                     threshold=0.5, offset=0, keep=keep.tolist())
    for method in ('naive', 'linear', 'gaussian'):
        for name, count, steps in (('some', 120, 0), ('ties', 120, 6)):
            b, s = boxes(f'soft.{name}', count), scores(f'soft.{name}.scores', count, steps)
            dets, keep = soft_nms(b, s, 0.3, 0.5, 0.05, method)
            table[f'soft_{method}_{name}'] = dict(
                kind='soft_nms', method=method, boxes=f'soft.{name}', count=count, steps=steps,
                spread=60.0, threshold=0.3, sigma=0.5, minimum=0.05, keep=keep.tolist(),
                scores_after=[common.digits(v) for v in dets[:len(keep), 4].tolist()])


def class_suppressions(table):
    plans = {
        'plain': dict(count=400, classes=7, spread=60.0, shift=0.0),
        'shifted': dict(count=400, classes=7, spread=60.0, shift=200.0),
        'split': dict(count=10400, classes=3, spread=60.0, shift=200.0),
        'split_negative': dict(count=10001, classes=5, spread=60.0, shift=0.0),
    }
    for name, plan in plans.items():
        b = boxes(f'batched.{name}', plan['count'], plan['spread']) + plan['shift']
        s = scores(f'batched.{name}.scores', plan['count'])
        labels = numbers(f'batched.{name}.labels', plan['count'], plan['classes'])
        configs = {'nms': dict(type='nms', iou_threshold=0.5)}
        if name == 'plain':
            configs['agnostic'] = dict(type='nms', iou_threshold=0.5, class_agnostic=True)
        if plan['count'] < 1000:
            configs['soft'] = dict(type='soft_nms', iou_threshold=0.3, min_score=0.05)
        if name == 'split':
            configs['limited'] = dict(type='nms', iou_threshold=0.5, max_num=20)
        for kind, config in configs.items():
            dets, keep = batched_nms(b, s, torch.tensor(labels), config)
            table[f'batched_{name}_{kind}'] = dict(
                kind='batched_nms', boxes=f'batched.{name}', steps=0, config=config, **plan,
                keep=keep.tolist(),
                scores_after=[common.digits(v) for v in dets[:, 4].tolist()]
                if kind == 'soft' else [])
    for name, per_class in (('shared', False), ('per_class', True)):
        count, classes = 90, 4
        b = boxes(f'multi.{name}', count * (classes if per_class else 1)) + 100
        s = torch.cat([scores(f'multi.{name}.scores', count * classes).reshape(count, classes),
                       torch.zeros(count, 1)], 1)
        for maximum in (-1, 15):
            for threshold in (0.05, 0.7, 2.0):
                factors = scores('multi.factors', count) if name == 'shared' else None
                dets, labels, keep = multiclass_nms(
                    b.reshape(count, -1), s, threshold, dict(type='nms', iou_threshold=0.5),
                    maximum, factors, return_inds=True)
                table[f'multi_{name}_{maximum}_{threshold}'] = dict(
                    kind='multiclass_nms', boxes=f'multi.{name}', count=count, classes=classes,
                    per_class=per_class, spread=60.0, shift=100.0, steps=0, maximum=maximum,
                    score_threshold=threshold, threshold=0.5, factors=name == 'shared',
                    keep=keep.tolist(), labels=labels.tolist(),
                    scores_after=[common.digits(v) for v in dets[:, 4].tolist()])


def box_losses(table):
    for kind, make in (('iou_log', IoULoss), ('iou_linear', lambda **o: IoULoss(
            mode='linear', **o)), ('giou', GIoULoss), ('l1', L1Loss),
            ('smooth_l1', lambda **o: SmoothL1Loss(beta=0.11, **o))):
        a, b = boxes('losses.a', 12), boxes('losses.b', 12)
        # The same box, one that shares an edge, one far away.
        b[3] = a[3]
        b[4, 0] = a[4, 0]
        b[5] = a[5] + 300
        a.requires_grad_()
        weight = scores('losses.weight', 12)
        weights = weight if 'iou' in kind else weight[:, None].expand(12, 4)
        loss = make(loss_weight=2.0)(a, b, weights, avg_factor=7.0)
        loss.backward()
        table[f'loss_{kind}'] = dict(
            kind='box_loss', loss=kind, value=common.digits(loss.item()),
            gradient=[common.digits(v) for v in a.grad.flatten().tolist()])
    for kind in ('focal', 'quality', 'distribution'):
        x = torch.from_numpy(common.filled('losses.scores', (30, 6), 4.0)).requires_grad_()
        labels = torch.tensor(numbers('losses.labels', 30, 7))
        weight = scores('losses.label_weight', 30)
        if kind == 'focal':
            loss = FocalLoss(loss_weight=1.5)(x, labels, weight, avg_factor=9.0)
        elif kind == 'distribution':
            distance = 4.9 * scores('losses.distance', 30)
            loss = DistributionFocalLoss(loss_weight=1.5)(x, distance, weight, avg_factor=9.0)
        else:
            quality = scores('losses.quality', 30)
            loss = QualityFocalLoss(loss_weight=1.5)(x, (labels, quality), weight, avg_factor=9.0)
        loss.backward()
        table[f'loss_{kind}'] = dict(
            kind='score_loss', loss=kind, value=common.digits(loss.item()),
            gradient=[common.digits(v) for v in x.grad.flatten().tolist()])


def main():
    torch.set_num_threads(1)
    selections()
    ties()
    focal_losses()
    aligned_regions()
    pools()
    table = {}
    overlaps(table)
    suppressions(table)
    class_suppressions(table)
    box_losses(table)
    orders = {name: CASES.pop(name) for name in ('ties_False', 'ties_True')}
    common.write_tensors(OUT / 'dense.safetensors', TENSORS)
    common.write_json(OUT / 'dense.json', CASES)
    common.write_json(OUT / 'orders.json', orders)
    common.write_json(OUT / 'boxes.json', table)


if __name__ == '__main__':
    main()
