"""Rule regions beside exact evaluation: no false claim passes, no bound is beyond a value."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import certify
from certify.kernel import exact
from certify.kernel.blocks import RANGE, SLOPE, Leaves, Tableau, neuron_bounds
from certify.kernel.bounds import GRID, System
from certify.kernel.certificate import FORMAT, Certificate
from certify.kernel.check import bind, check
from certify.kernel.exact import format_rational
from certify.kernel.network import Layer, Network, sparse
from certify.kernel.rules import leaves, regions
from certify.kernel.verdict import Accepted, Rejected

Point = tuple[Fraction, ...]
Draw = random.Random
RANDOM = st.integers(0, 2**40).map(random.Random)


@dataclass
class Problem:
    """A network on a box, perhaps with rows a·x ≤ b over all inputs; and points of that set."""

    network: Network
    low: Point
    high: Point
    rows: list[tuple[Point, Fraction]]
    points: list[Point] = field(default_factory=list)

    def contains(self, x: Point) -> bool:
        inside = all(a <= v <= b for a, v, b in zip(self.low, x, self.high, strict=True))
        return inside and all(_dot(row, x) <= bound for row, bound in self.rows)

    def domain(self) -> Any:
        if not self.rows:
            return certify.box(list(self.low), list(self.high))
        n = len(self.low)
        unit = [[int(i == j) for j in range(n)] for i in range(n)]
        table = [[*unit[i], self.high[i]] for i in range(n)]
        table += [[*(-v for v in unit[i]), -self.low[i]] for i in range(n)]
        return certify.polytope([*table, *([*row, bound] for row, bound in self.rows)])


def _dot(row: Point, x: Point) -> Fraction:
    return sum((a * b for a, b in zip(row, x, strict=True)), Fraction(0))


def trace(network: Network, x: Point) -> list[list[Fraction]]:
    """Every component before it is cut, layer by layer: evaluation in its plainest form."""
    found, values = [], list(x)
    for layer in network.layers:
        sums = [
            sum((w * values[c] for c, w in row), b)
            for row, b in zip(layer.rows, layer.bias, strict=True)
        ]
        found.append(sums)
        values = [max(z, Fraction(0)) if r else z for z, r in zip(sums, layer.relu, strict=True)]
    return found


def _number(rng: Draw, spread: int) -> Fraction:
    value = Fraction(rng.randint(-9, 9), rng.choice((1, 2, 3, 7)))
    return value * Fraction(2) ** rng.randint(-spread, spread)


def _inside(rng: Draw, low: Point, high: Point) -> Point:
    """A point of a box, often on its boundary."""
    shares = (Fraction(rng.choice((0, 0, 1, 4, 4, 2, 3)), 4) for _ in low)
    return tuple(a + s * (b - a) for a, b, s in zip(low, high, shares, strict=True))


def problem(rng: Draw) -> Problem:
    """A random problem; a component's bias is such that it changes its sign in the box."""
    n, spread = rng.randint(1, 3), rng.choice((0, 0, 2, 25))
    low = tuple(_number(rng, spread) for _ in range(n))
    widths = [rng.choice((0, 1, 1, 1, 2, Fraction(1, 1000), 10**6)) for _ in range(n)]
    high = tuple(a + w for a, w in zip(low, widths, strict=True))
    layers: list[Layer] = []
    width = n
    for _ in range(rng.randint(1, 3)):
        height = rng.randint(1, 5)
        matrix = tuple(
            sparse([_number(rng, spread) if rng.random() < 0.8 else 0 for _ in range(width)])
            for _ in range(height)
        )
        zero = Layer(width, matrix, (Fraction(0),) * height, (False,) * height)
        bias = []
        for i in range(height):
            at = _inside(rng, low, high)
            z = trace(Network(n, (*layers, zero)), at)[-1][i]
            bias.append(_number(rng, spread) if rng.random() < 0.2 else -z)
        cut = tuple(rng.random() < 0.9 for _ in range(height))
        layers.append(Layer(width, matrix, tuple(bias), cut))
        width = height
    last = sparse([_number(rng, spread) for _ in range(width)])
    layers.append(Layer(width, (last,), (_number(rng, spread),), (False,)))
    rows = []
    if n > 1 and rng.random() < 0.4:
        centre = _inside(rng, low, high)
        for _ in range(rng.randint(1, 2)):
            row = tuple(_number(rng, 1) or Fraction(1) for _ in range(n))
            rows.append((row, _dot(row, centre) + rng.choice((0, 1, Fraction(1, 9)))))
    found = Problem(Network(n, tuple(layers)), low, high, rows)
    drawn = [centre] if rows else []
    drawn += [_inside(rng, low, high) for _ in range(24)]
    found.points = [x for x in dict.fromkeys(drawn) if found.contains(x)]
    return found


def grown(rng: Draw, given: Problem, depth: int, disjuncts: int) -> list[dict[str, Any]]:
    """The lines of a random tree: splits, systems, leaves with random multipliers."""
    lines: list[dict[str, Any]] = []
    relus = [
        (k, i)
        for k, layer in enumerate(given.network.layers)
        for i, cut in enumerate(layer.relu)
        if cut
    ]
    share = rng.choice((0, 0.3, 0.6, 1))  # of splits by neurons
    stack: list[tuple[int, Point, Point, list[tuple[int, int]], int]]
    stack = [(depth, given.low, given.high, [], 0)]
    while stack:
        left, low, high, phases, level = stack.pop()
        wide = [i for i, (a, b) in enumerate(zip(low, high, strict=True)) if a < b]
        free = [neuron for neuron in relus if neuron not in phases]
        if not left or not (wide or free) or rng.random() < 0.05:
            lines.append(_leaf(rng, given, len(phases), disjuncts, level))
            continue
        node: dict[str, Any]
        if free and (not wide or rng.random() < share):
            neuron = rng.choice(free)
            node = {"relu": list(neuron)}
            parts = [(low, high, [*phases, neuron])] * 2
        else:
            i = rng.choice(wide)
            at = low[i] + (high[i] - low[i]) * Fraction(rng.randint(1, 6), 7)
            node = {"input": i, "at": format_rational(at)}
            parts = [
                (low, (*high[:i], at, *high[i + 1 :]), phases),
                ((*low[:i], at, *low[i + 1 :]), high, phases),
            ]
        if rng.random() < 0.3:
            node["tighten"] = True
            level += 1
        lines.append(node)
        stack += [(left - 1, *part, level) for part in reversed(parts)]
    return lines


def _leaf(rng: Draw, given: Problem, phases: int, disjuncts: int, level: int) -> dict[str, Any]:
    def weights(count: int) -> list[Any]:
        kinds = (0, 0, 0, 1, "1/3", "3/2", "1*2^-30", 1000)
        return [rng.choice(kinds) for _ in range(count)]

    held = {"phases": weights(phases), "domain": weights(len(given.rows))}
    leaf: dict[str, Any]
    if rng.random() < 0.05:
        leaf = {"empty": held}
    elif rng.random() < 0.4:
        leaf = {"leaf": 0}
    else:
        leaf = {"leaf": [{"rows": [rng.choice((1, 1, "5/7"))], **held} for _ in range(disjuncts)]}
    if rng.random() < 0.3:
        choices = [
            [k, i, rng.choice((0, 1, "1/2", "1/7"))]
            for k, layer in enumerate(given.network.layers)
            for i in range(layer.width)
        ]
        leaf["slopes"] = rng.sample(choices, min(3, len(choices)))
    if level and rng.random() < 0.3:
        leaf["up"] = rng.randint(1, level)
    return leaf


@dataclass
class Bounded:
    """A leaf as the kernel bounded it."""

    batch: leaves.Batch
    index: int
    bounds: list[int]


class Recorder(leaves.Batch):
    """Every leaf is taken down, and then counts as closed."""

    log: ClassVar[list[Bounded]] = []

    def bounds(self) -> list[list[int]]:
        found = super().bounds()
        self.log += [Bounded(self, i, bounds) for i, bounds in enumerate(found)]
        return [[1] * len(bounds) for bounds in found]


@dataclass
class Case:
    """A claim with the certificate that a random tree makes."""

    claim: Any
    header: dict[str, Any]
    networks: dict[str, Network]
    lines: list[dict[str, Any]]

    def result(self) -> Any:
        lines = [json.dumps(line) for line in self.lines]
        return check(self.claim, self.networks, Certificate(self.header, lines))

    def mended(self) -> Any:
        """The result, once multipliers and slopes of decided neurons are taken out."""
        while True:
            result = self.result()
            if not isinstance(result, Rejected):
                return result
            path = result.at.split("/")
            if result.rule == "regions.phase-decided":
                target: Any = self.lines[int(path[1].split()[1]) - 2]
                for key in path[2:-1]:
                    target = target[int(key) if key.isdigit() else key]
                target[int(path[-1])] = 0
            elif result.rule == "regions.slope":
                del self.lines[int(path[1].split()[1]) - 2]["slopes"][int(path[3])]
            else:
                return result


def case(rng: Draw, given: Problem, depth: int, holds: str, disjuncts: int = 2) -> Case:
    """A claim about the problem, and a random tree for it."""
    claim = certify.output(given.network, given.domain(), holds)
    networks = dict(certify.api.named(claim).networks)
    header = {
        "format": FORMAT,
        "claim": claim.to_json(),
        "networks": bind(claim, networks),
        "verdict": "proved",
        "rule": "regions",
        "body": "lines",
    }
    first: dict[str, Any] = {"bits": rng.choice((26, 32, 40, 60, 120))}
    if given.rows:
        first["point"] = [format_rational(v) for v in given.points[0]]
    return Case(claim, header, networks, [first, *grown(rng, given, depth, disjuncts)])


def _between(low: Fraction, high: Fraction) -> str:
    return f"y0 <= {format_rational(high)} and y0 >= {format_rational(low)}"


@settings(max_examples=60, deadline=None)
@given(RANDOM)
def test_a_claim_that_fails_at_a_point_is_never_proved(rng: Draw) -> None:
    """By much or by little, whatever the tree."""
    given = problem(rng)
    values = [trace(given.network, x)[-1][0] for x in given.points]
    least, most = min(values), max(values)
    room = most - least + abs(most) + 1
    gap = rng.choice((room, room / 100, room / 2**20, room / 2**60))
    holds = rng.choice((_between(least - room, most - gap), _between(least + gap, most + room)))
    found = case(rng, given, rng.randint(0, 5), holds)
    assert isinstance(found.mended(), Rejected)


@settings(max_examples=40, deadline=None)
@given(RANDOM)
def test_what_is_proved_holds_at_every_point(rng: Draw) -> None:
    """Also where the claim was chosen near the edge of what the tree can show."""
    given = problem(rng)
    values = [trace(given.network, x)[-1][0] for x in given.points]
    least, most = min(values), max(values)
    room = (most - least + Fraction(1, 1000)) * rng.choice((Fraction(1, 50), 1, 10, 1000))
    share = Fraction(rng.randint(-2, 12), 12)
    found = case(rng, given, rng.randint(2, 6), _between(least - room * share, most + room * share))
    if isinstance(found.mended(), Accepted):
        assert share >= 0


def test_some_are_proved() -> None:
    """The test above is not about nothing."""
    proved = 0
    for seed in range(40):
        rng = random.Random(seed)
        given = problem(rng)
        values = [trace(given.network, x)[-1][0] for x in given.points]
        room = 20 * (max(values) - min(values) + 1)
        found = case(rng, given, 4, _between(min(values) - room, max(values) + room))
        proved += isinstance(found.mended(), Accepted)
    assert proved >= 8


# ------------------------------------------------------------- every number


def units(value: Fraction, scale: int, bits: int) -> Fraction:
    """A value as one of the tableau's, in its units."""
    return value * Fraction(2) ** (bits - scale)


class Beside:
    """A point of a region beside the system that describes the region."""

    def __init__(self, given: Problem, system: System, x: Point) -> None:
        self.given, self.system, self.x = given, system, x
        self.z = trace(given.network, x)
        self.t = [
            (2 * v - a - b) / (b - a) if a < b else Fraction(0)
            for v, a, b in zip(x, given.low, given.high, strict=True)
        ]
        self.v = [
            (t - Fraction(c, 1 << GRID)) * 2**d
            for t, c, d in zip(self.t, system.centre, system.depth, strict=True)
        ]
        assert all(-1 <= v <= 1 for v in self.v)
        self.variables = [*self.v, Fraction(1)]
        for names, scales in zip(system.neurons, system.scales, strict=True):
            for (k, i), scale in zip(names, scales, strict=True):
                value = units(max(self.z[k][i], Fraction(0)), scale, 0)
                assert value <= 1
                self.variables.append(value)

    def value(self, row: list[int]) -> Fraction:
        return sum((w * v for w, v in zip(row, self.variables, strict=False)), Fraction(0))

    def decided(self) -> None:
        """The neurons said to be on one side of zero are."""
        for (k, i), active in self.system.decided.items():
            if self.given.network.layers[k].relu[i]:
                assert self.z[k][i] >= 0 if active else self.z[k][i] <= 0

    def forms(self, tableau: Tableau) -> None:
        """Each form is its neuron's z up to its error, which lies in the range given."""
        for group, names, scales in zip(
            tableau.groups, self.system.neurons, self.system.scales, strict=True
        ):
            for j, ((k, i), scale) in enumerate(zip(names, scales, strict=True)):
                form = [0] * group.first + group.forms[j][:-1]
                exactly = units(self.z[k][i], scale, tableau.bits)
                found = self.value(form) + group.forms[j][-1]
                assert abs(found - exactly) <= group.error[j]
                assert group.low[j] <= units(self.z[k][i], scale, RANGE) <= group.high[j]

    def ranges(self, found: list[tuple[list[int], list[int]]]) -> None:
        """Bounds of neurons for a region that holds the point."""
        for (low, high), names, scales in zip(
            found, self.system.neurons, self.system.scales, strict=True
        ):
            for a, b, (k, i), scale in zip(low, high, names, scales, strict=True):
                assert a <= units(self.z[k][i], scale, RANGE) <= b

    def rows(self, batch: leaves.Batch) -> list[Fraction]:
        """The exact values of a batch's rows, in its units."""
        real = [
            sum((w * v for (c, w), v in self.terms(row)), constant)
            for row, constant in batch.asked.rows
        ]
        for held in self.system.held:
            real.append(self.held(held.of))
        names = {number: key for key, number in batch.split.items()}
        for number in range(len(real), len(batch.rows)):
            (k, i), active = names[number]
            real.append(self.z[k][i] if active else -self.z[k][i])
        bits = self.system.coarse.bits
        return [units(v, s, bits) for v, s in zip(real, batch.scale, strict=True)]

    def terms(self, row: Any) -> list[Any]:
        every = [*self.x, *self.z[-1]]
        return [((c, w), every[c]) for c, w in row]

    def held(self, of: Any) -> Fraction:
        """The value of what a system holds: a row of the domain or a neuron on its side."""
        if isinstance(of, int):
            row, bound = self.given.rows[of]
            return bound - _dot(row, self.x)
        k, i = of
        return abs(self.z[k][i])  # the point lies in the region: on the side that is held


def in_region(given: Problem, region: leaves.Region, x: Point) -> bool:
    """Does a point of the domain lie in a region?"""
    if not all(a <= x[i] <= b for i, (a, b) in region.ends.items()):
        return False
    z = trace(given.network, x)
    return all(z[k][i] >= 0 if on else z[k][i] <= 0 for (k, i), on in region.phases)


def recorded(found: Case, log: list[Bounded], monkeypatch: pytest.MonkeyPatch) -> list[Bounded]:
    """The leaves of a tree, each as it was bounded."""
    monkeypatch.setattr(Recorder, "log", log)
    monkeypatch.setattr(regions, "Batch", Recorder)
    result = found.mended()
    assert isinstance(result, Accepted), result
    size = sum("leaf" in line or "empty" in line for line in found.lines)
    return log[-size:]


def on_both_paths(found: Case) -> list[Bounded]:
    """The leaves; every number is the same in machine words and in Python's integers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact, "PURE", True)
        pure = recorded(found, [], patch)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact, "BULK", 1)
        words = recorded(found, [], patch)
    for one, other in zip(pure, words, strict=True):
        assert one.bounds == other.bounds
        assert one.batch.system == other.batch.system
    return words


@settings(max_examples=60, deadline=None)
@given(RANDOM)
def test_every_number_of_the_kernel_beside_exact_values(rng: Draw) -> None:
    """Systems, ranges, rows and bounds at points of each leaf, whatever multipliers say."""
    given = problem(rng)
    found = case(rng, given, rng.randint(0, 4), _between(Fraction(0), _number(rng, 2)))
    for leaf in on_both_paths(found):
        region = leaf.batch.leaves[leaf.index].region
        low = tuple(region.ends.get(i, (a, a))[0] for i, a in enumerate(given.low))
        high = tuple(region.ends.get(i, (b, b))[1] for i, b in enumerate(given.high))
        more = [low, high, *(_inside(rng, low, high) for _ in range(3))]
        points = [x for x in [*given.points, *more] if given.contains(x)]
        near = [x for x in points if in_region(given, region, x)]
        system = leaf.batch.system
        box = system.box(region.low, region.high)
        slopes = leaf.batch.slopes[leaf.index]
        [ranges] = neuron_bounds(
            system.coarse, Leaves([box[0]], [box[1]], [region.open_phases()], [slopes])
        )
        for x in near[-3:]:
            beside = Beside(given, system, x)
            for a, v, b in zip(box[0], beside.v, box[1], strict=True):
                assert a <= v * 2**RANGE <= b
            beside.decided()
            beside.forms(system.tableau)
            beside.forms(system.coarse)
            beside.ranges(ranges)
            values = beside.rows(leaf.batch)
            for row, error, value in zip(leaf.batch.rows, leaf.batch.error, values, strict=True):
                assert abs(beside.value(row) - value) <= error
            for weights, bound in zip(leaf.batch.sparse[leaf.index], leaf.bounds, strict=True):
                total = sum((w * values[k] for k, w in weights.items()), Fraction(0))
                assert bound <= total / (1 << SLOPE)
