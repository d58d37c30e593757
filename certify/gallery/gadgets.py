"""models/gadgets: every construction of the gallery with a proved claim and false neighbours."""

from __future__ import annotations

from fractions import Fraction
from itertools import product as product_of
from pathlib import Path
from typing import Any

from ..kernel.data.network import Network
from ..networks.builder import Exact, delay, product, scramble
from ..networks.gadgets import GADGETS
from ..networks.gadgets.balanced import balanced_parity
from ..networks.gadgets.extrema import absolute, maximum, minimum
from ..networks.gadgets.formula import formula
from ..networks.gadgets.interpolation import interpolation
from ..networks.gadgets.noisy_parity import noisy_parity
from ..networks.gadgets.parity import parity
from ..networks.gadgets.radial import radial
from ..networks.gadgets.random_layers import random_layers
from ..networks.gadgets.sawtooth import sawtooth
from ..networks.gadgets.sorting import sorting
from ..networks.gadgets.symmetric import symmetric
from ..networks.gadgets.theorem3 import deep, shallow
from ..networks.gadgets.tower import tower
from .theorem_3_parts import moved
from .writing import Place, cell

README = """
Each construction that `certify gadget` builds, with at least one claim that is proved and a false
neighbour that is refuted beside it. What a gadget computes, on which set, its layer norms and its
source in full stand in the docstring of its file in `certify/networks/gadgets/`; `certify show`
prints the layers of a network here.

{gadgets}

Networks are ONNX files where every weight is a float, and JSON with rationals otherwise.

## Claims

{claims}
"""

# gadget -> (what it computes, on which set, source), for the README
FACTS = {
    "parity": ("the product of chosen coordinates", "{−1, 1}ⁿ", "Lemma 2, repaired"),
    "balanced-parity": ("the same with nearly equal norms", "{−1, 1}ⁿ", "Lemma 2, rescaled"),
    "noisy-parity": ("a parity, wrong where a count is as named", "{−1, 1}ⁿ", "Theorem 2"),
    "symmetric": ("a function of the number of +1", "{−1, 1}ⁿ", "as parity, with any values"),
    "tower": ("Λ^d times one coordinate, d linear layers", "ℝⁿ", "Theorem 1, proof"),
    "delay": ("the identity, as identities or differences of ReLUs", "ℝⁿ", "Theorem 3, proof"),
    "product": ("networks side by side", "ℝⁿ", "Theorem 3, proof"),
    "max": ("the largest coordinate", "ℝⁿ", "folklore; Arora et al. (2018)"),
    "min": ("the smallest coordinate", "ℝⁿ", "as max"),
    "abs": ("absolute values", "ℝⁿ", "|x| = relu(x) + relu(−x)"),
    "sort": ("the coordinates in order", "ℝⁿ", "Batcher; Knuth 5.2.2M"),
    "formula": ("a Boolean formula", "{0, 1}ⁿ", "McCulloch and Pitts (1943)"),
    "sawtooth": ("a triangle wave with 2^k pieces", "[0, 1]", "Telgarsky (2015)"),
    "interpolation": ("a piecewise linear function through points", "ℝ", "hinges"),
    "radial": ("a profile of nearly ‖x‖²", "ℝⁿ", "in the style of Eldan and Shamir (2016)"),
    "theorem3-deep": ("delayed copies of a gadget side by side", "ℝⁿ", "Theorem 3, proof"),
    "theorem3-shallow": ("what theorem3-deep equals", "ℝⁿ", "Theorem 3, part 2"),
    "random": ("layers with small random rationals", "ℝⁿ", "test material"),
}
FORMULA = "x0 and not (x1 xor x2) or atleast 2 of (x1, x2, x3)"
TRUTH = "x0 = 1 and x1 = x2 or x1 + x2 + x3 >= 2"
HAT = ((0, 0), (1, 1), (2, 0))


def write(folder: Path) -> None:
    """Write the folder."""
    place = Place("The gadgets")
    on_the_cube(place)
    on_all_of_space(place)
    of_one_variable(place)
    of_the_paper(place)
    lines = ["| gadget | computes | on | source |", "|---|---|---|---|"]
    for name in GADGETS:
        lines.append(f"| `{name}` | {' | '.join(map(cell, FACTS[name]))} |")
    place.write(folder, README.replace("{gadgets}", "\n".join(lines)))


def equals(
    place: Place, name: str, says: str, left: Any, right: Any, on: Any, false: bool = False
) -> None:
    """∀x: left = right; ``says`` is "gadget: sentence"."""
    gadget, _, sentence = says.partition(": ")
    role = " (neighbour)" if false else ""
    expect = "refuted" if false else "proved"
    source = f"Gadget {gadget}{role}: {sentence}"
    place.claim(name, "equals", source, expect, left=left, right=right, on=on)


def output(place: Place, name: str, says: str, network: str, on: Any, holds: str) -> None:
    """∀x: a formula over inputs and outputs; a name that ends in "not" is refuted."""
    gadget, _, sentence = says.partition(": ")
    false = name.endswith("-not")
    source = f"Gadget {gadget}{' (neighbour)' if false else ''}: {sentence}"
    expect = "refuted" if false else "proved"
    place.claim(name, "output", source, expect, network=network, on=on, holds=holds)


def on_the_cube(place: Place) -> None:
    """Functions of ±1 and of bits."""
    four, cube = (0, 2, 3, 5), {"cube": 6}
    chosen = {"parity": list(four)}
    for name, network in (
        ("parity", parity(6, four)),
        ("parity-wide", parity(6, four, wide=True)),
        ("balanced-parity", balanced_parity(6, four)),
    ):
        gadget = name.removesuffix("-wide")
        place.network(name, network)
        form = "one hidden layer" if name != gadget else "three layers"
        equals(place, name, f"{gadget}: parity of 4 of 6 bits, {form}", name, chosen, cube)
        other = {"parity": [0, 2, 3, 4]}
        equals(place, f"{name}-not", f"{gadget}: another subset", name, other, cube, false=True)
    place.network("noisy-parity", noisy_parity(6, four, (1, 2, 4), (3,)))
    for name, value, says in (
        ("noisy-parity", Fraction(3, 4), "wrong at one point in 8"),
        ("noisy-parity-not", Fraction(1), "never wrong"),
    ):
        false = name != "noisy-parity"
        place.claim(
            name,
            "expectation",
            f"Gadget noisy-parity{' (neighbour)' if false else ''}: {says}",
            "refuted" if false else "proved",
            of=["noisy-parity", chosen],
            over={"uniform": cube},
            relation="=",
            value=value,
        )
    noisy = [x for x in product_of([-1, 1], repeat=6) if x[1] == x[2] == x[4] == 1]
    equals(
        place, "noisy-parity-place", "noisy-parity: wrong exactly where x1 = x2 = x4 = 1",
        "noisy-parity", {"flip": {"of": chosen, "points": noisy}}, cube,
    )  # fmt: skip
    says = "noisy-parity: it is ±1 on the whole cube"
    output(place, "noisy-parity-sign", says, "noisy-parity", cube, "y0 = 1 or y0 = -1")
    values: list[Exact] = [0, 0, 1, 1, 0, "1/3"]
    over = (1, 2, 4, 5, 6)
    place.network("symmetric", symmetric(values, 7, over))
    for name, wanted, says in (
        ("symmetric", values, "values 0, 0, 1, 1, 0, 1/3 for 0 … 5 times +1"),
        ("symmetric-not", [*values[:5], "2/3"], "the last value 2/3"),
    ):
        right = {"symmetric": {"over": list(over), "values": wanted}}
        says = f"symmetric: {says}"
        equals(place, name, says, "symmetric", right, {"cube": 7}, name != "symmetric")
    place.network("formula", formula(FORMULA))
    truth = f"(y0 = 1 and ({TRUTH})) or (y0 = 0 and not ({TRUTH}))"
    says = "formula: x0 ∧ ¬(x1 ⊕ x2), or two of x1, x2, x3"
    output(place, "formula", says, "formula", {"bits": 4}, truth)
    wrong = truth.replace("x1 = x2", "x1 != x2")
    output(place, "formula-not", "formula: with x1 ⊕ x2 instead", "formula", {"bits": 4}, wrong)


def on_all_of_space(place: Place) -> None:
    """Maximum, minimum, absolute value, sorting, delays, products."""
    for name, build in (("max", maximum), ("min", minimum)):
        place.network(name, build(4))
        text = f"{name}({name}(x0, x1), {name}(x2, x3))"
        equal, four = {"expression": text}, {"space": 4}
        equals(place, name, f"{name}: {text} on ℝ⁴", name, equal, four)
        less = {"expression": f"{name}(x0, x1, x2)"}
        equals(place, f"{name}-not", f"{name}: without x3", name, less, four, false=True)
    place.network("abs", absolute())
    for name, text in (("abs", "abs(x0)"), ("abs-not", "relu(x0)")):
        false, equal = name != "abs", {"expression": text}
        equals(place, name, f"abs: {text} on ℝ", "abs", equal, {"space": 1}, false)
    place.network("delay", delay(3, 4, relu_only=True))
    place.network("delay-moved", moved(delay(3, 4, relu_only=True)))
    right, on = {"project": [0, 1, 2]}, {"space": 3}
    equals(place, "delay", "delay: four ReLU-only layers are the identity", "delay", right, on)
    says = "delay: with a bias moved by 2^−20"
    equals(place, "delay-not", says, "delay-moved", right, on, false=True)
    place.network("product", product(maximum(2), absolute()))
    place.network("max-2", maximum(2))
    for name, parts in (("product", ["max-2", "abs"]), ("product-not", ["abs", "max-2"])):
        says = f"product: ({', '.join(parts)}) side by side on ℝ³"
        equals(place, name, says, "product", {"product": parts}, on, name != "product")
    place.network("sort", sorting(6))
    place.network("sort-4", sorting(4, relu_only=True))
    order = " and ".join(f"y{i} <= y{i + 1}" for i in range(5))
    total = f"{' + '.join(f'y{i}' for i in range(6))} = {' + '.join(f'x{i}' for i in range(6))}"
    ordered = f"{order} and {total}"
    output(place, "sort", "sort: six bits in order, as many of each", "sort", {"bits": 6}, ordered)
    strict = order.replace("<=", "<", 1)
    output(place, "sort-not", "sort: strictly increasing", "sort", {"bits": 6}, strict)
    grid = {"grid": [[-2, 0, "1/2", 3]] * 4}
    largest = {"expression": "max(x0, x1, x2, x3)"}
    last = {"compose": [{"project": [3]}, "sort-4"]}
    says = "sort: the last of four is their maximum, on 256 points"
    equals(place, "sort-last", says, last, largest, grid)
    everything = {"linear": {"matrix": [[1] * 4]}}
    kept = {"compose": [everything, "sort-4"]}
    says = "sort: the sum of the coordinates is kept, on ℝ⁴"
    equals(place, "sort-sum", says, kept, everything, {"space": 4})


def of_one_variable(place: Place) -> None:
    """Interpolation, the sawtooth and the radial profile."""
    place.network("interpolation", interpolation(HAT, left="-1/3", right=2))
    hat = "relu(x0) - 2*relu(x0 - 1) + 3*relu(x0 - 2) + relu(-x0)/3"
    for name, text in (("interpolation", hat), ("interpolation-not", hat.replace("/3", "/2"))):
        false = name != "interpolation"
        says = f"interpolation: {text}, on ℝ"
        equals(place, name, says, "interpolation", {"expression": text}, {"space": 1}, false)
    folds = 4
    place.network("sawtooth", sawtooth(folds))
    teeth = [(Fraction(j, 1 << folds), j % 2) for j in range((1 << folds) + 1)]
    place.network("teeth", interpolation(teeth))
    points = {"points": [[Fraction(j, 64)] for j in range(65)]}
    says = f"sawtooth: the wave through {len(teeth)} teeth, on j/64"
    equals(place, "sawtooth", says, "sawtooth", "teeth", points)
    place.network("sawtooth-3", sawtooth(folds - 1))
    says = "sawtooth: with one fold less"
    equals(place, "sawtooth-not", says, "sawtooth-3", "teeth", points, false=True)
    # q(x) is x² at the multiples of 1/2, and p is the hat
    place.network("radial", radial(2, 2, 4, HAT))
    step = Fraction(1, 2)
    squares = [(k * step, (k * step) ** 2) for k in range(-4, 5)]
    slope = 7 * step
    place.network("square", interpolation(squares, left=-slope, right=slope))
    place.network("hat", interpolation(HAT))
    both = {"product": ["square", "square"]}
    total = {"compose": [{"linear": {"matrix": [[1, 1]]}}, both]}
    says = "radial: the profile of q(x0) + q(x1), on ℝ²"
    equals(place, "radial", says, "radial", {"compose": ["hat", total]}, {"space": 2})
    some = squares[4:]
    exact = " or ".join(f"(x0 = {x} and y0 = {y})" for x, y in some)
    says = "radial: q(x) = x² at the multiples of 1/2"
    output(place, "radial-square", says, "square", {"grid": [[x for x, _ in some]]}, exact)
    mirrored = {"compose": ["square", {"linear": {"matrix": [[-1]]}}]}
    equals(place, "radial-even", "radial: q(−x) = q(x), on ℝ", "square", mirrored, {"space": 1})
    below = " and ".join(f"y0 >= {2 * x}*x0 - {x * x}" for x, _ in squares)
    says = "radial: q is above the tangents of x² at these points, on [−2, 2]"
    output(place, "radial-tangents", says, "square", {"box": {"lower": [-2], "upper": [2]}}, below)
    says = "radial: q is above these tangents, on [−3, 3]"
    wide = {"box": {"lower": [-3], "upper": [3]}}
    output(place, "radial-tangents-not", says, "square", wide, below)
    falling = {"compose": [{"expression": "relu(x0) - 2*relu(x0 - 1)"}, total]}
    says = "radial: a profile that falls for ever"
    equals(place, "radial-not", says, "radial", falling, {"space": 2}, false=True)


def of_the_paper(place: Place) -> None:
    """The tower, the two sides of Theorem 3, and random layers."""
    place.network("tower", tower(3, 5, 4))
    for name, scale in (("tower", 625), ("tower-not", 624)):
        times, false = {"expression": f"{scale}*x2"}, name != "tower"
        equals(place, name, f"tower: {scale}·x2 on ℝ³", "tower", times, {"space": 3}, false)
    gadget = random_layers((2, 4, 3, 1), seed=5)
    place.network("gadget", gadget)
    first: Network = deep(gadget, 5, first=0, relu_only=True)
    place.network("theorem3-deep", first)
    place.network("theorem3-shallow", shallow(gadget, 3))
    place.network("theorem3-moved", moved(first))
    left, right, on = "theorem3-deep", "theorem3-shallow", {"space": 6}
    equals(place, left, "theorem3-deep: three delayed copies of g are (g, g, g)", left, right, on)
    says = "theorem3-deep: with a bias moved by 2^−20"
    equals(place, f"{left}-not", says, "theorem3-moved", right, on, false=True)
    copies = {"product": ["gadget"] * 3}
    equals(place, right, "theorem3-shallow: (g, g, g) side by side", right, copies, on)
    swapped = {"compose": [right, {"project": [1, 0, 2, 3, 4, 5]}]}
    says = "theorem3-shallow: with two inputs exchanged"
    equals(place, f"{right}-not", says, right, swapped, on, false=True)
    place.network("random", random_layers((3, 5, 4, 2), seed=2))
    place.network("random-scrambled", scramble(random_layers((3, 5, 4, 2), seed=2), seed=1))
    says = "random: its neurons permuted and rescaled, on ℝ³"
    equals(place, "random", says, "random", "random-scrambled", {"space": 3})
    place.network("random-other", random_layers((3, 5, 4, 2), seed=4))
    says = "random: drawn from another seed"
    equals(place, "random-not", says, "random", "random-other", {"space": 3}, false=True)
