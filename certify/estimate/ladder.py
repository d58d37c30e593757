"""The ways to the number of an average, from the strongest down, each with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from ..kernel.data.exact import describe
from ..kernel.data.numbers import format_rational, parse_rational
from ..kernel.language.claim import Average
from ..kernel.verdict import Decline, Malformed, Reject, shorten
from ..prove import enumerate, fold, outside
from ..prove.answers import Answer, Found, Options, Unknown


@dataclass(frozen=True)
class Rung:
    """One way: the exact value that it gave, or why it gave none."""

    name: str
    value: Fraction | None
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


def rungs(claim: Average, options: Options, every: bool = False) -> Iterator[Rung]:
    """Fold, enumerate in the kernel, enumerate outside of it; the first value ends it.

    With ``every`` all of them are tried.
    """
    ways: tuple[tuple[str, Callable[[], Rung]], ...] = (
        ("fold", lambda: _kernel("fold", fold.prove(claim, options))),
        ("enumerate", lambda: _kernel("enumerate", enumerate.prove(claim, options))),
        ("enumerated", lambda: _outside(claim, options)),
    )
    for name, way in ways:
        try:
            rung = way()
        except (Reject, Decline, Malformed) as error:
            rung = Rung(name, None, str(error))
        yield rung
        if rung.value is not None and not every:
            return


def _kernel(name: str, answer: Answer) -> Rung:
    if isinstance(answer, Unknown):
        return Rung(name, None, answer.reason)
    text = answer.body["value"] if isinstance(answer, Found) else ""
    return Rung(name, parse_rational(text), f"exactly {text}; `certify prove` certifies it")


def _outside(claim: Average, options: Options) -> Rung:
    if not claim.law.finite:
        return Rung("enumerated", None, "the distribution is not finite")
    stream = claim.law.factored()
    if stream.size > outside.MOST:
        return Rung("enumerated", None, f"{describe(stream.size)} points are too many")
    try:
        value = outside.mean(claim, outside.Walk(stream, options))
    except outside.Late:
        return Rung(
            "enumerated", None, f"{describe(stream.size)} points: more than the time allows"
        )
    shown = shorten(format_rational(value))
    return Rung("enumerated", value, f"exactly {shown}, outside the kernel")
