"""A second reader of VNN-LIB, 1.0 and 2.0: text in, the truth at a point out.

It shares no code and no design with the package: characters are read one at a time, an
expression is evaluated while it is read, numbers go through ``decimal``, and nothing is
normalised, bounded or simplified. It believes that the text is well formed.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Context, Decimal
from fractions import Fraction

EXACT = Context(prec=900)


class Second:
    """One pass over a text. ``names`` are the elements in the order of their declaration."""

    def __init__(self, text: str, point: Mapping[str, Fraction]) -> None:
        self.text, self.at, self.point = text, 0, point
        self.shapes: dict[str, list[int]] = {}
        self.names: list[str] = []
        self.truth = True
        while self.peek():
            self.command()

    # ------------------------------------------------------------ characters

    def peek(self) -> str:
        """The next character that is neither blank nor in a comment; "" at the end."""
        while self.at < len(self.text):
            c = self.text[self.at]
            if c == ";":
                while self.at < len(self.text) and self.text[self.at] != "\n":
                    self.at += 1
            elif c in " \t\r\n":
                self.at += 1
            else:
                return c
        return ""

    def take(self, c: str) -> None:
        assert self.peek() == c, (c, self.text[self.at : self.at + 30])
        self.at += 1

    def word(self) -> str:
        """Letters up to a blank, a parenthesis, a bracket or a comment."""
        self.peek()
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in " \t\r\n();[]":
            self.at += 1
        return self.text[start : self.at]

    def numbers(self) -> list[int]:
        """[1, 2, 3]"""
        self.take("[")
        start = self.at
        while self.text[self.at] != "]":
            self.at += 1
        self.at += 1
        inside = self.text[start : self.at - 1].strip()
        return [int(part) for part in inside.split(",")] if inside else []

    # -------------------------------------------------------------- commands

    def command(self) -> None:
        self.take("(")
        word = self.word()
        if word == "assert":
            self.truth = self.formula() and self.truth
        elif word == "declare-const":
            self.names.append(self.word())
            self.shapes[self.names[-1]] = []
            self.word()
        elif word == "declare-network":
            self.word()
            while self.peek() == "(":
                self.part()
        else:
            self.word()
        self.take(")")

    def part(self) -> None:
        """An input or output with its elements, row by row; or what the network is equal to."""
        self.take("(")
        kind = self.word()
        name = self.word()
        if kind not in ("equal-to", "isomorphic-to"):
            self.word()
            self.shapes[name] = shape = self.numbers()
            count = 1
            for size in shape:
                count *= size
            for k in range(count):
                index = []
                for size in reversed(shape):
                    index.insert(0, k % size)
                    k //= size
                self.names.append(element(name, index))
            if self.peek() == '"':
                self.at = self.text.index('"', self.at + 1) + 1
        self.take(")")

    # ----------------------------------------------------------- expressions

    def formula(self) -> bool:
        self.take("(")
        word = self.word()
        if word in ("and", "or", "not"):
            truths = []
            while self.peek() != ")":
                truths.append(self.formula())
            self.take(")")
            if word == "not":
                return not truths[0]
            return min(truths) if word == "and" else max(truths)
        left, right = self.term(), self.term()
        self.take(")")
        below, above = left < right, left > right
        return {
            "<": below,
            "<=": not above,
            ">": above,
            ">=": not below,
            "=": not below and not above,
            "==": not below and not above,
            "!=": below or above,
        }[word]

    def term(self) -> Fraction:
        if self.peek() != "(":
            word = self.word()
            if word in self.shapes:
                index = self.numbers() if self.peek() == "[" else []
                return self.point[element(word, index)]
            return Fraction(EXACT.create_decimal(Decimal(word)))
        self.take("(")
        word = self.word()
        parts = []
        while self.peek() != ")":
            parts.append(self.term())
        self.take(")")
        if word == "-" and len(parts) == 1:
            return -parts[0]
        result = parts[0]
        for part in parts[1:]:
            if word == "+":
                result += part
            elif word == "-":
                result -= part
            elif word == "*":
                result *= part
            else:
                result /= part
        return result


def element(name: str, index: list[int]) -> str:
    """X[0,1]; a tensor of rank 0, or a constant, goes by its name."""
    return f"{name}[{','.join(map(str, index))}]" if index else name
