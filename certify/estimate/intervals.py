"""Confidence intervals for a mean, each rounded outward, and what each rests on.

All intervals are about payoffs scaled to [0, 1] by a range that is certified. What they assume
is that the generator's words are independent and uniform. Floats appear only where a quantity
is one-sided; each is then moved outward by a margin far above its rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Level = Fraction | float  # an error probability between 0 and 1, however small

MARGIN = 1e-9  # relative; the rounding of a closed formula stays under 1e-12
STEPS = 36  # bisections of a betting interval: an end is outside by at most 2^-36 of the range
STEP = 1e-14  # added to it for each term of a sum: above 60 roundings of numbers below 1


@dataclass(frozen=True)
class Interval:
    """lower ≤ mean ≤ upper, and by which method."""

    lower: Fraction
    upper: Fraction
    method: str


def log(value: Level) -> float:
    """log of a positive number, also of one that is smaller than every double."""
    value = Fraction(value)
    shift = value.numerator.bit_length() - value.denominator.bit_length()
    return math.log(value / Fraction(2) ** shift) + shift * math.log(2)


# ------------------------------------------------------ two values


def clopper_pearson(successes: int, count: int, alpha: Level) -> Interval:
    """The interval of Clopper and Pearson (1934) for a probability, at level 1 − alpha.

    Its ends solve P(X ≥ k; p) = alpha/2 and P(X ≤ k; p) = alpha/2; each is bisected on a
    tail that is computed to a small relative error, and rounded outward.
    """
    lower = Fraction(_tail_root(successes, count, alpha / 2))
    upper = 1 - Fraction(_tail_root(count - successes, count, alpha / 2))
    return Interval(lower, upper, "Clopper–Pearson")


def _tail_root(k: int, n: int, level: Level) -> float:
    """A p, a little below the solution of P(Binomial(n, p) ≥ k) = level; 0 for k = 0."""
    if k == 0:
        return 0.0
    goal = log(level) - MARGIN
    low, high = 0.0, k / n  # at k/n the tail is about one half, and level is below that
    for _ in range(1200):  # enough for the least double
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if log_tail(k, n, middle) <= goal:
            low = middle
        else:
            high = middle
    return low


def log_tail(k: int, n: int, p: float) -> float:
    """log P(Binomial(n, p) ≥ k) for 0 < k ≤ n, 0 < p ≤ k/n, rounded up."""
    # terms fall from k on; they are summed until a geometric series bounds the rest
    total, weight = 0.0, 0.0
    odds, start, size = math.log(p) - math.log1p(-p), k, 1024
    while True:
        stop = min(n, start + size)
        j = np.arange(start, stop, dtype=np.float64)
        logs = weight + np.concatenate([[0.0], np.cumsum(np.log((n - j) / (j + 1)) + odds)])
        total += float(np.exp(logs[:-1]).sum())
        weight = float(logs[-1])
        if stop == n:
            total += math.exp(weight)
            break
        ratio = (n - stop) / (stop + 1) * math.exp(odds)
        if ratio < 1 and math.exp(weight) < 1e-13 * total * (1 - ratio):
            total += math.exp(weight) / (1 - ratio)
            break
        start, size = stop, 2 * size
    return log_mass(k, n, p) + math.log(total) + MARGIN + STEP * (stop - k)


def log_mass(k: int, n: int, p: float) -> float:
    """log P(Binomial(n, p) = k) in Loader's form, free of cancellation (C. Loader, 2000)."""
    if k == n:
        return n * math.log(p)
    correction = _stirling(n) - _stirling(k) - _stirling(n - k)
    spread = _deviance(k, n * p) + _deviance(n - k, n * (1 - p))
    return correction - spread + 0.5 * math.log(n / (2 * math.pi * k * (n - k)))


def _stirling(n: int) -> float:
    """log n! minus Stirling's formula; past 15 by its series, whose error is the next term."""
    if n <= 15:
        return math.log(math.factorial(n)) - (0.5 * math.log(2 * math.pi * n) + n * math.log(n) - n)
    s = 1 / (n * n)
    return (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s / 1188)))) / n


def _deviance(x: float, mean: float) -> float:
    """x·log(x/mean) + mean − x."""
    gap = x - mean
    if abs(gap) < 0.1 * (x + mean):
        v = gap / (x + mean)
        total, term = gap * v, 2 * x * v
        for j in range(1, 1000):
            term *= v * v
            following = total + term / (2 * j + 1)
            if following == total:
                break
            total = following
        return total
    return x * math.log(x / mean) - gap


# ------------------------------------------------------ bounded payoffs


def empirical_bernstein(
    count: int, low: int, high: int, square: int, reach: int, alpha: Level
) -> Interval:
    """A. Maurer and M. Pontil (2009), Theorem 4, on both sides with alpha/2 each.

    |mean − E| ≤ √(2V ln(4/alpha)/n) + 7 ln(4/alpha) / (3(n − 1)) for payoffs in [0, 1] with
    sample variance V. ``low`` and ``high`` are sums of lower and upper ends of the payoffs,
    ``square`` the sum of squared upper ends, all over [0, reach]. Needs two samples or more.
    """
    if count < 2:
        return Interval(Fraction(0), Fraction(1), "empirical Bernstein")
    weight = Fraction(-log(Fraction(alpha) / 4) * (1 + MARGIN))
    variance = max(Fraction(0), Fraction(square * count - low * low, count * (count - 1)))
    width = root_up(2 * variance * weight / count / reach**2)
    width += 7 * weight / (3 * (count - 1))
    return Interval(
        max(Fraction(0), Fraction(low, count * reach) - width),
        min(Fraction(1), Fraction(high, count * reach) + width),
        "empirical Bernstein",
    )


def root_up(value: Fraction, bits: int = 64) -> Fraction:
    """√value, rounded up by at most 2^−bits."""
    scaled = -(-value.numerator * (1 << 2 * bits) // value.denominator)
    return Fraction(math.isqrt(scaled) + 1, 1 << bits)


# ------------------------------------------------------ few samples


def betting(low: Array, high: Array, alpha: Level, horizon: int | None) -> Interval:
    """The hedged betting interval of I. Waudby-Smith and A. Ramdas (2024), Theorem 3.

    ``low`` ≤ payoffs ≤ ``high`` in [0, 1], in order. A gambler who bets that the mean is
    above m (on ``low``) and one who bets that it is below (on ``high``) share a stake; where
    one's wealth has reached 1/alpha of it at any time, m is excluded. Bets are predictable:
    √(2 ln(2/alpha) / (σ²·n)) for a fixed ``horizon`` n, and with t·ln(1 + t) for n without one,
    which is then valid at every t; at most half of what may be lost. Wealth is monotone in m,
    so each end is bisected.
    """
    size = len(low)
    if size == 0:
        return Interval(Fraction(0), Fraction(1), "betting")
    time = np.arange(1, size + 1, dtype=np.float64)
    middle = (low + high) / 2
    before = np.concatenate([[0.5], (0.5 + np.cumsum(middle)) / (time + 1)])
    spread = (0.25 + np.cumsum((middle - before[1:]) ** 2)) / (time + 1)
    spread = np.concatenate([[0.25], spread[:-1]])
    pace = np.full(size, float(horizon)) if horizon else time * np.log1p(time)
    stakes = -log(Fraction(alpha) / 2)
    bets = np.sqrt(2 * stakes / (spread * pace))
    goal = stakes + MARGIN * (1 + size)

    def above(m: float) -> bool:
        stake = np.minimum(bets, 0.5 / m) if m > 0 else bets
        return bool(np.cumsum(np.log1p(stake * (low - m))).max() >= goal)

    def below(m: float) -> bool:
        stake = np.minimum(bets, 0.5 / (1 - m)) if m < 1 else bets
        return bool(np.cumsum(np.log1p(stake * (m - high))).max() >= goal)

    lower = _boundary(above, 0.0, 1.0)
    upper = _boundary(below, 1.0, 0.0)
    return Interval(Fraction(lower), Fraction(upper), "betting")


def _boundary(excluded: Callable[[float], bool], inside: float, outside: float) -> float:
    """An excluded point beside the last from ``inside`` to ``outside``; ``inside`` if none is."""
    if not excluded(inside):
        return inside
    for _ in range(STEPS):
        middle = (inside + outside) / 2
        if excluded(middle):
            inside = middle
        else:
            outside = middle
    return inside
