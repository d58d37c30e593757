"""The tree that a search grows: regions by the way to them, jobs, and lines of a certificate."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ...kernel.data.numbers import format_rational
from ...kernel.language.functions.base import Vector
from ...kernel.rules.regions.system import Neuron

if TYPE_CHECKING:
    from .batch import Multipliers

Split = tuple[int, float] | Neuron  # at a value of an input, or by the sign of a neuron
Step = tuple[Split, bool]  # a split, and whether above it or active
Way = tuple[Step, ...]  # from the root to a region
Phases = tuple[tuple[Neuron, bool], ...]


def path(way: Way) -> str:
    """The sides of the steps, as 0 and 1."""
    return "".join("01"[side] for _, side in way)


def phases(way: Way) -> Phases:
    """The signs of neurons on the way."""
    return tuple(((k, i), side) for (k, i), side in way if isinstance(i, int))


def box(way: Way, low: Sequence[float], high: Sequence[float]) -> tuple[list[float], list[float]]:
    """The part of the box of the root that the splits of inputs leave."""
    below, above = list(low), list(high)
    for (i, at), side in way:
        if isinstance(at, float):
            (below if side else above)[i] = at
    return below, above


def fits(split: Split, low: Sequence[float], high: Sequence[float]) -> bool:
    """Does a split of an input lie within the box?"""
    i, at = split
    return not isinstance(at, float) or (i < len(low) and low[i] < at < high[i])


@dataclass(frozen=True)
class Job:
    """Open regions below ``top``, where no other job has any.

    ``around``: the regions around them that have systems of their own, outermost first.
    """

    top: Way = ()
    around: tuple[Way, ...] = ()
    open: tuple[Way, ...] = ((),)

    def divided(self, most: int, own: bool) -> list[Job]:
        """Jobs in parts of the tree with so many open regions at most, or else a little more.

        ``own``: each part gets a system of its own (an open region by itself cannot).
        """
        found = []
        stack = [(self.top, self.open)]
        while stack:
            top, inside = stack.pop()
            depth = len(top)
            if inside == (top,):
                found.append(Job(top, self.around, inside))
            elif depth == len(self.top) or len(inside) > most:
                for side in (True, False):
                    part = tuple(way for way in inside if way[depth][1] is side)
                    if part:
                        stack.append((part[0][: depth + 1], part))
            else:
                found.append(Job(top, (*self.around, top) if own else self.around, inside))
        return found


def systems(job: Job, parts: Sequence[Job]) -> set[str]:
    """The parts of a job that have got a system of their own, by path."""
    return {path(part.top) for part in parts if part.around != job.around}


@dataclass
class Grown:
    """What a turn of work added: splits, leaves, systems by path, and the jobs that are left.

    A leaf is its line and the level of the system that closed it: how many systems are given
    on the way to that one.
    """

    splits: dict[str, Split] = field(default_factory=dict)
    leaves: dict[str, tuple[int, str]] = field(default_factory=dict)
    systems: set[str] = field(default_factory=set)
    jobs: list[Job] = field(default_factory=list)
    witness: Vector | None = None

    def note(self, nodes: Iterable[Node], open_: Iterable[Node]) -> None:
        """Take over what was grown from these nodes; a line of an open one does not count."""
        left = {id(node) for node in open_}
        stack = list(nodes)
        while stack:
            node = stack.pop()
            if node.split is not None and node.parts is not None:
                self.splits[path(node.way)] = node.split
                stack += node.parts
            elif id(node) not in left:
                self.leaves[path(node.way)] = node.level, _dump(node.line)


@dataclass(slots=True)
class Node:
    """A region while it is worked on: a leaf once ``line`` is set, unless it is split."""

    way: Way
    phases: Phases = ()
    split: Split | None = None
    parts: tuple[Node, Node] | None = None
    line: dict[str, Any] | None = None
    level: int = 0  # of the system that closed it
    start: Multipliers | None = None  # of the region around it: where to begin

    def halve(self, i: int, at: float) -> tuple[Node, Node]:
        """Split at a value of an input."""
        self.split = (i, at)
        below, above = ((*self.way, (self.split, side)) for side in (False, True))
        self.parts = Node(below, self.phases), Node(above, self.phases)
        return self.parts

    def decide(self, neuron: Neuron) -> tuple[Node, Node]:
        """Split by the sign of a neuron: inactive, then active."""
        self.split = neuron
        off, on = (
            Node((*self.way, (neuron, active)), (*self.phases, (neuron, active)))
            for active in (False, True)
        )
        self.parts = off, on
        return self.parts


class Tree:
    """All that has been grown."""

    def __init__(self) -> None:
        self.splits: dict[str, Split] = {}
        self.leaves: dict[str, tuple[int, str]] = {}
        self.systems: set[str] = set()
        self.closed = 0.0  # the share of the domain in leaves, where a split halves a share

    @property
    def count(self) -> int:
        """How many regions are closed, as :class:`Progress` counts them."""
        return len(self.leaves)

    @property
    def empty(self) -> bool:
        """Is nothing done yet?"""
        return not (self.splits or self.leaves)

    def add(self, grown: Grown) -> None:
        """Take over what a turn added."""
        self.splits |= grown.splits
        self.leaves |= grown.leaves
        self.systems |= grown.systems
        self.closed += sum(0.5 ** len(p) for p in grown.leaves)

    def jobs(self, low: Sequence[float], high: Sequence[float]) -> list[Job]:
        """What is left to do in the box of the domain, together where systems allow it.

        Splits that cannot be, as in a journal that somebody changed, count as not made.
        """
        above = {p[:k] for p in self.systems for k in range(len(p))}
        found: dict[tuple[tuple[Way, ...], Way], list[Way]] = {}
        stack: list[tuple[str, Way, tuple[Way, ...], Way | None]] = [("", (), (), None)]
        while stack:
            here, way, around, top = stack.pop()
            if here in self.leaves:
                continue
            split = self.splits.get(here)
            if split is not None and not fits(split, *box(way, low, high)):
                split = self.splits.pop(here) and None
            if split is not None and here in self.systems:
                around, top = (*around, way), None
            if top is None and here not in above:  # no system will be given above another one
                top = way
            if split is None:
                found.setdefault((around, way if top is None else top), []).append(way)
            else:
                for side in (True, False):
                    stack.append((here + "01"[side], (*way, (split, side)), around, top))
        return [Job(top, around, tuple(ways)) for (around, top), ways in found.items()]

    def lines(self) -> Iterator[str]:
        """The certificate's lines, depth first."""
        stack = [("", 0)]
        while stack:
            here, level = stack.pop()
            if here in self.leaves:
                own, line = self.leaves[here]
                yield line if level == own else f'{line[:-1]},"up":{level - own}}}'
                continue
            where, at = self.splits[here]
            value: dict[str, Any] = {"relu": [where, at]}
            if isinstance(at, float):
                value = {"input": where, "at": format_rational(Fraction(at))}
            if here in self.systems:
                value["tighten"] = True
                level += 1
            yield _dump(value)
            stack += [(here + "1", level), (here + "0", level)]


def _dump(value: Mapping[str, Any] | None) -> str:
    return json.dumps(value, separators=(",", ":"))
