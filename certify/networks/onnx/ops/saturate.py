"""HardSigmoid, ThresholdedRelu, Shrink: one layer of ReLUs, and one of differences."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from ....kernel.data.numbers import ONE, ZERO
from ...graph import Node, Tensor, Value
from ...trace import Trace
from .piecewise import Combination, combine, relu_of
from .rectify import relu
from .table import computed

MINUS = Fraction(-1)
FIFTH = Fraction(float(np.float32(0.2)))  # the default of alpha, as the float32 that it is
HALF = Fraction(1, 2)


def hard_sigmoid(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """max(0, min(1, alpha·x + beta)) = relu(alpha·x + beta) − relu(alpha·x + beta − 1)."""
    alpha, beta = node.number("alpha", FIFTH), node.number("beta", HALF)
    return _difference(node, args[0], (alpha, beta), (alpha, beta - 1), trace)


def thresholded_relu(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """x where x > alpha, else 0: continuous, and then the ReLU, for alpha = 0 alone."""
    if node.number("alpha", ONE):
        node.fail("discontinuous at x = alpha: only alpha = 0 is supported")
    return relu(node, args, trace)


def shrink(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """x − bias beyond lambd, x + bias before −lambd, 0 between: continuous if they are equal."""
    lambd, bias = node.number("lambd", HALF), node.number("bias", ZERO)
    if bias != lambd or lambd < 0:
        node.fail("discontinuous at x = ±lambd: only bias = lambd ≥ 0 is supported")
    return _difference(node, args[0], (ONE, -lambd), (MINUS, -lambd), trace)


def _difference(
    node: Node,
    value: Value,
    first: tuple[Fraction, Fraction],
    second: tuple[Fraction, Fraction],
    trace: Trace,
) -> Value:
    """relu(a·x + b) − relu(c·x + d) for the pairs (a, b) and (c, d)."""
    ids = computed(node, value).flat()
    parts = [Combination(((i, a),) if a else (), b) for a, b in (first, second) for i in ids]
    cuts = relu_of(trace, parts, node.operator)
    pairs = zip(cuts[: len(ids)], cuts[len(ids) :], strict=True)
    found = [Combination(((i, ONE), (j, MINUS)), ZERO) for i, j in pairs]
    return Tensor(combine(trace, found, node.operator).reshape(value.shape))
