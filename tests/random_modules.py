"""Random torch modules with small dyadic weights: views, writes in place, hooks, shared parts.

A module runs a random program on a list of tensors of shape (batch, width): each step makes a
tensor of those there are, or writes into one that others may still name. Nothing here knows of
the reader.
"""

from __future__ import annotations

import copy
import random
import types
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

WIDTH = 4


def dyadic(draw: random.Random, *shape: int) -> Any:
    """Multiples of 1/2 between -2 and 2."""
    count = 1
    for size in shape:
        count *= size
    return torch.tensor([draw.randint(-4, 4) / 2 for _ in range(count)]).reshape(shape)


def linear(draw: random.Random, columns: int = WIDTH, rows: int = WIDTH) -> nn.Linear:
    """A linear map with dyadic weights, with or without a bias."""
    part = nn.Linear(columns, rows, bias=draw.random() < 0.7)
    with torch.no_grad():
        for parameter in part.parameters():
            parameter.copy_(dyadic(draw, *parameter.shape))
    return part


class Doubled(nn.Linear):
    """A subclass that computes something else than its base."""

    def forward(self, x: Any) -> Any:
        return 2 * super().forward(x)


class Shifted(nn.ReLU):
    """A subclass of a module without weights."""

    def forward(self, x: Any) -> Any:
        return super().forward(x) + 1


class Nested(nn.Module):
    """A residual block, whose ReLU may work in place before the sum."""

    def __init__(self, part: nn.Module, inplace: bool) -> None:
        super().__init__()
        self.part, self.cut = part, nn.ReLU(inplace=inplace)

    def forward(self, x: Any) -> Any:
        h = self.part(x)
        return self.cut(h) + h


Step = Callable[[Any, list[Any]], Any]


def _made(draw: random.Random, net: nn.Module) -> Step:
    """A step that makes a tensor."""
    kind = draw.randrange(22)
    i, j = draw.randrange(99), draw.randrange(99)
    factor = draw.choice([0.5, -1, 2, -0.25, 3])
    label = f"part{len(net._modules)}"

    def pick(hs: list[Any], k: int = 0) -> Any:
        return hs[(i if k == 0 else j) % len(hs)]

    if kind < 4:
        base = linear(draw)
        part: nn.Module = base
        if kind == 1:
            part = Doubled(WIDTH, WIDTH)
            part.load_state_dict({"bias": torch.zeros(WIDTH), **base.state_dict()})
        elif kind == 2:
            part = Nested(base, draw.random() < 0.5)
        net.add_module(label, part)
        return lambda s, hs: getattr(s, label)(pick(hs))
    if kind == 4 and net._modules:  # a part used twice
        shared = draw.choice(sorted(net._modules))
        return lambda s, hs: getattr(s, shared)(pick(hs))
    if kind == 5:
        net.add_module(label, Shifted() if draw.random() < 0.5 else nn.ReLU(inplace=True))
        return lambda s, hs: getattr(s, label)(pick(hs))
    if kind == 6:
        name = f"held{len(net._buffers)}"
        net.register_buffer(name, dyadic(draw, WIDTH))
        return lambda s, hs: pick(hs) * getattr(s, name)
    mask = torch.tensor([draw.random() < 0.5 for _ in range(WIDTH)])
    order = torch.tensor(draw.sample(range(WIDTH), WIDTH))
    table: list[Step] = [
        lambda s, hs: torch.relu(pick(hs)),
        lambda s, hs: F.leaky_relu(pick(hs), 0.25),
        lambda s, hs: pick(hs) + pick(hs, 1),
        lambda s, hs: pick(hs) - factor * pick(hs, 1),
        lambda s, hs: factor - pick(hs),
        lambda s, hs: pick(hs) / 0.5,
        lambda s, hs: torch.maximum(pick(hs), pick(hs, 1)),
        lambda s, hs: pick(hs).clamp(-1, 2.5),
        lambda s, hs: torch.cat([pick(hs)[:, :1], pick(hs, 1)[:, 1:]], dim=1),
        lambda s, hs: torch.where(mask, pick(hs), pick(hs, 1)),
        lambda s, hs: pick(hs)[:, order],
        lambda s, hs: pick(hs).abs().view(-1, 2, 2).transpose(1, 2).reshape(-1, WIDTH),
        lambda s, hs: pick(hs).view(-1, WIDTH),
        lambda s, hs: pick(hs).detach(),
        lambda s, hs: F.pad(pick(hs), (1, -1)),
    ]
    return table[(kind + i) % len(table)]


def _written(draw: random.Random) -> Step:
    """A step that writes into a tensor that others may name."""
    i, j, k = draw.randrange(99), draw.randrange(99), draw.randrange(WIDTH - 1)
    kind = draw.randrange(15)

    def step(s: Any, hs: list[Any]) -> Any:
        h, other = hs[i % len(hs)], hs[j % len(hs)]
        if kind == 0:
            h.relu_()
        elif kind == 1:
            F.relu_(h)
        elif kind == 2:
            h[:, : k + 1].relu_()
        elif kind == 3:
            h.view(-1, 2, 2)[:, 0].add_(1)
        elif kind == 4:
            h += other.clone()
        elif kind == 5:
            h[:, k] = other[:, k + 1]
        elif kind == 6:
            h.copy_(other.clone())
        elif kind == 7:
            torch.add(other, 1, out=h)
        elif kind == 8:
            F.leaky_relu(h, 0.5, inplace=True)
        elif kind == 9:
            h.mul_(2).sub_(other.clone())
        elif kind == 10:
            h[:, k : k + 1].fill_(0.5)
        elif kind == 11:
            z = torch.zeros_like(h)
            z[:, k:] = h[:, k:]
            return z
        elif kind == 12:
            h.t().neg_()
        elif kind == 13:
            h.data = other.clone()
        else:
            F.hardtanh_(h, -1, 2)
        return h

    return step


def _plain(draw: random.Random, net: nn.Module) -> list[Step]:
    """A few layers with ReLUs in place, and sums with what was there before."""
    steps: list[Step] = []
    for number in range(draw.randint(1, 3)):
        net.add_module(f"part{number}", Nested(linear(draw), draw.random() < 0.7))
        label, i = f"part{number}", draw.randrange(99)
        steps.append(lambda s, hs, label=label: getattr(s, label)(hs[-1]))
        act = draw.choice([torch.relu, torch.relu_, F.relu, F.relu_, abs])
        steps.append(lambda s, hs, act=act: act(hs[-1]))
        steps.append(lambda s, hs, i=i: hs[-1] + hs[i % len(hs)])
    return steps


def _odd(draw: random.Random, net: nn.Module) -> None:
    """Hooks, patched methods, parametrisations: now and then."""
    if not net._modules:
        return
    part = net._modules[draw.choice(sorted(net._modules))]
    kind = draw.randrange(8)
    if kind == 0:
        part.register_forward_hook(lambda m, i, o: o * 2)
    elif kind == 1:
        part.register_forward_pre_hook(lambda m, i: (i[0] + 1,))
    elif kind == 2:
        net.register_forward_hook(lambda m, i, o: o - 1)
    elif kind == 3 and isinstance(part, nn.Linear):
        part.forward = types.MethodType(lambda s, x: F.linear(x, s.weight) * 2, part)
    elif kind == 4 and isinstance(part, nn.Linear):
        nn.utils.parametrize.register_parametrization(part, "weight", Halved())
    elif kind == 5:
        part.register_forward_hook(lambda m, i, o: o.relu_())


class Halved(nn.Module):
    """A parametrisation without rounding."""

    def forward(self, weight: Any) -> Any:
        return weight / 2


class Program(nn.Module):
    """The steps, and a sum of what is there at the end."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        draw = random.Random(seed)
        plain = seed % 4 == 0  # the idioms of residual networks, and nothing else
        self.own = not plain and draw.random() < 0.7  # or the input itself is written to
        self.steps: list[Step] = [] if not plain else _plain(draw, self)
        for _ in range(0 if plain else draw.randint(2, 7)):
            writes = draw.random() < 0.4
            self.steps.append(_written(draw) if writes else _made(draw, self))
        self.end, self.mixed = draw.randrange(3), not plain and draw.random() < 0.1
        if draw.random() < 0.3:
            _odd(draw, self)
        self.last = linear(draw, WIDTH, 2)
        if not plain and draw.random() < 0.1:
            self.last.double()

    def forward(self, x: Any) -> Any:
        hs = [x.clone() if self.own else x]
        for step in self.steps:
            hs.append(step(self, hs))
        if self.mixed:
            hs.append(hs[-1].double().to(hs[-1].dtype))
        if self.end == 0:
            wide = self.last.weight.dtype == torch.float64
            return self.last(hs[-1].double() if wide else hs[-1])
        return hs[-1] + hs[len(hs) // 2] if self.end == 1 else torch.cat([hs[0], hs[-1]], 1)


def truth(module: nn.Module, point: list[float]) -> list[float]:
    """What the module gives in float64, on one point."""
    own = copy.deepcopy(module).double().eval()
    with torch.no_grad():
        return own(torch.tensor([point], dtype=torch.float64)).reshape(-1).tolist()
