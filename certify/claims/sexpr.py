"""Parenthesised expressions with line numbers, and the linear formulas written in them.

Read without recursion, so that no nesting of the text can exhaust the stack.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NoReturn

from ..kernel.data.numbers import ONE, ZERO, bits
from ..kernel.language.formula import Affine, Atom, Formula, Junction, Not, Variable
from ..kernel.verdict import Malformed, shorten
from ..networks.text import check_lines

MAX_NESTING = 90  # below what the kernel accepts in a formula
MAX_SIZE = 400  # digits of a literal, and size of its exponent: past what a double holds
MAX_BITS = 1 << 13  # of a coefficient

_TOKEN = re.compile(
    r"(?P<blank>[ \t\r]+|;[^\n]*)|(?P<line>\n)|(?P<open>\()|(?P<close>\))"
    r'|(?P<index>\[[^][()"\n]*\])|(?P<word>"[^"\n]*"|[^][\s()";|]+)',
)
# what writers of version 1.0 write, and what version 2.0 has, with an exponent besides
LOOSE = re.compile(
    r"(?P<sign>[+-]?)(?=\.?[0-9])(?P<whole>[0-9]*)\.?(?P<part>[0-9]*)(?:[eE](?P<power>[+-]?[0-9]+))?"
)
PLAIN = re.compile(
    r"(?P<sign>-?)(?P<whole>[0-9]+)(?:\.(?P<part>[0-9]+))?(?:[eE](?P<power>[+-]?[0-9]+))?"
)
_RELATIONS = {"<": "<", "<=": "<=", "=": "=", "==": "=", "!=": "!=", ">=": ">=", ">": ">"}
_OPERATORS = "+-*/"


@dataclass(frozen=True)
class Word:
    """A symbol, number, quoted name, or a bracketed list of indices."""

    text: str
    line: int


@dataclass(frozen=True)
class Group:
    """What stands between two parentheses."""

    items: tuple[Expression, ...]
    line: int

    @property
    def head(self) -> str:
        """The first word; "" where the group does not start with one."""
        first = self.items[0] if self.items else self
        return first.text if isinstance(first, Word) else ""


Expression = Word | Group


def fail(at: Expression, message: str) -> NoReturn:
    """Refuse what stands there."""
    raise Malformed(f"line {at.line}", message)


def shown(text: str, limit: int = 40) -> str:
    """Text of the file, fit for a message."""
    return f"'{shorten(text, limit)}'"


def unknown(at: Group, what: str, known: str) -> NoReturn:
    """Refuse a group that does not start as one of the known ones."""
    if not at.items:
        fail(at, "() without a word in it")
    if not at.head:
        fail(at, "a ( that starts with no word: ((")
    fail(at, f"no {what} {shown(at.head)} ({known})")


def parse(text: str) -> list[Group]:
    """The groups of the text, one after another. Raises Malformed with the line."""
    check_lines(text)
    line = 1
    done: list[Group] = []
    stack: list[tuple[int, list[Expression]]] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise Malformed(f"line {line}", f"unexpected {shown(text[position : position + 20])}")
        position = match.end()
        kind = match.lastgroup
        if kind == "line":
            line += 1
        elif kind == "open":
            if len(stack) == MAX_NESTING:
                raise Malformed(f"line {line}", f"nested more than {MAX_NESTING} deep")
            stack.append((line, []))
        elif kind == "close":
            if not stack:
                raise Malformed(f"line {line}", "a ) without its (")
            start, items = stack.pop()
            group = Group(tuple(items), start)
            if stack:
                stack[-1][1].append(group)
            else:
                done.append(group)
        elif kind != "blank":
            if not stack:
                raise Malformed(f"line {line}", f"{shown(match[0])} outside of parentheses")
            stack[-1][1].append(Word(match[0], line))
    if stack:
        raise Malformed(f"line {stack[-1][0]}", "a ( without its )")
    return done


def number(word: Word, form: re.Pattern[str] = LOOSE) -> Fraction | None:
    """The decimal, exactly; None where the word is not one. Raises Malformed if too large."""
    match = form.fullmatch(word.text)
    if match is None:
        return None
    sign, whole, part, exponent = match.group("sign", "whole", "part", "power")
    part = part or ""
    if len(word.text) > MAX_SIZE or len(exponent or "") > 5 or abs(int(exponent or 0)) > MAX_SIZE:
        fail(word, f"{shown(word.text)} is larger or longer than a double can be")
    digits = int(whole + part)
    value = digits * Fraction(10) ** (int(exponent or 0) - len(part))
    return -value if sign == "-" else value


Lookup = Callable[[Word, Word | None], Variable]


@dataclass(frozen=True)
class Reader:
    """Reads formulas; ``lookup`` says which variable a name, with its index if any, is.

    ``numbers`` is the form of a number.
    Raises Malformed with the line where a formula is not Boolean over affine terms.
    """

    lookup: Lookup
    numbers: re.Pattern[str] = LOOSE

    def assertion(self, at: Group) -> Formula:
        """The formula of an assert."""
        if len(at.items) != 2:
            fail(at, f"assert takes one formula, not {len(at.items) - 1}")
        return self.formula(at.items[1])

    def formula(self, at: Expression) -> Formula:
        """A comparison, or and, or, not of formulas."""
        if isinstance(at, Word):
            fail(at, f"{shown(at.text)} where a comparison was expected")
        head, rest = at.head, at.items[1:]
        if head in ("and", "or"):
            if not rest:
                fail(at, f"({head}) without parts")
            parts = tuple(self.formula(part) for part in rest)
            return parts[0] if len(parts) == 1 else Junction(head, parts)
        if head == "not":
            if len(rest) != 1:
                fail(at, f"not takes one formula, not {len(rest)}")
            return Not(self.formula(rest[0]))
        if head in _RELATIONS:
            return self._comparison(_RELATIONS[head], at)
        if any(isinstance(item, Word) and item.text in _RELATIONS for item in rest):
            fail(at, "an infix comparison: write the relation first, as in (<= X_0 1)")
        unknown(at, "relation", "known: and, or, not, <, <=, =, ==, !=, >=, >")

    def _comparison(self, relation: str, at: Group) -> Atom:
        sides = self._arguments(at)
        if len(sides) != 2:
            fail(at, f"{at.head} compares two terms, not {len(sides)}")
        total = dict(sides[0])
        _add(at, total, sides[1], -ONE)
        constant = total.pop(None, ZERO)
        terms = tuple(sorted((k, v) for k, v in total.items() if k is not None))
        return Atom(relation, terms, constant)

    def _arguments(self, at: Group) -> list[Affine]:
        """The terms after the head; an index belongs to the name before it."""
        items: Sequence[Expression] = at.items[1:]
        result = []
        i = 0
        while i < len(items):
            item, following = items[i], items[i + 1] if i + 1 < len(items) else None
            index = following if isinstance(following, Word) and following.text[0] == "[" else None
            if isinstance(item, Group):
                if index is not None:
                    fail(index, f"the index {shorten(index.text, 40)} follows no name")
                result.append(self._operation(item))
            elif (value := number(item, self.numbers)) is not None and index is None:
                result.append({None: value} if value else {})
            else:
                result.append({self.lookup(item, index): ONE})
            i += 1 if index is None else 2
        return result

    def _operation(self, at: Group) -> Affine:
        operator = at.head
        if len(operator) != 1 or operator not in _OPERATORS:
            unknown(at, "operation", "known: + - * /")
        values = self._arguments(at)
        if not values:
            fail(at, f"({operator}) without terms")
        total = dict(values[0])
        if operator == "-" and len(values) == 1:
            return _scaled(at, total, -ONE)
        for value in values[1:]:
            if operator in "+-":
                _add(at, total, value, ONE if operator == "+" else -ONE)
            else:
                total = self._product(at, total, value)
        return total

    def _product(self, at: Group, left: Affine, right: Affine) -> Affine:
        if at.head == "/":
            if not set(right) <= {None}:
                fail(at, "not linear: a variable divides")
            if not right:
                fail(at, "division by zero")
            return _scaled(at, left, 1 / right[None])
        if not set(left) <= {None}:
            left, right = right, left
        if not set(left) <= {None}:
            fail(at, "not linear: variables are multiplied")
        return _scaled(at, right, left.get(None, ZERO))


def _add(at: Group, total: Affine, value: Affine, factor: Fraction) -> None:
    """Add factor · value to the total, in place and without zeros."""
    for key, v in value.items():
        new = total.get(key, ZERO) + factor * v
        if new:
            total[key] = _limited(at, new)
        else:
            total.pop(key, None)


def _scaled(at: Group, value: Affine, factor: Fraction) -> Affine:
    return {k: _limited(at, v * factor) for k, v in value.items()} if factor else {}


def _limited(at: Group, value: Fraction) -> Fraction:
    """The value. Refuses one so long that sums and products of such would take for ever."""
    if bits(value) > MAX_BITS:
        fail(at, f"a coefficient of more than {MAX_BITS} bits")
    return value
