"""The part of an ONNX model that its output depends on, as a model of its own.

A runtime also runs, or rewrites, what nothing reads: a node that divides by zero, a part
without a name. What the reader does not read is no reason to refuse a model, so it is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import onnx

from ..graph import Graph

IR_VERSION = 8  # tensors need not be among the inputs; every onnxruntime of use reads it


def live_model(model: Any, graph: Graph, shown: Iterable[str]) -> Any:
    """The nodes and tensors that the output depends on, with these outputs.

    The nodes' own order, names and attributes stay. The input has the shape that was read; no
    other shape or type is declared, and no part of an output is without a name that may not be.
    """
    kept, names = _kept(model, graph)
    start = next(i for i in model.graph.input if i.name == graph.input)
    kind = start.type.tensor_type.elem_type
    result = onnx.helper.make_graph(
        kept,
        "live",
        [onnx.helper.make_tensor_value_info(graph.input, kind, graph.shape)],
        [onnx.ValueInfoProto(name=name) for name in shown],
        [tensor for tensor in model.graph.initializer if tensor.name in names],
    )
    opsets = [onnx.helper.make_opsetid("", graph.nodes[0].opset)]
    return onnx.helper.make_model(result, opset_imports=opsets, ir_version=IR_VERSION)


def _kept(model: Any, graph: Graph) -> tuple[list[Any], set[str]]:
    """Copies of the live nodes, every required output named, and the names that they read."""
    taken = {name for node in model.graph.node for name in [*node.input, *node.output]}
    taken |= {graph.input, *graph.constants}
    wanted, kept = {graph.output}, []
    for node in reversed(model.graph.node):
        if any(name and name in wanted for name in node.output):
            wanted.update(node.input)
            copy = onnx.NodeProto()
            copy.CopyFrom(node)
            _name_outputs(copy, taken, graph.nodes[0].opset)
            kept.append(copy)
    return kept[::-1], wanted - {""}


def _name_outputs(node: Any, taken: set[str], opset: int) -> None:
    """Give each output without a name one of its own, where the operator always makes it."""
    outputs: Sequence[Any] = onnx.defs.get_schema(node.op_type, opset, "").outputs
    for number, name in enumerate(node.output):
        formal = outputs[min(number, len(outputs) - 1)]
        if name or formal.option == onnx.defs.OpSchema.FormalParameterOption.Optional:
            continue
        fresh = f"unnamed_{len(taken)}"
        while fresh in taken:
            fresh += "_"
        taken.add(fresh)
        node.output[number] = fresh
