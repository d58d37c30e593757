"""What is said of an accepted certificate: the numbers that decide, and no more than they show."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

import certify
from certify.explain import decimal
from certify.networks.builder import Sequential, delay, linear, relu
from certify.networks.gadgets.parity import parity
from certify.networks.gadgets.tower import tower

PARITY, CUBE = parity(4), certify.cube(4)
UNIFORM = certify.uniform(CUBE)
MIXED = Sequential(relu([[1, 0], [0, 1], [1, 1]]), linear([[1, 2, 3]]))


@pytest.mark.parametrize(
    ("claim", "note"),
    [
        (certify.equals(PARITY, certify.parity(range(4)), CUBE), ""),
        (certify.equals(PARITY, certify.parity([0]), CUBE), "it fails at [-1, -1, -1, -1]"),
        (
            certify.mse(PARITY, certify.constant([0]), UNIFORM, "<", 2),
            "the value is 1 < 2",
        ),
        (
            certify.mse(PARITY, certify.constant([0]), UNIFORM, "<", 1),
            "the value is 1 ≥ 1",
        ),
        (certify.mse(PARITY, certify.constant([0]), UNIFORM, "=", 1), "the value is 1"),
        (certify.mse(PARITY, certify.constant([0]), UNIFORM, "=", "1/2"), "the value is 1 ≠ 1/2"),
        (certify.expectation([PARITY], UNIFORM, ">", 0), "the value is 0 ≤ 0"),
        (certify.member(PARITY, 3, 4), ""),
        (certify.member(PARITY, 2, 4), "this representation has 3 layers, not 2"),
        (certify.member(PARITY, 3, 3), "layer 3 has ‖W‖_F² = 13 > 9 = Λ²"),
        (certify.lipschitz(tower(2, 3, 2), 9), "∏‖W‖_F² is 81 ≤ 81 = L²"),
        (certify.lipschitz(delay(5, 2), 1), "∏‖W‖₂² is 1 ≤ 1 = L²"),
        (
            certify.lipschitz(tower(2, 3, 2), 8),
            "‖f(x) − f(y)‖²/‖x − y‖² is 81 > 64 = L²",
        ),
        (
            certify.compression(certify.parity(range(4)), PARITY, UNIFORM, 3, "=", 0, lambda_=4),
            "mse: the value is 0",
        ),
        (
            certify.compression(certify.parity([1]), PARITY, UNIFORM, 3, "=", 0, lambda_=4),
            "mse fails: the value is 2 ≠ 0",
        ),
        (
            certify.compression(certify.parity([1]), PARITY, UNIFORM, 2, "=", 0, lambda_=4),
            "member fails: this representation has 3 layers, not 2",
        ),
    ],
)
def test_notes(claim: Any, note: str) -> None:
    assert certify.prove(claim, timeout=30).note == note


def test_long_numbers_are_given_by_their_size() -> None:
    verdict = certify.prove(
        certify.expectation([certify.expression("x0")], certify.uniform(certify.bits(1)), "<", 1)
    )
    assert verdict.note == "the value is 1/2 < 1"
    big = certify.prove(certify.lipschitz(tower(2, 10, 90), "10^91"))
    assert big.note == "∏‖W‖_F² is about 1.00000e180 ≤ about 1.00000e182 = L²"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(0), "0"),
        (Fraction(1), "1.00000e0"),
        (Fraction(-22, 7), "-3.14285e0"),
        (Fraction(10) ** 400, "1.00000e400"),
        (Fraction(10) ** 400 - 1, "9.99999e399"),
        (Fraction(1, 10**50), "1.00000e-50"),
        (Fraction(1, 3 * 10**50), "3.33333e-51"),
    ],
)
def test_decimals(value: Fraction, text: str) -> None:
    assert decimal(value) == text
