"""Witnesses in floats, by onnxruntime."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import certify
from certify import cli
from certify.kernel.language.kinds.pointwise import Output
from certify.kernel.language.sets.convex import Polytope
from certify.networks import builder
from certify.networks.files import save
from certify.networks.float_point import rounded
from certify.networks.float_witness import replayed

PROPERTY = """
(declare-const X_0 Real)
(declare-const Y_0 Real)
(assert (>= X_0 0.0))
(assert (<= X_0 1.0))
(assert (> Y_0 {bound}))
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """y = relu(x) with its property, in the working directory."""
    monkeypatch.chdir(tmp_path)
    save(builder.Sequential(builder.relu([[1]]), builder.linear([[1]])), tmp_path / "net.onnx")
    (tmp_path / "p.vnnlib").write_text(PROPERTY.format(bound="0.5"))
    (tmp_path / "never.vnnlib").write_text(PROPERTY.format(bound="1.0"))
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Exit code and standard output of a command."""
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    return int(stop.value.code or 0), capsys.readouterr().out


def test_a_violation_that_survives(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = run(capsys, "prove", "net.onnx", "p.vnnlib")
    assert code == 1
    assert "in onnxruntime: the violation survives (outputs " in out


def test_a_violation_that_rounding_hides(files: Path) -> None:
    """x = 1/2 + 2^-40 violates y ≤ 1/2 exactly; in float32 it is 1/2."""
    network = certify.load(files / "net.onnx")
    claim = certify.output(network, certify.box([0], [1]), "y0 <= 1/2")
    point = [str(Fraction(1, 2) + Fraction(1, 1 << 40))]
    line = replayed(files / "net.onnx", claim, point)  # type: ignore[arg-type]
    assert line.startswith("in onnxruntime, the point rounded: the violation does NOT survive")


def test_a_bound_is_rounded_inward(files: Path) -> None:
    """1/3 is no float32: the nearest lies above, and the one below it is in the set."""
    network = certify.load(files / "net.onnx")
    claim = certify.output(network, certify.box([0], ["1/3"]), "y0 <= 1/4")
    line = replayed(files / "net.onnx", claim, ["1/3"])  # type: ignore[arg-type]
    assert line.startswith("in onnxruntime, the point rounded: the violation survives (")
    only = certify.output(network, certify.box(["1/3"], ["1/3"]), "y0 <= 1/4")
    line = replayed(files / "net.onnx", only, ["1/3"])  # type: ignore[arg-type]
    assert "the point rounded, which lies outside of the set: the violation survives" in line


def polytope(rows: list[list[object]]) -> Polytope:
    columns = len(rows[0]) - 1
    claim = certify.output(builder.linear([[1] * columns]), certify.polytope(rows), "y0 < 0")
    assert isinstance(claim, Output) and isinstance(claim.domain, Polytope)
    return claim.domain


@pytest.mark.parametrize(
    ("rows", "point"),
    [
        ([[1, 1, "1/3"], [-1, 0, 0], [0, -1, 0]], ["1/3", "0"]),
        ([[1, 1, "1/3"], [-1, 0, 0], [0, -1, 0]], ["1/7", "4/21"]),
        ([[1, 1, 1], [-1, -1, -1]], ["1/3", "2/3"]),  # an equation
        ([[3, 7, "1/10"], [-3, 1, 5], [1, -9, "1/3"]], ["1/30", "0"]),
        ([[1, -1, 0], [-1, 1, 0], [1, 0, "1/10"]], ["1/10", "1/10"]),
        ([[1000, 1, "100/3"], [-1, 0, 5], [0, -1, "-1/3"]], ["33/1000", "1/3"]),
    ],
)
def test_a_point_of_a_polytope_is_rounded_inward(
    rows: list[list[object]], point: list[str]
) -> None:
    """The nearest floats lie outside; others near them are in the set, by exact arithmetic."""
    domain = polytope(rows)
    exact = [Fraction(text) for text in point]
    assert domain.contains(tuple(exact))
    for dtype in (np.float32, np.float64):
        found = rounded(domain, exact, dtype)
        assert found.dtype == dtype
        assert domain.contains(tuple(Fraction(float(v)) for v in found))
        assert np.allclose(found, [float(v) for v in exact], atol=2**-9)
    nearest = np.float32(1 / 3)
    assert rounded(polytope([[3, 1], [-3, -1]]), [Fraction(1, 3)], np.float32) == nearest


def test_declare_fun_only_when_asked(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = PROPERTY.format(bound="1.0").replace("declare-const X_0", "declare-fun X_0 ()")
    (files / "old.vnnlib").write_text(text)
    assert run(capsys, "prove", "net.onnx", "old.vnnlib")[0] == 64
    assert run(capsys, "prove", "net.onnx", "old.vnnlib", "--declare-fun")[0] == 0
    certificate = "net-old.cert.json"
    assert run(capsys, "check", "net.onnx", "old.vnnlib", certificate, "--declare-fun")[0] == 0
