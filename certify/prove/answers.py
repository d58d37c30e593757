"""What a prover is query, and what it answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..kernel.verdict import Budget


@dataclass(frozen=True)
class Progress:
    """How far a search of regions is: the share of the domain that is closed, and counts."""

    closed: float  # 0 … 1; each split halves a region's share
    leaves: int
    open: int


@dataclass(frozen=True)
class Options:
    """What a prover may spend, and where it keeps and tells what it has done."""

    timeout: float = 300.0  # seconds for the claim
    workers: int = 1
    seed: int = 0
    budget: Budget = field(default_factory=Budget)
    started: float = field(default_factory=time.monotonic)
    journal: Path | None = None  # a file that the search may go on from
    progress: Callable[[Progress], None] | None = None
    aside: Callable[[float], Answer] | None = None  # another way, for so many seconds now and then

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    @property
    def left(self) -> float:
        """Seconds until the time is over; negative after."""
        return self.started + self.timeout - time.monotonic()


@dataclass(frozen=True)
class Found:
    """Evidence for the kernel: a verdict, a rule and its body (and lines).

    ``why`` is how ``auto`` came to the method that found it.
    """

    verdict: str
    rule: str
    body: Any
    lines: Iterable[str] | None = None
    why: str = ""

    def part(self) -> dict[str, Any]:
        """As the certificate of a part of a claim."""
        return {"rule": self.rule, "body": self.body}


@dataclass(frozen=True)
class Unknown:
    """No evidence for the kernel, and why; ``enumerated`` where every point was evaluated."""

    reason: str
    verdict: str = "unknown"
    note: str = ""  # the exact numbers, in words


Answer = Found | Unknown
