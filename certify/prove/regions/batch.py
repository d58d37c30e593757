"""Many regions at once in floats: their bounds, what is under their rows, their multipliers.

The units are those of a kernel system; see ``frame``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = Any  # float64 of the shape that the docstring states
TINY = 1e-300


@dataclass(frozen=True)
class Ranges:
    """B regions: boxes [box_low, box_high] (B, inputs), z of group k in [low[k], high[k]] (B, m).

    ``lines[k]``: slopes s and a, −l, and how far a·z may be from relu(z), each (B, m).
    ``fixed[k]`` (B, m): +1 where a split made the neuron active, −1 inactive, else 0.
    """

    box_low: Array
    box_high: Array
    low: list[Array]
    high: list[Array]
    lines: list[tuple[Array, Array, Array, Array]]
    fixed: list[Array]

    def only(self, which: Array) -> Ranges:
        """Some of the regions."""
        return Ranges(
            self.box_low[which],
            self.box_high[which],
            [side[which] for side in self.low],
            [side[which] for side in self.high],
            [(a[which], b[which], c[which], d[which]) for a, b, c, d in self.lines],
            [part[which] for part in self.fixed],
        )

    def slopes(self, height: int) -> Array:
        """The usual slopes a (B, height, m)."""
        usual = beside([down for _, down, _, _ in self.lines], len(self.box_low))
        return np.repeat(usual[:, None, :], height, axis=1)

    def signed(self, signs: list[Array]) -> Ranges:
        """The regions where neurons have these signs: 1 active, −1 inactive, 0 as it is."""
        low = [np.where(s > 0, np.maximum(a, 0), a) for s, a in zip(signs, self.low, strict=True)]
        high = [np.where(s < 0, np.minimum(b, 0), b) for s, b in zip(signs, self.high, strict=True)]
        lines = [relu_lines(a, b) for a, b in zip(low, high, strict=True)]
        fixed = [np.where(s != 0, s, f) for s, f in zip(signs, self.fixed, strict=True)]
        return Ranges(self.box_low, self.box_high, low, high, lines, fixed)


@dataclass(frozen=True)
class Under:
    """Lower bounds of rows: constant + slope·v, (B, D) and (B, D, inputs); value: the least.

    ``weights[k]`` (B, D, m), where kept: the weights on relu(z) that the bound met.
    """

    value: Array
    constant: Array
    slope: Array
    weights: list[Array]

    def only(self, which: Array) -> Under:
        """Some of the regions."""
        weights = [part[which] for part in self.weights]
        return Under(self.value[which], self.constant[which], self.slope[which], weights)


@dataclass(frozen=True)
class Multipliers:
    """λ over the goals (B, D, T), μ over what is held (B, D, H), β over neurons (B, D, m)…

    … and the slopes a (B, D, m) of the last pass, where they are not the usual ones.
    """

    goals: Array
    held: Array
    phases: Array
    slopes: Array | None = None

    def only(self, which: Array) -> Multipliers:
        """Some of the regions."""
        slopes = None if self.slopes is None else self.slopes[which]
        return Multipliers(self.goals[which], self.held[which], self.phases[which], slopes)

    def disjunct(self, rows: Array) -> Multipliers:
        """Those of one disjunct (B) of each region: D = 1."""
        each = np.arange(len(rows))
        parts = (self.goals, self.held, self.phases, self.slopes)
        return Multipliers(*(None if v is None else v[each, rows][:, None] for v in parts))

    @staticmethod
    def joined(parts: Sequence[Multipliers]) -> Multipliers:
        """Those of some regions, then of others; all of them with slopes, or none."""
        slopes = [part.slopes for part in parts if part.slopes is not None]
        return Multipliers(
            np.concatenate([part.goals for part in parts]),
            np.concatenate([part.held for part in parts]),
            np.concatenate([part.phases for part in parts]),
            np.concatenate(slopes) if slopes else None,
        )


def beside(parts: list[Array], count: int) -> Array:
    """Arrays (count, m) of the groups side by side, were there no group at all."""
    return np.concatenate([np.zeros((count, 0)), *parts], axis=1)


def relu_lines(low: Array, high: Array) -> tuple[Array, Array, Array, Array]:
    """The lines of neurons of which z is in [low, high]: see ``Ranges``."""
    active = low >= 0
    undecided = ~active & (high > 0)
    up = np.where(undecided, high / np.where(undecided, high - low, 1.0), active)
    down = np.where(active | (undecided & (high > -low)), 1.0, 0.0)
    fall = np.where(undecided, -low, 0.0)
    return up, down, fall, np.minimum(fall, np.maximum(high, 0))
