"""Exact optima of networks on boxes and finite sets, by other means than the package's.

Every activation pattern is visited: a neuron's argument is affine in x once the phases before it
are fixed, so each pattern is a linear programme in x alone. These are solved by Seidel's
incremental algorithm ("Small-dimensional linear programming and convex hulls made easy", 1991)
in exact fractions. Meant for two or three inputs and a dozen ReLUs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product

from certify.kernel.data.network import Network

Vector = tuple[Fraction, ...]
Row = tuple[Vector, Fraction]  # a·x ≤ b
Affine = tuple[Vector, Fraction]  # a·x + b
ZERO = Fraction(0)


def maximise(
    goal: Vector, rows: Sequence[Row], lower: Sequence[Fraction], upper: Sequence[Fraction]
) -> Vector | None:
    """A point of the box that satisfies the rows and has the largest goal·x; None if none."""
    if not goal:
        return () if all(b >= 0 for _, b in rows) else None
    x: Vector = tuple(
        high if c > 0 else low for c, low, high in zip(goal, lower, upper, strict=True)
    )
    for i, (a, b) in enumerate(rows):
        if dot(a, x) <= b:
            continue
        k = next((j for j, v in enumerate(a) if v), None)
        if k is None:
            return None
        # the best point now lies on a·x = b: put x_k = (b − Σ aⱼxⱼ)/a_k into everything
        share = tuple(-v / a[k] for v in a)
        base = b / a[k]

        def without(row: Row, k: int = k, share: Vector = share, base: Fraction = base) -> Row:
            (a, b), weight = row, row[0][k]
            rest = tuple(
                v + weight * s for j, (v, s) in enumerate(zip(a, share, strict=True)) if j != k
            )
            return rest, b - weight * base

        unit = tuple(Fraction(j == k) for j in range(len(a)))
        sides = [(unit, upper[k]), (tuple(-v for v in unit), -lower[k])]
        inner = maximise(
            without((goal, ZERO))[0],
            [without(row) for row in [*sides, *rows[:i]]],
            [v for j, v in enumerate(lower) if j != k],
            [v for j, v in enumerate(upper) if j != k],
        )
        if inner is None:
            return None
        others = iter(inner)
        full = [ZERO if j == k else next(others) for j in range(len(a))]
        full[k] = base + dot(share, full)
        x = tuple(full)
    return x


def dot(a: Sequence[Fraction], x: Sequence[Fraction]) -> Fraction:
    """Σ aᵢxᵢ."""
    return sum((v * w for v, w in zip(a, x, strict=True) if v), ZERO)


def pieces(
    network: Network, rows: list[Row], box: tuple[Vector, Vector]
) -> Iterator[tuple[list[Affine], list[Row]]]:
    """The outputs as affine functions of x, and the rows of the region, of each pattern."""
    n = network.inputs
    start = [(tuple(Fraction(j == i) for j in range(n)), ZERO) for i in range(n)]
    neurons = [
        (layer, i) for layer in range(network.depth) for i in range(network.layers[layer].width)
    ]
    stack: list[tuple[int, list[Affine], list[Affine], list[Row]]] = [(0, start, [], rows)]
    while stack:
        k, before, now, region = stack.pop()
        if k == len(neurons):
            yield now, region
            continue
        number, i = neurons[k]
        if i == 0 and number:
            before, now = now, []
        layer = network.layers[number]
        a, b = (ZERO,) * n, layer.bias[i]
        for c, v in layer.rows[i]:
            a = tuple(p + v * q for p, q in zip(a, before[c][0], strict=True))
            b += v * before[c][1]
        if not layer.relu[i]:
            stack.append((k + 1, before, [*now, (a, b)], region))
            continue
        on, off = (tuple(-v for v in a), b), (a, -b)  # a·x + b ≥ 0, a·x + b ≤ 0
        for row, value in ((on, (a, b)), (off, ((ZERO,) * n, ZERO))):
            narrowed = [*region, row]
            if maximise(row[0], narrowed, *box) is not None:
                stack.append((k + 1, before, [*now, value], narrowed))


def largest_on_box(
    network: Network,
    weights: Sequence[Fraction],
    lower: Vector,
    upper: Vector,
    rows: Sequence[Row] = (),
) -> tuple[Fraction, Vector]:
    """The exact maximum of weights·outputs on a box behind rows, and where it is attained.

    Raises ValueError where the rows leave nothing of the box.
    """
    best: tuple[Fraction, Vector] | None = None
    for outputs, region in pieces(network, list(rows), (lower, upper)):
        goal = tuple(dot(weights, [a[j] for a, _ in outputs]) for j in range(network.inputs))
        x = maximise(goal, region, lower, upper)
        if x is not None:
            value = dot(goal, x) + dot(weights, [b for _, b in outputs])
            if best is None or value > best[0]:
                best = value, x
    if best is None:
        raise ValueError("an empty set")
    return best


def largest_on_grid(
    network: Network, weights: Sequence[Fraction], values: Sequence[Fraction]
) -> tuple[Fraction, Vector]:
    """The same on the points whose coordinates all take these values."""
    points = product(values, repeat=network.inputs)
    return max((dot(weights, network(point)), point) for point in points)
