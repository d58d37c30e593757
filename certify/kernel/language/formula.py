"""Boolean combinations of linear constraints over inputs x and outputs y."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..data.account import charge
from ..data.decode import Node
from ..data.numbers import ONE, ZERO, format_rational, parse_number, plus, step
from ..verdict import Decline, Malformed

Variable = tuple[str, int]  # ("x", i) or ("y", j)
Terms = tuple[tuple[Variable, Fraction], ...]
MAX_NESTING = 60  # nine calls a level, well within Python's limit of 1,000
MAX_DISJUNCTS = 4096
MAX_ATOMS = 1 << 20  # of all disjuncts together


@dataclass(frozen=True)
class Atom:
    """terms + constant, compared with 0."""

    relation: str  # < <= = != >= >
    terms: Terms
    constant: Fraction


@dataclass(frozen=True)
class Junction:
    """One or more parts joined by "and", or by "or"."""

    word: str
    parts: tuple[Formula, ...]


@dataclass(frozen=True)
class Not:
    """Not the part."""

    part: Formula


Formula = Atom | Junction | Not

NEGATED = {"<": ">=", "<=": ">", "=": "!=", "!=": "=", ">=": "<", ">": "<="}
_TEST = {
    "<": lambda v: v < 0,
    "<=": lambda v: v <= 0,
    "=": lambda v: v == 0,
    "!=": lambda v: v != 0,
    ">=": lambda v: v >= 0,
    ">": lambda v: v > 0,
}


def holds(formula: Formula, x: Sequence[Fraction], y: Sequence[Fraction]) -> bool:
    """The truth of the formula at (x, y)."""
    match formula:
        case Atom(relation, terms, constant):
            total = constant
            for (s, i), v in terms:
                total = plus(total, v * (x if s == "x" else y)[i])
            return bool(_TEST[relation](total))
        case Junction(word, parts):
            results = (holds(part, x, y) for part in parts)
            return all(results) if word == "and" else any(results)
        case Not(part):
            return not holds(part, x, y)


def negated_disjuncts(formula: Formula) -> tuple[tuple[Atom, ...], ...]:
    """The negation as an "or" of "and"s of atoms with relations > and >= only.

    Raises Decline where there would be more than MAX_DISJUNCTS.
    """
    return _disjuncts(formula, negate=True)


def _disjuncts(formula: Formula, negate: bool) -> tuple[tuple[Atom, ...], ...]:
    match formula:
        case Not(part):
            return _disjuncts(part, not negate)
        case Atom(relation, terms, constant):
            relation = NEGATED[relation] if negate else relation
            up = Atom(">", terms, constant)
            down = Atom(">", tuple((k, -v) for k, v in terms), -constant)
            strict = relation in ("<", ">", "!=")
            if not strict:
                up, down = (Atom(">=", a.terms, a.constant) for a in (up, down))
            if relation == "!=":
                return ((up,), (down,))
            if relation == "=":
                return ((up, down),)
            return ((up if relation in (">", ">=") else down,),)
        case Junction(word, parts):
            found = [_disjuncts(part, negate) for part in parts]
            if (word == "or") != negate:
                return tuple(d for disjuncts in found for d in disjuncts)
            result: tuple[tuple[Atom, ...], ...] = ((),)
            for disjuncts in found:
                if (count := len(result) * len(disjuncts)) > MAX_DISJUNCTS:
                    raise Decline("disjuncts", count)
                long = sum(map(len, result)) * len(disjuncts)
                if long + sum(map(len, disjuncts)) * len(result) > MAX_ATOMS:
                    raise Decline("atoms", f"more than {MAX_ATOMS}")
                result = tuple(a + b for a in result for b in disjuncts)
            return result


def reach(formula: Formula) -> tuple[int, int]:
    """How many inputs and outputs the formula needs: one more than the largest indices."""
    match formula:
        case Atom(_, terms, _):
            x = max((i for (s, i), _ in terms if s == "x"), default=-1)
            y = max((i for (s, i), _ in terms if s == "y"), default=-1)
            return x + 1, y + 1
        case Junction(_, parts):
            pairs = [reach(part) for part in parts]
            return max(x for x, _ in pairs), max(y for _, y in pairs)
        case Not(part):
            return reach(part)


def inputs_read(formula: Formula) -> set[int]:
    """The indices of the inputs that the formula mentions."""
    match formula:
        case Atom(_, terms, _):
            return {i for (s, i), _ in terms if s == "x"}
        case Junction(_, parts):
            return set().union(*(inputs_read(part) for part in parts))
        case Not(part):
            return inputs_read(part)


def write(formula: Formula) -> Any:
    """The canonical JSON value."""
    match formula:
        case Atom(relation, terms, constant):
            rows = [[f"{s}{i}", format_rational(v)] for (s, i), v in sorted(terms)]
            return [relation, rows, format_rational(constant)]
        case Junction(word, parts):
            return [word, *(write(part) for part in parts)]
        case Not(part):
            return ["not", write(part)]


def text(formula: Formula) -> str:
    """The formula in the syntax of ``holds``."""
    match formula:
        case Atom(relation, terms, constant):
            sums = [f"{format_rational(v)}*{s}{i}" for (s, i), v in terms]
            if constant or not sums:
                sums.append(format_rational(constant))
            return f"{' + '.join(sums)} {relation} 0"
        case Junction(word, parts):
            return "(" + f" {word} ".join(text(part) for part in parts) + ")"
        case Not(part):
            return f"not ({text(part)})"


_TOKEN = re.compile(
    r"\s*(?:([xy][0-9]{1,6}\b)|(and\b|or\b|not\b)"
    r"|([0-9]+(?:\^[+-]?[0-9]+|(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?))|(<=|>=|!=|<|>|=|[-+*/()]))",
    re.ASCII,
)
Affine = dict[Variable | None, Fraction]  # None for the constant


class _Parser:
    """or < and < not < comparison < sum < product < factor; no chains of comparisons."""

    def __init__(self, source: str) -> None:
        self.source, self.position, self.nesting = source, 0, 0

    def fail(self, message: str) -> Malformed:
        where = f"column {self.position + 1} of {self.source[:60]!r}"
        return Malformed("", f"{message} at {where}")

    def peek(self) -> str:
        match = _TOKEN.match(self.source, self.position)
        return match[0].strip() if match else ""

    def take(self, expected: str = "") -> str:
        match = _TOKEN.match(self.source, self.position)
        if match is None or (expected and match[0].strip() != expected):
            raise self.fail(f"expected {expected or 'a term'}")
        self.position = match.end()
        return match[0].strip()

    def whole(self) -> Formula:
        value = self.formula(self.junction("or"))
        if self.source[self.position :].strip():
            raise self.fail("unexpected text")
        return value

    def formula(self, value: Formula | Affine) -> Formula:
        if isinstance(value, dict):
            raise self.fail("expected a comparison")
        return value

    def affine(self, value: Formula | Affine) -> Affine:
        if not isinstance(value, dict):
            raise self.fail("a comparison cannot be part of a sum")
        return value

    def junction(self, word: str) -> Formula | Affine:
        below = self.negation if word == "and" else lambda: self.junction("and")
        value = below()
        parts = [value]
        while self.peek() == word:
            self.take()
            parts.append(below())
        if len(parts) == 1:
            return value
        return Junction(word, tuple(self.formula(part) for part in parts))

    def negation(self) -> Formula | Affine:
        count = 0
        while self.peek() == "not":
            self.take()
            count += 1
        value = self.comparison()
        if not count:
            return value
        formula = self.formula(value)
        return Not(formula) if count % 2 else formula

    def comparison(self) -> Formula | Affine:
        left = self.sum()
        if self.peek() not in NEGATED:
            return left
        relation = self.take()
        total = added(dict(self.affine(left)), self.affine(self.sum()), -ONE)
        if self.peek() in NEGATED:
            raise self.fail("comparisons do not chain: use and")
        constant = total.pop(None, ZERO)
        named = [(k, v) for k, v in total.items() if v and k is not None]
        return Atom(relation, tuple(sorted(named)), constant)

    def sum(self) -> Formula | Affine:
        value = self.term()
        if self.peek() not in ("+", "-"):
            return value
        total = dict(self.affine(value))
        while self.peek() in ("+", "-"):
            sign = ONE if self.take() == "+" else -ONE
            total = added(total, self.affine(self.term()), sign)
        return total

    def term(self) -> Formula | Affine:
        value = self.factor()
        while self.peek() in ("*", "/"):
            operator = self.take()
            left, right = self.affine(value), self.affine(self.factor())
            if operator == "*" and set(left) <= {None}:
                left, right = right, left
            if not set(right) <= {None}:
                raise self.fail("only a constant may multiply or divide")
            factor = right.get(None, ZERO)
            if operator == "/" and not factor:
                raise self.fail("division by zero")
            charge(sum(step(v, factor) for v in left.values()))
            value = {k: v * factor if operator == "*" else v / factor for k, v in left.items()}
        return value

    def factor(self) -> Formula | Affine:
        negative = False
        while self.peek() in ("-", "+"):
            negative ^= self.take() == "-"
        value = self.atom()
        return {k: -v for k, v in self.affine(value).items()} if negative else value

    def atom(self) -> Formula | Affine:
        token = self.take()
        if token == "(":
            self.nesting += 1
            if self.nesting > MAX_NESTING:
                raise self.fail("nested too deeply")
            value = self.junction("or")
            self.take(")")
            self.nesting -= 1
            return value
        if token[0] in "xy":
            return {(token[0], int(token[1:])): ONE}
        if token[0].isdigit():
            return {None: parse_number(token)}
        raise self.fail(f"unexpected {token!r}")


def added(left: Affine, right: Affine, sign: Fraction) -> Affine:
    """left + sign·right, in place of left."""
    for variable, v in right.items():
        total = left.get(variable, ZERO)
        charge(step(total, v))
        left[variable] = total + sign * v
    return left


def parse(source: str) -> Formula:
    """Read the text of ``holds``. Raises Malformed with the column."""
    if len(source) > 1_000_000:
        raise Malformed("", "a formula longer than 1,000,000 characters")
    return _Parser(source).whole()


def read(node: Node) -> Formula:
    """The value of the key ``holds``: text, or the canonical form."""
    if isinstance(node.value, list):
        return _canonical(node)
    try:
        return parse(node.string())
    except Malformed as error:
        node.fail(error.message)


def _canonical(node: Node) -> Formula:
    entries = node.entries()
    if not entries:
        node.fail("an empty formula")
    word = entries[0].string()
    if word == "not" and len(entries) == 2:
        return Not(_canonical(entries[1]))
    if word in ("and", "or") and len(entries) > 1:
        return Junction(word, tuple(_canonical(part) for part in entries[1:]))
    if word not in NEGATED or len(entries) != 3:
        node.fail("expected a comparison, and, or, or not")
    terms: dict[Variable, Fraction] = {}
    for pair in entries[1].entries():
        name, weight = pair.entries(2)
        match = re.fullmatch(r"([xy])(0|[1-9][0-9]{0,5})", name.string(), re.ASCII)
        if match is None or (match[1], int(match[2])) in terms or not weight.number():
            pair.fail("expected distinct variables, none with weight 0")
        terms[match[1], int(match[2])] = weight.number()
    return Atom(word, tuple(sorted(terms.items())), entries[2].number())
