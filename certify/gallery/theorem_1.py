"""models/theorem-1: the tower, its separator, and its lossless compressions over every D_h."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..kernel.data.network import Network
from ..networks.builder import Sequential, delayed, linear, relu
from ..networks.gadgets.parity import parity
from ..networks.gadgets.tower import tower
from .writing import Place

TOWER, SEPARATOR, PART_1 = "Theorem 1, tower", "Theorem 1, separator", "Theorem 1, part 1"
PART_2 = "Theorem 1, part 2, hypotheses of Lemma 1"
CASES = ((3, 4), (5, 8), (9, 40), (15, 300))  # (Λ, d)
STRIDES = {21: 8, 57: 5}  # a subset of size k is {0, stride, …, (k − 1)·stride} modulo n

README = """
**The paper**: for any Λ, d > 2 there are f ∈ NN_{Λ,d} and a family of distributions such that for
each of them "there exists a (lossless) (0, NN_{Λ,3})-compression of f", but finding a compression
in NN_{Λ,d−1} has total complexity exp(Ω(Λ)).

**The construction.** f is the tower x ↦ Λ^d·xₙ₊₁ on ℝⁿ⁺¹, in d linear layers. D₀ is uniform on X
= {−1, 1}ⁿ × {0}. For a parity h, D_h is the law of x + η·h(x)·v with x from D₀, v = eₙ₊₁ and η =
Λ^−d: a tiny step up or down, as h says. Below, (Λ, d) = (3, 4), (5, 8), (9, 40), (15, 300) and n
= ⌊(Λ² + 3)/4⌋ = 3, 7, 21, 57, as Lemma 2 (repaired) allows. In the last case Λ^d has 353 digits
and η is far below the smallest double: nothing here is rounded.

## The tower is in NN_{Λ,d}: holds

Every layer has norm exactly Λ (`tower-…-norms`), so Λ − 1/1000 is refuted (`tower-…-under`).

## The tower is a 2-separator: holds

f(x + ηv) − f(x − ηv) = 2ηΛ^d = 2 on all of X (`tower-…-separates`). Δ = 2 + 10⁻¹⁰⁰ is refuted
(`tower-…-beyond`), by any point.

## Part 1: holds with Lemma 2 as repaired

On the support of D_h, f(x) = h(x), and the network of Lemma 2 computes h in three layers of norm
at most Λ. It must not read xₙ₊₁: its first matrix has a zero column there. Composing with the
projection ℝⁿ⁺¹ → ℝⁿ instead would add a layer (`projected`, refuted for its depth).

Each claim of kind `compression` says that the network is in NN_{Λ,3} and that E‖f − g‖² over D_h
is exactly 0. For n = 3 and n = 7 there is one for every subset of the coordinates (the name ends
in the subset, coordinate 0 first), for n = 21 and n = 57 one for every size; the remaining
subsets differ from these by a permutation of the coordinates, which leaves D₀, the tower and all
norms as they are.

Beside them: over D_h the network of a second parity is off by 2 in the mean square, exactly
(`another-parity-value`), so it is no lossless compression (`another-parity`); and a bound below
the norm of the last layer is refuted (`compression-under`).

## Part 2

It is a statement about all statistical-query algorithms and rests on Lemma 1
([lemma-1](../lemma-1)), on Lemma 3 ([lemma-3](../lemma-3)) and on a lower bound for learning
parities that the paper cites.

What Lemma 1 needs here holds: ηΛ^(d−1) = 1/Λ ≤ 1/2 = Δ/4 for Λ ≥ 2, and 16ε/Δ² = 1/4 at ε = 1/16.
The claims `learner-…` say so on these towers with a g of d − 1 layers (the parity of all bits,
delayed), along with the whole conclusion of the lemma. With d layers for g the hypothesis fails,
ηΛ^d = 1 (`learner-…-depth`, refuted). With Lemma 2 as repaired n is Ω(Λ²) rather than Ω(Λ), so
the bound strengthens to exp(Ω(Λ²)).

## Claims

{claims}
"""


def write(folder: Path) -> None:
    """Write the folder."""
    place = Place("Theorem 1: compression is as hard as learning the distribution")
    for scale, depth in CASES:
        towers(place, scale, depth)
    for scale, depth in CASES:
        for name, over in subsets(bits(scale)):
            compression(place, scale, depth, name, over)
    for scale, depth in CASES:
        learners(place, scale, depth)
    neighbours(place)
    place.write(folder, README)


def bits(scale: int) -> int:
    """The n of a given Λ: Lemma 2 as repaired."""
    return (scale**2 + 3) // 4


def axis(n: int) -> list[int]:
    """v = eₙ₊₁."""
    return [0] * n + [1]


def support(n: int) -> dict[str, Any]:
    """X, the support of D₀."""
    return {"embed": {"set": {"cube": n}, "pad": [0]}}


def perturbed(scale: int, depth: int, over: Sequence[int]) -> dict[str, Any]:
    """D_h for the parity h of these coordinates."""
    n = bits(scale)
    sign, eta = {"parity": list(over)}, f"{scale}^-{depth}"
    set_ = {"perturb": {"set": support(n), "along": axis(n), "eta": eta, "sign": sign}}
    return {"uniform": set_}


def towers(place: Place, scale: int, depth: int) -> None:
    """T1a, T1b: the tower's norms, and what it separates."""
    n = bits(scale)
    name = place.network(f"tower-{scale}-{depth}", tower(n + 1, scale, depth))
    what = f"(Λ, d) = ({scale}, {depth})"
    for suffix, role, bound, expect in (
        ("norms", "as written", Fraction(scale), "proved"),
        ("under", "neighbour", scale - Fraction(1, 1000), "refuted"),
    ):
        shown = "NN_(Λ,d)" if suffix == "norms" else "NN_(Λ−1/1000,d)"
        place.claim(
            f"{name}-{suffix}",
            "member",
            f"{TOWER} ({role}): {what}, f ∈ {shown}",
            expect,
            network=name,
            lambda_=bound,
            depth=depth,
            activation="uniform",
        )
    for suffix, role, delta, expect in (
        ("separates", "as written", "2", "proved"),
        ("beyond", "neighbour", "2." + "0" * 99 + "1", "refuted"),
    ):
        shown = "Δ = 2" if suffix == "separates" else "Δ = 2 + 10^−100"
        place.claim(
            f"{name}-{suffix}",
            "separates",
            f"{SEPARATOR} ({role}): {what}, {shown} for η = Λ^−d",
            expect,
            network=name,
            on=support(n),
            along=axis(n),
            eta=f"{scale}^-{depth}",
            delta=delta,
        )


def subsets(n: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """(name, coordinates): every subset for small n, one of each size for large n."""
    if n <= 7:
        for mask in range(1 << n):
            chosen = tuple(i for i in range(n) if mask >> i & 1)
            yield "".join(str(mask >> i & 1) for i in range(n)), chosen
    else:
        for size in range(n + 1):
            yield f"size-{size:02}", tuple(sorted(STRIDES[n] * i % n for i in range(size)))


def reader(n: int, over: Sequence[int]) -> Network:
    """χ_S on ℝⁿ⁺¹ in three layers, blind to the last coordinate; the constant 1 for no bits."""
    if over:
        return parity(n + 1, over)
    nothing: dict[int, int] = {}
    return Sequential(relu([nothing], inputs=n + 1), relu([[0]]), linear([[0]], [1]))


def compression(place: Place, scale: int, depth: int, name: str, over: Sequence[int]) -> None:
    """T1c for one parity."""
    n = bits(scale)
    every = f"n = {n}, {'every subset' if n <= 7 else 'one subset of each size'}"
    right = place.network(f"parities/parity-{n}-{name}", reader(n, over))
    place.claim(
        f"compression-{n}-{name}",
        "compression",
        f"{PART_1} (repaired): lossless over D_h with (Λ, d) = ({scale}, {depth}), {every}",
        left=f"tower-{scale}-{depth}",
        right=right,
        over=perturbed(scale, depth, over),
        lambda_=scale,
        depth=3,
        activation="uniform",
        relation="=",
        epsilon=0,
    )


def learners(place: Place, scale: int, depth: int) -> None:
    """T1d: Lemma 1 for a g with d − 1 layers; its hypothesis fails with d."""
    n = bits(scale)
    for layers in (depth - 1, depth):
        holds = layers < depth
        name = f"learner-{scale}-{depth}" + ("" if holds else "-depth")
        g = delayed(parity(n + 1, range(n)), 0, layers - 3)
        right = place.network(f"g-{scale}-{layers}", g)
        role = "as written" if holds else "neighbour"
        place.claim(
            name,
            "learner",
            f"{PART_2} ({role}): (Λ, d) = ({scale}, {depth}), ηΛ^{layers} ≤ Δ/4",
            "proved" if holds else "refuted",
            left=f"tower-{scale}-{depth}",
            right=right,
            on=support(n),
            along=axis(n),
            eta=f"{scale}^-{depth}",
            sign={"parity": list(range(n))},
            delta=2,
            epsilon="1/16",
            lambda_=scale,
            depth=layers,
        )


def neighbours(place: Place) -> None:
    """What fails beside part 1."""
    scale, depth, n = 5, 8, 7
    seven, other = tuple(range(7)), (0, 1, 2, 4)
    keys: dict[str, Any] = {
        "left": f"tower-{scale}-{depth}",
        "right": "parity-7-1111111",
        "over": perturbed(scale, depth, other),
    }
    place.claim(
        "another-parity-value",
        "mse",
        f"{PART_1} (sharper): over D_h the network of another parity is off by exactly 2",
        relation="=",
        epsilon=2,
        **keys,
    )
    bound = {"lambda": scale, "depth": 3}
    place.claim(
        "another-parity",
        "compression",
        f"{PART_1} (neighbour): over D_h the network of another parity is lossless",
        "refuted",
        relation="=",
        epsilon=0,
        **keys,
        **bound,
    )
    place.claim(
        "compression-under",
        "compression",
        f"{PART_1} (neighbour): all 7 bits with Λ = 4.999",
        "refuted",
        relation="=",
        epsilon=0,
        **{**keys, "over": perturbed(scale, depth, seven)},
        **{**bound, "lambda": "4.999"},
    )
    projection = linear([{i: 1} for i in range(n)], inputs=n + 1)
    composed = place.network("projected", Sequential(projection, parity(n)))
    place.claim(
        "projected",
        "member",
        f"{PART_1} (neighbour): parity after the projection is in NN_(5,3)",
        "refuted",
        network=composed,
        **bound,
    )
