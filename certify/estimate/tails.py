"""Unbounded inputs: what a Lipschitz certificate says about the part that is not sampled.

Samplers stop normal coordinates at r deviations, each with probability P of being past that.
With h = f − g, ‖h(z)‖ ≤ c + L‖z − mean‖ and (a + b)² ≤ 2a² + 2b², the mean of ‖h‖² over the
points of which some coordinate is past r is at most Σᵢ (2c²P + 2L²(σᵢ²(r² + 2) + S − σᵢ²)P),
where S = Σσᵢ²: coordinates are independent, and E[Z²; |Z| > r] ≤ σ²(r² + 2)P by Mills' ratio.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ..errors import CertifyError
from ..kernel.language.claim import Average
from ..kernel.language.kinds.averages import MeanSquare
from ..tensors.points import TAIL, Source
from .normal import LEAST


@dataclass(frozen=True)
class Tails:
    """The most that what is not sampled adds to the mean, and the most that it takes away."""

    above: Fraction = Fraction(0)
    below: Fraction = Fraction(0)


def slope_squared(claim: Average, source: Source) -> Fraction | None:
    """A bound on (L/2)² for h = f − g: the larger product of ‖W‖_F² over layers.

    None where inputs are bounded. Raises CertifyError where there is no such certificate.
    """
    if not any(smooth.deviation for smooth in source.smooth):
        return None
    if not isinstance(claim, MeanSquare):
        raise CertifyError("gaussian inputs: a product is unbounded; only mse can be estimated")
    found = Fraction(0)
    for term in claim.terms():
        network = claim.law.pulled(term).lower(source.point.dimension)
        if network is None:
            raise CertifyError(
                "gaussian inputs: the error is unbounded, and there is no Lipschitz certificate "
                "for a function that is not a network"
            )
        product = Fraction(1)
        for layer in network.layers:
            product *= layer.frobenius_squared
        found = max(found, product)
    return found


def tails_of(source: Source, slope: Fraction | None, top: Fraction) -> Tails:
    """The tails, where sampled payoffs are at most ``top`` (so that c² ≤ top)."""
    if slope is None:
        return Tails()
    deviations = [smooth.deviation for smooth in source.smooth if smooth.deviation]
    count, spread = len(deviations), sum((d * d for d in deviations), Fraction(0))
    chance = 2 * LEAST
    above = chance * (2 * count * top + 8 * slope * spread * (TAIL**2 + 1 + count))
    return Tails(above, count * chance * top)
