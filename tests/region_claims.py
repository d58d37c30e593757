"""Claims with certificates of rule regions, for the formats of trees."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path
from random import Random

from golden_cases import GOLDEN, read
from random_networks import random_network

import certify
from certify.api import certificate_of, named
from certify.kernel.certificate import Certificate
from certify.kernel.language.claim import Claim
from certify.networks.builder import Sequential, linear, relu
from certify.prove import Found

SMALL = random_network([2, 4, 4, 1], Random(1))
WIDE = random_network([3, 8, 8, 1], Random(4))
TWO = random_network([2, 4, 4, 2], Random(2))
DEEP = random_network([2, 8, 8, 8, 1], Random(5))
HALF = Fraction(1, 2)
TRIANGLE = certify.polytope([[-1, 0, 1], [0, -1, 1], [1, 0, 1], [0, 1, 1], [1, 1, HALF]])

CLAIMS = {
    "small": certify.output(SMALL, certify.box([-1, -1], [1, 1]), "y0 <= 13/16"),
    "wide": certify.output(WIDE, certify.box([-1] * 3, [1] * 3), "y0 <= 8"),
    "deep": certify.output(DEEP, certify.box([-1, -1], [1, 1]), "y0 < 37"),
    "two": certify.output(TWO, certify.box([-1, 0], [1, "3/4"]), "y0 < y1 and y1 > 297/100"),
    "polytope": certify.output(SMALL, TRIANGLE, "y0 <= 6/7 or x0 < 0"),
    "embed": certify.output(
        SMALL,
        certify.embed(certify.box([0], [1]), matrix=[["1/2"], [-1]], offset=[0, "1/3"]),
        "y0 <= 5/9",
    ),
    "twins": certify.within(SMALL, random_network([2, 3, 1], Random(3)), TRIANGLE, 6),
}
# by hand: a neuron is split, and then an input
SUM = Sequential(relu([[1, 1], [1, -1]]), linear([[1, 1]]))
MIXED = certify.output(SUM, certify.box([-1, -1], [1, 1]), "not y0 >= 5")
MIXED_LINES = [
    '{"bits":26}',
    '{"relu":[0,0]}',
    '{"input":1,"at":"1/2"}',
    *['{"leaf":0}'] * 3,
]
TREES = {path.stem.removeprefix("regions-"): path for path in (GOLDEN / "accept").glob("regions*")}


@cache
def case(name: str) -> tuple[Claim, Certificate]:
    """A claim with an accepted certificate: of CLAIMS, found by the prover; golden; or "mixed"."""
    if name == "mixed":
        found = Found("proved", "regions", "lines", MIXED_LINES)
        return MIXED, certificate_of(named(MIXED), found)
    if name in TREES:
        golden = read(Path(TREES[name]))
        return golden.claim, golden.certificate
    answer = certify.prove(CLAIMS[name], method="regions", timeout=60)
    assert answer.certificate is not None, answer.reason
    return CLAIMS[name], answer.certificate


def lines(name: str) -> list[str]:
    """The lines of the case's certificate."""
    return list(case(name)[1].lines or ())
