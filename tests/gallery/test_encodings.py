"""encodings/ holds exactly what the claims of models/ give, and its README what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from golden_cases import files, read

import certify
from certify.encode.smt import text
from certify.gallery.encodings import LARGEST, texts, write
from certify.networks import builder


def places(root: Path) -> list[str]:
    """The folders of models/ and of encodings/."""
    models = {path.parent.name for path in (root / "models").glob("*/claims.toml")}
    return sorted(models | {path.name for path in (root / "encodings").iterdir() if path.is_dir()})


def test_rebuilding_changes_no_byte(root: Path) -> None:
    """Every text is there, as it would be written now, and no other."""
    for place in places(root):
        wanted = {
            f"{name}.smt2": found
            for name, found, _ in texts(root / "models" / place / "claims.toml")
            if found
        }
        folder = root / "encodings" / place
        assert {path.name for path in folder.glob("*")} == set(wanted), place
        for name, found in wanted.items():
            assert (folder / name).read_text(encoding="utf-8") == found, f"{place}/{name}"
            assert len(found.encode()) <= LARGEST


def test_what_is_left_out_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And a text whose claim is gone is removed."""
    (tmp_path / "claims.toml").write_text(
        """
[[claim]]
name = "average"
kind = "expectation"
of = [{ parity = [0] }]
over = { uniform = { cube = 2 } }
relation = "="
value = 0
[[claim]]
name = "large"
kind = "equals"
left = { parity = [] }
right = { constant = [1] }
on = { cube = 60000 }
[[claim]]
name = "small"
kind = "equals"
left = { parity = [0] }
right = { project = [0] }
on = { cube = 1 }
"""
    )
    folder = tmp_path / "place"
    folder.mkdir()
    (folder / "gone.smt2").write_text("")
    assert write(tmp_path / "claims.toml", folder)
    assert [path.name for path in folder.iterdir()] == ["small.smt2"]
    shown = capsys.readouterr().out
    assert "average: left out: a claim of kind expectation" in shown
    assert "large: left out: too large" in shown


def test_the_example_of_the_readme(root: Path) -> None:
    """The text is what is printed, and the steps are those that the golden certificate holds."""
    readme = (root / "encodings" / "README.md").read_text(encoding="utf-8")
    relu = builder.relu([[1]])
    claim = certify.output(relu, certify.box([-1], [1]), "y0 <= 1")
    printed = text(claim, "at-most-1", {"relu": relu})
    assert f"```smt2\n{printed}```" in readme
    [golden] = [read(path) for path in files("accept") if path.stem == "clauses"]
    assert golden.claim == claim
    steps = golden.certificate.header["body"]["steps"]
    for step in steps:
        assert f"| `{step}` |".replace("'", '"') in readme
