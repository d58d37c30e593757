"""certify encode: the text, the errors, and the formats."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from alethe_checker import check
from conftest import Run

CLAIMS = """
[networks]
relu = "relu.json"
[[claim]]
name = "at-most-1"
kind = "output"
network = "relu"
on = { box = { lower = [-1], upper = [1] } }
holds = "y0 <= 1"
[[claim]]
name = "norm"
kind = "member"
network = "relu"
lambda = 1
depth = 1
"""
NETWORK = {
    "format": "certify-network-1",
    "inputs": 1,
    "layers": [{"weight": [["1"]], "bias": ["0"], "relu": True}],
}


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    """A claims file with a network beside it."""
    (tmp_path / "relu.json").write_text(json.dumps(NETWORK))
    (tmp_path / "claims.toml").write_text(CLAIMS)
    return tmp_path / "claims.toml"


def test_from_claim_to_a_checked_alethe_proof(certify_cli: Run, claims: Path) -> None:
    """prove by SMT, and the same refutation in another format, of the text that is printed."""
    text = certify_cli("encode", claims, "at-most-1")
    assert text.returncode == 0 and "(set-logic QF_LRA)" in text.stdout
    proved = certify_cli("prove", claims, "at-most-1", "--method", "smt")
    assert proved.returncode == 0, proved.stderr
    certificate = claims.with_name("at-most-1.cert.json")
    proof = certify_cli("encode", claims, "at-most-1", certificate, "--to", "alethe")
    assert check(text.stdout, proof.stdout) > 3


def test_the_text_may_go_to_a_file_or_into_json(certify_cli: Run, claims: Path) -> None:
    text = certify_cli("encode", claims, "at-most-1", "--to", "smt2").stdout
    target = claims.with_name("out.smt2")
    assert certify_cli("encode", claims, "at-most-1", "-o", target).stdout == ""
    assert target.read_text() == text
    found = json.loads(certify_cli("encode", claims, "at-most-1", "--json").stdout)
    assert found == {"name": "at-most-1", "to": "smt2", "text": text}
    assert (
        "declare-const X_0 Real"
        in certify_cli("encode", claims, "at-most-1", "--to", "vnnlib").stdout
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["norm"], "norm: not expressible in smt2: a claim of kind member"),
        (["norm", "--to", "vnnlib"], "norm: a member claim is not about points"),
        (["at-most-1", "--to", "alethe"], "alethe is written from a certificate"),
        (["at-most-1", "norm"], "usage: certify encode"),
        (["at-most-1", "missing.json", "--to", "alethe"], "missing.json: No such file"),
        (["at-most-1", "--to", "dimacs"], "dimacs"),
    ],
)
def test_errors_are_one_line(
    certify_cli: Run, claims: Path, arguments: list[str], message: str
) -> None:
    done = certify_cli("encode", claims, *arguments)
    assert done.returncode == 64 and done.stdout == ""
    assert message in done.stderr and done.stderr.count("\n") == 1
