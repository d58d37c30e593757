"""What an entry of the gallery is: a construction, and its options as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ...kernel.data.network import Network
from ...kernel.verdict import Malformed
from ..builder import number

LARGEST = 1 << 17  # of an option; as many coordinates as the kernel's sets may have
REQUIRED: Any = object()  # the default of an option that must be given


@dataclass(frozen=True)
class Parameter:
    """One option: ``parse`` reads its text and raises Malformed where it is not as asked."""

    name: str  # the argument of the function; a command may write - for _
    parse: Callable[[str], Any]
    help: str
    default: Any = REQUIRED

    @property
    def required(self) -> bool:
        """Whether there is no default."""
        return self.default is REQUIRED


@dataclass(frozen=True)
class Gadget:
    """An entry of the gallery: ``make`` is the construction, a plain function."""

    name: str
    summary: str
    make: Callable[..., Network]
    parameters: tuple[Parameter, ...]

    def build(self, **options: Any) -> Network:
        """The network with these options; text is parsed, other values pass as they are.

        Raises Malformed where an option is unknown, missing or not as asked.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in options:
            if name not in known:
                listed = ", ".join(known) or "none"
                raise Malformed(self.name, f"unknown option {name!r} (known: {listed})")
        arguments = {}
        for name, parameter in known.items():
            value = options.get(name, parameter.default)
            if value is REQUIRED:
                raise Malformed(self.name, f"option {name!r} must be given: {parameter.help}")
            if isinstance(value, str):
                try:
                    value = parameter.parse(value)
                except Malformed as error:
                    raise Malformed(f"{self.name}: {name}", error.message) from None
            arguments[name] = value
        return self.make(**arguments)


# ----------------------------------------------------------- text of options


def integer(text: str) -> int:
    """A decimal integer of at most LARGEST in size: it is a width, a depth or an index."""
    body = text.strip().removeprefix("-")
    if not (body.isascii() and body.isdigit() and len(body) < 20):
        raise Malformed("", f"{text[:60]!r} is not an integer")
    if int(body) > LARGEST:
        raise Malformed("", f"{text[:60]} is over {LARGEST}, the largest size that is built")
    return int(text)


def boolean(text: str) -> bool:
    """``true`` or ``false``."""
    if text not in ("true", "false"):
        raise Malformed("", f"{text[:60]!r} is neither true nor false")
    return text == "true"


def word(text: str) -> str:
    """Text as it stands."""
    return text


def _items(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")] if text.strip() else []


def numbers(text: str) -> tuple[Fraction, ...]:
    """Exact numbers between commas: ``0,1/3,2^-4``."""
    return tuple(number(part) for part in _items(text))


def indices(text: str) -> tuple[int, ...]:
    """Integers and ranges between commas: ``0,3,5-8`` is 0, 3, 5, 6, 7, 8."""
    found: list[int] = []
    for part in _items(text):
        first, dash, last = part.partition("-")
        low = integer(first)
        high = integer(last) if dash else low
        if not low <= high <= low + (1 << 20):
            raise Malformed("", f"{part[:60]!r} is not an increasing range")
        found += range(low, high + 1)
    return tuple(found)


def points(text: str) -> tuple[tuple[Fraction, Fraction], ...]:
    """Pairs ``x:y`` between commas: ``0:0,1/2:1,1:0``."""
    pairs = []
    for part in _items(text):
        left, colon, right = part.partition(":")
        if not colon:
            raise Malformed("", f"{part[:60]!r} is not a pair x:y")
        pairs.append((number(left.strip()), number(right.strip())))
    return tuple(pairs)
