"""Every operator against onnxruntime: the same rationals where nothing rounds.

Weights are multiples of 1/4 and inputs of 1/2, all small, so that float32 evaluation is
exact in any order; the same graphs are then compared with random real weights, where
only rounding may differ. Means over 2, 4 or 8 numbers do not round either.
"""

# ruff: noqa: E501  (a table reads best with one case on a line)

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper

from certify.networks.onnx.ops import OPERATORS


def w(*shape: int) -> Any:
    """A place for random weights."""
    return ("weights", shape)


def ints(*values: int) -> Any:
    return np.array(values, dtype=np.int64)


def f32(*values: float) -> Any:
    return np.array(values if len(values) > 1 else values[0], dtype=np.float32)


def node(operator: str, inputs: str, outputs: str = "y", **attributes: Any) -> Any:
    """One node; names are separated by blanks, and "-" is an input left out."""
    names = ["" if name == "-" else name for name in inputs.split()]
    return helper.make_node(operator, names, outputs.split(), f"make_{outputs}", **attributes)


@dataclass(frozen=True)
class Case:
    """A graph on an input of ``shape``; ``lowered`` is what its layers come from."""

    label: str
    shape: tuple[int, ...]
    nodes: list[Any]
    constants: dict[str, Any] = field(default_factory=dict)
    lowered: tuple[str, ...] = ("",)
    opset: int = 13
    rounds: bool = False  # even on dyadic numbers

    def filled(self, rng: np.random.Generator, exact: bool) -> dict[str, Any]:
        """The constants, with the places for weights filled."""
        result = {}
        for name, value in self.constants.items():
            if isinstance(value, tuple):
                drawn = rng.integers(-8, 9, size=value[1]) / 4
                value = (drawn if exact else rng.normal(size=value[1])).astype(np.float32)
            result[name] = value
        return result


H = "matmul then "  # a layer h = x·w before the operator, so that it has a mask to set
LAYER = node("MatMul", "x w", "h")
W33 = {"w": w(3, 3)}
TREE = ("MaxPool + skip", "MaxPool + skip", "MaxPool")

CASES = [
    Case("MatMul", (1, 3), [node("MatMul", "x w")], {"w": w(3, 4)}),
    Case("MatMul, constant first", (3, 5), [node("MatMul", "w x")], {"w": w(4, 3)}),
    Case("MatMul of vectors", (3,), [node("MatMul", "x w")], {"w": w(3)}),
    Case("MatMul, vector first", (3,), [node("MatMul", "x w")], {"w": w(3, 4)}),
    Case("MatMul, vector last", (2, 3), [node("MatMul", "x w")], {"w": w(3)}),
    Case("MatMul, constant vector first", (3, 2), [node("MatMul", "w x")], {"w": w(3)}),
    Case("MatMul, x a vector, last", (3,), [node("MatMul", "w x")], {"w": w(2, 3)}),
    Case("MatMul, batches broadcast", (2, 1, 2, 3), [node("MatMul", "x w")], {"w": w(3, 3, 4)}),
    Case("MatMul, batches, constant first", (2, 1, 3, 2), [node("MatMul", "w x")], {"w": w(3, 4, 3)}),
    Case("Gemm", (2, 3), [node("Gemm", "x w")], {"w": w(3, 4)}),
    *(
        Case(
            f"Gemm, transA={a} transB={b}",
            (3, 2) if a else (2, 3),
            [node("Gemm", "x w c", transA=a, transB=b, alpha=0.5, beta=2.0)],
            {"w": w(4, 3) if b else w(3, 4), "c": w(4)},
        )
        for a in (0, 1)
        for b in (0, 1)
    ),
    *(
        Case(
            f"Gemm, constant first, transA={a} transB={b}",
            (4, 3) if b else (3, 4),
            [node("Gemm", "w x c", transA=a, transB=b, alpha=-2.0, beta=0.25)],
            {"w": w(3, 2) if a else w(2, 3), "c": w(2, 1)},
        )
        for a in (0, 1)
        for b in (0, 1)
    ),
    Case("Add", (1, 3), [LAYER, node("Add", "h c")], W33 | {"c": w(3)}),
    Case("Add, constant first, more dimensions", (3,), [node("Add", "c x")], {"c": w(2, 3)}, ("Select",)),
    Case("Add of two", (1, 3), [LAYER, node("Add", "h x")], W33, ("skip", "Add")),
    Case("Add of itself", (1, 3), [LAYER, node("Add", "h h")], W33, ("", "Add")),
    Case("Sub", (1, 3), [LAYER, node("Sub", "h c")], W33 | {"c": w(1, 3)}),
    Case("Sub from a constant", (1, 3), [node("Sub", "c x")], {"c": w(3)}),
    Case("Sub of two, broadcast", (2, 3), [node("MatMul", "x v", "h"), node("Sub", "h x")], {"v": w(3, 1)}, ("skip", "Sub")),
    Case("Mul", (1, 3), [LAYER, node("Mul", "h c")], W33 | {"c": w(3)}, ("", "")),
    Case("Mul, constant first, more dimensions", (2, 1), [node("Mul", "c x")], {"c": w(3)}),
    Case("Div", (1, 3), [node("Div", "x c")], {"c": f32(2, 4, -0.5)}),
    Case("Neg", (1, 3), [node("Neg", "x")]),
    Case("Sum", (1, 3), [node("Sum", "x c x")], {"c": w(3)}, ("Sum",)),
    Case("Sum of one", (1, 3), [LAYER, node("Sum", "h")], W33),
    Case("Relu", (1, 3), [LAYER, node("Relu", "h")], W33),
    Case("Relu of the input", (1, 3), [node("Relu", "x")], lowered=("Relu",)),
    Case("Relu of a shifted input", (1, 3), [node("Add", "x c", "h"), node("Relu", "h")], {"c": w(3)}, ("Relu",)),
    Case("Relu twice", (1, 3), [LAYER, node("Relu", "h", "r"), node("Relu", "r")], W33),
    Case("Relu of a lowered Relu", (1, 3), [LAYER, node("Relu", "h", "r"), node("Add", "r c", "s"), node("Relu", "s")], W33 | {"c": f32(-1, 1, 0)}, ("", "Relu + skip", "")),
    Case("Relu and what it cuts", (1, 3), [LAYER, node("Relu", "h", "r"), node("Sub", "h r")], W33, ("skip", "Sub")),
    Case("PRelu as a mask", (1, 3), [LAYER, node("PRelu", "h s")], W33 | {"s": f32(0, 1, 0)}),
    Case("PRelu as a mask on the input", (1, 3), [node("PRelu", "x s")], {"s": f32(0, 1, 0)}, ("PRelu + skip",)),
    Case("PRelu", (1, 3), [LAYER, node("PRelu", "h s")], W33 | {"s": w(3)}, ("skip", "PRelu")),
    Case("PRelu for each channel", (1, 2, 3), [node("PRelu", "x s")], {"s": w(2, 1)}, ("PRelu + skip", "PRelu")),
    Case("LeakyRelu", (1, 3), [LAYER, node("LeakyRelu", "h", alpha=0.25)], W33, ("skip", "LeakyRelu")),
    Case("LeakyRelu, its default slope", (1, 3), [LAYER, node("LeakyRelu", "h")], W33, ("skip", "LeakyRelu"), rounds=True),
    Case("Abs", (1, 3), [LAYER, node("Abs", "h")], W33, ("skip", "Abs")),
    Case("Abs of the input", (1, 3), [node("Abs", "x")], {}, ("Abs + skip", "Abs")),
    Case("Clip", (1, 3), [LAYER, node("Clip", "h l u")], W33 | {"l": f32(-1), "u": f32(2.5)}, ("skip", "Clip")),
    Case("Clip from below", (1, 3), [LAYER, node("Clip", "h l"), ], W33 | {"l": f32(-1)}, ("", "")),
    Case("Clip from above", (1, 3), [LAYER, node("Clip", "h - u")], W33 | {"u": f32(1)}, ("skip", "Clip")),
    Case("Clip by infinities", (1, 3), [LAYER, node("Clip", "h l u")], W33 | {"l": f32(-np.inf), "u": f32(np.inf)}),
    Case("Clip before opset 11", (1, 3), [LAYER, node("Clip", "h", min=0.0, max=6.0)], W33, ("skip", "Clip"), 10),
    Case("Max with a constant", (1, 3), [LAYER, node("Max", "h c")], W33 | {"c": w(3)}, ("", "")),
    Case("Max of three", (1, 3), [LAYER, node("Max", "x h c")], W33 | {"c": w(3)}, ("skip", "Max + skip", "Max", "")),
    Case("Max of one", (1, 3), [LAYER, node("Max", "h")], W33),
    Case("Max of itself", (1, 3), [LAYER, node("Max", "h h")], W33),
    Case("Min with a constant", (1, 3), [LAYER, node("Min", "c h")], W33 | {"c": w(3)}, ("skip", "Min")),
    Case("Min of three, broadcast", (2, 3), [node("MatMul", "x v", "h"), node("Min", "x h c")], {"v": w(3, 1), "c": w(3)}, ("Min + skip", "Min + skip", "Min")),
    Case("Identity", (1, 3), [LAYER, node("Identity", "h")], W33),
    Case("Identity alone", (1, 3), [node("Identity", "x")], lowered=("Select",)),
    Case("Dropout", (1, 3), [node("Dropout", "x", "h m"), node("MatMul", "h w")], W33),
    Case("Dropout before opset 12", (1, 3), [node("Dropout", "x", "h", ratio=0.25), node("MatMul", "h w")], W33, opset=11),
    Case("Flatten", (2, 3, 2), [node("Flatten", "x", "h", axis=2), node("MatMul", "h w")], {"w": w(2, 2)}),
    Case("Flatten, axis from the end", (2, 3, 2), [node("Flatten", "x", "h", axis=-2), node("MatMul", "h w")], {"w": w(6, 2)}),
    Case("Reshape", (2, 3, 2), [node("Reshape", "x s", "h"), node("MatMul", "h w")], {"s": ints(0, -1), "w": w(6, 2)}),
    Case("Squeeze and Unsqueeze", (1, 3, 1), [node("Squeeze", "x a", "h"), node("Unsqueeze", "h b", "g"), node("MatMul", "g w")], {"a": ints(0), "b": ints(0, -1), "w": w(1, 2)}),
    Case("Squeeze all", (1, 3, 1), [node("Squeeze", "x", "h"), node("MatMul", "h w")], {"w": w(3, 2)}),
    Case("Squeeze and Unsqueeze before opset 13", (1, 3, 1), [node("Squeeze", "x", "h", axes=[2]), node("Unsqueeze", "h", "g", axes=[0]), node("MatMul", "g w")], {"w": w(3, 2)}, opset=11),
    Case("Transpose", (2, 3, 2), [node("Transpose", "x", "h", perm=[2, 0, 1]), node("MatMul", "h w")], {"w": w(3, 2)}),
    Case("Transpose at the end", (2, 3), [node("MatMul", "x w", "h"), node("Transpose", "h")], {"w": w(3, 2)}),
    Case("Concat", (1, 3), [LAYER, node("Concat", "x c h", "g", axis=-1), node("MatMul", "g v")], W33 | {"c": w(1, 2), "v": w(8, 2)}, ("skip", "")),
    Case("Split", (1, 4), [node("Split", "x", "a b", axis=1), node("Concat", "b a", axis=1)], {}, ("Select",)),
    Case("Split by sizes", (1, 5), [node("Split", "x s", "a b", axis=-1), node("MatMul", "b w")], {"s": ints(2, 3)} | W33),
    Case("Split before opset 13", (1, 5), [node("Split", "x", "a b", axis=1, split=[2, 3]), node("MatMul", "b w")], W33, opset=11),
    Case("Split, the last part smaller", (1, 5), [node("Split", "x", "a b", axis=1, num_outputs=2), node("MatMul", "a w")], W33, opset=18),
    Case("Slice", (2, 7), [node("Slice", "x s e a t", "h"), node("MatMul", "h v")], {"s": ints(-1, -2), "e": ints(-100, 100), "a": ints(1, 0), "t": ints(-3, 1), "v": w(3, 2)}),
    Case("Slice before opset 10", (2, 7), [node("Slice", "x", "h", starts=[1], ends=[-1], axes=[1]), node("MatMul", "h v")], {"v": w(5, 2)}, opset=9),
    Case("Gather", (2, 4), [node("Gather", "x i", "h", axis=1), node("MatMul", "h v")], {"i": np.array([[0, -1], [2, 2]]), "v": w(2, 2)}),
    Case("Gather one", (2, 4), [node("Gather", "x i", "h"), node("MatMul", "h v")], {"i": np.array(1), "v": w(4, 2)}),
    Case("Pad", (2, 3), [node("Pad", "x p v", "h"), node("MatMul", "h u")], {"p": ints(1, 0, 0, 2), "v": f32(1.5), "u": w(5, 2)}),
    Case("Pad by reflection", (3, 3), [node("Pad", "x p", "h", mode="reflect"), node("MatMul", "h u")], {"p": ints(1, 0, 0, 2), "u": w(5, 2)}),
    Case("Pad by edges, and cut", (3, 3), [node("Pad", "x p", "h", mode="edge"), node("MatMul", "h u")], {"p": ints(1, -1, 0, 2), "u": w(4, 2)}),
    Case("Pad before opset 11", (3, 3), [node("Pad", "x", "h", pads=[0, 1, 0, 1], value=0.5), node("MatMul", "h u")], {"u": w(5, 2)}, opset=10),
    Case("Pad some axes", (3, 3), [node("Pad", "x p - a", "h"), node("MatMul", "h u")], {"p": ints(1, 1), "a": ints(-1), "u": w(5, 2)}, opset=18),
    Case("Expand", (2, 1), [node("Expand", "x s", "h"), node("MatMul", "h v")], {"s": ints(2, 1, 3), "v": w(3, 2)}),
    Case("ReduceSum", (2, 3, 2), [node("ReduceSum", "x a", keepdims=0)], {"a": ints(1, -1)}, ("ReduceSum",)),
    Case("ReduceSum before opset 13", (2, 3), [node("ReduceSum", "x", axes=[0])], {}, ("ReduceSum",), 11),
    Case("ReduceSum over nothing", (2, 3), [node("MatMul", "x w", "h"), node("ReduceSum", "h", noop_with_empty_axes=1)], W33),
    Case("ReduceMean", (2, 4), [node("ReduceMean", "x", axes=[1])], {}, ("ReduceMean",)),
    Case("ReduceMean over all", (2, 4), [node("ReduceMean", "x")], {}, ("ReduceMean",), 18),
    Case("ReduceMean over the batch", (4, 3), [node("ReduceMean", "x a", keepdims=0)], {"a": ints(0)}, ("ReduceMean",), 18),
    Case("GlobalAveragePool", (1, 2, 2, 4), [node("GlobalAveragePool", "x")], {}, ("GlobalAveragePool",)),
    Case("AveragePool", (1, 2, 4, 4), [node("AveragePool", "x", kernel_shape=[2, 2], strides=[2, 2])], {}, ("AveragePool",)),
    Case("AveragePool, its padding counted", (1, 1, 4, 4), [node("AveragePool", "x", kernel_shape=[2, 2], pads=[1, 1, 0, 0], count_include_pad=1)], {}, ("AveragePool",)),
    Case("AveragePool, dilated", (1, 1, 5), [node("AveragePool", "x", kernel_shape=[2], dilations=[3])], {}, ("AveragePool",), 19),
    Case("MaxPool", (1, 2, 4, 4), [node("MaxPool", "x", kernel_shape=[2, 2], strides=[2, 2])], {}, TREE),
    Case("MaxPool of one element", (1, 2, 4), [node("Conv", "x w", "h"), node("MaxPool", "h", kernel_shape=[1])], {"w": w(2, 2, 1)}),
    Case("Conv, 1-D", (1, 2, 9), [node("Conv", "x w b", pads=[1, 2], strides=[2], dilations=[2])], {"w": w(3, 2, 3), "b": w(3)}),
    Case("Conv, groups", (2, 4, 5, 6), [node("Conv", "x w", group=2, pads=[1, 0, 2, 1], strides=[1, 2], dilations=[2, 1])], {"w": w(6, 2, 2, 3)}),
    Case("Conv, every channel for itself", (1, 3, 4, 4), [node("Conv", "x w b", group=3)], {"w": w(3, 1, 2, 2), "b": w(3)}),
    Case("Conv, 3-D", (1, 1, 3, 3, 3), [node("Conv", "x w")], {"w": w(2, 1, 2, 2, 2)}),
    Case("Conv after Pad by a constant", (1, 1, 4), [node("Pad", "x p v", "h"), node("Conv", "h w")], {"p": ints(0, 0, 1, 0, 0, 1), "v": f32(2), "w": w(2, 1, 3)}),
    Case("BatchNormalization", (2, 2, 3), [node("BatchNormalization", "x s b m v", epsilon=0.25)], {"s": w(2), "b": w(2), "m": w(2), "v": f32(0.75, 3.75)}),
    Case("Cast", (1, 3), [LAYER, node("Cast", "h", "d", to=11), node("Cast", "d", to=1)], W33),
    Case("Constants fold", (1, 2), [node("Mul", "a b", "c"), node("Sub", "c a", "d"), node("Transpose", "d", "e"), node("Neg", "e", "f"), node("Relu", "f", "g"), node("MatMul", "x g")], {"a": w(2, 2), "b": w(2, 1)}),
    Case("Constants fold, piecewise", (1, 2), [node("Max", "a b", "c"), node("Abs", "c", "d"), node("Clip", "d - u", "e"), node("PRelu", "a b", "f"), node("Concat", "e f", "g", axis=1), node("MatMul", "x g")], {"a": w(2, 2), "b": w(2, 1), "u": f32(1)}),
    Case("Constants fold, products", (1, 2), [node("MatMul", "a b", "c"), node("ReduceSum", "c i", "d"), node("Pad", "d p v", "e"), node("MatMul", "x e")], {"a": w(2, 3), "b": w(3, 3), "i": ints(1), "p": ints(0, 1, 0, 0), "v": f32(0.5)}),
    Case("A view as exported", (2, 3, 4), [node("Shape", "x", "s"), node("Gather", "s z", "b"), node("Unsqueeze", "b a", "u"), node("Concat", "u m", "t", axis=0), node("Reshape", "x t", "h"), node("MatMul", "h v")], {"z": np.array(0), "a": ints(0), "m": ints(-1), "v": w(12, 2)}),
    Case("Sizes computed", (2, 6), [node("Shape", "x", "s"), node("Slice", "s i j", "t"), node("Div", "t k", "q"), node("Concat", "k q k", "r", axis=0), node("Reshape", "x r", "h"), node("ReduceSum", "h l", keepdims=0)], {"i": ints(1), "j": ints(2), "k": ints(2), "l": ints(2)}, ("ReduceSum",)),
    Case("CastLike", (1, 3), [node("CastLike", "i x", "c"), node("Mul", "x c")], {"i": ints(1, -2, 3)}, opset=15),
    Case("Sqrt, Pow and Reciprocal", (1, 3), [node("Sqrt", "c", "a"), node("Reciprocal", "c", "b"), node("Pow", "a e", "d"), node("Mul", "x b", "h"), node("Mul", "h d")], {"c": f32(4, 0.25, 16), "e": f32(-2)}, ("", "")),
    Case("Pow, an integer and half exponents", (1, 3), [node("Pow", "n e", "k"), node("Gather", "x k", "h", axis=1), node("Pow", "c f", "a"), node("Mul", "h a")], {"n": ints(1, -1, 0), "e": ints(0, 2, 3), "c": f32(4, 0.25, 16), "f": f32(0.5)}),
    Case("Mod", (1, 6), [node("Mod", "a b", "i"), node("Gather", "x i", "h", axis=1), node("Mod", "a b", "j", fmod=1), node("Cast", "j", "k", to=1), node("Add", "h k")], {"a": ints(-7, 7, -7, 7, 5, 0), "b": ints(3, 3, -3, -3, 5, 2)}, ("Select",)),
    Case("Mod of floats", (1, 3), [node("Mod", "a b", "c", fmod=1), node("Add", "x c")], {"a": f32(-7.5, 7.5, 0.25), "b": f32(2, -2, 0.5)}, ("Select",)),
    Case("Range", (1, 4), [node("Range", "s l d", "i"), node("Gather", "x i", "h", axis=1), node("Range", "a b c", "r"), node("Mul", "h r")], {"s": np.array(3), "l": np.array(-1), "d": np.array(-1), "a": f32(0.5), "b": f32(2.5), "c": f32(0.5)}),
    Case("comparisons of constants", (1, 3), [*(node(k, "a b", k) for k in ("Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual")), node("And", "Equal GreaterOrEqual", "p"), node("Or", "Greater p", "q"), node("Xor", "q Less", "r"), node("Not", "LessOrEqual", "s"), node("Where", "r u v", "t"), node("Where", "s t u", "z"), node("Mul", "x z")], {"a": f32(1, 2, 3), "b": f32(2, 2, 1), "u": f32(1, 2, 4), "v": f32(-1)}, opset=16),
    Case("rounding of constants", (1, 6), [*(node(k, "a", k) for k in ("Ceil", "Floor", "Round", "Sign")), node("Sum", "x Ceil Floor Round Sign")], {"a": f32(-1.5, -0.5, 0.5, 1.5, 2.5, 0.25)}, ("Select",)),
    Case("DequantizeLinear", (1, 2), [node("DequantizeLinear", "q s z", "d", axis=-1), node("MatMul", "x d")], {"q": np.array([[1, -2, 127], [0, -128, 5]], np.int8), "s": f32(0.5, 2, 0.25), "z": np.array([1, -1, 0], np.int8)}),
    Case("DequantizeLinear of a tensor", (1, 2), [node("DequantizeLinear", "q s", "d"), node("MatMul", "x d")], {"q": np.array([[1, 2], [255, 0]], np.uint8), "s": f32(0.5)}, opset=10),
    Case("QuantizeLinear", (1, 5), [node("QuantizeLinear", "c s z", "q"), node("DequantizeLinear", "q s z", "d"), node("Mul", "x d")], {"c": f32(0.25, 0.75, -0.25, 100, -100), "s": f32(0.5), "z": np.array(3, np.int8)}),
    Case("QuantizeLinear, by axis", (1, 2), [node("QuantizeLinear", "c s", "q", axis=0), node("Cast", "q", "d", to=1), node("MatMul", "x d")], {"c": np.array([[1, -2.5], [3, 1]], np.float32), "s": f32(0.5, 2)}),
    Case("weights of int8", (1, 2), [node("Cast", "q", "w", to=1), node("MatMul", "x w")], {"q": np.array([[1, 2], [3, -4]], np.int8)}),
    Case("a scalar constant", (1, 2), [node("Sub", "x c", "h"), node("Div", "h d", "g"), node("Gemm", "g w c", beta=2.0)], {"c": f32(0.5), "d": f32(0.25), "w": w(2, 2)}, ("", "")),
    Case("one entry of a folded constant", (1, 2), [node("Add", "c c", "d"), node("Gather", "d i", "e"), node("Mul", "x e")], {"c": f32(1, 3), "i": np.array(1)}),
    Case("Gemm of constants", (1, 2), [node("Gemm", "a b c", "w", transA=1, alpha=0.5, beta=2.0), node("MatMul", "x w")], {"a": w(3, 2), "b": w(3, 2), "c": w(2)}),
    Case("ConstantOfShape", (2, 3), [LAYER, node("ConstantOfShape", "s", "c", value=helper.make_tensor("", 1, [1], [2.5])), node("Add", "h c")], W33 | {"s": ints(2, 3)}),
    Case("Constant", (1, 3), [node("Constant", "", "c", value_floats=[1.0, 2.0, -0.5]), node("Mul", "x c")]),
    Case("a residual block", (1, 3), [LAYER, node("Relu", "h", "r"), node("MatMul", "r v", "z"), node("Add", "z x", "s"), node("Relu", "s")], W33 | {"v": w(3, 3)}, ("skip", "skip", "Add")),
    Case("Gemm, computed C", (2, 3), [node("Gemm", "x w x", alpha=0.5, beta=-2.0)], W33, ("skip", "Gemm")),
    Case("Gemm, computed C, broadcast", (1, 3), [LAYER, node("Gemm", "v h h")], {"w": w(3, 3), "v": w(2, 1)}, ("", "skip", "Gemm")),
    Case("Gemm, beta 0", (2, 3), [node("Gemm", "x w x", beta=0.0)], W33),
    Case("Mean", (1, 4), [node("Mean", "x c x c")], {"c": w(4)}, ("Mean",)),
    Case("Mean of one", (1, 3), [LAYER, node("Mean", "h")], W33),
    Case("Tile", (2, 1, 3), [node("Tile", "x r", "h"), node("MatMul", "h v")], {"r": ints(1, 2, 2), "v": w(6, 2)}),
    Case("ReduceMax", (2, 3, 2), [node("ReduceMax", "x", axes=[-1, 0], keepdims=0)], {}, ("ReduceMax + skip", "ReduceMax + skip", "ReduceMax")),
    Case("ReduceMax, axes an input", (1, 4), [LAYER, node("ReduceMax", "h a")], {"w": w(4, 4), "a": ints(1)}, ("", "ReduceMax + skip", "ReduceMax + skip", "ReduceMax"), 18),
    Case("ReduceMax of nothing", (1, 3), [LAYER, node("ReduceMax", "h", noop_with_empty_axes=1)], W33, ("",), 18),
    Case("ReduceMin over all", (2, 3), [node("ReduceMin", "x")], {}, ("ReduceMin + skip", "ReduceMin + skip", "ReduceMin + skip", "ReduceMin")),
    Case("ReduceMin of one", (1, 3), [LAYER, node("ReduceMin", "h", axes=[0], keepdims=0)], W33),
    Case("ReduceL1", (2, 3), [node("ReduceL1", "x", axes=[1], keepdims=0)], {}, ("ReduceL1 + skip", "ReduceL1")),
    Case("ReduceL1 of a layer", (1, 3), [LAYER, node("ReduceL1", "h a")], W33 | {"a": ints(-1)}, ("skip", "ReduceL1"), 18),
    Case("GlobalMaxPool", (1, 2, 2, 2), [node("GlobalMaxPool", "x")], {}, ("GlobalMaxPool + skip", "GlobalMaxPool + skip", "GlobalMaxPool")),
    Case("GlobalLpPool", (1, 2, 3), [node("GlobalLpPool", "x", p=1)], {}, ("GlobalLpPool + skip", "GlobalLpPool")),
    Case("LpPool", (1, 2, 4, 3), [node("LpPool", "x", p=1, kernel_shape=[2, 2], pads=[1, 0, 0, 1], strides=[2, 1])], {}, ("LpPool + skip", "LpPool")),
    Case("ConvTranspose", (1, 2, 3), [node("ConvTranspose", "x w b", strides=[2], pads=[1, 0], output_padding=[1])], {"w": w(2, 3, 3), "b": w(3)}),
    Case("ConvTranspose, groups", (2, 4, 2, 3), [node("ConvTranspose", "x w", group=2, strides=[1, 2], dilations=[2, 1])], {"w": w(4, 3, 2, 2)}),
    Case("ConvTranspose, output_shape", (1, 1, 4), [node("ConvTranspose", "x w", strides=[2], output_shape=[8])], {"w": w(1, 1, 3)}),
    Case("ConvTranspose, SAME_UPPER", (1, 1, 4), [node("ConvTranspose", "x w", strides=[2], auto_pad="SAME_UPPER")], {"w": w(1, 1, 3)}),
    Case("ConvTranspose, SAME_LOWER", (1, 1, 4), [node("ConvTranspose", "x w", strides=[2], auto_pad="SAME_LOWER")], {"w": w(1, 1, 3)}),
    Case("Resize", (1, 1, 2, 2), [node("Resize", "x - s", "h", mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"), node("MatMul", "h w")], {"s": f32(1, 1, 2, 2), "w": w(4, 2)}),
    Case("Resize by sizes, some axes", (1, 1, 2, 4), [node("Resize", "x - - n", "h", mode="nearest", axes=[-1]), node("MatMul", "h w")], {"n": ints(2), "w": w(2, 2)}, ("",), 18),
    Case("Resize, empty roi and scales", (1, 1, 2, 2), [node("Resize", "x e e n", "h", mode="nearest"), node("MatMul", "h w")], {"e": np.zeros(0, np.float32), "n": ints(1, 1, 4, 4), "w": w(4, 2)}, ("",), 11),
    Case("Resize before opset 11", (1, 1, 2, 2), [node("Resize", "x s", "h", mode="nearest"), node("MatMul", "h w")], {"s": f32(1, 1, 2, 3), "w": w(6, 2)}, ("",), 10),
    Case("Resize, linear", (1, 2, 2, 2), [node("Resize", "x - s", mode="linear")], {"s": f32(1, 1, 2, 4)}, ("Resize",)),
    Case("Resize, corners aligned", (1, 1, 3, 3), [node("Resize", "x - - n", mode="linear", coordinate_transformation_mode="align_corners")], {"n": ints(1, 1, 5, 2)}, ("Resize",)),
    Case("Upsample", (1, 1, 2, 2), [node("Upsample", "x s", "h", mode="nearest"), node("MatMul", "h w")], {"s": f32(1, 1, 2, 3), "w": w(6, 2)}, ("",), 9),
    Case("Upsample before opset 9", (1, 1, 2, 2), [node("Upsample", "x", "h", mode="nearest", scales=[1.0, 1.0, 2.0, 2.0]), node("MatMul", "h w")], {"w": w(4, 2)}, ("",), 7),
    Case("DepthToSpace", (1, 8, 1, 2), [node("DepthToSpace", "x", "h", blocksize=2), node("MatMul", "h w")], {"w": w(4, 2)}),
    Case("DepthToSpace, CRD", (1, 8, 1, 2), [node("DepthToSpace", "x", "h", blocksize=2, mode="CRD"), node("MatMul", "h w")], {"w": w(4, 2)}),
    Case("SpaceToDepth", (1, 2, 2, 4), [node("SpaceToDepth", "x", "h", blocksize=2), node("MatMul", "h w")], {"w": w(2, 2)}),
    Case("Einsum", (2, 3), [node("Einsum", "x w", equation="bi,oi->bo")], {"w": w(4, 3)}),
    Case("Einsum, dots, three operands", (2, 2, 3), [node("Einsum", "v x w", equation="k, ...ik , kj -> ...ji")], {"v": w(3), "w": w(3, 2)}, ("Einsum",)),
    Case("Einsum, a diagonal, no arrow", (3, 3, 2), [node("Einsum", "x", equation="iij")], {}, ("Einsum",)),
    Case("Einsum as a transpose", (2, 3), [node("Einsum", "x", "h", equation="ij->ji"), node("MatMul", "h w")], {"w": w(2, 2)}),
    Case("HardSigmoid", (1, 3), [LAYER, node("HardSigmoid", "h", alpha=0.25, beta=0.5)], W33, ("", "HardSigmoid", "HardSigmoid")),
    Case("HardSigmoid, its defaults", (1, 3), [node("HardSigmoid", "x")], {}, ("HardSigmoid", "HardSigmoid"), rounds=True),
    Case("ThresholdedRelu of 0", (1, 3), [LAYER, node("ThresholdedRelu", "h", alpha=0.0)], W33),
    Case("Shrink, soft", (1, 3), [LAYER, node("Shrink", "h", lambd=1.5, bias=1.5)], W33, ("skip", "Shrink + skip", "Shrink")),
    Case("CumSum", (2, 3), [node("CumSum", "x a", reverse=1, exclusive=1)], {"a": ints(-1)}, ("CumSum",)),
    Case("Trilu", (3, 3), [node("Trilu", "x k", "h", upper=0), node("MatMul", "h w")], W33 | {"k": np.array(-1)}, ("",), 14),
    Case("GatherElements", (2, 3), [node("GatherElements", "x i", "h", axis=1), node("MatMul", "h v")], {"i": np.array([[2, 0], [-1, 1]]), "v": w(2, 2)}),
    Case("GatherND", (2, 3, 2), [node("GatherND", "x i", "h", batch_dims=1), node("MatMul", "h v")], {"i": np.array([[[2, 0], [1, 1]], [[-1, 1], [0, 0]]]), "v": w(2, 2)}),
    Case("ScatterElements", (2, 3), [node("ScatterElements", "x i u", "h", axis=1), node("MatMul", "h w")], W33 | {"i": np.array([[2, 0], [-2, 2]]), "u": w(2, 2)}, ("",)),
    Case("ScatterND", (2, 3), [LAYER, node("ScatterND", "c i h")], W33 | {"c": w(4, 3), "i": np.array([[2], [0]])}, ("", "Select"), 16),
    Case("Size", (2, 3), [node("Size", "x", "n"), node("Cast", "n", "f", to=1), node("Mul", "x f")], {}),
    Case("Where, a leaky ReLU", (1, 3), [LAYER, node("Greater", "h z", "c"), node("Mul", "h s", "l"), node("Where", "c h l")], W33 | {"z": f32(0), "s": f32(0.25)}, ("skip", "skip", "Where")),
    Case("Where, a maximum", (1, 3), [LAYER, node("LessOrEqual", "h x", "c"), node("Where", "c x h")], W33, ("skip", "LessOrEqual + skip", "Where")),
    Case("Where, a clip of clips", (1, 3), [node("Less", "x u", "a"), node("Where", "a x u", "b"), node("GreaterOrEqual", "l x", "c"), node("Where", "c l b")], {"u": f32(2), "l": f32(-1)}, ("Where", "Where + skip", "Where")),
    Case("Where, not below", (1, 3), [node("Relu", "x", "r"), node("Less", "x l", "a"), node("Not", "a", "b"), node("Where", "b r l")], {"l": f32(0)}, ("Where",)),
    Case("Where, partly decided by constants", (1, 3), [node("Concat", "x k", "g", axis=1), node("GreaterOrEqual", "g e", "c"), node("Where", "c g v")], {"k": f32(0, 1, 5)[None], "e": f32(1), "v": f32(1, 1, 1, 7, 8, 9)[None]}, ("Where", "Select")),
    Case("A product with a comparison", (1, 3), [LAYER, node("Greater", "h c", "k"), node("Cast", "k", "m", to=1), node("Sub", "h c", "g"), node("Mul", "m g")], W33 | {"c": w(3)}),
    Case("Where by constants", (1, 3), [LAYER, node("Where", "c h v")], W33 | {"c": np.array([True, False, True]), "v": w(2, 1)}, ("", "Select")),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_operator(models: Any, case: Case) -> None:
    rng = np.random.default_rng(len(case.label))
    exact = models.model(case.nodes, case.shape, case.filled(rng, True), opset=case.opset)
    compare = models.close if case.rounds else models.agree
    network = compare(exact, case.shape)
    assert tuple(layer.lowered for layer in network.layers) == case.lowered
    real = models.model(case.nodes, case.shape, case.filled(rng, False), opset=case.opset)
    assert models.close(real, case.shape).depth == network.depth


def test_every_operator_has_a_case() -> None:
    used = {n.op_type for case in CASES for n in case.nodes}
    assert used == set(OPERATORS)


SIZES = st.integers(1, 7)


@st.composite
def pools(draw: Any) -> tuple[tuple[int, ...], dict[str, Any]]:
    """An input's shape and the attributes of a pool whose windows all see the input."""
    rank = draw(st.integers(1, 2))
    kernel = [draw(st.integers(1, 3)) for _ in range(rank)]
    dilations = [draw(st.integers(1, 2)) for _ in range(rank)]
    attributes: dict[str, Any] = {
        "kernel_shape": kernel,
        "strides": [draw(st.integers(1, 3)) for _ in range(rank)],
        "dilations": dilations,
    }
    sizes = [draw(SIZES) + d * (k - 1) for k, d in zip(kernel, dilations, strict=True)]
    if draw(st.booleans()):
        attributes["auto_pad"] = draw(st.sampled_from(["SAME_UPPER", "SAME_LOWER", "VALID"]))
        # onnxruntime refuses windows that leave gaps where it chooses the padding
        strides = zip(attributes["strides"], kernel, strict=True)
        attributes["strides"] = [min(s, k) for s, k in strides]
        attributes["dilations"] = [1] * rank
    else:
        attributes["pads"] = [draw(st.integers(0, (k - 1) // 2)) for k in kernel * 2]
    return (1, draw(st.integers(1, 2)), *sizes), attributes


@settings(max_examples=40)
@given(pools(), st.booleans())
def test_max_pool_windows(models: Any, pool: Any, ceil: bool) -> None:
    shape, attributes = pool
    nodes = [
        node("MaxPool", "x", ceil_mode=int(ceil and "auto_pad" not in attributes), **attributes)
    ]
    models.agree(models.model(nodes, shape, {}), shape, points=2)


@settings(max_examples=40)
@given(pools(), st.booleans(), st.booleans())
def test_average_pool_windows(models: Any, pool: Any, ceil: bool, counted: bool) -> None:
    shape, attributes = pool
    attributes = {k: v for k, v in attributes.items() if k != "dilations"}
    padded = "auto_pad" not in attributes
    nodes = [
        node(
            "AveragePool",
            "x",
            ceil_mode=int(ceil and padded and not counted),
            count_include_pad=int(counted),
            **attributes,
        )
    ]
    models.close(models.model(nodes, shape, {}), shape, points=2)


@settings(max_examples=40)
@given(pools(), st.integers(1, 2), st.integers(1, 2), st.integers(0, 2**32))
def test_convolution_windows(models: Any, pool: Any, groups: int, many: int, seed: int) -> None:
    shape, attributes = pool
    shape = (shape[0], shape[1] * groups, *shape[2:])
    rng = np.random.default_rng(seed)
    kernel = (groups * many, shape[1] // groups, *attributes["kernel_shape"])
    weights = (rng.integers(-8, 9, size=kernel) / 4).astype(np.float32)
    nodes = [node("Conv", "x w", group=groups, **attributes)]
    models.agree(models.model(nodes, shape, {"w": weights}), shape, points=2)
