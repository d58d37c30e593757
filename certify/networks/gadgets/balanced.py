"""Parity with its three layers balanced, for the largest number of bits."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ...kernel.network import Network
from ...kernel.verdict import Malformed
from ..builder import Exact, number, rescale
from ._options import Gadget, Parameter, indices, integer
from .parity import parity

_START, _LIMIT = 10, 4000  # fractional bits of a scale: the first try, and the last


def balanced_parity(
    inputs: int, over: Sequence[int] | None = None, bound: Exact | None = None
) -> Network:
    """∏ xᵢ over n coordinates of {−1, 1}^inputs, with three nearly equal norms.

    The network of :func:`parity` with its gates rescaled by rational c ≈ ((2n − 1)/n)^(1/6):
    s by c², the first gate of the second layer by c, the others by d ≈ √2·c.
    ‖W‖_F²: n·c⁴, (c² + (n − 1)·d²)/c⁴, 1/c² + 4(n − 1)/d²; each is near
    (n(2n − 1)²)^(1/3), and by Cauchy and Schwarz no positive scales make the largest
    smaller. With ``bound`` = Λ every norm is at most Λ: Malformed where
    n(2n − 1)² > Λ⁶, and otherwise the scales are as precise as it takes.
    Source: Lemma 2, repaired; n ≈ 0.63 Λ² against (Λ² + 3)/4 without scales.
    """
    plain = parity(inputs, over)
    n = plain.layers[1].width
    largest = None if bound is None else number(bound)
    if largest is not None and (largest <= 0 or n * (2 * n - 1) ** 2 > largest**6):
        raise Malformed("bound", f"{n} coordinates are too many for {bound}")
    precision = _START
    while precision <= _LIMIT:
        c = _root(Fraction(2 * n - 1, n), 6, precision)
        d = _root(2 * c * c, 2, precision)
        scaled = rescale(rescale(plain, 1, c * c), 2, [c] + [d] * (n - 1))
        if largest is None or all(w.frobenius_squared <= largest**2 for w in scaled.layers):
            return scaled
        precision *= 2
    raise Malformed("bound", f"{n} coordinates at {bound} need scales of over {_LIMIT} bits")


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
