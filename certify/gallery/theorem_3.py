"""models/theorem-3: a deep network that no local algorithm compresses, and its shallow equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from ..kernel.exact import format_rational
from ..kernel.network import Network
from ..networks.builder import delay, delayed, product
from ..networks.gadgets.parity import parity
from ..networks.gadgets.radial import radial
from ..networks.gadgets.random_layers import random_layers
from ..networks.gadgets.theorem3 import deep, shallow
from .theorem_3_text import README
from .writing import Place

PROOF, PART_2 = "Theorem 3, proof", "Theorem 3, part 2"
NORMS, SLICES, RANGE = "Theorem 3, NN_TODO", "Theorem 3, slices", "Definition 2, range of i"
LITTLE = Fraction(1, 1 << 20)


@dataclass(frozen=True)
class Case:
    """A gadget g of three layers and the depth d; f has the copies 1 … d − 3 of g."""

    name: str
    gadget: Network
    depth: int

    @property
    def copies(self) -> int:
        """d − 3."""
        return self.depth - 3

    @property
    def square(self) -> Fraction:
        """Λ² for the least Λ of g."""
        return largest(self.gadget)

    @cached_property
    def deep(self) -> Network:
        """f, with identity delays."""
        return deep(self.gadget, self.depth)

    @cached_property
    def relu_only(self) -> Network:
        """f, with ReLU-only delays."""
        return deep(self.gadget, self.depth, relu_only=True)

    @property
    def space(self) -> dict[str, Any]:
        """The inputs of f: ℝ^(n(d−3))."""
        return {"space": self.copies * self.gadget.inputs}


CASES = (
    Case("random", random_layers((3, 5, 4, 1), seed=3), 6),
    Case("parity", parity(4), 7),
    Case("radial", radial(2, 2, 4, ((0, 0), (1, 1), (2, 0))), 6),
)


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
        slices(place, case)
    for case in CASES:
        window(place, case)
    for case in CASES:
        repaired(place, case)
    four(place, CASES[0])
    place.write(folder, README.replace("{norms}", "\n".join(table(CASES))))


def largest(network: Network) -> Fraction:
    """The largest squared Frobenius norm of a layer."""
    return max(layer.frobenius_squared for layer in network.layers)


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


def moved(network: Network) -> Network:
    """The same network with a bias of its third layer moved by 2^−20."""
    third = network.layers[2]
    bias = (third.bias[0] + LITTLE, *third.bias[1:])
    return replace(
        network, layers=(*network.layers[:2], replace(third, bias=bias), *network.layers[3:])
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
    member(f"{name}-norms", name, 3, copies**2 * square,
           f"{PART_2} (as written): {g}, (g, …, g) ∈ NN_((d−3)Λ,3)")  # fmt: skip
    member(f"{name}-root", name, 3, copies * square,
           f"{PART_2} (sharper): {g}, (g, …, g) ∈ NN_(√(d−3)Λ,3)")  # fmt: skip
    member(f"{name}-under", name, 3, copies * square - LITTLE,
           f"{PART_2} (neighbour): {g}, Λ² smaller by 2^−20", "refuted")  # fmt: skip
    for form, network, delays in (
        ("deep", case.deep, "identity delays"),
        ("deep-relu", case.relu_only, "ReLU-only delays"),
    ):
        name, needed = f"{case.name}-{form}", largest(network)
        shown = format_rational(needed)
        member(f"{name}-own", name, case.depth, square,
               f"{NORMS} (as written): {g}, {delays}, f ∈ NN_(Λ,d) with the Λ of g",
               "refuted")  # fmt: skip
        member(f"{name}-norms", name, case.depth, needed,
               f"{NORMS} (repaired): {g}, {delays}, Λ² = {shown}")  # fmt: skip
        member(f"{name}-under", name, case.depth, needed - LITTLE,
               f"{NORMS} (neighbour): {g}, {delays}, Λ² = {shown} − 2^−20", "refuted")  # fmt: skip
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


def slices(place: Place, case: Case) -> None:
    """T3d: each f^(i), and the components of f."""
    n = case.gadget.inputs
    for i in range(1, case.copies + 1):
        name = place.network(f"{case.name}-copy-{i}", delayed(case.gadget, i, case.depth - 3 - i))
        before, middle = part(name, 0, i), part(name, i, i + 3)
        what = f"{case.name} g, d = {case.depth}, i = {i}"
        place.claim(
            f"{name}-slice",
            "equals",
            f"{SLICES} (as written): {what}, layers (i, i+3] of f^(i) are g",
            left=middle,
            right=case.name,
            on={"space": n},
        )
        place.claim(
            f"{name}-before",
            "equals",
            f"{SLICES} (as written): {what}, the layers before are the identity",
            left=before,
            right={"project": list(range(n))},
            on={"space": n},
        )
        if case.name == "parity":
            place.claim(
                f"{name}-induced",
                "mse",
                f"{SLICES} (as written): {what}, over the induced distribution the slice is g",
                left=middle,
                right=case.name,
                over={"induced": {"by": before, "from": {"uniform": {"cube": n}}}},
                relation="=",
                epsilon=0,
            )
        left, right = component(case, f"{case.name}-deep", 1, i)
        place.claim(
            f"{case.name}-deep-slice-{i}",
            "equals",
            f"{SLICES} (as written): {what}, component i of layers (i, i+3] of f is g",
            left=left,
            right=right,
            on={"space": inner(case, 1, i)},
        )


def part(network: str, start: int, stop: int) -> dict[str, Any]:
    """Layers (start, stop] of a network."""
    return {"slice": {"of": network, "layers": [start, stop]}}


def inner(case: Case, first: int, i: int) -> int:
    """The width of f between layers i and i + 1."""
    return sum(_width(case, j, i) for j in range(first, case.depth - 2))


def component(case: Case, network: str, first: int, i: int) -> tuple[Any, Any]:
    """(component i of layers (i, i+3] of f, g on its inputs): the two sides of a claim."""
    start = sum(_width(case, j, i) for j in range(first, i))
    outputs = case.gadget.outputs
    place = range((i - first) * outputs, (i - first + 1) * outputs)
    left = {"compose": [{"project": list(place)}, part(network, i, i + 3)]}
    inputs = list(range(start, start + case.gadget.inputs))
    return left, {"compose": [case.name, {"project": inputs}]}


def _width(case: Case, j: int, i: int) -> int:
    """The width of f^(j) between layers i and i + 1."""
    layers = case.gadget.layers
    if i <= j:
        return case.gadget.inputs
    return layers[i - j].columns if i - j < 3 else case.gadget.outputs


def window(place: Place, case: Case) -> None:
    """T3e: the window i = 0 of f has two layers, losslessly."""
    g, n, d = case.gadget, case.gadget.inputs, case.depth
    rest = [delay(n, 2)] * (case.copies - 2)
    plain = product(g.slice(0, 2), delayed(g.slice(0, 1), 1), *rest)
    later = [delayed(g, j, d - 3 - j, True).slice(0, 2) for j in range(3, case.copies + 1)]
    split = product(g.slice(0, 2), delayed(g.slice(0, 1), 1, 0, True), *later)
    for form, network, delays in (
        ("deep", plain, "identity delays"),
        ("deep-relu", split, "ReLU-only delays"),
    ):
        of = f"{case.name}-{form}"
        name = place.network(f"{of}-window", network)
        what = f"{case.name} g, d = {d}, {delays}"
        place.claim(
            f"{name}-equals",
            "equals",
            f"{RANGE} (sharper): {what}, layers 1 … 3 of f equal a network of two layers",
            left=part(of, 0, 3),
            right=name,
            on=case.space,
        )
        place.claim(
            f"{name}-norms",
            "member",
            f"{RANGE} (sharper): {what}, that network is in NN_(Λ′,2) with Λ′² = "
            f"{format_rational(largest(network))}",
            network=name,
            lambda_squared=largest(network),
            depth=2,
        )


def repaired(place: Place, case: Case) -> None:
    """T3f: with the copy i = 0, every window of three layers holds a whole g."""
    network = deep(case.gadget, case.depth, first=0)
    name = place.network(f"{case.name}-every", network)
    for i in range(case.copies + 1):
        left, right = component(case, name, 0, i)
        place.claim(
            f"{name}-{i}",
            "equals",
            f"Theorem 3 (repaired): {case.name} g, d = {case.depth}, copies i = 0 … d−3, every "
            "window of three layers holds a whole g",
            left=left,
            right=right,
            on={"space": inner(case, 0, i)},
        )


def four(place: Place, case: Case) -> None:
    """T3f at d = 4: two copies, so part 2 needs √2·Λ."""
    name = place.network(f"{case.name}-two", shallow(case.gadget, 2))
    for suffix, bound, role, says, expect in (
        ("norms", 2 * case.square, "repaired", "√2·Λ", "proved"),
        ("own", case.square, "as written", "(d−3)Λ = Λ", "refuted"),
    ):
        place.claim(
            f"{name}-{suffix}",
            "member",
            f"Theorem 3, part 2 with d = 4 ({role}): {case.name} g, two copies, norms {says}",
            expect,
            network=name,
            lambda_squared=bound,
            depth=3,
        )


def table(cases: Sequence[Case]) -> list[str]:
    """The exact squared norms of all layers."""
    lines = [
        "| g | d | delays | ‖W‖_F² of each layer | Λ² of g | Λ² of f |",
        "|---|--:|---|---|--:|--:|",
    ]
    for case in cases:
        for network, delays in ((case.deep, "identity"), (case.relu_only, "ReLU-only")):
            squares = ", ".join(format_rational(x.frobenius_squared) for x in network.layers)
            own, needed = format_rational(case.square), format_rational(largest(network))
            lines.append(
                f"| {case.name} | {case.depth} | {delays} | {squares} | {own} | {needed} |"
            )
    return lines
