"""models/theorem-3: a deep network that no local algorithm compresses, and its shallow equal."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from ..kernel.data.numbers import format_rational
from ..networks.gadgets.theorem3 import shallow
from .theorem_3_classes import own, short_windows, two_copies
from .theorem_3_parts import CASES, LITTLE, Case, largest, moved, table
from .theorem_3_text import README
from .theorem_3_windows import repaired, slices, window
from .writing import Place

PROOF, PART_2 = "Theorem 3, proof", "Theorem 3, part 2"
DRAWN = "Theorem 3, norms of f as it is drawn"


def write(folder: Path) -> None:
    """Write the folder."""
    place = Place("Theorem 3: global compression without local compression")
    for case in CASES:
        networks(place, case)
    for case in CASES:
        equal(place, case)
    for case in CASES:
        norms(place, case)
    for case in CASES:
        own(place, case)
    for case in CASES:
        slices(place, case)
    for case in CASES:
        window(place, case)
    for case in CASES:
        repaired(place, case)
    two_copies(place, CASES[0])
    short_windows(place, CASES[1])
    place.write(folder, README.replace("{norms}", "\n".join(table(CASES))))


def networks(place: Place, case: Case) -> None:
    """g, f in both forms, and (g, …, g)."""
    place.network(case.name, case.gadget)
    place.network(f"{case.name}-deep", case.deep)
    place.network(f"{case.name}-deep-relu", case.relu_only)
    place.network(f"{case.name}-shallow", shallow(case.gadget, case.copies))


def equal(place: Place, case: Case) -> None:
    """T3a: f ≡ (g, …, g) on all of ℝ^(n(d−3))."""
    right = f"{case.name}-shallow"
    for form, network, delays in (
        ("deep", case.deep, "identity delays"),
        ("deep-relu", case.relu_only, "ReLU-only delays"),
    ):
        left = f"{case.name}-{form}"
        says = f"{case.name} g, d = {case.depth}, {delays}: f ≡ (g, …, g) on all of space"
        place.claim(
            f"{left}-equals",
            "equals",
            f"{PROOF} (as written): {says}",
            left=left,
            right=right,
            on=case.space,
        )
        near = place.network(f"{left}-moved", moved(network))
        place.claim(
            f"{near}",
            "equals",
            f"{PROOF} (neighbour): {says}, with one bias moved by 2^−20",
            "refuted",
            left=near,
            right=right,
            on=case.space,
        )


def norms(place: Place, case: Case) -> None:
    """T3b, T3c, T3g: norm bounds of the shallow and of the deep network."""
    square, copies = case.square, case.copies

    def member(
        name: str, network: str, depth: int, bound: Fraction, source: str, expect: str = "proved"
    ) -> None:
        keys = {"network": network, "lambda_squared": bound, "depth": depth}
        place.claim(name, "member", source, expect, **keys)

    name, g = f"{case.name}-shallow", f"{case.name} g, d = {case.depth}"
    member(
        f"{name}-norms",
        name,
        3,
        copies**2 * square,
        f"{PART_2} (as written): {g}, (g, …, g) ∈ NN_((d−3)Λ,3)",
    )
    member(
        f"{name}-root",
        name,
        3,
        copies * square,
        f"{PART_2} (sharper): {g}, (g, …, g) ∈ NN_(√(d−3)Λ,3)",
    )
    member(
        f"{name}-under",
        name,
        3,
        copies * square - LITTLE,
        f"{PART_2} (neighbour): {g}, Λ² smaller by 2^−20",
        "refuted",
    )
    for form, network, delays in (
        ("deep", case.deep, "identity delays"),
        ("deep-relu", case.relu_only, "ReLU-only delays"),
    ):
        name, needed = f"{case.name}-{form}", largest(network)
        shown = format_rational(needed)
        member(
            f"{name}-norms",
            name,
            case.depth,
            needed,
            f"{DRAWN} (instance): {g}, {delays}, Λ² = {shown}",
        )
        member(
            f"{name}-under",
            name,
            case.depth,
            needed - LITTLE,
            f"{DRAWN} (neighbour): {g}, {delays}, Λ² = {shown} − 2^−20",
            "refuted",
        )
        uniform = form == "deep-relu"
        place.claim(
            f"{name}-uniform",
            "member",
            f"Definition 1, one σ per layer ({'repaired' if uniform else 'as written'}): "
            f"{g}, {delays}",
            "proved" if uniform else "refuted",
            network=name,
            lambda_squared=needed,
            depth=case.depth,
            activation="uniform",
        )
