"""What must be shown on every region, in floats: disjuncts that fail, or the side of a norm.

The rows are those of the question: the linear forms of disjuncts, or the coordinates of f − g.
A leaf bounds sums of rows; under each sum stands its weight on every row.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ...kernel.data.numbers import ZERO, common_denominator, format_rational
from ...kernel.rules.regions.backsubstitution import FULL, SLOPE
from ...kernel.rules.regions.query import Query
from ..linear import simplex
from .batch import Array, Ranges, Under
from .region_lp import fact

Weights = dict[int, Fraction]  # row → weight, no zeros
Held = dict[str, list[str]]  # the multipliers "phases" and "domain" of a leaf, as text
MARGIN = 1e-5  # what a bound in floats must have to spare
SHARES = 64  # mixtures of rows are in parts of one 64th


class Goals(ABC):
    """Of a question with T rows; a leaf has ``sums`` sums, and a point ``ways`` to refute it."""

    sums: int
    ways = 1

    @abstractmethod
    def weights(self, single: Under, ranges: Ranges, middle: Array, unit: float) -> Array:
        """Weights (B, sums, T) for regions, given bounds of minus each row, the rows' values
        (B, T) in the middle of each region, and the unit of those bounds.
        """

    @abstractmethod
    def closed(self, value: Array, weights: Array, unit: float) -> Array:
        """Which regions do lower bounds (B, sums) of minus the sums close, in this unit?"""

    @abstractmethod
    def leaf(self, weights: Sequence[Weights], held: Sequence[Held]) -> Any:
        """A leaf of the certificate, from the weights of each sum and what else is in it."""

    @abstractmethod
    def margins(self, values: Array) -> Array:
        """From rows at N points how close each is to a counterexample, in every way: (N, ways).

        Positive at a counterexample.
        """

    @abstractmethod
    def uphill(self, values: Array, way: int) -> Array:
        """The weights (N, T) of the rows in the gradient of that margin."""


class Disjuncts(Goals):
    """Of every disjunct, no point may satisfy all rows."""

    def __init__(self, query: Query) -> None:
        self.rows = [np.array([r for r, _ in d], dtype=int) for d in query.disjuncts]
        inputs = len(query.domain.matrix)
        reads = np.array([any(c >= inputs for c, _ in row) for row, _ in query.rows])
        self.reads = [reads[rows] for rows in self.rows]  # does a row read the network at all?
        self.sums = self.ways = len(self.rows)
        self.never = [_contradiction(query, d) for d in query.disjuncts]

    def weights(self, single: Under, ranges: Ranges, middle: Array, unit: float) -> Array:
        found = np.zeros((len(middle), self.sums, middle.shape[1]))
        for d, (rows, (never, lacks)) in enumerate(zip(self.rows, self.never, strict=True)):
            if lacks > MARGIN * unit:
                found[:, d, rows] = never
            else:
                found[:, d, rows] = _mixture(single, ranges, rows, self.reads[d])
        return found

    def closed(self, value: Array, weights: Array, unit: float) -> Array:
        return (value > MARGIN).all(axis=1)

    def leaf(self, weights: Sequence[Weights], held: Sequence[Held]) -> Any:
        entries: list[Any] = []
        for rows, own, more in zip(self.rows, weights, held, strict=True):
            if len(own) == 1 and not more:
                entries.append(rows.tolist().index(*own))
            else:
                left = dict(own)  # a row that stands twice has its weight once
                entries.append({"rows": _named(left.pop(r, ZERO) for r in rows.tolist()), **more})
        same = isinstance(entries[0], int) and all(e == entries[0] for e in entries)
        return entries[0] if same else entries

    def margins(self, values: Array) -> Array:
        return np.stack([values[:, rows].min(axis=1) for rows in self.rows], axis=1)

    def uphill(self, values: Array, way: int) -> Array:
        rows = self.rows[way]
        found = np.zeros_like(values)
        found[np.arange(len(values)), rows[values[:, rows].argmin(axis=1)]] = 1.0
        return found


class AtMost(Goals):
    """A norm of the rows is at most a number; each row and minus it are bounded."""

    def __init__(self, norm: str, most: float, rows: int) -> None:
        self.norm, self.most = norm, most
        self.signs = np.zeros((2 * rows, rows))
        for sign in (0, 1):
            self.signs[sign::2] = (1 - 2 * sign) * np.eye(rows)
        self.sums = len(self.signs)

    def size(self, values: Array) -> Array:
        """The norm of each row of an array."""
        return np.linalg.norm(values, ord=2 if self.norm == "l2" else 1, axis=1)

    def weights(self, single: Under, ranges: Ranges, middle: Array, unit: float) -> Array:
        return np.repeat(self.signs[None], len(middle), axis=0)

    def closed(self, value: Array, weights: Array, unit: float) -> Array:
        sizes = np.maximum(np.maximum(-value[:, ::2], -value[:, 1::2]), 0)
        closed: Array = self.size(sizes) < self.most / unit - MARGIN
        return closed

    def leaf(self, weights: Sequence[Weights], held: Sequence[Held]) -> Any:
        return list(held) if any(held) else 0

    def margins(self, values: Array) -> Array:
        return (self.size(values) - self.most)[:, None]

    def uphill(self, values: Array, way: int) -> Array:
        return np.sign(values) if self.norm == "l1" else values


class AtLeast(Goals):
    """The l2 norm of the rows is at least a number, shown along a direction."""

    sums = 1

    def __init__(self, least: float, rows: int) -> None:
        self.least, self.rows = least, rows

    def weights(self, single: Under, ranges: Ranges, middle: Array, unit: float) -> Array:
        length = np.linalg.norm(middle, axis=1, keepdims=True)
        along = middle / np.where(length > 0, length, 1.0)
        found: Array = -(np.round(along * FULL) / FULL)[:, None, :]
        return found

    def closed(self, value: Array, weights: Array, unit: float) -> Array:
        length = np.linalg.norm(weights[:, 0], axis=1)
        closed: Array = value[:, 0] > self.least / unit * length + MARGIN
        return closed

    def leaf(self, weights: Sequence[Weights], held: Sequence[Held]) -> Any:
        along = _named(-weights[0].get(r, ZERO) for r in range(self.rows))
        return {"along": along, **held[0]} if held[0] else along

    def margins(self, values: Array) -> Array:
        return (self.least - np.linalg.norm(values, axis=1))[:, None]

    def uphill(self, values: Array, way: int) -> Array:
        return -values


def goals(query: Query) -> Goals:
    """The goals of a question."""
    if query.disjuncts:
        return Disjuncts(query)
    if query.most is not None:
        norm, most = query.most
        return AtMost(norm, float(most), len(query.rows))
    return AtLeast(float(query.least or 0), len(query.rows))


def _mixture(under: Under, ranges: Ranges, rows: Array, reads: Array) -> Array:
    """Weights (B, len(rows)) with a large bound of the mixture of the rows.

    A row that closes the region by itself will do. Else those that read the network (``reads``)
    are mixed, and the others, which only cut off a part of the region, are added to them: such a
    row is no goal by itself, and to split for its sake would cut ever thinner slices off.
    """
    middle = (ranges.box_low + ranges.box_high) / 2
    reach = (ranges.box_high - ranges.box_low) / 2
    slope = under.slope[:, rows]
    height = under.constant[:, rows] + (slope * middle[:, None, :]).sum(axis=2)
    goals = np.flatnonzero(reads) if reads.any() else np.arange(len(rows))
    weights = np.zeros((len(slope), len(rows)))
    weights[:, goals] = _mixed(slope[:, goals], height[:, goals], reach)
    if len(goals) < len(rows):
        cuts = np.flatnonzero(~reads)
        _cut(weights, cuts, slope, height, reach)
        value = under.value[:, rows]
        best = value.argmax(axis=1)
        alone = np.flatnonzero(value[np.arange(len(value)), best] > MARGIN)
        weights[alone] = np.eye(len(rows))[best[alone]]
    return np.round(weights * FULL) / FULL


def _mixed(slope: Array, height: Array, reach: Array) -> Array:
    """Weights (B, R) of rows with slopes (B, R, inputs) and these heights in the middle.

    Of two rows the best mixture lies where the slope of some input vanishes; the best one
    found is mixed with further rows in the same way.
    """
    each, count = np.arange(len(slope)), slope.shape[1]
    value = height - (np.abs(slope) * reach[:, None]).sum(axis=2)
    first = value.argmax(axis=1)
    weights = np.zeros((len(slope), count))
    weights[each, first] = 1.0
    s, h, best = slope[each, first], height[each, first], value[each, first]
    for _ in range(2 if count > 2 else count - 1):
        for r in range(count):
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
    return weights


def _cut(weights: Array, cuts: Array, slope: Array, height: Array, reach: Array) -> None:
    """Add rows to the mixtures as Lagrange multipliers: what they add counts, not their share.

    The best multiplier of a row lies where the slope of some input vanishes, too.
    """
    each = np.arange(len(weights))
    s, h = (weights[:, :, None] * slope).sum(axis=1), (weights * height).sum(axis=1)
    best = h - (np.abs(s) * reach).sum(axis=1)
    for _ in range(2):
        for r in cuts:
            along = slope[:, r]
            times = np.where(along != 0, -s / np.where(along != 0, along, 1.0), 0.0)
            times = np.maximum(times, -weights[:, r, None])
            mixed = s[:, None] + times[:, :, None] * along[:, None]
            value = h[:, None] + times * height[:, r, None]
            value -= (np.abs(mixed) * reach[:, None]).sum(axis=2)
            pick = value.argmax(axis=1)
            part = np.where(value[each, pick] > best, times[each, pick], 0.0)
            best = np.maximum(best, value[each, pick])
            weights[:, r] += part
            s, h = s + part[:, None] * along, h + part * height[:, r]
    weights /= weights.sum(axis=1, keepdims=True)


def _contradiction(query: Query, disjunct: Sequence[tuple[int, bool]]) -> tuple[Array, float]:
    """Weights of rows that are below zero together whatever the network computes; by how much.

    By 0 where there are no such weights.
    """
    facts = [fact((dict(query.rows[r][0]), query.rows[r][1]), strict) for r, strict in disjunct]
    found = simplex.solve([f.inequality for f in facts])
    weights = np.zeros(len(disjunct))
    if isinstance(found, simplex.Solution):
        return weights, 0.0
    shares = [(k, v * facts[k].scale) for k, v in found.multipliers]
    bottom = common_denominator(v for _, v in shares)
    whole = [int(v * bottom) for _, v in shares]
    common = math.gcd(*whole)
    size = (sum(whole) // common - 1).bit_length()
    if size > SLOPE:  # rounded, they would leave something of what the network computes
        return weights, 0.0
    for (k, _), v in zip(shares, whole, strict=True):
        weights[k] = v / common / 2**size
    return weights, -float(weights @ [float(query.rows[r][1]) for r, _ in disjunct])


def _named(weights: Iterable[Fraction]) -> list[str]:
    return [format_rational(v) for v in weights]
