"""Boolean formulas as networks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ...kernel.data.network import Network
from ...kernel.data.numbers import ONE, ZERO
from ...kernel.verdict import Malformed
from ._circuit import Circuit, Wire
from ._options import Gadget, Parameter, boolean, integer, word

MAX_NESTING = 60
_TOKEN = re.compile(r"\s*(?:(x[0-9]{1,6})\b|([a-z]+)\b|([0-9]{1,9})\b|([(),]))", re.ASCII)
_LOOSEST_FIRST = ("or", "xor", "and")


def formula(text: str, inputs: int | None = None, signs: bool = False) -> Network:
    """The network that computes a Boolean formula on every point of {0, 1}^inputs.

    ``text`` is built from x0, x1, …, ``true``, ``false``, parentheses, and, from the
    tightest to the loosest: ``not``, ``and``, ``xor``, ``or``; and
    ``atleast k of (a, b, …)``. With ``signs`` inputs and output are ±1, +1 for true.
    ``inputs`` is one more than the largest index unless given.

    Equal subformulas are computed once, and ``not`` costs nothing. With s the sum of the
    parts, ``and`` of k is relu(s − k + 1); ``or`` is 1 − relu(1 − s); ``atleast m`` is
    relu(s − m + 1) − relu(s − m); ``xor`` of k is relu(s) + Σ 2(−1)^j relu(s − j),
    0 < j < k. All hidden layers are ReLU; a value waits for others as relu(v) = v.
    ‖W‖_F² over {0, 1}: k, 1 for ``and`` and ``or`` of k inputs; 2k, 2 for ``atleast``
    with 1 < m < k; k², 4k − 3 for ``xor``. Deeper formulas have no closed form.
    Source: threshold gates of McCulloch and Pitts (1943), cut to ReLUs on {0, 1}.
    """
    tree = _parse(text)
    largest = max(_variables(tree), default=-1)
    dimension = max(largest + 1, 1) if inputs is None else inputs
    if not largest < dimension or dimension < 1:
        raise Malformed("", f"x{largest} is beyond the {dimension} inputs")
    compiler = _Compiler(Circuit(dimension, relu_only=True), signs)
    value = compiler.value(tree)
    return compiler.circuit.network([(value * 2).shift(-1) if signs else value])


# ------------------------------------------------------------------- syntax


@dataclass(frozen=True)
class _Node:
    """``var`` with an index, ``true``, ``not``, ``and``, ``or``, ``xor``, ``atleast`` with k."""

    kind: str
    number: int = 0
    parts: tuple[_Node, ...] = ()


_TRUE = _Node("true")


def _variables(tree: _Node) -> set[int]:
    if tree.kind == "var":
        return {tree.number}
    return {index for part in tree.parts for index in _variables(part)}


def _parse(text: str) -> _Node:
    parser = _Parser(text)
    tree = parser.binary(0)
    if text[parser.position :].strip():
        raise parser.fail("unexpected text")
    return tree


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.position, self.nesting = text, 0, 0

    def fail(self, message: str) -> Malformed:
        return Malformed("", f"{message} at column {self.position + 1} of {self.text[:60]!r}")

    def peek(self) -> str:
        match = _TOKEN.match(self.text, self.position)
        return match[0].strip() if match else ""

    def take(self, expected: str = "") -> str:
        match = _TOKEN.match(self.text, self.position)
        if match is None or (expected and match[0].strip() != expected):
            raise self.fail(f"expected {expected or 'a variable, a constant, not, atleast or ('}")
        self.position = match.end()
        return match[0].strip()

    def binary(self, level: int) -> _Node:
        if level == len(_LOOSEST_FIRST):
            return self.unary()
        parts = [self.binary(level + 1)]
        while self.peek() == _LOOSEST_FIRST[level]:
            self.take()
            parts.append(self.binary(level + 1))
        return parts[0] if len(parts) == 1 else _Node(_LOOSEST_FIRST[level], parts=tuple(parts))

    def unary(self) -> _Node:
        flips = 0
        while self.peek() == "not":
            self.take()
            flips += 1
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise self.fail("nested too deeply")
        tree = self.atom()
        self.nesting -= 1
        return _Node("not", parts=(tree,)) if flips % 2 else tree

    def atom(self) -> _Node:
        start = self.position
        token = self.take()
        if token == "(":
            tree = self.binary(0)
            self.take(")")
            return tree
        if token[0] == "x" and token[1:].isdigit():
            return _Node("var", int(token[1:]))
        if token in ("true", "false"):
            return _TRUE if token == "true" else _Node("not", parts=(_TRUE,))
        if token == "atleast":
            return self.atleast()
        self.position = start
        raise self.fail(f"unexpected {token!r}")

    def atleast(self) -> _Node:
        count = self.take()
        if not count.isdigit():
            raise self.fail("expected a number before 'of'")
        self.take("of")
        self.take("(")
        parts = [self.binary(0)]
        while self.peek() == ",":
            self.take()
            parts.append(self.binary(0))
        self.take(")")
        return _Node("atleast", int(count), tuple(parts))


# ----------------------------------------------------------------- compiling


class _Compiler:
    """Each value is a wire that is 0 or 1 on every Boolean input."""

    def __init__(self, circuit: Circuit, signs: bool) -> None:
        self.circuit, self.signs = circuit, signs
        self._done: dict[_Node, Wire] = {}

    def value(self, tree: _Node) -> Wire:
        if tree not in self._done:
            self._done[tree] = self._compile(tree)
        return self._done[tree]

    def _compile(self, tree: _Node) -> Wire:
        if tree.kind == "var":
            wire = self.circuit.input(tree.number)
            return wire.shift(1) * Fraction(1, 2) if self.signs else wire
        if tree.kind == "true":
            return Wire((), ONE)
        parts = [self.value(part) for part in tree.parts]
        if tree.kind == "not":
            return (parts[0] * -1).shift(1)
        return self._count(tree.kind, tree.number, parts)

    def _count(self, kind: str, least: int, parts: Sequence[Wire]) -> Wire:
        """A gate that reads the sum of its parts alone."""
        relu = self.circuit.relu
        total, size = self._total(parts), len(parts)
        if kind == "or" or (kind == "atleast" and least == 1):
            return (relu((total * -1).shift(1)) * -1).shift(1)
        if kind == "and":
            least = size
        if kind != "xor":
            if not 0 < least <= size:
                return Wire((), ONE if least == 0 else ZERO)
            reached = relu(total.shift(1 - least))
            return reached if least == size else reached - relu(total.shift(-least))
        result = relu(total)
        for j in range(1, size):
            result = result + relu(total.shift(-j)) * (-2 if j % 2 else 2)
        return result

    def _total(self, parts: Sequence[Wire]) -> Wire:
        """The sum; what reads inputs waits as relu(v) = v for values of deeper layers."""
        deepest = max(self.circuit.level(part) for part in parts)
        total = Wire(())
        for part in parts:
            shallow = deepest > 0 and self.circuit.level(part) == 0
            total = total + (self.circuit.relu(part) if shallow else part)
        return total


GADGET = Gadget(
    "formula",
    "a Boolean formula over {0, 1}^n, or over signs",
    formula,
    (
        Parameter("text", word, "formula, such as 'x0 and not (x1 xor atleast 2 of (x2, x3, x4))'"),
        Parameter("inputs", integer, "dimension of the input (default: as many as are read)", None),
        Parameter("signs", boolean, "inputs and output in {-1, 1}, 1 for true", False),
    ),
)
