from __future__ import annotations

import time
from fractions import Fraction

import pytest

import certify
from certify.kernel.data.numbers import format_rational
from certify.kernel.language.claim import Claim
from certify.kernel.verdict import Budget
from certify.networks.gadgets.parity import parity
from certify.prove import Options, enumerate, outside, search
from certify.prove.answers import Found, Unknown

CUBE = certify.cube(12)
P = parity(12)
FLIPPED = certify.flip(P, [[1] * 12, [-1] * 12])
PERTURBED = certify.perturb(CUBE, [1] + [0] * 11, "1/7", certify.parity([1, 2]))

TRUE = [
    certify.equals(P, certify.parity(range(12)), on=CUBE),
    certify.within(P, certify.constant([0]), on=CUBE, epsilon=1, norm="l2"),
    certify.output(P, CUBE, "y0 <= 1 and x0 + y0 < 3"),
    certify.output(P, certify.grid([[0, "1/3", 2]] * 3 + [[-1, 1]] * 5 + [[0]] * 4), "y0 < 99"),
    certify.mse(P, FLIPPED, certify.uniform(CUBE), "=", "1/512"),
    certify.mse(parity(12, [0, 1]), certify.constant(["1/3"]), certify.uniform(PERTURBED), "<", 2),
    certify.expectation([P, certify.parity([0])], certify.uniform(CUBE), "=", 0),
    certify.expectation(
        [certify.project([0]), certify.project([1])],
        certify.weighted([([1, 2], "1/3"), ([0, 0], "1/2"), ([-1, 5], "1/6")]),
        "=",
        "-1/6",
    ),
]
FALSE = [
    certify.equals(P, certify.parity(range(11)), on=CUBE),
    certify.equals(P, FLIPPED, on=CUBE),
    certify.output(P, CUBE, "y0 < 1"),
    certify.within(P, FLIPPED, on=CUBE, epsilon=1, norm="l2"),
]


@pytest.mark.parametrize("claim", TRUE, ids=lambda c: c.kind)
def test_true_claims_are_enumerated_and_proved(claim: Claim) -> None:
    answer = outside.prove(claim, Options())
    assert isinstance(answer, Unknown) and answer.verdict == "enumerated"
    kernel = enumerate.prove(claim, Options())
    assert isinstance(kernel, Found) and kernel.verdict == "proved"
    if "value" in kernel.body:
        assert answer.note.split()[1] == kernel.body["value"]


@pytest.mark.parametrize("claim", FALSE, ids=lambda c: c.kind)
def test_false_claims_give_a_witness_that_the_kernel_accepts(claim: Claim) -> None:
    verdict = certify.prove(claim, method="enumerated")
    assert (verdict.verdict, verdict.rule) == ("refuted", "witness")


def test_a_false_mean_keeps_its_value_and_is_not_enumerated() -> None:
    claim = certify.mse(P, FLIPPED, certify.uniform(CUBE), "<", "1/512")
    answer = outside.prove(claim, Options())
    assert isinstance(answer, Unknown) and answer.verdict == "unknown"
    assert "1/512" in answer.note


@pytest.mark.parametrize("workers", [1, 2])
def test_past_62_bits_the_kernels_integers_are_used(workers: int) -> None:
    big = 2**80 + 1
    f = certify.linear([[str(big), 1] + [0] * 10])
    claim = certify.mse(f, certify.constant([0]), certify.uniform(CUBE), "=", big**2 + 1)
    answer = outside.prove(claim, Options(workers=workers))
    assert isinstance(answer, Unknown) and answer.verdict == "enumerated"
    assert answer.note.startswith(f"value {format_rational(Fraction(big**2 + 1))} ")
    claim = certify.equals(f, certify.linear([[str(big), 1] + [0] * 9 + [1]]), on=CUBE)
    assert isinstance(outside.prove(claim, Options(workers=workers)), Found)


def test_infinite_and_endless_sets_are_declined() -> None:
    box = certify.box([0], [1])
    one = certify.project([0])
    for claim in (
        certify.equals(one, one, on=box),
        certify.mse(one, one, certify.uniform(box), "=", 0),
        certify.equals(one, one, on=certify.cube(64)),
        certify.member(P, 3, lambda_=9),
    ):
        answer = outside.prove(claim, Options())
        assert isinstance(answer, Unknown) and answer.verdict == "unknown"


def test_it_stops_in_time() -> None:
    claim = certify.equals(parity(40), certify.parity(range(40)), on=certify.cube(40))
    started = time.monotonic()
    answer = outside.prove(claim, Options(timeout=0.5))
    assert isinstance(answer, Unknown) and "out of time" in answer.reason
    assert time.monotonic() - started < 20


def test_search_comes_to_it_where_the_kernels_budget_ends() -> None:
    f = certify.flip(parity(12), [[1] * 12])  # needs all of x: does not fold
    claim = certify.mse(f, certify.parity(range(12)), certify.uniform(CUBE), "<", 1)
    limits = Budget(points=100)
    answer = search(claim, Options(budget=limits))
    assert isinstance(answer, Unknown) and answer.verdict == "enumerated"
    both = certify.compression(f, P, certify.uniform(CUBE), 3, "<", 1, lambda_=12)
    verdict = certify.prove(both, budget=limits)
    assert verdict.verdict == "enumerated" and "1/1024" in verdict.note


def test_search_offers_an_estimate() -> None:
    law = certify.uniform(certify.box([0], [1]))
    claim = certify.mse(certify.project([0]), certify.constant([0]), law, "<", 1)
    answer = search(claim, Options())
    assert isinstance(answer, Unknown) and "certify estimate" in answer.reason
