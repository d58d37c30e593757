"""The negated claim as SMT-LIB 2 text and as z3 terms.

Both are written from the kernel's encoding (``kernel/rules/clauses``), so what a solver
refutes is what the kernel checks. Norms ``l2`` and ``lipschitz`` add one nonlinear assertion;
they have text, but no certificate comes from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..kernel.data.network import Network, Row
from ..kernel.data.numbers import ONE, ZERO, format_rational
from ..kernel.language.claim import Claim, Pointwise
from ..kernel.language.functions.network import NetworkFunction
from ..kernel.language.kinds.classes import Lipschitz
from ..kernel.language.kinds.pointwise import Separates, Within
from ..kernel.rules.clauses.encoding import (
    Atom,
    Builder,
    Encoding,
    Inexpressible,
    begin,
    encode,
    values,
)
from ..kernel.verdict import Budget

VERSION = "2.7"
Square = tuple[tuple[int, Fraction], ...]  # the squares of variables, each with a factor


@dataclass(frozen=True)
class Problem:
    """An encoding, and for nonlinear claims Σ factor·variable² + constant > 0 (or ≥ 0)."""

    encoding: Encoding
    squares: Square = ()
    constant: Fraction = ZERO

    @property
    def linear(self) -> bool:
        """Is it quantifier-free linear real arithmetic?"""
        return not self.squares


def problem(claim: Claim, limit: int | None = None) -> Problem:
    """The negated claim. Raises Inexpressible with the construct, Decline over the limit."""
    limit = Budget().points if limit is None else limit
    if isinstance(claim, Lipschitz):
        return _lipschitz(claim, limit)
    if not isinstance(claim, Pointwise):
        raise Inexpressible(f"a claim of kind {claim.kind}: it is not about single points")
    if claim.negation() is None and isinstance(claim, Within | Separates):
        if not (isinstance(claim, Within) and claim.norm == "l1"):
            return _norm(claim, limit)
    return Problem(encode(claim, limit))


def _norm(claim: Within | Separates, limit: int) -> Problem:
    """Σ (f − g)² > ε², or Δ² > Σ (f⁺ − f⁻)²."""
    builder, inputs, (left, right) = begin(claim, limit)
    sign = ONE if isinstance(claim, Within) else -ONE
    bound = claim.epsilon if isinstance(claim, Within) else claim.delta
    gaps = _gaps(builder, "gap", left, right)
    if builder.unsure:
        raise Inexpressible("a sum of squares beside a coordinate that is not known to be ±1")
    return Problem(builder.done(inputs), tuple((g, sign) for g in gaps), -sign * bound**2)


def _lipschitz(claim: Lipschitz, limit: int) -> Problem:
    """Two points with Σ (f(x) − f(y))² > L²·Σ (x − y)²."""
    builder = Builder(limit)
    n = claim.network.inputs
    x = [builder.free(f"x{i}") for i in range(n)]
    y = [builder.free(f"y{i}") for i in range(n)]
    function = NetworkFunction(claim.network)
    moved = _gaps(
        builder,
        "moved",
        values(builder, function, x, "x_"),
        values(builder, function, y, "y_"),
    )
    apart = _gaps(builder, "apart", x, y)
    squares = [*((g, ONE) for g in moved), *((g, -(claim.constant**2)) for g in apart)]
    return Problem(builder.done([*x, *y]), tuple((g, v) for g, v in squares if v))


def _gaps(builder: Builder, name: str, left: list[int], right: list[int]) -> list[int]:
    return [
        builder.define(f"{name}{i}", ((a, ONE), (b, -ONE)), ZERO)
        for i, (a, b) in enumerate(zip(left, right, strict=True))
    ]


# --------------------------------------------------------------------- text


def text(
    claim: Claim,
    name: str = "",
    networks: Mapping[str, Network] | None = None,
    limit: int | None = None,
) -> str:
    """SMT-LIB 2 text that is unsatisfiable iff the claim is true.

    Comments say which claim and which networks, by name (if given) and digest. Raises as
    :func:`problem` does.
    """
    what = problem(claim, limit)
    lines = [*_heading(claim, name, networks or {}), *_commands(what)]
    return "".join(f"{line}\n" for line in lines)


def _heading(claim: Claim, name: str, networks: Mapping[str, Network]) -> Iterator[str]:
    yield f"; the negation of the {claim.kind} claim {name}".rstrip()
    yield f"; SHA-256 {claim.digest}"
    named: dict[str, list[str]] = {network.digest: [] for network in claim.networks()}
    for label, network in networks.items():
        if network.digest in named:
            named[network.digest].append(label)
    for digest, labels in named.items():
        yield f"; network {' '.join([*sorted(labels), digest])}"
    yield "; unsat: the claim is true; sat: it is false at the x of the model"


def _commands(what: Problem) -> Iterator[str]:
    yield f"(set-info :smt-lib-version {VERSION})"
    yield f"(set-logic {'QF_LRA' if what.linear else 'QF_NRA'})"
    yield from body(what.encoding)
    if not what.linear:
        names = [v.name for v in what.encoding.variables]
        squares = [f"(* {number(v)} {names[g]} {names[g]})" for g, v in what.squares]
        yield f"(assert (> {_sum(squares, what.constant)} 0)) ; the negated claim"
    yield "(check-sat)"
    yield "(exit)"


def body(encoding: Encoding) -> Iterator[str]:
    """The declarations and assertions of an encoding, one to a line."""
    yield "; variables: inputs and neurons; a definition is a layer's row"
    for variable in encoding.variables:
        yield f"(declare-const {variable.name} Real)"
        if variable.row is not None:
            total = linear(encoding, variable.row, variable.constant)
            yield f"(assert (= {variable.name} {total}))"
    yield "; atoms: the number of each is its literal in a certificate"
    for atom in encoding.atoms[1:]:
        if atom.inequality is None:
            yield f"(declare-const {atom.name} Bool)"
        else:
            yield f"(define-fun {atom.name} () Bool {comparison(encoding, atom)})"
    note = ""
    for clause, why in zip(encoding.clauses, encoding.notes, strict=True):
        if why != note:
            note = why
            yield f"; {note}"
        yield f"(assert {disjunction(encoding, clause)})"


def comparison(encoding: Encoding, atom: Atom) -> str:
    """The inequality of an atom over all variables: positive terms left, the others right."""
    if atom.inequality is None:
        raise ValueError(f"{atom.name} is a Boolean")
    left = [(c, v) for c, v in atom.shown if v > 0]
    right = [(c, -v) for c, v in atom.shown if v < 0]
    sides = [linear(encoding, left, max(atom.offset, ZERO))]
    sides.append(linear(encoding, right, max(-atom.offset, ZERO)))
    return f"({'>' if atom.inequality.strict else '>='} {sides[0]} {sides[1]})"


def disjunction(encoding: Encoding, clause: Sequence[int]) -> str:
    """A clause over the names of the atoms."""
    names = [encoding.atoms[abs(k) - 1].name for k in clause]
    literals = [n if k > 0 else f"(not {n})" for n, k in zip(names, clause, strict=True)]
    if len(literals) == 1:
        return literals[0]
    return f"(or {' '.join(literals)})" if literals else "false"


def linear(encoding: Encoding, row: Row | Iterable[tuple[int, Fraction]], offset: Fraction) -> str:
    """row·variables + offset."""
    terms = []
    for c, v in row:
        name = encoding.variables[c].name
        terms.append(name if v == 1 else f"(- {name})" if v == -1 else f"(* {number(v)} {name})")
    return _sum(terms, offset)


def _sum(terms: list[str], offset: Fraction) -> str:
    if offset or not terms:
        terms = [*terms, number(offset)]
    return terms[0] if len(terms) == 1 else f"(+ {' '.join(terms)})"


def number(value: Fraction) -> str:
    """A rational as SMT-LIB 2 writes it: 3, (- 3), (/ 1 3), (- (/ 1 3))."""
    top, _, bottom = format_rational(abs(value)).partition("/")
    size = f"(/ {top} {bottom})" if bottom else top
    return f"(- {size})" if value < 0 else size


# ----------------------------------------------------------------- z3 terms


def terms(encoding: Encoding) -> tuple[dict[int, Any], list[Any]]:
    """(free variable → z3 constant, the clauses as z3 terms), definitions eliminated."""
    import z3

    reals = {i: z3.Real(v.name) for i, v in enumerate(encoding.variables) if v.row is None}
    atoms: list[Any] = []
    for atom in encoding.atoms:
        if atom.inequality is None:
            atoms.append(z3.Bool(atom.name))
            continue
        total = z3.Sum([_number(v) * reals[c] for c, v in atom.inequality.row])
        bound = _number(-atom.inequality.constant)
        atoms.append(total > bound if atom.inequality.strict else total >= bound)
    clauses = []
    for clause in encoding.clauses:
        literals = [atoms[k - 1] if k > 0 else z3.Not(atoms[-k - 1]) for k in clause]
        clauses.append(literals[0] if len(literals) == 1 else z3.Or(literals))
    return reals, clauses


def _number(value: int) -> Any:
    import z3

    return z3.RealVal(format_rational(Fraction(value)))
