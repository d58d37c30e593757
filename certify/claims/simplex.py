"""Are linear constraints, strict ones too, satisfiable together? Exactly, and incrementally.

The general simplex with bounds of Dutertre and de Moura, "A Fast Linear-Arithmetic Solver
for DPLL(T)" (CAV 2006): a strict bound is a bound moved by an infinitesimal δ, and taking
constraints back restores bounds only. Bland's rule makes it terminate.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from ..kernel.data.account import CELL, charge
from ..kernel.data.numbers import ZERO, step
from ..kernel.verdict import Decline

Value = tuple[Fraction, Fraction]  # a + b·δ, ordered as pairs
_NIL: Value = (ZERO, ZERO)


class Simplex:
    """Constraints over variables 0, 1, …; each is created when it is first mentioned.

    ``pivots`` limits the work, and so does the account that is open (see
    :mod:`certify.kernel.data.account`); past either, :class:`Decline` is raised.
    """

    def __init__(self, pivots: int = 20_000) -> None:
        self.pivots = pivots
        self._lower: dict[int, Value] = {}
        self._upper: dict[int, Value] = {}
        self._value: dict[int, Value] = {}
        self._rows: dict[int, dict[int, Fraction]] = {}  # basic = Σ coefficient · nonbasic
        self._slacks: dict[tuple[tuple[int, Fraction], ...], int] = {}
        self._trail: list[tuple[bool, int, Value | None]] = []
        self._fresh = -1

    def mark(self) -> int:
        """The present state, for :meth:`back`."""
        return len(self._trail)

    def back(self, mark: int) -> None:
        """Take back every constraint added since the mark."""
        while len(self._trail) > mark:
            upper, variable, old = self._trail.pop()
            side = self._upper if upper else self._lower
            if old is None:
                del side[variable]
            else:
                side[variable] = old

    def add(self, row: Iterable[tuple[int, Fraction]], constant: Fraction, strict: bool) -> bool:
        """Demand row + constant ≥ 0, or > 0 if strict. False where that is plainly impossible."""
        terms = tuple(sorted((c, v) for c, v in row if v))
        if not terms:
            return constant > 0 if strict else constant >= 0
        lead = terms[0][1]
        variable = self._variable(tuple((c, v / lead) for c, v in terms))
        limit = -constant / lead
        step = Fraction(int(strict))
        if lead > 0:
            return self._bound(False, variable, (limit, step))
        return self._bound(True, variable, (limit, -step))

    def _variable(self, terms: tuple[tuple[int, Fraction], ...]) -> int:
        for column, _ in terms:
            self._value.setdefault(column, _NIL)
        if len(terms) == 1:
            return terms[0][0]
        if terms not in self._slacks:
            row: dict[int, Fraction] = {}
            for column, v in terms:
                _accumulate(row, self._rows.get(column, {column: Fraction(1)}), v)
            self._rows[self._fresh] = row
            self._value[self._fresh] = self._total(row)
            self._slacks[terms] = self._fresh
            self._fresh -= 1
        return self._slacks[terms]

    def _total(self, row: dict[int, Fraction]) -> Value:
        charge(2 * CELL * len(row))
        return (
            sum((v * self._value[c][0] for c, v in row.items()), ZERO),
            sum((v * self._value[c][1] for c, v in row.items()), ZERO),
        )

    def _bound(self, upper: bool, variable: int, limit: Value) -> bool:
        side, other = (self._upper, self._lower) if upper else (self._lower, self._upper)
        old = side.get(variable)
        if old is not None and (old <= limit if upper else old >= limit):
            return True
        facing = other.get(variable)
        if facing is not None and (facing > limit if upper else facing < limit):
            return False
        self._trail.append((upper, variable, old))
        side[variable] = limit
        value = self._value[variable]
        if variable not in self._rows and (value > limit if upper else value < limit):
            self._move(variable, limit)
        return True

    def _move(self, variable: int, value: Value) -> None:
        """Give a nonbasic variable a value; the basic ones follow."""
        old = self._value[variable]
        moved = (value[0] - old[0], value[1] - old[1])
        self._value[variable] = value
        for basic, row in self._rows.items():
            if v := row.get(variable):
                charge(2 * step(v, moved[0]) + step(self._value[basic][0], moved[0]))
                a, b = self._value[basic]
                self._value[basic] = (a + v * moved[0], b + v * moved[1])

    def satisfiable(self) -> bool:
        """Is there a point that satisfies every constraint? Raises Decline past the budget."""
        while True:
            charge(CELL * len(self._rows))
            broken = min((b for b in self._rows if self._target(b) is not None), default=None)
            if broken is None:
                return True
            target = self._target(broken)
            up = target is not None and target > self._value[broken]
            column = min(
                (c for c, v in self._rows[broken].items() if self._free(c, (v > 0) == up)),
                default=None,
            )
            if column is None or target is None:
                return False
            if self.pivots <= 0:
                raise Decline("pivots", "more")
            self.pivots -= 1
            self._pivot(broken, column)
            self._move(broken, target)

    def _target(self, variable: int) -> Value | None:
        """The bound that the variable breaks."""
        value = self._value[variable]
        low, high = self._lower.get(variable), self._upper.get(variable)
        if low is not None and value < low:
            return low
        return high if high is not None and value > high else None

    def _free(self, variable: int, rise: bool) -> bool:
        limit = (self._upper if rise else self._lower).get(variable)
        value = self._value[variable]
        return limit is None or (value < limit if rise else value > limit)

    def _pivot(self, basic: int, column: int) -> None:
        row = self._rows.pop(basic)
        lead = row.pop(column)
        entering = {c: -v / lead for c, v in row.items()}
        entering[basic] = 1 / lead
        for other in self._rows.values():
            if weight := other.pop(column, None):
                _accumulate(other, entering, weight)
        self._rows[column] = entering


def _accumulate(row: dict[int, Fraction], other: dict[int, Fraction], factor: Fraction) -> None:
    for c, v in other.items():
        total = row.get(c, ZERO)
        charge(step(factor, v) + step(total, v))
        total += factor * v
        if total:
            row[c] = total
        else:
            row.pop(c, None)
