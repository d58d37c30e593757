"""Branch and bound over regions of a domain.

Regions are bounded in floats, many at once, by the system of a region around them; where a
system has many open regions, its parts get systems of their own, in which fewer neurons are
undecided. A region that stays open is split at an input or by a neuron, whichever promises
more. Each leaf is replayed exactly before it counts as closed. Where a region has a point that
comes too close to a counterexample for floats, it is closed by an exact subtree instead.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from ...kernel.data.decode import Node as JsonNode
from ...kernel.language.functions.base import Vector
from ...kernel.rules.regions.bound import bounds
from ...kernel.rules.regions.leaf import Anchor, Region, read
from ...kernel.rules.regions.query import Query
from ...kernel.rules.regions.system import GRID, Neuron, System
from .ascent import improve, merged
from .attack import Attack
from .batch import Array, Multipliers, Ranges, Under, beside
from .branching import FEW, choose
from .exact_leaf import Exact
from .float_system import Frame
from .leaf_line import leaf_line
from .objectives import MARGIN, Disjuncts
from .systems import Systems
from .tree import Grown, Job, Node, Way, box, phases, systems

OPEN = 96  # regions open at once before their parts get systems of their own
CELLS = 1 << 22  # weights in one batch of bounds
STARTS = 4096  # multipliers kept from one turn to the next
FREE, SHARE = 5.0, 1 / 8  # seconds for exact subtrees, and then their share of the time
FAR = 1000  # the exponent up to which doubles have the unit of a system, and its inverse
STEPS = 12  # along supergradients, where neurons are split


class Stuck(Exception):
    """A region that floats cannot split further: the claim is tight, or false by a hair."""


@dataclass
class Task:
    """A job while it is worked on: its system and the floats of it, its open regions."""

    system: System
    known: int  # phases of the way that the system knows
    level: int
    nodes: list[Node]
    lows: Array
    highs: Array


Closed = tuple[Node, Array, Array]  # a region with its box
State = tuple[list[Node], Array, Array]  # regions with their boxes


class Search:
    """Branch and bound over boxes of the domain's parameters, by one process, in turns."""

    def __init__(self, query: Query, attack: Attack, systems: Systems) -> None:
        self.query, self.attack, self.systems = query, attack, systems
        self.low, self.high = np.array(systems.low), np.array(systems.high)
        self.middle = (self.low + self.high) / 2
        self.radius = np.where(self.high > self.low, (self.high - self.low) / 2, 1.0)
        self.goals = attack.aim
        self.few = int((self.high > self.low).sum()) <= FEW
        self.until = 0.0
        self.witness: Vector | None = None
        self.starts: dict[tuple[Sequence[Way], Way], Multipliers] = {}
        self.exact = Exact(query, self.goals, attack.accepts)
        self.began, self.spent = time.monotonic(), 0.0  # seconds in exact subtrees

    def turn(self, job: Job, seconds: float) -> Grown:
        """Work on a job, and on what comes of it, for about so long. Raises Stuck."""
        self.until, self.witness = time.monotonic() + seconds, None
        grown, stack = Grown(), [job]
        while stack:
            job = stack.pop()
            left = self.work(job, grown)
            if self.witness is not None:
                return Grown(witness=self.witness)
            job = replace(job, open=tuple(node.way for node in left))
            if len(left) > OPEN:
                parts = job.divided(OPEN // 4, own=True)
                grown.systems |= systems(job, parts)
                stack += parts
            elif left:
                stack.append(job)
            if time.monotonic() > self.until:
                break
        grown.jobs = stack
        return grown

    def work(self, job: Job, grown: Grown) -> list[Node]:
        """Close or split the job's regions until there are none, or many, or time is over.

        Returns those that stay open.
        """
        setting = self.systems.within(job.around)
        starts = (self.starts.pop((job.around, way), None) for way in job.open)
        nodes = [Node(way, phases(way), start=s) for way, s in zip(job.open, starts, strict=True)]
        boxes = np.array([box(way, self.systems.low, self.systems.high) for way in job.open])
        task = Task(setting.system, setting.known, setting.level, nodes, boxes[:, 0], boxes[:, 1])
        if job.around:
            self.sift(task, job)
        frame = setting.frame
        batch = max(8, CELLS // max(1024, frame.starts[-1] ** 2 // 4))
        state = task.nodes, task.lows, task.highs
        waiting: list[Closed] = []
        while state[0] or waiting:
            if not state[0] or len(waiting) > OPEN:
                waiting, state = [], self.replay(task, waiting, state)
                continue
            first, rest = _cut(state, batch)
            state = _joined(rest, self.step(frame, task, *first, waiting))
            if self.witness is not None:
                break
            if len(state[0]) > OPEN or time.monotonic() > self.until:
                waiting, state = [], self.replay(task, waiting, state)
                break
        grown.note(nodes, state[0])
        if len(self.starts) > STARTS:
            self.starts.clear()
        self.starts |= {(job.around, node.way): node.start for node in state[0] if node.start}
        return state[0]

    def sift(self, task: Task, job: Job) -> None:
        """Close regions in which a neuron was split to the side where it cannot be."""
        older, kept = job.around[:-1], []
        known = len(phases(older[-1])) if older else 0
        for b, node in enumerate(task.nodes):
            wrong = [
                n for n, active in node.phases[known:]
                if task.system.decided.get(n, active) is not active
            ]  # fmt: skip
            if not (wrong and self.empty(task, older, node, wrong, b)):
                kept.append(b)
        task.nodes = [task.nodes[b] for b in kept]
        task.lows, task.highs = task.lows[kept], task.highs[kept]

    def empty(
        self, task: Task, older: Sequence[Way], node: Node, wrong: list[Neuron], b: int
    ) -> bool:
        """Close a region in the system around, by the first of these neurons that it has."""
        setting = self.systems.within(older)
        neuron = next((n for n in wrong if n in setting.system.place), None)
        if neuron is None:
            return False
        anchor = Anchor(setting.system, setting.known)
        line = {"empty": {"phases": ["1" if n == neuron else "0" for n, _ in node.phases]}}
        region = self.region(node, task.lows[b], task.highs[b], anchor)
        if not bounds(self.query, anchor, [read(self.query, region, JsonNode(line))])[0].closed:
            return False
        node.line, node.level = line, setting.level
        return True

    def region(self, node: Node, low: Array, high: Array, anchor: Anchor) -> Region:
        """A node's region as the kernel has it."""
        down, up = self.systems.grid(low.tolist(), high.tolist())
        return Region(tuple(down), tuple(up), {}, node.phases, anchor)

    def step(
        self, frame: Frame, task: Task, nodes: list[Node], lows: Array, highs: Array,
        waiting: list[Closed],
    ) -> State:  # fmt: skip
        """Close what can be closed and split the rest: the parts, with their boxes."""
        fall = np.array([2.0**d for d in task.system.depth])
        centre = np.array([float(Fraction(c, 1 << GRID)) for c in task.system.centre])
        low, high = (((s - self.middle) / self.radius - centre) * fall for s in (lows, highs))
        ranges = frame.ranges(low, high, self.fixed(frame, task, nodes))
        middle, _ = self.attack.values((lows + highs) / 2)
        unit = 2.0 ** max(-FAR, min(task.system.scale, FAR))
        by, under = self.bounded(frame, ranges, nodes, middle, unit)
        closed = self.goals.closed(under.value, by.goals, unit)
        failed = np.array([node.line is not None for node in nodes])  # when replayed
        for b in np.flatnonzero(closed):
            if not failed[b]:
                line = leaf_line(self.query, self.goals, task.system, nodes[b], by, int(b))
                nodes[b].line, nodes[b].level = line, task.level
                waiting.append((nodes[b], lows[b], highs[b]))
        closed &= ~failed
        left = np.flatnonzero(~closed)
        if not len(left):
            return [], lows[:0], highs[:0]
        near = self.near(under.only(left), lows[left], highs[left], unit) | failed[left]
        undecided = beside([line[2] for line in ranges.lines], len(nodes)) > 0
        begun = np.array([len(node.phases) > task.known for node in nodes])
        if self.few:  # only exact subtrees split by neurons
            near |= begun[left]
        near &= self.exact.pays(task.system)
        rest, worked = list[Closed](), False
        for b in left[near & (undecided.sum(axis=1) <= self.exact.undecided)[left]]:
            open_: list[Node] | None = [nodes[b]]
            if not worked or time.monotonic() < self.until:  # a turn gets somewhere
                open_, worked = self.exactly(task, nodes[b], lows[b], highs[b]), True
            if open_ is not None:
                closed[b] = True
                rest += [(node, lows[b], highs[b]) for node in open_]
        left = np.flatnonzero(~closed)
        if self.witness is not None:
            return [], lows[:0], highs[:0]
        split = self.split(
            frame, task, ranges.only(left), under.only(left), by.only(left),
            [nodes[i] for i in left], lows[left], highs[left],
        )  # fmt: skip
        return _joined(split, _state(rest)) if rest else split

    def fixed(self, frame: Frame, task: Task, nodes: list[Node]) -> list[Array]:
        """The phases split below the task's system, group by group."""
        fixed = [np.zeros((len(nodes), len(form)), dtype=np.int8) for form in frame.forms]
        for b, node in enumerate(nodes):
            for neuron, active in node.phases[task.known :]:
                if neuron in task.system.place:
                    g, i = task.system.place[neuron]
                    fixed[g][b, i] = 1 if active else -1
        return fixed

    def bounded(
        self, frame: Frame, ranges: Ranges, nodes: list[Node], middle: Array, unit: float
    ) -> tuple[Multipliers, Under]:
        """Multipliers for every region and sum, and the bounds to which they lead.

        Where neurons are split they are improved, from those of the region around, and kept.
        """
        weights = self.goals.weights(frame.goals_under(ranges), ranges, middle, unit)
        count, depth = weights.shape[:2]
        held = np.zeros((count, depth, len(frame.held)))
        by = Multipliers(weights, held, np.zeros((count, depth, frame.neurons)))
        under = frame.mixed_under(ranges, by)
        splits = any(part.any() for part in ranges.fixed) or not self.few
        if isinstance(self.goals, Disjuncts) and (len(frame.held) or splits):
            open_ = np.flatnonzero((under.value <= MARGIN).any(axis=1))
            if not len(open_):
                return by, under
            part = ranges.only(open_)
            start = _begin([nodes[b] for b in open_], by.only(open_), part)
            better, above = improve(frame, part, start, MARGIN, STEPS, depth == 1)
            for k, b in enumerate(open_):
                nodes[b].start = better.only([k])
            by = merged(by, better, open_, part, above)
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
            region = self.region(node, low, high, anchor)
            leaves.append(read(self.query, region, JsonNode(node.line)))
        results = bounds(self.query, anchor, leaves)
        failed = [w for w, result in zip(waiting, results, strict=True) if not result.closed]
        if not failed:
            return state
        return _joined(state, _state(failed))

    def near(self, under: Under, lows: Array, highs: Array, unit: float) -> Array:
        """Which open regions have a point that is hardly further from a counterexample than…

        … floats can tell? Looks where linear bounds are weakest; one may be a counterexample.
        """
        ends = np.where(under.slope < 0, highs[:, None], lows[:, None])
        points = ends.reshape(-1, ends.shape[2])
        margin = self.attack.margin(points)
        self.witness = self.attack.best(points, margin)
        near: Array = margin.reshape(len(lows), -1).max(axis=1) > -self.exact.near * unit
        return near

    def exactly(self, task: Task, node: Node, low: Array, high: Array) -> list[Node] | None:
        """Close a region by an exact subtree; what stays open of it, or None if all of it does.

        May find a witness.
        """
        now = time.monotonic()
        if self.witness is not None or self.spent > FREE + SHARE * (now - self.began):
            return None
        region = self.region(node, low, high, Anchor(task.system, task.known))
        region = replace(region, ends=self.systems.ends(low.tolist(), high.tolist()))
        left = self.exact.close(node, region, task.level, self.until)
        self.witness = self.exact.witness
        self.spent += time.monotonic() - now
        return left

    def split(
        self, frame: Frame, task: Task, ranges: Ranges, under: Under, by: Multipliers,
        nodes: list[Node], lows: Array, highs: Array,
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
        start = None
        if not self.few:
            start = _begin(nodes, by, ranges).disjunct(row)
        chosen = choose(frame, ranges, worst, start, MARGIN)
        names = [neuron for group in task.system.neurons for neuron in group]
        children: list[Node] = []
        low, high = np.repeat(lows, 2, axis=0), np.repeat(highs, 2, axis=0)
        for n, (node, c) in enumerate(zip(nodes, chosen.tolist(), strict=True)):
            if c >= frame.inputs:
                parts = node.decide(names[c - frame.inputs])
            else:
                c, at = _cut_at(c, lows[n], highs[n])
                high[2 * n, c] = low[2 * n + 1, c] = at
                parts = node.halve(c, at)
            for part in parts:
                part.start = node.start
            node.start = None
            children += parts
        return children, low, high


def _cut(state: State, count: int) -> tuple[State, State]:
    """The first regions, and the others."""
    nodes, lows, highs = state
    first = nodes[:count], lows[:count], highs[:count]
    return first, (nodes[count:], lows[count:], highs[count:])


def _state(parts: Sequence[Closed]) -> State:
    """Regions side by side."""
    nodes, lows, highs = zip(*parts, strict=True)
    return list(nodes), np.array(lows), np.array(highs)


def _joined(left: State, right: State) -> State:
    """Some regions, then others."""
    lows, highs = (np.concatenate([left[k], right[k]]) for k in (1, 2))
    return left[0] + right[0], lows, highs


def _begin(nodes: list[Node], by: Multipliers, ranges: Ranges) -> Multipliers:
    """The multipliers of the region around each node, or else the usual ones; see ``improve``."""
    height = by.goals.shape[1]
    usual = replace(by, slopes=ranges.slopes(1) if height == 1 else None)
    return Multipliers.joined([node.start or usual.only([n]) for n, node in enumerate(nodes)])


def _cut_at(c: int, low: Array, high: Array) -> tuple[int, float]:
    """An input and where to split it: the input c, or else the widest. Raises Stuck."""
    for i in (c, int((high - low).argmax())):
        at = _between(low[i], high[i])
        if low[i] < at < high[i]:
            return i, at
    raise Stuck


def _between(low: float, high: float) -> float:
    """A number near the middle that has few digits."""
    if not low < high:
        return low
    step = 2.0 ** np.floor(np.log2(high - low) - 4)
    return float(np.round((low + high) / 2 / step) * step)
