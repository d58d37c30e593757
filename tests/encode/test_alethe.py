"""Alethe proofs of accepted certificates, replayed by a checker that shares no code with them."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest
from alethe_checker import Wrong, check, read
from golden_cases import files
from golden_cases import read as golden
from random_networks import random_network

import certify
from certify.kernel.language.claim import Claim
from certify.networks.gadgets.parity import parity

NET = random_network([2, 4, 3, 1], Random(1))
CLAIMS = {
    "box": certify.output(NET, certify.box([-1, -1], [1, 1]), "y0 <= 40"),
    "parity": certify.equals(parity(3), certify.parity([0, 1, 2]), certify.cube(3)),
    "points": certify.output(NET, certify.points([[0, 1], ["1/3", "-2/7"]]), "y0 < 20"),
    "linear": certify.within(
        certify.linear([["1/3", 2]]), certify.linear([["1/3", 1]]), certify.box([0, -1], [1, 1]), 1
    ),
    "embed": certify.output(
        NET, certify.embed(certify.cube(1), matrix=[["1/2"], [3]], offset=[0, -1]), "y0 < 20"
    ),
    "constant": certify.output(NET, certify.box([0, 0], [1, 1]), "y0 < 3 or 1 > 0"),
}


def proof_of(claim: Claim) -> str:
    """The Alethe text of a refutation that the prover finds."""
    found = certify.prove(claim, method="smt", timeout=60)
    assert found.verdict == "proved", found.reason
    return certify.encode(claim, "alethe", found.certificate)


@pytest.mark.parametrize("name", CLAIMS)
def test_the_proof_is_one_of_the_text(name: str) -> None:
    """Every step by the rules of the format, from what the SMT-LIB text asserts."""
    assert check(certify.encode(CLAIMS[name]), proof_of(CLAIMS[name])) > 0


@pytest.mark.parametrize("path", [p for p in files("accept") if p.stem.startswith("clauses")])
def test_golden_certificates(path: Path) -> None:
    case = golden(path)
    named = certify.NamedClaim("golden", case.claim, case.networks)
    text = certify.encode(named, "alethe", case.certificate)
    assert check(certify.encode(named), text) > 0


def test_the_checker_can_say_no() -> None:
    """Another problem, a missing assumption, another coefficient, another literal."""
    problem, proof = certify.encode(CLAIMS["box"]), proof_of(CLAIMS["box"])
    other = certify.output(NET, certify.box([-1, -1], [1, 1]), "y0 <= 41")
    with pytest.raises(Wrong):
        check(certify.encode(other), proof)
    lines = proof.splitlines()
    caught = 0
    for i in range(len(lines)):
        with pytest.raises((Wrong, KeyError)):
            check(problem, "\n".join(lines[:i] + lines[i + 1 :]))
    for i, line in enumerate(lines):
        changed = re.sub(r":args \((?:\(/ )?(\d+)", lambda m: f"{m[0]}7", line)
        if ":rule la_generic" in line and changed != line and len(read(line)[0][2]) > 2:
            with pytest.raises(Wrong):
                check(problem, "\n".join([*lines[:i], changed, *lines[i + 1 :]]))
            caught += 1
    assert caught > 1


def test_only_certificates_of_the_rule_have_one() -> None:
    claim = CLAIMS["parity"]
    with pytest.raises(certify.CertifyError, match="from a certificate"):
        certify.encode(claim, "alethe")
    other = certify.prove(claim, method="list").certificate
    with pytest.raises(certify.CertifyError, match="proved by enumerate"):
        certify.encode(claim, "alethe", other)
    stolen = certify.prove(CLAIMS["box"], method="smt", timeout=60).certificate
    with pytest.raises(certify.CertifyError, match=r"certificate\.claim"):
        certify.encode(claim, "alethe", stolen)
