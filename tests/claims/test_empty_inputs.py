"""Properties that no input satisfies: unsat with a note, by a certificate, and never by emptiness.

Truth: each text is written beside a neighbour, one bound or relation away, that one input does
satisfy; z3 says so of both.
"""

from __future__ import annotations

from fractions import Fraction as Q
from pathlib import Path

import pytest
import z3

from certify import api, cli
from certify.claims.toml import ClaimsFile
from certify.claims.vnnlib import parse_property
from certify.errors import CertifyError
from certify.kernel.data.network import Network, affine_layer
from certify.kernel.language import formula
from certify.kernel.language.sets.convex import Box, Space
from certify.networks.files import save
from certify.networks.reading import Reading

NAMES = ("X_0", "X_1", "Y_0", "Y_1")
HEADER = "".join(f"(declare-const {name} Real)" for name in NAMES)
BOX = "(assert (and (>= X_0 0.1) (<= X_0 0.7) (>= X_1 (- 0.3)) (<= X_1 0.9)))"
OUTPUTS = "(assert (>= Y_0 (- 1000)))"  # true of the network at every point of interest

# name: no input satisfies it; one does
PAIRS = {
    "bounds": (
        "(assert (and (>= X_0 1.5) (<= X_0 0.1) (>= X_1 0) (<= X_1 1)))",
        "(assert (and (>= X_0 0.1) (<= X_0 0.1) (>= X_1 0) (<= X_1 1)))",
    ),
    "bounds of both": (
        "(assert (and (>= X_0 0.7) (<= X_0 0.1) (>= X_1 0.2) (<= X_1 0.1)))",
        "(assert (and (>= X_0 0.1) (<= X_0 0.7) (>= X_1 0.1) (<= X_1 0.2)))",
    ),
    "bounds of one, the other free": (
        "(assert (and (>= X_0 0.7) (<= X_0 0.1)))",
        "(assert (and (>= X_0 0.1) (<= X_0 0.1)))",
    ),
    "bounds that follow": (
        "(assert (and (>= X_0 0.5) (<= X_1 0.25) (>= X_1 0) (<= (+ X_0 X_1) 0.4)))",
        "(assert (and (>= X_0 0.5) (<= X_1 0.25) (>= X_1 0) (<= (+ X_0 X_1) 0.5)))",
    ),
    "constants": (BOX + "(assert (< 1 1))", BOX + "(assert (<= 1 1))"),
    "beyond the box": (BOX + "(assert (> X_0 0.7))", BOX + "(assert (>= X_0 0.7))"),
    "strict": (
        "(assert (and (< X_0 0.1) (>= X_0 0.1) (>= X_1 0) (<= X_1 1)))",
        "(assert (and (<= X_0 0.1) (>= X_0 0.1) (>= X_1 0) (<= X_1 1)))",
    ),
    "strict, the other free": (
        "(assert (and (< X_0 0) (>= X_0 0)))",
        "(assert (and (<= X_0 0) (>= X_0 0)))",
    ),
    "linear": (
        BOX + "(assert (> X_0 X_1))(assert (<= X_0 X_1))",
        BOX + "(assert (>= X_0 X_1))(assert (<= X_0 X_1))",
    ),
    "linear by thirds": (
        BOX + "(assert (> (* 0.3 X_0) (* 0.7 X_1)))(assert (<= (* 0.9 X_0) (* 2.1 X_1)))",
        BOX + "(assert (>= (* 0.3 X_0) (* 0.7 X_1)))(assert (<= (* 0.9 X_0) (* 2.1 X_1)))",
    ),
    "by a hair": (
        BOX + "(assert (> (+ X_0 X_1) 0.5))(assert (<= (+ X_0 X_1) 0.499999999))",
        BOX + "(assert (> (+ X_0 X_1) 0.5))(assert (<= (+ X_0 X_1) 0.6))",
    ),
    "polytope": (
        "(assert (and (>= X_0 0) (>= (+ X_0 X_1) 1) (<= (+ X_0 X_1) 0.9)))",
        "(assert (and (>= X_0 0) (>= (+ X_0 X_1) 1) (<= (+ X_0 X_1) 1)))",
    ),
    "or of nothing": (
        BOX + "(assert (or (and (>= X_0 0.2) (<= X_0 0.15)) (and (> X_1 0.6) (< X_1 0.5))))",
        BOX + "(assert (or (and (>= X_0 0.2) (<= X_0 0.15)) (and (> X_1 0.5) (< X_1 0.6))))",
    ),
    "or against and": (
        BOX + "(assert (or (<= X_0 0.2) (<= X_1 0.1)))(assert (and (> X_0 0.2) (> X_1 0.1)))",
        BOX + "(assert (or (<= X_0 0.2) (<= X_1 0.1)))(assert (and (>= X_0 0.2) (> X_1 0.1)))",
    ),
    "or of boxes": (
        "(assert (or (and (>= X_0 2) (<= X_0 1) (>= X_1 0) (<= X_1 1))"
        " (and (>= X_0 4) (<= X_0 3) (>= X_1 0) (<= X_1 1))))",
        "(assert (or (and (>= X_0 2) (<= X_0 1) (>= X_1 0) (<= X_1 1))"
        " (and (>= X_0 3) (<= X_0 3) (>= X_1 0) (<= X_1 1))))",
    ),
    "equal and not": (
        BOX + "(assert (= X_0 X_1))(assert (or (< X_0 X_1) (> X_0 X_1)))",
        BOX + "(assert (= X_0 X_1))(assert (or (< X_0 0.5) (> X_0 X_1)))",
    ),
    "two equalities": (
        BOX + "(assert (= X_0 (+ X_1 0.1)))(assert (= X_1 (- X_0 0.2)))",
        BOX + "(assert (= X_0 (+ X_1 0.2)))(assert (= X_1 (- X_0 0.2)))",
    ),
}


def network() -> Network:
    hidden = [tuple((i, Q(i + k + 1, 3)) for i in range(2)) for k in range(3)]
    last = [tuple((k, Q(1, 1 + k)) for k in range(3)), ((0, Q(-1)),)]
    bias = [Q(-1, 7)] * 3
    return Network(2, (affine_layer(2, hidden, bias, True), affine_layer(3, last)))


def satisfiable(text: str) -> bool:
    solver = z3.Solver()
    solver.add(z3.parse_smt2_string(HEADER + text))
    return bool(solver.check() == z3.sat)


@pytest.mark.parametrize("name", PAIRS)
def test_no_input(name: str) -> None:
    text = PAIRS[name][0]
    assert not satisfiable(text)
    notes: list[str] = []
    claim = parse_property(HEADER + text + OUTPUTS, [network()], Reading(say=notes.append)).claim
    [note] = notes
    assert note.startswith("property: an empty input set: no input satisfies ")
    # the set has points, and at none of them the assertions hold
    assert isinstance(claim.on, Box | Space)
    point = claim.on.lower if isinstance(claim.on, Box) else (Q(0), Q(0))
    assert claim.on.contains(point)
    assert formula.holds(claim.formula, point, network()(point))
    result = api.prove(claim, timeout=60)
    assert (result.verdict, bool(result.certificate)) == ("proved", True), result.reason
    assert "holds for every network" in result.note


@pytest.mark.parametrize("name", PAIRS)
def test_one_input(name: str) -> None:
    text = PAIRS[name][1]
    assert satisfiable(text)
    notes: list[str] = []
    claim = parse_property(HEADER + text + OUTPUTS, [network()], Reading(say=notes.append)).claim
    assert not notes
    assert api.prove(claim, timeout=60).verdict == "refuted"


def test_a_certificate_binds_the_property(tmp_path: Path) -> None:
    """What proves an empty property proves no other, nor the same about another network."""
    first, second = (PAIRS["linear"][i] for i in (0, 1))
    quiet = Reading().quiet()
    claim, other = (
        parse_property(HEADER + text + OUTPUTS, [network()], quiet).claim
        for text in (first, second)
    )
    found = api.prove(claim, timeout=60).certificate
    assert found is not None
    assert api.check(claim, found).verdict == "proved"
    assert api.check(other, found).verdict == "rejected"
    double = Network(2, (*network().layers, affine_layer(2, [((0, Q(2)),), ((1, Q(1)),)])))
    elsewhere = parse_property(HEADER + first + OUTPUTS, [double], quiet).claim
    assert api.check(elsewhere, found).verdict == "rejected"


def test_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net, prop = tmp_path / "n.json", tmp_path / "p.vnnlib"
    save(network(), net)
    prop.write_text(HEADER + PAIRS["linear"][0])
    targets = [str(net), str(prop)]
    certificate = str(tmp_path / "n-p.cert.json")
    for arguments, out in (
        (["prove", *targets, "--format", "vnncomp"], "unsat\n"),
        (["check", *targets, certificate], "PROVED "),
    ):
        with pytest.raises(SystemExit) as stop:
            cli.main(arguments)
        assert not stop.value.code
        printed, err = capsys.readouterr()
        assert printed.startswith(out)
        assert f"certify: note: {prop}: an empty input set" in err


@pytest.mark.parametrize(
    "on",
    [
        "{ box = { lower = [0, 1], upper = [1, 0] } }",
        "{ polytope = { le = [[0, 0, -1]] } }",
        "{ points = [] }",
    ],
)
def test_a_claims_file_refuses_an_empty_set(on: str, tmp_path: Path) -> None:
    save(network(), tmp_path / "n.json")
    path = tmp_path / "c.toml"
    path.write_text(
        'networks = { n = "n.json" }\n[[claim]]\nname = "c"\nkind = "output"\nnetwork = "n"\n'
        f'holds = "y0 <= 1"\non = {on}\n'
    )
    with pytest.raises(CertifyError, match=r"empty|expected"):
        ClaimsFile(path).claim("c")
