"""VIPR: derivations of linear constraints from those of a mixed-integer programme, as text.

A :class:`Constraint` is one of the problem, or says how it follows from others: by a linear
combination (``lin``), as an assumption (``asm``), or from two cases of an integer variable
(``uns``). What the last one needs is found by following the reasons back, so that a file holds
no line without a use. Source: "MILP certificate file format version 1.0", Cheung, Gleixner and
Steffy, "Verifying Integer Programming Results" (IPCO 2017).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count

from ..kernel.data.numbers import ZERO, format_rational

Terms = Mapping[int, Fraction]  # number of a variable → weight
_SERIAL = count()


@dataclass(frozen=True, eq=False)
class Constraint:
    """row · variables ``sense`` bound, with sense E (=), L (≤) or G (≥).

    ``uses`` are the constraints that the reason names, with multipliers where it is ``lin``.
    """

    name: str
    sense: str
    bound: Fraction
    row: Terms
    reason: str = ""
    uses: tuple[tuple[Constraint, Fraction], ...] = ()
    serial: int = field(default_factory=lambda: next(_SERIAL))


def combined(uses: Mapping[Constraint, Fraction]) -> tuple[dict[int, Fraction], Fraction]:
    """The left and the right side of a linear combination."""
    row: dict[int, Fraction] = {}
    bound = ZERO
    for constraint, weight in uses.items():
        bound += weight * constraint.bound
        for v, c in constraint.row.items():
            row[v] = row.get(v, ZERO) + weight * c
    return {v: c for v, c in row.items() if c}, bound


def lin(name: str, sense: str, uses: Mapping[Constraint, Fraction]) -> Constraint:
    """What a linear combination says.

    Multipliers of inequalities must have one sign against their senses, as the format asks.
    """
    row, bound = combined(uses)
    used = tuple((constraint, weight) for constraint, weight in uses.items() if weight)
    return Constraint(name, sense, bound, row, "lin", used)


def asm(name: str, sense: str, bound: Fraction, row: Terms) -> Constraint:
    """An assumption, for ``uns`` to take away."""
    return Constraint(name, sense, bound, row, "asm")


def uns(name: str, bound: Fraction, *cases: tuple[Constraint, Constraint]) -> Constraint:
    """What holds in two cases, each given as (what was derived, the assumption of the case).

    Both have derived the same left side, with a right side at least as strong as ``bound``.
    """
    derived = cases[0][0]
    uses = tuple((constraint, ZERO) for pair in cases for constraint in pair)
    return Constraint(name, derived.sense, bound, derived.row, "uns", uses)


@dataclass(frozen=True)
class Programme:
    """A mixed-integer programme: what its variables are called, which are integers, its rows.

    ``bounds`` are the rows about one variable. An ``objective`` is to be maximised.
    """

    names: Sequence[str]
    integers: Sequence[int]
    bounds: Sequence[Constraint]
    rows: Sequence[Constraint]
    objective: Terms = field(default_factory=dict)


def text(programme: Programme, end: Constraint, comments: Iterable[str] = ()) -> str:
    """The file that derives ``end``: 0 ≥ a positive number, or an upper bound of the objective."""
    given = [*programme.bounds, *programme.rows]
    derived = _needed(end)
    number = {constraint: k for k, constraint in enumerate([*given, *derived])}
    last = {used: number[c] for c in derived for used, _ in c.uses}
    goal = f"range -inf {format_rational(end.bound)}" if programme.objective else "infeas"
    lines = [
        *(f"% {comment}" for comment in comments),
        "VER 1.0",
        f"VAR {len(programme.names)}",
        " ".join(programme.names),
        f"INT {len(programme.integers)}",
        " ".join(map(str, programme.integers)),
        f"OBJ {'max' if programme.objective else 'min'}",
        _terms(programme.objective),
        f"CON {len(given)} {len(programme.bounds)}",
        *(f"{c.name} {_body(c)}" for c in given),
        f"RTP {goal}",
        "SOL 0",
        f"DER {len(derived)}",
        *(
            f"{c.name}_{number[c]} {_body(c)} {{ {_reason(c, number)} }} {last.get(c, -1)}"
            for c in derived
        ),
    ]
    return "\n".join(line for line in lines if line) + "\n"


def _needed(end: Constraint) -> list[Constraint]:
    """The derived constraints that ``end`` rests on, in the order in which they were made."""
    found, stack = {end}, [end]
    while stack:
        for used, _ in stack.pop().uses:
            if used.reason and used not in found:
                found.add(used)
                stack.append(used)
    return sorted(found, key=lambda constraint: constraint.serial)


def _body(constraint: Constraint) -> str:
    return f"{constraint.sense} {format_rational(constraint.bound)} {_terms(constraint.row)}"


def _terms(row: Terms) -> str:
    return " ".join([str(len(row)), *(f"{v} {format_rational(c)}" for v, c in sorted(row.items()))])


def _reason(constraint: Constraint, number: Mapping[Constraint, int]) -> str:
    if constraint.reason == "uns":
        return " ".join(["uns", *(str(number[used]) for used, _ in constraint.uses)])
    if constraint.reason == "asm":
        return "asm"
    uses = sorted((number[used], weight) for used, weight in constraint.uses)
    return " ".join(
        ["lin", str(len(uses)), *(f"{used} {format_rational(weight)}" for used, weight in uses)]
    )
