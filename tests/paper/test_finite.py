"""Finite distributions: weights, samples, densities and certified averages."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction

import pytest

import certify
from certify.errors import CertifyError
from certify.paper import Finite

LAWS = {
    "uniform": certify.uniform(certify.grid([[0, 1, 5], ["1/2", 3]])),
    "weighted": certify.weighted([([0, 1], "1/4"), ([2, "1/3"], "3/4")]),
    "product": certify.product(
        certify.uniform(certify.cube(1)), certify.weighted([([0], "1/5"), ([7], "4/5")])
    ),
    "induced": certify.induced(certify.linear([[1, 1], [0, 0]]), certify.uniform(certify.bits(2))),
}
TABLES = {
    "uniform": {(a, b): Fraction(1, 6) for a in (0, 1, 5) for b in (Fraction(1, 2), 3)},
    "weighted": {(0, 1): Fraction(1, 4), (2, Fraction(1, 3)): Fraction(3, 4)},
    "product": {
        (a, b): Fraction(w, 10) for a in (-1, 1) for b, w in ((0, 1), (7, 4))
    },
    "induced": {(0, 0): Fraction(1, 4), (1, 0): Fraction(1, 2), (2, 0): Fraction(1, 4)},
}  # fmt: skip


@pytest.mark.parametrize("name", LAWS)
def test_densities_samples_and_means(name: str) -> None:
    law, table = Finite(LAWS[name]), TABLES[name]
    assert {x: law.density(x) for x in table} == table
    assert law.density((9, 9)) == 0
    draw = random.Random(3)
    counts = Counter(law.sample(draw) for _ in range(3000))
    assert set(counts) == set(table)
    for x, mass in table.items():
        assert abs(counts[x] / 3000 - mass) < Fraction(1, 20)
    value, verdict = law.mean([certify.project([0]), certify.project([1])])
    assert value == sum(m * x[0] * x[1] for x, m in table.items())
    assert verdict.verdict in ("proved", "refuted")


def test_a_large_cube_is_neither_listed_nor_refused() -> None:
    law = Finite(certify.uniform(certify.cube(300)))
    assert law.density((1,) * 300) == Fraction(1, 2**300)
    assert law.mean([certify.parity([1, 200])])[0] == 0
    assert len(law.sample(random.Random(0))) == 300


def test_what_is_no_distribution_is_refused() -> None:
    with pytest.raises(CertifyError, match="sum to 1/2"):
        Finite(certify.weighted([([0], "1/2")]))
    wide = certify.product(*[certify.uniform(certify.cube(20))] * 2)
    with pytest.raises(CertifyError, match="too many to list"):
        Finite(wide).density((1,) * 40)
