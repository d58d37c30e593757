"""Exact feasibility of linear constraints, beside z3."""

from __future__ import annotations

from fractions import Fraction

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from certify.claims.simplex import Simplex
from certify.kernel.verdict import Decline

F = Fraction
COEFFICIENTS = st.sampled_from([F(n, d) for n in range(-3, 4) for d in (1, 2)])
ROWS = st.tuples(
    st.lists(st.tuples(st.integers(0, 3), COEFFICIENTS), max_size=4, unique_by=lambda t: t[0]),
    COEFFICIENTS,
    st.booleans(),
)
Constraint = tuple[list[tuple[int, Fraction]], Fraction, bool]


def truth(rows: list[Constraint]) -> bool:
    """What z3 says."""
    solver = z3.Solver()
    x = [z3.Real(f"x{i}") for i in range(4)]
    for terms, constant, strict in rows:
        total = z3.Q(constant.numerator, constant.denominator) + sum(
            z3.Q(v.numerator, v.denominator) * x[c] for c, v in terms
        )
        solver.add(total > 0 if strict else total >= 0)
    return solver.check() == z3.sat


def satisfiable(simplex: Simplex, rows: list[Constraint]) -> bool:
    return all(simplex.add(*row) for row in rows) and simplex.satisfiable()


@settings(max_examples=200)
@given(st.lists(ROWS, max_size=9))
def test_one_system(rows: list[Constraint]) -> None:
    assert satisfiable(Simplex(), rows) == truth(rows)


@settings(max_examples=100)
@given(st.lists(ROWS, max_size=4), st.lists(st.lists(ROWS, max_size=5), min_size=2, max_size=5))
def test_constraints_are_taken_back(base: list[Constraint], cases: list[list[Constraint]]) -> None:
    simplex = Simplex()
    kept = satisfiable(simplex, base)
    assert kept == truth(base)
    mark = simplex.mark()
    for case in cases:
        assert (kept and satisfiable(simplex, case)) == truth(base + case)
        simplex.back(mark)
    assert satisfiable(simplex, []) == kept or not kept


@pytest.mark.parametrize(("strict", "possible"), [(False, True), (True, False)])
def test_a_strict_row_may_decide(strict: bool, possible: bool) -> None:
    rows = [([(0, F(1)), (1, F(-1))], F(0), strict), ([(1, F(1)), (0, F(-1))], F(0), False)]
    assert satisfiable(Simplex(), rows) == possible


def test_equalities_meet_in_a_point() -> None:
    point = (F(1, 3), F(2, 7), F(-5))
    matrix = [(1, 2, 3), (2, -1, 1), (1, 1, 1)]
    rows: list[Constraint] = []
    for row in matrix:
        value = sum((a * p for a, p in zip(row, point, strict=True)), F(0))
        for sign in (1, -1):
            rows.append(([(i, F(sign * a)) for i, a in enumerate(row)], -sign * value, False))
    for (i, p), inside in [((0, point[0]), True), ((0, point[0] + F(1, 10**9)), False)]:
        here = [([(i, F(1))], -p, False)]
        assert satisfiable(Simplex(), rows + here) == inside


def test_work_is_limited() -> None:
    simplex = Simplex(pivots=0)
    assert simplex.add([(0, F(1)), (1, F(1))], F(-1), False)
    with pytest.raises(Decline, match="pivots"):
        simplex.satisfiable()
