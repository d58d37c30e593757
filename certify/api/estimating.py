"""``estimate``: an interval with a confidence, and the exact ways that stand above it."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ..claims.toml import NamedClaim
from ..errors import CertifyError
from ..kernel.claim import Claim
from ..kernel.verdict import Budget
from .verdict import named

if TYPE_CHECKING:
    from fractions import Fraction

    from ..estimate.ladder import Rung
    from ..estimate.run import Estimate


def estimate(
    claim: Claim | NamedClaim,
    samples: int | None = None,
    confidence: Fraction | str | float = "0.95",
    device: str = "auto",
    seed: int = 0,
    executor: Any = None,
    **options: Any,
) -> Estimate:
    """An interval for the number of an ``mse``, ``expectation`` or ``compression`` claim.

    Statistical, never a proof. Further ``options`` are those of
    :func:`certify.estimate.run.estimate`: sequential, precision, batch, shards, workers,
    progress. Raises CertifyError for a request that makes no sense, errors without a bound,
    or where torch is not installed.
    """
    _need_torch()
    from ..estimate.run import estimate as run

    goal = named(claim).claim
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


def _need_torch() -> None:
    if find_spec("torch") is None:
        raise CertifyError("estimates need torch: pip install 'certify[torch]'")
