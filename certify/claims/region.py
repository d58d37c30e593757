"""From assertions over inputs and outputs to a set of inputs and what is left to say there.

A property asserts a formula A over (x, y); the claim is ∀x∈S: not A′, where S holds every
input that A allows, and A′ is A without the parts that are true on all of S.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from heapq import heappop, heappush

from ..kernel.data.network import Row
from ..kernel.data.numbers import ONE, ZERO
from ..kernel.language.formula import NEGATED, Atom, Formula, Junction, Not, Variable
from ..kernel.language.sets import Set
from ..kernel.language.sets.convex import Box, Polytope, Space

Terms = list[tuple[int, Fraction]]

_MIRRORED = {"<": ">", "<=": ">=", "=": "=", "!=": "!=", ">=": "<=", ">": "<"}


@dataclass(frozen=True)
class Bounds:
    """Closed bounds of inputs by index; an index that is missing has none."""

    lower: dict[int, Fraction] = field(default_factory=dict)
    upper: dict[int, Fraction] = field(default_factory=dict)

    def meet(self, other: Bounds) -> Bounds:
        """What satisfies both."""
        lower, upper = dict(self.lower), dict(self.upper)
        for i, v in other.lower.items():
            lower[i] = max(v, lower.get(i, v))
        for i, v in other.upper.items():
            upper[i] = min(v, upper.get(i, v))
        return Bounds(lower, upper)

    def join(self, other: Bounds) -> Bounds:
        """The smallest bounds around both."""
        return Bounds(
            {i: min(v, other.lower[i]) for i, v in self.lower.items() if i in other.lower},
            {i: max(v, other.upper[i]) for i, v in self.upper.items() if i in other.upper},
        )

    def conflict(self) -> int | None:
        """An index with lower > upper."""
        return next((i for i, v in self.lower.items() if v > self.upper.get(i, v)), None)

    def ordered(self) -> Bounds:
        """Bounds that some point has: where lower > upper the two change places.

        What satisfies these bounds satisfies those, if only because nothing does.
        """
        both = {i: (v, self.upper[i]) for i, v in self.lower.items() if i in self.upper}
        lower = self.lower | {i: min(pair) for i, pair in both.items()}
        return Bounds(lower, self.upper | {i: max(pair) for i, pair in both.items()})

    def bounded(self, n: int) -> bool:
        """Has each of n inputs both bounds?"""
        return len(self.lower) == len(self.upper) == n


def normal(formula: Formula, negate: bool = False) -> Formula:
    """The formula, or its negation, with "not" pushed into the atoms."""
    match formula:
        case Not(part):
            return normal(part, not negate)
        case Atom(relation, terms, constant):
            return Atom(NEGATED[relation], terms, constant) if negate else formula
        case Junction(word, parts):
            flipped = {"and": "or", "or": "and"}[word] if negate else word
            return Junction(flipped, tuple(normal(part, negate) for part in parts))


def conjuncts(formulas: Iterable[Formula]) -> list[Formula]:
    """The parts of nested "and"s, in order."""
    result: list[Formula] = []
    for formula in formulas:
        if isinstance(formula, Junction) and formula.word == "and":
            result += conjuncts(formula.parts)
        else:
            result.append(formula)
    return result


def bounds(formula: Formula) -> Bounds:
    """Bounds that every input allowed by a formula in normal form satisfies."""
    match formula:
        case Atom(relation, ((("x", i), v),), constant):
            limit = -constant / v
            relation = relation if v > 0 else _MIRRORED[relation]
            lower = {i: limit} if relation in (">", ">=", "=") else {}
            upper = {i: limit} if relation in ("<", "<=", "=") else {}
            return Bounds(lower, upper)
        case Junction("and", parts):
            lowers: dict[int, Fraction] = {}
            uppers: dict[int, Fraction] = {}
            for part in map(bounds, parts):
                for i, v in part.lower.items():
                    lowers[i] = max(v, lowers.get(i, v))
                for i, v in part.upper.items():
                    uppers[i] = min(v, uppers.get(i, v))
            return Bounds(lowers, uppers)
        case Junction("or", parts):
            every = [bounds(part) for part in parts]
            some = [part for part in every if part.conflict() is None]
            if not some:
                return every[0]
            hull = some[0]
            for part in some[1:]:
                hull = hull.join(part)
            return hull
    return Bounds()


def propagated(known: Bounds, atoms: Iterable[Atom]) -> Bounds:
    """Missing bounds that linear constraints over inputs imply, until nothing new follows."""
    lower, upper = dict(known.lower), dict(known.upper)
    rows = []
    for atom in atoms:
        sides = {"<": (1,), "<=": (1,), ">": (-1,), ">=": (-1,), "=": (1, -1), "!=": ()}
        for sign in sides[atom.relation]:  # Σ v·x + c ≤ 0
            rows.append(([(i, sign * v) for (_, i), v in atom.terms], sign * atom.constant))
    readers: dict[tuple[bool, int], list[int]] = {}  # (is it the lower bound, of which input)
    missing = [0] * len(rows)
    for number, (terms, _) in enumerate(rows):
        for i, v in terms:
            if i not in (lower if v > 0 else upper):
                readers.setdefault((v > 0, i), []).append(number)
                missing[number] += 1
    queue = [(0, number) for number, count in enumerate(missing) if count < 2]
    while queue:  # the rows in their order, again and again; only those of which something follows
        turn, number = heappop(queue)
        terms, constant = rows[number]
        for i, v, bound in _implied(terms, constant, lower, upper):
            (upper if v > 0 else lower)[i] = bound
            for reader in readers.get((v < 0, i), ()):
                missing[reader] -= 1
                if missing[reader] < 2:
                    heappush(queue, (turn + (reader <= number), reader))
    return Bounds(lower, upper)


def _implied(
    terms: Terms, constant: Fraction, lower: dict[int, Fraction], upper: dict[int, Fraction]
) -> list[tuple[int, Fraction, Fraction]]:
    """(i, v, bound of x_i) for each bound that is not known and that Σ v·x + constant ≤ 0 implies.

    It is an upper bound where v > 0. All the other terms must be bounded from below.
    """
    least: dict[int, Fraction] = {}  # of each term
    for i, v in terms:
        side = lower if v > 0 else upper
        if i in side:
            least[i] = v * side[i]
    total = constant + sum(least.values(), ZERO)
    if len(least) < len(terms) - 1:
        return []
    return [
        (i, v, (least.get(i, ZERO) - total) / v)
        for i, v in terms
        if (len(least) == len(terms) or i not in least) and i not in (upper if v > 0 else lower)
    ]


def truth(atom: Atom, known: Bounds) -> bool | None:
    """Is an atom over inputs true, or false, wherever the bounds hold? None where it depends."""
    low: Fraction | None = atom.constant
    high: Fraction | None = atom.constant
    for (side, i), v in atom.terms:
        if side != "x":
            return None
        down, up = (known.lower, known.upper) if v > 0 else (known.upper, known.lower)
        low = low + v * down[i] if low is not None and i in down else None
        high = high + v * up[i] if high is not None and i in up else None
    below, above = high is not None and high <= 0, low is not None and low >= 0
    negative, positive = high is not None and high < 0, low is not None and low > 0
    sure, never = {
        "<": (negative, above),
        "<=": (below, positive),
        "=": (below and above, negative or positive),
        "!=": (negative or positive, below and above),
        ">=": (above, negative),
        ">": (positive, below),
    }[atom.relation]
    return True if sure else False if never else None


def folded(formula: Formula, known: Bounds) -> Formula | bool:
    """A formula in normal form without what the bounds decide."""
    if isinstance(formula, Atom):
        decided = truth(formula, known)
        return formula if decided is None else decided
    if not isinstance(formula, Junction):
        return formula
    absorbing = formula.word == "or"
    parts: list[Formula] = []
    for part in formula.parts:
        rest = folded(part, known)
        if rest is absorbing:
            return absorbing
        if not isinstance(rest, bool):
            parts.append(rest)
    return junction(formula.word, parts)


def junction(word: str, parts: list[Formula]) -> Formula | bool:
    """The "and" or "or" of any number of parts."""
    if len(parts) > 1:
        return Junction(word, tuple(parts))
    return parts[0] if parts else word == "and"


def linear(formula: Formula) -> bool:
    """Is it one closed linear constraint over inputs?"""
    return (
        isinstance(formula, Atom)
        and formula.relation in ("<=", ">=", "=")
        and bool(formula.terms)
        and all(side == "x" for (side, _), _ in formula.terms)
    )


def domain(n: int, known: Bounds, closed: list[Atom]) -> Set:
    """A box where all n inputs are bounded; else a polytope of bounds and closed constraints."""
    if known.bounded(n):
        return Box(tuple(known.lower[i] for i in range(n)), tuple(known.upper[i] for i in range(n)))
    rows: list[tuple[Row, Fraction]] = []
    for i in range(n):
        if i in known.lower:
            rows.append((((i, -ONE),), -known.lower[i]))
        if i in known.upper:
            rows.append((((i, ONE),), known.upper[i]))
    for atom in closed:
        if len(atom.terms) > 1:
            for sign in {"<=": (1,), ">=": (-1,), "=": (1, -1)}[atom.relation]:
                row = tuple((i, sign * v) for (_, i), v in atom.terms)
                rows.append((row, -sign * atom.constant))
    return Polytope(n, tuple(rows)) if rows else Space(n)


def shared(formulas: list[Formula], n: int) -> list[int]:
    """For each input the first one that asserted equalities x_i = x_j make it equal to."""
    first = list(range(n))

    def find(i: int) -> int:
        while first[i] != i:
            first[i] = first[first[i]]
            i = first[i]
        return i

    for formula in formulas:
        match formula:
            case Atom("=", ((("x", i), v), (("x", j), w)), constant) if v == -w and not constant:
                low, high = sorted((find(i), find(j)))
                first[high] = low
    return [find(i) for i in range(n)]


def renamed(formula: Formula, place: Mapping[Variable, Variable]) -> Formula:
    """The formula over other variables; several may become one."""
    match formula:
        case Atom(relation, terms, constant):
            total: dict[Variable, Fraction] = {}
            for key, v in terms:
                total[place.get(key, key)] = total.get(place.get(key, key), ZERO) + v
            return Atom(relation, tuple(sorted((k, v) for k, v in total.items() if v)), constant)
        case Junction(word, parts):
            return Junction(word, tuple(renamed(part, place) for part in parts))
        case Not(part):
            return Not(renamed(part, place))
