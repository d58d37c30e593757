"""Claims about every point of a set as VNN-LIB: what a counterexample must satisfy.

A claim about one network is written in version 1.0, one about several in 2.0. Numbers
stay exact: an atom whose coefficients are no finite decimals is scaled until they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from math import gcd, lcm

from ..kernel.data.network import Network
from ..kernel.data.numbers import ONE, ZERO
from ..kernel.language.claim import Constraint, Pointwise
from ..kernel.language.formula import NEGATED, Atom, Formula, Junction, Not, Variable
from ..kernel.language.functions import Function, NetworkFunction
from ..kernel.language.functions.affine import Project
from ..kernel.language.functions.combine import Compose, Product
from ..kernel.language.kinds.pointwise import Output
from ..kernel.verdict import Decline, Malformed
from .membership import both, coordinates, either, membership

MAX_DIGITS = 400  # of one number
_MIRRORED = {"<": ">", "<=": ">=", "=": "=", ">=": "<=", ">": "<"}


def to_vnnlib(claim: Pointwise) -> str:
    """The VNN-LIB text that some input satisfies just if it is a counterexample.

    Raises Malformed, which names the part of the claim that VNN-LIB cannot say, and
    Decline where a number is too long.
    """
    copies = _copies(claim)
    names = _Names([network for network, _ in copies])
    place: dict[int, str] = {}
    ties: list[Formula] = []
    column = 0
    for network, reads in copies:
        for i in range(network.inputs):
            if reads[i] in place:
                ties.append(_difference("=", ("X", column + i), ("x", reads[i])))
            else:
                place[reads[i]] = names.inputs[column + i]
        column += network.inputs
    dimension = claim.domain.dimension
    if len(place) < dimension:
        lost = next(i for i in range(dimension) if i not in place)
        raise Malformed("", f"no network reads the input x{lost}: VNN-LIB cannot name it")

    def named(variable: Variable) -> str:
        side, i = variable
        return place[i] if side == "x" else (names.inputs if side == "X" else names.outputs)[i]

    lines = [*names.declarations(claim)]
    for title, formulas in (
        ("Inputs", [*membership(claim.domain, coordinates(dimension)), *ties]),
        ("A counterexample", _conjuncts(_counterexample(claim))),
    ):
        lines += ["", f"; {title}"]
        lines += [f"(assert {_text(f, named, names.equality)})" for f in formulas]
    return "\n".join(lines) + "\n"


def _copies(claim: Pointwise) -> list[tuple[Network, Sequence[int]]]:
    """The networks, each with the coordinates of x that its inputs are."""
    every = range(claim.domain.dimension)
    return [copy for term in claim.terms() for copy in _parts(term, every)]


def _parts(function: Function, reads: Sequence[int]) -> list[tuple[Network, Sequence[int]]]:
    match function:
        case NetworkFunction(network=network):
            return [(network, reads)]
        case Product(parts=parts, inputs=inputs):
            ends = [sum(inputs[:k]) for k in range(len(inputs) + 1)]
            cuts = zip(parts, pairwise(ends), strict=True)
            return [c for part, (low, high) in cuts for c in _parts(part, reads[low:high])]
        case Compose(outer=outer, inner=Project(over=over)):
            return _parts(outer, [reads[i] for i in over])
    form = type(function).__name__.lower()
    raise Malformed("", f"VNN-LIB speaks of networks, products and projections, not of a {form}")


class _Names:
    """What the variables are called, and how they are declared."""

    def __init__(self, networks: list[Network]) -> None:
        self.networks = networks
        self.single = len(networks) == 1
        self.equality = "=" if self.single else "=="
        shape = "{}_{}" if self.single else "{}[0,{}]"  # a batch of one, as in ONNX files
        self.inputs, self.outputs = (
            [
                shape.format(self._tensor(side, k), i)
                for k, n in enumerate(networks)
                for i in range(n.inputs if side == "X" else n.outputs)
            ]
            for side in "XY"
        )

    def _tensor(self, side: str, k: int) -> str:
        return side if self.single else f"{side}_{k}"

    def declarations(self, claim: Pointwise) -> Iterable[str]:
        """The lines before the assertions."""
        yield f"; claim {claim.digest}: the assertions hold where it fails"
        if self.single:
            yield f"; network {self.networks[0].digest}"
            yield from (f"(declare-const {name} Real)" for name in self.inputs + self.outputs)
            return
        yield "(vnnlib-version <2.0>)"
        for k, n in enumerate(self.networks):
            yield f"; network {n.digest}"
            yield f"(declare-network N_{k}"
            yield f"  (declare-input X_{k} Real [1,{n.inputs}])"
            yield f"  (declare-output Y_{k} Real [1,{n.outputs}]))"


def _counterexample(claim: Pointwise) -> Formula:
    """The negated claim."""
    if isinstance(claim, Output):
        return Not(claim.formula)
    disjuncts = claim.negation()
    if disjuncts is None:
        raise Malformed("", f"this {claim.kind} claim is not linear, and VNN-LIB is")
    n = claim.domain.dimension

    def atom(constraint: Constraint) -> Formula:
        named = ((("x", k) if k < n else ("y", k - n), v) for k, v in constraint.row)
        return Atom(">" if constraint.strict else ">=", tuple(named), constraint.constant)

    return either([both(list(map(atom, disjunct))) for disjunct in disjuncts])


def _conjuncts(formula: Formula) -> list[Formula]:
    """The parts of a negated "or", so that each gets an assertion of its own."""
    if isinstance(formula, Not) and isinstance(formula.part, Junction):
        if formula.part.word == "or":
            return [f for part in formula.part.parts for f in _conjuncts(Not(part))]
    elif isinstance(formula, Not) and isinstance(formula.part, Not):
        return _conjuncts(formula.part.part)
    elif isinstance(formula, Junction) and formula.word == "and":
        return [f for part in formula.parts for f in _conjuncts(part)]
    return [formula]


def _difference(relation: str, left: Variable, right: Variable) -> Atom:
    return Atom(relation, ((left, ONE), (right, -ONE)), ZERO)


def _text(
    formula: Formula, named: Callable[[Variable], str], equality: str, negate: bool = False
) -> str:
    """The formula, or its negation, as an expression of and, or and comparisons."""
    match formula:
        case Not(part):
            return _text(part, named, equality, not negate)
        case Junction(word, parts):
            flipped = {"and": "or", "or": "and"}[word] if negate else word
            inner = " ".join(_text(part, named, equality, negate) for part in parts)
            return f"({flipped} {inner})"
        case Atom(relation, terms, constant):
            relation = NEGATED[relation] if negate else relation
            if relation == "!=":
                sides = [_atom(side, terms, constant, named, equality) for side in "<>"]
                return f"(or {' '.join(sides)})"
            return _atom(relation, terms, constant, named, equality)


def _atom(
    relation: str,
    terms: Iterable[tuple[Variable, Fraction]],
    constant: Fraction,
    named: Callable[[Variable], str],
    equality: str,
) -> str:
    """Terms with positive weights on the left, the others and the constant on the right."""
    weights = [(named(key), v) for key, v in terms]
    if weights and all(v < 0 for _, v in weights):
        weights, constant = [(key, -v) for key, v in weights], -constant
        relation = _MIRRORED[relation]
    weights, constant = _decimal(weights, constant)
    left = [_term(key, v) for key, v in weights if v > 0]
    right = [_term(key, -v) for key, v in weights if v < 0]
    if constant or not right:
        right.append(number(-constant))
    return f"({equality if relation == '=' else relation} {_sum(left)} {_sum(right)})"


def _decimal(
    weights: list[tuple[str, Fraction]], constant: Fraction
) -> tuple[list[tuple[str, Fraction]], Fraction]:
    """The atom scaled so that every number is a finite decimal, or an integer if too long."""
    bottoms = [v.denominator for _, v in weights] + [constant.denominator]
    scale = lcm(*map(coprime_to_ten, bottoms))
    if any(b.bit_length() > MAX_DIGITS // 2 for b in bottoms):
        scale = lcm(*bottoms)
    return [(key, v * scale) for key, v in weights], constant * scale


def coprime_to_ten(bottom: int) -> int:
    """What is left of a denominator without its factors 2 and 5: 1 for a finite decimal."""
    while (common := gcd(bottom, 10)) > 1:
        bottom //= common
    return bottom


def _sum(parts: list[str]) -> str:
    if not parts:
        return number(ZERO)
    return parts[0] if len(parts) == 1 else f"(+ {' '.join(parts)})"


def _term(name: str, weight: Fraction) -> str:
    return name if weight == 1 else f"(* {number(weight)} {name})"


def number(value: Fraction) -> str:
    """A finite decimal, with at least one digit after its point. Raises Decline past a limit."""
    places = 1
    while value.denominator > 1 and 10**places % value.denominator:
        places += 1
    digits = abs(value.numerator) * 10**places // value.denominator
    if digits.bit_length() > 3 * MAX_DIGITS:
        raise Decline("digits", f"more than {MAX_DIGITS}")
    text = str(digits).zfill(places + 1)
    return f"{'-' if value < 0 else ''}{text[:-places]}.{text[-places:]}"
