"""The tree in a certificate of rule regions, leaf by leaf, for formats of other checkers.

The certificate is taken for right: let the kernel accept it first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..kernel.data.decode import Node
from ..kernel.rules.regions.system import Neuron


@dataclass(frozen=True)
class Cut:
    """The part of a region where a parameter of the set is at least, or at most, a value."""

    parameter: int
    at: Fraction
    above: bool


@dataclass(frozen=True)
class Phase:
    """The part of a region where z ≥ 0, or z ≤ 0, for a neuron."""

    neuron: Neuron
    active: bool


Split = Cut | Phase


@dataclass(frozen=True)
class Leaf:
    """The splits on the way from the root, the leaf's own line, and where bounds were taken.

    ``systems``: after how many of the splits neurons were bounded, outermost first.
    """

    splits: tuple[Split, ...]
    line: dict[str, Any]
    systems: tuple[int, ...]


def leaves(lines: Iterable[str]) -> Iterator[Leaf]:
    """The leaves in depth-first order: below before above, inactive before active."""
    nodes = map(json.loads, lines)
    next(nodes)  # the fixed point's bits
    stack: list[tuple[tuple[Split, ...], tuple[int, ...]]] = [((), (0,))]
    for node in nodes:
        splits, systems = stack.pop()
        if "leaf" in node or "empty" in node:
            yield Leaf(splits, node, systems[: len(systems) - node.get("up", 0)])
            continue
        if "tighten" in node:
            systems += (len(splits),)
        parts: list[Split]
        if "relu" in node:
            layer, index = node["relu"]
            parts = [Phase((layer, index), active) for active in (False, True)]
        else:
            at = Node(node["at"]).number()
            parts = [Cut(node["input"], at, above) for above in (False, True)]
        stack += [((*splits, part), systems) for part in reversed(parts)]
