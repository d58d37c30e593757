"""Max, min, absolute value and sorting against Python's own, at ties too."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from itertools import permutations, product

import pytest

from certify.kernel.data.network import Network
from certify.kernel.verdict import Malformed
from certify.networks.gadgets.extrema import absolute, maximum, minimum
from certify.networks.gadgets.sorting import comparators, sorting

F = Fraction


def points(n: int, seed: int = 0) -> list[list[Fraction]]:
    """Random rational points, half of them with ties."""
    draw = random.Random(seed)
    spread = [[F(draw.randint(-99, 99), draw.randint(1, 9)) for _ in range(n)] for _ in range(20)]
    return spread + [[F(draw.randint(-2, 2)) for _ in range(n)] for _ in range(20)]


def norms(net: Network) -> list[Fraction]:
    return [layer.frobenius_squared for layer in net.layers]


@pytest.mark.parametrize("relu_only", [False, True])
class TestTrees:
    @pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 8, 13])
    def test_values_and_depth(self, n: int, relu_only: bool) -> None:
        high, low = maximum(n, relu_only), minimum(n, relu_only)
        for x in points(n):
            assert high(x) == (max(x),)
            assert low(x) == (min(x),)
        assert high.depth == low.depth == (n - 1).bit_length() + 1
        if relu_only:
            assert all(all(layer.relu) for layer in high.layers[:-1] + low.layers[:-1])

    @pytest.mark.parametrize("k", [1, 2, 3, 4])
    def test_norms(self, k: int, relu_only: bool) -> None:
        n = 2**k
        first, later, last = (2 * n, 12 * n, 3) if relu_only else (F(3 * n, 2), 6 * n, 2)
        expected = [first, *(F(later, 2**j) for j in range(2, k + 1)), last]
        assert norms(maximum(n, relu_only)) == norms(minimum(n, relu_only)) == expected


@pytest.mark.parametrize("n", [1, 2, 5])
def test_absolute(n: int) -> None:
    net = absolute(n)
    assert norms(net) == [2 * n, 2 * n]
    for x in points(n):
        assert net(x) == tuple(map(abs, x))


class TestSorting:
    @pytest.mark.parametrize("n", range(1, 10))
    def test_comparators_sort_every_list_of_bits(self, n: int) -> None:
        """The 0-1 principle: that is enough for every list."""
        for bits in product((0, 1), repeat=n):
            wires = list(bits)
            for i, j in comparators(n):
                assert i < j
                if wires[i] > wires[j]:
                    wires[i], wires[j] = wires[j], wires[i]
            assert wires == sorted(bits)

    @pytest.mark.parametrize("relu_only", [False, True])
    @pytest.mark.parametrize("n", [1, 2, 3, 4, 6, 8, 11])
    def test_values(self, n: int, relu_only: bool) -> None:
        net = sorting(n, relu_only)
        for x in points(n):
            assert net(x) == tuple(sorted(x))
        if relu_only:
            assert all(all(layer.relu) for layer in net.layers[:-1])

    def test_every_order_of_five(self) -> None:
        net = sorting(5)
        assert {net(x) for x in permutations(range(5))} == {(0, 1, 2, 3, 4)}

    @pytest.mark.parametrize("k", [1, 2, 3, 4])
    def test_depth_and_rows(self, k: int) -> None:
        for relu_only, most in ((False, 4), (True, 6)):
            net = sorting(2**k, relu_only)
            assert net.depth == k * (k + 1) // 2 + 1
            rows = [row for layer in net.layers for row in layer.rows]
            assert all(abs(weight) == 1 for row in rows for _, weight in row)
            assert max(map(len, rows)) <= most

    def test_norms_for_two(self) -> None:
        assert norms(sorting(2)) == [4, 4]
        assert norms(sorting(2, relu_only=True)) == [6, 6]


@pytest.mark.parametrize("build", [maximum, minimum, absolute, sorting])
def test_no_inputs(build: Callable[[int], Network]) -> None:
    with pytest.raises(Malformed):
        build(0)
