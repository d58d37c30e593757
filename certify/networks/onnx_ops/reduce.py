"""ReduceSum, ReduceMean and GlobalAveragePool: one layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from ...kernel.numbers import ONE, ZERO
from ..constants import bounded, exact, folded, integers, is_whole
from ..graph import Array, Node, Tensor, Value
from ..trace import Trace
from .table import computed, constant, distinct_axes


def reduce_sum(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The sum over the axes given, or over all."""
    return _reduce(node, args, trace, mean=False)


def reduce_mean(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The mean over the axes given, or over all."""
    return _reduce(node, args, trace, mean=True)


def global_average_pool(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The mean of each channel."""
    tensor = computed(node, args[0])
    if tensor.ids.ndim < 3:
        node.fail(f"an input of {tensor.ids.ndim} dimensions")
    return _over(node, tensor, list(range(2, tensor.ids.ndim)), True, True, trace)


def _reduce(node: Node, args: Sequence[Value], trace: Trace, mean: bool) -> Value:
    value, rank = args[0], len(args[0].shape)
    axes = node.integers("axes")
    if args[1] is not None:
        axes = integers(constant(node, args[1], "axes"))
    if axes == () and args[1] is None:
        node.fail("an empty list of axes: runtimes disagree")
    if not axes:
        if node.flag("noop_with_empty_axes"):
            return value
        axes = tuple(range(rank))
    chosen = sorted(distinct_axes(node, axes, rank))
    return _over(node, value, chosen, node.flag("keepdims", 1), mean, trace)


def _over(node: Node, value: Value, axes: list[int], keep: bool, mean: bool, trace: Trace) -> Value:
    shape = value.shape
    rest = [a for a in range(len(shape)) if a not in axes]
    size = math.prod(shape[a] for a in axes)
    weight = Fraction(1, size) if mean and size else ONE
    kept = [1 if a in axes else d for a, d in enumerate(shape) if keep or a not in axes]

    def gathered(array: Array) -> Array:
        return array.transpose(*rest, *axes).reshape(-1, size)

    if isinstance(value, Tensor):
        trace.charge(value.ids.size)
        rows = [(ids, [weight] * size) for ids in gathered(value.ids).tolist()]
        made = np.array(trace.block(rows, lowered=node.operator), dtype=np.int64)
        return Tensor(made.reshape(kept))
    rows_of = gathered(exact(value)).tolist()
    bounded((sum(map(abs, row), ZERO) for row in rows_of), value.dtype)
    sums = [sum(row, ZERO) * weight for row in rows_of]
    if mean and is_whole(value):
        node.fail("the mean of integers")
    return folded(trace, sums, tuple(kept), value.dtype)
