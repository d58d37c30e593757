"""Leaves of a tree of regions: their multipliers, and the bounds to which these lead."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from ..blocks import FULL, SLOPE, Basis, Leaves, Rows, lower_bounds
from ..bounds import Neuron, System
from ..decode import Node
from ..exact import format_rational
from ..question import Question
from ..verdict import Reject


@dataclass
class Anchor:
    """A system, how many phases of the way to it it knows, and leaves that wait for it.

    ``above`` is the anchor around it; every region inside an anchor lies inside those above.
    """

    system: System
    known: int
    above: Anchor | None = None
    waiting: list[Leaf] = field(default_factory=list)


@dataclass(frozen=True)
class Region:
    """Part of the domain: a box of t, the exact ends of split sides, the phases split."""

    low: tuple[int, ...]
    high: tuple[int, ...]
    ends: dict[int, tuple[Fraction, Fraction]]
    phases: tuple[tuple[Neuron, bool], ...]
    anchor: Anchor

    def open_phases(self) -> dict[tuple[int, int], bool]:
        """The phases split below the anchor that it leaves undecided, by place in its tableau."""
        place = self.anchor.system.place
        below = self.phases[self.anchor.known :]
        return {place[n]: active for n, active in below if n in place}


@dataclass(frozen=True)
class Leaf:
    """A leaf's region and its node."""

    region: Region
    node: Node


class Batch:
    """Leaves of one anchor: their multipliers as weights over one basis of rows."""

    def __init__(self, asked: Question, anchor: Anchor, leaves: list[Leaf]) -> None:
        self.asked, self.anchor, self.leaves = asked, anchor, leaves
        system = self.system = anchor.system
        self.rows, self.error = list(system.basis.rows), list(system.basis.error)
        self.scale = [system.scale] * len(system.goals.rows) + [h.scale for h in system.held]
        first = len(system.goals.rows)
        self.held = {h.of: k for k, h in enumerate(system.held, first)}
        self.split: dict[tuple[Neuron, bool], int] = {}  # rows of splits below the anchor
        self.strict: list[list[bool]] = []
        self.sparse: list[list[dict[int, int]]] = []
        self.slopes: list[dict[tuple[int, int], int]] = []
        for leaf in leaves:
            self.read(leaf)

    def bounds(self) -> Rows:
        """For each leaf a lower bound for each disjunct."""
        boxes = [self.system.box(leaf.region.low, leaf.region.high) for leaf in self.leaves]
        leaves = Leaves(
            [a for a, _ in boxes],
            [b for _, b in boxes],
            [leaf.region.open_phases() for leaf in self.leaves],
            self.slopes,
        )
        weights = []
        for combinations in self.sparse:
            dense = [[0] * len(self.rows) for _ in combinations]
            for line, entries in zip(dense, combinations, strict=True):
                for k, w in entries.items():
                    line[k] = w
            weights.append(dense)
        return lower_bounds(self.system.coarse, leaves, Basis(self.rows, self.error), weights)

    def read(self, leaf: Leaf) -> None:
        """The weights and slopes of a leaf. Raises Malformed or Reject."""
        word = "empty" if "empty" in leaf.node.value else "leaf"
        keys = leaf.node.object((word,), ("slopes", "up"))
        if word == "empty":
            line = self.multipliers(leaf, keys[word].object((), ("phases", "domain")))
            self.sparse.append([line] * len(self.asked.disjuncts))
            self.strict.append([False] * len(self.asked.disjuncts))
        else:
            combinations, strict = [], []
            for entry, disjunct in zip(self.entries(keys[word]), self.asked.disjuncts, strict=True):
                line, s = self.disjunct(leaf, entry, disjunct)
                combinations.append(line)
                strict.append(s)
            self.sparse.append(combinations)
            self.strict.append(strict)
        self.slopes.append(self.given(keys["slopes"]) if "slopes" in keys else {})

    def entries(self, node: Node) -> list[Node]:
        """One entry for each disjunct; a number stands for that row in all of them."""
        count = len(self.asked.disjuncts)
        return node.entries(count) if isinstance(node.value, list) else [node] * count

    def disjunct(
        self, leaf: Leaf, node: Node, rows: tuple[tuple[int, bool], ...]
    ) -> tuple[dict[int, int], bool]:
        """The weights against one disjunct, and whether a strict row has one."""
        if isinstance(node.value, int):
            row = node.integer(0)
            if row >= len(rows):
                raise Reject("regions.row", node.at, row)
            number, strict = rows[row]
            return {number: -FULL}, strict
        keys = node.object(("rows",), ("phases", "domain"))
        line = self.multipliers(leaf, {k: v for k, v in keys.items() if k != "rows"})
        positive = False
        for (number, strict), entry in zip(rows, keys["rows"].entries(len(rows)), strict=True):
            weight = _weight(entry, 0)
            line[number] = -weight
            positive |= strict and weight > 0
        return line, positive

    def multipliers(self, leaf: Leaf, keys: dict[str, Node]) -> dict[int, int]:
        """The weights of phases and of the domain's rows."""
        line: dict[int, int] = {}
        if "domain" in keys:
            entries = keys["domain"].entries(len(self.asked.domain.rows))
            for k, entry in enumerate(entries):
                self.hold(line, self.held[k], entry)
        if "phases" in keys:
            phases = leaf.region.phases
            for (neuron, active), entry in zip(
                phases, keys["phases"].entries(len(phases)), strict=True
            ):
                if entry.value not in (0, "0"):
                    self.hold(line, self.row(neuron, active, entry), entry)
        return line

    def hold(self, line: dict[int, int], row: int, entry: Node) -> None:
        """Add a multiplier of a row that is not negative on the region."""
        weight = _weight(entry, self.scale[row] - self.system.scale)
        if weight:
            line[row] = -weight

    def row(self, neuron: Neuron, active: bool, entry: Node) -> int:
        """The number of the row that says on which side of zero the neuron is."""
        if neuron in self.held:  # split above the anchor: held there with its sign
            return self.held[neuron]
        if (neuron, active) not in self.split:
            if neuron not in self.system.place:
                raise Reject("regions.phase-decided", entry.at, f"neuron {list(neuron)}")
            g, i = self.system.place[neuron]
            tableau = self.system.coarse
            group, start = tableau.groups[g], tableau.starts[g]
            form = [0] * group.first + group.forms[i][:-1]
            form[tableau.inputs] += group.forms[i][-1]
            form += [0] * (tableau.starts[-1] - start)
            self.split[neuron, active] = len(self.rows)
            self.rows.append(form if active else [-v for v in form])
            self.error.append(group.error[i])
            self.scale.append(self.system.scales[g][i])
        return self.split[neuron, active]

    def given(self, node: Node) -> dict[tuple[int, int], int]:
        """The slopes of undecided neurons, for the last pass."""
        found = {}
        for entry in node.entries():
            layer, index, slope = entry.entries(3)
            place = self.system.place.get((layer.integer(0), index.integer(0)))
            if place is None:
                raise Reject("regions.slope", entry.at, "not an undecided neuron")
            value = slope.number()
            if not 0 <= value <= 1:
                raise Reject("regions.slope", slope.at, format_rational(value))
            if place in found:
                raise Reject("regions.slope", entry.at, "a neuron stands twice")
            found[place] = value.numerator * FULL // value.denominator
        return found


def _weight(node: Node, rise: int) -> int:
    """A multiplier ≥ 0, times 2^rise, in units of 2^−SLOPE; rounding keeps it ≥ 0."""
    value = node.number()
    if value < 0:
        raise Reject("regions.multiplier-negative", node.at, format_rational(value))
    shift = SLOPE + rise
    if shift >= 0:
        return (value.numerator << shift) // value.denominator
    return value.numerator // (value.denominator << -shift)
