"""Run a graph symbolically, node by node, and put its layers together."""

from __future__ import annotations

import math

import numpy as np

from ..kernel.network import Network
from ..kernel.verdict import Malformed
from .graph import Graph, Node, Tensor, Value, quoted
from .onnx_ops import OPERATORS
from .schedule import assemble
from .trace import Trace

MAX_RANK = 8


def interpret(graph: Graph, source: str = "") -> Network:
    """The network of a graph. Raises Malformed, which names the node at fault."""
    _check_order(graph)
    if 0 in graph.shape:
        raise Malformed(f"input {quoted(graph.input)}", f"zero dimension in {list(graph.shape)}")
    trace = Trace(math.prod(graph.shape))
    start = Tensor(np.arange(trace.inputs, dtype=np.int64).reshape(graph.shape))
    values: dict[str, Value] = {**graph.constants, graph.input: start}
    for node in _live(graph):
        results = run_node(node, [_value(node, i, values) for i in node.inputs], trace)
        values.update(zip(node.outputs, results, strict=False))
    if graph.output not in values:
        raise Malformed(f"output {quoted(graph.output)}", "optional, and not supported")
    output = values[graph.output]
    if not isinstance(output, Tensor):
        raise Malformed(f"input {quoted(graph.input)}", "unused: the output does not depend on it")
    return assemble(trace, output.flat(), source)


def _check_order(graph: Graph) -> None:
    known = {graph.input, "", *graph.constants}
    for node in graph.nodes:
        for name in node.inputs:
            if name not in known:
                node.fail(f"reads {quoted(name)}, which no node before it makes (a cycle?)")
        for name in node.outputs:
            if name and name in known:
                node.fail(f"makes {quoted(name)}, which exists already")
        known.update(node.outputs)
    if graph.output not in known or not graph.output:
        raise Malformed(f"output {quoted(graph.output)}", "no node makes it")


def _live(graph: Graph) -> list[Node]:
    """The nodes that the output depends on, in their order."""
    wanted, live = {graph.output}, []
    for node in reversed(graph.nodes):
        if any(name and name in wanted for name in node.outputs):
            wanted.update(node.inputs)
            live.append(node)
    return live[::-1]


def _value(node: Node, name: str, values: dict[str, Value]) -> Value | None:
    if name and name not in values:  # Dropout's mask, MaxPool's indices
        node.fail(f"reads {quoted(name)}, an optional output that is not supported")
    return values.get(name)


def run_node(node: Node, args: list[Value | None], trace: Trace) -> tuple[Value, ...]:
    operator = OPERATORS.get(node.operator)
    if operator is None:
        node.fail("operator not supported")
    while args and args[-1] is None:
        args.pop()
    if not operator.least <= len(args) <= (operator.most or len(args)):
        node.fail(f"{len(args)} inputs")
    if any(a is None for a in (args[: operator.least] if operator.most else args)):
        node.fail("a required input is left out")
    for key in node.attributes:
        if key not in operator.attributes:
            node.fail(f"attribute {quoted(key)} not supported")
    args += [None] * ((operator.most or len(args)) - len(args))
    try:
        result = operator.run(node, args, trace)
        results = result if isinstance(result, tuple) else (result,)
        for value in results:
            _check_size(value, trace)
    except Malformed as error:
        raise Malformed(error.at or node.place, error.message) from None
    except (ValueError, IndexError) as error:  # numpy: shapes or indices that do not fit
        node.fail(f"shapes or indices do not fit: {error}")
    return results


def _check_size(value: Value, trace: Trace) -> None:
    ids = value.ids if isinstance(value, Tensor) else value
    if ids.ndim > MAX_RANK:
        raise Malformed("", f"a tensor of {ids.ndim} dimensions")
    if isinstance(value, Tensor) and ids.size == 0:
        raise Malformed("", f"zero dimension in {list(ids.shape)}")
    trace.charge(4 * int(ids.size))
