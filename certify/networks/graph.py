"""A computation graph as the readers hand it over: nodes, constants, one input, one output.

Nodes follow the ONNX operator specification, https://onnx.ai/onnx/operators/
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NoReturn

from ..kernel.verdict import Malformed, shorten

Array = Any  # a numpy array


@dataclass(frozen=True)
class Node:
    """One application of an operator. Absent optional inputs and outputs have the name "".

    ``kinds`` and ``makes`` are the element types of its inputs and outputs, named as numpy does;
    "" where a type is unknown, and () where the file has no types (torch).
    """

    operator: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    opset: int
    kinds: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """The node as messages name it."""
        label = self.name or ", ".join(self.outputs)
        return f"node {quoted(label)} ({shorten(self.operator)})"

    def fail(self, message: str) -> NoReturn:
        """Refuse this node."""
        raise Malformed(self.place, message)

    def integer(self, key: str, default: int) -> int:
        """An attribute that is an integer."""
        value = self.attributes.get(key, default)
        if not isinstance(value, int):
            self.fail(f"attribute {key} is not an integer")
        return value

    def flag(self, key: str, default: int = 0) -> bool:
        """An attribute that is 0 or 1."""
        value = self.integer(key, default)
        if value not in (0, 1):
            self.fail(f"attribute {key} is neither 0 nor 1")
        return bool(value)

    def integers(self, key: str) -> tuple[int, ...] | None:
        """An attribute that is a list of integers, or None where it is absent."""
        value = self.attributes.get(key)
        if value is None:
            return None
        if not isinstance(value, tuple) or not all(isinstance(v, int) for v in value):
            self.fail(f"attribute {key} is not a list of integers")
        return value

    def number(self, key: str, default: Fraction) -> Fraction:
        """An attribute that is a float: the dyadic rational that it stores."""
        if key not in self.attributes:
            return default
        value = self.real(key)
        if not math.isfinite(value):
            self.fail(f"attribute {key} is not finite")
        return Fraction(value)

    def real(self, key: str) -> float:
        """An attribute that is a float, perhaps infinite or NaN."""
        value = self.attributes.get(key)
        if not isinstance(value, float):
            self.fail(f"attribute {key} is not a float")
        return value

    def text(self, key: str, default: str) -> str:
        """An attribute that is text."""
        value = self.attributes.get(key, default)
        if not isinstance(value, str):
            self.fail(f"attribute {key} is not text")
        return value


@dataclass(frozen=True)
class Graph:
    """What a network file computes, before any arithmetic.

    ``declared`` holds the shapes that the file states of values; None is a size left open.
    """

    input: str
    shape: tuple[int, ...]
    output: str
    constants: Mapping[str, Array]
    nodes: tuple[Node, ...]
    declared: Mapping[str, tuple[int | None, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Tensor:
    """A computed tensor: the elements of a trace, as an int64 array of its shape."""

    ids: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """The dimensions."""
        return tuple(self.ids.shape)

    def flat(self) -> list[int]:
        """The elements in row-major order."""
        result: list[int] = self.ids.reshape(-1).tolist()
        return result


@dataclass(frozen=True)
class Condition:
    """Whether each element is positive, or (not ``strict``) at least 0; or, negated, is not."""

    ids: Array
    strict: bool
    negated: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """The dimensions."""
        return tuple(self.ids.shape)


Value = Any  # a Tensor, a Condition, or a numpy array for a constant


def quoted(name: str) -> str:
    """A name out of a file, fit for a message."""
    return repr(shorten(name))
