"""models/lemma-2: parity as a network of three layers, and what its norms must be."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from ..kernel.data.network import Network
from ..networks.gadgets.balanced import balanced_parity, largest_balanced
from ..networks.gadgets.parity import parity
from .plot import Curve, log_log
from .writing import Place

WHERE = "Lemma 2"
PLAIN = ((5, 7), (9, 21), (15, 57), (63, 993), (127, 4033))  # (Λ, n), 4n − 3 = Λ²
BOUNDS = range(3, 65)
LITTLE = Fraction(1, 1 << 18)

README = """
**The paper**: "A parity function h ∈ P_n can be represented exactly by a neural network in
NN(1,3) with O(n) gates."

## As written: false from n = 2 on

Let f = g₃∘g₂∘g₁ be a network of NN_{Λ,3} that is the parity of n bits on {−1, 1}ⁿ, with first
matrix W₁. Flipping bit i moves x by 2 and the parity by 2. The layers g₂ and g₃ stretch distances
by at most Λ each, so 2 ≤ Λ²·‖W₁eᵢ‖·2. Square and sum over the n columns: n ≤ Λ⁴·‖W₁‖_F² ≤ Λ⁶.

With Λ = 1 only n = 1 is left. The claim `one-two-bits` is the opposite of the lemma at n = 2, and
its certificate is the list of flips, one for each bit (rule `obstruction`). `sharp-two-bits` and
`two-65-bits` are the same argument at other norms; `one-one-bit` and `five-seven-bits` are its
false neighbours, refuted by a member of the class.

## Repaired: NN_{Λ,3} with n + 2 gates, for n = ⌊(Λ² + 3)/4⌋

- layer 1: one gate, s = relu(Σxᵢ + n), twice the number of +1; norm √n;
- layer 2: n gates relu(s − 2k), k = 0 … n − 1; norm √n;
- layer 3: bias σ and weights −σ for k = 0 and 2σ(−1)^(k+1) for k ≥ 1, with σ = (−1)ⁿ; norm √(4n −
  3).

As s runs through 0, 2, …, 2n the last layer is a zigzag through σ, −σ, σ, …: the parity. For Λ =
5, 9, 15, 63, 127 this gives n = 7, 21, 57, 993, 4033 with 4n − 3 = Λ² exactly. Each is proved on
all 2ⁿ points (rule `fold`: the network sees x through s alone, so n + 1 values of s with their
binomial multiplicities decide it), and each has a false neighbour: Λ² one smaller, a weight moved
by 2⁻¹⁸, one bit left out. They are ONNX files, since every weight is an integer.

## Balanced: n ≈ 0.63·Λ²

A ReLU is positively homogeneous, so gates may be scaled and the scales divided out in the next
layer. With the three norms made equal, n(2n − 1)² ≤ Λ⁶ is enough, and no scales do better for
these three layers. For every integer Λ from 3 to 64 the largest such n is reached here by a
network with rational weights, and proved: `balanced-03` … `balanced-64` say that the network has
norms at most Λ and a mean squared distance of exactly 0 from the parity over all 2ⁿ points. The
next n is out of reach for the same layers (`balanced-…-more`). The table is in
[balanced.md](balanced.md).

![number of bits against the norm bound](balanced.svg)

## What follows for Theorem 1

Its proof needs parities on n = Ω(Λ) bits and concludes with exp(Ω(Λ)). Lemma 2 as repaired offers
n = Ω(Λ²) bits, so the same proof gives exp(Ω(Λ²)). More than Λ⁶ bits are impossible in three
layers.

## Claims

{claims}
"""


def write(folder: Path) -> None:
    """Write the folder."""
    place = Place("Lemma 2: parity in three layers")
    exclusions(place)
    for bound, n in PLAIN:
        plain(place, bound, n)
    reached = {bound: balanced(place, bound) for bound in BOUNDS}
    place.files["balanced.md"] = table(reached)
    place.files["balanced.svg"] = plot(reached)
    place.write(folder, README)


def exclusions(place: Place) -> None:
    """What no network of the class can do."""
    for name, n, bound, role, expect in (
        ("one-two-bits", 2, 1, "negated", "proved"),
        ("one-one-bit", 1, 1, "neighbour", "refuted"),
        ("sharp-two-bits", 2, Fraction(11224, 10000), "sharper", "proved"),
        ("two-65-bits", 65, 2, "sharper", "proved"),
        ("five-seven-bits", 7, 5, "neighbour", "refuted"),
    ):
        place.claim(
            name,
            "excludes",
            f"{WHERE} ({role}): no network of NN_(Λ,3) with Λ = {float(bound):g} "
            f"is the parity of {n} bit{'s' if n > 1 else ''}",
            expect,
            target={"parity": list(range(n))},
            on={"cube": n},
            lambda_=bound,
            depth=3,
        )


def plain(place: Place, bound: int, n: int) -> None:
    """The network with n + 2 gates, and its false neighbours."""
    name = place.network(f"parity-{n}", parity(n))
    whole, cube = {"parity": list(range(n))}, {"cube": n}
    says = f"{n} bits with {n + 2} gates"

    def equals(suffix: str, role: str, text: str, left: str, right: object, expect: str) -> None:
        source = f"{WHERE} ({role}): {text}"
        place.claim(f"{name}-{suffix}", "equals", source, expect, left=left, right=right, on=cube)

    def member(suffix: str, role: str, square: int, expect: str) -> None:
        place.claim(
            f"{name}-{suffix}",
            "member",
            f"{WHERE} ({role}): {says}, Λ² = {square}",
            expect,
            network=name,
            lambda_squared=square,
            depth=3,
            activation="uniform",
        )

    equals("equals", "repaired", f"parity of {says}", name, whole, "proved")
    member("norms", "repaired", bound**2, "proved")
    member("under", "neighbour", bound**2 - 1, "refuted")
    if n < 4000:
        near = place.network(f"{name}-moved", moved(parity(n)))
        equals("moved", "neighbour", f"{says}, a weight moved by 2^−18", near, whole, "refuted")
    fewer = {"parity": list(range(n - 1))}
    equals(
        "fewer", "neighbour", f"{says} are the parity of {n - 1} of them", name, fewer, "refuted"
    )


def moved(network: Network) -> Network:
    """The same network with the middle weight of its last layer moved by 2^−18."""
    last = network.layers[-1]
    [row] = last.rows
    middle = len(row) // 2
    shifted = tuple((c, v + LITTLE if c == middle else v) for c, v in row)
    return replace(network, layers=(*network.layers[:-1], replace(last, rows=(shifted,))))


def balanced(place: Place, bound: int) -> int:
    """The largest balanced parity within the bound; returns its number of bits."""
    n = largest_balanced(bound)
    name = place.network(f"balanced/balanced-{bound:02}", balanced_parity(n, bound=bound))
    place.claim(
        name,
        "compression",
        f"{WHERE} (sharper): parity of {n} bits is in NN_({bound},3)",
        left={"parity": list(range(n))},
        right=name,
        over={"uniform": {"cube": n}},
        lambda_=bound,
        depth=3,
        activation="uniform",
        relation="=",
        epsilon=0,
    )
    if bound in (5, 9, 15):
        more = place.network(f"balanced/{name}-more", balanced_parity(n + 1))
        place.claim(
            f"{name}-more",
            "member",
            f"{WHERE} (neighbour): one bit more, {n + 1}, with Λ = {bound}",
            "refuted",
            network=more,
            lambda_=bound,
            depth=3,
        )
    return n


def table(reached: dict[int, int]) -> str:
    """The numbers of bits for every Λ, as Markdown."""
    lines = [
        "# Bits whose parity is in NN_{Λ,3}",
        "",
        "The column *proved* is the largest n that the balanced form reaches; the claim of that "
        "row has a certificate. *As it comes* is the form without scales, *limit* what the "
        "obstruction leaves for any network of the class.",
        "",
        "| Λ | the paper's ⌊Λ⌋ | as it comes ⌊(Λ² + 3)/4⌋ | proved n | n/Λ² | limit Λ⁶ | claim |",
        "|--:|--:|--:|--:|--:|--:|---|",
    ]
    for bound, n in reached.items():
        share = f"0.{n * 1000 // bound**2:03}"
        lines.append(
            f"| {bound} | {bound} | {(bound**2 + 3) // 4} | **{n}** | {share} | {bound**6:,} "
            f"| `balanced-{bound:02}` |"
        )
    return "\n".join(lines) + "\n"


def plot(reached: dict[int, int]) -> str:
    """The same numbers as a picture."""
    curves = (
        Curve("limit for any network: n = Λ⁶", "#b22222", [(b, b**6) for b in reached]),
        Curve("balanced, proved: n ≈ 0.63 Λ²", "#1f5fa8", list(reached.items()), dots=True),
        Curve("as it comes: n = ⌊(Λ² + 3)/4⌋", "#3a8f3a", [(b, (b**2 + 3) // 4) for b in reached]),
        Curve("used by the paper: n = ⌊Λ⌋", "#888888", [(b, b) for b in reached]),
    )
    title = "Parity in three layers: number of bits against the norm bound"
    return log_log(title, "norm bound Λ", "bits n", curves, top=100_000)
