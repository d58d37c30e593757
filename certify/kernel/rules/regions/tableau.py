"""Neurons over a box as integers: what bounds are computed on.

A :class:`Tableau` is made of integers. Its variables are, in order: ``inputs`` numbers in
[−1, 1], the constant 1, and neurons, group after group, each of size at most 1. A neuron has
z = form·(variables before its group, 1) + e with |e| ≤ error; its value is relu(z), or z
itself where it is not cut. Weights and errors count units of 2^−bits, ranges (of inputs and of z)
units of 2^−RANGE, slopes units of 2^−SLOPE.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ...data import exact

if TYPE_CHECKING:
    from .machine_words import Words

RANGE = 24  # fractional bits of ranges
SLOPE = 16  # fractional bits of slopes
FULL = 1 << SLOPE  # the slope 1

Ints = list[int]
Rows = list[list[int]]


@dataclass(frozen=True)
class Group:
    """Neurons that read the variables ``first`` … before them; ``low`` ≤ z ≤ ``high`` is proven.

    ``forms`` has a row for each neuron, its last entry the constant; ``cut`` says which
    neurons are ReLUs.
    """

    first: int
    forms: Rows
    error: Ints
    low: Ints
    high: Ints
    cut: tuple[bool, ...]

    @cached_property
    def words(self) -> Words | None:
        """The group as arrays; None where it does not fit."""
        from .machine_words import as_words

        np = exact.numpy(exact.BULK)
        return None if np is None else as_words(np, self)


@dataclass(frozen=True)
class Tableau:
    """Groups of neurons over the inputs and the constant 1."""

    bits: int
    inputs: int
    groups: tuple[Group, ...]

    @cached_property
    def starts(self) -> list[int]:
        """The first column of each group; then the number of columns."""
        found = [self.inputs + 1]
        for group in self.groups:
            found.append(found[-1] + len(group.forms))
        return found

    @cached_property
    def signed(self) -> int:
        """How many variables may be negative."""
        return self.inputs + sum(not cut for group in self.groups for cut in group.cut)

    def work(self, rows: int) -> int:
        """Multiply-adds that bound every z, and then so many rows over all variables."""
        return sweeps(
            [(len(g.forms), s - g.first) for g, s in zip(self.groups, self.starts, strict=False)],
            rows,
        )

    @cached_property
    def words(self) -> list[Words] | None:
        """The groups as arrays; None where they do not fit."""
        from .machine_words import GROUPS

        found = [group.words for group in self.groups]
        words = [group for group in found if group is not None]
        return words if len(words) == len(found) <= GROUPS else None


@dataclass(frozen=True)
class Leaves:
    """Boxes of the inputs, in [−1, 1], and what is known or chosen in each.

    ``phases``: for each leaf, (group, position) → True where z ≥ 0 holds in it, False where
    z ≤ 0 does. ``slopes``: for each leaf, (group, position) → a; 0 or 1 where it is silent.
    """

    low: Rows
    high: Rows
    phases: list[dict[tuple[int, int], bool]]
    slopes: list[dict[tuple[int, int], int]]


@dataclass(frozen=True)
class Basis:
    """Rows over all variables; the value of row t is rows[t]·v + e with |e| ≤ error[t]."""

    rows: Rows
    error: Ints


Ranges = list[tuple[Ints, Ints]]  # for each group the lower and the upper bounds of z


def sweeps(shapes: Iterable[tuple[int, int]], rows: int) -> int:
    """Multiply-adds that bound every z of groups of (neurons, variables read), then rows."""
    work = below = 0
    for height, width in shapes:
        work += 2 * height * below
        below += height * (width + 1)
    return work + rows * below
