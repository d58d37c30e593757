"""The tree that a search grows, and its lines in a certificate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..kernel.bounds import Neuron
from ..kernel.exact import format_rational


@dataclass(slots=True)
class Node:
    """A region: a leaf once ``line`` is set, else split at an input's value or by a neuron."""

    depth: int
    phases: tuple[tuple[Neuron, bool], ...] = ()
    split: tuple[int, Fraction] | Neuron | None = None
    parts: tuple[Node, Node] | None = None
    tighten: bool = False
    line: dict[str, Any] | None = None
    level: int = 0  # of the system that closed it: how many were given on the way to it

    def halve(self, i: int, at: Fraction) -> tuple[Node, Node]:
        """Split at a value of an input."""
        self.split = (i, at)
        self.parts = Node(self.depth + 1, self.phases), Node(self.depth + 1, self.phases)
        return self.parts

    def decide(self, neuron: Neuron) -> tuple[Node, Node]:
        """Split by the sign of a neuron: inactive, then active."""
        self.split = neuron
        off, on = ((*self.phases, (neuron, active)) for active in (False, True))
        self.parts = Node(self.depth + 1, off), Node(self.depth + 1, on)
        return self.parts

    def lines(self) -> Iterator[str]:
        """The certificate's lines, depth first."""
        stack = [(self, 0)]
        while stack:
            node, level = stack.pop()
            level += node.tighten
            yield json.dumps(node.value(level), separators=(",", ":"))
            stack += [(part, level) for part in reversed(node.parts or ())]

    def value(self, level: int) -> dict[str, Any]:
        """The node's own line, where ``level`` systems were given on the way to it."""
        if self.split is None:
            line = self.line or {}
            return line if level == self.level else {**line, "up": level - self.level}
        where, at = self.split
        value: dict[str, Any]
        if isinstance(at, Fraction):
            value = {"input": where, "at": format_rational(at)}
        else:
            value = {"relu": [where, at]}
        if self.tighten:
            value["tighten"] = True
        return value
