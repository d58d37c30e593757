"""MaxPool: layers of differences; AveragePool: one layer; LpPool of p = 1: two."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from ....kernel.data.numbers import ZERO
from ...graph import Node, Tensor, Value
from ...trace import Row, Trace
from .extremes import extreme
from .piecewise import Combination
from .reduce import norms, only_first_norm
from .table import computed
from .windows import Windows, windows


def max_pool(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The largest element of each window; padding never counts."""
    node.flag("storage_order")  # only about the output Indices, which is not supported
    ids, seen = _windows(node, args, trace)
    planes = ids.reshape(-1, int(np.prod(ids.shape[2:])))
    trace.charge(planes.shape[0] * seen.index.size)
    groups = []
    for plane in planes:
        for row in seen.index:
            hit = row[row >= 0]
            if not hit.size:
                node.fail("a window that sees padding only")
            groups.append([Combination.of(i) for i in plane[hit].tolist()])
    made = extreme(trace, groups, 1, node.operator)
    return Tensor(made.reshape(*ids.shape[:2], *seen.shape))


def average_pool(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The mean of each window, its padding counted as zeros where the node says so."""
    counted = node.flag("count_include_pad")
    ids, seen = _windows(node, args, trace)
    if counted and not seen.inside.all():
        node.fail("ceil_mode with count_include_pad, and a window past the padding")
    planes = ids.reshape(-1, int(np.prod(ids.shape[2:])))
    trace.charge(planes.shape[0] * seen.index.size)
    rows: list[Row] = []
    for plane in planes:
        for row in seen.index:
            read = plane[row[row >= 0]].tolist()
            if not read and not counted:
                node.fail("a window that sees padding only")
            share = Fraction(1, row.size if counted else len(read))
            rows.append((read, [share] * len(read)))
    made = np.array(trace.block(rows, lowered=node.operator), dtype=np.int64)
    return Tensor(made.reshape(*ids.shape[:2], *seen.shape))


def lp_pool(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The sum of the absolute values of each window, for p = 1."""
    only_first_norm(node)
    ids, seen = _windows(node, args, trace)
    zero = trace.constant(ZERO)
    planes = ids.reshape(-1, int(np.prod(ids.shape[2:])))
    trace.charge(planes.shape[0] * seen.index.size)
    groups = np.where(seen.index < 0, zero, planes[:, seen.index])
    made = norms(node, trace, groups.reshape(-1, seen.index.shape[1]))
    return Tensor(made.reshape(*ids.shape[:2], *seen.shape))


def _windows(node: Node, args: Sequence[Value], trace: Trace) -> tuple[np.ndarray, Windows]:
    ids = computed(node, args[0]).ids
    kernel = node.integers("kernel_shape")
    if not kernel or ids.ndim < 3:
        node.fail(f"no kernel_shape, or an input of {ids.ndim} dimensions")
    for number, pad in enumerate(node.integers("pads") or ()):
        if pad >= kernel[number % len(kernel)]:  # runtimes refuse it
            node.fail(f"a pad of {pad} for a kernel of {kernel[number % len(kernel)]}")
    return ids, windows(node, ids.shape[2:], kernel, trace, node.flag("ceil_mode"))
