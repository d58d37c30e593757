"""The errors that the package raises, and the exit codes of its commands."""

from __future__ import annotations

from .kernel.verdict import Decline, Malformed

__all__ = ["CertifyError", "Decline", "Malformed", "USAGE", "INTERNAL"]

USAGE = 64  # usage, unreadable claim, missing file
INTERNAL = 70


class CertifyError(Exception):
    """A claim, network or property cannot be read, or a request makes no sense.

    The message is one line that names the place. Commands exit with 64.
    """
