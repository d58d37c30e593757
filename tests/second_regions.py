"""Rule regions, as the specification (docs/format.md) has it, in rational arithmetic throughout.

From a canonical claim, the networks as JSON and the lines of a certificate. Nothing of the package
is used. It bounds without rounding, so it accepts where the kernel's fixed point does, or nearly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

from second_encoder import ONE, ZERO, Layer, disjuncts, moved, number, rows
from second_encoder import layers as as_network

Row = dict[int, Fraction]
Neuron = tuple[int, int]
Ranges = dict[Neuron, tuple[Fraction, Fraction]]


@dataclass(frozen=True)
class Region:
    """Bounds of the parameters, and the phases split on the way."""

    ends: tuple[tuple[Fraction, Fraction], ...]
    phases: tuple[tuple[Neuron, bool], ...] = ()


def polyhedron(value: dict[str, Any]) -> tuple[list[Any], list[Any], list[Row], list[Fraction]]:
    """Bounds of u, rows (a, b), and x = matrix·u + offset."""
    [(word, body)] = value.items()
    if word == "box":
        lower, upper = ([number(v) for v in body[side]] for side in ("lower", "upper"))
        bounds: list[Any] = list(zip(lower, upper, strict=True))
    elif word == "polytope":
        table = [[number(v) for v in row] for row in body["le"]]
        ends: list[list[Any]] = [[None, None] for _ in table[0][:-1]]
        rest = []
        for *row, b in table:
            named = {c: v for c, v in enumerate(row) if v}
            if len(named) != 1:
                rest.append((named, b))
                continue
            [(c, v)] = named.items()
            side, best = (1, min) if v > 0 else (0, max)
            held = ends[c][side]
            ends[c][side] = b / v if held is None else best(held, b / v)
        bounds = [tuple(pair) for pair in ends]
        return bounds, rest, [{i: ONE} for i in range(len(bounds))], [ZERO] * len(bounds)
    elif word == "embed":
        bounds, rest, inner, shift = polyhedron(body["set"])
        outer = rows(body["matrix"])
        matrix = [total((v, inner[c]) for c, v in row.items()) for row in outer]
        offset = [
            number(o) + sum(v * shift[c] for c, v in row.items())
            for row, o in zip(outer, body["offset"], strict=True)
        ]
        return bounds, rest, matrix, offset
    else:
        raise ValueError(word)
    return bounds, [], [{i: ONE} for i in range(len(bounds))], [ZERO] * len(bounds)


def total(parts: Any) -> Row:
    found: Row = {}
    for factor, row in parts:
        for c, v in row.items():
            found[c] = found.get(c, ZERO) + factor * v
    return found


def beside(networks: list[list[Layer]], n: int) -> list[Layer]:
    """Functions of the same x as one network."""
    found = []
    for k in range(max(map(len, networks))):
        matrix: list[Row] = []
        bias: list[Fraction] = []
        relu: list[bool] = []
        start = 0
        for network in networks:
            width = len(network[min(k, len(network)) - 1][0]) if k else n
            identity = ([{i: ONE} for i in range(width)], [ZERO] * width, [False] * width)
            w, b, r = network[k] if k < len(network) else identity
            matrix += [{start + c: v for c, v in row.items()} for row in w]
            bias, relu = bias + b, relu + r
            start += width if k else 0
        found.append((matrix, bias, relu))
    return found


class Query:
    """What is asked on each region, and the walk over the tree."""

    def __init__(self, claim: dict[str, Any], networks: dict[str, Any]) -> None:
        self.bounds, self.limits, self.matrix, self.offset = polyhedron(claim["on"])
        n, kind = len(self.matrix), claim["kind"]
        if kind == "separates":
            whole = as_network(claim["network"], n, networks)
            step = [number(claim["eta"]) * number(v) for v in claim["along"]]
            terms = [moved(whole, step, s) for s in (ONE, -ONE)]
        else:
            names = ("network",) if kind == "output" else ("left", "right")
            terms = [as_network(claim[name], n, networks) for name in names]
        self.layers = beside(terms, n)
        self.n, k = n, len(terms[0][-1][0])
        self.cases: list[list[tuple[Row, Fraction, bool]]] = []
        self.gap = [{n + i: ONE, n + k + i: -ONE} for i in range(k)]
        self.most = self.least = None
        signs = (ONE, -ONE)
        if kind == "output":
            self.cases = [
                [
                    ({int(v[1:]) + (n if v[0] == "y" else 0): w for v, w in row}, c, s)
                    for row, c, s in case
                ]
                for case in disjuncts(claim["holds"], True)
            ]
        elif kind == "equals" or (kind == "within" and (k == 1 or claim["norm"] == "linf")):
            far = number(claim.get("epsilon", 0))
            self.cases = [[(total([(s, g)]), -far, True)] for g in self.gap for s in signs]
        elif kind == "separates" and k == 1:
            far = number(claim["delta"])
            self.cases = [[(total([(s, self.gap[0])]), far, True) for s in (-ONE, ONE)]]
        elif kind == "separates":
            self.least = number(claim["delta"])
        elif claim["norm"] == "l1" and k <= 6:
            far = number(claim["epsilon"])
            every = product(signs, repeat=k)
            self.cases = [[(total(zip(s, self.gap, strict=True)), -far, True)] for s in every]
        else:
            self.most = claim["norm"], number(claim["epsilon"])

    # ------------------------------------------------------------------- bounds

    def lower(
        self,
        region: Region,
        ranges: Ranges,
        slopes: dict[Neuron, Fraction],
        weights: Row,
        last: int,
        constant: Fraction = ZERO,
        extra: dict[Neuron, Fraction] | None = None,
        on_x: Row | None = None,
        on_u: Row | None = None,
    ) -> Fraction:
        """A lower bound of weights·(z of layer ``last``) + constant + extra·z + on_x·x + on_u·u."""
        for k in range(last, -1, -1):
            matrix, bias, _ = self.layers[k]
            here = {j: w for (layer, j), w in (extra or {}).items() if layer == k}
            weights = total([(ONE, weights), (ONE, here)])
            constant += sum(w * bias[j] for j, w in weights.items())
            below = total((w, matrix[j]) for j, w in weights.items())
            if k:
                weights, lost = self.relaxed(region, ranges, slopes, below, k - 1)
                constant += lost
        below = total([(ONE, below), (ONE, on_x or {})])
        constant += sum(w * self.offset[c] for c, w in below.items())
        u = total([(ONE, on_u or {}), *((w, self.matrix[c]) for c, w in below.items())])
        return constant + sum(w * region.ends[i][w < 0] for i, w in u.items())

    def relaxed(
        self, region: Region, ranges: Ranges, slopes: dict[Neuron, Fraction], weights: Row, k: int
    ) -> tuple[Row, Fraction]:
        """Weights on the components of layer k as weights on their z, and a constant."""
        found, lost, split = {}, ZERO, dict(region.phases)
        for j, w in weights.items():
            low, high = ranges.get((k, j), (None, None))
            if not self.layers[k][2][j] or split.get((k, j)) or (low is not None and low >= 0):
                found[j] = w
            elif split.get((k, j)) is False or (high is not None and high <= 0):
                continue
            elif w < 0:
                found[j] = w * high / (high - low)
                lost -= found[j] * low
            else:
                found[j] = w * slopes.get((k, j), ONE if high > -low else ZERO)
        return found, lost

    def ranges(self, region: Region, known: Ranges, slopes: dict[Neuron, Fraction]) -> Ranges:
        """Bounds of every z before a ReLU on the region."""
        found: Ranges = {}
        for k, (_, _, relu) in enumerate(self.layers):
            for j, cut in enumerate(relu):
                if cut:
                    low = self.lower(region, found, slopes, {j: ONE}, k)
                    high = -self.lower(region, found, slopes, {j: -ONE}, k)
                    a, b = known.get((k, j), (low, high))
                    found[k, j] = max(low, a), min(high, b)
        return found

    # --------------------------------------------------------------------- tree

    def accepts(self, lines: Iterator[Any]) -> bool:
        """Does every leaf of the tree close?"""
        next(lines)  # bits, and a point that the tests do not look at
        start = Region(tuple(self.bounds))
        waiting = [(start, self.ranges(start, {}, {}))]
        for node in lines:
            if not waiting:
                return False
            region, known = waiting.pop()
            if "leaf" in node or "empty" in node:
                if not self.closed(region, known, node):
                    return False
                continue
            if "tighten" in node:
                known = self.ranges(region, known, {})
            if "relu" in node:
                neuron = (node["relu"][0], node["relu"][1])
                halves = [
                    Region(region.ends, (*region.phases, (neuron, active)))
                    for active in (False, True)
                ]
            else:
                i, at = node["input"], number(node["at"])
                low, high = region.ends[i]
                if not low < at < high:
                    return False
                halves = [
                    Region((*region.ends[:i], pair, *region.ends[i + 1 :]), region.phases)
                    for pair in ((low, at), (at, high))
                ]
            waiting += [(half, known) for half in reversed(halves)]
        return not waiting

    def closed(self, region: Region, known: Ranges, node: dict[str, Any]) -> bool:
        slopes = {(k, j): number(a) for k, j, a in node.get("slopes", ())}
        ranges = self.ranges(region, known, {})
        if "exact" in node:
            ranges = self.ranges(region, ranges, slopes)

        def bound(parts: list[tuple[Fraction, Row, Fraction]], held: dict[str, Any]) -> Fraction:
            return self.minus(region, ranges, slopes, parts, held)

        if "empty" in node:
            return bound([], node["empty"]) > 0
        leaf = node["leaf"]
        if self.cases:
            given = leaf if isinstance(leaf, list) else [leaf] * len(self.cases)
            return len(given) == len(self.cases) and all(
                self.against(case, entry, bound)
                for case, entry in zip(self.cases, given, strict=True)
            )
        if self.least is not None:
            held = leaf if isinstance(leaf, dict) else {"along": leaf}
            along = [number(v) for v in held["along"]]
            m = bound([(-v, g, ZERO) for v, g in zip(along, self.gap, strict=True)], held)
            size = sum(v * v for v in along)
            return size > 0 and m >= 0 and m * m >= self.least**2 * size
        given = leaf or [{}] * (2 * len(self.gap))
        ends = [
            bound([(s, g, ZERO)], held)
            for (g, s), held in zip(product(self.gap, (ONE, -ONE)), given, strict=True)
        ]
        sizes = [max(-a, -b, ZERO) for a, b in zip(ends[::2], ends[1::2], strict=True)]
        norm, most = self.most or ("", ZERO)
        return sum(v * v for v in sizes) <= most**2 if norm == "l2" else sum(sizes) <= most

    def against(self, case: Any, entry: Any, bound: Any) -> bool:
        if isinstance(entry, int):
            entry = {"rows": ["1" if i == entry else "0" for i in range(len(case))]}
        weights = [number(v) for v in entry["rows"]]
        parts = [(w, row, c) for w, (row, c, _) in zip(weights, case, strict=True)]
        m = bound(parts, entry)
        strict = any(w > 0 and s for w, (_, _, s) in zip(weights, case, strict=True))
        return m > 0 or (m == 0 and strict)

    def minus(
        self, region: Region, ranges: Ranges, slopes: Any, parts: Any, held: dict[str, Any]
    ) -> Fraction:
        """A lower bound of −(Σ parts + Σ phases·(±z) + Σ domain·(b − a·u))."""
        joint = total((-w, row) for w, row, _ in parts)
        constant = -sum((w * c for w, _, c in parts), ZERO)
        extra: dict[Neuron, Fraction] = {}
        phases = [number(v) for v in held.get("phases", [0] * len(region.phases))]
        for (neuron, active), v in zip(region.phases, phases, strict=True):
            extra[neuron] = -v if active else v
        domain = [number(v) for v in held.get("domain", [0] * len(self.limits))]
        if min([ZERO, *phases, *domain, *(w for w, _, _ in parts if self.cases)]) < 0:
            return Fraction(-1)
        pairs = list(zip(domain, self.limits, strict=True))
        constant -= sum(v * b for v, (_, b) in pairs)
        on_u = total((v, row) for v, (row, _) in pairs)
        outputs = {c - self.n: v for c, v in joint.items() if c >= self.n}
        last = len(self.layers) - 1
        weights, lost = self.relaxed(region, ranges, slopes, outputs, last)
        on_x = {c: v for c, v in joint.items() if c < self.n}
        return self.lower(region, ranges, slopes, weights, last, constant + lost, extra, on_x, on_u)
