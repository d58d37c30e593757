"""models/lemma-3: distinct parities are uncorrelated."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .writing import Place

PREMISE = "Lemma 3, premise"
SMALL, LARGE = 6, 4096

README = """
**The paper**: "Because the parities are pairwise uncorrelated, the set of parity functions has
large 'statistical dimension'", and so learning them to accuracy 3/4 over the uniform distribution
has total complexity exp(Ω(n)).

The conclusion is about all statistical-query algorithms and is cited there. What this folder
checks is the premise: for S ≠ T, E[χ_S·χ_T] = 0 over {−1, 1}ⁿ, where χ_S(x) = ∏ᵢ∈S xᵢ.

## Every pair, n ≤ 6: holds

**All pairs in one claim.** Let K(x, x′) = Σ_S χ_S(x)·χ_S(x′) over all 2ⁿ subsets. For independent
uniform x and x′,

    E[K(x, x′)²] = Σ_{S,T} E[χ_S χ_T(x)]·E[χ_S χ_T(x′)] = Σ_{S,T} (E[χ_S χ_T])²,

a sum of squares. The 2ⁿ pairs with S = T contribute 1 each. So E[K²] = 2ⁿ says exactly that every
other pair contributes 0 (`all-pairs-1` … `all-pairs-6`); `all-pairs-4-less` asks for 15 instead
of 16 and is refuted by the exact value.

**Pair by pair.** Renaming coordinates and exchanging S and T leaves E[χ_S χ_T] as it is, so a
pair is known by |S ∖ T| = a, |T ∖ S| = b and |S ∩ T| = c. The claims `pair-a-b-c` go through all
of them with a + b + c ≤ 6; those with fewer coordinates are the pairs of smaller n. The neighbour
`pair-same` is S = T, where the value is 1.

## Chosen pairs, n = 4096: holds

2⁴⁰⁹⁶ points, in milliseconds: each parity is one bit of state, and coordinates with the same role
count together (rule `fold`). The pairs are as close and as far as they can be: all coordinates
against all but the last, evens against odds, one half against the same half and one more, a
single coordinate against all, and two random subsets. `large-same` is refuted.

## Claims

{claims}
"""


def write(folder: Path) -> None:
    """Write the folder."""
    place = Place("Lemma 3: parities are pairwise uncorrelated")
    for n in range(1, SMALL + 1):
        all_pairs(place, f"all-pairs-{n}", n, 1 << n, "as written", "proved")
    all_pairs(place, "all-pairs-4-less", 4, 15, "neighbour", "refuted")
    shapes = [
        (a, b, c)
        for a in range(1, SMALL + 1)
        for b in range(a + 1)
        for c in range(SMALL + 1 - a - b)
    ]
    for a, b, c in shapes:
        says = "6 bits, every pair up to renaming"
        pair(place, f"pair-{a}-{b}-{c}", SMALL, range(a + c), range(a, a + c + b), says)
    pair(place, "pair-same", SMALL, (0, 1), (0, 1), "6 bits, S = T", false=True)
    draw = random.Random(3)
    first, second = ([i for i in range(LARGE) if draw.getrandbits(1)] for _ in range(2))
    whole, half = range(LARGE), range(LARGE // 2)
    chosen_pairs: dict[str, tuple[Iterable[int], Iterable[int]]] = {
        "all-but-one": (whole, range(LARGE - 1)),
        "evens-odds": (range(0, LARGE, 2), range(1, LARGE, 2)),
        "half-and-one": (half, range(LARGE // 2 + 1)),
        "one-against-all": ((17,), whole),
        "random": (first, second),
    }
    for name, subsets in chosen_pairs.items():
        pair(place, f"large-{name}", LARGE, *subsets, "4096 bits, chosen pairs")
    pair(place, "large-same", LARGE, first, first, "4096 bits, S = T", false=True)
    place.write(folder, README)


def pair(
    place: Place,
    name: str,
    n: int,
    left: Iterable[int],
    right: Iterable[int],
    says: str,
    false: bool = False,
) -> None:
    """E[χ_S·χ_T] = 0."""
    place.claim(
        name,
        "expectation",
        f"{PREMISE} ({'neighbour' if false else 'as written'}): E[χ_S χ_T] = 0, {says}",
        "refuted" if false else "proved",
        of=[{"parity": list(left)}, {"parity": list(right)}],
        over={"uniform": {"cube": n}},
        relation="=",
        value=0,
    )


def all_pairs(place: Place, name: str, n: int, value: int, role: str, expect: str) -> None:
    """E[K²] over pairs (x, x′), as the mean square distance of K from 0."""
    kernel = {"compose": [total((1 << n) - 1), {"compose": [products(n), copies(n)]}]}
    place.claim(
        name,
        "mse",
        f"{PREMISE} ({role}): {n} bit{'s' if n > 1 else ''}, the squares of E[χ_S χ_T] over all S "
        f"and T sum to {value}",
        expect,
        left=kernel,
        right={"constant": [0]},
        over={"uniform": {"cube": 2 * n}},
        relation="=",
        epsilon=value,
    )


def chosen(n: int) -> list[list[int]]:
    """The subsets but the empty one."""
    return [[i for i in range(n) if mask >> i & 1] for mask in range(1, 1 << n)]


def products(n: int) -> dict[str, Any]:
    """χ_S(x)·χ_S(x′) side by side, each on its own copies of the coordinates of S."""
    return {"product": [{"parity": list(range(2 * len(over)))} for over in chosen(n)]}


def copies(n: int) -> dict[str, Any]:
    """(x, x′) ↦ the coordinates that :func:`products` reads."""
    picked = [i for over in chosen(n) for i in (*over, *(n + j for j in over))]
    entries = [[row, column, 1] for row, column in enumerate(picked)]
    return {"linear": {"matrix": {"rows": len(picked), "columns": 2 * n, "entries": entries}}}


def total(count: int) -> dict[str, Any]:
    """The sum, and 1 for the empty subset."""
    return {"linear": {"matrix": [[1] * count], "offset": [1]}}
