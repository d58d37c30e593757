"""What was read against what a runtime computes: the network at its outputs, each step at its own.

Two comparisons. The network's outputs are compared with the runtime's within the bound of
``rounding.py``, which grows with depth, and exactly where nothing rounds. And each tensor that
the runtime shows between is compared with what the reader made of it, computed from the
runtime's own tensors below it: that bound is a few roundings at any depth, and the first tensor
past it names the operation at fault. The second is left out where the first is tight.

An overflow is no difference where a sum may pass the largest float of the type: there the point
says nothing. It is one where no sum can.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..kernel.verdict import Malformed, shorten
from .graph import Array
from .rounding import OWN, Added, Evaluated, Precision, Rows, number
from .trace import CONSTANT, CUT, INPUT, ROW, Trace

POINTS = 8
LARGE = 1 << 19  # weights of networks that are replayed on fewer points


@dataclass(frozen=True)
class Shown:
    """A tensor that a runtime computed: who made it, its elements, its values by points."""

    place: str
    ids: Array  # n; those below 0 are no elements
    values: Array  # n × points


class Mismatch(Exception):
    """The runtime and the reader differ; the text says where and by how much."""


def points(inputs: int, count: int, bits: int = 7) -> Array:
    """Dyadic points of few bits, inputs × count: small integers, ties, zeros, mixed scales."""
    draw = random.Random(inputs)
    top = (1 << bits) - 1

    def column(number: int) -> list[float]:
        if number == 0:
            return [float(draw.randint(-3, 3)) for _ in range(inputs)]
        if number == 1:  # kinks: many zeros, and equal neighbours
            few = [draw.choice((0.0, 0.0, 1.0, -1.0, 0.5)) for _ in range(1 + inputs // 2)]
            return [draw.choice(few) for _ in range(inputs)]
        if number == 2:
            return [draw.randint(-8, 8) / 4 for _ in range(inputs)]
        scale = (4096.0, 16.0, 0.0625, 2.0**21)[number % 4]  # and far away, where a branch may be
        spread = [float(draw.randint(-top, top)) for _ in range(inputs)]
        if number % 3 == 0:  # scales that differ by coordinate
            return [s * 2.0 ** draw.randint(-8, 2) for s in spread]
        return [s * scale / 64 for s in spread]

    return np.array([column(k) for k in range(count)]).T.reshape(inputs, count)


def compare(mine: Evaluated, at: Array, outputs: Array, runtime: str) -> Mismatch | None:
    """What was read, evaluated at the points, against a runtime's outputs (outputs × points)."""
    if mine.values.shape != outputs.shape:
        return Mismatch(f"{runtime} gives {len(outputs)} outputs, not {len(mine.values)}")
    allowed = np.where(mine.exact, 0.0, mine.errors)
    wrong = _apart(outputs, mine.values, allowed) | ~np.isfinite(outputs)
    if not wrong.any():
        return None
    point = int(wrong.any(axis=0).argmax())
    output = int(wrong[:, point].argmax())
    return Mismatch(
        f"{runtime} gives y{output} = {outputs[output, point]!s} at {_text(at[:, point])}, "
        f"what was read gives {mine.values[output, point]!s}"
    )


def _apart(theirs: Array, mine: Array, allowed: Array) -> Array:
    """Where two numbers differ by more; past the range of doubles ours say nothing."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.abs(theirs - mine) > allowed


def _may_overflow(values: Array, errors: Array, precision: Precision) -> Array:
    """Where a sum that leads to the value may pass the largest float: errors hold u·Σ|wᵢ||xᵢ|."""
    with np.errstate(over="ignore", invalid="ignore"):
        return ~(np.abs(values) + errors / precision.unit <= precision.most)


def within_range(
    trace: Trace, at: Array, shown: Sequence[Shown], precision: Precision, runtime: str
) -> Mismatch | Array:
    """The points (as a mask) at which the runtime stays finite; a mismatch where it should."""
    kept = np.ones(at.shape[1], dtype=bool)
    expected = None
    for tensor in shown:
        real = tensor.ids >= 0
        infinite = ~np.isfinite(tensor.values[real]) & kept
        if not infinite.any():
            continue
        if expected is None:
            with np.errstate(over="ignore", invalid="ignore"):
                expected = _expected(trace, at, shown, precision)
        values, allowed = (part[tensor.ids[real]] for part in expected)
        wrong = infinite & ~_may_overflow(values, allowed, precision)
        if wrong.any():
            place, point = np.argwhere(wrong)[0]
            return Mismatch(
                f"{tensor.place}: {runtime} gives {tensor.values[real][place, point]!s} at "
                f"{_text(at[:, point])}, what was read gives {values[place, point]!s}"
            )
        kept &= ~infinite.any(axis=0)
    return kept


def first_difference(
    trace: Trace, at: Array, shown: Sequence[Shown], precision: Precision, runtime: str
) -> Mismatch | None:
    """The first tensor shown that is not what the reader made of those before it."""
    kept = within_range(trace, at, shown, precision, runtime)
    if isinstance(kept, Mismatch):
        return kept
    if not kept.all():
        at = at[:, kept]
        shown = [replace(tensor, values=tensor.values[:, kept]) for tensor in shown]
    if not kept.any():
        return None
    expected, allowed = _expected(trace, at, shown, precision)
    for tensor in shown:
        real = tensor.ids >= 0
        ids = tensor.ids[real]
        wrong = _apart(tensor.values[real], expected[ids], allowed[ids])
        if wrong.any():
            point = int(wrong.any(axis=0).argmax())
            place = int(wrong[:, point].argmax())
            theirs = tensor.values[real][place, point]
            return Mismatch(
                f"{tensor.place}: {runtime} gives {theirs!s} at {_text(at[:, point])}, "
                f"what was read gives {expected[ids[place], point]!s}"
            )
    return None


def _expected(
    trace: Trace, at: Array, shown: Sequence[Shown], precision: Precision
) -> tuple[Array, Array]:
    """What each element should be, from the runtime's own values below it, and how nearly."""
    count, columns = len(trace.elements), at.shape[1]
    low, high = np.full((count, columns), np.inf), np.full((count, columns), -np.inf)
    first = np.full((count, columns), np.nan)
    for tensor in reversed(shown):
        real = tensor.ids >= 0
        first[tensor.ids[real]] = tensor.values[real]
        np.minimum.at(low, tensor.ids[real], tensor.values[real])
        np.maximum.at(high, tensor.ids[real], tensor.values[real])
    anchored = ~np.isnan(first[:, 0])
    values, errors = np.zeros((count + 1, columns)), np.zeros((count + 1, columns))
    expected, allowed = np.zeros((count, columns)), np.zeros((count, columns))
    values[count] = 1  # what biases multiply
    added = Added.of(trace)
    moved = (added.count + 2 + 8) * (precision.unit + OWN)
    for kind, run in _runs(trace):
        ids = np.array(run, dtype=np.int64)
        elements = [trace.elements[i] for i in run]
        if kind == INPUT:
            expected[ids] = at[ids]
        elif kind == ROW:
            _rows(trace, run, values, errors, expected, allowed, added, precision)
        elif kind == CUT:
            source = [trace.cuts[i] for i in run]
            expected[ids] = np.maximum(values[source], 0)
            allowed[ids] = errors[source]
        else:
            shift = np.array([number(e.shift) for e in elements])[:, None]
            base = [count if e.base == CONSTANT else e.base for e in elements]
            start = np.where(np.array(base) == count, 0, 1)[:, None] * values[base]
            expected[ids] = start + shift
            sizes = np.abs(start) + np.abs(shift) + added.total
            allowed[ids] = errors[base] * (1 + moved) + moved * sizes + precision.least
            allowed[ids] += precision.drift
        known = ids[anchored[ids]]
        values[ids], errors[ids] = expected[ids], allowed[ids]
        values[known] = first[known]
        errors[known] = np.maximum(high[known] - first[known], first[known] - low[known])
    # a value may also be reached by adding constants and taking them away again
    again = moved * (np.abs(expected) + added.total) if added.count else 0
    return expected, allowed + again + precision.least


def _rows(
    trace: Trace,
    run: range,
    values: Array,
    errors: Array,
    expected: Array,
    allowed: Array,
    added: Added,
    precision: Precision,
) -> None:
    block = trace.starts[run.start]
    rows = Rows.of(block.rows, block.bias, len(trace.elements))
    sums, magnitude, passed = rows.apply(values, errors)
    slack = rows.slack(added, precision)
    expected[run.start : run.stop] = sums
    least = rows.counts[:, None] * precision.least
    if precision.drift:  # of each weight and of the bias
        sizes = np.add.reduceat(np.abs(values[rows.columns]), rows.starts)
        least = least + precision.drift * (sizes + passed)
    allowed[run.start : run.stop] = passed * (1 + slack) + slack * (magnitude + added.total) + least


def _runs(trace: Trace) -> Iterator[tuple[str, range]]:
    """The elements in order, cut where the kind changes: a block is one run."""
    start, count = 0, len(trace.elements)
    while start < count:
        kind = trace.kinds.get(start, "shift")
        if kind == ROW:
            stop = start + len(trace.starts[start].rows)
        else:
            stop = start + 1
            while stop < count and trace.kinds.get(stop, "shift") == kind:
                stop += 1
        yield kind, range(start, stop)
        start = stop


def _text(point: Array) -> str:
    return shorten("[" + ", ".join(f"{v:g}" for v in point.tolist()) + "]")


def refuse(found: Mismatch | None, at: str) -> None:
    """Raise Malformed for a mismatch."""
    if found is not None:
        raise Malformed(at, f"what was read is not what the runtime computes: {found}")
