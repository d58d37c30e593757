"""``estimate``: an interval for the number of an average claim, with a confidence."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import torch

from ..errors import CertifyError
from ..kernel.data.numbers import format_rational
from ..kernel.language.claim import Average, Claim
from ..kernel.language.kinds.classes import Compression
from ..kernel.verdict import Decline, Malformed, shorten
from ..tensors.enclosure import Inexact
from ..tensors.points import source_of
from . import digits
from .accumulate import Job, Machine, machine
from .intervals import Interval
from .order import Order
from .philox import key_of
from .plan import SHARD, Plan, Progress, compared, ranges, running
from .summary import Summary
from .tails import slope_squared, tails_of

PILOT = 1 << 10  # samples by which the precision is chosen


@dataclass(frozen=True)
class Estimate:
    """A statistical interval: ``lower`` ≤ the number ≤ ``upper`` at this confidence.

    ``decision`` compares the interval with the claim's right-hand side. ``rounding`` is the
    part of its width that the rounding of the forward pass accounts for: 0 where ``exact``.
    Where an exact way gave the number, both ends are it, ``samples`` is 0 and ``method`` names it.
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
        if not self.samples:
            number = shorten(format_rational(self.estimate))
            return f"exactly {number} by {self.method}; {self.reason}"
        return (
            f"estimated: {digits.near(self.estimate)} in "
            f"[{digits.down(self.lower)}, {digits.up(self.upper)}] "
            f"at {digits.level(self.confidence)}; {self.reason}"
        )

    @property
    def looks(self) -> tuple[Progress, ...]:
        """The history; a number that is exact is one look, at no sample."""
        exact = Progress(self.samples, self.estimate, self.lower, self.upper)
        return self.history or (exact,)

    @property
    def reason(self) -> str:
        """Where the interval lies, in words."""
        return f"{self.decision} {shorten(format_rational(self.bound))}"

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON values; the interval's ends are rounded outward.

        A number that no double holds stands as text. ``value`` is the exact one, as text too.
        """
        return {
            "verdict": self.verdict,
            "rule": None,
            "reason": self.reason,
            "certificate": None,
            "estimate": digits.number(self.estimate),
            "lower": digits.number(self.lower, -1),
            "upper": digits.number(self.upper, 1),
            "value": None if self.samples else shorten(format_rational(self.estimate)),
            "confidence": digits.share(self.confidence),
            "samples": self.samples,
            "method": self.method,
            "decision": self.decision,
            "rounding": digits.number(self.rounding, 1),
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
    order = checked(
        claim,
        samples,
        confidence,
        device,
        seed,
        executor,
        sequential=sequential,
        precision=precision,
        batch=batch,
        shards=shards,
        workers=workers,
        progress=progress,
    )
    goal, notes = average_of(claim)
    devices = devices_of(str(device))
    samples, key = order.samples, key_of(claim.digest, order.seed)
    job = Job(goal, claim.digest, key, "float32", devices[0], order.batch)
    try:
        source = source_of(goal.law)
        slope = slope_squared(goal, source)
        job = _with_precision(job, precision, samples)
        compiled = machine(job)
        tails = tails_of(source, slope, compiled.payoffs.upper * compiled.payoffs.unit)
    except (Decline, Inexact) as error:
        raise CertifyError(f"cannot estimate: {error}") from None
    except Malformed as error:
        raise CertifyError(str(error)) from None
    summary = Summary(compiled, tails)
    relation, bound = goal.comparison
    plan = Plan(summary, 1 - order.level, samples, bound, sequential, progress)
    longest = SHARD["cpu" if devices[0] == "cpu" else "cuda"]
    parts = ranges(samples, None if sequential else order.shards, longest)
    try:
        with running(job, executor, devices, order.workers, plan.kept) as tallies:
            outcome = plan.follow(tallies(parts))
    except Malformed as error:  # a point at which a function of the claim has no value
        raise CertifyError(str(error)) from None
    return Estimate(
        outcome.history[-1].estimate,
        outcome.interval.lower,
        outcome.interval.upper,
        order.level,
        outcome.tally.count,
        outcome.interval.method + (", at any look" if sequential else ""),
        outcome.decision,
        relation,
        bound,
        summary.rounding(outcome.tally),
        compiled.payoffs.exact,
        order.seed,
        outcome.history,
        notes,
    )


def checked(
    claim: Claim,
    samples: Any = None,
    confidence: Any = "0.95",
    device: Any = "auto",
    seed: Any = 0,
    executor: Any = None,
    *,
    sequential: bool = False,
    precision: str = "auto",
    batch: Any = None,
    shards: Any = None,
    workers: Any = None,
    progress: Any = None,
) -> Order:
    """What :func:`estimate` is asked for. Raises CertifyError for what makes no sense."""
    average_of(claim)
    devices_of(str(device))
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise CertifyError(f"{type(executor).__name__} is no executor of concurrent.futures")
    if progress is not None and not callable(progress):
        raise CertifyError("progress is no function")
    if not isinstance(sequential, bool):
        raise CertifyError("sequential is neither true nor false")
    return Order.read(samples, confidence, seed, precision, batch, shards, workers)


def known(claim: Claim, value: Fraction, method: str, order: Order) -> Estimate:
    """The number of a claim that an exact way gave."""
    goal, notes = average_of(claim)
    relation, bound = goal.comparison
    return Estimate(
        estimate=value,
        lower=value,
        upper=value,
        confidence=order.level,
        samples=0,
        method=method,
        decision=compared(Interval(value, value, method), bound),
        relation=relation,
        bound=bound,
        rounding=Fraction(0),
        exact=True,
        seed=order.seed,
        notes=notes,
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


def _with_precision(job: Job, precision: str, samples: int) -> Job:
    """The job in the type asked for; "auto": the fastest that a pilot does not find to blur."""
    if precision != "auto":
        return replace(job, precision=precision)
    # by samples of its own, so that the choice does not depend on those that count
    pilot = replace(job, key=key_of(job.digest, f"pilot {job.key}"))
    try:
        if not _blurs(machine(pilot), samples):
            return job
        # a fused kernel rounds more than plain products do
        plain = replace(pilot, products="plain")
        if machine(pilot).fused and not _blurs(machine(plain), samples):
            return replace(job, products="plain")
    except (Inexact, Decline):
        pass
    return replace(job, precision="float64")


def _blurs(compiled: Machine, samples: int) -> bool:
    """Is rounding above a tenth of the standard error that the whole run will have?"""
    tally = compiled.run(0, min(PILOT, samples))
    blur = tally.high - tally.low
    noise = tally.square * tally.count - tally.low**2
    return 100 * blur * blur * samples > noise
