"""Operators on constants alone: they shape other constants, and no layer comes of them.

A number that is no rational (√2) is refused. See :mod:`certify.networks.constants` for what
folding means, and for why a step function refuses what a runtime would have rounded.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ....kernel.data.numbers import ONE, bits
from ...constants import (
    FLOATS,
    broadcast,
    folded,
    fractions,
    held,
    is_whole,
    rounded,
    shaped,
)
from ...graph import Array, Node, Value
from ...trace import MAX_BITS, MAX_WORK, Trace
from .table import constant

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equal": operator.eq,
    "Greater": operator.gt,
    "GreaterOrEqual": operator.ge,
    "Less": operator.lt,
    "LessOrEqual": operator.le,
}
LOGIC = {"And": np.logical_and, "Or": np.logical_or, "Xor": np.logical_xor}
STEPS: dict[str, Callable[[Fraction], int]] = {
    "Ceil": math.ceil,
    "Floor": math.floor,
    "Round": round,  # ties to even, as the operator says
    "Sign": lambda v: (v > 0) - (v < 0),
}


def compare(node: Node, args: Sequence[Value], trace: Trace) -> Array:
    """Equal, Less and their like, broadcast."""
    lists = [held(node, i, constant(node, a, "an input")) for i, a in enumerate(args)]
    shape = broadcast(trace, *(a.shape for a in args))
    pairs = [
        np.broadcast_to(shaped(values, a.shape), shape).reshape(-1)
        for values, a in zip(lists, args, strict=True)
    ]
    test = COMPARISONS[node.operator]
    found = [test(a, b) for a, b in zip(*pairs, strict=True)]
    return np.array(found, dtype=bool).reshape(shape)


def logic(node: Node, args: Sequence[Value], trace: Trace) -> Array:
    """And, Or, Xor, broadcast."""
    left, right = (constant(node, a, "an input") for a in args)
    broadcast(trace, left.shape, right.shape)
    return np.asarray(LOGIC[node.operator](left, right))


def negation(node: Node, args: Sequence[Value], trace: Trace) -> Array:
    """Not."""
    return np.asarray(np.logical_not(constant(node, args[0], "the input")))


def where(node: Node, args: Sequence[Value], trace: Trace) -> Array:
    """The second input where the first holds, else the third."""
    chosen, left, right = (constant(node, a, "an input") for a in args)
    shape = broadcast(trace, chosen.shape, left.shape, right.shape)
    if left.dtype == right.dtype:
        return np.asarray(np.where(chosen, left, right))
    parts = [np.broadcast_to(shaped(fractions(a), a.shape), shape) for a in (left, right)]
    return np.where(np.broadcast_to(chosen, shape), *parts)


def step(node: Node, args: Sequence[Value], trace: Trace) -> Array:
    """Ceil, Floor, Round, Sign."""
    value = constant(node, args[0], "the input")
    made = [STEPS[node.operator](v) for v in held(node, 0, value)]
    return folded(
        trace, made if is_whole(value) else [*map(Fraction, made)], value.shape, value.dtype
    )


def square_root(node: Node, args: Sequence[Value], trace: Trace) -> Array:
    """√x, where it is rational."""
    value = constant(node, args[0], "the input")
    return folded(trace, [_root(node, v) for v in fractions(value)], value.shape)


def reciprocal(node: Node, args: Sequence[Value], trace: Trace) -> Array:
    """1/x."""
    value = constant(node, args[0], "the input")
    if not all(fractions(value)):
        node.fail("division by zero")
    return folded(trace, [ONE / v for v in fractions(value)], value.shape)


def power(node: Node, args: Sequence[Value], trace: Trace) -> Array:
    """x^y for whole y, and where y is a half and the root is rational. The type is that of x."""
    base, exponent = (constant(node, a, "an input") for a in args)
    held(node, 1, exponent)
    shape = broadcast(trace, base.shape, exponent.shape)
    bases, exponents = (
        np.broadcast_to(shaped(fractions(a), a.shape), shape).reshape(-1) for a in (base, exponent)
    )
    values = []
    for x, y in zip(bases, exponents, strict=True):
        values.append(_power(node, x, y))
        trace.charge(4 + bits(values[-1]) // 16)
    if is_whole(base):
        limit = min(1 << 53, np.iinfo(base.dtype).max)
        if any(v.denominator != 1 or abs(v) > limit for v in values):  # by floats, in runtimes
            node.fail(f"a power that leaves {base.dtype} or 53 bits")
    return folded(trace, values, shape, base.dtype)


def modulo(node: Node, args: Sequence[Value], trace: Trace) -> Array:
    """The remainder: with the sign of the divisor, or of the dividend where ``fmod`` is 1."""
    left, right = (constant(node, a, "an input") for a in args)
    fmod = node.flag("fmod")
    if not fmod and not is_whole(left):
        node.fail("floats need fmod = 1")
    first, second = held(node, 0, left), held(node, 1, right)
    if not all(second):
        node.fail("division by zero")
    if left.dtype.kind == "i" and -1 in second and np.iinfo(left.dtype).min in first:
        node.fail(f"the least {left.dtype} divided by -1")  # undefined in C
    shape = broadcast(trace, left.shape, right.shape)
    pairs = zip(
        np.broadcast_to(shaped(first, left.shape), shape).reshape(-1),
        np.broadcast_to(shaped(second, right.shape), shape).reshape(-1),
        strict=True,
    )
    round_ = math.trunc if fmod else math.floor
    return folded(trace, [a - b * round_(a / b) for a, b in pairs], shape, left.dtype)


def sequence(node: Node, args: Sequence[Value], trace: Trace) -> Array:
    """Range: start, start + delta, … before limit."""
    lists = [held(node, i, constant(node, a, "an input")) for i, a in enumerate(args)]
    if any(len(values) != 1 for values in lists):
        node.fail("start, limit and delta are not numbers")
    [[start], [limit], [delta]] = lists
    if not delta:
        node.fail("a delta of 0")
    steps = (limit - start) / delta
    kind = node.kinds[0] if node.kinds else ""
    if kind in FLOATS and math.ceil(rounded(steps, kind)) != math.ceil(steps):
        node.fail("rounding decides how many there are")
    count = max(math.ceil(steps), 0)
    trace.charge(min(16 * count, MAX_WORK + 1))
    dtype = args[0].dtype
    return folded(trace, [start + i * delta for i in range(count)], (count,), dtype)


def dequantize(node: Node, args: Sequence[Value], trace: Trace) -> Array:
    """(x − zero_point) · scale, by tensor or along an axis."""
    value, scale = constant(node, args[0], "x"), constant(node, args[1], "x_scale")
    scales, zeros = _along(node, value, scale, args[2])
    values = [(v - z) * s for v, z, s in zip(fractions(value), zeros, scales, strict=True)]
    return folded(trace, values, value.shape)


def quantize(node: Node, args: Sequence[Value], trace: Trace) -> Array:
    """round(x / scale) + zero_point, ties to even, kept within the type of zero_point."""
    value, scale = constant(node, args[0], "x"), constant(node, args[1], "y_scale")
    held(node, 0, value)
    held(node, 1, scale)
    if node.integer("precision", 0):
        node.fail("attribute precision not supported")
    kind, made = node.kinds[0], node.makes[0]
    if kind not in FLOATS or made not in ("int8", "uint8", "int16", "uint16"):
        node.fail(f"{kind} to {made} not supported")
    limits = np.iinfo(made)
    scales, zeros = _along(node, value, scale, args[2])
    result = []
    for v, z, s in zip(fractions(value), zeros, scales, strict=True):
        whole = round(v / s)
        if whole != round(rounded(v / s, kind)):
            node.fail("rounding in the type of x decides a quantized value")
        result.append(min(max(whole + int(z), int(limits.min)), int(limits.max)))
    return np.array(result, dtype=made).reshape(value.shape)


def _along(
    node: Node, value: Array, scale: Array, zero: Value
) -> tuple[list[Fraction], list[Fraction]]:
    """The scale and zero point of each entry of ``value``."""
    zeros = np.zeros(scale.shape, np.int32) if zero is None else constant(node, zero, "zero_point")
    if node.integer("block_size", 0):
        node.fail("attribute block_size not supported")
    if zeros.shape != scale.shape:
        node.fail(f"scale of shape {list(scale.shape)}, zero point of {list(zeros.shape)}")
    if not all(v > 0 for v in fractions(scale)):
        node.fail("a scale that is not positive")
    if scale.size == 1 and scale.ndim < 2:
        wide: tuple[int, ...] = (1,) * value.ndim
    else:
        axis = node.integer("axis", 1)
        rank = value.ndim
        if not -rank <= axis < rank or scale.shape != (value.shape[axis],):
            node.fail(f"scale of shape {list(scale.shape)} along axis {axis}")
        wide = tuple(d if i == axis % rank else 1 for i, d in enumerate(value.shape))
    spread = [
        np.broadcast_to(shaped(fractions(a), a.shape).reshape(wide), value.shape).reshape(-1)
        for a in (scale, zeros)
    ]
    return spread[0].tolist(), spread[1].tolist()


def _root(node: Node, value: Fraction) -> Fraction:
    if value < 0:
        node.fail("the square root of a negative number")
    top, bottom = math.isqrt(value.numerator), math.isqrt(value.denominator)
    root = Fraction(top, bottom)
    if root * root != value:
        node.fail("a square root that is not rational")
    return root


def _power(node: Node, base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator == 2:
        base, exponent = _root(node, base), exponent * 2
    if exponent.denominator != 1:
        node.fail("a power that is not rational")
    if not base and exponent < 0:
        node.fail("0 to a negative power")
    if base in (0, 1, -1):
        return base ** (2 - int(exponent) % 2 if exponent else 0)
    if abs(exponent) * bits(base) > 2 * MAX_BITS:
        node.fail(f"a constant of more than {MAX_BITS} bits")
    return base ** int(exponent)
