"""models/proposition-1: members of NN_{Λ,d} are Λ^d-Lipschitz."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt
from pathlib import Path

from ..kernel.data.network import Network
from ..networks.gadgets.random_layers import random_layers
from ..networks.gadgets.tower import tower
from .writing import Place

WHERE = "Proposition 1"
TOWERS = ((3, 4), (5, 8), (9, 40), (15, 300))  # (Λ, d), as for Theorem 1
LITTLE = Fraction(1, 10**100)

README = """
**The paper**: "If f ∈ NN_{Λ,d} then f is Λ^d-Lipschitz." A layer σ(Wx + b) with a 1-Lipschitz σ
stretches no distance by more than ‖W‖₂ ≤ ‖W‖_F ≤ Λ, and the factors multiply.

**The claim**: ‖f(x) − f(y)‖₂ ≤ Λ^d·‖x − y‖₂ for all x and y. The kernel multiplies the exact
squared norms of the layers.

**Holds, and no smaller constant does in general.** The tower of Theorem 1, x ↦ Λ^d·xₙ₊₁ in d
linear layers, needs all of it: with the constant Λ^d − 10⁻¹⁰⁰ (`tower-…-under`) the points 0 and
eₙ₊₁ refute it, since f(eₙ₊₁) − f(0) = Λ^d. For (Λ, d) = (15, 300) this number has 353 digits,
more than a double can hold.

For a network at hand the product of its own norms is the better constant: `random-product` for
one with random rational weights, where Λ^d for the least Λ is larger (`random-power`). A constant
below what two points show is refuted by them (`random-under`).

## Claims

{claims}
"""


def write(folder: Path) -> None:
    """Write the folder."""
    place = Place("Proposition 1: Lipschitz constants")

    def claim(name: str, network: str, constant: object, says: str, expect: str = "proved") -> None:
        source = f"{WHERE} {says}"
        place.claim(name, "lipschitz", source, expect, network=network, constant=constant)

    for scale, depth in TOWERS:
        name = place.network(f"tower-{scale}-{depth}", tower((scale**2 + 3) // 4 + 1, scale, depth))
        what = f"the tower with (Λ, d) = ({scale}, {depth})"
        claim(name, name, f"{scale}^{depth}", f"(as written): {what} is Λ^d-Lipschitz")
        under = Fraction(scale**depth) - LITTLE
        claim(f"{name}-under", name, under, f"(neighbour): {what}, Λ^d − 10^−100", "refuted")
    network = random_layers((3, 5, 4, 2), seed=1)
    name = place.network("random", network)
    power, product = bounds(network)
    claim("random-power", name, power, "(as written): random weights, the least Λ to the d")
    claim("random-product", name, product, "(sharper): random weights, the product of the norms")
    claim("random-under", name, 1, "(neighbour): random weights, constant 1", "refuted")
    place.write(folder, README)


def bounds(network: Network) -> tuple[Fraction, Fraction]:
    """(Λ^d for the least Λ, ∏‖W‖_F), both rounded up to thousandths of a factor."""
    norms = [above_root(layer.frobenius_squared) for layer in network.layers]
    product = Fraction(1)
    for norm in norms:
        product *= norm
    return max(norms) ** network.depth, product


def above_root(square: Fraction) -> Fraction:
    """The least multiple of 1/1000 that is at least the square root."""
    scaled = -(-(square.numerator * 10**6) // square.denominator)  # rounded up
    root = isqrt(scaled)
    return Fraction(root if root * root == scaled else root + 1, 1000)
