"""Piecewise linear functions of one variable."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from ...kernel.data.network import Network
from ...kernel.data.numbers import ZERO
from ...kernel.verdict import Malformed
from ..builder import Exact, Sequential, linear, number, relu
from ._options import Gadget, Parameter, points


def interpolation(
    breakpoints: Sequence[tuple[Exact, Exact]], left: Exact = 0, right: Exact = 0
) -> Network:
    """The piecewise linear function through the points (x, y), on all of ℝ.

    The abscissae must increase; before the first one the slope is ``left``, after the
    last one ``right``. One hidden layer: relu(x − xₖ) for each of the K points, and
    relu(x₀ − x) if ``left`` is not 0; then the linear layer with the changes of slope.
    ‖W‖_F²: K (K + 1 with a left slope), and left² + m₀² + Σ (mₖ − mₖ₋₁)², where mₖ is
    the slope after xₖ.
    """
    first, weights, bias = hinges(breakpoints, left, right)
    signs = [[-1 if flipped else 1] for _, flipped in first]
    offsets = [x if flipped else -x for x, flipped in first]
    return Sequential(relu(signs, offsets), linear([weights], [bias]))


def hinges(
    breakpoints: Sequence[tuple[Exact, Exact]], left: Exact = 0, right: Exact = 0
) -> tuple[list[tuple[Fraction, bool]], list[Fraction], Fraction]:
    """The function as bias + Σ weight · hinge: (hinges, weights, bias).

    A hinge (t, False) is relu(x − t), and (t, True) is relu(t − x).
    """
    knots = [(number(x), number(y)) for x, y in breakpoints]
    if not knots:
        raise Malformed("breakpoints", "at least one point is needed")
    for k, ((x, _), (following, _)) in enumerate(pairwise(knots)):
        if x >= following:
            raise Malformed(f"breakpoints/{k + 1}", "the abscissae must increase")
    rises = [(d - b) / (c - a) for (a, b), (c, d) in pairwise(knots)] + [number(right)]
    bends = [after - before for before, after in pairwise([ZERO, *rises])]
    kinks = [(x, False) for x, _ in knots]
    if number(left):
        kinks.append((knots[0][0], True))
        bends.append(-number(left))
    return kinks, bends, knots[0][1]


GADGET = Gadget(
    "interpolation",
    "the piecewise linear function of one variable through given points",
    interpolation,
    (
        Parameter("breakpoints", points, "points x:y in increasing order, such as 0:0,1/2:1,1:0"),
        Parameter("left", number, "slope before the first point", ZERO),
        Parameter("right", number, "slope after the last point", ZERO),
    ),
)
