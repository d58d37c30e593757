"""Spectral norms by LDLᵀ: against principal minors, and each side condition broken."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import certify
from certify.kernel.certificate import Certificate
from certify.kernel.data import exact
from certify.kernel.data.linear import semidefinite, surely_semidefinite
from certify.kernel.rules.spectral import bounds
from certify.kernel.verdict import Budget, Decline
from certify.networks.builder import Sequential, delay, linear, relu
from certify.networks.gadgets.tower import tower

numbers = st.fractions(-4, 4, max_denominator=6)
Matrix = list[list[Fraction]]


def determinant(matrix: Matrix) -> Fraction:
    if not matrix:
        return Fraction(1)
    total = Fraction(0)
    for i in range(len(matrix)):
        minor = [row[1:] for k, row in enumerate(matrix) if k != i]
        total += (-1) ** i * matrix[i][0] * determinant(minor)
    return total


def by_minors(matrix: Matrix) -> bool:
    """A symmetric matrix is semidefinite iff no principal minor is negative."""
    n = len(matrix)
    chosen = (c for k in range(1, n + 1) for c in combinations(range(n), k))
    return all(determinant([[matrix[i][j] for j in c] for i in c]) >= 0 for c in chosen)


@st.composite
def symmetric(draw: st.DrawFn) -> Matrix:
    n = draw(st.integers(1, 4))
    if draw(st.booleans()):  # a Gram matrix, often singular, perhaps a little less
        rows = draw(st.lists(st.lists(numbers, min_size=2, max_size=2), min_size=n, max_size=n))
        matrix = [[sum(a * b for a, b in zip(x, y, strict=True)) for y in rows] for x in rows]
        matrix[0][0] -= draw(st.sampled_from([0, 0, Fraction(1, 10**6)]))
        return matrix
    matrix = [[Fraction(0)] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1):
            matrix[i][j] = matrix[j][i] = draw(numbers)
    return matrix


@given(symmetric())
def test_semidefinite_is_what_the_minors_say(matrix: Matrix) -> None:
    assert semidefinite(matrix) == by_minors(matrix)


@given(symmetric(), st.integers(1, 40))
def test_the_test_at_fixed_size_never_errs_upwards(matrix: Matrix, precision: int) -> None:
    if surely_semidefinite(matrix, precision):
        assert by_minors(matrix)


@pytest.mark.parametrize(
    ("rows", "precision"),
    [
        ([[2, 1], [1, 0]], 0),  # 0 − 1/2 on the diagonal is rounded down, not to 0
        ([[1, 1 + Fraction(1, 2**20)], [1 + Fraction(1, 2**20), 1]], 8),  # read as all ones
        # 10·19/100 = 1.9 is cut to 1, and a Schur complement [[1, −1.9], [−1.9, 1.39]] to ±1
        ([[100, 10, 19], [10, 2, 0], [19, 0, 5]], 0),
        ([[100, 19, 10], [19, 5, 0], [10, 0, 2]], 0),
        ([[100, 10, 19], [10, 2, 0], [19, 0, 6]], 0),  # one of the two rows pays too little
        ([[100, 19, 10], [19, 6, 0], [10, 0, 2]], 0),
    ],
)
def test_rounding_is_paid_for_on_the_diagonal(rows: Matrix, precision: int) -> None:
    matrix = [[Fraction(v) for v in row] for row in rows]
    assert not by_minors(matrix)
    assert not surely_semidefinite(matrix, precision)


def test_nothing_is_paid_where_nothing_is_rounded() -> None:
    ones = [[Fraction(1)] * 4 for _ in range(4)]
    assert surely_semidefinite(ones, 0)
    half = [[Fraction(1, 2) if i == j else Fraction(0) for i in range(3)] for j in range(3)]
    assert surely_semidefinite(half, 1)


@given(symmetric())
def test_the_test_at_fixed_size_finds_what_is_plainly_definite(matrix: Matrix) -> None:
    shifted = [
        [v + (Fraction(1, 1000) if i == j else 0) for j, v in enumerate(row)]
        for i, row in enumerate(matrix)
    ]
    if by_minors(matrix):
        assert surely_semidefinite(shifted, 64)


@given(st.lists(st.lists(st.integers(-9, 9), min_size=3, max_size=3), min_size=1, max_size=5))
def test_gram_with_and_without_flint(rows: list[list[int]]) -> None:
    sparse = [[(c, v) for c, v in enumerate(row) if v] for row in rows]
    expected = [[sum(a * b for a, b in zip(x, y, strict=True)) for y in rows] for x in rows]
    limit = exact.MANY_PRODUCTS
    try:
        for exact.MANY_PRODUCTS in (0, limit):
            assert exact.gram(sparse, 3) == expected
    finally:
        exact.MANY_PRODUCTS = limit


@pytest.mark.parametrize("precision", [None, 90])
def test_the_smaller_gram_matrix_serves_both_ways(precision: int | None) -> None:
    """[[3, 4]] and its transpose have norm 5; [[1, 2, 2], [2, 1, -2]] has norm 3."""
    for rows, square in (([[3, 4]], 25), ([[3], [4]], 25), ([[1, 2, 2], [2, 1, -2]], 9)):
        layer = linear(rows).layers[0]
        above = square + Fraction(1, 10**9)
        below = square - Fraction(1, 10**9)
        assert bounds(layer, above, precision, Budget())
        assert not bounds(layer, below, precision, Budget())
        if precision is None:
            assert bounds(layer, Fraction(square), None, Budget())


def test_a_matrix_over_the_budget_is_declined() -> None:
    with pytest.raises(Decline):
        bounds(delay(40).layers[0], Fraction(1), None, Budget(points=1000))


# -------------------------------------------------------------- certificates

ROTATION = linear([["3/5", "-4/5"], ["4/5", "3/5"]])
NETWORK = Sequential(ROTATION, relu([[1, 0], [0, 1], [1, 1]]), linear([[0, 2, 0]]))
CLAIM = certify.lipschitz(NETWORK, 4)  # norms 1, √3, 2; by Frobenius √2, 2, 2


def checked(body: object, claim: object = CLAIM, verdict: str = "proved") -> str:
    found = certify.prove(CLAIM).certificate
    assert found is not None
    changed = {"claim": claim.to_json(), "rule": "spectral", "body": body, "verdict": verdict}  # type: ignore[attr-defined]
    result = certify.check(claim, Certificate({**found.header, **changed}))  # type: ignore[arg-type]
    return result.reason or result.verdict


GOOD = [{"square": "1"}, {"square": "3"}, "frobenius"]


def test_a_certificate_in_full() -> None:
    assert checked({"layers": GOOD}) == "proved"
    assert checked({"layers": [{"square": "1"}, {"square": "4"}, {"square": "4"}]}) == "proved"
    assert checked({"layers": [{"square": "1"}, {"square": "4", "precision": 9}, "frobenius"]}) == (
        "proved"
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"layers": GOOD[:2]}, "spectral.layers at /body/layers: 2, not 3"),
        ({"layers": [*GOOD, "frobenius"]}, "spectral.layers at /body/layers: 4, not 3"),
        (
            {"layers": [{"square": "99/100"}, *GOOD[1:]]},
            "spectral.indefinite at /body/layers/0/square: 99/100",
        ),
        (
            {"layers": [GOOD[0], {"square": "2", "precision": 64}, GOOD[2]]},
            "spectral.indefinite at /body/layers/1/square: 2",
        ),
        (
            {"layers": [{"square": "-1"}, *GOOD[1:]]},
            "spectral.indefinite at /body/layers/0/square: -1",
        ),
        (
            {"layers": [GOOD[0], {"square": "5"}, GOOD[2]]},
            "spectral.product at /body/layers: product of squares 20",
        ),
        (
            {"layers": [{"square": "1", "precision": 0}, *GOOD[1:]]},
            "certificate.malformed at /body/layers/0/precision: expected at least 1, found 0",
        ),
        (
            {"layers": ["spectral", *GOOD[1:]]},
            "certificate.malformed at /body/layers/0: expected one of frobenius, found 'spectral'",
        ),
        ({}, "certificate.malformed at /body: missing key 'layers'"),
    ],
)
def test_each_side_condition(body: object, reason: str) -> None:
    assert checked(body) == reason


def test_it_refutes_nothing_and_says_nothing_of_other_claims() -> None:
    assert checked({"layers": GOOD}, verdict="refuted") == "spectral.verdict at /verdict: refuted"
    member = certify.member(NETWORK, 3, 2)
    assert checked({"layers": GOOD}, member) == ("spectral.kind at /rule: does not apply to member")


def test_a_precision_out_of_reason_is_declined() -> None:
    body = {"layers": [{"square": "1", "precision": 10**6}, *GOOD[1:]]}
    assert checked(body) == "needs 1000000 bits, over the budget"


# ------------------------------------------------------------------- provers


@pytest.mark.parametrize(
    ("network", "constant", "verdict", "rule"),
    [
        (delay(12, 4), 1, "proved", "spectral"),  # by Frobenius 12² = 144
        (delay(12, 4), "999/1000", "refuted", "witness"),
        (tower(4, 7, 50), "7^50", "proved", "norms"),
        (tower(4, 7, 50), Fraction(7) ** 50 - 1, "refuted", "witness"),
        (tower(2, 15, 300), "15^300", "proved", "norms"),
        (NETWORK, "3465/1000", "proved", "spectral"),  # √12 = 3.4641…
        (NETWORK, "19/10", "refuted", "witness"),  # the slope along (-4/5, 3/5) is 2
        (linear([[0, 0], [0, 0]]), 0, "proved", "norms"),
        (linear([[1, 0], [0, 1]], [5, 7]), 0, "refuted", "witness"),
    ],
)
def test_both_verdicts(network: object, constant: object, verdict: str, rule: str) -> None:
    result = certify.prove(certify.lipschitz(network, constant), timeout=30)  # type: ignore[arg-type]
    assert (result.verdict, result.rule) == (verdict, rule)


@settings(max_examples=25)
@given(st.lists(st.lists(st.integers(-5, 5), min_size=3, max_size=3), min_size=2, max_size=4))
def test_a_linear_layer_has_one_constant(rows: list[list[int]]) -> None:
    """Just above the norm proved, just below it refuted: nothing lies between."""
    numpy = pytest.importorskip("numpy")
    network = linear(rows)
    norm = float(numpy.linalg.norm(numpy.array(rows, dtype=float), 2))
    above = certify.lipschitz(network, Fraction(math.ceil((norm + 1e-6) * 10**9), 10**9))
    assert certify.prove(above, timeout=20).proved
    if norm > 0:
        below = certify.lipschitz(network, Fraction(math.floor((norm - 1e-3) * 10**9), 10**9))
        assert certify.prove(below, timeout=20).refuted


def test_a_bend_far_from_the_origin_is_found() -> None:
    """Flat near 0: the slope 3 begins beyond x₀ = 5."""
    network = Sequential(relu([[3, 0]], [-15]), linear([[1]]))
    assert certify.prove(certify.lipschitz(network, "29/10"), timeout=60).refuted
    assert certify.prove(certify.lipschitz(network, 3), timeout=60).proved
