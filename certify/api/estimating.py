"""``estimate``: an interval with a confidence, where the exact ways do not have the number."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ..claims.toml import NamedClaim
from ..errors import absent
from ..kernel.language.claim import Claim
from ..kernel.verdict import Budget
from .verdict import named

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction
    from pathlib import Path

    from ..estimate.ladder import Rung
    from ..estimate.run import Estimate


def estimate(
    claim: Claim | NamedClaim,
    samples: int | None = None,
    confidence: Fraction | str | float = "0.95",
    device: str = "auto",
    seed: int = 0,
    executor: Any = None,
    *,
    timeout: float = 10.0,
    ways: Sequence[Rung] | None = None,
    **options: Any,
) -> Estimate:
    """The number of an ``mse``, ``expectation`` or ``compression`` claim, or an interval for it.

    The exact ways are asked first, for ``timeout`` seconds (0: not at all), or ``ways`` are what
    they said already; a number that one of them has is the answer, with 0 samples. Else the
    interval is statistical, never a proof. Further ``options`` are those of
    :func:`certify.estimate.run.estimate`: sequential, precision, batch, shards, workers,
    progress. Raises CertifyError for a request that makes no sense, errors without a bound,
    or where torch is not installed.
    """
    _need_torch()
    from ..estimate.run import checked, known
    from ..estimate.run import estimate as run

    goal = named(claim).claim
    order = checked(goal, samples, confidence, device, seed, executor, **options)
    if ways is None:
        ways = exact_ways(claim, timeout) if timeout > 0 else ()
    for way in ways:
        if way.value is not None:
            return known(goal, way.value, way.name, order)
    return run(goal, samples, confidence, device, seed, executor, **options)


def exact_ways(
    claim: Claim | NamedClaim, timeout: float = 10.0, budget: Budget | None = None
) -> list[Rung]:
    """The exact ways to the number of such a claim, strongest first, and what each says.

    The first that gives a value is the last. Raises CertifyError as :func:`estimate` does.
    """
    _need_torch()
    from ..estimate.ladder import rungs
    from ..estimate.run import average_of
    from ..prove import Options

    goal, _ = average_of(named(claim).claim)
    return list(rungs(goal, Options(timeout, budget=budget or Budget())))


def estimable(claim: Claim | NamedClaim, samples: int | None = None, **options: Any) -> None:
    """Raises CertifyError where :func:`estimate` is asked for what makes no sense."""
    _need_torch()
    from ..estimate.run import checked

    checked(named(claim).claim, samples, **options)


def plottable(path: Path) -> None:
    """Raises CertifyError where a plot cannot be written there, before anything is drawn."""
    from ..estimate.plot import check

    check(path)


def _need_torch() -> None:
    if find_spec("torch") is None:
        raise absent("torch")
