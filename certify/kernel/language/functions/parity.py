"""parity: the product of chosen ±1 coordinates (χ_S of the paper)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...data import exact
from ...data.decode import Node
from ...data.exact import Batch
from .base import Features, Function, Values, needs_index, needs_signs, signs


@dataclass(frozen=True)
class Parity(Function):
    """x ↦ ∏_{i ∈ over} xᵢ, defined where these coordinates are ±1; 1 for none."""

    over: tuple[int, ...]

    @property
    def outputs(self) -> int:
        return 1

    def canonical(self) -> Any:
        return {"parity": sorted(self.over)}

    def misfit(self, dimension: int) -> str | None:
        return needs_index(self.over, dimension, "parity")

    def undefined(self, dimension: int, values: Values) -> str | None:
        return needs_signs(self.over, values, "parity")

    def evaluate(self, points: Batch) -> Batch:
        values = [[1 - 2 * (row.count(False) % 2)] for row in signs(points, self.over, "parity")]
        return exact.compact(values, 1, 1)

    def features(self, dimension: int) -> Features:
        return Features((), (self.over,), (), lambda values: values)


def read(node: Node) -> Parity:
    """``{ parity = [i, …] }``."""
    return Parity(node.indices())
