"""Resize and Upsample: nearest picks elements, linear is one layer.

A coordinate is computed as the specification says, exactly, from the scale as it is stored.
Runtimes compute it in floats: where nearest takes one element by the exact coordinate and
another by the rounded one, the node is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from ....kernel.data.numbers import ONE, ZERO
from ...constants import fractions, integers
from ...graph import Array, Node, Tensor, Value
from ...trace import Trace
from .table import axis_of, computed, constant

ATTRIBUTES = (
    *("antialias", "axes", "coordinate_transformation_mode", "cubic_coeff_a"),
    *("exclude_outside", "extrapolation_value", "keep_aspect_ratio_policy"),
    *("mode", "nearest_mode"),
)
HALF = Fraction(1, 2)
Share = tuple[int, Fraction]  # a position of the input, and its weight


@dataclass(frozen=True)
class Axis:
    """One dimension: its sizes, and the scale as a quotient of exact numbers."""

    size: int
    made: int
    scale: tuple[Fraction, Fraction]

    @property
    def same(self) -> bool:
        """Whether nothing is asked for."""
        return self.size == self.made and self.scale[0] == self.scale[1]


def resize(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """Nearest or linear resampling along each axis."""
    ids = computed(node, args[0]).ids
    old = node.opset < 11
    scales, sizes = (args[1], None) if old else (args[2], args[3])
    for key in ("antialias", "exclude_outside"):
        if node.flag(key):
            node.fail(f"attribute {key} is not supported")
    if node.text("keep_aspect_ratio_policy", "stretch") != "stretch":
        node.fail("keep_aspect_ratio_policy is supported as stretch alone")
    axes = _axes(node, ids.shape, scales, sizes)
    transform = node.text("coordinate_transformation_mode", "half_pixel")
    rounding = node.text("nearest_mode", "round_prefer_floor")
    return _resampled(node, ids, axes, "old" if old else transform, rounding, trace)


def upsample(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """Resize before opset 10: coordinates divided by the scale, rounded down."""
    ids = computed(node, args[0]).ids
    scales = args[1] if len(args) > 1 else None
    if scales is None:
        given = node.attributes.get("scales", ())
        scales = np.array(given if isinstance(given, tuple) else (), dtype=np.float32)
    axes = _axes(node, ids.shape, scales, None)
    if any(axis.scale[0] < 1 for axis in axes):
        node.fail("a scale below 1")
    return _resampled(node, ids, axes, "asymmetric", "floor", trace)


def _axes(node: Node, shape: tuple[int, ...], scales: Value, sizes: Value) -> list[Axis]:
    """What is done along each dimension."""
    rank = len(shape)
    chosen = node.integers("axes") or tuple(range(rank))
    places = [axis_of(node, axis, rank) for axis in chosen]
    scaled = scales is not None and bool(constant(node, scales, "scales").size)
    sized = sizes is not None and bool(constant(node, sizes, "sizes").size)
    if scaled == sized:
        node.fail("scales or sizes are needed, and not both")
    many = (scales if scaled else sizes).size
    if many != len(places) or len(set(places)) != many:
        node.fail(f"scales or sizes, {many} of them, do not fit {len(places)} dimensions")
    result = [Axis(size, size, (ONE, ONE)) for size in shape]
    if sized:
        for axis, made in zip(places, integers(sizes), strict=True):
            if made < 1:
                node.fail(f"an output of size {made}")
            result[axis] = Axis(shape[axis], made, (Fraction(made), Fraction(shape[axis])))
        return result
    for axis, scale in zip(places, fractions(scales), strict=True):
        made = math.floor(shape[axis] * scale)
        if made != math.floor(np.float32(shape[axis]) * np.float32(float(scale))):
            node.fail(f"scale {float(scale)}: rounding decides about the size of the output")
        if scale <= 0 or made < 1:
            node.fail(f"scale {float(scale)} of a dimension of size {shape[axis]}")
        result[axis] = Axis(shape[axis], made, (scale, ONE))
    return result


def _resampled(
    node: Node, ids: Array, axes: Sequence[Axis], transform: str, rounding: str, trace: Trace
) -> Value:
    mode = node.text("mode", "nearest")
    trace.charge(math.prod(axis.made for axis in axes))
    if any(not axis.same for axis in axes) and all(axis.size == axis.made for axis in axes):
        node.fail("a scale that changes no size: runtimes disagree whether it does anything")
    if mode == "nearest":
        for a, axis in enumerate(axes):
            ids = np.take(ids, _nearest(node, axis, transform, rounding), a)
        return Tensor(ids)
    if mode not in ("linear", "bilinear", "trilinear"):
        node.fail(f"mode {mode} not supported")
    shares = [_linear(node, axis, transform) for axis in axes]
    trace.charge(math.prod(sum(map(len, of_axis)) for of_axis in shares))
    rows = []
    for parts in product(*shares):
        terms = [
            (int(ids[tuple(i for i, _ in term)]), math.prod((w for _, w in term), start=ONE))
            for term in product(*parts)
        ]
        rows.append(([i for i, _ in terms], [w for _, w in terms]))
    made = np.array(trace.block(rows, lowered=node.operator), dtype=np.int64)
    return Tensor(made.reshape([axis.made for axis in axes]))


def _nearest(node: Node, axis: Axis, transform: str, rounding: str) -> list[int]:
    """The input position that each output position takes."""
    if axis.same:
        return list(range(axis.size))
    roundings = [rounding]
    if transform == "old":  # before opset 11: runtimes differ where the scale is below 1
        transform = "asymmetric"
        roundings = ["floor", "ceil"] if axis.scale[0] < axis.scale[1] else ["floor"]
    if not ROUNDINGS.keys() >= set(roundings):
        node.fail(f"nearest_mode {rounding} not supported")
    found: list[int] = []
    for place in range(axis.made):
        seen = {
            min(max(ROUNDINGS[name](at), 0), axis.size - 1)
            for at in _coordinates(node, axis, transform, place)
            for name in roundings
        }
        if len(seen) > 1:
            node.fail(f"nearest to output {place} are two elements: rounding decides")
        found += seen
    return found


def _linear(node: Node, axis: Axis, transform: str) -> list[list[Share]]:
    """The shares of the two input positions around each output position."""
    if axis.same:
        return [[(place, ONE)] for place in range(axis.size)]
    if transform == "tf_half_pixel_for_nn":
        node.fail(f"coordinate_transformation_mode {transform} beside mode linear")
    transform = "asymmetric" if transform == "old" else transform
    found: list[list[Share]] = []
    for place in range(axis.made):
        at = min(max(_coordinates(node, axis, transform, place)[0], ZERO), Fraction(axis.size - 1))
        low = math.floor(at)
        part = at - low
        found.append([(low, 1 - part), (low + 1, part)] if part else [(low, ONE)])
    return found


ROUNDINGS: dict[str, Callable[[Fraction], int]] = {
    "ceil": math.ceil,
    "floor": math.floor,
    "round_prefer_ceil": lambda at: math.floor(at + HALF),
    "round_prefer_floor": lambda at: math.ceil(at - HALF),
}


def _coordinates(node: Node, axis: Axis, transform: str, place: int) -> list[Fraction]:
    """The coordinate of an output position: exact, then as float32 and float64 make it."""
    formula = TRANSFORMS.get(transform)
    if formula is None:
        node.fail(f"coordinate_transformation_mode {transform} not supported")
    numbers: tuple[Callable[[Any], Any], ...] = (Fraction, np.float32, np.float64)
    return [
        Fraction(float(at)) if isinstance(at, np.floating) else at
        for at in (
            formula(
                number(place),
                number(axis.size),
                number(axis.made),
                number(axis.scale[0]) / number(axis.scale[1]),
                number(HALF),
            )
            for number in numbers
        )
    ]


# (position, size, size made, scale, ½), all of one type of number
TRANSFORMS: dict[str, Callable[[Any, Any, Any, Any, Any], Any]] = {
    "align_corners": lambda x, n, m, s, h: x * (n - 1) / (m - 1) if m > 1 else 0 * x,
    "asymmetric": lambda x, n, m, s, h: x / s,
    "half_pixel": lambda x, n, m, s, h: (x + h) / s - h,
    "half_pixel_symmetric": lambda x, n, m, s, h: n / 2 * (1 - m / (s * n)) + (x + h) / s - h,
    "pytorch_half_pixel": lambda x, n, m, s, h: (x + h) / s - h if m > 1 else 0 * x,
    "tf_half_pixel_for_nn": lambda x, n, m, s, h: (x + h) / s,
}
