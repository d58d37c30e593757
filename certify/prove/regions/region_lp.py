"""What the kernel knows of a region in exact arithmetic, as a system of linear inequalities.

The variables are the parameters u of the domain and, for each undecided neuron, its output h
between the two lines that ``kernel.rational`` has for it. What contradicts the system is what
an exact leaf may say.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ...kernel.data.network import Row
from ...kernel.data.numbers import ONE, ZERO
from ...kernel.language.functions.base import Vector
from ...kernel.rules.clauses.encoding import Inequality
from ...kernel.rules.regions.leaf import Region, Sum
from ...kernel.rules.regions.query import Query
from ...kernel.rules.regions.rational import DYADIC, Facts
from ...kernel.rules.regions.system import Neuron
from ..linear.simplex import Conflict

Form = tuple[dict[int, Fraction], Fraction]  # variable → weight; constant


@dataclass(frozen=True)
class Fact:
    """inequality = scale · (form ≥ 0, or > 0), and the list of a leaf in which it stands.

    ``part`` is "rows", "phases" or "domain", and ``of`` the number there; "" for the box and
    for lines, which a leaf need not mention.
    """

    inequality: Inequality
    scale: Fraction
    part: str
    of: int


def fact(form: Form, strict: bool = False, part: str = "", of: int = 0) -> Fact:
    """The form's inequality, in coprime integers."""
    row = sorted((c, v) for c, v in form[0].items() if v)
    values = [*(v for _, v in row), form[1]]
    bottom = math.lcm(*(v.denominator for v in values))
    whole = [v.numerator * (bottom // v.denominator) for v in values]
    common = math.gcd(*whole) or 1
    terms = tuple((c, w // common) for (c, _), w in zip(row, whole, strict=False))
    inequality = Inequality(terms, whole[-1] // common, strict)
    return Fact(inequality, Fraction(bottom, common), part, of)


class Relaxed:
    """A region's facts. ``y`` are the components of the last layer, ``z`` every neuron's sum."""

    def __init__(self, query: Query, region: Region, known: Facts) -> None:
        self.query, self.region, self.known = query, region, known
        domain = query.domain
        self.parameters = domain.parameters
        self.neurons: list[Neuron] = []  # of the variables after the parameters
        self.z: dict[Neuron, Form] = {}
        ends: list[Form] = [({i: ONE}, ZERO) for i in range(self.parameters)]
        points = zip(domain.matrix, domain.offset, strict=True)
        self.x = self.y = [combined(row, offset, ends) for row, offset in points]
        for k, layer in enumerate(query.layers):
            sums = zip(layer.rows, layer.bias, strict=True)
            forms = [combined(row, bias, self.y) for row, bias in sums]
            self.z |= {(k, i): form for i, form in enumerate(forms)}
            self.y = [self._output((k, i)) if cut else forms[i] for i, cut in enumerate(layer.relu)]
        self.held = [
            fact(self.z[n] if active else scaled(self.z[n], -ONE), part="phases", of=k)
            for k, (n, active) in enumerate(region.phases)
            if n in self.z  # a journal may name any
        ]
        for k, (row, bound) in enumerate(domain.rows):
            form = scaled(combined(row, -bound, ends), -ONE)
            self.held.append(fact(form, part="domain", of=k))
        for i in range(self.parameters):
            low, high = region.ends[i]
            self.held += [fact(({i: ONE}, -low)), fact(({i: -ONE}, high))]

    def _output(self, neuron: Neuron) -> Form:
        if neuron in self.known.ranges:
            self.neurons.append(neuron)
            return {self.parameters + len(self.neurons) - 1: ONE}, ZERO
        return self.z[neuron] if self.known.decided[neuron] else ({}, ZERO)

    def goal(self, number: int) -> Form:
        """A row of the question."""
        row, constant = self.query.rows[number]
        return combined(row, constant, [*self.x, *self.y])

    def system(self, goals: Iterable[Fact]) -> list[Fact]:
        """The goals, all that is held, and the lines of every neuron mentioned so far."""
        found = [*goals, *self.held]
        seen: set[int] = set()
        at = 0
        while at < len(found):
            for v, _ in found[at].inequality.row:
                if v >= self.parameters and v not in seen:
                    seen.add(v)
                    found += self._lines(v)
            at += 1
        return found

    def _lines(self, v: int) -> list[Fact]:
        """a·z ≤ h ≤ s·(z − l)."""
        neuron = self.neurons[v - self.parameters]
        low, high = self.known.ranges[neuron]
        ratio = high / (high - low)
        slope = Fraction(-(-ratio.numerator * DYADIC // ratio.denominator), DYADIC)
        h: Form = ({v: ONE}, ZERO)
        z = self.z[neuron]
        below = plus(h, scaled(z, -ONE)) if high > -low else h
        above = plus(scaled(plus(z, ({}, -low)), slope), scaled(h, -ONE))
        return [fact(below), fact(above)]

    def widest(self, values: dict[int, Fraction]) -> Neuron | None:
        """The neuron whose h is farthest from relu(z), for its range; None if all are right."""
        best, found = ZERO, None
        for v, neuron in enumerate(self.neurons, self.parameters):
            if v in values:
                low, high = self.known.ranges[neuron]
                gap = abs(values[v] - max(at(self.z[neuron], values), ZERO)) / (high - low)
                if gap > best:
                    best, found = gap, neuron
        return found

    def point(self, values: dict[int, Fraction]) -> Vector:
        """The parameters of a solution."""
        return tuple(values.get(i, self.region.ends[i][0]) for i in range(self.parameters))

    def total(self, facts: Sequence[Fact], conflict: Conflict, rows: Sequence[int]) -> Sum:
        """A conflict as the sum of a leaf; ``rows`` are the numbers behind "rows"."""
        goals: dict[int, Fraction] = {}
        phases: dict[Neuron, Fraction] = {}
        domain: dict[int, Fraction] = {}
        for i, m in conflict.multipliers:
            said = facts[i]
            weight = m * said.scale
            if said.part == "rows":
                goals[rows[said.of]] = goals.get(rows[said.of], ZERO) + weight
            elif said.part == "phases":
                phases[self.region.phases[said.of][0]] = weight
            elif said.part == "domain":
                domain[said.of] = weight
        return Sum(goals, phases, domain)


# -------------------------------------------------------------------- forms


def combined(row: Row, constant: Fraction, forms: Sequence[Form]) -> Form:
    """Σ row·forms + constant."""
    total: dict[int, Fraction] = {}
    for c, weight in row:
        inner, offset = forms[c]
        if offset:
            constant += weight * offset
        for v, w in inner.items():
            total[v] = total[v] + weight * w if v in total else weight * w
    return total, constant


def scaled(form: Form, factor: Fraction) -> Form:
    """factor · form."""
    return {v: factor * w for v, w in form[0].items()}, factor * form[1]


def plus(left: Form, right: Form) -> Form:
    """left + right."""
    return combined(((0, ONE), (1, ONE)), ZERO, (left, right))


def at(form: Form, values: dict[int, Fraction]) -> Fraction:
    """The form's value."""
    return sum((w * values.get(v, ZERO) for v, w in form[0].items()), form[1])
