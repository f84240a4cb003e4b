"""Records what the flops counter says of upstream's nets, as exact integers.

    python complexity.py --mmrazor PATH

The count of `tools/misc/get_flops.py`: the architecture's `forward_dummy`, which for
classifiers includes the fully connected layer. `layers` sums by layer type.
"""

import pathlib

import mmcv
from mmcv.cnn import get_model_complexity_info
from mmrazor.models import build_algorithm

import common

OUT = common.folder('complexity')
IMAGE, SMALL = (3, 224, 224), (3, 32, 32)

NETS = [
    ('nas/spos/spos_supernet_shufflenetv2_8xb128_in1k.py', None, IMAGE),
    ('nas/spos/spos_subnet_shufflenetv2_8xb128_in1k.py',
     'nas/spos/SPOS_SHUFFLENETV2_330M_IN1k_PAPER.yaml', IMAGE),
    ('nas/spos/spos_supernet_mobilenet_proxyless_gpu_8xb128_in1k.py', None, IMAGE),
    ('nas/spos/spos_subnet_mobilenet_proxyless_gpu_8xb128_in1k.py',
     'nas/spos/SPOS_MOBILENET_490M_FROM_ANGELNAS.yaml', IMAGE),
    ('nas/detnas/detnas_supernet_shufflenetv2_8xb128_in1k.py', None, IMAGE),
    ('nas/detnas/detnas_subnet_shufflenetv2_8xb128_in1k.py',
     'nas/detnas/DETNAS_FRCNN_SHUFFLENETV2_340M_COCO_MMRAZOR.yaml', IMAGE),
    ('nas/darts/darts_subnet_1xb96_cifar10.py', 'nas/darts/DARTS_SUBNET_CIFAR_PAPER.yaml',
     SMALL),
]


def count(config, mutable, shape):
    config = mmcv.Config.fromfile(str(config))
    if mutable is not None:
        config.algorithm.mutable_cfg = str(mutable)
    with common.quiet():
        algorithm = build_algorithm(config.algorithm)
    architecture = algorithm.architecture
    architecture.eval()
    architecture.forward = architecture.forward_dummy
    flops, params = get_model_complexity_info(
        architecture, shape, print_per_layer_stat=False, as_strings=False)
    layers = {}
    for module in architecture.modules():
        if getattr(module, '__flops__', 0):
            name = type(module).__name__
            layers[name] = layers.get(name, 0) + int(module.__flops__)
    return dict(flops=int(flops), params=int(params), layers=layers)


def main():
    root = pathlib.Path(common.arguments(__doc__).mmrazor) / 'configs'
    rows = []
    for config, mutable, shape in NETS:
        common.note(config)
        row = dict(config=f'configs/{config}', mutable_cfg=mutable and f'configs/{mutable}',
                   input_shape=list(shape))
        try:
            row.update(count(root / config, mutable and root / mutable, shape))
        except Exception as error:
            row['error'] = f'{type(error).__name__}: {error}'
        rows.append(row)
    common.write_json(OUT / 'complexity.json', rows, indent=1)


if __name__ == '__main__':
    main()
