"""A kernel system in floats: bounds of many regions at once, better multipliers, where to split.

The same relaxation as ``kernel.blocks``, in float64 and without its roundings. Everything is
in the units of the system: inputs v in [−1, 1], neurons of size at most 1, goals over
2^scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..kernel.blocks import FULL, RANGE
from ..kernel.bounds import System

Array = Any  # float64 of the shape that the docstring states
TINY = 1e-300
SHARES = 64  # mixtures of rows are in parts of one 64th
FINE = 256  # slopes are in parts of one 256th


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
        lines = [_lines(a, b) for a, b in zip(low, high, strict=True)]
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
            found.lines.append(_lines(found.low[-1], found.high[-1]))
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

    def improve(
        self, ranges: Ranges, by: Multipliers, target: float, steps: int, tilt: bool
    ) -> tuple[Multipliers, Under]:
        """Better multipliers by steps along supergradients (Polyak's length), kept where better.

        The point at which a bound is attained gives its derivative by every multiplier: minus
        the goal there by λ, minus what is held by μ, ∓z by β, weight·z by a slope. Slopes
        change only with ``tilt``: a leaf has one for each neuron, not one for each disjunct.
        """
        sign = beside(ranges.fixed, len(by.goals))[:, None, :]
        count, height = by.goals.shape[:2]
        used = by.goals > 0
        slopes = by.slopes
        if slopes is None:
            slopes = ranges.slopes(height)
        now = Multipliers(by.goals, by.held, by.phases, slopes)
        best, best_value = now, np.full((count, height), -np.inf)
        for step in range(steps):
            under = self.mixed_under(ranges, now)
            better = (under.value > best_value)[:, :, None]
            best_value = np.maximum(under.value, best_value)
            best = Multipliers(
                np.where(better, now.goals, best.goals),
                np.where(better, now.held, best.held),
                np.where(better, now.phases, best.phases),
                np.where(better, now.slopes, best.slopes),
            )
            if step == steps - 1 or (best_value > target).all():
                break
            at = self.point(ranges, under, now.slopes)
            z = at @ self.rows.T
            weights = np.concatenate([np.zeros((count, height, 0)), *under.weights], axis=2)
            by_goal = np.where(used, -(at @ self.goals.T), 0)
            by_goal -= by_goal.sum(axis=2, keepdims=True) / np.maximum(
                used.sum(axis=2, keepdims=True), 1
            )
            by_goal = np.where(used, by_goal, 0)
            by_held = -(at @ self.held.T)
            size = np.abs(weights).max(axis=2, keepdims=True, initial=0) + 1e-3
            by_phase = -sign * z
            by_slope = np.maximum(weights, 0) * z * tilt
            length = (
                (by_goal**2).sum(axis=2)
                + ((by_held * size) ** 2).sum(axis=2)
                + ((by_phase * size) ** 2).sum(axis=2)
                + (by_slope**2).sum(axis=2)
            )
            lacks = np.maximum(target - under.value, 0)
            stride = ((2 * lacks + 1e-3) / (length + TINY))[:, :, None]
            goals = np.maximum(now.goals + stride * by_goal, 0)
            total = goals.sum(axis=2, keepdims=True)
            now = Multipliers(
                np.where(total > 0, goals / np.where(total > 0, total, 1), now.goals),
                np.maximum(now.held + stride * size**2 * by_held, 0),
                np.where(sign != 0, np.maximum(now.phases + stride * size**2 * by_phase, 0), 0),
                np.clip(now.slopes + stride * by_slope, 0, 1),
            )
        rounded = Multipliers(
            np.round(best.goals * FULL) / FULL,
            np.round(best.held * FULL) / FULL,
            np.round(best.phases * FULL) / FULL,
            None if best.slopes is None or not tilt else np.round(best.slopes * FINE) / FINE,
        )
        return rounded, self.mixed_under(ranges, rounded)


def mixture(under: Under, ranges: Ranges, rows: Array) -> Array:
    """Weights (B, len(rows)) with a large bound of the mixture of the rows.

    Of two rows the best mixture lies where the slope of some input vanishes; the best one
    found is mixed with further rows in the same way.
    """
    middle = (ranges.box_low + ranges.box_high) / 2
    reach = (ranges.box_high - ranges.box_low) / 2
    slope = under.slope[:, rows]
    height = under.constant[:, rows] + (slope * middle[:, None, :]).sum(axis=2)
    each = np.arange(len(slope))
    first = under.value[:, rows].argmax(axis=1)
    weights = np.zeros((len(slope), len(rows)))
    weights[each, first] = 1.0
    s, h = slope[each, first], height[each, first]
    best = h - (np.abs(s) * reach).sum(axis=1)
    for _ in range(2 if len(rows) > 2 else len(rows) - 1):
        for r in range(len(rows)):
            share = s / np.where(s == slope[:, r], 1.0, s - slope[:, r])  # slope 0 at this share
            share = np.round(np.clip(share, 0, 1) * SHARES) / SHARES
            mixed = s[:, None] + share[:, :, None] * (slope[:, r] - s)[:, None]
            value = h[:, None] + share * (height[:, r] - h)[:, None]
            value -= (np.abs(mixed) * reach[:, None]).sum(axis=2)
            pick = value.argmax(axis=1)
            better = value[each, pick] > best
            part = np.where(better, share[each, pick], 0.0)
            best = np.where(better, value[each, pick], best)
            weights *= (1 - part)[:, None]
            weights[:, r] += part
            s = s + part[:, None] * (slope[:, r] - s)
            h = h + part * (height[:, r] - h)
    return np.round(weights * FULL) / FULL


def beside(parts: list[Array], count: int) -> Array:
    """Arrays (count, m) of the groups side by side, were there no group at all."""
    return np.concatenate([np.zeros((count, 0)), *parts], axis=1)


def _floats(values: Any) -> Array:
    return np.array(values, dtype=np.float64)


def _lines(low: Array, high: Array) -> tuple[Array, Array, Array, Array]:
    active = low >= 0
    undecided = ~active & (high > 0)
    up = np.where(undecided, high / np.where(undecided, high - low, 1.0), active)
    down = np.where(active | (undecided & (high > -low)), 1.0, 0.0)
    fall = np.where(undecided, -low, 0.0)
    return up, down, fall, np.minimum(fall, np.maximum(high, 0))
