"""Prove that two functions are equal by rewriting both to one normal form."""

from __future__ import annotations

from ..kernel.data.numbers import format_rational
from ..kernel.language.claim import Claim
from ..kernel.language.kinds.pointwise import Equals
from ..kernel.rules.normal_form import first_difference
from ..kernel.verdict import Decline, Reject
from .answers import Answer, Found, Options, Unknown
from .linear import feasible


def prove(claim: Claim, options: Options) -> Answer:
    """A certificate of rule normal-form, where the two forms agree."""
    if not isinstance(claim, Equals):
        return Unknown("not an equality")
    try:
        difference = first_difference(claim, options.budget.points)
    except Reject as error:
        return Unknown(error.found)
    except Decline as error:
        return Unknown(f"rewriting {error}")
    if difference is not None:
        return Unknown(f"the normal forms of output {difference} differ")
    if claim.on.certain():
        return Found("proved", "normal-form", {})
    point = feasible.point(claim.on, options)
    if point is None:
        return Unknown("no point of the set was found: it may be empty")
    return Found("proved", "normal-form", {"point": [format_rational(v) for v in point]})
