"""models/theorem-4: a cited theorem that this tool does not check."""

from __future__ import annotations

from pathlib import Path

README = """# Theorem 4 (Eldan and Shamir): cited, not checked here

**The paper** cites Theorem 1 of Eldan and Shamir, "The Power of Depth for Feedforward Neural
Networks" (COLT 2016): there are a distribution on ℝⁿ and a map g with a three-layer network of
polynomial size, "such that if there exists a (c, NN_{Λ,2})-compression of g, then Λ = exp(Ω(n))".

This is a lower bound over *all* networks of two layers, proved by Fourier analysis of a
continuous distribution, and asymptotic in n. A claim here is about the networks and finite or
polyhedral sets that it names, so the theorem is outside what this tool checks, and this folder
has no claims. The one kind of statement about all networks of a class that it does check,
`excludes`, rests on how far a function moves between two points of a set, and a bounded g on ℝⁿ
does not move far enough for that.

What can be checked is checked where it is used: [theorem-3](../theorem-3) builds its networks
around any three-layer g, among them a radial gadget in the style of this theorem (the profile of
an approximate squared norm), and proves everything about them except that no two-layer network
comes close to g.
"""


def write(folder: Path) -> None:
    """Write the folder."""
    (folder / "README.md").write_text(README, encoding="utf-8")
