"""Records SPOS: structure, optimizer groups, three training steps, logits, complexity.

    python spos.py --mmrazor PATH

Every network is built by the original from its unchanged config and filled with the
numbers of `common.fill_state`. A training step runs through mmcv's own `IterBasedRunner`
with its hooks, so the order of schedule, backward pass and update is the original's. Before each
step the biases are moved that would leave a rectifier on its edge, see `edges.py`.
"""

import contextlib
import copy
import pathlib
import types

import mmcv
import numpy as np
import torch
from mmcv.cnn import get_model_complexity_info
from mmcv.runner import Hook, build_optimizer, build_runner
from mmrazor.models import build_algorithm

import common
import edges

SIDE = 96
BATCH = 4
STEPS = 3
LABELS = [[3, 977, 0, 512], [500, 42, 999, 42], [999, 0, 1, 250]]

# The config's rate of 0.5 is meant for 1024 images a step. With four, gradients are large
# and the smallest rounding difference grows until nothing can be compared, hence the tiny
# rate. Decay and run length are chosen so that their effect shows within three steps.
OVERRIDES = {
    'optimizer.lr': 5e-5, 'optimizer.weight_decay': 0.5, 'runner.max_iters': 10,
}

NETS = {
    'shufflenetv2': dict(
        supernet='spos_supernet_shufflenetv2_8xb128_in1k.py',
        subnet='spos_subnet_shufflenetv2_8xb128_in1k.py',
        choices='SPOS_SHUFFLENETV2_330M_IN1k_PAPER.yaml'),
    'mobilenet': dict(
        supernet='spos_supernet_mobilenet_proxyless_gpu_8xb128_in1k.py',
        subnet='spos_subnet_mobilenet_proxyless_gpu_8xb128_in1k.py',
        choices='SPOS_MOBILENET_490M_FROM_ANGELNAS.yaml'),
}


def build(root, net, kind, **options):
    """Builds a supernet or a deployed subnet and fills it."""
    config = mmcv.Config.fromfile(str(root / NETS[net][kind]))
    if kind == 'subnet':
        options['mutable_cfg'] = str(root / NETS[net]['choices'])
    config.algorithm.update(options)
    with common.quiet():
        algorithm = build_algorithm(config.algorithm)
    common.fill_state(algorithm)
    return algorithm, config


def image(name):
    return torch.from_numpy(common.filled(name, (BATCH, 3, SIDE, SIDE), 2.0))


def masks(algorithm, choices):
    """Turns `{space: name}` into the masks the mutator takes."""
    return {space: torch.tensor([float(name == choices[space])
                                 for name in info['choice_names']])
            for space, info in algorithm.mutator.search_spaces.items()}


def names(algorithm, subnet):
    """The reverse of `masks`."""
    spaces = algorithm.mutator.search_spaces
    return {space: spaces[space]['choice_names'][int(mask.argmax())]
            for space, mask in subnet.items()}


def fixed_choices(root, net):
    return {space: item['chosen'][0]
            for space, item in mmcv.load(str(root / NETS[net]['choices'])).items()}


@torch.no_grad()
def logits(algorithm, dtype=torch.float32):
    return algorithm.architecture.model.simple_test(
        image('input').to(dtype), softmax=False, post_process=False)


def norms(tensors):
    """L2 norms as float32, computed in float64; NaN where there is no tensor."""
    return np.array([np.nan if value is None else float(value.detach().double().norm())
                     for value in tensors], dtype=np.float32)


def probes(module, gradients):
    """Dot products with fixed numbers: unlike norms they tell directions apart.

    The probe of parameter `p` is `signed('probe.' + p)`; NaN where there is no gradient.
    """
    rows = []
    for name, value in module.named_parameters():
        value = value.grad if gradients else value.detach()
        rows.append(np.nan if value is None else
                    value.double().flatten().numpy() @ common.signed(f'probe.{name}',
                                                                     value.numel()))
    return np.array(rows, dtype=np.float32)


def statistics(module):
    return [value for name, value in module.named_buffers() if 'running_' in name]


class Batches:
    """The data loader: one batch per step."""
    sampler = types.SimpleNamespace()

    def __init__(self, dtype, memory_format):
        self.dtype, self.memory_format = dtype, memory_format

    def __len__(self):
        return STEPS

    def __iter__(self):
        for step in range(STEPS):
            img = image(f'input.{step + 1}').to(self.dtype)
            yield dict(img=img.to(memory_format=self.memory_format),
                       gt_label=torch.tensor(LABELS[step]))


class Enough(Exception):
    """Ends a run after the recorded steps, so that the schedule keeps its length."""


class Recorder(Hook):
    """Notes what one step left behind; runs after the optimizer's hook."""

    def __init__(self, algorithm, sampled):
        self.algorithm, self.sampled = algorithm, sampled
        self.steps, self.tensors = [], {}

    def after_train_iter(self, runner):
        index = runner.iter + 1
        parameters = list(self.algorithm.parameters())
        tracked = [int(value) for name, value in self.algorithm.named_buffers()
                   if name.endswith('num_batches_tracked')]
        self.tensors.update({
            f'step{index}.gradient_norms': norms([value.grad for value in parameters]),
            f'step{index}.parameter_norms': norms(parameters),
            f'step{index}.gradient_probes': probes(self.algorithm, True),
            f'step{index}.parameter_probes': probes(self.algorithm, False),
            f'step{index}.statistic_norms': norms(statistics(self.algorithm)),
            f'step{index}.batches_tracked': np.array(tracked, dtype=np.int32)})
        self.steps.append(dict(
            lr=sorted({group['lr'] for group in runner.optimizer.param_groups}),
            loss=common.digits(runner.outputs['loss'].detach()),
            log_vars={name: common.digits(value)
                      for name, value in runner.outputs['log_vars'].items()},
            choices=self.sampled[-1] if self.sampled else None))
        if index == STEPS:
            raise Enough


class Mover(Hook):
    """Moves weights before each step; finds the moves where none are given."""

    def __init__(self, algorithm, moves, replay, wanted):
        self.algorithm, self.moves, self.wanted = algorithm, moves, wanted
        self.replay, self.found = replay, []

    def before_train_iter(self, runner):
        if self.moves is not None:
            edges.apply(self.algorithm, self.moves[runner.iter])
            return
        name = f'input.{runner.iter + 1}'

        @torch.no_grad()
        def run(dtype, memory_format):
            if self.replay is not None:
                self.algorithm.mutator.set_subnet(
                    masks(self.algorithm, self.replay[runner.iter]))
            img = image(name).to(dtype).to(memory_format=memory_format)
            self.algorithm.architecture.model.extract_feat(img)

        self.found.append(edges.settle(self.algorithm, run, self.wanted))


def settled(root, net, kind, replay):
    """The moves before each step, and the facts of the margin."""
    for wanted in edges.WANTED:
        def watched(dtype, memory_format=torch.contiguous_format, moves=None):
            algorithm, config = build(root, net, kind)
            config.merge_from_dict(OVERRIDES)
            mover = Mover(algorithm, moves, replay, wanted)
            seen = edges.watch(algorithm, lambda: train(
                algorithm, config, dtype, replay, mover, memory_format))
            return seen, mover.found

        _, moves = watched(torch.float64)
        exact, _ = watched(torch.float64, moves=moves)
        with contextlib.suppress(edges.OnTheEdge):
            return moves, edges.require(f'{net}_{kind}', exact, [
                watched(torch.float32, memory_format, moves)[0]
                for memory_format in (torch.contiguous_format, torch.channels_last)])
    raise edges.OnTheEdge(f'{net}_{kind}')


def train(algorithm, config, dtype=torch.float32, replay=None, mover=None,
          memory_format=torch.contiguous_format):
    """Runs three steps; `replay` repeats the choices of an earlier run."""
    sampled = []
    if not algorithm.retraining:
        sample = algorithm.mutator.sample_subnet

        def recorded(*args, **kwargs):
            subnet = sample(*args, **kwargs)
            if replay is not None:
                subnet = masks(algorithm, replay[len(sampled)])
            sampled.append(names(algorithm, subnet))
            return subnet

        algorithm.mutator.sample_subnet = recorded
    algorithm.to(dtype).to(memory_format=memory_format)
    algorithm.train()
    torch.manual_seed(0)
    optimizer = build_optimizer(algorithm, copy.deepcopy(config.optimizer))
    runner = build_runner(
        config.runner,
        default_args=dict(
            model=algorithm, optimizer=optimizer, work_dir='/tmp', meta={},
            logger=mmcv.get_logger('recorder', log_level='ERROR')))
    runner.register_lr_hook(copy.deepcopy(config.lr_config))
    runner.register_optimizer_hook(config.optimizer_config)
    recorder = Recorder(algorithm, sampled)
    runner.register_hook(recorder, priority='VERY_LOW')
    if mover is not None:
        runner.register_hook(mover, priority='VERY_LOW')
    with contextlib.suppress(Enough):
        runner.run([Batches(dtype, memory_format)], [('train', 1)])
    return recorder


def groups(algorithm, config):
    """The optimizer's parameter groups, in order, by parameter name."""
    optimizer = build_optimizer(algorithm, copy.deepcopy(config.optimizer))
    name = {id(value): key for key, value in algorithm.named_parameters()}
    groups = optimizer.param_groups
    return dict(
        type=type(optimizer).__name__, defaults=optimizer.defaults,
        params=[[name[id(value)] for value in group['params']] for group in groups],
        lr=[group['lr'] for group in groups],
        weight_decay=[group['weight_decay'] for group in groups],
        momentum=[group['momentum'] for group in groups])


def complexity(algorithm):
    """What tools/misc/get_flops.py counts, as exact integers."""
    model = copy.deepcopy(algorithm)
    model.eval()
    architecture = model.architecture
    architecture.forward = architecture.forward_dummy
    flops, params = get_model_complexity_info(
        architecture, (3, 224, 224), print_per_layer_stat=False, as_strings=False)
    return dict(flops=int(flops), params=int(params))


def record(root, net):
    out = common.folder('spos')
    choices = fixed_choices(root, net)
    for kind in ('supernet', 'subnet'):
        title = f'{net}_{kind}'
        common.note(title)
        algorithm, config = build(root, net, kind)

        def choose(model):
            if kind == 'supernet':
                model.mutator.set_subnet(masks(model, choices))

        structure = dict(
            config=f'configs/nas/spos/{NETS[net][kind]}',
            choices=choices,
            state=[[name, list(value.shape)]
                   for name, value in algorithm.state_dict().items()],
            complexity=complexity(algorithm))
        if kind == 'supernet':
            structure['spaces'] = {
                space: dict(choice_names=list(info['choice_names']),
                            num_chosen=info['num_chosen'])
                for space, info in algorithm.mutator.search_spaces.items()}
            structure['subnet_flops'] = subnet_flops(algorithm, choices)
        common.write_json(out / f'{title}.json', structure)
        common.write_json(out / f'{title}_optimizer.json', groups(algorithm, config))

        config.merge_from_dict(OVERRIDES)
        tensors = {}
        algorithm.eval()
        choose(algorithm)
        tensors['logits.eval.before'] = logits(algorithm)
        replay = None
        if kind == 'supernet':
            drawn = train(*build(root, net, kind))
            replay = [step['choices'] for step in drawn.steps]
        moves, margin = settled(root, net, kind, replay)
        common.note(f'  {margin}, {[sum(map(len, step.values())) for step in moves]} moves')
        single = train(algorithm, config, replay=replay,
                       mover=Mover(algorithm, moves, replay, None))
        tensors.update(single.tensors)
        algorithm.eval()
        choose(algorithm)
        tensors['logits.eval.after'] = logits(algorithm)

        exact, _ = build(root, net, kind)
        double = train(exact, config, torch.float64, replay, Mover(exact, moves, replay, None))
        tensors.update({f'float64.{name}': value for name, value in double.tensors.items()
                        if not name.endswith('batches_tracked')})
        exact.eval()
        choose(exact)
        tensors['float64.logits.eval.after'] = logits(exact, torch.float64).float()

        batch, _ = build(root, net, kind, bn_training_mode=True)
        batch.eval()
        choose(batch)
        tensors['logits.bn_training_mode'] = logits(batch)
        # Batch statistics are used, and the running ones move although in evaluation.
        tensors['statistic_norms.bn_training_mode'] = norms(statistics(batch))
        common.write_tensors(out / f'{title}.safetensors', tensors)
        common.write_json(out / f'{title}_steps.json', dict(
            image=[BATCH, 3, SIDE, SIDE], labels=LABELS, overrides=OVERRIDES,
            optimizer=config.optimizer, lr_config=config.lr_config, runner=config.runner,
            steps=single.steps, moves=[edges.written(step) for step in moves], edges=margin,
            losses_float64=[step['loss'] for step in double.steps]))


def subnet_flops(algorithm, choices):
    """`get_subnet_flops` of the fixed choices and of a few random ones."""
    rows = []
    torch.manual_seed(1)
    for index in range(9):
        subnet = masks(algorithm, choices) if index == 0 else algorithm.mutator.sample_subnet()
        algorithm.mutator.set_subnet(subnet)
        rows.append(dict(choices=names(algorithm, subnet),
                         flops=int(algorithm.get_subnet_flops())))
    ones = {space: torch.ones(len(info['choice_names']))
            for space, info in algorithm.mutator.search_spaces.items()}
    algorithm.mutator.set_subnet(ones)
    rows.append(dict(choices='all', flops=int(algorithm.get_subnet_flops())))
    return rows


if __name__ == '__main__':
    root = pathlib.Path(common.arguments(__doc__).mmrazor) / 'configs' / 'nas' / 'spos'
    for net in NETS:
        record(root, net)
