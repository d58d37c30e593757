"""Intervals against scipy's quantiles, exact binomial sums, and simulation."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from certify.estimate.intervals import (
    betting,
    clopper_pearson,
    empirical_bernstein,
    log_tail,
    root_up,
)


@pytest.mark.parametrize("count", [1, 2, 7, 100, 4096, 10**6, 10**9])
@pytest.mark.parametrize("share", [0.0, 1e-6, 0.01, 0.3, 0.5, 0.999, 1.0])
@pytest.mark.parametrize("alpha", [0.05, 1e-6])
def test_clopper_pearson_solves_for_the_tails(count: int, share: float, alpha: float) -> None:
    k = round(share * count)
    found = clopper_pearson(k, count, alpha)
    lower, upper = float(found.lower), float(found.upper)
    below = special.betainc(k, count - k + 1, lower) if k else 0.0  # P(X ≥ k; lower)
    above = special.betaincc(k + 1, count - k, upper) if k < count else 0.0  # P(X ≤ k; upper)
    assert below <= alpha / 2 * (1 + 1e-9) and above <= alpha / 2 * (1 + 1e-9)
    assert math.isclose(below, alpha / 2, rel_tol=1e-5) or k == lower == 0
    assert math.isclose(above, alpha / 2, rel_tol=1e-5) or (k == count and upper == 1)


@given(st.integers(1, 60), st.integers(1, 60), st.fractions(0, 1, max_denominator=64))
def test_the_tail_is_the_exact_sum_rounded_up(k: int, more: int, p: Fraction) -> None:
    n = k + more
    p = p * Fraction(k, n)
    if p == 0:
        return
    exact = sum(math.comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(k, n + 1))
    found = Fraction(math.exp(log_tail(k, n, float(p))))
    assert exact <= found <= exact * (1 + Fraction(1, 10**7))


@given(st.fractions(0, 10**9))
def test_square_roots_are_rounded_up(value: Fraction) -> None:
    root = root_up(value)
    assert root * root >= value
    assert root == 0 or (root - Fraction(2, 1 << 64)) ** 2 <= value or root < Fraction(2, 1 << 64)


def test_empirical_bernstein_is_the_formula_of_the_paper() -> None:
    rng = np.random.default_rng(0)
    reach, alpha = 1000, 0.05
    for n in (2, 10, 5000):
        x = rng.integers(0, reach + 1, n)
        found = empirical_bernstein(n, int(x.sum()), int(x.sum()), int((x * x).sum()), reach, alpha)
        y = x / reach
        log = math.log(4 / alpha)
        width = math.sqrt(2 * y.var(ddof=1) * log / n) + 7 * log / (3 * (n - 1))
        assert math.isclose(float(found.upper), min(1, y.mean() + width), rel_tol=1e-8)
        assert math.isclose(
            float(found.lower), max(0, y.mean() - width), rel_tol=1e-8, abs_tol=1e-9
        )
    assert empirical_bernstein(1, 5, 5, 25, reach, alpha).upper == 1


LAWS = {
    "coin": lambda rng, n: (rng.random(n) < 0.3) * 1.0,
    "rare": lambda rng, n: (rng.random(n) < 0.02) * 1.0,
    "flat": lambda rng, n: rng.random(n),
    "narrow": lambda rng, n: 0.4 + 0.01 * rng.random(n),
}
MEANS = {"coin": 0.3, "rare": 0.02, "flat": 0.5, "narrow": 0.405}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("horizon", [True, False])
def test_betting_covers(law: str, horizon: bool) -> None:
    rng, n, misses, runs = np.random.default_rng(1), 300, 0, 300
    for _ in range(runs):
        x = LAWS[law](rng, n)
        found = betting(x, x, 0.1, n if horizon else None)
        misses += not found.lower <= MEANS[law] <= found.upper
    # at most 0.1 plus four standard errors
    assert misses <= runs * 0.1 + 4 * math.sqrt(runs * 0.09)


@pytest.mark.parametrize("law", LAWS)
def test_empirical_bernstein_covers(law: str) -> None:
    """By simulation, where the normal approximation does not: rare payoffs, few samples."""
    rng, reach, n, alpha, runs = np.random.default_rng(4), 10**6, 100, 0.1, 1000
    misses = naive = 0
    for _ in range(runs):
        x = np.round(reach * LAWS[law](rng, n)).astype(np.int64)
        total, square = int(x.sum()), int((x * x).sum())
        found = empirical_bernstein(n, total, total, square, reach, alpha)
        misses += not found.lower <= MEANS[law] <= found.upper
        spread = special.ndtri(1 - alpha / 2) * x.std(ddof=1) / math.sqrt(n)
        naive += abs(x.mean() - reach * MEANS[law]) > spread
    # a valid interval misses more often than this once in 10,000 tests
    most = stats.binom.isf(1e-4, runs, alpha)
    assert misses <= most
    assert law != "rare" or naive > most


def test_betting_narrows_and_widens_with_the_ends() -> None:
    rng = np.random.default_rng(2)
    x = rng.random(4000)
    short, long = betting(x[:200], x[:200], 0.05, 200), betting(x, x, 0.05, 4000)
    assert long.upper - long.lower < (short.upper - short.lower) / 2
    assert long.upper - long.lower < 2 * 1.96 * x.std() / math.sqrt(4000) * 1.5
    wide = betting(np.maximum(x - 0.1, 0), np.minimum(x + 0.1, 1), 0.05, 4000)
    assert wide.lower < long.lower and wide.upper > long.upper
    nothing = betting(x[:0], x[:0], 0.05, None)
    assert (nothing.lower, nothing.upper) == (0, 1)


def test_betting_excludes_only_what_lost_at_some_time() -> None:
    """The interval by a grid of the wealth processes written out as in the paper."""
    x = np.random.default_rng(3).random(50) ** 2
    found = betting(x, x, 0.05, None)
    for m in np.linspace(0.001, 0.999, 997):
        wealth = {1: 1.0, -1: 1.0}
        mean, total, out = 0.5, 0.25, False
        for t, value in enumerate(x, start=1):
            bet = math.sqrt(2 * math.log(2 / 0.05) / (total / t * t * math.log1p(t)))
            wealth[1] *= 1 + min(bet, 0.5 / m) * (value - m)
            wealth[-1] *= 1 - min(bet, 0.5 / (1 - m)) * (value - m)
            mean = (0.5 + x[:t].sum()) / (t + 1)
            total += (value - mean) ** 2
            out |= max(wealth.values()) / 2 >= 1 / 0.05
        assert out != (float(found.lower) < m < float(found.upper))
