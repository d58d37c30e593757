"""Parity: the product of ±1 coordinates."""

from __future__ import annotations

from collections.abc import Sequence

from ...kernel.data.network import Network
from ._options import Gadget, Parameter, boolean, indices, integer
from .symmetric import alternating, symmetric


def parity(inputs: int, over: Sequence[int] | None = None, wide: bool = False) -> Network:
    """∏ xᵢ over the coordinates ``over`` (by default all) of {−1, 1}^inputs.

    Three layers, n + 2 neurons for n coordinates: s = relu(Σ xᵢ + n); n gates
    relu(s − 2k); a linear layer with weights −σ for k = 0 and 2σ(−1)^(k + 1) for k ≥ 1
    and bias σ, where σ = (−1)ⁿ. ‖W‖_F²: n, n, 4n − 3, so that it is in NN_{Λ,3} for
    n = ⌊(Λ² + 3) / 4⌋. With ``wide`` two layers, the first one n × n: n², 4n − 3.
    Source: Lemma 2, which states NN_{1,3}; no network of norms below n^(1/6) exists,
    for a flipped bit moves x by 2 and the parity by 2.
    """
    count = inputs if over is None else len(over)
    return symmetric(alternating(count), inputs, over, wide)


GADGET = Gadget(
    "parity",
    "the product of chosen coordinates of {-1, 1}^n, with n + 2 neurons",
    parity,
    (
        Parameter("inputs", integer, "dimension of the input"),
        Parameter("over", indices, "coordinates read, such as 0,2,5-8 (default: all)", None),
        Parameter("wide", boolean, "one hidden layer, each gate reads the input", False),
    ),
)
