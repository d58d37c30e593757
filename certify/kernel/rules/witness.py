"""Rule witness: one exact point refutes a claim about all points.

Premises: a point x with rational coordinates (for ``lipschitz``: two points x, y).
Conclusion: the claim is false.
Why: x lies in S and the predicate is false at x, both by exact evaluation; for
``lipschitz``, ‖f(x) − f(y)‖² > L²‖x − y‖².
"""

from __future__ import annotations

from ..data.numbers import format_rational, square_sum
from ..language.claim import Claim
from ..language.kinds.classes import Lipschitz
from ..verdict import Reject
from .evidence import Evidence, expect_verdict, pointwise


def check(claim: Claim, evidence: Evidence) -> None:
    """Accept by returning; raise Reject otherwise."""
    expect_verdict(evidence, "witness", "refuted")
    if isinstance(claim, Lipschitz):
        return _two_points(claim, evidence)
    goal = pointwise(claim, "witness")
    node = evidence.body.object(("point",))["point"]
    point = node.vector(goal.domain.dimension)
    if not goal.domain.signed():
        raise Reject("witness.sign", "/rule", "the sign of a perturbation is not known to be ±1")
    if not goal.domain.contains(point):
        raise Reject("witness.outside", node.at, node.value)
    values = tuple(term(point) for term in goal.terms())
    if goal.holds(point, values):
        raise Reject("witness.holds", node.at, node.value)


def _two_points(claim: Lipschitz, evidence: Evidence) -> None:
    first, second = evidence.body.object(("points",))["points"].entries(2)
    x, y = first.vector(claim.network.inputs), second.vector(claim.network.inputs)
    moved = square_sum(a - b for a, b in zip(claim.network(x), claim.network(y), strict=True))
    apart = square_sum(a - b for a, b in zip(x, y, strict=True))
    if moved <= claim.constant**2 * apart:
        sides = [format_rational(v) for v in (moved, apart)]
        raise Reject("witness.holds", first.at, f"{sides[0]} <= L^2 * {sides[1]}")
