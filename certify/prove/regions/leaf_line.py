"""A leaf's line of a certificate, from multipliers in floats."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ...kernel.data.numbers import ZERO, format_rational
from ...kernel.rules.regions.query import Query
from ...kernel.rules.regions.system import Neuron, System
from .batch import Multipliers
from .objectives import Goals, Held
from .tree import Node


def leaf_line(
    query: Query, goals: Goals, system: System, node: Node, by: Multipliers, b: int
) -> dict[str, Any]:
    """The leaf of the b-th region, which is the node's."""
    sums = range(goals.sums)
    weights = [{r: Fraction(v) for r, v in enumerate(by.goals[b, d].tolist()) if v} for d in sums]
    held: list[Held] = [{}] * len(sums)
    if by.phases[b].any() or by.held[b].any():
        held = [_held(query, system, node, by, b, d) for d in sums]
    line = {"leaf": goals.leaf(weights, held)}
    if by.slopes is not None and (by.slopes[b, 0] >= 0).any():
        names = [neuron for group in system.neurons for neuron in group]
        line["slopes"] = [
            [*neuron, format_rational(Fraction(a))]
            for neuron, a in zip(names, by.slopes[b, 0].tolist(), strict=True)
            if a >= 0
        ]
    return line


def _held(query: Query, system: System, node: Node, by: Multipliers, b: int, d: int) -> Held:
    """The multipliers of phases and of the domain's rows, in the claim's own units."""
    found: dict[Neuron | int, Fraction] = {}
    for h, v in zip(system.held, by.held[b, d].tolist(), strict=True):
        if v:
            found[h.of] = Fraction(v) * Fraction(2) ** (system.scale - h.scale)
    starts = system.coarse.starts
    for neuron, _ in node.phases:
        if neuron in system.place:
            g, i = system.place[neuron]
            v = Fraction(float(by.phases[b, d, starts[g] - starts[0] + i]))
            found[neuron] = v * Fraction(2) ** (system.scale - system.scales[g][i])
    parts = {
        "phases": [found.get(neuron, ZERO) for neuron, _ in node.phases],
        "domain": [found.get(k, ZERO) for k in range(len(query.domain.rows))],
    }
    return {k: [format_rational(x) for x in v] for k, v in parts.items() if any(v)}
