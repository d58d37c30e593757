"""Constants of a graph: numpy arrays whose values are read exactly.

A float array is kept as it was stored until its values are needed; then each becomes the
dyadic rational that it is. Arithmetic on floats is over the reals (DESIGN, section 2), so it is
never rounded: 1/3 of two float constants is 1/3, where a runtime that folds the same constants
keeps the float nearest to it. Only a Cast, which asks for rounding, rounds. A step function
(a comparison, Floor, a Cast to integers) of a constant that a runtime would have rounded before
is refused: see :func:`held`. An integer array keeps its type, and its arithmetic wraps as the
type does. The types of floats are with the nodes, ``Node.kinds``; bfloat16 is stored as float32.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ..kernel.data.numbers import ZERO, bits
from ..kernel.verdict import Malformed
from .graph import Array, Node
from .trace import MAX_BITS, Trace

OBJECT = np.dtype(object)
# bits of the significand, least and largest exponent of a normal number
FLOATS = {
    "float16": (11, -14, 15),
    "bfloat16": (8, -126, 127),
    "float32": (24, -126, 127),
    "float64": (53, -1022, 1023),
}


def fractions(array: Array) -> list[Fraction]:
    """The values in row-major order. Raises Malformed for NaN and infinities."""
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise Malformed("", "a constant is NaN or infinite")
    return [Fraction(v) for v in array.reshape(-1).tolist()]


def exact(array: Array) -> Array:
    """The same array with Fractions as its entries."""
    return shaped(fractions(array), array.shape)


def shaped(values: Sequence[Any], shape: tuple[int, ...]) -> Array:
    """An array of objects, in row-major order; of no dimensions too."""
    result = np.empty(len(values), dtype=object)
    result[:] = values
    return result.reshape(shape)


def plain(array: Array) -> Array:
    """A stored tensor as a constant: bfloat16, which numpy lacks, widens to float32."""
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else array


def integers(array: Array) -> tuple[int, ...]:
    """The values of a vector (or scalar) of integers: shapes, axes, indices."""
    if not is_whole(array) or array.ndim > 1:
        raise Malformed("", "expected a vector of integers")
    return tuple(array.reshape(-1).tolist())


def is_whole(array: Array) -> bool:
    """Whether the constant is of an integer type."""
    return array.dtype.kind in "iu"


def fold(trace: Trace, operation: Callable[[Any, Any], Any], left: Array, right: Array) -> Array:
    """``operation`` on two constants, broadcast: exact on floats, on integers as their type does.

    Raises Malformed where the types of two integer constants differ, and for truth values.
    """
    shape = broadcast(trace, left.shape, right.shape)
    if left.dtype.kind == right.dtype.kind == "b":
        raise Malformed("", "arithmetic on truth values")
    whole = is_whole(left) and is_whole(right)
    if whole and left.dtype != right.dtype:
        raise Malformed("", f"integers of two types, {left.dtype} and {right.dtype}")
    read = integral if whole else exact
    pairs = zip(
        np.broadcast_to(read(left), shape).reshape(-1),
        np.broadcast_to(read(right), shape).reshape(-1),
        strict=True,
    )
    return folded(trace, [operation(a, b) for a, b in pairs], shape, left.dtype if whole else None)


def folded(trace: Trace, values: Sequence[Any], shape: tuple[int, ...], dtype: Any = None) -> Array:
    """A constant of the values given: of integers wrapped to ``dtype``, else bounded in size."""
    if dtype is not None and dtype.kind in "iu":
        return wrapped(values, dtype).reshape(shape)
    longest = max((bits(v) for v in values), default=0)
    if longest > MAX_BITS:
        raise Malformed("", f"a constant of more than {MAX_BITS} bits")
    trace.charge(len(values) * (longest // 64))
    return shaped(values, shape)


def wrapped(values: Iterable[Any], dtype: Any) -> Array:
    """Integers as a type of numpy's holds them: modulo 2 to its bits."""
    limits = np.iinfo(dtype)
    span = 1 << limits.bits
    low = int(limits.min)
    kept = []
    for value in values:
        if value != int(value):
            raise Malformed("", f"a number that is not whole, of type {dtype}")
        kept.append((int(value) - low) % span + low)
    return np.array(kept, dtype=dtype)


def added(trace: Trace, values: Iterable[Any]) -> Any:
    """The sum, its growing denominators accounted for."""
    total = ZERO
    for value in values:
        total += value
        size = bits(total)
        if size > MAX_BITS:
            raise Malformed("", f"a constant of more than {MAX_BITS} bits")
        if size > 256:
            trace.charge(size // 64)
    return total


def bounded(sums: Iterable[Any], dtype: Any) -> None:
    """Refuse sums of integers, given by the sums of their sizes, that may leave ``dtype``.

    For operators that wrap in one runtime and saturate, or go by floats, in another.
    """
    if dtype.kind in "iu":
        limit = min(int(np.iinfo(dtype).max), 1 << 53)
        if any(v > limit for v in sums):
            raise Malformed("", f"a sum that may leave {dtype}, or 53 bits: runtimes disagree")


def integral(array: Array) -> Array:
    """An integer array with Python integers as its entries: no overflow."""
    return array.astype(object)


def rounded(value: Fraction, kind: str) -> Fraction:
    """The number of a float type nearest to ``value``, ties to even; Malformed past its range."""
    precision, low, high = FLOATS[kind]
    if not value:
        return ZERO
    exponent = abs(value.numerator).bit_length() - value.denominator.bit_length()
    if abs(value) < Fraction(2) ** exponent:
        exponent -= 1
    step = Fraction(2) ** (max(exponent, low) - precision + 1)
    result = round(value / step) * step
    if abs(result) >= Fraction(2) ** (high + 1):
        raise Malformed("", f"a constant leaves the range of {kind}")
    return result


def held(node: Node, index: int, array: Array) -> list[Fraction]:
    """The values of input ``index``, each of which its type holds.

    Raises Malformed where one is not a number of that type: a runtime has rounded it before,
    so that a step function of it may give another value there.
    """
    values = fractions(array)
    if array.dtype != OBJECT:
        return values
    kind = node.kinds[index] if node.kinds else ""
    if kind not in FLOATS or any(rounded(v, kind) != v for v in values):
        node.fail("a constant was computed that its type does not hold: its rounding decides here")
    return values


def broadcast(trace: Trace, *shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The common shape, its size accounted for. Raises Malformed where there is none."""
    try:
        shape = tuple(int(d) for d in np.broadcast_shapes(*shapes))
    except ValueError:
        raise Malformed("", f"shapes {', '.join(map(str, shapes))} do not fit") from None
    trace.charge(math.prod(shape))
    trace.expect(4 * math.prod(shape))  # what a tensor of this shape costs
    return shape
