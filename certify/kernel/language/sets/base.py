"""What every set of a claim can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Any

from ...data.linear import combine, dot
from ...data.network import Network, Row
from ...data.numbers import ONE, ZERO
from ..factored import Factored, added
from ..functions.base import Few, Values, Vector


@dataclass(frozen=True)
class Polyhedron:
    """{matrix·u + offset : lower ≤ u ≤ upper, a·u ≤ b for every row (a, b)}.

    A bound is None where there is none. The map is injective.
    """

    lower: tuple[Fraction | None, ...]
    upper: tuple[Fraction | None, ...]
    rows: tuple[tuple[Row, Fraction], ...]
    matrix: tuple[Row, ...]
    offset: Vector

    @property
    def parameters(self) -> int:
        """The dimension of u."""
        return len(self.lower)

    def place(self, u: Vector) -> Vector:
        """The point of ℝⁿ at the parameters u."""
        return tuple(dot(row, u) + o for row, o in zip(self.matrix, self.offset, strict=True))

    def few(self, row: Row, constant: Fraction) -> Few:
        """The value of row·x + constant where the bounds leave only one."""
        for i, v in combine(row, self.matrix):
            low = self.lower[i]
            if low is None or low != self.upper[i]:
                return None
            constant += v * low
        return frozenset((constant + dot(row, self.offset),))


def not_known(row: Row, constant: Fraction) -> Few:
    """Nothing is known of the values of a linear form, unless it is constant."""
    return None if row else frozenset((constant,))


def beside(parts: Sequence[tuple[int, Values]]) -> Values:
    """The values on a Cartesian product, from the dimensions of its parts and theirs."""
    starts = list(accumulate((width for width, _ in parts), initial=0))

    def values(row: Row, constant: Fraction) -> Few:
        own: dict[int, list[tuple[int, Fraction]]] = {}
        for c, v in row:
            k = bisect_right(starts, c) - 1
            own.setdefault(k, []).append((c - starts[k], v))
        return added((parts[k][1](tuple(form), ZERO) for k, form in own.items()), constant)

    return values


def identity_rows(width: int) -> tuple[Row, ...]:
    """The identity matrix as sparse rows."""
    return tuple(((i, ONE),) for i in range(width))


class Set(ABC):
    """A non-empty subset of ℝ^dimension."""

    @property
    @abstractmethod
    def dimension(self) -> int:
        """The number of coordinates of its points."""

    @abstractmethod
    def canonical(self) -> Any:
        """The canonical JSON value."""

    @abstractmethod
    def contains(self, point: Vector) -> bool:
        """Does the point lie in the set? Exact."""

    def factored(self) -> Factored | None:
        """The set as independent factors; None where it is infinite."""
        return None

    def polyhedron(self) -> Polyhedron | None:
        """The set as the image of a polyhedron; None where it is not one."""
        return None

    def known(self) -> Values:
        """Which values a linear form takes on the set."""
        stream, region = self.factored(), self.polyhedron()
        if stream is not None:
            return stream.few
        return not_known if region is None else region.few

    def certain(self) -> bool:
        """Is it known without a point that the set is not empty?"""
        return True

    def signed(self) -> bool:
        """Is it known that every sign in the set's definition is ±1 wherever it is asked?"""
        return True

    def networks(self) -> Iterator[Network]:
        """The networks that the set mentions (in the sign of a perturbation)."""
        yield from ()
