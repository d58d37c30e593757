"""The JSON Schemas: made from the tables, and of one mind with the readers.

Truth is the readers' and the kernel's: what they take in models/ and tests/golden/accept is
valid, and each malformed claim, certificate or network here is refused by both.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import golden_cases
import pytest
from jsonschema import Draft202012Validator

from certify import reference
from certify.claims.toml import ClaimsFile
from certify.errors import CertifyError
from certify.kernel import rules
from certify.kernel.certificate import Certificate
from certify.kernel.check import check
from certify.kernel.data.decode import Node, read_network
from certify.kernel.verdict import Malformed, Rejected
from certify.networks.files import save
from certify.networks.gadgets.parity import parity
from certify.reference import schemas
from certify.reference.schemas import evidence, language
from certify.reference.schemas.__main__ import made

ROOT = Path(__file__).resolve().parent.parent.parent
CLAIMS_FILES = sorted((ROOT / "models").rglob("claims.toml"))
ACCEPTED = golden_cases.files("accept")


@cache
def validator(name: str, part: str = "") -> Draft202012Validator:
    """Of a schema, or of one of its definitions."""
    schema = json.loads(schemas.text(name))
    if part:
        schema = {"$ref": f"#/$defs/{part}", "$defs": schema["$defs"]}
    return Draft202012Validator(schema)


def faults(found: Draft202012Validator, value: Any) -> str:
    return "\n".join(f"{e.json_path}: {e.message[:300]}" for e in found.iter_errors(value))


# ------------------------------------------------------------------ the files


@pytest.mark.parametrize("name", schemas.NAMES)
def test_making_a_schema_again_changes_no_byte(name: str) -> None:
    assert schemas.text(name) == made(name)
    Draft202012Validator.check_schema(json.loads(schemas.text(name)))


def test_the_command_prints_the_files(certify_cli: Callable[..., Any]) -> None:
    for name in schemas.NAMES:
        assert certify_cli("help", "--schema", name).stdout == schemas.text(name)
    assert certify_cli("help", "--schema", "nothing").returncode == 64
    packaged = {entry.name for entry in files("certify.reference.schemas").iterdir()}
    assert {f"{name}.json" for name in schemas.NAMES} <= packaged


def test_a_word_or_rule_that_is_not_described_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(language.SETS, "sphere", {})
    with pytest.raises(ValueError, match="sphere"):
        language.claims_file()
    monkeypatch.undo()
    monkeypatch.setitem(rules.RULES, "hope", "hope")
    with pytest.raises(ValueError, match="hope"):
        evidence.certificate()


def test_editors_find_a_text_for_every_kind_and_word() -> None:
    told = json.loads(schemas.text("claims"))["$defs"]
    for part, name in (("kinds", "claim"), ("sets", "set"), ("distributions", "distribution")):
        titles = [entry["title"] for entry in told[name]["oneOf"] if entry["description"]]
        assert sorted(titles) == sorted(reference.sections(part))


# ------------------------------------------------------------- what is valid


@pytest.mark.parametrize("path", CLAIMS_FILES, ids=lambda path: path.parent.name)
def test_claims_of_models_are_valid(path: Path) -> None:
    with open(path, "rb") as stream:
        assert not faults(validator("claims"), tomllib.load(stream))


@pytest.mark.parametrize("path", ACCEPTED, ids=lambda path: path.stem)
def test_accepted_certificates_and_their_networks_are_valid(path: Path) -> None:
    data = json.loads(path.read_text(encoding="utf-8"))
    assert not faults(validator("certificate"), data["certificate"])
    for network in data["networks"].values():
        assert not faults(validator("network"), network)
    rule = data["certificate"]["rule"]
    for number, line in enumerate(data.get("lines") or ()):
        word = {"regions": "node", "clauses": "step"}[rule] if number else "header"
        assert not faults(validator("certificate", f"{rule}-{word}"), json.loads(line)), line


def test_every_rule_has_an_accepted_certificate() -> None:
    texts = [path.read_text(encoding="utf-8") for path in ACCEPTED]
    for rule in rules.RULES:
        assert any(f'"rule": "{rule}"' in text for text in texts), rule


@pytest.mark.parametrize("word", list(reference.sections("kinds")))
def test_the_example_of_a_kind_is_valid_and_loses_it_with_any_key(word: str) -> None:
    [claim] = tomllib.loads(toml_of("kinds", word))["claim"]
    assert not faults(validator("claims"), {"claim": [claim]})
    required, _ = golden_cases.kinds.KINDS[word].keys()
    for key in (*required, "name", "kind"):
        less = {k: v for k, v in claim.items() if k != key}
        assert faults(validator("claims"), {"claim": [less]}), key
    assert faults(validator("claims"), {"claim": [{**claim, "Eta": 1}]})


def toml_of(part: str, word: str) -> str:
    return reference.sections(part)[word].partition("```toml\n")[2].partition("```")[0]


def words() -> Iterator[tuple[str, str, Any]]:
    """(kind of word, word, its example) of each set, function and distribution."""
    for part, name in (
        ("sets", "set"),
        ("functions", "function"),
        ("distributions", "distribution"),
    ):
        for word in reference.sections(part):
            [value] = tomllib.loads(toml_of(part, word)).values()
            yield name, word, value


@pytest.mark.parametrize(("part", "word", "value"), list(words()))
def test_the_example_of_a_word_is_valid_and_its_neighbours_are_not(
    part: str, word: str, value: Any
) -> None:
    shape = validator("claims", part)
    assert not faults(shape, value)
    if not isinstance(value, dict):
        return
    [word] = value  # an example may show its word inside of another one
    assert faults(shape, {f"{word}s": value[word]})
    assert faults(shape, {**value, "more": 1})
    assert faults(shape, {word: {"x": 1}})
    inner = value[word]
    if isinstance(inner, dict):
        assert faults(shape, {word: {**inner, "more": 1}})
        optional = {"offset", "norm", "otherwise"}
        for key in inner.keys() - optional:
            assert faults(shape, {word: {k: v for k, v in inner.items() if k != key}}), key


# ---------------------------------------------------------- what is malformed

WRONG_CLAIMS = {
    "unknown-kind": {"kind": "same"},
    "unknown-key": {"lefft": "net"},
    "no-set": {"on": None},
    "two-words": {"on": {"cube": 3, "bits": 3}},
    "cube-of-text": {"on": {"cube": "3"}},
    "cube-of-nothing": {"on": {"cube": 0}},
    "number-of-no-grammar": {"on": {"points": [[1, 1, "1/"]]}},
    "number-with-space": {"on": {"points": [[1, 1, " 1"]]}},
    "boolean-number": {"on": {"points": [[1, 1, True]]}},
    "negative-index": {"right": {"parity": [-1]}},
    "index-twice": {"right": {"parity": [0, 0]}},
    "empty-product": {"right": {"product": []}},
    "no-outputs": {"right": {"project": []}},
    "three-composed": {"right": {"compose": ["net", "net", "net"]}},
    "box-without-upper": {"on": {"box": {"lower": [0, 0, 0]}}},
    "pad-and-matrix": {"on": {"embed": {"set": {"cube": 3}, "pad": [], "matrix": [[1]]}}},
    "expect-nothing": {"expect": "true"},
    "name-of-a-path": {"name": "a/b"},
}
BASE = {
    "name": "c",
    "kind": "equals",
    "left": "net",
    "right": {"parity": [0, 1, 2]},
    "on": {"cube": 3},
}


def as_toml(value: Any) -> str:
    """JSON's data as TOML, in one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {as_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    return json.dumps(value)


@pytest.mark.parametrize("change", [None, *WRONG_CLAIMS])
def test_the_schema_and_the_reader_refuse_the_same_claims(tmp_path: Path, change: str) -> None:
    claim = {**BASE, **WRONG_CLAIMS.get(change, {})}
    claim = {key: value for key, value in claim.items() if value is not None}
    save(parity(3), tmp_path / "net.json")
    data = {"networks": {"net": "net.json"}, "claim": [claim]}
    path = tmp_path / "claims.toml"
    path.write_text("\n".join(f"{k} = {as_toml(v)}" for k, v in data.items()), encoding="utf-8")
    if change is None:
        assert ClaimsFile(path).claim("c").claim.kind == "equals"
        assert not faults(validator("claims"), data)
        return
    assert faults(validator("claims"), data)
    with pytest.raises(CertifyError):
        [ClaimsFile(path).claim(name) for name in ClaimsFile(path)]


def changed(value: Any, path: str, new: Any) -> Any:
    """A copy with the value at a path such as body/point/0 replaced, or removed where None."""
    head, _, rest = path.partition("/")
    key = int(head) if isinstance(value, list) else head
    copy = list(value) if isinstance(value, list) else dict(value)
    if rest:
        copy[key] = changed(copy[key], rest, new)
    elif new is None:
        del copy[key]
    else:
        copy[key] = new
    return copy


WRONG_CERTIFICATES = [
    ("witness-abs", "format", "certify-certificate-2"),
    ("witness-abs", "verdict", "true"),
    ("witness-abs", "rule", "hope"),
    ("witness-abs", "networks", None),
    ("witness-abs", "claim/kind", None),
    ("witness-abs", "claim/name", "c"),
    ("witness-abs", "body/more", 1),
    ("witness-abs", "body/point/0", "0.5"),
    ("witness-abs", "body/point/0", "٣"),
    ("enumerate-mse", "body/value", "1e3"),
    ("fold-parity", "body/basis", None),
    ("norms-member", "body", []),
    ("norms-depth-refuted", "body/depth", -1),
    ("spectral", "body/layers/0", "l2"),
    ("squares", "body/body", {}),
    ("conjunction", "body/part", "mse"),
    ("member-equals", "body/network/layers", []),
    ("obstruction", "body/moves/0/step", None),
    ("regions-phases", "body", {}),
    ("clauses", "body/steps/0", ["hope"]),
]


@pytest.mark.parametrize(("name", "path", "new"), WRONG_CERTIFICATES)
def test_the_schema_and_the_kernel_refuse_the_same_certificates(
    name: str, path: str, new: Any
) -> None:
    file = golden_cases.GOLDEN / "accept" / f"{name}.json"
    case = golden_cases.read(file)
    header = changed(case.certificate.header, path, new)
    assert not faults(validator("certificate"), case.certificate.header)
    assert faults(validator("certificate"), header)
    result = check(case.claim, case.networks, Certificate(header, case.certificate.lines))
    assert isinstance(result, Rejected)


WRONG_NETWORKS = [
    ("format", "certify-network-2"),
    ("inputs", 0),
    ("layers", []),
    ("layers/0/bias", None),
    ("layers/0/bias/0", "0.5"),
    ("layers/0/bias/0", True),
    ("layers/0/relu", "yes"),
    ("layers/0/relu", [0, 0]),
    ("layers/0/weight/rows", 0),
    ("layers/0/weight/entries/0/1", -1),
    ("layers/0/activation", "relu"),
]


@pytest.mark.parametrize(("path", "new"), WRONG_NETWORKS)
def test_the_schema_and_the_reader_refuse_the_same_networks(path: str, new: Any) -> None:
    network = parity(3).to_json()
    assert not faults(validator("network"), network)
    wrong = changed(network, path, new)
    assert faults(validator("network"), wrong)
    with pytest.raises(Malformed):
        read_network(Node(wrong))
