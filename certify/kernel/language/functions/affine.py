"""linear, constant and project: the affine functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...data.decode import Node, read_rows
from ...data.exact import Batch
from ...data.network import Network, Row
from ...data.numbers import ZERO, format_rational
from ...verdict import Decline
from .base import Function, Vector, as_network, misuse, needs_index, one_row

MAX_OUTPUTS = 1 << 17


@dataclass(frozen=True)
class Linear(Function):
    """x ↦ matrix·x + offset."""

    columns: int
    matrix: tuple[Row, ...]
    offset: Vector

    @property
    def outputs(self) -> int:
        return len(self.matrix)

    def canonical(self) -> Any:
        entries = [[r, c, format_rational(v)] for r, row in enumerate(self.matrix) for c, v in row]
        matrix = {"rows": len(self.matrix), "columns": self.columns, "entries": entries}
        offset = [format_rational(v) for v in self.offset]
        return {"linear": {"matrix": matrix, "offset": offset}}

    def misfit(self, dimension: int) -> str | None:
        if dimension != self.columns:
            return f"the matrix has {self.columns} columns, but points have {dimension}"
        return None

    def evaluate(self, points: Batch) -> Batch:
        return self.lower(points.width).evaluate(points)

    def lower(self, dimension: int) -> Network:
        return as_network(self.matrix, self.offset, self.columns)


@dataclass(frozen=True)
class Constant(Function):
    """The same values everywhere, on any ℝⁿ."""

    values: Vector

    @property
    def outputs(self) -> int:
        return len(self.values)

    def canonical(self) -> Any:
        return {"constant": [format_rational(v) for v in self.values]}

    def misfit(self, dimension: int) -> str | None:
        return None

    def evaluate(self, points: Batch) -> Batch:
        return self.lower(points.width).evaluate(points)

    def lower(self, dimension: int) -> Network:
        return as_network(((),) * len(self.values), self.values, dimension)


@dataclass(frozen=True)
class Project(Function):
    """x ↦ the coordinates named, in the order named."""

    over: tuple[int, ...]

    @property
    def outputs(self) -> int:
        return len(self.over)

    def canonical(self) -> Any:
        return {"project": list(self.over)}

    def misfit(self, dimension: int) -> str | None:
        return needs_index(self.over, dimension, "project")

    def evaluate(self, points: Batch) -> Batch:
        return points.columns(self.over)

    def lower(self, dimension: int) -> Network:
        rows = tuple(one_row(i) for i in self.over)
        return as_network(rows, (ZERO,) * len(rows), dimension)


def read_linear(node: Node) -> Linear:
    """``{ linear = { matrix = …, offset = [ … ] } }``; offset 0 unless given."""
    keys = node.object(("matrix",), ("offset",))
    height, columns, rows = read_rows(keys["matrix"])
    if height > MAX_OUTPUTS:
        raise Decline("outputs", height)
    offset = keys["offset"].vector(height) if "offset" in keys else (ZERO,) * height
    return Linear(columns, rows, offset)


def read_constant(node: Node) -> Constant:
    """``{ constant = [ … ] }``."""
    values = node.vector()
    if not values:
        node.fail("a function needs at least one output")
    return Constant(values)


def read_project(node: Node) -> Project:
    """``{ project = [i, …] }``."""
    over = tuple(entry.integer(0) for entry in node.entries())
    if not over:
        misuse(f"{node.at}: a function needs at least one output")
    return Project(over)
