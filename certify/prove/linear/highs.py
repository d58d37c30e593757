"""HiGHS, where it is installed, without its banner on standard output."""

from __future__ import annotations

import os
import sys
from typing import Any


def silent_model() -> Any:
    """An empty model, or None where HiGHS is not installed.

    The first model of a process announces itself on file descriptor 1, whatever its options
    say, and would stand in the output of a command.
    """
    try:
        import highspy
    except ImportError:
        return None
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        model = highspy.Highs()  # type: ignore[no-untyped-call]
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
    model.silent()
    return model
