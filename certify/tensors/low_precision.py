"""Products of integer matrices in short types, where they are proven exact.

A product is exact where the type holds every entry and the accumulator every partial sum, in
any order of summation. float16 holds the integers up to 2¹¹, bfloat16 those up to 2⁸. A GPU adds
their products in float32, aligned to the largest of them with 24 bits or more (M. Fasi, N. Higham,
M. Mikaitis, S. Pranesh, "Numerical behavior of NVIDIA tensor cores", 2021): exact below 2²⁴. A
CPU may round sums to the type itself. int8 products are added in int32, but by a CPU without
VNNI in pairs in int16 first (oneDNN, "Nuances of int8 computations"): inputs of seven bits keep
two products of them below 2¹⁵.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from .ambient import neutral
from .enclosure import Array, largest

Product = Callable[[Tensor], Tensor]

ENTRIES = {"float16": 1 << 11, "bfloat16": 1 << 8, "int8": 127}  # the largest, in size
SUMS = 1 << 24  # integers that float32, the type of every result, holds
PAYS = {"cpu": 1 << 14, "cuda": 1 << 12}  # entries of a matrix from which on it is faster
CHOICES = {"cpu": ("int8",), "cuda": ("float16", "int8")}  # by itself, the fastest first


@dataclass(frozen=True)
class Integers:
    """x ↦ Wx + b on integers lower ≤ x ≤ upper, and a bound on every partial sum."""

    weights: Array  # (rows, columns)
    bias: Array
    lower: int
    upper: int
    mass: int


def chosen(product: Integers, wanted: str, device: torch.device) -> Product | None:
    """The product in a short type that is proven exact for it; None where there is none.

    ``wanted`` is a short type, or "auto" for the fastest on this device where it pays.
    """
    names: tuple[str, ...] = (wanted,) if wanted in SHORT else ()
    if wanted == "auto" and product.weights.size >= PAYS.get(device.type, 1 << 62):
        names = CHOICES[device.type]
    for name in names:
        if refusal(product, name, device) is None:
            return SHORT[name](product, device)
    return None


def refusal(product: Integers, name: str, device: torch.device) -> str | None:
    """Why a product is not proven exact in a type on a device; None where it is."""
    if not adds_exactly(name, device):
        return f"{name} products are not to be had, or not exact, on {device.type}"
    entries = ENTRIES[name]
    heaviest, reach = largest(product.weights), max(-product.lower, product.upper)
    if name == "int8":
        if product.upper - product.lower > entries:
            return f"inputs from {product.lower} to {product.upper} are more than 7 bits"
    elif reach > entries:
        return f"inputs up to {reach} are past {name}"
    if heaviest > entries:
        return f"weights up to {heaviest} are past {name}"
    mass, limit = product.mass, _sums(name, device)
    if name == "int8":
        weight = largest(abs(product.weights).sum(axis=1))
        mass = weight * (product.upper - product.lower) + largest(_moved(product))
    return None if mass < limit else f"partial sums up to {mass} are not below {limit}"


def _sums(name: str, device: torch.device) -> int:
    """Partial sums below this are exact."""
    return SUMS if name == "int8" or _adds_in_float32(device) else ENTRIES[name] + 1


def _adds_in_float32(device: torch.device) -> bool:
    """Can a product of a short float type be had in float32?"""
    return device.type == "cuda" and hasattr(torch.ops.aten.mm, "dtype")


# ------------------------------------------------------ one builder for each type


def _floating(dtype: torch.dtype) -> Callable[[Integers, torch.device], Product]:
    def build(product: Integers, device: torch.device) -> Product:
        matrix = torch.as_tensor(product.weights.T.astype(np.float32), device=device).to(dtype)
        offset = torch.as_tensor(product.bias.astype(np.float32), device=device)
        if _adds_in_float32(device):
            return lambda x: torch.mm(x.to(dtype), matrix, out_dtype=torch.float32).add_(offset)
        return lambda x: torch.mm(x.to(dtype), matrix).to(torch.float32).add_(offset)

    return build


def _moved(product: Integers) -> Array:
    """The bias that belongs to inputs of which the least is 0."""
    return product.bias + product.lower * product.weights.sum(axis=1)


def _bytes(product: Integers, device: torch.device) -> Product:
    return (_quantized if device.type == "cpu" else _padded_bytes)(product, device)


def _quantized(product: Integers, device: torch.device) -> Product:
    """By oneDNN: unsigned inputs, signed weights, all scales 1."""
    least, moved = product.lower, _moved(product)
    weights = torch.as_tensor(product.weights.astype(np.int8))
    packed = torch.ops.onednn.qlinear_prepack(weights, None)
    scales = torch.ones(len(moved), dtype=torch.float32)
    zeros = torch.zeros(len(moved), dtype=torch.int64)
    bias = torch.as_tensor(moved.astype(np.float32))
    # of the result: scale, zero, type, and that nothing follows the product
    result: tuple[object, ...] = (1.0, 0, torch.float32, "none", [], "")
    multiply = torch.ops.onednn.qlinear_pointwise

    def run(x: Tensor) -> Tensor:
        entries = (x - least if least else x).to(torch.uint8)
        found: Tensor = multiply(entries, 1.0, 0, packed, scales, zeros, bias, *result)
        return found

    return run


def _padded_bytes(product: Integers, device: torch.device) -> Product:
    """As a GPU has it: multiples of 8 rows and columns, and more than 16 samples."""
    least, moved = product.lower, _moved(product)
    rows, columns = product.weights.shape
    padded = np.zeros((-(-columns // 8) * 8, -(-rows // 8) * 8), dtype=np.int8)
    padded[:columns, :rows] = product.weights.T
    matrix = torch.as_tensor(padded, device=device)
    offset = torch.as_tensor(moved.astype(np.int32), device=device)

    def run(x: Tensor) -> Tensor:
        entries = x.new_zeros((max(len(x), 17), len(matrix)), dtype=torch.int8)
        entries[: len(x), :columns] = x - least
        return (torch._int_mm(entries, matrix)[: len(x), :rows] + offset).to(torch.float32)

    return run


SHORT: dict[str, Callable[[Integers, torch.device], Product]] = {
    "float16": _floating(torch.float16),
    "bfloat16": _floating(torch.bfloat16),
    "int8": _bytes,
}


@lru_cache(maxsize=32)
@neutral()
def adds_exactly(name: str, device: torch.device) -> bool:
    """Does the device multiply matrices at the limits of what is claimed for a type exactly?

    It should; one that does not, or does not know the operation, is never asked.
    """
    entries, most = ENTRIES[name], _sums(name, device) - 1
    rng = np.random.default_rng(0)
    for heavy in (1, entries):
        columns = min(1024, most // (heavy * entries))
        if not columns:
            continue
        weights = rng.integers(-heavy, heavy + 1, (32, columns))
        weights[0], weights[1] = heavy, -heavy
        x = rng.integers(0, entries + 1, (64, columns))
        x[0] = entries
        product = Integers(weights, np.zeros(32, dtype=np.int64), 0, entries, most)
        try:
            run = SHORT[name](product, device)
            found = run(torch.as_tensor(x, device=device).to(torch.float32))
        except (RuntimeError, AttributeError):
            return False
        if not (found.to(torch.int64).cpu().numpy() == x @ weights.T).all():
            return False
    return True
