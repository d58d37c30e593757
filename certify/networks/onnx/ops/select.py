"""Concat, Split, Slice, Gather, Pad: other elements, no layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, cast

import numpy as np

from ...constants import exact, folded, fractions, integers
from ...graph import Array, Node, Tensor, Value
from ...trace import Trace
from .table import axis_of, constant, distinct_axes, moved


def concat(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """Joined along one axis; constants may stand beside computed tensors."""
    if "axis" not in node.attributes:
        node.fail("no axis")
    axis = axis_of(node, node.integer("axis", 0), len(args[0].shape))
    trace.charge(sum(math.prod(a.shape) for a in args))
    if any(isinstance(a, Tensor) for a in args):
        return Tensor(np.concatenate([elements(trace, a) for a in args], axis))
    same = len({a.dtype for a in args}) == 1  # floats, folded or as stored, may differ
    if not same and any(a.dtype.kind not in "fO" for a in args):
        node.fail("constants of different types")
    return np.concatenate(list(args) if same else [exact(a) for a in args], axis)


def split(node: Node, args: Sequence[Value], trace: Trace) -> tuple[Value, ...]:
    """Parts along one axis: of the sizes given, or equal but for the last."""
    value, parts = args[0], len(node.outputs)
    axis = axis_of(node, node.integer("axis", 0), len(value.shape))
    size = value.shape[axis]
    sizes = node.integers("split")
    if args[1] is not None:
        sizes = integers(constant(node, args[1], "split"))
        if "num_outputs" in node.attributes:
            node.fail("both split and num_outputs")
    if sizes is None:
        if node.integer("num_outputs", parts) != parts:
            node.fail(f"num_outputs is not {parts}")
        each = -(-size // parts)
        if size % parts and "num_outputs" not in node.attributes:
            node.fail(f"{size} do not split into {parts} equal parts")
        sizes = (each,) * (parts - 1) + (size - each * (parts - 1),)
    if len(sizes) != parts or sum(sizes) != size or min(sizes) < 0:
        node.fail(f"{size} do not split into {list(sizes)}")
    ends = np.cumsum(sizes)[:-1]
    split_ids = np.split(value.ids if isinstance(value, Tensor) else value, ends, axis)
    return tuple(Tensor(p) if isinstance(value, Tensor) else p for p in split_ids)


def slice_(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """starts:ends:steps along the axes given, counted as Python does."""
    lists: list[tuple[int, ...] | None] = []
    for key, arg in zip(("starts", "ends", "axes", "steps"), args[1:], strict=True):
        lists.append(node.integers(key) if arg is None else integers(constant(node, arg, key)))
    starts, ends, axes, steps = lists
    if starts is None or ends is None:
        node.fail("no starts or no ends")
    axes = tuple(range(len(starts))) if axes is None else axes
    steps = (1,) * len(starts) if steps is None else steps
    if not len(starts) == len(ends) == len(axes) == len(steps) or 0 in steps:
        node.fail("starts, ends, axes and steps differ in length, or a step is 0")
    rank = len(args[0].shape)
    cuts = [slice(None)] * rank
    for start, end, axis, step in zip(
        starts, ends, distinct_axes(node, axes, rank), steps, strict=True
    ):
        if step < 0 and start < -args[0].shape[axis]:
            node.fail(f"a start {start} before the first entry, backwards: runtimes disagree")
        cuts[axis] = slice(start, end, step)
    return moved(args[0], lambda a: a[tuple(cuts)])


def gather(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The entries at constant indices along one axis."""
    value, indices = args[0], constant(node, args[1], "indices")
    if indices.dtype.kind not in "iu":
        node.fail("indices are not integers")
    axis = axis_of(node, node.integer("axis", 0), len(value.shape))
    trace.charge(math.prod(value.shape) // max(value.shape[axis], 1) * indices.size)
    return moved(value, lambda a: np.take(a, indices, axis))


def pad(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """Constants, edges or reflections around; negative pads cut away first, and leave something."""
    value, mode = args[0], node.text("mode", "constant")
    if mode not in ("constant", "reflect", "edge"):
        node.fail(f"mode {mode} not supported")
    given = node.integers("pads")
    pads = given if args[1] is None else integers(constant(node, args[1], "pads"))
    rank = len(value.shape)
    chosen = range(rank) if args[3] is None else integers(constant(node, args[3], "axes"))
    axes = distinct_axes(node, chosen, rank)
    if pads is None or len(pads) != 2 * len(axes):
        node.fail("pads do not fit the dimensions")
    fill = _fill(node, args[2])
    around, cuts = [(0, 0)] * rank, [slice(None)] * rank
    for i, axis in enumerate(axes):
        before, after = pads[i], pads[len(axes) + i]
        around[axis] = (max(before, 0), max(after, 0))
        cuts[axis] = slice(max(-before, 0), value.shape[axis] - max(-after, 0))
        if max(-before, 0) + max(-after, 0) >= value.shape[axis] and min(before, after) < 0:
            node.fail(f"pads {before} and {after} leave nothing of {value.shape[axis]}")
    sizes = [
        (len(range(size)[cut]), ends)
        for size, cut, ends in zip(value.shape, cuts, around, strict=True)
    ]
    if mode == "reflect" and any(max(ends) >= size and max(ends) for size, ends in sizes):
        node.fail("a reflection of more than there is")
    trace.charge(math.prod(size + before + after for size, (before, after) in sizes))
    if isinstance(value, Tensor):
        return Tensor(_padded(value.ids[tuple(cuts)], around, mode, trace.constant(fill)))
    if value.dtype.kind == "b":
        node.fail("a constant of truth values")
    made = _padded(exact(value)[tuple(cuts)], around, mode, fill)
    return folded(trace, made.reshape(-1).tolist(), made.shape, value.dtype)


def _fill(node: Node, value: Value) -> Fraction:
    """What Pad puts around: an input, or (before opset 11) an attribute; 0 by default."""
    if value is None:
        return node.number("value", Fraction(0))
    given = fractions(constant(node, value, "constant_value"))
    if len(given) != 1:
        node.fail("constant_value is not a scalar")
    return given[0]


def _padded(array: Array, around: Sequence[tuple[int, int]], mode: str, fill: object) -> Array:
    extra: dict[str, Any] = {"constant_values": fill} if mode == "constant" else {}
    return np.pad(array, around, cast(Any, mode), **extra)


def elements(trace: Trace, value: Value) -> Array:
    """The elements of a tensor; a constant's become constant elements."""
    if isinstance(value, Tensor):
        return value.ids
    ids = [trace.constant(v) for v in fractions(value)]
    return np.array(ids, dtype=np.int64).reshape(value.shape)
