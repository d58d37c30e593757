"""Rule squares: a mean square is never negative.

Premises: none.
Conclusion: ``mse`` with relation < and a bound ≤ 0, or relation <= or = and a bound < 0,
is false.
Why: E‖f − g‖² ≥ 0, whatever f, g and the distribution are.
"""

from __future__ import annotations

from ..data.numbers import format_rational
from ..language.claim import Claim
from ..language.kinds.averages import MeanSquare
from ..verdict import Reject
from .evidence import Evidence, expect_verdict


def check(claim: Claim, evidence: Evidence) -> None:
    """Accept by returning; raise Reject otherwise."""
    if not isinstance(claim, MeanSquare):
        raise Reject("squares.kind", "/rule", f"does not apply to {claim.kind}")
    expect_verdict(evidence, "squares", "refuted")
    evidence.body.object(())
    if claim.epsilon > 0 or (claim.epsilon == 0 and claim.relation != "<"):
        raise Reject("squares.bound", "/body", f"{claim.relation} {format_rational(claim.epsilon)}")
