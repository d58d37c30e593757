"""ConvTranspose: the transpose of a convolution's matrix, as a layer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...constants import exact
from ...graph import Array, Node, Value
from ...trace import MAX_WORK, Trace
from .conv import correlation, offsets
from .table import computed, constant
from .windows import grid

ATTRIBUTES = (
    *("auto_pad", "dilations", "group", "kernel_shape"),
    *("output_padding", "output_shape", "pads", "strides"),
)
LIMIT = 1 << 31


def conv_transpose(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """Each input adds its multiple of the kernel to the output; pads cut the output."""
    ids = computed(node, args[0]).ids
    weights = constant(node, args[1], "W")
    groups = node.integer("group", 1)
    if ids.ndim < 3 or weights.ndim != ids.ndim or groups < 1:
        node.fail(f"input {list(ids.shape)}, weight {list(weights.shape)}, {groups} groups")
    count, channels, *sizes = ids.shape
    depth, each, *kernel = weights.shape
    if channels != depth or channels % groups or not each:
        node.fail(f"{channels} channels, weight {list(weights.shape)}, {groups} groups")
    if node.integers("kernel_shape") not in (None, tuple(kernel)):
        node.fail("kernel_shape differs from the weight's")
    biases = offsets(node, args[2], each * groups)
    axes = _axes(node, sizes, kernel)
    seen = grid(axes, sizes, trace)
    values = exact(weights).reshape(groups, depth // groups, each, -1).swapaxes(1, 2)
    planes = ids.reshape(count, groups, depth // groups, -1)
    return correlation(
        trace, planes, values.reshape(groups * each, depth // groups, -1), seen, biases
    )


def _axes(node: Node, sizes: Sequence[int], kernel: Sequence[int]) -> list[tuple[Array, int]]:
    """For each axis the input position that output o sees at kernel offset q, or −1."""
    rank = len(sizes)
    lists = {
        key: node.integers(key) or (default,) * (rank * many)
        for key, default, many in (
            ("strides", 1, 1),
            ("dilations", 1, 1),
            ("output_padding", 0, 1),
            ("pads", 0, 2),
        )
    }
    wanted = node.integers("output_shape") or None
    mode = node.text("auto_pad", "NOTSET")
    strides, dilations, extra, pads = lists.values()
    if not len(strides) == len(dilations) == len(extra) == rank or len(pads) != 2 * rank:
        node.fail(f"strides, dilations, output_padding or pads do not fit {rank} dimensions")
    if wanted is not None and len(wanted) != rank:
        node.fail(f"output_shape {list(wanted)} for {rank} dimensions")
    if min(*kernel, *strides, *dilations) < 1 or min(*extra, *pads) < 0:
        node.fail("a kernel, stride or dilation below 1, or a negative pad")
    if max(*kernel, *strides, *dilations, *extra, *pads, *sizes) >= LIMIT:
        node.fail("a kernel, stride, dilation or pad of over 31 bits")
    if mode != "NOTSET" and any(pads):
        node.fail(f"pads beside auto_pad {mode}")
    axes = []
    for a, size in enumerate(sizes):
        reach = dilations[a] * (kernel[a] - 1) + 1
        whole = strides[a] * (size - 1) + extra[a] + reach
        before, made = pads[a], whole - pads[a] - pads[rank + a]
        if extra[a] >= strides[a]:
            node.fail(f"output_padding {extra[a]} is not below the stride {strides[a]}")
        if wanted is not None or mode != "NOTSET":
            before, made = _chosen(node, mode, wanted and wanted[a], whole, size * strides[a])
        if made < 1 or made * kernel[a] > MAX_WORK:
            node.fail(f"an output of size {made}")
        at = np.arange(made, dtype=np.int64)[:, None] + before
        at = at - np.arange(kernel[a], dtype=np.int64) * dilations[a]
        axes.append((np.where(at % strides[a] == 0, at // strides[a], -1), size))
    return axes


def _chosen(node: Node, mode: str, wanted: int | None, whole: int, same: int) -> tuple[int, int]:
    """What is cut before, and the size, where auto_pad or output_shape choose the pads."""
    if mode == "VALID" and wanted is None:
        return 0, whole
    if mode not in ("NOTSET", "SAME_UPPER", "SAME_LOWER"):
        beside = "" if wanted is None else " beside output_shape"
        node.fail(f"auto_pad {mode}{beside} not supported")
    made = same if wanted is None else wanted
    total = whole - made
    if total < 0:  # runtimes disagree
        node.fail(f"auto_pad or output_shape asks for a total pad of {total}")
    return total // 2 if mode == "SAME_UPPER" else total - total // 2, made
