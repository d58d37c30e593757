"""Exact subtrees, for claims that are tight, or true or false by a hair.

A region is split by ReLUs until linear programmes close it, one for each disjunct (see
``relaxed``). A programme without a solution gives the multipliers of an exact leaf. In a
solution some h is not relu(z), and that neuron is split; or every h is, and then it is a
counterexample. With every neuron decided there is no third case, so this ends. Norms are in
``exact_norms``; a region may have to be smaller for an upper bound of one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from ...kernel.data.decode import Node as JsonNode
from ...kernel.data.numbers import ONE, ZERO, format_rational, square_sum
from ...kernel.language.functions.base import Vector
from ...kernel.rules.regions.bound import exact_bound, exactly, facts
from ...kernel.rules.regions.leaf import Region, Sum, read
from ...kernel.rules.regions.query import Query
from ...kernel.rules.regions.system import Neuron, System
from ..linear.farkas import Solver
from ..linear.simplex import Conflict
from .exact_norms import direction, sides
from .objectives import MARGIN, Goals
from .region_lp import Relaxed, fact
from .tree import Node

WORK = 1 << 20  # multiply-adds of an exact leaf, at most: a second
UNDECIDED = 40  # neurons that a region may leave undecided, at first, …
VISITS = 1 << 17  # … and visits to weights that bounding them once may take
SMALL = 32  # nodes of a small subtree
LARGE = 8192  # nodes of a subtree that is given up
NEAR = 16 * MARGIN, 1 / 16  # at first, at most
Accept = Callable[[Vector], Vector | None]  # parameters u → a counterexample, if one is there


@dataclass(frozen=True)
class Open:
    """Why a region is open: the neuron to split, or a counterexample; or it is too large."""

    neuron: Neuron | None = None
    point: Vector | None = None


class Exact:
    """Closes regions by exact subtrees.

    ``undecided``: how many neurons a region may leave undecided, less after each subtree that
    was given up. ``near``: how close to a counterexample a region must come (for goals of size
    1), further after each small subtree. ``witness``: the counterexample, where there was one.
    """

    def __init__(self, query: Query, goals: Goals, accept: Accept) -> None:
        self.query, self.goals, self.accept = query, goals, accept
        self.solver = Solver()
        self.weights = sum(len(row) for layer in query.layers for row in layer.rows)
        self.undecided, self.near = min(UNDECIDED, VISITS // max(1, self.weights)), NEAR[0]
        self.witness: Vector | None = None

    def pays(self, system: System) -> bool:
        """May regions in this system be closed? Each neuron that it leaves undecided is bounded."""
        return (2 * len(system.place) + self.goals.sums) * self.weights <= WORK

    def close(self, top: Node, region: Region, level: int, until: float) -> list[Node] | None:
        """Grow a subtree that closes the region; the nodes of it that stay open.

        Ends at a counterexample, and after a node or more at the time ``until`` (as
        ``time.monotonic`` has it). None, and ``top`` as it was, where there is no end in sight.
        """
        stack, left = [(top, region)], list[Node]()
        count, share = 0, 0.0  # of the region that is in leaves, where a split halves a share
        while stack:
            if count and time.monotonic() > until:
                return left + [node for node, _ in stack]
            node, region = stack.pop()
            count += 1
            found = self._leaf(region)
            if count > SMALL and count > share * LARGE:
                top.split = top.parts = top.line = None
                self.undecided, self.near = self.undecided * 3 // 4, NEAR[0]
                return None
            if isinstance(found, dict):
                node.line, node.level = found, level
                share += 0.5 ** (len(node.phases) - len(top.phases))
            elif found.neuron is not None:
                parts = node.decide(found.neuron)
                stack += [(part, replace(region, phases=part.phases)) for part in parts]
            elif found.point is not None:
                self.witness = found.point
                return None
            else:
                left.append(node)
        if count <= SMALL and not left:
            self.near = min(2 * self.near, NEAR[1])
        return left

    def _leaf(self, region: Region) -> dict[str, Any] | Open:
        """The line of an exact leaf; or why the region is open."""
        known = facts(self.query, region, {})
        known.sharpen()
        relaxed = Relaxed(self.query, region, known)
        if self.query.disjuncts:
            found = self._disjuncts(relaxed)
        elif self.query.least is not None:
            found = self._direction(relaxed, self.query.least)
        else:
            found = self._sides(relaxed)
        if isinstance(found, Open):
            return found
        held = [_held(relaxed, total) for total in found]
        if not found[-1].rows:
            line = {"empty": held[-1], "exact": True}
        else:
            leaf = self.goals.leaf([total.rows for total in found], held)
            line = {"leaf": leaf, "exact": True}
        argued = read(self.query, region, JsonNode(line))
        return line if exactly(self.query, argued, known).closed else Open()

    def _disjuncts(self, relaxed: Relaxed) -> list[Sum] | Open:
        sums = []
        for rows in self.query.disjuncts:
            total = self._against(relaxed, rows)
            if isinstance(total, Open):
                return total
            if not total.rows:
                return [total]
            sums.append(total)
        return sums

    def _direction(self, relaxed: Relaxed, least: Fraction) -> list[Sum] | Open:
        found = direction(relaxed, self.solver, least)
        return [found] if isinstance(found, Sum) else self._open(relaxed, found)

    def _sides(self, relaxed: Relaxed) -> list[Sum] | Open:
        sums, sizes, places = sides(relaxed, self.solver)
        bounds = [max(a, b, ZERO) for a, b in zip(sizes[::2], sizes[1::2], strict=True)]
        norm, most = self.query.most or ("", ZERO)
        if square_sum(bounds) <= most**2 if norm == "l2" else sum(bounds) <= most:
            return sums
        found = Open()
        for place in places:
            if found == Open():
                found = self._open(relaxed, place)
        return found

    def _against(self, relaxed: Relaxed, rows: Sequence[tuple[int, bool]]) -> Sum | Open:
        """The sum that closes a disjunct."""
        numbers = [number for number, _ in rows]
        for number, strict in rows:  # most leaves need one row and nothing else
            total = Sum({number: ONE}, {}, {})
            bound = exact_bound(self.query, relaxed.region, relaxed.known, total)
            if bound > 0 or (bound == 0 and strict):
                return total
        goals = [
            fact(relaxed.goal(number), strict, "rows", k) for k, (number, strict) in enumerate(rows)
        ]
        system = relaxed.system(goals)
        answer = self.solver.solve([said.inequality for said in system])
        if isinstance(answer, Conflict):
            return relaxed.total(system, answer, numbers)
        return self._open(relaxed, answer.values)

    def _open(self, relaxed: Relaxed, values: dict[int, Fraction]) -> Open:
        point = self.accept(relaxed.point(values))
        if point is not None:
            return Open(point=point)
        return Open(relaxed.widest(values))


def _held(relaxed: Relaxed, total: Sum) -> dict[str, list[str]]:
    """The multipliers of what holds on the region; lists of zeros are left out."""
    lists = {
        "phases": [total.phases.get(neuron, ZERO) for neuron, _ in relaxed.region.phases],
        "domain": [total.domain.get(k, ZERO) for k in range(len(relaxed.query.domain.rows))],
    }
    return {k: [format_rational(x) for x in v] for k, v in lists.items() if any(v)}
