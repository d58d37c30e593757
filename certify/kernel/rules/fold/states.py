"""Which states a product set reaches, and with what weights, for rule fold.

A dynamic programme over the factors of the product; factors that move the state alike count
together.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

from ...data.account import SHORT, charge, cost, words
from ...data.network import Row
from ...data.numbers import ONE, common_denominator, format_rational
from ...verdict import Budget, Decline, Malformed
from ..meter import PER_WORD
from .features import Plan

STATE = 8  # words of memory that a state takes besides its entries
State = tuple[int, ...]  # A·z over one denominator, then parity bits, then counts
States = dict[State, int]  # with the total weight of the z that reach each


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
    longest: int  # bits of the longest entry that a state may have
    spent: list[int] = field(default_factory=list, compare=False)  # the work so far, in parts

    def spend(self, merges: int, budget: Budget) -> None:
        """Count what is about to be done: no fold adds more than 8 states for each point."""
        self.spent.append(merges * (1 + self.width // 8))
        if self.spent[-1] > 4 * budget.points or sum(self.spent) > 8 * budget.points:
            raise Decline("states", f"{sum(self.spent)} sums of")
        if self.longest > SHORT:
            charge(merges * self.width * words(self.longest))

    def held(self, states: int, budget: Budget) -> None:
        """Decline where so many states take more memory than the budget has bytes."""
        if states * (STATE + self.width * words(self.longest)) * PER_WORD > budget.bytes:
            raise Decline("bytes", f"{states} states of more")

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
    denominator = common_denominator(v for row in basis for _, v in row)
    denominator *= common_denominator(v for z in _values(plan) for v in z)
    longest = denominator.bit_length() + plan.stream.width.bit_length()
    longest += max((v.numerator.bit_length() for row in basis for _, v in row), default=0)
    longest += max(v.numerator.bit_length() for z in _values(plan) for v in z)
    if longest > SHORT:
        charge(cost(sum(map(len, basis)) + len(plan.stream.factors), longest))
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
    return Steps(
        tuple(map(tuple, columns)), tuple(map(tuple, roles)), bits, entry, denominator, longest
    )


def _values(plan: Plan) -> list[tuple[Fraction, ...]]:
    """What the factors of the product range over."""
    return [vector for factor in set(plan.stream.factors) for vector, _ in factor]


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
    if len(states) * plan.stream.total.bit_length() > 2 * budget.bytes:
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
    steps.held(count + 1, budget)
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
        steps.held(len(result), budget)
        for b, n in right.items():
            state = steps.merge(a, b)
            result[state] = result.get(state, 0) + m * n
    return result
