"""What an encoding is made of, and the builder that writes it down.

* A *variable* is real. It is free, or defined as an affine combination of earlier ones: layer
  rows and affine images of sets are definitions.
* An *atom* is a linear inequality over the free variables, or a free Boolean. A *literal* is
  ±k for atom number k; a negated inequality is the opposite one, strict where it was not.
* A *clause* is an "or" of literals. All of them hold together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from ...data.account import SHORT, charge, cost
from ...data.network import Row
from ...data.numbers import ONE, ZERO
from ...language.claim import Constraint
from ...language.functions.base import Vector
from ...verdict import Decline

Clause = tuple[int, ...]
Form = tuple[dict[int, Fraction], Fraction]  # free variable → coefficient, no zeros; constant
TRUE, FALSE = 1, -1  # literals; they never stay in a clause
VARIABLE, LITERAL = 8, 32  # the entries in whose time one is made


class Inexpressible(ValueError):
    """The claim has no encoding in linear arithmetic; the text says which part of it."""


@dataclass(frozen=True)
class Variable:
    """A real: free, or equal to row·(earlier variables) + constant."""

    name: str
    row: Row | None = None
    constant: Fraction = ZERO


@dataclass(frozen=True)
class Inequality:
    """row·v + constant > 0 if strict, else ≥ 0, over free variables, in coprime integers."""

    row: tuple[tuple[int, int], ...]
    constant: int
    strict: bool


@dataclass(frozen=True)
class Atom:
    """What literal k says: an inequality, or a Boolean of this name where there is none.

    ``shown`` and ``offset`` say the same over all variables, as the networks are written.
    """

    name: str
    inequality: Inequality | None = None
    shown: Row = ()
    offset: Fraction = ZERO


@dataclass(frozen=True)
class Encoding:
    """Satisfiable iff the claim fails somewhere. Clause number i (from 1) is clauses[i − 1]."""

    variables: tuple[Variable, ...]
    forms: tuple[Form, ...]  # each variable over the free ones
    atoms: tuple[Atom, ...]  # literal k is atoms[k − 1]; atom 1 is "true"
    clauses: tuple[Clause, ...]
    notes: tuple[str, ...]  # what each clause is for
    inputs: tuple[int, ...]  # the variables that are the coordinates of x

    def point(self, values: dict[int, Fraction]) -> Vector:
        """x, where the free variables have these values (0 where none is given)."""
        forms = (self.forms[i] for i in self.inputs)
        return tuple(
            sum((v * values.get(c, ZERO) for c, v in form.items()), constant)
            for form, constant in forms
        )


def normal(
    form: Mapping[int, Fraction], constant: Fraction, strict: bool
) -> tuple[Inequality, bool]:
    """form·v + constant > 0 (strict) or ≥ 0 as an inequality with a positive first coefficient.

    The inequality itself, and True; or the one that it is the negation of, and False. The form
    has a variable, and no zeros.
    """
    order = sorted(form)
    numbers = [*(form[c] for c in order), constant]
    bottom = math.lcm(*(v.denominator for v in numbers))
    whole = [v.numerator * (bottom // v.denominator) for v in numbers]
    positive = whole[0] > 0
    scale = math.gcd(*whole) if positive else -math.gcd(*whole)
    *row, offset = (v // scale for v in whole)
    return Inequality(tuple(zip(order, row, strict=True)), offset, strict == positive), positive


class Builder:
    """Variables, atoms and clauses as they are written down, one after another."""

    def __init__(self, limit: int) -> None:
        self.limit, self.spent = limit, 0
        self.variables: list[Variable] = []
        self.forms: list[Form] = []
        self.atoms: list[Atom] = [Atom("true")]
        self.known: dict[Inequality, int] = {}
        self.clauses: list[Clause] = []
        self.notes: list[str] = []
        # free variables with two values, the smaller first, and the literal of the larger
        self.two_valued: dict[int, tuple[Fraction, Fraction, int]] = {}
        self.unsure: dict[int, list[list[int]]] = {}  # variable → ways in which it is not ±1

    def spend(self, entries: int) -> None:
        """Count what is written. Raises Decline over the limit."""
        self.spent += entries
        if self.spent > self.limit:
            raise Decline("points", f"more than {self.limit} entries of an encoding")

    # ------------------------------------------------------------ variables

    def free(self, name: str) -> int:
        """A new free variable."""
        self.spend(VARIABLE)
        self.variables.append(Variable(name))
        self.forms.append(({len(self.forms): ONE}, ZERO))
        return len(self.variables) - 1

    def define(self, name: str, row: Iterable[tuple[int, Fraction]], constant: Fraction) -> int:
        """A new variable equal to row·(earlier variables) + constant."""
        row = tuple(row)
        form = self.expand(row, constant)
        self.spend(VARIABLE + len(row) + len(form[0]))
        self.variables.append(Variable(name, row, constant))
        self.forms.append(form)
        return len(self.variables) - 1

    def expand(self, row: Iterable[tuple[int, Fraction]], constant: Fraction) -> Form:
        """row·variables + constant over the free variables alone. Long numbers are charged."""
        total: dict[int, Fraction] = {}
        for variable, weight in row:
            form, offset = self.forms[variable]
            constant += weight * offset
            for c, v in form.items():
                total[c] = total.get(c, ZERO) + weight * v
        for value in (*total.values(), constant):
            bits = value.numerator.bit_length() + value.denominator.bit_length()
            if bits > SHORT:
                charge(cost(1, bits))
        return {c: v for c, v in total.items() if v}, constant

    # ------------------------------------------------------- atoms, clauses

    def boolean(self, name: str) -> int:
        """A new free Boolean."""
        self.atoms.append(Atom(name))
        return len(self.atoms)

    def literal(
        self, row: Iterable[tuple[int, Fraction]], constant: Fraction, strict: bool = False
    ) -> int:
        """The literal of row·variables + constant > 0 (strict) or ≥ 0."""
        row = tuple(row)
        self.spend(LITERAL + len(row))
        form, total = self.expand(row, constant)
        if not form:
            return TRUE if total > 0 or (total == 0 and not strict) else FALSE
        inequality, positive = normal(form, total, strict)
        number = self.known.get(inequality)
        if number is None:
            self.spend(1 + len(form))
            side = ONE if positive else -ONE
            shown = tuple((c, v * side) for c, v in row)
            number = self.known[inequality] = len(self.atoms) + 1
            self.atoms.append(Atom(f"atom{number}", inequality, shown, constant * side))
        return number if positive else -number

    def at_least(self, variable: int, bound: Fraction, strict: bool = False) -> int:
        """The literal of variable ≥ bound (> if strict)."""
        return self.literal(((variable, ONE),), -bound, strict)

    def at_most(self, variable: int, bound: Fraction, strict: bool = False) -> int:
        """The literal of variable ≤ bound (< if strict)."""
        return self.literal(((variable, -ONE),), bound, strict)

    def clause(self, *literals: int, note: str) -> None:
        """Assert an "or"; constants are simplified away, and a true clause is left out."""
        found = tuple(dict.fromkeys(literal for literal in literals if literal != FALSE))
        if TRUE in found or any(-literal in found for literal in found):
            return
        self.spend(1 + len(found))
        self.clauses.append(found)
        self.notes.append(note)

    def exactly(self, variable: int, value: Fraction, *unless: int, note: str) -> None:
        """variable = value, unless one of the literals holds."""
        self.clause(*unless, self.at_least(variable, value), note=note)
        self.clause(*unless, self.at_most(variable, value), note=note)

    # ----------------------------------------------------------------- signs

    def sign(self, variable: int) -> int:
        """A literal that is true iff the variable is +1, where it is ±1.

        Where that is not known from the structure, another value is one more way to satisfy the
        encoding: a refutation then shows that the variable is ±1 as well.
        """
        form, constant = self.forms[variable]
        if not form and abs(constant) == 1:
            return TRUE if constant == 1 else FALSE
        if len(form) == 1:
            [(c, v)] = form.items()
            if c in self.two_valued:
                low, high, literal = self.two_valued[c]
                if (v * low + constant, v * high + constant) == (-ONE, ONE):
                    return literal
                if (v * low + constant, v * high + constant) == (ONE, -ONE):
                    return -literal
        above, below = self.at_least(variable, ONE, True), self.at_most(variable, -ONE, True)
        inside = [self.at_least(variable, -ONE, True), self.at_most(variable, ONE, True)]
        self.unsure[variable] = [[above], [below], inside]
        return self.at_least(variable, ONE)

    # ------------------------------------------------------------------ goal

    def goal(self, disjuncts: Iterable[Iterable[Constraint]], joint: list[int]) -> None:
        """Assert the negated claim over (x, outputs), or that a function is undefined."""
        cases = [
            [self.literal(((joint[i], v) for i, v in c.row), c.constant, c.strict) for c in d]
            for d in disjuncts
        ]
        cases += [way for ways in self.unsure.values() for way in ways]
        note = "the negated claim"
        if len(cases) == 1:
            for literal in cases[0]:
                self.clause(literal, note=note)
            return
        picks = []
        for number, case in enumerate(cases):
            if len(case) == 1:
                picks.append(case[0])
                continue
            picks.append(self.boolean(f"case{number}"))
            for literal in case:
                self.clause(-picks[-1], literal, note=f"case {number} of the negated claim")
        self.clause(*picks, note=note)

    def done(self, inputs: list[int]) -> Encoding:
        """What was written."""
        return Encoding(
            tuple(self.variables),
            tuple(self.forms),
            tuple(self.atoms),
            tuple(self.clauses),
            tuple(self.notes),
            tuple(inputs),
        )
