"""A folder of models/: its networks, claims and README, collected first and then written.

The text ``source`` of a claim tells where the claim stands in its source, and how it relates to
what is written there: ``"Lemma 2, part 1 (repaired): parity on 7 bits is in NN_{5,3}"``. The
tables are made from it; :data:`SOURCE` is its grammar and :data:`ROLES` the words allowed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any

from ..kernel.data.network import Network
from ..kernel.data.numbers import format_rational
from ..kernel.verdict import Malformed
from ..networks.files import save

ROLES = {
    "as written": "the sentence as its source has it",
    "negated": "the opposite of the sentence as its source has it",
    "repaired": "the sentence, corrected",
    "sharper": "more than the sentence says",
    "instance": "a fact about an instance of ours, which is not the paper's",
    "neighbour": "a false claim beside a true one, to be refuted",
}
SOURCE = re.compile(
    rf"(?P<where>[^:(]+?)(?: \((?P<role>{'|'.join(ROLES)})\))?: (?P<sentence>.+)", re.DOTALL
)
LARGE = 20_000  # bytes of a JSON network from which it is compressed

Data = Any  # a value of the claim language


@dataclass
class Place:
    """One folder of models/, before it is written."""

    title: str
    networks: dict[str, Network] = field(default_factory=dict)
    claims: list[dict[str, Data]] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)  # further text files by name

    def network(self, name: str, network: Network) -> str:
        """Add a network; a name with a slash puts its file into a folder. Returns the name."""
        key = name.rpartition("/")[2]
        if key in {other.rpartition("/")[2] for other in self.networks}:
            raise ValueError(f"two networks are named {key}")
        self.networks[name] = network
        return key

    def claim(self, name: str, kind: str, source: str, expect: str = "proved", **keys: Data) -> str:
        """Add a claim; ``lambda_`` stands for the key ``lambda``. Returns the name."""
        if not SOURCE.fullmatch(source):
            raise ValueError(f"{name}: source is not 'where (role): sentence': {source}")
        keys = {key.removesuffix("_"): value for key, value in keys.items()}
        self.claims.append({"name": name, "kind": kind, **keys, "expect": expect, "source": source})
        return name

    def write(self, folder: Path, readme: str) -> None:
        """Write everything; ``{claims}`` in the README becomes the table of the claims."""
        names = {}
        for name, network in self.networks.items():
            names[name.rpartition("/")[2]] = file = f"{name}{suffix(network)}"
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            save(network, folder / file)
        for file, text in self.files.items():
            (folder / file).write_text(text, encoding="utf-8")
        (folder / "claims.toml").write_text(self.toml(names), encoding="utf-8")
        text = readme.strip().replace("{claims}", "\n".join(self.table()))
        (folder / "README.md").write_text(f"# {self.title}\n\n{text}\n", encoding="utf-8")

    def toml(self, files: Mapping[str, str]) -> str:
        """The claims file."""
        lines = ["# Written by `python -m certify.gallery models`; edit certify/gallery instead."]
        if files:
            lines += ["", "[networks]", *(f"{_key(n)} = {toml(f)}" for n, f in files.items())]
        for claim in self.claims:
            lines += ["", "[[claim]]", *(f"{key} = {toml(value)}" for key, value in claim.items())]
        return "\n".join(lines) + "\n"

    def table(self) -> Iterator[str]:
        """The claims as a Markdown table; those that share a sentence share a row."""
        yield "| claim | what it says | |"
        yield "|---|---|---|"
        for (source, expect), group in groupby(
            self.claims, lambda claim: (claim["source"], claim["expect"])
        ):
            names = [claim["name"] for claim in group]
            shown = f"`{names[0]}`"
            if len(names) > 1:
                shown += f" … `{names[-1]}` ({len(names)} claims)"
            where, role, sentence = parts(source)
            label = f"*{role}*: " if role else ""
            yield f"| {shown} | {where}, {label}{cell(sentence)} | {expect} |"


def parts(source: str) -> tuple[str, str, str]:
    """(where, role or "", sentence) of a ``source``; free text is a sentence alone."""
    found = SOURCE.fullmatch(source)
    return ("", "", source) if found is None else (found[1], found[2] or "", found[3])


def cell(text: str) -> str:
    """Text for a cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")


def suffix(network: Network) -> str:
    """``.onnx`` where every number is a float, ``.json`` or ``.json.gz`` otherwise."""
    from ..networks.onnx.write import write_onnx

    try:
        write_onnx(network)
    except Malformed:
        return ".json" if len(network.canonical()) < LARGE else ".json.gz"
    return ".onnx"


def toml(value: Data) -> str:
    """A value of the claim language as inline TOML."""
    if isinstance(value, Fraction):
        small = value.denominator == 1 and abs(value) < 1 << 62
        return str(value.numerator) if small else toml(format_rational(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(toml, value)) + "]"
    raise TypeError(f"no TOML for {value!r}")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)
