"""The errors that the package raises, and the exit codes of its commands."""

from __future__ import annotations

from .kernel.verdict import CertifyError, Decline, Malformed

__all__ = ["CertifyError", "Decline", "Malformed", "USAGE", "INTERNAL", "absent"]

USAGE = 64  # usage, unreadable claim, missing file
INTERNAL = 70


def absent(package: ModuleNotFoundError | str) -> CertifyError:
    """What to raise where a package is not installed: its name, and how to get an optional one."""
    name = package if isinstance(package, str) else package.name or "a package"
    name = name.partition(".")[0]
    way = ": pip install 'certify[torch]'" if name == "torch" else ""  # the rest comes with certify
    return CertifyError(f"this needs {name}, which is not installed{way}")
