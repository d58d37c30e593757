"""Sawtooth, interpolation and radial gadget against their definitions, kinks included."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.kernel.data.network import Network
from certify.kernel.verdict import Malformed
from certify.networks.gadgets.interpolation import interpolation
from certify.networks.gadgets.radial import radial
from certify.networks.gadgets.sawtooth import sawtooth

F = Fraction


def norms(net: Network) -> list[Fraction]:
    return [layer.frobenius_squared for layer in net.layers]


def through(
    knots: Sequence[tuple[Fraction, Fraction]], left: Fraction, right: Fraction, x: Fraction
) -> Fraction:
    """The piecewise linear function, from its definition."""
    if x <= knots[0][0]:
        return knots[0][1] + left * (x - knots[0][0])
    for (a, b), (c, d) in pairwise(knots):
        if x <= c:
            return b + (d - b) * (x - a) / (c - a)
    return knots[-1][1] + right * (x - knots[-1][0])


class TestSawtooth:
    @pytest.mark.parametrize("folds", [1, 2, 3, 6, 9])
    def test_the_triangle_wave(self, folds: int) -> None:
        net, pieces = sawtooth(folds), 2**folds
        wave = [(F(j, pieces), F(j % 2)) for j in range(pieces + 1)]
        for j in range(3 * pieces + 1):
            x = F(j, 3 * pieces)
            assert net([x]) == (through(wave, F(0), F(0), x),)
        assert norms(net) == [2, *[40] * (folds - 1), 20]
        assert net.depth == folds + 1

    @pytest.mark.parametrize("folds", [1, 2, 3])
    def test_outside_of_the_interval(self, folds: int) -> None:
        for x in (F(-7), F(-1, 3)):
            assert sawtooth(folds)([x]) == (0,)
        for x in (F(4, 3), F(9)):
            assert sawtooth(folds)([x]) == (2 - 2 * x if folds == 1 else 0,)


@st.composite
def knots(draw: st.DrawFn) -> list[tuple[Fraction, Fraction]]:
    number = st.fractions(min_value=-9, max_value=9, max_denominator=7)
    abscissae = draw(st.sets(number, min_size=1, max_size=6))
    return [(x, draw(number)) for x in sorted(abscissae)]


class TestInterpolation:
    @given(knots(), st.sampled_from([F(0), F(2, 3), F(-1)]), st.sampled_from([F(0), F(-5, 2)]))
    def test_everywhere(
        self, points: list[tuple[Fraction, Fraction]], left: Fraction, right: Fraction
    ) -> None:
        net = interpolation(points, left, right)
        abscissae = [x for x, _ in points]
        between = [(a + 2 * b) / 3 for a, b in pairwise(abscissae)]
        for x in [abscissae[0] - 5, *abscissae, *between, abscissae[-1] + F(7, 2)]:
            assert net([x]) == (through(points, left, right, x),)
        slopes = [(d - b) / (c - a) for (a, b), (c, d) in pairwise(points)]
        bends = sum((q - p) ** 2 for p, q in pairwise([F(0), *slopes, right]))
        assert norms(net) == [len(points) + bool(left), left**2 + bends]

    @pytest.mark.parametrize("points", [[], [(0, 1), (0, 2)], [(1, 0), (0, 0)]])
    def test_misfits(self, points: list[tuple[int, int]]) -> None:
        with pytest.raises(Malformed):
            interpolation(points)


class TestRadial:
    PROFILE = ((F(0), F(0)), (F(1, 2), F(1)), (F(1), F(-1)), (F(2), F(3)))

    @pytest.mark.parametrize(
        ("n", "radius", "steps"), [(1, F(1), 1), (2, F(3, 2), 3), (3, F(2), 8)]
    )
    def test_the_function_of_the_docstring(self, n: int, radius: Fraction, steps: int) -> None:
        net, h, draw = radial(n, radius, steps, self.PROFILE), radius / steps, random.Random(n)
        square = [(k * h, (k * h) ** 2) for k in range(steps + 1)]
        slope = (2 * steps - 1) * h
        for _ in range(60):
            x = [draw.choice((-1, 1)) * F(draw.randint(0, 40), 16) for _ in range(n)]
            total = sum((through(square, F(0), slope, abs(v)) for v in x), F(0))
            assert net(x) == (through(self.PROFILE, F(0), F(0), total),)
            if max(map(abs, x)) <= radius:
                assert 0 <= total - sum(v * v for v in x) <= n * h * h / 4

    def test_norms(self) -> None:
        n, steps, h, m = 3, 8, F(1, 4), 4
        net = radial(n, 2, steps, self.PROFILE)
        bends = [F(2), F(-6), F(8), F(-4)]
        assert norms(net) == [
            2 * n * steps,
            m * n * h**2 * (8 * steps - 6),
            sum(b * b for b in bends),
        ]
        assert net.depth == 3

    def test_it_depends_on_the_norm_and_not_on_the_direction_of_the_axes(self) -> None:
        net = radial(3, 2, 8, self.PROFILE)
        assert net([F(1), F(1, 2), F(0)]) == net([F(0), F(-1), F(1, 2)])
        assert net([F(1), F(1, 2), F(0)]) != net([F(1), F(0), F(0)])

    @pytest.mark.parametrize("arguments", [(0, 1, 1), (1, 0, 1), (1, 1, 0), (1, -1, 2)])
    def test_misfits(self, arguments: tuple[int, int, int]) -> None:
        with pytest.raises(Malformed):
            radial(*arguments, self.PROFILE)
