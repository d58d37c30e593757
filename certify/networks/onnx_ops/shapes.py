"""Cast, Shape, Size, ConstantOfShape, Expand: what exporters put around the arithmetic."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..constants import broadcast, exact, fractions, integers
from ..graph import Node, Tensor, Value
from ..trace import Trace
from .table import constant, moved

FLOATS = {1: "FLOAT", 10: "FLOAT16", 11: "DOUBLE", 16: "BFLOAT16"}  # TensorProto.DataType
WHOLE = {6: "int32", 7: "int64"}


def cast(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """Between floats: the same real number. Constants may become integers, towards zero."""
    value, to = args[0], node.integer("to", 0)
    if to in FLOATS:
        return value if isinstance(value, Tensor) else exact(value)
    if isinstance(value, Tensor):
        node.fail(f"a computed tensor cannot be cast to type {to}")
    if to not in WHOLE:
        node.fail(f"cast to type {to} not supported")
    whole = [math.trunc(v) for v in fractions(value)]
    limit = 1 << (31 if WHOLE[to] == "int32" else 63)
    if any(not -limit <= v < limit for v in whole):
        node.fail("an integer constant is out of range")
    return np.array(whole, dtype=WHOLE[to]).reshape(value.shape)


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
    value = node.attributes.get("value", np.zeros(1, dtype=np.float32))
    if min(sizes, default=0) < 0 or not isinstance(value, np.ndarray) or value.size != 1:
        node.fail("a negative size, or a value that is not one number")
    trace.charge(math.prod(sizes))
    return np.full(sizes, value.reshape(-1)[0], dtype=value.dtype)


def expand(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """Broadcast to a shape, either way."""
    sizes = integers(constant(node, args[1], "shape"))
    common = broadcast(trace, args[0].shape, sizes)
    return moved(args[0], lambda a: np.broadcast_to(a, common))
