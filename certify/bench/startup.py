"""`certify check` of a small certificate from the shell, imports and all."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from . import Row

RUNS = 7
CLAIM = """
[networks]
net = "net.json"

[[claim]]
name = "parity"
kind = "equals"
left = "net"
right = { parity = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] }
on = { cube = 12 }
"""


def rows(limit: float) -> list[Row]:
    """The median wall time of a few runs, beside that of an empty Python program."""
    import certify
    from certify.networks.gadgets.parity import parity

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        certify.save(parity(12), folder / "net.json")
        (folder / "claims.toml").write_text(CLAIM)
        goal = certify.ClaimsFile(folder / "claims.toml").claim("parity")
        certify.prove(goal, output=folder)
        command = [sys.executable, "-m", "certify", "check", "claims.toml", "parity"]
        checked = [*command, "parity.cert.json"]
        return [
            _timed("certify check", checked, folder, limit),
            _timed("python -c pass", [sys.executable, "-c", "pass"], folder, limit),
        ]


def _timed(tool: str, command: list[str], folder: Path, limit: float) -> Row:
    seconds, answer = [], ""
    for _ in range(RUNS):
        start = time.perf_counter()
        result = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=limit, check=True
        )
        seconds.append(time.perf_counter() - start)
        answer = result.stdout.split(" ")[0]
    return {
        "case": "parity of 12 bits, JSON network",
        "tool": tool,
        "seconds": statistics.median(seconds),
        "answer": json.dumps(answer)[1:-1],
        "fastest": min(seconds),
    }
