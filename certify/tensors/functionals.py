"""Linear functionals of points as sums of table entries, one for each group of choices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from ..kernel.data.linear import combine, dot
from ..kernel.data.network import Row
from ..kernel.data.numbers import ONE, common_denominator
from .enclosure import WORD, Array, common, integers, largest, widened
from .points import Group, Source, View


@dataclass(frozen=True)
class Functionals:
    """Linear functionals of a view in integers: value = unit · (Σ table entries + base + …)."""

    unit: Fraction
    base: Array  # (rows,)
    tables: tuple[Array, ...]  # (choices, rows) for each group
    responses: tuple[Array, ...]  # (rows,) for each shift
    slopes: Array  # (smooth coordinates, rows): the coefficients of t
    steps: Array  # (smooth coordinates,): how far from its t the value may be

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
        return [
            part.astype(object) if largest(part) >= 1 << (WORD - 12) else part for part in parts
        ]


def functionals(
    source: Source,
    view: View,
    rows: Sequence[Row],
    bias: Sequence[Fraction],
    groups: Sequence[Group],
) -> Functionals:
    """row·x + bias over the source's points, for every row, as integers over one unit."""
    plain = all(row == ((i, ONE),) for i, row in enumerate(view.rows))
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
    whole = [integers(widened(part, shared) // shared) for part in [*tables, *exact]]
    base, moves = whole[len(tables)], whole[len(tables) + 1 :]
    return Functionals(
        Fraction(shared, bottom),
        base,
        tuple(whole[: len(tables)]),
        tuple(moves[: len(answers)]),
        np.array(moves[len(answers) :]).reshape(-1, len(rows)),
        np.array([s.step for s in source.smooth]),
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
