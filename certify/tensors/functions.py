"""Each function of the claim language as a step on tensors, or as a head on linear functionals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from torch import Tensor

from ..kernel.data.network import Layer, Row
from ..kernel.data.numbers import ONE, ZERO, common_denominator
from ..kernel.language.functions.base import Function, Vector
from ..kernel.language.functions.combine import Compose, Flip, Product
from ..kernel.language.functions.parity import Parity
from ..kernel.language.functions.symmetric import Symmetric
from ..kernel.verdict import Decline, Malformed
from .enclosure import (
    MAX_VALUES,
    Inexact,
    Known,
    Policy,
    Step,
    exact_type,
    integers,
    largest,
    relu_bounds,
)
from .layers import dense, matrix_of, with_relu
from .points import Source, View


@dataclass(frozen=True)
class Head:
    """A function as ``then`` of the linear functionals rows·x + bias."""

    rows: tuple[Row, ...]
    bias: Vector
    then: Callable[[Known], Step]


def head(function: Function, source: Source, view: View, policy: Policy) -> Head:
    """The functionals through which a function sees the points of a view."""
    n = view.dimension
    network = function.lower(n)
    if network is not None:
        first = network.layers[0]
        rest = network.layers[1:]
        return Head(
            first.rows,
            first.bias,
            lambda known: through(_relu(known, first.relu, policy), rest, policy),
        )
    if isinstance(function, Compose):
        inner = head(function.inner, source, view, policy)
        return Head(
            inner.rows,
            inner.bias,
            lambda known: inner.then(known).then(lambda k: step(function.outer, k, policy)),
        )
    if isinstance(function, Parity | Symmetric) and function.over:
        if all(source.is_sign(view, i) for i in function.over):
            row = tuple((i, ONE) for i in sorted(function.over))
            return Head((row,), (ZERO,), lambda known: _counted(function, known, policy))
    rows = tuple(((i, ONE),) for i in range(n))
    return Head(rows, (ZERO,) * n, lambda known: step(function, known, policy))


def through(start: Step, layers: Sequence[Layer], policy: Policy) -> Step:
    """A step, then layers."""
    for layer in layers:
        matrix = matrix_of(layer)
        start = start.then(lambda known, m=matrix: dense(known, m, policy))  # type: ignore[misc]
    return start


def _relu(known: Known, relu: tuple[bool, ...], policy: Policy) -> Step:
    low, high = relu_bounds(known.lower, known.upper, relu)
    values = (int(low[0]),) if known.error is None and len(low) == 1 and low == high else None
    found = Known(known.unit, low, high, known.dtype, known.error, values)
    return Step(found, with_relu(lambda x: x, relu, policy))


def step(function: Function, known: Known, policy: Policy) -> Step:
    """The function on a tensor of which this is known. Raises Inexact, Decline or Malformed."""
    start = Step(known, lambda x: x)
    network = function.lower(known.width)
    if network is not None:
        return through(start, network.layers, policy)
    match function:
        case Compose(outer=outer, inner=inner):
            return step(inner, known, policy).then(lambda k: step(outer, k, policy))
        case Product(parts=parts, inputs=inputs):
            return _beside(parts, inputs, known, policy)
        case Flip(of=of, points=points):
            return _flipped(of, points, known, policy)
        case Parity(over=()):
            one = integers([1])
            found = Known(ONE, one, one, torch.float32, None, (1,))
            return Step(
                found, lambda x: torch.ones((len(x), 1), dtype=torch.float32, device=x.device)
            )
        case Parity(over=over) | Symmetric(over=over):
            return _signs(over, known).then(lambda k: _counted(function, k, policy))
    raise Decline("functions", f"{type(function).__name__} has no bulk form")


def _beside(
    parts: tuple[Function, ...], inputs: tuple[int, ...], known: Known, policy: Policy
) -> Step:
    """(x₁, …) ↦ (f₁(x₁), …) over one unit."""
    steps, cuts, start = [], [], 0
    for part, width in zip(parts, inputs, strict=True):
        steps.append(step(part, known.columns(start, start + width), policy))
        cuts.append((start, start + width))
        start += width
    found, factors = joined([s.known for s in steps])

    def run(x: Tensor) -> Tensor:
        pieces = [s.run(x[:, a:b].clone()) for s, (a, b) in zip(steps, cuts, strict=True)]
        return torch.cat(
            [p.to(found.dtype) * f for p, f in zip(pieces, factors, strict=True)], dim=1
        )

    return Step(found, run)


def joined(parts: Sequence[Known]) -> tuple[Known, list[int]]:
    """Exact tensors side by side over one unit, and the factor of each. Raises Inexact."""
    if any(part.error is not None for part in parts):
        raise Inexact("a product of functions of which one is rounded")
    bottom = common_denominator(part.unit for part in parts)
    tops = [int(part.unit * bottom) for part in parts]
    shared = int(np.gcd.reduce(np.array(tops, dtype=object)))
    # a part that is certified to be 0 is so in any unit
    factors = [
        top // shared if largest(p.magnitude) else 1 for p, top in zip(parts, tops, strict=True)
    ]
    lower = np.concatenate(
        [p.lower.astype(object) * f for p, f in zip(parts, factors, strict=True)]
    )
    upper = np.concatenate(
        [p.upper.astype(object) * f for p, f in zip(parts, factors, strict=True)]
    )
    reach = max(largest(lower), largest(upper))
    if reach >= 1 << 62:
        raise Inexact(f"values of {reach.bit_length()} bits")
    dtype = exact_type(reach)
    values = parts[0].values if len(parts) == 1 else None
    found = Known(Fraction(shared, bottom), integers(lower), integers(upper), dtype, None, values)
    return found, factors


def _signs(over: tuple[int, ...], known: Known) -> Step:
    """The sum of coordinates that must be ±1. Raises Inexact where they are rounded."""
    if known.error is not None:
        raise Inexact("coordinates that are read as ±1 are rounded")
    one = 1 / known.unit
    columns = list(over)

    def run(x: Tensor) -> Tensor:
        read = x[:, columns].to(torch.float64)
        wrong = (read.abs() != float(one)).any()
        if one.denominator != 1 or bool(wrong):
            raise Malformed("", "a coordinate that is read as ±1 has another value")
        return torch.sign(read).sum(dim=1, keepdim=True)

    bound = integers([len(over)])
    return Step(Known(ONE, -bound, bound, torch.float64), run)


def _counted(function: Function, known: Known, policy: Policy) -> Step:
    """A parity or symmetric function of the sum of its ±1 coordinates."""
    if not isinstance(function, Parity | Symmetric):
        raise Decline("functions", f"{type(function).__name__} does not count")
    if known.error is not None:
        raise Inexact("coordinates that are read as ±1 are rounded")
    total, unit = len(function.over), float(known.unit)
    if isinstance(function, Parity):

        def sign(x: Tensor) -> Tensor:
            negative = (total - x * unit) * 0.5
            return 1 - 2 * torch.remainder(negative, 2)

        return Step(Known(ONE, integers([-1]), integers([1]), known.dtype, None, (-1, 1)), sign)
    bottom = common_denominator(function.values)
    entries = integers([int(v * bottom) for v in function.values])
    distinct = tuple(sorted(set(entries.tolist())))
    reach = largest(entries)
    if reach >= 1 << 62:
        raise Inexact(f"values of {reach.bit_length()} bits")
    dtype = exact_type(reach)
    table = torch.as_tensor(entries, device=policy.device).to(dtype)

    def look_up(x: Tensor) -> Tensor:
        return table[((total + x * unit) * 0.5).to(torch.int64)]

    low, high = integers([distinct[0]]), integers([distinct[-1]])
    values = distinct if len(distinct) <= MAX_VALUES else None
    return Step(Known(Fraction(1, bottom), low, high, dtype, None, values), look_up)


def _flipped(of: Function, points: tuple[Vector, ...], known: Known, policy: Policy) -> Step:
    """The function, its sign changed where x is one of the points."""
    if known.error is not None:
        raise Inexact("points that are compared are rounded")
    inner = step(of, known, policy)
    scaled = [[v / known.unit for v in point] for point in points]
    whole = [[int(v) for v in row] for row in scaled if all(v.denominator == 1 for v in row)]
    reach = largest(known.magnitude)
    whole = [row for row in whole if all(abs(v) <= reach for v in row)]
    targets = torch.tensor(whole, dtype=torch.int64, device=policy.device)

    def run(x: Tensor) -> Tensor:
        there = x.to(torch.int64)
        hit = torch.zeros(len(x), dtype=torch.bool, device=x.device)
        for target in targets:
            hit |= (there == target).all(dim=1)
        value = inner.run(x.clone())
        return torch.where(hit[:, None], -value, value)

    k = inner.known
    values = None if k.values is None else tuple(sorted({*k.values, *(-v for v in k.values)}))
    if values is not None and len(values) > MAX_VALUES:
        values = None
    low, high = np.minimum(k.lower, -k.upper), np.maximum(k.upper, -k.lower)
    return Step(Known(k.unit, low, high, k.dtype, k.error, values), run)
