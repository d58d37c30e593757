"""Shallower networks by rewriting: equal at every point tried, of the depth asked for."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certify.kernel.data.network import Network
from certify.kernel.verdict import Decline
from certify.networks.builder import Sequential, compose, delay, linear, product, relu, rescale
from certify.networks.gadgets.random_layers import random_layers
from certify.networks.gadgets.tower import tower
from certify.paper.rewriting import Rewriting, balanced, largest_norm


def same(a: Network, b: Network, seed: int = 0) -> bool:
    """Equal at 0 and at random points, near and far."""
    draw = random.Random(seed)
    points = [[Fraction(0)] * a.inputs]
    for scale in (1, 1, 8, 8, 100):
        points.append([Fraction(draw.randint(-20, 20), 7) * scale for _ in range(a.inputs)])
    return all(a(point) == b(point) for point in points)


def shortest(network: Network, uniform: bool = False) -> int:
    return Rewriting(network, 10**5).layers(uniform)


G = random_layers((3, 4, 4, 2), seed=5)


@pytest.mark.parametrize(
    ("network", "depth"),
    [
        (tower(3, 2, 6), 1),
        (delay(4, 5), 1),
        (delay(4, 5, relu_only=True), 1),
        (Sequential(delay(3, 2), G), 3),
        (Sequential(delay(3, 4, relu_only=True), G, delay(2, 3, relu_only=True)), 3),
        (compose(linear([[1, 1]], [3]), G), 3),
        (Sequential(relu([[1, 2]]), relu([[1]]), relu([[3]])), 1),  # ReLU is idempotent
        (Sequential(relu([[1, 2]]), linear([[-1]]), relu([[1]])), 1),  # always 0
        (Sequential(relu([[1], [-1]]), linear([[1, 1]]), relu([[1]], [-1])), 2),
        (Sequential(relu([[1], [-1]]), relu([[1, 1]]), relu([[1]], [1]), linear([[1]])), 2),
        (Sequential(relu([[1, 0], [-1, 2]]), linear([[0, 0]], [7])), 1),  # constant
        (random_layers((4, 6, 6, 6, 2), seed=1), 4),
    ],
)
def test_the_depth_that_rewriting_reaches(network: Network, depth: int) -> None:
    assert shortest(network) == depth
    rewriting = Rewriting(network, 10**5)
    assert rewriting.network(depth - 1) is None if depth > 1 else True
    for asked in range(depth, depth + 3):
        found = rewriting.network(asked)
        assert found is not None and found.depth == asked
        assert same(found, network)


def test_one_activation_per_layer_may_need_one_layer_more() -> None:
    """(relu(x₀), x₁) is one mixed layer; with one σ for all it takes two."""
    mixed = product(relu([[1]]), linear([[1]]))
    assert (shortest(mixed), shortest(mixed, uniform=True)) == (1, 2)
    found = Rewriting(mixed, 100).network(2, uniform=True)
    assert found is not None
    assert [set(layer.relu) for layer in found.layers] == [{True}, {False}]
    assert same(found, mixed)


@settings(max_examples=60)
@given(st.data())
def test_random_networks(data: st.DataObject) -> None:
    """Delays, repeated and dead neurons, any mask: equal, with each layer of one kind if asked."""
    widths = data.draw(st.lists(st.integers(1, 3), min_size=2, max_size=5))
    weight = st.sampled_from([0, 0, 1, 1, -1, -1, 2, Fraction(-1, 3)])
    blocks = []
    for n, m in pairwise(widths):
        rows = data.draw(st.lists(st.lists(weight, min_size=n, max_size=n), min_size=m, max_size=m))
        bias = data.draw(st.lists(weight, min_size=m, max_size=m))
        mask = data.draw(st.lists(st.booleans(), min_size=m, max_size=m))
        parts = [(relu if cut else linear)([row], [b]) for row, b, cut in
                 zip(rows, bias, mask, strict=True)]  # fmt: skip
        layer = product(*parts)
        copies = linear([[int(c == r % n) for c in range(n)] for r in range(n * m)])
        blocks.append(Sequential(copies, layer))
    network = Sequential(*blocks)
    rewriting = Rewriting(network, 10**5)
    for uniform in (False, True):
        least = rewriting.layers(uniform)
        assert least <= len(blocks) + uniform
        for depth in (least, least + 1):
            found = rewriting.network(depth, uniform)
            assert found is not None and found.depth == depth
            assert same(found, network, depth)
            if uniform:
                assert all(len(set(layer.relu)) == 1 for layer in found.layers)


def test_balancing_keeps_the_function_and_brings_norms_together() -> None:
    spoiled = rescale(rescale(G, 1, 1000), 2, "1/1024")
    better = balanced(spoiled)
    assert same(better, spoiled)
    assert largest_norm(better) <= 4 * largest_norm(balanced(G))
    assert largest_norm(better) < largest_norm(spoiled) / 1000


def test_too_many_atoms_are_declined() -> None:
    with pytest.raises(Decline):
        Rewriting(random_layers((3, 20, 20, 1)), 10)
