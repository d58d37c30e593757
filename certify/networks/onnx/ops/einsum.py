"""Einsum of one computed tensor and constants, and CumSum: one layer."""

from __future__ import annotations

import math
import string
from collections.abc import Sequence

import numpy as np

from ....kernel.data.numbers import ONE, ZERO
from ...constants import exact, folded
from ...graph import Array, Node, Tensor, Value
from ...trace import Trace
from .table import axis_of, constant

DOTS = "..."


def einsum(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """Σ over the labels that the output lacks of the product of the operands.

    An equation that only moves the entries of one operand makes no layer.
    """
    if sum(isinstance(a, Tensor) for a in args) > 1:
        node.fail("the product of two computed tensors is not piecewise linear")
    operands, result = _labels(node, [len(a.shape) for a in args])
    sizes = _sizes(node, operands, [a.shape for a in args])
    summed = [label for label in sizes if label not in result]
    labels = [*result, *summed]
    space = [sizes[label] for label in labels]
    if not all(space):
        node.fail("zero dimension")
    trace.charge(len(args) * math.prod(space))
    made, inner = tuple(space[: len(result)]), math.prod(space[len(result) :])
    ids: Array | None = None
    factors: Array | None = None
    for value, of_operand in zip(args, operands, strict=True):
        if isinstance(value, Tensor):
            ids = np.broadcast_to(_aligned(value.ids, of_operand, labels), space)
        else:
            factor = _aligned(exact(value), of_operand, labels)
            factors = factor if factors is None else factors * factor
    if factors is None:
        factors = np.full((1,) * len(labels), ONE, dtype=object)
    weights = np.broadcast_to(factors, space).reshape(-1, inner).tolist()
    if ids is None:
        return folded(trace, [sum(row, ZERO) for row in weights], made)
    if not summed and len(args) == 1:
        return Tensor(ids)
    rows = zip(ids.reshape(-1, inner).tolist(), weights, strict=True)
    block = trace.block(rows, lowered="" if len(args) == 2 else node.operator)
    return Tensor(np.array(block, dtype=np.int64).reshape(made))


def _labels(node: Node, ranks: Sequence[int]) -> tuple[list[list[str]], list[str]]:
    """The labels of each operand's dimensions and of the output's; dots have numbers."""
    left, arrow, right = node.text("equation", "").replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(ranks):
        node.fail(f"an equation of {len(terms)} operands for {len(ranks)} inputs")
    spread = max(
        (rank - len(term) + 3 for term, rank in zip(terms, ranks, strict=True) if DOTS in term),
        default=0,
    )
    dots = [f"dots {i}" for i in range(max(spread, 0))]
    operands = []
    for term, rank in zip(terms, ranks, strict=True):
        letters = len(term.replace(DOTS, "", 1))
        here = dots[len(dots) - (rank - letters) :] if rank > letters else []
        operands.append(_term(node, term, here))
        if len(operands[-1]) != rank:
            node.fail(f"the term {term!r} for a tensor of {rank} dimensions")
    if arrow:
        result = _term(node, right, dots)
        known = {label for labels in operands for label in labels}
        if len(set(result)) != len(result) or not set(result) - set(dots) <= known:
            node.fail("the output's labels are not distinct labels of the inputs")
        return operands, [label for label in result if label in known]
    every = [label for labels in operands for label in labels if label not in dots]
    return operands, dots + sorted({label for label in every if every.count(label) == 1})


def _term(node: Node, term: str, dots: Sequence[str]) -> list[str]:
    before, found, after = term.partition(DOTS)
    if not set(before + after) <= set(string.ascii_letters):
        node.fail("the equation is not of letters, commas, dots and one arrow")
    return [*before, *(dots if found else ()), *after]


def _sizes(
    node: Node, operands: Sequence[Sequence[str]], shapes: Sequence[Sequence[int]]
) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for labels, shape in zip(operands, shapes, strict=True):
        for label, size in zip(labels, shape, strict=True):
            if sizes.setdefault(label, size) != size:
                node.fail(f"label {label} stands for sizes {sizes[label]} and {size}")
    return sizes


def _aligned(array: Array, of_operand: Sequence[str], labels: Sequence[str]) -> Array:
    """With one dimension for each label, of size 1 where the operand lacks it."""
    own = list(dict.fromkeys(of_operand))
    if len(own) < len(of_operand):  # a repeated label: the diagonal
        size = dict(zip(of_operand, array.shape, strict=True))
        places = np.indices([size[label] for label in own], sparse=True)
        array = array[tuple(places[own.index(label)] for label in of_operand)]
    order = sorted(range(len(own)), key=lambda i: labels.index(own[i]))
    array = array.transpose(order)
    held = iter(array.shape)
    return array.reshape([next(held) if label in own else 1 for label in labels])


def cumulative_sum(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The sums of all entries up to each, along one axis."""
    value, given = args[0], constant(node, args[1], "axis")
    if given.size != 1 or given.dtype.kind not in "iu":
        node.fail("axis is not one integer")
    axis = axis_of(node, int(given.reshape(-1)[0]), len(value.shape))
    reverse, exclusive = node.flag("reverse"), node.flag("exclusive")
    if not isinstance(value, Tensor):
        return _summed_constant(trace, value, axis, reverse, exclusive)
    turned = np.moveaxis(value.ids, axis, -1)
    turned = turned[..., ::-1] if reverse else turned
    size = turned.shape[-1]
    trace.charge(turned.size * (size + 1) // 2)
    rows = [
        (line[: end + 1 - exclusive], [ONE] * (end + 1 - exclusive))
        for line in turned.reshape(-1, size).tolist()
        for end in range(size)
    ]
    made = np.array(trace.block(rows, lowered=node.operator), dtype=np.int64)
    made = made.reshape(turned.shape)
    return Tensor(np.moveaxis(made[..., ::-1] if reverse else made, -1, axis))


def _summed_constant(
    trace: Trace, value: Array, axis: int, reverse: bool, exclusive: bool
) -> Array:
    whole = value.dtype.kind in "iu"
    array = value if whole else exact(value)  # integers wrap as their type does
    array = np.flip(array, axis) if reverse else array
    sums = np.cumsum(array, axis, dtype=array.dtype)
    sums = sums - array if exclusive else sums
    sums = np.flip(sums, axis) if reverse else sums
    return sums if whole else folded(trace, sums.reshape(-1).tolist(), value.shape)
