"""Certificates: reading and writing the file that a check replays."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .data.decode import Node, parse_json
from .verdict import Budget, Decline, Malformed

FORMAT = "certify-certificate-1"
COMPRESS_FROM = 1_000_000  # bytes
MAX_OBJECT = 1 << 26  # bytes of one JSON object: a whole certificate, or one of its lines


@dataclass(frozen=True)
class Certificate:
    """A certificate's object, and the lines that follow it where its body is "lines"."""

    header: dict[str, Any]
    lines: Iterable[str] | None = None

    @property
    def verdict(self) -> Any:
        """What it says it shows."""
        return self.header.get("verdict")

    @property
    def rule(self) -> Any:
        """The rule that it says it uses."""
        return self.header.get("rule")

    def text(self) -> str:
        """The canonical text, lines included."""
        return "".join(self._pieces())

    def _pieces(self) -> Iterator[str]:
        yield canonical(self.header) + "\n"
        for line in self.lines or ():
            yield line + "\n"

    def nodes(self) -> Iterator[Node] | None:
        """The lines as nodes, read one at a time."""
        if self.lines is None:
            return None
        return (Node(parse_json(line), f"/line {i}") for i, line in enumerate(self.lines, 2))


def canonical(value: Any) -> str:
    """JSON with sorted keys and no white space."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def write(certificate: Certificate, path: Path) -> Path:
    """Write the certificate beside its final name and move it there; gzip past 1 MB.

    ``path`` ends in ``.cert.json``; returns the path written. Lines are taken one at a time.
    Raises OSError, which names the file, and leaves an older certificate as it is.
    """
    whole, zipped = draft(certificate, path.parent)
    try:
        return publish(whole, zipped, path)
    finally:
        whole.unlink(missing_ok=True)


def draft(certificate: Certificate, folder: Path) -> tuple[Path, bool]:
    """Write the certificate to a new file of the folder; was it compressed? Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f".{os.urandom(8).hex()}.cert.part"
    try:
        return path, _fill(path, certificate._pieces())
    except BaseException as error:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = error.filename or str(folder)
        raise


def publish(whole: Path, zipped: bool, path: Path) -> Path:
    """Give a draft its name, which is that of ``path`` or with ``.gz``; the other one goes."""
    gz = path.with_name(path.name + ".gz")
    target, other = (gz, path) if zipped else (path, gz)
    whole.replace(target)
    other.unlink(missing_ok=True)
    return target


def _fill(path: Path, pieces: Iterator[str]) -> bool:
    """Write the file; was it so large that it was compressed?"""
    start: list[bytes] = []
    size = 0
    while size <= COMPRESS_FROM and (piece := next(pieces, None)) is not None:
        start.append(piece.encode())
        size += len(start[-1])
    with open(path, "wb") as stream:
        if size <= COMPRESS_FROM:
            stream.writelines(start)
            return False
        with gzip.GzipFile("", "wb", fileobj=stream, mtime=0) as packed:
            packed.writelines(start)
            packed.writelines(piece.encode() for piece in pieces)
    return True


def load(path: Path, budget: Budget) -> Certificate:
    """Read a certificate file, ``.gz`` or not; its lines are read anew whenever they are asked for.

    Raises Malformed where it is not one, Decline where it is larger than the budget or one of
    its objects than MAX_OBJECT (both also while lines are read), and OSError where it cannot be
    read.
    """
    with _Reader(path, budget.bytes) as reader:
        head = reader.line()
        value = _announced(head)
        if value is not None and reader.line():
            return Certificate(value, Lines(path, head, budget.bytes))
    with _Reader(path, budget.bytes) as reader:
        return parse(reader.rest())


@dataclass(frozen=True)
class Lines:
    """The lines of a certificate's file after its first one, which must still be ``head``."""

    path: Path
    head: bytes
    limit: int

    def __iter__(self) -> Iterator[str]:
        with _Reader(self.path, self.limit) as reader:
            if reader.line() != self.head:
                raise Malformed("", "the file changed while it was read")
            while line := reader.line():
                yield _text(line).removesuffix("\n")


def parse(data: bytes) -> Certificate:
    """A certificate from the bytes of its (decompressed) file."""
    head, _, rest = data.partition(b"\n")
    value = _announced(head)
    if value is not None and rest:
        return Certificate(value, _text(rest).removesuffix("\n").split("\n"))
    value = parse_json(_text(data))
    if not isinstance(value, dict):
        raise Malformed("", "a certificate is a JSON object")
    return Certificate(value)


def _announced(head: bytes) -> dict[str, Any] | None:
    """The first line, if it is the object of a certificate whose lines follow."""
    if b'"lines"' not in head:
        return None
    value = parse_json(_text(head))
    return value if isinstance(value, dict) and value.get("body") == "lines" else None


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("", "a certificate is UTF-8 text") from None


class _Reader:
    """A certificate's file, decompressed, up to so many bytes."""

    def __init__(self, path: Path, limit: int) -> None:
        opened: Any = gzip.open if path.name.lower().endswith(".gz") else open
        self.stream, self.limit, self.left = opened(path, "rb"), limit, limit

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()

    def line(self) -> bytes:
        """The next line with its end; empty after the last one."""
        return self._taken(self.stream.readline)

    def rest(self) -> bytes:
        """All that follows."""
        return self._taken(self.stream.read)

    def _taken(self, read: Callable[[int], bytes]) -> bytes:
        limit = min(self.left, MAX_OBJECT)
        try:
            data = read(limit + 1)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise Malformed("", f"not a whole gzip file: {error}") from None
        self.left -= len(data)
        if len(data) > limit:
            raise Decline("bytes", f"more than {min(self.limit, MAX_OBJECT)}")
        return data
