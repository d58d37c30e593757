"""Networks as JSON with rational weights: the format certify-network-1."""

from __future__ import annotations

from ..kernel.decode import Node, parse_json, read_network
from ..kernel.network import Network
from ..kernel.verdict import Malformed


def read_json(data: bytes) -> Network:
    """The network that the text states. Raises Malformed or Decline."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Malformed("", f"not UTF-8: {error}") from None
    return read_network(Node(parse_json(text)))


def write_json(network: Network) -> bytes:
    """The canonical form, with a newline at its end."""
    return network.canonical().encode() + b"\n"
