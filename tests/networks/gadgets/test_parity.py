"""Parity, balanced parity and symmetric functions, over every point of the cube."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.kernel.data.network import Network
from certify.kernel.verdict import Malformed
from certify.networks.gadgets.balanced import balanced_parity, largest_balanced
from certify.networks.gadgets.parity import parity
from certify.networks.gadgets.symmetric import symmetric

F = Fraction


def norms(net: Network) -> list[Fraction]:
    return [layer.frobenius_squared for layer in net.layers]


def cube(n: int) -> list[tuple[int, ...]]:
    return list(product((-1, 1), repeat=n))


def computes_parity(net: Network, over: tuple[int, ...]) -> bool:
    return all(net(x) == (math.prod(x[i] for i in over),) for x in cube(net.inputs))


class TestParity:
    """LEDGER L2r: n + 2 gates, norms √n, √n, √(4n − 3)."""

    @pytest.mark.parametrize("n", range(1, 9))
    @pytest.mark.parametrize("wide", [False, True])
    def test_all_points(self, n: int, wide: bool) -> None:
        net = parity(n, wide=wide)
        assert computes_parity(net, tuple(range(n)))
        assert norms(net) == ([n * n, 4 * n - 3] if wide else [n, n, 4 * n - 3])
        assert sum(layer.width for layer in net.layers) == (n + 1 if wide else n + 2)

    @pytest.mark.parametrize("over", [(0,), (3, 1), (0, 2, 4), (4, 3, 1, 0)])
    def test_a_subset_leaves_zero_columns(self, over: tuple[int, ...]) -> None:
        net = parity(5, over)
        assert computes_parity(net, over)
        assert {c for c, _ in net.layers[0].rows[0]} == set(over)

    def test_another_subset_is_another_function(self) -> None:
        assert not computes_parity(parity(4, (0, 1)), (0, 2))

    @pytest.mark.parametrize(("bound", "n"), [(5, 7), (9, 21), (15, 57), (63, 993), (127, 4033)])
    def test_the_norm_bounds_of_the_ledger(self, bound: int, n: int) -> None:
        assert max(norms(parity(n))) == bound**2
        assert n == (bound**2 + 3) // 4
        assert max(norms(parity(n + 1))) > bound**2

    @pytest.mark.parametrize(
        ("inputs", "over"), [(0, None), (3, ()), (3, (0, 0)), (3, (3,)), (3, (-1,))]
    )
    def test_misfits(self, inputs: int, over: tuple[int, ...] | None) -> None:
        with pytest.raises(Malformed):
            parity(inputs, over)


class TestBalanced:
    @pytest.mark.parametrize("n", range(1, 9))
    def test_all_points(self, n: int) -> None:
        assert computes_parity(balanced_parity(n), tuple(range(n)))

    @pytest.mark.parametrize("n", [1, 2, 5, 16, 142])
    def test_the_norms_are_nearly_equal(self, n: int) -> None:
        target = n * (2 * n - 1) ** 2  # the common value of ‖W‖_F⁶ at the best real scales
        for value in norms(balanced_parity(n)):
            assert F(99, 100) * target < value**3 < F(101, 100) * target

    def test_the_norms_of_the_docstring(self) -> None:
        n = 6
        net = balanced_parity(n)
        a = net.layers[0].rows[0][0][1]
        b, d = (abs(top / net.layers[2].rows[0][k][1]) for k, top in enumerate((1, 2)))
        assert norms(net) == [
            n * a**2,
            (b**2 + (n - 1) * d**2) / a**2,
            1 / b**2 + 4 * (n - 1) / d**2,
        ]

    @pytest.mark.parametrize(("bound", "n"), [(5, 16), (9, 51), (15, 142), ("5/2", 4)])
    def test_the_largest_within_a_bound(self, bound: int | str, n: int) -> None:
        assert largest_balanced(bound) == n
        limit = F(bound) ** 2
        net = balanced_parity(n, bound=bound)
        assert max(norms(net)) <= limit
        assert max(norms(parity(n))) > limit
        with pytest.raises(Malformed, match="too many"):
            balanced_parity(n + 1, bound=bound)

    def test_a_bound_reached_exactly(self) -> None:
        assert norms(balanced_parity(1, bound=1)) == [1, 1, 1]

    def test_the_table_of_the_docstring(self) -> None:
        assert [largest_balanced(b) for b in (5, 9, 15, 63, 127)] == [16, 51, 142, 2500, 10160]
        assert largest_balanced("99/100") == largest_balanced(-3) == 0

    def test_the_rate_of_the_ledger(self) -> None:
        assert abs(F(largest_balanced(10**6), 10**12) - F(63, 100)) < F(1, 1000)

    @given(st.integers(1, 40), st.integers(1, 6))
    def test_largest_is_largest(self, top: int, bottom: int) -> None:
        bound = F(top, bottom)
        n = largest_balanced(bound)
        assert n * (2 * n - 1) ** 2 <= bound**6 < (n + 1) * (2 * n + 1) ** 2


class TestSymmetric:
    @given(
        st.lists(st.fractions(max_denominator=6, min_value=-9, max_value=9), min_size=2, max_size=6)
    )
    def test_all_points(self, values: list[Fraction]) -> None:
        n = len(values) - 1
        slopes = [(b - a) / 2 for a, b in pairwise(values)]
        bends = slopes[0] ** 2 + sum((b - a) ** 2 for a, b in pairwise(slopes))
        for wide in (False, True):
            net = symmetric(values, n + 1, tuple(range(1, n + 1)), wide)
            for x in cube(n + 1):
                assert net(x) == (values[x[1:].count(1)],)
            assert norms(net) == ([n * n, bends] if wide else [n, n, bends])

    def test_beyond_the_cube_it_is_the_line_through_the_values(self) -> None:
        net = symmetric([5, 7, 1])
        knots = {-9: 5, -2: 5, -1: 6, 0: 7, 1: 4, 2: 1, 4: -5}
        for total, value in knots.items():
            assert net([total, 0]) == net([F(total, 2), F(total, 2)]) == (value,)

    @pytest.mark.parametrize("values", [[], [1]])
    def test_too_few_values(self, values: list[int]) -> None:
        with pytest.raises(Malformed):
            symmetric(values)
