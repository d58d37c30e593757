"""Unit propagation over the clauses of a refutation, with the reason of every literal.

Two literals of each clause are watched. What a search decides, and what a solver's log claims,
both end in a false clause, from which the hints of a RUP step are read off.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from contextlib import suppress

from .refutation import Refutation


class Propagation:
    """A trail of literals on levels; level 0 holds without any decision."""

    def __init__(self, proof: Refutation) -> None:
        self.proof = proof
        # literal → is it true? None where open; negative literals are indices from the end
        self.value: list[bool | None] = [None]
        self.reason: dict[int, int] = {}  # true literal → the clause that forced it; 0: decided
        self.level: dict[int, int] = {}
        self.trail: list[int] = []
        self.marks: list[int] = []  # length of the trail before each decision
        self.done = 0  # how much of the trail has been propagated
        self.rooted = 0  # how much of level 0 stands as unit clauses
        self.watching: dict[int, list[int]] = defaultdict(list)
        self.watched: dict[int, list[int]] = {}
        self.units: dict[int, int] = {}  # clauses of one literal, which are not watched
        self.conflict = 0  # a clause that is false
        self.closed = False  # is the empty clause there?
        for number in range(1, len(proof.clauses)):
            self.attach(number)

    def attach(self, number: int) -> None:
        """Watch a clause; note it where it is false, or forces a literal."""
        clause = list(self.proof.clauses[number])
        self.room(clause)
        clause.sort(key=self._rank, reverse=True)
        if len(clause) > 1:
            self.watched[number] = clause
            for literal in clause[:2]:
                self.watching[literal].append(number)
        elif clause:
            self.units[number] = clause[0]
        if not clause or self.value[clause[0]] is False:
            self.conflict = self.conflict or number
        elif len(clause) == 1 or self.value[clause[1]] is False:
            if self.value[clause[0]] is None:
                self.assign(clause[0], number)

    def detach(self, number: int) -> None:
        """Forget a clause, on level 0, and what only it forced; propagate anew."""
        for literal in self.watched.pop(number, [])[:2]:
            with suppress(ValueError):
                self.watching[literal].remove(number)
        self.units.pop(number, None)
        place = next((i for i, k in enumerate(self.trail) if self.reason[k] == number), None)
        if place is not None:
            for literal in self.trail[place:]:
                self.value[literal] = self.value[-literal] = None
            del self.trail[place:]
        if self.conflict == number or (place is not None and self.conflict):
            self.conflict = 0
        elif self.conflict or place is None:
            return
        self.done = 0  # a clause that a forgotten literal satisfied may now force one
        for unit, literal in self.units.items():
            if self.value[literal] is None:
                self.assign(literal, unit)
            elif self.value[literal] is False:
                self.conflict = unit
        self.propagate()

    def room(self, literals: Collection[int]) -> None:
        """Make the values reach as far as the literals do."""
        old = len(self.value) // 2
        if max(map(abs, literals), default=0) > old:
            new = 2 * len(self.proof.inequalities)
            middle: list[bool | None] = [None] * (2 * (new - old))
            self.value[old + 1 : old + 1] = middle

    def _rank(self, literal: int) -> int:
        """True and open literals are watched first, then the latest false ones."""
        if self.value[literal] is False:
            return self.level[-literal]
        return 1 << 60

    def assign(self, literal: int, reason: int) -> None:
        """Make an open literal true."""
        self.value[literal], self.value[-literal] = True, False
        self.level[literal] = len(self.marks)
        self.reason[literal] = reason
        self.trail.append(literal)

    def decide(self, literal: int) -> None:
        """Assert a literal on a new level."""
        self.room((literal,))
        self.marks.append(len(self.trail))
        self.assign(literal, 0)

    def back_to(self, level: int) -> None:
        """Take back every decision above a level."""
        if len(self.marks) <= level:
            return
        size = self.marks[level]
        for literal in self.trail[size:]:
            self.value[literal] = self.value[-literal] = None
        del self.trail[size:], self.marks[level:]
        self.done = min(self.done, size)

    def propagate(self) -> None:
        """Force what follows by single clauses, or find a false one."""
        value, watched, watching = self.value, self.watched, self.watching
        while not self.conflict and self.done < len(self.trail):
            false = -self.trail[self.done]
            self.done += 1
            waiting = watching[false]
            kept: list[int] = []
            for i, number in enumerate(waiting):
                clause = watched[number]
                other = clause[0]
                if other == false:
                    other = clause[1]
                    clause[0], clause[1] = other, false
                elif clause[1] != false:
                    continue  # watched elsewhere since
                if value[other]:
                    kept.append(number)
                    continue
                for j in range(2, len(clause)):
                    literal = clause[j]
                    if value[literal] is not False:
                        clause[1], clause[j] = literal, false
                        watching[literal].append(number)
                        break
                else:
                    kept.append(number)
                    if value[other] is False:
                        kept += waiting[i + 1 :]
                        self.conflict = number
                        break
                    self.assign(other, number)
            watching[false] = kept

    def root(self) -> None:
        """Write each literal of level 0 as a unit clause, so that hints stay short."""
        for literal in self.trail[self.rooted :]:
            number = self.reason[literal]
            clause = self.proof.clauses[number]
            if len(clause) > 1:
                hints = [self.reason[-k] for k in clause if k != literal]
                self.reason[literal] = self.proof.rup((literal,), [*hints, number])
        self.rooted = len(self.trail)

    def hints(self, number: int, learned: Collection[int]) -> list[int]:
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

    def close(self) -> bool:
        """On level 0: propagate, and derive the empty clause from a false one; is it there?"""
        if not self.closed:
            self.propagate()
            self.root()
            if self.conflict:
                self.proof.rup((), self.hints(self.conflict, ()))
                self.closed = True
        return self.closed
