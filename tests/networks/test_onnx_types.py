"""Element types and declarations: what the specification, the checker or a file itself forbids."""

# ruff: noqa: E501  (a table reads best with one case on a line)

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from certify.kernel.verdict import Malformed
from certify.networks.files import load
from certify.networks.onnx.read import read_onnx
from certify.networks.reading import Reading


def node(operator: str, inputs: str, outputs: str = "y", **attributes: Any) -> Any:
    names = ["" if name == "-" else name for name in inputs.split()]
    made = ["" if name == "-" else name for name in outputs.split()]
    return helper.make_node(operator, names, made, f"make_{outputs}", **attributes)


def f32(*values: float) -> Any:
    return np.array(values, dtype=np.float32)


def ints(*values: int, dtype: str = "int64") -> Any:
    return np.array(values, dtype=dtype)


def refusal(data: bytes, **options: Any) -> str:
    with pytest.raises(Malformed) as caught:
        read_onnx(data, **options)
    line = str(caught.value)
    assert "\n" not in line
    assert len(line) < 500
    return line


EYE = np.eye(3, dtype=np.float32)
C = f32(1, 2, 3)

# label: (nodes, constants, opset, what the line says); the input is x of shape (1, 3)
NODES: dict[str, tuple[list[Any], dict[str, Any], int, str]] = {
    "float64 beside float32": ([node("Add", "x c")], {"c": C.astype(np.float64)}, 13, "inputs of types float32 and float64"),
    "integers beside float32": ([node("Mul", "x c")], {"c": ints(1, 2, 3)}, 13, "inputs of types float32 and int64"),
    "float16 beside float32": ([node("Concat", "x c", axis=1)], {"c": C.astype(np.float16)[None]}, 13, "inputs of types float32 and float16"),
    "two integer types": ([node("Add", "a b", "c"), node("Cast", "c", "d", to=1), node("Add", "x d")], {"a": ints(1), "b": ints(1, dtype="int32")}, 13, "inputs of types int64 and int32"),
    "a type that the opset lacks": ([node("Relu", "c", "d"), node("Cast", "d", "e", to=1), node("Add", "x e")], {"c": ints(1)}, 13, "(Relu): input 1 (X) is of type int64"),
    "small integers before opset 14": ([node("Add", "c c", "d"), node("Cast", "d", "e", to=1), node("Add", "x e")], {"c": ints(1, dtype="int8")}, 13, "(Add): input 1 (A) is of type int8"),
    "indices by floats": ([node("Gather", "x i", axis=1)], {"i": f32(0)}, 13, "input 2 (indices) is of type float32"),
    "an axis attribute where it is an input": ([node("Squeeze", "x", axes=[0])], {}, 13, "attribute 'axes' not supported in opset 13"),
    "an axis input where it is an attribute": ([node("Squeeze", "x a")], {"a": ints(0)}, 11, "2 inputs"),
    "pads as an attribute since opset 11": ([node("Pad", "x", pads=[0, 1, 0, 1])], {}, 11, "1 inputs"),
    "an operator that came later": ([node("CastLike", "x c")], {"c": C}, 14, "operator not supported in opset 14: it is newer"),
    "an operator that went": ([node("Upsample", "x c")], {"c": f32(1, 1)}, 13, "operator not supported in opset 13: it is deprecated"),
    "a required attribute": ([node("Cast", "x")], {}, 13, "no to"),
    "a required input": ([node("MatMul", "x -")], {}, 13, "a required input is left out"),
    "Sum of different shapes before opset 8": ([node("Sum", "x c")], {"c": C}, 7, "inputs of different shapes in opset 7"),
    "Max of different shapes before opset 8": ([node("Max", "x c")], {"c": C}, 7, "inputs of different shapes in opset 7"),
    "Pad that cuts more than there is": ([node("Pad", "x p")], {"p": ints(0, 3, 0, -7)}, 13, "pads 3 and -7 leave nothing of 3"),
    "Pad that cuts all": ([node("Pad", "x p")], {"p": ints(0, 3, 0, -3)}, 13, "pads 3 and -3 leave nothing of 3"),
    "Pad that cuts all from both ends": ([node("Pad", "x p")], {"p": ints(0, -2, 0, -1)}, 13, "pads -2 and -1 leave nothing of 3"),
    "Pad that cuts, then reflects too far": ([node("Pad", "x p", mode="reflect")], {"p": ints(0, 2, 0, -1)}, 13, "a reflection of more than there is"),
    "Pad of an axis twice": ([node("Pad", "x p - a")], {"p": ints(1, 1, 1, 1), "a": ints(1, -1)}, 18, "axes [1, -1] repeat"),
    "Pad by two values": ([node("Pad", "x p c")], {"p": ints(0, 1, 0, 0), "c": C}, 13, "constant_value is not a scalar"),
    "ReduceSum over an axis twice": ([node("ReduceSum", "x a")], {"a": ints(1, -1)}, 13, "axes [1, -1] repeat"),
    "Squeeze of an axis twice": ([node("Squeeze", "x a")], {"a": ints(0, -2)}, 13, "axes [0, -2] repeat"),
    "Squeeze of no axes": ([node("Squeeze", "x a")], {"a": ints()}, 13, "an empty list of axes: runtimes disagree"),
    "Slice backwards from before the start": ([node("Slice", "x s e a t")], {"s": ints(-9), "e": ints(-90), "a": ints(1), "t": ints(-1)}, 13, "a start -9 before the first entry, backwards: runtimes disagree"),
    "Split by both": ([node("Split", "x s", "y z", axis=1, num_outputs=2)], {"s": ints(1, 2)}, 18, "both split and num_outputs"),
    "Clip by a matrix": ([node("Clip", "x l")], {"l": f32(1).reshape(1, 1)}, 13, "min is not a scalar"),
    "a pool, cutting": ([node("Unsqueeze", "x a", "h"), node("MaxPool", "h", kernel_shape=[1], strides=[3], auto_pad="SAME_UPPER")], {"a": ints(0)}, 13, "auto_pad SAME_UPPER that would cut 2: runtimes disagree"),
    "a pool, VALID with ceil_mode": ([node("Unsqueeze", "x a", "h"), node("MaxPool", "h", kernel_shape=[2], strides=[2], auto_pad="VALID", ceil_mode=1)], {"a": ints(0)}, 13, "auto_pad VALID with ceil_mode: runtimes disagree"),
    "a pool, SAME with ceil_mode": ([node("Unsqueeze", "x a", "h"), node("MaxPool", "h", kernel_shape=[2], auto_pad="SAME_UPPER", ceil_mode=1)], {"a": ints(0)}, 13, "ceil_mode with auto_pad SAME_UPPER"),
    "a pool, auto_pad with pads": ([node("Unsqueeze", "x a", "h"), node("MaxPool", "h", kernel_shape=[2], auto_pad="SAME_UPPER", pads=[0, 1])], {"a": ints(0)}, 13, "auto_pad SAME_UPPER together with pads"),
    "Conv, auto_pad with pads": ([node("Unsqueeze", "x a", "h"), node("Conv", "h w", auto_pad="VALID", pads=[1, 1])], {"a": ints(0), "w": np.ones((1, 1, 1), np.float32)}, 13, "auto_pad VALID together with pads"),
    "a pool, more padding than kernel": ([node("Unsqueeze", "x a", "h"), node("AveragePool", "h", kernel_shape=[2], pads=[2, 0], count_include_pad=1)], {"a": ints(0)}, 13, "a pad of 2 for a kernel of 2"),
    "integers computed from the input": ([node("Cast", "x", "i", to=6), node("Cast", "i", to=1)], {}, 13, "cannot be cast to int32"),
    "narrowed": ([node("Cast", "x", "h", to=10), node("Cast", "h", to=1)], {}, 13, "a computed tensor of float32 cannot be cast to float16: it would be rounded"),
    "narrowed, once computed with": ([node("Cast", "x", "d", to=11), node("Add", "d d", "e"), node("Cast", "e", to=1)], {}, 13, "a computed tensor of float64 cannot be cast to float32: it would be rounded"),
    "neither holds the other": ([node("Cast", "x", "d", to=11), node("MatMul", "d w", "h"), node("Cast", "h", "b", to=16), node("Cast", "b", to=1)], {"w": EYE.astype(np.float64)}, 13, "a computed tensor of float64 cannot be cast to bfloat16"),
}  # fmt: skip


@pytest.mark.parametrize("label", NODES)
def test_refused_node(models: Any, label: str) -> None:
    nodes, constants, opset, message = NODES[label]
    assert message in refusal(models.model(nodes, (1, 3), constants, opset=opset))


def test_a_convolution_with_one_step_over_its_kernel(models: Any) -> None:
    """Unlike in pools, runtimes agree that −1 cuts at the end; for more they do not."""
    weight = {"w": np.full((2, 2, 1), 2, np.float32)}
    for mode in ("SAME_UPPER", "SAME_LOWER"):
        nodes = [node("Conv", "x w", strides=[2], auto_pad=mode)]
        models.agree(models.model(nodes, (1, 2, 6), weight), (1, 2, 6))
        nodes = [node("Conv", "x w", strides=[4], auto_pad=mode)]
        line = refusal(models.model(nodes, (1, 2, 4), weight))
        assert f"auto_pad {mode} that would cut 3: runtimes disagree" in line


def test_the_start_in_the_padding_before_opset_22(models: Any) -> None:
    """Where onnx's own shapes are wrong and every runtime agrees."""
    for opset in (13, 19, 22):
        for kind in ("MaxPool", "AveragePool"):
            nodes = [node(kind, "x", kernel_shape=[2], strides=[3], pads=[1, 1], ceil_mode=1)]
            models.close(models.model(nodes, (1, 1, 4), {}, opset=opset), (1, 1, 4))


def test_an_output_without_a_name_is_never_read(models: Any) -> None:
    """Split's first part has no name, and Gemm's C is not given: x + 6, by hand.

    onnxruntime crashes on this graph, and onnx.reference reads the part: 12 for 1.
    """
    nodes = [
        node("Split", "c", "- b", axis=0),
        helper.make_node("Gemm", ["x", "w", ""], ["g"], "g"),
        node("Add", "g b"),
    ]
    constants = {"c": f32(5, 6), "w": f32(1).reshape(1, 1)}
    assert read_onnx(models.model(nodes, (1, 1), constants))([1]) == (7,)


def test_widened_and_back(models: Any) -> None:
    nodes = [node("Cast", "x", "d", to=11), node("Cast", "d", "e", to=1), node("MatMul", "e w")]
    models.agree(models.model(nodes, (1, 3), {"w": EYE * 3}), (1, 3))


def test_float16_models_and_double_models(models: Any) -> None:
    for dtype in ("float16", "float64"):
        data = models.model([node("MatMul", "x w", "h"), node("Relu", "h")], (1, 3), {"w": EYE.astype(dtype) * 3}, dtype=dtype)  # fmt: skip
        models.agree(data, (1, 3), dtype=dtype)


def edited(models: Any, edit: Callable[[Any], Any]) -> bytes:
    proto = models.proto([node("MatMul", "x w", "h"), node("Relu", "h")], (1, 3), {"w": EYE})
    read_onnx(proto.SerializeToString())
    edit(proto)
    return proto.SerializeToString()


def info(model: Any, name: str, kind: int, shape: Any) -> None:
    model.graph.value_info.append(helper.make_tensor_value_info(name, kind, shape))


def opsets(model: Any, *versions: tuple[str, int]) -> None:
    del model.opset_import[:]
    model.opset_import.extend(helper.make_opsetid(d, v) for d, v in versions)


def dead(model: Any) -> None:
    model.graph.initializer.append(numpy_helper.from_array(f32(1, 2), "v"))
    model.graph.node.append(node("MatMul", "x v", "z"))


FLOAT = TensorProto.FLOAT
EDITS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "another shape": (lambda m: info(m, "h", FLOAT, [1, 4]), "node 'make_h' (MatMul): 'h' is declared with shape [1, 4], and has [1, 3]"),
    "another rank": (lambda m: info(m, "h", FLOAT, [3]), "'h' is declared with shape [3], and has [1, 3]"),
    "another type": (lambda m: info(m, "h", TensorProto.DOUBLE, [1, 3]), "value 'h': declared as float64, and it is float32"),
    "another shape of the output": (lambda m: m.graph.output[0].CopyFrom(helper.make_tensor_value_info("y", FLOAT, [3, 1])), "'y' is declared with shape [3, 1]"),
    "another type of the output": (lambda m: m.graph.output[0].CopyFrom(helper.make_tensor_value_info("y", TensorProto.INT64, [1, 3])), "value 'y': declared as int64, and it is float32"),
    "two shapes": (lambda m: [info(m, "h", FLOAT, [1, 3]), info(m, "h", FLOAT, [1, 4])], "value 'h': declared twice, with different shapes"),
    "another shape of a tensor": (lambda m: info(m, "w", FLOAT, [3, 4]), "value 'w': declared with another shape than it has"),
    "another shape of the input": (lambda m: info(m, "x", FLOAT, [3, 1]), "value 'x': declared with another shape than it has"),
    "the input as the output": (lambda m: setattr(m.graph.output[0], "name", "x"), "output 'x': no node makes it"),
    "a tensor as the output": (lambda m: setattr(m.graph.output[0], "name", "w"), "output 'w': no node makes it"),
    "an input twice": (lambda m: m.graph.input.append(m.graph.input[0]), "input 'x': its name is empty or not unique"),
    "an input without a name": (lambda m: setattr(m.graph.input[0], "name", ""), "input '': its name is empty or not unique"),
    "an output twice": (lambda m: m.graph.node.append(node("Relu", "x", "h")), "makes 'h', which exists already"),
    "two opsets": (lambda m: opsets(m, ("", 13), ("ai.onnx", 14)), "opset 13, 14: supported are"),
    "data twice": (lambda m: m.graph.initializer[0].float_data.append(1), "tensor 'w': its data are there twice"),
    "no IR version": (lambda m: m.ClearField("ir_version"), "onnx.checker refuses it (--no-checker reads it all the same)"),
    "an IR version to come": (lambda m: setattr(m, "ir_version", 1000), "onnx.checker refuses it"),
    "a graph without a name": (lambda m: m.graph.ClearField("name"), "onnx.checker refuses it"),
    "a dead node that does not fit": (dead, "onnx.checker refuses it"),
}  # fmt: skip


@pytest.mark.parametrize("label", EDITS)
def test_refused_model(models: Any, label: str) -> None:
    edit, message = EDITS[label]
    assert message in refusal(edited(models, edit))


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (TensorProto.INT8, [300]),
        (TensorProto.UINT8, [-1]),
        (TensorProto.INT16, [1 << 15]),
        (TensorProto.UINT16, [1 << 16]),
        (TensorProto.FLOAT16, [1 << 16]),
        (TensorProto.BOOL, [2]),
    ],
)
def test_a_number_that_its_type_does_not_hold(models: Any, kind: int, values: list[int]) -> None:
    """In a field of 32 bits: nothing is cut off silently."""

    def edit(model: Any) -> None:
        model.graph.initializer.add(name="c", dims=[1], data_type=kind, int32_data=values)
        model.graph.node.extend([node("Cast", "c", "d", to=1), node("Add", "h d", "z")])
        model.graph.output[0].name = "z"

    assert "tensor 'c': a number that" in refusal(edited(models, edit))


def test_a_byte_that_is_no_truth_value(models: Any) -> None:
    def edit(model: Any) -> None:
        model.graph.initializer.add(name="c", dims=[2], data_type=9, raw_data=b"\x01\x02")
        model.graph.node.extend([node("Cast", "c", "d", to=1), node("Gather", "d i", "e"), node("Add", "h e", "z")])  # fmt: skip
        model.graph.initializer.append(numpy_helper.from_array(ints(0), "i"))
        model.graph.output[0].name = "z"

    assert "tensor 'c': a number that bool does not hold" in refusal(edited(models, edit))


def test_tensors_that_nothing_reads_may_be_of_any_type(models: Any) -> None:
    def edit(model: Any) -> None:
        for name, values in (("a", np.array([1], np.uint8)), ("b", np.array(["s"], object)), ("c", np.array([1j]))):  # fmt: skip
            model.graph.initializer.append(numpy_helper.from_array(values, name))

    assert read_onnx(edited(models, edit)).inputs == 3


def test_the_default_domain_may_be_listed_twice(models: Any) -> None:
    data = edited(models, lambda m: opsets(m, ("", 13), ("ai.onnx", 13)))
    assert read_onnx(data).inputs == 3


def test_symbolic_sizes_agree_with_any(models: Any) -> None:
    def edit(model: Any) -> None:
        model.graph.input[0].CopyFrom(helper.make_tensor_value_info("x", FLOAT, ["N", 3]))
        info(model, "h", FLOAT, ["N", "M"])
        model.graph.output[0].CopyFrom(helper.make_tensor_value_info("y", FLOAT, ["N", 3]))

    assert read_onnx(edited(models, edit)).inputs == 3


def test_no_checker_reads_and_says_so(models: Any) -> None:
    notes: list[str] = []
    reading = Reading(no_checker=True, say=notes.append)
    good = edited(models, lambda m: None)
    assert read_onnx(good, reading) == read_onnx(good)
    assert notes == []
    for label in ("no IR version", "another shape", "another type"):
        network = read_onnx(edited(models, EDITS[label][0]), reading)
        assert network.layers == read_onnx(good).layers
        assert "although onnx.checker refuses it" in notes.pop()
    mixed = models.model([node("Add", "x c")], (1, 3), {"c": np.array([0.1, 2, 3])})
    assert read_onnx(mixed, reading)([0, 0, 0])[0] == Fraction(0.1)
    assert "inputs of types float32 and float64, taken as the numbers that they store" in notes[0]
    whole = models.model([node("Add", "x c")], (1, 3), {"c": ints(1, 2, 3)})
    assert "inputs of types float32 and int64" in refusal(whole, reading=reading)


def test_the_flag_on_the_command_line(models: Any, certify_cli: Any, tmp_path: Path) -> None:
    path = tmp_path / "n.onnx"
    path.write_bytes(edited(models, EDITS["no IR version"][0]))
    refused = certify_cli("show", str(path))
    assert refused.returncode == 64
    assert "--no-checker" in refused.stderr
    read = certify_cli("show", str(path), "--no-checker")
    assert read.returncode == 0
    assert "n.onnx: read although onnx.checker refuses it" in read.stderr


@pytest.mark.parametrize("where", ["node", "tensor", "input", "attribute", "domain"])
def test_names_that_are_not_utf_8(models: Any, where: str) -> None:
    def edit(model: Any) -> None:
        graph = model.graph
        match where:
            case "node":
                graph.node[0].name = "QQQQ"
            case "tensor":
                graph.initializer[0].name = graph.node[0].input[1] = "QQQQ"
            case "input":
                graph.input[0].name = graph.node[0].input[0] = "QQQQ"
            case "attribute":
                graph.node[0].attribute.append(helper.make_attribute("QQQQ", 1))
            case "domain":
                model.opset_import.append(helper.make_opsetid("QQQQ", 1))

    data = edited(models, edit).replace(b"QQQQ", b"\xff\xa0\xfe\xc3")
    assert "a name in it is not UTF-8 text" in refusal(data)


def test_without_numpy_one_line_says_what_is_missing(models: Any, tmp_path: Path) -> None:
    path = tmp_path / "n.onnx"
    path.write_bytes(edited(models, lambda m: None))
    for package in ("numpy", "onnx"):
        code = f"import sys; sys.modules[{package!r}] = None; from certify.cli import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", code, "show", str(path)], capture_output=True, text=True
        )
        assert done.returncode == 64, done.stderr
        assert f"certify: this needs {package}, which is not installed" in done.stderr
        assert done.stderr.count("\n") == 1


def test_onnx_agrees_that_the_good_model_is_good(models: Any, tmp_path: Path) -> None:
    path = tmp_path / "n.onnx"
    path.write_bytes(edited(models, lambda m: info(m, "h", FLOAT, [1, 3])))
    onnx.load(str(path))
    assert load(path).inputs == 3
