"""Claims that hold whatever the network computes, and inputs that no point satisfies.

Decided over inputs and outputs as free variables, by exact simplex and case distinction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from ..kernel.data.account import account
from ..kernel.data.numbers import ONE, ZERO
from ..kernel.language.claim import Claim
from ..kernel.language.formula import Atom, Formula, Junction, Variable
from ..kernel.language.kinds.pointwise import Output
from ..kernel.language.sets import Polyhedron, Set
from ..kernel.verdict import Decline
from .region import normal
from .simplex import Simplex

MAX_CASES = 2_000
REMARK = 1 << 18  # bits of the account of a remark: a fraction of a second
READING = 1 << 21  # bits of the account where a property is read: about a second
_ROWS = {"<": (-1,), "<=": (-1,), "=": (1, -1), ">=": (1,), ">": (1,)}


def contradictory(claim: Claim) -> str | None:
    """Why an ``output`` claim holds for every network; None where it does not, or is too large.

    That is so where no y, whatever network it came from, satisfies the negated claim
    together with an x of the set (the set's hull where it is finite).
    """
    if not isinstance(claim, Output):
        return None
    try:
        if satisfiable([normal(claim.formula, negate=True)], claim.domain, REMARK):
            return None
    except Decline:
        return None
    return (
        "no outputs whatever satisfy the assertions: the claim holds for every network "
        "and says nothing about this one"
    )


def satisfiable(formulas: Iterable[Formula], on: Set, effort: int = READING) -> bool:
    """Do formulas in normal form hold at some x of the set and some y, taken as free?

    A set that is no polyhedron counts as the whole space. Raises Decline past MAX_CASES, and
    past an account of ``effort`` bits.
    """
    with account(effort, own=True):
        return _Search(on.polyhedron()).run(list(formulas))


def empty(on: Set) -> bool:
    """Is it shown, within an account of READING bits, that no point lies in the set?"""
    region = on.polyhedron()
    if region is None:
        return False
    for low, high in zip(region.lower, region.upper, strict=True):
        if low is not None and high is not None and low > high:
            return True
    try:
        with account(READING, own=True):
            return not _Search(region).run([])
    except Decline:
        return False


class _Search:
    """Depth-first over the "or"s, with the atoms of each case in one simplex."""

    def __init__(self, on: Polyhedron | None) -> None:
        self.simplex = Simplex()
        self.on = on
        self.columns: dict[Variable, int] = {}
        self.cases = MAX_CASES

    def column(self, variable: Variable) -> int:
        """The simplex's variable for y, or for a parameter u of the set."""
        if variable not in self.columns:
            column = self.columns[variable] = len(self.columns)
            if variable[0] == "u" and self.on is not None:
                low, high = self.on.lower[variable[1]], self.on.upper[variable[1]]
                if low is not None:
                    self.simplex.add([(column, ONE)], -low, False)
                if high is not None:
                    self.simplex.add([(column, -ONE)], high, False)
        return self.columns[variable]

    def placed(self, atom: Atom) -> tuple[dict[int, Fraction], Fraction]:
        """The atom's terms over the simplex's variables, and its constant."""
        row: dict[int, Fraction] = {}
        constant = atom.constant
        for (side, i), v in atom.terms:
            image: Iterable[tuple[Variable, Fraction]] = [((side, i), v)]
            if side == "x" and self.on is not None:
                image = [(("u", k), v * w) for k, w in self.on.matrix[i]]
                constant += v * self.on.offset[i]
            for variable, w in image:
                column = self.column(variable)
                row[column] = row.get(column, ZERO) + w
        return row, constant

    def demand(self, atom: Atom) -> bool:
        """Add the atom. False where it is plainly impossible."""
        row, constant = self.placed(atom)
        strict = atom.relation in ("<", ">")
        return all(
            self.simplex.add([(c, sign * v) for c, v in row.items()], sign * constant, strict)
            for sign in _ROWS[atom.relation]
        )

    def rows(self) -> Iterator[tuple[list[tuple[int, Fraction]], Fraction]]:
        """The set's own rows, as b − a·u ≥ 0."""
        for row, bound in self.on.rows if self.on is not None else ():
            yield [(self.column(("u", c)), -v) for c, v in row], bound

    def run(self, todo: list[Formula]) -> bool:
        """Is there a case in which everything holds?"""
        possible = all(self.simplex.add(row, bound, False) for row, bound in self.rows())
        choices: list[Junction] = []
        stack: list[tuple[int, list[Junction], Iterator[Formula]]] = []
        for variable in _variables(todo):  # their bounds stay when a case is taken back
            self.placed(Atom("=", ((variable, ONE),), ZERO))
        while True:
            if possible and self.hold(todo, choices) and self.simplex.satisfiable():
                if not choices:
                    return True
                stack.append((self.simplex.mark(), choices[1:], iter(choices[0].parts)))
            option = None
            while stack and option is None:
                mark, rest, options = stack[-1]
                option = next(options, None)
                if option is None:
                    stack.pop()
                    continue
                self.simplex.back(mark)
                todo, choices = [option], list(rest)
            if option is None:
                return False
            self.cases -= 1
            if self.cases < 0:
                raise Decline("cases", f"more than {MAX_CASES}")

    def hold(self, todo: list[Formula], choices: list[Junction]) -> bool:
        """Add what must hold; what leaves a choice is put off."""
        while todo:
            formula = todo.pop()
            if isinstance(formula, Junction):
                if formula.word == "or":
                    choices.append(formula)
                else:
                    todo += formula.parts
            elif isinstance(formula, Atom):
                if formula.relation == "!=":
                    sides = [Atom(r, formula.terms, formula.constant) for r in ("<", ">")]
                    choices.append(Junction("or", tuple(sides)))
                elif not self.demand(formula):
                    return False
        return True


def _variables(formulas: Iterable[Formula]) -> Iterator[Variable]:
    for formula in formulas:
        if isinstance(formula, Atom):
            yield from (variable for variable, _ in formula.terms)
        elif isinstance(formula, Junction):
            yield from _variables(formula.parts)
