"""The affine step: what is known of x gives what is known of relu(Wx + b).

A layer is brought to integers over one unit. Where every partial sum is an integer below 2²⁴
(float32), 2⁵³ (float64) or 2⁶² (float64 twice, joined in int64) its result is exact in any
order of summation, fused or not; so it is in the short types of :mod:`.short` within their
limits. Elsewhere it is computed in the float type of the policy, with the a priori bound
γ_k = ku/(1 − ku) of k roundings (N. Higham, "Accuracy and Stability of Numerical Algorithms",
section 3.1), propagated from layer to layer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from ..kernel.data.network import Layer
from ..kernel.verdict import Decline
from .enclosure import (
    WORD,
    Array,
    Inexact,
    Known,
    Policy,
    Step,
    as_float,
    common,
    dot_bounds,
    integers,
    largest,
    relu_bounds,
    widened,
)
from .low_precision import SHORT, SUMS, Integers, chosen, refusal

ROUND = {torch.float32: 2.0**-24, torch.float64: 2.0**-53}
SCALE = 60  # rounded tensors are scaled so that no partial sum passes 2^60
SLACK = 1 + 1e-6  # covers the rounding of the error bounds themselves, in float64
TINY = 2.0**-126  # the least normal float32: what underflow may lose in one operation
HUGE = 2.0**100
RANGE = {torch.float32: 2.0**126, torch.float64: 2.0**1000}  # sums below it stay finite
MAX_ENTRIES = 1 << 27

Run = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Matrix:
    """Integer rows and bias over one denominator: a layer before its input's unit is known."""

    weights: Array  # (rows, columns)
    bias: Array
    denominator: int
    relu: tuple[bool, ...]


def matrix_of(layer: Layer) -> Matrix:
    """A layer of the kernel as dense integers."""
    form = layer.integers
    if len(form.weights) * form.columns > MAX_ENTRIES:
        raise Decline("entries", f"a matrix of {len(form.weights)} by {form.columns}")
    heaviest = max((abs(w) for row in form.weights for _, w in row), default=0)
    dtype = np.int64 if heaviest < 1 << WORD else object
    weights: Array = np.zeros((len(form.weights), form.columns), dtype=dtype)
    for r, row in enumerate(form.weights):
        for c, w in row:
            weights[r, c] = w
    return Matrix(weights, integers(list(form.bias)), form.denominator, layer.relu)


@dataclass(frozen=True)
class Scaled:
    """A layer on a known input: output = unit · (weights · entry of the input + bias).

    ``low`` and ``high`` bound the integers before σ, ``mass`` every partial sum of theirs.
    """

    weights: Array  # (rows, columns)
    bias: Array
    unit: Fraction
    low: Array
    high: Array
    mass: int
    relu: tuple[bool, ...]


def scaled(known: Known, layer: Matrix) -> Scaled:
    """The layer in integers over one unit."""
    # over the unit p/q of x the outputs are (p·W·x + q·b) · 1/(q·d)
    p, q = known.unit.numerator, known.unit.denominator
    weights = widened(layer.weights, largest(layer.weights) * p, p) * p
    bias = widened(layer.bias, largest(layer.bias) * q, q) * q
    shared = math.gcd(common(weights), common(bias)) or 1
    weights, bias = (integers(widened(a, shared) // shared) for a in (weights, bias))
    low, high, mass = dot_bounds(weights, known.lower, known.upper, bias)
    unit = Fraction(shared, q * layer.denominator)
    return Scaled(weights, bias, unit, low, high, mass, layer.relu)


def dense(known: Known, layer: Matrix, policy: Policy) -> Step:
    """relu(Wx + b) on a tensor of which this is known. Raises Inexact where the policy asks."""
    form = scaled(known, layer)
    if known.error is None and form.mass < 1 << WORD:
        step = _exact(known, form.weights, form.bias, form.mass, policy)
        if step is not None:
            dtype, run = step
            return Step(exactly(known, form, dtype), with_relu(run, layer.relu, policy))
    if policy.dtype is None:
        raise Inexact(f"partial sums of {form.mass.bit_length()} bits")
    matrix, offset, found = rounded(known, form, Plain(policy.dtype))
    run = affine(matrix, offset, policy.dtype, policy)
    return Step(found, with_relu(run, layer.relu, policy))


def exactly(known: Known, form: Scaled, dtype: torch.dtype) -> Known:
    """What is known of the layer's result where it is computed exactly."""
    low, high = relu_bounds(form.low, form.high, form.relu)
    values = _mapped(known, form.weights, form.bias, form.relu)
    return Known(form.unit, integers(low), integers(high), dtype, None, values)


def _mapped(
    known: Known, weights: Array, bias: Array, relu: Sequence[bool]
) -> tuple[int, ...] | None:
    if known.values is None or weights.shape != (1, 1):
        return None
    images = {int(weights[0, 0]) * v + int(bias[0]) for v in known.values}
    return tuple(sorted({max(v, 0) if relu[0] else v for v in images}))


def _exact(
    known: Known, weights: Array, bias: Array, mass: int, policy: Policy
) -> tuple[torch.dtype, Run] | None:
    """The step in the fastest type in which every partial sum is exact."""
    needed = max(mass, largest(weights), largest(known.magnitude))
    if policy.products in SHORT or needed < SUMS:
        lower, upper = int(known.lower.min()), int(known.upper.max())
        product = Integers(weights, bias, lower, upper, mass)
        found = chosen(product, policy.products, policy.device)
        if found is not None:
            return torch.float32, found
        if policy.products in SHORT:
            reason = refusal(product, policy.products, policy.device)
            rows, columns = weights.shape
            raise Inexact(f"the product with the matrix of {rows} by {columns}: {reason}")
    dtype = policy.exact_type(needed)
    if dtype is not None:
        return dtype, affine(weights.astype(np.float64), bias.astype(np.float64), dtype, policy)
    if policy.dtype is not None:
        return None
    # two pieces of x, each exact in float64, joined in int64
    wide = abs(widened(weights, largest(weights) * weights.shape[1]))
    row = max(1, largest(wide @ np.ones(weights.shape[1], dtype=wide.dtype)))
    shift = 52 - row.bit_length()
    if shift < 1 or (largest(known.magnitude) >> shift) * row >= 1 << 52:
        return None
    matrix = torch.as_tensor(weights.T.astype(np.float64), device=policy.device)
    offset = torch.as_tensor(bias.astype(np.int64), device=policy.device)

    def run(x: Tensor) -> Tensor:
        whole = x.to(torch.int64)
        high = whole >> shift
        rest = (whole - (high << shift)).to(torch.float64)
        upper = (high.to(torch.float64) @ matrix).to(torch.int64)
        return (upper << shift) + (rest @ matrix).to(torch.int64) + offset

    return torch.int64, run


def affine(weights: Array, bias: Array, dtype: torch.dtype, policy: Policy) -> Run:
    """x ↦ Wx + b in one float type; weights of shape (rows, columns)."""
    matrix = torch.as_tensor(np.ascontiguousarray(weights.T), device=policy.device).to(dtype)
    offset = torch.as_tensor(bias, device=policy.device).to(dtype)

    def run(x: Tensor) -> Tensor:
        return torch.addmm(offset, x.to(dtype), matrix)

    return run


def with_relu(run: Run, relu: Sequence[bool], policy: Policy) -> Run:
    """The step, then ReLU on the components of the mask; its result is overwritten."""
    if not any(relu):
        return run
    if all(relu):
        return lambda x: run(x).clamp_(min=0)
    mask = torch.tensor(relu, device=policy.device)

    def masked(x: Tensor) -> Tensor:
        y = run(x)
        return torch.where(mask, y.clamp(min=0), y)

    return masked


def rescaled(
    unit: Fraction, mass: int, low: Array, high: Array, scale: int = SCALE
) -> tuple[Fraction, Array, Array]:
    """A power of two times the unit, so that the mass is near 2^scale; bounds outward."""
    shift = max(0, mass.bit_length() - scale)
    if not shift:
        return unit, integers(low), integers(high)
    up = -((-high.astype(object)) >> shift)
    return unit * (1 << shift), integers(low.astype(object) >> shift), integers(up)


def gamma(roundings: float, each: float) -> float:
    """γ_k: the relative error that k roundings may add up to, each of at most so much."""
    share = roundings * each
    if share >= 0.5:
        raise Decline("bits", f"{roundings} roundings of {each}")
    return share / (1 - share) * SLACK


def within(size: Array, dtype: torch.dtype) -> Array:
    """The sizes, if sums of terms that add up to them stay in a type's range, rounded or not.

    What is *certified* of a sum does not show that: a neuron that is certified to be 0 may be
    computed as something else, which later layers enlarge. An infinity times 0 is no number, and
    a ReLU makes 0 of its negative. Raises Decline.
    """
    if not float(size.max(initial=0.0)) < RANGE[dtype]:  # also where it is no number
        name = str(dtype).removeprefix("torch.")
        raise Decline("range", f"sums that may pass {name}'s")
    return size


class Rounding(Protocol):
    """A way to compute Wx + b in floats, and an a priori bound of what it rounds."""

    @property
    def scale(self) -> int:
        """Units are chosen so that no partial sum passes 2^scale."""

    @property
    def dtype(self) -> torch.dtype:
        """The type of the result."""

    def error(self, size: Array, matrix: Array, reach: Array | float) -> Array:
        """The most that is lost of sums whose terms add up to ``size`` in magnitude.

        ``reach`` bounds the entries of x. Raises Decline where nothing is known.
        """


@dataclass(frozen=True)
class Plain:
    """Every operation in one float type, rounded to nearest."""

    dtype: torch.dtype
    scale: int = SCALE

    def error(self, size: Array, matrix: Array, reach: Array | float) -> Array:
        """The input is rounded once, the weights thrice, each product and each sum once.

        Underflow takes less than the least normal number each time, also where denormals are
        flushed: of weights (times x), of x (times weights), of products and of sums.
        """
        columns = matrix.shape[1]
        reached = np.broadcast_to(np.asarray(reach), columns)
        flushed = (matrix != 0) @ reached + np.abs(matrix).sum(axis=1) + 4 * (columns + 1)
        lost = torch.finfo(self.dtype).tiny * flushed
        return gamma(columns + 8, ROUND[self.dtype]) * within(size, self.dtype) + lost


def rounded(known: Known, form: Scaled, rounding: Rounding) -> tuple[Array, Array, Known]:
    """The matrix and the offset in float64 over a unit of its own, and what is known of σ(y)."""
    target, low, high = rescaled(form.unit, form.mass, form.low, form.high, rounding.scale)
    ratio = form.unit / target
    matrix, offset = as_float(form.weights, ratio), as_float(form.bias, ratio)
    if float(np.abs(matrix).max(initial=0.0)) > HUGE:
        raise Decline("range", "weights past a float's")
    reach = known.magnitude.astype(np.float64) * SLACK
    spread = np.zeros(known.width) if known.error is None else known.error
    size = np.abs(matrix) @ (reach + spread) + np.abs(offset)
    own = rounding.error(size, matrix, reach + spread)
    # weights that are less than every double
    own = own + np.finfo(np.float64).tiny * (
        ((matrix == 0) & (form.weights != 0)) @ (reach + spread)
    )
    error = within((np.abs(matrix) @ spread + own) * SLACK, rounding.dtype)
    low, high = relu_bounds(low, high, form.relu)
    return matrix, offset, Known(target, low, high, rounding.dtype, error)
