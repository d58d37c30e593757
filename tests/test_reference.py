"""The reference of the claim language: complete, and each of its examples is what it says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import certify
from certify import reference
from certify.claims.toml import ClaimsFile
from certify.kernel.data.network import Network
from certify.kernel.language import distributions, functions, kinds, sets
from certify.networks.files import save
from certify.networks.gadgets.extrema import maximum
from certify.networks.gadgets.parity import parity
from certify.networks.gadgets.tower import tower

NETWORKS: dict[str, Network] = {
    "parity": parity(3),
    "wide": parity(3, wide=True),
    "tower": tower(4, 2, 4),
    "blind": parity(4, range(3)),
    "max": maximum(3),
}


def blocks(body: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", body, re.DOTALL)


def example(part: str, word: str) -> str:
    [text] = blocks(reference.sections(part)[word], "toml")
    return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reference")
    for name, network in NETWORKS.items():
        save(network, path / f"{name}.json")
    return path


def read(folder: Path, text: str, number: int) -> certify.claims.toml.NamedClaim:
    """The one claim of a file with these [[claim]] lines."""
    path = folder / f"claims-{number}.toml"
    networks = ", ".join(f'{name} = "{name}.json"' for name in NETWORKS)
    path.write_text(f"networks = {{ {networks} }}\n{text}", encoding="utf-8")
    file = ClaimsFile(path)
    [name] = list(file)
    return file.claim(name)


def test_every_word_has_its_section_and_no_other() -> None:
    assert list(reference.sections("kinds")) == list(kinds.KINDS)
    assert set(reference.sections("sets")) == set(sets.READERS)
    assert set(reference.sections("functions")) == set(functions.READERS)
    assert set(reference.sections("distributions")) == set(distributions.READERS)


@pytest.mark.parametrize("kind", list(kinds.KINDS))
def test_a_kind_names_its_keys_and_no_other(kind: str) -> None:
    required, optional = kinds.KINDS[kind].keys()
    table = re.findall(r"^\| (`.*?) \| (.*) \|$", reference.sections("kinds")[kind], re.MULTILINE)
    named = set(re.findall(r"`(\w+)`", " ".join(keys for keys, _ in table)))
    assert named == {*required, *optional}


@pytest.mark.parametrize("kind", list(kinds.KINDS))
def test_the_two_examples_of_a_kind_are_one_claim_and_its_verdict_holds(
    folder: Path, kind: str
) -> None:
    goal = read(folder, example("kinds", kind), 0)
    assert goal.claim.kind == kind
    [python] = blocks(reference.sections("kinds")[kind], "python")
    scope: dict[str, Any] = {"certify": certify, **NETWORKS}
    *statements, last = re.split(r"^(?=certify\.)", python, flags=re.MULTILINE)
    exec("".join(statements), scope)
    assert eval(last, scope).digest == goal.claim.digest
    assert certify.prove(goal).verdict == goal.expect


@pytest.mark.parametrize("word", list(reference.sections("sets")))
def test_the_example_of_a_set_is_read(folder: Path, word: str) -> None:
    text = '[[claim]]\nname = "c"\nkind = "output"\nnetwork = { project = [0] }\n'
    goal = read(folder, f'{text}holds = "y0 <= y0"\n{example("sets", word)}', 1)
    assert certify.prove(goal).verdict == "proved"


@pytest.mark.parametrize("word", list(reference.sections("functions")))
def test_the_example_of_a_function_is_read_and_equals_itself(folder: Path, word: str) -> None:
    body = example("functions", word)
    right = body.replace("left =", "right =")
    text = '[[claim]]\nname = "c"\nkind = "equals"\non = { cube = 3 }\n'
    assert certify.prove(read(folder, f"{text}{body}{right}", 2)).verdict == "proved"


@pytest.mark.parametrize("word", list(reference.sections("distributions")))
def test_the_example_of_a_distribution_is_read(folder: Path, word: str) -> None:
    text = '[[claim]]\nname = "c"\nkind = "expectation"\nof = [{ constant = [2] }]\n'
    goal = read(folder, f'{text}relation = "="\nvalue = 2\n{example("distributions", word)}', 3)
    assert certify.prove(goal).verdict == ("unknown" if word == "gaussian" else "proved")


def test_what_is_called_in_python_exists() -> None:
    for part in reference.PARTS:
        for word, body in reference.sections(part).items():
            for name in re.findall(r"certify\.(\w+)\(", body):
                assert callable(getattr(certify, name)), (word, name)


def test_the_commands_print_the_same_text(certify_cli: Any) -> None:
    listed = certify_cli("kinds").stdout.splitlines()
    assert [line.split()[0] for line in listed] == list(kinds.KINDS)
    for word in ("equals", "product", "holds"):
        shown = certify_cli("help", word).stdout
        for _, body in reference.entries(word):
            assert body in shown
    assert certify_cli("help", "nothing").returncode == 64


def test_examples_are_toml() -> None:
    for part in ("kinds", "sets", "functions", "distributions"):
        for word in reference.sections(part):
            assert tomllib.loads(example(part, word))
