"""product, embed, perturb: sets made from sets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from ...data import linear
from ...data.exact import describe
from ...data.linear import combine, dot
from ...data.network import Network, Row
from ...data.numbers import ONE, ZERO, format_rational
from ...verdict import Decline, Malformed
from ..factored import (
    LISTED,
    Factored,
    Shift,
    beside,
    checked_signs,
    mapped,
    materialised,
)
from ..functions.base import Function, Values, Vector
from ..functions.parity import Parity
from ..functions.symmetric import Symmetric
from .base import Polyhedron, Set
from .base import beside as beside_values

_SIGN_VALUES = ({ONE}, {-ONE}, {ONE, -ONE})
MAX_LISTED = 1 << 16  # points written out to compare them, where structure does not answer


@dataclass(frozen=True)
class Product(Set):
    """The Cartesian product: coordinates of the parts one after another."""

    parts: tuple[Set, ...]

    @cached_property
    def dimension(self) -> int:
        return sum(part.dimension for part in self.parts)

    def canonical(self) -> Any:
        return {"product": [part.canonical() for part in self.parts]}

    def contains(self, point: Vector) -> bool:
        if len(point) != self.dimension:
            return False
        start = 0
        for part in self.parts:
            if not part.contains(point[start : start + part.dimension]):
                return False
            start += part.dimension
        return True

    def known(self) -> Values:
        return beside_values([(part.dimension, part.known()) for part in self.parts])

    def certain(self) -> bool:
        return all(part.certain() for part in self.parts)

    def signed(self) -> bool:
        return all(part.signed() for part in self.parts)

    def networks(self) -> Iterator[Network]:
        for part in self.parts:
            yield from part.networks()

    def factored(self) -> Factored | None:
        streams = [part.factored() for part in self.parts]
        if any(stream is None for stream in streams):
            return None
        return beside([stream for stream in streams if stream is not None])

    def polyhedron(self) -> Polyhedron | None:
        found = [part.polyhedron() for part in self.parts]
        parts = [part for part in found if part is not None]
        if len(parts) != len(found):
            return None
        rows: list[tuple[Row, Fraction]] = []
        matrix: list[Row] = []
        start = 0
        for part in parts:
            rows += [(tuple((start + c, v) for c, v in row), b) for row, b in part.rows]
            matrix += [tuple((start + c, v) for c, v in row) for row in part.matrix]
            start += part.parameters
        return Polyhedron(
            tuple(v for p in parts for v in p.lower),
            tuple(v for p in parts for v in p.upper),
            tuple(rows),
            tuple(matrix),
            tuple(o for p in parts for o in p.offset),
        )


@dataclass(frozen=True)
class Embed(Set):
    """{matrix·x + offset : x ∈ base}; the matrix is injective."""

    base: Set
    matrix: tuple[Row, ...]
    offset: Vector

    @property
    def dimension(self) -> int:
        return len(self.matrix)

    def canonical(self) -> Any:
        entries = [[r, c, format_rational(v)] for r, row in enumerate(self.matrix) for c, v in row]
        shape = {"rows": self.dimension, "columns": self.base.dimension, "entries": entries}
        offset = [format_rational(v) for v in self.offset]
        return {"embed": {"matrix": shape, "offset": offset, "set": self.base.canonical()}}

    def contains(self, point: Vector) -> bool:
        if len(point) != self.dimension:
            return False
        target = tuple(v - o for v, o in zip(point, self.offset, strict=True))
        inner = linear.solve(self.matrix, self.base.dimension, target)
        return inner is not None and self.base.contains(inner)

    def known(self) -> Values:
        inner = self.base.known()
        return lambda row, constant: inner(
            combine(row, self.matrix), constant + dot(row, self.offset)
        )

    def certain(self) -> bool:
        return self.base.certain()

    def signed(self) -> bool:
        return self.base.signed()

    def networks(self) -> Iterator[Network]:
        yield from self.base.networks()

    def factored(self) -> Factored | None:
        stream = self.base.factored()
        return None if stream is None else mapped(stream, self.matrix, self.offset)

    def polyhedron(self) -> Polyhedron | None:
        inner = self.base.polyhedron()
        if inner is None:
            return None
        matrix = tuple(combine(row, inner.matrix) for row in self.matrix)
        offset = tuple(
            dot(row, inner.offset) + o for row, o in zip(self.matrix, self.offset, strict=True)
        )
        return replace(inner, matrix=matrix, offset=offset)


@dataclass(frozen=True)
class Perturb(Set):
    """{x + η·sign(x)·v : x ∈ base}: an η-perturbation (Section 3 of the paper)."""

    base: Set
    along: Vector
    eta: Fraction
    sign: Function

    @property
    def dimension(self) -> int:
        return self.base.dimension

    @cached_property
    def shift(self) -> Vector:
        """η·v."""
        return tuple(self.eta * v for v in self.along)

    def signed(self) -> bool:
        return self.base.signed() and self._signed

    @cached_property
    def _signed(self) -> bool:
        """By the form of the sign, or by listing a small base. Raises Malformed if it is not."""
        base = self.base.factored()
        if base is None:
            return False
        if base.size <= LISTED:
            for batch, _ in base.batches():
                checked_signs(self.sign.evaluate(batch))
            return True
        if isinstance(self.sign, Symmetric) and any(abs(v) != 1 for v in self.sign.values):
            return False
        if not isinstance(self.sign, Parity | Symmetric) or base.shifts:
            return False
        return all(base.values(i) in _SIGN_VALUES for i in self.sign.over)

    def canonical(self) -> Any:
        return {
            "perturb": {
                "along": [format_rational(v) for v in self.along],
                "eta": format_rational(self.eta),
                "set": self.base.canonical(),
                "sign": self.sign.canonical(),
            }
        }

    def contains(self, point: Vector) -> bool:
        if len(point) != self.dimension:
            return False
        for side in (1, -1):
            origin = tuple(v - side * s for v, s in zip(point, self.shift, strict=True))
            known = self._listed
            inside = self.base.contains(origin) if known is None else origin in known
            if inside and self.sign(origin)[0] == side:
                return True
        return False

    @cached_property
    def _listed(self) -> frozenset[Vector] | None:
        """The points of a base that is perturbed itself: two questions a level would be many."""
        base = self.base.factored()
        if base is None or not base.shifts:
            return None
        [factor] = materialised(base, MAX_LISTED).factors
        return frozenset(point for point, _ in factor)

    def networks(self) -> Iterator[Network]:
        yield from self.base.networks()
        yield from self.sign.networks()

    def factored(self) -> Factored:
        base = self.base.factored()
        if base is None:
            raise Malformed("", "perturb needs a finite set")
        if base.shifts:
            base = materialised(base, MAX_LISTED)
        return replace(base, shifts=(Shift(self.sign, base.rows, base.offset, self.shift),))


def collision(base: Factored, shift: Vector) -> str | None:
    """Why x + shift = x′ − shift for two points x, x′ of the base, or None where never.

    One coordinate whose values never differ by twice the shift is enough; else the
    points are compared. Raises Decline where there are too many.
    """
    if not base.shifts:
        for i, step in enumerate(shift):
            values = base.values(i) if step else None
            if values is not None and all(v + 2 * step not in values for v in values):
                return None
    if base.size > MAX_LISTED:
        raise Decline("points", f"{describe(base.size)} to compare for collisions")
    points = {point for chunk, _ in base.batches() for point in chunk.fractions()}
    for point in sorted(points):
        if tuple(v + 2 * s for v, s in zip(point, shift, strict=True)) in points:
            return f"x + ηv = x′ − ηv for x = [{', '.join(format_rational(v) for v in point)}]"
    return None


def zero(vector: Vector) -> bool:
    """Is it the zero vector?"""
    return all(v == ZERO for v in vector)
