"""Branch and bound over regions of a domain.

Regions are bounded in floats, many at once, by the system of a region around them; where a
system has many open regions, its parts get systems of their own, in which fewer neurons are
undecided. A region that stays open is split at an input or by a neuron, whichever promises
more. Each leaf is replayed exactly before it counts as closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..kernel.blocks import Leaves, neuron_bounds
from ..kernel.bounds import GRID, Neuron, System, reduced
from ..kernel.decode import Node as JsonNode
from ..kernel.exact import format_rational
from ..kernel.functions.base import Vector
from ..kernel.question import Question
from ..kernel.root import root
from ..kernel.rules.leaves import Anchor, Region, bounds, read
from .attack import Attack
from .found import Options
from .frame import Array, Frame, Multipliers, Ranges, Under, beside, mixture
from .tree import Node

OPEN = 192  # regions open at once before their parts get systems of their own
MARGIN = 1e-5  # what a bound in floats must have to spare
CELLS = 1 << 22  # weights in one batch of bounds
STEPS = 12  # along supergradients, where neurons were split
FEW = 10  # inputs up to which only inputs are split


class Stuck(Exception):
    """A region that floats cannot split further: the claim is tight, or false by a hair."""


@dataclass
class Task:
    """A part of the tree: its top node and box, the system around it, its open regions."""

    top: Node
    low: Array
    high: Array
    system: System
    known: int
    level: int
    nodes: list[Node]
    lows: Array
    highs: Array


Closed = tuple[Node, Array, Array]  # a region with its box
State = tuple[list[Node], Array, Array]  # regions with their boxes


class Search:
    """One run of branch and bound over boxes of the domain's parameters."""

    def __init__(self, asked: Question, attack: Attack, bits: int, options: Options) -> None:
        self.asked, self.attack, self.bits, self.options = asked, attack, bits, options
        sides = zip(asked.domain.lower, asked.domain.upper, strict=True)
        self.sides = [(a, b) for a, b in sides if a is not None and b is not None]
        self.low = np.array([float(a) for a, _ in self.sides])
        self.high = np.array([float(b) for _, b in self.sides])
        self.middle = (self.low + self.high) / 2
        self.radius = np.where(self.high > self.low, (self.high - self.low) / 2, 1.0)
        self.disjuncts = [np.array([r for r, _ in d], dtype=int) for d in asked.disjuncts]
        self.top = Node(0)
        self.count = 0
        self.cells: dict[tuple[int, float], tuple[int, int]] = {}
        self.witness: Vector | None = None

    def run(self) -> bool:
        """Grow the tree until nothing is open. False where time runs out."""
        base = root(self.asked.layers, self.asked.domain, self.sides, self.asked.rows, self.bits)
        ranges = [(group.low, group.high) for group in base.tableau.groups]
        system = reduced(base, *self.box(base, self.low, self.high), ranges, {})
        low, high = self.low[None], self.high[None]
        stack = [Task(self.top, self.low, self.high, system, 0, 0, [self.top], low, high)]
        while stack:
            if self.options.left <= 0 or not self.work(stack.pop(), stack):
                return False
        return True

    def box(self, system: System, low: Array, high: Array) -> tuple[list[int], list[int]]:
        """A box of parameters in the units of a system's ranges, as the kernel has it."""
        return system.box(*self.grid(low, high))

    def grid(self, low: Array, high: Array) -> tuple[list[int], list[int]]:
        """A box of parameters in units of 2^−GRID of t, outward."""
        down = [self.cell(i, v)[0] for i, v in enumerate(low.tolist())]
        return down, [self.cell(i, v)[1] for i, v in enumerate(high.tolist())]

    def cell(self, i: int, value: float) -> tuple[int, int]:
        """A value of a parameter in units of 2^−GRID of t, rounded down and up."""
        key = i, value
        if key not in self.cells:
            a, b = self.sides[i]
            t = Fraction(0)
            if a < b:
                t = (2 * Fraction(value) - a - b) / (b - a)
            scaled = min(max(t, Fraction(-1)), Fraction(1)) * (1 << GRID)
            self.cells[key] = scaled.__floor__(), scaled.__ceil__()
        return self.cells[key]

    def work(self, task: Task, stack: list[Task]) -> bool:
        """Close or split the task's regions; hand parts of it on where there are many."""
        if task.top.split is not None:
            self.tighten(task)
        frame = Frame(task.system)
        batch = max(8, CELLS // max(1024, frame.starts[-1] ** 2 // 4))
        state = task.nodes, task.lows, task.highs
        waiting: list[Closed] = []
        while state[0] or waiting:
            if not state[0] or len(waiting) > OPEN:
                waiting, state = [], self.replay(task, waiting, state)
                continue
            nodes, lows, highs = state
            found = []
            for start in range(0, len(nodes), batch):
                if self.options.left <= 0:
                    return False
                part = slice(start, start + batch)
                found.append(self.step(frame, task, nodes[part], lows[part], highs[part], waiting))
                if self.witness is not None:
                    return False
            sides = [np.concatenate([part[k] for part in found]) for k in (1, 2)]
            state = [node for part in found for node in part[0]], sides[0], sides[1]
            if len(state[0]) > OPEN:
                state = self.replay(task, waiting, state)
                self.divide(task, *state, stack)
                return True
        return True

    def tighten(self, task: Task) -> None:
        """Give the task a system of its own."""
        system, top = task.system, task.top
        low, high = self.box(system, task.low, task.high)
        below = top.phases[task.known :]
        phases = {system.place[n]: active for n, active in below if n in system.place}
        [ranges] = neuron_bounds(system.coarse, Leaves([low], [high], [phases], [{}]))
        task.system = reduced(system, low, high, ranges, phases)
        older, known = Anchor(system, task.known), task.known
        task.known = len(top.phases)
        task.level += 1
        top.tighten = True
        kept = []
        for b, node in enumerate(task.nodes):
            wrong = [
                n for n, active in node.phases[known:]
                if task.system.decided.get(n, active) is not active and n in system.place
            ]  # fmt: skip
            if not (wrong and self.empty(task, older, node, wrong[0], b)):
                kept.append(b)
        task.nodes = [task.nodes[b] for b in kept]
        task.lows, task.highs = task.lows[kept], task.highs[kept]

    def empty(self, task: Task, older: Anchor, node: Node, neuron: Neuron, b: int) -> bool:
        """Close a region in which a neuron was split to the side where it cannot be."""
        phases = ["1" if n == neuron else "0" for n, _ in node.phases]
        line = {"empty": {"phases": phases}}
        down, up = self.grid(task.lows[b], task.highs[b])
        region = Region(tuple(down), tuple(up), {}, node.phases, older)
        if not bounds(self.asked, older, [read(self.asked, region, JsonNode(line))])[0].closed:
            return False
        node.line, node.level = line, task.level - 1
        return True

    def step(
        self, frame: Frame, task: Task, nodes: list[Node], lows: Array, highs: Array,
        waiting: list[Closed],
    ) -> State:  # fmt: skip
        """Close what can be closed and split the rest: the parts, with their boxes."""
        self.count += len(nodes)
        fall = np.array([2.0**d for d in task.system.depth])
        centre = np.array([float(Fraction(c, 1 << GRID)) for c in task.system.centre])
        low, high = (((s - self.middle) / self.radius - centre) * fall for s in (lows, highs))
        ranges = frame.ranges(low, high, self.fixed(frame, task, nodes))
        by, under = self.bounded(frame, ranges)
        closed = (under.value > MARGIN).all(axis=1)
        for b in np.flatnonzero(closed):
            if nodes[b].line is None:
                line = self.line(task, frame, by, nodes[b], int(b))
                nodes[b].line, nodes[b].level = line, task.level
                waiting.append((nodes[b], lows[b], highs[b]))
            else:  # its replay failed
                closed[b] = False
        left = np.flatnonzero(~closed)
        if not len(left):
            return [], lows[:0], highs[:0]
        if self.refuted(under.only(left), lows[left], highs[left]):
            return [], lows[:0], highs[:0]
        return self.split(
            frame, task, ranges.only(left), under.only(left), [nodes[i] for i in left],
            lows[left], highs[left],
        )  # fmt: skip

    def fixed(self, frame: Frame, task: Task, nodes: list[Node]) -> list[Array]:
        """The phases split below the task's system, group by group."""
        fixed = [np.zeros((len(nodes), len(form)), dtype=np.int8) for form in frame.forms]
        for b, node in enumerate(nodes):
            for neuron, active in node.phases[task.known :]:
                if neuron in task.system.place:
                    g, i = task.system.place[neuron]
                    fixed[g][b, i] = 1 if active else -1
        return fixed

    def bounded(self, frame: Frame, ranges: Ranges) -> tuple[Multipliers, Under]:
        """Multipliers for every region and disjunct, and the bounds to which they lead."""
        single = frame.goals_under(ranges)
        count, depth = len(single.value), len(self.disjuncts)
        goals = np.zeros((count, depth, len(frame.goals)))
        for d, rows in enumerate(self.disjuncts):
            goals[:, d, rows] = mixture(single, ranges, rows)
        held = np.zeros((count, depth, len(frame.held)))
        by = Multipliers(goals, held, np.zeros((count, depth, frame.neurons)))
        under = frame.mixed_under(ranges, by)
        if len(frame.held) or any(part.any() for part in ranges.fixed) or frame.inputs > FEW:
            open_ = np.flatnonzero((under.value <= MARGIN).any(axis=1))
            if not len(open_):
                return by, under
            better, above = frame.improve(
                ranges.only(open_), by.only(open_), MARGIN, STEPS, depth == 1
            )
            by = _merged(by, better, open_, ranges)
            for old, new in zip(
                (under.value, under.constant, under.slope, *under.weights),
                (above.value, above.constant, above.slope, *above.weights),
                strict=True,
            ):
                old[open_] = new
        return by, under

    def replay(self, task: Task, waiting: list[Closed], state: State) -> State:
        """Bound closed regions as the kernel will; those that stay open join the open ones."""
        anchor = Anchor(task.system, task.known)
        leaves = []
        for node, low, high in waiting:
            down, up = self.grid(low, high)
            region = Region(tuple(down), tuple(up), {}, node.phases, anchor)
            leaves.append(read(self.asked, region, JsonNode(node.line)))
        results = bounds(self.asked, anchor, leaves)
        failed = [w for w, result in zip(waiting, results, strict=True) if not result.closed]
        if not failed:
            return state
        nodes, lows, highs = state
        return (
            nodes + [node for node, _, _ in failed],
            np.concatenate([lows, np.array([low for _, low, _ in failed])]),
            np.concatenate([highs, np.array([high for _, _, high in failed])]),
        )

    def line(self, task: Task, frame: Frame, by: Multipliers, node: Node, b: int) -> dict[str, Any]:
        """A leaf's line from its multipliers."""
        system = task.system
        entries: list[Any] = []
        for d, rows in enumerate(self.disjuncts):
            weights = by.goals[b, d, rows].tolist()
            used = [i for i, v in enumerate(weights) if v]
            entry: Any = {"rows": [format_rational(Fraction(v)) for v in weights]}
            if by.phases[b, d].any() or by.held[b, d].any():
                entry |= self.held(system, frame, by, node, b, d)
            if len(entry) == 1 and len(used) == 1:
                entry = used[0]
            entries.append(entry)
        same = isinstance(entries[0], int) and all(e == entries[0] for e in entries)
        line: dict[str, Any] = {"leaf": entries[0] if same else entries}
        if by.slopes is not None and (by.slopes[b, 0] >= 0).any():
            names = [neuron for group in system.neurons for neuron in group]
            line["slopes"] = [
                [*neuron, format_rational(Fraction(a))]
                for neuron, a in zip(names, by.slopes[b, 0].tolist(), strict=True)
                if a >= 0
            ]
        return line

    def held(
        self, system: System, frame: Frame, by: Multipliers, node: Node, b: int, d: int
    ) -> dict[str, list[str]]:
        """The multipliers of phases and of the domain's rows, in the claim's own units."""
        found: dict[Any, Fraction] = {}
        for h, v in zip(system.held, by.held[b, d].tolist(), strict=True):
            if v:
                found[h.of] = Fraction(v) * Fraction(2) ** (system.scale - h.scale)
        for neuron, _ in node.phases:
            if neuron in system.place:
                g, i = system.place[neuron]
                v = Fraction(float(by.phases[b, d, frame.part(g).start + i]))
                found[neuron] = v * Fraction(2) ** (system.scale - system.scales[g][i])
        result = {
            "phases": [found.get(neuron, Fraction(0)) for neuron, _ in node.phases],
            "domain": [found.get(k, Fraction(0)) for k in range(len(self.asked.domain.rows))],
        }
        return {k: [format_rational(x) for x in v] for k, v in result.items() if any(v)}

    def refuted(self, under: Under, lows: Array, highs: Array) -> bool:
        """Is there a counterexample where the open boxes' linear bounds are weakest?"""
        ends = np.where(under.slope < 0, highs[:, None], lows[:, None])
        self.witness = self.attack.best(ends.reshape(-1, ends.shape[2]))
        return self.witness is not None

    def split(
        self, frame: Frame, task: Task, ranges: Ranges, under: Under, nodes: list[Node],
        lows: Array, highs: Array,
    ) -> State:  # fmt: skip
        """Split each region at the input or by the neuron that promises most."""
        row = under.value.argmin(axis=1)
        each = np.arange(len(nodes))
        worst = Under(
            under.value[each, row][:, None],
            under.constant[each, row][:, None],
            under.slope[each, row][:, None],
            [w[each, row][:, None] for w in under.weights],
        )
        losses = frame.losses(ranges, worst, 0)
        score = frame.scores(ranges, worst, 0, losses)
        width = ranges.box_high - ranges.box_low
        score *= np.sqrt(width / (width.sum(axis=1, keepdims=True) + 1e-300))
        score = np.where(width > 0, score + 1e-9 * width, -1.0)
        loss = np.concatenate([np.zeros((len(nodes), 1)), frame.misses(ranges, worst)], axis=1)
        names = [neuron for group in task.system.neurons for neuron in group]
        children: list[Node] = []
        low, high = np.repeat(lows, 2, axis=0), np.repeat(highs, 2, axis=0)
        for n, node in enumerate(nodes):
            c, j = int(score[n].argmax()), int(loss[n].argmax())
            if j and frame.inputs > FEW and loss[n, j] > score[n, c]:
                children += node.decide(names[j - 1])
                continue
            at = _between(lows[n, c], highs[n, c])
            if not lows[n, c] < at < highs[n, c]:
                raise Stuck
            high[2 * n, c] = low[2 * n + 1, c] = at
            children += node.halve(c, Fraction(at))
        return children, low, high

    def divide(
        self, task: Task, nodes: list[Node], lows: Array, highs: Array, stack: list[Task]
    ) -> None:
        """Tasks for parts of the tree: subtrees with a fair number of open regions each."""
        index = {id(node): i for i, node in enumerate(nodes)}
        below: dict[int, list[int]] = {}
        boxes: dict[int, tuple[Array, Array]] = {}
        order, pending = [], [(task.top, task.low, task.high)]
        while pending:
            node, low, high = pending.pop()
            order.append(node)
            boxes[id(node)] = low, high
            pending += _parts(node, low, high)
        for node in reversed(order):
            here = [index[id(node)]] if id(node) in index else []
            parts = node.parts or ()
            below[id(node)] = here + [i for part in parts for i in below[id(part)]]
        tops = [task.top]
        while tops:
            node = tops.pop()
            inside = below[id(node)]
            if node.parts and (node is task.top or len(inside) > OPEN // 4):
                tops += node.parts
            elif inside:
                open_ = [nodes[i] for i in inside]
                stack.append(
                    Task(
                        node, *boxes[id(node)], task.system, task.known, task.level,
                        open_, lows[inside], highs[inside],
                    )
                )  # fmt: skip


def _parts(node: Node, low: Array, high: Array) -> list[tuple[Node, Array, Array]]:
    """The node's parts with their boxes."""
    if node.split is None or node.parts is None:
        return []
    i, at = node.split
    if not isinstance(at, Fraction):
        return [(part, low, high) for part in node.parts]
    top, bottom = high.copy(), low.copy()
    top[i] = bottom[i] = float(at)
    return [(node.parts[0], low, top), (node.parts[1], bottom, high)]


def _merged(by: Multipliers, better: Multipliers, where: Array, ranges: Ranges) -> Multipliers:
    """The multipliers with those of some regions replaced; −1 stands for the usual slope."""
    slopes = np.full(by.phases.shape, -1.0)
    if better.slopes is not None:
        slopes[where] = better.slopes
    fall = beside([line[2] for line in ranges.lines], len(slopes))[:, None, :]
    slopes = np.where(fall > 0, slopes, -1.0)
    goals, held, phases = by.goals.copy(), by.held.copy(), by.phases.copy()
    goals[where], held[where], phases[where] = better.goals, better.held, better.phases
    return Multipliers(goals, held, phases, slopes)


def _between(low: float, high: float) -> float:
    """A number near the middle that has few digits."""
    if not low < high:
        return low
    step = 2.0 ** np.floor(np.log2(high - low) - 4)
    return float(np.round((low + high) / 2 / step) * step)
