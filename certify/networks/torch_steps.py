"""What each torch module and function becomes: one entry each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from ..kernel.verdict import shorten
from .graph import Array
from .torch_write import MaskedLinear

if TYPE_CHECKING:
    from .torch_read import Reader


def array(tensor: torch.Tensor) -> Array:
    """A tensor's exact values; bfloat16 widens to float32."""
    tensor = tensor.detach().cpu()
    return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()


# ------------------------------------------------------------------- modules


def _linear(reader: Reader, part: nn.Linear, step: Any) -> None:
    weight = array(part.weight).T
    if part.bias is None:
        reader.emit(step, "MatMul", [step.args[0], weight])
    else:
        product = reader.emit(step, "MatMul", [step.args[0], weight], to="product")
        reader.emit(step, "Add", [product, array(part.bias)])


def _masked(reader: Reader, part: MaskedLinear, step: Any) -> None:
    product = reader.emit(step, "MatMul", [step.args[0], array(part.weight).T], to="product")
    total = reader.emit(step, "Add", [product, array(part.bias)], to="sum")
    slopes = 1 - array(part.relu).astype(np.float32)
    reader.emit(step, "PRelu", [total, slopes])


def _conv(reader: Reader, part: Any, step: Any) -> None:
    if part.padding_mode != "zeros":
        reader.fail(f"padding_mode {part.padding_mode}")
    pads = [0] * (2 * len(part.kernel_size))
    if part.padding == "same":
        for axis, (size, dilation) in enumerate(zip(part.kernel_size, part.dilation, strict=True)):
            total = dilation * (size - 1)
            pads[axis], pads[len(part.kernel_size) + axis] = total // 2, total - total // 2
    elif part.padding != "valid":
        pads = [*part.padding, *part.padding]
    reader.emit(
        step,
        "Conv",
        [step.args[0], array(part.weight), None if part.bias is None else array(part.bias)],
        group=part.groups,
        pads=tuple(pads),
        strides=tuple(part.stride),
        dilations=tuple(part.dilation),
    )


def _pool(reader: Reader, part: Any, step: Any) -> None:
    rank = len(step.args[0].meta["tensor_meta"].shape) - 2
    kernel, stride, padding = (
        (v,) * rank if isinstance(v, int) else tuple(v)
        for v in (part.kernel_size, part.stride, part.padding)
    )
    common: dict[str, Any] = {
        "kernel_shape": kernel,
        "strides": stride,
        "pads": padding * 2,
        "ceil_mode": int(part.ceil_mode),
    }
    if isinstance(part, (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)):
        if part.return_indices:
            reader.fail("return_indices")
        dilation = part.dilation
        dilations = (dilation,) * rank if isinstance(dilation, int) else tuple(dilation)
        reader.emit(step, "MaxPool", [step.args[0]], dilations=dilations, **common)
        return
    if getattr(part, "divisor_override", None):
        reader.fail("divisor_override")
    counted = int(part.count_include_pad)
    reader.emit(step, "AveragePool", [step.args[0]], count_include_pad=counted, **common)


def _adaptive(reader: Reader, part: Any, step: Any) -> None:
    if part.output_size not in (1, (1,), (1, 1)):
        reader.fail(f"{type(part).__name__} to {part.output_size} is not supported")
    reader.emit(step, "GlobalAveragePool", [step.args[0]])


def _batch_norm(reader: Reader, part: Any, step: Any) -> None:
    if part.running_mean is None:
        reader.fail("no running statistics")
    ones = np.ones(part.num_features, dtype=np.float32)
    reader.emit(
        step,
        "BatchNormalization",
        [
            step.args[0],
            array(part.weight) if part.affine else ones,
            array(part.bias) if part.affine else 0 * ones,
            array(part.running_mean),
            array(part.running_var),
        ],
        epsilon=reader.number(part.eps),
    )


def _prelu(reader: Reader, part: nn.PReLU, step: Any) -> None:
    slopes = array(part.weight)
    if slopes.size > 1:
        rank = len(step.meta["tensor_meta"].shape)
        slopes = slopes.reshape(-1, *(1,) * (rank - 2))
    reader.emit(step, "PRelu", [step.args[0], slopes])


def _leaky(reader: Reader, part: nn.LeakyReLU, step: Any) -> None:
    reader.emit(step, "LeakyRelu", [step.args[0]], alpha=reader.number(part.negative_slope))


def _clip(reader: Reader, part: nn.Hardtanh, step: Any) -> None:
    bounds = [reader.scalar(float(part.min_val)), reader.scalar(float(part.max_val))]
    reader.emit(step, "Clip", [step.args[0], *bounds])


def _same(reader: Reader, part: Any, step: Any) -> None:
    reader.emit(step, "Identity", [step.args[0]])


def _relu(reader: Reader, part: Any, step: Any) -> None:
    reader.emit(step, "Relu", [step.args[0]])


def _moved(reader: Reader, part: Any, step: Any) -> None:
    """Flatten and its like: only the shape changes, and the order stays."""
    shape = np.array(step.meta["tensor_meta"].shape, dtype=np.int64)
    reader.emit(step, "Reshape", [step.args[0], shape])


Convert = Callable[["Reader", Any, Any], None]

MODULES: dict[type[nn.Module], Convert] = {
    MaskedLinear: _masked,
    nn.AdaptiveAvgPool1d: _adaptive,
    nn.AdaptiveAvgPool2d: _adaptive,
    nn.AvgPool1d: _pool,
    nn.AvgPool2d: _pool,
    nn.BatchNorm1d: _batch_norm,
    nn.BatchNorm2d: _batch_norm,
    nn.Conv1d: _conv,
    nn.Conv2d: _conv,
    nn.Dropout: _same,
    nn.Dropout1d: _same,
    nn.Dropout2d: _same,
    nn.Flatten: _moved,
    nn.Hardtanh: _clip,
    nn.Identity: _same,
    nn.LeakyReLU: _leaky,
    nn.Linear: _linear,
    nn.MaxPool1d: _pool,
    nn.MaxPool2d: _pool,
    nn.PReLU: _prelu,
    nn.ReLU: _relu,
    nn.ReLU6: _clip,
    nn.Unflatten: _moved,
}

# ----------------------------------------------------------------- functions


def _operator(kind: str, count: int) -> Callable[[Reader, Any], None]:
    def convert(reader: Reader, step: Any) -> None:
        extra = {k: v for k, v in step.kwargs.items() if k != "inplace"}
        if len(step.args) != count or extra:
            reader.fail(f"arguments {shorten(repr((step.args, extra)))} are not supported")
        reader.emit(step, kind, step.args)

    return convert


def _reshaped(reader: Reader, step: Any) -> None:
    _moved(reader, None, step)


def _concatenated(reader: Reader, step: Any) -> None:
    axis = step.args[1] if len(step.args) > 1 else step.kwargs.get("dim", 0)
    reader.emit(step, "Concat", step.args[0], axis=axis)


def _kept(reader: Reader, step: Any) -> None:
    _same(reader, None, step)


def _dropout(reader: Reader, step: Any) -> None:
    if step.kwargs.get("training", step.args[2] if len(step.args) > 2 else True):
        reader.fail("drops even in evaluation: pass training=self.training")
    _same(reader, None, step)


# torch functions, tensor methods and Python operators, by name; "_" at the end is in place
FUNCTIONS: dict[str, Callable[[Reader, Any], None]] = {
    "abs": _operator("Abs", 1),
    "add": _operator("Add", 2),
    "iadd": _operator("Add", 2),
    "cat": _concatenated,
    "concat": _concatenated,
    "contiguous": _kept,
    "dropout": _dropout,
    "flatten": _reshaped,
    "maximum": _operator("Max", 2),
    "minimum": _operator("Min", 2),
    "mul": _operator("Mul", 2),
    "neg": _operator("Neg", 1),
    "relu": _operator("Relu", 1),
    "reshape": _reshaped,
    "squeeze": _reshaped,
    "sub": _operator("Sub", 2),
    "truediv": _operator("Div", 2),
    "unsqueeze": _reshaped,
    "view": _reshaped,
}
