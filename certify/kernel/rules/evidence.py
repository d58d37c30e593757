"""What a rule is given, and the question that several rules ask first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..data.decode import Node
from ..language.claim import Claim, Pointwise
from ..language.sets import Set
from ..verdict import Budget, Reject


@dataclass(frozen=True)
class Evidence:
    """The body of a certificate (or of a part of one), and what checking may cost."""

    verdict: str  # what the evidence is to show: "proved" or "refuted"
    body: Node
    budget: Budget
    lines: Iterator[Node] | None = None  # the nodes of a JSON Lines certificate


def pointwise(claim: Claim, rule: str) -> Pointwise:
    """The claim as one about every point of a set."""
    if not isinstance(claim, Pointwise):
        raise Reject(f"{rule}.kind", "/rule", f"does not apply to {claim.kind}")
    return claim


def expect_verdict(evidence: Evidence, rule: str, verdict: str) -> None:
    """The rule can only show this verdict."""
    if evidence.verdict != verdict:
        raise Reject(f"{rule}.verdict", "/verdict", evidence.verdict)


def require_point(domain: Set, keys: dict[str, Node], rule: str) -> None:
    """Nothing succeeds vacuously: where a set may be empty the certificate carries a point."""
    if domain.certain():
        if "point" in keys:
            raise Reject(f"{rule}.point-unneeded", keys["point"].at)
        return
    if "point" not in keys:
        raise Reject(f"{rule}.point-missing", "/body", "the set may be empty")
    point = keys["point"].vector(domain.dimension)
    if not domain.contains(point):
        raise Reject(f"{rule}.point-outside", keys["point"].at, keys["point"].value)
