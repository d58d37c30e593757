"""``estimate``: an interval for the number of an average claim, with a confidence."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction
from typing import Any

import torch

from ..errors import CertifyError
from ..kernel.claim import Average, Claim
from ..kernel.kinds.classes import Compression
from ..kernel.numbers import format_rational
from ..kernel.verdict import Decline, Malformed
from ..prove.bulk.known import Inexact
from ..prove.bulk.short import SHORT
from ..prove.bulk.source import source_of
from .accumulate import Job, Machine, machine
from .philox import key_of
from .plan import SHARD, Plan, Progress, ranges, running
from .summary import Summary
from .tails import slope_squared, tails_of

SAMPLES = 1 << 20
PRECISIONS = ("auto", "float32", "float64", *SHORT)
PILOT = 1 << 10  # samples by which the precision is chosen


@dataclass(frozen=True)
class Estimate:
    """A statistical interval: ``lower`` ≤ the number ≤ ``upper`` at this confidence.

    ``decision`` compares the interval with the claim's right-hand side. ``rounding`` is the
    part of its width that the rounding of the forward pass accounts for: 0 where ``exact``.
    """

    estimate: Fraction
    lower: Fraction
    upper: Fraction
    confidence: Fraction
    samples: int
    method: str
    decision: str  # "below", "above" or "undecided"
    relation: str
    bound: Fraction
    rounding: Fraction
    exact: bool
    seed: int
    history: tuple[Progress, ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = ()
    verdict: str = "estimated"

    def __str__(self) -> str:
        level = f"{float(self.confidence):.10g}"
        return (
            f"estimated: {float(self.estimate):.6g} in [{_down(self.lower)}, {_up(self.upper)}] "
            f"at {level}; {self.decision} {format_rational(self.bound)}"
        )

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON values; the interval's ends are rounded outward."""
        return {
            "verdict": self.verdict,
            "rule": None,
            "reason": f"{self.decision} {format_rational(self.bound)}",
            "certificate": None,
            "estimate": float(self.estimate),
            "lower": float(_down(self.lower, 15)),
            "upper": float(_up(self.upper, 15)),
            "confidence": float(self.confidence),
            "samples": self.samples,
            "method": self.method,
            "decision": self.decision,
            "rounding": float(self.rounding),
            "exact": self.exact,
            "seed": self.seed,
            "notes": list(self.notes),
        }


def estimate(
    claim: Claim,
    samples: int | None = None,
    confidence: Fraction | str | float = "0.95",
    device: str = "auto",
    seed: int = 0,
    executor: Executor | None = None,
    *,
    sequential: bool = False,
    precision: str = "auto",
    batch: int | None = None,
    shards: int | None = None,
    workers: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Estimate:
    """Estimate the number that an ``mse``, ``expectation`` or ``compression`` claim is about.

    ``samples`` are at most so many with ``sequential``, which stops at the first of its looks
    (after 2¹⁰, 2¹¹, … samples) at which the interval decides the claim, and is valid there.
    Shards, ranges of sample numbers, run on ``executor`` (any of ``concurrent.futures``, or
    Dask's ``Client.get_executor()``); by default on threads, one for each core or each GPU.
    ``precision`` is the type of what cannot be exact: float32, float64, or auto by a pilot; or
    float16, bfloat16 or int8 for every product of matrices, refused where one is not proven
    exact. Without such a name a product runs in a short type where that is proven and faster.
    Raises CertifyError for a request that makes no sense, or errors without a bound.
    """
    goal, notes = average_of(claim)
    level = _confidence(confidence)
    samples = SAMPLES if samples is None else samples
    if samples < 1:
        raise CertifyError(f"{samples} samples: an estimate needs at least one")
    for name, value in (("batch", batch), ("shards", shards), ("workers", workers)):
        if value is not None and value < 1:
            raise CertifyError(f"{name} = {value}: must be at least one")
    if precision not in PRECISIONS:
        raise CertifyError(f"no precision {precision!r} ({', '.join(PRECISIONS)})")
    devices = devices_of(device)
    key = key_of(claim.digest, seed)
    job = Job(goal, claim.digest, key, "float32", devices[0], batch)
    try:
        source = source_of(goal.law)
        slope = slope_squared(goal, source)
        job = _with_precision(job, precision, samples)
        compiled = machine(job)
    except (Decline, Inexact) as error:
        raise CertifyError(f"cannot estimate: {error}") from None
    except Malformed as error:
        raise CertifyError(str(error)) from None
    payoffs = compiled.payoffs
    summary = Summary(compiled, tails_of(source, slope, payoffs.upper * payoffs.unit))
    relation, bound = goal.comparison
    plan = Plan(summary, float(1 - level), samples, bound, sequential, progress)
    longest = SHARD["cpu" if devices[0] == "cpu" else "cuda"]
    parts = ranges(samples, None if sequential else shards, longest)
    with running(job, executor, devices, workers, plan.kept) as tallies:
        outcome = plan.follow(tallies(parts))
    return Estimate(
        summary.mean(outcome.tally),
        outcome.interval.lower,
        outcome.interval.upper,
        level,
        outcome.tally.count,
        outcome.interval.method + (", at any look" if sequential else ""),
        outcome.decision,
        relation,
        bound,
        summary.rounding(outcome.tally),
        payoffs.exact,
        seed,
        outcome.history,
        notes,
    )


def average_of(claim: Claim) -> tuple[Average, tuple[str, ...]]:
    """The claim's average, and what else the claim asks. Raises CertifyError for other kinds."""
    if isinstance(claim, Average):
        return claim, ()
    if isinstance(claim, Compression):
        return claim.mean_square, (membership(claim),)
    raise CertifyError(f"{claim.kind} is not about an average: nothing to estimate")


def membership(claim: Compression) -> str:
    """The conjunct that is no average, decided exactly."""
    member = claim.member
    if member.network.depth != member.depth:
        return f"not a member: {member.network.depth} layers, not {member.depth}"
    for number, layer in enumerate(member.network.layers, start=1):
        if layer.frobenius_squared > member.limit:
            return f"not a member: layer {number} has squared norm {layer.frobenius_squared}"
        if member.activation == "uniform" and len(set(layer.relu)) > 1:
            return f"not a member: layer {number} mixes ReLU and identity"
    return "member: every layer is within the bound, exactly"


def devices_of(device: str) -> list[str]:
    """The torch devices that are meant. Raises CertifyError where there is none."""
    name, colon, number = device.partition(":")
    if colon and (name != "cuda" or not (number.isascii() and number.isdigit())):
        raise CertifyError(f"no device {device!r} (auto, cpu, cuda or cuda:0)")
    if name not in ("auto", "cpu", "cuda"):
        raise CertifyError(f"no device {device!r} (auto, cpu, cuda or cuda:0)")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device == "cpu" or (device == "auto" and not count):
        return ["cpu"]
    if not count:
        raise CertifyError("no CUDA device: torch finds none")
    if colon and int(number) >= count:
        raise CertifyError(f"no CUDA device {number}: torch finds {count}")
    return [device] if colon else [f"cuda:{i}" for i in range(count)]


def _confidence(value: Fraction | str | float) -> Fraction:
    try:
        level = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        raise CertifyError(f"confidence {value!r} is not a number") from None
    if not 0 < level < 1:
        raise CertifyError(f"confidence {value} is not between 0 and 1")
    return level


def _with_precision(job: Job, precision: str, samples: int) -> Job:
    """The job in the type asked for; "auto": the fastest that a pilot does not find to blur."""
    if precision != "auto":
        return replace(job, precision=precision)
    try:
        if not _blurs(machine(job), samples):
            return job
        # a fused kernel rounds more than plain products do
        plain = replace(job, products="plain")
        if machine(job).fused and not _blurs(machine(plain), samples):
            return plain
    except (Inexact, Decline):
        pass
    return replace(job, precision="float64")


def _blurs(compiled: Machine, samples: int) -> bool:
    """Is rounding above a tenth of the standard error that the whole run will have?"""
    tally = compiled.run(0, min(PILOT, samples))
    blur = tally.high - tally.low
    noise = tally.square * tally.count - tally.low**2
    return 100 * blur * blur * samples > noise


def _down(value: Fraction, digits: int = 6) -> str:
    """The value with so many significant digits, rounded down."""
    return _rounded(value, digits, ROUND_FLOOR)


def _up(value: Fraction, digits: int = 6) -> str:
    return _rounded(value, digits, ROUND_CEILING)


def _rounded(value: Fraction, digits: int, mode: str) -> str:
    with localcontext() as context:
        context.prec, context.rounding = digits, mode
        found = Decimal(value.numerator) / Decimal(value.denominator)
    return f"{float(found):.{digits}g}"  # up to 15 digits a double keeps them
