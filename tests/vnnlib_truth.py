"""What VNN-LIB text means, without the package: a tiny evaluator of its expressions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from math import prod
from typing import Any

RELATIONS = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "=": lambda a, b: a == b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
}


def tree(text: str) -> list[Any]:
    """Nested lists of words."""
    text = re.sub(r";.*", "", text)
    stack: list[list[Any]] = [[]]
    for word in text.replace("(", " ( ").replace(")", " ) ").split():
        if word == "(":
            stack.append([])
        elif word == ")":
            last = stack.pop()
            stack[-1].append(last)
        else:
            stack[-1].append(word)
    [top] = stack
    return top


def value(node: Any, at: Mapping[str, Fraction]) -> Any:
    """The number or truth of an expression; names have their values in ``at``."""
    if isinstance(node, str):
        return at[node] if node in at else Fraction(node)
    head, *rest = node
    if head == "not":
        return not value(rest[0], at)
    values = [value(part, at) for part in rest]
    if head in ("and", "or"):
        return all(values) if head == "and" else any(values)
    if head in RELATIONS:
        return RELATIONS[head](*values)
    if head == "+":
        return sum(values)
    if head == "*":
        return prod(values)
    if head == "-":
        return -values[0] if len(values) == 1 else values[0] - sum(values[1:])
    assert head == "/"
    return values[0] / values[1]


def satisfied(text: str, at: Mapping[str, Fraction]) -> bool:
    """Do all assertions hold?"""
    return all(value(node[1], at) for node in tree(text) if node[0] == "assert")
