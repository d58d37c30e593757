"""Maximum, minimum and absolute value."""

from __future__ import annotations

from ...kernel.data.network import Network
from ...kernel.verdict import Malformed
from ..builder import Sequential, linear, relu
from ._circuit import Circuit
from ._options import Gadget, Parameter, boolean, integer


def maximum(inputs: int, relu_only: bool = False) -> Network:
    """max(x₁, …, xₙ) on all of ℝⁿ, as a balanced tree of max(a, b) = relu(a − b) + b.

    ⌈log₂ n⌉ hidden layers and a linear one. Identity neurons hold b, so that
    ‖W‖_F² for n = 2^k is 3n/2 in the first layer, 6n/2^j in the hidden layer j ≥ 2, and 2
    in the last; with ``relu_only`` b = relu(b) − relu(−b), and it is 2n, 12n/2^j and 3.
    Source: folklore; Arora, Basu, Mianjy and Mukherjee (2018) use this tree.
    """
    return _tree(inputs, relu_only, 1)


def minimum(inputs: int, relu_only: bool = False) -> Network:
    """min(x₁, …, xₙ) on all of ℝⁿ, as a balanced tree of min(a, b) = b − relu(b − a).

    Layers and norms as for :func:`maximum`.
    """
    return _tree(inputs, relu_only, -1)


def _tree(inputs: int, relu_only: bool, sign: int) -> Network:
    if inputs < 1:
        raise Malformed("inputs", "at least one input is needed")
    circuit = Circuit(inputs, relu_only)
    wires = [circuit.input(i) for i in range(inputs)]
    while len(wires) > 1:
        pairs = zip(wires[::2], wires[1::2], strict=False)
        merged = [circuit.relu((a - b) * sign) * sign + circuit.hold(b) for a, b in pairs]
        wires = merged + wires[len(wires) & ~1 :]
    return circuit.network(wires)


def absolute(inputs: int = 1) -> Network:
    """x ↦ (|x₁|, …, |xₙ|) on all of ℝⁿ, each as relu(x) + relu(−x).

    One hidden layer; ‖W‖_F² = 2n for both layers.
    """
    if inputs < 1:
        raise Malformed("inputs", "at least one input is needed")
    signs = [{i: sign} for i in range(inputs) for sign in (1, -1)]
    sums = [{2 * i: 1, 2 * i + 1: 1} for i in range(inputs)]
    return Sequential(relu(signs, inputs=inputs), linear(sums, inputs=2 * inputs))


_TREE = (
    Parameter("inputs", integer, "dimension of the input"),
    Parameter("relu_only", boolean, "hidden layers of ReLUs alone", False),
)
MAXIMUM = Gadget("max", "the largest coordinate, as a tree", maximum, _TREE)
MINIMUM = Gadget("min", "the smallest coordinate, as a tree", minimum, _TREE)
ABSOLUTE = Gadget(
    "abs",
    "the absolute value of each coordinate",
    absolute,
    (Parameter("inputs", integer, "dimension of the input", 1),),
)
