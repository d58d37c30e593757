"""Exact answers about linear inequalities, where floats point to the few that decide.

HiGHS solves a programme in floats. The inequalities that are tight at its solution go to the
exact simplex method; those that its exact solution violates join them. Every answer is exact:
a wrong pointer costs time only.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ...kernel.data.numbers import ONE, ZERO
from ...kernel.rules.clauses.encoding import Inequality
from ..regions.region_lp import Form, fact, scaled
from . import simplex
from .highs import silent_model
from .simplex import Conflict, Solution

NEAR = 1e-6  # the slack up to which an inequality counts as tight
PIVOTS = 20_000  # of HiGHS for one programme; where it takes more it does not help
CAP = 1e4  # the largest slack that is looked for


class Solver:
    """Answers one question after another; holds a model of HiGHS, where it is installed."""

    def __init__(self) -> None:
        self.model: Any = silent_model()
        if self.model is not None:
            self.model.setOptionValue("presolve", "off")
            self.model.setOptionValue("threads", 1)
            self.model.setOptionValue("simplex_iteration_limit", PIVOTS)

    def solve(self, system: Sequence[Inequality]) -> Conflict | Solution:
        """Positive multipliers that contradict each other, or values that satisfy everything."""
        chosen = self._tight(system, None)
        while True:
            answer = simplex.solve([system[i] for i in chosen])
            if isinstance(answer, Conflict):
                return Conflict(tuple((chosen[i], m) for i, m in answer.multipliers))
            broken = _broken(system, chosen, answer.values)
            if not broken:
                return answer
            chosen += broken

    def largest(self, system: Sequence[Inequality], form: Form) -> tuple[Conflict, Solution | None]:
        """Where a form is largest, and multipliers m ≥ 0 with form + Σ m·system constant.

        The system must bound the form. Without a solution the multipliers contradict each other.
        """
        chosen = self._tight(system, form)
        first = 1 + max((v for q in system for v, _ in q.row), default=0)
        while True:
            answer = simplex.solve(_optimal([system[i] for i in chosen], form, first))
            if isinstance(answer, Conflict):
                shown = self.solve(system)
                if isinstance(shown, Conflict):
                    return shown, None
                chosen = list(range(len(system)))  # those chosen do not bound the form
                continue
            broken = _broken(system, chosen, answer.values)
            if not broken:
                pairs = ((i, answer.values[first + k]) for k, i in enumerate(chosen))
                return Conflict(tuple((i, m) for i, m in pairs if m)), answer
            chosen += broken

    def _tight(self, system: Sequence[Inequality], form: Form | None) -> list[int]:
        """Those with the least slack where the least slack is largest, or where a form is.

        All of them without HiGHS, and where it has no solution.
        """
        every = list(range(len(system)))
        if self.model is None:
            return every
        import highspy
        import numpy as np

        infinity = highspy.kHighsInf
        place = {v: i for i, v in enumerate(sorted({v for q in system for v, _ in q.row}), 1)}
        starts: list[int] = []
        columns: list[int] = []
        values: list[float] = []
        floors: list[Fraction] = []
        for q in system:
            size = max((abs(c) for _, c in q.row), default=1)
            starts.append(len(columns))
            columns += [0, *(place[v] for v, _ in q.row)]
            values += [-1.0, *(c / size for _, c in q.row)]
            floors.append(Fraction(-q.constant, size))
        try:
            bounds = np.array([float(v) for v in floors])
        except OverflowError:
            return every
        count = len(place) + 1
        self.model.clearModel()
        self.model.addVars(count, np.full(count, -infinity), np.full(count, infinity))
        self.model.changeColBounds(0, -infinity if form is None else 0.0, 0.0 if form else CAP)
        self.model.changeColCost(0, -1.0)
        for v, weight in form[0].items() if form else ():
            self.model.changeColCost(place[v], -float(weight))
        self.model.addRows(
            len(system), bounds, np.full(len(system), infinity), len(columns),
            np.array(starts, dtype=np.int32), np.array(columns, dtype=np.int32),
            np.array(values),
        )  # fmt: skip
        self.model.run()
        if self.model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return every
        slack = np.array(self.model.getSolution().row_value) - bounds
        return [int(i) for i in np.flatnonzero(slack <= NEAR)]


def _optimal(system: list[Inequality], form: Form, first: int) -> list[Inequality]:
    """The system, and multipliers that show that no value of the form is larger.

    These are the variables ``first`` …, in the order of the system.
    """
    columns: dict[int, dict[int, Fraction]] = {v: {} for v in form[0]}
    gap = dict(form[0])
    found = list(system)
    for m, q in enumerate(system, first):
        for v, c in q.row:
            columns.setdefault(v, {})[m] = Fraction(c)
        gap[m] = Fraction(-q.constant)
        found.append(fact(({m: ONE}, ZERO)).inequality)
    found.append(fact((gap, ZERO)).inequality)
    for v, column in columns.items():
        total: Form = (column, form[0].get(v, ZERO))
        found += [fact(total).inequality, fact(scaled(total, -ONE)).inequality]
    return found


def _broken(
    system: Sequence[Inequality], chosen: Sequence[int], values: dict[int, Fraction]
) -> list[int]:
    """The others that the values violate."""
    taken = set(chosen)
    found = []
    for i, q in enumerate(system):
        if i not in taken:
            total = sum((c * values.get(v, ZERO) for v, c in q.row), Fraction(q.constant))
            if total < 0 or (q.strict and not total):
                found.append(i)
    return found
