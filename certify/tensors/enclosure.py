"""What is proven about a tensor: integers times a unit, with bounds, or with an error."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..kernel.verdict import Decline

Array = np.ndarray[Any, Any]  # of int64, or of Python integers where those do not fit

EXACT = {torch.float32: 24, torch.float64: 53}  # bits of the integers that a type adds exactly
WORD = 62
PAST_DOUBLE = "numbers past a double's"
MAX_VALUES = 16  # more possible values of a component than this are not listed


class Inexact(Exception):
    """An exact computation would need integers past 62 bits."""


@dataclass(frozen=True)
class Policy:
    """The type of what is not exact: float32, float64, or None to raise Inexact instead.

    Beside a type, nothing is computed in a longer one, even where that would be exact.
    ``products`` says in what exact products of matrices may be computed: "auto" adds the short
    types to the plain ones where they are faster, "plain" does not, and a short type by its
    name means that one only, or Inexact.
    """

    dtype: torch.dtype | None
    device: torch.device
    products: str = "auto"

    def exact_type(self, reach: int) -> torch.dtype | None:
        """The fastest type in which integers up to this size are exact, if one is allowed."""
        found = exact_type(reach)
        if found is torch.int64 or (self.dtype is torch.float32 and found is torch.float64):
            return None
        return found


@dataclass(frozen=True)
class Known:
    """A tensor of shape (N, k): exact value = unit · entry, up to ``error`` in the entry.

    ``lower`` and ``upper`` bound the exact value / unit for each component; without an error
    the entries are integers between them. ``values`` lists all that a single component can be.
    """

    unit: Fraction
    lower: Array
    upper: Array
    dtype: torch.dtype
    error: Array | None = None  # float64; None: exact
    values: tuple[int, ...] | None = None

    @property
    def width(self) -> int:
        """k."""
        return len(self.lower)

    @property
    def magnitude(self) -> Array:
        """max |value / unit| for each component."""
        return np.maximum(abs(self.lower), abs(self.upper))

    def columns(self, start: int, stop: int) -> Known:
        """The same for some of the components."""
        error = None if self.error is None else self.error[start:stop]
        values = self.values if stop - start == self.width else None
        lower, upper = self.lower[start:stop], self.upper[start:stop]
        return Known(self.unit, lower, upper, self.dtype, error, values)


@dataclass(frozen=True)
class Step:
    """A function on tensors, and what is known of its result."""

    known: Known
    run: Callable[[Tensor], Tensor]

    def then(self, after: Callable[[Known], Step]) -> Step:
        """This step, then another."""
        second = after(self.known)
        first = self.run
        return Step(second.known, lambda x: second.run(first(x)))


# ------------------------------------------------------------ integers


def integers(values: Sequence[Any] | Array, limit: int = WORD) -> Array:
    """As int64 where all fit, as Python integers elsewhere."""
    array = np.array(values, dtype=object) if not isinstance(values, np.ndarray) else values
    if array.dtype == np.int64:
        return array
    return array.astype(np.int64) if largest(array) < 1 << limit else array


def largest(array: Array) -> int:
    """max |entry|, 0 for none."""
    return max(abs(int(array.max())), abs(int(array.min()))) if array.size else 0


def exact_type(reach: int) -> torch.dtype:
    """The smallest type that holds integers up to this size exactly."""
    return next((dtype for dtype, bits in EXACT.items() if reach < 1 << bits), torch.int64)


def common(array: Array) -> int:
    """The greatest common divisor of all entries; 0 where all are 0."""
    if array.dtype == np.int64:
        return int(np.gcd.reduce(array, axis=None)) if array.size else 0
    return math.gcd(*array.reshape(-1).tolist())


def widened(array: Array, *needed: int) -> Array:
    """As Python integers, unless the numbers that will be reached fit 62 bits."""
    return array if all(n < 1 << WORD for n in needed) else array.astype(object)


def dot_bounds(matrix: Array, lower: Array, upper: Array, bias: Array) -> tuple[Array, Array, int]:
    """Bounds of matrix·x + bias for lower ≤ x ≤ upper, and of every partial sum."""
    reach = max(largest(lower), largest(upper))
    needed = (largest(matrix) * reach * max(1, matrix.shape[1])) + largest(bias)
    matrix, lower, upper, bias = (widened(a, needed) for a in (matrix, lower, upper, bias))
    up, down = np.maximum(matrix, 0), np.minimum(matrix, 0)
    low = up @ lower + down @ upper + bias
    high = up @ upper + down @ lower + bias
    mass = largest(abs(matrix) @ np.maximum(abs(lower), abs(upper)) + abs(bias))
    return low, high, mass


def relu_bounds(low: Array, high: Array, relu: Sequence[bool]) -> tuple[Array, Array]:
    """The bounds after σ."""
    cut = np.array(relu, dtype=bool)
    return np.where(cut, np.maximum(low, 0), low), np.where(cut, np.maximum(high, 0), high)


def as_float(array: Array, ratio: Fraction) -> Array:
    """ratio · array in float64, each entry within a few roundings; Decline past its range."""
    if max(abs(ratio.numerator), ratio.denominator) < 1 << 900:
        with suppress(OverflowError):  # the product may fit where the integers do not
            found: Array = array.astype(np.float64) * float(ratio)
            if np.isfinite(found).all():
                return found
    return np.array([double(int(v) * ratio) for v in array.reshape(-1)]).reshape(array.shape)


def double(value: Fraction) -> float:
    """The nearest double; Decline past its range."""
    try:
        return float(value)
    except OverflowError:
        raise Decline("range", PAST_DOUBLE) from None
