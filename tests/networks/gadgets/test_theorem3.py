"""The tower, delays, products and Theorem 3's networks against the paper's description."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from certify.kernel.data.network import Network
from certify.kernel.verdict import Malformed
from certify.networks.builder import delay, delayed
from certify.networks.gadgets.parity import parity
from certify.networks.gadgets.random_layers import random_layers
from certify.networks.gadgets.theorem3 import deep, shallow
from certify.networks.gadgets.tower import tower

F = Fraction


def norms(net: Network) -> list[Fraction]:
    return [layer.frobenius_squared for layer in net.layers]


def points(n: int, count: int = 15) -> list[list[Fraction]]:
    draw = random.Random(n)
    return [[F(draw.randint(-50, 50), draw.randint(1, 7)) for _ in range(n)] for _ in range(count)]


class TestTower:
    @pytest.mark.parametrize(("scale", "depth"), [(3, 4), ("5/3", 8), (15, 300), (-2, 3)])
    def test_value_and_norms(self, scale: int | str, depth: int) -> None:
        net = tower(4, scale, depth)
        assert net([F(5), F(7), F(9), F(1, 3)]) == (F(scale) ** depth / 3,)
        assert net([F(5), F(7), F(9), F(0)]) == (0,)
        assert norms(net) == [F(scale) ** 2] * depth

    def test_another_axis(self) -> None:
        assert tower(3, 2, 2, axis=0)([F(1), F(5), F(5)]) == (4,)

    @pytest.mark.parametrize("arguments", [(0, 2, 1), (2, 2, 0), (2, 2, 1, 2), (2, 2, 1, -1)])
    def test_misfits(self, arguments: tuple[int, ...]) -> None:
        with pytest.raises(Malformed):
            tower(*arguments)


class TestTheorem3:
    GADGETS = (random_layers((3, 4, 5, 2), seed=7), parity(4))

    @pytest.mark.parametrize("g", GADGETS)
    @pytest.mark.parametrize("relu_only", [False, True])
    @pytest.mark.parametrize(("depth", "first"), [(4, 1), (4, 0), (7, 1), (6, 0), (3, 0)])
    def test_deep_equals_shallow(self, g: Network, relu_only: bool, depth: int, first: int) -> None:
        copies = depth - 2 - first
        f, flat = deep(g, depth, first, relu_only), shallow(g, copies)
        assert f.depth == depth
        assert flat.depth == 3
        assert norms(flat) == [copies * value for value in norms(g)]
        for x in points(g.inputs * copies):
            assert f(x) == flat(x)
        if relu_only:
            assert all(all(layer.relu) for layer in f.layers[:-1])
            assert not any(f.layers[-1].relu)

    @pytest.mark.parametrize("relu_only", [False, True])
    def test_norms(self, relu_only: bool) -> None:
        g, depth, two = self.GADGETS[0], 7, 1 + relu_only
        n, m, inner = g.inputs, g.outputs, norms(g)
        expected = [F(0)] * depth
        for i in range(1, depth - 2):
            for j in range(1, depth + 1):
                if j <= i:
                    expected[j - 1] += two * n
                elif j > i + 3:
                    expected[j - 1] += two * m
                else:
                    twice = j == i + 1 or (j == i + 3 and i < depth - 3)
                    expected[j - 1] += inner[j - i - 1] * (two if twice else 1)
        assert norms(deep(g, depth, relu_only=relu_only)) == expected

    def test_the_window_of_a_copy_is_the_gadget(self) -> None:
        """LEDGER T3d: layers (i, i + 3] of f^(i) are g, those before it the identity."""
        g = self.GADGETS[0]
        for i in range(1, 5):
            copy = delayed(g, i, 4 - i)
            assert copy.slice(i, i + 3) == g
            assert copy.slice(0, i) == delay(3, i)

    def test_a_moved_bias_shows(self) -> None:
        g = self.GADGETS[0]
        layer = g.layers[2]
        moved = Network(
            3,
            (
                *g.layers[:2],
                type(layer)(
                    5, layer.rows, (layer.bias[0] + F(1, 2**20), layer.bias[1]), layer.relu
                ),
            ),
        )
        x = points(6)[0]
        assert deep(moved, 5)(x) != shallow(g, 2)(x)

    @pytest.mark.parametrize(("depth", "first"), [(3, 1), (2, 0), (5, -1), (5, 3)])
    def test_misfits(self, depth: int, first: int) -> None:
        with pytest.raises(Malformed):
            deep(self.GADGETS[0], depth, first)

    def test_another_depth_of_gadget_is_refused(self) -> None:
        with pytest.raises(Malformed, match="three layers"):
            deep(delay(2, 2), 6)


class TestRandomLayers:
    def test_the_seed_decides(self) -> None:
        assert random_layers((3, 4, 1), 5) == random_layers((3, 4, 1), 5)
        assert random_layers((3, 4, 1), 5) != random_layers((3, 4, 1), 6)

    def test_shape_and_size_of_weights(self) -> None:
        net = random_layers((3, 4, 5, 2), 1, largest=2, denominators=(1, 4))
        assert [layer.width for layer in net.layers] == [4, 5, 2]
        values = [v for layer in net.layers for row in layer.rows for _, v in row]
        assert all(abs(v) <= 2 and v.denominator in (1, 2, 4) for v in values)
        assert not any(net.layers[-1].relu)
        assert all(all(layer.relu) for layer in net.layers[:-1])

    @pytest.mark.parametrize("widths", [(), (3,), (3, 0), (0, 3)])
    def test_misfits(self, widths: tuple[int, ...]) -> None:
        with pytest.raises(Malformed):
            random_layers(widths)
