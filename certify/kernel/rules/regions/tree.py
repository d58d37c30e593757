"""Rule regions: a tree of splits whose leaves each leave no room for a counterexample.

Premises: none. The lines are the bits of the fixed point (and a point of S where S might be
empty), then the tree's nodes in depth-first order. A node splits its region at a value of a
parameter of S or by the sign of a neuron, or is a leaf. The multipliers and slopes of a leaf
are not premises: any in range will do, and the bound that they lead to is computed here.

Conclusion: the claim holds at every point of S.

Why: the two halves of a split cover its region, so the leaves cover S. A counterexample in
a leaf's region would satisfy, for some disjunct of the negated claim, every row rₖ > 0 (or
≥ 0) of it; there also z ≥ 0 (or −z ≥ 0) for each neuron split on the way, and b − a·u ≥ 0
for each row of S. So Σλₖrₖ + Σβ(±z) + Σμ(b − a·u) ≥ 0 for multipliers ≥ 0, and > 0 where a
strict row has λ > 0. The kernel's lower bound of minus that sum over the region (see
``blocks`` and ``bounds``) is > 0, or is 0 with a strict row: no counterexample. With all
λ = 0 the region itself is empty. A norm that is at most ε: the sums of each coordinate of
f − g, and of minus it, with multipliers of what holds, bound its size, and the norm of these
sizes is at most ε. An l2 norm that is at least Δ: minus such a sum along a direction d has
d·(f − g) ≥ Δ·‖d‖, and ‖d‖·‖f − g‖ is no less (Cauchy and Schwarz). Where ``tighten``
stands, bounds of neurons are computed for that region and hold in every region inside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from ...data.account import words
from ...data.decode import Node
from ...data.numbers import format_rational
from ...language.claim import Claim
from ...language.sets import Polyhedron
from ...verdict import Reject, shorten
from ..evidence import Evidence, expect_verdict, pointwise, require_point
from ..meter import Meter
from .backsubstitution import neuron_bounds
from .bound import bounds
from .initial import root
from .leaf import Anchor, Region, read
from .query import Query, query_of
from .system import GRID, Neuron, System, cost, reduced
from .tableau import Ints, Leaves, Ranges, sweeps

BLOCK = 128  # leaves that are bounded at once
BITS = (26, 4096)  # the least and the most that a certificate may ask for


def check(claim: Claim, evidence: Evidence) -> None:
    """Accept by returning; raise Reject or Decline otherwise."""
    goal = pointwise(claim, "regions")
    expect_verdict(evidence, "regions", "proved")
    if evidence.lines is None:
        raise Reject("regions.lines", "/body", "a tree needs lines")
    query = query_of(goal)
    header = _next(evidence.lines)
    keys = header.object(("bits",), ("point",))
    require_point(goal.domain, {k: v for k, v in keys.items() if k == "point"}, "regions")
    bits = keys["bits"].integer()
    if not BITS[0] <= bits <= BITS[1]:
        raise Reject("regions.bits", keys["bits"].at, bits)
    Tree(query, bits, Meter(evidence.budget)).walk(evidence.lines)


def _next(lines: Iterator[Node]) -> Node:
    node = next(lines, None)
    if node is None:
        raise Reject("regions.tree-unfinished", "/body", "a node is missing")
    return node


class Tree:
    """The walk over a tree: regions that still need a node, and leaves that wait in blocks."""

    def __init__(self, query: Query, bits: int, meter: Meter) -> None:
        self.query, self.bits, self.meter = query, bits, meter
        self.sides = _sides(query.domain)
        self.relus = [layer.relu for layer in query.layers]
        shapes = [(layer.width, layer.columns) for layer in query.layers]
        meter.charge(sweeps(shapes, 0), bits)
        written = sum(height * width for height, width in shapes) * words(bits)
        meter.hold(written)
        base = root(query.layers, query.domain, self.sides, query.rows, bits)
        ranges = [(group.low, group.high) for group in base.tableau.groups]
        one = 1 << GRID
        ends = [(-one, one) if a < b else (0, 0) for a, b in self.sides]
        low, high = tuple(a for a, _ in ends), tuple(b for _, b in ends)
        system, size = self.reduced(base, *base.box(low, high), ranges, {})
        meter.hold(-written)
        anchor = Anchor(system, 0, None, size)
        self.stack: list[Region | Anchor] = [anchor]
        self.push(Region(low, high, dict(enumerate(self.sides)), (), anchor))

    def walk(self, lines: Iterator[Node]) -> None:
        """Read a node for every region. Raises Reject at the first that fails."""
        while self.stack:
            region = self.stack.pop()
            if isinstance(region, Anchor):  # everything inside it has been read
                self.close(region)
                self.meter.hold(-region.size)
                continue
            self.meter.node()
            self.visit(region, _next(lines))

    def push(self, region: Region) -> None:
        """A region that still needs a node."""
        self.meter.hold(region.size)
        self.stack.append(region)

    def visit(self, region: Region, node: Node) -> None:
        """Put the node's children on the stack, or its leaf in line."""
        found = dict(node.items())
        if "leaf" in found or "empty" in found:
            anchor = self.around(region, found["up"]) if "up" in found else region.anchor
            anchor.waiting.append(read(self.query, replace(region, anchor=anchor), node))
            if len(anchor.waiting) >= BLOCK:
                self.close(anchor)
            return
        names = ("relu",) if "relu" in found else ("input", "at")
        keys = node.object(names, ("tighten",))
        if "tighten" in keys:
            if keys["tighten"].value is not True:
                keys["tighten"].fail("expected true, or nothing")
            region = self.tightened(region)
        if "relu" in keys:
            neuron = self.neuron(region, keys["relu"])
            for active in (True, False):
                self.push(replace(region, phases=(*region.phases, (neuron, active))))
        else:
            for half in reversed(self.halves(region, keys["input"], keys["at"])):
                self.push(half)
        self.meter.hold(-region.size)

    def around(self, region: Region, node: Node) -> Anchor:
        """The anchor that a leaf asks for: so many above the nearest one."""
        anchor: Anchor | None = region.anchor
        steps = node.integer(1)
        while anchor and steps:
            self.meter.charge(1)
            anchor, steps = anchor.above, steps - 1
        if anchor is None:
            raise Reject("regions.up", node.at, node.value)
        return anchor

    def halves(self, region: Region, which: Node, place: Node) -> list[Region]:
        """The parts below and above a value of a parameter."""
        i, at = which.integer(0), place.number()
        if i >= len(self.sides):
            raise Reject("regions.split-input", which.at, i)
        a, b = region.ends[i]
        if not a < at < b:
            raise Reject("regions.split-outside", place.at, format_rational(at))
        low, high = self.sides[i]
        t = (2 * at - low - high) / (high - low) * (1 << GRID)
        down, up = t.numerator // t.denominator, -(-t.numerator // t.denominator)
        low_ends, high_ends = ({**region.ends, i: pair} for pair in ((a, at), (at, b)))
        top, bottom = list(region.high), list(region.low)
        top[i], bottom[i] = up, down
        return [
            replace(region, high=tuple(top), ends=low_ends),
            replace(region, low=tuple(bottom), ends=high_ends),
        ]

    def neuron(self, region: Region, node: Node) -> Neuron:
        """A ReLU that has not been split on the way."""
        layer, index = (entry.integer(0) for entry in node.entries(2))
        if layer >= len(self.relus) or index >= len(self.relus[layer]):
            raise Reject("regions.neuron", node.at, f"no neuron {index} in layer {layer}")
        if not self.relus[layer][index]:
            raise Reject("regions.neuron", node.at, f"{index} in layer {layer} is not a ReLU")
        if any(neuron == (layer, index) for neuron, _ in region.phases):
            raise Reject("regions.neuron-twice", node.at, f"{index} in layer {layer}")
        return layer, index

    def tightened(self, region: Region) -> Region:
        """The region with a system of its own, for everything inside it."""
        system = region.anchor.system
        low, high = system.box(region.low, region.high)
        phases = region.open_phases()
        self.meter.charge(system.coarse.work(0), self.bits)
        [ranges] = neuron_bounds(system.coarse, Leaves([low], [high], [phases], [{}]))
        system, size = self.reduced(system, low, high, ranges, phases)
        anchor = Anchor(system, len(region.phases), region.anchor, size)
        self.stack.append(anchor)
        return replace(region, anchor=anchor)

    def reduced(
        self, system: System, low: Ints, high: Ints, ranges: Ranges, phases: dict[Neuron, bool]
    ) -> tuple[System, int]:
        """The system on a smaller region, and the words that it holds."""
        work, size = cost(system, ranges, len(phases))
        size *= words(system.tableau.bits)
        self.meter.charge(work, system.tableau.bits)
        self.meter.hold(size)
        return reduced(system, low, high, ranges, phases), size

    def close(self, anchor: Anchor) -> None:
        """Bound the leaves that wait. Raises Reject at the first that stays open."""
        leaves, anchor.waiting = anchor.waiting, []
        for leaf, result in zip(
            leaves, bounds(self.query, anchor, leaves, self.meter), strict=True
        ):
            self.meter.hold(-leaf.region.size)
            if not result.closed:
                shown = ", ".join(shorten(format_rational(v), 40) for v in result.values)
                raise Reject("regions.leaf-open", leaf.at, f"bounds {shown}")


def _sides(domain: Polyhedron) -> list[tuple[Fraction, Fraction]]:
    sides = []
    for i, (low, high) in enumerate(zip(domain.lower, domain.upper, strict=True)):
        if low is None or high is None:
            raise Reject("regions.unbounded", "/claim/on", f"parameter {i}")
        sides.append((low, high))  # low ≤ high: S is known to have a point
    return sides
