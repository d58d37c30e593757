"""Where points come from: choices among finite lists, signs of shifts, continuous coordinates.

Every finite distribution of the claim language is a
:class:`~certify.kernel.language.factored.Factored`. A
:class:`Source` merges its two-valued factors into groups of bits, so that any linear functional
of a point is a sum of table entries, one for each group, whatever the number of coordinates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

import numpy as np

from ..kernel.data.network import Row
from ..kernel.data.numbers import common_denominator
from ..kernel.language.distributions import Distribution, Gaussian, Independent, Induced, Uniform
from ..kernel.language.factored import Factor, Factored, Shift, beside, mapped, plain
from ..kernel.language.functions.base import Vector
from ..kernel.verdict import Decline
from .enclosure import Array, integers, largest, widened

GROUP_BITS = (8, 4, 2, 1)
TABLE_ENTRIES = 1 << 21  # a table that stays in a cache; past it the groups get smaller
MAX_TABLE = 1 << 26
TAIL = Fraction(15, 2)  # deviations of a normal coordinate that samplers never pass
FLAT_STEP, NORMAL_STEP = 2.0**-52, 2.0**-26  # what one value of t stands for, each way


@dataclass(frozen=True)
class Smooth:
    """A coordinate of z that is centre + radius·t with t in [−1, 1].

    ``deviation`` is 0 for t uniform; else z is normal with this standard deviation, and t stops
    where radius = TAIL deviations.
    """

    coordinate: int
    centre: Fraction
    radius: Fraction
    deviation: Fraction = Fraction(0)

    @property
    def step(self) -> float:
        """How far from t the value may be for which a sampled t stands."""
        return NORMAL_STEP if self.deviation else FLAT_STEP


@dataclass(frozen=True)
class Group:
    """Factors that are chosen together, and the coordinates of z at which they start.

    A choice is a number of which the first factor is the fastest digit.
    """

    starts: tuple[int, ...]
    factors: tuple[Factor, ...]

    @cached_property
    def coordinates(self) -> tuple[int, ...]:
        """All coordinates of z that a choice gives, factor by factor."""
        pairs = zip(self.starts, self.factors, strict=True)
        return tuple(c for at, f in pairs for c in range(at, at + len(f[0][0])))

    @cached_property
    def size(self) -> int:
        """How many choices there are."""
        return math.prod(len(factor) for factor in self.factors)

    def table(self, columns: Array, scale: int) -> Array:
        """Σ over its coordinates of columns · z · scale for each choice: (choices, rows)."""
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

    stream: Factored
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
        """The factors that one fair bit chooses, the last first: the fastest digit of a number."""
        return tuple((a, f) for a, f in reversed(self.places) if is_bit(f))

    @cached_property
    def others(self) -> tuple[tuple[int, Factor], ...]:
        """The factors with several choices that are not a fair bit."""
        return tuple((a, f) for a, f in self.places if not is_bit(f) and len(f) > 1)

    def groups(self, rows: int) -> tuple[int, tuple[Group, ...]]:
        """Bits in each group of bits, and the groups: bits first, then the others.

        Chosen so that tables of ``rows`` numbers stay small. Raises Decline where they do not.
        """
        rest = tuple(Group((a,), (f,)) for a, f in self.others)
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
            merged.append(Group(tuple(a for a, _ in part), tuple(f for _, f in part)))
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


def source_of(law: Distribution) -> Source:
    """The source of a distribution. Raises Decline where it has no sampler."""
    if law.finite:
        return Source(law.factored())
    match law:
        case Induced(source=inner):
            return source_of(inner)
        case Independent(parts=parts):
            sources = [source_of(part) for part in parts]
            smooth, start = [], 0
            for source in sources:
                smooth += [replace(s, coordinate=s.coordinate + start) for s in source.smooth]
                start += source.stream.width
            return Source(beside([source.stream for source in sources]), tuple(smooth))
        case Gaussian(mean=mean, variance=variance):
            deviations = [root(v) for v in variance]
            normal = [
                Smooth(c, m, TAIL * d, d)
                for c, (m, d) in enumerate(zip(mean, deviations, strict=True))
            ]
            return Source(_held(len(mean)), tuple(normal))
        case Uniform(on=on):
            region = on.polyhedron()
            if region is not None and not region.rows:
                sides = [(a, b) for a, b in zip(region.lower, region.upper, strict=True)]
                flat = [
                    Smooth(c, (a + b) / 2, (b - a) / 2)
                    for c, (a, b) in enumerate(sides)
                    if a is not None and b is not None
                ]
                return Source(mapped(_held(len(flat)), region.matrix, region.offset), tuple(flat))
    raise Decline("samplers", f"no sampler for {type(law).__name__.lower()}")


def _held(width: int) -> Factored:
    """A stream of the one point 0, whose coordinates continuous ones replace."""
    return plain([(((Fraction(0),), 1),)] * width)


def root(value: Fraction) -> Fraction:
    """√value to 80 bits, from above."""
    shift = 80 + max(0, value.denominator.bit_length() - value.numerator.bit_length())
    return Fraction(
        math.isqrt(value.numerator * (1 << 2 * shift) // value.denominator) + 1, 1 << shift
    )
