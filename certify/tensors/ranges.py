"""Ranges of differences and of values over a source's points, by the kernel's bounds.

The kernel bounds the last layer of a network over a box by back-substitution, exactly rounded;
two networks and their difference are one network there. The box is the hull of the points.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from ..kernel.data.network import Layer, affine_layer, identity_layer
from ..kernel.data.numbers import ONE, ZERO
from ..kernel.language.functions.base import Function
from ..kernel.language.sets.convex import Box
from ..kernel.rules.regions.backsubstitution import RANGE
from ..kernel.rules.regions.initial import joined, root
from ..kernel.verdict import Decline
from .points import Source

BITS = 40  # of the bounds' fixed point
MAX_WEIGHTS = 1 << 20  # matrix entries up to which this takes about a second or two

Sides = list[tuple[Fraction, Fraction]]


def value_ranges(source: Source, terms: Sequence[Function]) -> Sides | None:
    """Bounds of every output of the terms, one after another; None where there are none."""
    return _ranges(source, terms, identity_layer)


def gap_ranges(source: Source, left: Function, right: Function) -> Sides | None:
    """Bounds of every component of left − right; None where there are none."""

    def difference(width: int) -> Layer:
        half = width // 2
        return affine_layer(width, [((i, ONE), (half + i, -ONE)) for i in range(half)])

    return _ranges(source, (left, right), difference)


def _ranges(
    source: Source, terms: Sequence[Function], last: Callable[[int], Layer]
) -> Sides | None:
    networks = [term.lower(source.point.dimension) for term in terms]
    found = [network for network in networks if network is not None]
    if len(found) < len(networks):
        return None
    layers = joined(found)
    layers = (*layers, last(layers[-1].width))
    if sum(layer.width * layer.columns for layer in layers) > MAX_WEIGHTS:
        return None
    sides = hull(source)
    box = Box(tuple(a for a, _ in sides), tuple(b for _, b in sides)).polyhedron()
    goal = (((source.point.dimension, ONE),), ZERO)
    try:
        system = root(layers, box, sides, [goal], BITS)
    except Decline:
        return None
    group, scales = system.tableau.groups[-1], system.scales[-1]
    ends = zip(group.low, group.high, scales, strict=True)
    return [(low * _power(s - RANGE), high * _power(s - RANGE)) for low, high, s in ends]


def _power(exponent: int) -> Fraction:
    return Fraction(1 << exponent) if exponent >= 0 else Fraction(1, 1 << -exponent)


def hull(source: Source) -> Sides:
    """The least and greatest value of each coordinate of a point."""
    low = list(source.fixed)
    high = list(source.fixed)
    for at, factor in source.places:
        for i in range(len(factor[0][0])):
            values = [vector[i] for vector, _ in factor]
            low[at + i], high[at + i] = min(values), max(values)
    for smooth in source.smooth:
        low[smooth.coordinate] = smooth.centre - smooth.radius
        high[smooth.coordinate] = smooth.centre + smooth.radius
    view = source.point
    found = []
    for i, (row, offset) in enumerate(zip(view.rows, view.offset, strict=True)):
        down = up = offset
        for c, v in row:
            down += v * (low[c] if v > 0 else high[c])
            up += v * (high[c] if v > 0 else low[c])
        moved = sum((abs(vector[i]) for vector in view.shifts), Fraction(0))
        found.append((down - moved, up + moved))
    return found
