"""Prove over a product set of any size: factor what the functions see, then fold.

The basis is a set of independent rows among the functionals that the claim reads. Where
a state fails, the choices that lead to it are traced back to a point.
"""

from __future__ import annotations

import time
from fractions import Fraction

from ..kernel.data import exact
from ..kernel.data.network import Row
from ..kernel.data.numbers import format_rational
from ..kernel.language.claim import Average, Claim, Pointwise
from ..kernel.language.factored import Factored
from ..kernel.language.functions.affine import Project
from ..kernel.language.functions.base import Function, Vector
from ..kernel.rules.fold.features import Plan, make_plan
from ..kernel.rules.fold.rule import chunks
from ..kernel.rules.fold.states import (
    Group,
    State,
    States,
    Steps,
    convolve,
    make_groups,
    make_steps,
    power,
)
from ..kernel.verdict import Decline, Reject
from ..tensors.factors import factor
from .answers import Answer, Found, Options, Unknown
from .enumerate import refutation

PACE = 1 << 12  # sums of states from which on their pace is known


def prove(claim: Claim, options: Options) -> Answer:
    """A certificate of rule fold, or a witness where the claim is false."""
    try:
        if isinstance(claim, Average):
            return _average(claim, options)
        if isinstance(claim, Pointwise):
            return _pointwise(claim, options)
    except Reject as error:
        return Unknown(f"does not fold: {error.found}")
    except Decline as error:
        return Unknown(f"folding {error}")
    return Unknown("not about points or averages")


def _average(claim: Average, options: Options) -> Answer:
    stream = claim.law.factored()
    terms = [claim.law.pulled(term) for term in claim.terms()]
    plan = make_plan(stream, terms)
    basis, maps = factor(plan.linear)
    states, steps, _ = _reach(plan, basis, options)
    total = Fraction(0)
    for chunk in chunks(list(states.items())):
        values = plan.evaluate([list(s) for s, _ in chunk], len(basis), steps.denominator, maps)
        total += claim.total(values, [weight for _, weight in chunk])
    value = total / stream.total
    verdict = "proved" if claim.satisfied(value) else "refuted"
    return Found(verdict, "fold", {**_body(plan, basis, maps), "value": format_rational(value)})


def _pointwise(claim: Pointwise, options: Options) -> Answer:
    stream = claim.domain.factored()
    if stream is None:
        return Unknown("not about a finite set")
    read = claim.inputs_read()
    terms: list[Function] = [*claim.terms(), *([Project(read)] if read else [])]
    plan = make_plan(stream, terms)
    basis, maps = factor(plan.linear)
    states, steps, trail = _reach(plan, basis, options)
    for chunk in chunks(list(states)):
        values = plan.evaluate([list(s) for s in chunk], len(basis), steps.denominator, maps)
        inputs = values.pop() if read else exact.batch([()] * len(chunk), 0)
        points = exact.spread(inputs, read, stream.dimension)
        failure = claim.first_failure(points, values)
        if failure is not None:
            return refutation(_trace(stream, steps, trail, chunk[failure]))
    return Found("proved", "fold", _body(plan, basis, maps))


def _body(plan: Plan, basis: tuple[Row, ...], maps: tuple[Row, ...]) -> dict[str, object]:
    if not basis:
        return {"basis": [], "maps": []}
    return {
        "basis": _matrix(basis, plan.stream.width),
        "maps": _matrix(maps, len(basis)),
    }


def _matrix(rows: tuple[Row, ...], columns: int) -> dict[str, object]:
    entries = [[r, c, format_rational(v)] for r, row in enumerate(rows) for c, v in row]
    return {"rows": len(rows), "columns": columns, "entries": entries}


Trail = list[tuple[Group, States, States]]  # group, its states, the states before it


def _reach(plan: Plan, basis: tuple[Row, ...], options: Options) -> tuple[States, Steps, Trail]:
    """As the kernel's ``reachable``, keeping what is needed to trace a state back.

    Raises Decline where, at the pace so far, the next group takes more than the time left. How
    long that and all that follows would take is not said: it is known of that group alone.
    """
    steps, budget = make_steps(plan, basis), options.budget
    pairs = [(g, power(g.moves, len(g.factors), steps, budget)) for g in make_groups(plan, steps)]
    states: States = {(0,) * steps.width: 1}
    trail: Trail = []
    start, done = time.monotonic(), 0
    for group, part in sorted(pairs, key=lambda pair: len(pair[1])):
        work = len(states) * len(part)
        needed = (time.monotonic() - start) * work / done if done >= PACE else 0.0
        if needed > options.left:
            raise Decline("seconds", f"more than {options.timeout:g}")
        trail.append((group, part, states))
        states = convolve(states, part, steps, budget)
        done += work
    return states, steps, trail


def _trace(stream: Factored, steps: Steps, trail: Trail, state: State) -> Vector:
    """A point of the set that reaches the state."""
    chosen: dict[int, Vector] = {}
    starts, start = [], 0
    for factor_ in stream.factors:
        starts.append(start)
        start += len(factor_[0][0])
    for group, part, before in reversed(trail):
        move = next(m for m in part if _minus(state, m, steps) in before)
        state = _minus(state, move, steps)
        for number, step in zip(group.factors, _choices(group, move, steps), strict=True):
            chosen[number] = next(
                vector
                for vector, _ in stream.factors[number]
                if steps.move(vector, starts[number]) == step
            )
    z = tuple(v for number in range(len(stream.factors)) for v in chosen[number])
    return stream.place(exact.batch([z], len(z))).fractions()[0]


def _minus(a: State, b: State, steps: Steps) -> State:
    return steps.merge(a, tuple(-v for v in b))


def _choices(group: Group, target: State, steps: Steps) -> list[State]:
    """For each factor of the group a move, together the target."""
    moves, count = [move for move, _ in group.moves], len(group.factors)
    if len(moves) == 2:
        for k in range(count + 1):
            sums = [(count - k) * a + k * b for a, b in zip(*moves, strict=True)]
            if steps.merge(tuple(sums), (0,) * steps.width) == target:
                return [moves[1]] * k + [moves[0]] * (count - k)
    layers: list[set[State]] = [{(0,) * steps.width}]
    for _ in range(count):
        layers.append({steps.merge(s, m) for s in layers[-1] for m in moves})
    result: list[State] = []
    for layer in reversed(layers[:-1]):
        move = next(m for m in moves if _minus(target, m, steps) in layer)
        result.append(move)
        target = _minus(target, move, steps)
    return result
