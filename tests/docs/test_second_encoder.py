"""A second encoder, which follows the specification, has the same atoms and clauses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import golden_cases
import pytest
from second_encoder import Encoder

from certify.claims.toml import ClaimsFile
from certify.kernel.language.claim import Claim
from certify.kernel.rules.clauses.encoding import encode
from certify.networks.reading import Reading

ROOT = Path(__file__).resolve().parent.parent.parent
PLAIN = Reading(replay=False, say=lambda _: None)
GOLDEN = [path for path in golden_cases.files("accept") if path.name.startswith("clauses")]
PROOFS = [
    path
    for path in sorted((ROOT / "proofs").rglob("*.cert.json"))
    if '"rule":"clauses"' in path.read_text(encoding="utf-8")
]


def agree(claim: Any, networks: dict[str, Any]) -> None:
    """Both encodings have the same atoms and clauses, in the same order."""
    whole = encode(claim, 1 << 22)
    mine = Encoder(claim.to_json(), networks)
    told = [atom.inequality for atom in whole.atoms]
    assert mine.atoms == [i and (i.row, i.constant, i.strict) for i in told]
    assert mine.clauses == list(whole.clauses)


def by_digest(claim: Claim) -> dict[str, Any]:
    return {network.digest: network.to_json() for network in claim.networks()}


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_of_golden_certificates(path: Path) -> None:
    case = golden_cases.read(path)
    agree(case.claim, by_digest(case.claim))


@pytest.mark.parametrize("path", PROOFS, ids=lambda path: path.name.partition(".")[0])
def test_of_proofs_by_clauses(path: Path) -> None:
    file = ClaimsFile(ROOT / "models" / path.parent.name / "claims.toml", PLAIN)
    claim = file.claim(path.name.removesuffix(".cert.json")).claim
    assert (
        claim.to_json() == json.loads(path.read_text(encoding="utf-8").partition("\n")[0])["claim"]
    )
    agree(claim, by_digest(claim))


OUTPUT = 'kind = "output"\nnetwork = { project = [1, 0] }\n'
EQUALS = 'kind = "equals"\non = { cube = 3 }\n'
MORE = {
    "points": OUTPUT + 'on = { points = [[1, 2], ["1/2", 0]] }\nholds = "y0 != x0"',
    "one-point": OUTPUT + 'on = { points = [["1/2", 0]] }\nholds = "not (y0 = x0 or y1 > x0)"',
    "grid": OUTPUT + 'on = { grid = [[3, 1, 2], [0]] }\nholds = "(y0 < 2 or x1 <= 1) and y1 > 0"',
    "polytope": OUTPUT
    + "on = { polytope = { le = [[2, 0, 1], [1, 1, 1], [-1, 0, 0], [0, -1, 0], [1, 0, 3]] } }\n"
    + 'holds = "y0 <= 1 and y1 <= 1"',
    "box": OUTPUT + 'on = { box = { lower = [0, 1], upper = [1, 1] } }\nholds = "y0 = 1"',
    "product": OUTPUT + 'on = { product = [{ bits = 1 }, { space = 1 }] }\nholds = "y0 > y1"',
    "embed": OUTPUT
    + "on = { embed = { set = { cube = 1 }, matrix = [[2], [-1]], offset = [1, 0] } }\n"
    + 'holds = "y0 <= 1"',
    "perturb": 'kind = "equals"\nleft = { project = [0] }\nright = { parity = [1] }\n'
    + "on = { perturb = { set = { cube = 2 }, along = [1, 0], eta = 3, sign = { parity = [0] } } }",
    "parity": EQUALS + "left = { parity = [0, 1, 2] }\nright = { parity = [1, 2] }",
    "parity-of-none": EQUALS + "left = { parity = [] }\nright = { constant = [1] }",
    "symmetric": EQUALS
    + "left = { symmetric = { over = [2, 0], values = [0, 1, 5] } }\nright = { constant = [1] }",
    "behind-a-network": EQUALS
    + 'left = { compose = [{ parity = [0] }, { expression = "relu(x0) - relu(-x0)" }] }\n'
    + "right = { project = [0] }",
    "flip": EQUALS
    + "left = { flip = { of = { parity = [0, 1] }, points = [[1, 1, 1], [-1, 1, 1]] } }\n"
    + "right = { parity = [0] }",
    "expression": EQUALS
    + 'left = { expression = "max(x0, abs(x1 - x2), 0) + clip(x0, 0, 1)" }\n'
    + "right = { constant = [1] }",
    "linf": 'kind = "within"\nleft = { project = [0, 1] }\nright = { constant = [0, 1] }\n'
    + 'on = { cube = 3 }\nnorm = "linf"\nepsilon = 2',
    "l1": 'kind = "within"\nleft = { project = [0, 1] }\nright = { constant = [0, 1] }\n'
    + 'on = { cube = 3 }\nnorm = "l1"\nepsilon = 3',
    "separates": 'kind = "separates"\nnetwork = { expression = "4*relu(x0) - relu(x1)" }\n'
    + 'on = { box = { lower = [0, 0], upper = [1, 1] } }\nalong = [1, 0]\neta = "1/4"\ndelta = 1',
}


@pytest.mark.parametrize("name", list(MORE))
def test_of_every_set_and_function(name: str, tmp_path: Path) -> None:
    path = tmp_path / "claims.toml"
    path.write_text(f'[[claim]]\nname = "c"\n{MORE[name]}', encoding="utf-8")
    agree(ClaimsFile(path).claim("c").claim, {})
