"""ONNX files: the protobuf is checked and becomes a :class:`Graph`.

Specification: https://github.com/onnx/onnx/blob/main/docs/IR.md. A file may ask for other
files (external tensor data): see :mod:`certify.networks.onnx.external`. Nothing else is opened.

A model that ``onnx.checker`` refuses, or one that declares of a value another type or shape
than it has, is refused. ``Reading.no_checker`` reads it all the same, and says so.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import onnx
from google.protobuf.message import DecodeError

from ...kernel.data.network import Network
from ...kernel.verdict import Malformed, shorten
from ..constants import FLOATS
from ..graph import Graph, Node, quoted
from ..interpret import agrees, run
from ..reading import DEFAULT, Reading
from ..schedule import assemble
from ..trace import MAX_WORK
from .external import External
from .ops.shapes import ELEMENTS
from .replay import NO_REPLAY, replay
from .tensors import Constants, decoded
from .text import all_text
from .types import typed

OPSETS = range(7, 27)  # before 7, broadcasting was an attribute
STANDARD = ("", "ai.onnx")  # the domains of the operators that ONNX defines
MAX_EXTERNAL = 1 << 26  # bytes of tensors in other files


def read_onnx(
    data: bytes,
    reading: Reading = DEFAULT,
    *,
    folder: Path | None = None,
    max_external: int = MAX_EXTERNAL,
) -> Network:
    """The network of an ONNX file's bytes; ``source`` is their SHA-256.

    A leading batch dimension without a size is taken as 1. ``folder`` is where external tensor
    data may lie; without one they are refused. Raises Malformed, which names the node, tensor,
    input or output at fault.
    """
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
        if not all_text(model):
            raise Malformed("", "a name in it is not UTF-8 text")
        _embed(model, External(folder, max_external))
        graph = _graph(model, reading)
        trace, output, values = run(graph)
        _check(model, output.shape, reading)
    except DecodeError:
        raise Malformed("", "not an ONNX file") from None
    network = assemble(trace, output.flat(), hashlib.sha256(data).hexdigest())
    if reading.replay:
        replay(model, graph, trace, values, network, reading)
    else:
        reading.say(NO_REPLAY)
    return network


def _embed(model: Any, external: External) -> None:
    for tensor in model.graph.initializer:
        external.embed(tensor, f"tensor {quoted(tensor.name)}")
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                place = Node(node.op_type, node.name, (), tuple(node.output), {}, 0).place
                external.embed(attribute.t, f"{place}, attribute {quoted(attribute.name)}")


def _check(model: Any, shape: tuple[int, ...], reading: Reading) -> None:
    """Ask onnx.checker, about types and shapes too, once the output has a shape: it wants one."""
    kind = model.graph.output[0].type.tensor_type
    if not kind.HasField("shape"):
        for size in shape:
            kind.shape.dim.add(dim_value=size)
        kind.shape.SetInParent()
    opsets = {o.domain if o.domain not in STANDARD else "": o.version for o in model.opset_import}
    del model.opset_import[:]  # listed twice, the default domain is none
    model.opset_import.extend(onnx.helper.make_opsetid(d, v) for d, v in opsets.items())
    # its shapes are wrong for windows that start in the padding, before opset 22
    full = not any(a.name == "ceil_mode" and a.i for n in model.graph.node for a in n.attribute)
    try:
        onnx.checker.check_model(model.SerializeToString(), full_check=full or opsets[""] >= 22)
    except Exception as error:  # of many types
        found = shorten(" ".join(str(error).split()), 300)
        if not reading.no_checker:
            raise Malformed(
                "", f"onnx.checker refuses it (--no-checker reads it all the same): {found}"
            ) from None
        reading.say(f"read although onnx.checker refuses it: {found}")


def _graph(model: Any, reading: Reading) -> Graph:
    opset = _opset(model)
    graph = model.graph
    if not graph.node:
        raise Malformed("", "not an ONNX file, or one without nodes")
    if any(f.domain in STANDARD for f in model.functions):
        raise Malformed("functions", "a function that replaces a standard operator")
    if graph.sparse_initializer:
        raise Malformed("sparse_initializer", "sparse tensors are not supported")
    tensors = _unique(graph.initializer, "tensor")
    inputs = [i for name, i in _unique(graph.input, "input").items() if name not in tensors]
    for what, found in (("input", inputs), ("output", graph.output)):
        if len(found) != 1:
            names = ", ".join(f.name for f in found)
            raise Malformed(
                "", f"{len(found)} {what}s ({shorten(names)}): exactly one is supported"
            )
    start, end = inputs[0], graph.output[0]
    shape = _shape(start)
    kinds = {name: ELEMENTS.get(t.data_type, "") for name, t in tensors.items()}
    kinds[start.name] = ELEMENTS[start.type.tensor_type.elem_type]
    nodes = [_node(node, opset) for node in graph.node]
    if not any(end.name in node.outputs for node in nodes):
        raise Malformed(f"output {quoted(end.name)}", "no node makes it")
    lenient = reading.say if reading.no_checker else None
    nodes_typed = typed(nodes, kinds, lenient)
    kinds.update(
        (n, k) for node in nodes_typed for n, k in zip(node.outputs, node.makes, strict=True)
    )
    declared: Mapping[str, tuple[int | None, ...]] = {}
    if not reading.no_checker:
        known = {start.name: shape} | {name: tuple(t.dims) for name, t in tensors.items()}
        declared = _declared([*graph.value_info, end], kinds, known)
    return Graph(start.name, shape, end.name, Constants(tensors), nodes_typed, declared)


def _unique(entries: Iterable[Any], what: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for entry in entries:
        if entry.name in found or not entry.name:
            raise Malformed(f"{what} {quoted(entry.name)}", "its name is empty or not unique")
        found[entry.name] = entry
    return found


def _opset(model: Any) -> int:
    versions = {o.version for o in model.opset_import if o.domain in STANDARD}
    if len(versions) != 1 or not versions <= set(OPSETS):
        found = ", ".join(map(str, sorted(versions))) or "none"
        wanted = f"{OPSETS.start} to {OPSETS.stop - 1}"
        raise Malformed("opset_import", f"opset {found}: supported are {wanted}")
    return int(versions.pop())


def _shape(value: Any) -> tuple[int, ...]:
    at = f"input {quoted(value.name)}"
    kind = value.type.tensor_type
    if ELEMENTS.get(kind.elem_type) not in FLOATS:
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


def _declared(
    values: Iterable[Any], kinds: Mapping[str, str], known: Mapping[str, tuple[int, ...]]
) -> dict[str, tuple[int | None, ...]]:
    """The shapes that the file declares; the types are compared here, with those inferred."""
    declared: dict[str, tuple[int | None, ...]] = {}
    for value in values:
        at, kind = f"value {quoted(value.name)}", value.type.tensor_type
        stated, inferred = ELEMENTS.get(kind.elem_type, ""), kinds.get(value.name, "")
        if kind.elem_type and inferred and stated != inferred:
            raise Malformed(at, f"declared as {stated or 'another type'}, and it is {inferred}")
        if not kind.HasField("shape"):
            continue
        shape = tuple(d.dim_value if d.dim_value > 0 else None for d in kind.shape.dim)
        if declared.setdefault(value.name, shape) != shape:
            raise Malformed(at, "declared twice, with different shapes")
        if value.name in known and not agrees(shape, known[value.name]):
            raise Malformed(at, "declared with another shape than it has")
    return declared


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
            return decoded(attribute.t, f"{node.place}, attribute {quoted(attribute.name)}")
        case kinds.GRAPH | kinds.GRAPHS:
            node.fail("sub-graphs are not supported")
    node.fail(f"attribute {quoted(attribute.name)} has an unsupported type")
