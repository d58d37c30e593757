"""Which samples are drawn when, where, and what is said after each part of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import cycle

import torch

from ..tensors.threads import in_order, threads
from .accumulate import Job, Tally, shard
from .intervals import Interval
from .summary import FEW, Summary

SHARD = {"cpu": 1 << 18, "cuda": 1 << 22}  # samples of one shard; no result depends on it
PER_GPU = 2  # threads for each GPU: one prepares work while the other's runs
FIRST = 1 << 10  # samples before the first look
AHEAD = 32  # shards under way on an executor of unknown size


@dataclass(frozen=True)
class Progress:
    """The interval after so many samples."""

    samples: int
    estimate: Fraction
    lower: Fraction
    upper: Fraction


@dataclass(frozen=True)
class Outcome:
    """The last interval, the tally behind it, and the intervals on the way."""

    interval: Interval
    tally: Tally
    decision: str
    history: tuple[Progress, ...]


Range = tuple[int, int]


def looks(samples: int) -> list[int]:
    """Numbers of samples after which the interval is looked at: 2¹⁰, 2¹¹, …, all."""
    found, at = [], FIRST
    while at < samples:
        found.append(at)
        at *= 2
    return [*found, samples]


def ranges(samples: int, shards: int | None, longest: int = SHARD["cpu"]) -> Iterator[Range]:
    """The shards: equal ones where their number is given, else cut at every look."""
    if shards:
        size = -(-samples // shards)
        yield from ((at, min(samples, at + size)) for at in range(0, samples, size))
        return
    start = 0
    for look in looks(samples):
        for at in range(start, look, longest):
            yield at, min(look, at + longest)
        start = look


@dataclass(frozen=True)
class Plan:
    """A run: at most ``samples`` at level 1 − alpha, compared with ``bound``."""

    summary: Summary
    alpha: Fraction
    samples: int
    bound: Fraction
    sequential: bool
    report: Callable[[Progress], None] | None = None

    @property
    def kept(self) -> int:
        """Up to so many samples each one is kept, for the betting interval.

        A run that goes on past FEW and ends with another interval shows that one all along.
        """
        return FEW if self.sequential or self.samples <= FEW else 0

    def follow(self, tallies: Iterator[tuple[Range, Tally]]) -> Outcome:
        """Add the tallies in order; in sequential mode stop at the look that decides.

        Look j is given alpha / ((j + 1)(j + 2)) of the error probability, which sum to alpha:
        so all looks hold together, the interval is their intersection, and stopping at any of
        them is valid. Otherwise only the last interval has the level stated.
        """
        total = Tally()
        history: list[Progress] = []
        held: Interval | None = None
        decision, stops = "undecided", set(looks(self.samples))
        for (_, stop), tally in tallies:
            total += tally
            if stop > self.kept:
                total = replace(total, kept=())
            last = stop == self.samples
            if self.sequential and stop not in stops:
                continue
            share = (len(history) + 1) * (len(history) + 2) if self.sequential else 1
            held = _narrowed(self.summary.interval(total, self.alpha / share), held)
            if not self.sequential and not last:
                shown, held = held, None
            else:
                shown = held
            # the intersection of all looks may leave out the mean of the last
            mean = min(max(self.summary.mean(total), shown.lower), shown.upper)
            history.append(Progress(stop, mean, shown.lower, shown.upper))
            if self.report:
                self.report(history[-1])
            decision = compared(shown, self.bound)
            if last or (self.sequential and decision != "undecided"):
                return Outcome(shown, total, decision, tuple(history))
        raise RuntimeError("the shards ended before the samples did")


def _narrowed(found: Interval, held: Interval | None) -> Interval:
    """The intersection of two intervals, or the newer one where that is empty."""
    if held is None:
        return found
    lower, upper = max(found.lower, held.lower), min(found.upper, held.upper)
    return found if lower > upper else Interval(lower, upper, found.method)


def compared(interval: Interval, bound: Fraction) -> str:
    """Where the interval lies."""
    if interval.upper < bound:
        return "below"
    return "above" if interval.lower > bound else "undecided"


@contextmanager
def running(
    job: Job,
    executor: Executor | None,
    devices: Sequence[str],
    workers: int | None,
    kept: int = 0,
) -> Iterator[Callable[[Iterable[Range]], Iterator[tuple[Range, Tally]]]]:
    """A function from ranges to their tallies, in order, with a few of them under way.

    Of the first ``kept`` samples each one is in its tally.
    """
    own = torch.get_num_threads() if devices[0] == "cpu" else PER_GPU * len(devices)
    count = workers or own
    turn = cycle(devices)

    def submit(part: Range) -> tuple[Callable[..., Tally], tuple[object, ...]]:
        return shard, (replace(job, device=next(turn)), *part, part[1] <= kept)

    if executor is not None:
        yield lambda parts: in_order(executor, submit, parts, AHEAD)
        return
    with threads(count) as pool:
        yield lambda parts: in_order(pool, submit, parts, 2 * count)
