"""Processes that work on jobs of one search: ``python -m certify.prove.workers FD``.

Each is handed the question once, by its first message, and then one job at a time. One that
dies costs what it was working on.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any

from ...kernel.rules.regions.query import query_of
from ..clock import LONGEST
from .attack import Attack
from .search import Search, Stuck
from .systems import Systems
from .tree import Grown, Job

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
Answer = Grown | Stuck | None  # None: the worker died


class Worker:
    """One process, and the job that it has."""

    def __init__(self) -> None:
        self.line, theirs = Pipe()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "certify.prove.regions.workers", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                process_group=0,  # Ctrl-C on a terminal is for the one who started the search
                env={**os.environ, **dict.fromkeys(THREADS, "1")},
            )
        self.ready = self.told = False
        self.job: Job | None = None


class Crew:
    """Workers on one search; none at first."""

    def __init__(self) -> None:
        self.start = b""
        self.workers: list[Worker] = []

    def hire(self, count: int, start: Any) -> None:
        """Start processes, each of which is told ``start`` before its first job."""
        self.start = pickle.dumps(start)
        for _ in range(count):
            self.workers.append(Worker())

    @property
    def ready(self) -> bool:
        """Is a worker there that can be given jobs?"""
        return any(worker.ready for worker in self.workers)

    @property
    def idle(self) -> list[Worker]:
        """Those that wait for a job."""
        return [worker for worker in self.workers if worker.ready and worker.job is None]

    @property
    def jobs(self) -> list[Job]:
        """What is being worked on."""
        return [worker.job for worker in self.workers if worker.job is not None]

    def give(self, worker: Worker, job: Job, seconds: float) -> None:
        """Hand a job to an idle worker; one that has just died keeps it until it is missed."""
        worker.job = job
        try:
            if not worker.told:
                worker.line.send_bytes(self.start)
                worker.told = True
            worker.line.send((job, seconds))
        except OSError:
            pass

    def answers(self, seconds: float) -> list[tuple[Job, Answer]]:
        """Jobs that are done, or lost with their worker, after waiting for so long at most."""
        lines: dict[Any, Worker] = {worker.line: worker for worker in self.workers}
        found: list[tuple[Job, Answer]] = []
        for line in wait(list(lines), min(max(seconds, 0), LONGEST)):
            worker = lines[line]
            answer: Answer = None
            try:
                answer = worker.line.recv()
            except (EOFError, OSError):
                self.workers.remove(worker)
                _end(worker)
            if worker.job is not None:
                found.append((worker.job, answer))
            worker.ready, worker.job = True, None
        return found

    def last(self, seconds: float) -> list[tuple[Job, Answer]]:
        """The answers to all jobs, None where there is none after so long."""
        until, found = time.monotonic() + seconds, list[tuple[Job, Answer]]()
        while self.jobs and time.monotonic() < until:
            found += self.answers(until - time.monotonic())
        return found + [(job, None) for job in self.jobs]

    def close(self) -> None:
        """End every process."""
        while self.workers:
            _end(self.workers.pop())


def _end(worker: Worker) -> None:
    worker.line.close()
    worker.process.kill()
    worker.process.wait()


def main() -> None:
    """Say that we are here, learn the question, and answer jobs until nobody asks."""
    line: Connection[Any, Any] = Connection(int(sys.argv[1]))
    try:
        line.send(None)
        claim, bits, base = pickle.loads(line.recv_bytes())
        query = query_of(claim)
        search = Search(query, Attack(claim, query), Systems(query, bits, base))
        while True:
            job, seconds = line.recv()
            try:
                line.send(search.turn(job, seconds))
            except Stuck as stuck:
                line.send(stuck)
            except (ArithmeticError, MemoryError):
                line.send(None)  # as if we had died; the parent sees for itself
    except (EOFError, OSError):
        pass


if __name__ == "__main__":
    main()
