"""Lipschitz constants by spectral norms, and pairs of points that refute them.

Floats propose: a singular value for each layer, rounded up; a point and the direction that
the Jacobian there stretches most. Exact arithmetic decides, here as in the kernel.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from ..kernel.data.network import Layer, Network
from ..kernel.data.numbers import ONE, ZERO, format_rational, square_sum
from ..kernel.language.claim import Claim
from ..kernel.language.functions.base import Vector
from ..kernel.language.kinds.classes import Lipschitz
from ..kernel.rules.spectral import bounds
from ..kernel.verdict import Budget, Decline
from .answers import Answer, Found, Options, Unknown

EXACT = 24  # size up to which an exact LDLᵀ is tried
PLACES = 48  # bits of σ² after the point, in units of the largest weight squared
PRECISION = 112  # bits of the test, in the same units
AXES = 64
STEPS = (Fraction(1, 16), Fraction(1, 1 << 12), Fraction(1, 1 << 26), Fraction(4))


def prove(claim: Claim, options: Options) -> Answer:
    """Rule spectral, or two points that move too far apart."""
    if not isinstance(claim, Lipschitz):
        return Unknown("not a lipschitz claim")
    target = claim.constant**2
    found = [norm(layer, options.budget) for layer in claim.network.layers]
    product = math.prod((square for square, _ in found), start=ONE)
    if product <= target:
        return Found("proved", "spectral", {"layers": [entry for _, entry in found]})
    tried = 0
    for x, y in _pairs(claim, options):
        tried += 1
        if stretches(claim, x, y):
            points = [[format_rational(v) for v in point] for point in (x, y)]
            return Found("refuted", "witness", {"points": points})
    root = math.isqrt(math.ceil(product)) + 1
    return Unknown(f"the norms show {root} or less, and none of {tried} pairs refutes it")


def stretches(claim: Lipschitz, x: Vector, y: Vector) -> bool:
    """Is ‖f(x) − f(y)‖ > L·‖x − y‖? Exactly."""
    outputs = zip(claim.network(x), claim.network(y), strict=True)
    moved = square_sum(a - b for a, b in outputs)
    apart = square_sum(a - b for a, b in zip(x, y, strict=True))
    return moved > claim.constant**2 * apart


# ------------------------------------------------------------ spectral norms


def norm(layer: Layer, budget: Budget) -> tuple[Fraction, Any]:
    """A bound on ‖W‖₂², and the entry of a certificate of rule spectral that shows it."""
    frobenius, size = layer.frobenius_squared, min(layer.columns, layer.width)
    if size == 1 or not frobenius:
        return frobenius, "frobenius"
    import numpy

    matrix, shift = _scaled(layer)
    if layer.columns < layer.width:
        matrix = matrix.T
    guess = Fraction(float(numpy.linalg.eigvalsh(matrix @ matrix.T)[-1]))
    precision = max(1, PRECISION + 2 * size.bit_length() - 2 * shift)
    candidates: list[tuple[Fraction, int | None]] = []
    simple = guess.limit_denominator(1 << 12)
    if size <= EXACT and abs(simple - guess) < guess / (1 << 36):
        candidates.append((simple, None))
    for margin in (36, 24):
        raised = guess * (1 + Fraction(1, 1 << margin)) * (1 << PLACES)
        candidates.append((Fraction(math.ceil(raised), 1 << PLACES), precision))
    for candidate, fixed in candidates:
        square = candidate * Fraction(2) ** (2 * shift)
        try:
            if square < frobenius and bounds(layer, square, fixed, budget):
                entry: dict[str, Any] = {"square": format_rational(square)}
                return square, entry if fixed is None else {**entry, "precision": fixed}
        except Decline:
            break
    return frobenius, "frobenius"


def _scaled(layer: Layer) -> tuple[Any, int]:
    """(W / 2^shift as floats, shift), the largest entry near 1."""
    import numpy

    largest = max((abs(v) for row in layer.rows for _, v in row), default=ONE)
    shift = _exponent(largest)
    matrix = numpy.zeros((layer.width, layer.columns))
    for r, row in enumerate(layer.rows):
        for c, v in row:
            matrix[r, c] = _floated(v, shift)
    return matrix, shift


def _floated(value: Fraction, shift: int) -> float:
    """value / 2^shift, which is not far from 1 or smaller."""
    if abs(shift) < 900:
        return math.ldexp(float(value), -shift)
    return float(value / Fraction(2) ** shift)


def _exponent(value: Fraction) -> int:
    """About log₂ of a positive number."""
    return value.numerator.bit_length() - value.denominator.bit_length()


# ------------------------------------------------------------ pairs of points


class Jacobians:
    """The network in floats, every layer and vector scaled so that nothing overflows."""

    def __init__(self, network: Network) -> None:
        import numpy

        self.numpy = numpy
        self.layers = []
        for layer in network.layers:
            shifts = [_exponent(abs(b)) if b else 0 for b in layer.bias]
            bias = [_floated(b, e) for b, e in zip(layer.bias, shifts, strict=True)]
            arrays = [numpy.array(v) for v in (bias, shifts, layer.relu)]
            self.layers.append((*_scaled(layer), *arrays))

    def stretch(self, x: Any) -> tuple[float, Any]:
        """(log₂ of the Jacobian's spectral norm at x, the direction that it stretches most)."""
        np = self.numpy
        values, scale, total = x, 0, 0
        jacobian = np.eye(len(x))
        for matrix, shift, bias, shifts, relu in self.layers:
            top = max(0, int(shifts.max()) - shift - scale)  # a bias may dwarf the values
            values = np.ldexp(matrix @ values, -top) + np.ldexp(bias, shifts - shift - scale - top)
            active = ~relu | (values > 0)
            values, step = self._normalised(values * active)
            scale += shift + top + step
            jacobian, step = self._normalised((matrix @ jacobian) * active[:, None])
            total += shift + step
        _, sizes, directions = np.linalg.svd(jacobian, full_matrices=False)
        return (math.log2(sizes[0]) + total if sizes[0] else -math.inf), directions[0]

    def _normalised(self, array: Any) -> tuple[Any, int]:
        """(array / 2^step, step), the largest entry near 1 unless all are 0."""
        step = math.frexp(float(self.numpy.abs(array).max()))[1]
        return self.numpy.ldexp(array, -step), step


def _pairs(claim: Lipschitz, options: Options) -> Iterator[tuple[Vector, Vector]]:
    """Pairs along some axes; then along the steepest directions found, by steps uphill."""
    import numpy

    n = claim.network.inputs
    for i in range(min(n, AXES)):
        for side in (1, -1):
            yield (ZERO,) * n, tuple(side * ONE if k == i else ZERO for k in range(n))
    slopes = Jacobians(claim.network)
    draw = random.Random(options.seed)
    noise = numpy.random.default_rng(options.seed)
    goal = _log(claim.constant)
    best, steepest = numpy.zeros(n), -math.inf
    limit = options.left - min(options.left, max(5.0, options.timeout / 10))
    while options.left > limit:
        near = draw.random() < 0.6
        size = 2.0 ** draw.randint(-8, 4)
        x = numpy.round((best * near + noise.normal(size=n) * size) * 1024) / 1024
        height, direction = slopes.stretch(x)
        if height > steepest:
            best, steepest = x, height
        elif height < goal - 1e-6:
            continue
        start = tuple(Fraction(v) for v in x.tolist())
        along = [Fraction(round(v * (1 << 30)), 1 << 30) for v in direction.tolist()]
        for step in STEPS:
            yield start, tuple(a + step * d for a, d in zip(start, along, strict=True))


def _log(value: Fraction) -> float:
    """log₂ of a number that is not negative."""
    if not value:
        return -math.inf
    shift = _exponent(value)
    return math.log2(_floated(value, shift)) + shift
