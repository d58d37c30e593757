"""A wide layer on few vectors is computed in bulk, and gives the numbers of the plain loop."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from certify.kernel.data import exact


@pytest.mark.parametrize("largest", [9, 1 << 40, 1 << 80])
def test_a_wide_layer_on_few_vectors(largest: int) -> None:
    draw = random.Random(1)
    width, height, count = 40, 300, 30
    assert count < exact.BULK and width * height * count >= exact.WORK
    rows = [
        [(c, Fraction(draw.randint(1, largest), draw.choice((1, 2, 6)))) for c in range(width)]
        for _ in range(height)
    ]
    bias = [Fraction(draw.randint(-largest, largest), 3) for _ in range(height)]
    cut = [draw.random() < 0.5 for _ in range(height)]
    points = [[Fraction(draw.randint(-9, 9), 2) for _ in range(width)] for _ in range(count)]
    layer = exact.integer_layer(width, rows, bias, cut)
    found = exact.apply(layer, exact.batch(points, width)).fractions()
    for point, values in list(zip(points, found, strict=True))[:3]:
        sums = [sum((v * point[c] for c, v in row), b) for row, b in zip(rows, bias, strict=True)]
        assert values == tuple(
            max(s, Fraction(0)) if c else s for s, c in zip(sums, cut, strict=True)
        )
