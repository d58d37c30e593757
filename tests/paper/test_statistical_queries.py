"""vSTAT: answers within their allowance, exact expectations, counted queries; Lemma 3."""

from __future__ import annotations

import random
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import certify
from certify.errors import CertifyError
from certify.networks.gadgets.parity import parity
from certify.paper import Oracle, learn_parity
from certify.paper.statistical_queries import (
    allowed,
    interval,
    labelled,
    orthogonal,
    pairwise_orthogonal,
    subsets,
)

HALF = Fraction(1, 2)
unit = st.fractions(0, 1, max_denominator=10**6)
taus = st.fractions(Fraction(1, 10**4), 1, max_denominator=10**4)


def distance(a: Fraction, b: Fraction) -> Decimal:
    """|√a − √b| to 60 digits."""
    with localcontext() as context:
        context.prec = 60
        roots = [(Decimal(v.numerator) / Decimal(v.denominator)).sqrt() for v in (a, b)]
        return abs(roots[0] - roots[1])


@given(unit, unit, taus)
def test_allowed_is_the_inequality(value: Fraction, expectation: Fraction, tau: Fraction) -> None:
    gap = distance(value, expectation) - Decimal(tau.numerator) / Decimal(tau.denominator)
    if abs(gap) > Decimal("1e-25"):
        assert allowed(value, expectation, tau) == (gap < 0)


@pytest.mark.parametrize(
    ("value", "expectation", "tau", "result"),
    [
        (1, Fraction(1, 4), HALF, False),  # √1 − √(1/4) = 1/2 is not below 1/2
        (Fraction(99, 100), Fraction(1, 4), HALF, True),
        (0, Fraction(1, 4), HALF, False),
        (0, Fraction(1, 4), Fraction(51, 100), True),
        (-1, 0, 2, False),
        (Fraction(4, 9), Fraction(1, 9), Fraction(1, 3), False),
    ],
)
def test_equality_is_not_enough(
    value: Fraction, expectation: Fraction, tau: Fraction, result: bool
) -> None:
    assert allowed(Fraction(value), Fraction(expectation), Fraction(tau)) is result


@given(unit, taus)
def test_both_ends_of_the_interval_are_allowed(expectation: Fraction, tau: Fraction) -> None:
    low, high = interval(expectation, tau)
    assert 0 <= low <= expectation <= high <= 1
    assert allowed(low, expectation, tau) and allowed(high, expectation, tau)
    step = Fraction(1, 10**6)  # and nothing much beyond them is
    if low > 0:
        assert not allowed(max(Fraction(0), low - step), expectation, tau)
    if high < 1:
        assert not allowed(high + step, expectation, tau)


@pytest.mark.parametrize("answers", ["exact", "random", "high", "low", HALF])
def test_every_answer_is_allowed_and_the_parity_is_learned(answers: str | Fraction) -> None:
    oracle = Oracle(labelled(3, (0, 2)), "1/10", answers, seed=4)
    assert learn_parity(oracle, 3) == (0, 2)
    assert oracle.queries == list(subsets(range(3))).index((0, 2)) + 1
    assert oracle.total_complexity == 10
    for entry in oracle.answered:
        assert allowed(entry.value, entry.expectation, oracle.tau)
        assert entry.expectation in (HALF, 1)
        assert entry.verdict.certificate is not None


def test_an_oracle_that_answers_one_half_tells_nothing_before_the_last_subset() -> None:
    """Every other parity is orthogonal: 2ⁿ queries, all but one answered alike."""
    n = 5
    oracle = Oracle(labelled(n, range(n)), "1/8", "1/2")
    assert learn_parity(oracle, n) == tuple(range(n))
    assert oracle.queries == oracle.total_complexity == 2**n
    assert [entry.value for entry in oracle.answered] == [HALF] * (2**n - 1) + [1]


def test_a_coarse_oracle_hides_the_parity() -> None:
    """√1 − √(1/2) < 3/10, so the answer 1/2 is allowed even for S itself."""
    oracle = Oracle(labelled(2, (0,)), "3/10", "1/2")
    assert learn_parity(oracle, 2) is None
    assert oracle.total_complexity == 4


def test_labelled_examples_are_the_paper_s_distribution() -> None:
    law = Oracle(labelled(2, (0, 1)), 1).law
    support = {(x, y, x * y) for x in (-1, 1) for y in (-1, 1)}
    assert {point: law.density(point) for point in support} == dict.fromkeys(
        support, Fraction(1, 4)
    )


def test_two_hundred_bits_and_networks_as_queries() -> None:
    over = range(50, 90)
    oracle = Oracle(labelled(200, over), "1/100", "exact")
    label = certify.project([200])
    assert oracle.ask(label, certify.parity(over), scale="1/2", offset="1/2") == 1
    other = certify.parity(range(51, 90))
    assert oracle.ask(label, other, scale="1/2", offset="1/2") == HALF
    assert oracle.ask(parity(201, range(50, 60)), scale="1/2", offset="1/2") == HALF
    assert oracle.total_complexity == 100


def test_random_answers_depend_on_the_seed_alone() -> None:
    def run(seed: int) -> list[Fraction]:
        oracle = Oracle(certify.uniform(certify.bits(3)), "1/5", seed=seed)
        return [oracle.ask(certify.project([i])) for i in (0, 1, 0, 2)]

    assert run(1) == run(1) != run(2)


@pytest.mark.parametrize(
    ("law", "of", "options", "message"),
    [
        (certify.uniform(certify.cube(2)), [certify.parity([0])], {}, "not in .0, 1. at .-1, "),
        (
            certify.weighted([([3], "1/2"), ([0], "1/2")]),
            [certify.project([0])],
            {"scale": "1/2"},
            "at .3.",
        ),
        (certify.uniform(certify.cube(2)), [], {}, "needs a function"),
        (
            certify.uniform(certify.cube(30)),
            [certify.parity([0])],
            {},
            r"not shown to be in \[0, 1\]: it fails at",
        ),
        (
            certify.uniform(certify.cube(30)),
            [certify.parity([0]), certify.parity([1])],
            {"offset": "1/2"},
            "several factors",
        ),
        (
            certify.uniform(certify.cube(30)),
            [certify.expression("2*x0"), certify.parity([1])],
            {"offset": "1/2", "scale": "1/2"},
            r"not shown to be in \[-1, 1\]",
        ),
    ],
)
def test_queries_outside_of_the_unit_interval_are_refused(
    law: object, of: list[object], options: dict[str, object], message: str
) -> None:
    oracle = Oracle(law, "1/4")
    with pytest.raises(CertifyError, match=message):
        oracle.ask(*of, **options)  # type: ignore[arg-type]
    assert oracle.queries == 0


@pytest.mark.parametrize("tau", [0, "-1/2"])
def test_tau_is_positive(tau: object) -> None:
    with pytest.raises(CertifyError, match="tau must be positive"):
        Oracle(certify.uniform(certify.cube(1)), tau)  # type: ignore[arg-type]


# ------------------------------------------------------------- orthogonality


def test_all_parities_on_four_bits() -> None:
    assert pairwise_orthogonal(4) == 16 * 15 // 2


@pytest.mark.slow
def test_all_parities_on_six_bits() -> None:
    assert pairwise_orthogonal(6) == 64 * 63 // 2


def test_a_pair_at_4096_bits() -> None:
    draw = random.Random(1)
    first, second = (sorted(draw.sample(range(4096), 2000)) for _ in range(2))
    verdict = orthogonal(4096, first, second)
    assert (verdict.verdict, verdict.rule) == ("proved", "fold")
    assert orthogonal(4096, first, first).refuted  # its square is 1
