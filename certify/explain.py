"""What an accepted certificate says in numbers: the value, the point or the part that decides."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from .kernel.certificate import Certificate
from .kernel.data.account import account
from .kernel.data.decode import Node
from .kernel.data.numbers import bits, format_rational, product, square_sum
from .kernel.language.claim import Average, Claim, Conjunctive
from .kernel.language.kinds.classes import Lipschitz, Member
from .kernel.language.kinds.learner import Margin, TotalVariation
from .kernel.verdict import Decline, shorten

SHORT = 60  # characters of one number
LONG = 1 << 16  # bits of a number that is not worth writing out
EFFORT = 1 << 20  # bits of the account of an explanation: less than a second
OPPOSITE = {"<": "≥", "<=": ">", "=": "≠", ">=": "<", ">": "≤"}
SIGN = {"<": "<", "<=": "≤", "=": "=", ">=": "≥", ">": ">"}


def explain(claim: Claim, certificate: Certificate) -> str:
    """One line about a certificate that the kernel accepted for the claim; may be empty.

    It is empty where saying more would cost more than EFFORT.
    """
    header = certificate.header
    try:
        with account(EFFORT, own=True):
            return _explain(claim, header["verdict"] == "proved", header["rule"], header["body"])
    except Decline:
        return ""


def _read(value: Any) -> Fraction:
    """A number of a certificate, as the kernel reads it: text, or a bare integer."""
    return Node(value).number()


def _explain(claim: Claim, proved: bool, rule: str, body: Any) -> str:
    if isinstance(claim, Conjunctive) and rule == "conjunction":
        return _conjunction(claim, proved, body)
    if isinstance(claim, Average) and "value" in body:
        relation, bound = claim.comparison
        what = "D_TV" if isinstance(claim, TotalVariation) else "the value"
        return _compared(what, _read(body["value"]), relation, bound, proved)
    if isinstance(claim, Margin):
        left, right = claim.sides
        return _compared("η²Λ^2d", left, "<=", right, proved, "Δ²/16")
    if isinstance(claim, Member) and not proved:
        return _member(claim, body)
    if isinstance(claim, Lipschitz):
        return _lipschitz(claim, proved, rule, body)
    if rule == "witness":
        return f"it fails at [{shorten(', '.join(map(str, body['point'][:SHORT])), SHORT)}]"
    return ""


def _conjunction(claim: Conjunctive, proved: bool, body: Any) -> str:
    parts = dict(claim.parts())
    if not proved:
        name, part = body["part"], body["refutation"]
        why = _explain(parts[name], False, part["rule"], part["body"])
        return f"{name} fails: {why}" if why else f"{name} fails"
    found = {n: _explain(p, True, body[n]["rule"], body[n]["body"]) for n, p in parts.items()}
    return "; ".join(f"{name}: {text}" for name, text in found.items() if text)


def _compared(
    what: str, value: Fraction, relation: str, bound: Fraction, holds: bool, name: str = ""
) -> str:
    sign = SIGN[relation] if holds else OPPOSITE[relation]
    if holds and relation == "=":
        return f"{what} is {_number(value)}"
    return f"{what} is {_number(value)} {sign} {_number(bound)}{f' = {name}' if name else ''}"


def _member(claim: Member, body: Any) -> str:
    if "depth" in body:
        return f"this representation has {claim.network.depth} layers, not {claim.depth}"
    if "mixed" in body:
        return f"layer {body['layer']} mixes ReLU and identity"
    norm = claim.network.layers[body["layer"] - 1].frobenius_squared
    return f"layer {body['layer']} has ‖W‖_F² = {_number(norm)} > {_number(claim.limit)} = Λ²"


def _lipschitz(claim: Lipschitz, proved: bool, rule: str, body: Any) -> str:
    if proved:
        entries = body["layers"] if rule == "spectral" else ["frobenius"] * claim.network.depth
        squares = [
            layer.frobenius_squared if isinstance(e, str) else _read(e["square"])
            for e, layer in zip(entries, claim.network.layers, strict=True)
        ]
        what = "∏‖W‖₂²" if rule == "spectral" else "∏‖W‖_F²"
        return _compared(what, product(squares), "<=", claim.constant**2, True, "L²")
    x, y = (tuple(map(_read, point)) for point in body["points"])
    pairs = zip(claim.network(x), claim.network(y), strict=True)
    moved = square_sum(a - b for a, b in pairs)
    ratio = moved / square_sum(a - b for a, b in zip(x, y, strict=True))
    return _compared("‖f(x) − f(y)‖²/‖x − y‖²", ratio, "<=", claim.constant**2, False, "L²")


def _number(value: Fraction) -> str:
    """The number, or its size where it is long."""
    if bits(value) > LONG:
        return f"a number of {bits(value)} bits"
    text = format_rational(value)
    if len(text) <= SHORT:
        return text
    return f"about {decimal(value)}"


def decimal(value: Fraction) -> str:
    """Six significant digits of a number, cut, as 1.23456e7."""
    if value <= 0:
        return f"-{decimal(-value)}" if value else "0"
    top, bottom = value.numerator, value.denominator
    exponent = (top.bit_length() - bottom.bit_length()) * 30103 // 100000
    while value >= Fraction(10) ** (exponent + 1):
        exponent += 1
    while value < Fraction(10) ** exponent:
        exponent -= 1
    digits = int(value / Fraction(10) ** (exponent - 5))
    return f"{digits // 10**5}.{digits % 10**5:05d}e{exponent}"
