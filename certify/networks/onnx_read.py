"""ONNX files: the protobuf is checked and becomes a :class:`Graph`; nothing else is opened.

Specification: https://github.com/onnx/onnx/blob/main/docs/IR.md. A file may ask for other
files (external tensor data); those are refused, never opened.
"""

from __future__ import annotations

import hashlib
import math
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import numpy_helper

from ..kernel.network import Network
from ..kernel.verdict import Malformed, shorten
from .graph import Array, Graph, Node, quoted
from .interpret import interpret
from .onnx_text import all_text
from .trace import MAX_WORK

OPSETS = range(7, 27)  # before 7, broadcasting was an attribute
STANDARD = ("", "ai.onnx")  # the domains of the operators that ONNX defines

_KINDS = {
    onnx.TensorProto.FLOAT: "float32",
    onnx.TensorProto.DOUBLE: "float64",
    onnx.TensorProto.FLOAT16: "float16",
    onnx.TensorProto.BFLOAT16: "bfloat16",
    onnx.TensorProto.INT64: "int64",
    onnx.TensorProto.INT32: "int32",
    onnx.TensorProto.BOOL: "bool",
}
_FLOATS = ("float32", "float64", "float16", "bfloat16")


def read_onnx(data: bytes) -> Network:
    """The network of an ONNX file's bytes; ``source`` is their SHA-256.

    A leading batch dimension without a size is taken as 1. Raises Malformed, which
    names the node, tensor, input or output at fault.
    """
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    except DecodeError:
        raise Malformed("", "not an ONNX file") from None
    if not all_text(model):
        raise Malformed("", "a name in it is not UTF-8 text")
    return interpret(_graph(model), hashlib.sha256(data).hexdigest())


def _graph(model: Any) -> Graph:
    opset = _opset(model)
    graph = model.graph
    if not graph.node:
        raise Malformed("", "not an ONNX file, or one without nodes")
    if any(f.domain in STANDARD for f in model.functions):
        raise Malformed("functions", "a function that replaces a standard operator")
    if graph.sparse_initializer:
        raise Malformed("sparse_initializer", "sparse tensors are not supported")
    constants: dict[str, Array] = {}
    for tensor in graph.initializer:
        if tensor.name in constants or not tensor.name:
            raise Malformed(f"tensor {quoted(tensor.name)}", "its name is empty or not unique")
        constants[tensor.name] = _array(tensor, f"tensor {quoted(tensor.name)}")
    inputs = [i for i in graph.input if i.name not in constants]
    for what, found in (("input", inputs), ("output", graph.output)):
        if len(found) != 1:
            names = ", ".join(f.name for f in found)
            raise Malformed(
                "", f"{len(found)} {what}s ({shorten(names)}): exactly one is supported"
            )
    nodes = tuple(_node(node, opset) for node in graph.node)
    return Graph(inputs[0].name, _shape(inputs[0]), graph.output[0].name, constants, nodes)


def _opset(model: Any) -> int:
    versions = [o.version for o in model.opset_import if o.domain in STANDARD]
    if len(versions) != 1 or versions[0] not in OPSETS:
        found = ", ".join(map(str, versions)) or "none"
        wanted = f"{OPSETS.start} to {OPSETS.stop - 1}"
        raise Malformed("opset_import", f"opset {found}: supported are {wanted}")
    return int(versions[0])


def _shape(value: Any) -> tuple[int, ...]:
    at = f"input {quoted(value.name)}"
    kind = value.type.tensor_type
    if _KINDS.get(kind.elem_type) not in _FLOATS:
        raise Malformed(at, "not a tensor of floats")
    if not kind.HasField("shape"):
        raise Malformed(at, "dynamic shape: not even its rank is given")
    shape = []
    for number, dimension in enumerate(kind.shape.dim):
        if dimension.WhichOneof("value") == "dim_value":
            size = dimension.dim_value
            if size < 1:
                raise Malformed(at, f"dimension {number} is {size}: zero dimension")
            shape.append(size)
        elif number == 0:
            shape.append(1)
        else:
            raise Malformed(at, f"dynamic shape: dimension {number} has no size")
    if math.prod(shape) > MAX_WORK:
        raise Malformed(at, f"more than {MAX_WORK} elements")
    return tuple(shape)


def _node(node: Any, opset: int) -> Node:
    operator = node.op_type
    if node.domain not in STANDARD:
        operator = f"{node.domain}.{operator}"
    read = Node(operator, node.name, tuple(node.input), tuple(node.output), {}, opset)
    attributes: dict[str, Any] = {}
    for attribute in node.attribute:
        if attribute.name in attributes:
            read.fail(f"attribute {quoted(attribute.name)} twice")
        attributes[attribute.name] = _attribute(attribute, read)
    return Node(operator, node.name, read.inputs, read.outputs, attributes, opset)


def _attribute(attribute: Any, node: Node) -> Any:
    kinds = onnx.AttributeProto
    if attribute.ref_attr_name:
        node.fail(f"attribute {quoted(attribute.name)} refers to a function's")
    match attribute.type:
        case kinds.FLOAT:
            return float(attribute.f)
        case kinds.INT:
            return int(attribute.i)
        case kinds.STRING:
            return attribute.s.decode(errors="replace")
        case kinds.FLOATS:
            return tuple(attribute.floats)
        case kinds.INTS:
            return tuple(attribute.ints)
        case kinds.TENSOR:
            return _array(attribute.t, f"{node.place}, attribute {quoted(attribute.name)}")
        case kinds.GRAPH | kinds.GRAPHS:
            node.fail("sub-graphs are not supported")
    node.fail(f"attribute {quoted(attribute.name)} has an unsupported type")


def _array(tensor: Any, at: str) -> Array:
    if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
        raise Malformed(at, "external tensor data is refused")
    kind = _KINDS.get(tensor.data_type)
    if kind is None:
        names = onnx.TensorProto.DataType
        known = tensor.data_type in names.values()
        found = names.Name(tensor.data_type) if known else str(tensor.data_type)
        raise Malformed(at, f"tensors of type {found} are not supported")
    if min(tensor.dims, default=0) < 0 or math.prod(tensor.dims) > MAX_WORK:
        raise Malformed(at, f"dimensions {shorten(list(tensor.dims))}")
    try:
        array = numpy_helper.to_array(tensor)
    except (ValueError, TypeError) as error:
        raise Malformed(at, f"its data do not fit its dimensions: {error}") from None
    return array.astype(np.float32) if kind == "bfloat16" else array
