"""Better multipliers for many regions at once, by supergradients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...kernel.rules.regions.backsubstitution import FULL
from .batch import TINY, Array, Multipliers, Ranges, Under, beside
from .float_system import Frame

FINE = 256  # slopes are in parts of one 256th


def improve(
    frame: Frame, ranges: Ranges, by: Multipliers, target: float, steps: int, tilt: bool
) -> tuple[Multipliers, Under]:
    """Better multipliers by some steps, and the bounds to which they lead.

    For each bound the best of all steps is kept. Slopes change only with ``tilt``: a leaf has one
    for each neuron, not one for each disjunct.
    """
    slopes = ranges.slopes(by.goals.shape[1]) if by.slopes is None else by.slopes
    now = best = replace(by, slopes=slopes)
    best_value = np.full(by.goals.shape[:2], -np.inf)
    for step in range(steps):
        under = frame.mixed_under(ranges, now)
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
        now = _stepped(frame, ranges, now, under, by.goals > 0, target, tilt)
    rounded = Multipliers(
        np.round(best.goals * FULL) / FULL,
        np.round(best.held * FULL) / FULL,
        np.round(best.phases * FULL) / FULL,
        None if best.slopes is None or not tilt else np.round(best.slopes * FINE) / FINE,
    )
    return rounded, frame.mixed_under(ranges, rounded)


def _stepped(
    frame: Frame, ranges: Ranges, now: Multipliers, under: Under, used: Array, target: float,
    tilt: bool,
) -> Multipliers:  # fmt: skip
    """A step along the supergradient, of Polyak's length for this target.

    The point at which a bound is attained gives its derivative by every multiplier: minus
    the goal there by λ, minus what is held by μ, ∓z by β, weight·z by a slope.
    """
    at = frame.point(ranges, under, now.slopes)
    z = at @ frame.rows.T
    sign = beside(ranges.fixed, len(at))[:, None, :]
    weights = np.concatenate([np.zeros((*under.value.shape, 0)), *under.weights], axis=2)
    by_goal = np.where(used, -(at @ frame.goals.T), 0)
    by_goal -= by_goal.sum(axis=2, keepdims=True) / np.maximum(used.sum(axis=2, keepdims=True), 1)
    by_goal = np.where(used, by_goal, 0)  # the sum of λ stays 1
    by_held = -(at @ frame.held.T)
    by_phase = -sign * z
    by_slope = np.maximum(weights, 0) * z * tilt
    size = np.abs(weights).max(axis=2, keepdims=True, initial=0) + 1e-3  # of μ and β
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
    return Multipliers(
        np.where(total > 0, goals / np.where(total > 0, total, 1), now.goals),
        np.maximum(now.held + stride * size**2 * by_held, 0),
        np.where(sign != 0, np.maximum(now.phases + stride * size**2 * by_phase, 0), 0),
        np.clip(now.slopes + stride * by_slope, 0, 1),
    )


def merged(
    by: Multipliers, better: Multipliers, where: Array, ranges: Ranges, under: Under
) -> Multipliers:
    """The multipliers with those of some regions replaced.

    A slope is −1, for the usual one, where another would not change the bound.
    """
    slopes = np.full(by.phases.shape, -1.0)
    if better.slopes is not None:
        fall = beside([line[2] for line in ranges.lines], len(where))[:, None, :]
        weights = np.concatenate([slopes[where, :, :0], *under.weights], axis=2)
        slopes[where] = np.where((fall > 0) & (weights > 0), better.slopes, -1.0)
    goals, held, phases = by.goals.copy(), by.held.copy(), by.phases.copy()
    goals[where], held[where], phases[where] = better.goals, better.held, better.phases
    return Multipliers(goals, held, phases, slopes)
