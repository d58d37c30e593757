"""Finite sets and distributions as one shape: independent factors, an affine map, signs.

Every finite set of the claim language is {rows·z + offset + Σ signₖ(z)·vectorₖ} where z
runs over a product of finite lists. Listing it and folding it both start here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from ..data import exact
from ..data.exact import Batch
from ..data.linear import combine, dot
from ..data.network import Row, affine_layer
from ..data.numbers import ONE, ZERO, format_rational
from ..verdict import Decline, Malformed
from .functions.base import Few, Function, Vector

FEW = 64  # values of a linear form that are told one by one
LISTED = 1 << 12  # points at which a sign is evaluated when a claim is read
Factor = tuple[tuple[Vector, int], ...]  # distinct vectors, each with a positive integer weight


@dataclass(frozen=True)
class Shift:
    """The point moves by sign(rows·z + offset) · vector, where sign is ±1."""

    sign: Function
    rows: tuple[Row, ...]
    offset: Vector
    vector: Vector

    @property
    def dimension(self) -> int:
        """The dimension on which the sign function acts."""
        return len(self.rows)


@dataclass(frozen=True)
class Factored:
    """x = rows·z + offset + shifts, z in the product of the factors."""

    factors: tuple[Factor, ...]
    rows: tuple[Row, ...]
    offset: Vector
    shifts: tuple[Shift, ...] = ()

    @property
    def dimension(self) -> int:
        """The dimension of x."""
        return len(self.rows)

    @property
    def width(self) -> int:
        """The dimension of z."""
        return sum(len(factor[0][0]) for factor in self.factors)

    @property
    def size(self) -> int:
        """How many z there are."""
        return math.prod(len(factor) for factor in self.factors)

    @property
    def total(self) -> int:
        """The sum of all weights."""
        return math.prod(sum(weight for _, weight in factor) for factor in self.factors)

    @cached_property
    def _owners(self) -> list[tuple[int, int]]:
        """For each coordinate of z the number of its factor, and its place there."""
        return [(f, k) for f, factor in enumerate(self.factors) for k in range(len(factor[0][0]))]

    def values(self, i: int) -> set[Fraction] | None:
        """All values of coordinate i of x before shifts, if one coordinate of z decides it."""
        row = self.rows[i]
        if not row:
            return {self.offset[i]}
        if len(row) > 1:
            return None
        f, k = self._owners[row[0][0]]
        return {self.offset[i] + row[0][1] * z[k] for z, _ in self.factors[f]}

    def few(self, row: Row, constant: Fraction) -> Few:
        """The values of row·x + constant; None for more than FEW.

        Where a sign moves it, and the points are too many to list, values that no point takes
        may be among them.
        """
        steps = [step for shift in self.shifts if (step := dot(row, shift.vector))]
        if steps and self.size <= LISTED:
            form = affine_layer(self.dimension, (row,), (constant,)).integers
            chunks = (exact.apply(form, x).fractions() for x in self._listed)
            return frozenset(value for chunk in chunks for (value,) in chunk)
        own: dict[int, list[tuple[int, Fraction]]] = {}
        for c, v in combine(row, self.rows):
            f, k = self._owners[c]
            own.setdefault(f, []).append((k, v))
        parts = [self._part(self.factors[f], tuple(form)) for f, form in own.items()]
        signs = [frozenset((step, -step)) for step in steps]
        return added([*parts, *signs], constant + dot(row, self.offset))

    def _part(self, factor: Factor, form: Row) -> frozenset[Fraction]:
        """The values of a form on a factor; coordinates of a cube share one factor."""
        key = id(factor), form
        if key not in self._parts:
            self._parts[key] = frozenset(dot(form, z) for z, _ in factor)
        return self._parts[key]

    @cached_property
    def _listed(self) -> list[Batch]:
        return [x for x, _ in self.batches()]

    @cached_property
    def _parts(self) -> dict[tuple[int, Row], frozenset[Fraction]]:
        return {}

    def batches(self, chunk: int = 1 << 14) -> Iterator[tuple[Batch, list[int] | None]]:
        """All points in order with their weights; None where every weight is 1."""
        uniform = all(weight == 1 for factor in self.factors for _, weight in factor)
        cells = [_cell(factor) for factor in self.factors]
        chunk = max(1, min(chunk, exact.CELLS // max(1, self.dimension, self.width)))
        for start in range(0, self.size, chunk):
            stop = min(self.size, start + chunk)
            z = self._choose(cells, start, stop)
            yield self.place(z), None if uniform else self._weights(start, stop)

    def place(self, z: Batch) -> Batch:
        """The points x of a batch of z. Raises Malformed where a sign is not ±1."""
        x = affine(self.rows, self.offset, z)
        for shift in self.shifts:
            base = affine(shift.rows, shift.offset, z)
            sign = checked_signs(shift.sign.evaluate(base))
            vector = tuple(((0, v),) if v else () for v in shift.vector)
            moved = exact.apply(affine_layer(1, vector).integers, sign)
            x = exact.add(x, moved)
        return x

    def _choose(self, cells: list[Batch], start: int, stop: int) -> Batch:
        parts = []
        stride = self.size
        for cell in cells:
            stride //= len(cell)
            parts.append(exact.cycle(cell, stride, start, stop))
        return exact.join(parts, stop - start)

    def _weights(self, start: int, stop: int) -> list[int]:
        weights = [1] * (stop - start)
        stride = self.size
        for factor in self.factors:
            stride //= len(factor)
            for i in range(start, stop):
                weights[i - start] *= factor[i // stride % len(factor)][1]
        return weights


def _cell(factor: Factor) -> Batch:
    return exact.batch([vector for vector, _ in factor], len(factor[0][0]))


def checked_signs(values: Batch) -> Batch:
    """The values, which must be ±1. Raises Malformed with one that is not."""
    for (value,) in values.rows():
        if abs(value) != values.denominator:
            shown = format_rational(Fraction(value, values.denominator))
            raise Malformed("", f"the sign of a perturbation is {shown} at a point, not ±1")
    return values


def affine(rows: tuple[Row, ...], offset: Vector, z: Batch) -> Batch:
    """rows·z + offset for every z of the batch."""
    if len(rows) == z.width and _is_identity(rows, offset):
        return z
    return exact.apply(affine_layer(z.width, rows, offset).integers, z)


def _is_identity(rows: tuple[Row, ...], offset: Vector) -> bool:
    return not any(offset) and all(row == ((i, ONE),) for i, row in enumerate(rows))


def plain(factors: Sequence[Factor]) -> Factored:
    """The product of the factors, nothing added."""
    width = sum(len(factor[0][0]) for factor in factors)
    rows = tuple(((i, ONE),) for i in range(width))
    return Factored(tuple(factors), rows, (ZERO,) * width)


def listed(points: Sequence[Vector], weights: Sequence[int] | None = None) -> Factored:
    """A list of points as one factor."""
    counts = weights or [1] * len(points)
    return plain([tuple(zip(points, counts, strict=True))])


def mapped(stream: Factored, matrix: tuple[Row, ...], offset: Vector) -> Factored:
    """The image under x ↦ matrix·x + offset."""
    if len(matrix) == stream.dimension and _is_identity(matrix, offset):
        return stream
    rows = tuple(combine(row, stream.rows) for row in matrix)
    constant = tuple(dot(row, stream.offset) + o for row, o in zip(matrix, offset, strict=True))
    shifts = tuple(
        replace(shift, vector=tuple(dot(row, shift.vector) for row in matrix))
        for shift in stream.shifts
    )
    return Factored(stream.factors, rows, constant, shifts)


def beside(parts: Sequence[Factored]) -> Factored:
    """The Cartesian product: z and x of the parts one after another."""
    dimension = sum(part.dimension for part in parts)
    rows: list[Row] = []
    shifts: list[Shift] = []
    start = 0
    for part in parts:
        before = len(rows)
        rows += [_moved(row, start) for row in part.rows]
        for shift in part.shifts:
            after = dimension - before - part.dimension
            vector = (ZERO,) * before + shift.vector + (ZERO,) * after
            moved = tuple(_moved(row, start) for row in shift.rows)
            shifts.append(replace(shift, rows=moved, vector=vector))
        start += part.width
    factors = tuple(factor for part in parts for factor in part.factors)
    return Factored(factors, tuple(rows), tuple(o for p in parts for o in p.offset), tuple(shifts))


def materialised(stream: Factored, limit: int) -> Factored:
    """The same set as a plain list of points. Raises Decline over the limit."""
    if stream.size > limit:
        raise Decline("points", exact.describe(stream.size))
    points: list[Vector] = []
    weights: list[int] = []
    for batch, chunk in stream.batches():
        points += batch.fractions()
        weights += chunk or [1] * len(batch)
    return listed(points, weights)


def added(parts: Iterable[Few], constant: Fraction) -> Few:
    """The sums of a value of each part, and a constant; None for more than FEW."""
    found = frozenset((constant,))
    for part in parts:
        if part is None:
            return None
        found = frozenset(a + b for a in found for b in part) if any(found) else part
        if len(found) > FEW:
            return None
    return found


def _moved(row: Row, start: int) -> Row:
    return tuple((start + c, v) for c, v in row)
