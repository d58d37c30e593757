"""Lower bounds of rows over networks on one region, in rational arithmetic without rounding.

The same relaxation as ``blocks``, on the layers as written. A neuron that is decided passes
its weight on unchanged, so a row that is affine on the region is bounded exactly: tight
claims and equalities close. Slopes of undecided neurons are dyadic (any slope in range is
sound), so that numbers grow by the bits of the weights only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ...data.network import Layer
from ...data.numbers import ONE, ZERO, bits
from ...language.sets import Polyhedron

Neuron = tuple[int, int]
DYADIC = 1 << 16  # slopes are multiples of 2^−16
REDUCED = 240  # bits: reducing a fraction costs as much as numbers longer by these


@dataclass
class Facts:
    """A region and what is known there.

    ``box``: ends of the domain's parameters. ``ranges``: proven bounds of z for undecided
    neurons; ``decided``: which of the others are active. ``slopes``: a for some neurons.
    """

    layers: Sequence[Layer]
    domain: Polyhedron
    box: Sequence[tuple[Fraction, Fraction]]
    decided: dict[Neuron, bool]
    ranges: dict[Neuron, tuple[Fraction, Fraction]]
    slopes: dict[Neuron, Fraction]

    def work(self, rows: int) -> int:
        """Multiply-adds that sharpen, and then bound so many rows."""
        weights = sum(len(row) + 1 for layer in self.layers for row in layer.rows)
        weights += sum(len(row) + 1 for row in self.domain.matrix)
        return (2 * len(self.ranges) + rows) * weights

    def bits(self, multipliers: Iterable[Fraction]) -> int:
        """How long numbers may become: a factor of each layer, slopes, ends and multipliers."""
        layers = sum(2 * layer.integers.bits + DYADIC.bit_length() for layer in self.layers)
        slopes = len(self.layers) * _long(self.slopes.values())
        ends = _long(v for pair in self.box for v in pair)
        return REDUCED + layers + slopes + ends + _long(multipliers)

    def sharpen(self) -> None:
        """Bound every undecided neuron again, on this region."""
        for neuron in sorted(self.ranges):
            low, high = self.ranges.pop(neuron)
            layer, index = neuron
            low = max(low, self.bound({}, layer, {index: ONE}))
            high = min(high, -self.bound({}, layer, {index: -ONE}))
            if low >= 0:
                self.decided[neuron] = True
            elif high <= 0:
                self.decided[neuron] = False
            else:
                self.ranges[neuron] = (low, high)

    def bound(
        self,
        inputs: dict[int, Fraction],
        last: int,
        outputs: dict[int, Fraction],
        constant: Fraction = ZERO,
        extra: dict[Neuron, Fraction] | None = None,
        parameters: dict[int, Fraction] | None = None,
    ) -> Fraction:
        """A lower bound of Σ inputs·x + Σ outputs·z + constant + Σ extra·z + Σ parameters·u.

        ``outputs`` weighs the z (before any ReLU) of layer ``last``, ``extra`` the z of any
        neurons up to there.
        """
        more = extra or {}
        on_z = dict(outputs)
        for number in range(last, -1, -1):
            for (layer, index), weight in more.items():
                if layer == number:
                    on_z[index] = on_z.get(index, ZERO) + weight
            below: dict[int, Fraction] = {}
            rows, bias = self.layers[number].rows, self.layers[number].bias
            for index, weight in on_z.items():
                if weight:
                    constant += weight * bias[index]
                    for c, v in rows[index]:
                        below[c] = below.get(c, ZERO) + weight * v
            if number == 0:
                for c, v in inputs.items():
                    below[c] = below.get(c, ZERO) + v
                return constant + self._least(below, parameters or {})
            on_z, lost = self._relaxed(number - 1, below)
            constant += lost
        raise ValueError("no layer")

    def final(self, outputs: dict[int, Fraction]) -> tuple[dict[int, Fraction], Fraction]:
        """Weights on the components of the last layer as weights on their z, and a constant."""
        return self._relaxed(len(self.layers) - 1, outputs)

    def _relaxed(
        self, number: int, weights: dict[int, Fraction]
    ) -> tuple[dict[int, Fraction], Fraction]:
        """Weights on components as weights on their z, and the constant that it costs."""
        found: dict[int, Fraction] = {}
        lost = ZERO
        relu = self.layers[number].relu
        for index, weight in weights.items():
            neuron = (number, index)
            if not relu[index] or self.decided.get(neuron):
                found[index] = weight
            elif neuron in self.ranges:
                low, high = self.ranges[neuron]
                if weight < 0:
                    ratio = high / (high - low)
                    slope = Fraction(-(-ratio.numerator * DYADIC // ratio.denominator), DYADIC)
                    found[index] = weight * slope
                    lost -= found[index] * low
                else:
                    found[index] = weight * self.slopes.get(neuron, ONE if high > -low else ZERO)
            elif neuron not in self.decided:
                raise ValueError("a neuron of which nothing is known")
        return found, lost

    def _least(self, inputs: dict[int, Fraction], parameters: dict[int, Fraction]) -> Fraction:
        """The least value over the box."""
        total = ZERO
        on_u = dict(parameters)
        for c, weight in inputs.items():
            total += weight * self.domain.offset[c]
            for i, v in self.domain.matrix[c]:
                on_u[i] = on_u.get(i, ZERO) + weight * v
        for i, weight in on_u.items():
            low, high = self.box[i]
            total += weight * (low if weight > 0 else high)
        return total


def _long(values: Iterable[Fraction]) -> int:
    """More bits than a sum of multiples of these has: all denominators, and a numerator."""
    found = list(values)
    bottoms = {v.denominator for v in found}
    return sum(b.bit_length() for b in bottoms) + max(map(bits, found), default=0)
