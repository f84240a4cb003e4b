"""Records PyTorch operations: outputs, and gradients of inputs and weights.

    python ops.py --mmrazor PATH

No input is stored: tensor `x` of case `c` is `signed('c.x')` times the scale the case
names (1 unless it says otherwise), and the gradient that flows back into the output is
`signed('c.pull')`.
"""

import torch
import torch.nn.functional as F

import common

OUT = common.folder('ops')
CASES, TENSORS = {}, {}


def tensor(case, name, shape, scale=1.0):
    return torch.from_numpy(common.filled(f'{case}.{name}', shape, scale)).requires_grad_()


def add(case, operation, function, shapes, scales=None, **facts):
    """Runs a case forward and backward. `shapes` maps argument names to shapes."""
    scales = scales or {}
    values = {name: tensor(case, name, shape, scales.get(name, 1.0))
              for name, shape in shapes.items()}
    output = function(**values)
    pull = torch.from_numpy(common.filled(f'{case}.pull', tuple(output.shape)))
    output.backward(pull)
    TENSORS[f'{case}.output'] = output
    for name, value in values.items():
        TENSORS[f'{case}.{name}.gradient'] = value.grad
    row = dict(operation=operation, shapes={k: list(v) for k, v in shapes.items()}, **facts)
    if scales:
        row['scales'] = scales
    CASES[case] = row


def convolutions():
    # name: batch, in, height, width, out, kernel, stride, padding, dilation, groups, bias
    plans = {
        'conv_1x1': (2, 16, 7, 9, 24, 1, 1, 0, 1, 1, False),
        'conv_1x1_odd': (1, 3, 5, 5, 7, 1, 1, 0, 1, 1, True),
        'conv_1x1_stride2': (2, 10, 7, 8, 6, 1, 2, 0, 1, 1, False),
        'conv_3x3': (2, 8, 9, 7, 16, 3, 1, 1, 1, 1, True),
        'conv_3x3_stem': (2, 3, 17, 17, 16, 3, 2, 1, 1, 1, False),
        'conv_3x3_even': (1, 5, 8, 8, 9, 3, 2, 1, 1, 1, True),
        'conv_3x3_valid': (1, 4, 6, 6, 4, 3, 1, 0, 1, 1, True),
        'conv_3x3_dilated': (2, 6, 11, 10, 5, 3, 1, 2, 2, 1, False),
        'conv_3x3_dilated_stride': (1, 4, 13, 13, 6, 3, 2, 4, 4, 1, False),
        'conv_3x3_groups': (2, 12, 6, 6, 8, 3, 1, 1, 1, 4, True),
        'conv_1x1_groups': (2, 12, 5, 6, 18, 1, 1, 0, 1, 3, False),
        'conv_7x7_stem': (1, 3, 20, 18, 10, 7, 2, 3, 1, 1, False),
        'conv_5x5': (1, 4, 8, 9, 6, 5, 1, 2, 1, 1, True),
        'conv_1x3': (2, 5, 6, 7, 4, (1, 3), 1, (0, 1), 1, 1, True),
        'conv_3x1_stride': (2, 5, 7, 7, 4, (3, 1), (2, 1), (1, 0), 1, 1, False),
        'conv_whole_map': (2, 6, 4, 4, 5, 4, 1, 0, 1, 1, True),
        'conv_one_pixel': (3, 5, 1, 1, 4, 3, 1, 1, 1, 1, True),
        'conv_58': (2, 58, 5, 5, 58, 1, 1, 0, 1, 1, False),
    }
    for kernel in (3, 5, 7):
        for stride in (1, 2):
            plans[f'depthwise_{kernel}x{kernel}_s{stride}'] = (
                2, 11 if kernel == 5 else 16, 9, 10, 11 if kernel == 5 else 16, kernel,
                stride, kernel // 2, 1, 11 if kernel == 5 else 16, False)
    plans['depthwise_bias'] = (1, 6, 5, 7, 6, 3, 1, 1, 1, 6, True)
    plans['depthwise_dilated'] = (2, 8, 9, 9, 8, 3, 1, 2, 2, 8, False)
    plans['depthwise_5x5_dilated'] = (2, 4, 11, 11, 4, 5, 2, 4, 2, 4, False)
    plans['depthwise_multiplier'] = (1, 4, 6, 6, 8, 3, 1, 1, 1, 4, False)
    plans['depthwise_small_map'] = (2, 9, 3, 2, 9, 7, 1, 3, 1, 9, False)
    for name, plan in plans.items():
        n, cin, h, w, cout, kernel, stride, padding, dilation, groups, bias = plan
        kh, kw = kernel if isinstance(kernel, tuple) else (kernel, kernel)
        shapes = dict(input=(n, cin, h, w), weight=(cout, cin // groups, kh, kw))
        if bias:
            shapes['bias'] = (cout,)
        options = dict(stride=stride, padding=padding, dilation=dilation, groups=groups)
        add(name, 'conv2d', lambda **values: F.conv2d(**values, **options), shapes,
            options=options)


def batch_norms():
    def run(case, shape, training, momentum=0.1, affine=True, eps=1e-5, track=True, steps=1):
        channels = shape[1]
        module = torch.nn.BatchNorm2d(channels, eps=eps, momentum=momentum, affine=affine,
                                      track_running_stats=track)
        if track:
            with torch.no_grad():
                module.running_mean.copy_(torch.from_numpy(
                    common.filled(f'{case}.running_mean', (channels,), 0.3)))
                module.running_var.copy_(torch.from_numpy(
                    common.filled(f'{case}.running_var', (channels,))).abs() + 0.5)
        names = ('weight', 'bias') if affine else ()
        if affine:
            with torch.no_grad():
                module.weight.copy_(tensor(case, 'weight', (channels,)) + 1)
                module.bias.copy_(tensor(case, 'bias', (channels,)))
        module.train(training)
        value = tensor(case, 'input', shape, 2.0)
        for _ in range(steps):
            output = module(value)
        pull = torch.from_numpy(common.filled(f'{case}.pull', shape))
        output.backward(pull)
        TENSORS[f'{case}.output'] = output
        TENSORS[f'{case}.input.gradient'] = value.grad
        for name in names:
            TENSORS[f'{case}.{name}.gradient'] = getattr(module, name).grad
        if track:
            TENSORS[f'{case}.running_mean'] = module.running_mean
            TENSORS[f'{case}.running_var'] = module.running_var
        CASES[case] = dict(
            operation='batch_norm', shapes=dict(input=list(shape)), scales=dict(input=2.0),
            training=training, momentum=momentum, affine=affine, eps=eps, track=track,
            steps=steps, batches_tracked=int(module.num_batches_tracked) if track else None)

    run('bn_train', (3, 10, 5, 4), True)
    run('bn_eval', (3, 10, 5, 4), False)
    run('bn_train_16', (2, 16, 6, 6), True)
    run('bn_58', (2, 58, 4, 4), True)
    run('bn_momentum', (2, 6, 3, 3), True, momentum=0.03, eps=1e-3)
    run('bn_cumulative', (2, 6, 3, 3), True, momentum=None, steps=3)
    run('bn_three_steps', (2, 6, 3, 3), True, steps=3)
    run('bn_plain', (2, 7, 4, 3), True, affine=False)
    run('bn_plain_eval', (2, 7, 4, 3), False, affine=False)
    run('bn_untracked_eval', (2, 7, 4, 3), False, track=False)
    run('bn_one_channel', (4, 1, 3, 3), True)
    run('bn_two_values', (2, 5, 1, 1), True)


def activations():
    functions = {
        'relu': F.relu, 'relu6': F.relu6, 'hardswish': F.hardswish,
        'hardsigmoid': F.hardsigmoid, 'sigmoid': torch.sigmoid, 'swish': F.silu,
        'tanh': torch.tanh, 'leaky_relu': lambda x: F.leaky_relu(x, 0.1), 'gelu': F.gelu,
    }
    for name, function in functions.items():
        add(name, name, lambda input: function(input), dict(input=(2, 5, 3, 4)),
            dict(input=8.0))
    for name, function in (('relu', F.relu), ('relu6', F.relu6), ('hardswish', F.hardswish),
                           ('hardsigmoid', F.hardsigmoid)):
        case = f'{name}_corners'
        value = torch.tensor([-4., -3., -0., 0., 3., 4., 6., 7.], requires_grad=True)
        output = function(value)
        output.backward(torch.ones(8))
        TENSORS[f'{case}.output'], TENSORS[f'{case}.input.gradient'] = output, value.grad
        CASES[case] = dict(operation=name, input=value.tolist(), pull='ones')
    # mmcv's own HSwish and HSigmoid differ from PyTorch's in their defaults.
    from mmcv.cnn import HSigmoid, HSwish
    add('mmcv_hswish', 'HSwish', lambda input: HSwish()(input), dict(input=(2, 3, 4)),
        dict(input=8.0))
    add('mmcv_hsigmoid', 'HSigmoid', lambda input: HSigmoid()(input), dict(input=(2, 3, 4)),
        dict(input=8.0))


def pools():
    plans = {
        'max_3x3_s2': (F.max_pool2d, (2, 5, 9, 8), dict(kernel_size=3, stride=2, padding=1)),
        'max_2x2': (F.max_pool2d, (1, 3, 6, 7), dict(kernel_size=2, stride=2)),
        'max_2x2_ceil': (F.max_pool2d, (1, 3, 6, 7),
                         dict(kernel_size=2, stride=2, ceil_mode=True)),
        'max_3x3_s1': (F.max_pool2d, (2, 4, 5, 5), dict(kernel_size=3, stride=1, padding=1)),
        'max_dilated': (F.max_pool2d, (1, 2, 9, 9), dict(kernel_size=3, stride=1, dilation=2)),
        'avg_3x3_s1': (F.avg_pool2d, (2, 4, 5, 6), dict(kernel_size=3, stride=1, padding=1)),
        'avg_3x3_s1_valid_count': (F.avg_pool2d, (2, 4, 5, 6), dict(
            kernel_size=3, stride=1, padding=1, count_include_pad=False)),
        'avg_3x3_s2': (F.avg_pool2d, (2, 4, 7, 8), dict(
            kernel_size=3, stride=2, padding=1, count_include_pad=False)),
        'avg_2x2_ceil': (F.avg_pool2d, (1, 3, 7, 5), dict(
            kernel_size=2, stride=2, ceil_mode=True)),
        'avg_2x2_ceil_valid_count': (F.avg_pool2d, (1, 3, 7, 5), dict(
            kernel_size=2, stride=2, ceil_mode=True, count_include_pad=False)),
        'avg_3x3_ceil_pad': (F.avg_pool2d, (1, 2, 6, 6), dict(
            kernel_size=3, stride=2, padding=1, ceil_mode=True)),
        'avg_5x5_s3': (F.avg_pool2d, (2, 3, 8, 8), dict(
            kernel_size=5, stride=3, padding=0, count_include_pad=False)),
        'adaptive_1': (F.adaptive_avg_pool2d, (3, 7, 5, 6), dict(output_size=1)),
        'adaptive_2x3': (F.adaptive_avg_pool2d, (2, 3, 5, 7), dict(output_size=(2, 3))),
        'adaptive_6': (F.adaptive_avg_pool2d, (1, 2, 4, 9), dict(output_size=(6, 6))),
    }
    for name, (function, shape, options) in plans.items():
        add(f'pool_{name}', function.__name__, lambda input: function(input, **options),
            dict(input=shape), options=options)


def others():
    from mmcls.models.utils import channel_shuffle
    for groups, channels in ((2, 10), (3, 12), (4, 16)):
        add(f'shuffle_{groups}', 'channel_shuffle',
            lambda input: channel_shuffle(input, groups), dict(input=(2, channels, 3, 2)),
            groups=groups)
    for name, shapes in {
        'linear': dict(input=(4, 10), weight=(7, 10), bias=(7,)),
        'linear_no_bias': dict(input=(3, 5), weight=(6, 5)),
        'linear_one_row': dict(input=(1, 33), weight=(17, 33), bias=(17,)),
        'linear_3d': dict(input=(2, 3, 5), weight=(4, 5), bias=(4,)),
    }.items():
        add(name, 'linear', lambda **values: F.linear(**values), shapes)
    for name, dim in (('last', -1), ('channels', 1)):
        shape = (3, 6) if name == 'last' else (2, 5, 3, 4)
        add(f'softmax_{name}', 'softmax', lambda input: F.softmax(input, dim),
            dict(input=shape), dict(input=5.0), dim=dim)
        add(f'log_softmax_{name}', 'log_softmax', lambda input: F.log_softmax(input, dim),
            dict(input=shape), dict(input=5.0), dim=dim)
    add('softmax_large', 'softmax', lambda input: F.softmax(input, -1), dict(input=(2, 6)),
        dict(input=500.0), dim=-1)
    for mode, options in {
        'nearest': dict(scale_factor=2, mode='nearest'),
        'nearest_size': dict(size=(5, 7), mode='nearest'),
        'bilinear': dict(scale_factor=2, mode='bilinear', align_corners=False),
        'bilinear_corners': dict(size=(7, 9), mode='bilinear', align_corners=True),
        'bilinear_down': dict(size=(2, 3), mode='bilinear', align_corners=False),
    }.items():
        add(f'interpolate_{mode}', 'interpolate',
            lambda input: F.interpolate(input, **options), dict(input=(2, 3, 4, 5)),
            options=options)
    add('group_norm', 'group_norm', lambda input, weight, bias: F.group_norm(
        input, 4, weight, bias), dict(input=(2, 12, 3, 4), weight=(12,), bias=(12,)),
        groups=4, eps=1e-5)
    add('cat', 'cat', lambda a, b: torch.cat([a, b], 1), dict(a=(2, 3, 4, 5), b=(2, 6, 4, 5)))
    add('flatten', 'flatten', lambda input: input.flatten(1), dict(input=(2, 3, 4, 5)))
    add('chunk_second', 'chunk', lambda input: input.chunk(2, 1)[1], dict(input=(2, 6, 3, 3)))


def main():
    common.arguments(__doc__)
    torch.set_num_threads(1)
    convolutions()
    batch_norms()
    activations()
    pools()
    others()
    common.write_tensors(OUT / 'ops.safetensors', TENSORS)
    common.write_json(OUT / 'ops.json', CASES)


if __name__ == '__main__':
    main()
