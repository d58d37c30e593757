"""Exact linear algebra: sparse rows, solving, rank, definiteness."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .account import charge
from .network import Row
from .numbers import ZERO, plus, step


def combine(row: Row, rows: Sequence[Row]) -> Row:
    """Σ row[i]·rows[i] as a sparse row."""
    if len(row) == 1 and row[0][1] == 1:
        return rows[row[0][0]]
    total: dict[int, Fraction] = {}
    for i, weight in row:
        for c, v in rows[i]:
            total[c] = plus(total.get(c, ZERO), weight * v)
    return tuple((c, total[c]) for c in sorted(total) if total[c])


def dot(row: Row, vector: Sequence[Fraction]) -> Fraction:
    """Σ row[i]·vector[i]."""
    total = ZERO
    for c, v in row:
        if vector[c]:
            total = plus(total, v * vector[c])
    return total


def solve(
    matrix: Sequence[Row], columns: int, target: Sequence[Fraction]
) -> tuple[Fraction, ...] | None:
    """The one x with matrix·x = target for an injective matrix; None where there is none."""
    pivots: list[tuple[int, dict[int, Fraction], Fraction]] = []
    place: dict[int, int] = {}
    for row, value in zip(matrix, target, strict=True):
        rest, value = _reduce(dict(row), value, pivots, place)
        if not rest:
            if value:
                return None
            continue
        column = min(rest)
        scale = rest[column]
        place[column] = len(pivots)
        pivots.append((column, {c: v / scale for c, v in rest.items()}, value / scale))
    solution = [ZERO] * columns
    for column, row_, value in reversed(pivots):
        solution[column] = value - sum(
            (v * solution[c] for c, v in row_.items() if c != column), ZERO
        )
    return tuple(solution)


def rank(matrix: Sequence[Row]) -> int:
    """The rank, by elimination."""
    pivots: list[tuple[int, dict[int, Fraction], Fraction]] = []
    place: dict[int, int] = {}
    for row in matrix:
        rest, _ = _reduce(dict(row), ZERO, pivots, place)
        if rest:
            column = min(rest)
            place[column] = len(pivots)
            pivots.append((column, {c: v / rest[column] for c, v in rest.items()}, ZERO))
    return len(pivots)


def _reduce(
    row: dict[int, Fraction],
    value: Fraction,
    pivots: list[tuple[int, dict[int, Fraction], Fraction]],
    place: dict[int, int],
) -> tuple[dict[int, Fraction], Fraction]:
    """The row without the columns of earlier pivots, in the order of the pivots' columns."""
    pending = sorted(c for c in row if c in place)
    while pending:
        column = pending.pop(0)
        weight = row.get(column, ZERO)
        if not weight:
            continue
        _, other, result = pivots[place[column]]
        for c, v in other.items():
            charge(step(weight, v) + step(row.get(c, ZERO), v))
        for c, v in other.items():
            total = row.get(c, ZERO) - weight * v
            if total:
                row[c] = total
            else:
                row.pop(c, None)
        value -= weight * result
        pending = sorted(c for c in row if c in place)
    return row, value


def semidefinite(matrix: Sequence[Sequence[Fraction]]) -> bool:
    """Is the symmetric matrix positive semidefinite? By an exact LDLᵀ of its lower triangle.

    No pivot may be negative, and a zero pivot needs a zero column below it.
    """
    work = [list(row[: i + 1]) for i, row in enumerate(matrix)]
    for k, top in enumerate(work):
        pivot = top[k]
        below = [i for i in range(k + 1, len(work)) if work[i][k]]
        if pivot < 0 or (pivot == 0 and below):
            return False
        for i in below:
            factor = work[i][k] / pivot
            for j in below:
                if j > i:
                    break
                work[i][j] -= factor * work[j][k]
    return True


def surely_semidefinite(matrix: Sequence[Sequence[Fraction]], precision: int) -> bool:
    """Is the symmetric matrix positive semidefinite, shown by an LDLᵀ at fixed size?

    True is a proof; False shows nothing. Entries are integers over 2^precision. Wherever
    entries are rounded, the matrix is A = Q + E with Q the rounded one and |Eᵢⱼ| < 1 unit off
    the diagonal; Qᵢᵢ is rounded down, and lowered by one unit for each entry of its row that
    was rounded, so Eᵢᵢ is at least their number. Then E is diagonally dominant, so
    semidefinite, and A is if Q is.
    """
    size = len(matrix)
    work = [[0] * (i + 1) for i in range(size)]
    for i, row in enumerate(matrix):
        for j, v in enumerate(row[: i + 1]):
            whole, rest = divmod(v.numerator << precision, v.denominator)
            work[i][j] += whole
            if rest and j < i:
                work[i][i] -= 1
                work[j][j] -= 1
    for k in range(size):
        pivot = work[k][k]
        below = [i for i in range(k + 1, size) if work[i][k]]
        if pivot < 0 or (pivot == 0 and below):
            return False
        for i in below:
            line, weight = work[i], work[i][k]
            for j in below:
                if j >= i:
                    break
                share, rest = divmod(weight * work[j][k], pivot)
                line[j] -= share
                if rest:
                    line[i] -= 1
                    work[j][j] -= 1
            line[i] += -(weight * weight) // pivot
    return True
