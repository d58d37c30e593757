"""The builder against arithmetic done by hand and against evaluation at random points."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certify.kernel.data.network import Network
from certify.kernel.verdict import Malformed
from certify.networks import builder
from certify.networks.builder import Sequential, linear, relu

F = Fraction


def random_network(draw: random.Random, widths: list[int]) -> Network:
    """ReLU layers of those widths, the last one linear, with small rational weights."""

    def entry() -> Fraction:
        return F(draw.randint(-6, 6), draw.randint(1, 4))

    blocks: list[Network] = []
    for columns, rows in pairwise(widths):
        block = linear if len(blocks) == len(widths) - 2 else relu
        weight = [[entry() for _ in range(columns)] for _ in range(rows)]
        blocks.append(block(weight, [entry() for _ in range(rows)]))
    return Sequential(*blocks)


def random_points(draw: random.Random, width: int, count: int = 20) -> list[list[Fraction]]:
    return [
        [F(draw.randint(-40, 40), draw.randint(1, 9)) for _ in range(width)] for _ in range(count)
    ]


seeds = st.integers(0, 2**32)


class TestNumbers:
    def test_every_written_form(self) -> None:
        assert builder.number("1/3") == F(1, 3)
        assert builder.number("1.25") == F(5, 4)
        assert builder.number("2^-60") == F(1, 2**60)
        assert builder.number(-7) == -7
        assert builder.number(F(2, 4)) == F(1, 2)

    def test_a_float_is_refused_and_told_how_to_pass(self) -> None:
        with pytest.raises(Malformed, match=r"weight/0/1: a float \(0\.1\) .*\.exactly\(0\.1\)"):
            linear([[1, 0.1]])  # type: ignore[list-item]

    def test_exactly_is_the_stored_dyadic(self) -> None:
        assert builder.exactly(0.1) == F(3602879701896397, 2**55) != F(1, 10)
        assert linear([[builder.exactly(0.5)]])([3]) == (F(3, 2),)

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
    def test_exactly_refuses_what_is_no_number(self, value: float) -> None:
        with pytest.raises(Malformed):
            builder.exactly(value)

    @pytest.mark.parametrize("value", [True, None, 1j, "0x1", "1/0", "", "nan", [1]])
    def test_other_values_are_refused(self, value: object) -> None:
        with pytest.raises(Malformed):
            builder.number(value)


class TestBlocks:
    def test_linear_and_relu_by_hand(self) -> None:
        assert linear([[1, "-1/3"], [0, 2]], [1, "1/2"])([3, 6]) == (2, F(25, 2))
        assert relu([[1, "-1/3"], [0, 2]], [-3, "1/2"])([3, 6]) == (0, F(25, 2))

    def test_rows_as_mappings_are_sparse(self) -> None:
        net = linear([{4: 2}, {}, {1: 1, 0: 0}], inputs=5)
        assert net([1, 2, 3, 4, 5]) == (10, 0, 2)
        assert [len(row) for row in net.layers[0].rows] == [1, 0, 1]

    def test_xor(self) -> None:
        xor = Sequential(relu([[1, 1], [1, 1]], [0, -1]), linear([[1, -2]]))
        table = {(a, b): xor([a, b]) for a in (0, 1) for b in (0, 1)}
        assert table == {(0, 0): (0,), (0, 1): (1,), (1, 0): (1,), (1, 1): (0,)}

    @pytest.mark.parametrize(
        "build",
        [
            lambda: linear([]),
            lambda: linear([[]]),
            lambda: linear([[1], [1, 2]]),
            lambda: linear([[1]], [1, 2]),
            lambda: linear([{0: 1}]),
            lambda: linear([{2: 1}], inputs=2),
            lambda: linear([{-1: 1}], inputs=2),
            lambda: linear([[1, 2]], inputs=3),
            lambda: builder.delay(0),
            lambda: builder.delay(2, 0),
            lambda: builder.delay(2, 1, relu_only=True),
            lambda: Sequential(),
            lambda: Sequential(linear([[1]]), linear([[1, 1]])),
            lambda: builder.product(),
            lambda: builder.product(builder.delay(1, 1), builder.delay(1, 2)),
            lambda: builder.slice(builder.delay(1, 2), 1, 3),
            lambda: builder.slice(builder.delay(1, 2), 1, 1),
            lambda: builder.delayed(linear([[1]]), -1),
            lambda: builder.delayed(relu([[1]]), 0, 1, relu_only=True),
            lambda: builder.permute(builder.delay(2, 2), 1, [0, 0]),
            lambda: builder.permute(builder.delay(2, 2), 2, [0, 1]),
            lambda: builder.rescale(builder.delay(2, 2), 1, 0),
            lambda: builder.rescale(builder.delay(2, 2), 1, [1]),
            lambda: builder.rescale(builder.delay(2, 2, relu_only=True), 1, -1),
        ],
    )
    def test_misfits_are_refused(self, build: Callable[[], Network]) -> None:
        with pytest.raises(Malformed):
            build()


class TestPuttingTogether:
    @pytest.mark.parametrize(
        ("layers", "relu_only"), [(1, False), (5, False), (2, True), (6, True)]
    )
    def test_a_delay_is_the_identity(self, layers: int, relu_only: bool) -> None:
        net = builder.delay(3, layers, relu_only)
        assert net.depth == layers
        assert {layer.frobenius_squared for layer in net.layers} == {6 if relu_only else 3}
        assert all(all(layer.relu) for layer in net.layers[:-1]) or not relu_only
        for point in random_points(random.Random(3), 3):
            assert net(point) == tuple(point)

    @given(seeds)
    @settings(max_examples=15, deadline=None)
    def test_product_and_compose_act_as_written(self, seed: int) -> None:
        draw = random.Random(seed)
        f, g = random_network(draw, [2, 4, 3]), random_network(draw, [3, 2, 2])
        both, chain = builder.product(f, g), builder.compose(g, f)
        assert chain.depth == 4
        for layer in range(2):
            parts = f.layers[layer].frobenius_squared + g.layers[layer].frobenius_squared
            assert both.layers[layer].frobenius_squared == parts
        for x, y in zip(random_points(draw, 2), random_points(draw, 3), strict=True):
            assert both([*x, *y]) == (*f(x), *g(y))
            assert chain(x) == g(f(x))

    @given(seeds)
    @settings(max_examples=15, deadline=None)
    def test_a_slice_is_those_layers(self, seed: int) -> None:
        draw = random.Random(seed)
        f = random_network(draw, [2, 3, 3, 2, 1])
        for i in range(1, 4):
            head, tail = builder.slice(f, 0, i), builder.slice(f, i, 4)
            assert builder.compose(tail, head) == f

    @given(seeds, st.integers(0, 3), st.integers(0, 3), st.booleans())
    @settings(max_examples=40, deadline=None)
    def test_delayed_keeps_the_function(
        self, seed: int, before: int, after: int, relu_only: bool
    ) -> None:
        draw = random.Random(seed)
        g = random_network(draw, [3, 4, 2, 2])
        net = builder.delayed(g, before, after, relu_only)
        assert net.depth == 3 + before + after
        if relu_only:
            assert all(all(layer.relu) for layer in net.layers[:-1])
            assert not any(net.layers[-1].relu)
        else:
            assert builder.slice(net, before, before + 3) == g
        for point in random_points(draw, 3, 10):
            assert net(point) == g(point)

    def test_sixty_one_gadgets_at_depth_sixty_four_stay_sparse(self) -> None:
        g = random_network(random.Random(5), [16, 32, 32, 1])
        net = builder.product(*(builder.delayed(g, i, 61 - i) for i in range(1, 62)))
        entries = sum(len(row) for layer in net.layers for row in layer.rows)
        assert net.depth == 64
        assert entries < 61 * (16 * 32 + 32 * 32 + 32) + 64 * 61 * 16


class TestSameFunction:
    @given(seeds)
    @settings(max_examples=15, deadline=None)
    def test_scramble_changes_the_weights_and_not_the_function(self, seed: int) -> None:
        draw = random.Random(seed)
        f = random_network(draw, [2, 5, 4, 2])
        g = builder.scramble(f, seed)
        for point in random_points(draw, 2):
            assert f(point) == g(point)

    def test_permute_and_rescale_by_hand(self) -> None:
        f = Sequential(relu([[1], [2], [3]], [0, 1, 2]), linear([[5, 6, 7]]))
        g = builder.permute(f, 1, [2, 0, 1])
        assert g == Sequential(relu([[3], [1], [2]], [2, 0, 1]), linear([[7, 5, 6]]))
        h = builder.rescale(f, 1, [2, "1/2", 1])
        assert h == Sequential(relu([[2], [1], [3]], [0, "1/2", 2]), linear([["5/2", 12, 7]]))

    def test_a_moved_weight_is_another_function(self) -> None:
        f = Sequential(relu([[1], [2]], [0, 1]), linear([[5, 6]]))
        g = Sequential(relu([[1], [2]], [0, 1]), linear([[5, 6 + F(1, 2**60)]]))
        assert f([1]) != g([1])

    def test_a_linear_neuron_may_be_scaled_by_a_negative_number(self) -> None:
        f = Sequential(linear([[1], [2]], [1, -1]), linear([[3, 4]]))
        g = builder.rescale(f, 1, [-1, "-1/7"])
        assert [g([x]) for x in range(-3, 4)] == [f([x]) for x in range(-3, 4)]
