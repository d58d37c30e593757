"""Lower bounds of linear forms over ReLU neurons, in fixed point, for many boxes at once.

A :class:`Tableau` is made of integers. Its variables are, in order: ``inputs`` numbers in
[−1, 1], the constant 1, and neurons, group after group, each of size at most 1. A neuron has
z = form·(variables before its group, 1) + e with |e| ≤ error; its value is relu(z), or z
itself where it is not cut. Weights and errors count units of 2^−bits, ranges (of inputs and of z)
units of 2^−RANGE, slopes units of 2^−SLOPE.

:func:`bounds` eliminates the neurons of a row, last group first. A weight w on relu(z), with
l ≤ z ≤ u, becomes a weight w′ on z and a constant:

* l ≥ 0: w′ = w. u ≤ 0: w′ = 0. Both are equalities.
* l < 0 < u, w ≥ 0: w′ = ⌊w·a⌋ with 0 ≤ a ≤ 1. So 0 ≤ w′ ≤ w, and w·relu(z) ≥ w′·z.
* l < 0 < u, w < 0: w′ = ⌊w·s⌋ with u/(u − l) ≤ s ≤ 1. So w′·(u − l) ≤ w·u, and
  w·relu(z) ≥ w′·z − w′·l, since that holds at z = l and at z = u and the left side minus the
  right one is concave.

Then w′·z ≥ w′·form − |w′|·error, and the product is rounded down: what is dropped is a
multiple in [0, 1) of each variable, at least −1 for one that may be negative and at least 0
for one that may not. Every other rounding is down as well: the result is a lower bound.

Arrays of int64 are used where a bound on every partial sum, computed first, fits 62 bits;
Python integers elsewhere. Both give the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import mul
from typing import Any, TypeVar

from . import exact

RANGE = 24  # fractional bits of ranges
SLOPE = 16  # fractional bits of slopes
FULL = 1 << SLOPE  # the slope 1
_WORD = 1 << 62
_STEP = 1 << 50  # the most that one elimination may add to a weight, ...
_GROUPS = 1000  # ... and the most of them, so that sums stay words

T = TypeVar("T")
Ints = list[int]
Rows = list[list[int]]


class TooLarge(Exception):
    """A partial sum might not fit a machine word: Python integers take over."""


@dataclass(frozen=True)
class Group:
    """Neurons that read the variables ``first`` … before them; ``low`` ≤ z ≤ ``high`` is proven.

    ``forms`` has a row for each neuron, its last entry the constant; ``cut`` says which
    neurons are ReLUs.
    """

    first: int
    forms: Rows
    error: Ints
    low: Ints
    high: Ints
    cut: tuple[bool, ...]

    @cached_property
    def words(self) -> _Words | None:
        """The group as arrays; None where it does not fit."""
        np = exact.numpy(exact.BULK)
        return None if np is None else _as_words(np, self)


@dataclass(frozen=True)
class Tableau:
    """Groups of neurons over the inputs and the constant 1."""

    bits: int
    inputs: int
    groups: tuple[Group, ...]

    @cached_property
    def starts(self) -> list[int]:
        """The first column of each group; then the number of columns."""
        found = [self.inputs + 1]
        for group in self.groups:
            found.append(found[-1] + len(group.forms))
        return found

    @cached_property
    def signed(self) -> int:
        """How many variables may be negative."""
        return self.inputs + sum(not cut for group in self.groups for cut in group.cut)

    def work(self, rows: int) -> int:
        """Multiply-adds that bound every z, and then so many rows over all variables."""
        return sweeps(
            [(len(g.forms), s - g.first) for g, s in zip(self.groups, self.starts, strict=False)],
            rows,
        )

    @cached_property
    def words(self) -> list[_Words] | None:
        """The groups as arrays; None where they do not fit."""
        found = [group.words for group in self.groups]
        words = [group for group in found if group is not None]
        return words if len(words) == len(found) <= _GROUPS else None


@dataclass(frozen=True)
class Leaves:
    """Boxes of the inputs, in [−1, 1], and what is known or chosen in each.

    ``phases``: for each leaf, (group, position) → True where z ≥ 0 holds in it, False where
    z ≤ 0 does. ``slopes``: for each leaf, (group, position) → a; 0 or 1 where it is silent.
    """

    low: Rows
    high: Rows
    phases: list[dict[tuple[int, int], bool]]
    slopes: list[dict[tuple[int, int], int]]


@dataclass(frozen=True)
class Basis:
    """Rows over all variables; the value of row t is rows[t]·v + e with |e| ≤ error[t]."""

    rows: Rows
    error: Ints


Ranges = list[tuple[Ints, Ints]]  # for each group the lower and the upper bounds of z


def neuron_bounds(tableau: Tableau, leaves: Leaves, since: int = 0) -> list[Ranges]:
    """Proven bounds of every z, for each leaf; the groups' own ones before group ``since``."""
    np = _arrays(tableau, len(leaves.low))
    if np is not None:
        try:
            found = _ranges_words(np, tableau, tableau.words or [], leaves, since)[0]
            lists = [(low.tolist(), high.tolist()) for low, high in found]
            return [[(low[i], high[i]) for low, high in lists] for i in range(len(leaves.low))]
        except TooLarge:
            pass
    return [_ranges(tableau, leaves, i, since)[0] for i in range(len(leaves.low))]


def lower_bounds(tableau: Tableau, leaves: Leaves, basis: Basis, weights: list[Rows]) -> Rows:
    """Lower bounds, in units of 2^−bits, of combinations of the rows of a basis.

    ``weights[i]`` has a row for each combination in leaf i, in units of 2^−SLOPE.
    """
    np = _arrays(tableau, len(leaves.low))
    if np is not None:
        try:
            return _lower_bounds_words(np, tableau, leaves, basis, weights)
        except TooLarge:
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


def sweeps(shapes: Iterable[tuple[int, int]], rows: int) -> int:
    """Multiply-adds that bound every z of groups of (neurons, variables read), then rows."""
    work = below = 0
    for height, width in shapes:
        work += 2 * height * below
        below += height * (width + 1)
    return work + rows * below


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


# -------------------------------------------------------------- int64


@dataclass(frozen=True)
class _Words:
    """A group as arrays, with the largest column sum of its forms and the sum of its errors."""

    first: int
    forms: Any
    column: int
    error: Any
    slack: int
    low: Any
    high: Any
    cut: Any


def _as_words(np: Any, group: Group) -> _Words | None:
    column = max((sum(map(abs, c)) for c in zip(*group.forms, strict=True)), default=0)
    ends = [*map(abs, group.low), *map(abs, group.high)]
    if max([column, sum(group.error), *ends], default=0) >= _WORD >> SLOPE:
        return None
    width = len(group.forms[0]) if group.forms else 0
    return _Words(
        group.first,
        np.array(group.forms, dtype=np.int64).reshape(len(group.forms), width),
        column,
        np.array(group.error, dtype=np.int64),
        sum(group.error),
        np.array(group.low, dtype=np.int64),
        np.array(group.high, dtype=np.int64),
        np.array(group.cut, dtype=bool),
    )


def _ranges_words(
    np: Any, tableau: Tableau, groups: list[_Words], leaves: Leaves, since: int
) -> tuple[list[tuple[Any, Any]], list[tuple[Any, Any, Any]], tuple[Any, Any]]:
    """As :func:`_ranges`, for all leaves at once."""
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
            both = _sweep_words(np, tableau, groups, rows, lines, box)
            low = np.maximum((both[:, :height] - group.error) >> fall, low)
            high = np.minimum(-((both[:, height:] - group.error) >> fall), high)
        for leaf, i, active in fixed.get(k, ()):
            if active:
                low[leaf, i] = max(int(low[leaf, i]), 0)
            else:
                high[leaf, i] = min(int(high[leaf, i]), 0)
        ranges.append((low, high))
        lines.append(_lines_words(np, low, high, group.cut))
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


def _lower_bounds_words(
    np: Any, tableau: Tableau, leaves: Leaves, basis: Basis, weights: list[Rows]
) -> Rows:
    groups = tableau.words or []
    _, lines, box = _ranges_words(np, tableau, groups, leaves, 0)
    mix, rows, error = (_array(np, v) for v in (weights, basis.rows, basis.error))
    column = max((sum(map(abs, c)) for c in zip(*basis.rows, strict=True)), default=0)
    top = int(np.abs(mix).max(initial=0))
    if top * max(column, sum(basis.error)) >= _WORD or (top * column) >> SLOPE >= _STEP:
        raise TooLarge
    start = (mix @ rows) >> SLOPE
    error = -((-(np.abs(mix) @ error)) >> SLOPE)
    bound = _sweep_words(np, tableau, groups, start, lines, box)
    found: Rows = (bound - error - tableau.signed).tolist()
    return found


def _array(np: Any, values: Sequence[Any]) -> Any:
    try:
        array = np.array(values, dtype=np.int64)
    except OverflowError:
        raise TooLarge from None
    if array.size and max(int(array.max()), -int(array.min())) >= _STEP:
        raise TooLarge
    return array


def _lines_words(np: Any, low: Any, high: Any, cut: Any) -> tuple[Any, Any, Any]:
    if int(high.max(initial=0)) >= _WORD >> SLOPE or int(low.min(initial=0)) <= -(_WORD >> SLOPE):
        raise TooLarge
    active = (low >= 0) | ~cut
    open_ = ~active & (high > 0)
    width = np.where(open_, high - low, 1)
    up = np.where(open_, -((-high << SLOPE) // width), np.where(active, FULL, 0))
    down = np.where(active | (open_ & (high > -low)), FULL, 0)
    return up, down, np.where(open_, -low, 0)


def _sweep_words(
    np: Any,
    tableau: Tableau,
    groups: list[_Words],
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
        if top * FULL >= _WORD or (top * group.column) >> bits >= _STEP:
            raise TooLarge
        w = (w * np.where(w < 0, up[:, None, :], down[:, None, :])) >> SLOPE
        drop = size * int(fall.max(initial=0))
        lost = _product(np.minimum(w, 0), fall[:, :, None], top, drop, RANGE)[:, :, 0]
        lost += _product(-np.abs(w), group.error, top, group.slack, bits)
        flat = w.reshape(count * height, size)
        moved = _product(flat, group.forms, top, group.column, bits).reshape(count, height, -1)
        rows[:, :, group.first :] += moved[:, :, :-1]
        rows[:, :, inputs] += moved[:, :, -1] + lost - tableau.signed
    weights = rows[:, :, :inputs]
    top = max(int(weights.max(initial=0)), -int(weights.min(initial=0)))
    parts = np.concatenate([np.maximum(weights, 0), np.minimum(weights, 0)], axis=2)
    ends = np.concatenate(box, axis=1)[:, :, None]
    return rows[:, :, inputs] + _product(parts, ends, top, inputs << RANGE + 1, RANGE)[:, :, 0]


def _product(left: Any, right: Any, top: int, column: int, shift: int) -> Any:
    """⌊left·right / 2^shift⌋ in words, for |left| ≤ top and columns of right with Σ|·| ≤ column.

    Where a sum might not fit, left = high·2^k + low, and
    ⌊(high·2^k + low)·right / 2^shift⌋ = ⌊(high·right + ⌊low·right / 2^k⌋) / 2^(shift − k)⌋.
    """
    carry: Any = 0
    while (top + 1) * column >= _WORD:
        k = min(61 - column.bit_length(), shift)
        if k < 8:
            raise TooLarge
        high = left >> k
        carry = ((left - (high << k)) @ right + carry) >> k
        left, top, shift = high, (top >> k) + 1, shift - k
    return (left @ right + carry) >> shift


def product(left: Rows, right: Rows, shift: int) -> Rows:
    """⌊left·right / 2^shift⌋, entry by entry; right has at least one row and column."""
    np = exact.numpy(len(left) * len(right) * len(right[0]) // 8)
    if np is not None:
        top = max((max(map(abs, row)) for row in left), default=0)
        column = max(sum(map(abs, c)) for c in zip(*right, strict=True))
        try:
            if max(top, column, (top * column) >> shift) < _WORD >> 1:
                a, b = (np.array(side, dtype=np.int64) for side in (left, right))
                found: Rows = _product(a, b, top, column, shift).tolist()
                return found
        except TooLarge:
            pass
    columns = list(zip(*right, strict=True))
    return [
        [sum(a * b for a, b in zip(row, c, strict=True) if a) >> shift for c in columns]
        for row in left
    ]
