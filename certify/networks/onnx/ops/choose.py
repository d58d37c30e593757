"""Where and the comparisons: exact where the branches meet as the condition changes.

x · (x > 0), with the comparison cast to a float, is such a choice too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from ....kernel.data.numbers import ONE, ZERO
from ...constants import FLOATS, broadcast, fractions, shaped
from ...graph import Array, Condition, Node, Tensor, Value
from ...trace import CONSTANT, CUT, ROW, ROW_COST, Trace
from . import arithmetic, folding, shapes
from .arithmetic import shifted, weighted_sum
from .piecewise import Combination, combine, relu_of
from .select import elements
from .table import constant

MINUS = Fraction(-1)
STRICT = ("Greater", "Less")


def compare(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """Greater, Less and their like: the sign of a difference, which Where may read."""
    strict = node.operator in STRICT
    left, right = args if node.operator.startswith("Greater") else (args[1], args[0])
    if isinstance(left, Tensor):
        if isinstance(right, Tensor):
            gap = weighted_sum(trace, (left, right), (ONE, MINUS), node.operator)
        else:
            gap = shifted(trace, left, _negative(right))
        return Condition(gap.ids, strict, False)
    if isinstance(right, Tensor):  # a > x is not x − a ≥ 0
        return Condition(shifted(trace, right, _negative(left)).ids, not strict, True)
    return folding.compare(node, args, trace)


def _negative(array: Array) -> Array:
    return shaped([-v for v in fractions(array)], array.shape)


def negate(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """Not: of a comparison."""
    if not isinstance(args[0], Condition):
        return folding.negation(node, args, trace)
    return replace(args[0], negated=not args[0].negated)


def where(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The second input where the first holds, else the third."""
    condition, then, other = args
    if isinstance(then, Condition) or isinstance(other, Condition):
        node.fail("a condition stands where numbers are needed")
    shape = broadcast(trace, condition.shape, then.shape, other.shape)
    if not isinstance(condition, Condition):
        if isinstance(then, Tensor) or isinstance(other, Tensor):
            chosen = constant(node, condition, "the condition")
            if chosen.dtype != bool:
                node.fail("the condition is not of truth values")
            return Tensor(np.where(chosen, elements(trace, then), elements(trace, other)))
        return folding.where(node, args, trace)
    if condition.negated:
        then, other = other, then
    gaps, thens, others = (
        np.broadcast_to(a, shape).reshape(-1).tolist()
        for a in (condition.ids, elements(trace, then), elements(trace, other))
    )
    trace.charge(4 * len(gaps))
    bends = []
    for gap, a, b in zip(gaps, thens, others, strict=True):
        holds = _decided(trace, gap, condition.strict)
        if a == b or holds is not None:
            bends.append(_Bend(b if a == b or not holds else a, gap))
        else:
            difference = Combination.of(a).plus(Combination.of(b), MINUS)
            bends.append(_bend(node, trace, b, gap, difference))
    return Tensor(_bent(node, trace, bends).reshape(shape))


def cast(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """Cast: a comparison stays one, its truth the number 1, which Mul may read."""
    if isinstance(args[0], Condition):
        if shapes.ELEMENTS.get(node.integer("to", 0)) not in FLOATS:
            node.fail("a condition on the network's input may be cast to floats alone")
        return args[0]
    return shapes.cast(node, args, trace)


def multiply(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """Mul: by a comparison it is a choice between the other factor and 0."""
    left, right = args
    if isinstance(right, Condition):
        left, right = right, left
    if not isinstance(left, Condition):
        return arithmetic.multiply(node, args, trace)
    return where(node, (left, right, shaped([ZERO], ())), trace)


@dataclass(frozen=True)
class _Bend:
    """other + slope·r + Σ weight·relu(a·r + b) + constant, with r = relu(gap)."""

    other: int
    gap: int
    slope: Fraction = ZERO
    constant: Fraction = ZERO
    hinges: tuple[tuple[Fraction, Fraction, Fraction], ...] = ()  # weight, a, b


def _decided(trace: Trace, gap: int, strict: bool) -> bool | None:
    """Whether the condition holds, where its element is a constant."""
    it = trace.elements[gap]
    if it.base != CONSTANT:
        return None
    return it.shift > 0 if strict else it.shift >= 0


def _bend(node: Node, trace: Trace, other: int, gap: int, difference: Combination) -> _Bend:
    """How the result leaves ``other`` where gap > 0: a function of the gap that is 0 at 0."""
    line = _along(trace, difference, gap, keep_cuts=True)
    if line is None:
        node.fail(
            "its branches are not seen to meet where the condition changes:"
            " a discontinuous choice is not piecewise linear"
        )
    slope, constant, cuts = line
    hinges = []
    for cut, weight in cuts:
        inner = _along(trace, Combination.of(trace.cuts[cut]), gap)
        if inner is None:
            node.fail("its branches differ by more than a function of what is compared")
        a, b, _ = inner
        if a >= 0 and b >= 0:  # never cuts, as r ≥ 0
            slope, constant = slope + weight * a, constant + weight * b
        elif a > 0 or b > 0:
            hinges.append((weight, a, b))
    at_zero = constant + sum((w * max(b, ZERO) for w, _, b in hinges), ZERO)
    if at_zero:
        node.fail(
            f"its branches differ by {abs(at_zero)} where the condition changes:"
            " a discontinuous choice is not piecewise linear"
        )
    return _Bend(other, gap, slope, constant, tuple(hinges))


def _bent(node: Node, trace: Trace, bends: Sequence[_Bend]) -> Array:
    live = [b for b in bends if b.slope or b.hinges]
    cut = dict(
        zip(
            [b.gap for b in live],
            relu_of(trace, [Combination.of(b.gap) for b in live], node.operator),
            strict=True,
        )
    )
    parts = [Combination(((cut[b.gap], a),), c) for b in live for _, a, c in b.hinges]
    hinged = iter(relu_of(trace, parts, node.operator))
    found = []
    for bend in bends:
        total = Combination(((bend.other, ONE),), bend.constant)
        if bend.slope:
            total = total.plus(Combination(((cut[bend.gap], bend.slope),), ZERO))
        for weight, _, _ in bend.hinges:
            total = total.plus(Combination.of(next(hinged)), weight)
        found.append(total)
    return combine(trace, found, node.operator)


Line = tuple[Fraction, Fraction, list[tuple[int, Fraction]]]  # slope, constant, ReLUs and weights


def _along(trace: Trace, value: Combination, gap: int, keep_cuts: bool = False) -> Line | None:
    """``value`` as slope · gap + constant, and ReLUs beside it with ``keep_cuts``; or None.

    Rows are written out, the last made first, until the two are seen to be in proportion.
    """
    sums, constant = _bases(trace, value)
    base, offset = _bases(trace, Combination.of(gap))
    while True:
        cuts = [(i, w) for i, w in sums.items() if trace.kinds[i] == CUT and i not in base]
        rest = {i: w for i, w in sums.items() if not keep_cuts or (i, w) not in cuts}
        slope = _ratio(rest, base)
        if slope is not None:
            return slope, constant - slope * offset, cuts if keep_cuts else []
        rows = [i for i in (*sums, *base) if trace.kinds[i] == ROW]
        if not rows:
            return None
        sums, constant = _written_out(trace, sums, constant, max(rows))
        base, offset = _written_out(trace, base, offset, max(rows))


def _ratio(sums: dict[int, Fraction], base: dict[int, Fraction]) -> Fraction | None:
    """The number by which ``base`` is multiplied to give ``sums``."""
    if not sums:
        return ZERO
    if sums.keys() != base.keys():
        return None
    ratios = {w / base[i] for i, w in sums.items()}
    return ratios.pop() if len(ratios) == 1 else None


def _bases(trace: Trace, value: Combination) -> tuple[dict[int, Fraction], Fraction]:
    sums: dict[int, Fraction] = {}
    constant = value.constant
    for i, w in value.terms:
        it = trace.elements[i]
        if it.shift:
            constant += w * it.shift
        if it.base != CONSTANT:
            sums[it.base] = sums[it.base] + w if it.base in sums else w
    return {i: w for i, w in sums.items() if w}, constant


def _written_out(
    trace: Trace, sums: dict[int, Fraction], constant: Fraction, row: int
) -> tuple[dict[int, Fraction], Fraction]:
    """The same with one row replaced by what it is."""
    if row not in sums:
        return sums, constant
    (ids, weights), bias = trace.row(row)
    trace.charge(ROW_COST * len(ids))  # sums of long fractions
    inner, more = _bases(trace, Combination(tuple(zip(ids, weights, strict=True)), bias))
    factor = sums[row]
    total = {i: w for i, w in sums.items() if i != row}
    for i, w in inner.items():
        total[i] = total[i] + factor * w if i in total else factor * w
    return {i: w for i, w in total.items() if w}, constant + factor * more
