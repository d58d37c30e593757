"""Max, Min and Clip: max(a, b) = b + relu(a − b), in a balanced tree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from ....kernel.data.numbers import ONE
from ...constants import broadcast, fold, folded, fractions
from ...graph import Array, Node, Tensor, Value
from ...trace import Trace
from .piecewise import Combination, combine, relu_of
from .table import alike, constant

MINUS = Fraction(-1)


def maximum(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The largest of the inputs, broadcast. Beside one constant it is a shifted ReLU."""
    return _among(node, args, trace, 1)


def minimum(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The smallest of the inputs, broadcast."""
    return _among(node, args, trace, -1)


def clip(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """min(max(x, low), high) = low + relu(x − low) − relu(x − high)."""
    value = args[0]
    low, high = _bound(node, args[1], "min", -1), _bound(node, args[2], "max", 1)
    if low is not None and high is not None and low > high:
        node.fail("min is above max")
    if not isinstance(value, Tensor):
        kept = [v if low is None else max(v, low) for v in fractions(value)]
        kept = [v if high is None else min(v, high) for v in kept]
        return folded(trace, kept, value.shape, value.dtype)
    ids = value.flat()
    found = [Combination.of(i) for i in ids]
    if low is not None:
        cut = trace.relu([trace.shift(i, -low) for i in ids], node.operator)
        found = [Combination(((i, ONE),), low) for i in cut]
    if high is not None:
        cut = trace.relu([trace.shift(i, -high) for i in ids], node.operator)
        found = [c.plus(Combination.of(i), MINUS) for c, i in zip(found, cut, strict=True)]
    return Tensor(combine(trace, found, node.operator).reshape(value.shape))


def extreme(
    trace: Trace, groups: Sequence[Sequence[Combination]], sign: int, lowered: str
) -> Array:
    """The largest (sign 1) or smallest (sign −1) of each group: one layer a halving, one more."""
    factor = Fraction(sign)
    while any(len(group) > 1 for group in groups):
        pairs = [(group[i], group[i + 1]) for group in groups for i in range(0, len(group) - 1, 2)]
        gaps = [a.plus(b, MINUS) if sign > 0 else b.plus(a, MINUS) for a, b in pairs]
        cuts = iter(relu_of(trace, gaps, lowered))
        better = iter([b.plus(Combination.of(next(cuts)), factor) for _, b in pairs])
        groups = [
            [next(better) for _ in range(len(group) // 2)] + list(group[len(group) & ~1 :])
            for group in groups
        ]
    return combine(trace, [group[0] for group in groups], lowered)


def _among(node: Node, args: Sequence[Value], trace: Trace, sign: int) -> Value:
    alike(node, args)
    tensors = [a for a in args if isinstance(a, Tensor)]
    known: Value = None
    pick = max if sign > 0 else min
    for value in args:
        if not isinstance(value, Tensor):
            known = value if known is None else fold(trace, pick, known, value)
    if not tensors:
        return known
    shapes = [v.shape for v in tensors] + ([] if known is None else [known.shape])
    shape = broadcast(trace, *shapes)
    trace.charge(len(args) * math.prod(shape))
    parts = [
        [Combination.of(i) for i in np.broadcast_to(t.ids, shape).reshape(-1).tolist()]
        for t in tensors
    ]
    if known is not None:
        values = fractions(np.broadcast_to(known, shape))
        limit = [Combination((), v) for v in values]
        parts = [*parts, limit] if sign > 0 else [limit, *parts]
    groups = [list(group) for group in zip(*parts, strict=True)]
    return Tensor(extreme(trace, groups, sign, node.operator).reshape(shape))


def _bound(node: Node, value: Value, key: str, sign: int) -> Fraction | None:
    """A bound of Clip, an input or (before opset 11) an attribute; infinity is none."""
    if value is None:
        if key not in node.attributes:
            return None
        value = np.array(node.real(key), dtype=np.float64)
    array = constant(node, value, key)
    if array.size != 1 or array.ndim > 1:
        node.fail(f"{key} is not a scalar")
    if array.dtype.kind == "f" and np.isinf(array).all() and array.reshape(-1)[0] * sign > 0:
        return None
    return fractions(array)[0]
