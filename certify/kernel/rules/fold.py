"""Rule fold: a finite product set of any size, through what the functions see of it.

Premises: a matrix ``basis`` = A with few rows and a matrix ``maps`` = U.
Conclusion: as for rule enumerate, on a product set of any size.
Why: every function of the claim reads x only through linear functionals, parities and
counts (its features), and x = M·z + c + Σ sₖ·vₖ with z in a product of finite lists and
signs sₖ that are functions of the same shape. The kernel stacks the functionals into one
matrix L over z and checks L = U·A; so all values depend on z only through y = A·z and
the states of parities and counts. A dynamic programme over the factors of the product
collects every reachable state with the exact weight of the z that reach it. Factors that
move the state alike are raised to a power at once, with binomial multiplicities or by
squaring. Every collected state is reached and every z reaches a collected state; so
evaluating each state once decides the claim, and the weights give averages exactly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeVar

from .. import exact
from ..claim import Average, Claim
from ..decode import Node, read_rows
from ..exact import ONE, Batch, format_rational
from ..functions.affine import Project
from ..functions.base import Features, Function
from ..linear import combine, dot
from ..network import Row, affine_layer
from ..stream import Stream, checked_signs
from ..verdict import Budget, Decline, Malformed, Reject
from .enumerate import decide_average
from .evidence import Evidence, expect_verdict, pointwise

State = tuple[int, ...]  # A·z over one denominator, then parity bits, then counts
States = dict[State, int]  # with the total weight of the z that reach each
CHUNK = 2048
T = TypeVar("T")


def check(claim: Claim, evidence: Evidence) -> None:
    """Accept by returning; raise Reject or Decline otherwise."""
    if isinstance(claim, Average):
        stream = claim.law.stream()
        terms = [claim.law.pulled(term) for term in claim.terms()]
        total = Fraction(0)
        for values, weights in visit(stream, terms, evidence.body, evidence.budget):
            total += claim.total(values, weights)
        decide_average(claim, evidence, total / stream.total, "fold")
        return
    goal = pointwise(claim, "fold")
    expect_verdict(evidence, "fold", "proved")
    evidence.body.object(("basis", "maps"))
    domain = goal.domain.stream()
    if domain is None:
        raise Reject("fold.infinite", "/rule", "the set is not finite")
    read = goal.inputs_read()
    terms = [*goal.terms(), *([Project(read)] if read else [])]
    for values, weights in visit(domain, terms, evidence.body, evidence.budget):
        inputs = values.pop() if read else exact.batch([()] * len(weights), 0)
        failure = goal.first_failure(inputs, values, read)
        if failure is not None:
            found = [format_rational(v) for value in values for v in value.fractions()[failure]]
            raise Reject("fold.fails", "/body", found)


def visit(
    stream: Stream, terms: list[Function], body: Node, budget: Budget
) -> Iterator[tuple[list[Batch], list[int]]]:
    """The values of the terms at every reachable state, with its weight, in batches."""
    plan = make_plan(stream, terms)
    keys = body.object(("basis", "maps"), ("value",))
    basis = _matrix(keys["basis"], stream.width)
    maps = _matrix(keys["maps"], len(basis)) if basis else ((),) * len(plan.linear)
    if not basis and keys["maps"].value != []:
        raise Reject("fold.maps", keys["maps"].at, "rows over an empty basis")
    if len(basis) > len(plan.linear) + stream.width:
        raise Reject("fold.basis", keys["basis"].at, f"{len(basis)} rows, more than are of use")
    if len(maps) != len(plan.linear):
        raise Reject("fold.maps", keys["maps"].at, f"{len(maps)} rows, not {len(plan.linear)}")
    for i, (row, functional) in enumerate(zip(maps, plan.linear, strict=True)):
        if combine(row, basis) != functional:
            raise Reject("fold.factorisation", f"{keys['maps'].at}/{i}", "L differs from U*A")
    states, denominator = reachable(plan, basis, budget)
    for chunk in chunks(list(states.items())):
        found = [list(state) for state, _ in chunk]
        yield plan.evaluate(found, len(basis), denominator, maps), [w for _, w in chunk]


def chunks(items: list[T]) -> Iterator[list[T]]:
    """Nearly equal parts of at most CHUNK items: a short last one would miss bulk arithmetic."""
    size = -(-len(items) // max(1, -(-len(items) // CHUNK)))
    for start in range(0, len(items), max(1, size)):
        yield items[start : start + size]


def _matrix(node: Node, columns: int) -> tuple[Row, ...]:
    """A matrix of the certificate; ``[]`` is the one without rows."""
    return () if node.value == [] else read_rows(node, columns)[2]


@dataclass(frozen=True)
class Plan:
    """What the functions of a claim read of z. Derived from the claim alone.

    ``functions`` are the signs of the stream's shifts, then the terms. ``linear`` are their
    functionals over z, and ``places`` adds for each its constant and its response to each
    shift. ``parities`` and ``counts`` are sets of z-coordinates with what fixed coordinates
    contribute: a sign, or a number of +1.
    """

    stream: Stream
    features: tuple[Features, ...]
    linear: tuple[Row, ...]
    places: tuple[tuple[Fraction, tuple[Fraction, ...]], ...]
    parities: tuple[tuple[tuple[int, ...], int], ...]
    counts: tuple[tuple[tuple[int, ...], int], ...]

    def evaluate(
        self, states: list[list[int]], rank: int, denominator: int, maps: tuple[Row, ...]
    ) -> list[Batch]:
        """The values of the terms at the states."""
        shifts = self.stream.shifts
        known = exact.compact([s[:rank] for s in states], denominator, rank)
        linear = parity = count = 0
        at_parity, at_count = rank, rank + len(self.parities)
        results: list[Batch] = []
        for number, features in enumerate(self.features):
            rows, bias = [], []
            for i in range(linear, linear + len(features.linear)):
                constant, response = self.places[i]
                extra = [(rank + k, v) for k, v in enumerate(response) if v]
                rows.append(maps[i] + tuple(e for e in extra if e[0] < known.width))
                bias.append(constant)
            discrete = []
            for state in states:
                own = []
                for i in range(parity, parity + len(features.parities)):
                    own.append(self.parities[i][1] * (1 - 2 * state[at_parity + i]))
                for i in range(count, count + len(features.counts)):
                    own.append(self.counts[i][1] + state[at_count + i])
                discrete.append(own)
            width = len(features.parities) + len(features.counts)
            values = exact.join(
                [
                    exact.apply(affine_layer(known.width, rows, bias).integers, known),
                    exact.compact(discrete, 1, width),
                ],
                len(states),
            )
            linear += len(features.linear)
            parity += len(features.parities)
            count += len(features.counts)
            result = features.finish(values)
            if number < len(shifts):
                known = exact.join([known, checked_signs(result)], len(states))
            else:
                results.append(result)
        return results


def make_plan(stream: Stream, terms: list[Function]) -> Plan:
    """Push the features of every function through the stream's affine map."""
    features: list[Features] = []
    linear: list[Row] = []
    places: list[tuple[Fraction, tuple[Fraction, ...]]] = []
    parities: list[tuple[tuple[int, ...], int]] = []
    counts: list[tuple[tuple[int, ...], int]] = []
    views = [(shift.sign, shift.rows, shift.offset, False) for shift in stream.shifts]
    views += [(term, stream.rows, stream.offset, True) for term in terms]
    for function, rows, offset, shifted in views:
        seen = function.features(len(rows))
        if seen is None:
            raise Reject("fold.features", "/rule", "a function of the claim needs all of x")
        features.append(seen)
        vectors = [shift.vector for shift in stream.shifts] if shifted else []
        for row in seen.linear:
            linear.append(combine(row, rows))
            places.append((dot(row, offset), tuple(dot(row, v) for v in vectors)))
        for over in seen.parities:
            free, fixed = _coordinates(stream, over, rows, offset, vectors)
            parities.append((free, -1 if fixed.count(-1) % 2 else 1))
        for over in seen.counts:
            free, fixed = _coordinates(stream, over, rows, offset, vectors)
            counts.append((free, fixed.count(1)))
    return Plan(
        stream, tuple(features), tuple(linear), tuple(places), tuple(parities), tuple(counts)
    )


def _coordinates(
    stream: Stream,
    over: tuple[int, ...],
    rows: tuple[Row, ...],
    offset: tuple[Fraction, ...],
    vectors: list[tuple[Fraction, ...]],
) -> tuple[tuple[int, ...], list[int]]:
    """The z-coordinates that the coordinates ``over`` of x are, and the fixed ones' values."""
    free: list[int] = []
    fixed: list[int] = []
    for i in over:
        if any(vector[i] for vector in vectors):
            raise Reject("fold.moved", "/rule", f"x{i} is read as +-1 and is perturbed")
        if not rows[i] and abs(offset[i]) == 1:
            fixed.append(int(offset[i]))
        elif len(rows[i]) == 1 and rows[i][0][1] == 1 and not offset[i]:
            free.append(rows[i][0][0])
        else:
            raise Reject("fold.coordinate", "/rule", f"x{i} is not one coordinate of the product")
    return tuple(free), fixed


@dataclass(frozen=True)
class Group:
    """Factors that move the state alike: the moves with their weights, and which factors."""

    moves: tuple[tuple[State, int], ...]
    factors: tuple[int, ...]


@dataclass(frozen=True)
class Steps:
    """How each choice in each factor moves the state: what the dynamic programme adds up.

    A state is A·z times ``denominator``, then one bit for each parity, then the counts.
    """

    columns: tuple[tuple[tuple[int, Fraction], ...], ...]  # of A times denominator
    roles: tuple[tuple[tuple[int, int], ...], ...]  # (state entry, the value that adds 1)
    bits: range  # the entries that are added modulo 2
    width: int
    denominator: int
    spent: list[int] = field(default_factory=list, compare=False)  # the work so far, in parts

    def spend(self, merges: int, budget: Budget) -> None:
        """Count what is about to be done: no fold adds more than 8 states for each point."""
        self.spent.append(merges * (1 + self.width // 8))
        if self.spent[-1] > 4 * budget.points or sum(self.spent) > 8 * budget.points:
            raise Decline("states", f"{sum(self.spent)} sums of")

    def move(self, vector: tuple[Fraction, ...], start: int) -> State:
        """What the choice of ``vector`` for the z-coordinates from ``start`` on adds."""
        total = [Fraction(0)] * self.width
        for c, value in enumerate(vector, start):
            for r, v in self.columns[c]:
                total[r] += v * value
            for r, wanted in self.roles[c]:
                if abs(value) != ONE:
                    raise Malformed("", f"a sign is read from {format_rational(value)}, not ±1")
                total[r] += value == wanted
        return tuple(int(v) for v in total)

    def merge(self, a: State, b: State) -> State:
        """The sum of two moves."""
        total = [x + y for x, y in zip(a, b, strict=True)]
        for i in self.bits:
            total[i] %= 2
        return tuple(total)


def make_steps(plan: Plan, basis: tuple[Row, ...]) -> Steps:
    """The moves of every z-coordinate."""
    denominator = exact.common_denominator(v for row in basis for _, v in row)
    denominator *= exact.common_denominator(
        v for factor in set(plan.stream.factors) for vector, _ in factor for v in vector
    )
    columns: list[list[tuple[int, Fraction]]] = [[] for _ in range(plan.stream.width)]
    for r, row in enumerate(basis):
        for c, v in row:
            columns[c].append((r, v * denominator))
    roles: list[list[tuple[int, int]]] = [[] for _ in range(plan.stream.width)]
    entry = len(basis)
    for sets, wanted in ((plan.parities, -1), (plan.counts, 1)):
        for over, _ in sets:
            for c in over:
                roles[c].append((entry, wanted))
            entry += 1
    bits = range(len(basis), len(basis) + len(plan.parities))
    return Steps(tuple(map(tuple, columns)), tuple(map(tuple, roles)), bits, entry, denominator)


def make_groups(plan: Plan, steps: Steps) -> list[Group]:
    """The factors, those that move the state alike together."""
    groups: dict[tuple[tuple[State, int], ...], list[int]] = {}
    known: dict[object, tuple[tuple[State, int], ...]] = {}
    start = 0
    for number, factor in enumerate(plan.stream.factors):
        stop = start + len(factor[0][0])
        key = (id(factor), steps.columns[start:stop], steps.roles[start:stop])
        if key not in known:
            moves: Counter[State] = Counter()
            for vector, weight in factor:
                moves[steps.move(vector, start)] += weight
            known[key] = tuple(sorted(moves.items()))
        groups.setdefault(known[key], []).append(number)
        start = stop
    return [Group(moves, tuple(factors)) for moves, factors in groups.items()]


def reachable(plan: Plan, basis: tuple[Row, ...], budget: Budget) -> tuple[States, int]:
    """Every reachable state with its weight, and the denominator of A·z."""
    steps = make_steps(plan, basis)
    groups = make_groups(plan, steps)
    powers = [power(group.moves, len(group.factors), steps, budget) for group in groups]
    states: States = {(0,) * steps.width: 1}
    for part in sorted(powers, key=len):
        states = convolve(states, part, steps, budget)
    if len(states) * plan.stream.total.bit_length() > 8 * budget.bytes:
        raise Decline("bytes", f"{len(states)} weights of {plan.stream.total.bit_length()} bits")
    return states, steps.denominator


def power(moves: tuple[tuple[State, int], ...], count: int, steps: Steps, budget: Budget) -> States:
    """The states that ``count`` equal factors reach together."""
    if len(moves) == 2 and count > 2:
        return _binomial(moves, count, steps, budget)
    result: States | None = None
    square: States = dict(moves)
    while True:
        if count & 1:
            result = square if result is None else convolve(result, square, steps, budget)
        count >>= 1
        if not count:
            return result or {}
        square = convolve(square, square, steps, budget)


def _binomial(
    moves: tuple[tuple[State, int], ...], count: int, steps: Steps, budget: Budget
) -> States:
    """k times the second move and count − k times the first, for every k."""
    (first, weight), (second, other) = moves
    steps.spend(count + 1, budget)
    zero = (0,) * steps.width
    states: States = {}
    choose = 1
    for k in range(count + 1):
        sums = tuple((count - k) * a + k * b for a, b in zip(first, second, strict=True))
        state = steps.merge(sums, zero)
        mass = choose if weight == other == 1 else choose * weight ** (count - k) * other**k
        states[state] = states.get(state, 0) + mass
        choose = choose * (count - k) // (k + 1)
    return states


def convolve(left: States, right: States, steps: Steps, budget: Budget) -> States:
    """The states that a state of each side reach together."""
    steps.spend(len(left) * len(right), budget)
    result: States = {}
    for a, m in left.items():
        if len(result) > budget.points:
            raise Decline("states", f"more than {budget.points}")
        for b, n in right.items():
            state = steps.merge(a, b)
            result[state] = result.get(state, 0) + m * n
    return result
