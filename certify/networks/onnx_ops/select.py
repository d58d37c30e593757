"""Concat, Split, Slice, Gather, Pad: other elements, no layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, cast

import numpy as np

from ..constants import exact, fractions, integers
from ..graph import Array, Node, Tensor, Value
from ..trace import Trace
from .table import axis_of, constant, moved


def concat(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """Joined along one axis; constants may stand beside computed tensors."""
    if "axis" not in node.attributes:
        node.fail("no axis")
    axis = axis_of(node, node.integer("axis", 0), len(args[0].shape))
    trace.charge(sum(math.prod(a.shape) for a in args))
    if any(isinstance(a, Tensor) for a in args):
        return Tensor(np.concatenate([elements(trace, a) for a in args], axis))
    alike = len({a.dtype for a in args}) == 1
    return np.concatenate(list(args) if alike else [exact(a) for a in args], axis)


def split(node: Node, args: Sequence[Value], trace: Trace) -> tuple[Value, ...]:
    """Parts along one axis: of the sizes given, or equal but for the last."""
    value, parts = args[0], len(node.outputs)
    axis = axis_of(node, node.integer("axis", 0), len(value.shape))
    size = value.shape[axis]
    sizes = node.integers("split")
    if args[1] is not None:
        sizes = integers(constant(node, args[1], "split"))
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
    if len({axis_of(node, axis, rank) for axis in axes}) != len(axes):
        node.fail(f"axes {list(axes)} repeat")
    cuts = [slice(None)] * rank
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        cuts[axis_of(node, axis, rank)] = slice(start, end, step)
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
    """Constants, edges or reflections around; negative pads cut away."""
    value, mode = args[0], node.text("mode", "constant")
    if mode not in ("constant", "reflect", "edge"):
        node.fail(f"mode {mode} not supported")
    given = node.integers("pads")
    pads = given if args[1] is None else integers(constant(node, args[1], "pads"))
    rank = len(value.shape)
    chosen = range(rank) if args[3] is None else integers(constant(node, args[3], "axes"))
    axes = [axis_of(node, axis, rank) for axis in chosen]
    if pads is None or len(pads) != 2 * len(axes) or len(set(axes)) != len(axes):
        node.fail("pads do not fit the dimensions")
    fill = node.number("value", Fraction(0))
    if args[2] is not None:
        fill = fractions(constant(node, args[2], "constant_value"))[0]
    around, cuts = [(0, 0)] * rank, [slice(None)] * rank
    for i, axis in enumerate(axes):
        before, after = pads[i], pads[len(axes) + i]
        around[axis] = (max(before, 0), max(after, 0))
        cuts[axis] = slice(max(-before, 0), value.shape[axis] - max(-after, 0))
    sizes = list(zip(value.shape, around, strict=True))
    if mode == "reflect" and any(max(ends) >= size for size, ends in sizes):
        node.fail("a reflection of more than there is")
    trace.charge(math.prod(size + before + after for size, (before, after) in sizes))
    if isinstance(value, Tensor):
        return Tensor(_padded(value.ids[tuple(cuts)], around, mode, trace.constant(fill)))
    return _padded(exact(value)[tuple(cuts)], around, mode, fill)


def _padded(array: Array, around: Sequence[tuple[int, int]], mode: str, fill: object) -> Array:
    extra: dict[str, Any] = {"constant_values": fill} if mode == "constant" else {}
    return np.pad(array, around, cast(Any, mode), **extra)


def elements(trace: Trace, value: Value) -> Array:
    """The elements of a tensor; a constant's become constant elements."""
    if isinstance(value, Tensor):
        return value.ids
    ids = [trace.constant(v) for v in fractions(value)]
    return np.array(ids, dtype=np.int64).reshape(value.shape)
