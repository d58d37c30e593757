"""Symmetric functions of ±1 coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ...kernel.data.network import Network
from ...kernel.verdict import Malformed
from ..builder import Exact, Sequential, linear, number, relu
from ._options import Gadget, Parameter, boolean, indices, integer, numbers


def symmetric(
    values: Sequence[Exact],
    inputs: int | None = None,
    over: Sequence[int] | None = None,
    wide: bool = False,
) -> Network:
    """A function of the number of +1 among n chosen coordinates.

    On {−1, 1}^inputs the value is ``values[p]`` where p of the coordinates ``over``
    (n of them, by default the first n; ``values`` has n + 1 entries) are +1. On all of
    ℝ^inputs it is the piecewise linear function of s = max(n + Σ xᵢ, 0) through the
    points (2p, values[p]), with the last slope kept.

    Layers: one gate s; n gates relu(s − 2k), k = 0 … n − 1; a linear layer, whose weights
    are the changes of the slopes mₖ = (values[k + 1] − values[k]) / 2.
    ‖W‖_F²: n, n, m₀² + Σ (mₖ − mₖ₋₁)². The form ``wide`` has one hidden layer, where
    each gate reads the coordinates: n², m₀² + Σ (mₖ − mₖ₋₁)².
    Source: the parity network of Lemma 2, with any values.
    """
    levels = [number(value) for value in values]
    n = len(levels) - 1
    coordinates = tuple(range(n)) if over is None else tuple(over)
    dimension = n if inputs is None else inputs
    if n < 1:
        raise Malformed("values", "at least two values are needed")
    if len(coordinates) != n:
        raise Malformed(
            "values", f"{len(coordinates)} coordinates need {len(coordinates) + 1} values"
        )
    if len(set(coordinates)) != n or not all(0 <= i < dimension for i in coordinates):
        raise Malformed("over", f"distinct coordinates among 0 … {dimension - 1} are needed")
    slopes = [(levels[k + 1] - levels[k]) / 2 for k in range(n)]
    bends = [slopes[0], *(slopes[k] - slopes[k - 1] for k in range(1, n))]
    last = linear([bends], [levels[0]])
    everything = dict.fromkeys(coordinates, 1)
    if wide:
        gates = relu([everything] * n, [n - 2 * k for k in range(n)], inputs=dimension)
        return Sequential(gates, last)
    total = relu([everything], [n], inputs=dimension)
    return Sequential(total, relu([[1]] * n, [-2 * k for k in range(n)]), last)


def alternating(n: int) -> list[Fraction]:
    """The values of the parity of n bits: (−1)^(n − p) for p = 0 … n."""
    return [Fraction(-1 if (n - p) % 2 else 1) for p in range(n + 1)]


GADGET = Gadget(
    "symmetric",
    "a function of the number of +1 among chosen coordinates of {-1, 1}^n",
    symmetric,
    (
        Parameter("values", numbers, "values for 0, 1, … n times +1, such as 0,1,1"),
        Parameter("inputs", integer, "dimension of the input (default: n)", None),
        Parameter("over", indices, "coordinates read, such as 0,2,5-8 (default: the first)", None),
        Parameter("wide", boolean, "one hidden layer, each gate reads the input", False),
    ),
)
