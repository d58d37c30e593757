"""The kernel's own encoding of a negated claim: real variables, linear atoms, clauses.

``encode(claim)`` is satisfiable over the reals iff the claim is false at some point of its set
(or a function of the claim is undefined there). Everything is built from the claim and its
networks alone and in a fixed order, so that a certificate may name a clause by its number.

A ReLU h = relu(z) is h ≥ 0, h ≥ z, (h ≤ 0 or h ≤ z). A coordinate with values v₁ < … < vₘ is a
real with bounds and a clause (u ≤ vᵢ or u ≥ vᵢ₊₁) for each gap. Parity is a chain of exclusive
ors. The negated claim is an "or" of "and"s; each "and" of several constraints gets a Boolean
that implies them.
"""

from __future__ import annotations

from ...language.claim import Pointwise
from .builder import (
    Atom,
    Builder,
    Clause,
    Encoding,
    Form,
    Inequality,
    Inexpressible,
    Variable,
    normal,
)
from .functions import taxicab, values
from .sets import coordinates

__all__ = [
    "Atom",
    "Builder",
    "Clause",
    "Encoding",
    "Form",
    "Inequality",
    "Inexpressible",
    "Variable",
    "begin",
    "coordinates",
    "encode",
    "normal",
    "values",
]

PREFIXES = {
    "equals": ("left_", "right_"),
    "within": ("left_", "right_"),
    "separates": ("plus_", "minus_"),
}


def begin(claim: Pointwise, limit: int) -> tuple[Builder, list[int], list[list[int]]]:
    """The set and the terms of a claim, not yet its negation: (builder, x, outputs).

    Raises as :func:`encode` does.
    """
    builder = Builder(limit)
    inputs = coordinates(builder, claim.domain, "x")
    terms = claim.terms()
    prefixes = PREFIXES.get(claim.kind, tuple(f"f{i}_" for i in range(len(terms))))
    if len(terms) == 1:
        prefixes = ("",)
    named = zip(terms, prefixes, strict=True)
    return builder, inputs, [values(builder, term, inputs, prefix) for term, prefix in named]


def encode(claim: Pointwise, limit: int) -> Encoding:
    """The encoding of the negated claim, of at most ``limit`` entries.

    Raises Inexpressible where it is not one of linear arithmetic, Decline over the limit.
    """
    builder, inputs, outputs = begin(claim, limit)
    joint = inputs + [variable for term in outputs for variable in term]
    disjuncts = claim.negation()
    if disjuncts is None:
        disjuncts = taxicab(builder, claim, joint)
    builder.goal(disjuncts, joint)
    return builder.done(inputs)
