"""BatchNormalization: a diagonal layer, where its square roots are rational."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from ...constants import fractions
from ...graph import Node, Tensor, Value
from ...trace import Trace
from .table import computed, constant

EPSILON = Fraction(float(np.float32(1e-5)))


def batch_normalization(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """scale · (x − mean)/√(var + epsilon) + B for each channel."""
    ids = computed(node, args[0]).ids
    if node.flag("training_mode") or not node.flag("spatial", 1):
        node.fail("training mode, or statistics that are not per channel")
    if ids.ndim < 2:
        node.fail(f"an input of {ids.ndim} dimensions")
    channels = ids.shape[1]
    names = ("scale", "B", "mean", "var")
    values = [fractions(constant(node, a, n)) for a, n in zip(args[1:], names, strict=True)]
    if any(a.shape != (channels,) for a in args[1:]):
        node.fail(f"parameters that are not one for each of {channels} channels")
    epsilon = node.number("epsilon", EPSILON)
    factors, offsets = [], []
    for channel, (scale, shift, mean, variance) in enumerate(zip(*values, strict=True)):
        root = _root(variance + epsilon)
        if not root:
            node.fail(
                f"√(var + epsilon) of channel {channel} is not a positive rational:"
                " fuse it into the layer before it (in floats), and read that network"
            )
        factors.append(scale / root)
        offsets.append(shift - mean * factors[-1])
    trace.charge(ids.size)
    channel_of = np.broadcast_to(
        np.arange(channels).reshape(1, -1, *(1,) * (ids.ndim - 2)), ids.shape
    )
    places = channel_of.reshape(-1).tolist()
    rows = [((i,), (factors[c],)) for i, c in zip(ids.reshape(-1).tolist(), places, strict=True)]
    made = trace.block(rows, [offsets[c] for c in places])
    return Tensor(np.array(made, dtype=np.int64).reshape(ids.shape))


def _root(value: Fraction) -> Fraction | None:
    """The square root, where it is rational."""
    if value <= 0:
        return None
    top, bottom = math.isqrt(value.numerator), math.isqrt(value.denominator)
    root = Fraction(top, bottom)
    return root if root * root == value else None
