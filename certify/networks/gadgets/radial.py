"""A function of the norm in three layers, in the style of Eldan and Shamir."""

from __future__ import annotations

from collections.abc import Sequence

from ...kernel.data.network import Network
from ...kernel.verdict import Malformed
from ..builder import Exact, Sequential, linear, number, relu
from ._options import Gadget, Parameter, integer, points
from .interpolation import hinges


def radial(
    inputs: int, radius: Exact, steps: int, profile: Sequence[tuple[Exact, Exact]]
) -> Network:
    """x ↦ p(q(x₁) + … + q(xₙ)) on ℝⁿ, which approximates p(‖x‖²).

    q is the even piecewise linear function with q(kh) = (kh)² for k = 0 … K, where
    K = ``steps`` and h = ``radius``/K, and with slope (2K − 1)h beyond the radius;
    p is the piecewise linear function through the points of ``profile``, constant
    before the first and after the last. For |xᵢ| ≤ radius, 0 ≤ q(xᵢ) − xᵢ² ≤ h²/4,
    so the argument of p exceeds ‖x‖² by at most n·h²/4.

    Layers: 2nK hinges relu(±xᵢ − kh), k < K; the hinges of p, one for each of its M
    points; a linear layer. ‖W‖_F²: 2nK, M·n·h²·(8K − 6), and the sum of the squared
    changes of slope of p.
    Source: Eldan and Shamir (2016), The Power of Depth for Feedforward Neural Networks,
    where a three-layer network sums functions of single coordinates to reach ‖x‖².
    """
    if inputs < 1 or steps < 1 or number(radius) <= 0:
        raise Malformed("", "inputs, steps and radius must be positive")
    step = number(radius) / steps
    cuts = [(i, sign, k) for i in range(inputs) for sign in (1, -1) for k in range(steps)]
    squares = relu([{i: s} for i, s, _ in cuts], [-k * step for *_, k in cuts], inputs=inputs)
    kinks, bends, bias = hinges(profile)
    total = [step if k == 0 else 2 * step for *_, k in cuts]
    shells = relu([total] * len(kinks), [-x for x, _ in kinks])
    return Sequential(squares, shells, linear([bends], [bias]))


GADGET = Gadget(
    "radial",
    "a piecewise linear function of an approximation of the squared norm",
    radial,
    (
        Parameter("inputs", integer, "dimension of the input"),
        Parameter("radius", number, "coordinates up to this size are squared well"),
        Parameter("steps", integer, "pieces of the square on each side of 0"),
        Parameter("profile", points, "points squared-norm:value, such as 0:0,1:1,2:0"),
    ),
)
