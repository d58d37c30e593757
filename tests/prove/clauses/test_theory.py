"""Exact feasibility: either answer carries its own proof, which is checked here by definition."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import certify
from certify.encode.smt import problem
from certify.kernel.rules.clauses.encoding import Inequality
from certify.prove.clauses.refutation import Refutation
from certify.prove.clauses.theory import Relaxation, combination
from certify.prove.linear.simplex import Conflict, Solution, solve

INEQUALITIES = st.lists(
    st.builds(
        lambda row, constant, strict: Inequality(
            tuple((v, c) for v, c in enumerate(row) if c) or ((0, 1),), constant, strict
        ),
        st.lists(st.integers(-4, 4), min_size=3, max_size=3),
        st.integers(-6, 6),
        st.booleans(),
    ),
    min_size=1,
    max_size=9,
)


def value(inequality: Inequality, values: dict[int, Fraction]) -> Fraction:
    """row·v + constant."""
    return sum((c * values.get(v, 0) for v, c in inequality.row), Fraction(inequality.constant))


def contradictory(pairs: list[tuple[Inequality, Fraction]]) -> bool:
    """Do these positive multiples add up to 0 > 0 or to 0 ≥ a positive number?"""
    total: dict[int, Fraction] = {}
    for inequality, weight in pairs:
        for v, c in inequality.row:
            total[v] = total.get(v, Fraction(0)) + weight * c
    constant = sum((q.constant * w for q, w in pairs), Fraction(0))
    strict = any(q.strict for q, _ in pairs)
    positive = all(w > 0 for _, w in pairs)
    return positive and not any(total.values()) and (constant < 0 or (constant == 0 and strict))


@given(INEQUALITIES)
def test_the_answer_proves_itself(inequalities: list[Inequality]) -> None:
    answer = solve(inequalities)
    if isinstance(answer, Solution):
        for q in inequalities:
            total = value(q, answer.values)
            assert total > 0 if q.strict else total >= 0
    else:
        assert isinstance(answer, Conflict)
        assert contradictory([(inequalities[i], m) for i, m in answer.multipliers])


@pytest.mark.parametrize(
    ("rows", "feasible"),
    [
        ([((0, 1), 0, False), ((0, -1), 0, False)], True),  # x = 0
        ([((0, 1), 0, True), ((0, -1), 0, False)], False),  # 0 < x ≤ 0
        ([((0, 1), 0, True), ((0, -(10**12)), 1, True)], True),  # 0 < x < 10⁻¹²
        ([((0, 1), -(10**30), False), ((0, -1), 10**30, False)], True),  # x = 10³⁰
        ([((0, 1), -(10**30), True), ((0, -1), 10**30, False)], False),
    ],
)
def test_strictness_is_exact(rows: list[tuple[tuple[int, int], int, bool]], feasible: bool) -> None:
    """Margins that floats cannot see."""
    answer = solve([Inequality((row,), constant, strict) for row, constant, strict in rows])
    assert isinstance(answer, Solution) == feasible


@given(st.lists(st.integers(2, 40), min_size=1, max_size=12), st.data())
def test_floats_only_point_the_way(chosen: list[int], data: st.DataObject) -> None:
    """What HiGHS says becomes exact multipliers, or agrees with the exact method."""
    claim = certify.within(
        certify.expression("max(x0, -x0, x1/3)"),
        certify.constant([1]),
        certify.box([-1, -1], [1, "1/3"]),
        "1/7",
    )
    proof = Refutation(problem(claim).encoding)
    literals = [
        k if data.draw(st.booleans()) else -k for k in set(chosen) if k < len(proof.inequalities)
    ]
    says = {k: q for k in literals if (q := proof.inequality(k)) is not None}
    answer = Relaxation(proof).contradiction(literals)
    exact = solve(list(says.values()))
    if isinstance(answer, list):
        assert contradictory([(says[k], m) for k, m in answer])
    else:
        assert isinstance(exact, Solution)
    found = combination(proof, list(says))
    if found is not None:
        assert contradictory([(says[k], m) for k, m in found])
