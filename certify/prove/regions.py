"""Branch and bound: a tree of regions whose leaves the kernel's rule regions closes.

Boxes are bounded in floats, many at once, by the system of a region around them; where a
system has many open boxes, its parts get systems of their own, in which fewer neurons are
undecided. A box that stays open is split where that promises most.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ..kernel.blocks import Leaves, neuron_bounds
from ..kernel.bounds import GRID, System, reduced, root
from ..kernel.claim import Claim, Pointwise
from ..kernel.exact import format_rational
from ..kernel.functions.base import Vector
from ..kernel.question import Question, question
from .attack import Attack
from .enumerate import refutation
from .found import Answer, Found, Options, Unknown
from .frame import Array, Bounds, Frame

BITS = 26
OPEN = 192  # boxes open at once before their parts get systems of their own
MARGIN = 1e-5
ATTACK = 0.5  # seconds for the search for a counterexample before the first split


@dataclass
class Node:
    """A node of the tree that grows: a split, or a leaf once ``rows`` is set."""

    depth: int
    split: tuple[int, Fraction] | None = None
    parts: tuple[Node, Node] | None = None
    tighten: bool = False
    rows: tuple[int, ...] | None = None

    def lines(self) -> Iterator[str]:
        """The certificate's lines, depth first."""
        stack = [self]
        while stack:
            node = stack.pop()
            if node.split is None or node.parts is None:
                rows = node.rows or ()
                same = len(set(rows)) == 1
                yield json.dumps({"leaf": rows[0] if same else list(rows)}, separators=(",", ":"))
                continue
            i, at = node.split
            line = {"input": i, "at": format_rational(at)}
            if node.tighten:
                line["tighten"] = True
            yield json.dumps(line, separators=(",", ":"))
            stack += reversed(node.parts)


@dataclass
class Task:
    """A part of the tree: its top node and box, the system around it, its open boxes."""

    top: Node
    low: Array
    high: Array
    system: System
    nodes: list[Node]
    lows: Array
    highs: Array


class Search:
    """One run of branch and bound over boxes of the domain's parameters."""

    def __init__(self, asked: Question, attack: Attack, options: Options) -> None:
        self.asked, self.attack, self.options = asked, attack, options
        self.witness: Vector | None = None
        sides = [(a, b) for a, b in zip(asked.domain.lower, asked.domain.upper, strict=True)]
        self.sides = [(a, b) for a, b in sides if a is not None and b is not None]
        self.low = np.array([float(a) for a, _ in self.sides])
        self.high = np.array([float(b) for _, b in self.sides])
        self.middle = (self.low + self.high) / 2
        self.radius = np.where(self.high > self.low, (self.high - self.low) / 2, 1.0)
        self.disjuncts = [np.array([r for r, _ in d]) for d in asked.disjuncts]
        self.top = Node(0)
        self.count = 0

    def run(self) -> bool:
        """Grow the tree until nothing is open. False where time runs out."""
        base = root(self.asked.layers, self.asked.domain, self.sides, self.asked.rows, BITS)
        ranges = [(group.low, group.high) for group in base.tableau.groups]
        low, high = self.box(base, self.low, self.high)
        system = reduced(base, low, high, ranges, {})
        first = Task(
            self.top, self.low, self.high, system, [self.top], self.low[None], self.high[None]
        )
        stack = [first]
        while stack:
            task = stack.pop()
            if self.options.left <= 0:
                return False
            if not self.work(task, stack):
                return False
        return True

    def box(self, system: System, low: Array, high: Array) -> tuple[list[int], list[int]]:
        """A box of parameters in the units of a system's ranges, as the kernel has it."""
        ends: tuple[list[int], list[int]] = [], []
        for i, (a, b) in enumerate(self.sides):
            for side, value in zip(ends, (low[i], high[i]), strict=True):
                t = (2 * Fraction(float(value)) - a - b) / (b - a) if a < b else Fraction(0)
                side.append(int(t * (1 << GRID)))
        return system.box(*ends)

    def work(self, task: Task, stack: list[Task]) -> bool:
        """Close or split the task's boxes; hand parts of it on where there are many."""
        system = task.system
        if task.top.split is not None:
            low, high = self.box(system, task.low, task.high)
            [ranges] = neuron_bounds(system.coarse, Leaves([low], [high], [{}], [{}]))
            system = reduced(system, low, high, ranges, {})
            task.top.tighten = True
        frame = Frame(system)
        fall = np.array([2.0**d for d in system.depth])
        centre = np.array([float(Fraction(c, 1 << GRID)) for c in system.centre])
        nodes, lows, highs = task.nodes, task.lows, task.highs
        while nodes:
            if self.options.left <= 0:
                return False
            self.count += len(nodes)
            a, b = (((side - self.middle) / self.radius - centre) * fall for side in (lows, highs))
            bounds = frame.bounds(a, b)
            best = np.stack(
                [rows[bounds.under[:, rows].argmax(axis=1)] for rows in self.disjuncts], axis=1
            )
            values = np.take_along_axis(bounds.under, best, axis=1)
            closed = (values > MARGIN).all(axis=1)
            for i in np.flatnonzero(closed):
                nodes[i].rows = tuple(
                    int(r - rows[0]) for r, rows in zip(best[i], self.disjuncts, strict=True)
                )
            left = np.flatnonzero(~closed)
            if not len(left):
                return True
            if self.refuted(bounds, best, left, lows, highs):
                return False
            score = np.zeros((len(nodes), frame.inputs))
            width = b - a
            for d in range(len(self.disjuncts)):
                score += frame.scores(bounds, best[:, d], width) * (values[:, d : d + 1] <= MARGIN)
            score = np.where(width > 0, score + 1e-9 * width, -1.0)
            which = score.argmax(axis=1)
            nodes, lows, highs = self.split(nodes, lows, highs, left, which)
            if len(nodes) > OPEN:
                self.divide(task, system, nodes, lows, highs, stack)
                return True
        return True

    def refuted(self, bounds: Bounds, best: Array, left: Array, lows: Array, highs: Array) -> bool:
        """Is there a counterexample where the open boxes' linear bounds are weakest?"""
        slope = bounds.slope[left[:, None], best[left]]
        ends = np.where(slope < 0, highs[left][:, None], lows[left][:, None])
        self.witness = self.attack.best(ends.reshape(-1, ends.shape[2]))
        return self.witness is not None

    def split(
        self, nodes: list[Node], lows: Array, highs: Array, left: Array, which: Array
    ) -> tuple[list[Node], Array, Array]:
        """Halve the boxes in ``left``, each at the input chosen for it."""
        low, high = (np.repeat(side[left], 2, axis=0) for side in (lows, highs))
        children: list[Node] = []
        for n, i in enumerate(left):
            node, c = nodes[i], int(which[i])
            at = _between(lows[i, c], highs[i, c])
            high[2 * n, c] = low[2 * n + 1, c] = at
            node.split = (c, Fraction(at))
            node.parts = (Node(node.depth + 1), Node(node.depth + 1))
            children += node.parts
        return children, low, high

    def divide(
        self, task: Task, system: System, nodes: list[Node], lows: Array, highs: Array,
        stack: list[Task],
    ) -> None:  # fmt: skip
        """Tasks for the parts of a tree: subtrees with a fair number of open boxes each."""
        index = {id(node): i for i, node in enumerate(nodes)}
        below: dict[int, list[int]] = {}
        order: list[Node] = []
        pending = [task.top]
        while pending:
            node = pending.pop()
            order.append(node)
            if node.parts:
                pending += node.parts
        for node in reversed(order):
            if id(node) in index:
                below[id(node)] = [index[id(node)]]
            elif node.parts:
                below[id(node)] = [i for part in node.parts for i in below.get(id(part), [])]
        tops = [task.top]
        while tops:
            node = tops.pop()
            open_ = below.get(id(node), [])
            if not open_:
                continue
            if node.parts and (node is task.top or len(open_) > OPEN // 4):
                tops += node.parts
                continue
            part = [nodes[i] for i in open_]
            low, high = lows[open_], highs[open_]
            stack.append(Task(node, low.min(axis=0), high.max(axis=0), system, part, low, high))


def _between(low: float, high: float) -> float:
    """A number near the middle that has few digits."""
    width = high - low
    step = 2.0 ** np.floor(np.log2(width) - 4)
    return float(np.round((low + high) / 2 / step) * step)


def prove(claim: Claim, options: Options) -> Answer:
    """A tree of regions, if one is found in time."""
    if not isinstance(claim, Pointwise):
        return Unknown("not about points")
    asked = question(claim)
    if any(side is None for side in (*asked.domain.lower, *asked.domain.upper)):
        return Unknown("the set is not bounded")
    attack = Attack(claim, asked)
    found = attack.run(options, min(ATTACK, options.timeout / 10))
    if found is not None:
        return refutation(found)
    search = Search(asked, attack, options)
    if not search.run():
        if search.witness is not None:
            return refutation(search.witness)
        return Unknown(f"time is over after {search.count} boxes")
    header = json.dumps({"bits": BITS}, separators=(",", ":"))
    return Found("proved", "regions", "lines", [header, *search.top.lines()])
