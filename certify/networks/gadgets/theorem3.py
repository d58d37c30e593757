"""Theorem 3: a product of delayed gadgets, and the shallow network that it equals."""

from __future__ import annotations

from ...kernel.data.network import Network
from ...kernel.verdict import Malformed
from ..builder import delayed, product
from ._options import Gadget, Parameter, boolean, integer
from .products import network_file


def deep(gadget: Network, depth: int, first: int = 1, relu_only: bool = False) -> Network:
    """f = f^(first) × … × f^(d − 3), where f^(i) delays i layers, then is g, then delays.

    g = ``gadget`` has three layers, f has d = ``depth``. On all of ℝ^(copies·inputs) it
    equals (g, …, g), with d − 3 copies; ``first`` = 0 adds the copy that starts at once,
    with which every window of three layers holds a whole g. With identity delays the
    layers (i, i + 3] of f^(i) are g, and ‖W‖_F² of layer j is the sum over i of
    inputs where j ≤ i, of ‖W_{j−i}(g)‖² where i < j ≤ i + 3, of outputs beyond. With
    ``relu_only`` every layer is ReLU but the last, which is linear; a delay counts twice,
    and so do g's first layer after a delay and its last layer before one.
    Source: the proof of Theorem 3 (``first`` = 1), and its repair (``first`` = 0).
    """
    if gadget.depth != 3:
        raise Malformed("gadget", f"a gadget of three layers is needed, not {gadget.depth}")
    if not 0 <= first <= depth - 3:
        raise Malformed("depth", f"no copy from {first} to depth - 3 = {depth - 3}")
    copies = range(first, depth - 2)
    return product(*(delayed(gadget, i, depth - 3 - i, relu_only) for i in copies))


def shallow(gadget: Network, copies: int) -> Network:
    """(g, …, g) side by side on concatenated inputs: what :func:`deep` equals.

    ‖W‖_F² of each layer is ``copies`` times that of the gadget.
    Source: Theorem 3, part 2, with copies = d − 3.
    """
    return product(*[gadget] * copies)


DEEP = Gadget(
    "theorem3-deep",
    "the product of delayed copies of a three-layer gadget",
    deep,
    (
        Parameter("gadget", network_file, "file of the gadget, a network of three layers"),
        Parameter("depth", integer, "number of layers"),
        Parameter("first", integer, "layers that the first copy is delayed", 1),
        Parameter("relu_only", boolean, "delays as differences of ReLUs", False),
    ),
)
SHALLOW = Gadget(
    "theorem3-shallow",
    "copies of a gadget side by side",
    shallow,
    (
        Parameter("gadget", network_file, "file of the gadget"),
        Parameter("copies", integer, "number of copies"),
    ),
)
