"""The claims of models/theorem-3 about slices and windows of the deep networks."""

from __future__ import annotations

from typing import Any

from ..kernel.data.numbers import format_rational
from ..networks.builder import delay, delayed, product
from ..networks.gadgets.theorem3 import deep
from .theorem_3_parts import Case, largest
from .writing import Place

SLICES, RANGE = "Theorem 3, slices", "Definition 2, range of i"


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
            f"Theorem 3, every window (repaired): {case.name} g, d = {case.depth}, copies "
            f"i = 0 … d−3: component {i} of the window ({i}, {i + 3}] is g",
            left=left,
            right=right,
            on={"space": inner(case, 0, i)},
        )
