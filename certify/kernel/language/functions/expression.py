"""expression: piecewise linear formulas such as ``max(x0, abs(x1)) - 1/3``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ...data.account import charge
from ...data.decode import Node
from ...data.exact import Batch
from ...data.network import Layer, Network, Row
from ...data.numbers import ONE, ZERO, parse_number, step
from ...verdict import Decline, Malformed
from .base import Function, needs_index

Affine = dict[int, Fraction]  # atom → coefficient; CONSTANT for the constant
CONSTANT = -1
_TOKEN = re.compile(
    r"\s*(?:(x[0-9]{1,6}\b)|([a-z]+)"
    r"|([0-9]+(?:\^[+-]?[0-9]+|(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?))|([-+*/(),]))",
    re.ASCII,
)
MAX_NESTING = 100
MAX_TERMS = 1 << 20  # of all ReLUs together, and neurons of the network that it lowers to


@dataclass(frozen=True)
class Expression(Function):
    """The formula as affine combinations of inputs and ReLU atoms.

    Atom i < inputs is xᵢ; atom inputs + k is relu(cuts[k]), which uses earlier atoms only.
    """

    inputs: int  # one more than the largest index that is read
    cuts: tuple[tuple[tuple[int, Fraction], ...], ...]
    value: tuple[tuple[int, Fraction], ...]

    @property
    def outputs(self) -> int:
        return 1

    def canonical(self) -> Any:
        from ...data.numbers import format_rational

        def terms(row: tuple[tuple[int, Fraction], ...]) -> list[list[Any]]:
            return [[c, format_rational(v)] for c, v in row]

        cuts = [terms(cut) for cut in self.cuts]
        return {"expression": {"inputs": self.inputs, "cuts": cuts, "value": terms(self.value)}}

    def misfit(self, dimension: int) -> str | None:
        return needs_index((self.inputs - 1,), dimension, "expression") if self.inputs else None

    def evaluate(self, points: Batch) -> Batch:
        return self.lower(points.width).evaluate(points)

    def lower(self, dimension: int) -> Network:
        """Atoms in layers by depth; each layer carries on what later ones still need."""
        level = dict.fromkeys(range(self.inputs), 0)
        for k, cut in enumerate(self.cuts):
            level[self.inputs + k] = 1 + max((level[a] for a, _ in cut if a >= 0), default=0)
        depth = max(level.values(), default=0)
        live = {a for a, _ in self.value if a >= 0}
        size = 0
        wanted = [live]  # what each layer must provide, from the last ReLU layer back
        for k in range(depth, 0, -1):
            live = {
                source
                for atom in live
                for source in (
                    [a for a, _ in self._cut(atom) if a >= 0] if level[atom] == k else [atom]
                )
            }
            wanted.append(live)
            size += len(live)
            if size > MAX_TERMS:
                raise Decline("neurons", f"more than {MAX_TERMS}")
        wanted.reverse()
        place = {i: i for i in range(dimension)}
        width, layers = dimension, []
        for k in range(1, depth + 1):
            atoms = sorted(wanted[k]) or [0]
            rows, bias, relu = [], [], []
            for atom in atoms:
                new = level[atom] == k
                row, offset = _row(self._cut(atom) if new else ((atom, ONE),), place)
                rows.append(row)
                bias.append(offset)
                relu.append(new)
            layers.append(Layer(width, tuple(rows), tuple(bias), tuple(relu)))
            place = {atom: i for i, atom in enumerate(atoms)}
            width = len(atoms)
        row, offset = _row(self.value, place)
        layers.append(Layer(width, (row,), (offset,), (False,)))
        return Network(dimension, tuple(layers))

    def _cut(self, atom: int) -> tuple[tuple[int, Fraction], ...]:
        return self.cuts[atom - self.inputs]


def _row(terms: tuple[tuple[int, Fraction], ...], place: dict[int, int]) -> tuple[Row, Fraction]:
    row = sorted((place[a], v) for a, v in terms if a >= 0)
    return tuple(row), dict(terms).get(CONSTANT, ZERO)


class _Parser:
    """Recursive descent over + − × / by constants, max min abs relu clip."""

    def __init__(self, text: str) -> None:
        self.text, self.position, self.nesting, self.spent = text, 0, 0, 0
        indices = [int(i) for i in re.findall(r"\bx([0-9]{1,6})\b", text)]
        self.inputs = max(indices, default=-1) + 1
        self.cuts: dict[tuple[tuple[int, Fraction], ...], int] = {}

    def fail(self, message: str) -> Malformed:
        return Malformed("", f"{message} at column {self.position + 1} of {self.text[:60]!r}")

    def peek(self) -> str:
        match = _TOKEN.match(self.text, self.position)
        return match[0].strip() if match else ""

    def take(self, expected: str = "") -> str:
        match = _TOKEN.match(self.text, self.position)
        if match is None or (expected and match[0].strip() != expected):
            raise self.fail(f"expected {expected or 'a term'}")
        self.position = match.end()
        return match[0].strip()

    def whole(self) -> Affine:
        value = self.sum()
        if self.text[self.position :].strip():
            raise self.fail("unexpected text")
        return value

    def sum(self) -> Affine:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise self.fail("nested too deeply")
        value = self.term()
        while self.peek() in ("+", "-"):
            sign = ONE if self.take() == "+" else -ONE
            value = add(value, self.term(), sign)
        self.nesting -= 1
        return value

    def term(self) -> Affine:
        value = self.factor()
        while self.peek() in ("*", "/"):
            operator, other = self.take(), self.factor()
            if operator == "*" and _is_constant(value):
                value, other = other, value
            if not _is_constant(other):
                raise self.fail("only a constant may multiply or divide")
            factor = other.get(CONSTANT, ZERO)
            if operator == "/":
                if not factor:
                    raise self.fail("division by zero")
                factor = 1 / factor
            charge(sum(step(v, factor) for v in value.values()))
            value = {a: w for a, v in value.items() if (w := v * factor)}
        return value

    def factor(self) -> Affine:
        negative = False
        while self.peek() in ("-", "+"):
            negative ^= self.take() == "-"
        value = self.atom()
        return {a: -v for a, v in value.items()} if negative else value

    def atom(self) -> Affine:
        token = self.take()
        if token == "(":
            value = self.sum()
            self.take(")")
            return value
        if token[0] == "x" and token[1:].isdigit():
            return {int(token[1:]): ONE}
        if token[0].isdigit():
            number = parse_number(token)
            return {CONSTANT: number} if number else {}
        if token not in ("max", "min", "abs", "relu", "clip"):
            raise self.fail(f"unknown function or name {token!r}")
        self.take("(")
        parts = [self.sum()]
        while self.peek() == ",":
            self.take()
            parts.append(self.sum())
        self.take(")")
        return self.call(token, parts)

    def call(self, name: str, parts: list[Affine]) -> Affine:
        if name in ("max", "min"):
            sign = ONE if name == "max" else -ONE
            value = parts[0]
            for part in parts[1:]:  # max(a, b) = a + relu(b - a); min(a, b) = a - relu(a - b)
                value = add(value, self.relu(scale(add(part, value, -ONE), sign)), sign)
            return value
        if name in ("abs", "relu") and len(parts) == 1:
            positive = self.relu(parts[0])
            if name == "relu":
                return positive
            return add(positive, self.relu(scale(parts[0], -ONE)), ONE)
        if name == "clip" and len(parts) == 3:
            value, low, high = parts
            if not (_is_constant(low) and _is_constant(high)):
                raise self.fail("clip needs constant bounds")
            if low.get(CONSTANT, ZERO) > high.get(CONSTANT, ZERO):
                raise self.fail("clip needs lower ≤ upper")
            above = self.relu(add(value, low, -ONE))
            beyond = self.relu(add(value, high, -ONE))
            return add(add(low, above, ONE), beyond, -ONE)
        raise self.fail(f"wrong number of arguments for {name}")

    def relu(self, value: Affine) -> Affine:
        key = tuple(sorted(value.items()))
        if _is_constant(value):
            constant = max(value.get(CONSTANT, ZERO), ZERO)
            return {CONSTANT: constant} if constant else {}
        self.spent += len(key)
        if self.spent > MAX_TERMS:
            raise Decline("terms", f"more than {MAX_TERMS} in the ReLUs of a formula")
        atom = self.cuts.setdefault(key, self.inputs + len(self.cuts))
        return {atom: ONE}


def _is_constant(value: Affine) -> bool:
    return all(atom == CONSTANT for atom in value)


def scale(value: Affine, factor: Fraction) -> Affine:
    """factor · value, for a factor that is not 0."""
    return {a: v * factor for a, v in value.items()}


def add(left: Affine, right: Affine, factor: Fraction) -> Affine:
    """left + factor · right."""
    result = dict(left)
    charge(len(left))
    for atom, value in right.items():
        total = result.get(atom, ZERO)
        charge(step(total, value))
        total += factor * value
        if total:
            result[atom] = total
        else:
            result.pop(atom, None)
    return result


def parse(text: str) -> Expression:
    """The formula as an Expression. Raises Malformed with the column."""
    if len(text) > 100_000:
        raise Malformed("", "an expression longer than 100,000 characters")
    parser = _Parser(text)
    value = parser.whole()
    return Expression(parser.inputs, tuple(parser.cuts), tuple(sorted(value.items())))


def read(node: Node) -> Expression:
    """``{ expression = "max(x0, abs(x1)) - 1/3" }``, or the canonical form."""
    if isinstance(node.value, dict):
        return _canonical(node)
    try:
        return parse(node.string())
    except Malformed as error:
        node.fail(error.message)


def _canonical(node: Node) -> Expression:
    keys = node.object(("inputs", "cuts", "value"))
    inputs = keys["inputs"].integer(0)

    def terms(entry: Node, atoms: int) -> tuple[tuple[int, Fraction], ...]:
        found = []
        for pair in entry.entries():
            atom, weight = pair.entries(2)
            if not CONSTANT <= atom.integer() < atoms:
                atom.fail("no such atom")
            found.append((atom.integer(), weight.number()))
        if found != sorted(dict(found).items()) or not all(v for _, v in found):
            entry.fail("expected distinct atoms in order, none with weight 0")
        return tuple(found)

    cuts = tuple(terms(cut, inputs + k) for k, cut in enumerate(keys["cuts"].entries()))
    return Expression(inputs, cuts, terms(keys["value"], inputs + len(cuts)))
