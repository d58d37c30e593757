"""The Rocq development: what is on its page is proved, from the axioms that are listed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from certify.networks.gadgets.parity import parity
from certify.networks.gadgets.tower import tower

THEORY = Path(__file__).resolve().parents[2] / "proofs" / "theory"
SOURCES = sorted(THEORY.rglob("*.v"))
PAGE = (THEORY / "README.md").read_text(encoding="utf-8")
TOWERS = [(1, 1, 2), (3, 4, 3), (8, 5, 7), (2, 40, 9), (4, 3, -2)]  # n, d, Λ


def code(path: Path) -> str:
    """A file without its comments."""
    return re.sub(r"\(\*.*?\*\)", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def named(text: str) -> list[str]:
    """The theorems and corollaries of a text, in order."""
    return re.findall(r"^(?:Theorem|Corollary) (\w+)", text, re.MULTILINE)


def test_nothing_is_assumed_or_left_open() -> None:
    assert SOURCES
    for path in SOURCES:
        words = re.findall(r"\b(?:Admitted|Axiom|Parameter|Conjecture|admit|Abort)\b", code(path))
        assert words == [], path.name


def test_the_page_names_theorems_that_exist_and_all_of_them_are_printed() -> None:
    shown = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`[^|]*) \|", PAGE, re.MULTILINE)))
    proved = [name for path in SOURCES for name in named(code(path))]
    printed = re.findall(r"^Print Assumptions (\w+)\.", code(THEORY / "Assumptions.v"), re.M)
    assert len(set(shown)) == len(shown) and set(shown) <= set(proved)
    assert sorted(shown) == sorted(printed)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A compiled copy, but for Assumptions.v."""
    if shutil.which("coqc") is None:
        pytest.skip("Rocq is not installed: make theory says how")
    copy = tmp_path_factory.mktemp("theory")
    for path in [*SOURCES, THEORY / "_CoqProject"]:
        target = copy / path.relative_to(THEORY)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    run("coq_makefile", "-f", "_CoqProject", "-o", "Makefile.coq", folder=copy)
    targets = ("Files.vo", "paper/Lemma1.vo", "paper/Theorem3.vo")  # and all that they need
    run("make", "-f", "Makefile.coq", "-j", "2", *targets, folder=copy)
    return copy


def run(*command: str, folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_axioms_are_those_of_the_list(built: Path) -> None:
    """assumptions.txt has a line for each theorem: those of the standard library's reals."""
    printed = run("coqc", "-Q", ".", "Certify", "Assumptions.v", folder=built)
    answers = re.split(r"^(?=Axioms:|Closed under)", printed, flags=re.MULTILINE)[1:]
    asked = re.findall(r"^Print Assumptions (\w+)\.", code(THEORY / "Assumptions.v"), re.M)
    found = {}
    for theorem, answer in zip(asked, answers, strict=True):
        axioms = re.findall(r"^(?!Axioms)[\w.]*?(\w+)(?=$| :)", answer, re.MULTILINE)
        found[theorem] = [] if answer.startswith("Closed") else sorted(axioms)
    text = (THEORY / "assumptions.txt").read_text(encoding="utf-8")
    listed = dict(line.split(":") for line in text.splitlines())
    assert found == {theorem: axioms.split() for theorem, axioms in listed.items()}
    reals = {"functional_extensionality_dep", "sig_forall_dec", "sig_not_dec"}
    assert {axiom for axioms in found.values() for axiom in axioms} <= reals


def test_its_networks_are_the_files_that_are_shipped(built: Path) -> None:
    """Canonical JSON, byte for byte: parity of 1 to 64 bits, and towers."""
    asked = [f"json {n} (parity_file {n})" for n in range(1, 65)]
    asked += [f"json {n + 1} (tower_file {n} {d} ({scale})%Z)" for n, d, scale in TOWERS]
    lines = ["From Certify Require Import Files.", "From Coq Require Import ZArith String."]
    lines += [
        "Open Scope string_scope.",
        "Set Printing Width 1000000.",
        "Set Printing Depth 10000000.",
    ]
    lines += [f"Eval vm_compute in {text}." for text in asked]
    (built / "Shown.v").write_text("\n".join(lines) + "\n", encoding="utf-8")
    printed = run("coqc", "-Q", ".", "Certify", "Shown.v", folder=built)
    found = [text.replace('""', '"') for text in re.findall(r'= "((?:[^"]|"")*)"', printed)]
    expected = [parity(n).canonical() for n in range(1, 65)]
    expected += [tower(n + 1, scale, d).canonical() for n, d, scale in TOWERS]
    assert found == expected
