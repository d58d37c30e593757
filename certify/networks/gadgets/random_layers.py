"""Networks with small random rational weights."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from ...kernel.data.network import Network
from ...kernel.verdict import Malformed
from ..builder import Sequential, linear, relu
from ._options import Gadget, Parameter, indices, integer


def random_layers(
    widths: Sequence[int], seed: int = 0, largest: int = 6, denominators: Sequence[int] = (1, 2, 3)
) -> Network:
    """ReLU layers of these widths and a linear last one: ``widths`` = (inputs, …, outputs).

    Weights and biases are p/q with |p| ≤ ``largest`` and q among ``denominators``,
    drawn from the seed: the same arguments give the same network. Its norms are as
    drawn. For Theorem 3, which needs a gadget g of three layers: four widths.
    """
    if len(widths) < 2 or min(widths) < 1 or largest < 0 or not denominators or 0 in denominators:
        raise Malformed("", "at least two positive widths, and nonzero denominators, are needed")
    draw = random.Random(seed)

    def entries(count: int) -> list[Fraction]:
        return [
            Fraction(draw.randint(-largest, largest), draw.choice(denominators))
            for _ in range(count)
        ]

    blocks: list[Network] = []
    for columns, rows in pairwise(widths):
        layer = linear if len(blocks) == len(widths) - 2 else relu
        blocks.append(layer([entries(columns) for _ in range(rows)], entries(rows)))
    return Sequential(*blocks)


GADGET = Gadget(
    "random",
    "ReLU layers with small random rational weights",
    random_layers,
    (
        Parameter("widths", indices, "dimensions from the input to the output, such as 5,8,8,1"),
        Parameter("seed", integer, "seed of the draw", 0),
        Parameter("largest", integer, "largest numerator", 6),
        Parameter("denominators", indices, "denominators drawn from", (1, 2, 3)),
    ),
)
