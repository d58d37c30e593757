"""Files that must be refused: each by one line that names the place, in bounded time."""

# ruff: noqa: E501  (a table reads best with one case on a line)

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from certify.kernel.verdict import Malformed
from certify.networks.onnx.read import read_onnx


def f32(*values: float) -> Any:
    return np.array(values, dtype=np.float32)


def ints(*values: int) -> Any:
    return np.array(values, dtype=np.int64)


def node(operator: str, inputs: str, outputs: str = "y", **attributes: Any) -> Any:
    names = ["" if name == "-" else name for name in inputs.split()]
    return helper.make_node(operator, names, outputs.split(), f"make_{outputs}", **attributes)


def refusal(data: bytes, seconds: float = 20) -> str:
    start = time.monotonic()
    with pytest.raises(Malformed) as caught:
        read_onnx(data)
    assert time.monotonic() - start < seconds
    line = str(caught.value)
    assert "\n" not in line
    assert len(line) < 400
    return line


EYE = np.eye(3, dtype=np.float32)
HUGE = 1 << 40

# label: (nodes, constants, what the line says); the input is x of shape (1, 3)
NODES: dict[str, tuple[list[Any], dict[str, Any], str]] = {
    "unknown operator": ([node("Sigmoid", "x")], {}, "node 'make_y' (Sigmoid): operator not supported"),
    "custom domain": ([node("Relu", "x", domain="acme")], {}, "node 'make_y' (acme.Relu): operator not supported"),
    "nameless node": ([helper.make_node("Tanh", ["x"], ["y"])], {}, "node 'y' (Tanh): operator not supported"),
    "unknown attribute": ([node("Relu", "x", slope=2.0)], {}, "attribute 'slope' not supported"),
    "attribute of the wrong type": ([node("Gemm", "x w", transB="yes")], {"w": EYE}, "attribute transB is not an integer"),
    "flag of 2": ([node("Gemm", "x w", transB=2)], {"w": EYE}, "attribute transB is neither 0 nor 1"),
    "NaN attribute": ([node("Gemm", "x w", alpha=float("nan"))], {"w": EYE}, "attribute alpha is not finite"),
    "too few inputs": ([node("MatMul", "x")], {}, "1 inputs"),
    "a required input left out": ([node("MatMul", "- w")], {"w": EYE}, "a required input is left out"),
    "an input of many left out": ([node("Max", "x - x")], {}, "a required input is left out"),
    "too many inputs": ([node("Relu", "x x")], {}, "2 inputs"),
    "sub-graph": ([node("If", "c", then_branch=helper.make_graph([], "g", [], []))], {"c": np.array(True)}, "node 'make_y' (If): sub-graphs are not supported"),
    "sub-graph in an unused node": ([node("Loop", "x", "z", body=helper.make_graph([], "g", [], [])), node("Relu", "x")], {}, "sub-graphs are not supported"),
    "cycle": ([node("Add", "x b", "a"), node("Relu", "a", "b"), node("Relu", "b")], {}, "node 'make_a' (Add): reads 'b', which no node before it makes (a cycle?)"),
    "self-loop": ([node("Add", "x y")], {}, "reads 'y', which no node before it makes"),
    "out of order": ([node("Relu", "h"), node("Abs", "x", "h")], {}, "reads 'h', which no node before it makes"),
    "cycle in unused nodes": ([node("Relu", "b", "a"), node("Relu", "a", "b"), node("Relu", "x")], {}, "reads 'b', which no node before it makes"),
    "missing tensor": ([node("MatMul", "x w")], {}, "reads 'w', which no node before it makes"),
    "a value made twice": ([node("Relu", "x", "h"), node("Abs", "x", "h"), node("Relu", "h")], {}, "makes 'h', which exists already"),
    "a constant made again": ([node("Relu", "x", "w"), node("MatMul", "x w")], {"w": EYE}, "makes 'w', which exists already"),
    "the input made again": ([node("Constant", "", "x", value_float=1.0), node("Relu", "x")], {}, "makes 'x', which exists already"),
    "no output": ([node("Relu", "x", "z")], {}, "output 'y': no node makes it"),
    "unused input": ([node("Relu", "w")], {"w": EYE}, "input 'x': unused: the output does not depend on it"),
    "unused input, by its shape only": ([node("Shape", "x", "s"), node("ConstantOfShape", "s")], {}, "input 'x': unused"),
    "NaN weight": ([node("MatMul", "x w")], {"w": EYE * np.float32("nan")}, "node 'make_y' (MatMul): a constant is NaN or infinite"),
    "infinite bias": ([node("Add", "x w")], {"w": f32(np.inf)}, "node 'make_y' (Add): a constant is NaN or infinite"),
    "infinite weight in Conv": ([node("Unsqueeze", "x a", "h"), node("Conv", "h w")], {"a": ints(1), "w": f32(-np.inf).reshape(1, 1, 1)}, "a constant is NaN or infinite"),
    "Clip below infinity": ([node("Clip", "x l")], {"l": np.float32(np.inf)}, "a constant is NaN or infinite"),
    "Clip, NaN": ([node("Clip", "x l")], {"l": np.float32(np.nan)}, "a constant is NaN or infinite"),
    "Clip, min above max": ([node("Clip", "x l u")], {"l": np.float32(1), "u": np.float32(0)}, "min is above max"),
    "Clip, a vector": ([node("Clip", "x l")], {"l": f32(1, 2, 3)}, "min is not a scalar"),
    "product of computed tensors": ([node("Mul", "x x")], {}, "the product of two computed tensors is not piecewise linear"),
    "matrix product of computed tensors": ([node("Transpose", "x", "t"), node("MatMul", "x t")], {}, "the product of two computed tensors"),
    "Gemm of computed tensors": ([node("Transpose", "x", "t"), node("Gemm", "x t")], {}, "B, beside a computed A, is not a constant"),
    "division by a computed tensor": ([node("Div", "w x")], {"w": f32(1)}, "division by a computed tensor"),
    "division by zero": ([node("Div", "x w")], {"w": f32(1, 0, 1)}, "division by zero"),
    "integer division by zero": ([node("Div", "a b", "c"), node("Cast", "c", "d", to=1), node("Add", "x d")], {"a": ints(1), "b": ints(0)}, "division by zero"),
    "shapes that do not fit": ([node("Add", "x w")], {"w": f32(1, 2)}, "shapes (1, 3), (2,) do not fit"),
    "matrices that do not fit": ([node("MatMul", "x w")], {"w": f32(1, 2)}, "[1, 3] times [2]"),
    "Gemm of a cube": ([node("Gemm", "x w")], {"w": EYE[None]}, "a matrix of shape [1, 3, 3]"),
    "PRelu, a slope too many": ([node("PRelu", "x s")], {"s": np.ones((2, 3), np.float32)}, "slope of shape [2, 3] for [1, 3]"),
    "PRelu, a computed slope": ([node("PRelu", "x x")], {}, "slope is not a constant"),
    "Dropout in training": ([node("Dropout", "x r t")], {"r": np.float32(0.5), "t": np.array(True)}, "training mode"),
    "Dropout's mask": ([node("Dropout", "x", "h m"), node("Cast", "m", "c", to=1), node("Relu", "c")], {}, "reads 'm', an optional output that is not supported"),
    "Dropout's mask as the output": ([node("Dropout", "x", "h y")], {}, "value 'y': declared as float32, and it is bool"),
    "MaxPool's indices": ([node("Unsqueeze", "x a", "h"), node("MaxPool", "h", "p i", kernel_shape=[2]), node("Cast", "i", "c", to=1), node("Relu", "c")], {"a": ints(0)}, "reads 'i', an optional output"),
    "MaxPool without a kernel": ([node("Unsqueeze", "x a", "h"), node("MaxPool", "h")], {"a": ints(0)}, "no kernel_shape"),
    "MaxPool of padding": ([node("Unsqueeze", "x a", "h"), node("MaxPool", "h", kernel_shape=[1], pads=[1, 0])], {"a": ints(0)}, "a pad of 1 for a kernel of 1"),
    "a kernel too large": ([node("Unsqueeze", "x a", "h"), node("MaxPool", "h", kernel_shape=[4])], {"a": ints(0)}, "a kernel that reaches 4 over 3 + 0 + 0"),
    "a kernel of 2^40": ([node("Unsqueeze", "x a", "h"), node("MaxPool", "h", kernel_shape=[HUGE])], {"a": ints(0)}, "over 31 bits"),
    "huge padding of windows": ([node("Unsqueeze", "x a", "h"), node("AveragePool", "h", kernel_shape=[2], pads=[1 << 30, 0], count_include_pad=1)], {"a": ints(0)}, "a pad of 1073741824 for a kernel of 2"),
    "stride 0": ([node("Unsqueeze", "x a", "h"), node("MaxPool", "h", kernel_shape=[1], strides=[0])], {"a": ints(0)}, "a kernel, stride or dilation below 1"),
    "dilations with SAME": ([node("Unsqueeze", "x a", "h"), node("MaxPool", "h", kernel_shape=[2], dilations=[2], auto_pad="SAME_UPPER")], {"a": ints(0)}, "dilations with auto_pad SAME_UPPER"),
    "unknown auto_pad": ([node("Unsqueeze", "x a", "h"), node("MaxPool", "h", kernel_shape=[2], auto_pad="SAME")], {"a": ints(0)}, "auto_pad SAME not supported"),
    "Conv, channels": ([node("Unsqueeze", "x a", "h"), node("Conv", "h w")], {"a": ints(1), "w": np.ones((1, 2, 1), np.float32)}, "1 channels, weight [1, 2, 1], 1 groups"),
    "Conv, computed kernel": ([node("Unsqueeze", "x a", "h"), node("Conv", "h h")], {"a": ints(1)}, "W is not a constant"),
    "BatchNormalization, irrational": ([node("BatchNormalization", "x w w w w", epsilon=0.0)], {"w": f32(1, 4, 2)}, "√(var + epsilon) of channel 2 is not a positive rational"),
    "BatchNormalization, default epsilon": ([node("BatchNormalization", "x w w w w")], {"w": f32(1, 1, 1)}, "√(var + epsilon) of channel 0"),
    "BatchNormalization, negative variance": ([node("BatchNormalization", "x w w w w", epsilon=0.0)], {"w": f32(1, -4, 1)}, "of channel 1"),
    "BatchNormalization, training": ([node("BatchNormalization", "x w w w w", training_mode=1)], {"w": f32(1, 1, 1)}, "attribute 'training_mode' not supported in opset 13"),
    "Cast to integers": ([node("Cast", "x", "i", to=7), node("Cast", "i", to=1)], {}, "a computed tensor of float32 cannot be cast to int64: it would be rounded"),
    "Cast to Booleans": ([node("Cast", "x", "b", to=9), node("Cast", "b", to=1)], {}, "a computed tensor of float32 cannot be cast to bool"),
    "Reshape, sizes": ([node("Reshape", "x s")], {"s": ints(2, 2)}, "shapes or indices do not fit"),
    "Reshape, computed shape": ([node("Reshape", "x x")], {}, "input 2 (shape) is of type float32"),
    "Reshape, −2": ([node("Reshape", "x s")], {"s": ints(-2)}, "shape [-2]"),
    "Reshape by floats": ([node("Reshape", "x s")], {"s": f32(3)}, "input 2 (shape) is of type float32"),
    "Transpose": ([node("Transpose", "x", perm=[0, 0])], {}, "perm [0, 0] of 2 dimensions"),
    "Squeeze": ([node("Squeeze", "x a")], {"a": ints(1)}, "are not all of size 1"),
    "Flatten, axis": ([node("Flatten", "x", axis=3)], {}, "axis 3 of a tensor of 2 dimensions"),
    "Gather, out of range": ([node("Gather", "x i", axis=1)], {"i": ints(3)}, "shapes or indices do not fit"),
    "Gather, computed": ([node("Gather", "x x")], {}, "input 2 (indices) is of type float32"),
    "Slice to nothing": ([node("Slice", "x s e")], {"s": ints(1), "e": ints(1)}, "zero dimension in [0, 3]"),
    "Slice, step 0": ([node("Slice", "x s e a t")], {"s": ints(0), "e": ints(1), "a": ints(0), "t": ints(0)}, "a step is 0"),
    "Split": ([node("Split", "x s", "y z", axis=1)], {"s": ints(1, 1)}, "3 do not split into [1, 1]"),
    "Split, unequal": ([node("Split", "x", "y z", axis=1)], {}, "3 do not split into 2 equal parts"),
    "Concat, shapes": ([node("Concat", "x w", axis=1)], {"w": EYE}, "shapes or indices do not fit"),
    "Concat without an axis": ([node("Concat", "x x")], {}, "no axis"),
    "Slice, an axis twice": ([node("Slice", "x s s a")], {"s": ints(0, 0), "a": ints(1, -1)}, "axes [1, -1] repeat"),
    "Pad, too far a reflection": ([node("Pad", "x p", mode="reflect")], {"p": ints(0, 3, 0, 0)}, "a reflection of more than there is"),
    "Pad by wrapping": ([node("Pad", "x p", mode="wrap")], {"p": ints(0, 0, 0, 1)}, "mode wrap not supported"),
    "huge Pad": ([node("Pad", "x p")], {"p": ints(0, HUGE, 0, HUGE)}, "the network has more than 8388608 weights"),
    "huge Expand": ([node("Expand", "x s")], {"s": ints(HUGE, 3)}, "the network has more than"),
    "huge ConstantOfShape": ([node("ConstantOfShape", "s", "c"), node("Add", "x c")], {"s": ints(HUGE, HUGE)}, "the network has more than"),
    "sizes past 64 bits": ([node("Expand", "x s")], {"s": ints(1 << 62, 1 << 62, 3)}, "do not fit"),
    "huge product": ([node("Expand", "x s", "h"), node("MatMul", "h w")], {"s": ints(1 << 20, 3), "w": EYE}, "the network has more than"),
    "many inputs of one tensor": ([node("Expand", "x s", "h"), node("Max", " ".join(["h"] * 1000))], {"s": ints(1000, 10, 3)}, "the network has more than"),
    "constants squared": ([node("Mul", "a a", "b0"), *(node("Mul", f"b{i} b{i}", f"b{i + 1}") for i in range(40)), node("Add", "x b40")], {"a": f32(0.1)}, "a constant of more than 65536 bits"),
    "many dimensions": ([node("Unsqueeze", "x a")], {"a": ints(*range(30))}, "a tensor of 32 dimensions"),
    "curved": ([node("Selu", "x")], {}, "operator not supported: it is not piecewise linear"),
    "a jump": ([node("Sign", "x")], {}, "operator not supported: it is not continuous"),
    "ThresholdedRelu": ([node("ThresholdedRelu", "x")], {}, "discontinuous at x = alpha: only alpha = 0 is supported"),
    "Shrink": ([node("Shrink", "x")], {}, "discontinuous at x = ±lambd"),
    "Where, a jump": ([node("Greater", "x c", "k"), node("Mul", "x s", "l"), node("Where", "k x l")], {"c": f32(2), "s": f32(0.5)}, "its branches differ by 1 where the condition changes"),
    "Where, a step": ([node("Less", "x c", "k"), node("Where", "k c d")], {"c": f32(0), "d": f32(1)}, "its branches differ by 1 where the condition changes"),
    "Where, other coordinates": ([node("Gather", "x i", "g", axis=1), node("Less", "x c", "k"), node("Where", "k g x")], {"c": f32(0), "i": ints(1, 2, 0)}, "its branches are not seen to meet"),
    "Where, a ReLU elsewhere": ([node("Gather", "x i", "g", axis=1), node("Relu", "g", "r"), node("Less", "x c", "k"), node("Where", "k r c")], {"c": f32(0), "i": ints(1, 2, 0)}, "its branches differ by more than a function of what is compared"),
    "Where by floats": ([node("Where", "c x x")], {"c": f32(1)}, "input 1 (condition) is of type float32"),
    "a condition as the output": ([node("Less", "x c")], {"c": f32(1)}, "value 'y': declared as float32, and it is bool"),
    "a condition as numbers": ([node("Less", "x c", "k"), node("Cast", "k", to=1)], {"c": f32(1)}, "output 'y': a condition, not numbers"),
    "a condition added": ([node("Less", "x c", "k"), node("Cast", "k", "m", to=1), node("Add", "x m")], {"c": f32(1)}, "reads a condition on the input"),
    "a condition as integers": ([node("Less", "x c", "k"), node("Cast", "k", "m", to=7), node("Cast", "m", to=1)], {"c": f32(1)}, "may be cast to floats alone"),
    "a step times another": ([node("Less", "x c", "k"), node("Cast", "k", "m", to=1), node("Mul", "x m")], {"c": f32(1)}, "its branches differ by 1 where the condition changes"),
    "conditions multiplied": ([node("Less", "x c", "k"), node("Cast", "k", "m", to=1), node("Mul", "m m")], {"c": f32(1)}, "a condition stands where numbers are needed"),
    "two conditions": ([node("Less", "x c", "k"), node("Where", "k k x")], {"c": f32(1)}, "inputs of types bool and float32"),
    "ReduceL1 of nothing": ([node("ReduceL1", "x", noop_with_empty_axes=1)], {}, "noop_with_empty_axes of a norm"),
    "ReduceMax, axes twice": ([node("ReduceMax", "x", axes=[1, -1])], {}, "axes [1, -1] repeat"),
    "GlobalLpPool of p = 2": ([node("Unsqueeze", "x a", "h"), node("GlobalLpPool", "h")], {"a": ints(0)}, "the norm of p = 1 alone is piecewise linear"),
    "ConvTranspose, a negative total pad": ([node("Unsqueeze", "x a", "h"), node("ConvTranspose", "h w", strides=[3], auto_pad="SAME_UPPER")], {"a": ints(1), "w": np.ones((1, 1, 2), np.float32)}, "asks for a total pad of -1"),
    "ConvTranspose, output_padding": ([node("Unsqueeze", "x a", "h"), node("ConvTranspose", "h w", output_padding=[1])], {"a": ints(1), "w": np.ones((1, 1, 2), np.float32)}, "output_padding 1 is not below the stride 1"),
    "ConvTranspose, output_shape beside VALID": ([node("Unsqueeze", "x a", "h"), node("ConvTranspose", "h w", output_shape=[3], auto_pad="VALID")], {"a": ints(1), "w": np.ones((1, 1, 2), np.float32)}, "auto_pad VALID beside output_shape not supported"),
    "huge ConvTranspose": ([node("Unsqueeze", "x a", "h"), node("ConvTranspose", "h w", strides=[1 << 30], dilations=[1])], {"a": ints(1), "w": np.ones((1, 1, 2), np.float32)}, "an output of size 2147483650"),
    "Resize, rounding decides": ([node("Tile", "x r", "h"), node("Resize", "h - s", mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")], {"r": ints(1, 2), "s": f32(1, 1 / 3)}, "nearest to output 1 are two elements: rounding decides"),
    "Resize, cubic": ([node("Resize", "x - s", mode="cubic")], {"s": f32(1, 2)}, "mode cubic not supported"),
    "Resize by nothing": ([node("Resize", "x - - -")], {}, "scales or sizes are needed, and not both"),
    "Resize that changes no size": ([node("Resize", "x - s")], {"s": f32(1, 1.25)}, "a scale that changes no size"),
    "huge Resize": ([node("Resize", "x - - s")], {"s": ints(HUGE, 3)}, "the network has more than"),
    "huge Tile": ([node("Tile", "x r")], {"r": ints(HUGE, 1)}, "the network has more than"),
    "huge Einsum": ([node("Einsum", "x c c c", equation="ab,z,y,x->abzyx")], {"c": np.ones(1000, np.float32)}, "the network has more than"),
    "Einsum of two": ([node("Einsum", "x x", equation="ij,ij->i")], {}, "the product of two computed tensors is not piecewise linear"),
    "Einsum, sizes": ([node("Einsum", "x w", equation="ij,ij->i")], {"w": EYE}, "label i stands for sizes 1 and 3"),
    "Einsum, an output label": ([node("Einsum", "x", equation="ij->k")], {}, "the output's labels are not distinct labels of the inputs"),
    "Einsum, its words": ([node("Einsum", "x", equation="i1->i")], {}, "the equation is not of letters"),
    "Gemm, a computed C too large": ([node("Gemm", "x w x")], {"w": np.ones((3, 1), np.float32)}, "C of shape [1, 3] beside [1, 1]"),
    "BatchNormalization, what to do": ([node("BatchNormalization", "x w w w w", epsilon=0.0)], {"w": f32(1, 4, 2)}, "fuse it into the layer before it"),
    "GatherElements, out of range": ([node("GatherElements", "x i", axis=1)], {"i": np.array([[3]])}, "an index is outside of"),
    "a long name": ([node("Sigmoid" * 1000, "x")], {}, "operator not supported"),
    "a name of many lines": ([helper.make_node("Tanh", ["x"], ["y"], "a\nb\r\nc\x00")], {}, "(Tanh): operator not supported"),
}  # fmt: skip


OPSETS = {"ReduceL1 of nothing": 18}


@pytest.mark.parametrize("label", NODES)
def test_refused_node(models: Any, label: str) -> None:
    nodes, constants, message = NODES[label]
    assert message in refusal(models.model(nodes, (1, 3), constants, opset=OPSETS.get(label, 13)))


def edited(models: Any, edit: Callable[[Any], Any]) -> bytes:
    """A good model, changed."""
    proto = models.proto([node("MatMul", "x w", "h"), node("Relu", "h")], (1, 3), {"w": EYE})
    read_onnx(proto.SerializeToString())
    edit(proto)
    return proto.SerializeToString()


def external(tensor: Any, location: str) -> None:
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", location


def opsets(*versions: tuple[str, int]) -> Callable[[Any], None]:
    def edit(model: Any) -> None:
        del model.opset_import[:]
        model.opset_import.extend(helper.make_opsetid(d, v) for d, v in versions)

    return edit


def shape(*sizes: int | str | None) -> Callable[[Any], None]:
    def edit(model: Any) -> None:
        model.graph.input[0].CopyFrom(helper.make_tensor_value_info("x", 1, sizes))

    return edit


def weight(**fields: Any) -> Callable[[Any], None]:
    def edit(model: Any) -> None:
        tensor = model.graph.initializer[0]
        for key, value in fields.items():
            if key == "dims":
                del tensor.dims[:]
                tensor.dims.extend(value)
            else:
                setattr(tensor, key, value)

    return edit


FLOAT = TensorProto.FLOAT
EDITS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "external data": (lambda m: external(m.graph.initializer[0], "weights.bin"), "tensor 'w': external tensor data, and no folder to look in"),
    "external data, path traversal": (lambda m: external(m.graph.initializer[0], "../../../etc/passwd"), "tensor 'w': external tensor data, and no folder to look in"),
    "external data without the mark": (lambda m: m.graph.initializer[0].external_data.add(), "external data, and no mark that says so"),
    "external data in a node": (lambda m: external(m.graph.node.add(op_type="Constant", name="c", output=["z"], attribute=[helper.make_attribute("value", m.graph.initializer[0])]).attribute[0].t, "w"), "node 'c' (Constant), attribute 'value': external tensor data, and no folder to look in"),
    "two inputs": (lambda m: m.graph.input.append(helper.make_tensor_value_info("x2", FLOAT, [1])), "2 inputs (x, x2): exactly one is supported"),
    "no inputs": (lambda m: m.graph.ClearField("input"), "0 inputs (): exactly one is supported"),
    "two outputs": (lambda m: m.graph.output.append(helper.make_tensor_value_info("h", FLOAT, None)), "2 outputs (y, h): exactly one is supported"),
    "no outputs": (lambda m: m.graph.ClearField("output"), "0 outputs"),
    "no nodes": (lambda m: m.graph.ClearField("node"), "not an ONNX file, or one without nodes"),
    "opset 6": (opsets(("", 6)), "opset_import: opset 6: supported are 7 to 26"),
    "opset 1000": (opsets(("", 1000)), "opset 1000: supported are 7 to 26"),
    "no opset": (opsets(("ai.onnx.ml", 2)), "opset none: supported"),
    "two opsets": (opsets(("", 13), ("ai.onnx", 14)), "opset 13, 14: supported"),
    "dynamic dimension": (shape(1, "N"), "input 'x': dynamic shape: dimension 1 has no size"),
    "dynamic dimension without a name": (shape(1, None), "input 'x': dynamic shape: dimension 1"),
    "no shape": (lambda m: m.graph.input[0].type.tensor_type.ClearField("shape"), "input 'x': dynamic shape: not even its rank is given"),
    "zero dimension": (shape(1, 0), "input 'x': dimension 1 is 0: zero dimension"),
    "zero batch": (shape(0, 3), "input 'x': dimension 0 is 0: zero dimension"),
    "negative dimension": (shape(1, -3), "input 'x': dimension 1 is -3"),
    "huge input": (shape(1, HUGE), "input 'x': more than 8388608 elements"),
    "integer input": (lambda m: setattr(m.graph.input[0].type.tensor_type, "elem_type", TensorProto.INT64), "input 'x': not a tensor of floats"),
    "an input that is no tensor": (lambda m: m.graph.input[0].ClearField("type"), "input 'x': not a tensor of floats"),
    "too little data": (weight(dims=[3, 4]), "tensor 'w': its data do not fit its dimensions"),
    "too much data": (weight(dims=[3]), "tensor 'w': its data do not fit its dimensions"),
    "huge dimensions": (weight(dims=[HUGE, HUGE]), "tensor 'w': dimensions"),
    "negative dimensions": (weight(dims=[-3, -3]), "tensor 'w': dimensions [-3, -3]"),
    "zero dimensions": (weight(dims=[3, 0], raw_data=b""), "node 'make_h' (MatMul): zero dimension in [3, 0]"),
    "strings": (weight(data_type=TensorProto.STRING), "tensor 'w': tensors of type STRING are not supported"),
    "float8": (weight(data_type=TensorProto.FLOAT8E4M3FN), "tensors of type FLOAT8E4M3FN are not supported"),
    "no type": (weight(data_type=0), "tensors of type UNDEFINED are not supported"),
    "type 999": (weight(data_type=999), "tensors of type 999 are not supported"),
    "a nameless tensor": (weight(name=""), "tensor '': its name is empty or not unique"),
    "a tensor twice": (lambda m: m.graph.initializer.append(m.graph.initializer[0]), "tensor 'w': its name is empty or not unique"),
    "sparse tensors": (lambda m: m.graph.sparse_initializer.add(), "sparse tensors are not supported"),
    "a function named Relu": (lambda m: m.functions.add(name="Relu", domain=""), "a function that replaces a standard operator"),
    "an attribute twice": (lambda m: m.graph.node[0].attribute.extend([helper.make_attribute("a", 1)] * 2), "attribute 'a' twice"),
    "an attribute of a function": (lambda m: m.graph.node[0].attribute.add(name="a", ref_attr_name="b", type=2), "attribute 'a' refers to a function's"),
    "an attribute without a type": (lambda m: m.graph.node[0].attribute.add(name="a"), "attribute 'a' has an unsupported type"),
}  # fmt: skip


@pytest.mark.parametrize("label", EDITS)
def test_refused_model(models: Any, label: str) -> None:
    edit, message = EDITS[label]
    assert message in refusal(edited(models, edit))


@pytest.mark.parametrize("data", [b"", b"\x00", b"certify", b"\xff" * 100, b"{}", b"\x08\x07"])
def test_not_onnx(data: bytes) -> None:
    assert "not an ONNX file" in refusal(data) or "opset none" in refusal(data)


def test_a_deep_message_is_refused() -> None:
    data = b""
    for field in [0x32, 0x2A, 0x0A] * 100:  # a node of a graph of an attribute of a node …
        data = bytes([field]) + varint(len(data)) + data
    assert "not an ONNX file" in refusal(b"\x3a" + varint(len(data)) + data)


def varint(value: int) -> bytes:
    """Protobuf's form of a length."""
    result = b""
    while value > 127:
        result += bytes([value % 128 + 128])
        value //= 128
    return result + bytes([value])


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_file_is_read_or_refused(models: Any, data: st.DataObject) -> None:
    """Any bytes changed or cut away: a network or a Malformed, never another exception."""
    good = models.model(
        [
            node("MatMul", "x w", "h"),
            node("Add", "h b", "g"),
            node("Relu", "g", "r"),
            node("Gemm", "r w b", transB=1),
        ],
        ("N", 3),
        {"w": EYE, "b": f32(1, 2, 3)},
    )
    bad = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        bad[data.draw(st.integers(0, len(bad) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, 20))
    bad = bad[: len(bad) - cut]
    line = ""
    try:
        read_onnx(bytes(bad))
    except Malformed as error:
        line = str(error)
    assert "\n" not in line
