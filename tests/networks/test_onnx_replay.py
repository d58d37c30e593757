"""What is read of an ONNX model is compared with onnxruntime, node by node."""

from __future__ import annotations

import sys
from fractions import Fraction as Q
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from certify import cli
from certify.kernel.verdict import Malformed
from certify.networks.onnx_ops import OPERATORS
from certify.networks.onnx_ops.rectify import relu
from certify.networks.onnx_ops.table import Operator
from certify.networks.onnx_read import read_onnx
from certify.networks.reading import Reading, ReadingNote
from certify.networks.rehearsal import points
from certify.networks.rounding import SINGLE, Added, Floats
from certify.networks.trace import Trace

SILENT = Reading(replay=False, say=lambda text: None)


def model(nodes: list[Any], constants: dict[str, Any], inputs: int = 2) -> bytes:
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, inputs])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()],
    )
    opset = [helper.make_opsetid("", 13)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()


def tower(depth: int, seed: int = 0) -> bytes:
    """Layers with random float32 weights: their bound grows by |W| each, the last is leaky."""
    draw = np.random.default_rng(seed)
    nodes, constants, last = [], {}, "x"
    for k in range(depth):
        constants[f"w{k}"] = draw.normal(size=(2 if k == 0 else 8, 8)).astype(np.float32)
        constants[f"b{k}"] = draw.normal(size=8).astype(np.float32)
        nodes.append(helper.make_node("Gemm", [last, f"w{k}", f"b{k}"], [f"h{k}"]))
        kind, more = ("LeakyRelu", {"alpha": 0.125}) if k == depth - 1 else ("Relu", {})
        last = "y" if k == depth - 1 else f"r{k}"
        nodes.append(helper.make_node(kind, [f"h{k}"], [last], **more))
    return model(nodes, constants)


def misread(node: Any, args: Any, trace: Any) -> Any:
    return relu(node, args[:1], trace)


@pytest.mark.parametrize("depth", [1, 3, 12])
def test_a_misreading_is_named(depth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tower(depth)
    assert read_onnx(data).depth == depth + 1
    monkeypatch.setitem(OPERATORS, "LeakyRelu", Operator(misread, attributes=("alpha",)))
    with pytest.raises(Malformed, match=r"node 'y' \(LeakyRelu\): onnxruntime gives -"):
        read_onnx(data)
    assert read_onnx(data, SILENT)


def test_a_small_difference_is_seen_where_nothing_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = [helper.make_node("LeakyRelu", ["x"], ["y"], alpha=0.5)]
    read_onnx(model(nodes, {}))

    def nearly(node: Any, args: Any, trace: Any) -> Any:
        return OPERATORS["PRelu"].run(node, [args[0], np.array([0.5 + 2.0**-20])], trace)

    monkeypatch.setitem(OPERATORS, "LeakyRelu", Operator(nearly, attributes=("alpha",)))
    with pytest.raises(Malformed, match=r"node 'y' \(LeakyRelu\)"):
        read_onnx(model(nodes, {}))


def test_one_input_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that reads one of 300 inputs is misread there."""
    weight = np.zeros((300, 1), np.float32)
    weight[217] = 1
    nodes = [helper.make_node("MatMul", ["x", "w"], ["h"]), helper.make_node("Abs", ["h"], ["y"])]
    data = model(nodes, {"w": weight}, 300)
    read_onnx(data)
    monkeypatch.setitem(OPERATORS, "Abs", Operator(misread))
    with pytest.raises(Malformed, match=r"node 'y' \(Abs\): onnxruntime gives"):
        read_onnx(data)


def test_an_overflow_that_a_sum_may_have_is_no_difference() -> None:
    w = np.full((2, 2), 1e30, np.float32)
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["h"]),
        helper.make_node("MatMul", ["h", "w"], ["y"]),
    ]
    assert read_onnx(model(nodes, {"w": w}))([1, 0])[0] == 2 * Q(float(np.float32(1e30))) ** 2


def test_folded_constants_may_be_rounded() -> None:
    """(1/3 + x) in the runtime's floats, 1/3 exactly in the reader."""
    nodes = [
        helper.make_node("Div", ["a", "b"], ["c"]),
        helper.make_node("Add", ["x", "c"], ["y"]),
    ]
    constants = {"a": np.float32(1), "b": np.array([3], np.float32)}
    assert read_onnx(model(nodes, constants))([0, 0]) == (Q(1, 3), Q(1, 3))


def test_without_onnxruntime_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.warns(ReadingNote, match="onnxruntime is not installed, so"):
        read_onnx(tower(1))


def test_no_replay_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "net.onnx").write_bytes(tower(1))
    for flags, said in (([], False), (["--no-replay"], True)):
        with pytest.raises(SystemExit) as stop:
            cli.main(["eval", str(tmp_path / "net.onnx"), "--at", "1,2", *flags])
        assert not stop.value.code
        assert ("not replayed" in capsys.readouterr().err) is said


def test_the_bound_holds_and_is_zero_where_nothing_rounds() -> None:
    """float32 in numpy, in two orders of summation, against the bound."""
    network = read_onnx(tower(4), SILENT)
    at = points(2, 8)
    mine = Floats(network, Added.of(Trace(2))).evaluate(at, SINGLE)
    for order in (1, -1):
        values = at.astype(np.float32)
        for layer in network.layers:
            total = np.zeros((layer.width, at.shape[1]), np.float32)
            for r, row in enumerate(layer.rows):
                for c, w in row[::order]:
                    total[r] += np.float32(float(w)) * values[c]
                total[r] += np.float32(float(layer.bias[r]))
            values = np.where(np.array(layer.relu)[:, None], np.maximum(total, 0), total)
        assert (np.abs(values - mine.values) <= mine.errors).all()
        assert (values == mine.values)[:, mine.exact].all()
    for k in range(at.shape[1]):
        exact = network([Q(v) for v in at[:, k].tolist()])
        gap = [abs(float(a) - b) for a, b in zip(exact, mine.values[:, k], strict=True)]
        assert (np.array(gap) <= mine.errors[:, k]).all()


def test_points_are_dyadic_and_vary() -> None:
    at = points(5, 8)
    assert len({tuple(column) for column in at.T.tolist()}) == 8
    assert all((at[i] != 0).sum() >= 4 and len(set(at[i].tolist())) >= 4 for i in range(5))
    assert (at * 2.0**10 == np.round(at * 2.0**10)).all()
    assert (at == points(5, 8)).all()
