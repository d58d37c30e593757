"""Claims that are exactly tight, or true or false by a hair, are settled by rule regions.

The truth is a search over activation patterns (``exact_optimum``), in exact fractions. A claim
at the exact optimum is proved; its neighbour beyond it is refuted, or unknown, never proved.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))
from exact_optimum import Row, Vector, dot, largest_on_box
from random_networks import moved, random_network, rewritten, side_by_side

import certify
from certify.kernel.data.network import Layer, Network, affine_layer, sparse

HAIR = Fraction(1, 2**40)
ONE, ZERO = Fraction(1), Fraction(0)
SECONDS = 30.0


@dataclass(frozen=True)
class Place:
    """A box, perhaps behind rows a·x ≤ b, as data for the truth and for a claim."""

    lower: Vector
    upper: Vector
    rows: tuple[Row, ...] = ()

    @property
    def set(self) -> Any:
        if not self.rows:
            return certify.box(self.lower, self.upper)
        n = len(self.lower)
        unit = [[int(i == j) for j in range(n)] for i in range(n)]
        table = [[*unit[i], self.upper[i]] for i in range(n)]
        table += [[*(-v for v in unit[i]), -self.lower[i]] for i in range(n)]
        return certify.polytope([*table, *([*row, bound] for row, bound in self.rows)])

    def largest(self, network: Network, weights: Sequence[Fraction]) -> Fraction:
        return largest_on_box(network, weights, self.lower, self.upper, self.rows)[0]


def place(draw: random.Random, n: int, cut: bool) -> Place:
    """A random box of n sides; cut through its middle if wanted."""
    lower = tuple(Fraction(draw.randint(-6, 0), draw.choice((1, 2, 3))) for _ in range(n))
    upper = tuple(a + Fraction(draw.randint(1, 6), draw.choice((1, 2, 3))) for a in lower)
    if not cut:
        return Place(lower, upper)
    row = tuple(Fraction(draw.choice((-2, -1, 1, 3))) for _ in range(n))
    middle = tuple((a + b) / 2 for a, b in zip(lower, upper, strict=True))
    return Place(lower, upper, ((row, dot(row, middle)),))


def network(draw: random.Random, n: int, outputs: int = 1, most: int = 6) -> Network:
    """2 to 4 hidden layers of 2 to ``most`` neurons."""
    hidden = [draw.randint(2, most) for _ in range(draw.randint(2, 4))]
    return random_network([n, *hidden, outputs], draw)


def verdict(claim: Any) -> str:
    """Of rule regions alone; the kernel has accepted what it calls proved or refuted."""
    answer = certify.prove(claim, method="regions", timeout=SECONDS)
    assert answer.verdict == "unknown" or answer.rule in ("regions", "witness")
    return answer.verdict


# ------------------------------------------------------------------- output


def outputs_around(net: Network, where: Place) -> dict[str, str]:
    """The verdicts of y0 against its exact maximum and beside it."""
    most = where.largest(net, [ONE])
    texts = {
        "at": f"y0 <= {most}",
        "strictly": f"y0 < {most}",
        "under": f"y0 <= {most - HAIR}",
        "over": f"y0 < {most + HAIR}",
    }
    return {k: verdict(certify.output(net, where.set, text)) for k, text in texts.items()}


SETTLED = {"at": "proved", "strictly": "refuted", "under": "refuted", "over": "proved"}


@pytest.mark.parametrize("cut", [False, True], ids=["box", "polytope"])
@pytest.mark.parametrize("seed", range(6))
def test_the_maximum_of_an_output(seed: int, cut: bool) -> None:
    """y ≤ m at the exact maximum m is proved, and y < m has an exact witness."""
    draw = random.Random(f"output {seed} {cut}")
    n = draw.choice((2, 3))
    net = network(draw, n, most=4 if n == 3 else 6)
    assert outputs_around(net, place(draw, n, cut)) == SETTLED


def test_a_maximum_on_a_whole_face() -> None:
    """relu(x0) − relu(x0 − x1) ≤ x1 is tight on two of three pieces."""
    net = Network(
        2,
        (
            affine_layer(2, (((0, ONE),), ((0, ONE), (1, -ONE))), relu=True),
            affine_layer(2, (((0, ONE), (1, -ONE)),)),
        ),
    )
    square = certify.box([0, 0], [1, 1])
    assert verdict(certify.output(net, square, "y0 <= x1")) == "proved"
    assert verdict(certify.output(net, square, "y0 < x1")) == "refuted"
    assert verdict(certify.output(net, square, f"y0 <= x1 - {HAIR}")) == "refuted"


@pytest.mark.parametrize("seed", range(3))
def test_ties_between_outputs(seed: int) -> None:
    """The largest of three outputs, with exact ties, is one of the three."""
    draw = random.Random(f"ties {seed}")
    net, where = network(draw, 2, 3, most=4), place(draw, 2, False)
    first = where.largest(net, [ONE, -ONE, ZERO])
    either = f"y0 <= y1 + {first} or y2 > y0"
    assert verdict(certify.output(net, where.set, either)) == "proved"
    assert verdict(certify.output(net, where.set, f"y0 < y1 + {first}")) == "refuted"
    ordered = "(y0 >= y1 and y0 >= y2) or (y1 >= y0 and y1 >= y2) or (y2 >= y0 and y2 >= y1)"
    assert verdict(certify.output(net, where.set, ordered)) == "proved"


# ------------------------------------------------------------------- equals


def flipped(net: Network) -> Network:
    """The same function: every relu(z) as relu(−z) + z, with z carried along."""
    layers: list[Layer] = []
    width = net.inputs
    before = [((i, ONE),) for i in range(width)]  # each component over those of the layer before
    for k, layer in enumerate(net.layers):
        rows = []
        for row in layer.rows:
            total: dict[int, Fraction] = {}
            for c, v in row:
                for place_, w in before[c]:
                    total[place_] = total.get(place_, ZERO) + v * w
            rows.append(tuple(sorted((c, v) for c, v in total.items() if v)))
        if k == net.depth - 1:
            return Network(net.inputs, (*layers, affine_layer(width, rows, layer.bias)))
        turned = [tuple((c, -v) for c, v in row) for row in rows]
        bias = [*(-b for b in layer.bias), *layer.bias]
        high = layer.width
        layers.append(affine_layer(width, [*turned, *rows], bias, [True] * high + [False] * high))
        width = 2 * high
        before = [((i, ONE), (high + i, ONE)) for i in range(high)]
    raise ValueError("no layers")


def shared_out(net: Network, draw: random.Random) -> Network:
    """The same function: a neuron of every hidden layer twice, its weights divided."""
    layers = list(net.layers)
    for k in range(net.depth - 1):
        here, after = layers[k], layers[k + 1]
        i = draw.randrange(here.width)
        layers[k] = affine_layer(
            here.columns, (*here.rows, here.rows[i]), (*here.bias, here.bias[i]), relu=True
        )
        rows = []
        for row in after.rows:
            weight = dict(row).get(i, ZERO)
            part = Fraction(draw.randint(-3, 3), 2)
            dense = [ZERO] * (here.width + 1)
            for c, v in row:
                dense[c] = v
            dense[i], dense[here.width] = weight - part, part
            rows.append(sparse(dense))
        layers[k + 1] = affine_layer(here.width + 1, rows, after.bias, after.relu)
    return Network(net.inputs, tuple(layers))


def nudged(net: Network, where: Place, draw: random.Random) -> Network:
    """The network with one weight moved by a hair, such that it differs inside the box."""
    for _ in range(200):
        k = draw.randrange(net.depth)
        layer = net.layers[k]
        r, c = draw.randrange(layer.width), draw.randrange(layer.columns)
        dense = [dict(layer.rows[r]).get(j, ZERO) for j in range(layer.columns)]
        dense[c] += draw.choice((-1, 1)) * HAIR
        rows = [*layer.rows[:r], sparse(dense), *layer.rows[r + 1 :]]
        changed = affine_layer(layer.columns, rows, layer.bias, layer.relu)
        other = Network(net.inputs, (*net.layers[:k], changed, *net.layers[k + 1 :]))
        for _ in range(8):
            x = tuple(
                a + (b - a) * Fraction(draw.randint(0, 16), 16)
                for a, b in zip(where.lower, where.upper, strict=True)
            )
            if all(dot(row, x) <= bound for row, bound in where.rows) and net(x) != other(x):
                return other
    last = net.layers[-1]  # no weight matters to a constant: the bias does
    bias = (last.bias[0] + HAIR, *last.bias[1:])
    return Network(net.inputs, (*net.layers[:-1], replace(last, bias=bias)))


@pytest.mark.parametrize("cut", [False, True], ids=["box", "polytope"])
@pytest.mark.parametrize("seed", range(3))
def test_a_network_equals_itself_rewritten(seed: int, cut: bool) -> None:
    """Neurons permuted and rescaled, divided, turned around; and one weight off by a hair."""
    draw = random.Random(f"equals {seed} {cut}")
    n = 3 if seed == 0 else 2
    net = random_network([3, 2, 2, 1], draw) if n == 3 else network(draw, n, 2, most=3)
    where = place(draw, n, cut)
    for other in (rewritten(net), shared_out(net, draw), flipped(net)):
        assert verdict(certify.equals(net, other, where.set)) == "proved"
        assert verdict(certify.equals(net, nudged(other, where, draw), where.set)) == "refuted"


# ------------------------------------------------------------------- within


def farthest(left: Network, right: Network, where: Place, norm: str) -> Fraction:
    """The largest distance in l1 or linf: that of some combination ±(f − g)ᵢ."""
    k = left.outputs
    unit = [tuple(s * (i == j) for j in range(k)) for i in range(k) for s in (1, -1)]
    signs = unit if norm == "linf" else list(product((1, -1), repeat=k))
    both = side_by_side(left, right)
    return max(where.largest(both, [Fraction(s * v) for s in (1, -1) for v in t]) for t in signs)


@pytest.mark.parametrize("norm", ["linf", "l1"])
@pytest.mark.parametrize("seed", range(3))
def test_within_the_largest_distance(seed: int, norm: str) -> None:
    """At the largest distance it holds; a hair below it does not."""
    draw = random.Random(f"within {seed} {norm}")
    sizes = [2, 3, 3, 2]
    left, right = random_network(sizes, draw), random_network(sizes, draw)
    where = place(draw, 2, seed % 2 == 1)
    most = farthest(left, right, where, norm)
    assert most > HAIR
    assert verdict(certify.within(left, right, where.set, most, norm)) == "proved"
    assert verdict(certify.within(left, right, where.set, most - HAIR, norm)) == "refuted"


def stretched(net: Network, along: Sequence[int]) -> Network:
    """x ↦ f(x) · along for a network with one output."""
    last = affine_layer(1, tuple(((0, Fraction(v)),) for v in along))
    return Network(net.inputs, (*net.layers, last))


@pytest.mark.parametrize("norm", ["l2", "l1"])
@pytest.mark.parametrize("seed", range(3))
def test_within_along_one_direction(seed: int, norm: str) -> None:
    """f·(3, 4, 0, …) is as long as 5f, and its l1 norm 7f: norms that are no disjunction."""
    draw = random.Random(f"direction {seed} {norm}")
    net, where = network(draw, 2, most=4), place(draw, 2, seed % 2 == 1)
    along = [3, 4] if norm == "l2" else [1, 1, 1, 1, 1, 1, 1]
    size = max(where.largest(net, [ONE]), where.largest(net, [-ONE]))
    most = size * (5 if norm == "l2" else 7)
    zero = certify.constant([0] * len(along))
    far = stretched(net, along)
    assert verdict(certify.within(far, zero, where.set, most, norm)) == "proved"
    assert verdict(certify.within(far, zero, where.set, most - HAIR, norm)) == "refuted"


# ---------------------------------------------------------------- separates


def sloped(net: Network, slope: Fraction) -> Network:
    """x ↦ f(x) + slope·x0; x0 is carried along by a component without a ReLU."""
    layers = []
    for k, layer in enumerate(net.layers):
        own = (((0, ONE),) if k == 0 else ((layer.columns, ONE),),)
        if k == net.depth - 1:
            rows = tuple((*row, (layer.columns, slope)) for row in layer.rows)
            layers.append(affine_layer(layer.columns + 1, rows, layer.bias))
        else:
            columns = layer.columns + (k > 0)
            mask = [True] * layer.width + [False]
            layers.append(affine_layer(columns, layer.rows + own, (*layer.bias, ZERO), mask))
    return Network(net.inputs, tuple(layers))


@pytest.mark.parametrize("along", [[1], [3, 4]], ids=["scalar", "vector"])
@pytest.mark.parametrize("seed", range(3))
def test_separates_at_the_least_difference(seed: int, along: list[int]) -> None:
    """‖f(x + ηv) − f(x − ηv)‖ at its exact minimum Δ; a hair more is refuted."""
    draw = random.Random(f"separates {seed} {along}")
    net, where = random_network([2, 3, 2, 1], draw), place(draw, 2, seed % 2 == 1)
    eta = Fraction(1, draw.randint(1, 3))
    apart = side_by_side(moved(net, (eta, ZERO)), moved(net, (-eta, ZERO)))
    least = -where.largest(apart, [-ONE, ONE])
    slope = max((1 - least) / (2 * eta), ONE)  # so that the gap is at least 1
    delta = (least + 2 * eta * slope) * (1 if along == [1] else 5)
    assert delta >= 1
    steep = stretched(sloped(net, slope), along)
    for bound, expected in ((delta, "proved"), (delta + HAIR, "refuted")):
        claim = certify.separates(steep, where.set, [1, 0], eta, bound)
        assert verdict(claim) == expected
