"""A rational point of a set, to show that it is not empty.

Bounds alone are easy. Rows are met by exact projection steps, or by HiGHS where it is
installed, its answer made rational and checked.
"""

from __future__ import annotations

from fractions import Fraction

from ...kernel.data.linear import dot
from ...kernel.data.numbers import ZERO
from ...kernel.language.functions.base import Vector
from ...kernel.language.sets import Polyhedron, Set
from ..answers import Options
from .highs import silent_model

STEPS = 200


def point(domain: Set, options: Options) -> Vector | None:
    """A point of the set, or None where none was found."""
    region = domain.polyhedron()
    if region is None:
        return None
    u = parameters(region, options)
    return None if u is None else region.place(u)


def parameters(region: Polyhedron, options: Options) -> Vector | None:
    """Parameters within the bounds that meet every row, or None where none were found."""
    start = tuple(
        (low + high) / 2
        if low is not None and high is not None
        else low
        if low is not None
        else high
        if high is not None
        else ZERO
        for low, high in zip(region.lower, region.upper, strict=True)
    )
    if any(
        low is not None and high is not None and low > high
        for low, high in zip(region.lower, region.upper, strict=True)
    ):
        return None
    return _projected(region, start, options) or _by_highs(region, options)


def _meets(region: Polyhedron, u: Vector) -> bool:
    inside = all(
        (low is None or low <= v) and (high is None or v <= high)
        for low, v, high in zip(region.lower, u, region.upper, strict=True)
    )
    return inside and all(dot(row, u) <= bound for row, bound in region.rows)


def _projected(region: Polyhedron, u: Vector, options: Options) -> Vector | None:
    """Project on a violated row, then on the bounds, and again."""
    for _ in range(STEPS):
        if options.left <= 0:
            break
        if _meets(region, u):
            return u
        for row, bound in region.rows:
            excess = dot(row, u) - bound
            if excess > 0:
                size = sum((v * v for _, v in row), ZERO)
                share = excess / size
                moved = dict(row)
                u = tuple(v - share * moved.get(i, ZERO) for i, v in enumerate(u))
        u = tuple(
            _rounded(v, low, high)
            for v, low, high in zip(u, region.lower, region.upper, strict=True)
        )
    return None


def _rounded(v: Fraction, low: Fraction | None, high: Fraction | None) -> Fraction:
    if v.denominator.bit_length() > 64:
        v = Fraction(round(v * (1 << 48)), 1 << 48)
    if low is not None and v < low:
        return low
    return high if high is not None and v > high else v


def _by_highs(region: Polyhedron, options: Options) -> Vector | None:
    model = silent_model()
    if model is None:
        return None
    infinity = float("inf")
    for low, high in zip(region.lower, region.upper, strict=True):
        model.addVar(
            -infinity if low is None else float(low), infinity if high is None else float(high)
        )
    for row, bound in region.rows:
        columns = [c for c, _ in row]
        model.addRow(-infinity, float(bound), len(row), columns, [float(v) for _, v in row])
    model.setOptionValue("time_limit", max(options.left, 0.0))
    model.run()
    values = list(model.getSolution().col_value)
    for digits in (20, 40, 52):
        u = tuple(
            _rounded(Fraction(round(Fraction(v) * (1 << digits)), 1 << digits), low, high)
            for v, low, high in zip(values, region.lower, region.upper, strict=True)
        )
        if _meets(region, u):
            return u
    return None
