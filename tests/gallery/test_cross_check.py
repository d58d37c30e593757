"""Texts that agree with their claims, and every way in which one may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from certify.gallery.cross_check import agree

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


def test_a_text_without_a_claim_fails(tmp_path: Path) -> None:
    claims = tmp_path / "claims.toml"
    claims.write_text('[[claim]]\nname = "one"\n')
    (tmp_path / "other.smt2").write_text(UNSAT)
    assert not agree(claims, tmp_path)
