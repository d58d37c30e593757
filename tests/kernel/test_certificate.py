"""Certificate files: written whole or not at all, and read a line at a time."""

from __future__ import annotations

import errno
import gzip
import resource
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from certify.kernel import certificate as certificates
from certify.kernel.certificate import Certificate
from certify.kernel.verdict import Budget, Decline, Malformed

HEADER = {"body": "lines", "rule": "regions"}
LINE = '{"input":3,"at":"-12345/67890"}'
MANY = 300_000


def lines(count: int) -> Iterator[str]:
    return (f'{{"leaf":{i}}}' for i in range(count))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "claim.cert.json"


@pytest.mark.parametrize("count", [1, 1000, 100_000])
def test_what_was_written_is_read(path: Path, count: int) -> None:
    written = certificates.write(Certificate(HEADER, lines(count)), path)
    assert written.suffix == (".gz" if count == 100_000 else ".json")
    assert [file.name for file in path.parent.iterdir()] == [written.name]
    read = certificates.load(written, Budget())
    assert read.header == HEADER
    for _ in range(2):  # its lines can be read again
        assert read.lines is not None
        assert list(read.lines) == list(lines(count))
    assert certificates.parse(read.text().encode()).text() == read.text()


def test_an_older_certificate_is_replaced(path: Path) -> None:
    large = certificates.write(Certificate(HEADER, lines(100_000)), path)
    small = certificates.write(Certificate({"body": {}}), path)
    assert [large.exists(), small.exists()] == [False, True]


def test_memory_does_not_grow_with_the_tree(path: Path) -> None:
    """A list of these lines would take some thirty megabytes."""
    tracemalloc.start()
    try:
        written = certificates.write(Certificate(HEADER, (LINE for _ in range(MANY))), path)
        read = certificates.load(written, Budget())
        assert read.lines is not None
        assert sum(line == LINE for line in read.lines) == MANY
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("count", [10_000, 1_000_000], ids=["plain", "compressed"])
def test_disk_full(path: Path, count: int) -> None:
    """A limit on the size of files stands for a disk that is full."""
    path.write_text("older")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, limits[1]))
    try:
        with pytest.raises(OSError, match="large") as error:
            certificates.write(Certificate(HEADER, lines(count)), path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert error.value.errno == errno.EFBIG
    assert error.value.filename == str(path.parent)
    assert [file.read_text() for file in path.parent.iterdir()] == ["older"]


class TestBadFiles:
    """What is not a certificate is refused when it is loaded, or where its lines are read."""

    def refusal(self, path: Path, limit: int = 1 << 20) -> str:
        with pytest.raises((Malformed, Decline)) as error:
            list(certificates.load(path, Budget(bytes=limit)).lines or ())
        return str(error.value)

    def test_too_large(self, path: Path) -> None:
        certificates.write(Certificate(HEADER, lines(1000)), path)
        assert self.refusal(path, 5000) == "needs more than 5000 bytes"
        assert self.refusal(path, 10) == "needs more than 10 bytes"

    def test_too_large_once_decompressed(self, tmp_path: Path) -> None:
        bomb = tmp_path / "claim.cert.json.gz"
        bomb.write_bytes(gzip.compress(b'{"body":"lines"}\n' + b" " * 50_000_000))
        assert self.refusal(bomb) == f"needs more than {1 << 20} bytes"

    def test_cut_off(self, path: Path) -> None:
        written = certificates.write(Certificate(HEADER, lines(200_000)), path)
        written.write_bytes(written.read_bytes()[:-1000])
        assert self.refusal(written, 1 << 30).startswith("not a whole gzip file")

    def test_not_text(self, path: Path) -> None:
        path.write_bytes(b'{"body":"lines"}\n{}\n\xff\n')
        assert self.refusal(path) == "a certificate is UTF-8 text"

    def test_changed_while_it_is_read(self, path: Path) -> None:
        certificates.write(Certificate(HEADER, lines(10)), path)
        read = certificates.load(path, Budget())
        certificates.write(Certificate({**HEADER, "rule": "clauses"}, lines(10)), path)
        with pytest.raises(Malformed, match="the file changed while it was read"):
            list(read.lines or ())
