"""Search for a point that refutes a claim about every point of a set.

Candidates are exact: corners, centres and random rationals of the set; then, for claims
about networks, points beside the places where a ReLU of either side switches.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import islice, pairwise, product

from ..kernel.data import exact
from ..kernel.data.linear import dot
from ..kernel.data.network import Network
from ..kernel.data.numbers import ZERO
from ..kernel.language.claim import Claim, Pointwise
from ..kernel.language.functions.base import Vector
from ..kernel.language.sets import Polyhedron, Set
from ..kernel.verdict import Decline
from .answers import Answer, Options, Unknown
from .enumerate import refutation
from .linear import feasible

CORNERS = 1024
ENOUGH = 4096  # points; on small networks, whose claims other methods decide, well under a second
BATCH = 64
SCALES = (Fraction(1), Fraction(8), Fraction(1, 8), Fraction(64), Fraction(1, 1024))


def prove(claim: Claim, options: Options) -> Answer:
    """A witness certificate, if one of the candidates refutes the claim."""
    if not isinstance(claim, Pointwise):
        return Unknown("not about points")
    end = options.left - min(options.left / 2, max(2.0, options.timeout / 60))
    tried = 0
    terms = claim.terms()
    candidates = _candidates(claim, options)
    while tried < ENOUGH and options.left > end:
        points = list(islice(candidates, BATCH))
        if not points:
            break
        tried += len(points)
        try:
            batch = exact.batch(points, claim.domain.dimension)
            failure = claim.first_failure(batch, [term.evaluate(batch) for term in terms])
        except Decline as error:
            return Unknown(str(error))
        if failure is not None:
            return refutation(points[failure])
    if not tried:
        return Unknown("no candidate was found")
    return Unknown(f"none of {tried} points tried refutes it")


def _candidates(claim: Pointwise, options: Options) -> Iterator[Vector]:
    draw = random.Random(options.seed)
    region = claim.domain.polyhedron()
    if region is None:
        yield from _from_stream(claim.domain, draw)
        return
    inside = _inside(region, options)
    if inside is None:
        return
    for u in islice(_corners(region), CORNERS):
        yield inside(u)
    networks = [n for t in claim.terms() if (n := t.lower(claim.domain.dimension)) is not None]
    for round_ in range(1 << 20):
        u = _random(region, draw, SCALES[round_ % len(SCALES)])
        x = inside(u)
        yield x
        if round_ % 4 == 0 and networks:
            for near in _beside_switches(draw.choice(networks), x, draw):
                if claim.domain.contains(near):
                    yield near


def _from_stream(domain: Set, draw: random.Random) -> Iterator[Vector]:
    """Random points of a finite set that is too large to list."""
    stream = domain.factored()
    while stream is not None:
        z = tuple(v for factor in stream.factors for v in draw.choice(factor)[0])
        yield stream.place(exact.batch([z], len(z))).fractions()[0]


def _inside(region: Polyhedron, options: Options) -> Callable[[Vector], Vector] | None:
    """The point at given parameters; where rows cut, towards it from a point that is known.

    None where no point is known.
    """
    if not region.rows:
        return region.place
    centre = feasible.parameters(region, options)
    if centre is None:
        return None
    return lambda u: region.place(_towards(region, centre, u))


def _towards(region: Polyhedron, centre: Vector, u: Vector) -> Vector:
    """The last point of the segment from the centre to u that keeps every row."""
    share = Fraction(1)
    step = tuple(b - a for a, b in zip(centre, u, strict=True))
    for row, bound in region.rows:
        slope, room = dot(row, step), bound - dot(row, centre)
        if slope > 0:
            share = min(share, room / slope)
    return tuple(a + share * s for a, s in zip(centre, step, strict=True))


def _corners(region: Polyhedron) -> Iterator[Vector]:
    sides = []
    for low, high in zip(region.lower, region.upper, strict=True):
        ends = {v for v in (low, high) if v is not None} or {ZERO}
        sides.append(sorted(ends))
    yield tuple(sum(side, ZERO) / len(side) for side in sides)
    yield from product(*sides)


def _random(region: Polyhedron, draw: random.Random, scale: Fraction) -> Vector:
    """Random parameters between the bounds; of about the scale where there are none."""
    result = []
    for low, high in zip(region.lower, region.upper, strict=True):
        if low is not None and high is not None:
            result.append(low + (high - low) * Fraction(draw.randint(0, 1024), 1024))
        else:
            away = scale * Fraction(draw.randint(0, 1024), 512)
            if low is not None:
                result.append(low + away)
            elif high is not None:
                result.append(high - away)
            else:
                result.append(away if draw.random() < 0.5 else -away)
    return tuple(result)


def _beside_switches(network: Network, x: Vector, draw: random.Random) -> Iterator[Vector]:
    """Where neurons switch along a random axis line through x, and just beside.

    Along the line x + t·e every neuron is affine in t near t = 0; its root is where it
    would switch if nothing before it did.
    """
    axis = draw.randrange(network.inputs)
    values = list(x)
    slopes = [ZERO] * network.inputs
    slopes[axis] = Fraction(1)
    roots: set[Fraction] = set()
    for layer in network.layers:
        next_values, next_slopes = [], []
        for row, bias, cut in zip(layer.rows, layer.bias, layer.relu, strict=True):
            value = sum((v * values[c] for c, v in row if values[c]), bias)
            slope = sum((v * slopes[c] for c, v in row if slopes[c]), ZERO)
            if cut and slope and len(roots) < 64:
                roots.add(-value / slope)
            active = not cut or value > 0
            next_values.append(value if active else ZERO)
            next_slopes.append(slope if active else ZERO)
        values, slopes = next_values, next_slopes
    ordered = sorted(roots)
    middles = [(a + b) / 2 for a, b in pairwise(ordered)]
    for t in [*ordered, *middles]:
        for shift in (ZERO, Fraction(1, 1 << 20), -Fraction(1, 1 << 20)):
            yield tuple(v + t + shift if i == axis else v for i, v in enumerate(x))
