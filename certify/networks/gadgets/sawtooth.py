"""The sawtooth: few neurons in many layers, and exponentially many pieces."""

from __future__ import annotations

from fractions import Fraction

from ...kernel.data.network import Network
from ...kernel.verdict import Malformed
from ..builder import Sequential, linear, relu
from ._options import Gadget, Parameter, integer


def sawtooth(folds: int) -> Network:
    """The tent map t(x) = 1 − |2x − 1| on [0, 1], iterated ``folds`` = k times.

    On [0, 1] it is the triangle wave with 2^k linear pieces that is 0 at j/2^k for even j
    and 1 for odd j. Before 0 it is 0; beyond 1 it is 2 − 2x for k = 1 and 0 for k ≥ 2.
    k hidden layers of two ReLUs, t(x) = 2·relu(x) − 4·relu(x − 1/2), and a linear layer.
    ‖W‖_F²: 2, then 40 for each further hidden layer, then 20.
    Source: Telgarsky (2015), Representation Benefits of Deep Feedforward Networks.
    """
    if folds < 1:
        raise Malformed("folds", "at least one fold is needed")
    kinks = (0, Fraction(-1, 2))
    first = relu([[1], [1]], kinks)
    return Sequential(first, *[relu([[2, -4]] * 2, kinks)] * (folds - 1), linear([[2, -4]]))


GADGET = Gadget(
    "sawtooth",
    "the triangle wave on [0, 1] with 2^folds pieces",
    sawtooth,
    (Parameter("folds", integer, "number of hidden layers"),),
)
