"""A kernel system in floats: bounds of many boxes at once, and where to split them.

The same relaxation as ``kernel.blocks``, in float64 and without its roundings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..kernel.bounds import System

Array = Any  # float64 of the shape that the docstring states
TINY = 1e-300


@dataclass(frozen=True)
class Bounds:
    """B boxes: z of each group in [low, high] (B, m); goals (B, T) and what they lead to.

    ``under[b, t]`` is a lower bound of −goal t; ``slope`` (B, T, inputs) are its weights on
    the inputs, ``loss[k]`` (B, T, m) what each neuron's relaxation takes off it.
    """

    low: list[Array]
    high: list[Array]
    under: Array
    slope: Array
    loss: list[Array]


class Frame:
    """The arrays of a system."""

    def __init__(self, system: System) -> None:
        tableau = system.tableau
        unit = 0.5**tableau.bits
        self.inputs = tableau.inputs
        self.starts = tableau.starts
        self.firsts = [group.first for group in tableau.groups]
        self.forms = [_floats(group.forms) * unit for group in tableau.groups]
        self.low = [_floats(group.low) * 0.5**24 for group in tableau.groups]
        self.high = [_floats(group.high) * 0.5**24 for group in tableau.groups]
        self.goals = _floats(system.goals.rows) * unit
        self.slack = _floats(system.goals.error) * unit
        self.direct = [
            np.abs(form[:, : self.inputs]) if first == 0 else None
            for form, first in zip(self.forms, self.firsts, strict=True)
        ]

    @property
    def neurons(self) -> int:
        """How many neurons are undecided."""
        return self.starts[-1] - self.starts[0]

    def bounds(self, low: Array, high: Array) -> Bounds:
        """Bounds on the boxes [low, high], each (B, inputs), in the system's own units."""
        count = len(low)
        lows: list[Array] = []
        highs: list[Array] = []
        lines: list[tuple[Array, Array, Array]] = []
        for k, form in enumerate(self.forms):
            height, first = len(form), self.firsts[k]
            rows = np.zeros((count, 2 * height, self.starts[k]))
            rows[:, :height, first:] = form[:, :-1]
            rows[:, :height, self.inputs] += form[:, -1]
            rows[:, height:] = -rows[:, :height]
            both, _ = self._sweep(rows, lines, low, high, None)
            lows.append(np.maximum(both[:, :height], self.low[k]))
            highs.append(np.minimum(-both[:, height:], self.high[k]))
            lines.append(_lines(lows[-1], highs[-1]))
        rows = np.repeat(-self.goals[None], count, axis=0)
        loss: list[Array] = [None] * len(self.forms)
        under, slope = self._sweep(rows, lines, low, high, loss)
        return Bounds(lows, highs, under - self.slack, slope, loss)

    def _sweep(
        self,
        rows: Array,
        lines: list[tuple[Array, Array, Array]],
        low: Array,
        high: Array,
        loss: list[Array] | None,
    ) -> tuple[Array, Array]:
        count, height = rows.shape[:2]
        for k in range(len(lines) - 1, -1, -1):
            start, first = self.starts[k], self.firsts[k]
            up, down, fall = lines[k]
            w, rows = rows[:, :, start:], rows[:, :, :start]
            w = w * np.where(w < 0, up[:, None, :], down[:, None, :])
            part = np.minimum(w, 0)
            rows[:, :, self.inputs] += (part @ fall[:, :, None])[:, :, 0]
            if loss is not None:
                loss[k] = part * -fall[:, None, :]
            moved = (w.reshape(count * height, -1) @ self.forms[k]).reshape(count, height, -1)
            rows[:, :, first:] += moved[:, :, :-1]
            rows[:, :, self.inputs] += moved[:, :, -1]
        weights = rows[:, :, : self.inputs]
        ends = np.minimum(weights * low[:, None, :], weights * high[:, None, :]).sum(axis=2)
        return rows[:, :, self.inputs] + ends, weights

    def scores(self, bounds: Bounds, rows: Array, width: Array) -> Array:
        """How much a split of each input may raise the bound of goal rows[b] in box b."""
        each = np.arange(len(rows))
        total = np.abs(bounds.slope[each, rows]) * width
        for k, direct in enumerate(self.direct):
            if direct is None:
                continue
            reach = direct[None] * width[:, None, :]
            share = reach / (reach.sum(axis=2, keepdims=True) + TINY)
            total += np.einsum("bm,bmi->bi", bounds.loss[k][each, rows], share)
        return total


def _floats(values: Any) -> Array:
    return np.array(values, dtype=np.float64)


def _lines(low: Array, high: Array) -> tuple[Array, Array, Array]:
    active = low >= 0
    undecided = ~active & (high > 0)
    up = np.where(undecided, high / np.where(undecided, high - low, 1.0), active)
    down = np.where(active | (undecided & (high > -low)), 1.0, 0.0)
    return up, down, np.where(undecided, -low, 0.0)
