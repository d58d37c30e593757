"""Parities from queries: every heavy one is listed, and the kernel proves its weight."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations, product
from math import comb
from pathlib import Path

import numpy
import pytest

import certify
from certify.errors import CertifyError
from certify.networks.builder import linear
from certify.networks.gadgets.noisy_parity import noisy_parity
from certify.networks.gadgets.symmetric import symmetric
from certify.paper import Signs, parities, recover


def correlations(values: dict[tuple[int, ...], int], n: int) -> dict[tuple[int, ...], Fraction]:
    """E[f·χ_S] for every S, point by point."""
    found = {}
    for size in range(n + 1):
        for over in combinations(range(n), size):
            total = 0
            for x, value in values.items():
                sign = 1
                for i in over:
                    sign *= x[i]
                total += value * sign
            found[over] = Fraction(total, 2**n)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_every_heavy_parity_of_a_random_function_is_listed(seed: int) -> None:
    """A mixture of three parities and noise on 7 bits; the truth is by brute force."""
    n, draw = 7, random.Random(seed)
    chosen = [tuple(sorted(draw.sample(range(n), draw.randint(0, 5)))) for _ in range(3)]
    table = {}
    for x in product((-1, 1), repeat=n):
        over = draw.choice(chosen)
        table[x] = -1 if sum(x[i] < 0 for i in over) % 2 else 1
    truth = correlations(table, n)
    signs = Signs(lambda points: [table[tuple(x)] for x in points.tolist()], n)
    found = parities(signs, Fraction(1, 10), seed=seed)
    heavy = {over for over, value in truth.items() if value >= Fraction(1, 5)}
    assert heavy
    assert heavy <= {candidate.over for candidate in found}
    for candidate in found:
        assert abs(candidate.estimate - truth[candidate.over]) < 0.06
    assert [c.estimate for c in found] == sorted((c.estimate for c in found), reverse=True)


def test_sixty_four_bits_one_in_twenty_wrong(tmp_path: Path) -> None:
    """From an ONNX file: the subset of 21 of 64 is found, and E[f·χ_S] is exact."""
    over = (0, 3, 4, 9, 17, 18, 22, 30, 31, 33, 40, 41, 47, 50, 52, 55, 56, 58, 60, 61, 63)
    certify.save(noisy_parity(64, over, range(20, 50), range(20, 31)), tmp_path / "noisy.onnx")
    network = certify.load(tmp_path / "noisy.onnx")
    wrong = Fraction(sum(comb(30, k) for k in range(20, 31)), 2**30)
    assert Fraction(49, 1000) < wrong < Fraction(5, 100)
    [found] = recover(network, Fraction(44, 100))
    assert found.over == over
    assert found.correlation == 1 - 2 * wrong
    assert found.agreement == 1 - wrong
    assert (found.verdict.verdict, found.verdict.rule) == ("proved", "fold")
    more = found.correlation + Fraction(1, 2**30)
    [other] = recover(network, Fraction(44, 100), at_least=more)
    assert other.verdict.refuted


def test_a_network_that_is_no_sign_has_no_agreement() -> None:
    """x₀ + 2: its sign is always 1, and its correlation with χ_∅ is 2."""
    [found] = recover(linear([[1]], [2]), Fraction(2, 5))
    assert (found.over, found.correlation, found.agreement) == ((), 2, None)
    assert found.verdict.proved


def test_torch_modules_are_read_exactly() -> None:
    torch = pytest.importorskip("torch")
    module = torch.nn.Sequential(torch.nn.Linear(5, 1))
    with torch.no_grad():
        module[0].weight[:] = torch.tensor([0.0, 0.1, 4.0, -0.2, 0.0])
        module[0].bias.zero_()
    assert [c.over for c in parities(Signs(module), 0.4)] == [(2,)]


def test_points_are_counted_and_zeros_have_no_sign() -> None:
    signs = Signs(linear([[1, 1]]))
    values = signs(numpy.array([[0, 0], [0, 1], [1, 1]], dtype=numpy.uint8))
    assert values.tolist() == [1, 0, -1]
    assert signs.queries == 3


def test_nothing_is_found_in_a_function_without_a_heavy_parity() -> None:
    """The majority of 9 bits: no correlation is above 0.28."""
    majority = symmetric([-1] * 5 + [1] * 5, 9)
    assert parities(Signs(majority), 0.25) == []


@pytest.mark.parametrize("advantage", [0, -1, 0.6])
def test_bad_advantages_are_refused(advantage: float) -> None:
    with pytest.raises(CertifyError, match="advantage lies in"):
        parities(Signs(linear([[1]])), advantage)


def test_what_would_take_too_many_queries_is_refused() -> None:
    with pytest.raises(CertifyError, match="queries"):
        parities(Signs(linear([[1] * 64])), 0.001)
    with pytest.raises(CertifyError, match="one output"):
        Signs(linear([[1], [1]]))
    with pytest.raises(CertifyError, match="number of inputs"):
        Signs(lambda points: points[:, 0])
    with pytest.raises(CertifyError, match="a proof needs a network"):
        recover(lambda points: points[:, 0], 0.4)
