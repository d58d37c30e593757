"""Sums of errors in integers: shards add up in any order to the same numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

import torch
from torch import Tensor

from ..kernel.language.claim import Average
from ..kernel.language.functions.base import Function
from ..tensors.ambient import neutral
from ..tensors.enclosure import Inexact, Policy
from ..tensors.fused import Fused, trusted
from ..tensors.integrand import Payoff, payoff
from ..tensors.low_precision import SHORT
from ..tensors.points import Source, source_of
from ..tensors.program import Program
from ..tensors.sums import square_sum, whole_sum
from .philox import Key
from .sampling import Sampler

FUSED_BATCH = {"cpu": 1, "cuda": 1 << 22}  # samples of which no more than the payoff is kept


@dataclass(frozen=True)
class Tally:
    """How many samples, and sums over them of their payoffs above the certified minimum.

    Each payoff lies between two integers, ``low`` and ``high``; they are equal where the
    forward pass is exact. ``kept`` lists them in order where that was asked for.
    """

    count: int = 0
    low: int = 0  # Σ low
    high: int = 0  # Σ high
    square: int = 0  # Σ high²
    kept: tuple[tuple[int, int], ...] = field(default=(), repr=False)

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.count + other.count,
            self.low + other.low,
            self.high + other.high,
            self.square + other.square,
            self.kept + other.kept,
        )


def tally(payoffs: Payoff, low: Tensor, high: Tensor, keep: bool) -> Tally:
    """The tally of one batch."""
    reach = payoffs.upper - payoffs.lower
    low, exact = low - payoffs.lower, low is high
    high = low if exact else high - payoffs.lower
    total = whole_sum(high, reach)
    kept = tuple(zip(low.tolist(), high.tolist(), strict=True)) if keep else ()
    return Tally(
        len(high),
        total if exact else whole_sum(low, reach),
        total,
        square_sum(high, reach),
        kept,
    )


@dataclass(frozen=True)
class Job:
    """Everything that fixes the samples' errors; the same on every machine that runs it.

    Jobs are told apart by the claim's digest, since comparing networks takes long.
    """

    claim: Average = field(compare=False)
    digest: str
    key: Key
    precision: str  # "float32" or "float64" for what cannot be exact, or a short type for all
    device: str
    batch: int | None = None
    products: str = "auto"  # see Policy; used where the precision is not a short type

    def terms(self) -> list[Function]:
        """The functions of the points that the payoff reads."""
        return [self.claim.law.pulled(term) for term in self.claim.terms()]


@dataclass(frozen=True)
class Machine:
    """A job, compiled for one device.

    Samples are drawn and summed ``batch`` at a time, and go through the networks ``piece`` at a
    time, so that their tensors stay in a core's cache or fit a GPU's memory. Where there is a
    ``fused`` kernel it takes the place of both, and ``payoffs`` are its own.
    """

    sampler: Sampler
    program: Program
    payoffs: Payoff
    batch: int
    piece: int
    fused: Fused | None = None

    def batches(self, start: int, stop: int, keep: bool = False) -> Iterator[Tally]:
        """The tallies of the samples start … stop − 1, a batch at a time.

        Where memory runs out the batch is halved, which changes no number.
        """
        size = self.batch
        while start < stop:
            end = min(stop, start + size)
            try:
                yield self._batch(start, end, keep)
            except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
                if size <= 1 or not out_of_memory(error):
                    raise
                size = (end - start + 1) // 2
                if self.program.policy.device.type == "cuda":
                    torch.cuda.empty_cache()
                continue
            start = end

    @neutral()
    def _batch(self, start: int, stop: int, keep: bool) -> Tally:
        low, high = self.ends(start, stop)
        return tally(self.payoffs, low, high, keep)

    @neutral()
    def ends(self, start: int, stop: int) -> tuple[Tensor, Tensor]:
        """Integers between which each sample's payoff lies: int64 of shape (stop − start,)."""
        if self.fused is not None:
            return self.fused.run(start, stop, self.sampler.words, self.sampler.key)
        choices, smooth = self.sampler.draw(start, stop)
        pieces = []
        for at in range(0, stop - start, self.piece):
            end = at + self.piece
            part = None if smooth is None else smooth[at:end]
            pieces.append(self.program.run(choices[at:end], part))
        return self.payoffs.run([torch.cat(term) for term in zip(*pieces, strict=True)])

    def run(self, start: int, stop: int, keep: bool = False) -> Tally:
        """The tally of the samples start … stop − 1."""
        return sum(self.batches(start, stop, keep), Tally())


def out_of_memory(error: BaseException) -> bool:
    """Does the error say that memory ran out? A CPU's and cuBLAS's are plain RuntimeErrors."""
    said = ("allocate", "ALLOC_FAILED")
    known = isinstance(error, torch.OutOfMemoryError | MemoryError)
    return known or any(word in str(error) for word in said)


@lru_cache(maxsize=32)
@neutral()
def compile_job(job: Job) -> Machine:
    """The machine of a job: exact if 62 bits suffice, else in the job's precision.

    Raises Inexact, Decline or Malformed where there is none.
    """
    device = torch.device(job.device)
    source = source_of(job.claim.law)
    if job.precision in SHORT:
        return _compiled(job, source, Policy(None, device, job.precision))
    try:
        return _compiled(job, source, Policy(None, device, job.products))
    except Inexact:
        policy = Policy(getattr(torch, job.precision), device, job.products)
        return _compiled(job, source, policy)


def _compiled(job: Job, source: Source, policy: Policy) -> Machine:
    program = Program(source, job.terms(), policy)
    payoffs = payoff(job.claim, program.known, policy, source)
    columns = program.table.shape[1]
    if policy.device.type == "cpu":  # what a core's cache holds
        batch, piece = 1 << 14, min(4096, max(1024, (1 << 18) // columns))
    else:  # enough to fill a GPU, and a few GB of its memory
        batch = piece = min(1 << 20, max(1 << 12, (1 << 29) // columns))
    plain = Machine(Sampler(program, job.key), program, payoffs, batch, piece)
    if policy.products != "auto":
        return plain
    fused = trusted(job.claim, program, payoffs, plain.ends, plain.sampler.words, job.key)
    if fused is None:
        return plain
    batch = max(batch, FUSED_BATCH[policy.device.type])
    return replace(plain, payoffs=fused.payoffs, fused=fused, batch=batch)


def machine(job: Job) -> Machine:
    """The machine of a job; what is compiled is kept for other shards, seeds and batches."""
    compiled = compile_job(replace(job, key=(0, 0), batch=None))
    sampler = Sampler(compiled.program, job.key)
    return replace(compiled, sampler=sampler, batch=job.batch or compiled.batch)


def shard(job: Job, start: int, stop: int, keep: bool = False) -> Tally:
    """What a worker runs: integers from a range of sample numbers, so retries are harmless."""
    return machine(job).run(start, stop, keep)
