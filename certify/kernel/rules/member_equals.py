"""Rule member-equals: a network of the class that equals F on S refutes ``excludes``.

Premises: a network, and certificates that it is a member of NN_{Λ,d} and equals F on S.
Conclusion: the claim that no member equals F on S is false.
Why: the network is that member. The kernel checks both certificates.
"""

from __future__ import annotations

from ..data.decode import read_network
from ..language.claim import Claim
from ..language.functions.network import NetworkFunction
from ..language.kinds.classes import Excludes, Member
from ..language.kinds.pointwise import Equals
from ..verdict import Reject
from .evidence import Evidence, expect_verdict


def check(claim: Claim, evidence: Evidence) -> None:
    """Accept by returning; raise Reject or Decline otherwise."""
    from . import check_part

    if not isinstance(claim, Excludes):
        raise Reject("member-equals.kind", "/rule", f"does not apply to {claim.kind}")
    expect_verdict(evidence, "member-equals", "refuted")
    keys = evidence.body.object(("network", "member", "equals"))
    network = read_network(keys["network"])
    member = Member(network, claim.depth, claim.norm, claim.square)
    equals = Equals(NetworkFunction(network), claim.target, claim.on)
    for name, part in (("member", member), ("equals", equals)):
        if complaint := part.misfit():
            raise Reject("member-equals.misfit", keys["network"].at, complaint[1])
        check_part(part, "proved", keys[name], evidence.budget)
