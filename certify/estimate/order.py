"""What an estimate is asked for, in numbers that make sense."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..errors import CertifyError
from ..kernel.data.numbers import parse_number
from ..kernel.verdict import Decline, Malformed, shorten
from ..tensors.low_precision import SHORT

SAMPLES = 1 << 20
MOST = 1 << 56  # samples: their words are counted in 64 bits
THREADS = 1 << 10
PRECISIONS = ("auto", "float32", "float64", *SHORT)


@dataclass(frozen=True)
class Order:
    """How many samples, at which level, from which seed, and how they are run."""

    samples: int
    level: Fraction
    seed: int
    precision: str
    batch: int | None
    shards: int | None
    workers: int | None

    @staticmethod
    def read(
        samples: Any,
        confidence: Any,
        seed: Any,
        precision: str,
        batch: Any = None,
        shards: Any = None,
        workers: Any = None,
    ) -> Order:
        """Raises CertifyError where a number makes no sense."""
        count = SAMPLES if samples is None else _whole("samples", samples)
        if count < 1:
            raise CertifyError(f"{shorten(count)} samples: an estimate needs at least one")
        if count > MOST:
            raise CertifyError(f"{shorten(count)} samples are too many")
        if precision not in PRECISIONS:
            raise CertifyError(f"no precision {precision!r} ({', '.join(PRECISIONS)})")
        return Order(
            count,
            level_of(confidence),
            _whole("seed", seed),
            precision,
            _positive("batch", batch),
            _positive("shards", shards),
            _positive("workers", workers, THREADS),
        )


def level_of(value: Any) -> Fraction:
    """The confidence as the number that is written. Raises CertifyError unless 0 < it < 1."""
    shown = shorten(value)
    try:
        text = str(value).strip()
        level = parse_number(f"0{text}" if text.startswith(".") else text)
    except Decline as error:
        raise CertifyError(f"confidence {shown}: {error}") from None
    except Malformed:
        raise CertifyError(f"confidence {shown!r} is not a number") from None
    if not 0 < level < 1:
        raise CertifyError(f"confidence {shown} is not between 0 and 1")
    return level


def _whole(name: str, value: Any) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise CertifyError(f"{name} = {shorten(value)}: must be a whole number") from None


def _positive(name: str, value: Any, most: int | None = None) -> int | None:
    if value is None:
        return None
    count = _whole(name, value)
    if count < 1:
        raise CertifyError(f"{name} = {shorten(count)}: must be at least one")
    if most is not None and count > most:
        raise CertifyError(f"{name} = {shorten(count)}: must be at most {most}")
    return count
