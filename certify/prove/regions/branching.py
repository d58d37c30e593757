"""Where to split a region: at an input's middle, or by the sign of a neuron.

With few inputs, at the input that promises most. With many, by filtered smart branching (De
Palma et al., "Improved Branch and Bound for Neural Network Verification via Lagrangian
Decomposition", 2021): a cheap score picks a few candidates, each is tried on both halves with
the multipliers at hand, and the product of the two gains decides.
"""

from __future__ import annotations

import numpy as np

from .ascent import improve
from .batch import Array, Multipliers, Ranges, Under
from .float_system import Frame

FEW = 16  # inputs, of those that are not fixed, up to which only inputs are split
INPUTS, NEURONS = 2, 6  # candidates of each kind that are tried
STEPS = 2  # along supergradients for each half
LOSS = 0.3  # how much a neuron's largest loss counts beside its loss where the bound is least
TINY = 1e-9  # what a half without gain counts


def choose(
    frame: Frame, ranges: Ranges, under: Under, by: Multipliers | None, target: float
) -> Array:
    """For each region (B) an input, or ``frame.inputs`` plus a neuron; without ``by`` an input.

    ``under`` and ``by`` are those of its worst disjunct (D = 1); what a half gains beyond
    ``target`` does not count.
    """
    losses = frame.losses(ranges, under, 0)
    width = ranges.box_high - ranges.box_low
    inputs = frame.scores(ranges, under, 0, losses)
    inputs *= np.sqrt(width / (width.sum(axis=1, keepdims=True) + TINY**2))
    inputs = np.where(width > 0, inputs + TINY * width, 0.0)
    if by is None:
        best: Array = inputs.argmax(axis=1)
        return best
    tilt = by.slopes is not None
    neurons = frame.misses(ranges, under)
    neurons += LOSS * np.concatenate([np.zeros((len(width), 0)), *losses], axis=1)
    columns, gains = [], []
    for scores, first, count in ((inputs, 0, INPUTS), (neurons, frame.inputs, NEURONS)):
        ranked = np.argsort(-scores, axis=1, kind="stable")[:, :count]
        for which in ranked.T:
            gain = np.ones(len(width))
            for side in (False, True):
                half = _box_half if not first else _sign_half
                part = half(frame, ranges, which, side)
                value = improve(frame, part, by, target, STEPS, tilt)[1].value[:, 0]
                gain *= np.maximum(np.minimum(value, target) - under.value[:, 0], TINY)
            gains.append(np.where(scores[np.arange(len(which)), which] > 0, gain, -1.0))
            columns.append(first + which)
    pick = np.argmax(gains, axis=0)
    chosen: Array = np.array(columns)[pick, np.arange(len(pick))]
    return chosen


def _box_half(frame: Frame, ranges: Ranges, which: Array, above: bool) -> Ranges:
    """The half of each box below or above the middle of one of its inputs."""
    low, high, each = ranges.box_low.copy(), ranges.box_high.copy(), np.arange(len(which))
    (low if above else high)[each, which] = (low[each, which] + high[each, which]) / 2
    return frame.ranges(low, high, ranges.fixed)


def _sign_half(frame: Frame, ranges: Ranges, which: Array, active: bool) -> Ranges:
    """Each region where one of its neurons is active, or is not; other bounds as they are."""
    sign = np.zeros((len(which), frame.neurons), dtype=np.int8)
    sign[np.arange(len(which)), which] = 1 if active else -1
    parts = [sign[:, frame.part(k)] for k in range(len(ranges.fixed))]
    return ranges.signed(parts)
