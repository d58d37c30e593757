"""All values of a function over a finite source, where they are few and quickly listed.

A network of the paper often sees its points through one sum: it then takes few values, whatever
the number of points, and an error of two values has an interval of its own. The states that the
sums reach are those of rule fold, for one function by itself; budgets are counts, not seconds,
so that every machine lists the same.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from ..kernel.data.network import Layer, Row
from ..kernel.language.functions.base import Function
from ..kernel.rules.fold.features import make_plan
from ..kernel.rules.fold.rule import chunks
from ..kernel.rules.fold.states import reachable
from ..kernel.verdict import Budget, Decline, Malformed, Reject
from .enclosure import MAX_VALUES, Known
from .factors import factor
from .points import Source

ROWS = 6  # different functionals that a function may read
STATES = Budget(points=1 << 12)
WEIGHTS = 1 << 14  # of a network that is evaluated at so many states


def listed(known: Known, term: Function, source: Source) -> Known:
    """What is known of a term's exact tensor, with its values where they are few."""
    if known.values is not None or known.error is not None or known.width != 1 or source.smooth:
        return known
    found = values_of(term, source)
    if found is None:
        return known
    whole = [value / known.unit for value in found]
    if any(v.denominator != 1 for v in whole):
        raise RuntimeError("a value is no multiple of its tensor's unit")
    return replace(known, values=tuple(sorted(int(v) for v in whole)))


def values_of(term: Function, source: Source) -> set[Fraction] | None:
    """All values of a scalar function over the points; None where that takes too long."""
    network = term.lower(source.point.dimension)
    if network is None or not _small(network.layers):
        return None
    try:
        plan = make_plan(source.stream, [term])
        basis, maps = factor(plan.linear)
        states, denominator = reachable(plan, basis, STATES)
        found: set[Fraction] = set()
        for chunk in chunks(list(states)):
            rows = [list(state) for state in chunk]
            [batch] = plan.evaluate(rows, len(basis), denominator, maps)
            found |= {value for row in batch.fractions() for value in row}
            if len(found) > MAX_VALUES:
                return None
    except (Reject, Decline, Malformed):
        return None
    return found


def _small(layers: tuple[Layer, ...]) -> bool:
    weights = sum(len(row) for layer in layers for row in layer.rows)
    return weights <= WEIGHTS and len({_direction(row) for row in layers[0].rows}) <= ROWS


def _direction(row: Row) -> Row:
    """The row over its first entry: the same for rows that read one functional."""
    return tuple((c, v / row[0][1]) for c, v in row)
