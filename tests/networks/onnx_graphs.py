"""Random ONNX graphs over every operator that certify reads, with unusual attributes.

A graph grows node by node. onnxruntime runs each new node on a sample; what it refuses is
left out, so that its shapes and types are always known. For each value a bound and a number
of fractional bits are kept: while they fit the float type, no runtime rounds, and
``Drawn.rounds`` is false. Two graphs of one seed are the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

MAX_ELEMENTS = 200
PRODUCTS = (
    *("BatchNormalization", "Conv", "ConvTranspose", "Einsum", "Gemm", "HardSigmoid"),
    *("LeakyRelu", "MatMul", "Mul", "PRelu"),
)
SUMS = (
    *("Add", "AveragePool", "CumSum", "GlobalAveragePool", "GlobalLpPool", "LpPool", "Mean"),
    *("ReduceL1", "ReduceMean", "ReduceSum", "Resize", "Shrink", "Sub", "Sum", "Upsample"),
)


_errors = onnxruntime.capi.onnxruntime_pybind11_state
REFUSALS = (
    *(_errors.Fail, _errors.InvalidArgument, _errors.InvalidGraph, _errors.NotImplemented),
    *(_errors.RuntimeException, _errors.InvalidProtobuf, RuntimeError),
)


class Dropped(Exception):
    """This node cannot be, here."""


def session(data: bytes) -> Any:
    """onnxruntime without the optimisations that round differently."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def fraction_bits(array: Any) -> int:
    """The least f such that every entry is a multiple of 2^−f; 99 where there is none."""
    values = np.asarray(array, dtype=np.float64)
    if not np.isfinite(values).all():
        return 99
    return next((f for f in range(40) if (np.ldexp(values, f) % 1 == 0).all()), 99)


@dataclass
class Known:
    """A value: at the sample, and what is known of its size."""

    sample: Any
    computed: bool
    bound: float
    bits: int


@dataclass
class Drawn:
    """A graph as it grows; ``pick`` and its like draw what exists or make constants."""

    rng: np.random.Generator
    opset: int
    dtype: Any
    nodes: list[Any] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Known] = field(default_factory=dict)
    rounds: bool = False
    shape: tuple[int, ...] = ()

    # ------------------------------------------------------------------- draws

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def whole(self, low: int, high: int) -> int:
        """An integer, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def one(self, options: Any) -> Any:
        return options[int(self.rng.integers(len(options)))]

    def pick(self, least: int = 0, most: int = 9, *, kind: str = "f", computed: bool = True) -> str:
        """A value of a rank in the range; the youngest is drawn most often."""
        found = [
            name
            for name, known in self.values.items()
            if least <= known.sample.ndim <= most
            and known.sample.dtype.kind in kind
            and (known.computed or not computed)
        ]
        if not found:
            raise Dropped
        return found[-1] if self.chance(0.6) else str(self.one(found))

    def constant(self, array: Any, *, name: str = "c") -> str:
        """A constant: an initialiser, or the output of a node."""
        array = np.asarray(array)
        made = f"{name}{len(self.values)}"
        self.values[made] = Known(array, False, _largest(array), fraction_bits(array))
        if self.chance(0.2):
            tensor = numpy_helper.from_array(array)
            self.nodes.append(helper.make_node("Constant", [], [made], value=tensor))
        else:
            self.constants[made] = array
        return made

    def weights(self, *shape: int, low: int = -4, high: int = 4) -> str:
        """Small multiples of 1/2."""
        return self.constant((self.rng.integers(low, high + 1, size=shape) / 2).astype(self.dtype))

    def integers(self, *values: int, either: bool = True) -> str:
        """A vector of integers."""
        kind = np.int32 if either and self.chance(0.1) else np.int64
        return self.constant(np.array(values, dtype=kind))

    def like(self, name: str) -> str:
        """Weights that broadcast with a value, or a computed value that may."""
        if self.chance(0.2):
            return self.pick()
        shape = [d if self.chance(0.7) else 1 for d in self.of(name).shape]
        cut = self.whole(0, len(shape)) if self.chance(0.4) else 0
        more = (self.whole(1, 2),) if self.chance(0.1) else ()
        return self.weights(*more, *shape[cut:])

    def of(self, name: str) -> Any:
        return self.values[name].sample

    def axis(self, rank: int) -> int:
        """An axis, counted from either end."""
        return self.whole(-rank, rank - 1) if rank else 0

    # ------------------------------------------------------------------- nodes

    def add(self, operator: str, inputs: list[str], outputs: int = 1, **attributes: Any) -> str:
        """One node, run by onnxruntime at the sample; the name of its first output."""
        while inputs and not inputs[-1] and self.chance(0.8):
            inputs = inputs[:-1]
        names = [f"v{len(self.values)}_{i}" for i in range(outputs)]
        given = {k: v for k, v in attributes.items() if v is not None}
        node = helper.make_node(operator, inputs, names, f"n{len(self.nodes)}", **given)
        for name, sample in zip(names, self._run(node), strict=True):
            if sample.size == 0 or sample.size > MAX_ELEMENTS or sample.ndim > 6:
                raise Dropped
            self.values[name] = self._known(operator, inputs, given, sample)
        self.nodes.append(node)
        return names[0]

    def _run(self, node: Any) -> list[Any]:
        fed = [i for i in dict.fromkeys(node.input) if i and self.values[i].computed]
        kept = {i: self.of(i) for i in node.input if i and i not in fed}
        data = self.model([node], fed, list(node.output), kept).SerializeToString()
        try:
            return list(session(data).run(None, {i: self.of(i) for i in fed}))
        except REFUSALS:
            raise Dropped from None

    def _known(self, operator: str, inputs: list[str], attributes: Any, sample: Any) -> Known:
        known = [self.values[i] for i in inputs if i]
        computed = any(k.computed for k in known) and operator not in ("Shape", "Size")
        bound = max([_largest(sample), *(k.bound for k in known)])
        bits = max([fraction_bits(sample), *(k.bits for k in known if k.sample.dtype.kind == "f")])
        if not computed:
            return Known(sample, False, _largest(sample), fraction_bits(sample))
        size = max(k.sample.size for k in known)
        reals = [k for k in known if k.sample.dtype.kind == "f"]
        if operator in PRODUCTS or operator in SUMS:
            bound *= 2 * size
        if operator in PRODUCTS:
            bound *= math.prod(max(k.bound, 1) for k in reals)
            bits = sum(k.bits for k in reals) + 4
        if operator in SUMS:
            bits += 6
        limit = 23 if self.dtype == np.float32 else 52
        self.rounds |= math.log2(max(bound, 1)) + bits > limit
        return Known(sample, True, bound, bits)

    def model(self, nodes: list[Any], fed: list[str], made: list[str], constants: Any) -> Any:
        """A model of some of the nodes."""
        kind = helper.np_dtype_to_tensor_dtype
        graph = helper.make_graph(
            nodes,
            "random",
            [
                helper.make_tensor_value_info(i, kind(self.of(i).dtype), self.of(i).shape)
                for i in fed
            ],
            [helper.make_empty_tensor_value_info(o) for o in made],
            [numpy_helper.from_array(v, k) for k, v in constants.items()],
        )
        opsets = [helper.make_opsetid("", self.opset)]
        return helper.make_model(graph, ir_version=8, opset_imports=opsets)

    def whole_model(self) -> Any:
        """The whole graph, from x to the last computed float value."""
        last = [n for n, k in self.values.items() if k.computed and k.sample.dtype == self.dtype][
            -1
        ]
        nodes = [*self.nodes, helper.make_node("Identity", [last], ["y"], "last")]
        model = self.model(nodes, ["x"], ["y"], self.constants)
        model.graph.output[0].type.tensor_type.elem_type = helper.np_dtype_to_tensor_dtype(
            np.dtype(self.dtype)
        )
        return model


def _largest(array: Any) -> float:
    return float(np.max(np.abs(np.asarray(array, dtype=np.float64)), initial=0))


def graph(seed: Any) -> Drawn:
    """The random graph of a seed."""
    rng = np.random.default_rng(seed)
    dtype = np.float32 if rng.random() < 0.7 else np.float64
    d = Drawn(rng, int(rng.integers(7, 24)), dtype)
    rank = d.one((1, 2, 2, 3, 3, 4, 4, 4, 5))
    d.shape = tuple(d.whole(1, 5 if rank < 3 else 4) for _ in range(rank))
    while math.prod(d.shape) > 64:
        d.shape = tuple(max(1, size - 1) for size in d.shape)
    sample = (rng.integers(-8, 9, size=d.shape) / 2).astype(dtype)
    d.values["x"] = Known(sample, True, 8, 1)
    d.nodes, wanted = [], d.whole(1, 5)
    if d.chance(0.3):
        d.constant(rng.integers(-9, 10, size=3), name="unused")
    for _ in range(4 * wanted):
        try:
            STEPS[str(d.one(NAMES))](d)
        except Dropped:
            continue
        if len(d.nodes) >= wanted:
            break
    return d


Step = Callable[[Drawn], Any]
STEPS: dict[str, Step] = {}


def step(*names: str) -> Callable[[Callable[[Drawn, str], Any]], Any]:
    """Register one maker for operators of these names."""

    def register(make: Callable[[Drawn, str], Any]) -> Any:
        for name in names:
            STEPS[name] = lambda d, name=name: make(d, name)  # type: ignore[misc]
        return make

    return register


# ---------------------------------------------------------------- elementwise


@step("Abs", "Neg", "Relu", "Identity")
def unary(d: Drawn, op: str) -> None:
    d.add(op, [d.pick()])


@step("HardSigmoid", "LeakyRelu", "ThresholdedRelu", "Shrink")
def sloped(d: Drawn, op: str) -> None:
    keys = {
        "HardSigmoid": ("alpha", "beta"),
        "LeakyRelu": ("alpha",),
        "ThresholdedRelu": ("alpha",),
        "Shrink": ("lambd", "bias"),
    }[op]
    given = {key: d.one((0.0, 0.25, 0.5, 1.0, 2.0, -0.5)) for key in keys if d.chance(0.9)}
    if op == "Shrink" and d.chance(0.7):
        given["bias"] = given.get("lambd", 0.5)
    if op == "ThresholdedRelu" and d.chance(0.7):
        given["alpha"] = 0.0
    if "alpha" not in given and op in ("HardSigmoid", "LeakyRelu"):
        d.rounds = True
    d.add(op, [d.pick()], **given)


@step("Clip")
def clip(d: Drawn, op: str) -> None:
    low, high = sorted(d.whole(-6, 6) / 2 for _ in range(2))
    if d.chance(0.1):
        low, high = high, low
    if d.opset < 11:
        d.add(op, [d.pick()], **{k: v for k, v in (("min", low), ("max", high)) if d.chance(0.7)})
        return
    bounds = [d.constant(np.array(v, dtype=d.dtype)) if d.chance(0.7) else "" for v in (low, high)]
    d.add(op, [d.pick(computed=d.chance(0.9)), *bounds])


@step("PRelu")
def prelu(d: Drawn, op: str) -> None:
    x = d.pick()
    shape = [n if d.chance(0.5) else 1 for n in d.of(x).shape]
    d.add(op, [x, d.weights(*shape[d.whole(0, len(shape)) :])])


@step("Cast")
def cast(d: Drawn, op: str) -> None:
    to = d.one((1, 1, 11, 11, 10, 16, 6, 7, 9))
    x = d.pick(kind="fiub", computed=d.chance(0.5))
    made = d.add(op, [x], to=to)
    if d.of(made).dtype != d.dtype and d.of(made).dtype.kind == "f":
        d.add(op, [made], to=1 if d.dtype == np.float32 else 11)


@step("Dropout")
def dropout(d: Drawn, op: str) -> None:
    x, many = d.pick(), d.whole(1, 2)
    if d.opset < 12:
        d.add(op, [x], many, ratio=0.25 if d.chance(0.5) else None)
        return
    ratio = d.constant(np.array(0.25, np.float32)) if d.chance(0.5) else ""
    training = d.constant(np.array(False)) if d.chance(0.5) else ""
    d.add(op, [x, ratio, training], many)


@step("Add", "Sub", "Mul", "Div")
def binary(d: Drawn, op: str) -> None:
    x = d.pick()
    y = d.like(x)
    if op == "Div":
        shape = d.of(x).shape[d.whole(0, d.of(x).ndim) :]
        divisors = d.rng.choice([0.5, 1, 2, -1, -2], size=shape)
        y = d.constant(np.asarray(divisors, dtype=d.dtype))
        d.values[x].bits += 1
    pair = [x, y] if op == "Div" or d.chance(0.6) else [y, x]
    d.add(op, pair)


@step("Max", "Min", "Sum", "Mean")
def variadic(d: Drawn, op: str) -> None:
    x = d.pick()
    inputs = [x, *(d.like(x) for _ in range(d.one((0, 1, 1, 2, 3))))]
    d.rng.shuffle(inputs)
    if op == "Mean" and len(inputs) == 3:
        d.rounds = True
    d.add(op, inputs)


@step("BatchNormalization")
def batch_normalization(d: Drawn, op: str) -> None:
    x = d.pick(2)
    channels = d.of(x).shape[1]
    variance = d.constant((4.0 ** d.rng.integers(-1, 2, size=channels) - 0.125).astype(d.dtype))
    rest = [d.weights(channels) for _ in range(3)]
    d.add(op, [x, *rest, variance], epsilon=0.125)


@step("Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Where", "Not", "Equal", "And")
def chosen(d: Drawn, op: str) -> None:
    """where(x > c, f, g), where f and g meet at x = c more often than not."""
    compare = op if op[0] in "GLE" else d.one(("Greater", "Less", "GreaterOrEqual", "LessOrEqual"))
    x = d.pick()
    c = d.constant(np.array(d.whole(-4, 4) / 2, d.dtype)) if d.chance(0.7) else d.like(x)
    pair = [x, c] if d.chance(0.7) else [c, x]
    condition = d.add(compare, pair)
    if op == "Not" or d.chance(0.1):
        condition = d.add("Not", [condition])
    if op == "And" and d.chance(0.2):
        condition = d.add("And", [condition, condition])
    gap = d.add("Sub", [x, c])
    if d.chance(0.2):
        factor = d.add("Cast", [condition], to=1 if d.dtype == np.float32 else 11)
        d.add("Mul", [factor, d.one((gap, gap, x))])
        return
    other = d.pick() if d.chance(0.3) else x
    bent = d.add(d.one(("Relu", "Abs", "Neg", "Identity")), [gap])
    shifted = d.add("Add", [other, bent])
    branches = [other, shifted]
    if d.chance(0.3):
        branches = [x, c]
    elif d.chance(0.2):
        branches = [d.pick(), d.like(x)]
    d.rng.shuffle(branches)
    d.add("Where", [condition, *branches])


@step("Where by constants")
def chosen_by_constants(d: Drawn, op: str) -> None:
    x = d.pick()
    shape = [n if d.chance(0.7) else 1 for n in d.of(x).shape]
    condition = d.constant(d.rng.integers(0, 2, size=shape).astype(bool))
    branches = [x, d.like(x)]
    d.rng.shuffle(branches)
    d.add("Where", [condition, *branches])


# ------------------------------------------------------------------- products


@step("MatMul")
def matmul(d: Drawn, op: str) -> None:
    x = d.pick(1)
    shape = d.of(x).shape
    batch = tuple(n if d.chance(0.5) else 1 for n in shape[:-2]) if d.chance(0.3) else ()
    if d.chance(0.5):
        more = () if d.chance(0.2) and not batch else (d.whole(1, 4),)
        d.add(op, [x, d.weights(*batch, shape[-1], *more)])
    else:
        inner = shape[-2] if len(shape) > 1 else shape[0]
        more = () if d.chance(0.2) and not batch else (d.whole(1, 4),)
        d.add(op, [d.weights(*batch, *more, inner), x])


@step("Gemm")
def gemm(d: Drawn, op: str) -> None:
    x = d.pick(2, 2)
    a, b = d.whole(0, 1), d.whole(0, 1)
    rows, columns = d.of(x).shape
    n = d.whole(1, 4)
    if d.chance(0.6):
        rows, inner = (columns, rows) if a else (rows, columns)
        pair, shape = [x, d.weights(*((n, inner) if b else (inner, n)))], (rows, n)
    else:
        inner, columns = (columns, rows) if b else (rows, columns)
        pair, shape = [d.weights(*((inner, n) if a else (n, inner))), x], (n, columns)
    c = d.one(("", "constant", "constant", "computed"))
    if c == "constant":
        cut = d.whole(0, 2)
        c = d.weights(*(s if d.chance(0.7) else 1 for s in shape[cut:]))
    elif c:
        c = d.pick(0, 2)
    if d.opset < 11 and not c:
        c = d.weights(1)
    given = {k: d.one((0.5, -2.0, 0.0, 1.0)) for k in ("alpha", "beta") if d.chance(0.5)}
    given |= {k: v for k, v in (("transA", a), ("transB", b)) if v or d.chance(0.5)}
    d.add(op, [*pair, c], **given)


def window(d: Drawn, sizes: tuple[int, ...], most: int = 3) -> dict[str, Any]:
    """Attributes of a window over these sizes."""
    rank = len(sizes)
    kernel = [d.whole(1, min(most, n + 1)) for n in sizes]
    given: dict[str, Any] = {"kernel_shape": kernel}
    if d.chance(0.5):
        given["strides"] = [d.whole(1, 3) for _ in range(rank)]
    if d.chance(0.3):
        given["dilations"] = [d.whole(1, 2) for _ in range(rank)]
    choice = d.rng.random()
    if choice < 0.5:
        given["pads"] = [d.whole(0, max(kernel) - 1) for _ in range(2 * rank)]
    elif choice < 0.8:
        given["auto_pad"] = d.one(("SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET"))
    return given


@step("Conv", "ConvTranspose")
def convolution(d: Drawn, op: str) -> None:
    x = d.pick(3, 5)
    _, channels, *sizes = d.of(x).shape
    groups = d.one([g for g in (1, 1, 2, 3, channels) if channels % g == 0])
    given = window(d, tuple(sizes))
    kernel = given["kernel_shape"]
    each = d.whole(1, 2)
    if op == "Conv":
        w, made = d.weights(each * groups, channels // groups, *kernel), each * groups
    else:
        w, made = d.weights(channels, each, *kernel), each * groups
        strides = given.get("strides", [1] * len(sizes))
        if d.chance(0.3):
            given["output_padding"] = [d.whole(0, s - (s > 1)) for s in strides]
        if d.chance(0.3):
            given["output_shape"] = [
                max(1, s * n + d.whole(-1, 2)) for s, n in zip(strides, sizes, strict=True)
            ]
    if d.chance(0.3):
        del given["kernel_shape"]
    bias = d.weights(made) if d.chance(0.5) else ""
    d.add(op, [x, w, bias], group=groups if groups > 1 or d.chance(0.3) else None, **given)


@step("AveragePool", "MaxPool", "LpPool")
def pool(d: Drawn, op: str) -> None:
    x = d.pick(3, 5)
    given = window(d, d.of(x).shape[2:])
    if d.chance(0.3):
        given["ceil_mode"] = 1
    if op == "LpPool":
        given["p"] = 1 if d.chance(0.9) else 2
    if op == "AveragePool":
        given["count_include_pad"] = d.whole(0, 1)
        d.rounds = True
    many = 2 if op == "MaxPool" and d.chance(0.2) else 1
    if many == 2:
        given["storage_order"] = d.whole(0, 1)
    d.add(op, [x], many, **given)


@step("Einsum")
def einsum(d: Drawn, op: str) -> None:
    x = d.pick(1, 4)
    rank = d.of(x).ndim
    letters = "".join(d.rng.permutation(list("abcdABCD"))[:rank])
    sizes = dict(zip(letters, d.of(x).shape, strict=True)) | {"z": d.whole(1, 3)}
    terms, inputs = [letters], [x]
    for _ in range(d.one((0, 1, 1, 1, 2))):
        some = "".join(c for c in letters + "z" if d.chance(0.5))
        some = "".join(d.rng.permutation(list(some)))
        terms.append(some)
        inputs.append(d.weights(*(sizes[c] for c in some)))
    if d.chance(0.3):
        terms, inputs = terms[::-1], inputs[::-1]
    known = sorted({c for t in terms for c in t})
    result = "".join(d.rng.permutation([c for c in known if d.chance(0.6)]))
    equation = ",".join(terms)
    if rank > 1 and d.chance(0.3):  # the first label of x as dots, wherever it stands
        first = letters[0]
        if sum(first in t for t in terms) == 1:
            equation, result = equation.replace(first, "..."), result.replace(first, "")
            result = "..." + result
    d.add(op, inputs, equation=equation + ("->" + result if d.chance(0.8) else ""))


# ----------------------------------------------------------------- reductions


@step("ReduceL1", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum")
def reduction(d: Drawn, op: str) -> None:
    x = d.pick(1)
    rank = d.of(x).ndim
    axes = [int(a) for a in d.rng.permutation(rank)[: d.whole(0, rank)]]
    axes = [a - rank if d.chance(0.4) and d.opset >= 11 else a for a in axes]
    keep = d.one((None, 0, 1))
    if op == "ReduceMean":
        d.rounds = True
    if d.opset >= (13 if op == "ReduceSum" else 18):
        given = d.integers(*axes, either=False) if axes or d.chance(0.3) else ""
        noop = d.one((None, None, 0, 1))
        d.add(op, [x, given], keepdims=keep, noop_with_empty_axes=noop)
    else:
        d.add(op, [x], keepdims=keep, axes=axes or None)


@step("GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool")
def global_pool(d: Drawn, op: str) -> None:
    d.rounds |= op == "GlobalAveragePool"
    d.add(op, [d.pick(3, 5)], **({"p": 1} if op == "GlobalLpPool" else {}))


@step("CumSum")
def cumulative(d: Drawn, op: str) -> None:
    x = d.pick(1)
    axis = d.constant(np.array(d.axis(d.of(x).ndim), d.one((np.int64, np.int32))))
    d.add(op, [x, axis], reverse=d.one((None, 0, 1)), exclusive=d.one((None, 0, 1)))


# ------------------------------------------------------------- data movement


@step("Reshape")
def reshape(d: Drawn, op: str) -> None:
    x = d.pick()
    shape = list(d.of(x).shape)
    size = math.prod(shape)
    wanted = [shape[0] if shape else 1, -1]
    if d.chance(0.6):
        first = d.one([n for n in range(1, size + 1) if size % n == 0])
        rest = size // first
        second = d.one([n for n in range(1, rest + 1) if rest % n == 0])
        wanted = [first, second, rest // second]
        if d.chance(0.5):
            wanted[d.whole(0, 2)] = -1
        if d.chance(0.3):
            wanted = [*wanted, 1]
    elif d.chance(0.5) and shape:
        wanted = [0, *([1] * d.whole(0, 2)), -1]
    allow = d.one((None, None, 0, 1)) if d.opset >= 14 else None
    d.add(op, [x, d.integers(*wanted, either=False)], allowzero=allow)


@step("Flatten")
def flatten(d: Drawn, op: str) -> None:
    x = d.pick(1)
    low = -d.of(x).ndim if d.opset >= 11 else 0
    d.add(op, [x], axis=d.whole(low, d.of(x).ndim) if d.chance(0.8) else None)


@step("Squeeze", "Unsqueeze")
def squeeze(d: Drawn, op: str) -> None:
    x = d.pick(0, 4)
    shape = d.of(x).shape
    if op == "Squeeze":
        axes = [a for a, n in enumerate(shape) if n == 1 and d.chance(0.7)]
        axes = [a - len(shape) if d.chance(0.4) and d.opset >= 11 else a for a in axes]
        if not axes and d.chance(0.7):
            raise Dropped
    else:
        many = d.whole(1, 2)
        rank = len(shape) + many
        axes = [int(a) for a in d.rng.permutation(rank)[:many]]
        axes = [a - rank if d.chance(0.4) and d.opset >= 11 else a for a in axes]
    if d.opset >= 13:
        d.add(op, [x, d.integers(*axes, either=False) if axes else ""])
    else:
        d.add(op, [x], axes=axes or None)


@step("Transpose")
def transpose(d: Drawn, op: str) -> None:
    x = d.pick()
    order = [int(a) for a in d.rng.permutation(d.of(x).ndim)]
    d.add(op, [x], perm=order if d.chance(0.8) and order else None)


@step("Concat")
def concat(d: Drawn, op: str) -> None:
    x = d.pick(1)
    shape = list(d.of(x).shape)
    axis = d.whole(-len(shape) if d.opset >= 11 else 0, len(shape) - 1)
    parts = [x]
    for _ in range(d.whole(0, 2)):
        more = [*shape]
        more[axis] = d.whole(1, 3)
        parts.append(x if d.chance(0.2) else d.weights(*more))
    d.rng.shuffle(parts)
    d.add(op, parts, axis=axis)


@step("Split")
def split(d: Drawn, op: str) -> None:
    x = d.pick(1)
    axis = d.axis(d.of(x).ndim) if d.opset >= 11 else d.whole(0, d.of(x).ndim - 1)
    size = d.of(x).shape[axis]
    many = d.whole(1, min(3, size))
    given: dict[str, Any] = {"axis": axis if axis or d.chance(0.5) else None}
    inputs = [x]
    ends = sorted(int(e) for e in d.rng.permutation(size - 1)[: many - 1] + 1) if size > 1 else []
    parts = [b - a for a, b in zip([0, *ends], [*ends, size], strict=True)]
    if d.chance(0.5):
        if d.opset >= 13:
            inputs.append(d.integers(*parts, either=False))
        else:
            given["split"] = parts
    elif d.opset >= 18:
        given["num_outputs"] = many
    d.add(op, inputs, many, **given)


@step("Slice")
def slice_(d: Drawn, op: str) -> None:
    x = d.pick(1)
    rank = d.of(x).ndim
    axes = [int(a) for a in d.rng.permutation(rank)[: d.whole(1, rank)]]
    starts = [d.whole(-6, 6) if d.chance(0.4) else 0 for _ in axes]
    ends = [d.whole(-6, 6) if d.chance(0.4) else 1 << 40 for _ in axes]
    if d.opset < 10:
        d.add(op, [x], starts=starts, ends=ends, axes=axes if d.chance(0.8) else None)
        return
    steps = [d.one((1, 1, 2, -1, -2)) for _ in axes]
    starts = [-1 if s < 0 and d.chance(0.7) else a for a, s in zip(starts, steps, strict=True)]
    ends = [-(1 << 40) if s < 0 and d.chance(0.7) else e for e, s in zip(ends, steps, strict=True)]
    axes = [a - rank if d.chance(0.3) else a for a in axes]
    lists = [starts, ends, axes if d.chance(0.8) else None, steps if d.chance(0.8) else None]
    d.add(op, [x, *("" if v is None else d.integers(*v, either=False) for v in lists)])


@step("Gather")
def gather(d: Drawn, op: str) -> None:
    x = d.pick(1)
    axis = d.axis(d.of(x).ndim) if d.chance(0.8) else 0
    size = d.of(x).shape[axis]
    shape = [d.whole(1, 3) for _ in range(d.whole(0, 2))]
    low = -size if d.opset >= 11 else 0
    indices = d.constant(d.rng.integers(low, size, size=shape).astype(d.one(("int64", "int32"))))
    d.add(op, [x, indices], axis=axis if axis or d.chance(0.5) else None)


@step("GatherElements")
def gather_elements(d: Drawn, op: str) -> None:
    x = d.pick(1)
    axis = d.axis(d.of(x).ndim)
    shape = [d.whole(1, n) for n in d.of(x).shape]
    shape[axis] = d.whole(1, 4)
    size = d.of(x).shape[axis]
    d.add(op, [x, d.constant(d.rng.integers(-size, size, size=shape))], axis=axis)


@step("GatherND")
def gather_nd(d: Drawn, op: str) -> None:
    x = d.pick(1)
    sizes = d.of(x).shape
    batch = d.whole(0, len(sizes) - 1) if d.opset >= 12 and d.chance(0.5) else 0
    depth = d.whole(1, len(sizes) - batch)
    shape = [*sizes[:batch], *(d.whole(1, 3) for _ in range(d.whole(0, 2)))]
    parts = [d.rng.integers(-n, n, size=shape) for n in sizes[batch : batch + depth]]
    indices = d.constant(np.stack(parts, -1))
    d.add(
        op, [x, indices], batch_dims=batch if batch or (d.opset >= 12 and d.chance(0.3)) else None
    )


@step("ScatterElements", "ScatterND")
def scatter(d: Drawn, op: str) -> None:
    x = d.pick(1)
    sizes = d.of(x).shape
    reduction = d.one((None, None, None, "none", "add")) if d.opset >= 16 else None
    if op == "ScatterElements":
        axis = d.axis(len(sizes))
        shape = [d.whole(1, n) for n in sizes]
        indices = np.argsort(
            d.rng.random([*shape[:axis], sizes[axis], *shape[axis:][1:]]), axis=axis
        )
        indices = np.take(indices, range(shape[axis]), axis)
        indices = np.where(d.rng.random(indices.shape) < 0.3, indices - sizes[axis], indices)
        y = d.weights(*indices.shape)
        d.add(op, [x, d.constant(indices), y], axis=axis, reduction=reduction)
        return
    depth = d.whole(1, len(sizes))
    places = np.stack(
        np.unravel_index(d.rng.permutation(math.prod(sizes[:depth]))[:3], sizes[:depth]), -1
    )
    y = d.weights(len(places), *sizes[depth:])
    pair = [x, y]
    if sizes == d.of(y).shape and d.chance(0.3):
        pair = pair[::-1]
    d.add(op, [pair[0], d.constant(places), pair[1]], reduction=reduction)


@step("Pad")
def pad(d: Drawn, op: str) -> None:
    x = d.pick(1)
    rank = d.of(x).ndim
    mode = d.one((None, "constant", "reflect", "edge"))
    pads = [d.whole(0, 2) if d.chance(0.4) else 0 for _ in range(2 * rank)]
    if d.chance(0.2):
        pads[d.whole(0, 2 * rank - 1)] = d.whole(-2, -1)
    if d.opset < 11:
        d.add(op, [x], mode=mode, pads=pads, value=d.one((None, 1.5)))
        return
    fill = d.constant(np.array(d.whole(-3, 3) / 2, d.dtype)) if d.chance(0.5) else ""
    axes = ""
    if d.opset >= 18 and d.chance(0.4):
        chosen = [int(a) for a in d.rng.permutation(rank)[: d.whole(1, rank)]]
        pads = [pads[a] for a in chosen] + [pads[rank + a] for a in chosen]
        axes = d.integers(*(a - rank if d.chance(0.4) else a for a in chosen))
    d.add(op, [x, d.integers(*pads, either=False), fill, axes], mode=mode)


@step("Expand")
def expand(d: Drawn, op: str) -> None:
    x = d.pick()
    shape = [
        n if n > 1 and d.chance(0.7) else (1 if n > 1 else d.whole(1, 3)) for n in d.of(x).shape
    ]
    more = [d.whole(1, 2)] if d.chance(0.3) else []
    cut = d.whole(0, len(shape)) if not more and d.chance(0.3) else 0
    wanted = [*more, *shape[cut:]]
    if not wanted:
        raise Dropped
    d.add(op, [x, d.integers(*wanted, either=False)])


@step("Tile")
def tile(d: Drawn, op: str) -> None:
    x = d.pick(1)
    d.add(op, [x, d.integers(*(d.whole(1, 2) for _ in d.of(x).shape), either=False)])


@step("Trilu")
def trilu(d: Drawn, op: str) -> None:
    k = d.constant(np.array(d.whole(-3, 3))) if d.chance(0.7) else ""
    d.add(op, [d.pick(2), k], upper=d.one((None, 0, 1)))


@step("DepthToSpace", "SpaceToDepth")
def blocks(d: Drawn, op: str) -> None:
    x = d.pick(4, 4)
    mode = d.one((None, "DCR", "CRD")) if op == "DepthToSpace" and d.opset >= 11 else None
    d.add(op, [x], blocksize=d.one((1, 2, 2)), mode=mode)


@step("Resize")
def resize(d: Drawn, op: str) -> None:
    x = d.pick(1, 4)
    shape = d.of(x).shape
    mode = d.one(("nearest", "nearest", "linear"))
    if mode == "linear":
        d.rounds = True
    outer = 0 if mode == "nearest" and d.chance(0.4) else min(2, len(shape) - 1)
    factors = [
        1.0 if a < outer else d.one((1.0, 2.0, 3.0, 0.5, 1.5, 0.75, 1.2)) for a in range(len(shape))
    ]
    sizes = [max(1, round(n * f)) for n, f in zip(shape, factors, strict=True)]
    given: dict[str, Any] = {"mode": mode if mode != "nearest" or d.chance(0.7) else None}
    scales = d.constant(np.array(factors, np.float32))
    if d.opset < 11:
        d.add(op, [x, scales], **given)
        return
    coordinates = ("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric")
    coordinates += ("tf_half_pixel_for_nn",) if d.opset < 13 else ()
    coordinates += ("half_pixel_symmetric",) if d.opset >= 19 else ()
    given["coordinate_transformation_mode"] = d.one((None, *coordinates))
    if mode == "nearest":
        roundings = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")
        given["nearest_mode"] = d.one((None, *roundings))
    empty = d.constant(np.zeros(0, np.float32))
    roi = empty if d.opset < 13 or d.chance(0.3) else ""
    if d.chance(0.5):
        d.add(op, [x, roi, scales], **given)
    else:
        none = empty if d.opset < 13 or d.chance(0.3) else ""
        d.add(op, [x, roi, none, d.integers(*sizes, either=False)], **given)


@step("Upsample")
def upsample(d: Drawn, op: str) -> None:
    x = d.pick(1, 4)
    mode = d.one(("nearest", "nearest", "linear"))
    outer = 0 if mode == "nearest" and d.chance(0.4) else min(2, d.of(x).ndim - 1)
    factors = [1.0 if a < outer else d.one((1.0, 2.0, 3.0, 1.5)) for a in range(d.of(x).ndim)]
    d.rounds |= mode == "linear"
    if d.opset < 9:
        d.add(op, [x], mode=mode, scales=factors)
    elif d.opset < 10:
        d.add(op, [x, d.constant(np.array(factors, np.float32))], mode=mode)
    else:
        raise Dropped


# ------------------------------------------------------------------ constants


def number(d: Drawn, kind: Any, shape: tuple[int, ...]) -> str:
    """A constant of a type, sometimes near the ends of its range."""
    if np.dtype(kind).kind == "f":
        return d.constant((d.rng.integers(-8, 9, size=shape) / 2).astype(kind))
    low, high = (0, 9) if np.dtype(kind).kind == "u" else (-9, 9)
    drawn = d.rng.integers(low, high + 1, size=shape)
    if d.chance(0.2):
        drawn = d.rng.integers(0, np.iinfo(kind).max, size=shape)
    return d.constant(drawn.astype(kind))


@step("ConstantOfShape", "Shape", "Size")
def shapes(d: Drawn, op: str) -> None:
    x = d.pick()
    if op == "Size":
        d.add(op, [x])
        return
    ends = d.opset >= 15
    made = d.add(
        "Shape",
        [x],
        start=d.one((None, 0, 1, -1)) if ends else None,
        end=d.one((None, -1, 2)) if ends else None,
    )
    if op == "ConstantOfShape":
        kind = d.one((d.dtype, np.int64, np.int32))
        value = numpy_helper.from_array(np.array([2.5]).astype(kind)) if d.chance(0.7) else None
        d.add(op, [made], value=value)


FOLDING = (
    *("Abs", "Add", "Cast", "Clip", "Concat", "Div", "Equal", "Gather", "Greater", "Max"),
    *("MatMul", "Min", "Mod", "Mul", "Neg", "Pow", "Range", "Reciprocal", "ReduceMax"),
    *(
        "ReduceL1",
        "ReduceMean",
        "ReduceMin",
        "ReduceSum",
        "Relu",
        "Reshape",
        "Slice",
        "Sqrt",
        "Sub",
        "Where",
    ),
    *(
        "Floor",
        "Ceil",
        "Round",
        "Sign",
        "Not",
        "And",
        "Or",
        "Xor",
        "CastLike",
        "CumSum",
        "Tile",
        "Expand",
        "Pad",
        "Trilu",
    ),
)


@step(*(f"{op} of constants" for op in FOLDING))
def folding(d: Drawn, op: str) -> None:
    op = op.split()[0]
    kind = d.one((d.dtype, np.int64, np.int32, np.int64, np.int32, np.uint8, np.int8))
    shape = tuple(d.whole(1, 3) for _ in range(d.whole(0, 2)))
    a = number(d, kind, shape)
    if d.chance(0.3):  # an older constant
        a = d.pick(kind="fiu", computed=False)
    kind, shape = d.of(a).dtype, d.of(a).shape
    inputs, given = [a], {}
    if op in ("Add", "Sub", "Mul", "Div", "Mod", "Equal", "Greater", "Max", "Min", "Pow"):
        inputs.append(number(d, kind, shape if d.chance(0.5) else ()))
        if op in ("Div", "Mod"):
            parts = [1, 2, 3] if np.dtype(kind).kind == "u" else [1, 2, -2, 3, -3, -1]
            parts = parts if np.dtype(kind).kind != "f" else [1, 2, -2, 0.5]
            inputs[1] = d.constant(np.asarray(d.rng.choice(parts, size=shape), dtype=kind))
        if op == "Pow":
            inputs[1] = d.constant(np.asarray(d.whole(0, 3), dtype=kind))
        if op == "Mod" and (np.dtype(kind).kind == "f" or d.chance(0.2)):
            given["fmod"] = 1
    elif op in ("Sqrt", "Reciprocal"):
        values = [1, 4, 0.25, 16] if op == "Sqrt" else [1, 2, 0.5, -4]
        inputs = [d.constant(np.asarray(d.rng.choice(values, size=shape), dtype=d.dtype))]
    elif op == "Range":
        inputs = [d.constant(np.array(v, np.int64)) for v in (d.whole(-2, 2), d.whole(0, 5), 1)]
    elif op == "Where":
        condition = d.constant(d.rng.integers(0, 2, size=shape).astype(bool))
        inputs = [condition, a, number(d, kind, shape)]
    elif op in ("Not", "And", "Or", "Xor"):
        inputs = [
            d.constant(d.rng.integers(0, 2, size=shape).astype(bool))
            for _ in range(1 + (op != "Not"))
        ]
    elif op == "CastLike":
        inputs.append(number(d, d.one((d.dtype, np.int64, np.int32, np.uint8)), ()))
    elif op == "Cast":
        given["to"] = d.one((1, 6, 7, 9, 10, 11, 2, 3))
    elif op == "Clip":
        inputs += [number(d, kind, ()), ""]
    elif op == "Concat":
        inputs, given = [a, a], {"axis": 0}
    elif op == "Gather":
        inputs.append(d.integers(0))
    elif op == "MatMul":
        inputs = [number(d, kind, (2, 3)), number(d, kind, (3,))]
    elif op == "Reshape":
        inputs.append(d.integers(-1, either=False))
    elif op == "Slice":
        inputs += [d.integers(0, either=False), d.integers(2, either=False)]
    elif op == "CumSum":
        inputs.append(d.constant(np.array(0)))
    elif op == "Tile":
        inputs.append(d.integers(*([2] * len(shape)), either=False))
    elif op == "Expand":
        inputs.append(d.integers(2, *([1] * len(shape)), either=False))
    elif op == "Pad":
        inputs.append(d.integers(*([1] * 2 * len(shape)), either=False))
    made = d.add(op, inputs, **given)
    if d.chance(0.7):
        use(d, made)


def use(d: Drawn, made: str) -> None:
    """Let the network depend on a constant: cast, and added to or multiplied with a value."""
    if d.of(made).dtype != d.dtype:
        made = d.add("Cast", [made], to=1 if d.dtype == np.float32 else 11)
    d.add(d.one(("Add", "Mul", "Sub")), [d.pick(), made])


@step("DequantizeLinear")
def dequantize(d: Drawn, op: str) -> None:
    kind = d.one((np.int8, np.uint8, np.int32))
    x = number(d, kind, (3, 2))
    scale = d.constant(np.array(0.5, np.float32))
    zero = number(d, kind, ()) if kind != np.int32 and d.chance(0.7) else ""
    made = d.add(op, [x, scale, zero])
    use(d, made)


@step("QuantizeLinear")
def quantize(d: Drawn, op: str) -> None:
    x = number(d, np.float32, (3,))
    zero = number(d, d.one((np.int8, np.uint8)), ()) if d.chance(0.7) else ""
    made = d.add(op, [x, d.constant(np.array(0.5, np.float32)), zero])
    use(d, made)


@step("Constant")
def constant(d: Drawn, op: str) -> None:
    name = f"k{len(d.values)}"
    key, value = d.one((("value_float", 1.5), ("value_ints", [1, 2]), ("value_int", 3)))
    if d.opset < 12:
        raise Dropped
    d.nodes.append(helper.make_node(op, [], [name], **{key: value}))
    kind = np.float32 if "float" in key else np.int64
    d.values[name] = Known(np.array(value, kind), False, 3, 1)
    use(d, name)


OFTEN = (  # they need shapes that are seldom there
    *("AveragePool", "Conv", "ConvTranspose", "DepthToSpace", "Einsum", "Gemm", "LpPool"),
    *("MaxPool", "Resize", "SpaceToDepth", "Upsample"),
)
NAMES = sorted(n for n in STEPS for _ in range(1 if "constants" in n else 9 if n in OFTEN else 3))


def text(model: Any) -> str:
    """A model in the words of onnx, for messages."""
    return str(onnx.printer.to_text(model))
