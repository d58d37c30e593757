"""Rule enumerate: a finite set within budget, evaluated point by point.

Premises: none. The certificate of an average also states the exact value.
Conclusion: the claim holds at every point of S; or E_D of the payoff is exactly the
value stated, which satisfies the claim ("proved") or does not ("refuted").
Why: every point of the finite set is generated and evaluated in exact arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ..data import exact
from ..data.exact import describe
from ..data.numbers import format_rational
from ..language.claim import Average, Claim, Pointwise
from ..language.factored import Factored
from ..language.functions.base import Function
from ..verdict import Budget, Decline, Reject
from .evidence import Evidence, expect_verdict, pointwise


def check(claim: Claim, evidence: Evidence) -> None:
    """Accept by returning; raise Reject or Decline otherwise."""
    if isinstance(claim, Average):
        law = claim.law
        stream = within_budget(law.factored(), evidence.budget)
        decide_average(claim, evidence, mean(claim, stream), "enumerate")
        return
    goal = pointwise(claim, "enumerate")
    expect_verdict(evidence, "enumerate", "proved")
    evidence.body.object(())
    found = counterexample(goal, evidence.budget)
    if found is not None:
        raise Reject("enumerate.fails", "/body", [format_rational(v) for v in found])


def counterexample(goal: Pointwise, budget: Budget) -> tuple[Fraction, ...] | None:
    """The first point of the finite set at which the claim fails, or None."""
    stream = goal.domain.factored()
    if stream is None:
        raise Reject("enumerate.infinite", "/rule", "the set is not finite")
    for points, _ in within_budget(stream, budget).batches(chunk(goal.terms(), stream.dimension)):
        failure = goal.first_failure(points, [term.evaluate(points) for term in goal.terms()])
        if failure is not None:
            return points.fractions()[failure]
    return None


def chunk(terms: Sequence[Function], dimension: int) -> int:
    """How many points to evaluate at once: fewer where a function is wide."""
    widest = dimension
    for term in terms:
        network = term.lower(dimension)
        layers = network.layers if network is not None else ()
        widest = max(widest, term.outputs, *(layer.width for layer in layers))
    return max(1, min(1 << 14, exact.CELLS // widest))


def mean(claim: Average, stream: Factored) -> Fraction:
    """The exact expectation of the claim's payoff."""
    terms: list[Function] = [claim.law.pulled(term) for term in claim.terms()]
    total = Fraction(0)
    for points, weights in stream.batches(chunk(terms, stream.dimension)):
        total += claim.total([term.evaluate(points) for term in terms], weights)
    return total / stream.total


def decide_average(claim: Average, evidence: Evidence, value: Fraction, rule: str) -> None:
    """The value must be the one stated, and give the verdict stated."""
    extra = () if rule == "enumerate" else ("basis", "maps")
    stated = evidence.body.object(("value", *extra))["value"]
    if stated.value != format_rational(value):
        raise Reject(f"{rule}.value", stated.at, stated.value)
    if claim.satisfied(value) != (evidence.verdict == "proved"):
        raise Reject(
            f"{rule}.verdict", "/verdict", f"{evidence.verdict}, with value {stated.value}"
        )


def within_budget(stream: Factored, budget: Budget) -> Factored:
    """The stream, if listing it costs no more than the budget."""
    if stream.size > budget.points:
        raise Decline("points", describe(stream.size))
    return stream
