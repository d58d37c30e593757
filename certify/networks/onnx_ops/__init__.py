"""The ONNX operators: one entry each; a file for each family."""

from __future__ import annotations

from . import arithmetic, linear, rectify, reshape
from .table import Operator

OPERATORS = {
    "Abs": Operator(rectify.absolute),
    "Add": Operator(arithmetic.add, 2, 2),
    "Constant": Operator(
        reshape.constant_node,
        0,
        0,
        ("value", "value_float", "value_floats", "value_int", "value_ints"),
    ),
    "Div": Operator(arithmetic.divide, 2, 2),
    "Dropout": Operator(reshape.identity, 1, 3, ("ratio", "seed")),
    "Flatten": Operator(reshape.flatten, attributes=("axis",)),
    "Gemm": Operator(linear.gemm, 2, 3, ("alpha", "beta", "transA", "transB")),
    "Identity": Operator(reshape.identity),
    "LeakyRelu": Operator(rectify.leaky_relu, attributes=("alpha",)),
    "MatMul": Operator(linear.matmul, 2, 2),
    "Mul": Operator(arithmetic.multiply, 2, 2),
    "Neg": Operator(arithmetic.negate),
    "PRelu": Operator(rectify.prelu, 2, 2),
    "Relu": Operator(rectify.relu),
    "Reshape": Operator(reshape.reshape, 2, 2, ("allowzero",)),
    "Sub": Operator(arithmetic.subtract, 2, 2),
    "Sum": Operator(arithmetic.total, 1, None),
}
