"""Networks as JSON with rational weights: the format certify-network-1."""

from __future__ import annotations

from itertools import chain

from ..kernel.data.decode import Node, parse_json, read_network
from ..kernel.data.network import Network
from ..kernel.data.numbers import bits, readable
from ..kernel.verdict import Malformed
from .text import utf8


def read_json(data: bytes) -> Network:
    """The network that the text states. Raises Malformed or Decline."""
    return read_network(Node(parse_json(utf8(data))))


def write_json(network: Network) -> bytes:
    """The canonical form, with a newline at its end.

    Raises Malformed where a number has more digits than :func:`read_json` takes.
    """
    for number, layer in enumerate(network.layers, start=1):
        for value in chain(layer.bias, (v for row in layer.rows for _, v in row)):
            if not readable(value):
                message = f"a number of {bits(value)} bits is too long to be read back"
                raise Malformed(f"layer {number}", message)
    return network.canonical().encode() + b"\n"
