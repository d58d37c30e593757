"""Rows as combinations of few independent ones: what functions of a product set really read."""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm

from ..kernel.data.network import Row
from ..kernel.data.numbers import ZERO
from ..kernel.verdict import Decline

MAX_RANK = 64  # more rows than this reach too many states to be worth a try


def factor(rows: tuple[Row, ...]) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """(A, U) with rows = U·A and the rows of A independent.

    Raises Decline where A would have more than MAX_RANK rows.
    """
    basis: list[Row] = []
    reduced: list[tuple[int, dict[int, Fraction], dict[int, Fraction]]] = []
    known: dict[Row, Row] = {(): ()}
    maps: list[Row] = []
    for row in rows:
        if row not in known:
            known[row] = _express(row, basis, reduced)
        maps.append(known[row])
    return tuple(basis), tuple(maps)


def _express(
    row: Row,
    basis: list[Row],
    reduced: list[tuple[int, dict[int, Fraction], dict[int, Fraction]]],
) -> Row:
    """The row as a combination of the basis, to which it is added where it is new."""
    rest = dict(row)
    combination: dict[int, Fraction] = {}
    for pivot, other, recipe in reduced:
        weight = rest.get(pivot)
        if not weight:
            continue
        for c, v in other.items():
            total = rest.get(c, ZERO) - weight * v
            if total:
                rest[c] = total
            else:
                rest.pop(c, None)
        for k, v in recipe.items():
            combination[k] = combination.get(k, ZERO) + weight * v
    if rest:
        if len(basis) >= MAX_RANK:
            raise Decline("rank", f"more than {MAX_RANK} independent functionals")
        primitive, factor_ = _primitive(row)
        index = len(basis)
        basis.append(primitive)
        # primitive = (row)/factor_ ; rest = row − Σ combination·basis
        pivot = min(rest)
        scale = rest[pivot]
        recipe = {k: -v / scale for k, v in combination.items() if v}
        recipe[index] = factor_ / scale
        reduced.append((pivot, {c: v / scale for c, v in rest.items()}, recipe))
        return ((index, factor_),)
    return tuple((k, combination[k]) for k in sorted(combination) if combination[k])


def _primitive(row: Row) -> tuple[Row, Fraction]:
    """(integers without a common factor, the number by which they were divided)."""
    bottom = lcm(*(v.denominator for _, v in row))
    top = gcd(*(v.numerator * (bottom // v.denominator) for _, v in row))
    factor_ = Fraction(top, bottom)
    return tuple((c, v / factor_) for c, v in row), factor_
