"""What a counterexample in a region would satisfy, as a mixed-integer programme.

* each parameter u of the domain between its ends, the domain's rows, and x = matrix·u + offset
  unless x is u itself;
* z = W·(components before) + b for each neuron;
* h = relu(z) by a binary a: h ≥ 0, h ≥ z, h ≤ U·a, h ≤ z − L·(1 − a), with integers L < 0 < U
  around z that interval arithmetic over the whole domain gives, rounded outward at each ReLU.

Source: Tjeng, Xiao and Tedrake, "Evaluating Robustness of Neural Networks with Mixed Integer
Programming" (ICLR 2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from ..kernel.data.network import Layer, Row
from ..kernel.data.numbers import ONE, ZERO
from ..kernel.language.sets.base import identity_rows
from ..kernel.rules.regions.query import Query
from ..kernel.rules.regions.system import Neuron
from .vipr import Constraint, Terms, asm

Part = tuple[int, Fraction, Fraction]  # the variable of a component, and an interval around it


@dataclass(frozen=True)
class Gate:
    """A ReLU: its variables z, h and a, the integers L and U, its rows, its two cases."""

    neuron: Neuron
    z: int
    h: int
    low: int
    high: int
    positive: Constraint  # h ≥ 0
    above: Constraint  # h ≥ z
    off: Constraint  # h ≤ U·a
    on: Constraint  # h ≤ z − L·(1 − a)
    is_off: Constraint  # a ≤ 0, to assume
    is_on: Constraint  # a ≥ 1, to assume


class Model:
    """The variables and rows of every leaf of a tree. A variable's row reads earlier ones only.

    ``bounds`` are rows about one variable, ``rows`` the others. ``goals`` and ``domain`` run
    parallel to the rows of the question and of its domain.
    """

    def __init__(self, query: Query) -> None:
        domain = query.domain
        self.names: list[str] = []
        self.bounds: list[Constraint] = []
        self.rows: list[Constraint] = []
        self.ends: list[Constraint] = []  # of the parameters
        self.equation: dict[int, Constraint] = {}  # variable → the row that defines it
        self.gates: dict[int, Gate] = {}  # h → its ReLU
        self.z: dict[Neuron, int] = {}
        same = domain.matrix == identity_rows(domain.parameters) and not any(domain.offset)
        widths = [layer.width + sum(layer.relu) for layer in query.layers]
        self.first_binary = domain.parameters + sum(widths) + (not same) * len(domain.matrix)
        before = [
            self._parameter(f"{'x' if same else 'u'}{i}", low or ZERO, high or ZERO)
            for i, (low, high) in enumerate(zip(domain.lower, domain.upper, strict=True))
        ]
        self.domain = [
            self._row(f"set{k}", "L", bound, dict(row))
            for k, (row, bound) in enumerate(domain.rows)
        ]
        if not same:
            pairs = zip(domain.matrix, domain.offset, strict=True)
            before = [self._affine(f"x{i}", before, *pair) for i, pair in enumerate(pairs)]
        joint = list(before)
        for number, layer in enumerate(query.layers):
            before = self._layer(number, layer, before)
        joint += before
        self.goals = [
            Constraint(f"claim{k}", "G", -constant, {joint[c][0]: v for c, v in row})
            for k, (row, constant) in enumerate(query.rows)
        ]
        self.integers = range(self.first_binary, self.first_binary + len(self.gates))
        self.names += [f"a{self.names[gate.z][1:]}" for gate in self.gates.values()]

    def _variable(self, name: str) -> int:
        self.names.append(name)
        return len(self.names) - 1

    def _bound(self, name: str, sense: str, bound: Fraction, variable: int) -> Constraint:
        self.bounds.append(Constraint(name, sense, bound, {variable: ONE}))
        return self.bounds[-1]

    def _row(self, name: str, sense: str, bound: Fraction, row: Terms) -> Constraint:
        self.rows.append(Constraint(name, sense, bound, {v: c for v, c in row.items() if c}))
        return self.rows[-1]

    def _parameter(self, name: str, low: Fraction, high: Fraction) -> Part:
        u = self._variable(name)
        self.ends += [
            self._bound(f"{name}_low", "G", low, u),
            self._bound(f"{name}_high", "L", high, u),
        ]
        return u, low, high

    def _affine(self, name: str, before: Sequence[Part], row: Row, offset: Fraction) -> Part:
        """A variable that is an affine function of earlier ones."""
        found = self._variable(name)
        terms = {found: ONE} | {before[c][0]: -v for c, v in row}
        self.equation[found] = self._row(f"{name}_row", "E", offset, terms)
        sides = [[v * end for end in before[c][1:]] for c, v in row]
        return found, offset + sum(map(min, sides), ZERO), offset + sum(map(max, sides), ZERO)

    def _layer(self, number: int, layer: Layer, before: Sequence[Part]) -> list[Part]:
        after = []
        for i, (row, bias, cut) in enumerate(zip(layer.rows, layer.bias, layer.relu, strict=True)):
            part = self._affine(f"z{number + 1}_{i}", before, row, bias)
            self.z[number, i] = part[0]
            after.append(self._relu((number, i), *part) if cut else part)
        return after

    def _relu(self, neuron: Neuron, z: int, least: Fraction, most: Fraction) -> Part:
        name = self.names[z][1:]
        h, a = self._variable(f"h{name}"), self.first_binary + len(self.gates)
        low, high = min(floor(least), -1), max(ceil(most), 1)
        self._bound(f"a{name}_low", "G", ZERO, a)
        self._bound(f"a{name}_high", "L", ONE, a)
        self.gates[h] = Gate(
            neuron, z, h, low, high,
            self._bound(f"h{name}_low", "G", ZERO, h),
            self._row(f"h{name}_above", "G", ZERO, {h: ONE, z: -ONE}),
            self._row(f"h{name}_off", "L", ZERO, {h: ONE, a: Fraction(-high)}),
            self._row(f"h{name}_on", "L", Fraction(-low), {h: ONE, z: -ONE, a: Fraction(-low)}),
            asm(f"a{name}_is_0", "L", ZERO, {a: ONE}),
            asm(f"a{name}_is_1", "G", ONE, {a: ONE}),
        )  # fmt: skip
        return h, Fraction(max(floor(least), 0)), Fraction(max(ceil(most), 0))
