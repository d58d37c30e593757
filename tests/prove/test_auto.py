"""What ``auto`` tries soon: claims that one method proves at once and another never ends."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
from random_networks import random_network

import certify
from certify.claims.vnnlib import parse_property
from certify.kernel.data.network import Network
from certify.kernel.language.claim import Pointwise
from certify.networks.builder import Sequential, linear, relu
from certify.prove import Options
from certify.prove.answers import Found
from certify.prove.regions import prover as regions

DIFFERENCE = linear([[1, -1]])
HINGE = Sequential(relu([[1, 0], [0, 1], [0, -1]]), linear([[1, -1, 1]]))  # relu(x0) − x1

# Two boxes: y = x0 − x1 is at most 1 on either, the network at most 3 on the second.
CORNER = "(and (>= X_0 0)(<= X_0 1)(>= X_1 0)(<= X_1 1)(>= Y_0 {0}))"
FAR = "(and (>= X_0 -3)(<= X_0 -2)(>= X_1 -3)(<= X_1 -2)(>= Y_0 {1}))"
DECLARED = "(declare-const X_0 Real)(declare-const X_1 Real)(declare-const Y_0 Real)"
HALF = (
    "(assert (>= X_0 -3))(assert (<= X_0 1))(assert (>= X_1 -3))(assert (<= X_1 1))"
    "(assert (or (and (>= X_0 0)(>= X_1 0)(>= Y_0 {0})) (>= Y_0 100)))"
)
SLANTED = (  # a triangle: x0 + x1 ≥ 1, at which x0 − x1 is at most 1
    "(assert (>= X_0 -3))(assert (<= X_0 1))(assert (>= X_1 -3))(assert (<= X_1 1))"
    "(assert (or (and (>= (+ X_0 X_1) 1)(>= X_1 0)(>= Y_0 {0})) (>= Y_0 100)))"
)


def asked(network: Network, text: str) -> Pointwise:
    """The claim that no input satisfies the text's assertions."""
    claim = parse_property(DECLARED + text, [network]).claim
    assert isinstance(claim, Pointwise)
    return claim


def by_regions(claim: Pointwise, timeout: float = 60) -> str:
    """The kernel's verdict on what regions alone find."""
    result = certify.prove(claim, method="regions", timeout=timeout)
    return result.verdict


class TestBoxesOfInputs:
    """A disjunct with bounds of its own for inputs: they cut, and are no goals."""

    @pytest.mark.parametrize(
        ("network", "text", "least"),
        [
            (DIFFERENCE, f"(assert (or {CORNER} {FAR}))", (1, 1)),
            (DIFFERENCE, HALF, (1,)),
            (HINGE, f"(assert (or {CORNER} {FAR}))", (1, 3)),
            (HINGE, HALF, (1,)),
            (DIFFERENCE, SLANTED, (1,)),
        ],
    )
    def test_few_regions_close_them(
        self, network: Network, text: str, least: tuple[int, ...]
    ) -> None:
        """``least``: the largest output in each box; at it the claim is false."""
        above = text.format(*(v + Fraction(1, 2) for v in map(Fraction, least)))
        above = above.replace("3/2", "1.5").replace("7/2", "3.5")
        assert by_regions(asked(network, above)) == "proved"
        at = text.format(*(str(v) for v in least))
        assert by_regions(asked(network, at)) == "refuted"

    @pytest.mark.parametrize("number", range(8))
    def test_random_boxes(self, number: int) -> None:
        """Of a network's values on a grid the largest is below its bound, and above another."""
        draw = random.Random(number)
        inputs = draw.choice([2, 3])
        network = random_network([inputs, 16, 1], draw, 16)
        boxes = []
        for _ in range(2):
            low = [Fraction(draw.randint(-12, 8), 4) for _ in range(inputs)]
            boxes.append((low, [a + Fraction(draw.randint(2, 6), 4) for a in low]))
        tops = [top(network, low, high) for low, high in boxes]

        def claim(room: Fraction) -> Pointwise:
            parts = []
            for (low, high), most in zip(boxes, tops, strict=True):
                sides = [f"(>= X_{i} {float(a)}) (<= X_{i} {float(b)})"
                         for i, (a, b) in enumerate(zip(low, high, strict=True))]  # fmt: skip
                parts.append(f"(and {' '.join(sides)} (>= Y_0 {float(most + room):.6f}))")
            declared = "".join(f"(declare-const X_{i} Real)" for i in range(inputs))
            text = f"{declared}(declare-const Y_0 Real)(assert (or {' '.join(parts)}))"
            found = parse_property(text, [network]).claim
            assert isinstance(found, Pointwise)
            return found

        assert by_regions(claim(Fraction(1))) == "proved"
        assert by_regions(claim(Fraction(-1, 100))) == "refuted"


def top(network: Network, low: list[Fraction], high: list[Fraction]) -> Fraction:
    """A number that is near the network's largest value on a box: on a fine grid, in floats."""
    axes = [np.linspace(float(a), float(b), 33) for a, b in zip(low, high, strict=True)]
    points = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, len(low))
    for layer in network.layers:
        weight = np.zeros((len(layer.rows), layer.columns))
        for r, row in enumerate(layer.rows):
            for c, v in row:
                weight[r, c] = float(v)
        points = points @ weight.T + [float(b) for b in layer.bias]
        points = np.where(np.array(layer.relu), np.maximum(points, 0), points)
    return Fraction(round(float(points.max()) * 1000), 1000)


TWINS = """(vnnlib-version <2.0>)
(declare-network f (declare-input X Real [2])(declare-output Y Real [2]))
(declare-network g (equal-to f)(declare-input U Real [2])(declare-output W Real [2]))
(assert (and (>= X[0] -1)(<= X[0] 1)(>= X[1] -1)(<= X[1] 1)))
(assert (and (>= U[0] -1)(<= U[0] 1)(>= U[1] -1)(<= U[1] 1)))
(assert (== X[1] U[1]))
(assert (and (<= (- X[0] U[0]) 0.0005)(<= (- U[0] X[0]) 0.0005)))
(assert (> (- Y[0] W[0]) BOUND))
"""


class TestTwins:
    """Two copies of a network on coupled inputs: regions split for ever, clauses are short."""

    @staticmethod
    def twins(bound: str) -> Pointwise:
        draw = np.random.default_rng(4)

        def matrix(*shape: int) -> np.ndarray:
            return draw.integers(-8, 9, shape) / 8

        first, bias, last = matrix(2, 6), matrix(6), matrix(6, 2)
        exact = [
            [[Fraction(float(v)) for v in row] for row in m] for m in (first.T, [bias], last.T)
        ]
        network = Sequential(relu(exact[0], exact[1][0]), linear(exact[2]))
        claim = parse_property(TWINS.replace("BOUND", bound), [network, network]).claim
        assert isinstance(claim, Pointwise)
        return claim

    def test_the_solver_is_asked_soon(self) -> None:
        """With ten minutes to go it once was asked after five of them."""
        result = certify.prove(self.twins("0.003"), timeout=600)
        assert result.verdict == "proved"
        assert result.seconds < 200  # about 2.5 where the machine is free

    def test_a_false_neighbour(self) -> None:
        assert certify.prove(self.twins("0.0001"), timeout=600).verdict == "refuted"

    def test_what_is_found_aside_ends_the_search(self) -> None:
        """Regions alone keep to themselves; with a way aside they take its answer."""
        claim = self.twins("0.003")
        other = Found("proved", "clauses", {})
        answer = regions.prove(claim, Options(timeout=60, aside=lambda _: other))
        assert answer is other
