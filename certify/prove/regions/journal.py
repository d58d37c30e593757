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
from hashlib import sha256
from pathlib import Path
from typing import Any

from ...errors import CertifyError
from .tree import Grown, Split

NAMED = "certify-journal-"
FORMAT = f"{NAMED}1"
MARK = ',"checksum":"'


class Journal:
    """An open journal, locked: the file at ``path``, or one beside it with the claim's digest.

    The second is taken where the first is about another claim, which it stays. Raises OSError as
    files do; CertifyError where another search for this claim uses it. Once a journal cannot be
    written any more, ``failed`` says why, and the search goes on without it.
    """

    def __init__(self, path: Path, about: dict[str, Any]) -> None:
        self.head, self.claim = _dump({"format": FORMAT, **about}), about.get("claim")
        self.failed = ""
        path.parent.mkdir(parents=True, exist_ok=True)
        for name in names(path, str(self.claim)):
            self.path = name
            while True:
                self.file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
                try:
                    ours = self._lock() and self._begun()
                except (CertifyError, OSError) as error:
                    self.close()
                    if isinstance(error, OSError) and claim_of(self.path) is None:
                        self.path.unlink(missing_ok=True)
                    raise
                if not ours or os.fstat(self.file).st_nlink:
                    break
                self.close()  # it was removed before we had the lock
            if ours:
                return
            self.close()
        raise CertifyError(f"{path}: in use by another search")

    def _lock(self) -> bool:
        """Take the file; False where a search for another claim has it."""
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if claim_of(self.path) == self.claim:
                raise CertifyError(f"{self.path}: in use by another search") from None
            return False
        except OSError:
            pass  # some file systems have no locks
        return True

    def _begun(self) -> bool:
        """Is the file about our claim, or about nothing? Then it says at once that it is ours."""
        if claim_of(self.path) not in (self.claim, None):
            return False
        if not os.fstat(self.file).st_size:
            self._write(self.head + "\n")
        return True

    def read(self) -> Iterator[Grown]:
        """What earlier searches added. A file that is no journal of this version is emptied."""
        with open(self.path, encoding="utf-8", errors="replace", newline="\n") as stream:
            known = stream.readline() == self.head + "\n"
            for line in stream if known else ():
                grown = _parsed(line)
                if grown is not None:
                    yield grown
        if known:
            self._keep("\n")  # ends a line that was cut off
        else:
            os.ftruncate(self.file, 0)
            self._keep(self.head + "\n")

    def append(self, grown: Grown) -> None:
        """Add what a turn of work added, at once."""
        body = _dump(
            {
                "splits": grown.splits,
                "leaves": grown.leaves,
                "systems": sorted(grown.systems),
            }
        )[:-1]
        self._keep(f"{body}{MARK}{_checksum(body)}\n")

    def _keep(self, text: str) -> None:
        """Write, unless that failed before."""
        try:
            if not self.failed:
                self._write(text)
        except OSError as error:
            self.failed = f"{self.path}: {error.strerror or error}"

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


def opened(path: Path | None, about: dict[str, Any]) -> Journal | None:
    """A journal, where one is asked for and can be kept. Raises CertifyError as Journal does."""
    try:
        return None if path is None else Journal(path, about)
    except OSError:
        return None


def names(path: Path, claim: str) -> tuple[Path, Path]:
    """Where the journal of a claim may be: its name, and the same with the claim's digest."""
    return path, path.with_name(f"{path.stem}-{claim[:16]}{path.suffix}")


def existing(path: Path, claim: str) -> Path | None:
    """The journal of a claim, if there is one."""
    return next((name for name in names(path, claim) if claim_of(name) == claim), None)


def claim_of(path: Path) -> str | None:
    """The claim that a journal says it is about; None where it says nothing."""
    try:
        with open(path, "rb") as stream:
            value = json.loads(stream.readline(4096))
        claim = value["claim"] if value["format"].startswith(NAMED) else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return claim if isinstance(claim, str) else None


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
