"""A second reader, which follows the specification of canonical claims, has the same digests."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import second_reader

from certify import reference
from certify.claims.toml import ClaimsFile
from certify.networks.files import save
from certify.networks.gadgets.parity import parity
from certify.networks.reading import Reading

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = sorted((ROOT / "models").rglob("claims.toml"))
PLAIN = Reading(replay=False, say=lambda _: None)  # only digests are asked for


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_claims_of_models_have_the_digest_that_the_specification_says(path: Path) -> None:
    file = ClaimsFile(path, PLAIN)
    for table in tomllib.loads(path.read_text(encoding="utf-8"))["claim"]:
        claim = file.claim(table["name"]).claim
        digests = {name: network.digest for name, network in file.networks.loaded.items()}
        assert second_reader.digest(second_reader.Reader(digests).claim(table)) == claim.digest, (
            table["name"]
        )


def example(part: str, word: str) -> str:
    return reference.sections(part)[word].partition("```toml\n")[2].partition("```")[0]


def words() -> list[tuple[str, str]]:
    """(word, claim) for the example of each set, function and distribution of the reference."""
    output = 'kind = "output"\nnetwork = { project = [0] }\nholds = "y0 <= y0"\n'
    equals = 'kind = "equals"\nright = { constant = [1] }\non = { cube = 3 }\n'
    average = 'kind = "expectation"\nof = [{ constant = [2] }]\nrelation = "="\nvalue = "4/2"\n'
    starts = {"sets": output, "functions": equals, "distributions": average}
    return [
        (f"{part}-{word}", start + example(part, word))
        for part, start in starts.items()
        for word in reference.sections(part)
    ]


TEXTS = {
    "max(x0, min(x1, 2^-3, x2 + 1), clip(x2, -1/3, 1.5e0)) * 2 - abs(-x0)/3": "expression",
    "relu(x1) + relu(1*x1 + 0) - relu(-2/3) + relu(relu(x0) - x1)": "expression",
    "min(x0, x0) + max(1, 2) - 0*x4": "expression",
    "not not y0 > 0 or not (y0 < 1 and (x1 = 1 or y0 != -2/3) and x10 >= 0)": "holds",
    "(y0 > 0 and y0 < 2^3) and 2*(x0 - y0)/4 <= -x2 + 1e-2": "holds",
    "0 <= x0 - x0": "holds",
}


def text_claim(text: str, key: str) -> str:
    if key == "holds":
        start = 'kind = "output"\nnetwork = { project = [0] }\non = { cube = 11 }\n'
        return f'{start}holds = "{text}"'
    return (
        f'kind = "equals"\nleft = {{ expression = "{text}" }}\nright = {{ constant = [0] }}\n'
        "on = { space = 5 }"
    )


CLAIMS = [*words(), *((text, text_claim(text, key)) for text, key in TEXTS.items())]


@pytest.mark.parametrize("body", [c for _, c in CLAIMS], ids=[name for name, _ in CLAIMS])
def test_words_and_texts_are_canonical_as_the_specification_says(body: str, tmp_path: Path) -> None:
    save(parity(3), tmp_path / "parity.json")
    path = tmp_path / "claims.toml"
    path.write_text(f'networks = {{ parity = "parity.json" }}\n[[claim]]\nname = "c"\n{body}')
    [table] = tomllib.loads(path.read_text())["claim"]
    claim = ClaimsFile(path).claim("c").claim
    assert second_reader.Reader({"parity": parity(3).digest}).claim(table) == claim.to_json()
