"""Cast, Shape, Size, ConstantOfShape, Expand: what exporters put around the arithmetic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from ....kernel.verdict import Malformed
from ...constants import (
    FLOATS,
    broadcast,
    folded,
    fractions,
    held,
    integers,
    plain,
    rounded,
    wrapped,
)
from ...graph import Array, Node, Tensor, Value
from ...trace import Trace
from .table import constant, moved

# TensorProto.DataType: the element types of constants, as numpy names them
ELEMENTS = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64",
    9: "bool", 10: "float16", 11: "float64", 12: "uint32", 13: "uint64", 16: "bfloat16",
}  # fmt: skip

# casts of arrays that numpy rounds once, to the nearest, ties to even
BY_NUMPY = {
    ("float32", "float16"), ("float64", "float32"), ("int8", "float32"), ("uint8", "float32"),
}  # fmt: skip


def cast(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """Constants become what their new type holds; of a computed tensor only the type may widen."""
    to = node.integer("to", 0)
    if to not in ELEMENTS:
        node.fail(f"cast to type {to} not supported")
    return _cast(node, args[0], ELEMENTS[to], trace)


def cast_like(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """As Cast, to the type of the second input."""
    return _cast(node, args[0], node.kinds[1], trace)


def _cast(node: Node, value: Value, to: str, trace: Trace) -> Value:
    kind = node.kinds[0]
    if to in FLOATS and wider(to, kind):
        return value
    if isinstance(value, Tensor):
        node.fail(f"a computed tensor of {kind} cannot be cast to {to}: it would be rounded")
    trace.charge(value.size)
    if to in FLOATS:
        if value.dtype != object and (kind, to) in BY_NUMPY:
            return _by_numpy(value, to)
        values = [_nearest(node, v, kind, to) for v in held(node, 0, value)]
        return folded(trace, values, value.shape)
    if to == "bool":
        return np.array([v != 0 for v in held(node, 0, value)], dtype=bool).reshape(value.shape)
    dtype = np.dtype(to)
    whole = [math.trunc(v) for v in held(node, 0, value)]
    made = wrapped(whole, dtype).reshape(value.shape)
    if kind in FLOATS and made.reshape(-1).tolist() != whole:
        node.fail(f"a constant leaves the range of {to}")  # undefined by the specification
    return made


def wider(kind: str, than: str) -> bool:
    """Whether every number of the second float type is one of the first."""
    if kind not in FLOATS or than not in FLOATS:
        return False
    (bits, low, high), (fewer, lowest, highest) = FLOATS[kind], FLOATS[than]
    return bits >= fewer and high >= highest and low - bits <= lowest - fewer


def _by_numpy(value: Array, to: str) -> Array:
    if value.dtype.kind == "f":
        fractions(value)
    with np.errstate(over="ignore"):
        made = value.astype(to)
    if not np.isfinite(made).all():
        raise Malformed("", f"a constant leaves the range of {to}")
    return made


def _nearest(node: Node, value: Fraction, kind: str, to: str) -> Fraction:
    result = rounded(value, to)
    if to in ("float16", "bfloat16") and kind != "float32":
        if rounded(rounded(value, "float32"), to) != result:  # runtimes go by float32, or do not
            node.fail(f"a constant of {kind} that rounds to {to} in two ways")
    return result


def shape(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The dimensions, as a constant."""
    end = node.integer("end", len(args[0].shape))
    return np.array(args[0].shape[node.integer("start", 0) : end], dtype=np.int64)


def size(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The number of elements, as a constant."""
    return np.array(math.prod(args[0].shape), dtype=np.int64)


def constant_of_shape(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """One value everywhere; 0 where none is given."""
    sizes = integers(constant(node, args[0], "shape"))
    value = plain(node.attributes.get("value", np.zeros(1, dtype=np.float32)))
    if min(sizes, default=0) < 0 or not isinstance(value, np.ndarray) or value.size != 1:
        node.fail("a negative size, or a value that is not one number")
    trace.charge(math.prod(sizes))
    return np.full(sizes, value.reshape(-1)[0], dtype=value.dtype)


def expand(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """Broadcast to a shape, either way."""
    sizes = integers(constant(node, args[1], "shape"))
    common = broadcast(trace, args[0].shape, sizes)
    return moved(args[0], lambda a: np.broadcast_to(a, common))
