"""What an average averages, as integers over one unit, for each point of a batch."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from torch import Tensor

from ..kernel.data.numbers import common_denominator
from ..kernel.language.claim import Average
from ..kernel.language.kinds.averages import Expectation, MeanSquare
from ..kernel.verdict import Decline
from .enclosure import (
    MAX_VALUES,
    WORD,
    Array,
    Inexact,
    Known,
    Policy,
    as_float,
    double,
    exact_type,
    largest,
)
from .layers import SLACK
from .points import Source
from .ranges import Sides, gap_ranges, value_ranges
from .values import listed

FIXED = 58  # bits of the largest payoff where the unit is free, give or take two
LIMIT = 2.0**62
DOUBLE = 2.0**-48  # relative rounding of a payoff of few outputs in float64, generously
LEAST = 2.0**-500  # above what underflow may lose of a gap; its square is no denormal


@dataclass(frozen=True)
class Gap:
    """Of a squared error: |left · f − right · g| for the entries of two tensors f and g.

    ``error`` is how far each component may be from the exact gap; None where it is exact.
    """

    left: float
    right: float
    error: Array | None


@dataclass(frozen=True)
class Payoff:
    """Payoff = unit · an integer from ``lower`` to ``upper``.

    ``run`` takes the terms' tensors and returns two int64 tensors of shape (N,) between which
    the exact number lies: the same tensor twice where it is exact. ``values`` lists all that
    it can be, where these are few. ``gap`` says how a squared error comes from its tensors.
    """

    unit: Fraction
    lower: int
    upper: int
    exact: bool
    values: tuple[int, ...] | None
    run: Callable[[Sequence[Tensor]], tuple[Tensor, Tensor]]
    gap: Gap | None = None


def payoff(
    claim: Average, known: Sequence[Known], policy: Policy, source: Source | None = None
) -> Payoff:
    """The payoff of a claim, its range narrowed by the kernel's bounds over a source if given.

    Raises Decline for a kind of average that has no bulk form.
    """
    terms = [claim.law.pulled(term) for term in claim.terms()]
    if source and all(k.error is None for k in known):
        known = [listed(k, term, source) for k, term in zip(known, terms, strict=True)]
    if isinstance(claim, MeanSquare):
        gaps = gap_ranges(source, *terms) if source else None
        return _squares(known[0], known[1], policy, gaps)
    if isinstance(claim, Expectation):
        values = value_ranges(source, terms) if source else None
        return _products(known, policy, values)
    raise Decline("kinds", f"{claim.kind} has no bulk form")


def _squares(left: Known, right: Known, policy: Policy, gaps: Sides | None) -> Payoff:
    one, two = _units(left, right)
    bottom = common_denominator((one, two))
    a, b = int(one * bottom), int(two * bottom)
    shared = math.gcd(a, b)
    a, b, unit = a // shared, b // shared, Fraction(shared, bottom)
    # of the gap's components, integers
    low = left.lower.astype(object) * a - right.upper.astype(object) * b
    high = left.upper.astype(object) * a - right.lower.astype(object) * b
    ends = _narrowed(list(zip(low, high, strict=True)), unit, gaps)
    lower = sum(0 if lo <= 0 <= hi else min(lo * lo, hi * hi) for lo, hi in ends)
    upper = sum(max(lo * lo, hi * hi) for lo, hi in ends)
    reach = max([upper, *_reach(left, a), *_reach(right, b)])
    if left.error is None and right.error is None and reach < 1 << WORD:
        dtype = exact_type(reach)

        def exact(terms: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
            gap = terms[0].to(dtype) * a - terms[1].to(dtype) * b
            total = (gap * gap).sum(dim=1).to(torch.int64)
            return total, total

        found = _both({a * x - b * y for x, y in _pairs(left, right)}, ends)
        values = _few({gap * gap for gap in found})
        if values is not None:
            lower, upper = values[0], values[-1]
        return Payoff(unit * unit, lower, upper, True, values, exact, Gap(a, b, None))
    if policy.dtype is None:
        raise Inexact(f"squared errors of {reach.bit_length()} bits")
    scale = _power(Fraction(upper) * unit * unit)
    root = Fraction(2) ** (scale // 2)
    factors = double(one / root), double(two / root)
    spread = (_spread(left, factors[0]) + _spread(right, factors[1])) * SLACK + LEAST
    loss = _loss(left.width)
    error = torch.as_tensor(spread, device=policy.device)

    def rounded(terms: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        f, g = (term.to(torch.float64) * s for term, s in zip(terms, factors, strict=True))
        gap = (f - g).abs_()
        slack = ((2 * gap + error) * error).sum(dim=1)
        total = (gap * gap).sum(dim=1)
        slack += loss * (total + slack)
        return _outward(total, slack, floor, ceiling)

    square = root * root
    floor = math.floor(lower * unit * unit / square)
    ceiling = math.ceil(upper * unit * unit / square)
    return Payoff(square, floor, ceiling, False, None, rounded, Gap(*factors, spread))


def _products(known: Sequence[Known], policy: Policy, values: Sides | None) -> Payoff:
    ranges = []
    for i, k in enumerate(known):
        own = [(int(k.lower[0]), int(k.upper[0]))]
        ranges += _narrowed(own, k.unit, values[i : i + 1] if values else None)
    unit = math.prod((k.unit for k in known), start=Fraction(1))
    lower, upper = 1, 1
    for lo, hi in ranges:
        ends = (lower * lo, lower * hi, upper * lo, upper * hi)
        lower, upper = min(ends), max(ends)
    reach = math.prod(max(1, abs(lo), abs(hi)) for lo, hi in ranges)
    if all(k.error is None for k in known) and reach < 1 << WORD:
        dtype = exact_type(reach)

        def exact(terms: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
            total = terms[0][:, 0].to(dtype)
            for term in terms[1:]:
                total = total * term[:, 0].to(dtype)
            whole = total.to(torch.int64)
            return whole, whole

        few: set[int] | None = {1}
        for k in known:
            if few is not None:
                few = None if k.values is None else {v * w for v in few for w in k.values}
            if few is not None and len(few) > MAX_VALUES:
                few = None
        listed = _few(_both(few or set(), [(lower, upper)]))
        if listed is not None:
            lower, upper = listed[0], listed[-1]
        return Payoff(unit, lower, upper, True, listed, exact)
    if policy.dtype is None:
        raise Inexact(f"products of {reach.bit_length()} bits")
    ratios = [Fraction(2) ** -(max(abs(lo), abs(hi), 1).bit_length()) for lo, hi in ranges]
    scale = [float(r) for r in ratios]
    errors = [float(_spread(k, s)[0]) * SLACK for k, s in zip(known, scale, strict=True)]
    square = unit / math.prod(ratios, start=Fraction(1)) / (1 << FIXED)
    grow, loss = 2.0**FIXED, _loss(len(known))

    def rounded(terms: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        total = torch.ones(len(terms[0]), dtype=torch.float64, device=terms[0].device)
        size, reached = total, total
        for term, s, e in zip(terms, scale, errors, strict=True):
            value = term[:, 0].to(torch.float64) * s
            total, size, reached = total * value, size * value.abs(), reached * (value.abs() + e)
        slack = (reached - size) + loss * reached + LEAST
        return _outward(total * grow, slack * grow, floor, ceiling)

    floor = math.floor(lower * unit / square)
    ceiling = math.ceil(upper * unit / square)
    return Payoff(square, floor, ceiling, False, None, rounded)


def _units(left: Known, right: Known) -> tuple[Fraction, Fraction]:
    """The units of both; that of a tensor which is certified to be 0 does not matter."""
    if _vanishes(left):
        return right.unit, right.unit
    return left.unit, left.unit if _vanishes(right) else right.unit


def _vanishes(known: Known) -> bool:
    return known.error is None and not largest(known.magnitude)


def _loss(terms: int) -> float:
    """The relative rounding of a sum or a product of so many terms in float64, in any order."""
    return max(DOUBLE, (terms + 8) * 2.0**-52)


def _narrowed(
    ends: list[tuple[int, int]], unit: Fraction, sides: Sides | None
) -> list[tuple[int, int]]:
    """The ranges of integers, intersected with ranges of the numbers unit · integer."""
    if sides is None:
        return ends
    return [
        (max(lo, math.floor(a / unit)), min(hi, math.ceil(b / unit)))
        for (lo, hi), (a, b) in zip(ends, sides, strict=True)
    ]


def _reach(known: Known, factor: int) -> list[int]:
    return [int(v) * factor for v in known.magnitude]


def _pairs(left: Known, right: Known) -> list[tuple[int, int]]:
    if left.values is None or right.values is None:
        return []
    return [(x, y) for x in left.values for y in right.values]


def _both(listed: set[int], ends: Sequence[tuple[int, int]]) -> set[int]:
    """What one integer can be: what is listed, or where nothing is all, within its range."""
    if len(ends) != 1:
        return set()
    [(lower, upper)] = ends
    if not listed and upper - lower < MAX_VALUES:
        return set(range(lower, upper + 1))
    return {v for v in listed if lower <= v <= upper}


def _few(values: set[int]) -> tuple[int, ...] | None:
    return tuple(sorted(values)) if 0 < len(values) <= MAX_VALUES else None


def _power(value: Fraction) -> int:
    """An even power of two by which the value has about FIXED bits."""
    size = value.numerator.bit_length() - value.denominator.bit_length() if value else 0
    return 2 * ((size - FIXED) // 2)


def _spread(known: Known, factor: float) -> Array:
    """The error of factor · entry, with the roundings of float64."""
    size = as_float(known.magnitude, Fraction(1))
    own = np.zeros(known.width) if known.error is None else known.error
    return abs(factor) * (own + 2.0**-50 * (size + own))


def _outward(value: Tensor, slack: Tensor, lower: int, upper: int) -> tuple[Tensor, Tensor]:
    """floor(value − slack) and ceil(value + slack), kept in the range that is certified.

    What is no number, since numbers passed the range of a double, may be anything there.
    """
    ends = (value - slack).floor(), (value + slack).ceil()
    sides = (-LIMIT, LIMIT)
    # in floats first: past 2^63 the conversion to integers has no meaning
    low, high = (
        end.nan_to_num(nan=side).clamp(-LIMIT, LIMIT).to(torch.int64).clamp(lower, upper)
        for end, side in zip(ends, sides, strict=True)
    )
    return low, high
