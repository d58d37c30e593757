"""Provers of the norm claims: member, lipschitz, excludes; and mean squares below zero."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from ..kernel.data.network import Network
from ..kernel.data.numbers import ONE, ZERO, format_rational, square_sum
from ..kernel.language.claim import Claim
from ..kernel.language.functions.base import Vector
from ..kernel.language.functions.network import NetworkFunction
from ..kernel.language.functions.parity import Parity
from ..kernel.language.kinds.averages import MeanSquare
from ..kernel.language.kinds.classes import Excludes, Lipschitz, Member
from ..kernel.language.kinds.pointwise import Equals
from .answers import Answer, Found, Options, Unknown

LISTED = 4096  # points of S among which moves are sought


def member(claim: Claim, options: Options) -> Answer:
    """Rule norms decides every ``member`` claim."""
    if not isinstance(claim, Member):
        return Unknown("not a member claim")
    if claim.network.depth != claim.depth:
        return Found("refuted", "norms", {"depth": claim.network.depth})
    for number, layer in enumerate(claim.network.layers, start=1):
        if layer.frobenius_squared > claim.limit:
            norm = format_rational(layer.frobenius_squared)
            return Found("refuted", "norms", {"layer": number, "frobenius_squared": norm})
        if claim.activation == "uniform" and len(set(layer.relu)) > 1:
            return Found("refuted", "norms", {"layer": number, "mixed": True})
    return Found("proved", "norms", {})


def squares(claim: Claim, options: Options) -> Answer:
    """Rule squares refutes a mean square said to be negative."""
    if isinstance(claim, MeanSquare) and (
        claim.epsilon < 0 or (claim.epsilon == 0 and claim.relation == "<")
    ):
        return Found("refuted", "squares", {})
    return Unknown("not a mean square below zero")


def lipschitz(claim: Claim, options: Options) -> Answer:
    """The product of Frobenius norms."""
    if not isinstance(claim, Lipschitz):
        return Unknown("not a lipschitz claim")
    bound = math.prod((layer.frobenius_squared for layer in claim.network.layers), start=ONE)
    if bound <= claim.constant**2:
        return Found("proved", "norms", {})
    return Unknown("the product of Frobenius norms is larger")


def excludes(claim: Claim, options: Options) -> Answer:
    """Rule obstruction by the largest moves found; or a member that computes the target."""
    if not isinstance(claim, Excludes):
        return Unknown("not an excludes claim")
    member_found = _computing(claim, options)
    if member_found is not None:
        return member_found
    moves, total = [], ZERO
    for i in range(claim.on.dimension):
        best: tuple[Fraction, Vector, Fraction] | None = None
        for point, step in _moves(claim, i):
            end = tuple(v + step if k == i else v for k, v in enumerate(point))
            change = zip(claim.target(point), claim.target(end), strict=True)
            rate = square_sum(b - a for a, b in change) / step**2
            if best is None or rate > best[0]:
                best = (rate, point, step)
        if best is not None and best[0]:
            total += best[0]
            shown = [format_rational(v) for v in best[1]]
            moves.append({"coordinate": i, "point": shown, "step": format_rational(best[2])})
    if claim.limit**claim.depth < total:
        return Found("proved", "obstruction", {"moves": moves})
    return Unknown(f"moves found sum to {format_rational(total)}: no obstruction")


def _moves(claim: Excludes, i: int) -> Iterator[tuple[Vector, Fraction]]:
    """Pairs (x, t) with x and x + t·eᵢ in S, from the first points of S."""
    stream = claim.on.factored()
    if stream is None or stream.size > LISTED:
        first = None if stream is None else next(stream.batches(16))[0].fractions()
        points = first or [(ZERO,) * claim.on.dimension]
    else:
        points = [p for batch, _ in stream.batches() for p in batch.fractions()][:256]
    values = {point[i] for point in points} | {-ONE, ZERO, ONE}
    for point in points:
        for value in values:
            if value != point[i]:
                end = tuple(value if k == i else v for k, v in enumerate(point))
                if claim.on.contains(point) and claim.on.contains(end):
                    yield point, value - point[i]


def _computing(claim: Excludes, options: Options) -> Found | None:
    """A member of the class that equals the target, where one is at hand."""
    from .strategy import search

    for network in _candidates(claim):
        inside = Member(network, claim.depth, claim.norm, claim.square)
        if inside.misfit() or network.inputs != claim.on.dimension:
            continue
        first = member(inside, options)
        if not isinstance(first, Found) or first.verdict != "proved":
            continue
        equal = Equals(NetworkFunction(network), claim.target, claim.on)
        if equal.misfit():
            continue
        second = search(equal, options)
        if isinstance(second, Found) and second.verdict == "proved" and second.lines is None:
            body = {"network": network.to_json(), "member": first.part(), "equals": second.part()}
            return Found("refuted", "member-equals", body)
    return None


def _candidates(claim: Excludes) -> Iterator[Network]:
    lowered = claim.target.lower(claim.on.dimension)
    if lowered is not None:
        yield lowered
    if isinstance(claim.target, Parity) and claim.depth == 3 and claim.target.over:
        from ..networks.gadgets import parity

        n = claim.on.dimension
        yield parity.parity(n, claim.target.over)
