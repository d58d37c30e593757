"""From integer sums to the interval of the claim's number."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ..errors import CertifyError
from ..tensors.ambient import neutral
from .accumulate import Machine, Tally
from .intervals import Interval, betting, clopper_pearson, empirical_bernstein
from .tails import Tails

FEW = 1 << 16  # samples up to which each one is kept, for the betting interval


@dataclass(frozen=True)
class Summary:
    """What a machine's tallies say about the mean, whatever the number of samples."""

    machine: Machine
    tails: Tails

    @neutral()
    def interval(self, tally: Tally, alpha: Fraction) -> Interval:
        """lower ≤ mean ≤ upper at level 1 − alpha, with the sample mean inside.

        At low confidence the numbers that no bet excludes may be none, or all on one side of
        the sample mean; the interval from them to it holds as often or more.
        Raises CertifyError where the bias of the sampler is too large for so many samples.
        """
        payoffs, count = self.machine.payoffs, tally.count
        left = alpha - count * self.machine.sampler.bias
        if 10 * left < 9 * alpha:
            raise CertifyError(
                f"{count} samples: choices by 63-bit numbers are too coarse for them"
            )
        found = self._scaled(tally, left)
        base, unit = payoffs.lower * payoffs.unit, (payoffs.upper - payoffs.lower) * payoffs.unit
        mean = self.mean(tally)
        lower = min(mean, base + unit * min(found.lower, found.upper) - self.tails.below)
        upper = max(mean, base + unit * max(found.lower, found.upper) + self.tails.above)
        if payoffs.lower >= 0:
            lower = max(Fraction(0), lower)
        return Interval(lower, upper, found.method)

    def _scaled(self, tally: Tally, alpha: Fraction) -> Interval:
        payoffs, count = self.machine.payoffs, tally.count
        reach = payoffs.upper - payoffs.lower
        if reach == 0:
            return Interval(Fraction(0), Fraction(0), "constant")
        if payoffs.values is not None and len(payoffs.values) == 1:
            value = Fraction(payoffs.values[0] - payoffs.lower, reach)
            return Interval(value, value, "constant")
        if payoffs.values is not None and len(payoffs.values) == 2:
            low, high = (v - payoffs.lower for v in payoffs.values)
            successes = (tally.high - count * low) // (high - low)
            found = clopper_pearson(successes, count, alpha)
            ends = [(low + (high - low) * p) / reach for p in (found.lower, found.upper)]
            return Interval(ends[0], ends[1], found.method)
        if len(tally.kept) == count:
            kept = np.array(tally.kept, dtype=np.float64).reshape(-1, 2) / reach
            # dividing rounds: move each end outward by more than that
            low_ends = np.maximum(kept[:, 0] * (1 - 1e-15) - 1e-300, 0)
            high_ends = np.minimum(kept[:, 1] * (1 + 1e-15), 1)
            return betting(low_ends, high_ends, alpha, count)
        return empirical_bernstein(count, tally.low, tally.high, tally.square, reach, alpha)

    def mean(self, tally: Tally) -> Fraction:
        """The middle of the sample means."""
        payoffs = self.machine.payoffs
        middle = Fraction(tally.low + tally.high, 2 * tally.count)
        return (payoffs.lower + middle) * payoffs.unit

    def rounding(self, tally: Tally) -> Fraction:
        """How far apart the sample means of the lower and of the upper ends are."""
        return Fraction(tally.high - tally.low, tally.count) * self.machine.payoffs.unit
