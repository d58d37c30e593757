"""How each set of a claim becomes variables and clauses of an encoding.

A set that lists independent factors or that is a polyhedron is encoded from that; products,
affine images and perturbations are put together from their parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ...data.network import Row
from ...data.numbers import ONE, ZERO
from ...language.functions.base import Vector
from ...language.sets import Polyhedron, Set
from ...language.sets.base import identity_rows
from ...language.sets.combine import Embed, Perturb, Product
from ...verdict import shorten
from .builder import Builder, Inexpressible
from .functions import values


def coordinates(builder: Builder, domain: Set, name: str, start: int = 0) -> list[int]:
    """The coordinates of a point of the set, named name0, name1, … from ``start`` on.

    Raises Inexpressible where the set has no encoding.
    """
    match domain:
        case Product(parts):
            found: list[int] = []
            for part in parts:
                found += coordinates(builder, part, name, start + len(found))
            return found
        case Embed(base, matrix, offset):
            inner = coordinates(builder, base, f"base_{name}", start)
            return _affine(builder, matrix, offset, inner, name, start)
        case Perturb(base, sign=sign, shift=shift):
            inner = coordinates(builder, base, f"base_{name}", start)
            [side] = values(builder, sign, inner, f"sign_{name}{start}_")
            builder.sign(side)  # where it is not ±1 the set is not defined
            return [
                builder.define(f"{name}{i}", ((u, ONE), *(((side, s),) if s else ())), ZERO)
                for i, (u, s) in enumerate(zip(inner, shift, strict=True), start)
            ]
    region, stream = domain.polyhedron(), domain.factored()
    if region is not None:
        plain = _identity(region.matrix, region.offset, region.parameters)
        inner = _region(builder, region, name if plain else f"base_{name}", start)
        matrix, offset = region.matrix, region.offset
    elif stream is not None and not stream.shifts:
        plain = _identity(stream.rows, stream.offset, stream.width)
        inner = []
        for factor in stream.factors:
            vectors = sorted(vector for vector, _ in factor)  # not as the claims file lists them
            at = start + len(inner)
            inner += _choice(builder, vectors, name if plain else f"base_{name}", at)
        matrix, offset = stream.rows, stream.offset
    else:
        raise Inexpressible(f"a set of the form {shorten(domain.canonical())}")
    return inner if plain else _affine(builder, matrix, offset, inner, name, start)


def _identity(matrix: Sequence[Row], offset: Vector, width: int) -> bool:
    return not any(offset) and tuple(matrix) == identity_rows(width)


def _affine(
    builder: Builder,
    matrix: Sequence[Row],
    offset: Vector,
    inner: list[int],
    name: str,
    start: int,
) -> list[int]:
    """matrix·inner + offset as defined variables."""
    return [
        builder.define(f"{name}{i}", ((inner[c], v) for c, v in row), constant)
        for i, (row, constant) in enumerate(zip(matrix, offset, strict=True), start)
    ]


def _region(builder: Builder, region: Polyhedron, name: str, start: int) -> list[int]:
    """The parameters of a polyhedron, with its bounds and rows as unit clauses."""
    found: list[int] = []
    for i, (low, high) in enumerate(zip(region.lower, region.upper, strict=True), start):
        label = f"{name}{i}"
        if low is not None and low == high:
            found.append(builder.define(label, (), low))
            continue
        found.append(builder.free(label))
        if low is not None:
            builder.clause(builder.at_least(found[-1], low), note=f"{label} has a lower bound")
        if high is not None:
            builder.clause(builder.at_most(found[-1], high), note=f"{label} has an upper bound")
    for number, (row, bound) in enumerate(region.rows):
        terms = [(found[c], -v) for c, v in row]
        builder.clause(builder.literal(terms, bound), note=f"row {number} of the polytope")
    return found


def _choice(builder: Builder, vectors: list[Vector], name: str, start: int) -> list[int]:
    """One of the vectors: a real with gaps for numbers, a Boolean for each longer vector."""
    names = [f"{name}{start + i}" for i in range(len(vectors[0]))]
    if len(vectors) == 1:
        return [builder.define(n, (), v) for n, v in zip(names, vectors[0], strict=True)]
    found = [builder.free(n) for n in names]
    if len(names) > 1:
        picks = [builder.boolean(f"pick_{names[0]}_{j}") for j in range(len(vectors))]
        builder.clause(*picks, note=f"one of the points, from {names[0]} on")
        for j, (pick, vector) in enumerate(zip(picks, vectors, strict=True)):
            for u, v in zip(found, vector, strict=True):
                builder.exactly(u, v, -pick, note=f"point {j}, from {names[0]} on")
        return found
    [u], numbers, note = found, sorted(v for (v,) in vectors), f"values of {names[0]}"
    builder.clause(builder.at_least(u, numbers[0]), note=note)
    builder.clause(builder.at_most(u, numbers[-1]), note=note)
    for low, high in pairwise(numbers):
        builder.clause(builder.at_most(u, low), builder.at_least(u, high), note=note)
    if len(numbers) == 2:
        builder.two_valued[u] = (numbers[0], numbers[1], builder.at_least(u, numbers[1]))
    return found
