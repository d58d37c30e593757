"""Relu and PRelu: masks on the layer before them; LeakyRelu and Abs: one layer more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from ....kernel.data.numbers import ONE, ZERO
from ....kernel.verdict import Malformed
from ...constants import broadcast, exact, folded, fractions
from ...graph import Node, Tensor, Value
from ...trace import Trace
from .piecewise import Combination, combine
from .table import constant


def relu(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """max(x, 0); on the network's input, an identity layer with a mask."""
    value = args[0]
    if not isinstance(value, Tensor):
        kept = [max(v, ZERO) for v in fractions(value)]
        return folded(trace, kept, value.shape, value.dtype)
    ids = trace.relu(value.flat(), node.operator)
    return Tensor(np.array(ids, dtype=np.int64).reshape(value.shape))


def prelu(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """max(x, 0) + slope · min(x, 0), slope broadcast to x: slope 1 keeps, slope 0 cuts."""
    slopes = exact(constant(node, args[1], "slope"))
    shape = args[0].shape
    if broadcast(trace, shape, slopes.shape) != shape:
        raise Malformed("", f"slope of shape {list(slopes.shape)} for {list(shape)}")
    return _leaky(node, args[0], np.broadcast_to(slopes, shape).reshape(-1).tolist(), trace)


def leaky_relu(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """PRelu with one slope; 0.01, as a float32, where it is not given."""
    slope = node.number("alpha", Fraction(float(np.float32(0.01))))
    return _leaky(node, args[0], [slope] * math.prod(args[0].shape), trace)


def absolute(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """|x|: PRelu with slope −1."""
    return _leaky(node, args[0], [-ONE] * math.prod(args[0].shape), trace)


def _leaky(node: Node, value: Value, slopes: list[Fraction], trace: Trace) -> Value:
    """slope · x + (1 − slope) · relu(x)."""
    if not isinstance(value, Tensor):
        values = zip(fractions(value), slopes, strict=True)
        bent = [v if v > 0 else s * v for v, s in values]
        return folded(trace, bent, value.shape, value.dtype)
    ids = value.flat()
    kinked = [i for i, slope in zip(ids, slopes, strict=True) if slope != 1]
    cut = dict(zip(kinked, trace.relu(kinked, node.operator), strict=True))
    combinations = [
        Combination.of(i) if s == 1 else Combination(((i, s), (cut[i], 1 - s)), ZERO)
        for i, s in zip(ids, slopes, strict=True)
    ]
    return Tensor(combine(trace, combinations, node.operator).reshape(value.shape))
