"""How a tree grows: turns of work on its jobs, by this process or by others, kept in a journal."""

from __future__ import annotations

from collections.abc import Iterator

from ..kernel.claim import Claim
from ..kernel.functions.base import Vector
from .bab import Search, Stuck
from .found import Options, Progress
from .journal import Journal
from .tree import Grown, Job, Tree
from .workers import Crew

FIRST = 0.3  # seconds of a turn before other processes are there
TURN = 1.0  # seconds of a turn, after which work is handed in
GRACE = 1.0  # seconds to hand in what there is once time is over


class Work:
    """The jobs that are left, and who does them: this process alone, or others once it pays."""

    def __init__(
        self, claim: Claim, search: Search, tree: Tree, journal: Journal | None, options: Options
    ) -> None:
        self.claim, self.search, self.tree = claim, search, tree
        self.journal, self.options, self.crew = journal, options, Crew()
        self.wanted = options.workers if options.workers > 1 else 0  # processes to start
        for grown in journal.read() if journal is not None else ():
            tree.add(grown)
        self.jobs = tree.jobs(search.systems.low, search.systems.high)

    def run(self) -> Vector | None:
        """Grow the tree until no job is left, or time is over. A witness ends it at once."""
        try:
            while (self.jobs or self.crew.jobs) and self.options.left > 0:
                for grown in self.alone() if not self.crew.ready else self.together():
                    if grown.witness is not None:
                        return grown.witness
                    self.take(grown)
            for job, answer in self.crew.last(GRACE):  # their time is over too
                if isinstance(answer, Grown):
                    self.take(answer)
                else:
                    self.jobs.append(job)
        finally:
            self.crew.close()
        return None

    def alone(self) -> Iterator[Grown]:
        """A turn of our own; after it, other processes are started if there is more to do."""
        yield self.turn(self.jobs.pop(), FIRST if self.wanted or self.crew.workers else TURN)
        if self.jobs and self.wanted:
            base = self.search.systems.base.system
            self.crew.hire(self.wanted, (self.claim, self.search.systems.bits, base))
            self.wanted = 0
        self.crew.answers(0)

    def together(self) -> Iterator[Grown]:
        """Give jobs to idle workers, and wait for the first that hand in what they have."""
        idle = self.crew.idle
        self.spread(len(idle))
        for worker in idle[: len(self.jobs)]:
            self.crew.give(worker, self.jobs.pop(), min(TURN, self.options.left))
        for job, answer in self.crew.answers(self.options.left):
            if isinstance(answer, Stuck):
                raise answer
            yield self.turn(job, TURN) if answer is None else answer

    def turn(self, job: Job, seconds: float) -> Grown:
        """A turn of our own."""
        return self.search.turn(job, min(seconds, self.options.left))

    def spread(self, hands: int) -> None:
        """Divide jobs until there are enough for so many workers, where that can be."""
        while 0 < len(self.jobs) < hands:
            large = max(self.jobs, key=lambda job: len(job.open))
            parts = large.divided(max(1, len(large.open) // 2), own=False)
            if len(parts) == 1:
                break
            self.jobs.remove(large)
            self.jobs += parts

    def take(self, grown: Grown) -> None:
        """Put what was added into the tree and the journal, and say how far we are."""
        self.tree.add(grown)
        self.jobs += grown.jobs
        if self.journal is not None:
            self.journal.append(grown)
        if self.options.progress is not None:
            open_ = sum(len(job.open) for job in (*self.jobs, *self.crew.jobs))
            done = Progress(self.tree.closed, len(self.tree.leaves), open_)
            self.options.progress(done)
