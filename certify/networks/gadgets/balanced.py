"""Parity with its three layers balanced, for the largest number of bits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product

from ...kernel.data.network import Network
from ...kernel.verdict import Malformed
from ..builder import Exact, number, rescale
from ._options import Gadget, Parameter, indices, integer
from .parity import parity

_PLAIN, _LIMIT = 10, 4000  # fractional bits of a scale: without a bound, and at most


def balanced_parity(
    inputs: int, over: Sequence[int] | None = None, bound: Exact | None = None
) -> Network:
    """∏ xᵢ over n coordinates of {−1, 1}^inputs, with three nearly equal norms.

    The network of :func:`parity` with its gates rescaled by positive rationals: s by
    a ≈ ((2n − 1)/n)^(1/3), the first gate of the second layer by b ≈ √a, the others by d ≈ √(2a).
    ‖W‖_F²: n·a², (b² + (n − 1)·d²)/a², 1/b² + 4(n − 1)/d²; each is near
    (n(2n − 1)²)^(1/3), and by Cauchy and Schwarz no positive scales make the largest
    smaller. With ``bound`` = Λ every norm is at most Λ: Malformed where
    n(2n − 1)² > Λ⁶, and otherwise the scales are the shortest that were found.
    Source: Lemma 2, repaired; n ≈ 0.63 Λ² against (Λ² + 3)/4 without scales.
    """
    plain = parity(inputs, over)
    n = plain.layers[1].width
    largest = None if bound is None else number(bound)
    if largest is not None and (largest <= 0 or n * (2 * n - 1) ** 2 > largest**6):
        raise Malformed("bound", f"{n} coordinates are too many for {bound}")
    if n == 1:
        return plain  # all norms are 1
    if largest is None:
        a, b, d = min(_scales(n, _PLAIN), key=lambda scales: _largest_norm(n, *scales))
    else:
        a, b, d = _shortest(n, largest**2)
    return rescale(rescale(plain, 1, a), 2, [b] + [d] * (n - 1))


def _shortest(n: int, limit: Fraction) -> tuple[Fraction, Fraction, Fraction]:
    """The scales with the fewest bits that keep every ‖W‖_F² within the limit."""
    for bits in range(_LIMIT + 1):
        fitting = [scales for scales in _scales(n, bits) if _largest_norm(n, *scales) <= limit]
        if fitting:
            return min(fitting, key=lambda scales: scales[1].denominator)
    raise Malformed("bound", f"{n} coordinates need scales of over {_LIMIT} bits")


def _largest_norm(n: int, a: Fraction, b: Fraction, d: Fraction) -> Fraction:
    """The largest ‖W‖_F² with these scales."""
    return max(n * a**2, (b**2 + (n - 1) * d**2) / a**2, 1 / b**2 + 4 * (n - 1) / d**2)


def _scales(n: int, bits: int) -> Iterator[tuple[Fraction, Fraction, Fraction]]:
    """Scales (a, b, d) near the best ones; a and d have this many fractional bits.

    b/d is a convergent of √(1/2), so that the weights ±1/b and ±2/d share a short denominator.
    """
    cube, sixth = _root(Fraction(2 * n - 1, n), 3, bits), _root(Fraction(16 * n - 8, n), 6, bits)
    step = Fraction(1, 1 << bits)
    for a, d in product((cube, cube + step), (sixth, sixth + step)):
        top, bottom = 1, 1
        while d and bottom <= 1 << max(bits, 1):
            yield a, d * top / bottom, d
            top, bottom = top + bottom, 2 * top + bottom


def largest_balanced(bound: Exact) -> int:
    """The largest n for which rational scales bring parity on n bits into NN_{Λ,3}.

    It is the largest n with n(2n − 1)² ≤ Λ⁶ (0 if Λ < 1). Scales with the least norms
    are irrational, yet rational ones come as near as one likes, and equality occurs
    for n = Λ = 1 alone: n and 2n − 1 have no common factor, so it would make
    2u⁶ − 1 a cube, and x³ + y³ = 2z³ has no integer solutions but x = y and z = 0 (Euler).
    For Λ = 5, 9, 15, 63, 127 it is 16, 51, 142, 2500, 10160.
    """
    sixth = number(bound) ** 6 if number(bound) > 0 else Fraction(0)
    low, high = 0, 1
    while high * (2 * high - 1) ** 2 <= sixth:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if middle * (2 * middle - 1) ** 2 <= sixth:
            low = middle
        else:
            high = middle
    return low


def _root(value: Fraction, degree: int, precision: int) -> Fraction:
    """The largest multiple of 2^−precision whose power is at most ``value`` ≥ 0."""
    target = (value.numerator << (degree * precision)) // value.denominator
    low, high = 0, 1 << (target.bit_length() // degree + 1)
    while high - low > 1:
        middle = (low + high) // 2
        if middle**degree <= target:
            low = middle
        else:
            high = middle
    return Fraction(low, 1 << precision)


GADGET = Gadget(
    "balanced-parity",
    "parity with its layers rescaled so that the three norms are nearly equal",
    balanced_parity,
    (
        Parameter("inputs", integer, "dimension of the input"),
        Parameter("over", indices, "coordinates read, such as 0,2,5-8 (default: all)", None),
        Parameter("bound", number, "a number that no norm may exceed (default: none)", None),
    ),
)
