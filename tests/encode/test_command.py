"""certify encode: the text, the errors, and the formats."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from alethe_checker import check
from aptp_reader import read as read_tree
from conftest import Run
from vipr_checker import check as check_leaf

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
name = "at-most-2"
kind = "output"
network = "relu"
on = { box = { lower = [-1], upper = [1] } }
holds = "y0 <= 2"
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


def test_from_claim_to_leaves_in_a_folder(certify_cli: Run, claims: Path, root: Path) -> None:
    """prove by regions, and the tree's one leaf as the file that encodings/README.md shows."""
    assert certify_cli("prove", claims, "at-most-2", "--method", "regions").returncode == 0
    certificate, leaves = claims.with_name("at-most-2.cert.json"), claims.with_name("leaves")
    arguments = "encode", claims, "at-most-2", certificate, "-o", leaves, "--to"
    done = certify_cli(*arguments, "vipr")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    [path] = leaves.iterdir()
    text = path.read_text()
    assert path.name == "leaf1.vipr" and check_leaf(text).goal == ("infeas",)
    assert f"```\n{text}```" in (root / "encodings" / "README.md").read_text(encoding="utf-8")
    again = certify_cli(*arguments, "aptp")
    assert again.returncode == 64 and "exists already" in again.stderr
    assert [p.name for p in leaves.iterdir()] == ["leaf1.vipr"]
    tree = claims.with_name("tree")
    found = certify_cli(*arguments[:-2], tree, "--to", "aptp", "--json")
    assert json.loads(found.stdout) == {"name": "at-most-2", "to": "aptp", "files": ["box1.aptp"]}
    assert read_tree((tree / "box1.aptp").read_text()).patterns == [[-1], [1]]


def test_no_folder_is_left_where_a_tree_cannot_be_written(certify_cli: Run, claims: Path) -> None:
    text = claims.read_text().replace('"y0 <= 2"', '"3*y0 <= 7 + x0"')
    claims.write_text(text)
    assert certify_cli("prove", claims, "at-most-2", "--method", "regions").returncode == 0
    certificate, tree = claims.with_name("at-most-2.cert.json"), claims.with_name("tree")
    done = certify_cli("encode", claims, "at-most-2", certificate, "--to", "aptp", "-o", tree)
    assert done.returncode == 64 and "APTP compares two outputs" in done.stderr
    assert not [path for path in claims.parent.iterdir() if path.name.startswith("tree")]


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
        (["at-most-1", "--to", "vipr"], "vipr is a folder of files: name it with -o"),
        (
            ["at-most-1", "--to", "vipr", "-o", "x"],
            "vipr is written from a certificate of rule reg",
        ),
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
