"""What an entry of the operator table says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..graph import Array, Node, Tensor, Value
from ..trace import Trace


@dataclass(frozen=True)
class Operator:
    """How to run a node: ``run(node, inputs, trace)`` gives its output, or a tuple of them.

    Inputs left out at the end stand as None, up to ``most`` (None: any number).
    A node with an attribute that is not listed is refused, and so is one that reads a
    condition (the result of a comparison) unless it says that it does.
    """

    run: Callable[[Node, list[Any], Trace], Value | tuple[Value, ...]]
    least: int = 1
    most: int | None = 1
    attributes: tuple[str, ...] = ()
    conditions: bool = False


def computed(node: Node, value: Value, what: str = "input") -> Tensor:
    """The value, which must be computed from the network's input."""
    if not isinstance(value, Tensor):
        node.fail(f"{what} is a constant")
    return value


def constant(node: Node, value: Value, what: str) -> Array:
    """The value, which must be a constant."""
    if value is None or isinstance(value, Tensor):
        node.fail(f"{what} is not a constant")
    return value


def moved(value: Value, move: Callable[[Array], Array]) -> Value:
    """Data movement: the same on the elements of a tensor and on a constant."""
    return Tensor(move(value.ids)) if isinstance(value, Tensor) else move(value)


def axis_of(node: Node, axis: int, rank: int) -> int:
    """An axis counted from the front."""
    if not -rank <= axis < rank:
        node.fail(f"axis {axis} of a tensor of {rank} dimensions")
    return axis % rank
