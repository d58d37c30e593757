"""Numbers at the ends of what doubles hold: a search may miss a proof, and never fails."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction

import pytest

import certify
from certify.kernel.data.network import Network
from certify.kernel.language.claim import Pointwise
from certify.networks.builder import Sequential, linear, relu
from certify.prove import Options, strategy
from certify.prove.answers import Found, Unknown
from certify.prove.regions import prover as regions

TINY, HUGE = Fraction(2) ** -600, Fraction(2) ** 600
ENTRIES = [0, 0, 0, 1, -1, Fraction(1, 2), Fraction(-1, 3), 2, -3]
EDGES = [Fraction(1, 1 << 30), 1 << 40, TINY, HUGE]
WALLS = [0, -1, Fraction(-1, 3), -5, Fraction(-(1 << 30))]
WIDTHS = [0, 1, 2, Fraction(1, 5), Fraction(1, 1 << 40), 1 << 20]


def two(weight: Fraction) -> Network:
    """x ↦ (w³x, w³x)."""
    once = linear([[weight]])
    return Sequential(once, once, linear([[weight], [weight]]))


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        # |f(x + 1) − f(x − 1)| = 2·√2·2⁻¹⁸⁰⁰, which is no double: division by zero before
        (
            certify.separates(
                two(TINY), on=certify.box([-1], [1]), along=[1], eta=1, delta=2 * TINY**3
            ),
            "proved",
        ),
        (
            certify.separates(
                two(TINY), on=certify.box([-1], [1]), along=[1], eta=1, delta=3 * TINY**3
            ),
            "refuted",
        ),
    ],
)
def test_a_norm_below_every_double(claim: Pointwise, verdict: str) -> None:
    answer = regions.prove(claim, Options(timeout=60))
    assert isinstance(answer, Found)
    assert answer.verdict == verdict
    assert certify.prove(claim, timeout=60).verdict == verdict


def test_arithmetic_that_fails_costs_one_method_its_proof(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(claim: object, options: Options) -> Found:
        raise ZeroDivisionError("float division by zero")

    method = strategy.Method(fails, lambda claim: True, "any")
    monkeypatch.setitem(strategy.METHODS, "fails", method)
    same = certify.equals(two(TINY), two(TINY), on=certify.box([0], [1]))
    answer = strategy._try("fails", same, Options())
    assert isinstance(answer, Unknown)
    assert "division by zero" in answer.reason


def small_claims(seed: int, count: int) -> Iterator[Pointwise]:
    """Claims of every kind about points of a box, with weights at the ends of doubles."""
    for number in range(count):
        draw = random.Random(f"{seed}/{number}")
        inputs, outputs, width = draw.randint(1, 3), draw.randint(1, 3), draw.randint(1, 5)
        low = [draw.choice(WALLS) for _ in range(inputs)]
        on = certify.box(low, [a + draw.choice(WIDTHS) for a in low])
        f, g = (_network(draw, inputs, outputs, width) for _ in range(2))
        kind = draw.choice(["output", "within", "equals", "separates", "monotone"])
        if kind == "within":
            epsilon = draw.choice([0, 1, Fraction(1, 10), TINY, TINY**2])
            norm = draw.choice(["linf", "l1", "l2"])
            yield certify.within(f, g, on=on, epsilon=epsilon, norm=norm)
        elif kind == "equals":
            yield certify.equals(f, draw.choice([f, g]), on=on)
        elif kind == "separates":
            along = [1, *(draw.choice([0, 1, -1]) for _ in range(inputs - 1))]
            delta = draw.choice([0, 1, Fraction(1, 10), TINY, TINY**2])
            yield certify.separates(f, on=on, along=along, eta=draw.choice([1, TINY]), delta=delta)
        else:
            atoms = [_atom(draw, inputs, outputs) for _ in range(draw.randint(1, 3))]
            yield certify.output(f, on, f" {draw.choice(['and', 'or'])} ".join(atoms))


def _network(draw: random.Random, inputs: int, outputs: int, width: int) -> Network:
    entries = ENTRIES if draw.random() < 0.5 else ENTRIES + EDGES

    def matrix(rows: int, columns: int) -> list[list[object]]:
        return [[draw.choice(entries) for _ in range(columns)] for _ in range(rows)]

    layers = []
    for _ in range(draw.randint(0, 2)):
        layers.append(relu(matrix(width, inputs), [draw.choice(entries) for _ in range(width)]))
        inputs = width
    return Sequential(*layers, linear(matrix(outputs, inputs)))


def _atom(draw: random.Random, inputs: int, outputs: int) -> str:
    sign = draw.choice(["<", "<=", ">=", ">", "=", "!="])
    right = draw.choice(["0", "1", "1/3", "-2", "y0", f"2*x{draw.randrange(inputs)} - y0"])
    left = draw.choice([f"y{draw.randrange(outputs)}", f"x{draw.randrange(inputs)}"])
    return f"{left} {sign} {right}"


@pytest.mark.parametrize("count", [25, pytest.param(1000, marks=pytest.mark.slow)])
def test_small_claims_of_every_kind(count: int) -> None:
    """No exception leaves a search, and the kernel accepts whatever it finds."""
    for claim in small_claims(11, count):
        result = certify.prove(claim, method="regions", timeout=0.2)
        assert result.verdict in ("proved", "refuted", "unknown")
        assert "did not accept" not in result.reason
        assert "division" not in result.reason
