"""Sliding windows: which elements each output of a convolution or a pool sees."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...graph import Array, Node
from ...trace import MAX_WORK, Trace

ATTRIBUTES = ("auto_pad", "dilations", "kernel_shape", "pads", "strides")


@dataclass(frozen=True)
class Windows:
    """``index[p, q]``: the flat position that output p sees at kernel offset q, or −1.

    ``inside[p, q]`` says whether it lies in the input or its padding, rather than past it.
    """

    shape: tuple[int, ...]  # of the outputs
    index: Array
    inside: Array


def windows(
    node: Node, sizes: Sequence[int], kernel: Sequence[int], trace: Trace, ceil: bool = False
) -> Windows:
    """The windows of a node over spatial dimensions ``sizes``, one output for each."""
    rank = len(sizes)
    if rank < 1 or len(kernel) != rank:
        node.fail(f"a kernel of {len(kernel)} dimensions over {rank}")
    strides, dilations, pads = (
        default if (given := node.integers(key)) is None else given
        for key, default in (
            ("strides", (1,) * rank),
            ("dilations", (1,) * rank),
            ("pads", (0,) * (2 * rank)),
        )
    )
    if not len(strides) == len(dilations) == rank or len(pads) != 2 * rank:
        node.fail(f"strides, dilations or pads do not fit {rank} dimensions")
    if min(*kernel, *strides, *dilations) < 1 or min(pads) < 0:
        node.fail("a kernel, stride or dilation below 1, or a negative pad")
    if max(*kernel, *strides, *dilations, *pads) >= 1 << 31:
        node.fail("a kernel, stride, dilation or pad of over 31 bits")
    mode = node.text("auto_pad", "NOTSET")
    if mode != "NOTSET" and "pads" in node.attributes:
        node.fail(f"auto_pad {mode} together with pads")
    axes = []
    for a, size in enumerate(sizes):
        around = (pads[a], pads[rank + a])
        axes.append(_axis(node, size, kernel[a], strides[a], dilations[a], mode, around, ceil))
        trace.charge(axes[-1][0].size)
    return grid(axes, sizes, trace)


def grid(axes: Sequence[tuple[Array, int]], sizes: Sequence[int], trace: Trace) -> Windows:
    """All axes together, from (positions of shape (outputs, kernel), end of the padding) each.

    A position outside of 0 … size − 1 sees nothing.
    """
    rank = len(axes)
    shape = tuple(len(at) for at, _ in axes)
    area = math.prod(at.shape[1] for at, _ in axes)
    trace.charge(math.prod(shape) * area)
    index = np.zeros((1,) * (2 * rank), dtype=np.int64)
    hit, inside = np.ones_like(index, dtype=bool), np.ones_like(index, dtype=bool)
    for a, (at, end) in enumerate(axes):
        spread = [1] * (2 * rank)
        spread[a], spread[rank + a] = at.shape
        at = at.reshape(spread)
        index = index * sizes[a] + at
        hit = hit & (at >= 0) & (at < sizes[a])
        inside = inside & (at < end)
    table = np.where(hit, index, -1).reshape(math.prod(shape), area)
    return Windows(shape, table, np.broadcast_to(inside, hit.shape).reshape(table.shape))


def _axis(
    node: Node,
    size: int,
    kernel: int,
    stride: int,
    dilation: int,
    mode: str,
    pads: tuple[int, int],
    ceil: bool,
) -> tuple[Array, int]:
    """Positions along one axis, (outputs, kernel), and where its padding ends."""
    reach = dilation * (kernel - 1) + 1
    if mode in ("SAME_UPPER", "SAME_LOWER"):
        if dilation > 1 or ceil:  # runtimes disagree
            node.fail(f"{'dilations' if dilation > 1 else 'ceil_mode'} with auto_pad {mode}")
        outputs = -(-size // stride)
        total = (outputs - 1) * stride + reach - size
        if total < -(node.operator == "Conv"):  # there −1 cuts at the end, which no window sees
            node.fail(f"auto_pad {mode} that would cut {-total}: runtimes disagree")
        total = max(total, 0)
        before = total // 2 if mode == "SAME_UPPER" else total - total // 2
        after = total - before
    elif mode in ("NOTSET", "VALID"):
        before, after = pads if mode == "NOTSET" else (0, 0)
        room = size + before + after - reach
        outputs = (-(-room // stride) if ceil else room // stride) + 1
        if ceil and (outputs - 1) * stride >= size + before:
            outputs -= 1  # no window starts in the padding after the input
        if ceil and mode == "VALID" and outputs != room // stride + 1:
            node.fail("auto_pad VALID with ceil_mode: runtimes disagree")
        if room < 0 or outputs < 1:
            node.fail(f"a kernel that reaches {reach} over {size} + {before} + {after}")
    else:
        node.fail(f"auto_pad {mode} not supported")
    if outputs * kernel > MAX_WORK:
        node.fail("too many windows")
    starts = np.arange(outputs, dtype=np.int64) * stride - before
    return starts[:, None] + np.arange(kernel, dtype=np.int64) * dilation, size + after
