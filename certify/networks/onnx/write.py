"""Networks as ONNX: one Gemm for each layer, then Relu, or PRelu for a mask.

A component that is not a ReLU has slope 1 in its layer's PRelu; the others have slope 0.
Reading the file back gives the same network: its layers, masks and digest.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from onnx import TensorProto, helper

from ...kernel.data.network import Layer, Network
from ...kernel.verdict import Malformed, shorten

OPSET, IR_VERSION = 13, 7  # old enough for every reader met so far
MAX_ENTRIES = 1 << 26  # of one dense matrix
TYPES = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE}


def write_onnx(network: Network, dtype: str | None = None) -> bytes:
    """The bytes of an ONNX file that holds every weight exactly.

    ``dtype`` is ``"float32"`` or ``"float64"``; left out, the smaller that is exact.
    Raises Malformed, which names the layer and a weight, where none is exact.
    """
    if dtype not in (None, *TYPES):
        raise Malformed("", f"no such type: {dtype!r} (known: {', '.join(TYPES)})")
    arrays = [_arrays(layer, f"layer {n}") for n, layer in enumerate(network.layers, start=1)]
    if dtype != "float64":
        narrow = _narrowed(arrays, must=dtype == "float32")
        dtype, arrays = ("float32", narrow) if narrow else ("float64", arrays)
    kind = TYPES[dtype]
    nodes, tensors, previous = [], [], "input"
    for n, (layer, (weight, bias)) in enumerate(zip(network.layers, arrays, strict=True), start=1):
        linear = all(not cut for cut in layer.relu)
        name = "output" if n == network.depth else f"layer_{n}"
        summed = name if linear else f"sum_{n}"
        tensors += [_tensor(f"weight_{n}", kind, weight), _tensor(f"bias_{n}", kind, bias)]
        nodes.append(
            helper.make_node(
                "Gemm", [previous, f"weight_{n}", f"bias_{n}"], [summed], f"gemm_{n}", transB=1
            )
        )
        if all(layer.relu):
            nodes.append(helper.make_node("Relu", [summed], [name], f"relu_{n}"))
        elif not linear:
            slope = np.array([not cut for cut in layer.relu], dtype=weight.dtype)
            tensors.append(_tensor(f"slope_{n}", kind, slope))
            nodes.append(helper.make_node("PRelu", [summed, f"slope_{n}"], [name], f"prelu_{n}"))
        previous = name
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("input", kind, [1, network.inputs])],
        [helper.make_tensor_value_info("output", kind, [1, network.outputs])],
        tensors,
    )
    model = helper.make_model(
        graph,
        producer_name="certify",
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
    )
    data: bytes = model.SerializeToString(deterministic=True)
    return data


def float64_exactly(values: Sequence[Fraction], at: str) -> list[float]:
    """Each value as a double. Raises Malformed for the first that is none."""
    result = []
    for value in values:
        try:
            near = value.numerator / value.denominator
        except OverflowError:
            near = float("inf")
        if near in (float("inf"), float("-inf")) or near.as_integer_ratio() != (
            value.numerator,
            value.denominator,
        ):
            raise Malformed(at, f"{shorten(_text(value))} is not a float64")
        result.append(near)
    return result


def _text(value: Fraction) -> str:
    return str(value) if value.numerator.bit_length() < 1000 else "a number of over 1000 bits"


def _arrays(layer: Layer, at: str) -> tuple[Any, Any]:
    """Weight and bias in float64."""
    if layer.width * layer.columns > MAX_ENTRIES:
        raise Malformed(at, f"a matrix of {layer.width} × {layer.columns} is too large for ONNX")
    weight = np.zeros((layer.width, layer.columns))
    for r, row in enumerate(layer.rows):
        weight[r, [c for c, _ in row]] = float64_exactly([v for _, v in row], f"{at}, row {r}")
    return weight, np.array(float64_exactly(layer.bias, f"{at}, bias"), dtype=np.float64)


def _narrowed(arrays: list[tuple[Any, Any]], must: bool) -> list[tuple[Any, Any]] | None:
    """The arrays in float32, or None where that would round."""
    result = []
    with np.errstate(over="ignore", under="ignore"):
        for n, pair in enumerate(arrays, start=1):
            narrow = tuple(a.astype(np.float32) for a in pair)
            for wide, small in zip(pair, narrow, strict=True):
                if (differs := small.astype(np.float64) != wide).any():
                    if must:
                        value = wide[differs][0]
                        raise Malformed(f"layer {n}", f"{float(value)!r} is not a float32")
                    return None
            result.append((narrow[0], narrow[1]))
    return result


def _tensor(name: str, kind: int, array: Any) -> Any:
    little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"))
    return helper.make_tensor(name, kind, array.shape, little.tobytes(), raw=True)
