"""What every function of a claim can do.

A function acts on ℝⁿ. It is evaluated exactly on a batch of points; where it is
piecewise linear it lowers to a network; and it can name the :class:`Features`
through which it sees its input, so that a set far too large to list can be folded.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, NoReturn

from ...data import exact
from ...data.exact import Batch
from ...data.network import Network, Row, affine_layer, identity_layer
from ...data.numbers import ONE, ZERO, format_rational
from ...verdict import Malformed

Vector = tuple[Fraction, ...]
Few = frozenset[Fraction] | None  # some values; None where they are many or not known
Values = Callable[[Row, Fraction], Few]  # those that row·x + constant takes where x may be
SIGNS = frozenset((ONE, -ONE))


@dataclass(frozen=True)
class Features:
    """f(x) = finish(linear functionals of x, then parities, then counts of +1).

    ``finish`` takes a batch of these values, in this order, one column each.
    """

    linear: tuple[Row, ...]
    parities: tuple[tuple[int, ...], ...]
    counts: tuple[tuple[int, ...], ...]
    finish: Callable[[Batch], Batch]

    @property
    def width(self) -> int:
        """How many values ``finish`` takes."""
        return len(self.linear) + len(self.parities) + len(self.counts)


class Function(ABC):
    """A function ℝⁿ → ℝᵏ with exact values; ``outputs`` is k."""

    @property
    @abstractmethod
    def outputs(self) -> int:
        """The number of outputs."""

    @abstractmethod
    def canonical(self) -> Any:
        """The canonical JSON value."""

    @abstractmethod
    def misfit(self, dimension: int) -> str | None:
        """Why the function cannot act on ℝ^dimension, or None where it can."""

    def undefined(self, dimension: int, values: Values) -> str | None:
        """Why the function is not defined wherever x may be, or None where it is.

        None too where that is not known before it is evaluated.
        """
        return None

    @abstractmethod
    def evaluate(self, points: Batch) -> Batch:
        """The values at every point. Raises Malformed where one is undefined."""

    def networks(self) -> Iterator[Network]:
        """The networks that the function mentions."""
        yield from ()

    def lower(self, dimension: int) -> Network | None:
        """The same function on ℝ^dimension as a network, or None if it is not one."""
        return None

    def features(self, dimension: int) -> Features | None:
        """What the function needs to know of x; None if nothing less than all of x."""
        network = self.lower(dimension)
        return None if network is None else network_features(network)

    def __call__(self, point: Vector) -> Vector:
        """The value at one point."""
        return self.evaluate(exact.batch([point], len(point))).fractions()[0]


def network_features(network: Network) -> Features:
    """A network sees its input through the rows of its first matrix."""
    first = network.layers[0]
    start = replace(identity_layer(first.width), bias=first.bias, relu=first.relu)
    rest = Network(first.width, (start, *network.layers[1:]))
    return Features(first.rows, (), (), rest.evaluate)


def signs(points: Batch, over: tuple[int, ...], reader: str) -> list[list[bool]]:
    """For each point and each coordinate of ``over``: is it +1? Refuses all but ±1."""
    result = []
    one = points.denominator
    for row in points.columns(over).rows():
        for position, value in enumerate(row):
            if value not in (one, -one):
                shown = format_rational(Fraction(value, one))
                raise Malformed("", f"{reader} reads x{over[position]} = {shown}, which is not ±1")
        result.append([value == one for value in row])
    return result


def needs_signs(over: tuple[int, ...], values: Values, what: str) -> str | None:
    """The complaint where a coordinate is not known to be ±1 wherever x may be."""
    for i in over:
        found = values(one_row(i), ZERO)
        if found is None:
            return f"{what} reads x{i}, which takes values other than ±1"
        if others := found - SIGNS:
            return f"{what} reads x{i} = {format_rational(min(others))}, which is not ±1"
    return None


def needs_index(over: tuple[int, ...], dimension: int, what: str) -> str | None:
    """The complaint where an index lies outside of ℝ^dimension."""
    if over and max(over) >= dimension:
        return f"{what} reads x{max(over)}, but points have {dimension} coordinates"
    return None


def as_network(matrix: tuple[Row, ...], offset: Vector, columns: int) -> Network:
    """x ↦ matrix·x + offset as a network of one layer."""
    return Network(columns, (affine_layer(columns, matrix, offset),))


def one_row(index: int) -> Row:
    """The row that picks coordinate ``index``."""
    return ((index, ONE),)


def misuse(message: str) -> NoReturn:
    """Refuse a function where it stands."""
    raise Malformed("", message)
