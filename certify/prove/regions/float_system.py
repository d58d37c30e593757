"""A kernel system in floats: bounds of many regions at once, and what a split promises.

The same relaxation as ``kernel.blocks``, in float64 and without its roundings. Everything is
in the units of the system: inputs v in [−1, 1], neurons of size at most 1, goals over
2^scale.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...kernel.rules.regions.backsubstitution import RANGE
from ...kernel.rules.regions.system import System
from .batch import TINY, Array, Multipliers, Ranges, Under, beside, relu_lines


class Frame:
    """The arrays of a system."""

    def __init__(self, system: System) -> None:
        tableau = system.coarse
        unit = 0.5**tableau.bits
        self.inputs = tableau.inputs
        self.starts = tableau.starts
        self.firsts = [group.first for group in tableau.groups]
        self.forms = [_floats(group.forms) * unit for group in tableau.groups]
        self.low = [_floats(group.low) * 0.5**RANGE for group in tableau.groups]
        self.high = [_floats(group.high) * 0.5**RANGE for group in tableau.groups]
        basis = _floats(system.basis.rows) * unit
        count = len(system.goals.rows)
        self.goals = basis[:count]
        self.held = basis[count:].reshape(len(system.held), self.starts[-1])
        self.rows = np.zeros((self.neurons, self.starts[-1]))
        for k, form in enumerate(self.forms):
            part = self.rows[self.starts[k] - self.starts[0] : self.starts[k + 1] - self.starts[0]]
            part[:, self.firsts[k] : self.starts[k]] = form[:, :-1]
            part[:, self.inputs] += form[:, -1]

    @property
    def neurons(self) -> int:
        """How many neurons are undecided."""
        return self.starts[-1] - self.starts[0]

    def part(self, k: int) -> slice:
        """The neurons of a group among all."""
        return slice(self.starts[k] - self.starts[0], self.starts[k + 1] - self.starts[0])

    def ranges(self, low: Array, high: Array, fixed: list[Array]) -> Ranges:
        """Bounds of every neuron on regions: boxes [low, high] and phases."""
        found = Ranges(low, high, [], [], [], fixed)
        for k, form in enumerate(self.forms):
            height, first = len(form), self.firsts[k]
            rows = np.zeros((len(low), 2 * height, self.starts[k]))
            rows[:, :height, first:] = form[:, :-1]
            rows[:, :height, self.inputs] += form[:, -1]
            rows[:, height:] = -rows[:, :height]
            both = self.under(found, rows).value
            below = np.maximum(both[:, :height], self.low[k])
            above = np.minimum(-both[:, height:], self.high[k])
            found.low.append(np.where(fixed[k] > 0, np.maximum(below, 0), below))
            found.high.append(np.where(fixed[k] < 0, np.minimum(above, 0), above))
            found.lines.append(relu_lines(found.low[-1], found.high[-1]))
        return found

    def goals_under(self, ranges: Ranges) -> Under:
        """What is known of minus each goal."""
        return self.under(ranges, np.repeat(-self.goals[None], len(ranges.box_low), axis=0))

    def mixed_under(self, ranges: Ranges, by: Multipliers) -> Under:
        """What is known of −Σλ·goal − Σμ·held − Σβ·(±z); with the weights."""
        rows = -(by.goals @ self.goals)
        if by.held.shape[2]:
            rows -= by.held @ self.held
        if by.phases.any():
            sign = beside(ranges.fixed, len(rows))[:, None, :]
            rows -= (by.phases * sign) @ self.rows
        return self.under(ranges, rows, True, by.slopes)

    def under(
        self, ranges: Ranges, rows: Array, keep: bool = False, slopes: Array | None = None
    ) -> Under:
        """Lower bounds of rows (B, D, columns), which are used up."""
        lines = ranges.lines
        kept: list[Array] = []
        count, height = rows.shape[:2]
        for k in range(len(lines) - 1, -1, -1):
            start, first = self.starts[k], self.firsts[k]
            up, down, fall, _ = lines[k]
            w, rows = rows[:, :, start:], rows[:, :, :start]
            if keep:
                kept.append(w)
            below = down[:, None, :]
            if slopes is not None:
                below = np.where(fall[:, None, :] > 0, slopes[:, :, self.part(k)], below)
            w = w * np.where(w < 0, up[:, None, :], below)
            rows[:, :, self.inputs] += (np.minimum(w, 0) @ fall[:, :, None])[:, :, 0]
            moved = (w.reshape(count * height, -1) @ self.forms[k]).reshape(count, height, -1)
            rows[:, :, first:] += moved[:, :, :-1]
            rows[:, :, self.inputs] += moved[:, :, -1]
        slope, constant = rows[:, :, : self.inputs], rows[:, :, self.inputs]
        low, high = ranges.box_low[:, None, :], ranges.box_high[:, None, :]
        value = constant + np.minimum(slope * low, slope * high).sum(axis=2)
        return Under(value, constant, slope, kept[::-1])

    def point(self, ranges: Ranges, under: Under, slopes: Array | None) -> Array:
        """The variables (B, D, columns) at which a bound is attained: its supergradient."""
        count, height = under.value.shape
        values = np.zeros((count, height, self.starts[-1]))
        low, high = ranges.box_low[:, None, :], ranges.box_high[:, None, :]
        values[:, :, : self.inputs] = np.where(under.slope > 0, low, high)
        values[:, :, self.inputs] = 1.0
        for k, form in enumerate(self.forms):
            start, first = self.starts[k], self.firsts[k]
            up, down, fall, _ = ranges.lines[k]
            z = values[:, :, first:start] @ form[:, :-1].T + form[:, -1]
            below = down[:, None, :]
            if slopes is not None:
                below = np.where(fall[:, None, :] > 0, slopes[:, :, self.part(k)], below)
            above = up[:, None, :] * (z + fall[:, None, :])
            values[:, :, start : self.starts[k + 1]] = np.where(
                under.weights[k] < 0, above, below * z
            )
        return values

    def losses(self, ranges: Ranges, under: Under, row: int) -> list[Array]:
        """How much each neuron's relaxation may take off a row: (B, m) for each group."""
        found = []
        for w, (up, _, fall, gap) in zip(under.weights, ranges.lines, strict=True):
            found.append(np.where(w[:, row] < 0, -w[:, row] * up * fall, w[:, row] * gap))
        return found

    def misses(self, ranges: Ranges, under: Under) -> Array:
        """How far, in the bound, each neuron is off where a row (D = 1) is least: (B, m)."""
        at = self.point(ranges, under, None)
        z, value = at @ self.rows.T, at[:, :, self.starts[0] :]
        weights = np.concatenate([np.zeros((*under.value.shape, 0)), *under.weights], axis=2)
        fall = beside([line[2] for line in ranges.lines], len(at))[:, None, :]
        off: Array = np.where(fall > 0, np.abs(weights * (np.maximum(z, 0) - value)), 0)
        return off[:, 0]

    def scores(self, ranges: Ranges, under: Under, row: int, losses: list[Array]) -> Array:
        """How much a split of each input may raise the bound of a row: (B, inputs)."""
        width = ranges.box_high - ranges.box_low
        total = np.abs(under.slope[:, row]) * width
        reach = np.zeros((len(width), self.starts[-1], self.inputs))
        reach[:, np.arange(self.inputs), np.arange(self.inputs)] = width
        for k, form in enumerate(self.forms):
            start, first = self.starts[k], self.firsts[k]
            moved = form[:, :-1] @ reach[:, first:start]
            share = np.abs(moved)
            share /= share.sum(axis=2, keepdims=True) + TINY
            total += (losses[k][:, None, :] @ share)[:, 0]
            low, high = ranges.low[k], ranges.high[k]
            chord = np.maximum(high, 0) - np.maximum(low, 0)
            chord = np.clip(chord / np.maximum(high - low, TINY), 0, 1)
            reach[:, start : self.starts[k + 1]] = moved * chord[:, :, None]
        return total


def _floats(values: Any) -> Array:
    return np.array(values, dtype=np.float64)
