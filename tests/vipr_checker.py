"""A checker of VIPR files, written from the format's specification 1.0 and nothing else.

Stricter than viprchk where that is laxer than the text: variables rounded over must be
integer, a split's right side too, assumptions are joined, indices are in range and distinct,
numbers are integers or fractions, and nothing may follow the last derivation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction

INDEX = re.compile(r"0|[1-9][0-9]*")
VALUE = re.compile(r"-?(?:0|[1-9][0-9]*)(?:/[1-9][0-9]*)?")
SENSES = {"E": 0, "L": -1, "G": 1}


class Wrong(Exception):
    """The file proves nothing; the text says where."""


@dataclass(frozen=True)
class Constraint:
    """row·x (sense) bound; what it assumes, by index; up to which index it may be used."""

    name: str
    sense: int
    bound: Fraction
    row: dict[int, Fraction]
    assumes: frozenset[int] = frozenset()
    until: int = -1

    def absurd(self) -> bool:
        """0 ≥ 1, 0 ≤ −1 or 0 = 1."""
        low, high = self.sense >= 0 and self.bound > 0, self.sense <= 0 and self.bound < 0
        return not self.row and (low or high)

    def dominates(self, other: Constraint) -> bool:
        """Does it imply the other, in the specification's restricted sense?"""
        if self.absurd():
            return True
        if self.row != other.row or self.sense not in (0, other.sense):
            return False
        if other.sense == 0:
            return self.bound == other.bound
        return (self.bound - other.bound) * other.sense >= 0


@dataclass
class File:
    """What a file says. ``given`` are the problem's constraints, ``derived`` the others."""

    names: list[str] = field(default_factory=list)
    integers: set[int] = field(default_factory=set)
    maximise: bool = False
    objective: dict[int, Fraction] = field(default_factory=dict)
    given: list[Constraint] = field(default_factory=list)
    bounds: int = 0
    goal: tuple[str, ...] = ()
    derived: list[Constraint] = field(default_factory=list)


class _Reader:
    def __init__(self, text: str) -> None:
        lines = text.split("\n")
        while lines and lines[0].startswith("%"):
            lines.pop(0)
        self.tokens = " ".join(lines).split()[::-1]

    def word(self) -> str:
        if not self.tokens:
            raise Wrong("the file ends too early")
        return self.tokens.pop()

    def expect(self, *words: str) -> None:
        for word in words:
            if (found := self.word()) != word:
                raise Wrong(f"{word} expected, not {found}")

    def index(self, below: int | None = None) -> int:
        word = self.word()
        if not INDEX.fullmatch(word):
            raise Wrong(f"no index: {word}")
        if below is not None and int(word) >= below:
            raise Wrong(f"index {word} is not below {below}")
        return int(word)

    def value(self) -> Fraction:
        word = self.word()
        if not VALUE.fullmatch(word):
            raise Wrong(f"no number: {word}")
        return Fraction(word)

    def pairs(self, below: int) -> dict[int, Fraction]:
        found: dict[int, Fraction] = {}
        for _ in range(self.index()):
            i = self.index(below)
            if i in found:
                raise Wrong(f"index {i} twice")
            found[i] = self.value()
        return {i: v for i, v in found.items() if v}


def check(text: str) -> File:
    """The file, if it proves what its RTP section says. Raises Wrong."""
    reader, file = _Reader(text), File()
    reader.expect("VER", "1.0", "VAR")
    file.names = [reader.word() for _ in range(reader.index())]
    if len(set(file.names)) < len(file.names):
        raise Wrong("a variable's name stands twice")
    n = len(file.names)
    reader.expect("INT")
    file.integers = {reader.index(n) for _ in range(reader.index())}
    reader.expect("OBJ")
    sense = reader.word()
    if sense not in ("min", "max"):
        raise Wrong(f"objective sense {sense}")
    file.maximise, file.objective = sense == "max", reader.pairs(n)
    reader.expect("CON")
    count, file.bounds = reader.index(), reader.index()
    for _ in range(count):
        file.given.append(_constraint(reader, file))
    if any(len(c.row) != 1 for c in file.given[: file.bounds]):
        raise Wrong("a bound is about one variable")
    if len({c.name for c in file.given}) < count:
        raise Wrong("a constraint's name stands twice")
    reader.expect("RTP")
    kind = reader.word()
    if kind not in ("infeas", "range"):
        raise Wrong(f"nothing to prove: {kind}")
    file.goal = (kind,) if kind == "infeas" else (kind, reader.word(), reader.word())
    reader.expect("SOL", "0", "DER")  # solutions are no part of a refutation
    for _ in range(reader.index()):
        file.derived.append(_derived(reader, file))
    if reader.tokens:
        raise Wrong("something follows the last derivation")
    if len({c.name for c in [*file.given, *file.derived]}) < len(file.given) + len(file.derived):
        raise Wrong("a constraint's name stands twice")
    _conclude(file)
    return file


def _constraint(reader: _Reader, file: File) -> Constraint:
    name, sense = reader.word(), reader.word()
    if sense not in SENSES:
        raise Wrong(f"{name}: sense {sense}")
    bound = reader.value()
    if reader.tokens and reader.tokens[-1] == "OBJ":
        reader.word()
        return Constraint(name, SENSES[sense], bound, file.objective)
    return Constraint(name, SENSES[sense], bound, reader.pairs(len(file.names)))


def _derived(reader: _Reader, file: File) -> Constraint:
    said = _constraint(reader, file)
    known = [*file.given, *file.derived]
    here = len(known)
    reader.expect("{")
    reason = reader.word()
    used: list[int] = []
    assumes: frozenset[int] = frozenset()
    if reason == "asm":
        assumes = frozenset([here])
    elif reason in ("lin", "rnd"):
        shares = reader.pairs(here)
        used = list(shares)
        found = _combination([(known[i], v) for i, v in shares.items()], said.name)
        if reason == "rnd":
            found = _rounded(found, file, said.name)
        if not found.dominates(said):
            raise Wrong(f"{said.name}: the combination is another constraint")
        assumes = found.assumes
    elif reason == "uns":
        used = [reader.index(here) for _ in range(4)]
        first, case, second, other = (known[i] for i in used)
        if not (first.dominates(said) and second.dominates(said)):
            raise Wrong(f"{said.name}: a case shows something else")
        _tautology(case, other, file, said.name)
        assumes = (first.assumes - {used[1]}) | (second.assumes - {used[3]})
    else:
        raise Wrong(f"{said.name}: reason {reason}")
    reader.expect("}")
    for i in used:
        if 0 <= known[i].until < here:
            raise Wrong(f"{said.name}: constraint {i} was to be used up to {known[i].until}")
    until = reader.word()
    if until != "-1" and not INDEX.fullmatch(until):
        raise Wrong(f"{said.name}: last use {until}")
    return Constraint(said.name, said.sense, said.bound, said.row, assumes, int(until))


def _combination(shares: list[tuple[Constraint, Fraction]], name: str) -> Constraint:
    senses = {c.sense * (1 if v > 0 else -1) for c, v in shares} - {0}
    if len(senses) > 1:
        raise Wrong(f"{name}: multipliers of both signs")
    row: dict[int, Fraction] = {}
    for c, v in shares:
        for i, a in c.row.items():
            row[i] = row.get(i, Fraction(0)) + v * a
    return Constraint(
        name,
        senses.pop() if senses else 0,
        sum((v * c.bound for c, v in shares), Fraction(0)),
        {i: a for i, a in row.items() if a},
        frozenset().union(*(c.assumes for c, _ in shares)),
    )


def _rounded(found: Constraint, file: File, name: str) -> Constraint:
    if any(i not in file.integers or a.denominator > 1 for i, a in found.row.items()):
        raise Wrong(f"{name}: nothing to round")
    if found.sense == 0:
        raise Wrong(f"{name}: an equation is not rounded")
    bound = -(-found.bound // 1) if found.sense > 0 else found.bound // 1
    return Constraint(name, found.sense, Fraction(bound), found.row, found.assumes)


def _tautology(case: Constraint, other: Constraint, file: File, name: str) -> None:
    """One case says a·x ≤ β, the other a·x ≥ β + 1, all of it over the integers."""
    below, above = (case, other) if case.sense < 0 else (other, case)
    whole = below.bound.denominator == 1 and all(
        i in file.integers and a.denominator == 1 for i, a in below.row.items()
    )
    senses = (below.sense, above.sense) == (-1, 1)
    if not (senses and whole and below.row == above.row and above.bound == below.bound + 1):
        raise Wrong(f"{name}: the cases are not all")


def _conclude(file: File) -> None:
    if not file.derived:
        raise Wrong("nothing is derived")
    last = file.derived[-1]
    if last.assumes:
        raise Wrong("the conclusion rests on assumptions")
    if file.goal == ("infeas",):
        if not last.absurd():
            raise Wrong("the conclusion is possible")
        return
    low, high = file.goal[1:]
    end, other, sense = (high, low, -1) if file.maximise else (low, high, 1)
    if not VALUE.fullmatch(end) or other not in ("inf", "-inf"):
        raise Wrong(f"range {low} {high}: without solutions only the dual bound can be shown")
    if not last.dominates(Constraint("goal", sense, Fraction(end), file.objective)):
        raise Wrong("the conclusion is not the bound")
