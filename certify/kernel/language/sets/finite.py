"""cube, bits, points, grid: the finite sets that are written down."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ...data.decode import Node
from ...data.numbers import ONE, ZERO, format_rational
from ...verdict import Decline
from ..factored import Factored, listed, plain
from ..functions.base import Vector
from .base import Set

MAX_COORDINATES = 1 << 17


@dataclass(frozen=True)
class Hypercube(Set):
    """{−1, +1}ⁿ (``cube``) or {0, 1}ⁿ (``bits``)."""

    form: str
    dimension_: int

    @property
    def dimension(self) -> int:
        return self.dimension_

    @property
    def values(self) -> Vector:
        """The two values of a coordinate, the smaller first."""
        return (-ONE, ONE) if self.form == "cube" else (ZERO, ONE)

    def canonical(self) -> Any:
        return {self.form: self.dimension}

    def contains(self, point: Vector) -> bool:
        return len(point) == self.dimension and all(v in self.values for v in point)

    def factored(self) -> Factored:
        factor = tuple(((v,), 1) for v in self.values)
        return plain((factor,) * self.dimension)


@dataclass(frozen=True)
class Points(Set):
    """A finite list of distinct points."""

    points: tuple[Vector, ...]

    @property
    def dimension(self) -> int:
        return len(self.points[0])

    def canonical(self) -> Any:
        return {"points": [[format_rational(v) for v in p] for p in sorted(self.points)]}

    def contains(self, point: Vector) -> bool:
        return point in self.points

    def factored(self) -> Factored:
        return listed(self.points)


@dataclass(frozen=True)
class Grid(Set):
    """The product of finite lists of numbers."""

    lists: tuple[Vector, ...]

    @property
    def dimension(self) -> int:
        return len(self.lists)

    def canonical(self) -> Any:
        return {"grid": [[format_rational(v) for v in sorted(values)] for values in self.lists]}

    def contains(self, point: Vector) -> bool:
        pairs = zip(point, self.lists, strict=False)
        return len(point) == self.dimension and all(v in values for v, values in pairs)

    def factored(self) -> Factored:
        return plain([tuple(((v,), 1) for v in values) for values in self.lists])


def _hypercube(form: str, node: Node) -> Hypercube:
    size = node.integer(1)
    if size > MAX_COORDINATES:
        raise Decline("coordinates", size)
    return Hypercube(form, size)


def read_cube(node: Node) -> Hypercube:
    """``{ cube = n }``."""
    return _hypercube("cube", node)


def read_bits(node: Node) -> Hypercube:
    """``{ bits = n }``."""
    return _hypercube("bits", node)


def read_points(node: Node) -> Points:
    """``{ points = [[…], …] }``."""
    rows = node.matrix()
    if not rows or not rows[0]:
        node.fail("an empty set")
    if len(set(rows)) != len(rows):
        node.fail("a point stands twice")
    return Points(tuple(rows))


def read_grid(node: Node) -> Grid:
    """``{ grid = [[…], …] }``."""
    lists: list[tuple[Fraction, ...]] = []
    for entry in node.entries():
        values = entry.vector()
        if not values:
            entry.fail("an empty set")
        if len(set(values)) != len(values):
            entry.fail("a value stands twice")
        lists.append(values)
    if not lists:
        node.fail("an empty set")
    return Grid(tuple(lists))
