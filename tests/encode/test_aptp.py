"""Trees as APTP files: read by a reader of the format, and each pattern refuted by z3, exactly."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import combinations
from math import prod

import pytest
from aptp_reader import Proof, Wrong, covers, read, satisfiable
from region_claims import case, lines

import certify
from certify.encode.tree import Cut, Leaf, leaves
from certify.kernel.data.network import Network, affine_layer, sparse
from certify.kernel.language.claim import Claim, Pointwise
from certify.kernel.language.sets.convex import Box
from certify.networks import builder

NAMES = ["small", "wide", "mixed", "two", "close", "empty", "slopes", "tighten"]


@cache
def proofs(name: str) -> dict[str, Proof]:
    """The files of a case, as they are read."""
    found = certify.encode_files(case(name)[0], "aptp", case(name)[1])
    return {key: read(text) for key, text in found}


@pytest.mark.parametrize("name", NAMES)
def test_every_file_is_a_proof(name: str) -> None:
    """All signs of the neurons are in some pattern, and no pattern has a counterexample."""
    [network] = case(name)[0].networks()
    for proof in proofs(name).values():
        assert covers(proof)
        assert proof.neurons == sum(sum(layer.relu) for layer in network.layers)
        assert not any(satisfiable(proof, network))


@pytest.mark.parametrize("name", NAMES)
def test_the_boxes_cover_the_domain(name: str) -> None:
    """Their volumes add up to its own, and no two of them share more than a side."""
    claim = case(name)[0]
    assert isinstance(claim, Pointwise) and isinstance(claim.domain, Box)
    cases = len(claim.negation() or ())
    found = list(proofs(name).values())
    boxes = [[(p.low[i], p.high[i]) for i in range(p.inputs)] for p in found[::cases]]
    assert len(found) == cases * len(boxes)
    whole = list(zip(claim.domain.lower, claim.domain.upper, strict=True))
    free = [i for i, (low, high) in enumerate(whole) if low < high]
    assert sum(volume(box, free) for box in boxes) == volume(whole, free)
    for box in boxes:
        assert all(a <= low <= high <= b for (low, high), (a, b) in zip(box, whole, strict=True))
    for one, other in combinations(boxes, 2):
        both = [(max(p[0], q[0]), min(p[1], q[1])) for p, q in zip(one, other, strict=True)]
        assert any(low >= high for low, high in (both[i] for i in free))


def volume(box: list[tuple[Fraction, Fraction]], free: list[int]) -> Fraction:
    return prod((box[i][1] - box[i][0] for i in free), start=Fraction(1))


@pytest.mark.parametrize("name", ["small", "wide", "two", "tighten"])
def test_a_false_property_has_a_pattern_with_a_counterexample(name: str) -> None:
    """The same trees, for what the network does somewhere in the first box."""
    [network] = case(name)[0].networks()
    proof = next(iter(proofs(name).values()))
    y = network([(proof.low[i] + proof.high[i]) / 2 for i in range(proof.inputs)])
    rows = [
        (weights, sum((w * y[i] for i, w in weights.items()), Fraction(0)))
        for weights, _ in proof.rows
    ]
    assert any(satisfiable(replace(proof, rows=rows), network))


def test_patterns_are_the_ways_to_the_leaves() -> None:
    """Where no input is split; where one is below a neuron, the pattern up to there."""
    assert proofs("close")["box1.aptp"].patterns == [[-1, -2], [-1, 2], [1, -2], [1, 2]]
    found = list(leaves(lines("mixed")))
    assert any(isinstance(split, Cut) for leaf in found for split in below(leaf))
    text = "".join(t for _, t in certify.encode_files(case("mixed")[0], "aptp", case("mixed")[1]))
    assert "; split further, at inputs, in the certificate: " in text
    assert sum(len(p.patterns) for p in proofs("mixed").values()) < len(found)


def below(leaf: Leaf) -> list[object]:
    """The splits from the first one by a neuron on."""
    first = next((k for k, s in enumerate(leaf.splits) if not isinstance(s, Cut)), len(leaf.splits))
    return list(leaf.splits[first:])


def test_strict_rows_are_noted() -> None:
    claim, certificate = case("close")
    [(_, text)] = certify.encode_files(claim, "aptp", certificate)
    assert "; strict in the claim, which APTP cannot say\n(assert (>= Y_0 2.0" in text
    claim, certificate = case("mixed")  # its negation is y0 ≥ 5
    assert all("strict" not in text for _, text in certify.encode_files(claim, "aptp", certificate))


SQUARE = certify.box([-1, -1], [1, 1])
PLAIN = builder.Sequential(builder.relu([[1, 1], [1, -1]]), builder.linear([[1, 1], [1, 0]]))
ROWS = [sparse([Fraction(1), Fraction(v)]) for v in (1, -1)]
PART = Network(2, (affine_layer(2, ROWS, relu=[True, False]),))
LOWERED = Network(2, (affine_layer(2, ROWS, relu=True, lowered="Abs"),))
CUT = certify.polytope([[1, 0, 1], [-1, 0, 1], [0, 1, 1], [0, -1, 1], [1, 1, 1]])


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (certify.output(PLAIN, SQUARE, "y0 + y1 <= 9"), "compares two outputs"),
        (certify.output(PLAIN, SQUARE, "2*y0 <= y1 + 9"), "compares two outputs"),
        (certify.output(PLAIN, SQUARE, "y0 <= y1 + 9"), "compares two outputs"),
        (certify.output(PLAIN, SQUARE, "y0 <= x0 + 9"), "compares two outputs"),
        (certify.output(PLAIN, SQUARE, "y0 <= 28/3"), "decimals only, and 28/3 is none"),
        (certify.output(PLAIN, certify.box([0, 0], [1, "1/3"]), "y0 <= 9"), "and 1/3 is none"),
        (certify.output(builder.linear([[1, 1]]), SQUARE, "y0 <= 9"), "has no ReLU"),
        (certify.within(PLAIN, PLAIN, SQUARE, 9), "of the outputs of one network"),
        (certify.output(PLAIN, CUT, "y0 <= 9"), "boxes only"),
        (certify.output(PART, SQUARE, "y0 <= 9"), "a ReLU in part: layer 1"),
        (certify.output(LOWERED, SQUARE, "y0 <= 9"), "layer 1 comes from Abs"),
    ],
)
def test_what_the_format_cannot_say_is_named(claim: Claim, reason: str) -> None:
    found = certify.prove(claim, method="regions", timeout=60)
    assert found.proved, found.reason
    with pytest.raises(certify.CertifyError, match=reason):
        list(certify.encode_files(claim, "aptp", found.certificate))


GOOD = """(declare-const X_0 Real) (declare-const Y_0 Real)
(declare-pwl N_1 ReLU) (declare-pwl N_2 ReLU)
(assert (>= X_0 -1.0)) (assert (<= X_0 1.0))
(assert (or (and (< N_1 0)) (and (>= N_1 0) (< N_2 0)) (and (>= N_1 0) (>= N_2 0))))
(assert (>= Y_0 2.5))
"""


def test_the_reader_can_say_no() -> None:
    assert covers(read(GOOD))
    assert not covers(read(GOOD.replace("(and (< N_1 0)) ", "")))
    assert not covers(read(GOOD.replace("(>= N_2 0)", "(< N_2 0)")))
    for old, new in (
        ("2.5", "5/2"),
        ("N_2 ReLU", "N_3 ReLU"),
        ("(< N_1 0)", "(< N_3 0)"),
        ("(and (< N_1 0))", "(and)"),
        ("(< N_1 0)", "(< N_1 1)"),
        ("(assert (<= X_0 1.0))", ""),
        ("(assert (>= Y_0 2.5))", ""),
        ("(>= Y_0", "(> Y_0"),
    ):
        assert old in GOOD
        with pytest.raises(Wrong):
            read(GOOD.replace(old, new))
