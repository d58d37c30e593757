"""What the kernel can say, and the exceptions by which its parts say it.

``check`` returns one of three frozen values. Inside the kernel a rule raises
:class:`Reject` or :class:`Decline`; nothing else may stop a check, and a rule
that returns has accepted.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Accepted:
    """The certificate proves (or refutes) the claim with this SHA-256."""

    verdict: str  # "proved" or "refuted"
    claim: str  # SHA-256 of the canonical claim, hexadecimal
    rule: str


@dataclass(frozen=True)
class Rejected:
    """The certificate does not show what it says."""

    rule: str  # "fold.factorisation": the rule and its side condition
    at: str  # JSON path inside the certificate
    found: str


@dataclass(frozen=True)
class Declined:
    """Checking would cost more than the budget allows; nothing was decided."""

    budget: str  # "points", "work", "memory", "bits", "bytes", "marks", "states", "digits"
    needed: str


@dataclass(frozen=True)
class Budget:
    """What one check may spend."""

    points: int = 1 << 22  # points, fold states or regions that may be evaluated, with their work
    bits: int = 1 << 22  # size of one number
    bytes: int = 1 << 30  # size of one decompressed certificate, and of what a tree holds at once


class Reject(Exception):
    """Raised by a rule: a side condition does not hold."""

    def __init__(self, rule: str, at: str = "", found: object = "") -> None:
        self.rule, self.at, self.found = rule, at, shorten(found)
        super().__init__(f"{rule} at {at or '/'}: {self.found}")


class CertifyError(Exception):
    """A claim, network or property cannot be read, or a request makes no sense.

    The message is one line that names the place. Commands exit with 64.
    """


class Decline(CertifyError):
    """Raised anywhere in the kernel: the budget does not cover this work."""

    def __init__(self, budget: str, needed: object) -> None:
        self.budget, self.needed = budget, shorten(needed)
        super().__init__(f"needs {self.needed} {budget}")


class Malformed(CertifyError, ValueError):
    """Raised by readers: a claim, a network or a number is not well formed."""

    def __init__(self, at: str, message: str) -> None:
        self.at, self.message = at, message
        super().__init__(f"{at}: {message}" if at else message)


def shorten(value: object, limit: int = 120) -> str:
    """The value as text that fits on a line; characters that do not print become escapes."""
    try:
        text = value if isinstance(value, str) else str(value)
    except ValueError:  # Python writes no integer of more than 4,300 digits
        text = f"{type(value).__name__} with a number of more than 4300 digits"
    text = " ".join(text.split())
    text = text if len(text) <= limit else f"{text[: limit - 1]}…"
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]
