"""Distributions: finite ones with exact weights, and continuous ones, which are only estimated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NoReturn

from ..data.decode import Node
from ..data.network import Network
from ..data.numbers import ONE, common_denominator, format_rational
from ..verdict import Reject
from . import functions, sets
from .factored import Factored, beside, listed
from .functions.base import Function, Values, Vector
from .functions.combine import Compose
from .sets.base import beside as beside_values
from .sets.base import not_known


class Distribution:
    """A probability distribution on ℝ^dimension: the law of through(x), x from a stream.

    ``through`` is None for x itself.
    """

    dimension: int
    through: Function | None = None

    def canonical(self) -> Any:
        """The canonical JSON value."""
        raise NotImplementedError

    @property
    def finite(self) -> bool:
        """Is its support finite, so that exact rules apply?"""
        return True

    def factored(self) -> Factored:
        """x as weighted independent factors. Raises Reject where the support is infinite."""
        raise NotImplementedError

    @property
    def inputs(self) -> int:
        """The dimension of x."""
        return self.dimension

    def known(self) -> Values:
        """Which values a linear form takes on the support of x."""
        return self.factored().few if self.finite else not_known

    def networks(self) -> Iterator[Network]:
        """The networks that the distribution mentions."""
        yield from ()

    def pulled(self, function: Function) -> Function:
        """The function of x that has the law of ``function`` under this distribution."""
        return function if self.through is None else Compose(function, self.through)


@dataclass(frozen=True)
class Uniform(Distribution):
    """Every point of a finite set with the same probability, or the volume of a box."""

    on: sets.Set

    @property
    def dimension(self) -> int:  # type: ignore[override]
        return self.on.dimension

    def canonical(self) -> Any:
        return {"uniform": self.on.canonical()}

    def networks(self) -> Iterator[Network]:
        yield from self.on.networks()

    def known(self) -> Values:
        return self.on.known()

    @property
    def finite(self) -> bool:
        return self.on.factored() is not None

    def factored(self) -> Factored:
        stream = self.on.factored()
        return infinite("uniform on a box") if stream is None else stream


@dataclass(frozen=True)
class Gaussian(Distribution):
    """Independent normal coordinates with these means and variances."""

    mean: Vector
    variance: Vector

    @property
    def dimension(self) -> int:  # type: ignore[override]
        return len(self.mean)

    @property
    def finite(self) -> bool:
        return False

    def canonical(self) -> Any:
        mean, variance = ([format_rational(v) for v in s] for s in (self.mean, self.variance))
        return {"gaussian": {"mean": mean, "variance": variance}}

    def factored(self) -> Factored:
        infinite("gaussian")


@dataclass(frozen=True)
class Weighted(Distribution):
    """Each listed point with its own probability."""

    points: tuple[tuple[Vector, Fraction], ...]

    @property
    def dimension(self) -> int:  # type: ignore[override]
        return len(self.points[0][0])

    def canonical(self) -> Any:
        rows = [
            [[format_rational(v) for v in point], format_rational(weight)]
            for point, weight in sorted(self.points)
        ]
        return {"weighted": rows}

    def factored(self) -> Factored:
        bottom = common_denominator(weight for _, weight in self.points)
        weights = [int(weight * bottom) for _, weight in self.points]
        return listed([point for point, _ in self.points], weights)


@dataclass(frozen=True)
class Independent(Distribution):
    """The product distribution: coordinates of the parts one after another."""

    parts: tuple[Distribution, ...]

    @property
    def dimension(self) -> int:  # type: ignore[override]
        return sum(part.dimension for part in self.parts)

    def canonical(self) -> Any:
        return {"product": [part.canonical() for part in self.parts]}

    def networks(self) -> Iterator[Network]:
        for part in self.parts:
            yield from part.networks()

    def known(self) -> Values:
        return beside_values([(part.dimension, part.known()) for part in self.parts])

    @property
    def finite(self) -> bool:
        return all(part.finite for part in self.parts)

    def factored(self) -> Factored:
        return beside([part.factored() for part in self.parts])


@dataclass(frozen=True)
class Induced(Distribution):
    """The law of by(x) for x from another distribution (Definition 2)."""

    by: Function
    source: Distribution

    @property
    def dimension(self) -> int:  # type: ignore[override]
        return self.by.outputs

    @property
    def through(self) -> Function:  # type: ignore[override]
        return self.source.pulled(self.by)

    def canonical(self) -> Any:
        return {"induced": {"by": self.by.canonical(), "from": self.source.canonical()}}

    def networks(self) -> Iterator[Network]:
        yield from self.by.networks()
        yield from self.source.networks()

    @property
    def inputs(self) -> int:
        return self.source.inputs

    def known(self) -> Values:
        return self.source.known()

    @property
    def finite(self) -> bool:
        return self.source.finite

    def factored(self) -> Factored:
        return self.source.factored()


def infinite(law: str) -> NoReturn:
    """No exact rule applies to this law."""
    raise Reject("distribution.infinite", "/claim/over", f"{law} can only be estimated")


def read(node: Node) -> Distribution:
    """A distribution: an object with one key of READERS."""
    key, body = node.single()
    if key not in READERS:
        node.fail(f"no distribution {key!r} (distributions: {', '.join(READERS)})")
    return READERS[key](body)


def _uniform(node: Node) -> Distribution:
    on = sets.read(node)
    region = on.polyhedron()
    bounded = region is not None and not region.rows and None not in region.lower + region.upper
    if on.factored() is None and not bounded:
        node.fail("uniform needs a finite set, or a box (for estimates)")
    return Uniform(on)


def _gaussian(node: Node) -> Distribution:
    keys = node.object(("mean", "variance"))
    mean = keys["mean"].vector()
    variance = keys["variance"].vector(len(mean))
    if not mean:
        node.fail("an empty distribution")
    if min(variance) <= 0:
        keys["variance"].fail("a variance must be positive")
    return Gaussian(mean, variance)


def _weighted(node: Node) -> Distribution:
    points: dict[Vector, Fraction] = {}
    width: int | None = None
    for entry in node.entries():
        place, mass = entry.entries(2)
        point, weight = place.vector(width), mass.number()
        width = len(point)
        if weight <= 0:
            mass.fail("a weight must be positive")
        if point in points:
            place.fail("a point stands twice")
        points[point] = weight
    if not points or not width:
        node.fail("an empty distribution")
    if (total := sum(points.values())) != ONE:
        node.fail(f"the weights sum to {format_rational(Fraction(total))}, not 1")
    return Weighted(tuple(points.items()))


def _product(node: Node) -> Distribution:
    parts = tuple(read(part) for part in node.entries())
    if not parts:
        node.fail("a product of no distributions")
    for part, entry in zip(parts, node.entries(), strict=True):
        if part.through is not None:
            entry.fail("induced distributions have no products here: induce by a product")
    return Independent(parts)


def _induced(node: Node) -> Distribution:
    keys = node.object(("by", "from"))
    by, source = functions.read(keys["by"]), read(keys["from"])
    if complaint := by.misfit(source.dimension):
        keys["by"].fail(complaint)
    return Induced(by, source)


READERS = {
    "uniform": _uniform,
    "gaussian": _gaussian,
    "weighted": _weighted,
    "product": _product,
    "induced": _induced,
}
