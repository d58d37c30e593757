"""Results as the verification competition (VNN-COMP) reads them.

The first line is ``unsat``, ``sat`` or ``unknown``; after ``sat`` stands the counterexample. For
a property in VNN-LIB 1.0 that is ``((X_0 VALUE) … (Y_0 VALUE) …)``; for one in 2.0 each tensor's
name, type and shape, then its elements, row by row.

Sources: the rules of VNN-COMP 2026; the command-line assignment format in the solver chapter of
github.com/VNNLIB/VNNLIB-Standard.
"""

from __future__ import annotations

from fractions import Fraction

from ..kernel.data.numbers import format_rational
from ..kernel.language.functions.base import Vector
from .vnnlib import Property
from .vnnlib2 import elements

DIGITS = 40  # of a decimal that is written exactly


def result_text(
    verdict: str, point: Vector | None = None, outputs: Vector = (), found: Property | None = None
) -> str:
    """The text for a verdict; ``point`` and ``outputs`` are the exact witness where it has one.

    Without a property the names are X_i and Y_j. Nodes that are declared hidden are left out.
    """
    if verdict == "proved":
        return "unsat"
    if verdict != "refuted" or point is None:
        return "unknown"
    if found is None:
        named = {f"X_{i}": v for i, v in enumerate(point)}
        named |= {f"Y_{j}": v for j, v in enumerate(outputs)}
    else:
        named = {name: point[at] for name, at in found.inputs}
        named |= dict(zip(found.outputs, outputs, strict=True))
    if found is None or not found.tensors:
        cells = [f"({name} {decimal(value)})" for name, value in named.items()]
        return "sat\n(" + "\n ".join(cells) + ")"
    lines = ["sat"]
    for name, shape in found.tensors:
        lines.append(f"{name} Real [{','.join(map(str, shape))}]")
        lines += [decimal(named[element]) for element in elements(name, shape)]
    return "\n".join(lines)


def decimal(value: Fraction) -> str:
    """A rational as a decimal: exact up to DIGITS places, else the nearest double."""
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives)
    if rest != 1 or places > DIGITS:
        return repr(value.numerator / value.denominator)
    digits = format_rational(abs(value) * 10**places).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else f"{digits}.0")
