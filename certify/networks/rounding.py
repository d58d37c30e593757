"""How far a float runtime may be from what was read, as a rigorous bound, and where it may not.

A runtime of unit roundoff u computes a row Σ wᵢxᵢ + b of k terms, in any order and with fused
or separate products, to within c·(Σ|wᵢ||xᵢ| + |b| + T) of the row at its own inputs, where
c = (k + n + 8)·u/(1 − …): k products and sums, n additions of constants that the reader merged
into one (``Trace.added``; their magnitudes sum to T at most), and 8 for what an operator does
besides: a scale on either side, a division or a reciprocal, a rounded literal or coordinate.
Errors of the inputs pass through |W|; a ReLU adds none. Higham, Accuracy and Stability of
Numerical Algorithms, section 3.1. Our own evaluation, in doubles, adds its u to the runtime's.

Where all weights, constants and the point are dyadic, each value is a multiple of some 2^-q; if
moreover every Σ|wᵢ||xᵢ| + |b| + T is at most 2^(p − q), a runtime with p bits of mantissa rounds
nothing: no difference is allowed there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..kernel.data.network import Network
from .graph import Array
from .trace import Trace

OWN = 2.0**-53
BESIDES = 8
NEVER = 1 << 20  # more fractional bits than any float has: not dyadic


@dataclass(frozen=True)
class Precision:
    """A float type: its unit roundoff, its bits of mantissa, its smallest and largest numbers.

    ``drift`` is how far constants that the runtime folds are from those of the reader.
    """

    unit: float
    bits: int
    least: float
    most: float
    drift: float = 0.0


DOUBLE = Precision(2.0**-53, 53, 2.0**-1074, float(np.finfo(np.float64).max))
SINGLE = Precision(2.0**-24, 24, 2.0**-149, float(np.finfo(np.float32).max))
HALF = Precision(2.0**-11, 11, 2.0**-24, float(np.finfo(np.float16).max))
BFLOAT = Precision(2.0**-8, 8, 2.0**-133, (2 - 2.0**-7) * 2.0**127)


@dataclass(frozen=True)
class Added:
    """Constants that a runtime adds and the reader merged: how many, how large, how fine."""

    count: int
    total: float
    fraction: int  # bits after the binary point

    @staticmethod
    def of(trace: Trace) -> Added:
        """The most that any one value meets."""
        counts: dict[int, int] = {}
        totals: dict[int, float] = {}
        for base, value in trace.added:
            counts[base] = counts.get(base, 0) + 1
            totals[base] = totals.get(base, 0.0) + abs(number(value))
        total = max(totals.values(), default=0.0)
        return Added(max(counts.values(), default=0), total, fraction(v for _, v in trace.added))


def number(value: Fraction) -> float:
    """The nearest double, or infinity past them all."""
    try:
        return value.numerator / value.denominator
    except OverflowError:
        return np.inf if value > 0 else -np.inf


def fraction(values: Iterable[Fraction]) -> int:
    """The bits after the binary point that hold all of these; NEVER where none do."""
    bottoms = {value.denominator for value in values}
    if any(bottom & (bottom - 1) for bottom in bottoms):
        return NEVER
    return max((bottom.bit_length() - 1 for bottom in bottoms), default=0)


def _floats(values: Sequence[Fraction]) -> tuple[Array, int]:
    """The nearest doubles, and the bits after the binary point that hold all."""
    numbers: list[float] = []
    bottoms: set[int] = set()
    for value in values:  # no list of pairs: it would keep the garbage collector busy
        top, bottom = value.as_integer_ratio()
        bottoms.add(bottom)
        try:
            numbers.append(top / bottom)
        except OverflowError:
            numbers.append(number(value))
    return np.array(numbers), fraction(Fraction(1, bottom) for bottom in bottoms)


@dataclass(frozen=True)
class Rows:
    """Sparse rows, each ended by its bias, which multiplies a value of 1 at ``columns[-1]``."""

    columns: Array
    weights: Array
    starts: Array
    counts: Array
    fraction: int  # of the weights
    offset: int  # of the biases

    @staticmethod
    def of(rows: Sequence[tuple[Sequence[int], Sequence[Fraction]]], bias: Any, one: int) -> Rows:
        """Rows of columns and weights; ``one`` is the column of the number 1."""
        columns: list[int] = []
        weights: list[Fraction] = []
        for (ids, values), offset in zip(rows, bias, strict=True):
            columns += ids
            weights += values
            columns.append(one)
            weights.append(offset)
        counts = np.array([len(ids) + 1 for ids, _ in rows], dtype=np.int64)
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        numbers, fine = _floats(weights)
        return Rows(
            np.array(columns, dtype=np.int64), numbers, starts, counts, fine, fraction(bias)
        )

    def apply(self, values: Array, errors: Array) -> tuple[Array, Array, Array]:
        """Results, Σ|w||x| + |b|, and the inputs' errors passed on: rows × points each."""
        width = len(values)
        if 4 * len(self.columns) > len(self.counts) * width:
            places = np.repeat(np.arange(len(self.counts)), self.counts) * width + self.columns
            size, shape = len(self.counts) * width, (len(self.counts), width)
            signed = np.bincount(places, self.weights, size).reshape(shape)
            sizes = np.bincount(places, np.abs(self.weights), size).reshape(shape)
            with np.errstate(over="ignore", invalid="ignore"):
                return signed @ values, sizes @ np.abs(values), sizes @ errors
        weights = self.weights[:, None]
        terms = weights * values[self.columns]
        passed = np.add.reduceat(np.abs(weights) * errors[self.columns], self.starts)
        sums = np.add.reduceat(terms, self.starts)
        return sums, np.add.reduceat(np.abs(terms), self.starts), passed

    def slack(self, added: Added, precision: Precision) -> Array:
        """c for each row."""
        steps = (self.counts + added.count + BESIDES)[:, None]
        share = steps * (precision.unit + OWN)
        return share / np.maximum(1 - share, 0.5)


@dataclass(frozen=True)
class Evaluated:
    """What a network gives at points, columns of arrays: outputs × points."""

    values: Array
    errors: Array  # how far the runtime may be
    exact: Array  # for each point: nothing rounds, so it may not differ

    def at(self, points: Array) -> Evaluated:
        """The same at some of the points, given by a mask."""
        return Evaluated(self.values[:, points], self.errors[:, points], self.exact[points])

    def tight(self) -> bool:
        """Whether the runtime has to agree in six digits, or exactly, at every point."""
        return bool(((self.errors <= 1e-6 * (1 + np.abs(self.values))) | self.exact).all())


class Floats:
    """A network ready to be evaluated in doubles."""

    def __init__(self, network: Network, added: Added) -> None:
        self.added = added
        self.layers = []
        for layer in network.layers:
            pairs = [([c for c, _ in row], [w for _, w in row]) for row in layer.rows]
            rows = Rows.of(pairs, layer.bias, layer.columns)
            self.layers.append((rows, np.array(layer.relu)[:, None]))

    def evaluate(self, points: Array, precision: Precision) -> Evaluated:
        """At ``points``, inputs × points, each of at most ``precision`` bits."""
        values, errors = points, np.zeros_like(points)
        fine = np.array([_fraction_of(column) for column in points.T])
        exact = np.ones(points.shape[1], dtype=bool)
        one = np.ones((1, points.shape[1]))
        for rows, relu in self.layers:
            given = np.concatenate([values, one])
            errors_in = np.concatenate([errors, 0 * one])
            values, magnitude, passed = rows.apply(given, errors_in)
            magnitude = magnitude + self.added.total
            slack = rows.slack(self.added, precision)
            errors = passed * (1 + slack) + slack * magnitude
            errors = errors + rows.counts[:, None] * precision.least
            if precision.drift:
                exact[:] = False
                errors = errors + precision.drift * (np.abs(given) + errors_in).sum(axis=0)
            fine = np.maximum(np.maximum(fine, 0) + rows.fraction, rows.offset)
            fine = np.maximum(fine, self.added.fraction)
            with np.errstate(over="ignore"):
                exact &= (
                    magnitude.max(axis=0) * 2.0 ** np.minimum(fine, 1000) <= 2.0**precision.bits
                )
            exact &= fine < NEVER
            values = np.where(relu, np.maximum(values, 0), values)
        return Evaluated(values, errors, exact)


def _fraction_of(values: Array) -> int:
    return fraction(Fraction(v) for v in values.tolist())
