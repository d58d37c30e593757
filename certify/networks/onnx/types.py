"""Element types of an ONNX graph, by the operator schemas of its opset.

A pass of its own before anything is run: each node's inputs must have types that its schema
admits and that agree, its attributes and the number of its inputs must be those of the opset.
The schemas are the specification itself, as the onnx package ships it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import onnx

from ..constants import FLOATS
from ..graph import Node, quoted
from .ops import OPERATORS
from .ops.shapes import ELEMENTS, wider

_NAMES = {"float": "float32", "double": "float64"}
_OPTIONAL = onnx.defs.OpSchema.FormalParameterOption.Optional


def typed(
    nodes: Sequence[Node], kinds: Mapping[str, str], lenient: Callable[[str], None] | None = None
) -> tuple[Node, ...]:
    """The nodes with the types of their inputs and outputs; ``kinds``: of what they start from.

    ``lenient`` takes a note about float types that differ and are read all the same; where it
    is None they are refused. Raises Malformed, which names the node.
    """
    known = dict(kinds)
    narrow: dict[str, str] = {}  # what a Cast widened: the type that holds its values
    result = []
    for node in nodes:
        inputs = tuple(known.get(name, "") for name in node.inputs)
        schema = _schema(node)
        makes = ("",) * len(node.outputs)
        if schema is not None:
            _check_form(node, schema)
            makes = _outputs(node, schema, inputs, lenient)
        known.update((n, k) for n, k in zip(node.outputs, makes, strict=True) if n)
        if node.operator == "Cast":
            inputs = (narrow.get(node.inputs[0], inputs[0]),)
            if wider(makes[0], inputs[0]):
                narrow[node.outputs[0]] = inputs[0]
        result.append(replace(node, kinds=inputs, makes=makes))
    return tuple(result)


@functools.lru_cache(maxsize=1024)
def _found(operator: str, opset: int) -> tuple[Any, dict[str, list[str]]]:
    """A schema, and the types that its names stand for."""
    schema = onnx.defs.get_schema(operator, opset, "")
    return schema, {
        c.type_param_str: [_kind(t) for t in c.allowed_type_strs] for c in schema.type_constraints
    }


def _schema(node: Node) -> Any:
    """The schema of a supported operator; None for others, which are refused if they are used."""
    if node.operator not in OPERATORS:
        return None
    try:
        schema, _ = _found(node.operator, node.opset)
    except onnx.defs.SchemaError:
        if onnx.defs.has(node.operator, ""):
            node.fail(f"operator not supported in opset {node.opset}: it is newer")
        return None
    if schema.deprecated:
        node.fail(f"operator not supported in opset {node.opset}: it is deprecated")
    return schema


def _check_form(node: Node, schema: Any) -> None:
    if not schema.min_input <= len(node.inputs) <= schema.max_input:
        node.fail(f"{len(node.inputs)} inputs")
    if not schema.min_output <= len(node.outputs) <= schema.max_output:
        node.fail(f"{len(node.outputs)} outputs")
    for key in node.attributes:
        if key not in schema.attributes:
            node.fail(f"attribute {quoted(key)} not supported in opset {node.opset}")
    for key, attribute in schema.attributes.items():
        if attribute.required and key not in node.attributes:
            node.fail(f"no {key}")
    for number, name in enumerate(node.inputs):
        formal = schema.inputs[min(number, len(schema.inputs) - 1)]
        if not name and formal.option != _OPTIONAL:
            node.fail(f"a required input is left out: {formal.name}")


def _outputs(
    node: Node, schema: Any, kinds: Sequence[str], lenient: Callable[[str], None] | None
) -> tuple[str, ...]:
    _, allowed = _found(node.operator, node.opset)
    bound: dict[str, str] = {}
    for number, kind in enumerate(kinds):
        formal = schema.inputs[min(number, len(schema.inputs) - 1)]
        name = formal.type_str
        if not kind:
            continue
        if kind not in allowed.get(name, [_kind(name)]):
            node.fail(f"input {number + 1} ({formal.name}) is of type {kind}")
        if not formal.is_homogeneous or bound.setdefault(name, kind) == kind:
            continue
        message = f"inputs of types {bound[name]} and {kind}"
        if lenient is None or not {bound[name], kind} <= FLOATS.keys():
            node.fail(message)
        lenient(f"{node.place}: {message}, taken as the numbers that they store")
    makes = []
    for number in range(len(node.outputs)):
        name = schema.outputs[min(number, len(schema.outputs) - 1)].type_str
        choice = allowed.get(name, [_kind(name)])
        own = _own_kind(node, kinds) if number == 0 and name not in bound else ""
        if own and own not in choice and node.operator != "Constant":  # its first version: floats
            node.fail(f"makes {own}, which its specification does not know")
        makes.append(bound.get(name) or own or (choice[0] if len(choice) == 1 else ""))
    return tuple(makes)


def _own_kind(node: Node, kinds: Sequence[str]) -> str:
    """The type of the first output where the attributes say it, not the inputs."""
    match node.operator:
        case "Cast":
            return ELEMENTS.get(node.integer("to", 0), "")
        case "Constant" | "ConstantOfShape":
            [(key, value)] = node.attributes.items() or [("", None)]
            if isinstance(value, np.ndarray):
                return str(value.dtype)
            if node.operator == "ConstantOfShape" or key.startswith("value_float"):
                return "float32"
            return "int64" if key.startswith("value_int") else ""
        case "QuantizeLinear" | "DequantizeLinear" if node.integer("output_dtype", 0):
            return ELEMENTS.get(node.integer("output_dtype", 0), "")
        case "QuantizeLinear":
            return "uint8"
        case "DequantizeLinear":
            return kinds[1]
    return ""


def _kind(text: str) -> str:
    """A type of the schemas, tensor(float), as numpy names it; others, such as sequences, stay."""
    name = text.removeprefix("tensor(").removesuffix(")")
    return _NAMES.get(name, name)
