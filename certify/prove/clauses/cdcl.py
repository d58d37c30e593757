"""Our own search for a refutation: case splits over the clauses, learning from each conflict.

Literals that are decided or propagated must be feasible together (see ``relaxation``); where
they are not, the Farkas lemma is a clause, and conflict analysis learns a shorter one from it.
What is decided is a clause that the current point of the relaxation violates. Complete: each
level asserts a literal of a violated clause, and every conflict is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from ...kernel.language.functions.base import Vector
from ...kernel.rules.clauses.encoding import Encoding
from .propagation import Propagation
from .refutation import Refutation
from .theory import Multipliers, Relaxation, combination
from .tighten import tighten

Accept = Callable[[Vector], Vector | None]  # a point of S near this one that refutes the claim


class OutOfTime(Exception):
    """The search was told to stop."""


class Search(Propagation):
    """One search."""

    def __init__(self, encoding: Encoding, stop: Callable[[], bool], accept: Accept) -> None:
        super().__init__(Refutation(encoding))
        self.encoding, self.stop, self.accept = encoding, stop, accept
        self.relaxation = Relaxation(self.proof)
        self.tightened = False

    def run(self) -> Refutation | Vector:
        """A refutation that ends in the empty clause, or a point x that is accepted.

        ``accept`` is asked for every point of a relaxation. Raises OutOfTime, after which it
        may be called again and goes on.
        """
        self.settle()
        if self.relaxation.model is not None and not self.tightened:
            tighten(self)
            self.tightened = True
        while True:
            self.settle()
            if self.closed:
                return self.proof
            if self.stop():
                raise OutOfTime
            answer = self.relaxation.contradiction(self.trail)
            if isinstance(answer, list):
                self._clash(answer)
                continue
            point = self.accept(self.encoding.point(near(answer)))
            if point is not None:
                return point
            literal = self.choose(answer)
            if literal:
                self.decide(literal)
                continue
            exact = self.relaxation.solve(self.trail)
            if isinstance(exact, list):
                self._clash(exact)
                continue
            literal = self.choose({v: float(x) for v, x in exact.items()}, exact)
            if not literal:
                return self.encoding.point(exact)
            self.decide(literal)

    def _clash(self, multipliers: Multipliers) -> None:
        """A Farkas lemma that is false on the trail."""
        self.conflict = self.proof.farkas(multipliers)
        self.attach(self.conflict)

    # ------------------------------------------------------------- learning

    def settle(self) -> None:
        """Propagate and learn until there is no conflict, or the empty clause is there."""
        while not (self.close() if not self.marks else self.closed):
            self.propagate()
            if not self.conflict:
                return
            number = self.conflict
            top = max((self.level[-k] for k in self.proof.clauses[number]), default=0)
            self.back_to(top)
            if top == 0:
                continue
            self.conflict = 0
            learned, back = self._analyse(number, top)
            hints = self.hints(number, learned)
            self.back_to(back)
            if len(hints) > 1:
                number = self.proof.rup(learned, hints)
            self.attach(number)

    def _analyse(self, number: int, top: int) -> tuple[list[int], int]:
        """The clause of the first unique implication point, and the level to go back to."""
        seen: set[int] = set()
        below: list[int] = []
        count, position = 0, len(self.trail)
        clause: Iterable[int] = self.proof.clauses[number]
        while True:
            for literal in clause:
                if -literal in seen or self.value[literal]:
                    continue
                seen.add(-literal)
                if self.level[-literal] == top:
                    count += 1
                elif self.level[-literal] > 0:
                    below.append(literal)
            position -= 1
            while self.trail[position] not in seen:
                position -= 1
            literal = self.trail[position]
            count -= 1
            if not count:
                break
            clause = self.proof.clauses[self.reason[literal]]
        kept = [k for k in below if not self._implied(-k, seen)]
        back = max((self.level[-k] for k in kept), default=0)
        return [-literal, *kept], back

    def _implied(self, literal: int, seen: set[int]) -> bool:
        """Does a literal follow from others that the learned clause names?"""
        reason = self.reason[literal]
        if not reason:
            return False
        return all(
            -k in seen or self.level[-k] == 0 for k in self.proof.clauses[reason] if k != literal
        )

    def lemma(self, *literals: int) -> bool:
        """Add the clause that not all of these hold, if that is a Farkas lemma."""
        found = combination(self.proof, literals)
        if found is not None:
            self.attach(self.proof.farkas(found))
        return found is not None

    def refute(self, literal: int) -> bool:
        """Try to learn on level 0 that a literal is false; says if it is."""
        self.room((literal,))
        if self.value[literal] is None:
            self.decide(literal)
            self.propagate()
            if not self.conflict:
                answer = self.relaxation.contradiction(self.trail)
                if isinstance(answer, list):
                    self._clash(answer)
            self.settle()
            self.back_to(0)
        return self.closed or self.value[literal] is False

    # ------------------------------------------------------------ decisions

    def choose(self, values: dict[int, float], exact: dict[int, Fraction] | None = None) -> int:
        """A literal of a clause that the values violate; 0 where there is none.

        The last clause, the negated claim, comes first; then arithmetic, by the largest gap.
        """
        found: list[tuple[float, int, int]] = []
        booleans = 0
        last = self.proof.given
        for number in range(last, 0, -1):
            clause = self.proof.clauses[number]
            if len(clause) < 2 or any(self.value[k] for k in clause):
                continue
            gaps, open_boolean = [], 0
            for literal in clause:
                if self.proof.inequalities[abs(literal)] is None:
                    open_boolean = open_boolean or (literal if self.value[literal] is None else 0)
                elif self.value[literal] is None:
                    gaps.append((self._gap(literal, values, exact), literal))
            if any(gap <= 0 for gap, _ in gaps):
                continue
            if open_boolean:
                booleans = booleans or open_boolean
                if number == last:
                    return booleans
                continue
            gap, literal = min(gaps)
            if number == last:
                return literal
            found.append((gap, number, literal))
        if not found:
            return booleans
        found.sort(reverse=True)
        return found[0][2]

    def _gap(
        self, literal: int, values: dict[int, float], exact: dict[int, Fraction] | None
    ) -> float:
        """How far a literal is from being true; ≤ 0 where it is."""
        inequality = self.proof.inequality(literal)
        if inequality is None:
            raise ValueError(f"literal {literal} is a Boolean")
        if exact is not None:
            total = sum((c * exact.get(v, 0) for v, c in inequality.row), inequality.constant)
            good = total > 0 if inequality.strict else total >= 0
            return 0.0 if good else max(float(-total), 1e-300)
        size = max(abs(c) for _, c in inequality.row)
        about = sum(c / size * values.get(v, 0.0) for v, c in inequality.row)
        return -(about + inequality.constant / size) - 1e-7


def near(values: dict[int, float]) -> dict[int, Fraction]:
    """Short rationals close to the floats."""
    return {v: Fraction(x).limit_denominator(1 << 20) for v, x in values.items()}
