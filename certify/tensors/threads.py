"""Work on ranges in threads of which each keeps torch to itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

Part = TypeVar("Part")
Result = TypeVar("Result")


@contextmanager
def threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """A pool whose threads run one torch operation each on one core.

    Small batches in several threads beat one batch split among cores: nothing waits.
    """
    before = torch.get_num_threads()
    pool = ThreadPoolExecutor(count, initializer=torch.set_num_threads, initargs=(1,))
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        torch.set_num_threads(before)


def in_order(
    pool: Executor,
    submit: Callable[[Part], tuple[Callable[..., Result], tuple[object, ...]]],
    parts: Iterable[Part],
    ahead: int,
) -> Iterator[tuple[Part, Result]]:
    """Each part with its result, in order, with at most ``ahead`` of them under way."""
    waiting: deque[tuple[Part, Future[Result]]] = deque()
    try:
        for part in parts:
            function, arguments = submit(part)
            waiting.append((part, pool.submit(function, *arguments)))
            if len(waiting) >= ahead:
                done, future = waiting.popleft()
                yield done, future.result()
        while waiting:
            done, future = waiting.popleft()
            yield done, future.result()
    finally:
        for _, future in waiting:
            future.cancel()
