"""What an entry of the operator table says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...graph import Array, Node, Tensor, Value
from ...trace import Trace


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
    """Data movement: the same on the elements of a tensor and on a constant of any type."""
    if isinstance(value, Tensor):
        return Tensor(np.asarray(move(value.ids), dtype=np.int64))
    return np.asarray(move(value), dtype=value.dtype)  # numpy gives one entry as no array


def alike(node: Node, args: Sequence[Value]) -> None:
    """Before opset 8, Sum, Mean, Max and Min take inputs of one shape only."""
    if node.opset < 8 and len({a.shape for a in args}) > 1:
        node.fail(f"inputs of different shapes in opset {node.opset}")


def distinct_axes(node: Node, axes: Sequence[int], rank: int) -> tuple[int, ...]:
    """Axes counted from the front; an axis twice is refused."""
    found = tuple(axis_of(node, axis, rank) for axis in axes)
    if len(set(found)) != len(found):
        node.fail(f"axes {list(axes)} repeat")
    return found


def axis_of(node: Node, axis: int, rank: int) -> int:
    """An axis counted from the front."""
    if not -rank <= axis < rank:
        node.fail(f"axis {axis} of a tensor of {rank} dimensions")
    return axis % rank
