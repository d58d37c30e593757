"""Rule obstruction: no network of NN_{Λ,d} can change that fast (Proposition 1, sharpened).

Premises: for distinct coordinates i, a point x and a number t with x, x + t·eᵢ ∈ S.
Conclusion: no member of NN_{Λ,d} equals F on S.
Why: let f = g_d ∘ … ∘ g_1 be a member with first matrix W₁. Layers 2 … d are Λ-Lipschitz,
and the first moves by at most ‖W₁eᵢ‖·|t|; so ‖F(x + t·eᵢ) − F(x)‖² ≤ Λ^{2(d−1)}·‖W₁eᵢ‖²·t².
Summed over the coordinates, ∑ ‖F(x + t·eᵢ) − F(x)‖²/t² ≤ Λ^{2(d−1)}·‖W₁‖_F² ≤ Λ^{2d}.
So Λ^{2d} < the sum excludes every member.
"""

from __future__ import annotations

from fractions import Fraction

from ..data.numbers import bits, format_rational, square_sum
from ..language.claim import Claim
from ..language.kinds.classes import Excludes
from ..verdict import Decline, Reject
from .evidence import Evidence, expect_verdict


def check(claim: Claim, evidence: Evidence) -> None:
    """Accept by returning; raise Reject otherwise."""
    if not isinstance(claim, Excludes):
        raise Reject("obstruction.kind", "/rule", f"does not apply to {claim.kind}")
    expect_verdict(evidence, "obstruction", "proved")
    entries = evidence.body.object(("moves",))["moves"].entries()
    total, seen = Fraction(0), set()
    for entry in entries:
        keys = entry.object(("coordinate", "point", "step"))
        i = keys["coordinate"].integer(0)
        if i >= claim.on.dimension or i in seen:
            raise Reject("obstruction.coordinate", keys["coordinate"].at, i)
        seen.add(i)
        start = keys["point"].vector(claim.on.dimension)
        step = keys["step"].number()
        if step == 0:
            raise Reject("obstruction.step", keys["step"].at, "0")
        end = tuple(v + step if c == i else v for c, v in enumerate(start))
        for point in (start, end):
            if not claim.on.contains(point):
                raise Reject("obstruction.outside", keys["point"].at, keys["point"].value)
        change = zip(claim.target(start), claim.target(end), strict=True)
        total += square_sum(b - a for a, b in change) / step**2
    if claim.depth * bits(claim.limit) > evidence.budget.bits:
        raise Decline("bits", claim.depth * bits(claim.limit))
    if claim.limit**claim.depth >= total:
        raise Reject("obstruction.sum", "/body/moves", format_rational(total))
