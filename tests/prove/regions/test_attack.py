"""The search for counterexamples with floats: what it must find, and must not claim to."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

import certify
from certify.kernel.language.claim import Pointwise
from certify.kernel.rules.regions.query import query_of
from certify.prove import Options
from certify.prove.regions.attack import Attack

N = 5


def beside(centre: list[Fraction], draw: random.Random, room: Fraction) -> Pointwise:
    """No x in the box has a·(x − centre) ≥ −room for each of N + 1 rows a that sum to zero.

    With room > 0 the counterexamples are a small simplex around the centre, far from every
    corner; with none the centre alone, where each row is 0.
    """
    rows = [[Fraction(draw.randint(-9, 9)) for _ in range(N)] for _ in range(N)]
    rows.append([-sum(column) for column in zip(*rows, strict=True)])
    offset = [-sum((a * c for a, c in zip(row, centre, strict=True)), Fraction(0)) for row in rows]
    function = certify.linear([[str(v) for v in row] for row in rows], [str(v) for v in offset])
    holds = " or ".join(f"y{i} < {-room}" for i in range(N + 1))
    goal = certify.output(function, certify.box([-1] * N, [1] * N), holds)
    assert isinstance(goal, Pointwise)
    return goal


@pytest.mark.parametrize("seed", range(6))
def test_a_small_set_of_counterexamples_between_ridges(seed: int) -> None:
    draw = random.Random(seed)
    centre = [Fraction(draw.randint(-700, 700), 1000) for _ in range(N)]
    goal = beside(centre, draw, Fraction(1, 100))
    found = Attack(goal, query_of(goal)).run(Options(60), 60, rounds=32)
    assert found is not None
    assert not goal.holds(found, tuple(term(found) for term in goal.terms()))


@pytest.mark.parametrize("seed", range(3))
def test_none_where_there_is_none(seed: int) -> None:
    """Rows that sum to zero are not all positive."""
    draw = random.Random(seed)
    goal = beside([Fraction(1, 3)] * N, draw, Fraction(-1, 1 << 40))
    assert Attack(goal, query_of(goal)).run(Options(60), 60, rounds=8) is None
