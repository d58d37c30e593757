"""Lower bounds of linear forms over ReLU neurons, in fixed point, for many boxes at once.

The neurons of a row of a ``Tableau`` are eliminated, last group first. A weight w on relu(z),
with l ≤ z ≤ u, becomes a weight w′ on z and a constant:

* l ≥ 0: w′ = w. u ≤ 0: w′ = 0. Both are equalities.
* l < 0 < u, w ≥ 0: w′ = ⌊w·a⌋ with 0 ≤ a ≤ 1. So 0 ≤ w′ ≤ w, and w·relu(z) ≥ w′·z.
* l < 0 < u, w < 0: w′ = ⌊w·s⌋ with u/(u − l) ≤ s ≤ 1. So w′·(u − l) ≤ w·u, and
  w·relu(z) ≥ w′·z − w′·l, since that holds at z = l and at z = u and the left side minus the
  right one is concave.

Then w′·z ≥ w′·form − |w′|·error, and the product is rounded down: what is dropped is a
multiple in [0, 1) of each variable, at least −1 for one that may be negative and at least 0
for one that may not. Every other rounding is down as well: the result is a lower bound.

Arrays of int64 (``words``) are used where a bound on every partial sum, computed first, fits
62 bits; Python integers, here, elsewhere. Both give the same numbers.
"""

from __future__ import annotations

from operator import mul
from typing import Any

from ...data import exact
from . import machine_words
from .tableau import (
    FULL,
    RANGE,
    SLOPE,
    Basis,
    Ints,
    Leaves,
    Ranges,
    Rows,
    Tableau,
)

PART = 1 << 26  # multiply-adds in one call of numpy, which no limit of time interrupts

__all__ = ["FULL", "RANGE", "SLOPE", "Leaves", "lower_bounds", "neuron_bounds", "product"]


def neuron_bounds(tableau: Tableau, leaves: Leaves, since: int = 0) -> list[Ranges]:
    """Proven bounds of every z, for each leaf; the groups' own ones before group ``since``."""
    np = _arrays(tableau, len(leaves.low))
    if np is not None:
        try:
            found = machine_words.ranges(np, tableau, tableau.words or [], leaves, since)[0]
            lists = [(low.tolist(), high.tolist()) for low, high in found]
            return [[(low[i], high[i]) for low, high in lists] for i in range(len(leaves.low))]
        except machine_words.TooLarge:
            pass
    return [_ranges(tableau, leaves, i, since)[0] for i in range(len(leaves.low))]


def lower_bounds(tableau: Tableau, leaves: Leaves, basis: Basis, weights: list[Rows]) -> Rows:
    """Lower bounds, in units of 2^−bits, of combinations of the rows of a basis.

    ``weights[i]`` has a row for each combination in leaf i, in units of 2^−SLOPE.
    """
    np = _arrays(tableau, len(leaves.low))
    if np is not None:
        try:
            return machine_words.lower_bounds(np, tableau, leaves, basis, weights)
        except machine_words.TooLarge:
            pass
    result = []
    for i, combinations in enumerate(weights):
        lines, box = _ranges(tableau, leaves, i, 0)[1:]
        found = []
        for w in combinations:
            row = [sum(map(mul, w, c)) >> SLOPE for c in zip(*basis.rows, strict=True)]
            error = -(-sum(abs(a) * e for a, e in zip(w, basis.error, strict=True)) >> SLOPE)
            bound = _sweep(tableau, len(tableau.groups), row, lines, box)
            found.append(bound - error - tableau.signed)
        result.append(found)
    return result


def _arrays(tableau: Tableau, count: int) -> Any:
    """numpy where the work pays for it and the tableau fits; else None."""
    np = exact.numpy(count * tableau.starts[-1] ** 2 // 8)
    return None if np is None or tableau.words is None else np


def product(left: Rows, right: Rows, shift: int) -> Rows:
    """⌊left·right / 2^shift⌋, entry by entry; right has at least one row and column."""
    np = exact.numpy(len(left) * len(right) * len(right[0]) // 8)
    if np is not None:
        top = max((max(map(abs, row)) for row in left), default=0)
        column = max(sum(map(abs, c)) for c in zip(*right, strict=True))
        try:
            if max(top, column, (top * column) >> shift) < machine_words.WORD >> 1:
                a, b = (np.array(side, dtype=np.int64) for side in (left, right))
                found: Rows = []
                step = max(1, PART // b.size)
                for i in range(0, len(a), step):
                    found += machine_words.product(a[i : i + step], b, top, column, shift).tolist()
                return found
        except machine_words.TooLarge:
            pass
    columns = list(zip(*right, strict=True))
    return [
        [sum(a * b for a, b in zip(row, c, strict=True) if a) >> shift for c in columns]
        for row in left
    ]


# ------------------------------------------------------ Python integers

Line = tuple[int, int, int]  # the slopes s and a of a neuron, and −l where it is undecided


def _ranges(
    tableau: Tableau, leaves: Leaves, leaf: int, since: int
) -> tuple[Ranges, list[list[Line]], list[tuple[int, int]]]:
    """The bounds of every z in one leaf, the lines to which they lead, and the box."""
    box = list(zip(leaves.low[leaf], leaves.high[leaf], strict=True))
    ranges: Ranges = []
    lines: list[list[Line]] = []
    fall = tableau.bits - RANGE
    for k, group in enumerate(tableau.groups):
        low, high = list(group.low), list(group.high)
        for i, (form, error) in enumerate(zip(group.forms, group.error, strict=True)):
            if k < since:
                break
            row = [0] * group.first + form[:-1]
            row[tableau.inputs] += form[-1]
            under = (_sweep(tableau, k, row, lines, box) - error) >> fall
            over = (_sweep(tableau, k, [-v for v in row], lines, box) - error) >> fall
            low[i], high[i] = max(low[i], under), min(high[i], -over)
        for (g, i), active in leaves.phases[leaf].items():
            if g == k and active:
                low[i] = max(low[i], 0)
            elif g == k:
                high[i] = min(high[i], 0)
        ranges.append((low, high))
        lines.append([_line(*t) for t in zip(low, high, group.cut, strict=True)])
    for (g, i), slope in leaves.slopes[leaf].items():
        up, down, under = lines[g][i]
        lines[g][i] = (up, slope if under else down, under)
    return ranges, lines, box


def _line(low: int, high: int, cut: bool) -> tuple[int, int, int]:
    """The slopes s and a of a neuron, and −l where it is undecided (else 0)."""
    if low >= 0 or not cut:
        return FULL, FULL, 0
    if high <= 0:
        return 0, 0, 0
    return -((-high << SLOPE) // (high - low)), FULL if high > -low else 0, -low


def _sweep(
    tableau: Tableau,
    upto: int,
    row: Ints,
    lines: list[list[tuple[int, int, int]]],
    box: list[tuple[int, int]],
) -> int:
    """A lower bound of a row over the inputs, the constant and the first ``upto`` groups."""
    inputs, bits = tableau.inputs, tableau.bits
    for k in range(upto - 1, -1, -1):
        group, start = tableau.groups[k], tableau.starts[k]
        weights, row = row[start:], row[:start]
        drop = err = 0
        total = [0] * (start - group.first + 1)
        for w, form, error, (up, down, fall) in zip(
            weights, group.forms, group.error, lines[k], strict=True
        ):
            if w:
                w = (w * (up if w < 0 else down)) >> SLOPE
                drop += min(w, 0) * fall
                err += abs(w) * error
                if w:
                    total = [t + w * v for t, v in zip(total, form, strict=True)]
        for c, t in enumerate(total[:-1], group.first):
            row[c] += t >> bits
        row[inputs] += (total[-1] >> bits) + (drop >> RANGE) - (-(-err >> bits)) - tableau.signed
    ends = sum(min(w * a, w * b) for w, (a, b) in zip(row, box, strict=False))
    return row[inputs] + (ends >> RANGE)
