"""Sets as formulas: what a point must satisfy to lie in one."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

from ..kernel.data.numbers import ONE, ZERO
from ..kernel.language.formula import Atom, Formula, Junction, Variable
from ..kernel.language.sets import Set, combine, convex, finite
from ..kernel.verdict import Malformed

Terms = dict[Variable, Fraction]
Coordinate = tuple[Terms, Fraction]  # an affine function of x


def coordinates(n: int) -> list[Coordinate]:
    """x₀, …, xₙ₋₁."""
    return [({("x", i): ONE}, ZERO) for i in range(n)]


def membership(on: Set, z: list[Coordinate]) -> list[Formula]:
    """Formulas that hold together just where the point with coordinates z lies in the set.

    Raises Malformed, which names a set that linear formulas over z cannot tell.
    """
    match on:
        case convex.Box(lower=lower, upper=upper):
            sides = zip(z, lower, upper, strict=True)
            return [f for c, a, b in sides for f in (_compare(">=", c, a), _compare("<=", c, b))]
        case convex.Polytope(rows=rows):
            return [_compare("<=", _combined(row, z), bound) for row, bound in rows]
        case convex.Space():
            return []
        case finite.Hypercube(values=values):
            return [_one_of(c, values) for c in z]
        case finite.Grid(lists=lists):
            return [_one_of(c, values) for c, values in zip(z, lists, strict=True)]
        case finite.Points(points=points):
            return [
                either(
                    [
                        both([_compare("=", *pair) for pair in zip(z, p, strict=True)])
                        for p in points
                    ]
                )
            ]
        case combine.Product(parts=parts):
            ends = [sum(part.dimension for part in parts[:k]) for k in range(len(parts) + 1)]
            cuts = zip(parts, pairwise(ends), strict=True)
            return [f for part, (low, high) in cuts for f in membership(part, z[low:high])]
        case combine.Embed():
            return _embedded(on, z)
    raise Malformed("", f"VNN-LIB cannot say that a point lies in a {type(on).__name__.lower()}")


def _embedded(on: combine.Embed, z: list[Coordinate]) -> list[Formula]:
    """Each coordinate of the base is read off a row that holds it alone; the rest must agree."""
    source: dict[int, int] = {}
    for i, row in enumerate(on.matrix):
        if len(row) == 1:
            source.setdefault(row[0][0], i)
    if len(source) < on.base.dimension:
        raise Malformed("", "VNN-LIB cannot name the points of an embed that mixes coordinates")
    base: list[Coordinate] = []
    for k in range(on.base.dimension):
        i = source[k]
        scale = 1 / on.matrix[i][0][1]
        terms, constant = z[i]
        moved = (constant - on.offset[i]) * scale
        base.append(({key: v * scale for key, v in terms.items()}, moved))
    formulas = membership(on.base, base)
    for i, row in enumerate(on.matrix):
        if i not in source.values():
            minus = _combined([(0, ONE), *((c + 1, -v) for c, v in row)], [z[i], *base])
            formulas.append(_compare("=", minus, on.offset[i]))
    return formulas


def _combined(row: Iterable[tuple[int, Fraction]], z: list[Coordinate]) -> Coordinate:
    terms: Terms = {}
    total = ZERO
    for c, v in row:
        for key, w in z[c][0].items():
            terms[key] = terms.get(key, ZERO) + v * w
        total += v * z[c][1]
    return terms, total


def _compare(relation: str, left: Coordinate, right: Fraction) -> Atom:
    terms = tuple((key, v) for key, v in left[0].items() if v)
    return Atom(relation, terms, left[1] - right)


def _one_of(z: Coordinate, values: Iterable[Fraction]) -> Formula:
    return either([_compare("=", z, v) for v in values])


def either(parts: list[Formula]) -> Formula:
    """The "or" of one or more formulas."""
    return parts[0] if len(parts) == 1 else Junction("or", tuple(parts))


def both(parts: list[Formula]) -> Formula:
    """The "and" of one or more formulas."""
    return parts[0] if len(parts) == 1 else Junction("and", tuple(parts))
