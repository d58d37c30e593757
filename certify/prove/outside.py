"""All points of a finite set in exact integer arithmetic, outside the kernel.

What is true at every point is ``enumerated``, not proved: torch and this file are trusted for
it. A point where a claim fails becomes a witness, which the kernel checks by itself. Integers
up to 62 bits run on a CPU's or a GPU's float units, exactly; longer ones as the kernel has them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ..errors import absent
from ..kernel.data import exact
from ..kernel.data.exact import BULK, PURE, Batch, describe
from ..kernel.data.numbers import format_rational
from ..kernel.language.claim import Average, Claim, Pointwise
from ..kernel.language.factored import Factored
from ..kernel.language.functions.affine import Project
from ..kernel.language.functions.base import Function
from ..kernel.verdict import Decline
from .answers import Answer, Options, Unknown
from .enumerate import refutation

if TYPE_CHECKING:
    from torch import Tensor

CHUNK = {"cpu": 1 << 14, "cuda": 1 << 20}  # points at a time: a core's cache, a full GPU
MOST = 1 << 40  # points; more would not end
PATIENCE, FAR = 1.0, 4  # seconds after which the pace is known, but for this factor


class Late(Exception):
    """The time is over."""


@dataclass(frozen=True)
class Walk:
    """A finite set, and when its enumeration has to be over."""

    stream: Factored
    options: Options

    def ranges(self, device: str) -> Iterator[tuple[int, int]]:
        """Ranges of point numbers. Raises Late."""
        begun = time.monotonic()
        for start in range(0, self.stream.size, CHUNK[device]):
            self._go_on(begun, start)
            yield start, min(self.stream.size, start + CHUNK[device])

    def batches(self) -> Iterator[tuple[Batch, list[int] | None]]:
        """The kernel's own batches of points. Raises Late."""
        begun, done = time.monotonic(), 0
        for batch in self.stream.batches():
            self._go_on(begun, done)
            done += len(batch[0])
            yield batch

    def _go_on(self, begun: float, done: int) -> None:
        """Raises Late where the time is over, or would be long before the last point."""
        spent, left = time.monotonic() - begun, self.options.left
        if left <= 0 or (
            spent > PATIENCE and (spent + FAR * left) * done < spent * self.stream.size
        ):
            raise Late


def prove(claim: Claim, options: Options) -> Answer:
    """``enumerated`` with what was found, a witness where the claim is false, or Unknown."""
    stream = None
    if isinstance(claim, Average):
        stream = claim.law.factored() if claim.law.finite else None
    elif isinstance(claim, Pointwise):
        stream = claim.domain.factored()
    if stream is None:
        return Unknown("not about a finite set")
    if stream.size > MOST:
        return Unknown(f"{describe(stream.size)} points are too many to enumerate")
    if find_spec("torch") is None:
        return Unknown(str(absent("torch")))
    walk = Walk(stream, options)
    try:
        if isinstance(claim, Average):
            return _average(claim, walk)
        return _pointwise(claim, walk) if isinstance(claim, Pointwise) else Unknown("no points")
    except Late:
        return Unknown(f"{describe(stream.size)} points: out of time")


def _average(claim: Average, walk: Walk) -> Answer:
    value = mean(claim, walk)
    note = f"value {format_rational(value)} over {describe(walk.stream.size)} points"
    if claim.satisfied(value):
        return Unknown("every point evaluated, outside the kernel", "enumerated", note)
    return Unknown(f"false by enumeration outside the kernel: {note}", note=note)


def _pointwise(claim: Pointwise, walk: Walk) -> Answer:
    read = claim.inputs_read()
    terms: list[Function] = [*claim.terms(), *([Project(read)] if read else [])]
    for start, values in term_values(terms, walk):
        inputs = values.pop() if read else exact.batch([()] * len(values[0]), 0)
        points = exact.spread(inputs, read, claim.domain.dimension)
        failure = claim.first_failure(points, values)
        if failure is not None:
            return refutation(point_at(walk.stream, start + failure))
    note = f"true at all {describe(walk.stream.size)} points"
    return Unknown("every point evaluated, outside the kernel", "enumerated", note)


def mean(claim: Average, walk: Walk) -> Fraction:
    """The exact mean of the payoff, in bulk where 62 bits suffice. Raises Late."""
    from ..tensors.enclosure import Inexact

    terms = [claim.law.pulled(term) for term in claim.terms()]
    try:
        return _bulk_mean(claim, terms, walk)
    except (Inexact, Decline):
        total = Fraction(0)
        for points, weights in walk.batches():
            total += claim.total([term.evaluate(points) for term in terms], weights)
        return total / walk.stream.total


def _bulk_mean(claim: Average, terms: list[Function], walk: Walk) -> Fraction:
    from ..tensors.ambient import neutral
    from ..tensors.fused import trusted
    from ..tensors.indexing import Numbered
    from ..tensors.integrand import payoff
    from ..tensors.program import exact_program
    from ..tensors.sums import weighted_sum
    from ..tensors.threads import in_order, threads

    program = exact_program(walk.stream, terms)
    payoffs = payoff(claim, program.known, program.policy)
    points, reach = Numbered(program), payoffs.upper - payoffs.lower

    def plain(start: int, stop: int) -> tuple[Tensor, Tensor]:
        return payoffs.run(program.run(points.choices(start, stop)))

    fused = trusted(claim, program, payoffs, plain)

    @neutral()
    def part(start: int, stop: int) -> int:
        values, _ = fused.run(start, stop) if fused else plain(start, stop)
        return weighted_sum(values - payoffs.lower, reach, points.weights(start, stop))

    with threads(walk.options.workers) as pool:
        sums = in_order(
            pool,
            lambda r: (part, r),
            walk.ranges(program.policy.device.type),
            2 * walk.options.workers,
        )
        total = sum(found for _, found in sums)
    return (Fraction(total, points.total) + payoffs.lower) * payoffs.unit


def term_values(terms: list[Function], walk: Walk) -> Iterator[tuple[int, list[Batch]]]:
    """The terms' exact values at all points in order, each batch with its first number."""
    from ..tensors.ambient import neutral
    from ..tensors.enclosure import Inexact
    from ..tensors.indexing import Numbered
    from ..tensors.program import exact_program
    from ..tensors.threads import in_order, threads

    try:
        program = exact_program(walk.stream, terms)
    except (Inexact, Decline):
        start = 0
        for points, _ in walk.batches():
            yield start, [term.evaluate(points) for term in terms]
            start += len(points)
        return
    numbered = Numbered(program)

    @neutral()
    def part(start: int, stop: int) -> list[Batch]:
        tensors = program.run(numbered.choices(start, stop))
        return [as_batch(t, k.unit) for t, k in zip(tensors, program.known, strict=True)]

    with threads(walk.options.workers) as pool:
        for (start, _), values in in_order(
            pool,
            lambda r: (part, r),
            walk.ranges(program.policy.device.type),
            2 * walk.options.workers,
        ):
            yield start, values


def as_batch(values: object, unit: Fraction) -> Batch:
    """A tensor of integers over a unit as the kernel's batch."""
    import torch

    if not isinstance(values, torch.Tensor):
        raise TypeError("not a tensor")
    whole = values.to(torch.int64).cpu()
    width, rows = whole.shape[1], len(whole)
    if unit.numerator != 1 or rows < BULK or PURE:
        scaled = [[v * unit.numerator for v in row] for row in whole.tolist()]
        return exact.compact(scaled, unit.denominator, width)
    return Batch(whole.numpy(), unit.denominator, width)


def point_at(stream: Factored, number: int) -> tuple[Fraction, ...]:
    """The point of this number, in the kernel's order."""
    z: list[Fraction] = []
    stride = stream.size
    for factor in stream.factors:
        stride //= len(factor)
        z += factor[number // stride % len(factor)][0]
    return stream.place(exact.batch([z], stream.width)).fractions()[0]
