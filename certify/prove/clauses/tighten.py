"""Lemmas before the search: bounds of each ReLU's argument, and the triangle above it.

Each is a new atom whose opposite the relaxation refutes, so it is part of the certificate.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from ...kernel.data.numbers import ONE
from ...kernel.rules.clauses.encoding import Form

if TYPE_CHECKING:
    from .cdcl import Search

BITS = 10  # significant bits of a bound


def tighten(search: Search) -> None:
    """Assert proven bounds and triangles on level 0, neuron by neuron."""
    encoding, proof = search.encoding, search.proof
    places = {variable.name: i for i, variable in enumerate(encoding.variables)}
    for name, h in places.items():
        z = places.get(f"{name}_pre")
        if z is None or encoding.variables[h].row is not None or search.stop():
            continue
        row, constant = encoding.forms[z]
        top = search.relaxation.extreme(list(row.items()), search.trail) + float(constant)
        bottom = float(constant) - search.relaxation.extreme(
            [(v, -c) for v, c in row.items()], search.trail
        )
        if not (math.isfinite(top) and math.isfinite(bottom)):
            continue
        upper, lower = rounded(top), -rounded(-bottom)
        off = proof.literal(((h, -ONE),), Fraction(0), False)  # h ≤ 0
        on = proof.literal([*row.items(), (h, -ONE)], constant, False)  # h ≤ z
        if off is None or on is None:
            continue
        if lower >= 0:
            search.refute(-on)
        elif upper <= 0:
            search.refute(-off)
        else:
            _triangle(search, (row, constant), h, (lower, upper), (off, on))
        if search.closed:
            return


def _triangle(
    search: Search,
    argument: Form,
    h: int,
    bounds: tuple[Fraction, Fraction],
    phases: tuple[int, int],
) -> None:
    """lower ≤ z ≤ upper and h ≤ upper·(z − lower)/(upper − lower), as unit clauses."""
    proof, (row, constant), (lower, upper), (off, on) = search.proof, argument, bounds, phases
    slope = upper / (upper - lower)
    above = proof.literal([(v, -c) for v, c in row.items()], upper - constant, False)
    below = proof.literal(row.items(), constant - lower, False)
    terms = [*((v, slope * c) for v, c in row.items()), (h, -ONE)]
    triangle = proof.literal(terms, slope * (constant - lower), False)
    if (
        above is not None
        and below is not None
        and triangle is not None
        and search.refute(-above)
        and search.refute(-below)
        and not search.closed
        and search.lemma(-triangle, off, below)
        and search.lemma(-triangle, on, above)
    ):
        search.refute(-triangle)


def rounded(value: float) -> Fraction:
    """A number with few bits that is a little larger."""
    if abs(value) < 1e-7:
        return Fraction(0)
    scale = 2.0 ** (BITS - math.frexp(value)[1])
    return Fraction(math.ceil(value * scale * (1 + (1e-9 if value > 0 else -1e-9)))) / Fraction(
        scale
    )
