"""Certificates: reading and writing the file that a check replays."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .decode import Node, parse_json
from .verdict import Budget, Decline, Malformed

FORMAT = "certify-certificate-1"
COMPRESS_FROM = 1_000_000  # bytes


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
        first = canonical(self.header)
        return first + "\n" + "".join(line + "\n" for line in self.lines or ())

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

    ``path`` ends in ``.cert.json``; returns the path written.
    """
    data = certificate.text().encode()
    zipped = path.with_name(path.name + ".gz")
    target, other = (zipped, path) if len(data) > COMPRESS_FROM else (path, zipped)
    if target is zipped:
        data = gzip.compress(data, mtime=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(target.name + ".part")
    try:
        draft.write_bytes(data)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    other.unlink(missing_ok=True)
    return target


def load(path: Path, budget: Budget) -> Certificate:
    """Read a certificate file, ``.gz`` or not.

    Raises Malformed where it is not one, Decline where it is larger than the budget, and
    OSError where it cannot be read.
    """
    return parse(_bounded(path, budget.bytes))


def parse(data: bytes) -> Certificate:
    """A certificate from the bytes of its (decompressed) file."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("", "a certificate is UTF-8 text") from None
    head, _, rest = text.partition("\n")
    if rest and '"lines"' in head:
        value = parse_json(head)
        if isinstance(value, dict) and value.get("body") == "lines":
            return Certificate(value, rest.splitlines())
    value = parse_json(text)
    if not isinstance(value, dict):
        raise Malformed("", "a certificate is a JSON object")
    return Certificate(value)


def _bounded(path: Path, limit: int) -> bytes:
    opened: Any = gzip.open if path.name.endswith(".gz") else open
    with opened(path, "rb") as stream:
        try:
            data = io.BufferedReader(stream).read(limit + 1)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise Malformed("", f"not a whole gzip file: {error}") from None
    if len(data) > limit:
        raise Decline("bytes", f"more than {limit}")
    return data
