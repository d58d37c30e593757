"""Conv: a layer whose matrix repeats the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from ...constants import exact, fractions
from ...graph import Array, Node, Tensor, Value
from ...trace import Row, Trace
from .table import computed, constant
from .windows import Windows, windows


def conv(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """Cross-correlation: groups, strides, padding and dilation, in any number of dimensions."""
    ids = computed(node, args[0]).ids
    weights, bias = constant(node, args[1], "W"), args[2]
    groups = node.integer("group", 1)
    if ids.ndim < 3 or weights.ndim != ids.ndim or groups < 1:
        node.fail(f"input {list(ids.shape)}, weight {list(weights.shape)}, {groups} groups")
    count, channels, *sizes = ids.shape
    made, depth, *kernel = weights.shape
    if channels != depth * groups or made % groups or not made:
        node.fail(f"{channels} channels, weight {list(weights.shape)}, {groups} groups")
    if node.integers("kernel_shape") not in (None, tuple(kernel)):
        node.fail("kernel_shape differs from the weight's")
    biases = offsets(node, bias, made)
    seen = windows(node, sizes, kernel, trace)
    values = exact(weights).reshape(made, depth, -1)
    return correlation(trace, ids.reshape(count, groups, depth, -1), values, seen, biases)


def offsets(node: Node, bias: Value, made: int) -> list[Fraction] | None:
    """One bias for each channel made, or None where none is given."""
    if bias is None:
        return None
    biases = fractions(constant(node, bias, "B"))
    if len(biases) != made:
        node.fail(f"{len(biases)} biases for {made} channels")
    return biases


def correlation(
    trace: Trace, planes: Array, values: Array, seen: Windows, biases: Sequence[Fraction] | None
) -> Tensor:
    """The layer Σ values[channel, d, q] · planes[…, d, index[p, q]] + biases[channel].

    ``planes`` holds elements (images, groups, depth, positions), ``values`` (channels,
    depth, kernel); the channels of one group follow each other.
    """
    count, groups, depth, _ = planes.shape
    made = len(values)
    positions, area = seen.index.shape
    trace.charge(count * made * positions * depth * area)
    hits = [np.flatnonzero(row >= 0) for row in seen.index]
    reads = [row[hit] for row, hit in zip(seen.index, hits, strict=True)]
    borders = [hit.tobytes() for hit in hits]  # outputs that see the same part of the kernel
    parts = dict(zip(borders, hits, strict=True))
    kernels = [
        {border: plane[:, hit].reshape(-1).tolist() for border, hit in parts.items()}
        for plane in values
    ]
    rows: list[Row] = []
    for image in planes:
        inputs = [[part[:, read].reshape(-1).tolist() for read in reads] for part in image]
        for channel, kernel_of in enumerate(kernels):
            seen_here = inputs[channel * groups // made]
            rows += [(i, kernel_of[border]) for i, border in zip(seen_here, borders, strict=True)]
    offsets = None if biases is None else [b for b in biases for _ in range(positions)] * count
    block = trace.block(rows, offsets)
    return Tensor(np.array(block, dtype=np.int64).reshape(count, made, *seen.shape))
