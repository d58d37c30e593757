"""Leaves of a tree of regions as VIPR files, each a proof that no counterexample lies in it.

The problem of a file is the programme of ``big_m``, the rows of one disjunct of the negated
claim (a strict one as if it were not), and one row for each split on the way to the leaf, in
order: ``split1``, ``split2``, …. So the files of a tree differ in these alone.

All else is derived, by the backward passes that the kernel makes, without rounding: for each
ReLU z ≥ l and z ≤ u, on the regions where the certificate has neurons bounded and on the leaf;
from them h ≤ s·z + t, in the cases a = 0 and a = 1; and with the leaf's multipliers 0 ≥ (a
positive number). Where that number is 0 and some row is strict, the file shows instead that the
left side of this row is at most what it would have to exceed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import takewhile
from math import ceil
from typing import Any

from ..kernel.data.decode import Node
from ..kernel.data.numbers import ONE, ZERO
from ..kernel.language.claim import Pointwise
from ..kernel.rules.regions.query import query_of
from ..kernel.rules.regions.rational import DYADIC
from ..kernel.rules.regions.system import Neuron
from ..kernel.verdict import Malformed
from .big_m import Gate, Model
from .tree import Cut, Leaf, Phase, Split, leaves
from .vipr import Constraint, Programme, Terms, combined, lin, text, uns

Uses = dict[Constraint, Fraction]
Slopes = Mapping[Neuron, Fraction]


def export(claim: Pointwise, lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(name, VIPR text) for each leaf and disjunct, from the lines of an accepted certificate.

    Raises Malformed where the negated claim is not linear, or where a leaf stays open.
    """
    proofs = _Proofs(claim)
    for number, leaf in enumerate(leaves(lines), start=1):
        yield from proofs.of(number, leaf)


@dataclass
class Known:
    """The best constraints on single variables, and lines over ReLUs that follow from them."""

    low: dict[int, Constraint] = field(default_factory=dict)
    high: dict[int, Constraint] = field(default_factory=dict)
    lines: dict[tuple[Constraint, Constraint], Constraint] = field(default_factory=dict)

    def copy(self) -> Known:
        """The same, to add to."""
        return Known(dict(self.low), dict(self.high), dict(self.lines))

    def take(self, new: Constraint) -> None:
        """Keep a bound of a variable if it is the better one."""
        [v] = new.row
        side, sign = (self.low, 1) if new.sense == "G" else (self.high, -1)
        if v not in side or sign * new.bound > sign * side[v].bound:
            side[v] = new

    def phase(self, z: int) -> bool | None:
        """Is z known to be on one side of zero?"""
        if z in self.low and self.low[z].bound >= 0:
            return True
        return False if z in self.high and self.high[z].bound <= 0 else None

    def under(self, gate: Gate, slopes: Slopes) -> list[tuple[Constraint, Fraction]]:
        """h ≥ slope·z, as shares of two rows."""
        active = self.phase(gate.z)
        slope = ONE if active else ZERO
        if active is None:
            larger = self.high[gate.z].bound > -self.low[gate.z].bound
            slope = slopes.get(gate.neuron, ONE if larger else ZERO)
        return [(gate.above, slope), (gate.positive, 1 - slope)]

    def over(self, gate: Gate) -> Constraint:
        """h ≤ slope·z + offset: for a = 0 by h ≤ 0 and z ≥ l, for a = 1 by h ≤ z and z ≤ u."""
        low, high = self.low[gate.z], self.high[gate.z]
        if (low, high) not in self.lines:
            active = self.phase(gate.z)
            slope, offset = ONE if active else ZERO, ZERO
            if active is None:
                ratio = high.bound / (high.bound - low.bound)
                slope = Fraction(ceil(ratio * DYADIC), DYADIC)
                offset = -slope * low.bound
            off = {gate.off: ONE, gate.is_off: Fraction(gate.high), low: -slope}
            on = {gate.on: ONE, gate.is_on: Fraction(gate.low), high: 1 - slope}
            self.lines[low, high] = uns(
                f"{gate.off.name}_or_on",
                offset,
                (lin(gate.off.name, "L", off), gate.is_off),
                (lin(gate.on.name, "L", on), gate.is_on),
            )
        return self.lines[low, high]


class _Proofs:
    """A walk over the leaves: what is derived for a region holds in every leaf inside it."""

    def __init__(self, claim: Pointwise) -> None:
        self.claim, self.query = claim, query_of(claim)
        if not self.query.disjuncts:
            raise Malformed("", "the negated claim is no disjunction of linear constraints")
        self.model = Model(self.query)
        self.way: list[tuple[Split, Constraint]] = []
        self.systems: dict[int, Known] = {}  # after how many splits → what is known there

    def of(self, number: int, leaf: Leaf) -> Iterator[tuple[str, str]]:
        """The files of a leaf: one, or one for each disjunct."""
        known = self._arrive(leaf)
        slopes = {(k, i): Node(a).number() for k, i, a in leaf.line.get("slopes", ())}
        known = self._learn(known, len(self.way), slopes if "exact" in leaf.line else {})
        sums = self._sums(leaf)
        for case, (goals, strict, uses) in enumerate(sums, start=1):
            end, tight = self._end(self._complete(known, {}, slopes, uses), strict)
            if end is None:
                raise Malformed("", f"leaf {number} stays open in rational arithmetic")
            programme = Programme(
                self.model.names,
                self.model.integers,
                [*self.model.bounds, *(row for _, row in self.way)],
                [*self.model.rows, *(goal for goal in goals if goal is not tight)],
                tight.row if tight else {},
            )
            name = f"leaf{number}" if len(sums) == 1 else f"leaf{number}-{case}"
            about = f"claim {self.claim.digest}, leaf {number}: "
            about += f"{tight.name} is not positive" if tight else "no counterexample"
            yield f"{name}.vipr", text(programme, end, [about])

    def _arrive(self, leaf: Leaf) -> Known:
        """Go to the leaf; what is known on the regions around it."""
        pairs = zip(self.way, leaf.splits, strict=False)
        kept = sum(1 for _ in takewhile(lambda pair: pair[0][0] == pair[1], pairs))
        del self.way[kept:]
        for split in leaf.splits[kept:]:
            self.way.append((split, self._row(split)))
        self.systems = {depth: v for depth, v in self.systems.items() if depth <= kept}
        known = Known()
        for end in self.model.ends:
            known.take(end)
        for depth in leaf.systems:
            if depth not in self.systems:
                self.systems[depth] = self._learn(known, depth, {})
            known = self.systems[depth]
        return known

    def _row(self, split: Split) -> Constraint:
        name = f"split{len(self.way) + 1}"
        if isinstance(split, Cut):
            sense, variable, at = "G" if split.above else "L", split.parameter, split.at
        else:
            sense, variable, at = "G" if split.active else "L", self.model.z[split.neuron], ZERO
        return Constraint(name, sense, at, {variable: ONE})

    def _learn(self, outer: Known, depth: int, slopes: Slopes) -> Known:
        """Bound every ReLU that is undecided around the region after so many splits."""
        known = outer.copy()
        for split, row in self.way[:depth]:
            if isinstance(split, Cut) or outer.phase(*row.row) is None:
                known.take(row)
        for gate in self.model.gates.values():
            if outer.phase(gate.z) is None:
                name = self.model.names[gate.z]
                for sense, sign in (("G", 1), ("L", -1)):
                    uses = self._complete(known, {gate.z: Fraction(sign)}, slopes, {})
                    known.take(lin(name, sense, {c: sign * v for c, v in uses.items()}))
        return known

    def _complete(self, known: Known, target: Terms, slopes: Slopes, uses: Uses) -> Uses:
        """Add rows to a combination until its left side is the target; its right side bounds it."""
        left = dict(target)
        for v, c in combined(uses)[0].items():
            left[v] = left.get(v, ZERO) - c
        for v in range(self.model.first_binary - 1, -1, -1):
            if weight := left.get(v):
                for row, share in self._below(known, v, weight, slopes):
                    uses[row] = uses.get(row, ZERO) + share
                    for u, c in row.row.items():
                        left[u] = left.get(u, ZERO) - share * c
        return uses

    def _below(
        self, known: Known, v: int, weight: Fraction, slopes: Slopes
    ) -> list[tuple[Constraint, Fraction]]:
        """Rows with shares that bound weight·v from below by earlier variables."""
        if v in self.model.equation:
            return [(self.model.equation[v], weight)]
        if v not in self.model.gates:  # a parameter
            return [((known.low if weight > 0 else known.high)[v], weight)]
        gate = self.model.gates[v]
        if weight < 0:
            return [(known.over(gate), weight)]
        return [(row, weight * share) for row, share in known.under(gate, slopes) if share]

    def _sums(self, leaf: Leaf) -> list[tuple[list[Constraint], list[Constraint], Uses]]:
        """For each disjunct its rows, the strict ones, and what the leaf's line makes of them."""
        if "empty" in leaf.line:
            return [([], [], self._held(leaf, leaf.line["empty"]))]
        entries = leaf.line["leaf"]
        if not isinstance(entries, list):
            entries = [entries] * len(self.query.disjuncts)
        found = []
        for entry, rows in zip(entries, self.query.disjuncts, strict=True):
            goals = [self.model.goals[k] for k, _ in rows]
            strict = [goal for goal, (_, strictly) in zip(goals, rows, strict=True) if strictly]
            uses: Uses = {}
            if isinstance(entry, int):
                uses[goals[entry]] = ONE
            else:
                uses = self._held(leaf, entry)
                for goal, weight in zip(goals, entry["rows"], strict=True):
                    uses[goal] = uses.get(goal, ZERO) + Node(weight).number()
            found.append((list(dict.fromkeys(goals)), strict, uses))
        return found

    def _held(self, leaf: Leaf, entry: Mapping[str, Any]) -> Uses:
        """The multipliers of splits by a neuron and of the domain's rows."""
        phases = [row for split, row in self.way if isinstance(split, Phase)]
        pairs = [
            *zip(phases, entry.get("phases", ()), strict=False),
            *zip(self.model.domain, entry.get("domain", ()), strict=False),
        ]
        return {
            row: Node(weight).number() * (1 if row.sense == "G" else -1) for row, weight in pairs
        }

    @staticmethod
    def _end(
        uses: Uses, strict: Sequence[Constraint]
    ) -> tuple[Constraint | None, Constraint | None]:
        """What contradicts the rows; and the strict row that it is about, if only that does."""
        _, bound = combined(uses)
        if bound > 0:
            return lin("end", "G", uses), None
        tight = next((goal for goal in strict if uses.get(goal)), None)
        if bound < 0 or tight is None:
            return None, None
        share = uses.pop(tight)
        return lin("end", "L", {row: -weight / share for row, weight in uses.items()}), tight
