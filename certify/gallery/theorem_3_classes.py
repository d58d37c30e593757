"""The claims of models/theorem-3 about classes: f within NN_{Λ,d}, and windows of two layers."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import prod

from ..kernel.data.network import Layer, Network, identity_layer
from ..kernel.data.numbers import format_rational
from ..networks.builder import delayed, product, relu, rescale
from ..networks.gadgets.parity import parity
from ..networks.gadgets.theorem3 import deep
from .theorem_3_parts import Case, largest
from .theorem_3_windows import part
from .writing import Place

CLASS, LOCAL = "Theorem 3, NN_TODO", "Theorem 3, part 1"
GRID = 64  # factors by which layers are rescaled are multiples of 1/GRID


def own(place: Place, case: Case) -> None:
    """f in NN_{Λ,d} with the Λ of g: each copy with its layers brought to about one norm."""
    for form, uniform in (("deep", False), ("deep-relu", True)):
        again = product(*(balanced(_copy(case, i, uniform)) for i in range(1, case.copies + 1)))
        name = place.network(f"{case.name}-{form}-own", again)
        delays = "ReLU-only delays" if uniform else "identity delays"
        what = f"{case.name} g, d = {case.depth}, {delays}"
        place.claim(
            f"{name}-equals",
            "equals",
            f"{CLASS} (as written): {what}: f, its copies rescaled, is f on all of space",
            left=f"{case.name}-{form}",
            right=name,
            on=case.space,
        )
        place.claim(
            f"{name}-norms",
            "member",
            f"{CLASS} (as written): {what}: so rescaled, f ∈ NN_(Λ,d) with the Λ of g; "
            f"Λ² = {format_rational(case.square)}",
            network=name,
            lambda_squared=case.square,
            depth=case.depth,
            activation="uniform" if uniform else "mixed",
        )


def _copy(case: Case, i: int, uniform: bool) -> Network:
    """f^(i); where g reads its input through one neuron, that neuron is delayed, not the input."""
    g, after = case.gadget, case.depth - 3 - i
    if case.name != "parity":
        return delayed(g, i, after, uniform)
    first, *rest = g.layers
    if uniform:  # the neuron is a sum of ReLUs' inputs ≥ 0, so a ReLU holds it
        held: Iterable[Layer] = relu([[1]]).layers * i
    else:
        held = (identity_layer(first.width),) * i
    tail = delayed(Network(first.width, tuple(rest)), 0, after, uniform)
    return Network(g.inputs, (first, *held, *tail.layers))


def balanced(network: Network) -> Network:
    """The same function, the norms of its layers about equal."""
    squares = [float(layer.frobenius_squared) for layer in network.layers]
    mean = prod(squares) ** (1 / len(squares))
    factor = 1.0
    for layer, square in enumerate(squares[:-1], start=1):
        factor *= (mean / square) ** 0.5
        network = rescale(network, layer, Fraction(max(1, round(factor * GRID)), GRID))
    return network


def short_windows(place: Place, case: Case) -> None:
    """For g the parity of bits, every window of three layers of f is two layers over D.

    The window i = 0 is so on all of space: see ``window``.
    """
    wide, d, n = place.network("parity-wide", parity(4, wide=True)), case.depth, case.gadget.inputs
    uniform = {"uniform": {"cube": case.copies * n}}
    for i in range(1, d - 2):
        window = product(*(_short(case, place.networks[wide], j, i) for j in range(1, d - 2)))
        name = place.network(f"{case.name}-window-{i}", window)
        over = {"induced": {"by": part(f"{case.name}-deep", 0, i), "from": uniform}}
        place.claim(
            f"{name}-lossless",
            "compression",
            f"{LOCAL} (instance): {case.name} g, d = {d}, D uniform on {{−1, 1}}^{n}: over D the "
            f"window ({i}, {i + 3}] is two layers, losslessly",
            left=part(f"{case.name}-deep", i, i + 3),
            right=name,
            over=over,
            depth=2,
            lambda_squared=largest(window),
            relation="=",
            epsilon=0,
        )


def _short(case: Case, wide: Network, j: int, i: int) -> Network:
    """Copy j of the window (i, i + 3] in two layers."""
    if j == i:
        return wide
    g = case.gadget
    before, after = identity_layer(g.inputs), identity_layer(g.outputs)
    chain = (before,) * j + g.layers + (after,) * (case.depth - 3 - j)
    window = chain[i : i + 3]
    kept = window[1:] if window[0] in (before, after) else window[:2]
    return Network(kept[0].columns, kept)


def two_copies(place: Place, case: Case) -> None:
    """At d = 4 the copies i = 0, 1: f, and (g, g) in the class of f."""
    f, g = deep(case.gadget, 4, first=0), case.gadget
    name = place.network(f"{case.name}-four", f)
    pair = place.network(f"{case.name}-two", product(balanced(g), balanced(g)))
    what = f"{case.name} g, d = 4, copies i = 0, 1"
    where = "Theorem 3, part 2 with d = 4 and the copy i = 0"
    place.claim(
        f"{pair}-equals",
        "equals",
        f"{where} (repaired): {what}: f ≡ (g, g) on all of space",
        left=name,
        right=pair,
        on={"space": 2 * g.inputs},
    )
    place.claim(
        f"{pair}-norms",
        "member",
        f"{where} (repaired): {what}: (g, g), rescaled, is in NN_(Λ,3) with the Λ of f; "
        f"Λ² = {format_rational(largest(f))}",
        network=pair,
        lambda_squared=largest(f),
        depth=3,
    )
