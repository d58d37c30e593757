"""Which samples are drawn when, where, and what is said after each part of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction

import torch

from .accumulate import Job, Tally, shard
from .intervals import Interval
from .summary import FEW, Summary

SHARD = 1 << 18  # samples of one shard; no result depends on it
FIRST = 1 << 10  # samples before the first look


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


def ranges(samples: int, shards: int | None) -> Iterator[Range]:
    """The shards: equal ones where their number is given, else cut at every look."""
    if shards:
        size = -(-samples // shards)
        yield from ((at, min(samples, at + size)) for at in range(0, samples, size))
        return
    start = 0
    for look in looks(samples):
        for at in range(start, look, SHARD):
            yield at, min(look, at + SHARD)
        start = look


@dataclass(frozen=True)
class Plan:
    """A run: at most ``samples`` at level 1 − alpha, compared with ``bound``."""

    summary: Summary
    alpha: float
    samples: int
    bound: Fraction
    sequential: bool
    report: Callable[[Progress], None] | None = None

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
            if stop > FEW:
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
            history.append(Progress(stop, self.summary.mean(total), shown.lower, shown.upper))
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
    job: Job, executor: Executor | None, devices: Sequence[str], workers: int | None
) -> Iterator[Callable[[Iterator[Range]], Iterator[tuple[Range, Tally]]]]:
    """A function from ranges to their tallies, in order, with a few of them under way."""
    before = torch.get_num_threads()
    count = workers or (len(devices) if devices[0] != "cpu" else before)
    pool = executor or ThreadPoolExecutor(count, initializer=torch.set_num_threads, initargs=(1,))

    def tallies(parts: Iterator[Range]) -> Iterator[tuple[Range, Tally]]:
        waiting: deque[tuple[Range, Future[Tally]]] = deque()
        try:
            for number, (start, stop) in enumerate(parts):
                here = replace(job, device=devices[number % len(devices)])
                keep = stop <= FEW
                waiting.append(((start, stop), pool.submit(shard, here, start, stop, keep)))
                while len(waiting) > 4 * count:
                    part, future = waiting.popleft()
                    yield part, future.result()
            while waiting:
                part, future = waiting.popleft()
                yield part, future.result()
        finally:
            for _, future in waiting:
                future.cancel()

    try:
        yield tallies
    finally:
        if executor is None:
            pool.shutdown(wait=True, cancel_futures=True)
            torch.set_num_threads(before)
