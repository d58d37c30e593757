"""Rule norms: exact layer norms decide ``member`` and bound a Lipschitz constant.

Premises: for a refuted ``member``, ``depth`` or the number of a ``layer`` with its exact
squared Frobenius norm; for ``lipschitz``, none.
Conclusion: the representation has exactly d layers and every ‖W‖_F² ≤ Λ² (or it has not);
or the network is L-Lipschitz.
Why: norms are sums of squares of rationals, compared squared. A layer σ(Wx + b) with a
1-Lipschitz σ is ‖W‖₂-Lipschitz and ‖W‖₂ ≤ ‖W‖_F; constants multiply under composition
(Proposition 1), so L² ≥ ∏‖W‖_F² suffices.
"""

from __future__ import annotations

from ..data.numbers import format_rational, product
from ..language.claim import Claim
from ..language.kinds.classes import Lipschitz, Member
from ..verdict import Reject
from .evidence import Evidence, expect_verdict


def check(claim: Claim, evidence: Evidence) -> None:
    """Accept by returning; raise Reject otherwise."""
    if isinstance(claim, Member):
        return (
            _refuted(claim, evidence) if evidence.verdict == "refuted" else _member(claim, evidence)
        )
    if not isinstance(claim, Lipschitz):
        raise Reject("norms.kind", "/rule", f"does not apply to {claim.kind}")
    expect_verdict(evidence, "norms", "proved")
    evidence.body.object(())
    squares = (layer.frobenius_squared for layer in claim.network.layers)
    bound = product(squares)
    if bound > claim.constant**2:
        raise Reject("norms.lipschitz", "/body", f"product of squares {format_rational(bound)}")


def _member(claim: Member, evidence: Evidence) -> None:
    evidence.body.object(())
    if claim.network.depth != claim.depth:
        raise Reject("norms.depth", "/body", f"{claim.network.depth} layers")
    for number, layer in enumerate(claim.network.layers, start=1):
        if layer.frobenius_squared > claim.limit:
            found = format_rational(layer.frobenius_squared)
            raise Reject("norms.frobenius", "/body", f"layer {number} has squared norm {found}")
        if claim.activation == "uniform" and len(set(layer.relu)) > 1:
            raise Reject("norms.activation", "/body", f"layer {number} mixes ReLU and identity")


def _refuted(claim: Member, evidence: Evidence) -> None:
    """The body names what fails: the depth, a layer's norm, or a layer's mixed activation."""
    body = evidence.body
    if isinstance(body.value, dict) and "depth" in body.value:
        stated = body.object(("depth",))["depth"]
        if stated.integer() != claim.network.depth or claim.network.depth == claim.depth:
            raise Reject("norms.depth", stated.at, stated.value)
        return
    keys = body.object(("layer",), ("frobenius_squared", "mixed"))
    number = keys["layer"].integer(1)
    if number > claim.network.depth:
        raise Reject("norms.layer", keys["layer"].at, number)
    layer = claim.network.layers[number - 1]
    if "mixed" in keys:
        body.object(("layer", "mixed"))
        uniform = claim.activation != "uniform" or len(set(layer.relu)) == 1
        if uniform or keys["mixed"].value is not True:
            raise Reject("norms.activation", keys["mixed"].at, keys["mixed"].value)
        return
    body.object(("layer", "frobenius_squared"))
    stated = keys["frobenius_squared"]
    exact = format_rational(layer.frobenius_squared)
    if stated.value != exact or layer.frobenius_squared <= claim.limit:
        raise Reject("norms.frobenius", stated.at, stated.value)
