"""The encoding of a negated claim, as the specification (docs/format.md) has it.

From a canonical claim and the networks as JSON: variables, atoms and clauses in their order.
Nothing of the package is used. Covered are the sets and functions that the tests name.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

ZERO, ONE, HALF = Fraction(0), Fraction(1), Fraction(1, 2)
Form = tuple[dict[int, Fraction], Fraction]  # over free variables; constant
Layer = tuple[list[dict[int, Fraction]], list[Fraction], list[bool]]
TRUE, FALSE = 1, -1


def number(value: Any) -> Fraction:
    mantissa, power, exponent = str(value).partition("*2^")
    return Fraction(mantissa) * Fraction(2) ** int(exponent) if power else Fraction(mantissa)


def rows(matrix: Any) -> list[dict[int, Fraction]]:
    if isinstance(matrix, list):
        return [{c: number(v) for c, v in enumerate(row) if number(v)} for row in matrix]
    found: list[dict[int, Fraction]] = [{} for _ in range(matrix["rows"])]
    for r, c, v in matrix["entries"]:
        found[r][c] = number(v)
    return found


class Encoder:
    """Atoms (row, constant, strict; None for a Boolean) and clauses as they are made."""

    def __init__(self, claim: dict[str, Any], networks: dict[str, Any]) -> None:
        self.networks = networks  # by digest
        self.free = 0
        self.count = 0  # variables so far, free and defined
        self.atoms: list[Any] = [None]
        self.clauses: list[tuple[int, ...]] = []
        self.two: dict[int, tuple[Fraction, Fraction, int]] = {}
        self.unsure: dict[int, list[list[int]]] = {}
        self.run(claim)

    # ------------------------------------------------ variables, atoms, clauses

    def new(self) -> Form:
        """A free variable; its number counts defined ones too."""
        self.count += 1
        return {self.count - 1: ONE}, ZERO

    def define(self, parts: list[tuple[Fraction, Form]], constant: Fraction = ZERO) -> Form:
        self.count += 1
        return self.sum(parts, constant)

    def sum(self, parts: list[tuple[Fraction, Form]], constant: Fraction = ZERO) -> Form:
        total: dict[int, Fraction] = {}
        for factor, (row, offset) in parts:
            constant += factor * offset
            for c, v in row.items():
                total[c] = total.get(c, ZERO) + factor * v
        return {c: v for c, v in total.items() if v}, constant

    def boolean(self) -> int:
        self.atoms.append(None)
        return len(self.atoms)

    def positive(self, form: Form, strict: bool = False) -> int:
        """The literal of form > 0 or form ≥ 0."""
        row, constant = form
        if not row:
            return TRUE if constant > 0 or (constant == 0 and not strict) else FALSE
        order = sorted(row)
        bottom = math.lcm(*(v.denominator for v in [*row.values(), constant]))
        whole = [int(row[c] * bottom) for c in order] + [int(constant * bottom)]
        size = math.gcd(*whole)
        sign = 1 if whole[0] > 0 else -1
        whole = [sign * v // size for v in whole]
        atom = (tuple(zip(order, whole, strict=False)), whole[-1], strict == (sign > 0))
        if atom not in self.atoms:
            self.atoms.append(atom)
        return sign * (self.atoms.index(atom) + 1)

    def least(self, form: Form, bound: Fraction, strict: bool = False) -> int:
        return self.positive((form[0], form[1] - bound), strict)

    def most(self, form: Form, bound: Fraction, strict: bool = False) -> int:
        return self.positive(self.sum([(-ONE, form)], bound), strict)

    def add(self, *literals: int) -> None:
        found = list(dict.fromkeys(v for v in literals if v != FALSE))
        if TRUE not in found and not any(-v in found for v in found):
            self.clauses.append(tuple(found))

    # ------------------------------------------------------------------ the set

    def set(self, value: dict[str, Any]) -> list[Form]:
        [(word, body)] = value.items()
        match word:
            case "product":
                return [form for part in body for form in self.set(part)]
            case "embed":
                inner = self.set(body["set"])
                offsets = [number(v) for v in body["offset"]]
                return [
                    self.define([(v, inner[c]) for c, v in row.items()], o)
                    for row, o in zip(rows(body["matrix"]), offsets, strict=True)
                ]
            case "perturb":
                inner = self.set(body["set"])
                [side] = self.function(body["sign"], inner)
                self.sign(side)
                steps = [number(body["eta"]) * number(v) for v in body["along"]]
                return [
                    self.define([(ONE, u), (s, side)]) for u, s in zip(inner, steps, strict=True)
                ]
            case "cube" | "bits":
                values = [-ONE if word == "cube" else ZERO, ONE]
                return [self.choice(values) for _ in range(body)]
            case "grid":
                return [self.choice([number(v) for v in values]) for values in body]
            case "points":
                return self.points([[number(v) for v in point] for point in body])
            case "box":
                sides = [[number(v) for v in body[key]] for key in ("lower", "upper")]
                return self.region(list(zip(*sides, strict=True)), [])
            case "space":
                return self.region([(None, None)] * body, [])
        return self.polytope([[number(v) for v in row] for row in body["le"]])

    def choice(self, values: list[Fraction]) -> Form:
        if len(values) == 1:
            return self.define([], values[0])
        u, values = self.new(), sorted(values)
        self.add(self.least(u, values[0]))
        self.add(self.most(u, values[-1]))
        for low, high in pairwise(values):
            self.add(self.most(u, low), self.least(u, high))
        if len(values) == 2:
            self.two[self.count - 1] = (*values, self.least(u, values[1]))
        return u

    def points(self, found: list[list[Fraction]]) -> list[Form]:
        if len(found[0]) == 1:
            return [self.choice([v for (v,) in found])]
        if len(found) == 1:
            return [self.define([], v) for v in found[0]]
        forms = [self.new() for _ in found[0]]
        picks = [self.boolean() for _ in found]
        self.add(*picks)
        for pick, point in zip(picks, found, strict=True):
            for u, v in zip(forms, point, strict=True):
                self.add(-pick, self.least(u, v))
                self.add(-pick, self.most(u, v))
        return forms

    def polytope(self, table: list[list[Fraction]]) -> list[Form]:
        bounds: list[list[Fraction | None]] = [[None, None] for _ in table[0][:-1]]
        rest = []
        for *row, bound in table:
            if len(named := [(c, v) for c, v in enumerate(row) if v]) != 1:
                rest.append((named, bound))
                continue
            [(c, v)] = named
            side, limit = int(v > 0), bound / v
            held = bounds[c][side]
            bounds[c][side] = (
                limit if held is None else min(held, limit) if side else max(held, limit)
            )
        return self.region([(low, high) for low, high in bounds], rest)

    def region(self, bounds: list[Any], rest: list[Any]) -> list[Form]:
        found = []
        for low, high in bounds:
            if low is not None and low == high:
                found.append(self.define([], low))
                continue
            found.append(self.new())
            if low is not None:
                self.add(self.least(found[-1], low))
            if high is not None:
                self.add(self.most(found[-1], high))
        for row, bound in rest:
            self.add(self.positive(self.sum([(-v, found[c]) for c, v in row], bound)))
        return found

    # ---------------------------------------------------------------- functions

    def function(self, value: dict[str, Any], x: list[Form]) -> list[Form]:
        [(word, body)] = value.items()
        if (network := layers(value, len(x), self.networks)) is not None:
            return self.neurons(network, x)
        match word:
            case "parity":
                return [self.parity([x[i] for i in body])]
            case "symmetric":
                return [self.symmetric([x[i] for i in body["over"]], body["values"])]
            case "compose":
                return self.function(body[0], self.function(body[1], x))
            case "flip":
                return self.flip(body, x)
        raise ValueError(word)

    def neurons(self, network: list[Layer], x: list[Form]) -> list[Form]:
        for matrix, bias, relu in network:
            found = []
            for row, b, cut in zip(matrix, bias, relu, strict=True):
                z = self.define([(v, x[c]) for c, v in row.items()], b)
                if not cut:
                    found.append(z)
                    continue
                if not z[0]:
                    found.append(self.define([], max(z[1], ZERO)))
                    continue
                h = self.new()
                self.add(self.least(h, ZERO))
                self.add(self.positive(self.sum([(ONE, h), (-ONE, z)])))
                off = self.most(h, ZERO)
                self.add(off, self.positive(self.sum([(ONE, z), (-ONE, h)])))
                found.append(h)
            x = found
        return x

    def sign(self, form: Form) -> int:
        row, constant = form
        if not row and abs(constant) == 1:
            return TRUE if constant == 1 else FALSE
        if len(row) == 1:
            [(c, v)] = row.items()
            if c in self.two:
                low, high, literal = self.two[c]
                ends = v * low + constant, v * high + constant
                if ends in ((-ONE, ONE), (ONE, -ONE)):
                    return literal if ends[1] == 1 else -literal
        above, below = self.least(form, ONE, True), self.most(form, -ONE, True)
        inside = [self.least(form, -ONE, True), self.most(form, ONE, True)]
        self.unsure[id(form)] = [[above], [below], inside]
        return self.least(form, ONE)

    def parity(self, x: list[Form]) -> Form:
        total = TRUE
        for form in x:
            plus = self.sign(form)
            if TRUE in (total, plus):
                total = plus if total == TRUE else total
            elif FALSE in (total, plus):
                total = -(plus if total == FALSE else total)
            else:
                both = self.boolean()
                self.add(-total, -plus, both)
                self.add(-total, plus, -both)
                self.add(total, -plus, -both)
                self.add(total, plus, both)
                total = both
        if total in (TRUE, FALSE):
            return self.define([], Fraction(total))
        y = self.new()
        self.two[self.count - 1] = (-ONE, ONE, total)
        self.add(-total, self.least(y, ONE))
        self.add(-total, self.most(y, ONE))
        self.add(total, self.least(y, -ONE))
        self.add(total, self.most(y, -ONE))
        return y

    def symmetric(self, x: list[Form], values: list[str]) -> Form:
        for form in x:
            self.sign(form)
        count = self.define([(HALF, form) for form in x], HALF * len(x))
        y = self.new()
        for j, value in enumerate(map(number, values)):
            less = self.most(count, j - HALF, True) if j else FALSE
            more = self.least(count, j + HALF) if j < len(x) else FALSE
            self.add(less, more, self.least(y, value))
            self.add(less, more, self.most(y, value))
        return y

    def flip(self, body: dict[str, Any], x: list[Form]) -> list[Form]:
        plain = self.function(body["of"], x)
        here = []
        for point in body["points"]:
            ends = []
            for u, v in zip(x, map(number, point), strict=True):
                ends += [self.least(u, v), self.most(u, v)]
            at = self.boolean()
            for literal in ends:
                self.add(-at, literal)
            self.add(at, *(-literal for literal in ends))
            here.append(at)
        found = []
        for f in plain:
            y = self.new()
            for at in here:
                self.add(-at, self.positive(self.sum([(ONE, y), (ONE, f)])))
                self.add(-at, self.positive(self.sum([(-ONE, y), (-ONE, f)])))
            self.add(*here, self.positive(self.sum([(ONE, y), (-ONE, f)])))
            self.add(*here, self.positive(self.sum([(ONE, f), (-ONE, y)])))
            found.append(y)
        return found

    # ---------------------------------------------------------------- the claim

    def run(self, claim: dict[str, Any]) -> None:
        x = self.set(claim["on"])
        kind = claim["kind"]
        if kind in ("equals", "within"):
            f, g = self.function(claim["left"], x), self.function(claim["right"], x)
            gaps = [self.sum([(ONE, a), (-ONE, b)]) for a, b in zip(f, g, strict=True)]
            epsilon = number(claim.get("epsilon", 0))
            if kind == "within" and claim["norm"] == "l1" and len(f) > 1:
                signs: Any = list(product((ONE, -ONE), repeat=len(f)))
                cases = [
                    [(self.sum(list(zip(s, gaps, strict=True)), -epsilon), True)] for s in signs
                ]
            else:
                cases = [
                    [(self.sum([(s, gap)], -epsilon), True)] for gap in gaps for s in (ONE, -ONE)
                ]
        elif kind == "separates":
            step = [number(claim["eta"]) * number(v) for v in claim["along"]]
            network = layers(claim["network"], len(x), self.networks) or []
            plus, minus = (self.neurons(moved(network, step, s), x)[0] for s in (ONE, -ONE))
            delta = number(claim["delta"])
            sides = [self.sum([(s, plus), (-s, minus)], delta) for s in (-ONE, ONE)]
            cases = [[(side, True) for side in sides]]
        else:
            y = self.function(claim["network"], x)
            named = {
                **{f"x{i}": v for i, v in enumerate(x)},
                **{f"y{i}": v for i, v in enumerate(y)},
            }
            cases = [
                [
                    (self.sum([(v, named[k]) for k, v in row], constant), strict)
                    for row, constant, strict in case
                ]
                for case in disjuncts(claim["holds"], True)
            ]
        found = [[self.positive(form, strict) for form, strict in case] for case in cases]
        found += [way for ways in self.unsure.values() for way in ways]
        if len(found) == 1:
            for literal in found[0]:
                self.add(literal)
            return
        picks = []
        for case in found:
            if len(case) == 1:
                picks.append(case[0])
                continue
            picks.append(self.boolean())
            for literal in case:
                self.add(-picks[-1], literal)
        self.add(*picks)


def layers(value: dict[str, Any], n: int, networks: dict[str, Any]) -> list[Layer] | None:
    """A function as a network; None where it is none."""
    [(word, body)] = value.items()
    match word:
        case "network":
            return [
                (rows(p["weight"]), [number(b) for b in p["bias"]], mask(p))
                for p in networks[body]["layers"]
            ]
        case "slice":
            start, stop = body["layers"]
            whole = layers(body["of"], n, networks)
            return whole and whole[start:stop]
        case "linear":
            matrix = rows(body["matrix"])
            return [(matrix, [number(v) for v in body["offset"]], [False] * len(matrix))]
        case "constant":
            return [([{} for _ in body], [number(v) for v in body], [False] * len(body))]
        case "project":
            return [([{i: ONE} for i in body], [ZERO] * len(body), [False] * len(body))]
        case "compose":
            inner = layers(body[1], n, networks)
            outer = inner and layers(body[0], len(inner[-1][0]), networks)
            return inner and outer and inner + outer
        case "product":
            return product_of(body, networks)
        case "expression":
            return atoms(body, n)
    return None


def product_of(parts: list[Any], networks: dict[str, Any]) -> list[Layer] | None:
    """Networks on inputs of their own; None where a part is no network by its name."""
    found = [layers(p, 0, networks) for p in parts if "network" in p or "linear" in p]
    if len(found) != len(parts):
        return None
    whole = [network or [] for network in found]
    result = []
    for k in range(max(map(len, whole))):
        matrix: list[dict[int, Fraction]] = []
        bias: list[Fraction] = []
        relu: list[bool] = []
        start = 0
        for part, network in zip(parts, whole, strict=True):
            width = len(network[min(k, len(network)) - 1][0]) if k else inputs(part, networks)
            same = ([{i: ONE} for i in range(width)], [ZERO] * width, [False] * width)
            w, b, r = network[k] if k < len(network) else same
            matrix += [{start + c: v for c, v in row.items()} for row in w]
            bias, relu, start = bias + b, relu + r, start + width
        result.append((matrix, bias, relu))
    return result


def inputs(part: dict[str, Any], networks: dict[str, Any]) -> int:
    if "network" in part:
        return int(networks[part["network"]]["inputs"])
    return int(part["linear"]["matrix"]["columns"])


def mask(layer: dict[str, Any]) -> list[bool]:
    relu, height = layer["relu"], len(layer["bias"])
    return [relu if isinstance(relu, bool) else i in relu for i in range(height)]


def moved(network: list[Layer], step: list[Fraction], sign: Fraction) -> list[Layer]:
    (matrix, bias, relu), *rest = network
    shifted = [
        b + sign * sum(v * step[c] for c, v in row.items())
        for row, b in zip(matrix, bias, strict=True)
    ]
    return [(matrix, shifted, relu), *rest]


def atoms(body: dict[str, Any], n: int) -> list[Layer]:
    """The layers of an expression."""
    inputs = body["inputs"]
    cuts = {inputs + k: {a: number(v) for a, v in cut} for k, cut in enumerate(body["cuts"])}
    value = {a: number(v) for a, v in body["value"]}
    depth = dict.fromkeys(range(inputs), 0)
    for atom, cut in cuts.items():
        depth[atom] = 1 + max((depth[a] for a in cut if a >= 0), default=0)
    top = max(depth.values(), default=0)
    needed = {a for a in value if a >= 0}
    kept = [needed]
    for k in range(top, 0, -1):
        below = [set(cuts[a]) - {-1} if depth[a] == k else {a} for a in needed]
        needed = set().union(*below)
        kept.append(needed)
    kept.reverse()
    place, layers = {i: i for i in range(n)}, []
    for k in range(1, top + 1):
        here = sorted(kept[k])
        terms = [cuts[a] if depth[a] == k else {a: ONE} for a in here]
        matrix = [{place[a]: v for a, v in row.items() if a >= 0} for row in terms]
        layers.append((matrix, [row.get(-1, ZERO) for row in terms], [depth[a] == k for a in here]))
        place = {a: i for i, a in enumerate(here)}
    last = {place[a]: v for a, v in value.items() if a >= 0}
    return [*layers, ([last], [value.get(-1, ZERO)], [False])]


OPPOSITE = {"<": ">=", "<=": ">", "=": "!=", "!=": "=", ">=": "<", ">": "<="}


def disjuncts(formula: list[Any], negate: bool) -> list[list[Any]]:
    """The formula, or its negation, as an "or" of "and"s of (row, constant, strict)."""
    word, *parts = formula
    if word == "not":
        return disjuncts(parts[0], not negate)
    if word in ("and", "or"):
        found = [disjuncts(part, negate) for part in parts]
        if (word == "or") != negate:
            return [case for cases in found for case in cases]
        return [[atom for case in choice for atom in case] for choice in product(*found)]
    relation = OPPOSITE[word] if negate else word
    row, constant = [(k, number(v)) for k, v in parts[0]], number(parts[1])
    strict = relation in ("<", ">", "!=")
    up, down = (row, constant, strict), ([(k, -v) for k, v in row], -constant, strict)
    if relation == "!=":
        return [[up], [down]]
    if relation == "=":
        return [[up, down]]
    return [[up if relation in (">", ">=") else down]]
