"""models/monotone: a network that rises in an input, and one that nearly does."""

from __future__ import annotations

from pathlib import Path

from ..claims.monotone import pairs, rises
from ..kernel.data.network import Network
from ..networks.builder import Sequential, linear, relu
from .writing import Place

SOURCE = "Monotonicity"
BOX = {"box": {"lower": [0, 0], "upper": [4, 4]}}

README = """
A score of two inputs on [0, 4]²: may it fall when x0 alone rises? The claim is about two copies
of the network side by side, at x and at x + t·e₀ with t ≥ 0, both in the box: the second output
is at least the first. It is of kind `output`; in Python, `certify.monotone(score, on=box,
along=[0])` writes it down.

- In `score` no path from x0 to the output has a negative weight, so it rises (`score-rises`).
  The bound is tight: the two outputs are equal where t = 0. Rule regions closes such regions in
  exact arithmetic.
- In `dented` one of these weights is −2⁻²⁰, and the output falls where no other path is active
  (`dented-rises` is refuted by a pair of points).
- `score` does not rise in x1 (`score-rises-in-x1`).

## Claims

{claims}
"""


def write(folder: Path) -> None:
    """Write the folder."""
    place = Place("Monotonicity, as a claim about two copies")
    score = place.network("score", network(1))
    dented = place.network("dented", network("-1/1048576"))

    def claim(name: str, which: str, along: int, says: str, expect: str = "proved") -> None:
        keys = {"network": {"product": [which, which]}, "on": pairs(BOX, [along])}
        place.claim(name, "output", f"{SOURCE}{says}", expect, holds=rises(1), **keys)

    claim("score-rises", score, 0, ": the score does not fall when x0 rises")
    near = " (neighbour): the same with one weight −2⁻²⁰ instead of 1"
    claim("dented-rises", dented, 0, near, "refuted")
    claim("score-rises-in-x1", score, 1, " (neighbour): the same for x1", "refuted")
    place.write(folder, README)


def network(weight: int | str) -> Network:
    """Two hidden layers; ``weight`` is that of x0 in the third neuron."""
    return Sequential(
        relu([[1, 1], [2, -1], [weight, -2]], [-4, -5, 3]),
        relu([[1, 2, 0], [0, 1, 3]], [-1, -2]),
        linear([[1, 1]]),
    )
