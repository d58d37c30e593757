"""Texts that agree with their claims, and every way in which one may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from certify.gallery.cross_check import OPEN, agree

ENCODINGS = Path(__file__).parents[2] / "encodings"
UNSAT = "(set-logic QF_LRA)(declare-const x Real)(assert (< x x))(check-sat)"
SAT = "(set-logic QF_LRA)(declare-const x Real)(assert (< x 1.0))(check-sat)"


@pytest.mark.parametrize(
    ("expect", "text", "good"),
    [
        ('expect = "proved"', UNSAT, True),
        ("", UNSAT, True),
        ('expect = "refuted"', SAT, True),
        ('expect = "unknown"', SAT, True),
        ('expect = "refuted"', UNSAT, False),
        ('expect = "proved"', SAT, False),
        ('expect = "proved"', UNSAT.replace("(< x x)", "(< x y)"), False),
        ('expect = "unknown"', "", False),
    ],
)
def test_a_text_against_its_claim(tmp_path: Path, expect: str, text: str, good: bool) -> None:
    claims = tmp_path / "claims.toml"
    claims.write_text(f'[[claim]]\nname = "one"\n{expect}\n')
    (tmp_path / "one.smt2").write_text(text)
    assert agree(claims, tmp_path) is good


@pytest.mark.parametrize(
    ("place", "text", "good"),
    [
        ("lemma-2", None, True),
        ("lemma-3", None, False),
        ("lemma-2", UNSAT, True),
        ("lemma-2", SAT, False),
    ],
)
def test_a_text_that_no_solver_settles(
    tmp_path: Path, place: str, text: str | None, good: bool
) -> None:
    """It must be known to be open, which is no excuse for a contradiction."""
    name = "parity-57-equals.smt2"
    text = text or (ENCODINGS / "lemma-2" / name).read_text(encoding="utf-8")
    claims = tmp_path / "claims.toml"
    claims.write_text('[[claim]]\nname = "parity-57-equals"\n')
    (tmp_path / place).mkdir()
    (tmp_path / place / name).write_text(text)
    assert agree(claims, tmp_path / place, limit=2) is good


def test_open_texts_are_named() -> None:
    """Each is there, and the README says that it is open."""
    readme = (ENCODINGS / "README.md").read_text(encoding="utf-8")
    for name in OPEN:
        assert (ENCODINGS / f"{name}.smt2").exists()
        assert f"`{name}`" in readme


def test_a_text_without_a_claim_fails(tmp_path: Path) -> None:
    claims = tmp_path / "claims.toml"
    claims.write_text('[[claim]]\nname = "one"\n')
    (tmp_path / "other.smt2").write_text(UNSAT)
    assert not agree(claims, tmp_path)
    assert not agree(tmp_path / "absent.toml", tmp_path)


def test_a_place_without_claims(tmp_path: Path) -> None:
    assert agree(tmp_path / "claims.toml", tmp_path / "no folder")
