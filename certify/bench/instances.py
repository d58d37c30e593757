"""Networks and properties of the field as claims, from a folder that is no part of the package.

The folder holds ``instances.csv``, a row for each network and property with the known answer.
It is the one that CERTIFY_BENCH names, or ``../shared/bench`` beside the checkout; where it is
absent there are no instances.
"""

from __future__ import annotations

import csv
import functools
import json
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..claims.vnnlib import read_property
from ..kernel.data.network import Network
from ..kernel.data.numbers import parse_number
from ..kernel.language.claim import Claim
from ..kernel.language.formula import Atom, Junction, Variable
from ..kernel.language.functions import NetworkFunction
from ..kernel.language.functions.affine import Project
from ..kernel.language.functions.combine import Compose, Product
from ..kernel.language.kinds.pointwise import Output, Within
from ..kernel.language.sets.convex import Box
from ..networks.files import load
from ..networks.reading import Reading


def folder() -> Path | None:
    """Where the benchmarks are, if they are."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "bench"
    found = Path(os.environ.get("CERTIFY_BENCH") or beside)
    return found if (found / "instances.csv").is_file() else None


@dataclass(frozen=True)
class Instance:
    """A row of ``instances.csv``; the claim is that no input satisfies the property."""

    id: str
    family: str
    paths: tuple[Path, ...]
    prop: Path  # the property
    expected: str  # sat: a counterexample exists; unsat: none
    difficulty: str  # easy, medium, hard, lint
    probe: int | None  # leaves that a plain search by floats needed, where that is known

    @property
    def networks(self) -> tuple[Network, ...]:
        """The networks, read once."""
        return tuple(map(_load, self.paths))

    @property
    def claim(self) -> Claim:
        """The claim, read anew."""
        return _claim(self.networks, self.paths, self.prop)

    @property
    def verdict(self) -> str:
        """What the claim's verdict must be."""
        return {"sat": "refuted", "unsat": "proved"}[self.expected]


def instances(
    difficulty: Collection[str] = ("easy", "medium", "hard", "lint"),
    family: Collection[str] | None = None,
) -> Iterator[Instance]:
    """The instances of these difficulties and families, in the order of the file."""
    top = folder()
    if top is None:
        return
    with open(top / "instances.csv", newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if row["difficulty"] not in difficulty or (family and row["family"] not in family):
                continue
            paths = tuple(top / name for name in row["network"].split(" + "))
            prop = top / row["property"]
            name = f"{row['family']}-{paths[0].stem}-{prop.stem}"
            expected, level = row["expected"], row["difficulty"]
            probe = int(row["probe_leaves"]) if row.get("probe_leaves") else None
            yield Instance(name, row["family"], paths, prop, expected, level, probe)


@functools.lru_cache(maxsize=64)
def _load(path: Path) -> Network:
    # one of them mixes float types, which onnx.checker refuses
    return load(path, Reading(no_checker=True, say=lambda note: None))


def _claim(networks: tuple[Network, ...], paths: tuple[Path, ...], prop: Path) -> Claim:
    if prop.suffix == ".vnnlib":
        return read_property(prop, networks, Reading(declare_fun=True)).claim
    if prop.name == "builtin_property.txt":
        return _own_output(networks[0], paths[0])
    data = json.loads(prop.read_text())
    return _top1(networks, data) if data["claim"] == "top1" else _close(networks, paths[0], data)


def _nnet_header(path: Path) -> list[list[Fraction]]:
    """Minima, maxima, means and ranges, as written."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("//")]
    return [[parse_number(w.strip()) for w in line.strip(" ,").split(",")] for line in lines[3:7]]


def _own_output(network: Network, path: Path) -> Output:
    """Marabou's built-in property: y0 ≤ 0 for no input between the header's bounds."""
    n = network.inputs
    low, high, means, ranges = _nnet_header(path)
    scaled = [[(v - m) / r for v, m, r in zip(s, means, ranges, strict=False)] for s in (low, high)]
    box = Box(tuple(scaled[0][:n]), tuple(scaled[1][:n]))
    holds = Atom(">", ((("y", 0), Fraction(1)),), Fraction(0))
    return Output(NetworkFunction(network), box, holds)


def _close(networks: tuple[Network, ...], path: Path, data: dict[str, Any]) -> Within:
    """|f − g| ≤ ε for every output, on a box in units that the header normalises."""
    n = networks[0].inputs
    _, _, means, ranges = _nnet_header(path)
    sides = [[parse_number(v) for v in data[f"unscaled_input_{s}"]] for s in ("lo", "hi")]
    low, high = (tuple((s[i] - means[i]) / ranges[i] for i in range(n)) for s in sides)
    f, g = map(NetworkFunction, networks)
    epsilon = parse_number(data["claim"].removeprefix("eps="))
    return Within(f, g, Box(low, high), epsilon, "linf")


def _top1(networks: tuple[Network, ...], data: dict[str, Any]) -> Output:
    """Where f has one largest output, that output of g is a largest one, on a box."""
    low, high = (tuple(map(parse_number, data[f"input_{s}"])) for s in ("lo", "hi"))
    f, g = map(NetworkFunction, networks)
    n, k = len(low), f.outputs

    def below(left: Variable, right: Variable) -> Atom:
        return Atom("<=", ((left, Fraction(1)), (right, Fraction(-1))), Fraction(0))

    parts = []
    for i in range(k):
        tied = [below(("y", i), ("y", j)) for j in range(k) if j != i]
        parts += [
            Junction("or", (*tied, below(("y", k + j), ("y", k + i)))) for j in range(k) if j != i
        ]
    both = Compose(Product((f, g), (n, n)), Project(tuple(range(n)) * 2))
    return Output(both, Box(low, high), Junction("and", tuple(parts)))
