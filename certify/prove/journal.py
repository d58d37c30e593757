"""The journal of a search: finished work in a file, for a search that is killed to go on from.

JSON Lines. The first line names the format and what the search is about; each further one is
what a turn of work added, with a checksum at its end. A line that is damaged counts for
nothing, and so does the whole file where the first line is another one. What stands here is
believed no more than any prover: it goes into a certificate, which the kernel checks.
"""

from __future__ import annotations

import fcntl
import json
import math
import os
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..errors import CertifyError
from .tree import Grown, Split

FORMAT = "certify-journal-1"
MARK = ',"checksum":"'


class Journal:
    """An open journal, locked. Raises OSError as files do; CertifyError where it is in use."""

    def __init__(self, path: Path, about: dict[str, Any]) -> None:
        self.path, self.head = path, _dump({"format": FORMAT, **about})
        path.parent.mkdir(parents=True, exist_ok=True)
        self.file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            with suppress(OSError):  # some file systems have no locks
                self._lock()
        except CertifyError:
            self.close()
            raise

    def _lock(self) -> None:
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CertifyError(f"{self.path}: in use by another search") from None

    def read(self) -> Iterator[Grown]:
        """What earlier searches added. A file about something else is emptied."""
        with open(self.path, encoding="utf-8", errors="replace", newline="\n") as stream:
            known = stream.readline() == self.head + "\n"
            for line in stream if known else ():
                grown = _parsed(line)
                if grown is not None:
                    yield grown
        if known:
            self._write("\n")  # ends a line that was cut off
        else:
            os.ftruncate(self.file, 0)
            self._write(self.head + "\n")

    def append(self, grown: Grown) -> None:
        """Add what a turn of work added, at once."""
        body = _dump(
            {
                "splits": grown.splits,
                "leaves": grown.leaves,
                "systems": sorted(grown.systems),
            }
        )[:-1]
        self._write(f"{body}{MARK}{_checksum(body)}\n")

    def _write(self, text: str) -> None:
        data = text.encode()
        try:
            while data:
                data = data[os.write(self.file, data) :]
        except OSError as error:
            error.filename = str(self.path)
            raise

    def close(self) -> None:
        """Close the file, which stays."""
        os.close(self.file)


def _dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _checksum(body: str) -> str:
    return sha256(body.encode()).hexdigest()[:16] + '"}'


def _parsed(line: str) -> Grown | None:
    """A line's content; None where it is damaged."""
    body, _, rest = line.rstrip("\n").rpartition(MARK)
    if not body or rest != _checksum(body):
        return None
    try:
        value = json.loads(body + "}")
        return Grown(
            {str(p): _split(*pair) for p, pair in value["splits"].items()},
            {str(p): (int(level), str(text)) for p, (level, text) in value["leaves"].items()},
            {str(p) for p in value["systems"]},
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _split(where: int, at: float) -> Split:
    """A split as JSON has it: a float is a value of an input, an integer a neuron of a layer."""
    if type(where) is not int or where < 0 or type(at) not in (int, float):
        raise ValueError("not a split")
    if not math.isfinite(at):
        raise ValueError("not a number")
    return where, at
