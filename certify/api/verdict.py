"""What the calls share: a claim with its name, and the verdict on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..claims.toml import NamedClaim
from ..kernel.certificate import Certificate
from ..kernel.claim import Claim


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

    @property
    def proved(self) -> bool:
        """Did the kernel accept a certificate of the claim?"""
        return self.verdict == "proved"

    @property
    def refuted(self) -> bool:
        """Did the kernel accept a certificate against the claim?"""
        return self.verdict == "refuted"

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
            "bytes": self.bytes or None,
            "seconds": round(self.seconds, 6),
            "check_seconds": round(self.check_seconds, 6),
        }


def named(claim: Claim | NamedClaim) -> NamedClaim:
    """The claim with a name, and names for its networks."""
    if isinstance(claim, NamedClaim):
        return claim
    distinct = {network.digest: network for network in claim.networks()}
    networks = {f"network-{i}": network for i, network in enumerate(distinct.values(), start=1)}
    return NamedClaim(claim.kind, claim, networks)
