"""Add, Sub, Mul, Div, Neg, Sum, Mean: shifts into a neighbour's bias, scales as diagonal layers."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ....kernel.data.numbers import ONE
from ...constants import (
    broadcast,
    exact,
    fold,
    folded,
    fractions,
    integral,
    is_whole,
    shaped,
)
from ...graph import Array, Node, Tensor, Value
from ...trace import Trace
from .table import alike

MINUS = Fraction(-1)


def add(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """A constant goes into a bias; two computed tensors make a layer."""
    left, right = args
    if not isinstance(left, Tensor):
        left, right = right, left
    if not isinstance(left, Tensor):
        return fold(trace, operator.add, left, right)
    if not isinstance(right, Tensor):
        return shifted(trace, left, exact(right))
    return weighted_sum(trace, (left, right), (ONE, ONE), node.operator)


def subtract(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """As for Add; a constant minus a tensor is a diagonal layer of −1."""
    left, right = args
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        return weighted_sum(trace, (left, right), (ONE, MINUS), node.operator)
    if isinstance(left, Tensor):
        return shifted(trace, left, _each(operator.neg, right))
    if isinstance(right, Tensor):
        return shifted(trace, scaled(trace, right, exact(np.array(-1))), exact(left))
    return fold(trace, operator.sub, left, right)


def multiply(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """A constant scale is a diagonal layer of its own."""
    left, right = args
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        node.fail("the product of two computed tensors is not piecewise linear")
    if isinstance(left, Tensor):
        return scaled(trace, left, exact(right))
    if isinstance(right, Tensor):
        return scaled(trace, right, exact(left))
    return fold(trace, operator.mul, left, right)


def divide(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """By a constant: a diagonal layer. Integer constants divide towards zero, as in C."""
    left, right = args
    if isinstance(right, Tensor):
        node.fail("division by a computed tensor is not piecewise linear")
    if not all(fractions(right)):
        node.fail("division by zero")
    if isinstance(left, Tensor):
        return scaled(trace, left, _each(lambda v: ONE / v, right))
    if left.dtype.kind == right.dtype.kind == "i" and (right == -1).any():
        if (left == np.iinfo(left.dtype).min).any():  # undefined in C
            node.fail(f"the least {left.dtype} divided by -1")
    return fold(trace, quotient, left, right)


def negate(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """A diagonal layer of −1. The least integer of a type is its own negative."""
    value = args[0]
    if isinstance(value, Tensor):
        return scaled(trace, value, exact(np.array(-1)))
    read = integral if is_whole(value) else exact
    return folded(trace, [-v for v in read(value).reshape(-1)], value.shape, value.dtype)


def total(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """Sum: the computed tensors make one layer, the constants go into its bias."""
    return _share(node, args, ONE, trace)


def mean(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """Mean: as for Sum, each input divided by their number."""
    return _share(node, args, Fraction(1, len(args)), trace)


def _share(node: Node, args: Sequence[Value], weight: Fraction, trace: Trace) -> Value:
    """weight · Σ of the inputs, broadcast."""
    alike(node, args)
    tensors = [a for a in args if isinstance(a, Tensor)]
    known: Value = None
    for value in args:
        if not isinstance(value, Tensor):
            known = value if known is None else fold(trace, operator.add, known, value)
    if known is not None and weight != 1:
        known = fold(trace, operator.mul, exact(known), shaped([weight], ()))
    if not tensors:
        return known
    joined = tensors[0]
    if len(tensors) > 1 or weight != 1:
        joined = weighted_sum(trace, tensors, (weight,) * len(tensors), node.operator)
    return joined if known is None else shifted(trace, joined, exact(known))


def shifted(trace: Trace, tensor: Tensor, offsets: Array) -> Tensor:
    """tensor + offsets, broadcast: other elements, no layer."""
    shape = broadcast(trace, tensor.shape, offsets.shape)
    ids = np.broadcast_to(tensor.ids, shape).reshape(-1).tolist()
    values = np.broadcast_to(offsets, shape).reshape(-1)
    return _tensor([trace.shift(i, v) for i, v in zip(ids, values, strict=True)], shape)


def scaled(trace: Trace, tensor: Tensor, factors: Array) -> Tensor:
    """tensor · factors, broadcast: a diagonal layer."""
    shape = broadcast(trace, tensor.shape, factors.shape)
    ids = np.broadcast_to(tensor.ids, shape).reshape(-1).tolist()
    values = np.broadcast_to(factors, shape).reshape(-1)
    rows = (((i,), (v,)) for i, v in zip(ids, values, strict=True))
    return _tensor(trace.block(rows), shape)


def weighted_sum(
    trace: Trace, tensors: Sequence[Tensor], weights: Sequence[Fraction], lowered: str
) -> Tensor:
    """Σ weight · tensor, broadcast: a layer."""
    shape = broadcast(trace, *(t.shape for t in tensors))
    trace.charge(len(tensors) * math.prod(shape))
    parts = [np.broadcast_to(t.ids, shape).reshape(-1).tolist() for t in tensors]
    rows = ((ids, tuple(weights)) for ids in zip(*parts, strict=True))
    return _tensor(trace.block(rows, lowered=lowered), shape)


def _tensor(ids: Sequence[int], shape: tuple[int, ...]) -> Tensor:
    return Tensor(np.array(ids, dtype=np.int64).reshape(shape))


def quotient(a: Any, b: Any) -> Any:
    """a / b, towards zero for integers."""
    if isinstance(a, int) and isinstance(b, int):
        return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
    return a / b


def _each(operation: Callable[[Fraction], Fraction], array: Array) -> Array:
    return shaped([operation(v) for v in fractions(array)], array.shape)
