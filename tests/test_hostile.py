"""Every command meets files that declare far more than they hold: one line, quickly, in little.

The campaign is slow. ``CERTIFY_HOSTILE_LOG`` names a file for what was run and what it took.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import hostile_files as files
import pytest

SECONDS, MEGABYTES = 10.0, 1024
SOURCE = Path(__file__).parent.parent
MAIN = "from certify.cli import main; main()"


@dataclass(frozen=True)
class Ran:
    """How a command ended, what it said, its processor time and its peak."""

    code: int
    out: str
    err: str
    seconds: float
    megabytes: int


def run(folder: Path, *arguments: str) -> Ran:
    """A command in a process of its own, which may take thrice what is allowed."""
    outputs = [folder / name for name in (".out", ".err")]
    child = os.fork()
    if not child:
        try:
            os.chdir(folder)
            resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
            resource.setrlimit(resource.RLIMIT_AS, (5 << 30, 5 << 30))
            for number, path in enumerate(outputs, start=1):
                os.dup2(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY), number)
            os.environ["PYTHONPATH"] = str(SOURCE)
            os.execv(sys.executable, [sys.executable, "-c", MAIN, *arguments])
        finally:
            os._exit(99)
    _, status, used = os.wait4(child, 0)
    out, err = (path.read_text(errors="replace") for path in outputs)
    seconds = used.ru_utime + used.ru_stime
    code = os.waitstatus_to_exitcode(status)
    return Ran(code, out, err, seconds, used.ru_maxrss // 1024)


def complaint(ran: Ran, codes: set[int]) -> str:
    """What is wrong with how a command ended; empty where nothing is."""
    found = []
    if ran.code not in codes:
        found.append(f"exit {ran.code}")
    if len(ran.err.splitlines()) > 1 or len(ran.err) > 2000:
        found.append(f"{len(ran.err.splitlines())} lines, {len(ran.err)} characters")
    if ran.code == 64 and (ran.out or not ran.err.startswith("certify: ")):
        found.append("no plain refusal")
    if ran.seconds > SECONDS:
        found.append(f"{ran.seconds:.1f} s")
    if ran.megabytes > MEGABYTES:
        found.append(f"{ran.megabytes} MB")
    return ", ".join(found)


def campaign(folder: Path, cases: list[tuple[tuple[str, ...], set[int]]]) -> None:
    """Run all cases, log them, and fail with those that are wrong."""
    wrong = []
    log = os.environ.get("CERTIFY_HOSTILE_LOG")
    for arguments, codes in cases:
        ran = run(folder, *arguments)
        fault = complaint(ran, codes)
        line = f"{' '.join(arguments)}: exit {ran.code}, {ran.seconds:.1f} s, {ran.megabytes} MB"
        if fault:
            wrong.append(f"{line} ({fault}): {ran.err[:200]!r}")
        if log:
            said = (ran.err or ran.out)[:160].strip().replace("\n", " | ")
            with open(log, "a", encoding="utf-8") as stream:
                print(f"{'WRONG ' if fault else ''}{line}: {said}", file=stream)
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files.write(tmp_path, files.BESIDE)
    (tmp_path / "p.vnnlib").write_bytes(files.declared(*files.BOX, "(>= Y_0 2)"))
    claim = files.claim("{ cube = 12 }", *["{ constant = [0] }"] * 2)
    (tmp_path / "equals.toml").write_bytes(claim)
    return tmp_path


def small(name: str, make: Callable[[], bytes]) -> bytes:
    data = make()
    assert len(data) < 1_050_000, (name, len(data))
    return data


@pytest.mark.slow
@pytest.mark.parametrize("name", files.TOML)
def test_claims(folder: Path, name: str) -> None:
    (folder / name).write_bytes(small(name, files.TOML[name]))
    ending = {0, 1, 2, 64}
    campaign(
        folder,
        [
            (("show", name), {0, 64}),
            (("verify", name), {0, 1, 64}),
            (("check", name, "c", "none.cert.json"), {64}),
            (("encode", name, "c", "--to", "smt2", "-o", "e.smt2"), {0, 64}),
            (("prove", name, "--timeout", "1", "-o", "out"), ending),
            (("estimate", name, "--samples", "100", "--timeout", "1"), {0, 64}),
        ],
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", files.NETWORKS)
def test_networks(folder: Path, name: str) -> None:
    (folder / name).write_bytes(small(name, files.NETWORKS[name]))
    campaign(
        folder,
        [
            (("show", name), {0, 64}),
            (("eval", name, "--at", "1/3"), {0, 64}),
            (("windows", name, "--window", "2", "--layers", "1"), {0, 1, 64}),
            (("prove", name, "p.vnnlib", "--timeout", "1", "-o", "out"), {0, 1, 2, 64}),
            (("encode", name, "p.vnnlib", "--to", "smt2", "-o", "e.smt2"), {0, 64}),
        ],
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", files.PROPERTIES)
def test_properties(folder: Path, name: str) -> None:
    (folder / name).write_bytes(small(name, files.PROPERTIES[name]))
    data = files.PROPERTIES[name]() if name.endswith(".vnnlib") else b""
    inputs = max(data.count(b"(declare-const X_"), 1)
    (folder / "n.json").write_bytes(files.network(files.layer([["1"] * inputs]), inputs=inputs))
    campaign(
        folder,
        [
            (("prove", "n.json", name, "--timeout", "1", "-o", "out"), {0, 1, 2, 64}),
            (("check", "n.json", name, "none.cert.json"), {64}),
            (("encode", "n.json", name, "--to", "smt2", "-o", "e.smt2"), {0, 64}),
        ],
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", files.CERTIFICATES)
def test_certificates(folder: Path, name: str) -> None:
    data = small(name, files.CERTIFICATES[name])
    ends = name[name.index(".") :]
    accepted = {0} if name.startswith("fold-states") else set()  # wasteful, and right
    (folder / f"c{ends}").write_bytes(data)
    campaign(
        folder,
        [
            (("check", "equals.toml", "c", f"c{ends}"), accepted | {1, 2}),
            (("verify", "equals.toml"), accepted | {1}),
            (("show", f"c{ends}"), {0, 64}),
        ],
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", files.JOURNALS)
def test_journals(folder: Path, name: str) -> None:
    """A search goes on from a journal or leaves it, and says the same."""
    (folder / "n-p.journal").write_bytes(files.JOURNALS[name](b'{"format":"certify-journal-1"}\n'))
    started = time.monotonic()
    campaign(folder, [(("prove", "n.json", "p.vnnlib", "--timeout", "2", "-o", "."), {0, 1, 2})])
    assert time.monotonic() - started < 120
