"""box, ball, polytope, space: the convex sets."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ...data.decode import Node
from ...data.linear import dot
from ...data.network import Row, sparse
from ...data.numbers import ZERO, format_rational
from ...verdict import Decline
from ..functions.base import Vector
from .base import Polyhedron, Set, identity_rows
from .finite import MAX_COORDINATES


@dataclass(frozen=True)
class Box(Set):
    """{x : lower ≤ x ≤ upper}, closed."""

    lower: Vector
    upper: Vector

    @property
    def dimension(self) -> int:
        return len(self.lower)

    def canonical(self) -> Any:
        lower, upper = ([format_rational(v) for v in side] for side in (self.lower, self.upper))
        return {"box": {"lower": lower, "upper": upper}}

    def contains(self, point: Vector) -> bool:
        sides = zip(self.lower, point, self.upper, strict=False)
        return len(point) == self.dimension and all(low <= v <= up for low, v, up in sides)

    def polyhedron(self) -> Polyhedron:
        n = self.dimension
        return Polyhedron(self.lower, self.upper, (), identity_rows(n), (ZERO,) * n)


@dataclass(frozen=True)
class Polytope(Set):
    """{x : a·x ≤ b for every row}; whether it is empty is for a certificate to show."""

    columns: int
    rows: tuple[tuple[Row, Fraction], ...]

    @property
    def dimension(self) -> int:
        return self.columns

    def canonical(self) -> Any:
        table = []
        for row, bound in self.rows:
            dense = [ZERO] * self.columns
            for c, v in row:
                dense[c] = v
            table.append([format_rational(v) for v in [*dense, bound]])
        return {"polytope": {"le": table}}

    def contains(self, point: Vector) -> bool:
        return len(point) == self.columns and all(dot(r, point) <= b for r, b in self.rows)

    def certain(self) -> bool:
        return False

    def polyhedron(self) -> Polyhedron:
        """Rows over one coordinate become its bounds; the others stay rows."""
        lower: list[Fraction | None] = [None] * self.columns
        upper: list[Fraction | None] = [None] * self.columns
        rest = []
        for row, bound in self.rows:
            if len(row) != 1:
                rest.append((row, bound))
                continue
            [(c, v)] = row
            side, limit = (upper, bound / v) if v > 0 else (lower, bound / v)
            held = side[c]
            if held is None or (limit < held if v > 0 else limit > held):
                side[c] = limit
        n = self.columns
        return Polyhedron(tuple(lower), tuple(upper), tuple(rest), identity_rows(n), (ZERO,) * n)


@dataclass(frozen=True)
class Space(Set):
    """All of ℝⁿ."""

    dimension_: int

    @property
    def dimension(self) -> int:
        return self.dimension_

    def canonical(self) -> Any:
        return {"space": self.dimension}

    def contains(self, point: Vector) -> bool:
        return len(point) == self.dimension

    def polyhedron(self) -> Polyhedron:
        n = self.dimension
        none = (None,) * n
        return Polyhedron(none, none, (), identity_rows(n), (ZERO,) * n)


def read_box(node: Node) -> Box:
    """``{ box = { lower = […], upper = […] } }``."""
    keys = node.object(("lower", "upper"))
    lower = keys["lower"].vector()
    upper = keys["upper"].vector(len(lower))
    if not lower:
        node.fail("an empty set: no coordinates")
    for i, (low, up) in enumerate(zip(lower, upper, strict=True)):
        if low > up:
            node.fail(f"an empty set: lower > upper at coordinate {i}")
    return Box(lower, upper)


def read_ball(node: Node) -> Box:
    """``{ ball = { centre, radius, norm = "linf" } }``: a box in other words."""
    keys = node.object(("centre", "radius"), ("norm",))
    if "norm" in keys:
        keys["norm"].choice("linf")
    centre, radius = keys["centre"].vector(), keys["radius"].number()
    if radius < 0 or not centre:
        node.fail("an empty set")
    return Box(tuple(v - radius for v in centre), tuple(v + radius for v in centre))


def read_polytope(node: Node) -> Polytope:
    """``{ polytope = { le = [[a₀, …, aₙ₋₁, b], …] } }``."""
    keys = node.object(("le",))
    table = keys["le"].matrix()
    if not table or len(table[0]) < 2:
        keys["le"].fail("expected rows of coefficients and a bound")
    rows = tuple((sparse(line[:-1]), line[-1]) for line in table)
    for row, bound in rows:
        if not row and bound < 0:
            keys["le"].fail("an empty set: 0 ≤ a negative number")
    return Polytope(len(table[0]) - 1, rows)


def read_space(node: Node) -> Space:
    """``{ space = n }``."""
    size = node.integer(1)
    if size > MAX_COORDINATES:
        raise Decline("coordinates", size)
    return Space(size)
