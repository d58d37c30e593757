"""learned: which side of a point a separator says that a compression was trained on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any

from ...data import exact
from ...data.exact import Batch
from ...data.network import Network
from ...data.numbers import format_rational
from .base import Features, Function, Values, Vector
from .combine import Translated, stack


@dataclass(frozen=True)
class Learned(Function):
    """The sign h̃ of z(x) = x + η·h̃(x)·v in the proof of Lemma 1.

    h̃(x) = +1 where ‖g(x) − f(x + ηv)‖ < ‖g(x) − f(x − ηv)‖, and ``otherwise`` elsewhere, for
    the separator f and the compression g. ``otherwise`` = −1 is the repaired definition;
    0 is z(x) = x, as the paper writes it, which is no sign.
    """

    separator: Function
    compression: Function
    along: Vector
    eta: Fraction
    otherwise: int = -1

    @property
    def outputs(self) -> int:
        return 1

    def canonical(self) -> Any:
        return {
            "learned": {
                "along": [format_rational(v) for v in self.along],
                "compression": self.compression.canonical(),
                "eta": format_rational(self.eta),
                "otherwise": self.otherwise,
                "separator": self.separator.canonical(),
            }
        }

    def networks(self) -> Iterator[Network]:
        yield from self.separator.networks()
        yield from self.compression.networks()

    def misfit(self, dimension: int) -> str | None:
        if len(self.along) != dimension:
            return f"along has {len(self.along)} coordinates, but points have {dimension}"
        if complaint := self.separator.misfit(dimension) or self.compression.misfit(dimension):
            return complaint
        if self.separator.outputs != self.compression.outputs:
            return "the separator and the compression differ in the number of outputs"
        return None

    def undefined(self, dimension: int, values: Values) -> str | None:
        found = (part.undefined(dimension, values) for part in self._parts)
        return next((complaint for complaint in found if complaint), None)

    @cached_property
    def _parts(self) -> tuple[Function, Function, Function]:
        """g, then f at x + ηv and at x − ηv."""
        shift = tuple(self.eta * v for v in self.along)
        back = tuple(-v for v in shift)
        return (
            self.compression,
            Translated(self.separator, shift),
            Translated(self.separator, back),
        )

    def evaluate(self, points: Batch) -> Batch:
        return self._sides(*(part.evaluate(points) for part in self._parts))

    def features(self, dimension: int) -> Features | None:
        found = [part.features(dimension) for part in self._parts]
        if any(features is None for features in found):
            return None
        together = stack([f for f in found if f is not None], [0, 0, 0])

        def finish(values: Batch) -> Batch:
            k = self.separator.outputs
            outputs = together.finish(values)
            cuts = (range(i * k, (i + 1) * k) for i in range(3))
            return self._sides(*(outputs.columns(cut) for cut in cuts))

        return replace(together, finish=finish)

    def _sides(self, value: Batch, plus: Batch, minus: Batch) -> Batch:
        near, far = exact.square_distances(value, plus), exact.square_distances(value, minus)
        bottom = lcm(near.denominator, far.denominator)
        pairs = zip(
            exact.rescale(near, bottom).rows(), exact.rescale(far, bottom).rows(), strict=True
        )
        return exact.compact([[1 if a < b else self.otherwise] for a, b in pairs], 1, 1)
