"""Rule regions beside exact evaluation: no false claim passes, no bound is beyond a value."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import certify
from certify.kernel.certificate import FORMAT, Certificate
from certify.kernel.check import bind, check
from certify.kernel.data import exact
from certify.kernel.data.network import Layer, Network, sparse
from certify.kernel.data.numbers import format_rational
from certify.kernel.rules.regions import bound as closing
from certify.kernel.rules.regions import leaf as leaves
from certify.kernel.rules.regions import tree as regions
from certify.kernel.rules.regions.backsubstitution import neuron_bounds
from certify.kernel.rules.regions.query import Query, query_of
from certify.kernel.rules.regions.system import GRID, Neuron, System
from certify.kernel.rules.regions.tableau import FULL, RANGE, Leaves, Tableau
from certify.kernel.verdict import Accepted, Rejected

Point = tuple[Fraction, ...]
Draw = random.Random
Line = dict[str, Any]
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


def trace(layers: Sequence[Layer], x: Point) -> list[list[Fraction]]:
    """Every component before it is cut, layer by layer: evaluation in its plainest form."""
    found, values = [], list(x)
    for layer in layers:
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


def problem(rng: Draw, outputs: int = 1) -> Problem:
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
            z = trace((*layers, zero), at)[-1][i]
            bias.append(_number(rng, spread) if rng.random() < 0.2 else -z)
        cut = tuple(rng.random() < 0.9 for _ in range(height))
        layers.append(Layer(width, matrix, tuple(bias), cut))
        width = height
    last = tuple(sparse([_number(rng, spread) for _ in range(width)]) for _ in range(outputs))
    bias = [_number(rng, spread) for _ in range(outputs)]
    layers.append(Layer(width, last, tuple(bias), (False,) * outputs))
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


def grown(rng: Draw, given: Problem, query: Query, depth: int) -> list[Line]:
    """A random tree: splits, systems, leaves with random multipliers."""
    tree: list[Line] = []
    relus = [
        (k, i) for k, layer in enumerate(query.layers) for i, cut in enumerate(layer.relu) if cut
    ]
    share = rng.choice((0, 0.3, 0.6, 1))  # of splits by neurons
    stack: list[tuple[int, Point, Point, list[Neuron], int]]
    stack = [(depth, given.low, given.high, [], 0)]
    while stack:
        left, low, high, phases, level = stack.pop()
        wide = [i for i, (a, b) in enumerate(zip(low, high, strict=True)) if a < b]
        free = [neuron for neuron in relus if neuron not in phases]
        if not left or not (wide or free) or rng.random() < 0.05:
            tree.append(_leaf(rng, given, query, len(phases), level))
            continue
        node: Line
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
        tree.append(node)
        stack += [(left - 1, *part, level) for part in reversed(parts)]
    return tree


def _leaf(rng: Draw, given: Problem, query: Query, phases: int, level: int) -> Line:
    def weights(count: int, of: tuple[Any, ...] = (0, 0, 1, "1/3", "1*2^-30", 1000)) -> list[Any]:
        return [rng.choice(of) for _ in range(count)]

    held = {"phases": weights(phases), "domain": weights(len(given.rows))}
    leaf: Line
    if rng.random() < 0.05:
        leaf = {"empty": held}
    elif query.least is not None:
        leaf = {"leaf": weights(len(query.rows), (1, -1, "1/3", "-5/7", 0, 100))}
    elif query.most is not None or rng.random() < 0.4:
        leaf = {"leaf": 0}
    else:
        leaf = {"leaf": [{"rows": weights(len(d), (1, "5/7")), **held} for d in query.disjuncts]}
    if rng.random() < 0.3:
        choices = [
            [k, i, rng.choice((0, 1, "1/2", "1/7"))]
            for k, layer in enumerate(query.layers)
            for i in range(layer.width)
        ]
        leaf["slopes"] = rng.sample(choices, min(3, len(choices)))
    if rng.random() < 0.3:
        leaf["exact"] = True
    if level and rng.random() < 0.3:
        leaf["up"] = rng.randint(1, level)
    return leaf


@dataclass
class Case:
    """A claim with the certificate that a random tree makes."""

    claim: Any
    header: dict[str, Any]
    networks: dict[str, Network]
    first: Line
    tree: list[Line]

    def result(self) -> Any:
        lines = [json.dumps(line) for line in (self.first, *self.tree)]
        return check(self.claim, self.networks, Certificate(self.header, lines))

    def mended(self) -> Any:
        """The result, once multipliers and slopes of decided neurons are taken out."""
        while True:
            result = self.result()
            if not isinstance(result, Rejected):
                return result
            path = result.at.split("/")[1:]
            target: Any = self.tree[int(path[0].split()[1]) - 3]
            for key in path[1:-1]:
                target = target[int(key) if key.isdigit() else key]
            if result.rule == "regions.phase-decided":
                target[int(path[-1])] = 0
            elif result.rule == "regions.slope-neuron":
                del target[int(path[-1])]
            else:
                return result


def case(rng: Draw, given: Problem, depth: int, claim: Any) -> Case:
    """A claim about the problem's set, and a random tree for it."""
    networks = dict(certify.api.named(claim).networks)
    header = {
        "format": FORMAT,
        "claim": claim.to_json(),
        "networks": bind(claim, networks),
        "verdict": "proved",
        "rule": "regions",
        "body": "lines",
    }
    first: Line = {"bits": rng.choice((26, 32, 40, 60, 120))}
    if given.rows:
        first["point"] = [format_rational(v) for v in given.points[0]]
    return Case(claim, header, networks, first, grown(rng, given, query_of(claim), depth))


def between(given: Problem, low: Fraction, high: Fraction) -> Any:
    """The claim that the first output lies between two numbers."""
    holds = f"y0 <= {format_rational(high)} and y0 >= {format_rational(low)}"
    return certify.output(given.network, given.domain(), holds)


def _root(square: Fraction) -> Fraction:
    """A number at most the root, and hardly less."""
    return Fraction(math.isqrt(square.numerator << 200), math.isqrt(square.denominator << 200) + 1)


def false_claim(rng: Draw, given: Problem) -> Any:
    """A claim that a point of the set refutes, by much or by little."""
    values = [trace(given.network.layers, x)[-1] for x in given.points]
    gap = 1 - Fraction(1, rng.choice((2, 100, 2**20, 2**60)))
    if given.network.outputs == 1:
        least, most = min(v for (v,) in values), max(v for (v,) in values)
        room = most - least + abs(most) + 1
        lost = room * (1 - gap)
        if rng.random() < 0.5:
            return between(given, least - room, most - lost)
        return between(given, least + lost, most + room)
    if rng.random() < 0.5:
        most = max(v[0] ** 2 + v[1] ** 2 for v in values)
        zero = certify.constant([0, 0])
        if not most:
            return certify.within(given.network, certify.constant([0, 1]), given.domain(), 0, "l2")
        return certify.within(given.network, zero, given.domain(), _root(most) * gap, "l2")
    along, eta = [1] * given.network.inputs, rng.choice((1, Fraction(1, 100)))
    claim = certify.separates(given.network, given.domain(), along, eta, 1)
    squares = []
    for x in given.points:
        a, b = (trace(given.network.layers, tuple(v + e for v in x))[-1] for e in (eta, -eta))
        squares.append(sum(((p - q) ** 2 for p, q in zip(a, b, strict=True)), Fraction(0)))
    delta = _root(min(squares)) / gap + Fraction(1, 2**60)
    return replace(claim, delta=delta)


@settings(max_examples=60, deadline=None)
@given(RANDOM)
def test_a_claim_that_fails_at_a_point_is_never_proved(rng: Draw) -> None:
    """By much or by little, whatever the tree."""
    given = problem(rng, rng.choice((1, 1, 2)))
    found = case(rng, given, rng.randint(0, 5), false_claim(rng, given))
    assert isinstance(found.mended(), Rejected)


@settings(max_examples=40, deadline=None)
@given(RANDOM)
def test_what_is_proved_holds_at_every_point(rng: Draw) -> None:
    """Also where the claim was chosen near the edge of what the tree can show."""
    given = problem(rng)
    values = [trace(given.network.layers, x)[-1][0] for x in given.points]
    least, most = min(values), max(values)
    room = (most - least + Fraction(1, 1000)) * rng.choice((Fraction(1, 50), 1, 10, 1000))
    share = Fraction(rng.randint(-2, 12), 12)
    claim = between(given, least - room * share, most + room * share)
    if isinstance(case(rng, given, rng.randint(2, 6), claim).mended(), Accepted):
        assert share >= 0


def test_some_are_proved() -> None:
    """The test above is not about nothing."""
    proved = 0
    for seed in range(40):
        rng = random.Random(seed)
        given = problem(rng)
        values = [trace(given.network.layers, x)[-1][0] for x in given.points]
        room = 20 * (max(values) - min(values) + 1)
        claim = between(given, min(values) - room, max(values) + room)
        proved += isinstance(case(rng, given, 4, claim).mended(), Accepted)
    assert proved >= 8


# ------------------------------------------------------------- every number


def units(value: Fraction, scale: int, bits: int) -> Fraction:
    """A value as one of the tableau's, in its units."""
    return value * Fraction(2) ** (bits - scale)


class Beside:
    """A point of a region beside the system that describes the region."""

    def __init__(self, given: Problem, query: Query, system: System, x: Point) -> None:
        self.given, self.query, self.system, self.x = given, query, system, x
        self.z = trace(query.layers, x)
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
            if self.query.layers[k].relu[i]:
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

    def goals(self) -> list[Fraction]:
        """The values of the rows that are asked about."""
        last = zip(self.z[-1], self.query.layers[-1].relu, strict=True)
        every = [*self.x, *(max(z, Fraction(0)) if r else z for z, r in last)]
        return [sum((w * every[c] for c, w in row), b) for row, b in self.query.rows]

    def rows(self, basis: closing._Rows) -> list[Fraction]:
        """The exact values of what sums weigh, in its units."""
        bits = self.system.coarse.bits
        found = [units(v, self.system.scale, bits) for v in self.goals()]
        found += [units(self.held(h.of), h.scale, bits) for h in self.system.held]
        for ((k, i), active), (number, scale) in basis.split.items():
            assert number == len(found)
            found.append(units(self.z[k][i] if active else -self.z[k][i], scale, bits))
        return found

    def exactly(self, total: leaves.Sum) -> Fraction:
        """Minus a sum."""
        goals = self.goals()
        found = sum((v * goals[k] for k, v in total.rows.items()), Fraction(0))
        found += sum((v * abs(self.z[k][i]) for (k, i), v in total.phases.items()), Fraction(0))
        return -found - sum((v * self.held(k) for k, v in total.domain.items()), Fraction(0))

    def held(self, of: Any) -> Fraction:
        """The value of what a system holds: a row of the domain or a neuron on its side."""
        if isinstance(of, int):
            row, bound = self.given.rows[of]
            return bound - _dot(row, self.x)
        k, i = of
        return abs(self.z[k][i])  # the point lies in the region: on the side that is held


def in_region(query: Query, region: leaves.Region, x: Point) -> bool:
    """Does a point of the domain lie in a region?"""
    if not all(a <= x[i] <= b for i, (a, b) in region.ends.items()):
        return False
    z = trace(query.layers, x)
    return all(z[k][i] >= 0 if on else z[k][i] <= 0 for (k, i), on in region.phases)


Closed = tuple[leaves.Leaf, closing.Result]


def recorded(found: Case, patch: pytest.MonkeyPatch) -> list[Closed]:
    """The leaves of a tree and their bounds; each counts as closed."""
    log: list[Closed] = []
    real = closing.bounds

    def bounds(
        query: Query, anchor: leaves.Anchor, waiting: Any, meter: Any
    ) -> list[closing.Result]:
        results = real(query, anchor, waiting, meter)
        log.extend(zip(waiting, results, strict=True))
        return [replace(result, closed=True) for result in results]

    patch.setattr(regions, "bounds", bounds)
    result = found.mended()
    assert isinstance(result, Accepted), result
    return log[-sum("leaf" in line or "empty" in line for line in found.tree) :]


def on_both_paths(found: Case) -> list[Closed]:
    """The leaves; every number is the same in machine words and in Python's integers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact, "PURE", True)
        pure = recorded(found, patch)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact, "BULK", 1)
        words = recorded(found, patch)
    for (leaf, result), (other, same) in zip(pure, words, strict=True):
        assert result == same
        assert leaf.region.anchor.system == other.region.anchor.system
    return words


@settings(max_examples=50, deadline=None)
@given(RANDOM)
def test_every_number_of_the_kernel_beside_exact_values(rng: Draw) -> None:
    """Systems, ranges, rows and bounds at points of each leaf, whatever multipliers say."""
    given = problem(rng, rng.choice((1, 1, 2)))
    claim = false_claim(rng, given)
    query = query_of(claim)
    for leaf, result in on_both_paths(case(rng, given, rng.randint(0, 4), claim)):
        region, system = leaf.region, leaf.region.anchor.system
        low = tuple(region.ends.get(i, (a, a))[0] for i, a in enumerate(given.low))
        high = tuple(region.ends.get(i, (b, b))[1] for i, b in enumerate(given.high))
        more = [low, high, *(_inside(rng, low, high) for _ in range(3))]
        points = [x for x in [*given.points, *more] if given.contains(x)]
        near = [x for x in points if in_region(query, region, x)]
        box = system.box(region.low, region.high)
        slopes = {system.place[n]: int(v * FULL) for n, v in leaf.slopes.items()}
        [ranges] = neuron_bounds(
            system.coarse, Leaves([box[0]], [box[1]], [region.open_phases()], [slopes])
        )
        basis = closing._Rows(system)
        lines = [] if leaf.exact else [basis.weights(total, region) for total in leaf.sums]
        for x in near[-3:]:
            beside = Beside(given, query, system, x)
            for a, v, b in zip(box[0], beside.v, box[1], strict=True):
                assert a <= v * 2**RANGE <= b
            beside.decided()
            beside.forms(system.tableau)
            beside.forms(system.coarse)
            beside.ranges(ranges)
            values = beside.rows(basis)
            for row, error, value in zip(basis.rows, basis.error, values, strict=True):
                assert abs(beside.value(row) - value) <= error
            if leaf.exact:
                totals = [beside.exactly(total) for total in leaf.sums]
            else:
                unit = Fraction(2) ** (system.scale - system.coarse.bits) / FULL
                totals = [sum(w * values[k] for k, w in ws.items()) * unit for ws in lines]
            for bound, total in zip(result.values, totals, strict=True):
                assert bound <= total
