"""Constants of a graph: numpy arrays whose values are read exactly.

A float array is kept as it was stored until its values are needed; then each becomes
the dyadic rational that it is. Arithmetic on constants is exact, never rounded.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from ..kernel.numbers import bits
from ..kernel.verdict import Malformed
from .graph import Array
from .trace import MAX_BITS, Trace


def fractions(array: Array) -> list[Fraction]:
    """The values in row-major order. Raises Malformed for NaN and infinities."""
    if array.dtype == object:
        return [Fraction(v) for v in array.reshape(-1).tolist()]
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise Malformed("", "a constant is NaN or infinite")
    return [Fraction(v) for v in array.reshape(-1).tolist()]


def exact(array: Array) -> Array:
    """The same array with Fractions as its entries."""
    result = np.empty(array.size, dtype=object)
    result[:] = fractions(array)
    return result.reshape(array.shape)


def integers(array: Array) -> tuple[int, ...]:
    """The values of a vector (or scalar) of integers: shapes, axes, indices."""
    if array.dtype.kind not in "iu" or array.ndim > 1:
        raise Malformed("", "expected a vector of integers")
    return tuple(array.reshape(-1).tolist())


def fold(trace: Trace, operation: Callable[[Any, Any], Any], left: Array, right: Array) -> Array:
    """``operation`` on two constants, broadcast: exact, and integers stay integers."""
    shape = broadcast(trace, left.shape, right.shape)
    whole = left.dtype.kind in "iu" and right.dtype.kind in "iu"
    read = integral if whole else exact
    values = [
        operation(a, b)
        for a, b in zip(
            np.broadcast_to(read(left), shape).reshape(-1),
            np.broadcast_to(read(right), shape).reshape(-1),
            strict=True,
        )
    ]
    return folded(trace, values, shape, whole)


def folded(trace: Trace, values: list[Any], shape: tuple[int, ...], whole: bool = False) -> Array:
    """A constant of the values given, bounded in size."""
    if whole:
        if any(not -(1 << 63) <= v < 1 << 63 for v in values):
            raise Malformed("", "an integer constant leaves 64 bits")
        return np.array(values, dtype=np.int64).reshape(shape)
    longest = max((bits(v) for v in values), default=0)
    if longest > MAX_BITS:
        raise Malformed("", f"a constant of more than {MAX_BITS} bits")
    trace.charge(len(values) * (longest // 64))
    result = np.empty(len(values), dtype=object)
    result[:] = values
    return result.reshape(shape)


def integral(array: Array) -> Array:
    """An integer array with Python integers as its entries: no overflow."""
    return array.astype(object)


def broadcast(trace: Trace, *shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The common shape, its size accounted for. Raises Malformed where there is none."""
    try:
        shape = tuple(int(d) for d in np.broadcast_shapes(*shapes))
    except ValueError:
        raise Malformed("", f"shapes {', '.join(map(str, shapes))} do not fit") from None
    trace.charge(math.prod(shape))
    return shape
