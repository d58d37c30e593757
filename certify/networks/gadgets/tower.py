"""The linear tower of Theorem 1."""

from __future__ import annotations

from ...kernel.data.network import Network
from ...kernel.verdict import Malformed
from ..builder import Exact, Sequential, linear, number
from ._options import Gadget, Parameter, integer


def tower(inputs: int, scale: Exact, depth: int, axis: int | None = None) -> Network:
    """x ↦ Λ^d · x_axis on ℝ^inputs, as d linear layers with Λ = ``scale``.

    ``axis`` is the last coordinate unless given. ‖W‖_F² = Λ² for each layer, and the
    function has no Lipschitz constant below |Λ|^d.
    Source: the map f in the proof of Theorem 1.
    """
    factor, coordinate = number(scale), inputs - 1 if axis is None else axis
    if inputs < 1 or depth < 1 or not 0 <= coordinate < inputs:
        raise Malformed("", "a tower needs an input, a layer, and an axis among its inputs")
    first = linear([{coordinate: factor}], inputs=inputs)
    return Sequential(first, *[linear([[factor]])] * (depth - 1))


GADGET = Gadget(
    "tower",
    "x -> scale^depth times one coordinate, as linear layers",
    tower,
    (
        Parameter("inputs", integer, "dimension of the input"),
        Parameter("scale", number, "weight of each layer"),
        Parameter("depth", integer, "number of layers"),
        Parameter("axis", integer, "coordinate read (default: the last)", None),
    ),
)
