"""slice, compose, product, flip: functions made from functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

from ...data import exact
from ...data.account import afford
from ...data.decode import Node, network_named
from ...data.exact import Batch
from ...data.linear import combine, dot
from ...data.network import Layer, Network, Row, identity_layer
from ...data.numbers import format_rational
from .base import Features, Few, Function, Values, Vector

ENTRY = 32  # units of a weight of networks side by side: about eight million of them


@dataclass(frozen=True)
class Slice(Function):
    """Layers start + 1 … stop of a network (Definition 2, read as (start, stop])."""

    whole: Network
    start: int
    stop: int

    @property
    def part(self) -> Network:
        """The layers as a network."""
        return self.whole.slice(self.start, self.stop)

    @property
    def outputs(self) -> int:
        return self.whole.layers[self.stop - 1].width

    def canonical(self) -> Any:
        of = {"network": self.whole.digest}
        return {"slice": {"of": of, "layers": [self.start, self.stop]}}

    def networks(self) -> Iterator[Network]:
        yield self.whole

    def misfit(self, dimension: int) -> str | None:
        if dimension != self.whole.layers[self.start].columns:
            return f"layer {self.start + 1} takes {self.part.inputs} inputs, not {dimension}"
        return None

    def evaluate(self, points: Batch) -> Batch:
        return self.part.evaluate(points)

    def lower(self, dimension: int) -> Network:
        return self.part


@dataclass(frozen=True)
class Compose(Function):
    """x ↦ outer(inner(x))."""

    outer: Function
    inner: Function

    @property
    def outputs(self) -> int:
        return self.outer.outputs

    def canonical(self) -> Any:
        return {"compose": [self.outer.canonical(), self.inner.canonical()]}

    def networks(self) -> Iterator[Network]:
        yield from self.outer.networks()
        yield from self.inner.networks()

    def misfit(self, dimension: int) -> str | None:
        return self.inner.misfit(dimension) or self.outer.misfit(self.inner.outputs)

    def undefined(self, dimension: int, values: Values) -> str | None:
        if complaint := self.inner.undefined(dimension, values):
            return complaint
        network = self.inner.lower(dimension)
        if network is None or any(any(layer.relu) for layer in network.layers):
            return None  # the values of the inner function are not followed

        def through(row: Row, constant: Fraction) -> Few:
            for layer in reversed(network.layers):
                constant += dot(row, layer.bias)
                row = combine(row, layer.rows)
            return values(row, constant)

        return self.outer.undefined(self.inner.outputs, through)

    def evaluate(self, points: Batch) -> Batch:
        return self.outer.evaluate(self.inner.evaluate(points))

    def lower(self, dimension: int) -> Network | None:
        inner, outer = self.inner.lower(dimension), self.outer.lower(self.inner.outputs)
        if inner is None or outer is None:
            return None
        return Network(inner.inputs, inner.layers + outer.layers)

    def features(self, dimension: int) -> Features | None:
        inner = self.inner.features(dimension)
        if inner is None:
            return None
        return replace(inner, finish=lambda values: self.outer.evaluate(inner.finish(values)))


@dataclass(frozen=True)
class Product(Function):
    """(x₁, …, xₘ) ↦ (f₁(x₁), …, fₘ(xₘ)); ``inputs`` says how x is cut."""

    parts: tuple[Function, ...]
    inputs: tuple[int, ...]

    @cached_property
    def outputs(self) -> int:
        return sum(part.outputs for part in self.parts)

    def canonical(self) -> Any:
        return {"product": [part.canonical() for part in self.parts]}

    def networks(self) -> Iterator[Network]:
        for part in self.parts:
            yield from part.networks()

    def misfit(self, dimension: int) -> str | None:
        if dimension != sum(self.inputs):
            return f"the product takes {sum(self.inputs)} inputs, but points have {dimension}"
        return None

    def undefined(self, dimension: int, values: Values) -> str | None:
        for part, (start, stop) in zip(self.parts, self._cuts(), strict=True):

            def moved(row: Row, constant: Fraction, start: int = start) -> Few:
                return values(tuple((start + c, v) for c, v in row), constant)

            if complaint := part.undefined(stop - start, moved):
                return complaint
        return None

    def _cuts(self) -> list[tuple[int, int]]:
        ends = [0]
        for width in self.inputs:
            ends.append(ends[-1] + width)
        return list(pairwise(ends))

    def evaluate(self, points: Batch) -> Batch:
        values = [
            part.evaluate(points.columns(range(start, stop)))
            for part, (start, stop) in zip(self.parts, self._cuts(), strict=True)
        ]
        return exact.join(values, len(points))

    def lower(self, dimension: int) -> Network | None:
        lowered = [p.lower(n) for p, n in zip(self.parts, self.inputs, strict=True)]
        if any(network is None for network in lowered):
            return None
        networks = [network for network in lowered if network is not None]
        return Network(dimension, side_by_side(networks))

    def features(self, dimension: int) -> Features | None:
        found = [p.features(n) for p, n in zip(self.parts, self.inputs, strict=True)]
        if any(features is None for features in found):
            return None
        return stack([f for f in found if f is not None], [start for start, _ in self._cuts()])


def side_by_side(networks: list[Network]) -> tuple[Layer, ...]:
    """The layers of the product of networks; shorter ones end in identity layers."""
    depth = max(network.depth for network in networks)
    afford(ENTRY * sum(_entries(network, depth) for network in networks))
    layers = []
    for k in range(depth):
        parts = [n.layers[k] if k < n.depth else identity_layer(n.outputs) for n in networks]
        rows: list[Row] = []
        start = 0
        for part in parts:
            rows += [tuple((start + c, v) for c, v in row) for row in part.rows]
            start += part.columns
        bias = tuple(b for part in parts for b in part.bias)
        relu = tuple(r for part in parts for r in part.relu)
        layers.append(Layer(start, tuple(rows), bias, relu))
    return tuple(layers)


def _entries(network: Network, depth: int) -> int:
    """Weights and rows of a network that goes on with identity layers to a depth."""
    own = sum(len(row) + 1 for layer in network.layers for row in layer.rows)
    return own + 2 * network.outputs * (depth - network.depth)


def stack(parts: list[Features], starts: list[int]) -> Features:
    """The features of functions side by side, each reading x from its start on."""

    def moved(over: tuple[int, ...], start: int) -> tuple[int, ...]:
        return tuple(start + i for i in over)

    pairs = list(zip(parts, starts, strict=True))
    linear = tuple(tuple((s + c, v) for c, v in row) for p, s in pairs for row in p.linear)
    parities = tuple(moved(over, s) for p, s in pairs for over in p.parities)
    counts = tuple(moved(over, s) for p, s in pairs for over in p.counts)

    def finish(values: Batch) -> Batch:
        return exact.join(
            [p.finish(part) for p, part in zip(parts, split(parts, values), strict=True)],
            len(values),
        )

    return Features(linear, parities, counts, finish)


def split(parts: list[Features], values: Batch) -> list[Batch]:
    """The values that belong to each of the parts that :func:`stack` put together."""
    result = []
    widths = [(len(p.linear), len(p.parities), len(p.counts)) for p in parts]
    at = [0, sum(w[0] for w in widths), sum(w[0] + w[1] for w in widths)]
    for width in widths:
        chosen = [i for start, w in zip(at, width, strict=True) for i in range(start, start + w)]
        result.append(values.columns(chosen))
        at = [start + w for start, w in zip(at, width, strict=True)]
    return result


@dataclass(frozen=True)
class Flip(Function):
    """F with its sign changed at the points named: a noisy label."""

    of: Function
    points: tuple[Vector, ...]

    @property
    def outputs(self) -> int:
        return self.of.outputs

    def canonical(self) -> Any:
        points = sorted(self.points)
        rows = [[format_rational(v) for v in point] for point in points]
        return {"flip": {"of": self.of.canonical(), "points": rows}}

    def networks(self) -> Iterator[Network]:
        yield from self.of.networks()

    def misfit(self, dimension: int) -> str | None:
        if len(self.points[0]) != dimension:
            return f"flipped points have {len(self.points[0])} coordinates, not {dimension}"
        return self.of.misfit(dimension)

    def undefined(self, dimension: int, values: Values) -> str | None:
        return self.of.undefined(dimension, values)

    def evaluate(self, points: Batch) -> Batch:
        flipped = set(self.points)
        values = self.of.evaluate(points)
        rows = [
            [-v for v in row] if point in flipped else row
            for point, row in zip(points.fractions(), values.rows(), strict=True)
        ]
        return exact.compact(rows, values.denominator, values.width)

    def features(self, dimension: int) -> Features | None:
        return None


@dataclass(frozen=True)
class Translated(Function):
    """x ↦ of(x + by): how ``separates`` looks at x ± ηv. Not part of the claim language."""

    of: Function
    by: Vector

    @property
    def outputs(self) -> int:
        return self.of.outputs

    def canonical(self) -> Any:
        return {"translated": [self.of.canonical(), [format_rational(v) for v in self.by]]}

    def misfit(self, dimension: int) -> str | None:
        return self.of.misfit(dimension)

    def undefined(self, dimension: int, values: Values) -> str | None:
        def moved(row: Row, constant: Fraction) -> Few:
            return values(row, constant + dot(row, self.by))

        return self.of.undefined(dimension, moved)

    def evaluate(self, points: Batch) -> Batch:
        identity = replace(identity_layer(points.width), bias=self.by)
        return self.of.evaluate(exact.apply(identity.integers, points))

    def lower(self, dimension: int) -> Network | None:
        network = self.of.lower(dimension)
        if network is None:
            return None
        first = network.layers[0]
        shift = tuple(sum((v * self.by[c] for c, v in row), Fraction(0)) for row in first.rows)
        bias = tuple(b + s for b, s in zip(first.bias, shift, strict=True))
        return Network(network.inputs, (replace(first, bias=bias), *network.layers[1:]))


def read_slice(node: Node) -> Slice:
    """``{ slice = { of = "name", layers = [i, j] } }``."""
    keys = node.object(("of", "layers"))
    whole = network_named(keys["of"])
    start, stop = (entry.integer(0) for entry in keys["layers"].entries(2))
    if not 0 <= start < stop <= whole.depth:
        keys["layers"].fail(f"no layers ({start}, {stop}] in a network of depth {whole.depth}")
    return Slice(whole, start, stop)
