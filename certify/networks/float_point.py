"""A point of a set as floats that lie in the set, too, where some near it do."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ..kernel.data.linear import dot
from ..kernel.language.sets import Polyhedron, Set
from ..kernel.language.sets.base import identity_rows

GRIDS = (None, 22, 18, 14, 10)  # bits below the largest coordinate: equations survive on a grid
STEPS = 8  # of moves inward


def rounded(domain: Set, point: Sequence[Fraction], dtype: Any) -> np.ndarray:
    """The point in floats of the type: inside the set if floats near it are found that are.

    The nearest floats come first; then those that bounds and rows of a polyhedron push inward,
    and the same from coarser and coarser grids.
    """
    nearest = _floats(point, dtype)
    if domain.contains(_exact(nearest)):
        return nearest
    region = domain.polyhedron()
    if region is None or region.matrix != identity_rows(len(point)) or any(region.offset):
        return nearest
    size = max((abs(v) for v in point), default=Fraction(0))
    scale = size.numerator.bit_length() - size.denominator.bit_length()
    for bits in GRIDS:
        x = nearest
        if bits is not None:
            unit = Fraction(2) ** (scale - bits)
            x = _floats([round(v / unit) * unit for v in point], dtype)
        x = _inward(region, x)
        if domain.contains(_exact(x)):
            return x
    return nearest


def _floats(point: Sequence[Fraction], dtype: Any) -> np.ndarray:
    return np.array([v.numerator / v.denominator for v in point], dtype=dtype)


def _exact(x: np.ndarray) -> tuple[Fraction, ...]:
    return tuple(Fraction(float(v)) for v in x)


def _inward(region: Polyhedron, x: np.ndarray) -> np.ndarray:
    """The floats moved inside the bounds, then against each row that they break, a few times."""
    x = x.copy()
    for _ in range(STEPS):
        for i in range(len(x)):
            _bounded(region, x, i)
        exact = list(_exact(x))
        broken = [(row, bound) for row, bound in region.rows if dot(row, exact) > bound]
        if not broken:
            break
        for row, bound in broken:
            excess = dot(row, exact) - bound
            for i, weight in sorted(row, key=lambda entry: -abs(entry[1])):
                if excess <= 0:
                    break
                before = exact[i]
                x[i] = np.nextafter(x[i], x.dtype.type(-np.inf if weight > 0 else np.inf))
                _bounded(region, x, i)
                exact[i] = Fraction(float(x[i]))
                excess += weight * (exact[i] - before)
    return x


def _bounded(region: Polyhedron, x: np.ndarray, i: int) -> None:
    """One coordinate: the float beside it on the inner side of a bound that it breaks."""
    low, high, value = region.lower[i], region.upper[i], Fraction(float(x[i]))
    if low is not None and value < low:
        x[i] = np.nextafter(x[i], x.dtype.type(np.inf))
    elif high is not None and value > high:
        x[i] = np.nextafter(x[i], x.dtype.type(-np.inf))
