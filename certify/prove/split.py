"""Our own search for a refutation: case splits over the clauses, learning from each conflict.

Literals that are decided or propagated must be feasible together (see ``relaxation``); where
they are not, the Farkas lemma is a clause, and conflict analysis learns a shorter one from it.
What is decided is a clause that the current point of the relaxation violates. Complete: each
level asserts a literal of a violated clause, and every conflict is exact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from fractions import Fraction

from ..kernel.encoding import Encoding
from .bounds import tighten
from .refutation import Refutation
from .relaxation import Relaxation, combination


class OutOfTime(Exception):
    """The search was told to stop."""


class Search:
    """Trail, clauses and learning of one search."""

    def __init__(self, encoding: Encoding, stop: Callable[[], bool]) -> None:
        self.encoding, self.stop = encoding, stop
        self.proof = Refutation(encoding)
        self.relaxation = Relaxation(self.proof)
        self.value: dict[int, bool] = {}  # literal → is it true?
        self.reason: dict[int, int] = {}  # true literal → the clause that forced it
        self.level: dict[int, int] = {}
        self.trail: list[int] = []
        self.marks: list[int] = []  # length of the trail before each decision
        self.done = 0  # how much of the trail has been propagated
        self.watching: dict[int, list[int]] = defaultdict(list)
        self.watched: dict[int, list[int]] = {}
        self.rooted = 0  # how much of level 0 stands as unit clauses
        self.conflict = 0  # a clause that is false
        self.closed = False  # is the empty clause there?
        self.decisions = self.conflicts = 0

    def run(self) -> Refutation | dict[int, Fraction]:
        """A refutation that ends in the empty clause, or values that satisfy the encoding.

        Raises OutOfTime.
        """
        for number in range(1, len(self.proof.clauses)):
            self.attach(number)
        self.settle()
        if self.relaxation.model is not None:
            tighten(self)
        while True:
            self.settle()
            if self.closed:
                return self.proof
            if self.stop():
                raise OutOfTime
            values = self.relaxation.contradiction(self.trail)
            if isinstance(values, list):
                self.conflict = self.proof.farkas(values)
                self.attach(self.conflict)
                continue
            literal = self.choose(values)
            if literal:
                self.decide(literal)
                continue
            exact = self.relaxation.solve(self.trail)
            if isinstance(exact, list):
                self.conflict = self.proof.farkas(exact)
                self.attach(self.conflict)
                continue
            literal = self.choose({v: float(x) for v, x in exact.items()}, exact)
            if not literal:
                return exact
            self.decide(literal)

    # ------------------------------------------------------------- clauses

    def attach(self, number: int) -> None:
        """Watch a clause; note it where it is false, or forces a literal."""
        clause = list(self.proof.clauses[number])
        clause.sort(key=lambda k: self._rank(k), reverse=True)
        self.watched[number] = clause
        for literal in clause[:2]:
            self.watching[literal].append(number)
        if not clause or self.value.get(clause[0]) is False:
            self.conflict = self.conflict or number
        elif len(clause) == 1 or self.value.get(clause[1]) is False:
            if clause[0] not in self.value:
                self._assign(clause[0], number)

    def _rank(self, literal: int) -> int:
        """True and open literals are watched first, then the latest false ones."""
        if self.value.get(literal) is False:
            return self.level[-literal]
        return 1 << 60

    def _assign(self, literal: int, reason: int) -> None:
        self.value[literal], self.value[-literal] = True, False
        self.level[literal] = len(self.marks)
        self.reason[literal] = reason
        self.trail.append(literal)

    def decide(self, literal: int) -> None:
        """Assert a literal on a new level."""
        self.decisions += 1
        self.marks.append(len(self.trail))
        self._assign(literal, 0)

    def back_to(self, level: int) -> None:
        """Take back every decision above a level."""
        if len(self.marks) <= level:
            return
        size = self.marks[level]
        for literal in self.trail[size:]:
            del self.value[literal], self.value[-literal]
            del self.level[literal], self.reason[literal]
        del self.trail[size:], self.marks[level:]
        self.done = min(self.done, size)

    def propagate(self) -> None:
        """Force what follows by single clauses, or find a false one."""
        while not self.conflict and self.done < len(self.trail):
            false = -self.trail[self.done]
            self.done += 1
            waiting, self.watching[false] = self.watching[false], []
            for i, number in enumerate(waiting):
                clause = self.watched[number]
                if false not in clause[:2]:
                    continue  # watched elsewhere since
                if clause[0] == false and len(clause) > 1:
                    clause[0], clause[1] = clause[1], clause[0]
                other = clause[0]
                if self.value.get(other):
                    self.watching[false].append(number)
                    continue
                for j in range(2, len(clause)):
                    if self.value.get(clause[j]) is not False:
                        clause[1], clause[j] = clause[j], clause[1]
                        self.watching[clause[1]].append(number)
                        break
                else:
                    self.watching[false].append(number)
                    if len(clause) == 1 or self.value.get(other) is False:
                        self.watching[false] += waiting[i + 1 :]
                        self.conflict = number
                        return
                    self._assign(other, number)

    # ------------------------------------------------------------- learning

    def settle(self) -> None:
        """Propagate and learn until there is no conflict, or the empty clause is there."""
        while not self.closed:
            self.propagate()
            if not self.marks:
                self._root()
            if not self.conflict:
                return
            self.conflicts += 1
            number, self.conflict = self.conflict, 0
            clause = self.proof.clauses[number]
            top = max((self.level[-k] for k in clause), default=0)
            self.back_to(top)
            if top == 0:
                if clause:
                    self._root()
                    self.proof.rup((), self._hints(number, set()))
                self.closed = True
                return
            learned, back = self._analyse(number, top)
            hints = self._hints(number, set(learned))
            self.back_to(back)
            if len(hints) > 1:
                number = self.proof.rup(learned, hints)
            self.attach(number)

    def _root(self) -> None:
        """Write each literal of level 0 as a unit clause, so that hints stay short."""
        for literal in self.trail[self.rooted :]:
            number = self.reason[literal]
            clause = self.proof.clauses[number]
            if len(clause) > 1:
                hints = [self.reason[-k] for k in clause if k != literal]
                self.reason[literal] = self.proof.rup((literal,), [*hints, number])
        self.rooted = len(self.trail)

    def _analyse(self, number: int, top: int) -> tuple[list[int], int]:
        """The clause of the first unique implication point, and the level to go back to."""
        seen: set[int] = set()
        below: list[int] = []
        count, position = 0, len(self.trail)
        clause: Iterable[int] = self.proof.clauses[number]
        while True:
            for literal in clause:
                if -literal in seen or self.value.get(literal):
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

    def _hints(self, number: int, learned: set[int]) -> list[int]:
        """The clauses by which the learned one follows, in order; the false one is the last."""
        needed = {-k for k in self.proof.clauses[number]} - {-k for k in learned}
        hints = [number]
        for literal in reversed(self.trail):
            if literal not in needed:
                continue
            reason = self.reason[literal]
            hints.append(reason)
            needed.update(
                -k for k in self.proof.clauses[reason] if k != literal and k not in learned
            )
        return hints[::-1]

    def lemma(self, *literals: int) -> bool:
        """Add the clause that not all of these hold, if that is a Farkas lemma."""
        found = combination(self.proof, literals)
        if found is not None:
            self.attach(self.proof.farkas(found))
        return found is not None

    def refute(self, literal: int) -> bool:
        """Try to learn on level 0 that a literal is false; says if it is."""
        if literal not in self.value:
            self.decide(literal)
            self.propagate()
            if not self.conflict:
                answer = self.relaxation.contradiction(self.trail)
                if isinstance(answer, list):
                    self.conflict = self.proof.farkas(answer)
                    self.attach(self.conflict)
            self.settle()
            self.back_to(0)
        return self.closed or self.value.get(literal) is False

    # ------------------------------------------------------------ decisions

    def choose(self, values: dict[int, float], exact: dict[int, Fraction] | None = None) -> int:
        """A literal of a clause that the values violate; 0 where there is none."""
        found: list[tuple[float, int, int]] = []
        booleans = 0
        last = self.proof.given
        for number in range(last, 0, -1):
            clause = self.proof.clauses[number]
            if len(clause) < 2 or any(self.value.get(k) for k in clause):
                continue
            gaps, open_boolean = [], 0
            for literal in clause:
                if self.proof.inequalities[abs(literal)] is None:
                    open_boolean = open_boolean or (0 if literal in self.value else literal)
                elif literal not in self.value:
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
