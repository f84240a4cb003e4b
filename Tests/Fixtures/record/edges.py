"""Keeps recorded gradients off the edges where rounding alone decides.

The gradient of a rectifier jumps where its input is zero (ReLU6: at six as well), that of a maximum
where two values of a window are equal. An input that lies nearer to such an edge than rounding
moves it falls on either side, in a correct program too, and then the gradients of all that comes
before differ by far more than rounding.

`settle` therefore moves single biases of the normalisations (before a maximum, single weights of the
convolution) by multiples of `QUANTUM` until every input keeps a distance from its edge that is
`MARGIN` times the rounding error which the original's own float32 run has at that place. The moves
go into the fixture; `require` measures what was reached and refuses to record less than `MARGIN`.
"""

import contextlib

import numpy as np
import torch
import torch.nn.functional as functional

QUANTUM = 2.0 ** -8
MARGIN = 8
# What is asked of the moves, until the margin is there: they change the rounding too.
WANTED = 10, 14, 20
ATTEMPTS = 8

_NORMS = (torch.nn.modules.batchnorm._BatchNorm, torch.nn.GroupNorm)


class OnTheEdge(Exception):
    """No moves were found, or the margin that they give is too small."""


class _Again(Exception):
    """A weight has moved, so what was computed from it is stale."""


class Edges:
    """Sees each call of a rectifier or a maximum in the block `with edges.watched():`.

    Per call in order, `values` holds what went in and `distances` how far each element (of a
    maximum, each window's winner from the runner-up) is from its nearest edge.
    """

    def __init__(self, module):
        self.values, self.distances = [], []
        self.names = {id(part): name for name, part in module.named_modules()}
        self.module, self.norm, self.convolution = module, None, None

    @contextlib.contextmanager
    def watched(self):
        saved = functional.relu, functional.hardtanh, functional.max_pool2d

        def relu(value, inplace=False):
            self.note(value.detach(), _distance(value.detach(), (0.0, )), (0.0, ))
            return saved[0](value, inplace)

        def hardtanh(value, min_val=-1.0, max_val=1.0, inplace=False):
            edges = min_val, max_val
            self.note(value.detach(), _distance(value.detach(), edges), edges)
            return saved[1](value, min_val, max_val, inplace)

        def max_pool2d(value, *args, **kwargs):
            self.note(value.detach(), _lead(value.detach(), *args, **kwargs), None)
            return saved[2](value, *args, **kwargs)

        def remember(part, inputs, output):
            if isinstance(part, _NORMS):
                self.norm = part
            else:
                self.convolution = part

        hooks = [part.register_forward_hook(remember) for part in self.module.modules()
                 if isinstance(part, _NORMS + (torch.nn.Conv2d, ))]
        functional.relu, functional.hardtanh, functional.max_pool2d = relu, hardtanh, max_pool2d
        try:
            yield self
        finally:
            functional.relu, functional.hardtanh, functional.max_pool2d = saved
            for hook in hooks:
                hook.remove()

    def note(self, value, distance, edges):
        self.values.append(value.clone())
        self.distances.append(distance)


def _distance(value, edges):
    return torch.stack([(value - edge).abs() for edge in edges]).amin(0)


def _lead(value, kernel_size, stride=None, padding=0, dilation=1, **_):
    """By how much each window's winner is ahead of the runner-up."""
    windows = functional.unfold(
        functional.pad(value, (padding, ) * 4, value=-1e30), kernel_size=kernel_size,
        stride=stride or kernel_size, dilation=dilation)
    best = windows.view(*value.shape[:2], kernel_size * kernel_size, -1).topk(2, dim=2)[0]
    lead = best[:, :, 0] - best[:, :, 1]
    # Behind a rectifier equal winners are zeros, whose gradient goes nowhere.
    lead[best[:, :, 0] <= 0] = float('inf')
    return lead


class _Settling(Edges):
    """Moves the biases (and weights) of what is too near to an edge while the network runs."""

    def __init__(self, module, limits, moves):
        super().__init__(module)
        self.limits, self.moves, self.count, self.calls = limits, moves, 0, 0
        # What earlier passes of this run put through a channel, which a move shifts as well.
        self.seen = {}

    def note(self, value, distance, edges):
        limit = self.limits[self.calls]
        self.calls += 1
        axes = [axis for axis in range(distance.dim()) if axis != 1]
        channels = (distance < _per_channel(limit, distance)).sum(axes).nonzero().flatten().tolist()
        if edges is None:
            for channel in channels:
                self.move(self.convolution, 'weight', channel, 4)
            if channels:
                raise _Again
            return
        seen = self.seen.setdefault(id(self.norm), [])
        for channel in channels:
            steps = self.least_move(seen + [(value, edges, limit)], channel)
            moved = self.move(self.norm, 'bias', channel, steps)
            # `value` shares memory with what the rectifier is about to see.
            value[:, channel] += moved
            for earlier, _, _ in seen:
                earlier[:, channel] += moved
        seen.append((value.clone(), edges, limit))

    def least_move(self, uses, channel):
        for count in range(1, 400):
            steps = (count + 1) // 2 * (1 if count % 2 else -1)
            if all(_distance(value[:, channel] + steps * QUANTUM, edges).min() >= limit[channel]
                   for value, edges, limit in uses):
                return steps
        raise OnTheEdge(f'{self.names[id(self.norm)]}, channel {channel}')

    def move(self, part, leaf, channel, steps):
        """Moves one element of a channel; returns by how much.

        Of a kernel that is a middle one, which no pixel of the padding meets, each time for another
        input: where both pixels that compete are zero, a weight moves neither.
        """
        values = getattr(part, leaf).data
        places = self.moves.setdefault(f'{self.names[id(part)]}.{leaf}', {})
        length = values[channel].numel()
        area = values[0, 0].numel() if values.dim() > 1 else 1
        inputs = length // area
        made = sum(place // length == channel for place in places) if inputs > 1 else 0
        place = channel * length + (inputs // 2 + made) % inputs * area + area // 2
        before = values.view(-1)[place].item()
        values.view(-1)[place] += steps * QUANTUM
        places[place] = places.get(place, 0) + steps
        self.count += 1
        return values.view(-1)[place].item() - before


def watch(module, run):
    """Runs `run()` and returns the edges that `module` met."""
    with Edges(module).watched() as edges:
        run()
    return edges


def rounding(exact, singles):
    """Per call, how far the float32 runs are at most from the exact one, by channel.

    Of few elements the greatest error says little: a channel counts no less than most others do.
    """
    rows = []
    for index, value in enumerate(exact.values):
        axes = [axis for axis in range(value.dim()) if axis != 1]
        errors = torch.stack([(value - single.values[index]).abs().amax(axes)
                              for single in singles]).amax(0)
        rows.append(errors.clamp(min=float(errors.quantile(0.75))))
    return rows


def _per_channel(limit, distance):
    return limit.view(-1, *[1] * (distance.dim() - 2))


@contextlib.contextmanager
def _restored(module):
    """Undoes what the block does to parameters and statistics."""
    state = {name: value.clone() for name, value in module.state_dict().items()}
    dtype = next(module.parameters()).dtype
    try:
        yield
    finally:
        module.to(dtype)
        module.to(memory_format=torch.contiguous_format)
        module.load_state_dict(state)


def settle(module, run, wanted, errors=None, rounds=60):
    """Moves elements of `module`, which is in float64, until `run` meets no edge too near.

    `run(dtype, memory_format)` is one forward pass (or several); it may change the running
    statistics, which are restored. The rounding `errors` are measured unless they are given.
    Returns the moves: `{name: {index: multiple of QUANTUM}}`.
    """
    def measured(dtype, memory_format=torch.contiguous_format):
        with _restored(module):
            module.to(dtype)
            module.to(memory_format=memory_format)
            return watch(module, lambda: run(dtype, memory_format))

    if errors is None:
        errors = rounding(
            measured(torch.float64),
            [measured(torch.float32), measured(torch.float32, torch.channels_last)])
    limits = [wanted * error for error in errors]
    moves = {}
    for _ in range(rounds):
        edges, before = _Settling(module, limits, moves), _copy(moves)
        with _restored(module), contextlib.suppress(_Again), edges.watched():
            run(torch.float64, torch.contiguous_format)
        apply(module, moves, before)
        if edges.count == 0:
            return moves
    raise OnTheEdge(f'{edges.count} elements are left after {rounds} rounds')


def settled(name, modules, run, watched):
    """Settles one step of several runs that go side by side, the first of them in float64.

    `run` is what `settle` takes, `watched()` returns the edges of all runs. Returns the moves, which
    all modules have then, and the facts of the margin.
    """
    exact, *singles = watched()
    errors, moves = rounding(exact, singles), {}
    for attempt in range(ATTEMPTS):
        found = settle(modules[0], run, WANTED[0], errors)
        for module in modules[1:]:
            apply(module, found)
        for key, places in found.items():
            for index, steps in places.items():
                moves.setdefault(key, {})[index] = moves.get(key, {}).get(index, 0) + steps
        exact, *singles = watched()
        try:
            return moves, require(name, exact, singles)
        except OnTheEdge:
            if attempt == ATTEMPTS - 1:
                raise
        # The moves changed the rounding; what was settled stays so with the greater of both.
        errors = [torch.maximum(*pair) for pair in zip(errors, rounding(exact, singles))]


def least(margins):
    """The facts of all steps as those of one."""
    return margins and dict(
        margin=min(facts['margin'] for facts in margins),
        rounding=max(facts['rounding'] for facts in margins),
        elements=sum(facts['elements'] for facts in margins)) or None


def written(moves):
    """Moves as a fixture holds them: per name `[index, multiple, index, multiple ...]`."""
    return {name: [number for place in sorted(places.items()) if place[1] for number in place]
            for name, places in moves.items()}


def _copy(moves):
    return {name: dict(places) for name, places in moves.items()}


def apply(module, moves, already=None):
    """Moves elements of the state dict, but for the moves that it has already."""
    state = module.state_dict()
    for name, places in moves.items():
        shape = state[name].shape
        for index, steps in places.items():
            made = (already or {}).get(name, {}).get(index, 0)
            # By coordinates: a weight with channels last cannot be seen as one row.
            state[name][np.unravel_index(index, shape)] += (steps - made) * QUANTUM


def require(name, exact, singles):
    """Returns the facts for the fixture, or refuses.

    `margin` is the least distance from an edge in units of the rounding error at that place.
    """
    errors = rounding(exact, singles)
    reached = min(float((distance / _per_channel(error, distance)).min())
                  for distance, error in zip(exact.distances, errors))
    if reached < MARGIN:
        raise OnTheEdge(f'{name}: an element is only {reached:.2g} times as far from its edge '
                        'as rounding moves it')
    largest = max(float(row.max()) for row in errors)
    return dict(margin=float(f'{reached:.3g}'), rounding=float(f'{largest:.2g}'),
                elements=sum(value.numel() for value in exact.values))
