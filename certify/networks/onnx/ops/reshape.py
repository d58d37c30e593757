"""Flatten, Reshape, Squeeze, Unsqueeze, Transpose, Identity, Constant: no arithmetic."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ...constants import fractions, integers, plain
from ...graph import Array, Node, Value
from ...trace import Trace
from .table import constant, distinct_axes, moved


def flatten(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """To a matrix: the dimensions before ``axis``, and those from it."""
    rank = len(args[0].shape)
    axis = node.integer("axis", 1)
    if not -rank <= axis <= rank:
        node.fail(f"axis {axis} of a tensor of {rank} dimensions")
    axis += rank if axis < 0 else 0
    shape = args[0].shape
    return moved(args[0], lambda a: a.reshape(math.prod(shape[:axis]), math.prod(shape[axis:])))


def reshape(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """To the shape given: 0 keeps a dimension, −1 stands for what is left."""
    value, wanted = args[0], list(integers(constant(node, args[1], "shape")))
    if not node.flag("allowzero"):
        for i, size in enumerate(wanted):
            if size == 0:
                if i >= len(value.shape):
                    node.fail(f"shape {wanted} keeps a dimension that does not exist")
                wanted[i] = value.shape[i]
    if min(wanted, default=0) < -1:
        node.fail(f"shape {wanted}")
    return moved(value, lambda a: a.reshape(wanted))


def identity(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The value itself: Identity, and Dropout when it does not train."""
    training = args[2] if len(args) > 2 else None
    if training is not None and any(fractions(constant(node, training, "training_mode"))):
        node.fail("training mode")
    return args[0]


def constant_node(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The one attribute that holds the value."""
    if len(node.attributes) != 1:
        node.fail("needs one value")
    [(key, value)] = node.attributes.items()
    kinds = {"value_float": np.float32, "value_floats": np.float32}
    result: Array = value if key == "value" else np.array(value, kinds.get(key, np.int64))
    if not isinstance(result, np.ndarray):
        node.fail("attribute value is not a tensor")
    return plain(result)


def transpose(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The dimensions in another order, reversed unless given."""
    rank = len(args[0].shape)
    order = node.integers("perm")
    if order is None:
        order = tuple(range(rank))[::-1]
    if sorted(order) != list(range(rank)):
        node.fail(f"perm {list(order)} of {rank} dimensions")
    return moved(args[0], lambda a: a.transpose(order))


def squeeze(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """Without the dimensions named, or without all of size 1."""
    shape = args[0].shape
    axes = _axes(node, args)
    if axes is None:
        axes = tuple(i for i, size in enumerate(shape) if size == 1)
    elif not axes:
        node.fail("an empty list of axes: runtimes disagree")
    gone = distinct_axes(node, axes, len(shape))
    if any(shape[axis] != 1 for axis in gone):
        node.fail(f"axes {list(axes)} of {list(shape)} are not all of size 1")
    return moved(args[0], lambda a: a.reshape([d for i, d in enumerate(shape) if i not in gone]))


def unsqueeze(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """With dimensions of size 1 at the axes named."""
    axes = _axes(node, args)
    if axes is None:
        node.fail("no axes")
    rank = len(args[0].shape) + len(axes)
    new = distinct_axes(node, axes, rank)
    sizes = iter(args[0].shape)
    shape = [1 if i in new else next(sizes) for i in range(rank)]
    return moved(args[0], lambda a: a.reshape(shape))


def _axes(node: Node, args: Sequence[Value]) -> tuple[int, ...] | None:
    """Axes: an attribute before opset 13, an input since."""
    given = node.integers("axes")
    return given if args[1] is None else integers(constant(node, args[1], "axes"))
