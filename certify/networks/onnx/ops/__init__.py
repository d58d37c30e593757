"""The ONNX operators: one entry each; a file for each family.

To add one: a function of (node, inputs, trace), an entry here, and a case in
``tests/networks/test_onnx_operators.py``, whose test compares it with onnxruntime.
"""

from __future__ import annotations

from . import (
    arithmetic,
    blocks,
    choose,
    conv,
    conv_transpose,
    einsum,
    extremes,
    folding,
    linear,
    normalise,
    pool,
    rectify,
    reduce,
    reshape,
    resize,
    saturate,
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
    "Cast": Operator(choose.cast, attributes=("to", "saturate"), conditions=True),
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
    "ConvTranspose": Operator(conv_transpose.conv_transpose, 2, 3, conv_transpose.ATTRIBUTES),
    "CumSum": Operator(einsum.cumulative_sum, 2, 2, ("exclusive", "reverse")),
    "DepthToSpace": Operator(blocks.depth_to_space, attributes=("blocksize", "mode")),
    "DequantizeLinear": Operator(folding.dequantize, 2, 3, ("axis", "block_size", "output_dtype")),
    "Div": Operator(arithmetic.divide, 2, 2),
    "Dropout": Operator(reshape.identity, 1, 3, ("ratio", "seed")),
    "Einsum": Operator(einsum.einsum, 1, None, ("equation",)),
    "Equal": Operator(folding.compare, 2, 2),
    "Expand": Operator(shapes.expand, 2, 2),
    "Flatten": Operator(reshape.flatten, attributes=("axis",)),
    "Floor": Operator(folding.step),
    "Gather": Operator(select.gather, 2, 2, ("axis",)),
    "GatherElements": Operator(blocks.gather_elements, 2, 2, ("axis",)),
    "GatherND": Operator(blocks.gather_nd, 2, 2, ("batch_dims",)),
    "Gemm": Operator(linear.gemm, 2, 3, ("alpha", "beta", "transA", "transB")),
    "GlobalAveragePool": Operator(reduce.global_average_pool),
    "GlobalLpPool": Operator(reduce.global_lp_pool, attributes=("p",)),
    "GlobalMaxPool": Operator(reduce.global_max_pool),
    "Greater": Operator(choose.compare, 2, 2),
    "GreaterOrEqual": Operator(choose.compare, 2, 2),
    "HardSigmoid": Operator(saturate.hard_sigmoid, attributes=("alpha", "beta")),
    "Identity": Operator(reshape.identity),
    "LeakyRelu": Operator(rectify.leaky_relu, attributes=("alpha",)),
    "Less": Operator(choose.compare, 2, 2),
    "LessOrEqual": Operator(choose.compare, 2, 2),
    "LpPool": Operator(pool.lp_pool, attributes=(*windows.ATTRIBUTES, "ceil_mode", "p")),
    "MatMul": Operator(linear.matmul, 2, 2),
    "Max": Operator(extremes.maximum, 1, None),
    "MaxPool": Operator(
        pool.max_pool, attributes=(*windows.ATTRIBUTES, "ceil_mode", "storage_order")
    ),
    "Mean": Operator(arithmetic.mean, 1, None),
    "Min": Operator(extremes.minimum, 1, None),
    "Mod": Operator(folding.modulo, 2, 2, ("fmod",)),
    "Mul": Operator(choose.multiply, 2, 2, conditions=True),
    "Neg": Operator(arithmetic.negate),
    "Not": Operator(choose.negate, conditions=True),
    "Or": Operator(folding.logic, 2, 2),
    "PRelu": Operator(rectify.prelu, 2, 2),
    "Pad": Operator(select.pad, 1, 4, ("mode", "pads", "value")),
    "Pow": Operator(folding.power, 2, 2),
    "QuantizeLinear": Operator(
        folding.quantize, 2, 3, ("axis", "block_size", "output_dtype", "precision", "saturate")
    ),
    "Range": Operator(folding.sequence, 3, 3),
    "Reciprocal": Operator(folding.reciprocal),
    "ReduceL1": Operator(reduce.reduce_l1, 1, 2, ("axes", "keepdims", "noop_with_empty_axes")),
    "ReduceMax": Operator(reduce.reduce_max, 1, 2, ("axes", "keepdims", "noop_with_empty_axes")),
    "ReduceMean": Operator(reduce.reduce_mean, 1, 2, ("axes", "keepdims", "noop_with_empty_axes")),
    "ReduceMin": Operator(reduce.reduce_min, 1, 2, ("axes", "keepdims", "noop_with_empty_axes")),
    "ReduceSum": Operator(reduce.reduce_sum, 1, 2, ("axes", "keepdims", "noop_with_empty_axes")),
    "Relu": Operator(rectify.relu),
    "Reshape": Operator(reshape.reshape, 2, 2, ("allowzero",)),
    "Resize": Operator(resize.resize, 1, 4, resize.ATTRIBUTES),
    "Round": Operator(folding.step),
    "ScatterElements": Operator(blocks.scatter_elements, 3, 3, ("axis", "reduction")),
    "ScatterND": Operator(blocks.scatter_nd, 3, 3, ("reduction",)),
    "Shape": Operator(shapes.shape, attributes=("start", "end")),
    "Shrink": Operator(saturate.shrink, attributes=("bias", "lambd")),
    "Sign": Operator(folding.step),
    "Size": Operator(shapes.size),
    "Slice": Operator(select.slice_, 1, 5, ("starts", "ends", "axes")),
    "SpaceToDepth": Operator(blocks.space_to_depth, attributes=("blocksize", "mode")),
    "Split": Operator(select.split, 1, 2, ("axis", "num_outputs", "split")),
    "Sqrt": Operator(folding.square_root),
    "Squeeze": Operator(reshape.squeeze, 1, 2, ("axes",)),
    "Sub": Operator(arithmetic.subtract, 2, 2),
    "Sum": Operator(arithmetic.total, 1, None),
    "ThresholdedRelu": Operator(saturate.thresholded_relu, attributes=("alpha",)),
    "Tile": Operator(blocks.tile, 2, 2),
    "Transpose": Operator(reshape.transpose, attributes=("perm",)),
    "Trilu": Operator(blocks.trilu, 1, 2, ("upper",)),
    "Unsqueeze": Operator(reshape.unsqueeze, 1, 2, ("axes",)),
    "Upsample": Operator(resize.upsample, 1, 2, ("mode", "scales")),
    "Where": Operator(choose.where, 3, 3, conditions=True),
    "Xor": Operator(folding.logic, 2, 2),
}

_CURVED = "it is not piecewise linear"
_JUMPS = "it is not continuous"
REFUSED = {  # why, for operators that exporters write: on computed tensors, or at all
    **dict.fromkeys(
        (
            *("Celu", "Cos", "Cosh", "Elu", "Erf", "Exp", "Gelu"),
            *("GroupNormalization", "HardSwish", "InstanceNormalization", "LRN"),
            *("LayerNormalization", "Log", "LogSoftmax", "LpNormalization", "Mish", "Pow"),
            *("RMSNormalization", "Reciprocal", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp"),
            *("ReduceProd", "ReduceSumSquare", "Selu", "Sigmoid", "Sin", "Sinh", "Softmax"),
            *("Softplus", "Softsign", "Sqrt", "Swish", "Tanh"),
        ),
        _CURVED,
    ),
    **dict.fromkeys(
        (
            *("ArgMax", "ArgMin", "Ceil", "Equal", "Floor", "Hardmax", "Mod"),
            *("NonMaxSuppression", "QuantizeLinear", "Round", "Sign"),
        ),
        _JUMPS,
    ),
}
