"""Numbers as decimals that say no more than is known: rounded down, up, or to the nearest.

All by integers: a double holds neither 3·10⁻⁴⁰¹ nor a confidence of twenty nines.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

EXACT = 30  # decimal digits of a confidence that are all printed
LEVEL = 10  # of one that has more


def down(value: Fraction, digits: int = 6) -> str:
    """The value with so many significant digits, rounded down."""
    return _decimal(value, digits, math.floor)


def up(value: Fraction, digits: int = 6) -> str:
    """The value, rounded up."""
    return _decimal(value, digits, math.ceil)


def near(value: Fraction, digits: int = 6) -> str:
    """The value, rounded to the nearest."""
    return _decimal(value, digits, round)


def level(confidence: Fraction) -> str:
    """A confidence in full where that is short; else rounded down, so that it is never 1."""
    bottom = confidence.denominator
    if bottom < 1 << 4 * EXACT:
        twos = (bottom & -bottom).bit_length() - 1
        places, rest = max(twos, 0), bottom >> twos
        fives = 0
        while rest % 5 == 0:
            rest, fives = rest // 5, fives + 1
        if rest == 1 and max(places, fives) <= EXACT:
            return down(confidence, EXACT)
    return down(confidence, LEVEL)


def number(value: Fraction, towards: int = 0) -> float | str:
    """For JSON: a double that is not above the value (towards = −1) or not below it (1).

    Neither as the double nor as the decimal that is written for it; the nearest without
    ``towards``. Where a double does not hold fifteen digits of the value, its decimal as text.
    """
    size, decimal = abs(value), {-1: down, 0: near, 1: up}[towards]
    if size and not Fraction(2) ** -1022 <= size < Fraction(2) ** 1023:
        return decimal(value, 15)
    found = float(decimal(value, 15)) if towards else float(value)
    while (Fraction(found) - value) * towards < 0 or (Fraction(repr(found)) - value) * towards < 0:
        found = math.nextafter(found, towards * math.inf)
    return found


def share(confidence: Fraction) -> float:
    """For JSON: the confidence, or the next double below it. It is never 1."""
    found = float(confidence)
    if found < 1 and Fraction(repr(found)) == confidence:
        return found
    while Fraction(found) > confidence or Fraction(repr(found)) > confidence or found == 1:
        found = math.nextafter(found, 0.0)
    return found


def _decimal(value: Fraction, digits: int, rounded: Callable[[Fraction], int]) -> str:
    """As ``format(…, 'g')`` writes it, with an exponent of any size."""
    if not value:
        return "0"
    power = exponent(abs(value))
    top = rounded(value / Fraction(10) ** (power - digits + 1))
    if abs(top) == 10**digits:  # rounded to the next power of ten
        top, power = top // 10, power + 1
    sign, figures = "-" if top < 0 else "", str(abs(top))
    if not -5 < power < digits:
        return f"{sign}{_point(figures, 1)}e{power:+03d}"
    if power < 0:
        return f"{sign}{_point('0' * -power + figures, 1)}"
    return f"{sign}{_point(figures, power + 1)}"


def _point(figures: str, at: int) -> str:
    rest = figures[at:].rstrip("0")
    return f"{figures[:at]}.{rest}" if rest else figures[:at]


def exponent(size: Fraction) -> int:
    """The e with 10^e ≤ size < 10^(e + 1)."""
    bits = size.numerator.bit_length() - size.denominator.bit_length()
    found = math.floor((bits - 1) * math.log10(2)) - 1
    while Fraction(10) ** (found + 1) <= size:
        found += 1
    return found
