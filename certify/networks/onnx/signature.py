"""What a network's file says of its inputs and outputs: names, element types and shapes.

A :class:`~certify.kernel.data.network.Network` has numbered inputs and outputs alone. A property
that
declares more is compared with this, which is read from the same file.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from ...kernel.verdict import Malformed
from ..files import MAX_BYTES, plain, read_bytes

ELEMENTS = {
    "FLOAT": "float32",
    "DOUBLE": "float64",
}  # where the name is not ONNX's in small letters


@dataclass(frozen=True)
class Port:
    """An input or output. A dimension without a size is None; so is a shape that is not said."""

    name: str
    element: str  # float32, float64, float16, bfloat16, int64, …
    shape: tuple[int | None, ...] | None


@dataclass(frozen=True)
class Signature:
    """The inputs and outputs in the file's order, and the names of all that its nodes make."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    made: frozenset[str]


def load_signature(path: str | os.PathLike[str], max_bytes: int = MAX_BYTES) -> Signature | None:
    """The signature of an ``.onnx`` or ``.onnx.gz`` file; None for formats without names.

    Raises Malformed where the file cannot be read.
    """
    if not plain(path).endswith(".onnx"):
        return None
    import onnx
    from google.protobuf.message import DecodeError

    at = os.fspath(path)
    model = onnx.ModelProto()
    try:
        model.ParseFromString(read_bytes(at, max_bytes))
    except DecodeError:
        raise Malformed(at, "not an ONNX file") from None
    graph = model.graph
    stored = {tensor.name for tensor in graph.initializer}
    inputs = tuple(_port(value) for value in graph.input if value.name not in stored)
    made = {name for node in graph.node for name in (node.name, *node.output) if name}
    return Signature(inputs, tuple(map(_port, graph.output)), frozenset(made))


def _port(value: Any) -> Port:
    import onnx

    kind = value.type.tensor_type
    types = onnx.TensorProto.DataType
    known = kind.elem_type in types.values()
    element = types.Name(kind.elem_type) if known else str(kind.elem_type)
    shape = None
    if kind.HasField("shape"):
        sizes = kind.shape.dim
        shape = tuple(d.dim_value if d.WhichOneof("value") == "dim_value" else None for d in sizes)
    return Port(value.name, ELEMENTS.get(element, element.lower()), shape)
