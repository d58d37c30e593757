"""Exact feasibility of linear inequalities, by the simplex method of SMT solvers.

After Dutertre and de Moura, "A fast linear-arithmetic solver for DPLL(T)" (2006): every row is a
basic variable with a lower bound, a strict bound adds an infinitesimal δ, and Bland's rule
decides. Rationals throughout (those of FLINT): for small systems, and where floats do not
settle the question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import fmpq

from ...kernel.rules.clauses.encoding import Inequality

ZERO, ONE = fmpq(0), fmpq(1)
Pair = tuple[fmpq, fmpq]  # a + b·δ


@dataclass(frozen=True)
class Conflict:
    """Positive multipliers, by position, whose combination is contradictory."""

    multipliers: tuple[tuple[int, Fraction], ...]


@dataclass(frozen=True)
class Solution:
    """Values of the variables that satisfy every inequality."""

    values: dict[int, Fraction]


def solve(inequalities: Sequence[Inequality]) -> Conflict | Solution:
    """Which of the two holds. Slow on large systems: the tableau is dense and exact."""
    return _Tableau(inequalities).run()


class _Tableau:
    """Rows are numbered 0 …; variable v stands as ~v, so that both may be columns."""

    def __init__(self, inequalities: Sequence[Inequality]) -> None:
        self.bounds: list[Pair] = []
        self.rows: dict[int, dict[int, fmpq]] = {}  # basic → combination of the nonbasic
        self.value: dict[int, Pair] = {}
        for i, inequality in enumerate(inequalities):
            self.bounds.append((fmpq(-inequality.constant), ONE if inequality.strict else ZERO))
            self.rows[i] = {~v: fmpq(c) for v, c in inequality.row}
            self.value[i] = (ZERO, ZERO)
            for v, _ in inequality.row:
                self.value[~v] = (ZERO, ZERO)

    def run(self) -> Conflict | Solution:
        while True:
            broken = [i for i in self.rows if i >= 0 and self.value[i] < self.bounds[i]]
            if not broken:
                return Solution(self._concrete())
            i = min(broken)
            row = self.rows[i]
            movable = [
                j for j, c in row.items() if j < 0 or c > 0 or self.value[j] > self.bounds[j]
            ]
            if not movable:
                pairs = [(i, ONE), *((j, -c) for j, c in sorted(row.items()))]
                return Conflict(tuple((j, _fraction(c)) for j, c in pairs))
            self._pivot(i, min(movable, key=lambda j: (j >= 0, abs(j))))

    def _pivot(self, leaving: int, entering: int) -> None:
        """Make ``leaving`` nonbasic at its bound."""
        row = self.rows.pop(leaving)
        pivot = row.pop(entering)
        step = _scaled(_minus(self.bounds[leaving], self.value[leaving]), ONE / pivot)
        self.value[leaving] = self.bounds[leaving]
        self.value[entering] = _plus(self.value[entering], step)
        solved = {j: -c / pivot for j, c in row.items()}
        solved[leaving] = ONE / pivot
        for other, terms in self.rows.items():
            weight = terms.pop(entering, None)
            if weight is None:
                continue
            self.value[other] = _plus(self.value[other], _scaled(step, weight))
            for j, c in solved.items():
                total = terms.get(j, ZERO) + weight * c
                if total:
                    terms[j] = total
                else:
                    terms.pop(j, None)
        self.rows[entering] = solved

    def _concrete(self) -> dict[int, Fraction]:
        """The values at a δ small enough for every row."""
        delta = ONE
        for i, (a, b) in enumerate(self.bounds):
            value, slope = self.value[i]
            if slope < b and value > a:
                delta = min(delta, (value - a) / (b - slope))
        return {~j: _fraction(a + b * delta) for j, (a, b) in self.value.items() if j < 0}


def _plus(x: Pair, y: Pair) -> Pair:
    return x[0] + y[0], x[1] + y[1]


def _minus(x: Pair, y: Pair) -> Pair:
    return x[0] - y[0], x[1] - y[1]


def _scaled(x: Pair, factor: fmpq) -> Pair:
    return x[0] * factor, x[1] * factor


def _fraction(value: fmpq) -> Fraction:
    return Fraction(int(value.p), int(value.q))
