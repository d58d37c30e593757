"""symmetric: a function of the number of +1 among chosen ±1 coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...data import exact
from ...data.decode import Node
from ...data.exact import Batch
from ...data.numbers import format_rational
from .base import Features, Function, Values, Vector, needs_index, needs_signs, signs


@dataclass(frozen=True)
class Symmetric(Function):
    """x ↦ values[#{i ∈ over : xᵢ = +1}], defined where these coordinates are ±1."""

    over: tuple[int, ...]
    values: Vector  # one for each count 0 … len(over)

    @property
    def outputs(self) -> int:
        return 1

    def canonical(self) -> Any:
        values = [format_rational(v) for v in self.values]
        return {"symmetric": {"over": sorted(self.over), "values": values}}

    def misfit(self, dimension: int) -> str | None:
        return needs_index(self.over, dimension, "symmetric")

    def undefined(self, dimension: int, values: Values) -> str | None:
        return needs_signs(self.over, values, "symmetric")

    def evaluate(self, points: Batch) -> Batch:
        counts = [row.count(True) for row in signs(points, self.over, "symmetric")]
        return exact.batch([(self.values[count],) for count in counts], 1)

    def features(self, dimension: int) -> Features:
        def look_up(counts: Batch) -> Batch:
            return exact.batch([(self.values[row[0]],) for row in exact.integers(counts)], 1)

        return Features((), (), (self.over,), look_up)


def read(node: Node) -> Symmetric:
    """``{ symmetric = { over = [i, …], values = [v₀, …] } }``."""
    keys = node.object(("over", "values"))
    over = keys["over"].indices()
    return Symmetric(over, keys["values"].vector(len(over) + 1))
