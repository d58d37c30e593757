"""What the calls share: a claim with its name, and the verdict on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..claims.toml import NamedClaim
from ..errors import CertifyError
from ..kernel.certificate import Certificate
from ..kernel.language.claim import Claim
from ..kernel.verdict import Budget, shorten


@dataclass(frozen=True)
class Verdict:
    """What is known of a claim, and the evidence."""

    name: str
    verdict: str  # proved, refuted, enumerated, estimated, unknown
    rule: str = ""
    reason: str = ""
    claim: str = ""  # SHA-256 of the canonical claim
    certificate: Certificate | None = field(default=None, repr=False)
    path: Path | None = None
    seconds: float = 0.0  # of the search
    check_seconds: float = 0.0  # of the kernel
    bytes: int = 0  # of the certificate's file
    note: str = ""  # the exact numbers that decide, in words
    unwritten: str = ""  # why the certificate is in no file, where one was asked for

    def __bool__(self) -> bool:
        """No truth value: it would be True of a refuted claim."""
        raise TypeError("a verdict is neither true nor false: ask for .proved, .refuted, .verdict")

    @property
    def proved(self) -> bool:
        """Did the kernel accept a certificate of the claim?"""
        return self.verdict == "proved"

    @property
    def refuted(self) -> bool:
        """Did the kernel accept a certificate against the claim?"""
        return self.verdict == "refuted"

    def _unwritten(self) -> dict[str, str]:
        """The text of a certificate that could not be written, and the reason."""
        if not self.unwritten:
            return {}
        text = self.certificate.text() if self.certificate is not None else ""
        return {"unwritten": self.unwritten, "certificate_text": text}

    def to_json(self) -> dict[str, Any]:
        """The verdict as one JSON object."""
        return {
            "name": self.name,
            "verdict": self.verdict,
            "rule": self.rule or None,
            "reason": self.reason or None,
            "note": self.note or None,
            "claim": self.claim or None,
            "certificate": str(self.path) if self.path else None,
            **self._unwritten(),
            "bytes": self.bytes or None,
            "seconds": round(self.seconds, 6),
            "check_seconds": round(self.check_seconds, 6),
        }


def named(claim: Claim | NamedClaim) -> NamedClaim:
    """The claim with a name, and names for its networks. Raises CertifyError for other things."""
    if isinstance(claim, NamedClaim):
        return claim
    if not isinstance(claim, Claim):
        shown = shorten(repr(claim), 60)
        raise CertifyError(f"expected a claim, as certify.equals(…) makes, found {shown}")
    return NamedClaim(claim.kind, claim)


def limited(budget: Budget | None) -> Budget:
    """The budget, or the default one. Raises CertifyError for other things."""
    if budget is not None and not isinstance(budget, Budget):
        raise CertifyError(f"expected a certify.Budget, found {shorten(repr(budget), 60)}")
    return budget or Budget()
