"""Canonical claims from claims files, as the specification (docs/format.md) has them.

Nothing of the package is used: numbers, sets, functions, distributions and formulas are read again,
the texts of ``expression`` and ``holds`` by Python's own parser.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
from fractions import Fraction
from typing import Any

NUMBERS = {"eta", "delta", "epsilon", "value", "constant", "lambda", "lambda_squared"}
NUMBERS |= {"class_lambda"}
FUNCTIONS = {"left", "right", "network", "sign", "target"}
DEFAULTS = {
    "member": {"activation": "mixed"},
    "compression": {"activation": "mixed"},
    "learner": {"otherwise": -1},
}
POWER = re.compile(r"(\d+)\^([+-]?\d+)")
DECIMAL = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


def number(value: Any) -> Fraction:
    """A number of a claims file."""
    power = POWER.fullmatch(str(value).lstrip("+-"))
    size = Fraction(power[1]) ** int(power[2]) if power else Fraction(str(value).lstrip("+-"))
    return -size if str(value).startswith("-") else size


def texts(values: list[Any]) -> list[str]:
    return [str(number(v)) for v in values]


def by_value(rows: list[list[Any]]) -> list[list[str]]:
    return [[str(v) for v in row] for row in sorted([number(v) for v in row] for row in rows)]


def digest(claim: dict[str, Any]) -> str:
    text = json.dumps(claim, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Reader:
    """Canonical forms, with the digests of the file's networks by name."""

    def __init__(self, digests: dict[str, str]) -> None:
        self.digests = digests

    def claim(self, table: dict[str, Any]) -> dict[str, Any]:
        """The canonical claim of a [[claim]]."""
        found: dict[str, Any] = dict(DEFAULTS.get(table["kind"], {}))
        for key, value in table.items():
            if key in ("name", "expect", "source"):
                continue
            if key in NUMBERS:
                found[key] = str(number(value))
            elif key in FUNCTIONS:
                found[key] = self.function(value)
            elif key == "on":
                found[key] = self.set(value)
            elif key == "over":
                found[key] = self.distribution(value)
            elif key == "of":
                found[key] = [self.function(part) for part in value]
            elif key == "along":
                found[key] = texts(value)
            elif key == "holds":
                found[key] = holds(value)
            else:
                found[key] = value
        return found

    def set(self, value: dict[str, Any]) -> dict[str, Any]:
        [(word, body)] = value.items()
        match word:
            case "points":
                body = by_value(body)
            case "grid":
                body = [[str(v) for v in sorted(map(number, values))] for values in body]
            case "box":
                body = {side: texts(body[side]) for side in ("lower", "upper")}
            case "ball":
                centre, radius = [number(v) for v in body["centre"]], number(body["radius"])
                word = "box"
                body = {
                    "lower": [str(v - radius) for v in centre],
                    "upper": [str(v + radius) for v in centre],
                }
            case "polytope":
                body = {"le": [texts(row) for row in body["le"]]}
            case "product":
                body = [self.set(part) for part in body]
            case "embed":
                body = self.embed(body)
            case "perturb":
                body = {
                    "set": self.set(body["set"]),
                    "along": texts(body["along"]),
                    "eta": str(number(body["eta"])),
                    "sign": self.function(body["sign"]),
                }
        return {word: body}

    def embed(self, body: dict[str, Any]) -> dict[str, Any]:
        inner = self.set(body["set"])
        n = dimension(inner)
        if "pad" in body:
            k = len(body["pad"])
            entries = [[i, i, "1"] for i in range(n)]
            matrix: Any = {"rows": n + k, "columns": n, "entries": entries}
            offset = ["0"] * n + texts(body["pad"])
        else:
            matrix = sparse(body["matrix"])
            offset = texts(body.get("offset", [0] * matrix["rows"]))
        return {"set": inner, "matrix": matrix, "offset": offset}

    def function(self, value: Any) -> dict[str, Any]:
        if isinstance(value, str):
            return {"network": self.digests[value]}
        [(word, body)] = value.items()
        match word:
            case "parity":
                body = sorted(body)
            case "symmetric":
                body = {"over": sorted(body["over"]), "values": texts(body["values"])}
            case "linear":
                matrix = sparse(body["matrix"])
                offset = texts(body.get("offset", [0] * matrix["rows"]))
                body = {"matrix": matrix, "offset": offset}
            case "constant":
                body = texts(body)
            case "slice":
                body = {"of": self.function(body["of"]), "layers": body["layers"]}
            case "compose" | "product":
                body = [self.function(part) for part in body]
            case "expression":
                body = Expression(body).canonical
            case "flip":
                body = {"of": self.function(body["of"]), "points": by_value(body["points"])}
            case "learned":
                body = {
                    "separator": self.function(body["separator"]),
                    "compression": self.function(body["compression"]),
                    "along": texts(body["along"]),
                    "eta": str(number(body["eta"])),
                    "otherwise": body.get("otherwise", -1),
                }
        return {word: body}

    def distribution(self, value: dict[str, Any]) -> dict[str, Any]:
        [(word, body)] = value.items()
        match word:
            case "uniform":
                body = self.set(body)
            case "gaussian":
                body = {key: texts(body[key]) for key in ("mean", "variance")}
            case "weighted":
                rows = sorted(([number(v) for v in point], number(mass)) for point, mass in body)
                body = [[[str(v) for v in point], str(mass)] for point, mass in rows]
            case "product":
                body = [self.distribution(part) for part in body]
            case "induced":
                by, source = self.function(body["by"]), self.distribution(body["from"])
                body = {"by": by, "from": source}
        return {word: body}


def sparse(matrix: Any) -> dict[str, Any]:
    """A matrix by its entries that are not zero, in order."""
    if isinstance(matrix, dict):
        entries = sorted((r, c, number(v)) for r, c, v in matrix["entries"])
        rows, columns = matrix["rows"], matrix["columns"]
    else:
        rows, columns = len(matrix), len(matrix[0])
        entries = [(r, c, number(v)) for r, row in enumerate(matrix) for c, v in enumerate(row)]
    return {
        "rows": rows,
        "columns": columns,
        "entries": [[r, c, str(v)] for r, c, v in entries if v],
    }


def dimension(value: dict[str, Any]) -> int:
    """How many coordinates the points of a canonical set have."""
    [(word, body)] = value.items()
    match word:
        case "cube" | "bits" | "space":
            return int(body)
        case "points":
            return len(body[0])
        case "grid":
            return len(body)
        case "box":
            return len(body["lower"])
        case "polytope":
            return len(body["le"][0]) - 1
        case "product":
            return sum(map(dimension, body))
        case "embed":
            return int(body["matrix"]["rows"])
    return dimension(body["set"])


# ------------------------------------------------------------------- formulas

Affine = dict[Any, Fraction]  # variable → coefficient; −1 for the constant


def parsed(text: str) -> ast.expr:
    """The text as Python reads it, with numbers as text in calls of q."""
    quoted = POWER.sub(lambda m: f"q('{m[0]}')", text)
    parts = re.split(r"(q\('.*?'\))", quoted)
    parts[::2] = [DECIMAL.sub(lambda m: f"q('{m[0]}')", part) for part in parts[::2]]
    joined = re.sub(r"(?<![<>!=])=(?!=)", "==", "".join(parts))
    return ast.parse(" ".join(joined.split()), mode="eval").body


def plus(left: Affine, right: Affine, factor: Fraction) -> Affine:
    keys = [*left, *(k for k in right if k not in left)]
    total = {k: left.get(k, Fraction(0)) + factor * right.get(k, Fraction(0)) for k in keys}
    return {k: v for k, v in total.items() if v}


class Sums:
    """Affine combinations; calls are for subclasses."""

    def affine(self, node: ast.expr) -> Affine:
        match node:
            case ast.Name(name):
                return {self.variable(name): Fraction(1)}
            case ast.Call(ast.Name("q"), [ast.Constant(text)]):
                value = number(text)
                return {-1: value} if value else {}
            case ast.UnaryOp(ast.USub() | ast.UAdd() as sign, inner):
                factor = Fraction(-1 if isinstance(sign, ast.USub) else 1)
                return plus({}, self.affine(inner), factor)
            case ast.BinOp(left, ast.Add() | ast.Sub() as sign, right):
                factor = Fraction(-1 if isinstance(sign, ast.Sub) else 1)
                first = self.affine(left)
                return plus(first, self.affine(right), factor)
            case ast.BinOp(left, ast.Mult() | ast.Div() as sign, right):
                first, second = self.affine(left), self.affine(right)
                if isinstance(sign, ast.Mult) and set(first) <= {-1}:
                    first, second = second, first
                factor = second.get(-1, Fraction(0))
                return plus({}, first, 1 / factor if isinstance(sign, ast.Div) else factor)
            case ast.Call(ast.Name(name), arguments):
                return self.call(name, [self.affine(part) for part in arguments])
        raise ValueError(ast.dump(node))

    def variable(self, name: str) -> Any:
        return name

    def call(self, name: str, parts: list[Affine]) -> Affine:
        raise ValueError(name)


class Expression(Sums):
    """The atoms of an expression."""

    def __init__(self, text: str) -> None:
        self.inputs = max((int(i) + 1 for i in re.findall(r"x(\d+)", text)), default=0)
        self.cuts: list[list[list[Any]]] = []
        value = terms(self.affine(parsed(text)))
        self.canonical = {"inputs": self.inputs, "cuts": self.cuts, "value": value}

    def variable(self, name: str) -> int:
        return int(name[1:])

    def relu(self, value: Affine) -> Affine:
        if set(value) <= {-1}:
            return {k: v for k, v in value.items() if v > 0}
        if (cut := terms(value)) not in self.cuts:
            self.cuts.append(cut)
        return {self.inputs + self.cuts.index(cut): Fraction(1)}

    def call(self, name: str, parts: list[Affine]) -> Affine:
        one, first = Fraction(1), parts[0]
        match name:
            case "relu":
                return self.relu(first)
            case "abs":
                positive = self.relu(first)
                return plus(positive, self.relu(plus({}, first, -one)), one)
            case "max":
                for part in parts[1:]:
                    first = plus(first, self.relu(plus(part, first, -one)), one)
                return first
            case "min":
                for part in parts[1:]:
                    first = plus(first, self.relu(plus(first, part, -one)), -one)
                return first
        low, high = parts[1:]
        above = self.relu(plus(first, low, -one))
        return plus(plus(low, above, one), self.relu(plus(first, high, -one)), -one)


def terms(value: Affine) -> list[list[Any]]:
    return [[atom, str(v)] for atom, v in sorted(value.items())]


RELATIONS = {ast.Lt: "<", ast.LtE: "<=", ast.Eq: "=", ast.NotEq: "!=", ast.GtE: ">=", ast.Gt: ">"}


def holds(text: str) -> list[Any]:
    """The canonical form of the text of ``holds``."""
    return _formula(parsed(text))


def _formula(node: ast.expr) -> list[Any]:
    match node:
        case ast.BoolOp(word, parts):
            name = "and" if isinstance(word, ast.And) else "or"
            return [name, *map(_formula, parts)]
        case ast.UnaryOp(ast.Not(), ast.UnaryOp(ast.Not(), inner)):
            return _formula(inner)
        case ast.UnaryOp(ast.Not(), inner):
            return ["not", _formula(inner)]
        case ast.Compare(left, [relation], [right]):
            gap = plus(Sums().affine(left), Sums().affine(right), Fraction(-1))
            constant = gap.pop(-1, Fraction(0))
            named = sorted(gap.items(), key=lambda term: (term[0][0], int(term[0][1:])))
            return [RELATIONS[type(relation)], [[k, str(v)] for k, v in named], str(constant)]
    raise ValueError(ast.dump(node))
