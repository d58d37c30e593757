"""Layers are kept as written: what each way of writing a network becomes, exactly."""

# ruff: noqa: E501  (a table reads best with one step on a line)

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper

from certify.kernel.data.network import Network, affine_layer, identity_layer, sparse
from certify.kernel.verdict import Malformed
from certify.networks.onnx.read import read_onnx
from certify.networks.reading import Reading

W = [[1, -2], [3, 4], [0, 5]]  # 3 × 2, as in x·W for a row x
V = [[1, 0, 2]]


def node(operator: str, inputs: str, output: str = "y", **attributes: Any) -> Any:
    return helper.make_node(operator, inputs.split(), [output], f"make_{output}", **attributes)


def f32(values: Any) -> Any:
    return np.array(values, dtype=np.float32)


def layer(weight: Any, bias: Any = None, relu: Any = False) -> Any:
    rows = [sparse(map(Fraction, row)) for row in weight]
    return affine_layer(len(weight[0]), rows, bias and map(Fraction, bias), relu)


WT = [[1, 3, 0], [-2, 4, 5]]  # W transposed: a layer's own matrix
AS_WRITTEN = {
    "bias after, added": (
        [node("MatMul", "x w", "h"), node("Add", "h b")],
        [layer(WT, [7, 8])],
    ),
    "bias added twice": (
        [node("MatMul", "x w", "h"), node("Add", "h b", "g"), node("Sub", "g b2")],
        [layer(WT, [6, 10])],
    ),
    "bias before, through W": (
        [node("Sub", "x a", "s"), node("MatMul", "s w")],
        [layer(WT, [-(1 + 6), -(-2 + 8 + 15)])],
    ),
    "bias before and after": (
        [node("Add", "x a", "s"), node("MatMul", "s w", "h"), node("Add", "h b")],
        [layer(WT, [7 + 7, 21 + 8])],
    ),
    "relu sets the mask": (
        [node("MatMul", "x w", "h"), node("Add", "h b", "g"), node("Relu", "g")],
        [layer(WT, [7, 8], True)],
    ),
    "prelu sets a mixed mask": (
        [node("MatMul", "x w", "h"), node("PRelu", "h p")],
        [layer(WT, None, [True, False])],
    ),
    "two linear layers are two": (
        [node("MatMul", "x w", "h"), node("MatMul", "h v")],
        [layer(WT), layer([[1, 2], [0, 1], [2, 0]])],
    ),
    "constant after a relu goes into the next bias": (
        [node("MatMul", "x w", "h"), node("Relu", "h", "r"), node("Add", "r b", "s"), node("MatMul", "s v")],
        [layer(WT, None, True), layer([[1, 2], [0, 1], [2, 0]], [7 + 16, 8, 14])],
    ),
    "constant after the last relu": (
        [node("MatMul", "x w", "h"), node("Relu", "h", "r"), node("Add", "r b")],
        [layer(WT, None, True), layer([[1, 0], [0, 1]], [7, 8])],
    ),
    "a scale is a diagonal layer": (
        [node("MatMul", "x w", "h"), node("Mul", "h b", "g"), node("Relu", "g")],
        [layer(WT), layer([[7, 0], [0, 8]], None, True)],
    ),
    "scale, shift, relu": (
        [node("Div", "x d", "s"), node("Add", "s a", "t"), node("Relu", "t", "r"), node("MatMul", "r w")],
        [layer([["1/2", 0, 0], [0, "1/4", 0], [0, 0, 2]], [1, 2, 3], True), layer(WT)],
    ),
    "gemm with its scales": (
        [helper.make_node("Gemm", ["x", "w", "b"], ["y"], "g", alpha=0.5, beta=3.0)],
        [layer([["1/2", "3/2", 0], [-1, 2, "5/2"]], [21, 24])],
    ),
    "data movement is a permutation of the next matrix": (
        [node("Gather", "x i", "g", axis=1), node("MatMul", "g w")],
        [layer([[3, 0, 1], [4, 5, -2]])],
    ),
    "a repeated column adds up": (
        [node("Gather", "x j", "g", axis=1), node("MatMul", "g w")],
        [layer([[1, 3, 0], [-2, 9, 0]])],
    ),
    "outputs in another order are rows in another order": (
        [node("MatMul", "x w", "h"), node("Gather", "h k", axis=1)],
        [layer([[-2, 4, 5], [1, 3, 0]])],
    ),
    "identity layers stay": (
        [node("MatMul", "x e", "h"), node("MatMul", "h w")],
        [identity_layer(3), layer(WT)],
    ),
    "a dropped output stays a row of its layer": (
        [node("MatMul", "x w", "h"), node("Gather", "h l", "g", axis=1), node("MatMul", "g u")],
        [layer(WT), layer([[0, 9]])],
    ),
}  # fmt: skip
CONSTANTS = {
    "w": f32(W), "v": f32([[1, 0, 2], [2, 1, 0]]), "u": f32([[9]]), "e": f32(np.eye(3)),
    "a": f32([1, 2, 3]), "b": f32([7, 8]), "b2": f32([[1, -2]]), "d": f32([2, 4, 0.5]),
    "p": f32([0, 1]), "i": np.array([2, 0, 1]), "j": np.array([0, 1, 1]),
    "k": np.array([1, 0]), "l": np.array([1]),
}  # fmt: skip


@pytest.mark.parametrize("label", AS_WRITTEN)
def test_as_written(models: Any, label: str) -> None:
    nodes, layers = AS_WRITTEN[label]
    used = {i for n in nodes for i in n.input}
    data = models.model(nodes, (1, 3), {k: v for k, v in CONSTANTS.items() if k in used})
    network = models.agree(data, (1, 3))
    assert network == Network(3, tuple(layers))
    assert not any(part.lowered for part in network.layers)


def test_a_float_is_the_dyadic_that_it_stores(models: Any) -> None:
    tenth = np.float32(0.1)
    for dtype, value in (
        ("float32", tenth),
        ("float64", np.float64(0.1)),
        ("float16", np.float16(0.1)),
    ):
        constant = np.array([[value]])
        network = read_onnx(
            models.model([node("MatMul", "x w")], (1, 1), {"w": constant}, dtype=dtype)
        )
        assert network.layers[0].rows == (((0, Fraction(float(value))),),)
        assert network.layers[0].rows[0][0][1] != Fraction(1, 10)


def test_bfloat16_subnormal_and_negative_zero(models: Any) -> None:
    proto = models.proto([node("MatMul", "x w")], (1, 3), {}, opset=22)
    for value in (*proto.graph.input, *proto.graph.output):
        value.type.tensor_type.elem_type = 16
    tensor = proto.graph.initializer.add()
    tensor.name, tensor.data_type = "w", 16
    tensor.dims.extend([3, 1])
    tensor.raw_data = np.array([0x3E80, 0x0001, 0x8000], dtype="<u2").tobytes()
    [(row,)] = [part.rows for part in read_onnx(proto.SerializeToString()).layers]
    assert row == ((0, Fraction(1, 4)), (1, Fraction(1, 2**133)))  # and −0 is 0


def test_the_source_is_the_digest_of_the_bytes(models: Any) -> None:
    import hashlib

    data = models.model([node("MatMul", "x w")], (1, 3), {"w": f32(W)})
    assert read_onnx(data).source == hashlib.sha256(data).hexdigest()


def test_a_leading_batch_dimension_is_one(models: Any) -> None:
    for first in ("N", None, 1):
        data = models.model([node("MatMul", "x w")], (first, 3), {"w": f32(W)})
        assert read_onnx(data).inputs == 3


def test_nodes_that_the_output_does_not_need_are_left_out(models: Any) -> None:
    nodes = [node("MatMul", "x w", "h"), node("Sigmoid", "h", "unused"), node("Relu", "h")]
    network = read_onnx(models.model(nodes, (1, 3), {"w": f32(W)}))
    assert network == Network(3, (layer(WT, None, True),))


# ------------------------------------------------------------ random graphs


@st.composite
def graphs(draw: Any) -> tuple[list[Any], dict[str, Any], int]:
    """A chain with skips over small integers, so that float32 does not round."""
    width = inputs = draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    nodes: list[Any] = []
    constants: dict[str, Any] = {}
    made = [("x", width)]

    def constant(*shape: int, values: Any = (-2, 3)) -> str:
        name = f"c{len(constants)}"
        constants[name] = rng.integers(*values, size=shape).astype(np.float32)
        return name

    def emit(operator: str, inputs: list[str], width: int, **attributes: Any) -> None:
        name = f"t{len(nodes)}"
        nodes.append(helper.make_node(operator, inputs, [name], name, **attributes))
        made.append((name, width))

    for _ in range(draw(st.integers(1, 8))):
        name, width = made[-1]
        kind = draw(st.sampled_from(STEPS))
        if kind == "Gemm":
            new = draw(st.integers(1, 4))
            emit("Gemm", [name, constant(width, new), constant(new)], new)
        elif kind in ("Add", "Sub", "Max", "Min"):
            others = [m for m, w in made if w == width]
            other = draw(st.sampled_from([*others, constant(width)]))
            emit(kind, [name, other], width)
        elif kind == "Mul":
            emit(kind, [name, constant(1, width)], width)
        elif kind == "PRelu":
            emit(kind, [name, constant(width, values=(0, 2))], width)
        elif kind == "Concat":
            other, more = draw(st.sampled_from(made))
            if width + more <= 6:
                emit(kind, [name, other], width + more, axis=1)
        elif kind == "Gather":
            constants[f"c{len(constants)}"] = picked = rng.integers(
                0, width, size=draw(st.integers(1, 4))
            )
            emit(kind, [name, f"c{len(constants) - 1}"], picked.size, axis=1)
        elif kind == "Clip":
            constants["low"], constants["high"] = f32(-1), f32(2)
            emit(kind, [name, "low", "high"], width)
        elif kind == "LeakyRelu":
            emit(kind, [name], width, alpha=0.5)
        else:
            emit(kind, [name], width)
    nodes.append(helper.make_node("Identity", [made[-1][0]], ["y"], "last"))
    return nodes, constants, inputs


STEPS = (
    "Gemm", "Gemm", "Relu", "Relu", "Add", "Sub", "Mul", "PRelu", "Concat", "Gather", "Clip",
    "LeakyRelu", "Abs", "Neg", "Max", "Min",
)  # fmt: skip


@settings(max_examples=150)
@given(graphs())
def test_random_graphs_agree_exactly(models: Any, graph: Any) -> None:
    nodes, constants, inputs = graph
    used = {i for n in nodes for i in n.input}
    kept = {k: v for k, v in constants.items() if k in used}
    models.agree(models.model(nodes, (1, inputs), kept), (1, inputs), points=2)


def test_field_networks(models: Any, field_networks: Path) -> None:
    """Every ONNX network of the field, against onnxruntime or, where that refuses, onnx."""
    from onnx import load_model
    from onnx.reference import ReferenceEvaluator

    found = sorted(field_networks.rglob("*.onnx"))
    assert found
    rng = np.random.default_rng(1)
    for path in found:
        notes: list[str] = []
        try:
            network = read_onnx(path.read_bytes(), Reading(no_checker=True, say=notes.append))
        except Malformed as error:
            if "the network has more than" not in error.message:
                raise
            continue
        lowered = {kind for part in network.layers for kind in part.lowered.split(" + ")}
        assert lowered <= {"", "skip", "Add"}
        assert bool(notes) == ("drones" in str(path)), notes
        proto = load_model(str(path))
        constants = {c.name for c in proto.graph.initializer}
        feed = next(i for i in proto.graph.input if i.name not in constants)
        shape = [d.dim_value or 1 for d in feed.type.tensor_type.shape.dim]
        x = rng.uniform(-1, 1, size=shape).astype(np.float32)
        if feed.type.tensor_type.elem_type == 1:
            theirs = models.onnxruntime_says(str(path), x)
        else:  # float64 inputs beside float32 weights
            theirs = ReferenceEvaluator(proto).run(None, {feed.name: x.astype(np.float64)})[0]
        ours = np.array([float(v) for v in network(models.exactly(x))])
        np.testing.assert_allclose(
            theirs.reshape(-1), ours, rtol=1e-4, atol=1e-5, err_msg=str(path)
        )
