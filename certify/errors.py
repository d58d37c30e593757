"""The errors that the package raises, and the exit codes of its commands."""

from __future__ import annotations

from .kernel.verdict import CertifyError, Decline, Malformed

__all__ = ["CertifyError", "Decline", "Malformed", "USAGE", "INTERNAL"]

USAGE = 64  # usage, unreadable claim, missing file
INTERNAL = 70
