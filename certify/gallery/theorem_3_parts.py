"""What models/theorem-3 is about: three gadgets, and their deep networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from ..kernel.data.network import Network
from ..kernel.data.numbers import format_rational
from ..networks.gadgets.parity import parity
from ..networks.gadgets.radial import radial
from ..networks.gadgets.random_layers import random_layers
from ..networks.gadgets.theorem3 import deep

LITTLE = Fraction(1, 1 << 20)


@dataclass(frozen=True)
class Case:
    """A gadget g of three layers and the depth d; f has the copies 1 … d − 3 of g."""

    name: str
    gadget: Network
    depth: int

    @property
    def copies(self) -> int:
        """d − 3."""
        return self.depth - 3

    @property
    def square(self) -> Fraction:
        """Λ² for the least Λ of g."""
        return largest(self.gadget)

    @cached_property
    def deep(self) -> Network:
        """f, with identity delays."""
        return deep(self.gadget, self.depth)

    @cached_property
    def relu_only(self) -> Network:
        """f, with ReLU-only delays."""
        return deep(self.gadget, self.depth, relu_only=True)

    @property
    def space(self) -> dict[str, Any]:
        """The inputs of f: ℝ^(n(d−3))."""
        return {"space": self.copies * self.gadget.inputs}


CASES = (
    Case("random", random_layers((3, 5, 4, 1), seed=3), 6),
    Case("parity", parity(4), 7),
    Case("radial", radial(2, 2, 4, ((0, 0), (1, 1), (2, 0))), 6),
)


def largest(network: Network) -> Fraction:
    """The largest squared Frobenius norm of a layer."""
    return max(layer.frobenius_squared for layer in network.layers)


def moved(network: Network) -> Network:
    """The same network with a bias of its third layer moved by 2^−20."""
    third = network.layers[2]
    bias = (third.bias[0] + LITTLE, *third.bias[1:])
    return replace(
        network, layers=(*network.layers[:2], replace(third, bias=bias), *network.layers[3:])
    )


def table(cases: Sequence[Case]) -> list[str]:
    """The exact squared norms of all layers."""
    lines = [
        "| g | d | delays | ‖W‖_F² of each layer | Λ² of g | Λ² of f |",
        "|---|--:|---|---|--:|--:|",
    ]
    for case in cases:
        for network, delays in ((case.deep, "identity"), (case.relu_only, "ReLU-only")):
            squares = ", ".join(format_rational(x.frobenius_squared) for x in network.layers)
            own, needed = format_rational(case.square), format_rational(largest(network))
            lines.append(
                f"| {case.name} | {case.depth} | {delays} | {squares} | {own} | {needed} |"
            )
    return lines
