"""Rule fold: a finite product set of any size, through what the functions see of it.

Premises: a matrix ``basis`` = A with few rows and a matrix ``maps`` = U.
Conclusion: as for rule enumerate, on a product set of any size.
Why: every function of the claim reads x only through linear functionals, parities and
counts (its features), and x = M·z + c + Σ sₖ·vₖ with z in a product of finite lists and
signs sₖ that are functions of the same shape. The kernel stacks the functionals into one
matrix L over z and checks L = U·A; so all values depend on z only through y = A·z and
the states of parities and counts. A dynamic programme over the factors of the product
collects every reachable state with the exact weight of the z that reach it. Factors that
move the state alike are raised to a power at once, with binomial multiplicities or by
squaring. Every collected state is reached and every z reaches a collected state; so
evaluating each state once decides the claim, and the weights give averages exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TypeVar

from ...data import exact
from ...data.decode import Node, read_rows
from ...data.exact import Batch
from ...data.linear import combine
from ...data.network import Row
from ...data.numbers import format_rational
from ...language.claim import Average, Claim
from ...language.factored import Factored
from ...language.functions.affine import Project
from ...language.functions.base import Function
from ...verdict import Budget, Reject
from ..enumerate import decide_average
from ..evidence import Evidence, expect_verdict, pointwise
from .features import make_plan
from .states import reachable

CHUNK = 2048
T = TypeVar("T")


def check(claim: Claim, evidence: Evidence) -> None:
    """Accept by returning; raise Reject or Decline otherwise."""
    if isinstance(claim, Average):
        stream = claim.law.factored()
        terms = [claim.law.pulled(term) for term in claim.terms()]
        total = Fraction(0)
        for values, weights in visit(stream, terms, evidence.body, evidence.budget):
            total += claim.total(values, weights)
        decide_average(claim, evidence, total / stream.total, "fold")
        return
    goal = pointwise(claim, "fold")
    expect_verdict(evidence, "fold", "proved")
    evidence.body.object(("basis", "maps"))
    domain = goal.domain.factored()
    if domain is None:
        raise Reject("fold.infinite", "/rule", "the set is not finite")
    read = goal.inputs_read()
    terms = [*goal.terms(), *([Project(read)] if read else [])]
    for values, weights in visit(domain, terms, evidence.body, evidence.budget):
        inputs = values.pop() if read else exact.batch([()] * len(weights), 0)
        failure = goal.first_failure(inputs, values, read)
        if failure is not None:
            found = [format_rational(v) for value in values for v in value.fractions()[failure]]
            raise Reject("fold.fails", "/body", found)


def visit(
    stream: Factored, terms: list[Function], body: Node, budget: Budget
) -> Iterator[tuple[list[Batch], list[int]]]:
    """The values of the terms at every reachable state, with its weight, in batches."""
    plan = make_plan(stream, terms)
    keys = body.object(("basis", "maps"), ("value",))
    basis = _matrix(keys["basis"], stream.width)
    maps = _matrix(keys["maps"], len(basis)) if basis else ((),) * len(plan.linear)
    if not basis and keys["maps"].value != []:
        raise Reject("fold.maps", keys["maps"].at, "rows over an empty basis")
    if len(basis) > len(plan.linear) + stream.width:
        raise Reject("fold.basis", keys["basis"].at, f"{len(basis)} rows, more than are of use")
    if len(maps) != len(plan.linear):
        raise Reject("fold.maps", keys["maps"].at, f"{len(maps)} rows, not {len(plan.linear)}")
    for i, (row, functional) in enumerate(zip(maps, plan.linear, strict=True)):
        if combine(row, basis) != functional:
            raise Reject("fold.factorisation", f"{keys['maps'].at}/{i}", "L differs from U*A")
    states, denominator = reachable(plan, basis, budget)
    for chunk in chunks(list(states.items())):
        found = [list(state) for state, _ in chunk]
        yield plan.evaluate(found, len(basis), denominator, maps), [w for _, w in chunk]


def chunks(items: list[T]) -> Iterator[list[T]]:
    """Nearly equal parts of at most CHUNK items: a short last one would miss bulk arithmetic."""
    size = -(-len(items) // max(1, -(-len(items) // CHUNK)))
    for start in range(0, len(items), max(1, size)):
        yield items[start : start + size]


def _matrix(node: Node, columns: int) -> tuple[Row, ...]:
    """A matrix of the certificate; ``[]`` is the one without rows."""
    return () if node.value == [] else read_rows(node, columns)[2]
