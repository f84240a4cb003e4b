"""Records AutoSlim: search spaces, a sandwich step, retraining, costs, the distillation loss.

    python autoslim.py --mmrazor PATH

The steps are recorded twice: with the network's own ReLU6, and with Swish instead, where rounding
flips nothing and so everything can be compared strictly. With ReLU6, before each step the biases
are moved that would leave a rectifier on its edge, see `edges.py`. Subnets are not drawn: the width
of search space `i` in sample `s` is `ratios[(5 * i + 3 * s) % len(ratios)]` of its channels.
"""

import copy
import tempfile

import mmcls.models  # noqa: F401  (registers the models)
import mmcv
import mmdet.models  # noqa: F401
import numpy as np
import torch
from mmcv import ConfigDict
from mmcv.cnn import get_model_complexity_info
from mmcv.cnn.bricks import Swish
from mmrazor.models import build_algorithm
from mmrazor.models.builder import ARCHITECTURES, LOSSES, PRUNERS
from mmrazor.models.pruners import structure_pruning

import common
import edges

RATIOS = tuple(count / 12 for count in range(3, 13))
CLASSES = 10
SIDE = 64
BATCH = 4
STEPS = 2
LABELS = [[3, 9, 0, 5], [5, 4, 9, 4]]

# PyTorch 1.11 renamed the nodes by which the original knows convolutions.
structure_pruning.CONV += ('ConvolutionBackward',)
structure_pruning.BACKWARD_PARSER_DICT['ConvolutionBackward'] = (
    structure_pruning.BACKWARD_PARSER_DICT['MkldnnConvolutionBackward'])


def classifier(backbone, channels, classes=CLASSES):
    return dict(
        type='MMClsArchitecture',
        model=dict(
            type='mmcls.ImageClassifier', backbone=backbone,
            neck=dict(type='mmcls.GlobalAveragePooling'),
            head=dict(type='mmcls.LinearClsHead', num_classes=classes, in_channels=channels,
                      loss=dict(type='mmcls.CrossEntropyLoss'), topk=(1,))))


def mobilenet(width, channels, classes=CLASSES):
    return classifier(dict(type='mmcls.MobileNetV2', widen_factor=width), channels, classes)


def algorithm(width=0.5, channels=1280, classes=CLASSES, ratios=RATIOS, **options):
    config = dict(
        type='AutoSlim', architecture=mobilenet(width, channels, classes),
        pruner=dict(type='RatioPruner', ratios=ratios), input_shape=(3, SIDE, SIDE))
    config.update(options)
    with common.quiet():
        return build_algorithm(ConfigDict(config))


def fill(module, dtype):
    """Fills parameters and statistics; masks stay as they are."""
    module.to(dtype)
    state = module.state_dict()
    module.load_state_dict({
        name: value if name.endswith('_mask')
        else torch.from_numpy(common.weight(name, value.shape)) for name, value in state.items()})


def sample(pruner, number):
    subnet = {}
    for index, (space, mask) in enumerate(pruner.channel_spaces.items()):
        ratios = pruner.ratios
        kept = int(round(mask.size(1) * ratios[(5 * index + 3 * number) % len(ratios)]))
        subnet[space] = torch.zeros_like(mask)
        subnet[space][:, :kept] = 1
    return subnet


def batch(step, dtype):
    image = torch.from_numpy(common.filled(f'input.{step + 1}', (BATCH, 3, SIDE, SIDE), 2.0))
    return dict(img=image.to(dtype), gt_label=torch.tensor(LABELS[step]))


# --- what there is to search -----------------------------------------------------------


RETINANET = dict(
    type='MMDetArchitecture',
    model=dict(
        type='mmdet.RetinaNet',
        backbone=dict(type='ResNet', depth=50, num_stages=4, out_indices=(0, 1, 2, 3)),
        neck=dict(type='FPN', in_channels=[256, 512, 1024, 2048], out_channels=256,
                  start_level=1, add_extra_convs='on_input', num_outs=5),
        bbox_head=dict(type='RetinaHead', num_classes=80, in_channels=256, stacked_convs=4,
                       feat_channels=256)))

NETS = {
    'mobilenetv2': mobilenet(1.0, 1280),
    'resnet18': classifier(dict(type='mmcls.ResNet', depth=18), 512),
    'resnet34': classifier(dict(type='mmcls.ResNet', depth=34), 512),
    'resnet50': classifier(dict(type='mmcls.ResNet', depth=50), 2048),
    'retinanet': RETINANET,
}


def structure(config):
    architecture = ARCHITECTURES.build(ConfigDict(config))
    pruner = PRUNERS.build(dict(type='RatioPruner', ratios=RATIOS))
    pruner.prepare_from_supernet(architecture)
    groups = {}
    for module, group in pruner.module2group.items():
        groups.setdefault(group, []).append(module)
    pruner.set_min_channel()
    return dict(
        spaces=[[space, mask.size(1)] for space, mask in pruner.channel_spaces.items()],
        # The original's order within a group depends on the hashes of strings.
        groups=[[group, sorted(members)] for group, members in groups.items()],
        channels={name: [entry.get(key) for key in ('in_channels', 'raw_in_channels',
                                                    'out_channels', 'raw_out_channels')]
                  for name, entry in pruner.export_subnet().items()})


# --- costs -----------------------------------------------------------------------------


def complexity(architecture, side):
    model = copy.deepcopy(architecture).eval()
    model.forward = model.forward_dummy
    with common.quiet():
        flops, parameters = get_model_complexity_info(
            model, (3, side, side), print_per_layer_stat=False, as_strings=False)
    return [int(flops), int(parameters)]


def costs(root):
    small = algorithm()
    pruner = small.pruner
    rows = {}
    for name in ('max', 'min', 'sample.0', 'sample.1'):
        if name == 'max':
            pruner.set_max_channel()
        elif name == 'min':
            pruner.set_min_channel()
        else:
            pruner.set_subnet(sample(pruner, int(name[-1])))
        deployed = ARCHITECTURES.build(ConfigDict(mobilenet(0.5, 1280)))
        pruner.deploy_subnet(deployed, pruner.export_subnet())
        rows[name] = dict(subnet_flops=small.get_subnet_flops(),
                          deployed=complexity(deployed, SIDE))
    wide = algorithm(1.5, 1920, 1000, tuple(count / 12 for count in range(2, 13)),
                     input_shape=(3, 224, 224))
    result = dict(small=rows, wide=dict(
        supernet=complexity(wide.architecture, 224), max=wide.get_subnet_flops()))
    for number in range(3):
        wide.pruner.set_subnet(sample(wide.pruner, number))
        result['wide'][f'sample.{number}'] = wide.get_subnet_flops()
    folder = root / 'configs/pruning/autoslim'
    for size in ('530M', '320M', '220M'):
        deployed = ARCHITECTURES.build(ConfigDict(mobilenet(1.5, 1920, 1000)))
        config = mmcv.load(str(folder / f'AUTOSLIM_MBV2_{size}_OFFICIAL.yaml'))
        pruner.deploy_subnet(deployed, config)
        result['wide'][size] = complexity(deployed, 224)
    return result


# --- training --------------------------------------------------------------------------


DISTILLER = dict(
    type='SelfDistiller',
    components=[dict(student_module='head.fc', teacher_module='head.fc',
                     losses=[dict(type='KLDivergence', name='loss_kd', tau=1, loss_weight=1)])])


# With rectifiers a step must be tiny, or the next one is of another network.
RATES = {'relu6': 5e-5, 'smooth': 0.02}


def smoothed(model):
    """Puts Swish in the place of ReLU6.

    Only now, because the original follows every path through a network to find its groups, and
    each Swish of mmcv doubles their number.
    """
    for module in model.modules():
        if isinstance(getattr(module, 'activate', None), torch.nn.ReLU6):
            module.activate = Swish()
    return model


def probe(name, value):
    return value.double().flatten().numpy() @ common.signed(f'probe.{name}', value.numel())


def gradient_probes(module):
    return np.array([np.nan if value.grad is None else probe(name, value.grad)
                     for name, value in module.named_parameters()], dtype=np.float32)


def move_probes(module, start):
    """How far the parameters are from where they were."""
    return np.array([probe(name, value.detach() - start[name])
                     for name, value in module.named_parameters()], dtype=np.float32)


def norms(module):
    return np.array([np.nan if value.grad is None else float(value.grad.double().norm())
                     for value in module.parameters()], dtype=np.float32)


class Still:
    """Leaves the parameters where they are."""

    def zero_grad(self):
        pass

    def step(self):
        pass


class Run:
    """The steps of one network in one precision."""

    def __init__(self, name, model, dtype, memory_format=torch.contiguous_format):
        self.name, self.model, self.dtype, self.memory_format = name, model, dtype, memory_format
        self.kind, self.case = name.split('.')
        fill(model, dtype)
        model.to(memory_format=memory_format)
        model.train()
        self.start = {name: value.detach().clone() for name, value in model.named_parameters()}
        self.draws = 0
        if getattr(model, 'pruner', None) is not None and model.pruner.__dict__.get(
                'channel_spaces'):
            model.pruner.sample_subnet = self.draw
        self.optimizer = torch.optim.SGD(
            model.parameters(), lr=RATES[self.kind], momentum=0.9, weight_decay=0.5)
        self.logs, self.tensors = [], {}

    def draw(self):
        self.draws += 1
        return sample(self.model.pruner, self.draws - 1)

    def batch(self, step):
        values = batch(step, self.dtype)
        values['img'] = values['img'].to(memory_format=self.memory_format)
        return values

    def rehearse(self, step, dtype=None, memory_format=None):
        """A step that leaves no trace but in the running statistics."""
        draws = self.draws
        self.model.train_step(self.batch(step), Still())
        self.draws = draws
        self.model.zero_grad(set_to_none=True)

    def watched(self, step):
        state = {name: value.clone() for name, value in self.model.state_dict().items()}
        seen = edges.watch(self.model, lambda: self.rehearse(step))
        self.model.load_state_dict(state)
        return seen

    def step(self, step):
        output = self.model.train_step(self.batch(step), self.optimizer)
        self.logs.append(list(output['log_vars'].items()))
        prefix, model, tensors = f'{self.name}.step{step + 1}', self.model, self.tensors
        tensors[f'{prefix}.gradient_norms'] = norms(model)
        tensors[f'{prefix}.gradient_probes'] = gradient_probes(model)
        if self.kind != 'smooth':
            return
        tensors[f'{prefix}.move_probes'] = move_probes(model, self.start)
        # Only the channels of the narrowest subnet live in every pass; the original moves the
        # statistics of the others by what dead channels hold.
        rows = []
        least = min(RATIOS)
        for key, value in model.named_buffers():
            if 'running_' not in key:
                continue
            kept = len(value) if self.case == 'deployed' else int(round(len(value) * least))
            rows.append(probe(key, value[:kept]))
        tensors[f'{prefix}.statistic_probes'] = np.array(rows, dtype=np.float32)


def train(name, build):
    """Runs the steps in double precision, and beside it in single precision in both layouts.

    Returns logs, gradients, parameters and statistics, for each of these how far the original's run
    in single precision is from it, and the moves before each step with the facts of the margin.
    """
    runs = [Run(name, build(), torch.float64), Run(name, build(), torch.float32),
            Run(name, build(), torch.float32, torch.channels_last)]
    exact, single = runs[0], runs[1]
    moves, margins = [], []
    for step in range(STEPS):
        before, *singles = [run.watched(step) for run in runs]
        if before.values:
            found, facts = edges.settled(
                f'{name}, step {step + 1}', [run.model for run in runs],
                lambda *_: exact.rehearse(step),
                lambda: [run.watched(step) for run in runs])
            moves.append(edges.written(found))
            margins.append(facts)
        for run in runs:
            run.step(step)
    rounding = {key: float(np.nanmax(np.abs(value - single.tensors[key]))
                           / np.nanmax(np.abs(value)))
                for key, value in exact.tensors.items()}
    common.note(f'{name}: {margins}, {[sum(map(len, step.values())) // 2 for step in moves]} moves')
    return exact.logs, exact.tensors, rounding, dict(moves=moves, edges=edges.least(margins))


def training(tensors):
    logs, rounding, margins = {}, {}, {}

    def record(case, **options):
        for kind, finish in (('relu6', lambda model: model), ('smooth', smoothed)):
            name = f'{kind}.{case}'
            logs[name], values, errors, margin = train(
                name, lambda: finish(algorithm(**copy.deepcopy(options))))
            if kind == 'relu6':
                margins[name] = margin
            tensors.update(values)
            rounding.update(errors)

    record('sandwich')
    record('distilled', distiller=ConfigDict(DISTILLER))
    exporter = algorithm()
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number in range(2):
            exporter.pruner.set_subnet(sample(exporter.pruner, number))
            files.append(f'{folder}/{number}.yaml')
            mmcv.dump(exporter.pruner.export_subnet(), files[-1])
        (common.folder('autoslim') / 'sample_0.yaml').write_text(open(files[0]).read())
        record('switchable', retraining=True, channel_cfg=files, input_shape=None)
        record('deployed', retraining=True, channel_cfg=files[0], input_shape=None)
    return logs, rounding, margins


# --- the loss --------------------------------------------------------------------------


def divergences(tensors):
    rows = []
    shapes = {'scores': (5, 7), 'maps': (2, 3, 4, 2)}
    for index, (kind, tau, reduction, weight) in enumerate([
            ('scores', 1.0, 'batchmean', 1.0), ('scores', 4.0, 'batchmean', 0.5),
            ('scores', 2.0, 'mean', 1.0), ('scores', 1.0, 'sum', 2.0),
            ('scores', 1.0, 'none', 1.0), ('maps', 1.5, 'batchmean', 3.0),
            ('maps', 1.0, 'none', 1.0)]):
        shape = shapes[kind]
        student = torch.from_numpy(common.filled(f'student.{kind}', shape, 4.0)).requires_grad_()
        teacher = torch.from_numpy(common.filled(f'teacher.{kind}', shape, 4.0))
        loss = LOSSES.build(dict(type='KLDivergence', tau=tau, reduction=reduction,
                                 loss_weight=weight))(student, teacher)
        pull = torch.from_numpy(common.filled('pull', loss.shape)) if loss.dim() else 1.0
        (loss * pull).sum().backward()
        rows.append(dict(kind=kind, shape=list(shape), tau=tau, reduction=reduction,
                         loss_weight=weight))
        tensors[f'divergence.{index}.value'] = loss.detach()
        tensors[f'divergence.{index}.gradient'] = student.grad
    return rows


def main():
    options = common.arguments(__doc__.splitlines()[0])
    folder = common.folder('autoslim')
    tensors = {}
    with common.quiet():
        spaces = {name: structure(config) for name, config in NETS.items()}
    common.write_json(folder / 'structure.json', spaces)
    supernet = algorithm()
    logs, rounding, margins = training(tensors)
    facts = dict(
        state=[[name, list(value.shape)] for name, value in supernet.state_dict().items()],
        costs=costs(options.mmrazor), logs=logs, margins=margins, rounding=rounding,
        divergences=divergences(tensors))
    common.write_json(folder / 'autoslim.json', facts)
    common.write_tensors(folder / 'autoslim.safetensors', tensors)


if __name__ == '__main__':
    main()
