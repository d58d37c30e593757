"""Small random networks with exact weights."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from certify.kernel.data.network import Network, affine_layer, sparse


def random_network(sizes: Sequence[int], draw: random.Random, denominator: int = 4) -> Network:
    """ReLU layers of the sizes given, the last one linear; weights k/denominator, |k| ≤ 8."""

    def weight() -> Fraction:
        return Fraction(draw.randint(-8, 8), denominator)

    layers = []
    for number, (columns, width) in enumerate(pairwise(sizes), start=1):
        rows = [sparse([weight() for _ in range(columns)]) for _ in range(width)]
        bias = [weight() for _ in range(width)]
        layers.append(affine_layer(columns, rows, bias, relu=number < len(sizes) - 1))
    return Network(sizes[0], tuple(layers))


def side_by_side(left: Network, right: Network) -> Network:
    """x ↦ (f(x), g(x)) for two networks of the same depth on the same inputs."""
    layers = []
    for number, (a, b) in enumerate(zip(left.layers, right.layers, strict=True)):
        shift = a.columns if number else 0
        rows = [*a.rows, *(tuple((c + shift, v) for c, v in row) for row in b.rows)]
        relu = [*a.relu, *b.relu]
        layers.append(affine_layer(shift + b.columns, rows, [*a.bias, *b.bias], relu))
    return Network(left.inputs, tuple(layers))


def moved(network: Network, by: Sequence[Fraction]) -> Network:
    """x ↦ f(x + by)."""
    first, *rest = network.layers
    bias = [
        b + sum((v * by[c] for c, v in row), Fraction(0))
        for row, b in zip(first.rows, first.bias, strict=True)
    ]
    return Network(
        network.inputs, (affine_layer(first.columns, first.rows, bias, first.relu), *rest)
    )


def rewritten(network: Network) -> Network:
    """The same function: neurons in reverse order, each scaled by a power of two."""
    layers = []
    scale = [Fraction(1)] * network.inputs
    order = list(range(network.inputs))
    for number, layer in enumerate(network.layers):
        last = number == network.depth - 1
        new_order = list(range(layer.width)) if last else list(range(layer.width))[::-1]
        new_scale = [Fraction(1) if last else Fraction(2) ** (i % 3) for i in range(layer.width)]
        place = {old: new for new, old in enumerate(order)}
        rows = [
            tuple(sorted((place[c], v * new_scale[i] / scale[c]) for c, v in layer.rows[i]))
            for i in new_order
        ]
        bias = [layer.bias[i] * new_scale[i] for i in new_order]
        relu = [layer.relu[i] for i in new_order]
        layers.append(affine_layer(layer.columns, rows, bias, relu))
        order, scale = new_order, new_scale
    return Network(network.inputs, tuple(layers))
