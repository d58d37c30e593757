"""What commands print: colours and moving lines on a terminal, plain text or JSON elsewhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ..prove import Progress


def print_json(value: Any) -> None:
    """One JSON object on one line."""
    print(json.dumps(value, ensure_ascii=False))


def styled(verdict: str, width: int = 0) -> str:
    """The verdict in its colour on a terminal."""
    colours = {"proved": "green", "refuted": "cyan", "unknown": "yellow", "rejected": "red"}
    text = verdict.ljust(width)
    return click.style(text, fg=colours.get(verdict)) if sys.stdout.isatty() else text


@contextmanager
def working(name: str) -> Iterator[Callable[[Progress], None] | None]:
    """A moving line on a terminal while work goes on; nothing when piped.

    It shows the share of the domain that is closed once the search says so.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    text = TextColumn("{task.description}")
    columns = (SpinnerColumn(), text, BarColumn(20), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"{name}: searching", total=None)

        def show(p: Progress) -> None:
            bar.update(task, **progressed(name, p))

        yield show


def progressed(name: str, p: Progress) -> dict[str, Any]:
    """What the line shows: a share while regions are open; after it the kernel's check."""
    if not p.open:
        return {"total": None, "description": f"{name}: {p.leaves:,} regions, being checked"}
    share = min(p.closed, 0.999)  # rounding alone makes it 1 while regions are open
    line = f"{name}: {100 * share:.1f} %, {p.leaves:,} regions closed, {p.open:,} open"
    return {"total": 1.0, "completed": share, "description": line}


@contextmanager
def interval_bar(name: str, samples: int | None) -> Iterator[Callable[[Any], None] | None]:
    """A progress bar with the current interval on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from ..estimate.digits import down, up
    from ..estimate.order import SAMPLES

    shown = "[{task.fields[low]}, {task.fields[high]}]"
    columns = (TextColumn(name), BarColumn(), TextColumn(shown), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=samples or SAMPLES, low="", high="")
        yield lambda p: bar.update(task, completed=p.samples, low=down(p.lower), high=up(p.upper))
