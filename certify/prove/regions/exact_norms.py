"""Exact leaves against norms: a bound of every coordinate, or a direction.

Both work on a region's system (see ``relaxed``), which is convex. A norm's leaf needs the
largest value of each coordinate of the gap and of minus it. The least l2 norm is that of the
point of a polytope nearest to 0, after Wolfe, "Finding the nearest point in a polytope"
(1976), in exact arithmetic; that point is the leaf's direction.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isqrt

from ...kernel.data.linear import solve
from ...kernel.data.network import sparse
from ...kernel.data.numbers import ONE, ZERO
from ...kernel.language.functions.base import Vector
from ...kernel.rules.regions.leaf import Sum
from ..linear.farkas import Solver
from ..linear.simplex import Conflict
from .region_lp import Form, Relaxed, at, combined, fact, scaled

Values = dict[int, Fraction]
BITS = 60  # to which square roots are rounded


def sides(relaxed: Relaxed, solver: Solver) -> tuple[list[Sum], list[Fraction], list[Values]]:
    """For each coordinate and minus it: the sum that bounds it, the bound, and where it is met.

    The first list has a single sum where that shows the region to be empty.
    """
    sums, bounds, places = [], [], []
    for i in range(len(relaxed.query.rows)):
        for sign in (ONE, -ONE):
            form = scaled(relaxed.goal(i), sign)
            facts = relaxed.system([fact(form)])[1:]
            multipliers, place = solver.largest([f.inequality for f in facts], form)
            total = relaxed.total(facts, multipliers, ())
            if place is None:
                return [total], [], []
            sums.append(Sum({i: sign}, total.phases, total.domain))
            bounds.append(at(form, place.values))
            places.append(place.values)
    return sums, bounds, places


def direction(relaxed: Relaxed, solver: Solver, least: Fraction) -> Sum | Values:
    """A sum whose rows are minus a direction, or a solution whose gap is shorter than ``least``.

    A sum without rows shows the region to be empty.
    """
    gaps = [relaxed.goal(i) for i in range(len(relaxed.query.rows))]
    facts = relaxed.system([fact(gap) for gap in gaps])[len(gaps) :]
    answer = solver.solve([f.inequality for f in facts])
    if isinstance(answer, Conflict):
        return relaxed.total(facts, answer, ())
    corral = _Corral()
    corral.add(tuple(at(gap, answer.values) for gap in gaps), answer.values)
    while True:
        near = corral.nearest()
        if _dot(near, near) < least**2:
            return corral.values()
        along = combined(sparse(near), ZERO, gaps)
        goal = fact(_below(along, root_above(least**2 * _dot(near, near))), True, "rows")
        answer = solver.solve([goal.inequality, *(f.inequality for f in facts)])
        if isinstance(answer, Conflict):
            total = relaxed.total([goal, *facts], answer, (0,))
            weight = total.rows.get(0, ZERO)
            rows = {i: -weight * v for i, v in enumerate(near)} if weight else {}
            return Sum(rows, total.phases, total.domain)
        corral.add(tuple(at(gap, answer.values) for gap in gaps), answer.values)


def root_above(square: Fraction) -> Fraction:
    """The square root where it is rational, else a number just above it."""
    product = square.numerator * square.denominator
    root = isqrt(product)
    if root**2 == product:
        return Fraction(root, square.denominator)
    return Fraction(isqrt(product << 2 * BITS) + 1, square.denominator << BITS)


class _Corral:
    """Affinely independent points, each with the solution it comes from, and weights."""

    def __init__(self) -> None:
        self.points: list[tuple[Vector, Values]] = []
        self.weights: list[Fraction] = []

    def add(self, point: Vector, values: Values) -> None:
        """A point with point·near < near·near, and the weights of the new nearest one."""
        self.points.append((point, values))
        self.weights.append(ZERO if self.weights else ONE)
        while True:
            affine = self._affine()
            if all(a >= 0 for a in affine):
                self.weights = affine
                break
            pairs = list(zip(self.weights, affine, strict=True))
            share = min(w / (w - a) for w, a in pairs if a < 0)
            self._keep([w + share * (a - w) for w, a in pairs])
        self._keep(self.weights)

    def _keep(self, weights: list[Fraction]) -> None:
        """The points that have a weight."""
        self.points = [p for p, w in zip(self.points, weights, strict=True) if w]
        self.weights = [w for w in weights if w]

    def _affine(self) -> list[Fraction]:
        """The weights of the nearest point of the affine hull."""
        count = len(self.points)
        rows = [sparse([_dot(p, q) for q, _ in self.points] + [ONE]) for p, _ in self.points]
        rows.append(sparse([ONE] * count))
        found = solve(rows, count + 1, [ZERO] * count + [ONE])
        if found is None:
            raise ValueError("points that are not affinely independent")
        return list(found[:count])

    def nearest(self) -> Vector:
        """The point of the hull that is nearest to 0."""
        columns = zip(*(point for point, _ in self.points), strict=True)
        return tuple(_dot(self.weights, column) for column in columns)

    def values(self) -> Values:
        """The solution there."""
        found: Values = {}
        for (_, values), weight in zip(self.points, self.weights, strict=True):
            for v, x in values.items():
                found[v] = found.get(v, ZERO) + weight * x
        return found


def _below(form: Form, limit: Fraction) -> Form:
    """limit − form."""
    return combined(((0, -ONE),), limit, (form,))


def _dot(a: Sequence[Fraction], b: Sequence[Fraction]) -> Fraction:
    return sum((v * w for v, w in zip(a, b, strict=True)), ZERO)
