"""Leaves as VIPR files: replayed by a checker of the format, and true of the network.

A file proves its leaf if its derivations hold (``vipr_checker``), and if what it takes as given
is no more than what a counterexample in the leaf would satisfy. The second is tested on exact
executions of the network, which are computed here from the layers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from random import Random

import pytest
from golden_cases import GOLDEN
from region_claims import CLAIMS, TREES, case, lines
from vipr_checker import Constraint, File, Wrong, check

import certify
from certify.encode.leaf_proofs import export
from certify.encode.tree import leaves
from certify.kernel.certificate import Certificate
from certify.kernel.language.claim import Pointwise
from certify.kernel.language.functions.base import Vector
from certify.kernel.verdict import Malformed

SPECIAL = re.compile(r"(split|claim)\d+")
NOT_LINEAR = {"direction", "direction-held", "norm", "norm-held", "norm-l1"}
LINEAR = [*CLAIMS, "mixed", *sorted(set(TREES) - NOT_LINEAR)]


@cache
def files(name: str) -> dict[str, str]:
    """The files of a case by name."""
    return dict(certify.encode_files(case(name)[0], "vipr", case(name)[1]))


@cache
def checked(name: str) -> dict[str, File]:
    """The same, each accepted by the checker."""
    return {key: check(text) for key, text in files(name).items()}


def points(domain: certify.Set, draw: Random, count: int) -> Iterator[tuple[Vector, Vector]]:
    """Parameters u of a set with the points x that they place: random ones, and corners."""
    polyhedron = domain.polyhedron()
    assert polyhedron is not None
    for _ in range(count):
        shares = [Fraction(draw.choice([0, 16, draw.randint(1, 15)]), 16) for _ in polyhedron.lower]
        sides = zip(polyhedron.lower, polyhedron.upper, shares, strict=True)
        u = tuple(a + (b - a) * s for a, b, s in sides if a is not None and b is not None)
        if all(sum(v * u[c] for c, v in row) <= bound for row, bound in polyhedron.rows):
            yield u, polyhedron.place(u)


def execution(claim: Pointwise, u: Vector, x: Vector) -> dict[str, Fraction]:
    """What the names of a file's variables stand for at one point."""
    found = {f"u{i}": v for i, v in enumerate(u)} | {f"x{i}": v for i, v in enumerate(x)}
    networks = [term.lower(len(x)) for term in claim.terms()]
    before = [list(x) for _ in networks]
    for k in range(max(network.depth for network in networks if network)):
        place = 0
        for n, network in enumerate(networks):
            assert network is not None
            if k < network.depth:
                layer = network.layers[k]
                z = [
                    bias + sum(v * before[n][c] for c, v in row)
                    for row, bias in zip(layer.rows, layer.bias, strict=True)
                ]
                relu = layer.relu
            else:
                z, relu = before[n], (False,) * len(before[n])
            before[n] = [max(v, Fraction(0)) if r else v for v, r in zip(z, relu, strict=True)]
            for v, h in zip(z, before[n], strict=True):
                found[f"z{k + 1}_{place}"], found[f"h{k + 1}_{place}"] = v, h
                found[f"a{k + 1}_{place}"] = Fraction(v > 0)
                place += 1
    return found


def holds(constraint: Constraint, file: File, values: dict[str, Fraction]) -> bool:
    left = sum((c * values[file.names[i]] for i, c in constraint.row.items()), Fraction(0))
    difference = (left - constraint.bound) * (constraint.sense or 1)
    return difference >= 0 if constraint.sense else difference == 0


def splits(file: File) -> list[Constraint]:
    return [c for c in file.given if c.name.startswith("split")]


# ------------------------------------------------------------ what is proved


@pytest.mark.parametrize("name", LINEAR)
def test_every_leaf_is_proved_in_each_of_its_cases(name: str) -> None:
    found, claim = checked(name), case(name)[0]
    assert isinstance(claim, Pointwise)
    cases = len(claim.negation() or ())
    empty = ["empty" in leaf.line for leaf in leaves(lines(name))]
    assert len(found) == sum(1 if none else cases for none in empty)
    assert len(empty) > 2 or name in {"two", "embed"} or name in TREES


@pytest.mark.parametrize("name", LINEAR)
def test_what_is_given_holds_at_every_execution(name: str) -> None:
    """All but the splits and the negated claim everywhere; the claim's rows just where it fails."""
    claim, found = case(name)[0], checked(name)
    assert isinstance(claim, Pointwise)
    disjuncts = claim.negation() or ()
    first = next(iter(found.values()))
    everywhere = [c for c in first.given if not SPECIAL.fullmatch(c.name)]
    for u, x in points(claim.domain, Random(7), 60):
        values = execution(claim, u, x)
        joint = x + tuple(v for term in claim.terms() for v in term(x))
        assert all(holds(c, first, values) for c in everywhere)
        inside = {k: f for k, f in found.items() if all(holds(c, f, values) for c in splits(f))}
        assert inside, "the leaves cover the domain"
        for key, file in inside.items():
            rows = [c for c in file.given if c.name.startswith("claim")]
            if file.maximise:  # a strict row is the objective instead
                rows.append(Constraint("", 1, Fraction(file.goal[2]), file.objective))
            which = int(key.partition("-")[2].removesuffix(".vipr") or 1) - 1
            wanted = [
                sum(v * joint[c] for c, v in k.row) + k.constant >= 0 for k in disjuncts[which]
            ]
            assert not rows or all(holds(c, file, values) for c in rows) == all(wanted)


@pytest.mark.parametrize("name", LINEAR)
def test_the_files_differ_in_the_splits_and_the_case_alone(name: str) -> None:
    """And the splits are those of a binary tree, so that the leaves cover the whole."""
    found = list(checked(name).values())
    for file in found:
        assert (file.names, file.integers) == (found[0].names, found[0].integers)
        first, other = (
            [c for c in f.given if not SPECIAL.fullmatch(c.name)] for f in (found[0], file)
        )
        assert first == other
    ways = [tuple((tuple(c.row.items()), c.bound, c.sense) for c in splits(f)) for f in found]
    assert tree(list(dict.fromkeys(ways)))


def tree(ways: list[tuple[tuple[object, Fraction, int], ...]]) -> bool:
    """Do the first splits have two opposite sides, and so on inside each?"""
    if ways == [()]:
        return True
    if () in ways or len({way[0][:2] for way in ways}) != 1:
        return False
    sides = [[way[1:] for way in ways if way[0][2] == sense] for sense in (-1, 1)]
    return all(side and tree(side) for side in sides)


def test_a_tight_leaf_shows_that_the_strict_row_is_not_positive() -> None:
    goals = {file.goal for file in checked("exact").values()}
    assert goals == {("infeas",), ("range", "-inf", "2")}


def test_false_by_a_hair_some_leaf_stays_open() -> None:
    """relu(x0 + x1) + relu(x0 − x1) ≤ 2 on the square, and a little less than 2."""
    [network] = case("exact")[0].networks()
    square = certify.box([-1, -1], [1, 1])
    true = certify.output(network, square, "y0 <= 2")
    false = certify.output(network, square, f"y0 <= {(2 << 40) - 1}/{1 << 40}")
    assert all(check(text) for _, text in export(true, lines("exact")))
    with pytest.raises(Malformed, match="leaf 2 stays open in rational arithmetic"):
        list(export(false, lines("exact")))


# -------------------------------------------------------- what is not proved


@pytest.mark.parametrize("name", ["small", "mixed", "exact", "two-disjuncts"])
def test_a_changed_file_is_rejected(name: str) -> None:
    """Without a line, with another multiplier, another bound, or another row."""
    text = list(files(name).values())[-1]
    rows = text.splitlines()
    start = next(i for i, row in enumerate(rows) if row.startswith("DER "))
    count = len(rows) - start - 1
    assert count > 1 and f"DER {count}" == rows[start]
    for i in range(start + 1, len(rows)):
        less = [*rows[:start], f"DER {count - 1}", *rows[start + 1 : i], *rows[i + 1 :]]
        changed = [less]
        words = rows[i].split()
        if i < len(rows) - 1:
            step = {"L": -1, "G": 1}[words[1]]
            stronger = [*words[:2], str(Fraction(words[2]) + step), *words[3:]]
            changed.append([*rows[:i], " ".join(stronger), *rows[i + 1 :]])
        place = words.index("{")
        for k in range(place + 4, len(words) - 2, 2) if words[place + 1] == "lin" else ():
            other = [*words[:k], str(Fraction(words[k]) + 1), *words[k + 1 :]]
            changed.append([*rows[:i], " ".join(other), *rows[i + 1 :]])
        for lines_ in changed:
            with pytest.raises(Wrong):
                check("\n".join(lines_))


def test_only_certificates_of_regions_have_leaves() -> None:
    claim, certificate = case("small")
    with pytest.raises(
        certify.CertifyError, match="vipr is written from a certificate of rule reg"
    ):
        list(certify.encode_files(claim, "vipr"))
    with pytest.raises(certify.CertifyError, match="several files"):
        certify.encode(claim, "vipr", certificate)
    with pytest.raises(certify.CertifyError, match="no format 'alethe' of several files"):
        list(certify.encode_files(claim, "alethe", certificate))
    corner = certify.output(next(iter(claim.networks())), certify.points([[0, 0]]), "y0 <= 1")
    listed = certify.prove(corner, method="list").certificate
    with pytest.raises(certify.CertifyError, match="rule regions: proved by enumerate"):
        list(certify.encode_files(corner, "vipr", listed))
    with pytest.raises(certify.CertifyError, match=r"certificate\.claim"):
        list(certify.encode_files(case("wide")[0], "vipr", certificate))
    short = Certificate(certificate.header, lines("small")[:-1])
    with pytest.raises(certify.CertifyError, match=r"regions\.tree-unfinished"):
        list(certify.encode_files(claim, "vipr", short))


@pytest.mark.parametrize("name", sorted(NOT_LINEAR))
def test_a_norm_is_not_linear(name: str) -> None:
    with pytest.raises(certify.CertifyError, match="no disjunction of linear constraints"):
        files(name)


def test_the_golden_files() -> None:
    """make_exports writes them again without a change; the checkers accept them."""
    written = {
        path.name: path.read_text(encoding="utf-8") for path in (GOLDEN / "exports").iterdir()
    }
    patterns = dict(certify.encode_files(case("phases")[0], "aptp", case("phases")[1]))
    assert written == files("phases") | patterns
    assert len(written) == 5


# ------------------------------------------------------------ the checker

# the example of the specification: 4x + y ≥ 1 and 4x − y ≤ 2 over the integers, so x + y ≥ 1
EXAMPLE = """VER 1.0
VAR 2
x y
INT 2
0 1
OBJ min
2  0 1  1 1
CON 2 0
C1 G 1  2  0 4  1 1
C2 L 2  2  0 4  1 -1
RTP range 1 inf
SOL 0
DER 4
C3 G -1/2  1  1 1   { lin 2  0 1/2  1 -1/2 } 3
C4 G 0     1  1 1   { rnd 1  2 1 } 4
C5 G 1/4   OBJ     { lin 2  0 1/4  3 3/4 } 5
C6 G 1     OBJ     { rnd 1  4 1 } -1
"""
# x is 0 or 1, and y ≥ x as well as y ≥ 1 − x, with y ≤ 1/4
CASES = """% by cases
VER 1.0
VAR 2 x y
INT 1 0
OBJ min 0
CON 3 1
C0 L 1/4 1 1 1
C1 G 0 2 1 1 0 -1
C2 G 1 2 1 1 0 1
RTP infeas
SOL 0
DER 6
A1 L 0 1 0 1 { asm } 7
A2 G 1 1 0 1 { asm } 7
C3 G 3/4 0 { lin 3 2 1 3 -1 0 -1 } 7
C4 G 3/4 0 { lin 3 1 1 4 1 0 -1 } 8
C5 G 3/4 0 { uns 5 3 6 4 } 8
C6 G 3/4 0 { lin 1 7 1 } -1
"""


@pytest.mark.parametrize("text", [EXAMPLE, CASES])
def test_the_checker_accepts_examples(text: str) -> None:
    assert check(text).derived


@pytest.mark.parametrize(
    ("text", "old", "new", "reason"),
    [
        (EXAMPLE, "INT 2\n0 1", "INT 1 0", "nothing to round"),
        (EXAMPLE, "{ rnd 1  4 1 }", "{ lin 1  4 1 }", "another constraint"),
        (EXAMPLE, "1 -1/2 } 3", "1 1/2 } 3", "multipliers of both signs"),
        (EXAMPLE, "lin 2  0 1/4  3 3/4", "lin 2  0 1/4  5 3/4", "index 5 is not below 4"),
        (EXAMPLE, "lin 2  0 1/4  3 3/4", "lin 2  3 1/4  3 3/4", "index 3 twice"),
        (EXAMPLE, "0 1/2  1 -1/2 } 3", "0 1/2  1 -1/2 } 2", "was to be used up to 2"),
        (EXAMPLE, "range 1 inf", "range 2 inf", "not the bound"),
        (EXAMPLE, "range 1 inf", "range -inf inf", "only the dual bound"),
        (EXAMPLE, "-1/2 } 3", "-.5 } 3", "no number"),
        (EXAMPLE, "1 } -1", "1 } -1 more", "follows the last"),
        (EXAMPLE, "DER 4", "DER 5", "ends too early"),
        (EXAMPLE, "VER 1.0", "VER 1.1", "1.0 expected"),
        (CASES, "INT 1 0", "INT 0", "the cases are not all"),
        (CASES, "A2 G 1 1", "A2 G 2 1", "the cases are not all"),
        (CASES, "A1 L 0 1 0 1", "A1 L 0 1 1 1", "the combination"),
        (CASES, "uns 5 3 6 4", "uns 5 4 6 3", "rests on assumptions"),
        (CASES, "C6 G 3/4 0 { lin 1 7 1 }", "C6 G 3/4 0 { lin 1 6 1 }", "rests on assumptions"),
        (CASES, "C6 G 3/4", "C6 G -1", "the conclusion is possible"),
        (CASES, "C0 L 1/4", "C0 L 1", "the combination"),
        (CASES, "CON 3 1", "CON 3 2", "a bound is about one variable"),
    ],
)
def test_the_checker_says_no(text: str, old: str, new: str, reason: str) -> None:
    """Each side condition of the specification, by a file that fails in it alone."""
    assert old in text
    with pytest.raises(Wrong, match=reason):
        check(text.replace(old, new))


def test_a_split_that_is_not_between_integers_is_rejected() -> None:
    """x ≤ 1/2 or x ≥ 3/2 leaves 1 out."""
    text = CASES.replace("A1 L 0", "A1 L 1/2").replace("A2 G 1", "A2 G 3/2")
    text = text.replace("C3 G 3/4", "C3 G 1/4").replace("C4 G 3/4", "C4 G 5/4")
    text = text.replace("C5 G 3/4", "C5 G 1/4").replace("C6 G 3/4", "C6 G 1/4")
    with pytest.raises(Wrong, match="the cases are not all"):
        check(text)
