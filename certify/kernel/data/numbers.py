"""Exact numbers: how they are read and written, and what their sizes are.

Numbers are :class:`fractions.Fraction`, and no float appears here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from fractions import Fraction

from ..verdict import Decline, Malformed
from .account import CELL, SHORT, WORD, afford, charge, cost, words

MAX_DIGITS = 4300  # Python's own limit for int(str), made explicit
MAX_EXPONENT = 100_000
WRITTEN = 14_000  # bits, fewer than Python's limit for str(int)
MAX_POWER = 1 << 19  # bits of a power: 10^100000 has fewer

RATIONAL = re.compile(r"(-?(?:0|[1-9][0-9]*))(?:/([1-9][0-9]*))?", re.ASCII)
DYADIC = re.compile(r"(-?(?:0|[1-9][0-9]*))\*2\^(-?(?:0|[1-9][0-9]*))", re.ASCII)
CLAIM = re.compile(
    r"([+-]?)(?:([0-9]+)(?:/([0-9]+)|(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?)|([0-9]+)\^([+-]?[0-9]+))",
    re.ASCII,
)

ZERO, ONE = Fraction(0), Fraction(1)


def parse_rational(text: str) -> Fraction:
    """Read a number of a certificate or network: ``p``, ``p/q`` or ``m*2^e``.

    Raises Malformed where the text is outside the grammar, Decline where it is
    longer than MAX_DIGITS or its exponent larger than MAX_EXPONENT.
    """
    if len(text) > 2 * MAX_DIGITS + 2:
        raise Decline("digits", len(text))
    if match := RATIONAL.fullmatch(text):
        top, bottom = match.groups()
        return Fraction(_int(top), _int(bottom) if bottom else 1)
    if match := DYADIC.fullmatch(text):
        return _int(match[1]) * _power(2, _int(match[2]))
    raise Malformed("", f"{text[:60]!r} is not a number (p, p/q or m*2^e)")


def parse_number(text: str) -> Fraction:
    """Read a number of a claim: ``p``, ``p/q``, ``1.25``, ``1e-3`` or ``2^-60``.

    Raises as :func:`parse_rational` does.
    """
    if len(text) > 2 * MAX_DIGITS + 8:
        raise Decline("digits", len(text))
    match = CLAIM.fullmatch(text)
    if match is None:
        raise Malformed("", f"{text[:60]!r} is not a number (p, p/q, 1.25, 1e-3 or 2^-60)")
    sign, whole, below, decimals, exponent, base, power = match.groups()
    if base is not None:
        if _int(base) == 0 and _int(power) < 0:
            raise Malformed("", f"{text!r} divides by zero")
        value = _power(_int(base), _int(power))
    elif below is not None:
        if _int(below) == 0:
            raise Malformed("", f"{text!r} divides by zero")
        value = Fraction(_int(whole), _int(below))
    else:
        decimals = decimals or ""
        value = Fraction(_int(whole + decimals)) * _power(10, _int(exponent or "0") - len(decimals))
    return -value if sign == "-" else value


def _int(text: str) -> int:
    if len(text.lstrip("+-")) > MAX_DIGITS:
        raise Decline("digits", len(text))
    return int(text)


def _power(base: int, exponent: int) -> Fraction:
    if abs(exponent) > MAX_EXPONENT:
        raise Decline("exponent", exponent)
    if (size := base.bit_length() * abs(exponent)) > MAX_POWER:
        raise Decline("bits", size)
    if size > SHORT:
        charge(cost(1, size))
    return Fraction(base) ** exponent


def readable(value: Fraction) -> bool:
    """Can the number be read back once it is written? See MAX_DIGITS."""
    return max(abs(value.numerator), value.denominator) < 10**MAX_DIGITS


def format_rational(value: Fraction) -> str:
    """The reduced ``p`` or ``p/q``; no limit on its length."""
    if value.denominator == 1:
        return _digits(value.numerator)
    return f"{_digits(value.numerator)}/{_digits(value.denominator)}"


def _digits(value: int) -> str:
    """``str(value)`` for any length: the digits halved until Python writes the parts."""
    size = abs(value).bit_length()
    if size < WRITTEN:
        return str(value)
    counts = [WRITTEN // 4]  # decimal digits of a part, each twice those before
    while counts[-1] * 20 < size * 3:
        counts.append(2 * counts[-1])
    powers = {count: 10**count for count in counts}

    def written(rest: int, level: int) -> str:
        if rest.bit_length() < WRITTEN:
            return str(rest)
        high, low = divmod(rest, powers[counts[level]])
        return written(high, level - 1) + written(low, level - 1).zfill(counts[level])

    sign = "-" if value < 0 else ""
    return sign + written(abs(value), len(counts) - 1).lstrip("0")


def bits(value: Fraction) -> int:
    """The length of the longer of numerator and denominator, in bits."""
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def step(left: Fraction, right: Fraction) -> int:
    """Units for the sum or the product of two numbers."""
    return CELL + 4 * words(bits(left)) * words(bits(right))


def plus(left: Fraction, right: Fraction) -> Fraction:
    """left + right, charged where left is long: many sums make long numbers of short ones."""
    if left.denominator.bit_length() > SHORT or left.numerator.bit_length() > SHORT:
        charge(step(left, right))
    return left + right


def product(values: Iterable[Fraction]) -> Fraction:
    """The product, charged as it grows."""
    total = ONE
    for value in values:
        charge(step(total, value))
        total *= value
    return total


def square_sum(values: Iterable[Fraction]) -> Fraction:
    """The sum of the squares, exactly."""
    values = list(values)
    bottom = common_denominator(values)
    return Fraction(
        sum((v.numerator * (bottom // v.denominator)) ** 2 for v in values), bottom * bottom
    )


def common_denominator(values: Iterable[Fraction]) -> int:
    """The least common multiple of the denominators (1 for none).

    Bringing all values over it is charged here. Raises Decline where that costs too much.
    """
    values = list(values)
    bottom = 1
    for value in values:
        if value.denominator != 1 and bottom % value.denominator:
            bottom = math.lcm(bottom, value.denominator)
            afford(cost(len(values), bottom.bit_length()))
    if (size := bottom.bit_length()) > WORD:
        charge(cost(len(values), size))
    return bottom
