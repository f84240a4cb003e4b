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
        if value.grad is not None:
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


def pools_at_the_edges():
    plans = {
        'max_dilated_pad': (F.max_pool2d, (2, 3, 9, 7), dict(
            kernel_size=3, stride=2, padding=1, dilation=2)),
        'max_dilated_ceil': (F.max_pool2d, (1, 11, 10, 8), dict(
            kernel_size=(3, 2), stride=(2, 3), padding=(1, 0), dilation=(2, 3), ceil_mode=True)),
        'max_5x5_spp': (F.max_pool2d, (1, 9, 6, 4), dict(kernel_size=5, stride=1, padding=2)),
        'max_large_stride': (F.max_pool2d, (2, 1, 11, 13), dict(kernel_size=2, stride=5)),
        'max_one_pixel': (F.max_pool2d, (1, 5, 1, 1), dict(kernel_size=1)),
        'max_empty': (F.max_pool2d, (0, 5, 4, 4), dict(kernel_size=2)),
        'avg_divisor': (F.avg_pool2d, (2, 3, 6, 5), dict(
            kernel_size=3, stride=2, padding=1, divisor_override=4)),
        'avg_divisor_ceil': (F.avg_pool2d, (1, 10, 7, 5), dict(
            kernel_size=2, stride=2, ceil_mode=True, divisor_override=3)),
        'avg_large_stride': (F.avg_pool2d, (2, 1, 11, 13), dict(kernel_size=3, stride=6)),
        'avg_one_pixel': (F.avg_pool2d, (1, 5, 1, 1), dict(
            kernel_size=3, stride=1, padding=1)),
        'avg_empty': (F.avg_pool2d, (0, 3, 4, 4), dict(kernel_size=2)),
        'adaptive_max_1': (F.adaptive_max_pool2d, (3, 7, 5, 6), dict(output_size=1)),
        'adaptive_max_2x3': (F.adaptive_max_pool2d, (2, 3, 5, 7), dict(output_size=(2, 3))),
        'adaptive_max_6': (F.adaptive_max_pool2d, (1, 1, 4, 9), dict(output_size=(6, 6))),
        'adaptive_one_pixel': (F.adaptive_avg_pool2d, (1, 9, 1, 1), dict(output_size=(3, 2))),
        'adaptive_empty': (F.adaptive_avg_pool2d, (0, 3, 4, 4), dict(output_size=(2, 2))),
    }
    for name, (function, shape, options) in plans.items():
        # The functional maximum is a wrapper without a telling name.
        operation = ('adaptive_max_pool2d' if name.startswith('adaptive_max') else
                     'max_pool2d' if name.startswith('max') else function.__name__)
        add(f'pool_{name}', operation, lambda input: function(input, **options),
            dict(input=shape), options=options)


def group_norms():
    for name, shape, groups, eps in (
            ('odd', (1, 10, 5, 7), 5, 1e-5), ('one_group', (2, 3, 1, 1), 1, 1e-5),
            ('each', (3, 32, 4, 3), 32, 1e-5), ('wide', (1, 24, 9, 8), 8, 1e-3),
            ('vectors', (2, 9), 3, 1e-5), ('empty', (0, 12, 3, 4), 4, 1e-5),
            ('one_channel', (2, 1, 3, 3), 1, 1e-5)):
        add(f'group_norm_{name}', 'group_norm', lambda input, weight, bias: F.group_norm(
            input, groups, weight, bias, eps),
            dict(input=shape, weight=(shape[1],), bias=(shape[1],)), dict(input=3.0),
            groups=groups, eps=eps)
    add('group_norm_plain', 'group_norm', lambda input: F.group_norm(input, 3),
        dict(input=(2, 6, 4, 3)), groups=3, eps=1e-5)
    for name, shape, slopes in (('shared', (2, 5, 3, 2), 1), ('channels', (2, 5, 3, 2), 5),
                                ('vectors', (3, 9), 9), ('one', (1, 1, 1, 1), 1)):
        add(f'prelu_{name}', 'prelu', lambda input, weight: F.prelu(input, weight),
            dict(input=shape, weight=(slopes,)))


def resizes():
    plans = {
        'nearest_1_5': ((1, 3, 5, 4), dict(scale_factor=1.5, mode='nearest')),
        'nearest_2_3': ((1, 2, 7, 5), dict(scale_factor=(2.3, 1.7), mode='nearest')),
        'nearest_2_3_again': ((1, 2, 7, 5), dict(
            scale_factor=(2.3, 1.7), mode='nearest', recompute_scale_factor=True)),
        'nearest_half': ((2, 9, 6, 7), dict(scale_factor=0.5, mode='nearest')),
        'nearest_one_pixel': ((2, 11, 1, 1), dict(size=(3, 4), mode='nearest')),
        'nearest_down': ((1, 1, 11, 13), dict(size=(3, 5), mode='nearest')),
        'bilinear_1_7': ((1, 3, 5, 4), dict(
            scale_factor=1.7, mode='bilinear', align_corners=False)),
        'bilinear_1_7_again': ((1, 3, 5, 4), dict(
            scale_factor=1.7, mode='bilinear', align_corners=False,
            recompute_scale_factor=True)),
        'bilinear_1_7_corners': ((1, 3, 5, 4), dict(
            scale_factor=1.7, mode='bilinear', align_corners=True)),
        'bilinear_4': ((2, 19, 3, 4), dict(
            scale_factor=4, mode='bilinear', align_corners=False)),
        'bilinear_one_pixel': ((2, 11, 1, 1), dict(
            size=(3, 4), mode='bilinear', align_corners=False)),
        'bilinear_to_one': ((1, 1, 5, 3), dict(
            size=(1, 1), mode='bilinear', align_corners=True)),
        'bilinear_to_one_edges': ((1, 2, 5, 3), dict(
            size=(1, 1), mode='bilinear', align_corners=False)),
        'bilinear_same': ((1, 3, 4, 5), dict(
            size=(4, 9), mode='bilinear', align_corners=False)),
        'bilinear_third': ((1, 5, 13, 11), dict(
            scale_factor=0.3, mode='bilinear', align_corners=False)),
        'bilinear_down_corners': ((1, 2, 9, 8), dict(
            size=(4, 3), mode='bilinear', align_corners=True)),
        'bilinear_empty': ((0, 2, 3, 4), dict(
            size=(6, 8), mode='bilinear', align_corners=False)),
    }
    for name, (shape, options) in plans.items():
        add(f'interpolate_{name}', 'interpolate',
            lambda input: F.interpolate(input, **options), dict(input=shape), options=options)
    for name, shape, around, mode, value in (
            ('zeros', (2, 3, 4, 5), (1, 2, 0, 3), 'constant', 0.0),
            ('number', (1, 9, 3, 2), (2, 0, 1, 1), 'constant', 1.5),
            ('crop', (1, 2, 6, 7), (-1, 2, 3, -2), 'constant', 0.0),
            ('reflect', (2, 3, 5, 4), (3, 2, 1, 4), 'reflect', 0.0),
            ('reflect_none', (1, 11, 3, 3), (0, 0, 2, 0), 'reflect', 0.0),
            ('replicate', (2, 3, 2, 3), (4, 1, 0, 5), 'replicate', 0.0),
            ('one_pixel', (1, 1, 1, 1), (1, 1, 2, 2), 'replicate', 0.0)):
        add(f'pad_{name}', 'pad', lambda input: F.pad(input, around, mode=mode, value=value),
            dict(input=shape), options=dict(pad=list(around), mode=mode, value=value))


def numbers(name, count, bound):
    """Whole numbers below `bound`."""
    return [int((value + 1) / 2 * bound) for value in common.filled(name, (count,)).tolist()]


def rearrangements():
    for name, shape, axes in (
            ('last', (2, 3, 4, 5), (0, 2, 3, 1)), ('first', (2, 3, 4, 5), (0, 3, 1, 2)),
            ('all', (2, 3, 4, 5), (3, 1, 0, 2)), ('pixels', (2, 11, 4, 5), (0, 1, 3, 2)),
            ('cube', (3, 4, 5), (2, 0, 1)), ('matrix', (7, 9), (1, 0)),
            ('five', (2, 3, 2, 4, 2), (0, 2, 1, 4, 3)), ('ones', (1, 1, 4, 1), (2, 3, 1, 0))):
        add(f'permute_{name}', 'permute', lambda input: input.permute(axes), dict(input=shape),
            axes=list(axes))
    for name, shape, axis, count in (
            ('rows', (5, 9), 0, 7), ('columns', (5, 9), 1, 3), ('channels', (2, 6, 3, 2), 1, 8),
            ('lines', (2, 3, 5, 4), 2, 4), ('images', (3, 11, 2, 2), 0, 2),
            ('none', (4, 3), 0, 0)):
        index = numbers(f'take_{name}', count, shape[axis])
        add(f'take_{name}', 'index_select',
            lambda input: input.index_select(axis, torch.tensor(index, dtype=torch.long)),
            dict(input=shape), axis=axis, index=index)
    for name, shape, axis, count in (
            ('rows', (5, 9), 0, 2), ('columns', (5, 9), 1, 3), ('channels', (2, 6, 3, 2), 1, 4),
            ('lines', (2, 3, 5, 4), 2, 6)):
        result = list(shape)
        result[axis] = count
        index = numbers(f'gather_{name}', int(torch.tensor(result).prod()), shape[axis])
        add(f'gather_{name}', 'gather',
            lambda input: input.gather(axis, torch.tensor(index).reshape(result)),
            dict(input=shape), axis=axis, index=index, count=count)
    add('split', 'split', lambda input: input.split([1, 3, 2], 1)[1], dict(input=(2, 6, 3, 3)),
        extents=[1, 3, 2], axis=1)
    add('slice', 'slice', lambda input: input[:, :, 1:4], dict(input=(2, 3, 5, 2)), axis=2,
        range=[1, 4])
    add('reshape', 'reshape', lambda input: input.reshape(6, 5, 4), dict(input=(2, 3, 4, 5)),
        shape=[6, 5, 4])
    for name, left, right in (
            ('plain', (3, 4), (4, 5)), ('batch', (2, 3, 4), (2, 4, 5)),
            ('repeated', (2, 1, 3, 4), (3, 4, 2)), ('shared', (5, 7), (3, 7, 2)),
            ('row', (2, 1, 9), (2, 9, 1)), ('column', (3, 1), (1, 4)), ('empty', (0, 3), (3, 2))):
        add(f'matmul_{name}', 'matmul', torch.matmul, dict(input=left, other=right))
    add('matmul_transposed', 'matmul_transposed',
        lambda input, other: input.transpose(-1, -2) @ other.transpose(-1, -2),
        dict(input=(2, 4, 3), other=(2, 5, 4)))


def arithmetic():
    functions = {
        'add': torch.add, 'sub': torch.sub, 'mul': torch.mul, 'maximum': torch.maximum,
        'minimum': torch.minimum}
    shapes = {
        'same': ((2, 3, 4, 5), (2, 3, 4, 5)), 'channel': ((2, 11, 4, 5), (11, 1, 1)),
        'outer': ((4, 1), (1, 3)), 'image': ((2, 3, 4, 5), (2, 1, 4, 5)),
        'number': ((1, 1, 1, 1), (2, 1, 3, 1)), 'empty': ((0, 3), (1, 3))}
    for operation, function in functions.items():
        for name, (left, right) in shapes.items():
            add(f'{operation}_{name}', operation, function, dict(input=left, other=right))
    for name, (left, right) in shapes.items():
        add(f'div_{name}', 'div', lambda input, other: input / (other.abs() + 0.5),
            dict(input=left, other=right))
        add(f'power_{name}', 'power', lambda input, other: (input.abs() + 0.2) ** other,
            dict(input=left, other=right))
    unary = {
        'exp': torch.exp, 'abs': torch.abs, 'clamp': lambda x: x.clamp(-0.5, 0.6),
        'log': lambda x: (x.abs() + 0.2).log(), 'sqrt': lambda x: (x.abs() + 0.2).sqrt(),
        'pow': lambda x: (x.abs() + 0.2).pow(1.7), 'square': lambda x: x.pow(2),
        'affine': lambda x: 3 - x * 2 + x / 4, 'reciprocal': lambda x: 2 / (x.abs() + 0.2)}
    for operation, function in unary.items():
        for name, shape in (('odd', (2, 11, 3, 1)), ('one', (1, 1, 1, 1)), ('vector', (19,))):
            add(f'{operation}_{name}', operation, lambda input: function(input),
                dict(input=shape))
    for name, mask, left, right in (
            ('same', (2, 3, 4, 5), (2, 3, 4, 5), (2, 3, 4, 5)),
            ('rows', (4, 1), (4, 9), (1, 9)), ('image', (2, 1, 4, 5), (2, 11, 4, 5), (11, 1, 1))):
        add(f'where_{name}', 'where', lambda mask, input, other: torch.where(
            mask > 0.1, input, other), dict(mask=mask, input=left, other=right))


def reductions():
    shape = (2, 5, 3, 4)
    for operation, function in (
            ('sum', torch.sum), ('mean', torch.mean), ('amax', torch.amax),
            ('amin', torch.amin), ('norm', torch.linalg.vector_norm)):
        for name, axes, keeps in (
                ('channels', (1,), False), ('pixels', (2, 3), True), ('image', (1, 2, 3), False),
                ('batch', (0,), False), ('ends', (0, 3), True), ('all', (0, 1, 2, 3), False)):
            add(f'{operation}_{name}', operation,
                lambda input: function(input, dim=axes, keepdim=keeps), dict(input=shape),
                axes=list(axes), keeps=keeps)
    for order in (1, 3, 1.5, float('inf')):
        add(f'norm_of_order_{order}', 'norm',
            lambda input: torch.linalg.vector_norm(input, order, dim=(1, 2)),
            dict(input=shape), axes=[1, 2], keeps=False,
            order='inf' if order == float('inf') else order)
    for operation, function in (('max', torch.max), ('min', torch.min)):
        for axis in range(4):
            add(f'{operation}_axis_{axis}', operation, lambda input: function(input, axis)[0],
                dict(input=shape), axis=axis)
        add(f'{operation}_of_one', operation, lambda input: function(input, 1)[0],
            dict(input=(3, 1)), axis=1)


def element_losses():
    def labels(case, count, classes):
        return numbers(f'{case}.labels', count, classes)

    for name, shape, weighted, ignored in (
            ('plain', (5, 7), False, None), ('weighted', (5, 7), True, None),
            ('ignoring', (5, 7), True, 3), ('one_class', (2, 1), False, None),
            ('images', (2, 11, 3, 4), True, 2), ('empty', (0, 4), False, None)):
        case = f'cross_entropy_{name}'
        rows = shape[:1] + shape[2:]
        count = 1
        for extent in rows:
            count *= extent
        label = labels(case, count, shape[1])
        weights = ((torch.from_numpy(common.filled(f'{case}.class_weights', (shape[1],))) + 1.5)
                   if weighted else None)
        add(case, 'cross_entropy', lambda input: F.cross_entropy(
            input, torch.tensor(label, dtype=torch.long).reshape(rows), weight=weights,
            reduction='none', ignore_index=-100 if ignored is None else ignored),
            dict(input=shape), dict(input=4.0), labels=label, weighted=weighted, ignored=ignored)
    for name, shape in (('rows', (4, 6)), ('images', (2, 5, 3, 2)), ('one', (1, 1))):
        case = f'soft_cross_entropy_{name}'
        target = torch.from_numpy(common.filled(f'{case}.target', shape)).softmax(1)
        add(case, 'soft_cross_entropy', lambda input: F.cross_entropy(
            input, target, reduction='none'), dict(input=shape), dict(input=4.0))
        case = f'binary_cross_entropy_{name}'
        target = (torch.from_numpy(common.filled(f'{case}.target', shape)) + 1) / 2
        add(case, 'binary_cross_entropy', lambda input: F.binary_cross_entropy_with_logits(
            input, target, reduction='none'), dict(input=shape), dict(input=4.0))
    for name, shape in (('rows', (4, 9)), ('images', (2, 5, 3, 2)), ('one', (1, 1)),
                        ('empty', (0, 4))):
        pair = dict(input=shape, target=shape)
        add(f'l1_{name}', 'l1_loss', lambda input, target: F.l1_loss(
            input, target, reduction='none'), pair)
        add(f'mse_{name}', 'mse_loss', lambda input, target: F.mse_loss(
            input, target, reduction='none'), pair)
        for beta in (1.0, 0.11, 0.0):
            add(f'smooth_l1_{name}_{beta}', 'smooth_l1_loss',
                lambda input, target: F.smooth_l1_loss(
                    input, target, reduction='none', beta=beta), pair, beta=beta)
        add(f'kl_div_{name}', 'kl_div', lambda input, target: F.kl_div(
            F.log_softmax(input, 1), F.softmax(target, 1), reduction='none'), pair,
            dict(input=2.0, target=2.0))
        add(f'kl_div_log_{name}', 'kl_div_log', lambda input, target: F.kl_div(
            F.log_softmax(input, 1), F.log_softmax(target, 1), reduction='none',
            log_target=True), pair, dict(input=2.0, target=2.0))


def convolutions_at_the_edges():
    # name: batch, in, height, width, out, kernel, stride, padding, dilation, groups, bias
    plans = {
        'conv_single_channel': (1, 1, 5, 6, 1, 3, 1, 1, 1, 1, True),
        'conv_large_stride': (2, 3, 17, 15, 5, 3, 7, 0, 1, 1, True),
        'conv_large_dilation': (1, 9, 13, 14, 3, 3, 3, 5, 5, 1, False),
        'conv_even_kernel': (2, 5, 7, 6, 3, 2, 2, 1, 1, 1, True),
        'conv_wide_padding': (1, 2, 3, 3, 4, 1, 1, 2, 1, 1, True),
        'conv_1x1_on_1x1': (1, 11, 1, 1, 13, 1, 1, 0, 1, 1, True),
        'conv_empty': (0, 3, 5, 5, 4, 3, 1, 1, 1, 1, True),
        'conv_groups_odd': (1, 15, 5, 4, 9, 3, 1, 1, 1, 3, True),
        'depthwise_1x1': (2, 11, 3, 4, 11, 1, 1, 0, 1, 11, True),
        'depthwise_large_stride': (1, 13, 15, 14, 13, 5, 4, 2, 1, 13, False),
        'depthwise_even_kernel': (1, 9, 7, 8, 9, 4, 3, 1, 1, 9, True),
        'depthwise_9x9': (1, 8, 10, 11, 8, 9, 1, 4, 1, 8, False),
        'depthwise_empty': (0, 6, 5, 5, 6, 3, 1, 1, 1, 6, False),
    }
    for name, plan in plans.items():
        n, cin, h, w, cout, kernel, stride, padding, dilation, groups, bias = plan
        shapes = dict(input=(n, cin, h, w), weight=(cout, cin // groups, kernel, kernel))
        if bias:
            shapes['bias'] = (cout,)
        options = dict(stride=stride, padding=padding, dilation=dilation, groups=groups)
        add(name, 'conv2d', lambda **values: F.conv2d(**values, **options), shapes,
            options=options)
    add('linear_empty', 'linear', lambda **values: F.linear(**values),
        dict(input=(0, 5), weight=(3, 5), bias=(3,)))
    add('linear_one', 'linear', lambda **values: F.linear(**values),
        dict(input=(1, 1), weight=(1, 1), bias=(1,)))


def main():
    common.arguments(__doc__)
    torch.set_num_threads(1)
    convolutions()
    batch_norms()
    activations()
    pools()
    others()
    convolutions_at_the_edges()
    pools_at_the_edges()
    group_norms()
    resizes()
    rearrangements()
    arithmetic()
    reductions()
    element_losses()
    common.write_tensors(OUT / 'ops.safetensors', TENSORS)
    common.write_json(OUT / 'ops.json', CASES)


if __name__ == '__main__':
    main()
