"""Run a graph symbolically, node by node, and put its layers together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from ..kernel.data.network import Network
from ..kernel.verdict import Malformed
from .constants import FLOATS
from .graph import Array, Condition, Graph, Node, Tensor, Value, quoted
from .onnx.ops import OPERATORS, REFUSED
from .schedule import assemble
from .trace import Trace

MAX_RANK = 8


def interpret(graph: Graph, source: str = "") -> Network:
    """The network of a graph. Raises Malformed, which names the node at fault."""
    trace, output, _ = run(graph)
    return assemble(trace, output.flat(), source)


def run(graph: Graph) -> tuple[Trace, Tensor, dict[str, Value]]:
    """The trace of a graph, its output, and each value by its name.

    Raises Malformed, which names the node at fault.
    """
    _check_order(graph)
    if 0 in graph.shape:
        raise Malformed(f"input {quoted(graph.input)}", f"zero dimension in {list(graph.shape)}")
    trace = Trace(math.prod(graph.shape))
    start = Tensor(np.arange(trace.inputs, dtype=np.int64).reshape(graph.shape))
    values: dict[str, Value] = {graph.input: start}
    for node in live(graph):
        args = [_value(node, i, values, graph.constants) for i in node.inputs]
        results = zip(node.outputs, run_node(node, args, trace), strict=False)
        for name, value in results:
            if name:  # "" is no value
                _check_declared(node, name, value, graph)
                values[name] = value
    if graph.output not in values:
        raise Malformed(f"output {quoted(graph.output)}", "optional, and not supported")
    output = values[graph.output]
    if isinstance(output, Condition):
        raise Malformed(f"output {quoted(graph.output)}", "a condition, not numbers")
    if not isinstance(output, Tensor):
        raise Malformed(f"input {quoted(graph.input)}", "unused: the output does not depend on it")
    return trace, output, values


def _check_declared(node: Node, name: str, value: Value, graph: Graph) -> None:
    stated = graph.declared.get(name)
    if stated is not None and not agrees(stated, value.shape):
        found = [size or "?" for size in stated]
        node.fail(f"{quoted(name)} is declared with shape {found}, and has {list(value.shape)}")


def agrees(stated: Sequence[int | None], shape: Sequence[int]) -> bool:
    """Whether a shape is as stated; None is a size left open."""
    return len(stated) == len(shape) and all(
        a in (None, b) for a, b in zip(stated, shape, strict=True)
    )


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


def live(graph: Graph) -> list[Node]:
    """The nodes that the output depends on, in their order."""
    wanted, found = {graph.output}, []
    for node in reversed(graph.nodes):
        if any(name and name in wanted for name in node.outputs):
            wanted.update(node.inputs)
            found.append(node)
    return found[::-1]


def _value(
    node: Node, name: str, values: Mapping[str, Value], constants: Mapping[str, Array]
) -> Value | None:
    if not name:
        return None
    if name in values:
        return values[name]
    if name not in constants:  # Dropout's mask, MaxPool's indices
        node.fail(f"reads {quoted(name)}, an optional output that is not supported")
    return constants[name]


def run_node(node: Node, args: list[Value | None], trace: Trace) -> tuple[Value, ...]:
    """What one node makes of its arguments. Raises Malformed, which names it."""
    operator = OPERATORS.get(node.operator)
    reason = REFUSED.get(node.operator)
    if reason and (operator is None or any(isinstance(a, (Tensor, Condition)) for a in args)):
        node.fail(f"operator not supported: {reason}")
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
    if not operator.conditions and any(isinstance(a, Condition) for a in args):
        node.fail("reads a condition on the input, which only Where, Not, Cast and Mul may")
    args += [None] * ((operator.most or len(args)) - len(args))
    try:
        result = operator.run(node, args, trace)
        results = result if isinstance(result, tuple) else (result,)
        for value, kind in zip(results, node.makes or ("",) * len(results), strict=False):
            _check_size(value, trace)
            _check_kind(value, kind)
    except Malformed as error:
        raise Malformed(error.at or node.place, error.message) from None
    except (ValueError, IndexError) as error:  # numpy: shapes or indices that do not fit
        node.fail(f"shapes or indices do not fit: {error}")
    return results


def _check_kind(value: Value, kind: str) -> None:
    """A constant has the type that its node makes; no integer is computed from the input."""
    if not kind or isinstance(value, (Tensor, Condition)):
        if kind.removeprefix("u").startswith("int"):
            raise Malformed("", f"{kind} computed from the input")
    elif kind in FLOATS and value.dtype.kind in "fO":
        limit = 2 ** (FLOATS[kind][2] + 1)
        if value.dtype == object and any(abs(v) >= limit for v in value.reshape(-1)):
            raise Malformed("", f"a constant leaves the range of {kind}")
    elif str(value.dtype) != kind:
        raise Malformed("", f"not supported on constants of type {kind}")


def _check_size(value: Value, trace: Trace) -> None:
    ids = value.ids if isinstance(value, (Tensor, Condition)) else value
    if ids.ndim > MAX_RANK:
        raise Malformed("", f"a tensor of {ids.ndim} dimensions")
    if isinstance(value, (Tensor, Condition)) and ids.size == 0:
        raise Malformed("", f"zero dimension in {list(ids.shape)}")
    trace.charge(4 * int(ids.size))
