"""The limit of time that nothing passes: for steps that cannot ask the clock themselves.

Searches ask ``Options.left`` between their steps. Where one step is long (a large network is
read, its system is made, a huge goal is built), an alarm of the operating system ends it: it
raises TimeOver between two instructions of Python, as Ctrl-C raises KeyboardInterrupt.
"""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Real
from types import FrameType

from ..errors import CertifyError

FOREVER = 1e9  # seconds: what an infinite limit comes to, so that shares of it are numbers
LONGEST = 1e6  # seconds that the system calls wait for at once; their numbers are short
GRACE = 0.3, 0.5  # seconds past a limit for a search to end by itself; more with workers
AGAIN = 1.0  # seconds after which the alarm rings again, were it lost in a destructor


class TimeOver(BaseException):
    """The alarm. No ``except Exception`` takes it for a failure of its own."""


def seconds_of(timeout: float) -> float:
    """The limit in seconds, finite. Raises CertifyError where it is none."""
    if not isinstance(timeout, Real) or math.isnan(timeout) or timeout < 0:
        raise CertifyError(f"a time limit is a number of seconds, not {timeout!r}")
    return min(float(timeout), FOREVER)


def milliseconds(seconds: float) -> int:
    """As z3 takes a limit: 32 bits, of which the largest is no limit."""
    return max(1, int(min(seconds * 1000, 0xFFFFFFFF)))


@contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raise TimeOver in the block once so many seconds are over.

    It rings in the main thread only, and not where the program uses the signal itself: there
    the block ends when it asks the clock.
    """
    free = threading.current_thread() is threading.main_thread() and (
        signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    )
    if not free or seconds > LONGEST:
        yield
        return
    inside = True

    def ring(_signal: int, _frame: FrameType | None) -> None:
        if inside:
            raise TimeOver

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-3), AGAIN)
    try:
        yield
    finally:
        inside = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
