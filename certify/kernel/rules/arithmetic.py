"""Rule arithmetic: the hypothesis ηΛ^d ≤ Δ/4 of Lemma 1.

Premises: the two exact numbers ``left`` = η²Λ^{2d} and ``right`` = Δ²/16.
Conclusion: ηΛ^d ≤ Δ/4 (or not).
Why: η, Λ and Δ are positive, so the squares compare as the numbers do; the kernel computes
both squares from the claim.
"""

from __future__ import annotations

from ..data.numbers import format_rational
from ..language.claim import Claim
from ..language.kinds.learner import Margin
from ..verdict import Decline, Reject
from .evidence import Evidence


def check(claim: Claim, evidence: Evidence) -> None:
    """Accept by returning; raise Reject or Decline otherwise."""
    if not isinstance(claim, Margin):
        raise Reject("arithmetic.kind", "/rule", f"does not apply to {claim.kind}")
    stated = evidence.body.object(("left", "right"))
    if claim.bits > evidence.budget.bits:
        raise Decline("bits", claim.bits)
    left, right = claim.sides
    for name, value in (("left", left), ("right", right)):
        if stated[name].value != format_rational(value):
            raise Reject("arithmetic.value", stated[name].at, stated[name].value)
    if (left <= right) != (evidence.verdict == "proved"):
        raise Reject("arithmetic.verdict", "/verdict", evidence.verdict)
