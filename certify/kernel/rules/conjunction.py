"""Rule conjunction: a claim that is an "and", by certificates of its parts.

Premises: proved: a certificate of each part, in order. Refuted: the name of one part and a
certificate that refutes it.
Conclusion: the conjunction is true (false).
Why: the kernel takes the parts from the claim, and checks each certificate.
"""

from __future__ import annotations

from ..language.claim import Claim, Conjunctive
from ..verdict import Reject
from .evidence import Evidence


def check(claim: Claim, evidence: Evidence) -> None:
    """Accept by returning; raise Reject or Decline otherwise."""
    from . import check_part

    if not isinstance(claim, Conjunctive):
        raise Reject("conjunction.kind", "/rule", f"does not apply to {claim.kind}")
    parts = dict(claim.parts())
    if evidence.verdict == "refuted":
        keys = evidence.body.object(("part", "refutation"))
        name = keys["part"].string()
        if name not in parts:
            raise Reject("conjunction.part", keys["part"].at, name)
        check_part(parts[name], "refuted", keys["refutation"], evidence.budget)
        return
    keys = evidence.body.object(tuple(parts))
    for name, part in parts.items():
        check_part(part, "proved", keys[name], evidence.budget)
