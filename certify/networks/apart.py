"""Native code on data from a file, in a child of its own: what kills it kills only the child.

onnxruntime is C++ that a file's numbers reach: a division by zero, or an output without a name,
ends the process that it runs in. The child is a fork without exec, which costs milliseconds, where
a new interpreter costs a third of a second.
"""

from __future__ import annotations

import faulthandler
import os
import pickle
import resource
import signal
import warnings
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


class Failed(Exception):
    """What the work raised: the name of the exception's type, and its text."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


def apart(work: Callable[[], Result]) -> Result:
    """What the work returns, done in a child. Raises Failed where it raises, or where it dies."""
    answers, asks = os.pipe()
    with warnings.catch_warnings():  # of threads, which the child has none of and waits for none
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        _work(work, asks)
    os.close(asks)
    try:
        with open(answers, "rb") as stream:
            answer = stream.read()
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code or not answer:
        name = signal.Signals(-code).name if code < 0 else f"exit {code}"
        raise Failed("Died", f"onnxruntime died of it ({name})")
    kind, result = pickle.loads(answer)
    if kind:
        raise Failed(kind, result)
    return result


def _work(work: Callable[[], object], asks: int) -> None:
    """The child: it says nothing but its answer, leaves no core and never returns."""
    try:
        faulthandler.disable()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        try:
            answer = pickle.dumps(("", work()), pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # of many types, not all of which can be sent
            answer = pickle.dumps((type(error).__name__, str(error)))
        with open(asks, "wb") as out:
            out.write(answer)
        os._exit(0)
    finally:
        os._exit(1)
