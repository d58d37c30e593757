"""Rule spectral: certified spectral norms of the layers bound a Lipschitz constant.

Premises: for each layer in order a rational ``square`` = σ² ≥ 0, with a ``precision`` where the
test below is to be made at fixed size; or "frobenius", for σ² = ‖W‖_F².
Conclusion: the network is L-Lipschitz.
Why: σ²I − WᵀW is positive semidefinite, by an LDLᵀ without a negative pivot, and with zeros
below every zero pivot; so ‖Wx‖ ≤ σ‖x‖. WWᵀ has the same eigenvalues besides zeros, so for
σ² ≥ 0 the smaller of the two serves. A 1-Lipschitz activation adds nothing and constants
multiply under composition (Proposition 1), so ∏σ² ≤ L² suffices.
"""

from __future__ import annotations

from fractions import Fraction

from ..data import exact
from ..data.decode import Node
from ..data.linear import semidefinite, surely_semidefinite
from ..data.network import Layer
from ..data.numbers import bits, format_rational, product
from ..language.claim import Claim
from ..language.kinds.classes import Lipschitz
from ..verdict import Budget, Decline, Reject
from .evidence import Evidence, expect_verdict

MAX_PRECISION = 4096


def check(claim: Claim, evidence: Evidence) -> None:
    """Accept by returning; raise Reject or Decline otherwise."""
    if not isinstance(claim, Lipschitz):
        raise Reject("spectral.kind", "/rule", f"does not apply to {claim.kind}")
    expect_verdict(evidence, "spectral", "proved")
    stated = evidence.body.object(("layers",))["layers"]
    layers = claim.network.layers
    if len(stated.entries()) != len(layers):
        raise Reject("spectral.layers", stated.at, f"{len(stated.entries())}, not {len(layers)}")
    pairs = zip(layers, stated.each(), strict=True)
    bound = product(_square(layer, entry, evidence.budget) for layer, entry in pairs)
    if bound > claim.constant**2:
        raise Reject("spectral.product", stated.at, f"product of squares {format_rational(bound)}")


def _square(layer: Layer, entry: Node, budget: Budget) -> Fraction:
    """σ² of a layer, shown to bound ‖W‖₂²."""
    if isinstance(entry.value, str):
        entry.choice("frobenius")
        return layer.frobenius_squared
    keys = entry.object(("square",), ("precision",))
    square = keys["square"].number()
    precision = keys["precision"].integer(1) if "precision" in keys else None
    if precision is not None and precision > MAX_PRECISION:
        raise Decline("bits", precision)
    if square < 0 or not bounds(layer, square, precision, budget):
        raise Reject("spectral.indefinite", keys["square"].at, keys["square"].value)
    return square


def bounds(layer: Layer, square: Fraction, precision: int | None, budget: Budget) -> bool:
    """Is ‖W‖₂² ≤ square? For an answer "yes" at a precision, or either one exactly.

    Raises Decline where the matrix is too large for the budget.
    """
    weights = layer.integers
    bottom = weights.denominator
    rows = [list(row) for row in weights.weights]
    columns = layer.columns
    if columns < len(rows):
        turned: list[list[tuple[int, int]]] = [[] for _ in range(columns)]
        for r, row in enumerate(rows):
            for c, w in row:
                turned[c].append((r, w))
        rows, columns = turned, len(rows)
    size = len(rows)
    if size**2 * max(size // 6, 1) > budget.points:
        raise Decline("points", size**3 // 6)
    matrix = [
        [(square if i == j else 0) - Fraction(v, bottom**2) for j, v in enumerate(line)]
        for i, line in enumerate(exact.gram(rows, columns))
    ]
    if precision is None:  # pivots are as long as the matrix is high, and each costs a gcd
        length = size * max(bits(v) for line in matrix for v in line)
        if size**3 * (length // 64 + 1) ** 2 > budget.points << 16:
            raise Decline("bits", length)
    return semidefinite(matrix) if precision is None else surely_semidefinite(matrix, precision)
