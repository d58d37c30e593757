"""Rule clauses: a refutation of the kernel's own encoding of the negated claim.

Premises: steps, each of which adds an atom or a clause, and the last of which is the empty
clause (and a point of S where S might be empty).
  ["atom", k, [[variable, coefficient], …], constant, strict]: literal k, the next one, means
    coefficients·variables + constant > 0 if strict, else ≥ 0, over free variables;
  ["farkas", i, [[literal, multiplier], …]]: clause i, the next one, is the "or" of the negated
    literals;
  ["rup", i, [literal, …], [hint, …]]: clause i, the next one, is the one written, by the earlier
    clauses named.
Conclusion: the claim holds at every point of S.
Why: the encoding is satisfiable if the claim fails anywhere (see ``encoding``). A new atom
only names an inequality. Farkas: the multipliers are positive and the inequalities of the
literals, multiplied and added, give 0 > 0 or 0 ≥ a positive number, so they cannot all hold. RUP:
the last hint, resolved with the others from the last to the first, each time on the one literal
that the two have opposite, is the clause written; and a resolvent follows from its two clauses.
(Forward that is unit propagation: where the clause is false, each hint forces a literal, until
the last is false.) The empty clause is false, so the encoding is not satisfiable.

Soundness needs no more. That a certificate has nothing in it without a purpose, so that another
number in its place shows, is demanded besides: every hint resolves, every literal of a clause is
one of the resolvent, every atom is in a lemma, and every clause but the last is a hint.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from ...data.account import words
from ...data.decode import Node
from ...data.numbers import format_rational
from ...language.claim import Claim
from ...verdict import Reject
from ..evidence import Evidence, expect_verdict, pointwise, require_point
from ..meter import Meter
from .encoding import Clause, Encoding, Inequality, Inexpressible, encode

ENTRY = 64  # an entry of a set or table costs as much as so many multiply-adds of words


def check(claim: Claim, evidence: Evidence) -> None:
    """Accept by returning; raise Reject or Decline otherwise.

    The body is {"steps": […]} with "point" where S may be empty; where it is "lines", the first
    line is that object without the steps, and each further line is a step.
    """
    goal = pointwise(claim, "clauses")
    expect_verdict(evidence, "clauses", "proved")
    steps: Iterator[Node]
    if evidence.lines is None:
        keys = evidence.body.object(("steps",), ("point",))
        steps = iter(keys["steps"].entries())
    else:
        head = next(evidence.lines, None)
        if head is None:
            raise Reject("clauses.open", "/body", "no lines")
        keys, steps = head.object((), ("point",)), evidence.lines
    require_point(goal.domain, keys, "clauses")
    try:
        encoding = encode(goal, evidence.budget.points)
    except Inexpressible as error:
        raise Reject("clauses.inexpressible", "/rule", error) from None
    replay = Replay(encoding, Meter(evidence.budget))
    for node in steps:
        if replay.closed:
            raise Reject("clauses.after-the-end", node.at, node.value)
        replay.step(node)
    if not replay.closed:
        raise Reject("clauses.open", "/body", "no step derives the empty clause")
    for what, idle in (("clause", replay.idle_clauses), ("atom", replay.idle_atoms)):
        if idle:
            raise Reject("clauses.idle", "/body", f"{what} {min(idle)}")


class Replay:
    """The clauses and atoms so far. Clause number i is ``clauses[i]``; number 0 is not used."""

    def __init__(self, encoding: Encoding, meter: Meter) -> None:
        self.variables, self.meter = encoding.variables, meter
        self.inequalities: list[Inequality | None] = [None]
        self.inequalities += [atom.inequality for atom in encoding.atoms]
        self.clauses: list[Clause] = [(), *encoding.clauses]
        self.idle_atoms: set[int] = set()  # atoms of steps that no lemma has, so far
        self.idle_clauses: set[int] = set()  # clauses of steps that are no hint, so far
        self.closed = False

    def step(self, node: Node) -> None:
        """Apply one step. Raises Reject where it is not sound, Decline over the budget."""
        self.meter.charge(ENTRY)
        value = node.value
        word = value[0] if isinstance(value, list) and value else None
        if word == "rup":
            _, number, literals, hints = node.entries(4)
            clause = self.rup(literals, hints)
        elif word == "farkas":
            _, number, terms = node.entries(3)
            clause = self.farkas(terms)
        elif word == "atom":
            self.atom(*node.entries(5)[1:])
            return
        else:
            raise Reject("clauses.step", node.at, value)
        if number.integer() != len(self.clauses):
            raise Reject("clauses.number", number.at, number.value)
        self.closed = not clause
        if clause:
            self.idle_clauses.add(len(self.clauses))
        self.clauses.append(clause)

    def atom(self, number: Node, row: Node, constant: Node, strict: Node) -> None:
        """A name for a linear inequality over the free variables."""
        if number.integer() != len(self.inequalities):
            raise Reject("clauses.number", number.at, number.value)
        terms = [tuple(part.integer() for part in term.entries(2)) for term in row.entries()]
        last = -1
        for (variable, coefficient), term in zip(terms, row.entries(), strict=True):
            if not last < variable < len(self.variables) or not coefficient:
                raise Reject("clauses.atom-row", term.at, term.value)
            if self.variables[variable].row is not None:
                raise Reject("clauses.atom-defined", term.at, self.variables[variable].name)
            last = variable
        if not terms:
            raise Reject("clauses.atom-row", row.at, "no variable")
        if not isinstance(strict.value, bool):
            raise Reject("clauses.atom-strict", strict.at, strict.value)
        row_ = tuple((v, c) for v, c in terms)
        self.idle_atoms.add(len(self.inequalities))
        self.inequalities.append(Inequality(row_, constant.integer(), strict.value))

    def farkas(self, terms: Node) -> Clause:
        """Literals whose inequalities contradict each other: not all of them hold."""
        pairs = [_pair(term) for term in terms.entries()]
        literals = self.literals([literal for literal, _ in pairs], terms)
        bottom = math.lcm(*(multiplier.denominator for _, multiplier in pairs))
        total: dict[int, int] = {}
        constant, strict = 0, False
        for place, (literal, multiplier) in enumerate(pairs):
            if multiplier <= 0:
                raise Reject("clauses.farkas-multiplier", f"{terms.at}/{place}/1", multiplier)
            inequality = self.inequalities[abs(literal)]
            if inequality is None:
                raise Reject("clauses.farkas-boolean", f"{terms.at}/{place}/0", literal)
            # −k says the opposite of k: strict where k is not
            factor = multiplier.numerator * (bottom // multiplier.denominator)
            self.meter.charge(ENTRY * (1 + len(inequality.row)) * words(factor.bit_length()))
            if literal < 0:
                factor = -factor
            for variable, coefficient in inequality.row:
                total[variable] = total.get(variable, 0) + factor * coefficient
            constant += factor * inequality.constant
            strict = strict or inequality.strict == (literal > 0)
        for variable, rest in total.items():
            if rest:
                rest_ = format_rational(Fraction(rest, bottom))
                found = f"{rest_} of {self.variables[variable].name} is left"
                raise Reject("clauses.farkas-rest", terms.at, found)
        if constant > 0 or (constant == 0 and not strict):
            found = f"{format_rational(Fraction(constant, bottom))} {'>' if strict else '>='} 0"
            raise Reject("clauses.farkas-possible", terms.at, found)
        self.idle_atoms.difference_update(map(abs, literals))
        return tuple(-literal for literal in literals)

    def rup(self, literals: Node, hints: Node) -> Clause:
        """The last hint, resolved with the others from the last to the first."""
        clause = self.literals(_integers(literals), literals)
        numbers = _integers(hints)
        for place, number in enumerate(numbers):
            if not 0 < number < len(self.clauses):
                raise Reject("clauses.rup-hint", f"{hints.at}/{place}", number)
        if not numbers:
            raise Reject("clauses.rup-hints", hints.at, hints.value)
        resolvent = set(self.clauses[numbers[-1]])
        for place in reversed(range(len(numbers) - 1)):
            other = self.clauses[numbers[place]]
            self.meter.charge(ENTRY * (1 + len(other)))
            pivots = [literal for literal in other if -literal in resolvent]
            if len(pivots) != 1:
                raise Reject("clauses.rup-pivot", f"{hints.at}/{place}", numbers[place])
            resolvent.update(other)
            resolvent -= {pivots[0], -pivots[0]}
        if resolvent != set(clause):
            raise Reject("clauses.rup-resolvent", literals.at, sorted(resolvent, key=abs))
        self.idle_clauses.difference_update(numbers)
        return clause

    def literals(self, found: list[int], whole: Node) -> Clause:
        """Literals of known atoms, in the order of the atoms, no atom twice."""
        last = 0
        for literal in found:
            if not 0 < abs(literal) < len(self.inequalities):
                raise Reject("clauses.literal", whole.at, literal)
            if abs(literal) <= last:
                raise Reject("clauses.literal-order", whole.at, whole.value)
            last = abs(literal)
        return tuple(found)


def _integers(node: Node) -> list[int]:
    """A list of integers; nodes are made only where one of them is something else."""
    value = node.value
    if type(value) is list and all(type(entry) is int for entry in value):
        return value
    return [entry.integer() for entry in node.entries()]


def _pair(node: Node) -> tuple[int, int | Fraction]:
    """A literal and its multiplier."""
    value = node.value
    if type(value) is list and len(value) == 2 and all(type(entry) is int for entry in value):
        return value[0], value[1]
    literal, multiplier = node.entries(2)
    return literal.integer(), multiplier.number()
