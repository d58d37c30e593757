"""MatMul and Gemm: a layer's matrix, as written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from ....kernel.data.numbers import ONE
from ....kernel.verdict import Malformed
from ...constants import (
    added,
    bounded,
    broadcast,
    exact,
    folded,
    fractions,
    is_whole,
    shaped,
)
from ...graph import Array, Node, Tensor, Value
from ...trace import Trace
from .arithmetic import scaled, shifted, weighted_sum
from .table import computed, constant, moved


def matmul(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """numpy's matmul of a tensor and a constant, on either side."""
    left, right = args
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        node.fail("the product of two computed tensors is not piecewise linear")
    if not isinstance(left, Tensor) and not isinstance(right, Tensor):
        return _constant_product(left, right, trace)
    if isinstance(left, Tensor):
        return Tensor(_product(trace, left.ids, right, ONE, None))
    turned = _product(trace, _turn(right.ids), _turn(left), ONE, None)
    drop_row, drop_column = left.ndim == 1, right.ids.ndim == 1
    return Tensor(turned if drop_row or drop_column else _turn(turned))


def gemm(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """alpha·A·B + beta·C, with A or B constant: one layer, and one to add a computed C."""
    left, right, last = args
    alpha, beta = node.number("alpha", ONE), node.number("beta", ONE)
    if node.flag("transA"):
        left = moved(left, lambda a: a.T)
    if node.flag("transB"):
        right = moved(right, lambda a: a.T)
    for value in (left, right):
        if len(value.shape) != 2:
            node.fail(f"a matrix of shape {list(value.shape)}")
    shape = (left.shape[0], right.shape[1])
    if last is not None and broadcast(trace, shape, last.shape) != shape:
        node.fail(f"C of shape {list(last.shape)} beside {list(shape)}")
    bias: Array | None = None
    if last is not None and not isinstance(last, Tensor):
        bias = np.broadcast_to(shaped([v * beta for v in fractions(last)], last.shape), shape)
    product = _gemm(node, left, right, alpha, bias, trace)
    if not isinstance(last, Tensor) or not beta:
        return product
    if isinstance(product, Tensor):
        return weighted_sum(trace, (product, last), (ONE, beta), node.operator)
    summand = last if beta == 1 else scaled(trace, last, shaped([beta], ()))
    return shifted(trace, summand, product)


def _gemm(
    node: Node, left: Value, right: Value, alpha: Fraction, bias: Array | None, trace: Trace
) -> Value:
    if not isinstance(left, Tensor) and not isinstance(right, Tensor):
        return _constant_gemm(left, right, alpha, bias, trace)
    if isinstance(left, Tensor):
        weights = constant(node, right, "B, beside a computed A,")
        return Tensor(_product(trace, left.ids, weights, alpha, bias))
    ids = computed(node, right, "B, beside a constant A,").ids
    turned = _product(trace, ids.T, left.T, alpha, None if bias is None else bias.T)
    return Tensor(turned.T)


def _constant_gemm(
    left: Array, right: Array, alpha: Fraction, bias: Array | None, trace: Trace
) -> Array:
    if is_whole(left):
        sizes = _constant_product(abs(exact(left)), abs(exact(right)), trace) * abs(alpha)
        bounded((sizes if bias is None else sizes + abs(bias)).reshape(-1).tolist(), left.dtype)
    made = _constant_product(exact(left), exact(right), trace) * alpha
    total = made if bias is None else made + bias
    return folded(trace, total.reshape(-1).tolist(), made.shape, left.dtype)


def _turn(array: Array) -> Array:
    return array if array.ndim == 1 else np.swapaxes(array, -1, -2)


def _product(
    trace: Trace, ids: Array, weights: Array, scale: Fraction, bias: Array | None
) -> Array:
    """The elements of scale · ids @ weights + bias, numpy's rules for dimensions."""
    if not ids.ndim or not weights.ndim:
        raise Malformed("", "a product with a scalar")
    if not weights.size:
        raise Malformed("", f"zero dimension in {list(weights.shape)}")
    left = ids[None, :] if ids.ndim == 1 else ids
    right = weights[:, None] if weights.ndim == 1 else weights
    (m, k), (rows, n) = left.shape[-2:], right.shape[-2:]
    if k != rows:
        raise Malformed("", f"{list(ids.shape)} times {list(weights.shape)}")
    batch = broadcast(trace, left.shape[:-2], right.shape[:-2])
    trace.charge(math.prod(batch) * m * k * n)
    turned = exact(np.swapaxes(right, -1, -2))
    if scale != 1:
        turned = turned * scale
    lefts = np.broadcast_to(left, (*batch, m, k)).reshape(-1, m, k).tolist()
    rights = np.broadcast_to(turned, (*batch, n, k)).reshape(-1, n, k).tolist()
    made = trace.block(
        (
            (inputs, column)
            for points, columns in zip(lefts, rights, strict=True)
            for inputs in points
            for column in columns
        ),
        None if bias is None else bias.reshape(-1).tolist(),
    )
    result = np.array(made, dtype=np.int64).reshape((*batch, m, n))
    if ids.ndim == 1:
        result = result[..., 0, :]
    return result[..., 0] if weights.ndim == 1 else result


def _constant_product(left: Array, right: Array, trace: Trace) -> Array:
    if left.ndim > 2 or right.ndim > 2 or not left.ndim or not right.ndim:
        raise Malformed("", "a product of constants that are not matrices")
    a = left[None, :] if left.ndim == 1 else left
    b = right[:, None] if right.ndim == 1 else right
    if a.shape[1] != b.shape[0]:
        raise Malformed("", f"{list(left.shape)} times {list(right.shape)}")
    trace.charge(a.shape[0] * a.shape[1] * b.shape[1])
    rows, columns = a.shape[0], b.shape[1]
    first, second = exact(a).tolist(), exact(b.T).tolist()
    values = [
        added(trace, (x * y for x, y in zip(r, c, strict=True))) for r in first for c in second
    ]
    shape = (rows,) * (left.ndim > 1) + (columns,) * (right.ndim > 1)
    return folded(trace, values, shape, left.dtype)
