"""What each ATen operator becomes: one entry each, made of the ONNX operators.

A function here has the parameters of its operator. Tensors stand as :class:`Tensor` where they
are computed from the input and as numpy arrays where they are constants; numbers stand as they
are written. Views need no entry; an operation in place has that of its name without "_".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ...kernel.verdict import Malformed
from ..constants import fractions
from ..graph import Array, Tensor, Value
from ..onnx.ops import OPERATORS

if TYPE_CHECKING:
    from .trace import Recorder

# operators that only move numbers about, whatever these are
MOVES = frozenset(
    (
        "cat",
        "stack",
        "clone",
        "index",
        "index_select",
        "gather",
        "index_put",
        "index_copy",
        "scatter",
        "flip",
        "roll",
        "repeat",
        "slice_scatter",
        "select_scatter",
        "diagonal_scatter",
        "as_strided_scatter",
        "take",
        "lift_fresh_copy",
        "pixel_shuffle",
        "pixel_unshuffle",
        "channel_shuffle",
        "reflection_pad1d",
        "reflection_pad2d",
        "reflection_pad3d",
        "replication_pad1d",
        "replication_pad2d",
        "replication_pad3d",
        "rot90",
        "upsample_nearest1d",
        "upsample_nearest2d",
        "upsample_nearest3d",
        "_upsample_nearest_exact1d",
        "_upsample_nearest_exact2d",
        "_upsample_nearest_exact3d",
        "view_copy",
        "permute_copy",
        "_reshape_copy",
        "expand_copy",
    )
)

# ---------------------------------------------------------------- arithmetic


def _plain(kind: str) -> Callable[..., Value]:
    def one(r: Recorder, x: Value) -> Value:
        return r.op(kind, x)

    def two(r: Recorder, x: Value, y: Value) -> Value:
        return r.op(kind, x, y)

    return two if OPERATORS[kind].most != 1 else one


def _times(r: Recorder, x: Value, factor: Any) -> Value:
    return x if isinstance(factor, (int, float)) and factor == 1 else r.op("Mul", x, factor)


def _add(r: Recorder, x: Value, y: Value, alpha: Any = 1) -> Value:
    return r.op("Add", x, _times(r, y, alpha))


def _sub(r: Recorder, x: Value, y: Value, alpha: Any = 1) -> Value:
    return r.op("Sub", x, _times(r, y, alpha))


def _rsub(r: Recorder, x: Value, y: Value, alpha: Any = 1) -> Value:
    return r.op("Sub", y, _times(r, x, alpha))


def _div(r: Recorder, x: Value, y: Value, rounding_mode: Any = None) -> Value:
    if rounding_mode is not None:
        raise Malformed("", f"rounding_mode {rounding_mode} is not piecewise linear")
    return r.op("Div", x, y)


def _addcmul(r: Recorder, x: Value, a: Value, b: Value, value: Any = 1) -> Value:
    return r.op("Add", x, _times(r, r.op("Mul", a, b), value))


def _addcdiv(r: Recorder, x: Value, a: Value, b: Value, value: Any = 1) -> Value:
    return r.op("Add", x, _times(r, r.op("Div", a, b), value))


def _pow(r: Recorder, x: Value, exponent: Any) -> Value:
    if isinstance(exponent, (int, float)) and exponent == 1:
        return x
    raise Malformed("", "a power of a computed tensor is not piecewise linear")


def _same(r: Recorder, x: Value, **_: Any) -> Value:
    return x


def _copy(r: Recorder, x: Value, source: Value, non_blocking: bool = False) -> Value:
    return _expanded(r, source, x.shape)


def _fill(r: Recorder, x: Value, value: Value) -> Value:
    if not isinstance(value, Tensor):
        return np.array(value)  # the memory holds it
    return _expanded(r, value, x.shape)


def _zero(r: Recorder, x: Value) -> Value:
    return np.array(0.0)


def _expanded(r: Recorder, value: Value, shape: tuple[int, ...]) -> Value:
    if not isinstance(value, Tensor):
        return value
    return Tensor(np.broadcast_to(value.ids, shape).copy())


# ------------------------------------------------------------------ products


def _matmul(r: Recorder, x: Value, y: Value) -> Value:
    product = r.op("MatMul", x, y)
    r.remember(product, y, None, -1, lambda w, b: r.op("Add", r.op("MatMul", x, w), b))
    return product


def _linear(r: Recorder, x: Value, weight: Value, bias: Value | None = None) -> Value:
    turned = Tensor(weight.ids.T) if isinstance(weight, Tensor) else weight.T
    product = r.op("MatMul", x, turned)
    return product if bias is None else r.op("Add", product, bias)


def _add_product(r: Recorder, c: Value, x: Value, y: Value, beta: Any = 1, alpha: Any = 1) -> Value:
    product = _times(r, r.op("MatMul", x, y), alpha)
    total = product if beta == 0 else r.op("Add", product, _times(r, c, beta))
    if beta == alpha == 1:
        r.remember(total, y, c, -1, lambda w, b: r.op("Add", r.op("MatMul", x, w), b))
    return total


def _convolution(
    r: Recorder,
    x: Value,
    weight: Value,
    bias: Value | None,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    output_padding: Sequence[int],
    groups: int,
) -> Value:
    rank = len(weight.shape) - 2
    stride, padding, dilation = (_each(v, rank) for v in (stride, padding, dilation))
    common: dict[str, Any] = {
        "group": groups,
        "pads": padding * 2,
        "strides": stride,
        "dilations": dilation,
    }
    if transposed:
        common["output_padding"] = _each(output_padding, rank)
    kind = "ConvTranspose" if transposed else "Conv"
    made = r.op(kind, x, weight, bias, **common)
    if not transposed:
        r.remember(made, weight, bias, 0, lambda w, b: r.op(kind, x, w, b, **common))
    return made


def _batch_norm(
    r: Recorder,
    x: Value,
    weight: Value | None,
    bias: Value | None,
    mean: Value | None,
    variance: Value | None,
    training: bool,
    momentum: float,
    eps: float,
) -> Value:
    if training or mean is None or variance is None:
        raise Malformed("", "no running statistics")
    ones = np.ones(len(mean), dtype=mean.dtype)
    weight = ones if weight is None else weight
    bias = 0 * ones if bias is None else bias
    if r.fuse:
        return r.fused(x, weight, bias, mean, variance, eps)
    try:
        return r.op("BatchNormalization", x, weight, bias, mean, variance, epsilon=r.number(eps))
    except Malformed as error:
        if "rational" not in error.message:
            raise
        hint = f"{error.message}; from_torch(module, fuse=True) rounds its factors"
        raise Malformed(error.at, hint) from None


def _batch_norm_legit(
    r: Recorder, x: Value, w: Any, b: Any, mean: Any, var: Any, momentum: float, eps: float
) -> Value:
    return _batch_norm(r, x, w, b, mean, var, False, momentum, eps)


# --------------------------------------------------------------------- pools


def _each(value: Any, rank: int) -> tuple[int, ...]:
    values = (value,) if isinstance(value, int) else tuple(value)
    return values * rank if len(values) == 1 else values


def _pool(
    r: Recorder, kind: str, x: Value, kernel: Any, stride: Any, padding: Any, **more: Any
) -> Value:
    rank = len(kernel)
    kernel = _each(kernel, rank)
    bare = len(x.shape) == rank + 1
    found = r.op(
        kind,
        Tensor(x.ids[None]) if bare else x,
        kernel_shape=kernel,
        strides=_each(stride, rank) if len(stride) else kernel,
        pads=_each(padding, rank) * 2,
        **more,
    )
    return Tensor(found.ids[0]) if bare else found


def _max_pool(
    r: Recorder,
    x: Value,
    kernel: Any,
    stride: Any = (),
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> Value:
    spread = _each(dilation, len(kernel))
    more = {"dilations": spread, "ceil_mode": int(ceil_mode)}
    return _pool(r, "MaxPool", x, kernel, stride, padding, **more)


def _avg_pool(
    r: Recorder,
    x: Value,
    kernel: Any,
    stride: Any = (),
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Value:
    if divisor_override:
        raise Malformed("", "divisor_override")
    more = {"count_include_pad": int(count_include_pad), "ceil_mode": int(ceil_mode)}
    return _pool(r, "AveragePool", x, kernel, stride, padding, **more)


def _adaptive_windows(sizes: Sequence[int], outputs: Sequence[int]) -> list[tuple[slice, ...]]:
    """The window of each output: torch's own rounding of its ends."""
    axes = [
        [slice(i * size // n, -(-(i + 1) * size // n)) for i in range(n)]
        for size, n in zip(sizes, outputs, strict=True)
    ]
    places = np.ndindex(*(len(axis) for axis in axes))
    return [tuple(axis[i] for axis, i in zip(axes, place, strict=True)) for place in places]


def _adaptive(r: Recorder, x: Value, output_size: Sequence[int], mean: bool) -> Value:
    rank = len(output_size)
    planes = x.ids.reshape(-1, *x.shape[-rank:])
    shape = (*x.shape[:-rank], *output_size)
    groups = [
        plane[window].reshape(-1)
        for plane in planes
        for window in _adaptive_windows(x.shape[-rank:], output_size)
    ]
    if mean:
        rows = (([*map(int, g)], [Fraction(1, len(g))] * len(g)) for g in groups)
        made = r.trace.block(rows, lowered="AveragePool")
        return Tensor(np.array(made, dtype=np.int64).reshape(shape))
    return Tensor(_largest(r, groups, "Max").reshape(shape))


def _adaptive_avg(r: Recorder, x: Value, output_size: Sequence[int]) -> Value:
    return _adaptive(r, x, output_size, True)


def _adaptive_max(r: Recorder, x: Value, output_size: Sequence[int]) -> Value:
    return _adaptive(r, x, output_size, False)


# ---------------------------------------------------------------- reductions


def _axes(x: Value, dim: Any) -> tuple[int, ...]:
    if dim is None or (not isinstance(dim, int) and not len(dim)):
        return tuple(range(len(x.shape)))
    return (dim,) if isinstance(dim, int) else tuple(dim)


def _reduced(kind: str) -> Callable[..., Value]:
    def reduce(
        r: Recorder, x: Value, dim: Any = None, keepdim: bool = False, dtype: Any = None
    ) -> Value:
        if not x.shape:
            return x
        if kind in ("Max", "Min"):
            return _extreme(r, x, _axes(x, dim), keepdim, kind)
        axes = np.array(_axes(x, dim), dtype=np.int64)
        return r.op(kind, x, axes, keepdims=int(keepdim))

    return reduce


def _extreme(r: Recorder, x: Value, axes: tuple[int, ...], keepdim: bool, kind: str) -> Value:
    rank = len(x.shape)
    over = sorted({a % rank for a in axes})
    rest = [a for a in range(rank) if a not in over]
    groups = x.ids.transpose(*rest, *over).reshape(*(x.shape[a] for a in rest), -1)
    made = _largest(r, groups.reshape(-1, groups.shape[-1]), kind)
    kept = [1 if a in over else d for a, d in enumerate(x.shape) if keepdim or a not in over]
    return Tensor(made.reshape(kept))


def _largest(r: Recorder, groups: Sequence[Array], kind: str) -> Array:
    """The largest (or smallest) element of each group of elements."""
    from ..onnx.ops.extremes import extreme
    from ..onnx.ops.piecewise import Combination

    of = [[Combination.of(int(i)) for i in group] for group in groups]
    return extreme(r.trace, of, 1 if kind == "Max" else -1, kind)


def _max_or(kind: str) -> Callable[..., Value]:
    """max and min: of all, over one dimension, or of two tensors."""

    def choose(r: Recorder, x: Value, other: Any = None, keepdim: bool = False) -> Value:
        if isinstance(other, (Tensor, np.ndarray)):
            return r.op(kind, x, other)
        return _reduced(kind)(r, x, other, keepdim)

    return choose


def _norm(r: Recorder, x: Value, order: Any = 2, dim: Any = None, keepdim: bool = False) -> Value:
    if order == 1:
        return _reduced("ReduceSum")(r, r.op("Abs", x), dim, keepdim)
    if order == float("inf"):
        return _reduced("Max")(r, r.op("Abs", x), dim, keepdim)
    raise Malformed("", f"a norm of order {order} is not piecewise linear")


# ----------------------------------------------------------- piecewise linear


def _relu(r: Recorder, x: Value) -> Value:
    return r.op("Relu", x)


def _threshold(r: Recorder, x: Value, threshold: Any, value: Any) -> Value:
    if threshold != value:
        raise Malformed("", f"threshold {threshold} with value {value} is not continuous")
    return r.op("Max", x, threshold)


def _clamp(r: Recorder, x: Value, min: Any = None, max: Any = None) -> Value:
    if min is not None:
        x = r.op("Max", x, min)
    return x if max is None else r.op("Min", x, max)


def _clamp_max(r: Recorder, x: Value, max: Any) -> Value:
    return r.op("Min", x, max)


def _hardtanh(r: Recorder, x: Value, low: Any = -1, high: Any = 1) -> Value:
    return r.op("Clip", x, low, high)


def _leaky(r: Recorder, x: Value, slope: Any = 0.01) -> Value:
    return r.op("LeakyRelu", x, alpha=r.number(slope))


def _prelu(r: Recorder, x: Value, weight: Value) -> Value:
    return r.op("PRelu", x, weight)


def _hardsigmoid(r: Recorder, x: Value) -> Value:
    return r.op("Div", r.op("Clip", r.op("Add", x, 3), 0, 6), 6)


def _softshrink(r: Recorder, x: Value, bound: Any = 0.5) -> Value:
    above = r.op("Relu", r.op("Sub", x, bound))
    below = r.op("Relu", r.op("Sub", r.op("Neg", x), bound))
    return r.op("Sub", above, below)


# ------------------------------------------------------------------- choices


def elements(r: Recorder, value: Value) -> Array:
    """The elements of a value; those of a constant are made."""
    if isinstance(value, Tensor):
        return value.ids
    array = r.scalar(value) if isinstance(value, (int, float)) else value
    ids = [r.trace.constant(v) for v in fractions(array)]
    return np.array(ids, dtype=np.int64).reshape(array.shape)


def _where(r: Recorder, condition: Value, x: Value, y: Value) -> Value:
    if not isinstance(condition, np.ndarray):
        return r.op("Where", condition, x, y)
    return Tensor(np.where(condition != 0, elements(r, x), elements(r, y)))


def _masked_fill(r: Recorder, x: Value, mask: Value, value: Value) -> Value:
    return _where(r, mask, value, x)


def _pad(r: Recorder, x: Value, pad: Sequence[int], value: Any = 0) -> Value:
    fill = int(elements(r, value))
    ids = torch.from_numpy(x.ids.astype(np.float64))
    padded = torch.constant_pad_nd(ids, list(pad), float(fill))
    return Tensor(padded.numpy().astype(np.int64))


def _triangle(part: Callable[..., Array]) -> Callable[..., Value]:
    def cut(r: Recorder, x: Value, diagonal: int = 0) -> Value:
        mask = part(np.ones(x.shape), diagonal)
        return _where(r, mask, x, 0)

    return cut


def _im2col(r: Recorder, x: Value, kernel: Any, dilation: Any, padding: Any, stride: Any) -> Value:
    around = [p for p in reversed(_each(padding, 2)) for _ in range(2)]
    ids = torch.from_numpy(_pad(r, x, around).ids.astype(np.float64))
    columns = torch.ops.aten.im2col(ids, kernel, dilation, [0, 0], stride)
    return Tensor(columns.numpy().astype(np.int64))


def _compared(kind: str) -> Callable[..., Value]:
    def compare(r: Recorder, x: Value, y: Value) -> Value:
        return r.op(kind, x, y) if kind in OPERATORS else None

    return compare


def _cumsum(r: Recorder, x: Value, dim: int, dtype: Any = None) -> Value:
    return r.op("CumSum", x, np.array(dim, dtype=np.int64))


COMPARISONS: dict[str, Callable[..., Value]] = {
    "gt": _compared("Greater"),
    "ge": _compared("GreaterOrEqual"),
    "lt": _compared("Less"),
    "le": _compared("LessOrEqual"),
}

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "_adaptive_avg_pool2d": _adaptive_avg,
    "_adaptive_avg_pool3d": _adaptive_avg,
    "_native_batch_norm_legit_no_training": _batch_norm_legit,
    "_prelu_kernel": _prelu,
    "_to_copy": _same,
    "abs": _plain("Abs"),
    "adaptive_max_pool2d": _adaptive_max,
    "adaptive_max_pool3d": _adaptive_max,
    "add": _add,
    "addcdiv": _addcdiv,
    "addcmul": _addcmul,
    "addmm": _add_product,
    "addmv": _add_product,
    "amax": _reduced("Max"),
    "amin": _reduced("Min"),
    "avg_pool2d": _avg_pool,
    "avg_pool3d": _avg_pool,
    "baddbmm": _add_product,
    "bmm": _matmul,
    "clamp": _clamp,
    "clamp_max": _clamp_max,
    "clamp_min": _clamp,
    "constant_pad_nd": _pad,
    "convolution": _convolution,
    "copy": _copy,
    "cumsum": _cumsum,
    "div": _div,
    "dot": _matmul,
    "fill": _fill,
    "hardsigmoid": _hardsigmoid,
    "hardtanh": _hardtanh,
    "im2col": _im2col,
    "leaky_relu": _leaky,
    "linalg_vector_norm": _norm,
    "linear": _linear,
    "masked_fill": _masked_fill,
    "max": _max_or("Max"),
    "max_pool2d_with_indices": _max_pool,
    "max_pool3d_with_indices": _max_pool,
    "maximum": _plain("Max"),
    "mean": _reduced("ReduceMean"),
    "min": _max_or("Min"),
    "minimum": _plain("Min"),
    "mm": _matmul,
    "mul": _plain("Mul"),
    "mv": _matmul,
    "native_batch_norm": _batch_norm,
    "neg": _plain("Neg"),
    "pow": _pow,
    "relu": _relu,
    "rsub": _rsub,
    "softshrink": _softshrink,
    "sub": _sub,
    "sum": _reduced("ReduceSum"),
    "threshold": _threshold,
    "tril": _triangle(np.tril),
    "triu": _triangle(np.triu),
    "where": _where,
    "zero": _zero,
}
