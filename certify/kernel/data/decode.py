"""Strict reading: JSON without surprises, and a cursor that knows where it is."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NoReturn, TypeVar

from ..verdict import Decline, Malformed, shorten
from .account import CELL, SHORT, charge, cost
from .network import Layer, Network, Row, sparse
from .numbers import MAX_DIGITS, parse_rational

T = TypeVar("T")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
MAX_DEPTH = 200
MAX_MARKS = 1 << 23  # commas, quotes and opening brackets: Python takes up to 48 bytes for each
MAX_TABLE = 1 << 20  # rows or columns of a matrix
MAX_INTEGER = 14_000  # bits, fewer than the 4,300 digits that Python writes


def parse_json(text: str) -> Any:
    """JSON with floats, NaN, duplicate keys and deep nesting refused.

    Raises Malformed, and Decline where there are more than MAX_MARKS.
    """
    depth = 0
    # possessive, and over an unfinished string too, so that no character is looked at twice
    pattern = r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]'
    for count, mark in enumerate(re.finditer(pattern, text, re.DOTALL)):
        if count > MAX_MARKS:
            raise Decline("marks", f"more than {MAX_MARKS}")
        if mark[0] in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise Malformed("", f"JSON nested more than {MAX_DEPTH} deep")
        elif mark[0] in "]}":
            depth -= 1
    if (marks := sum(map(text.count, ',"[{'))) > MAX_MARKS:
        raise Decline("marks", marks)
    try:
        return json.loads(
            text,
            parse_float=_refuse,
            parse_constant=_refuse,
            parse_int=_integer,
            object_pairs_hook=_unique,
        )
    except json.JSONDecodeError as error:
        raise Malformed("", f"not JSON: {error}") from None


def _refuse(text: str) -> NoReturn:
    raise Malformed("", f"{text[:60]} is not an exact number")


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise Decline("digits", len(text))
    if text == "-0":
        raise Malformed("", "-0 is not a number here")
    return int(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        twice = Counter(k for k, _ in pairs).most_common(1)[0][0]
        raise Malformed("", f"key {shorten(twice)!r} twice")
    return result


def _no_tables(name: str) -> NoReturn:
    raise Malformed("", f"a file of numbers ({shorten(name)!r}) cannot be named here")


@dataclass(frozen=True)
class Scope:
    """What a reader needs besides the value: grammar, networks by name, tables of numbers.

    ``table`` reads a named CSV or .npy file into rows; readers of claims supply it.
    """

    grammar: Callable[[str], Fraction] = parse_rational
    networks: Mapping[str, Network] = field(default_factory=dict)
    table: Callable[[str], Any] = _no_tables


CERTIFICATE = Scope()


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON value, its path, and the scope in which it is read.

    Every method raises Malformed with the path where the value is not as asked.
    """

    value: Any
    at: str = ""
    scope: Scope = CERTIFICATE

    def fail(self, message: str) -> NoReturn:
        """Refuse this value."""
        raise Malformed(self.at or "/", message)

    def _child(self, key: object, value: Any) -> Node:
        return Node(value, f"{self.at}/{key}", self.scope)

    def object(self, required: Collection[str], optional: Collection[str] = ()) -> dict[str, Node]:
        """An object with exactly these keys."""
        if not isinstance(self.value, dict):
            self.fail(f"expected an object, found {shorten(self.value)!r}")
        for key in self.value:
            if key not in required and key not in optional:
                known = ", ".join([*required, *optional])
                self.fail(f"unknown key {shorten(key)!r} (known: {known})")
        for key in required:
            if key not in self.value:
                self.fail(f"missing key {key!r}")
        return {key: self._child(key, value) for key, value in self.value.items()}

    def single(self) -> tuple[str, Node]:
        """An object with one key: that key and its value."""
        if not isinstance(self.value, dict) or len(self.value) != 1:
            self.fail(f"expected an object with one key, found {shorten(self.value)!r}")
        [(key, value)] = self.value.items()
        return key, self._child(key, value)

    def entries(self, length: int | None = None) -> list[Node]:
        """A list, of the length given if one is given."""
        return list(self.each(length))

    def each(self, length: int | None = None) -> Iterator[Node]:
        """The entries of a list one at a time: nodes take far more memory than values do."""
        value = self.value
        if isinstance(value, str):
            value = self._guard(self.scope.table, value)
        if not isinstance(value, list):
            self.fail(f"expected a list, found {shorten(value)!r}")
        if length is not None and len(value) != length:
            self.fail(f"expected {length} entries, found {len(value)}")
        return (self._child(i, v) for i, v in enumerate(value))

    def number(self) -> Fraction:
        """An exact number: an integer, or text of the grammar in force."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            if (long := self.value.bit_length()) > SHORT:
                charge(cost(1, long))
            return Fraction(self.value)
        if isinstance(self.value, float):
            self.fail(
                f'a float ({self.value!r}) is not exact: write it as a string, "{self.value}"'
            )
        if not isinstance(self.value, str):
            self.fail(f"expected a number, found {shorten(self.value)!r}")
        return self._guard(self.scope.grammar, self.value)

    def _guard(self, reader: Callable[[str], T], text: str) -> T:
        try:
            return reader(text)
        except Malformed as error:
            self.fail(error.message)

    def integer(self, least: int | None = None) -> int:
        """A JSON integer, not smaller than ``least``."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            self.fail(f"expected an integer, found {shorten(self.value)!r}")
        if self.value.bit_length() > MAX_INTEGER:
            raise Decline("bits", self.value.bit_length())
        if least is not None and self.value < least:
            self.fail(f"expected at least {least}, found {shorten(self.value)}")
        return self.value

    def string(self) -> str:
        """Text."""
        if not isinstance(self.value, str):
            self.fail(f"expected text, found {shorten(self.value)!r}")
        return self.value

    def choice(self, *options: str) -> str:
        """One of the words given."""
        if self.value not in options or not isinstance(self.value, str):
            self.fail(f"expected one of {', '.join(options)}, found {shorten(self.value)!r}")
        return self.value

    def vector(self, length: int | None = None) -> tuple[Fraction, ...]:
        """A list of numbers."""
        return tuple(entry.number() for entry in self.each(length))

    def matrix(
        self, rows: int | None = None, columns: int | None = None
    ) -> list[tuple[Fraction, ...]]:
        """A list of rows of numbers, all of one length."""
        result = []
        for row in self.each(rows):
            result.append(row.vector(columns))
            columns = len(result[0])
        return result

    def indices(self) -> tuple[int, ...]:
        """A list of distinct non-negative integers."""
        found = tuple(entry.integer(0) for entry in self.each())
        if len(set(found)) != len(found):
            self.fail("an index stands twice")
        return found

    def name(self) -> str:
        """A name of the grammar [A-Za-z0-9][A-Za-z0-9._-]*."""
        if not isinstance(self.value, str) or not NAME.fullmatch(self.value):
            self.fail(f"{shorten(self.value)!r} is not a name")
        return self.value

    def items(self) -> Iterator[tuple[str, Node]]:
        """The keys and values of an object with any keys."""
        if not isinstance(self.value, dict):
            self.fail(f"expected an object, found {shorten(self.value)!r}")
        for key, value in self.value.items():
            yield key, self._child(key, value)


def network_named(node: Node) -> Network:
    """The network of this name in the scope; a Network, where Python built the claim."""
    if isinstance(node.value, Network):
        return node.value
    if isinstance(node.value, dict):  # as a canonical claim writes it
        return network_of_digest(node.object(("network",))["network"])
    name = node.name()
    if name not in node.scope.networks:
        known = ", ".join(sorted(node.scope.networks)) or "none"
        node.fail(f"no network named {name!r} (networks: {known})")
    return node.scope.networks[name]


def network_of_digest(node: Node) -> Network:
    """The network of the scope whose canonical form has this SHA-256."""
    for network in node.scope.networks.values():
        if network.digest == node.value:
            return network
    node.fail(f"no network with the digest {shorten(node.value)!r}")


def read_rows(node: Node, columns: int | None = None) -> tuple[int, int, tuple[Row, ...]]:
    """A matrix, dense or as {rows, columns, entries}: (height, width, sparse rows)."""
    if isinstance(node.value, dict):
        keys = node.object(("rows", "columns", "entries"))
        height, width = keys["rows"].integer(1), keys["columns"].integer(1)
        if columns is not None and width != columns:
            keys["columns"].fail(f"expected {columns} columns, found {width}")
        if max(height, width) > MAX_TABLE:
            raise Decline("rows", max(height, width))
        charge(CELL // 2 * height)  # rows that the file need not write
        table: dict[int, dict[int, Fraction]] = {}  # only rows with entries: height is a claim
        for entry in keys["entries"].each():
            r, c, v = entry.entries(3)
            row, column = r.integer(0), c.integer(0)
            if row >= height or column >= width:
                entry.fail(f"outside of {height} × {width}")
            own = table.setdefault(row, {})
            if column in own:
                entry.fail(f"entry ({row}, {column}) stands twice")
            own[column] = v.number()
        full = {r: tuple((c, own[c]) for c in sorted(own) if own[c]) for r, own in table.items()}
        return height, width, tuple(full.get(r, ()) for r in range(height))
    dense = node.matrix(columns=columns)
    if not dense or not dense[0]:
        node.fail("an empty matrix")
    return len(dense), len(dense[0]), tuple(sparse(row) for row in dense)


def read_network(node: Node) -> Network:
    """A network of format certify-network-1. Raises Malformed or Decline."""
    keys = node.object(("format", "inputs", "layers"))
    keys["format"].choice("certify-network-1")
    inputs = keys["inputs"].integer(1)
    width, layers = inputs, []
    for entry in keys["layers"].entries():
        parts = entry.object(("weight", "bias", "relu"))
        height, width, rows = read_rows(parts["weight"], width)
        bias = parts["bias"].vector(height)
        if isinstance(parts["relu"].value, bool):
            relu = (parts["relu"].value,) * height
        else:
            cut = set(parts["relu"].indices())
            if any(i >= height for i in cut):
                parts["relu"].fail(f"a component outside of 0 … {height - 1}")
            relu = tuple(i in cut for i in range(height))
        layers.append(Layer(width, rows, bias, relu))
        width = height
    if not layers:
        keys["layers"].fail("a network needs at least one layer")
    return Network(inputs, tuple(layers))
