"""Numbers that a Python program hands over: taken exactly, or refused.

For calls such as ``network(point)``; nothing of a certificate or a file passes here. What is
taken are integers and rationals of any library, by the protocols that they share, exact decimals,
and text of the claims' grammar. A float stands for a number that its author has not written, so
it is taken by the word :func:`exactly` alone, as the dyadic rational that it stores.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Set
from fractions import Fraction
from typing import Any

from ..verdict import Malformed, shorten
from .numbers import parse_number


def number(value: Any, *, stored: bool = False) -> Fraction:
    """The exact number; a float as what it stores where ``stored``.

    Raises Malformed where the value is none, Decline where it is too long.
    """
    if isinstance(value, Fraction | str):
        return parse_number(value) if isinstance(value, str) else Fraction(value)
    if isinstance(value, bool):
        raise Malformed("", f"{value} is not a number: write {int(value)}")
    if shape := tuple(getattr(value, "shape", ())):
        raise Malformed("", f"expected one number, found an array of shape {shape}")
    if callable(getattr(value, "item", None)) and not hasattr(value, "as_integer_ratio"):
        inner = value.item()  # of an array or a tensor without dimensions
        if type(inner) is not type(value):
            return number(inner, stored=stored)
    if (whole := _integer(value)) is not None:
        return whole
    if callable(getattr(value, "as_tuple", None)) and callable(getattr(value, "is_finite", None)):
        if not value.is_finite():
            raise Malformed("", f"{value} is not a number")
        return parse_number(str(value))  # a decimal, with the limits of one that is written
    if callable(getattr(value, "as_integer_ratio", None)):
        return _float(value, stored)
    raise Malformed("", f"expected a number, found {_shown(value)}")


def _integer(value: Any) -> Fraction | None:
    """The value of an integer or a rational of any library; None for what is neither."""
    parts: list[Any] = [getattr(value, part, None) for part in ("numerator", "denominator")]
    try:
        top, bottom = (operator.index(p() if callable(p) else p) for p in parts)
    except TypeError:
        try:
            return Fraction(operator.index(value))
        except TypeError:
            return None
    if bottom == 0:
        raise Malformed("", f"{_shown(value)} divides by zero")
    return Fraction(top, bottom)


def _float(value: Any, stored: bool) -> Fraction:
    shown = shorten(value)
    try:
        top, bottom = value.as_integer_ratio()
    except (ValueError, OverflowError):
        raise Malformed("", f"{shown} is not a number") from None
    if stored:
        return Fraction(int(top), int(bottom))
    raise Malformed(
        "",
        f'a float ({shown}) is not exact: write it as text, "{shown}", '
        f"or certify.exactly({shown}) for the dyadic rational that it stores",
    )


def _shown(value: object) -> str:
    return f"{shorten(repr(value), 60)}, a {type(value).__name__}"


def numeric(value: object) -> bool:
    """Is it meant as one number? Text is not looked at."""
    marks = ("as_integer_ratio", "numerator", "__index__", "dtype", "is_finite")
    return not isinstance(value, str) and any(hasattr(value, mark) for mark in marks)


def entries(value: Any) -> list[Any] | None:
    """The entries of a list, an array or a tensor; None where the value is none of these.

    Raises Malformed where an array does not give its entries.
    """
    shape = getattr(value, "shape", None)
    if isinstance(shape, Iterable):
        if not tuple(shape):
            return None
        try:
            return list(value.tolist())
        except (AttributeError, NotImplementedError, RuntimeError, TypeError, ValueError):
            raise Malformed("", f"no list of numbers: {type(value).__name__}") from None
    if isinstance(value, str | bytes | bytearray | Mapping | Set) or not isinstance(
        value, Iterable
    ):
        return None
    return list(value)


def vector(values: Any) -> tuple[Fraction, ...]:
    """A point, from any list, array or tensor of numbers. Raises as ``number`` does."""
    found = None if len(getattr(values, "shape", ())) > 1 else entries(values)
    if found is None:
        shape = getattr(values, "shape", None)
        shown = _shown(values) if shape is None else f"an array of shape {tuple(shape)}"
        raise Malformed("", f"expected a list of numbers, found {shown}")
    result = []
    for i, value in enumerate(found):
        try:
            result.append(value if type(value) is Fraction else number(value))
        except Malformed as error:
            raise Malformed(f"/{i}", error.message) from None
    return tuple(result)


def exactly(value: Any) -> Any:
    """Floats as the dyadic rationals that they store: exactly(0.5) is 1/2.

    A Fraction for one number, a tuple for a list or an array (of tuples for one of more
    dimensions). Raises Malformed where one is not finite, or no number at all.
    """
    found = entries(value)
    return number(value, stored=True) if found is None else tuple(exactly(v) for v in found)
