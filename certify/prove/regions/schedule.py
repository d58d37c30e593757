"""How a tree grows: turns of work on its jobs, by this process or by others, kept in a journal."""

from __future__ import annotations

import time
from collections.abc import Iterator

from ...kernel.language.claim import Claim
from ...kernel.language.functions.base import Vector
from ..answers import Found, Options, Progress
from ..clock import GRACE
from ..enumerate import refutation
from .journal import Journal
from .search import OPEN, Search, Stuck
from .tree import Grown, Job, Tree, systems
from .workers import Crew

FIRST = 0.3  # seconds of the first turn, and of any before other processes are there
TURN = 1.0  # seconds of a turn, after which work is handed in
# seconds of work until another way is tried: the first where less than the share is closed by then
SOON, LATE, SHARE = 1.0, 2.5, 1 / 4
MOMENT = 1.5  # seconds for it; then twice as many …
LATER_ON = 3  # … once the search is so many times as old
# rounds of the attack: so few that a claim that a few bounds prove does not wait for them, and
# by number, so that they are the same on any machine; seconds are for networks of long rounds
BEFORE, AFTER, LATER = 2, 8, 2  # before the first turn, after it, after each further one
ATTACK, SHORT = 2.0, 0.2  # seconds, up to the first turn, and after each further one


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
        self.turns = self.attacks = 0  # of our own
        self.soon, self.moment = SOON, MOMENT  # when the other way is tried next, and how long
        self.age = 0.0  # seconds of work: of the processor, or by the clock while others work
        self.attacked = time.monotonic()  # the last attack's end

    def run(self) -> Found | None:
        """Grow the tree until no job is left, or time is over; what ends it before that.

        That is a witness, or what another way has found aside.
        """
        try:
            while (self.jobs or self.crew.jobs) and self.options.left > 0:
                clock = time.monotonic if self.crew.ready else time.process_time
                before = clock()
                for grown in self.alone() if not self.crew.ready else self.together():
                    if grown.witness is not None:
                        return refutation(grown.witness)
                    self.take(grown)
                if self.jobs or self.crew.jobs:
                    witness = self.attack()
                    if witness is not None:
                        return refutation(witness)
                    self.age += clock() - before
                    found = self.aside()
                    if found is not None:
                        return found
            for job, answer in self.crew.last(GRACE[1]):  # their time is over too
                if isinstance(answer, Grown):
                    self.take(answer)
                else:
                    self.jobs.append(job)
        finally:
            self.crew.close()
        return None

    def attack(self) -> Vector | None:
        """A counterexample, if a few more rounds of the attack find one.

        After each turn of our own; while others work, as often as there would be one.
        """
        if self.crew.ready and self.attacks and time.monotonic() < self.attacked + TURN:
            return None
        rounds, seconds = (LATER, SHORT) if self.attacks else (AFTER, ATTACK)
        self.attacks += 1
        found = self.search.attack.run(self.options, seconds, rounds)
        self.attacked = time.monotonic()
        return found

    def aside(self) -> Found | None:
        """What another way finds, tried now and then where this one has found nothing soon."""
        way = self.options.aside
        early = self.age < LATE and self.tree.closed > SHARE  # it may well end by itself
        if way is None or self.age < self.soon or early:
            return None
        answer = way(self.moment)
        self.soon = LATER_ON * (self.age + self.moment)
        self.moment *= 2
        return answer if isinstance(answer, Found) else None

    def alone(self) -> Iterator[Grown]:
        """A turn of our own; after it, other processes are started if there is more to do."""
        short = self.turns == 0 or self.wanted or self.crew.workers
        self.turns += 1
        yield self.turn(self.jobs.pop(), FIRST if short else TURN)
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
        due = self.attacked + TURN - time.monotonic()
        for job, answer in self.crew.answers(min(max(due, 0.0), self.options.left)):
            if isinstance(answer, Stuck):
                raise answer
            yield self.turn(job, TURN) if answer is None else answer

    def turn(self, job: Job, seconds: float) -> Grown:
        """A turn of our own."""
        return self.search.turn(job, min(seconds, self.options.left))

    def spread(self, hands: int) -> None:
        """Divide jobs until there are enough for so many workers, where that can be.

        Parts of a large one get systems of their own, which a job that is divided again and again
        would otherwise never be large enough for.
        """
        while 0 < len(self.jobs) < hands:
            large = max(self.jobs, key=lambda job: len(job.open))
            own = len(large.open) > OPEN // 4
            parts = large.divided(max(1, len(large.open) // 2), own)
            if len(parts) == 1:
                break
            self.jobs.remove(large)
            self.jobs += parts
            if own:
                self.record(Grown(systems=systems(large, parts)))

    def take(self, grown: Grown) -> None:
        """Keep what was added, and say how far we are."""
        self.record(grown)
        self.jobs += grown.jobs
        if self.options.progress is not None:
            open_ = sum(len(job.open) for job in (*self.jobs, *self.crew.jobs))
            done = Progress(self.tree.closed, len(self.tree.leaves), open_)
            self.options.progress(done)

    def record(self, grown: Grown) -> None:
        """Put what was added into the tree and the journal."""
        self.tree.add(grown)
        if self.journal is not None:
            self.journal.append(grown)
