"""Bounds of inputs that linear constraints imply: those of plain passes, without their square."""

from __future__ import annotations

import random
import time
from fractions import Fraction

from certify.claims.region import Bounds, propagated
from certify.kernel.language.formula import Atom

ZERO, ONE = Fraction(0), Fraction(1)


def by_passes(known: Bounds, rows: list[Atom]) -> Bounds:
    """The same for rows with <=, by passes over all of them."""
    lower, upper = dict(known.lower), dict(known.upper)
    for _ in range(100):
        for row in rows:
            for (_, i), v in row.terms:
                mine, rest = upper if v > 0 else lower, row.constant
                for (_, j), w in row.terms:
                    side = lower if w > 0 else upper
                    if j != i and j not in side:
                        break
                    rest += w * side[j] if j != i else 0
                else:
                    mine.setdefault(i, -rest / v)
    return Bounds(lower, upper)


def test_what_is_bounded() -> None:
    draw = random.Random(5)
    moved = 0
    for _ in range(500):
        n = draw.randrange(1, 7)
        rows = []
        for _ in range(draw.randrange(8)):
            inputs = sorted(draw.sample(range(n), draw.randrange(1, min(n, 4) + 1)))
            terms = tuple((("x", i), Fraction(draw.choice([-3, -1, 1, 2]))) for i in inputs)
            rows.append(Atom("<=", terms, Fraction(draw.randrange(-4, 5))))
        lower, upper = (
            {i: Fraction(draw.randrange(k, k + 4)) for i in range(n) if draw.random() < 0.4}
            for k in (-4, 0)
        )
        known = Bounds(lower, upper)
        mine, theirs = propagated(known, rows), by_passes(known, rows)
        assert mine.lower.keys() == theirs.lower.keys()
        assert mine.upper.keys() == theirs.upper.keys()
        moved += mine != known
    assert moved > 200


def test_chains_of_inputs() -> None:
    """x₀ ≥ 0, xᵢ ≤ xᵢ₊₁ and xₙ ≤ 1, from either end: passes would look at 10⁸ rows."""
    n = 10_000
    rows = [Atom("<=", ((("x", i), ONE), (("x", i + 1), -ONE)), ZERO) for i in range(n - 1)]
    for order in (rows, rows[::-1]):
        started = time.process_time()
        found = propagated(Bounds({0: ZERO}, {n - 1: ONE}), order)
        assert set(found.lower.values()) == {ZERO} and set(found.upper.values()) == {ONE}
        assert len(found.lower) == len(found.upper) == n
        assert time.process_time() - started < 5


def test_one_long_row() -> None:
    """Σ xᵢ ≤ 1 over xᵢ ≥ 0: each is at most 1."""
    n = 20_000
    row = Atom("<=", tuple((("x", i), ONE) for i in range(n)), -ONE)
    started = time.process_time()
    found = propagated(Bounds(dict.fromkeys(range(n), ZERO)), [row])
    assert found.upper == dict.fromkeys(range(n), ONE)
    assert time.process_time() - started < 5
