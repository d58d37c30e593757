"""A refutation under construction: clauses with their reasons, trimmed to steps for the kernel."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import Any

from ...kernel.rules.clauses.encoding import Clause, Encoding, Inequality, normal

Multipliers = tuple[tuple[int, int], ...]  # (literal, positive integer)


@dataclass(frozen=True)
class Reason:
    """Why a clause holds: Farkas multipliers, or earlier clauses in RUP order; else it is given."""

    multipliers: Multipliers = ()
    hints: tuple[int, ...] = ()


GIVEN = Reason()


class Refutation:
    """Clauses numbered from 1, those of the encoding first; atoms likewise."""

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self.inequalities: list[Inequality | None] = [None]
        self.inequalities += [atom.inequality for atom in encoding.atoms]
        self.known = {q: k for k, q in enumerate(self.inequalities) if q is not None}
        self.given = len(encoding.clauses)
        self.clauses: list[Clause] = [(), *encoding.clauses]
        self.reasons: list[Reason] = [GIVEN] * len(self.clauses)
        self.end = 0  # the number of the derived empty clause

    # ---------------------------------------------------------------- atoms

    def inequality(self, literal: int) -> Inequality | None:
        """What a literal says; None for a Boolean."""
        found = self.inequalities[abs(literal)]
        if found is None or literal > 0:
            return found
        row = tuple((v, -c) for v, c in found.row)
        return Inequality(row, -found.constant, not found.strict)

    def literal(
        self, row: Iterable[tuple[int, Fraction]], constant: Fraction, strict: bool
    ) -> int | None:
        """The literal of row·v + constant > 0 (or ≥ 0), a new atom if need be; None if constant."""
        terms = {v: c for v, c in row if c}
        if not terms:
            return None
        inequality, positive = normal(terms, constant, strict)
        number = self.known.get(inequality)
        if number is None:
            number = self.known[inequality] = len(self.inequalities)
            self.inequalities.append(inequality)
        return number if positive else -number

    # -------------------------------------------------------------- clauses

    def farkas(self, multipliers: Iterable[tuple[int, Fraction]]) -> int:
        """Add the clause that not all of these literals hold; returns its number."""
        exact = _whole(multipliers)
        return self._add(tuple(-k for k, _ in exact), Reason(multipliers=exact))

    def rup(self, clause: Sequence[int], hints: Sequence[int]) -> int:
        """Add a clause that follows by the earlier clauses named, in that order."""
        return self._add(tuple(clause), Reason(hints=tuple(hints)))

    def claim(self, clause: Sequence[int]) -> int:
        """Add a clause whose hints come later, if it is needed (:meth:`explain`)."""
        return self._add(tuple(clause), GIVEN)

    def explain(self, number: int, hints: Sequence[int]) -> None:
        """The hints of a clause that was claimed."""
        self.reasons[number] = Reason(hints=tuple(hints))

    def explain_lemma(self, number: int, multipliers: Iterable[tuple[int, Fraction]]) -> None:
        """The multipliers of a clause that was claimed; its literals are theirs, negated."""
        exact = _whole(multipliers)
        self.clauses[number] = tuple(-k for k, _ in exact)
        self.reasons[number] = Reason(multipliers=exact)

    def _add(self, clause: Clause, reason: Reason) -> int:
        self.clauses.append(clause)
        self.reasons.append(reason)
        number = len(self.clauses) - 1
        if not clause:
            self.end = self.end or number
        return number

    # ---------------------------------------------------------------- steps

    def steps(self) -> list[list[Any]]:
        """The steps that the empty clause needs, renumbered, with nothing in them to spare."""
        if not self.end:
            raise ValueError("the empty clause was not derived")
        needed = _reached(self.end, {n: reason.hints for n, reason in enumerate(self.reasons)})
        # the encoding, then Farkas lemmas, which rest on no clause, then the rest
        order = sorted(n for n in needed if n <= self.given or not self.reasons[n].hints)
        order += sorted(n for n in needed if self.reasons[n].hints)
        end, clauses, hints = self._shortened(order)
        needed = _reached(end, hints)
        kept = [n for n in order if n > self.given and n in needed]
        own = len(self.encoding.atoms)
        used = {abs(k) for n in kept for k, _ in self.reasons[n].multipliers}
        atoms = {k: own + i for i, k in enumerate(sorted(k for k in used if k > own), 1)}
        place = {n: self.given + i for i, n in enumerate(kept, 1)}

        def renamed(literal: int) -> int:
            number = atoms.get(abs(literal), abs(literal))
            return number if literal > 0 else -number

        result: list[list[Any]] = []
        for old, new in atoms.items():
            inequality = self.inequalities[old]
            if inequality is not None:
                row = [list(term) for term in inequality.row]
                result.append(["atom", new, row, inequality.constant, inequality.strict])
        for n in kept:
            if self.reasons[n].multipliers:
                pairs = [[renamed(k), m] for k, m in self.reasons[n].multipliers]
                result.append(["farkas", place[n], pairs])
            else:
                clause = [renamed(k) for k in clauses[n]]
                result.append(["rup", place[n], clause, [place.get(h, h) for h in hints[n]]])
        return result

    def _shortened(
        self, order: Sequence[int]
    ) -> tuple[int, dict[int, Clause], dict[int, tuple[int, ...]]]:
        """(the empty clause, clauses, hints): each clause, in this order, is what its hints show.

        A clause that was there before stands in the place of the new one.
        """
        clauses: dict[int, Clause] = {}
        hints: dict[int, tuple[int, ...]] = {}
        known: dict[Clause, int] = {}
        same: dict[int, int] = {}
        for n in order:
            clause: Clause = tuple(sorted(self.clauses[n], key=abs))
            chain: tuple[int, ...] = ()
            if self.reasons[n].hints:
                clause, chain = _resolved(clause, [same[h] for h in self.reasons[n].hints], clauses)
            last = not clause and n > self.given
            same[n] = n if last else known.setdefault(clause, n)
            if same[n] == n:
                clauses[n], hints[n] = clause, chain
            if last:
                return n, clauses, hints
        raise ValueError("the hints do not lead to the empty clause")


def _reached(end: int, hints: Mapping[int, Sequence[int]]) -> set[int]:
    """The clauses on which one rests, itself among them."""
    found, waiting = {end}, [end]
    while waiting:
        new = set(hints[waiting.pop()]) - found
        found |= new
        waiting += new
    return found


def _resolved(
    clause: Clause, hints: Sequence[int], clauses: Mapping[int, Clause]
) -> tuple[Clause, tuple[int, ...]]:
    """What follows by unit propagation where the clause is false: the resolvent, and the hints
    that it needs.
    """
    false = set(clause)
    forced: list[tuple[int, int]] = []  # a hint, and the literal that it leaves
    last = 0
    for hint in hints:
        left = [k for k in clauses[hint] if k not in false]
        if not left:
            last = hint
            break
        if -left[0] not in false:
            forced.append((hint, left[0]))
            false.add(-left[0])
    if not last:
        raise ValueError(f"no conflict by the hints {hints}")
    resolvent, needed = set(clauses[last]), [last]
    for hint, literal in reversed(forced):
        if -literal in resolvent:
            resolvent.update(clauses[hint])
            resolvent -= {literal, -literal}
            needed.append(hint)
    return tuple(sorted(resolvent, key=abs)), tuple(reversed(needed))


def _whole(multipliers: Iterable[tuple[int, Fraction]]) -> Multipliers:
    """The same multipliers as coprime integers, in the order of the atoms."""
    pairs = sorted(multipliers, key=lambda pair: abs(pair[0]))
    bottom = lcm(*(m.denominator for _, m in pairs))
    whole = [int(m * bottom) for _, m in pairs]
    common = gcd(*whole)
    return tuple((k, m // common) for (k, _), m in zip(pairs, whole, strict=True))


def line(step: Any) -> str:
    """A step as a line of the certificate."""
    return json.dumps(step, separators=(",", ":"))
