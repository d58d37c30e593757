"""Constants of every type: what is folded is what onnxruntime or onnx.reference computes."""

# ruff: noqa: E501  (a table reads best with one case on a line)

from __future__ import annotations

import itertools
import random
import time
import warnings
from contextlib import suppress
from fractions import Fraction
from typing import Any

import ml_dtypes
import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from certify.kernel.verdict import Malformed
from certify.networks.constants import FLOATS, rounded
from certify.networks.onnx.ops.shapes import ELEMENTS
from certify.networks.onnx.read import read_onnx

CODES = {kind: code for code, kind in ELEMENTS.items()}
WIDE = ("int32", "int64", "uint32", "uint64")
INTEGERS = ("int8", "uint8", "int16", "uint16", *WIDE)


def numpy_type(kind: str) -> Any:
    return np.dtype(ml_dtypes.bfloat16) if kind == "bfloat16" else np.dtype(kind)


def node(operator: str, inputs: str, output: str, **attributes: Any) -> Any:
    return helper.make_node(operator, inputs.split(), [output], output, **attributes)


class Program:
    """Random operators on typed constants, none of which rounds but Cast; the last is added to x."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.constants: dict[str, Any] = {}
        self.nodes: list[Any] = []
        self.values: list[tuple[str, str, tuple[int, ...]]] = []  # name, type, shape
        self.constant(self.rng.choice((*INTEGERS, *INTEGERS, *FLOATS)), (2, 2))
        for _ in range(self.rng.randint(1, 6)):
            self.step()

    def stored(self, values: Any) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = values
        return name

    def constant(self, kind: str, shape: tuple[int, ...]) -> str:
        drawn = [self.number(kind) for _ in range(int(np.prod(shape)))]
        name = self.stored(np.array(drawn).astype(numpy_type(kind)).reshape(shape))
        self.values.append((name, kind, shape))
        return name

    def number(self, kind: str) -> Any:
        rng = self.rng
        if kind == "bool":
            return rng.random() < 0.5
        if kind in FLOATS:
            return rng.choice([rng.randint(-8, 8) / 4, rng.uniform(-300, 300)])
        limits = np.iinfo(kind)
        low, high = int(limits.min), int(limits.max)
        return np.dtype(kind).type(
            rng.choice([max(rng.randint(-5, 5), low), low, high, rng.randint(low, high)])
        )

    def emit(self, operator: str, inputs: list[str], kind: str, shape: Any, **extra: Any) -> None:
        name = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name, **extra))
        self.values.append((name, kind, tuple(shape)))

    def step(self) -> None:
        name, kind, shape = self.values[-1]
        like = [n for n, k, s in self.values[:-1] if (k, s) == (kind, shape)]
        other = (
            self.rng.choice(like)
            if like and self.rng.random() < 0.4
            else self.constant(kind, shape)
        )
        self.values.append((name, kind, shape))
        allowed = ["Cast", "Cast", "Concat", "Transpose", "Slice", "Where"]
        if kind == "bool":
            allowed += ["Not", "And", "Or", "Xor"]
        else:
            allowed += ["Max", "Min", "Pad", "Abs", "Less", "Equal", "Greater", "Clip", "Sign"]
        if kind in INTEGERS:
            allowed += ["Add", "Sub", "Mul", "Div", "Mod"]
        if kind in FLOATS:
            allowed += ["Floor", "Ceil", "Round"]
        if kind in FLOATS or kind.startswith("int"):
            allowed += ["Neg", "Relu"]
        if kind in WIDE and shape == (2, 2):
            allowed += ["MatMul", "ReduceSum"]
        operator = self.rng.choice(allowed)
        match operator:
            case "Cast":
                to = self.rng.choice([*INTEGERS, *FLOATS, "bool"])
                self.emit(operator, [name], to, shape, to=CODES[to])
            case "Concat":
                self.emit(operator, [name, other], kind, (shape[0] * 2, *shape[1:]), axis=0)
            case "Transpose":
                self.emit(operator, [name], kind, shape[::-1])
            case "Slice":
                ends = [self.stored(np.array([v])) for v in (-1, -100, 0, -1)]
                self.emit(operator, [name, *ends], kind, shape)
            case "Where":
                chosen = self.constant("bool", shape)
                self.emit(operator, [chosen, name, other], kind, shape)
            case "Pad":
                pads = self.stored(np.array([0, -1, 1, 1]))
                fill = self.constant(kind, ())
                self.emit(operator, [name, pads, fill], kind, (shape[0] + 1, shape[1]))
            case "Clip":
                bounds = sorted((self.constant(kind, ()) for _ in "ab"), key=self.constants.get)
                self.emit(operator, [name, *bounds], kind, shape)
            case "Less" | "Equal" | "Greater":
                self.emit(operator, [name, other], "bool", shape)
            case "Abs" | "Sign" | "Floor" | "Ceil" | "Round" | "Neg" | "Relu" | "Not":
                self.emit(operator, [name], kind, shape)
            case "Mod":
                self.emit(operator, [name, other], kind, shape, fmod=self.rng.randint(0, 1))
            case "ReduceSum":
                self.emit(operator, [name, self.stored(np.array([0]))], kind, (1, shape[1]))
            case _:
                self.emit(operator, [name, other], kind, shape)

    def model(self) -> tuple[Any, tuple[int, ...]]:
        name, kind, shape = self.values[-1]
        last = [] if kind == "float64" else [node("Cast", name, "last", to=CODES["float64"])]
        nodes = [*self.nodes, *last, node("Add", f"x {'last' if last else name}", "y")]
        used = {i for n in nodes for i in n.input}
        graph = helper.make_graph(
            nodes,
            "test",
            [helper.make_tensor_value_info("x", CODES["float64"], shape)],
            [helper.make_tensor_value_info("y", CODES["float64"], shape)],
            [numpy_helper.from_array(v, k) for k, v in self.constants.items() if k in used],
        )
        opset = [helper.make_opsetid("", 21)]
        return helper.make_model(graph, ir_version=9, opset_imports=opset), shape


def answers(models: Any, proto: Any, shape: tuple[int, ...]) -> list[Any]:
    """What onnxruntime and onnx.reference say; less of types that one of them lacks.

    onnxruntime computes 16-bit floats in 32 and drops the casts between, so that nothing is
    rounded where the graph says so: there onnx.reference alone is asked.
    """
    x = np.zeros(shape)
    runs = [lambda: ReferenceEvaluator(proto).run(None, {"x": x})[0]]
    if "float16" not in onnx.printer.to_text(proto.graph) and not any(
        a.i in (CODES["float16"], CODES["bfloat16"]) for n in proto.graph.node for a in n.attribute
    ):
        runs.append(lambda: models.onnxruntime_says(proto.SerializeToString(), x))
    found = []
    with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
        for run in runs:
            with suppress(Exception):
                found.append(models.exactly(run()))
    return found


def compare(models: Any, seeds: range) -> tuple[int, int]:
    """How many programs were read, and how many answers to these there are; equal, all of them."""
    read = compared = 0
    for seed in seeds:
        proto, shape = Program(seed).model()
        try:
            ours = list(read_onnx(proto.SerializeToString())([0] * int(np.prod(shape))))
        except Malformed:
            continue  # division by zero kills onnxruntime's process
        read += 1
        for theirs in answers(models, proto, shape):
            compared += 1
            assert [Fraction(float(v)) for v in ours] == theirs, seed
    return read, compared


def test_programs(models: Any) -> None:
    read, compared = compare(models, range(120))
    assert read > 60
    assert compared > 100


@pytest.mark.slow
def test_more_programs(models: Any) -> None:
    read, compared = compare(models, range(1000, 4000))
    assert read > 1500
    assert compared > 2500


HARD = [
    0.1,
    -0.1,
    1 / 3,
    2049 / 2048,
    2051 / 2048,
    1 + 2**-8,
    1 + 3 * 2**-8,
    3e-8,
    6e-8,
    65519.0,
    1e-40,
    -(2**-25),
    1e-45,
]


@pytest.mark.parametrize(("kind", "to"), [*itertools.product(FLOATS, FLOATS)])
def test_floats_round_as_onnxruntime_casts_them(models: Any, kind: str, to: str) -> None:
    values = np.array(HARD).astype(numpy_type(kind))
    values = values[np.isfinite(values.astype(float))]
    nodes = [
        node("Cast", "c", "d", to=CODES[to]),
        node("Cast", "d", "e", to=CODES["float64"]),
        node("Add", "x e", "y"),
    ]
    if to == "float64":
        nodes[1:] = [node("Add", "x d", "y")]
    proto = models.proto(nodes, (len(values),), {"c": values}, dtype="float64")
    for i in range(len(values)):  # one at a time: a value that rounds in two ways is refused
        proto.graph.initializer[0].CopyFrom(numpy_helper.from_array(values[i : i + 1], "c"))
        proto.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
        data = proto.SerializeToString()
        theirs = models.onnxruntime_says(data, np.zeros(1))
        try:
            assert list(read_onnx(data)([0])) == models.exactly(theirs)
        except Malformed as error:
            if not np.isfinite(theirs).all() and "leaves the range of" in str(error):
                continue
            direct = values[i : i + 1].astype(numpy_type(to))
            by_float32 = values[i : i + 1].astype(np.float32).astype(numpy_type(to))
            if "rounds" not in str(error) or direct == by_float32:
                raise


@pytest.mark.parametrize("kind", FLOATS)
def test_rounding(kind: str) -> None:
    """Against numpy and ml_dtypes, ties to even and numbers below the normal ones included."""
    rng = np.random.default_rng(1)
    drawn = np.concatenate(
        [rng.normal(size=200), rng.normal(size=200) * 2.0 ** rng.integers(-160, 15, 200)]
    )
    least = 2.0 ** (FLOATS[kind][1] - FLOATS[kind][0])
    drawn = np.concatenate([drawn, [least, 3 * least, 1.5 * least, least / 2, 0]])
    for value in drawn if kind == "float64" else drawn.astype(np.float32):
        assert rounded(Fraction(float(value)), kind) == Fraction(
            float(numpy_type(kind).type(value))
        )
    precision, _, high = FLOATS[kind]
    largest = (2 - Fraction(2) ** (1 - precision)) * 2**high
    half = Fraction(2) ** (high - precision)
    assert rounded(largest + half - Fraction(1, 10**9), kind) == largest
    for past in (largest + half, -largest - half):  # a tie goes to the even one, which is none
        with pytest.raises(Malformed, match="leaves the range"):
            rounded(past, kind)


def ints(*values: int, kind: str = "int64") -> Any:
    return np.array(values, dtype=kind)


def f32(*values: float) -> Any:
    return np.array(values, dtype=np.float32)


# label: nodes that make d, constants, and d: by hand
EXACT: dict[str, tuple[list[Any], dict[str, Any], list[Any]]] = {
    "case attack-01, by Abs": ([node("Abs", "a", "b"), node("Div", "b c", "q"), node("Cast", "q", "d", to=1)], {"a": ints(-7), "c": ints(2)}, [3]),
    "towards zero": ([node("Div", "a c", "q"), node("Cast", "q", "d", to=1)], {"a": ints(-7, 7, -7), "c": ints(2, -2, -2)}, [-3, -3, 3]),
    "int32 wraps": ([node("Mul", "a a", "b"), node("Cast", "b", "d", to=1)], {"a": ints(100000, kind="int32")}, [1410065408]),
    "int64 wraps": ([node("Mul", "a a", "b"), node("Div", "b c", "q"), node("Cast", "q", "d", to=1)], {"a": ints(1 << 33), "c": ints(1)}, [0]),
    "the least is its own negative": ([node("Neg", "a", "b"), node("Cast", "b", "d", to=1)], {"a": ints(-128, kind="int8")}, [-128]),
    "after Concat and Slice": ([node("Concat", "a a", "b", axis=0), node("Slice", "b s e", "t"), node("Div", "t c", "q"), node("Cast", "q", "d", to=1)], {"a": ints(-7), "s": ints(1), "e": ints(2), "c": ints(2)}, [-3]),
    "after Pad": ([node("Pad", "a p v", "b"), node("Div", "b c", "q"), node("Cast", "q", "d", to=1)], {"a": ints(-7), "p": ints(0, 1), "v": ints(5).reshape(()), "c": ints(2)}, [-3, 2]),
    "after MatMul": ([node("MatMul", "a a", "b"), node("Div", "b c", "q"), node("Cast", "q", "d", to=1)], {"a": ints(3), "c": ints(2)}, [4]),
    "after Relu, Clip and Max": ([node("Relu", "a", "b"), helper.make_node("Clip", ["b", "", "h"], ["e"]), node("Max", "e c", "f"), node("Div", "f c", "q"), node("Cast", "q", "d", to=1)], {"a": ints(7, kind="int32"), "h": ints(5, kind="int32").reshape(()), "c": ints(2, kind="int32")}, [2]),
    "case attack-06": ([node("Cast", "c", "b", to=10), node("Cast", "b", "d", to=1)], {"c": f32(0.1)}, [Fraction(1638, 1 << 14)]),
    "integers to float16": ([node("Cast", "c", "b", to=10), node("Cast", "b", "d", to=1)], {"c": ints(2049, 2051)}, [2048, 2052]),
    "cut to the bits of a type": ([node("Cast", "c", "b", to=3), node("Cast", "b", "d", to=1)], {"c": ints(300, 128, -129)}, [44, -128, 127]),
    "truth values": ([node("Cast", "c", "b", to=9), node("Cast", "b", "d", to=1)], {"c": f32(0.5, 0, -0.0, -3)}, [1, 0, 0, 1]),
    "floats are exact": ([node("Div", "a c", "b"), node("Mul", "b c", "d")], {"a": f32(1), "c": f32(3)}, [1]),
    "a third is a third": ([node("Div", "a c", "d")], {"a": f32(1), "c": f32(3)}, [Fraction(1, 3)]),
}  # fmt: skip


@pytest.mark.parametrize("label", EXACT)
def test_by_hand(models: Any, label: str) -> None:
    nodes, constants, values = EXACT[label]
    width = len(values)
    data = models.model([*nodes, node("Add", "x d", "y")], (width,), constants, opset=14)
    network = read_onnx(data)
    assert list(network([0] * width)) == values
    if label not in ("a third is a third", "floats are exact"):  # these a runtime rounds
        assert values == models.exactly(models.onnxruntime_says(data, f32(*[0] * width)))


THIRD = [node("Div", "a c", "t")]
STEPS: dict[str, tuple[list[Any], dict[str, Any], str]] = {
    "Floor of what was rounded": ([*THIRD, node("Mul", "t c", "u"), node("Sub", "u e", "v"), node("Floor", "v", "d")], {"e": f32(2**-30)}, "a constant was computed that its type does not hold"),
    "a comparison of what was rounded": ([*THIRD, node("Less", "t c", "b"), node("Cast", "b", "d", to=1)], {}, "its type does not hold"),
    "an integer of what was rounded": ([*THIRD, node("Cast", "t", "i", to=7), node("Cast", "i", "d", to=1)], {}, "its type does not hold"),
    "float16 of what was rounded": ([*THIRD, node("Cast", "t", "i", to=10), node("Cast", "i", "d", to=1)], {}, "its type does not hold"),
    "division by zero": ([node("Div", "i j", "k"), node("Cast", "k", "d", to=1)], {"i": ints(1), "j": ints(0)}, "division by zero"),
    "the least by −1": ([node("Div", "i j", "k"), node("Cast", "k", "d", to=1)], {"i": ints(-(1 << 63)), "j": ints(-1)}, "the least int64 divided by -1"),
    "remainder of zero": ([node("Mod", "i j", "k"), node("Cast", "k", "d", to=1)], {"i": ints(1), "j": ints(0)}, "division by zero"),
    "remainder of floats, not as C": ([node("Mod", "a c", "d")], {}, "floats need fmod = 1"),
    "out of range": ([node("Cast", "e", "i", to=3), node("Cast", "i", "d", to=1)], {"e": f32(200)}, "a constant leaves the range of int8"),
    "past float16": ([node("Cast", "e", "i", to=10), node("Cast", "i", "d", to=1)], {"e": f32(70000)}, "a constant leaves the range of float16"),
    "past float32": ([node("Mul", "e e", "d")], {"e": f32(1e30)}, "a constant leaves the range of float32"),
    "past float16 by bfloat16": ([node("Cast", "e", "i", to=10), node("Cast", "i", "d", to=1)], {"e": np.array([2.0**16]).astype(ml_dtypes.bfloat16)}, "a constant leaves the range of float16"),
    "rounded in two ways": ([node("Cast", "e", "i", to=10), node("Cast", "i", "d", to=1)], {"e": np.array([1 + 2.0**-11 + 2.0**-40])}, "a constant of float64 that rounds to float16 in two ways"),
    "√2": ([node("Sqrt", "e", "d")], {"e": f32(2)}, "a square root that is not rational"),
    "√−1": ([node("Sqrt", "e", "d")], {"e": f32(-1)}, "the square root of a negative number"),
    "1/0": ([node("Reciprocal", "e", "d")], {"e": f32(0)}, "division by zero"),
    "2 to 1/3": ([node("Pow", "e a", "t"), node("Pow", "e f", "d")], {"e": f32(8), "f": f32(1 / 3)}, "a power that is not rational"),
    "0 to −1": ([node("Pow", "e f", "d")], {"e": f32(0), "f": f32(-1)}, "0 to a negative power"),
    "a power past all budgets": ([node("Pow", "e f", "d")], {"e": f32(3), "f": f32(1e30)}, "a constant of more than 65536 bits"),
    "a power of integers past 53 bits": ([node("Pow", "i j", "k"), node("Cast", "k", "d", to=1)], {"i": ints(3), "j": ints(40)}, "a power that leaves int64 or 53 bits"),
    "a sum of integers past 53 bits": ([node("ReduceSum", "i", "k", keepdims=0), node("Cast", "k", "d", to=1)], {"i": ints(1 << 53, 1)}, "a sum that may leave int64, or 53 bits: runtimes disagree"),
    "a product of integers past int32": ([node("Gemm", "i i", "k"), node("Cast", "k", "d", to=1)], {"i": ints(1 << 20, kind="int32").reshape(1, 1)}, "a sum that may leave int32"),
    "the mean of integers": ([node("ReduceMean", "i", "k"), node("Cast", "k", "d", to=1)], {"i": ints(1, 3)}, "the mean of integers"),
    "an endless Range": ([node("Range", "s l z", "d")], {"s": np.float32(0), "l": np.float32(1), "z": np.float32(0)}, "a delta of 0"),
    "a long Range": ([node("Range", "s l z", "d")], {"s": np.float32(0), "l": np.float32(1e30), "z": np.float32(1)}, "the network has more than"),
    "a Range by rounding": ([node("Range", "s l z", "d")], {"s": np.float32(0), "l": np.float32(1), "z": np.float32(1 / 49)}, "rounding decides how many there are"),
    "a quantized value by rounding": ([node("QuantizeLinear", "e z", "q"), node("DequantizeLinear", "q z", "d")], {"e": f32(0.75), "z": np.float32(0.1)}, "rounding in the type of x decides a quantized value"),
    "quantized by blocks": ([node("DequantizeLinear", "q z", "d", block_size=2, axis=0)], {"q": ints(1, 2, kind="int8"), "z": f32(1)}, "attribute block_size not supported"),
    "a scale that does not fit": ([node("DequantizeLinear", "q z", "d", axis=0)], {"q": ints(1, 2, kind="int8"), "z": f32(1, 2, 3)}, "scale of shape [3] along axis 0"),
    "infinity": ([node("Add", "e e", "d")], {"e": f32(np.inf)}, "a constant is NaN or infinite"),
    "NaN compared": ([node("Equal", "e e", "b"), node("Cast", "b", "d", to=1)], {"e": f32(np.nan)}, "a constant is NaN or infinite"),
}  # fmt: skip


@pytest.mark.parametrize("label", STEPS)
def test_refused(models: Any, label: str) -> None:
    nodes, constants, message = STEPS[label]
    used = {i for n in nodes for i in n.input}
    given = {k: v for k, v in ({"a": f32(1), "c": f32(3)} | constants).items() if k in used}
    data = models.model([*nodes, node("Add", "x d", "y")], (1,), given, opset=21)
    with pytest.raises(Malformed) as caught:
        read_onnx(data)
    assert message in str(caught.value)
    assert onnx.load_model_from_string(data).graph.node


@pytest.mark.parametrize(
    ("label", "nodes"),
    [
        ("powers", [node("Pow", "f k", "d")]),
        ("a sum of fractions", [node("Div", "f e", "q"), node("ReduceSum", "q", "d")]),
        ("products of fractions", [node("Div", "m n", "q"), node("MatMul", "q q", "d")]),
        ("a Range", [node("Range", "z l o", "d")]),
    ],
)
def test_little_that_makes_much(models: Any, label: str, nodes: list[Any]) -> None:
    """Each is charged before it takes long: seconds, where these took minutes or gigabytes."""
    rng = np.random.default_rng(1)
    constants = {
        "f": rng.normal(size=100000).astype(np.float32),
        "e": rng.normal(size=100000).astype(np.float32),
        "m": rng.normal(size=(150, 150)).astype(np.float32),
        "n": rng.normal(size=(150, 150)).astype(np.float32),
        "k": np.float32(2000),
        "z": np.float32(0),
        "l": np.float32(8e6),
        "o": np.float32(1),
    }
    used = {i for n in nodes for i in n.input}
    given = {k: v for k, v in constants.items() if k in used}
    data = models.model([*nodes, node("Add", "x d", "y")], (1,), given)
    start = time.process_time()
    with pytest.raises(Malformed, match=r"the network has more than|65536 bits"):
        read_onnx(data)
    assert time.process_time() - start < 20, label
