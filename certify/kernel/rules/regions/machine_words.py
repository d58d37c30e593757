"""The bounds of ``blocks`` in arrays of int64, for many leaves at once.

Every partial sum is bounded before it is computed; where it might not fit 62 bits,
:class:`TooLarge` is raised and Python integers take over. Both give the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from .tableau import FULL, RANGE, SLOPE, Basis, Group, Leaves, Rows, Tableau

WORD = 1 << 62
STEP = 1 << 50  # the most that one elimination may add to a weight, ...
GROUPS = 1000  # ... and the most of them, so that sums stay words

T = TypeVar("T")


class TooLarge(Exception):
    """A partial sum might not fit a machine word: Python integers take over."""


@dataclass(frozen=True)
class Words:
    """A group as arrays, with the largest column sum of its forms and the sum of its errors."""

    first: int
    forms: Any
    column: int
    error: Any
    slack: int
    low: Any
    high: Any
    cut: Any


def as_words(np: Any, group: Group) -> Words | None:
    """The group as arrays; None where it does not fit."""
    column = max((sum(map(abs, c)) for c in zip(*group.forms, strict=True)), default=0)
    ends = [*map(abs, group.low), *map(abs, group.high)]
    if max([column, sum(group.error), *ends], default=0) >= WORD >> SLOPE:
        return None
    width = len(group.forms[0]) if group.forms else 0
    return Words(
        group.first,
        np.array(group.forms, dtype=np.int64).reshape(len(group.forms), width),
        column,
        np.array(group.error, dtype=np.int64),
        sum(group.error),
        np.array(group.low, dtype=np.int64),
        np.array(group.high, dtype=np.int64),
        np.array(group.cut, dtype=bool),
    )


def ranges(
    np: Any, tableau: Tableau, groups: list[Words], leaves: Leaves, since: int
) -> tuple[list[tuple[Any, Any]], list[tuple[Any, Any, Any]], tuple[Any, Any]]:
    """The bounds of every z, the lines to which they lead and the boxes, for all leaves at once."""
    count = len(leaves.low)
    box = _array(np, leaves.low), _array(np, leaves.high)
    fixed = _by_group(leaves.phases)
    ranges: list[tuple[Any, Any]] = []
    lines: list[tuple[Any, Any, Any]] = []
    fall = tableau.bits - RANGE
    for k, group in enumerate(groups):
        height = len(group.forms)
        low, high = (np.tile(side, (count, 1)) for side in (group.low, group.high))
        if k >= since:
            rows = np.zeros((count, 2 * height, tableau.starts[k]), dtype=np.int64)
            rows[:, :height, group.first :] = group.forms[:, :-1]
            rows[:, :height, tableau.inputs] += group.forms[:, -1]
            rows[:, height:] = -rows[:, :height]
            both = _sweep(np, tableau, groups, rows, lines, box)
            low = np.maximum((both[:, :height] - group.error) >> fall, low)
            high = np.minimum(-((both[:, height:] - group.error) >> fall), high)
        for leaf, i, active in fixed.get(k, ()):
            if active:
                low[leaf, i] = max(int(low[leaf, i]), 0)
            else:
                high[leaf, i] = min(int(high[leaf, i]), 0)
        ranges.append((low, high))
        lines.append(_lines(np, low, high, group.cut))
    for k, entries in _by_group(leaves.slopes).items():
        for leaf, i, slope in entries:
            if lines[k][2][leaf, i]:
                lines[k][1][leaf, i] = slope
    return ranges, lines, box


def _by_group(tables: list[dict[tuple[int, int], T]]) -> dict[int, list[tuple[int, int, T]]]:
    """group → (leaf, position, value) of every entry."""
    found: dict[int, list[tuple[int, int, T]]] = {}
    for leaf, table in enumerate(tables):
        for (g, i), value in table.items():
            found.setdefault(g, []).append((leaf, i, value))
    return found


def lower_bounds(
    np: Any, tableau: Tableau, leaves: Leaves, basis: Basis, weights: list[Rows]
) -> Rows:
    """As ``blocks.lower_bounds``, for all leaves at once."""
    groups = tableau.words or []
    _, lines, box = ranges(np, tableau, groups, leaves, 0)
    mix, rows, error = (_array(np, v) for v in (weights, basis.rows, basis.error))
    column = max((sum(map(abs, c)) for c in zip(*basis.rows, strict=True)), default=0)
    top = int(np.abs(mix).max(initial=0))
    if top * max(column, sum(basis.error)) >= WORD or (top * column) >> SLOPE >= STEP:
        raise TooLarge
    start = (mix @ rows) >> SLOPE
    error = -((-(np.abs(mix) @ error)) >> SLOPE)
    bound = _sweep(np, tableau, groups, start, lines, box)
    found: Rows = (bound - error - tableau.signed).tolist()
    return found


def _array(np: Any, values: Sequence[Any]) -> Any:
    try:
        array = np.array(values, dtype=np.int64)
    except OverflowError:
        raise TooLarge from None
    if array.size and max(int(array.max()), -int(array.min())) >= STEP:
        raise TooLarge
    return array


def _lines(np: Any, low: Any, high: Any, cut: Any) -> tuple[Any, Any, Any]:
    if int(high.max(initial=0)) >= WORD >> SLOPE or int(low.min(initial=0)) <= -(WORD >> SLOPE):
        raise TooLarge
    active = (low >= 0) | ~cut
    open_ = ~active & (high > 0)
    width = np.where(open_, high - low, 1)
    up = np.where(open_, -((-high << SLOPE) // width), np.where(active, FULL, 0))
    down = np.where(active | (open_ & (high > -low)), FULL, 0)
    return up, down, np.where(open_, -low, 0)


def _sweep(
    np: Any,
    tableau: Tableau,
    groups: list[Words],
    rows: Any,
    lines: list[tuple[Any, Any, Any]],
    box: tuple[Any, Any],
) -> Any:
    """Lower bounds of rows (leaf, row, column) over the variables of the groups with lines."""
    inputs, bits = tableau.inputs, tableau.bits
    count, height = rows.shape[:2]
    for k in range(len(lines) - 1, -1, -1):
        group, start = groups[k], tableau.starts[k]
        up, down, fall = lines[k]
        w, rows = rows[:, :, start:], rows[:, :, :start]
        size = w.shape[2]
        top = max(int(w.max(initial=0)), -int(w.min(initial=0)))
        if not top:
            rows[:, :, inputs] -= tableau.signed
            continue
        if top * FULL >= WORD or (top * group.column) >> bits >= STEP:
            raise TooLarge
        w = (w * np.where(w < 0, up[:, None, :], down[:, None, :])) >> SLOPE
        drop = size * int(fall.max(initial=0))
        if (top * drop) >> RANGE >= STEP or (top * group.slack) >> bits >= STEP:
            raise TooLarge
        lost = product(np.minimum(w, 0), fall[:, :, None], top, drop, RANGE)[:, :, 0]
        lost += product(-np.abs(w), group.error, top, group.slack, bits)
        flat = w.reshape(count * height, size)
        moved = product(flat, group.forms, top, group.column, bits).reshape(count, height, -1)
        rows[:, :, group.first :] += moved[:, :, :-1]
        rows[:, :, inputs] += moved[:, :, -1] + lost - tableau.signed
    weights = rows[:, :, :inputs]
    top = max(int(weights.max(initial=0)), -int(weights.min(initial=0)))
    parts = np.concatenate([np.maximum(weights, 0), np.minimum(weights, 0)], axis=2)
    ends = np.concatenate(box, axis=1)[:, :, None]
    return rows[:, :, inputs] + product(parts, ends, top, inputs << RANGE + 1, RANGE)[:, :, 0]


def product(left: Any, right: Any, top: int, column: int, shift: int) -> Any:
    """⌊left·right / 2^shift⌋ in words, for |left| ≤ top and columns of right with Σ|·| ≤ column.

    Where a sum might not fit, left = high·2^k + low, and
    ⌊(high·2^k + low)·right / 2^shift⌋ = ⌊(high·right + ⌊low·right / 2^k⌋) / 2^(shift − k)⌋.
    """
    carry: Any = 0
    while (top + 1) * column >= WORD:
        k = min(61 - column.bit_length(), shift)
        if k < 8:
            raise TooLarge
        high = left >> k
        carry = ((left - (high << k)) @ right + carry) >> k
        left, top, shift = high, (top >> k) + 1, shift - k
    return (left @ right + carry) >> shift
