"""The competition's result text: read back as its own scorer reads it, and true."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vnnlib_truth import satisfied

from certify import cli
from certify.claims.vnncomp import decimal, result_text
from certify.networks import builder
from certify.networks.files import load, save

F = Fraction
VERSION1 = """
(declare-const X_0 Real)
(declare-const X_1 Real)
(declare-const Y_0 Real)
(assert (and (>= X_0 0.0) (<= X_0 1.0) (>= X_1 0.0) (<= X_1 0.3)))
(assert (>= Y_0 {bound}))
"""
VERSION2 = """(vnnlib-version <2.0>)
(declare-network f (declare-input X Real [1,2]) (declare-output Y Real []))
(declare-network g (isomorphic-to f) (declare-input Z Real [2]) (declare-output W Real [1]))
(assert (and (<= 0 X[0,0]) (<= X[0,0] 1) (<= 0 X[0,1]) (<= X[0,1] 1)))
(assert (and (== X[0,0] Z[1]) (== X[0,1] Z[0])))
(assert (>= Y (+ W[0] 0.75)))
"""


@given(st.integers(-(10**12), 10**12), st.integers(0, 30), st.integers(0, 12))
def test_short_decimals_are_exact(top: int, twos: int, fives: int) -> None:
    value = F(top, 2**twos * 5**fives)
    assert F(decimal(value)) == value
    assert re.fullmatch(r"-?\d+\.\d+", decimal(value))


def test_other_rationals_are_the_nearest_double() -> None:
    assert decimal(F(1, 3)) == repr(1 / 3)
    assert decimal(F(1, 2**41)) == repr(2.0**-41)


def test_the_words() -> None:
    assert result_text("proved") == "unsat"
    assert result_text("unknown") == result_text("enumerated") == "unknown"
    named = result_text("refuted", (F(1, 2), F(0)), (F(-3),))
    assert named == "sat\n((X_0 0.5)\n (X_1 0.0)\n (Y_0 -3.0))"


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    with pytest.raises(SystemExit) as stop:
        cli.main(["prove", *map(str, arguments), "--format", "vnncomp"])
    return int(stop.value.code or 0), capsys.readouterr().out


@pytest.fixture
def network(tmp_path: Path) -> Path:
    """y = relu(x₀ + 2x₁), in ONNX."""
    path = tmp_path / "net.onnx"
    save(builder.Sequential(builder.relu([[1, 2]]), builder.linear([[1]])), path)
    return path


def test_version_1(network: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = VERSION1.format(bound="1.5")
    (tmp_path / "p.vnnlib").write_text(text)
    code, out = run(capsys, network, tmp_path / "p.vnnlib")
    word, _, rest = out.partition("\n")
    assert (code, word) == (1, "sat")
    cells = rest.replace("\n", " ").strip()
    assert cells[0] + cells[-1] == "()"
    named = dict(re.findall(r"\((\w+) ([^ ()]+)\)", cells[1:-1]))
    assert list(named) == ["X_0", "X_1", "Y_0"]
    values = {name: F(value) for name, value in named.items()}
    assert values["Y_0"] == values["X_0"] + 2 * values["X_1"]
    assert satisfied(text, values)

    (tmp_path / "never.vnnlib").write_text(VERSION1.format(bound="1.7"))
    assert run(capsys, network, tmp_path / "never.vnnlib") == (0, "unsat\n")


def test_version_2(network: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Tensors in the order of the file, shared inputs written for both networks."""
    (tmp_path / "p.vnnlib").write_text(VERSION2)
    unshaped = tmp_path / "n.json"  # ONNX files have shapes, and the two declared here differ
    save(load(network), unshaped)
    code, out = run(capsys, unshaped, unshaped, tmp_path / "p.vnnlib")
    lines = out.splitlines()
    assert (code, lines.pop(0)) == (1, "sat")
    assert [line for line in lines if "[" in line] == [
        "X Real [1,2]",
        "Y Real []",
        "Z Real [2]",
        "W Real [1]",
    ]
    x0, x1, y, z0, z1, w = (F(line) for line in lines if "[" not in line)
    assert (z0, z1) == (x1, x0)
    assert y == x0 + 2 * x1
    assert w == z0 + 2 * z1
    assert y >= w + F(3, 4)
    assert 0 <= min(x0, x1) <= max(x0, x1) <= 1


def test_a_claim_without_a_property(
    network: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "claims.toml").write_text(
        '[networks]\nnet = "net.onnx"\n[[claim]]\nname = "small"\nkind = "output"\n'
        'network = "net"\non = { box = { lower = [0, 0], upper = [1, 1] } }\nholds = "y0 <= 1"\n'
    )
    code, out = run(capsys, tmp_path / "claims.toml")
    assert code == 1
    assert out.startswith("sat\n((X_0 ")
    assert "(Y_0 " in out
