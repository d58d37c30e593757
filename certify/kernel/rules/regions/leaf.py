"""Leaves of a tree of regions, and what each argues; see ``closing`` for whether that holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from ...data.decode import Node
from ...data.numbers import ONE, ZERO, format_rational
from ...verdict import Reject
from .query import Query
from .system import Neuron, System


@dataclass
class Anchor:
    """A system, how many phases of the way to it it knows, and leaves that wait for it.

    ``above`` is the anchor around it; every region inside an anchor lies inside those above.
    ``size``: about how many words the system holds.
    """

    system: System
    known: int
    above: Anchor | None = None
    size: int = 0
    waiting: list[Leaf] = field(default_factory=list)


@dataclass(frozen=True)
class Region:
    """Part of the domain: a box of t, its exact ends in u, the phases split."""

    low: tuple[int, ...]
    high: tuple[int, ...]
    ends: dict[int, tuple[Fraction, Fraction]]
    phases: tuple[tuple[Neuron, bool], ...]
    anchor: Anchor

    @property
    def size(self) -> int:
        """About how many words it holds."""
        return 3 * len(self.low) + len(self.phases) + 1

    def open_phases(self) -> dict[tuple[int, int], bool]:
        """The phases split below the anchor that it leaves undecided, by place in its tableau."""
        place = self.anchor.system.place
        below = self.phases[self.anchor.known :]
        return {place[n]: active for n, active in below if n in place}


@dataclass(frozen=True)
class Sum:
    """Σ rows·goal + Σ phases·(±z) + Σ domain·(b − a·u): not negative at a counterexample.

    It is positive there if a row of ``strict`` has a positive weight.
    """

    rows: dict[int, Fraction]
    phases: dict[Neuron, Fraction]
    domain: dict[int, Fraction]
    strict: tuple[int, ...] = ()

    def multipliers(self) -> list[Fraction]:
        """All of them."""
        return [*self.rows.values(), *self.phases.values(), *self.domain.values()]


@dataclass(frozen=True)
class Leaf:
    """A leaf: its region, its sums, the slopes of undecided neurons, where it stands."""

    region: Region
    sums: tuple[Sum, ...]
    slopes: dict[Neuron, Fraction]
    exact: bool
    empty: bool
    at: str


def read(query: Query, region: Region, node: Node) -> Leaf:
    """The leaf of a node. Raises Malformed or Reject."""
    word = "empty" if "empty" in node.value else "leaf"
    keys = node.object((word,), ("slopes", "up", "exact"))
    if "exact" in keys and keys["exact"].value is not True:
        keys["exact"].fail("expected true, or nothing")
    exact = "exact" in keys
    sums: tuple[Sum, ...]
    if word == "empty":
        sums = (_held(query, region, exact, {}, keys[word].object((), ("phases", "domain"))),)
    elif query.disjuncts:
        entries = [keys[word]] * len(query.disjuncts)
        if isinstance(keys[word].value, list):
            entries = keys[word].entries(len(query.disjuncts))
        pairs = zip(entries, query.disjuncts, strict=True)
        sums = tuple(_disjunct(query, region, exact, *pair) for pair in pairs)
    elif query.least is not None:
        sums = (_direction(query, region, exact, keys[word]),)
    else:
        sums = _gaps(query, region, exact, keys[word])
    slopes = _slopes(region, keys["slopes"]) if "slopes" in keys else {}
    return Leaf(region, sums, slopes, exact, word == "empty", node.at)


def _disjunct(
    query: Query, region: Region, exact: bool, node: Node, rows: tuple[tuple[int, bool], ...]
) -> Sum:
    """The sum against one disjunct: the number of a row, or weights for all of them."""
    strict = tuple(number for number, s in rows if s)
    if not isinstance(node.value, dict):
        row = node.integer(0)
        if row >= len(rows):
            raise Reject("regions.row", node.at, row)
        return Sum({rows[row][0]: ONE}, {}, {}, strict)
    keys = node.object(("rows",), ("phases", "domain"))
    weights: dict[int, Fraction] = {}
    for (number, _), entry in zip(rows, keys.pop("rows").entries(len(rows)), strict=True):
        weights[number] = weights.get(number, ZERO) + _multiplier(entry)
    found = _held(query, region, exact, weights, keys)
    return Sum(found.rows, found.phases, found.domain, strict)


def _direction(query: Query, region: Region, exact: bool, node: Node) -> Sum:
    """Minus the gap along a direction; the direction alone, or with multipliers of what holds."""
    keys = node.object(("along",), ("phases", "domain")) if isinstance(node.value, dict) else {}
    along = keys.pop("along", node).vector(len(query.rows))
    return _held(query, region, exact, {i: -v for i, v in enumerate(along)}, keys)


def _gaps(query: Query, region: Region, exact: bool, node: Node) -> tuple[Sum, ...]:
    """Each coordinate of the gap and minus it: 0, or multipliers of what holds for each."""
    rows = [{i: s} for i in range(len(query.rows)) for s in (ONE, -ONE)]
    if not isinstance(node.value, list):
        if node.integer(0):
            node.fail("expected 0")
        return tuple(Sum(row, {}, {}) for row in rows)
    return tuple(
        _held(query, region, exact, row, entry.object((), ("phases", "domain")))
        for row, entry in zip(rows, node.entries(len(rows)), strict=True)
    )


def _held(
    query: Query, region: Region, exact: bool, rows: dict[int, Fraction], keys: dict[str, Node]
) -> Sum:
    """The multipliers of what holds on the region; a system has rows only for some phases."""
    system = region.anchor.system
    rows_of = {h.of for h in system.held}
    phases: dict[Neuron, Fraction] = {}
    domain: dict[int, Fraction] = {}
    if "phases" in keys:
        entries = keys["phases"].entries(len(region.phases))
        for (neuron, _), entry in zip(region.phases, entries, strict=True):
            if value := _multiplier(entry):
                if not (exact or neuron in system.place or neuron in rows_of):
                    raise Reject("regions.phase-decided", entry.at, list(neuron))
                phases[neuron] = value
    if "domain" in keys:
        for k, entry in enumerate(keys["domain"].entries(len(query.domain.rows))):
            if value := _multiplier(entry):
                domain[k] = value
    return Sum(rows, phases, domain)


def _multiplier(node: Node) -> Fraction:
    value = node.number()
    if value < 0:
        raise Reject("regions.multiplier-negative", node.at, format_rational(value))
    return value


def _slopes(region: Region, node: Node) -> dict[Neuron, Fraction]:
    """The slopes of undecided neurons, for the last pass."""
    found: dict[Neuron, Fraction] = {}
    for entry in node.entries():
        layer, index, slope = entry.entries(3)
        neuron = layer.integer(0), index.integer(0)
        if neuron not in region.anchor.system.place:
            raise Reject("regions.slope-neuron", entry.at, "not an undecided neuron")
        value = slope.number()
        if not 0 <= value <= 1:
            raise Reject("regions.slope", slope.at, format_rational(value))
        if neuron in found:
            raise Reject("regions.slope-twice", entry.at, list(neuron))
        found[neuron] = value
    return found
