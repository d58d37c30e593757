"""Monotonicity stated as a claim about two copies, against evaluation and by rule regions."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, product

import pytest

import certify
from certify.kernel.data.network import Network
from certify.networks.builder import Sequential, linear, relu

# rises in x0: no weight on a path from x0 is negative
RISING = Sequential(
    relu([[1, 1], [2, -1], [1, -2]], [0, -1, "1/2"]),
    relu([[1, 2, 0], [0, 1, 3]], [-1, -2]),
    linear([[1, 1]]),
)
# falls where the third neuron alone is active
DENTED = Sequential(
    relu([[1, 1], [2, -1], ["-1/64", -2]], [0, -1, "1/2"]),
    relu([[1, 2, 0], [0, 1, 3]], [-1, -2]),
    linear([[1, 1]]),
)
SQUARE = certify.box([-1, -1], [1, 1])


def rises_on_a_grid(net: Network, along: int) -> bool:
    """f at neighbouring points of a grid of step 1/8 on [−1, 1]², in exact arithmetic."""
    steps = [Fraction(k, 8) for k in range(-8, 9)]
    for other, (low, high) in product(steps, pairwise(steps)):
        near, far = ((v, other) if along == 0 else (other, v) for v in (low, high))
        if net(far)[0] < net(near)[0]:
            return False
    return True


def test_a_rising_network_is_proved() -> None:
    assert rises_on_a_grid(RISING, 0) and not rises_on_a_grid(DENTED, 0)
    answer = certify.prove(certify.monotone(RISING, SQUARE, [0]), method="regions")
    assert (answer.verdict, answer.rule) == ("proved", "regions")


@pytest.mark.parametrize(
    ("net", "along", "falling"), [(DENTED, 0, False), (RISING, 1, False), (RISING, 0, True)]
)
def test_neighbours_are_refuted_by_two_points(net: Network, along: int, falling: bool) -> None:
    """The witness is a pair of points that differ in one coordinate, in the wrong order."""
    claim = certify.monotone(net, SQUARE, [along], falling)
    answer = certify.prove(claim, method="regions")
    assert (answer.verdict, answer.rule) == ("refuted", "witness")
    assert answer.certificate is not None
    x = [Fraction(v) for v in answer.certificate.header["body"]["point"]]
    near, far = x[:2], x[2:]
    assert all(-1 <= v <= 1 for v in x)
    assert near[1 - along] == far[1 - along] and near[along] < far[along]
    assert (net(far)[0] - net(near)[0] > 0) is falling


HAIR = Fraction(1, 2**40)


def verdict(claim: object) -> str:
    return certify.prove(claim, method="regions").verdict  # type: ignore[arg-type]


@pytest.mark.parametrize(("over", "expected"), [(0, "proved"), (HAIR, "refuted")])
def test_on_a_polytope(over: Fraction, expected: str) -> None:
    """|x0| falls where x0 ≤ −x1 ≤ 0, and no further."""
    size = certify.expression("abs(x0)")
    sides = [[1, 0, 1], [-1, 0, 1], [0, 1, 1], [0, -1, 0]]
    wedge = certify.polytope([[1, 1, over], *sides])
    assert verdict(certify.monotone(size, wedge, [0], falling=True)) == expected
    assert verdict(certify.monotone(size, wedge, [0])) == "refuted"


@pytest.mark.parametrize(("left", "expected"), [(0, "proved"), (HAIR, "refuted")])
def test_on_a_ball(left: Fraction, expected: str) -> None:
    """|x0| − x1 rises in x0 on the ball of radius 1/4 around (1/4, 0), and no further left."""
    tilted = certify.expression("abs(x0) - x1")
    ball = certify.ball([Fraction(1, 4) - left, 0], "1/4")
    assert verdict(certify.monotone(tilted, ball, [0])) == expected
    assert verdict(certify.monotone(tilted, ball, [0, 1])) == "refuted"
    assert verdict(certify.monotone(tilted, ball, [1], falling=True)) == "proved"


def test_sets_that_are_not_convex_are_refused() -> None:
    for on in (certify.cube(2), certify.embed(SQUARE, pad=[0])):
        with pytest.raises(certify.CertifyError, match="a box, a ball or a polytope"):
            certify.monotone(RISING, on, [0])


@pytest.mark.parametrize("along", [[], [2], [-1], [0, 0]])
def test_coordinates_must_be_there(along: list[int]) -> None:
    with pytest.raises(certify.CertifyError, match="distinct coordinates below 2"):
        certify.monotone(RISING, SQUARE, along)
