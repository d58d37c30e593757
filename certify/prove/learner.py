"""Decide the arithmetic hypothesis of ``learner``; the other parts have provers of their own."""

from __future__ import annotations

from ..kernel.data.numbers import format_rational
from ..kernel.language.claim import Claim
from ..kernel.language.kinds.learner import Margin
from .answers import Answer, Found, Options, Unknown


def margin(claim: Claim, options: Options) -> Answer:
    """Rule arithmetic decides ηΛ^d ≤ Δ/4."""
    if not isinstance(claim, Margin):
        return Unknown("not the margin of a learner")
    if claim.bits > options.budget.bits:
        return Unknown(f"needs numbers of {claim.bits} bits")
    left, right = claim.sides
    body = {"left": format_rational(left), "right": format_rational(right)}
    return Found("proved" if left <= right else "refuted", "arithmetic", body)
