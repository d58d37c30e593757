"""Properties that no input satisfies, whatever the networks compute: a certificate of rule clauses.

The assertions about inputs may contradict each other by a hair, or not even that (x < y and
x ≥ y), and beside a large network. So their refutation is looked for where the network's own
clauses are left out, which leaves the numbers of all others as they are.
"""

from __future__ import annotations

import time
from dataclasses import replace

from ...kernel.data.numbers import format_rational
from ...kernel.language.claim import Claim
from ...kernel.language.kinds.pointwise import Output
from ...kernel.rules.clauses.encoding import Atom, Builder, Encoding, coordinates, encode
from ...kernel.verdict import Decline
from ..answers import Answer, Found, Options, Unknown
from ..linear import feasible
from .refutation import Refutation

PER_WEIGHT = 1e-4  # seconds to encode a weight of a network
SECONDS = 1.0  # for each of the two searches, or a tenth of the time
GOAL = "negated claim"  # what the notes of the goal's clauses say


def suits(claim: Claim) -> bool:
    """Is something said of inputs alone in every case of the negated claim?"""
    try:
        return isinstance(claim, Output) and all(
            any(all(i < claim.on.dimension for i, _ in constraint.row) for constraint in case)
            for case in claim.negation()
        )
    except Decline:  # too many cases
        return False


def prove(claim: Claim, options: Options) -> Answer:
    """A certificate, if in every case of the negated claim the inputs alone contradict."""
    if not isinstance(claim, Output):
        return Unknown("not an output claim")
    if not suits(claim):
        return Unknown("a case in which nothing is said of inputs alone")
    point = None
    if not claim.on.certain():
        point = feasible.point(claim.on, options)
        if point is None:
            return Unknown("no point of the set was found, and it may be empty")
    builder = Builder(options.budget.points)
    inputs = coordinates(builder, claim.on, "x")
    given = len(builder.clauses)
    outputs = [builder.free(f"y{j}") for j in range(claim.network.outputs)]
    builder.goal(claim.negation(), inputs + outputs)
    if _refutation(builder.done(inputs), options) is None:
        return Unknown("what is said of inputs was not found to be a contradiction")
    weights = sum(len(row) for n in claim.networks() for layer in n.layers for row in layer.rows)
    if PER_WEIGHT * weights > options.left / 4:
        return Unknown("a contradiction of inputs, and no time to encode the networks beside it")
    found = _refutation(_without_networks(encode(claim, options.budget.points), given), options)
    if found is None:
        return Unknown("a contradiction of inputs, and no time for its refutation")
    body = {} if point is None else {"point": [format_rational(v) for v in point]}
    return Found("proved", "clauses", {**body, "steps": found.steps()})


def _without_networks(encoding: Encoding, given: int) -> Encoding:
    """The encoding of the set (its first ``given`` clauses) and of the goal, the rest made true.

    Clauses and atoms keep their numbers, so that a refutation is one of the whole encoding.
    """
    clauses = [
        clause if number < given or GOAL in note else (1,)  # literal 1 is true
        for number, (clause, note) in enumerate(zip(encoding.clauses, encoding.notes, strict=True))
    ]
    used = {abs(literal) for clause in clauses for literal in clause}
    atoms = tuple(
        atom if number in used else Atom(atom.name)  # a Boolean that nothing mentions
        for number, atom in enumerate(encoding.atoms, start=1)
    )
    return replace(encoding, clauses=tuple(clauses), atoms=atoms)


def _refutation(encoding: Encoding, options: Options) -> Refutation | None:
    """Our own search for so long; None where it ends at a point or not at all."""
    from .cdcl import OutOfTime, Search  # numpy is for those who come this far

    end = time.monotonic() + min(SECONDS, options.left / 10)
    search = Search(encoding, lambda: time.monotonic() > end, lambda point: None)
    search.tightened = True  # there are no neurons to bound
    try:
        result = search.run()
    except OutOfTime:
        return None
    return result if isinstance(result, Refutation) else None
