"""Hand-built constructions end to end, and neighbours that are false by as little as can be."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import prod
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import certify
from certify.kernel.data.network import Layer, Network
from certify.networks import builder
from certify.networks.files import save
from certify.networks.gadgets import random_layers, theorem3
from certify.networks.gadgets.parity import parity

SUBSET = [0, 2, 3, 5, 7, 8, 11]


def test_numbers_past_the_range_of_a_double_are_no_crash() -> None:
    """2^1023 is a double and 2^1024 is none."""
    for power, verdicts in ((900, {"proved"}), (1100, {"unknown"})):
        domain = certify.box([f"-{2**power}"], [2**power])
        claim = certify.output(certify.expression("max(x0, 0)"), domain, f"y0 >= -{2**power}")
        answer = certify.prove(claim, method="regions")
        assert answer.verdict in verdicts, answer.reason


def moved(network: Network, layer: int, change: Callable[[Layer], Layer]) -> Network:
    """The network with one layer changed."""
    layers = list(network.layers)
    layers[layer] = change(layers[layer])
    return Network(network.inputs, tuple(layers))


def weight_moved(step: Fraction, draw: random.Random) -> Callable[[Layer], Layer]:
    """Add a step to one nonzero weight."""

    def change(layer: Layer) -> Layer:
        r = draw.choice([i for i, row in enumerate(layer.rows) if row])
        row = list(layer.rows[r])
        k = draw.randrange(len(row))
        row[k] = (row[k][0], row[k][1] + step)
        return replace(layer, rows=(*layer.rows[:r], tuple(row), *layer.rows[r + 1 :]))

    return change


def bias_moved(step: Fraction, draw: random.Random) -> Callable[[Layer], Layer]:
    """Add a step to one bias."""

    def change(layer: Layer) -> Layer:
        k = draw.randrange(layer.width)
        return replace(layer, bias=(*layer.bias[:k], layer.bias[k] + step, *layer.bias[k + 1 :]))

    return change


def brute_force(network: Network, over: list[int], n: int) -> bool:
    """Is the network the parity, at every point, by direct evaluation?"""
    return all(network(x) == (prod(x[i] for i in over),) for x in product((-1, 1), repeat=n))


@pytest.fixture
def network(tmp_path: Path) -> Network:
    """Parity on a subset of 12 bits, permuted and rescaled, through an ONNX file."""
    save(builder.scramble(parity(12, SUBSET), seed=7, scales=(1, 2, 4, "1/2")), tmp_path / "p.onnx")
    return certify.load(tmp_path / "p.onnx")


class TestParity:
    """The permuted and rescaled network, and its neighbours."""

    @pytest.mark.parametrize("method", ["auto", "fold", "enumerate"])
    def test_proved(self, network: Network, method: str) -> None:
        claim = certify.equals(network, certify.parity(SUBSET), on=certify.cube(12))
        assert certify.prove(claim, method=method).proved

    @pytest.mark.parametrize("method", ["auto", "fold", "enumerate"])
    @pytest.mark.parametrize("layer", [0, 1, 2])
    def test_one_weight_moved_is_refuted(self, network: Network, layer: int, method: str) -> None:
        draw = random.Random(layer)
        other = moved(network, layer, weight_moved(Fraction(1, 1 << 18), draw))
        claim = certify.equals(other, certify.parity(SUBSET), on=certify.cube(12))
        result = certify.prove(claim, method=method)
        assert result.refuted and result.rule == "witness"
        assert not brute_force(other, SUBSET, 12)

    def test_another_subset_is_refuted(self, network: Network) -> None:
        claim = certify.equals(network, certify.parity(SUBSET[:-1]), on=certify.cube(12))
        assert certify.prove(claim).refuted

    @pytest.mark.parametrize("n", [40, 300])
    def test_far_past_enumeration(self, n: int) -> None:
        over = list(range(0, n, 3))
        network = builder.scramble(parity(n, over), seed=n)
        assert certify.prove(
            certify.equals(network, certify.parity(over), on=certify.cube(n))
        ).proved
        wrong = certify.equals(network, certify.parity(over[1:]), on=certify.cube(n))
        assert certify.prove(wrong).refuted


class TestProductOfDelayedGadgets:
    """Theorem 3: the deep product equals the plain one on all of ℝⁿ."""

    @staticmethod
    def sides(seed: int, depth: int, relu_only: bool) -> tuple[Network, Network]:
        gadget = random_layers.random_layers([3, 5, 4, 2], seed=seed)
        deep = builder.scramble(theorem3.deep(gadget, depth, relu_only=relu_only), seed=seed)
        return deep, theorem3.shallow(gadget, depth - 3)

    @pytest.mark.parametrize("relu_only", [False, True])
    @pytest.mark.parametrize("seed", range(4))
    def test_proved(self, seed: int, relu_only: bool) -> None:
        deep, shallow = self.sides(seed, 7, relu_only)
        claim = certify.equals(deep, shallow, on=certify.space(deep.inputs))
        result = certify.prove(claim)
        assert result.proved and result.rule == "normal-form"

    @pytest.mark.parametrize("relu_only", [False, True])
    @pytest.mark.parametrize("layer", range(7))
    def test_one_bias_moved_is_refuted(self, layer: int, relu_only: bool) -> None:
        deep, shallow = self.sides(1, 7, relu_only)
        other = moved(deep, layer, bias_moved(Fraction(1, 1 << 20), random.Random(layer)))
        claim = certify.equals(other, shallow, on=certify.space(deep.inputs))
        result = certify.prove(claim, timeout=60)
        assert result.refuted, result.reason


class TestNorms:
    """Norm claims one unit above and below the truth."""

    @given(st.integers(0, 50), st.integers(1, 4), st.integers(1, 4))
    @settings(max_examples=25)
    def test_exact_to_the_last_unit(self, seed: int, width: int, depth: int) -> None:
        network = random_layers.random_layers([2] + [width] * depth, seed=seed)
        squares = [
            sum((v * v for row in layer.rows for _, v in row), Fraction(0))
            for layer in network.layers
        ]
        top = max(squares)
        if not top:
            return
        unit = Fraction(1, 10**30)
        for limit, verdict in ((top, "proved"), (top + unit, "proved"), (top - unit, "refuted")):
            claim = certify.member(network, depth, lambda_squared=limit)
            assert certify.prove(claim).verdict == verdict
        assert certify.prove(certify.member(network, depth + 1, lambda_squared=top)).refuted


class TestAverages:
    """Exact mean squares and expectations on perturbed points."""

    @pytest.mark.parametrize("n", [3, 40])
    def test_two_parities_differ_by_exactly_two(self, n: int) -> None:
        base = certify.embed(certify.cube(n), pad=[0])
        along = [0] * n + [1]
        over = certify.uniform(certify.perturb(base, along, "1/7", certify.parity([0, 1])))
        pair = certify.parity([0, 1]), certify.parity([0, 2])
        assert certify.prove(certify.mse(*pair, over, "=", 2)).proved
        assert certify.prove(certify.mse(*pair, over, "<=", 2)).proved
        assert certify.prove(certify.mse(*pair, over, "<", 2)).refuted
        assert certify.prove(certify.mse(*pair, over, "=", "2.000000000000000000001")).refuted

    @given(st.data())
    @settings(max_examples=30)
    def test_fold_equals_enumeration_and_brute_force(self, data: st.DataObject) -> None:
        n = data.draw(st.integers(1, 5))
        over = data.draw(st.lists(st.integers(0, n - 1), unique=True))
        weights = data.draw(st.lists(st.integers(-3, 3), min_size=n, max_size=n))
        network = builder.Sequential(
            builder.relu([weights], [data.draw(st.integers(-2, 2))]), builder.linear([["1/3"]])
        )
        points = list(product((-1, 1), repeat=n))
        truth = sum(
            ((network(x)[0] - prod(x[i] for i in over)) ** 2 for x in points), Fraction(0)
        ) / len(points)
        claim = certify.mse(
            network, certify.parity(over), certify.uniform(certify.cube(n)), "=", truth
        )
        for method in ("fold", "enumerate"):
            assert certify.prove(claim, method=method).proved
        off = certify.mse(
            network,
            certify.parity(over),
            certify.uniform(certify.cube(n)),
            "=",
            truth + Fraction(1, 10**20),
        )
        for method in ("fold", "enumerate"):
            assert certify.prove(off, method=method).refuted


class TestFalseEqualities:
    """A false ``equals`` on a box or on ℝⁿ is refuted, not left unknown."""

    @pytest.mark.parametrize("on", [certify.space(1), certify.box([-3], [5])])
    @pytest.mark.parametrize("width", [4, 12, 24])
    def test_a_bump_of_small_width(self, on: object, width: int) -> None:
        """f and g differ only on an interval of length 2^-width."""
        step = Fraction(1, 1 << width)
        bump = builder.Sequential(
            builder.relu([[1], [1], [1]], [-1, -1 - step / 2, -1 - step]),
            builder.linear([[1, -2, 1]]),
        )
        result = certify.prove(certify.equals(bump, certify.constant([0]), on=on), timeout=60)
        assert result.refuted, result.reason

    def test_on_a_polytope(self) -> None:
        triangle = certify.polytope([[-1, 0, 0], [0, -1, 0], [1, 1, 1]])
        claim = certify.equals(
            certify.expression("relu(x0 + x1 - 0.999)"), certify.constant([0]), triangle
        )
        assert certify.prove(claim, timeout=60).refuted

    def test_empty_polytope_is_never_proved(self) -> None:
        empty = certify.polytope([[1, 0], [-1, -1]])
        claim = certify.equals(certify.expression("x0"), certify.expression("x0"), empty)
        with pytest.raises(certify.CertifyError, match="an empty set: no point satisfies"):
            certify.prove(claim, timeout=10)


def test_certificates_do_not_serve_a_network_with_other_bytes(tmp_path: Path) -> None:
    """The certificate binds the ONNX file's bytes as well as what was read from it."""
    save(parity(4), tmp_path / "net.onnx")
    save(parity(4), tmp_path / "wide.onnx", dtype="float64")
    first, second = certify.load(tmp_path / "net.onnx"), certify.load(tmp_path / "wide.onnx")
    assert first.digest == second.digest and first.binding != second.binding
    claim = certify.equals(first, certify.parity(range(4)), on=certify.cube(4))
    other = certify.equals(second, certify.parity(range(4)), on=certify.cube(4))
    found = certify.prove(claim).certificate
    assert found is not None
    assert certify.check(claim, found).proved
    assert certify.check(other, found).verdict == "rejected"
