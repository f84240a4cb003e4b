"""Records the losses of fifty training steps of three classifiers.

    python trajectories.py --mmrazor PATH

Models are built by the original and filled with the numbers of `common.fill_state`. Image `i`
of label `l` is `signed("pattern.<l>") + 0.5 * signed("image.<i>")`, so that there is something
to learn; the same run in float64 tells what rounding alone does.

Rectifiers that rounding flips move the loss by discrete steps, and the deeper the net behind
them, the more: at a rate of 1e-4 MobileNetV2 in channels-last layout leaves its own default
layout by 10 % within fifty steps. So nets with rectifiers learn slowly (those without residuals
to the end mostly in their head), and the same nets with a smooth activation learn fast and are
held to a hundredth of the tolerance.
"""

import copy
import logging

import mmcls.models  # noqa: F401
import numpy as np
import torch
from mmcls.models import build_classifier
from mmcv.runner import build_optimizer

import common

OUT = common.folder('trajectories')
STEPS, BATCH, BATCHES, SIDE, CLASSES = 50, 8, 2, 64, 10


def model(backbone, channels):
    return dict(
        type='ImageClassifier', backbone=backbone, neck=dict(type='GlobalAveragePooling'),
        head=dict(type='LinearClsHead', num_classes=CLASSES, in_channels=channels,
                  loss=dict(type='CrossEntropyLoss', loss_weight=1.0), topk=(1, )))


def optimizer(rate, head_factor=1):
    config = dict(type='SGD', lr=rate, momentum=0.9, weight_decay=1e-3)
    if head_factor != 1:
        config['paramwise_cfg'] = dict(custom_keys={'head': dict(lr_mult=head_factor)})
    return config


SWISH = dict(type='Swish')

CASES = {
    'resnet18': (model(dict(type='ResNet', depth=18), 512), optimizer(5e-6)),
    'mobilenetv2': (model(dict(type='MobileNetV2'), 1280), optimizer(3e-7, 3000)),
    'shufflenetv2': (model(dict(type='ShuffleNetV2'), 1024), optimizer(3e-7, 3000)),
    'mobilenetv2_swish': (
        model(dict(type='MobileNetV2', act_cfg=SWISH), 1280), optimizer(1e-3)),
    'shufflenetv2_swish': (
        model(dict(type='ShuffleNetV2', act_cfg=SWISH), 1024), optimizer(1e-3)),
}


def labels(batch):
    return [(3 * (batch * BATCH + index) + index // 5) % CLASSES for index in range(BATCH)]


def images(batch):
    rows = []
    for index, label in enumerate(labels(batch)):
        shape = (3, SIDE, SIDE)
        rows.append(common.filled(f'pattern.{label}', shape)
                    + common.filled(f'image.{batch * BATCH + index}', shape, 0.5))
    return torch.from_numpy(np.stack(rows))


def run(config, rule, dtype, channels_last=False):
    classifier = build_classifier(copy.deepcopy(config))
    common.fill_state(classifier)
    classifier.to(dtype).train()
    if channels_last:
        classifier.to(memory_format=torch.channels_last)
    steps = build_optimizer(classifier, copy.deepcopy(rule))
    losses = []
    for step in range(STEPS):
        batch = step % BATCHES
        img = images(batch).to(dtype)
        if channels_last:
            img = img.to(memory_format=torch.channels_last)
        loss = classifier.forward_train(img, torch.tensor(labels(batch)))['loss']
        steps.zero_grad()
        loss.backward()
        steps.step()
        losses.append(float(loss.detach()))
    classifier.eval()
    with torch.no_grad():
        logits = classifier.simple_test(images(0).to(dtype), softmax=False, post_process=False)
    return losses, logits.flatten().tolist()


def distance(losses, expected):
    return max(abs(a - b) / b for a, b in zip(losses, expected))


def main():
    common.arguments(__doc__)
    logging.disable(logging.INFO)
    facts = dict(side=SIDE, labels=[labels(batch) for batch in range(BATCHES)], cases={})
    for name, (config, rule) in CASES.items():
        exact, logits = run(config, rule, torch.float64)
        losses, _ = run(config, rule, torch.float32)
        turned, _ = run(config, rule, torch.float32, channels_last=True)
        facts['cases'][name] = dict(
            model=config, optimizer=rule,
            losses=[common.digits(value) for value in losses],
            losses_channels_last=[common.digits(value) for value in turned],
            losses_float64=[common.digits(value, 12) for value in exact],
            logits_float64=[common.digits(value) for value in logits])
        common.note(f'{name}: {exact[0]:.3f} to {exact[-1]:.3f}, rounding '
                    f'{distance(losses, exact):.1e}, layout {distance(turned, losses):.1e}')
    common.write_json(OUT / 'trajectories.json', facts)


if __name__ == '__main__':
    main()
