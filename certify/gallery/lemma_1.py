"""models/lemma-1: a compression of a separator learns the distribution, on instances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..kernel.data.network import Network
from ..networks.builder import Exact, Sequential, linear, relu
from ..networks.gadgets.parity import parity
from ..networks.gadgets.symmetric import alternating, symmetric
from ..networks.gadgets.tower import tower
from .writing import Place

WHERE, USE, PROOF = "Lemma 1", "Lemma 1, use in Theorem 1", "Lemma 1, proof"
ETA, SIXTEENTH = "8^-4", Fraction(1, 16)  # f is the tower with Λ = 8, d = 4; Δ = 2
LARGE, BAND = 200, 88  # bits, and the number of +1 at which the network is wrong

README = """
**The paper**: let f be a Δ-separator for a family of η-perturbations of D₀, let g be an (ε,
NN_{Δ,d})-compression of f over an unknown D of the family, and "suppose ηΛ^d ≤ Δ/4. There is an
η-perturbation D̃ of D₀ satisfying D_TV(D̃, D) = 16ε/Δ²", with an algorithm that, given queries to
f and g, samples from D̃ and computes its density.

**The claim** (kind `learner`) is the whole lemma on one instance: f, g, supp(D₀), v, η, s and the
numbers Δ, ε, Λ, d. Its parts: ηΛ^d ≤ Δ/4; g ∈ NN_{Λ,d}; f is a Δ-separator; E_D‖f − g‖² ≤ ε; the
law D̃ of z(x₀) is an η-perturbation whose density sums to exactly 1; and D_TV(D̃, D), computed
exactly, is at most 16ε/Δ². The certificate shows the exact value.

Here f is the tower x ↦ 8⁴·xₙ₊₁, v = eₙ₊₁, η = 8⁻⁴ and Δ = 2, as in [theorem-1](../theorem-1), and
s = h is a parity. Then 16ε/Δ² = 4ε.

## As written: three slips

- The proof sets z(x₀) = x₀ + ηv where g(x₀) is nearer to f(x₀ + ηv), "or x = x₀ otherwise". Then
  D̃ puts its mass on x₀ itself wherever h = −1, and is no η-perturbation. `otherwise-nothing` is
  refuted by the part `density`. **Repaired**: z(x₀) = x₀ − ηv otherwise.
- The class NN_{Δ,d} must read NN_{Λ,d}. With Δ = 2, f = g = 2³·x₃ is in NN_{Δ,3}, and with Λ = 1
  and η = 2⁻³ every other hypothesis holds with ε = 0; but g is 0 on all of supp(D₀) and knows
  nothing of D. `class-delta` is refuted by the conclusion: D_TV(D̃, D) = 1/2 > 0. In NN_{Λ,d}
  this g is not (`class-lambda`).
- D_TV = 16ε/Δ² must read ≤: for an exact g and ε = 1/16 the left side is 0 and the right side
  1/4. `equality` says E[h̃·s] = 1 − 2·D_TV = 1/2 there, and is refuted: it is 1.

## Repaired: holds on instances

| claims | n | g | E‖f − g‖² | D_TV(D̃, D) | 16ε/Δ² |
|---|--:|---|--:|--:|--:|
| `exact-1` … `exact-8`, and `otherwise-back` for 4 | 1 … 8 | exact | 0 | 0 | 0 |
| `one-of-64` | 6 | −h at 1 point | 1/16 | 1/64 | 1/4 |
| `four-of-256` | 8 | −h at 4 points | 1/16 | 1/64 | 1/4 |
| `undecided` | 4 | 0 at 1 point with h = 1 | 1/16 | 1/16 | 1/4 |
| `sixteen-of-256` | 8 | −h at 16 points | 1/4 | 1/16 | 1 |
| `two-outputs` | 5 | f and g with two outputs | 0 | 0 | 0 |
| `large-exact` | 200 | exact | 0 | 0 | 0 |
| `large-band` | 200 | −h where 88 bits are +1 | 4·C(200, 88)/2²⁰⁰ ≈ 0.054 | ≈ 0.013 | 1/4 |

To be wrong at x₀, g must be off by Δ/2 there: so D_TV ≤ 4ε/Δ² where g does not move between x₀
and x₀ ± ηv, and `undecided` reaches it. The factor 4 up to 16ε/Δ² is the price of that movement.
2²⁰⁰ points are no obstacle: everything folds.

**Hypotheses violated** are named: ε too small for 16 wrong points (`epsilon-too-small`, part
`mse`), Λ too large for η (`margin-too-small`, part `margin`), Δ = 3 (`delta-too-large`, part
`separates`), another parity (`another-sign`, part `mse`).

## Its use in Theorem 1

If g is a 1/16-compression, then 16ε/Δ² = 1/4, and h̃(x) = ±1, the side that z chooses, agrees
with h on at least 3/4 of the points: that is what D_TV ≤ 1/4 says (`one-of-64`, `four-of-256`,
`undecided`, `large-band`). On the towers of Theorem 1 themselves, with d − 1 layers for g, it is
proved in [theorem-1](../theorem-1).

**Past the hypothesis it fails.** Take g = f, the tower, which is in NN_{8,4} and compresses
itself without loss. But ηΛ^d = 1 > 1/2 = Δ/4 (`past-margin`, refuted). And indeed nothing is
learned from it: on supp(D₀) it is 0 (`past-tie`), as far from f(x₀ + ηv) = 1 as from f(x₀ − ηv) =
−1, so z always goes down and is wrong on half of the points. One layer less is what makes
compression hard.

## Claims

{claims}
"""


def write(folder: Path) -> None:
    """Write the folder."""
    place = Place("Lemma 1: whoever compresses a separator learns the distribution")
    slips(place)
    instances(place)
    large(place)
    violations(place)
    past(place)
    place.write(folder, README)


def claim(
    place: Place, name: str, source: str, right: str, n: int, expect: str = "proved", **keys: Any
) -> None:
    """A learner for the tower on ℝⁿ⁺¹, D₀ uniform on the cube and h the parity of all bits."""
    file = f"tower-{n}"
    if file not in place.networks:
        place.network(file, tower(n + 1, 8, 4))
    usual: dict[str, Any] = {
        "left": file,
        "right": right,
        "on": {"embed": {"set": {"cube": n}, "pad": [0]}},
        "along": [0] * n + [1],
        "eta": ETA,
        "sign": {"parity": list(range(n))},
        "delta": 2,
        "epsilon": 0,
        "lambda_": 7,
        "depth": 3,
    }
    keys = {key: value for key, value in {**usual, **keys}.items() if value is not None}
    place.claim(name, "learner", source, expect, **keys)


def slips(place: Place) -> None:
    """L1w: what the paper writes."""
    place.network("parity-4", parity(5, range(4)))
    source = f"{PROOF} (as written): with z(x₀) = x₀ otherwise, D̃ is an η-perturbation"
    claim(place, "otherwise-nothing", source, "parity-4", 4, "refuted", otherwise=0)
    source = f"{PROOF} (repaired): with z(x₀) = x₀ − ηv otherwise"
    claim(place, "otherwise-back", source, "parity-4", 4)
    # f = g = 2³·x₃, which is in NN_(Δ,3) for Δ = 2 and knows nothing of the parity on x₀
    steep = place.network("tower-two", tower(3, 2, 3))
    keys: dict[str, Any] = {"left": steep, "eta": "2^-3", "lambda_": 1}
    source = f"{WHERE} (as written): f = g ∈ NN_(Δ,d), ηΛ^d ≤ Δ/4 with Λ = 1"
    claim(place, "class-delta", source, steep, 2, "refuted", class_lambda=2, **keys)
    source = f"{WHERE} (neighbour): the same g is not in NN_(Λ,d)"
    claim(place, "class-lambda", source, steep, 2, "refuted", **keys)
    along, on = [0] * 4 + [1], {"embed": {"set": {"cube": 4}, "pad": [0]}}
    learned = {"separator": "tower-4", "compression": "parity-4", "along": along, "eta": ETA}
    for name, role, relation, expect in (
        ("equality", "as written", "=", "refuted"),
        ("inequality", "repaired", ">=", "proved"),
    ):
        sign = "≤" if relation == ">=" else "="
        place.claim(
            name,
            "expectation",
            f"{WHERE}, its bound ({role}): exact g on 4 bits, ε = 1/16: D_TV(D̃, D) {sign} 1/4",
            expect,
            of=[{"learned": learned}, {"parity": [0, 1, 2, 3]}],
            over={"uniform": on},
            relation=relation,
            value="1/2",  # E[h̃·s] = 1 − 2·D_TV
        )


def instances(place: Place) -> None:
    """L1r and L1c on small supports."""
    for n in range(1, 9):
        if n == 4:
            continue  # that is `otherwise-back`
        place.network(f"parity-{n}", parity(n + 1, range(n)))
        source = f"{WHERE} (repaired): exact g on {n} bit{'s' if n > 1 else ''}"
        claim(place, f"exact-{n}", source, f"parity-{n}", n)
    for name, n, points, epsilon, bound, says in (
        ("one-of-64", 6, spread(6, 1), SIXTEENTH, 7, "g = −h at 1 of 64 points"),
        ("four-of-256", 8, spread(8, 4), SIXTEENTH, 7, "g = −h at 4 of 256 points"),
        ("sixteen-of-256", 8, spread(8, 16), Fraction(1, 4), 12, "g = −h at 16 of 256 points"),
        ("undecided", 4, [(1, 1, 1, 1)], SIXTEENTH, 7, "g = 0 at 1 of 16 points, where h = 1"),
    ):
        network = wrong(n, points, 1 if name == "undecided" else 2)
        place.network(name, network)
        where = USE if epsilon == SIXTEENTH else WHERE
        source = f"{where} (repaired): {says}, ε = {epsilon}"
        claim(place, name, source, name, n, epsilon=epsilon, lambda_=bound)
    both = {"compose": [{"product": ["tower-5", "parity-5"]}, twice(6)]}
    one = parity(6, range(5))
    last = one.layers[-1]
    double = replace(last, rows=last.rows * 2, bias=last.bias * 2, relu=last.relu * 2)
    right = place.network("two-outputs", replace(one, layers=(*one.layers[:-1], double)))
    source = f"{WHERE} (repaired): f = (tower, parity) and g = (parity, parity), 5 bits"
    claim(place, "two-outputs", source, right, 5, left=both)


def spread(n: int, count: int) -> list[tuple[int, ...]]:
    """So many points of the cube, spread over it."""
    masks = [101 * k % (1 << n) for k in range(count)]
    return [tuple(2 * (mask >> i & 1) - 1 for i in range(n)) for mask in masks]


def wrong(n: int, points: Sequence[Sequence[int]], times: int) -> Network:
    """The parity of n bits on ℝⁿ⁺¹, less ``times`` its value at the points.

    relu(p·x − n + 1) is 1 at the point p of the cube and 0 at all others.
    """
    right = parity(n + 1, range(n))
    first, gates, last = right.layers
    detectors: list[dict[int, Exact]] = [dict(enumerate(p)) for p in points]
    rows: list[dict[int, Exact]] = [dict(first.rows[0]), *detectors]
    start = relu(rows, [*first.bias, *[1 - n] * len(points)], inputs=n + 1)
    held: list[dict[int, Exact]] = [{k: 1} for k in range(1, len(points) + 1)]
    middle = relu(
        [*(dict(row) for row in gates.rows), *held],
        [*gates.bias, *[0] * len(points)],
        inputs=len(rows),
    )
    signs = [-times * (-1) ** list(p).count(-1) for p in points]
    weights = [v for _, v in last.rows[0]] + signs
    return Sequential(start, middle, linear([weights], last.bias))


def twice(n: int) -> dict[str, Any]:
    """x ↦ (x, x)."""
    entries = [[i, i % n, 1] for i in range(2 * n)]
    return {"linear": {"matrix": {"rows": 2 * n, "columns": n, "entries": entries}}}


def large(place: Place) -> None:
    """Supports of 2²⁰⁰ points, by fold."""
    n = LARGE
    keys: dict[str, Any] = {"lambda_": None, "lambda_squared": 4 * n - 3, "eta": "30^-4"}
    left = place.network("tower-large", tower(n + 1, 30, 4))
    place.network("large-exact", parity(n + 1, range(n)))
    source = f"{WHERE} (repaired): exact g on {n} bits"
    claim(place, "large-exact", source, "large-exact", n, left=left, **keys)
    values = alternating(n)
    values[BAND] *= -1
    network = place.network("large-band", symmetric(values, n + 1, range(n)))
    square = max(layer.frobenius_squared for layer in place.networks["large-band"].layers)
    keys["lambda_squared"] = square
    source = f"{USE} (repaired): g = −h where {BAND} of {n} bits are +1, ε = 1/16"
    claim(place, "large-band", source, network, n, left=left, epsilon=SIXTEENTH, **keys)


def violations(place: Place) -> None:
    """Each hypothesis violated in turn."""
    for name, right, n, says, keys in (
        (
            "epsilon-too-small",
            "sixteen-of-256",
            8,
            "16 of 256 points wrong with ε = 1/16",
            {"epsilon": SIXTEENTH, "lambda_": 12},
        ),
        ("margin-too-small", "parity-4", 4, "Λ = 13, so that ηΛ³ > Δ/4", {"lambda_": 13}),
        ("delta-too-large", "parity-4", 4, "Δ = 3", {"delta": 3}),
        ("another-sign", "parity-4", 4, "D given by another parity", {"sign": {"parity": [0, 1]}}),
    ):
        claim(place, name, f"{WHERE} (neighbour): {says}", right, n, "refuted", **keys)


def past(place: Place) -> None:
    """The tower as its own compression: ηΛ^d > Δ/4, and nothing is learned."""
    source = f"{USE} (neighbour): g = f in NN_(Λ,d) instead of NN_(Λ,d−1)"
    keys: dict[str, Any] = {"lambda_": 8, "depth": 4}
    claim(place, "past-margin", source, "tower-4", 4, "refuted", **keys)
    place.claim(
        "past-tie",
        "equals",
        f"{USE} (sharper): that g is 0 on supp(D₀), as far from 1 as from −1",
        left="tower-4",
        right={"constant": [0]},
        on={"embed": {"set": {"cube": 4}, "pad": [0]}},
    )
