"""Claims files: TOML with networks and typed claims.

Networks are read when a claim first names them. Every error is one line that names the
file, the claim and the key.
"""

from __future__ import annotations

import csv
import io
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from itertools import count
from pathlib import Path
from typing import Any

from ..errors import CertifyError
from ..kernel.data.account import account
from ..kernel.data.decode import NAME, Node, Scope
from ..kernel.data.network import Network
from ..kernel.data.numbers import parse_number
from ..kernel.language import kinds
from ..kernel.language.claim import Claim
from ..kernel.verdict import Decline, Malformed, shorten
from ..networks.files import load
from ..networks.reading import DEFAULT, Reading
from ..networks.text import check_lines, utf8
from .naming import is_name
from .sexpr import shown

VERDICTS = ("proved", "refuted", "unknown", "enumerated", "estimated")
MAX_BYTES = 64 << 20
PARTS = 100
DOTTED = re.compile(
    rf"""(?:(?:(?<![\w-])[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{PARTS}}}"""
)


@dataclass(frozen=True)
class NamedClaim:
    """A claim with a name, and the networks that it mentions by name.

    Those that ``networks`` leaves out are called network-1, network-2, … Raises CertifyError
    where a part is not what it should be, or the name could leave a folder.
    """

    name: str
    claim: Claim
    networks: Mapping[str, Network] = field(default_factory=dict)
    expect: str = "proved"
    source: str = ""
    path: Path | None = None

    def __post_init__(self) -> None:
        if not is_name(self.name):
            shown = shorten(repr(self.name))
            raise CertifyError(f"{shown} cannot name a claim: letters, digits, and no path")
        if not isinstance(self.claim, Claim):
            shown = shorten(repr(self.claim), 60)
            raise CertifyError(f"{self.name}: expected a claim, found {shown}")
        if self.expect not in VERDICTS:
            raise CertifyError(f"{self.name}: expect must be one of {', '.join(VERDICTS)}")
        named = dict(self.networks) if isinstance(self.networks, Mapping) else {"": None}
        if not all(isinstance(network, Network) for network in named.values()):
            raise CertifyError(f"{self.name}: networks must be a mapping of names to networks")
        known = {network.digest for network in named.values() if network is not None}
        free = (name for i in count(1) if (name := f"network-{i}") not in named)
        missing = {network.digest: network for network in self.claim.networks()}
        more = {next(free): n for digest, n in missing.items() if digest not in known}
        if more:
            object.__setattr__(self, "networks", {**self.networks, **more})


class Networks(Mapping[str, Network]):
    """The networks of a file, each read when it is first asked for."""

    def __init__(self, paths: Mapping[str, Path], reading: Reading = DEFAULT) -> None:
        self.paths = paths
        self.reading = reading
        self.loaded: dict[str, Network] = {}
        self.asked: set[str] = set()  # names asked for since this was last emptied

    def __getitem__(self, name: str) -> Network:
        self.asked.add(name)
        if name not in self.loaded:
            self.loaded[name] = load(self.paths[name], self.reading)
        return self.loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.paths)

    def __len__(self) -> int:
        return len(self.paths)


class ClaimsFile:
    """A claims file: names at once, claims and networks when they are asked for.

    Raises CertifyError where the file cannot be read or its outline is wrong.
    """

    def __init__(self, path: str | os.PathLike[str], reading: Reading = DEFAULT) -> None:
        self.path = path = as_path(path)
        data = _read(path)
        for key in data:
            if key not in ("networks", "claim"):
                raise CertifyError(f"{path}: unknown key {shown(key)} (known: networks, claim)")
        self.networks = Networks(_network_paths(path, data.get("networks", {})), reading)
        tables = data.get("claim", [])
        if not isinstance(tables, list) or not tables:
            raise CertifyError(f"{path}: no [[claim]] in this file")
        self.tables: dict[str, dict[str, Any]] = {}
        for number, table in enumerate(tables, start=1):
            name = table.get("name") if isinstance(table, dict) else None
            if not isinstance(name, str) or not is_name(name):
                said = f": {shown(name)}" if isinstance(name, str) else ""
                raise CertifyError(f"{path}: claim {number}: name missing or not a name{said}")
            if name in self.tables:
                raise CertifyError(f"{path}: claim {name}: the name stands twice")
            self.tables[name] = table

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def claim(self, name: str) -> NamedClaim:
        """The claim of this name. Raises CertifyError."""
        if name not in self.tables:
            known = ", ".join(list(self.tables)[:20])
            raise CertifyError(f"{self.path}: no claim {shown(name)} (claims: {known})")
        table = dict(self.tables[name])
        table.pop("name")
        expect, source = table.pop("expect", "proved"), table.pop("source", "")
        where = f"{self.path}: claim {name}"
        if expect not in VERDICTS:
            raise CertifyError(f"{where}: /expect: expected one of {', '.join(VERDICTS)}")
        if not isinstance(source, str):
            raise CertifyError(f"{where}: /source: expected text")
        scope = Scope(parse_number, self.networks, self._table)
        self.networks.asked.clear()
        try:
            with account():
                claim = kinds.read(Node(table, "", scope))
                mentioned = {network.digest for network in claim.networks()}
        except Malformed as error:
            raise CertifyError(f"{where}: {error}") from None
        except Decline as error:
            raise CertifyError(f"{where}: too large: {error}") from None
        except RecursionError:
            raise CertifyError(f"{where}: nested too deeply") from None
        asked = {key: self.networks.loaded[key] for key in sorted(self.networks.asked)}
        used = {key: network for key, network in asked.items() if network.digest in mentioned}
        return NamedClaim(name, claim, used, expect, source, self.path)

    def _table(self, name: str) -> list[list[Any]]:
        return read_table(self.path.parent / name)


def as_path(path: object) -> Path:
    """The path that text or a path names. Raises CertifyError for anything else."""
    if not isinstance(path, str | os.PathLike) or isinstance(path := os.fspath(path), bytes):
        raise CertifyError(f"expected a path, found {shorten(repr(path), 60)}")
    return Path(path)


def _read(path: Path) -> dict[str, Any]:
    try:
        with open(path, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise CertifyError(f"{path}: larger than {MAX_BYTES} bytes")
        text = utf8(data)
        if DOTTED.search(text):  # tomllib takes the square of their number
            raise CertifyError(f"{path}: a key of more than {PARTS} parts with dots between")
        found = tomllib.loads(text)
        _refuse_dates(found, "")
        return found
    except OSError as error:
        raise CertifyError(f"{path}: {error.strerror or error}") from None
    except Malformed as error:
        raise CertifyError(f"{path}: {error}") from None
    except RecursionError:
        raise CertifyError(f"{path}: nested too deeply") from None
    except ValueError as error:
        raise CertifyError(f"{path}: not TOML: {error}") from None


def _refuse_dates(value: Any, at: str) -> None:
    """TOML has dates and times, and claims have none."""
    if isinstance(value, date | time):
        raise Malformed(at, f"a date or time: {value}")
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(part, dict | list | date | time):
                _refuse_dates(part, f"{at}/{shorten(key, 40)}")


def _network_paths(path: Path, table: Any) -> dict[str, Path]:
    if not isinstance(table, dict):
        raise CertifyError(f"{path}: [networks] must be a table of names and files")
    paths = {}
    for name, file in table.items():
        if not NAME.fullmatch(name) or not isinstance(file, str):
            raise CertifyError(f"{path}: networks: {shown(name)} must be a name with a file")
        paths[name] = path.parent / file
    return paths


def read_table(path: Path) -> list[list[Any]] | list[Any]:
    """The rows of a CSV (integers or decimal text) or .npy file of integers.

    A table of one column is a list of numbers. Raises Malformed.
    """
    try:
        suffix = path.suffix.lower()
        if suffix == ".npy":
            import numpy

            array = numpy.load(path, allow_pickle=False)
            if array.dtype.kind not in "iu":
                raise Malformed("", f"{array.dtype} is not an integer type")
            rows = array.tolist()
        elif suffix == ".csv":
            text = utf8(path.read_bytes())
            check_lines(text)
            lines = csv.reader(io.StringIO(text, newline=""))
            rows = [[cell.strip() for cell in row] for row in lines if row]
            if rows and all(len(row) == 1 for row in rows):
                rows = [row[0] for row in rows]
        else:
            raise Malformed("", "expected a .csv or .npy file")
    except Malformed as error:
        raise Malformed("", f"{path.name}: {error}") from None
    except (OSError, ValueError, csv.Error) as error:
        raise Malformed("", f"{path.name}: {error}") from None
    return rows
