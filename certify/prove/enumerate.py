"""Prove over a finite set by evaluating all of it."""

from __future__ import annotations

from ..kernel.data.exact import describe
from ..kernel.data.numbers import format_rational
from ..kernel.language.claim import Average, Claim, Pointwise
from ..kernel.language.functions.base import Vector
from ..kernel.rules.enumerate import counterexample, mean
from .answers import Answer, Found, Options, Unknown


def prove(claim: Claim, options: Options) -> Answer:
    """A certificate of rule enumerate, or a witness where the claim is false."""
    stream = None
    if isinstance(claim, Average):
        stream = claim.law.factored()
    elif isinstance(claim, Pointwise):
        stream = claim.domain.factored()
    if stream is None:
        return Unknown("not about a finite set")
    if stream.size > options.budget.points:
        return Unknown(f"{describe(stream.size)} points are over the budget")
    if isinstance(claim, Average):
        value = mean(claim, stream)
        verdict = "proved" if claim.satisfied(value) else "refuted"
        return Found(verdict, "enumerate", {"value": format_rational(value)})
    if isinstance(claim, Pointwise):
        found = counterexample(claim, options.budget)
        return Found("proved", "enumerate", {}) if found is None else refutation(found)
    return Unknown("not about points or averages")


def refutation(point: Vector) -> Found:
    """The witness certificate of a point."""
    return Found("refuted", "witness", {"point": [format_rational(v) for v in point]})
