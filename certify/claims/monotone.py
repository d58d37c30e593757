"""Monotonicity, as a claim of kind ``output`` about two copies of a function."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ..kernel.data.decode import Node, Scope
from ..kernel.data.numbers import ONE, ZERO, parse_number
from ..kernel.language.sets import Polyhedron, read
from ..kernel.language.sets.base import identity_rows
from ..kernel.verdict import Malformed

Data = Any  # of the claim language


def pairs(on: Data, along: Sequence[int]) -> Data:
    """{(x, x + Σ tᵢeᵢ) : both in S, tᵢ ≥ 0}, for the coordinates i that are named.

    S is a box, a ball or a polytope. The set is the image of a polytope of (x, t) in ℝ²ⁿ.
    Raises Malformed, and Decline as sets do.
    """
    region = read(Node(on, "on", Scope(parse_number))).polyhedron()
    if region is None or not _as_it_stands(region):
        raise Malformed("on", "expected a box, a ball or a polytope")
    n, k = region.parameters, len(along)
    if not along or len(set(along)) < k or not all(0 <= i < n for i in along):
        raise Malformed("along", f"expected distinct coordinates below {n}, at least one")
    unit = [[Fraction(i == j) for j in range(n)] for i in range(n)]
    rows: list[list[Fraction]] = []
    for i, (low, high) in enumerate(zip(region.lower, region.upper, strict=True)):
        rows += [[*unit[i], high]] if high is not None else []
        rows += [[*(-v for v in unit[i]), -low]] if low is not None else []
    for row, bound in region.rows:
        rows.append([*(dict(row).get(i, ZERO) for i in range(n)), bound])
    table = [[*row[:n], *(row[i] * far for i in along), row[n]] for far in (0, 1) for row in rows]
    for j, i in enumerate(along):
        step = [ZERO] * n + [Fraction(j == m) for m in range(k)]
        table.append([*(-v for v in step), ZERO])
        low, high = region.lower[i], region.upper[i]
        if low is not None and high is not None:
            table.append([*step, high - low])
    steps = [[ONE if m == i else ZERO for m in along] for i in range(n)]
    matrix = [[*unit[i], *(v * far for v in steps[i])] for far in (0, 1) for i in range(n)]
    distinct = [list(row) for row in dict.fromkeys(map(tuple, table))]
    return {"embed": {"set": {"polytope": {"le": distinct}}, "matrix": matrix}}


def rises(outputs: int, falling: bool = False) -> str:
    """The text of ``holds`` for f(x) and f(x′) one after the other: f(x′) ≥ f(x), or ≤."""
    relation = "<=" if falling else ">="
    return " and ".join(f"y{outputs + j} {relation} y{j}" for j in range(outputs))


def _as_it_stands(region: Polyhedron) -> bool:
    return region.matrix == identity_rows(region.parameters) and not any(region.offset)
