"""Reductions over axes: sums and means are one layer, norms two, maxima a tree of layers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from ....kernel.data.numbers import ONE, ZERO
from ...constants import added, bounded, exact, folded, integers, is_whole
from ...graph import Array, Node, Tensor, Value
from ...trace import Trace
from .extremes import extreme
from .piecewise import Combination, combine
from .table import computed, constant, distinct_axes

Gathered = Callable[[Node, Trace, Array], Array]  # elements (groups, size) → one for each group
TWO, MINUS = Fraction(2), Fraction(-1)


def reduce_sum(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The sum over the axes given, or over all."""
    return _reduce(node, args, trace, _sums, lambda row: added(trace, row))


def reduce_mean(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The mean over the axes given, or over all."""
    return _reduce(node, args, trace, _means, lambda row: added(trace, row) / len(row))


def reduce_l1(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The sum of absolute values over the axes given, or over all."""
    if node.flag("noop_with_empty_axes"):  # runtimes disagree whether that is x or |x|
        node.fail("noop_with_empty_axes of a norm")
    return _reduce(node, args, trace, norms, lambda row: added(trace, map(abs, row)))


def reduce_max(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The largest over the axes given, or over all."""
    return _reduce(node, args, trace, _largest, max)


def reduce_min(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The smallest over the axes given, or over all."""
    return _reduce(node, args, trace, _smallest, min)


def global_average_pool(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The mean of each channel."""
    return _global(node, args, trace, _means)


def global_max_pool(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The largest element of each channel."""
    return _global(node, args, trace, _largest)


def global_lp_pool(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The sum of the absolute values of each channel."""
    only_first_norm(node)
    return _global(node, args, trace, norms)


def only_first_norm(node: Node) -> None:
    """Refuse an L_p norm that is not piecewise linear: p is 2 unless given."""
    if node.integer("p", 2) != 1:
        node.fail("the norm of p = 1 alone is piecewise linear")


def norms(node: Node, trace: Trace, groups: Array) -> Array:
    """Σ |x| = Σ (2·relu(x) − x) of each group."""
    trace.charge(2 * groups.size)
    ids = groups.reshape(-1).tolist()
    cuts = iter(trace.relu(ids, node.operator))
    return combine(
        trace,
        [
            Combination(tuple(t for i in row for t in ((i, MINUS), (next(cuts), TWO))), ZERO)
            for row in groups.tolist()
        ],
        node.operator,
    )


def _sums(node: Node, trace: Trace, groups: Array, weight: Fraction = ONE) -> Array:
    trace.charge(groups.size)
    rows = [(ids, [weight] * len(ids)) for ids in groups.tolist()]
    return np.array(trace.block(rows, lowered=node.operator), dtype=np.int64)


def _means(node: Node, trace: Trace, groups: Array) -> Array:
    return _sums(node, trace, groups, Fraction(1, groups.shape[1]))


def _largest(node: Node, trace: Trace, groups: Array, sign: int = 1) -> Array:
    trace.charge(groups.size)
    parts = [[Combination.of(i) for i in ids] for ids in groups.tolist()]
    return extreme(trace, parts, sign, node.operator)


def _smallest(node: Node, trace: Trace, groups: Array) -> Array:
    return _largest(node, trace, groups, -1)


def _global(node: Node, args: Sequence[Value], trace: Trace, gather: Gathered) -> Value:
    tensor = computed(node, args[0])
    if tensor.ids.ndim < 3:
        node.fail(f"an input of {tensor.ids.ndim} dimensions")
    groups = tensor.ids.reshape(math.prod(tensor.shape[:2]), -1)
    made = gather(node, trace, groups)
    return Tensor(made.reshape(*tensor.shape[:2], *(1,) * (tensor.ids.ndim - 2)))


def _reduce(
    node: Node,
    args: Sequence[Value],
    trace: Trace,
    gather: Gathered,
    known: Callable[[list[Fraction]], Fraction],
) -> Value:
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
    return _over(node, value, chosen, trace, gather, known)


def _over(
    node: Node,
    value: Value,
    axes: list[int],
    trace: Trace,
    gather: Gathered,
    known: Callable[[list[Fraction]], Fraction],
) -> Value:
    shape, keep = value.shape, node.flag("keepdims", 1)
    rest = [a for a in range(len(shape)) if a not in axes]
    size = math.prod(shape[a] for a in axes)
    kept = [1 if a in axes else d for a, d in enumerate(shape) if keep or a not in axes]

    def gathered(array: Array) -> Array:
        return array.transpose(*rest, *axes).reshape(-1, size)

    if isinstance(value, Tensor):
        return Tensor(gather(node, trace, gathered(value.ids)).reshape(kept))
    if not value.size:
        node.fail(f"a reduction of {list(shape)}, which is empty")
    rows = gathered(exact(value)).tolist()
    if known not in (max, min):
        bounded((sum(map(abs, row), ZERO) for row in rows), value.dtype)
    if node.operator == "ReduceMean" and is_whole(value):
        node.fail("the mean of integers")
    return folded(trace, [known(row) for row in rows], tuple(kept), value.dtype)
