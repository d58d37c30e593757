"""Times beside those of other tools, measured in one run: ``python -m certify.bench``.

A benchmark is one file with a function ``rows(limit) -> list[Row]`` and an entry in the table of
``__main__``. A row is a dict with the keys ``case``, ``tool``, ``seconds`` (None without an
answer; ``over`` then says how long it was given) and ``answer``; any further key becomes a column
of the table, but for ``size``, which asks for a plot of seconds against it. Work that may not end,
or that another tool does, runs through :func:`child`.
"""

from __future__ import annotations

import importlib
import multiprocessing
import resource
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

Row = dict[str, Any]

START_UP = 60.0  # seconds that a child may take to import what it needs
MEMORY = 8 << 30  # bytes of address space; past it a tool reports that it ran out


def child(
    case: str,
    tool: str,
    function: Callable[..., object],
    *arguments: object,
    imports: Sequence[str] = (),
    limit: float,
    memory: int | None = MEMORY,
) -> Row:
    """One row: ``function(*arguments)`` in a process of its own, ended after ``limit`` seconds.

    ``imports`` are loaded before the clock starts; where one is missing the row says so.
    ``memory`` limits its address space, of which a GPU's driver alone takes more. What the
    function returns is the row's ``answer``, or, if it is a dict, is merged into the row.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(
        target=_serve, args=(theirs, tuple(imports), function, arguments, memory)
    )
    process.start()
    theirs.close()
    result: Row = {"seconds": None}
    try:
        word, value = _receive(ours, START_UP)
        if word == "ready":
            word, value = _receive(ours, limit)
        if word == "done":
            result = value
        elif word == "late":
            result |= {"answer": "no answer", "over": limit}
        else:
            result["answer"] = value
    finally:
        process.kill()
        process.join()
        ours.close()
    return {"case": case, "tool": tool, **result}


def _receive(pipe: Connection, limit: float) -> tuple[str, Any]:
    if not pipe.poll(limit):
        return "late", None
    try:
        message: tuple[str, Any] = pipe.recv()
    except EOFError:
        return "died", "the process died"
    return message


def _serve(
    pipe: Connection,
    imports: tuple[str, ...],
    function: Callable[..., object],
    arguments: tuple[object, ...],
    memory: int | None,
) -> None:
    if memory is not None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    try:
        for name in imports:
            importlib.import_module(name)
    except ImportError as error:
        pipe.send(("missing", f"not installed: {error.name}"))
        return
    pipe.send(("ready", None))
    try:
        pipe.send(("done", timed(function, *arguments)))
    except MemoryError:
        pipe.send(("failed", f"out of memory at {(memory or 0) >> 30} GiB"))
    except Exception as error:  # another tool's failure is a row, not the end of the run
        pipe.send(("failed", f"failed: {type(error).__name__}: {error}"[:200]))


def timed(function: Callable[..., object], *arguments: object) -> Row:
    """``seconds``, ``answer`` and ``peak_mb`` (of the whole process) of one call."""
    start = time.perf_counter()
    value = function(*arguments)
    seconds = time.perf_counter() - start
    answer = value if isinstance(value, dict) else {"answer": value}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return {"seconds": seconds, "peak_mb": peak, **answer}
