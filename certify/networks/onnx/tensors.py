"""TensorProto: one tensor of an ONNX file becomes a numpy array, or is refused by name."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from ...kernel.verdict import Malformed, shorten
from ..constants import plain
from ..graph import Array, quoted
from ..trace import MAX_WORK
from .ops.shapes import ELEMENTS

_FIELDS = ("raw_data", "float_data", "int32_data", "int64_data", "double_data", "uint64_data")


class Constants(Mapping[str, Array]):
    """The initialisers by name, each decoded when it is first asked for.

    So a tensor that no node reads may be of any type.
    """

    def __init__(self, tensors: Mapping[str, Any]) -> None:
        self.tensors = tensors
        self.known: dict[str, Array] = {}

    def __getitem__(self, name: str) -> Array:
        if name not in self.known:
            at = f"tensor {quoted(name)}"
            self.known[name] = plain(decoded(self.tensors[name], at))
        return self.known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tensors)

    def __len__(self) -> int:
        return len(self.tensors)


def decoded(tensor: Any, at: str) -> Array:
    """The values of a tensor whose data are in it. Raises Malformed, at ``at``."""
    kind = ELEMENTS.get(tensor.data_type)
    if kind is None:
        names = onnx.TensorProto.DataType
        known = tensor.data_type in names.values()
        found = names.Name(tensor.data_type) if known else str(tensor.data_type)
        raise Malformed(at, f"tensors of type {found} are not supported")
    if min(tensor.dims, default=0) < 0 or math.prod(tensor.dims) > MAX_WORK:
        raise Malformed(at, f"dimensions {shorten(list(tensor.dims))}")
    if tensor.HasField("segment"):
        raise Malformed(at, "a segment of a tensor is not supported")
    if sum(bool(getattr(tensor, field)) for field in _FIELDS) > 1:
        raise Malformed(at, "its data are there twice")
    try:
        with np.errstate(all="ignore"):
            array = numpy_helper.to_array(tensor)
    except (ValueError, TypeError, OverflowError) as error:
        raise Malformed(at, f"its data do not fit its dimensions: {error}") from None
    _check_range(tensor, kind, at)
    return np.asarray(array)


def _check_range(tensor: Any, kind: str, at: str) -> None:
    """Small types are stored in wider fields, and a truth value in a byte: nothing may be cut."""
    if kind == "bool" and tensor.raw_data:
        good = not tensor.raw_data.strip(b"\x00\x01")
    elif tensor.int32_data:
        low, high = _limits(kind)
        good = low <= min(tensor.int32_data) and max(tensor.int32_data) <= high
    elif tensor.uint64_data:
        good = kind == "uint64" or max(tensor.uint64_data) < 1 << 32
    else:
        good = True
    if not good:
        raise Malformed(at, f"a number that {kind} does not hold")


def _limits(kind: str) -> tuple[int, int]:
    if kind in ("float16", "bfloat16"):  # their 16 bits
        return 0, (1 << 16) - 1
    if kind == "bool":
        return 0, 1
    limits = np.iinfo(kind)
    return int(limits.min), int(limits.max)
