"""Provers by SMT against exact optima found by other means, and what they do when they fail."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from fractions import Fraction

import pytest

import exact_optimum as truth
from random_networks import moved, random_network, rewritten, side_by_side

import certify
from certify.kernel.certificate import Certificate
from certify.kernel.claim import Claim
from certify.kernel.exact import format_rational
from certify.kernel.network import Network
from certify.prove.smt_child import Task

ONE, TINY = Fraction(1), Fraction(1, 1 << 40)
Case = tuple[Claim, str]


def decided(claim: Claim, way: Callable[[Task], object] | None = None) -> tuple[str, str]:
    """The verdict that the kernel accepts, and who found it, without a process for each claim."""
    task = Task(claim, 60, 1 << 22)
    if way is not None:
        way(task)
    head, steps = task.answer()
    if head["verdict"] == "unknown":
        return "unknown", head["reason"]
    rule = "clauses" if head["verdict"] == "proved" else "witness"
    body = {"steps": steps} if rule == "clauses" else head["body"]
    goal = certify.api.named(claim)
    found = Certificate(
        {
            "format": "certify-certificate-1",
            "claim": claim.to_json(),
            "networks": certify.api.bind(claim, goal.networks),
            "verdict": head["verdict"],
            "rule": rule,
            "body": body,
        }
    )
    result = certify.check(goal, found)
    assert result.verdict == head["verdict"], result.reason
    return result.verdict, head.get("by", "point")


def networks(seed: int) -> tuple[random.Random, Network, Network]:
    """Two random networks of 2–4 layers, 2–6 neurons each, on the same inputs."""
    draw = random.Random(seed)
    inputs, depth = draw.choice([2, 2, 3]), draw.randint(1, 3)
    widest = {1: 6, 2: 5, 3: 3}[depth] - (inputs == 3)
    shapes = [[inputs, *(draw.randint(2, widest) for _ in range(depth)), 1] for _ in range(2)]
    return draw, random_network(shapes[0], draw), random_network(shapes[1], draw)


def extremes(network: Network, on: str, weights: list[Fraction]) -> tuple[Fraction, Fraction]:
    """The exact minimum and maximum of weights·outputs on [−1, 1]ⁿ or {−1, 1}ⁿ."""

    def top(side: int) -> Fraction:
        signed = [side * w for w in weights]
        if on == "cube":
            return truth.largest_on_grid(network, signed, (-ONE, ONE))[0]
        n = network.inputs
        return truth.largest_on_box(network, signed, (-ONE,) * n, (ONE,) * n)[0]

    return -top(-1), top(1)


def cases(seed: int) -> Iterator[Case]:
    """Claims whose truth is known, at margins of 0, a little and a lot on either side."""
    draw, f, g = networks(seed)
    on = draw.choice(["box", "box", "cube"])
    n = f.inputs
    where = certify.cube(n) if on == "cube" else certify.box([-1] * n, [1] * n)
    low, high = extremes(f, on, [ONE])
    room = (high - low) / 8 + TINY
    for bound, relation, expected in (
        (high, "<=", "proved"),
        (high, "<", "refuted"),
        (high - TINY, "<=", "refuted"),
        (high + room, "<", "proved"),
    ):
        yield certify.output(f, where, f"y0 {relation} {format_rational(bound)}"), expected
    middle = format_rational(low + room)
    yield certify.output(f, where, f"y0 > {middle} or y0 <= {middle}"), "proved"
    gaps = extremes(side_by_side(f, g), on, [ONE, -ONE])
    apart = max(abs(gap) for gap in gaps)
    yield certify.within(f, g, where, apart), "proved"
    if apart:
        yield certify.within(f, g, where, apart - apart * TINY), "refuted"
    yield certify.equals(f, g, where), "refuted" if apart else "proved"
    yield certify.equals(f, rewritten(f), where), "proved"
    along, eta = [Fraction(draw.randint(-2, 2)) for _ in range(n - 1)] + [ONE], Fraction(1, 4)
    both = side_by_side(moved(f, [eta * v for v in along]), moved(f, [-eta * v for v in along]))
    least, most = extremes(both, on, [ONE, -ONE])
    if on == "box" and (least > 0 or most < 0):
        close = min(abs(least), abs(most))
        yield certify.separates(f, where, along, eta, close), "proved"
        yield certify.separates(f, where, along, eta, close + TINY), "refuted"


@pytest.mark.parametrize("seed", range(6))
def test_verdicts_are_the_exact_ones(seed: int) -> None:
    """Every proved with an accepted certificate, every refuted with a checked witness."""
    for claim, expected in cases(seed):
        assert decided(claim)[0] == expected, claim.canonical


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6, 30))
def test_more_verdicts_are_the_exact_ones(seed: int) -> None:
    """The same, on more than two hundred claims in all."""
    test_verdicts_are_the_exact_ones(seed)
