"""Claims files: TOML with networks and typed claims.

Networks are read when a claim first names them. Every error is one line that names the
file, the claim and the key.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import CertifyError
from ..kernel import kinds
from ..kernel.claim import Claim
from ..kernel.decode import NAME, Node, Scope
from ..kernel.network import Network
from ..kernel.numbers import parse_number
from ..kernel.verdict import Decline, Malformed
from ..networks.files import load
from ..networks.reading import DEFAULT, Reading

VERDICTS = ("proved", "refuted", "unknown", "enumerated", "estimated")
MAX_BYTES = 64 << 20


@dataclass(frozen=True)
class NamedClaim:
    """A claim of a file, with the networks that it mentions by name."""

    name: str
    claim: Claim
    networks: Mapping[str, Network] = field(default_factory=dict)
    expect: str = "proved"
    source: str = ""
    path: Path | None = None


class Networks(Mapping[str, Network]):
    """The networks of a file, each read when it is first asked for."""

    def __init__(self, paths: Mapping[str, Path], reading: Reading = DEFAULT) -> None:
        self.paths = paths
        self.reading = reading
        self.loaded: dict[str, Network] = {}

    def __getitem__(self, name: str) -> Network:
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

    def __init__(self, path: Path, reading: Reading = DEFAULT) -> None:
        self.path = path
        data = _read(path)
        for key in data:
            if key not in ("networks", "claim"):
                raise CertifyError(f"{path}: unknown key {key!r} (known: networks, claim)")
        self.networks = Networks(_network_paths(path, data.get("networks", {})), reading)
        tables = data.get("claim", [])
        if not isinstance(tables, list) or not tables:
            raise CertifyError(f"{path}: no [[claim]] in this file")
        self.tables: dict[str, dict[str, Any]] = {}
        for number, table in enumerate(tables, start=1):
            name = table.get("name") if isinstance(table, dict) else None
            if not isinstance(name, str) or not NAME.fullmatch(name):
                raise CertifyError(f"{path}: claim {number}: name missing or not a name: {name!r}")
            if name in self.tables:
                raise CertifyError(f"{path}: claim {name}: the name stands twice")
            self.tables[name] = table

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def claim(self, name: str) -> NamedClaim:
        """The claim of this name. Raises CertifyError."""
        if name not in self.tables:
            known = ", ".join(list(self.tables)[:20])
            raise CertifyError(f"{self.path}: no claim {name!r} (claims: {known})")
        table = dict(self.tables[name])
        table.pop("name")
        expect, source = table.pop("expect", "proved"), table.pop("source", "")
        where = f"{self.path}: claim {name}"
        if expect not in VERDICTS:
            raise CertifyError(f"{where}: /expect: expected one of {', '.join(VERDICTS)}")
        if not isinstance(source, str):
            raise CertifyError(f"{where}: /source: expected text")
        scope = Scope(parse_number, self.networks, self._table)
        try:
            claim = kinds.read(Node(table, "", scope))
            mentioned = {network.digest for network in claim.networks()}
        except Malformed as error:
            raise CertifyError(f"{where}: {error}") from None
        except Decline as error:
            raise CertifyError(f"{where}: too large: {error}") from None
        except RecursionError:
            raise CertifyError(f"{where}: nested too deeply") from None
        names = self.networks.loaded.items()
        used = {key: network for key, network in names if network.digest in mentioned}
        return NamedClaim(name, claim, used, expect, source, self.path)

    def _table(self, name: str) -> list[list[Any]]:
        return read_table(self.path.parent / name)


def _read(path: Path) -> dict[str, Any]:
    try:
        with open(path, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise CertifyError(f"{path}: larger than {MAX_BYTES} bytes")
        return tomllib.loads(data.decode("utf-8"))
    except OSError as error:
        raise CertifyError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise CertifyError(f"{path}: not UTF-8 text") from None
    except RecursionError:
        raise CertifyError(f"{path}: nested too deeply") from None
    except (tomllib.TOMLDecodeError, ValueError) as error:
        raise CertifyError(f"{path}: not TOML: {error}") from None


def _network_paths(path: Path, table: Any) -> dict[str, Path]:
    if not isinstance(table, dict):
        raise CertifyError(f"{path}: [networks] must be a table of names and files")
    paths = {}
    for name, file in table.items():
        if not NAME.fullmatch(name) or not isinstance(file, str):
            raise CertifyError(f"{path}: networks: {name!r} must be a name with a file")
        paths[name] = path.parent / file
    return paths


def read_table(path: Path) -> list[list[Any]] | list[Any]:
    """The rows of a CSV (integers or decimal text) or .npy file of integers.

    A table of one column is a list of numbers. Raises Malformed.
    """
    try:
        if path.suffix == ".npy":
            import numpy

            array = numpy.load(path, allow_pickle=False)
            if array.dtype.kind not in "iu":
                raise Malformed("", f"{path.name}: {array.dtype} is not an integer type")
            rows = array.tolist()
        elif path.suffix == ".csv":
            with open(path, newline="", encoding="utf-8") as stream:
                rows = [[cell.strip() for cell in row] for row in csv.reader(stream) if row]
            if rows and all(len(row) == 1 for row in rows):
                rows = [row[0] for row in rows]
        else:
            raise Malformed("", f"{path.name}: expected a .csv or .npy file")
    except (OSError, ValueError) as error:
        if isinstance(error, Malformed):
            raise
        raise Malformed("", f"{path.name}: {error}") from None
    return rows
