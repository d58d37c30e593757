"""The ONNX operators: one entry each; a file for each family.

To add one: a function of (node, inputs, trace), an entry here, and a case in
``tests/networks/test_onnx_operators.py``, whose test compares it with onnxruntime.
"""

from __future__ import annotations

from . import (
    arithmetic,
    conv,
    extremes,
    folding,
    linear,
    normalise,
    pool,
    rectify,
    reduce,
    reshape,
    select,
    shapes,
    windows,
)
from .table import Operator

OPERATORS = {
    "Abs": Operator(rectify.absolute),
    "Add": Operator(arithmetic.add, 2, 2),
    "And": Operator(folding.logic, 2, 2),
    "AveragePool": Operator(
        pool.average_pool, attributes=(*windows.ATTRIBUTES, "ceil_mode", "count_include_pad")
    ),
    "BatchNormalization": Operator(
        normalise.batch_normalization, 5, 5, ("epsilon", "momentum", "spatial", "training_mode")
    ),
    "Cast": Operator(shapes.cast, attributes=("to", "saturate")),
    "CastLike": Operator(shapes.cast_like, 2, 2, ("saturate",)),
    "Ceil": Operator(folding.step),
    "Clip": Operator(extremes.clip, 1, 3, ("min", "max")),
    "Concat": Operator(select.concat, 1, None, ("axis",)),
    "Constant": Operator(
        reshape.constant_node,
        0,
        0,
        ("value", "value_float", "value_floats", "value_int", "value_ints"),
    ),
    "ConstantOfShape": Operator(shapes.constant_of_shape, attributes=("value",)),
    "Conv": Operator(conv.conv, 2, 3, (*windows.ATTRIBUTES, "group")),
    "DequantizeLinear": Operator(folding.dequantize, 2, 3, ("axis", "block_size", "output_dtype")),
    "Div": Operator(arithmetic.divide, 2, 2),
    "Dropout": Operator(reshape.identity, 1, 3, ("ratio", "seed")),
    "Equal": Operator(folding.compare, 2, 2),
    "Expand": Operator(shapes.expand, 2, 2),
    "Flatten": Operator(reshape.flatten, attributes=("axis",)),
    "Floor": Operator(folding.step),
    "Gather": Operator(select.gather, 2, 2, ("axis",)),
    "Gemm": Operator(linear.gemm, 2, 3, ("alpha", "beta", "transA", "transB")),
    "GlobalAveragePool": Operator(reduce.global_average_pool),
    "Greater": Operator(folding.compare, 2, 2),
    "GreaterOrEqual": Operator(folding.compare, 2, 2),
    "Identity": Operator(reshape.identity),
    "LeakyRelu": Operator(rectify.leaky_relu, attributes=("alpha",)),
    "Less": Operator(folding.compare, 2, 2),
    "LessOrEqual": Operator(folding.compare, 2, 2),
    "MatMul": Operator(linear.matmul, 2, 2),
    "Max": Operator(extremes.maximum, 1, None),
    "MaxPool": Operator(
        pool.max_pool, attributes=(*windows.ATTRIBUTES, "ceil_mode", "storage_order")
    ),
    "Min": Operator(extremes.minimum, 1, None),
    "Mod": Operator(folding.modulo, 2, 2, ("fmod",)),
    "Mul": Operator(arithmetic.multiply, 2, 2),
    "Neg": Operator(arithmetic.negate),
    "Not": Operator(folding.negation),
    "Or": Operator(folding.logic, 2, 2),
    "PRelu": Operator(rectify.prelu, 2, 2),
    "Pad": Operator(select.pad, 1, 4, ("mode", "pads", "value")),
    "Pow": Operator(folding.power, 2, 2),
    "QuantizeLinear": Operator(
        folding.quantize, 2, 3, ("axis", "block_size", "output_dtype", "precision", "saturate")
    ),
    "Range": Operator(folding.sequence, 3, 3),
    "Reciprocal": Operator(folding.reciprocal),
    "ReduceMean": Operator(reduce.reduce_mean, 1, 2, ("axes", "keepdims", "noop_with_empty_axes")),
    "ReduceSum": Operator(reduce.reduce_sum, 1, 2, ("axes", "keepdims", "noop_with_empty_axes")),
    "Relu": Operator(rectify.relu),
    "Reshape": Operator(reshape.reshape, 2, 2, ("allowzero",)),
    "Round": Operator(folding.step),
    "Shape": Operator(shapes.shape, attributes=("start", "end")),
    "Sign": Operator(folding.step),
    "Slice": Operator(select.slice_, 1, 5, ("starts", "ends", "axes")),
    "Split": Operator(select.split, 1, 2, ("axis", "num_outputs", "split")),
    "Sqrt": Operator(folding.square_root),
    "Squeeze": Operator(reshape.squeeze, 1, 2, ("axes",)),
    "Sub": Operator(arithmetic.subtract, 2, 2),
    "Sum": Operator(arithmetic.total, 1, None),
    "Transpose": Operator(reshape.transpose, attributes=("perm",)),
    "Unsqueeze": Operator(reshape.unsqueeze, 1, 2, ("axes",)),
    "Where": Operator(folding.where, 3, 3),
    "Xor": Operator(folding.logic, 2, 2),
}
