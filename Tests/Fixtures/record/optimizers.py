"""Records PyTorch optimizers: parameters after each of four steps, and gradient clipping.

    python optimizers.py --mmrazor PATH

Parameter `x` starts as `signed('x')`; its gradient at step `s` (from 1) is
`signed('x.gradient.s')`. Parameter `c` sits step 3 out: its gradient is zero there, as after
`zero_grad` in PyTorch 1.x, or absent in the cases named `*_absent`.
"""

import torch
from mmcv.runner import build_optimizer
from mmcv.runner.hooks import OptimizerHook

import common

OUT = common.folder('optimizers')
SHAPES = {'a': (3, 4), 'b': (5,), 'c': (2, 2)}
STEPS = 4


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        for name, shape in SHAPES.items():
            setattr(self, name, torch.nn.Parameter(
                torch.from_numpy(common.filled(name, shape))))


PLANS = {
    'sgd': dict(type='SGD', lr=0.1),
    'sgd_decay': dict(type='SGD', lr=0.1, weight_decay=0.05),
    'sgd_momentum': dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=0.05),
    'sgd_momentum_absent': dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=0.05),
    'sgd_dampening': dict(type='SGD', lr=0.1, momentum=0.9, dampening=0.3),
    'sgd_nesterov': dict(type='SGD', lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.05),
    'adam': dict(type='Adam', lr=0.01),
    'adam_betas': dict(type='Adam', lr=3e-4, betas=(0.5, 0.999), weight_decay=1e-3),
    'adam_eps': dict(type='Adam', lr=0.01, eps=1e-3),
    'adam_amsgrad': dict(type='Adam', lr=0.01, amsgrad=True),
    'adam_absent': dict(type='Adam', lr=0.01, weight_decay=0.1),
    'adamw': dict(type='AdamW', lr=0.01, weight_decay=0.05),
    'rmsprop': dict(type='RMSprop', lr=0.01, alpha=0.9, momentum=0.9, eps=0.0316),
}
CLIPS = {
    'norm_2': dict(max_norm=1.5, norm_type=2), 'norm_2_idle': dict(max_norm=100),
    'norm_1': dict(max_norm=2.0, norm_type=1), 'norm_inf': dict(max_norm=0.3, norm_type='inf'),
}


def gradient(name, step):
    return torch.from_numpy(common.filled(f'{name}.gradient.{step}', SHAPES[name]))


def main():
    common.arguments(__doc__)
    tensors, cases = {}, {}
    for case, config in PLANS.items():
        model = Model()
        optimizer = build_optimizer(model, dict(config))
        for step in range(1, STEPS + 1):
            for name, parameter in model.named_parameters():
                parameter.grad = gradient(name, step)
                if name == 'c' and step == 3:
                    parameter.grad = None if case.endswith('absent') else parameter.grad * 0
            optimizer.step()
            for name, parameter in model.named_parameters():
                tensors[f'{case}.{step}.{name}'] = parameter.detach().clone()
        cases[case] = config
    clips = {}
    for case, config in CLIPS.items():
        model = Model()
        for name, parameter in model.named_parameters():
            parameter.grad = gradient(name, 1)
        norm = OptimizerHook(grad_clip=config).clip_grads(list(model.parameters()))
        clips[case] = dict(config=config, norm=norm.item())
        for name, parameter in model.named_parameters():
            tensors[f'clip.{case}.{name}'] = parameter.grad
    common.write_tensors(OUT / 'optimizers.safetensors', tensors)
    common.write_json(OUT / 'optimizers.json', dict(
        shapes=SHAPES, steps=STEPS, optimizers=cases, clips=clips))


if __name__ == '__main__':
    main()
