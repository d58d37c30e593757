"""Delays: the identity as layers."""

from __future__ import annotations

from ..builder import delay
from ._options import Gadget, Parameter, boolean, integer

GADGET = Gadget(
    "delay",
    "the identity as a number of layers",
    delay,
    (
        Parameter("width", integer, "dimension of the input"),
        Parameter("layers", integer, "number of layers", 1),
        Parameter("relu_only", boolean, "ReLU layers and a last linear one", False),
    ),
)
