"""Distributions of finite support as the algorithms meet them: samples, densities, averages."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property

from .. import api
from ..claims import build
from ..errors import CertifyError
from ..kernel.data import exact
from ..kernel.data.numbers import MAX_DIGITS, ONE, parse_rational
from ..kernel.language.distributions import Distribution, Uniform, Weighted
from ..kernel.language.factored import Factored
from ..kernel.language.kinds.averages import Expectation

Point = tuple[Fraction, ...]


class Finite:
    """A distribution of the claim language, such as ``certify.uniform(certify.cube(8))``.

    Weights are exact. Raises CertifyError where it is not well defined.
    """

    def __init__(self, law: build.Data) -> None:
        claim = build.expectation([build.constant([1])], law, "=", 1)
        if not isinstance(claim, Expectation):
            raise CertifyError("not a distribution")
        if not claim.over.finite:
            raise CertifyError("a distribution with a finite support is needed")
        self.data, self.law = law, claim.over

    @property
    def dimension(self) -> int:
        """The number of coordinates of a point."""
        return self.law.dimension

    @property
    def size(self) -> int:
        """The number of points, some of which may be equal under an induced distribution."""
        return self._stream.size

    @property
    def support(self) -> build.Data | None:
        """The set on which the distribution is uniform; None where it is not uniform."""
        return self.data["uniform"] if isinstance(self.law, Uniform) else None

    @cached_property
    def _stream(self) -> Factored:
        return self.law.factored()

    def sample(self, draw: random.Random) -> Point:
        """A point, each with exactly its probability."""
        z: list[Fraction] = []
        for factor in self._stream.factors:
            mark = draw.randrange(sum(weight for _, weight in factor))
            for vector, weight in factor:
                mark -= weight
                if mark < 0:
                    z += vector
                    break
        point = self._stream.place(exact.batch([z], len(z))).fractions()[0]
        return point if self.law.through is None else self.law.through(point)

    def density(self, point: Sequence[Fraction]) -> Fraction:
        """The probability of the point.

        Raises CertifyError for a distribution that is neither uniform, weighted, nor small
        enough to be listed.
        """
        x = tuple(point)
        match self.law:
            case Uniform(on=on):
                return Fraction(1, self._stream.size) if on.contains(x) else Fraction(0)
            case Weighted(points=points):
                return dict(points).get(x, Fraction(0))
        return self._table.get(x, Fraction(0))

    @cached_property
    def _table(self) -> dict[Point, Fraction]:
        table: dict[Point, Fraction] = {}
        for point, weight in points_of(self.law):
            table[point] = table.get(point, Fraction(0)) + weight
        return table

    def products(self, of: Sequence[build.Data]) -> list[tuple[Point, Fraction]]:
        """Every point of a small support with the value of ∏ Fᵢ there."""
        claim = build.expectation(of, self.data, "=", 0)
        if not isinstance(claim, Expectation):
            raise CertifyError("not functions of the distribution's points")
        points = [point for point, _ in points_of(self.law)]
        batch = exact.batch(points, self.dimension)
        rows = zip(*(function.evaluate(batch).fractions() for function in claim.of), strict=True)
        values = (math.prod((value for (value,) in row), start=ONE) for row in rows)
        return list(zip(points, values, strict=True))

    def mean(self, of: Sequence[build.Data]) -> tuple[Fraction, api.Verdict]:
        """E[∏ Fᵢ], and the verdict whose certificate the kernel accepted for that value.

        Raises CertifyError where the distribution neither folds nor can be listed.
        """
        verdict = api.prove(build.expectation(of, self.data, "=", 0))
        if verdict.certificate is None:
            raise CertifyError(f"the average was not computed: {verdict.reason}")
        value: str = verdict.certificate.header["body"]["value"]
        if len(value) > MAX_DIGITS:
            raise CertifyError(f"the average has {len(value)} digits")
        return parse_rational(value), verdict


LISTED = 1 << 20  # points of a support that are written out


def points_of(law: Distribution) -> list[tuple[Point, Fraction]]:
    """Every point with its weight; a point may stand twice under an induced distribution."""
    stream = law.factored()
    if stream.size > LISTED:
        raise CertifyError(f"{exact.describe(stream.size)} points are too many to list")
    result: list[tuple[Point, Fraction]] = []
    for batch, weights in stream.batches():
        moved = batch if law.through is None else law.through.evaluate(batch)
        masses = weights or [1] * len(batch)
        result += [
            (x, Fraction(w, stream.total)) for x, w in zip(moved.fractions(), masses, strict=True)
        ]
    return result
