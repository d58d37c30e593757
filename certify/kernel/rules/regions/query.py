"""A pointwise claim as one question about regions: can some disjunct of its negation hold?"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ...data.network import Layer, Row
from ...data.numbers import ONE, ZERO
from ...language.claim import Pointwise
from ...language.kinds.pointwise import Separates, Within
from ...language.sets import Polyhedron
from ...verdict import Reject
from .initial import joined


@dataclass(frozen=True)
class Query:
    """What is asked on every region: may some disjunct's rows all be satisfied?

    A disjunct is a list of (number of its row, is it strict). Rows are over (x, y). Without
    disjuncts the rows are the coordinates of f − g: ``most`` is a norm (l1 or l2) and the
    number that it may not pass; ``least`` is what the l2 norm must reach.
    """

    layers: tuple[Layer, ...]
    domain: Polyhedron
    rows: tuple[tuple[Row, Fraction], ...]
    disjuncts: tuple[tuple[tuple[int, bool], ...], ...]
    most: tuple[str, Fraction] | None = None
    least: Fraction | None = None


def query_of(goal: Pointwise) -> Query:
    """The claim's question. Raises Reject where the rule does not apply."""
    n = goal.domain.dimension
    domain = goal.domain.polyhedron()
    if domain is None:
        raise Reject("regions.domain", "/rule", "the set is not convex")
    lowered = [term.lower(n) for term in goal.terms()]
    networks = [network for network in lowered if network is not None]
    if len(networks) != len(lowered):
        raise Reject("regions.function", "/rule", "a function is not piecewise linear")
    negation = goal.negation()
    if negation is None:
        if not isinstance(goal, Within | Separates):
            raise NotImplementedError(goal.kind)
        k = goal.terms()[0].outputs
        gaps = tuple((((n + i, ONE), (n + k + i, -ONE)), ZERO) for i in range(k))
        if isinstance(goal, Within):
            return Query(joined(networks), domain, gaps, (), most=(goal.norm, goal.epsilon))
        return Query(joined(networks), domain, gaps, (), least=goal.delta)
    rows: dict[tuple[Row, Fraction], int] = {}
    disjuncts = []
    for disjunct in negation:
        numbers = (rows.setdefault((c.row, c.constant), len(rows)) for c in disjunct)
        disjuncts.append(tuple(zip(numbers, (c.strict for c in disjunct), strict=True)))
    return Query(joined(networks), domain, tuple(rows), tuple(disjuncts))
