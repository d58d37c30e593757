"""A second checker of rule regions, which follows the specification in rationals, agrees."""

from __future__ import annotations

import json
from pathlib import Path

import golden_cases
import pytest
from second_regions import Query

from certify.claims.toml import ClaimsFile
from certify.networks.reading import Reading

ROOT = Path(__file__).resolve().parent.parent.parent
PLAIN = Reading(replay=False, say=lambda _: None)
ACCEPT = [p for p in golden_cases.files("accept") if p.name.startswith("regions")]
OPEN = [p for p in golden_cases.files("reject") if "leaf-open" in p.read_text(encoding="utf-8")]


def accepts(path: Path) -> bool:
    case = golden_cases.read(path)
    networks = {network.digest: network.to_json() for network in case.claim.networks()}
    lines = case.certificate.lines or ()
    return Query(case.claim.to_json(), networks).accepts(map(json.loads, lines))


@pytest.mark.parametrize("path", ACCEPT, ids=lambda path: path.stem)
def test_what_the_kernel_accepts_is_accepted(path: Path) -> None:
    assert accepts(path)


# true claims that fixed point leaves open: rationals close them, and both are sound
ROUNDED = {"regions-equals-rounded", "regions-few-bits", "regions-norm-l1-rounded"}


@pytest.mark.parametrize("path", OPEN, ids=lambda path: path.stem)
def test_what_the_kernel_finds_open_is_open_but_for_rounding(path: Path) -> None:
    assert accepts(path) == (path.stem in ROUNDED)


def test_a_proof_of_models_is_accepted_and_with_a_leaf_less_it_is_not() -> None:
    path = ROOT / "proofs" / "monotone" / "score-rises.cert.json"
    _, *lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    claim = (
        ClaimsFile(ROOT / "models" / "monotone" / "claims.toml", PLAIN).claim("score-rises").claim
    )
    networks = {network.digest: network.to_json() for network in claim.networks()}
    question = Query(claim.to_json(), networks)
    assert question.accepts(iter(lines))
    assert not question.accepts(iter(lines[:-1]))
    assert not question.accepts(iter([*lines, lines[-1]]))
