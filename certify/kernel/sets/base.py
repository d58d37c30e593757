"""What every set of a claim can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..exact import ONE
from ..functions.base import Vector
from ..linear import dot
from ..network import Network, Row
from ..stream import Stream


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

    def stream(self) -> Stream | None:
        """The set as independent factors; None where it is infinite."""
        return None

    def polyhedron(self) -> Polyhedron | None:
        """The set as the image of a polyhedron; None where it is not one."""
        return None

    def certain(self) -> bool:
        """Is it known without a point that the set is not empty?"""
        return True

    def signed(self) -> bool:
        """Is it known that every sign in the set's definition is ±1 wherever it is asked?"""
        return True

    def networks(self) -> Iterator[Network]:
        """The networks that the set mentions (in the sign of a perturbation)."""
        yield from ()
