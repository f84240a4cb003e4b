"""Records mmcls's backbones: state dicts, costs, features, gradients.

    python backbones.py --mmrazor PATH

Every backbone is built by the original and filled with the numbers of `common.fill_state`.
The loss that is differentiated is the sum of all outputs weighted with `signed("pull.<i>")`,
divided by the number of elements of each. The networks that are run have the biases moved that
would leave a rectifier on its edge, see `edges.py`.
"""

import contextlib
import logging

import mmcls.models  # noqa: F401
import numpy as np
import torch
from mmcls.models import build_backbone
from mmcv.cnn import get_model_complexity_info

import common
import edges

OUT = common.folder('backbones')

# name: (config, side of the images, whether to run it)
CASES = {
    'mobilenetv2': (dict(type='MobileNetV2'), 64, True),
    'mobilenetv2_half': (dict(
        type='MobileNetV2', widen_factor=0.5, out_indices=(1, 2, 4, 6, 7),
        act_cfg=dict(type='ReLU')), 64, True),
    'mobilenetv2_wide': (dict(
        type='MobileNetV2', widen_factor=1.4, frozen_stages=2, norm_eval=True,
        norm_cfg=dict(type='BN', eps=1e-3, momentum=0.01)), 64, True),
    'mobilenetv2_frozen': (dict(
        type='MobileNetV2', widen_factor=0.35, frozen_stages=7, out_indices=(3, 5)), 64, True),
    'shufflenetv2': (dict(type='ShuffleNetV2'), 64, True),
    'shufflenetv2_half': (dict(
        type='ShuffleNetV2', widen_factor=0.5, out_indices=(0, 1, 2, 3), frozen_stages=1,
        act_cfg=dict(type='ReLU6')), 64, True),
    'shufflenetv2_wide': (dict(type='ShuffleNetV2', widen_factor=1.5, norm_eval=True), 64, True),
    'shufflenetv2_double': (dict(type='ShuffleNetV2', widen_factor=2.0), 64, False),
    'resnet18': (dict(type='ResNet', depth=18), 64, True),
    'resnet34': (dict(
        type='ResNet', depth=34, num_stages=4, out_indices=(0, 1, 2, 3), style='pytorch'), 64,
        True),
    'resnet50': (dict(type='ResNet', depth=50), 64, True),
    'resnet101': (dict(type='ResNet', depth=101), 64, False),
    'resnet152': (dict(type='ResNet', depth=152), 64, False),
    'resnet50_caffe': (dict(
        type='ResNet', depth=50, style='caffe', frozen_stages=1, norm_eval=True,
        norm_cfg=dict(type='BN', requires_grad=False), out_indices=(1, 3)), 64, True),
    'resnet50_dilated': (dict(
        type='ResNet', depth=50, strides=(1, 2, 1, 1), dilations=(1, 1, 2, 4)), 64, True),
    'resnet18_dilated': (dict(
        type='ResNet', depth=18, strides=(1, 2, 1, 1), dilations=(1, 1, 2, 4),
        out_indices=(2, 3)), 64, True),
    'resnet18_narrow': (dict(
        type='ResNet', depth=18, in_channels=1, stem_channels=16, base_channels=24, num_stages=3,
        strides=(2, 2, 1), dilations=(1, 1, 1), out_indices=(0, 2), frozen_stages=0,
        avg_down=True), 45, True),
    'resnet50_expansion': (dict(
        type='ResNet', depth=50, expansion=2, base_channels=32, drop_path_rate=0.1,
        zero_init_residual=False), 64, False),
    'mobilenetv2_groups': (dict(
        type='MobileNetV2', widen_factor=0.5, norm_cfg=dict(type='GN', num_groups=8),
        act_cfg=dict(type='Swish'), frozen_stages=1), 64, True),
    'resnet50_groups': (dict(
        type='ResNet', depth=50, norm_cfg=dict(type='GN', num_groups=32, eps=1e-4)), 64, True),
    'resnetv1d18_groups': (dict(
        type='ResNetV1d', depth=18, norm_cfg=dict(type='GN', num_groups=16, requires_grad=False),
        norm_eval=True), 64, False),
    'resnetv1c50': (dict(type='ResNetV1c', depth=50, stem_channels=32), 64, True),
    'resnetv1d18': (dict(type='ResNetV1d', depth=18, frozen_stages=0), 64, True),
    # An odd side leaves windows at the edges that average fewer pixels.
    'resnetv1d50': (dict(type='ResNetV1d', depth=50), 84, True),
    'resnet_cifar18': (dict(type='ResNet_CIFAR', depth=18), 32, True),
    'resnet_cifar50': (dict(
        type='ResNet_CIFAR', depth=50, base_channels=16, avg_down=True), 32, True),
}

BATCH = 2
SAMPLES = 32

# Wrong values; what the original says of them is kept for reference.
MISTAKES = [
    dict(type='MobileNetV2', out_indices=(8, )),
    dict(type='MobileNetV2', frozen_stages=8),
    dict(type='ShuffleNetV2', widen_factor=0.75),
    dict(type='ShuffleNetV2', out_indices=(4, )),
    dict(type='ShuffleNetV2', frozen_stages=4),
    dict(type='ResNet', depth=20),
    dict(type='ResNet', depth=18, num_stages=5),
    dict(type='ResNet', depth=18, num_stages=3),
    dict(type='ResNet', depth=18, out_indices=(4, )),
    dict(type='ResNet', depth=18, expansion=4),
    dict(type='ResNet', depth=50, style='tensorflow'),
    dict(type='ResNet', depth=50, frozen_stages=5),
    dict(type='ResNetV1c', depth=50, deep_stem=False),
    dict(type='ResNet_CIFAR', depth=18, deep_stem=True),
]


def image(config, side, dtype):
    channels = config.get('in_channels', 3)
    return torch.from_numpy(common.filled('input', (BATCH, channels, side, side), 2.0)).to(dtype)


def build(config, dtype=torch.float32, moves=None):
    backbone = build_backbone(dict(config))
    common.fill_state(backbone)
    edges.apply(backbone, moves or {})
    return backbone.to(dtype)


def forward(backbone, config, side):
    """A training pass on the two images, as `edges` wants it."""
    backbone.train()

    @torch.no_grad()
    def run(dtype, memory_format):
        backbone(image(config, side, dtype).to(memory_format=memory_format))
    return run


def settled(name, config, side):
    """The moves that take the backbone off all edges, and the facts of the margin."""
    for wanted in edges.WANTED:
        backbone = build(config, torch.float64)
        moves = edges.settle(backbone, forward(backbone, config, side), wanted)

        def watched(dtype, memory_format=torch.contiguous_format):
            backbone = build(config, dtype, moves).to(memory_format=memory_format)
            run = forward(backbone, config, side)
            return edges.watch(backbone, lambda: run(dtype, memory_format))

        exact = watched(torch.float64)
        if not exact.values:
            return {}, None
        with contextlib.suppress(edges.OnTheEdge):
            return moves, edges.require(
                name, exact, [watched(torch.float32), watched(torch.float32, torch.channels_last)])
    raise edges.OnTheEdge(name)


def fnv1a(lines):
    """The 64-bit FNV-1a hash of lines, each with its line feed, in hexadecimal."""
    value = 0xCBF29CE484222325
    for byte in ''.join(f'{line}\n' for line in lines).encode():
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f'{value:016x}'


def structure(backbone, config):
    """State dict and modules as hashes: of lines `name shape` (shapes as `[1, 2]`) and of paths."""
    rows = [f'{name} {list(value.shape)}' for name, value in backbone.state_dict().items()]
    modules = [name for name, _ in backbone.named_modules() if name]
    backbone.train()
    trained = [name for name, value in backbone.named_parameters() if value.requires_grad]
    backbone.eval()
    with common.quiet():
        flops, params = get_model_complexity_info(
            backbone, (config.get('in_channels', 3), 224, 224), print_per_layer_stat=False,
            as_strings=False)
    return dict(
        entry_count=len(rows), state_hash=fnv1a(rows), first=rows[:3], last=rows[-3:],
        module_count=len(modules), module_hash=fnv1a(modules), trained_count=len(trained), flops=int(flops), trained_parameters=int(params),
        parameters=sum(value.numel() for value in backbone.parameters()))


def calls(backbone, config, side):
    """How often each module is called in one pass: the hash of lines `path count`, and the sum."""
    counts = {name: 0 for name, _ in backbone.named_modules() if name}

    def count(name):
        def hook(module, inputs, output):
            counts[name] += 1
        return hook

    for name, module in backbone.named_modules():
        if name:
            module.register_forward_hook(count(name))
    backbone.eval()
    with torch.no_grad():
        backbone(image(config, side, torch.float32))
    return dict(calls_hash=fnv1a(f'{name} {count}' for name, count in counts.items()),
                call_count=sum(counts.values()))


def samples(value):
    """Evenly spaced elements of the row-major value, and its norm."""
    flat = value.detach().double().flatten()
    step = max(flat.numel() // SAMPLES, 1)
    return flat[::step][:SAMPLES].numpy(), float(flat.norm())


def run(config, side, dtype, moves, key, tensors):
    backbone = build(config, dtype, moves)
    backbone.eval()
    shapes = []
    with torch.no_grad():
        for index, output in enumerate(backbone(image(config, side, dtype))):
            shapes.append(list(output.shape))
            picked, norm = samples(output)
            tensors[f'{key}.eval.{index}'] = np.append(picked, norm).astype(np.float32)
    backbone.train()
    images = image(config, side, dtype).requires_grad_(True)
    outputs = backbone(images)
    loss = 0
    for index, output in enumerate(outputs):
        picked, norm = samples(output)
        tensors[f'{key}.train.{index}'] = np.append(picked, norm).astype(np.float32)
        pull = torch.from_numpy(common.signed(f'pull.{index}', output.numel()))
        loss = loss + (output * pull.reshape(output.shape).to(dtype)).sum() / output[0].numel()
    loss.backward()
    tensors[f'{key}.gradient_norms'] = np.array(
        [np.nan if value.grad is None else float(value.grad.double().norm())
         for value in backbone.parameters()], dtype=np.float32)
    tensors[f'{key}.gradient_probes'] = np.array(
        [np.nan if value.grad is None else float(
            value.grad.double().flatten().numpy() @ common.signed(f'probe.{name}', value.numel()))
         for name, value in backbone.named_parameters()], dtype=np.float32)
    tensors[f'{key}.image_gradient'] = np.append(*samples(images.grad)).astype(np.float32)
    tensors[f'{key}.statistic_norms'] = np.array(
        [float(value.double().norm()) for name, value in backbone.named_buffers()
         if 'running_' in name], dtype=np.float32)
    return shapes


def initial(config):
    """How `init_weights` leaves each kind of parameter: name, mean, deviation."""
    torch.manual_seed(0)
    backbone = build_backbone(dict(config))
    backbone.init_weights()
    rows = []
    for name, value in backbone.named_parameters():
        value = value.detach().double()
        deviation = float(value.std()) if value.numel() > 1 else 0.0
        rows.append([name, value.numel(), common.digits(value.mean(), 4),
                     common.digits(deviation, 4)])
    return rows


def mistake(config):
    try:
        build_backbone(dict(config))
    except Exception as error:
        return f'{type(error).__name__}: {error}'
    return None


def main():
    common.arguments(__doc__)
    logging.disable(logging.INFO)
    facts, tensors = {}, {}
    for name, (config, side, runs) in CASES.items():
        common.note(name)
        row = dict(config=config, side=side, **structure(build(config), config),
                   **calls(build(config), config, side))
        if runs:
            row['moves'], row['edges'] = settled(name, config, side)
            row['shapes'] = run(config, side, torch.float32, row['moves'], name, tensors)
            run(config, side, torch.float64, row['moves'], f'{name}.float64', tensors)
            common.note(f"  {row['edges']}, {sum(map(len, row['moves'].values()))} moves")
            row['moves'] = edges.written(row['moves'])
        facts[name] = row
    common.write_json(OUT / 'backbones.json', facts)
    common.write_tensors(OUT / 'backbones.safetensors', tensors)
    common.write_json(OUT / 'initial.json', {
        name: dict(config=CASES[name][0], rows=initial(CASES[name][0]))
        for name in ('mobilenetv2', 'shufflenetv2_half', 'resnet18', 'resnetv1d18')})
    common.write_json(OUT / 'mistakes.json', [
        dict(config=config, error=mistake(config)) for config in MISTAKES], indent=1)


if __name__ == '__main__':
    main()
