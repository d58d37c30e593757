"""Products: networks side by side, from files."""

from __future__ import annotations

from collections.abc import Sequence

from ...kernel.data.network import Network
from ..builder import product
from ._options import Gadget, Parameter


def network_file(text: str) -> Network:
    """The network in the file of that name."""
    from ..files import load

    return load(text)


def network_files(text: str) -> tuple[Network, ...]:
    """The networks in the files named between commas."""
    return tuple(network_file(part.strip()) for part in text.split(","))


def side_by_side(factors: Sequence[Network]) -> Network:
    """(x, y, …) ↦ (f(x), g(y), …) for networks of one depth: see :func:`builder.product`.

    ‖W‖_F² of each layer is the sum over the factors.
    """
    return product(*factors)


GADGET = Gadget(
    "product",
    "networks of one depth side by side, on concatenated inputs",
    side_by_side,
    (Parameter("factors", network_files, "files of the networks, such as f.json,g.onnx"),),
)
