"""Exact sums of int64 tensors, past 2⁶³ where need be."""

from __future__ import annotations

from torch import Tensor

_HALF = 31
_MASK = (1 << _HALF) - 1


def whole_sum(values: Tensor, reach: int) -> int:
    """The sum of non-negative int64 entries that are at most ``reach``, past 2⁶³ if need be."""
    if reach * len(values) < 1 << 63:
        return int(values.sum())
    return (int((values >> _HALF).sum()) << _HALF) + int((values & _MASK).sum())


def square_sum(values: Tensor, reach: int) -> int:
    """The sum of the squares of such entries.

    Past 2⁶² the square of an upper half is no int64 any more: Python's integers take over.
    """
    if reach >= 1 << 2 * _HALF:
        return sum(v * v for v in values.tolist())
    if reach < 1 << _HALF:
        return whole_sum(values * values, reach * reach)
    high, low = values >> _HALF, values & _MASK
    top = reach >> _HALF
    return (
        (whole_sum(high * high, top * top) << 2 * _HALF)
        + (whole_sum(high * low, top * _MASK) << _HALF + 1)
        + whole_sum(low * low, _MASK * _MASK)
    )


def weighted_sum(values: Tensor, reach: int, weights: Tensor | None) -> int:
    """Σ weight · entry; the weights are positive integers, 1 where there are none."""
    if weights is None:
        return whole_sum(values, reach)
    top = int(weights.max())
    if reach * top < 1 << 62:
        return whole_sum(values * weights, reach * top)
    return sum(v * w for v, w in zip(values.tolist(), weights.tolist(), strict=True))
