"""Where points come from: choices among finite lists, signs of shifts, continuous coordinates.

Every finite distribution of the claim language is a :class:`~certify.kernel.stream.Stream`. A
:class:`Source` merges its two-valued factors into groups of bits, so that any linear functional
of a point is a sum of table entries, one for each group, whatever the number of coordinates.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

import numpy as np

from ...kernel.distributions import Distribution
from ...kernel.exact import common_denominator
from ...kernel.functions.base import Vector
from ...kernel.network import Row
from ...kernel.stream import Factor, Shift, Stream, combine, dot
from ...kernel.verdict import Decline
from .known import WORD, Array, common, integers, largest, widened

GROUP_BITS = (8, 4, 2, 1)
TABLE_ENTRIES = 1 << 21  # a table that stays in a cache; past it the groups get smaller
MAX_TABLE = 1 << 26


@dataclass(frozen=True)
class Smooth:
    """A coordinate of z that is centre + radius·t with t in [−1, 1]."""

    coordinate: int
    centre: Fraction
    radius: Fraction


@dataclass(frozen=True)
class Group:
    """Coordinates of z that are chosen together: choice k gives them ``vectors[k]``."""

    coordinates: tuple[int, ...]
    factors: tuple[Factor, ...]

    @cached_property
    def size(self) -> int:
        """How many choices there are."""
        return math.prod(len(factor) for factor in self.factors)

    def table(self, columns: Array, scale: int) -> Array:
        """Σ over its coordinates of columns · z · scale for each choice: (choices, rows).

        The first factor is the fastest digit of a choice.
        """
        found: Array = np.zeros((1, columns.shape[0]), dtype=np.int64)
        at = 0
        for factor in self.factors:
            width = len(factor[0][0])
            values = integers([[int(v * scale) for v in vector] for vector, _ in factor])
            part = columns[:, at : at + width]
            needed = largest(values) * largest(part) * max(1, width) + largest(found)
            values, part = widened(values, needed), widened(part, needed)
            moves = values @ part.T
            found = (widened(moves, needed)[:, None, :] + found[None, :, :]).reshape(
                -1, columns.shape[0]
            )
            at += width
        return found


@dataclass(frozen=True)
class View:
    """A point as seen from z: rows·z + offset, and how it answers to each shift's sign."""

    rows: tuple[Row, ...]
    offset: Vector
    shifts: tuple[Vector, ...] = ()

    @property
    def dimension(self) -> int:
        """The dimension of the point."""
        return len(self.rows)


@dataclass(frozen=True)
class Source:
    """A stream of points, some of whose coordinates of z may be continuous."""

    stream: Stream
    smooth: tuple[Smooth, ...] = ()

    @property
    def point(self) -> View:
        """The points themselves."""
        shifts = tuple(shift.vector for shift in self.stream.shifts)
        return View(self.stream.rows, self.stream.offset, shifts)

    def base(self, shift: Shift) -> View:
        """The points that a shift's sign reads."""
        return View(shift.rows, shift.offset)

    @cached_property
    def places(self) -> tuple[tuple[int, Factor], ...]:
        """Each factor with the coordinate of z at which it starts."""
        ends = [0]
        for factor in self.stream.factors:
            ends.append(ends[-1] + len(factor[0][0]))
        return tuple((a, f) for (a, _), f in zip(pairwise(ends), self.stream.factors, strict=True))

    @cached_property
    def bits(self) -> tuple[tuple[int, Factor], ...]:
        """The factors that one fair bit chooses."""
        return tuple((a, f) for a, f in self.places if is_bit(f))

    @cached_property
    def others(self) -> tuple[tuple[int, Factor], ...]:
        """The factors with several choices that are not a fair bit."""
        return tuple((a, f) for a, f in self.places if not is_bit(f) and len(f) > 1)

    def groups(self, rows: int) -> tuple[int, tuple[Group, ...]]:
        """Bits in each group of bits, and the groups: bits first, then the others.

        Chosen so that tables of ``rows`` numbers stay small. Raises Decline where they do not.
        """
        rest = tuple(Group(_span(a, f), (f,)) for a, f in self.others)
        entries = sum(len(g.factors[0]) for g in rest) * rows
        for width in GROUP_BITS:
            size = entries + -(-len(self.bits) // width) * (1 << width) * rows
            if size <= TABLE_ENTRIES or width == 1:
                break
        if size > MAX_TABLE:
            raise Decline("entries", f"a table of {size}")
        merged = []
        for start in range(0, len(self.bits), width):
            part = self.bits[start : start + width]
            places = tuple(c for a, f in part for c in _span(a, f))
            merged.append(Group(places, tuple(f for _, f in part)))
        return width, (*merged, *rest)

    @cached_property
    def fixed(self) -> Vector:
        """z with the only value of each factor that has one, the centres, and 0 elsewhere."""
        z = [Fraction(0)] * self.stream.width
        for a, factor in self.places:
            if len(factor) == 1:
                z[a : a + len(factor[0][0])] = factor[0][0]
        for smooth in self.smooth:
            z[smooth.coordinate] = smooth.centre
        return tuple(z)

    @cached_property
    def denominator(self) -> int:
        """A common denominator of everything that a factor may give."""
        return common_denominator(
            v for f in set(self.stream.factors) for vector, _ in f for v in vector
        )

    def is_sign(self, view: View, coordinate: int) -> bool:
        """Is this coordinate ±1 by its structure: one coordinate of a factor of ±1?"""
        row, offset = view.rows[coordinate], view.offset[coordinate]
        if any(vector[coordinate] for vector in view.shifts):
            return False
        if not row:
            return abs(offset) == 1
        if len(row) > 1:
            return False
        [(c, weight)] = row
        if any(smooth.coordinate == c for smooth in self.smooth):
            return False
        start, factor = next((a, f) for a, f in reversed(self.places) if a <= c)
        return all(abs(offset + weight * vector[c - start]) == 1 for vector, _ in factor)


def is_bit(factor: Factor) -> bool:
    """Two choices of the same weight."""
    return len(factor) == 2 and factor[0][1] == factor[1][1]


def _span(start: int, factor: Factor) -> tuple[int, ...]:
    return tuple(range(start, start + len(factor[0][0])))


def source_of(law: Distribution) -> Source:
    """The source of a distribution. Raises Decline where it has no sampler."""
    return Source(law.stream())


@dataclass(frozen=True)
class Functionals:
    """Linear functionals of a view in integers: value = unit · (Σ table entries + base + …)."""

    unit: Fraction
    base: Array  # (rows,)
    tables: tuple[Array, ...]  # (choices, rows) for each group
    responses: tuple[Array, ...]  # (rows,) for each shift
    slopes: Array  # (smooth coordinates, rows): the coefficients of t

    @cached_property
    def bounds(self) -> tuple[Array, Array]:
        """The least and the greatest that the sum can be."""
        low, high = self._base, self._base
        for table in self._wide(self.tables):
            low, high = low + table.min(axis=0), high + table.max(axis=0)
        for move in [*self._wide(self.responses), *self._wide(tuple(self.slopes))]:
            low, high = low - abs(move), high + abs(move)
        return low, high

    @cached_property
    def mass(self) -> int:
        """A bound on every partial sum, in any order."""
        total = abs(self._base)
        for table in self._wide(self.tables):
            total = total + abs(table).max(axis=0)
        for move in [*self._wide(self.responses), *self._wide(tuple(self.slopes))]:
            total = total + abs(move)
        return largest(total)

    @property
    def _base(self) -> Array:
        return self.base.astype(object)

    @staticmethod
    def _wide(parts: Sequence[Array]) -> list[Array]:
        return [part.astype(object) if largest(part) >= 1 << (WORD - 12) else part for part in parts]


def functionals(
    source: Source, view: View, rows: Sequence[Row], bias: Sequence[Fraction], groups: Sequence[Group]
) -> Functionals:
    """row·x + bias over the source's points, for every row, as integers over one unit."""
    plain = all(row == ((i, 1),) for i, row in enumerate(view.rows))
    over_z = list(rows) if plain else [combine(row, view.rows) for row in rows]
    start = [
        b + dot(row, view.offset) + dot(z, source.fixed)
        for row, z, b in zip(rows, over_z, bias, strict=True)
    ]
    answers = [[dot(row, vector) for row in rows] for vector in view.shifts]
    radius = {s.coordinate: s.radius for s in source.smooth}
    slopes = [[dict(z).get(c, Fraction(0)) * r for z in over_z] for c, r in radius.items()]
    below = common_denominator(v for z in over_z for _, v in z)
    bottom = math.lcm(
        below * source.denominator,
        common_denominator(start),
        common_denominator(v for answer in answers for v in answer),
        common_denominator(v for slope in slopes for v in slope),
    )
    matrix = _matrix(over_z, source.stream.width, below)
    scale, rest = source.denominator, bottom // (below * source.denominator)
    tables = []
    for group in groups:
        table = group.table(matrix[:, list(group.coordinates)], scale)
        tables.append(widened(table, largest(table) * rest, rest) * rest)
    lists = [start, *answers, *slopes]
    exact = [integers([int(v * bottom) for v in values]) for values in lists]
    shared = math.gcd(*(common(part) for part in [*tables, *exact])) or 1
    whole = [integers(part // shared) for part in [*tables, *exact]]
    base, moves = whole[len(tables)], whole[len(tables) + 1 :]
    return Functionals(
        Fraction(shared, bottom),
        base,
        tuple(whole[: len(tables)]),
        tuple(moves[: len(answers)]),
        np.array(moves[len(answers) :]).reshape(-1, len(rows)),
    )


def _matrix(rows: Sequence[Row], width: int, denominator: int) -> Array:
    scaled = [[(c, v.numerator * (denominator // v.denominator)) for c, v in row] for row in rows]
    heaviest = max((abs(v) for row in scaled for _, v in row), default=0)
    dtype = np.int64 if heaviest < 1 << WORD else object
    matrix: Array = np.zeros((len(rows), width), dtype=dtype)
    for r, row in enumerate(scaled):
        for c, v in row:
            matrix[r, c] = v
    return matrix
