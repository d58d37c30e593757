"""What several commands take: the budget, --json, how files are read, and the claims named."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import click

from ..claims.toml import ClaimsFile, NamedClaim
from ..errors import CertifyError
from ..kernel.verdict import Budget
from ..networks.files import plain
from ..networks.reading import Reading

NETWORKS = (".onnx", ".json", ".nnet")
PROPERTIES = ".vnnlib"

# each option of Reading that a command offers, and its help
READING = (
    ("no_replay", "do not compare what was read with onnxruntime on points, and say so"),
    ("no_checker", "read an ONNX model that onnx.checker refuses, and say so"),
    ("declare_fun", "in VNN-LIB, take (declare-fun X_0 () Real) for (declare-const X_0 Real)"),
    ("reals", "in VNN-LIB 2.0, take the element types float32, float64, ... for Real"),
    ("normalise", "in .nnet, apply the means and ranges of the header"),
)

json_flag = click.option("--json", "as_json", is_flag=True, help="one JSON object")


def budgeted(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options --max-points, --max-bits, --max-bytes and --json."""
    default = Budget()
    for option, value, text in (
        ("--max-bytes", default.bytes, "bytes of a decompressed certificate"),
        ("--max-bits", default.bits, "bits of one number"),
        ("--max-points", default.points, "points, states or regions evaluated"),
    ):
        command = click.option(option, default=value, show_default=True, help=text)(command)
    return json_flag(command)


def reads(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of the readers, which the command takes as one argument ``reading``."""

    @wraps(command)
    def reading(*args: Any, **options: Any) -> Any:
        asked = {name: options.pop(name) for name, _ in READING}
        asked["replay"] = not asked.pop("no_replay")
        return command(*args, reading=Reading(**asked, say=note), **options)

    for name, text in reversed(READING):
        option = click.option(f"--{name.replace('_', '-')}", name, is_flag=True, help=text)
        reading = option(reading)
    return reading


def note(text: str) -> None:
    """A reader's note, on standard error."""
    print(f"certify: note: {text}", file=sys.stderr, flush=True)


def budget_of(options: dict[str, Any]) -> Budget:
    """Take the budget out of a command's options."""
    names = ("max_points", "max_bits", "max_bytes")
    values = [options.pop(name) for name in names]
    if any(value < 1 for value in values):
        raise CertifyError("a budget must be positive")
    return Budget(*values)


def goals(
    targets: Sequence[str], reading: Reading, *, every: bool = False
) -> tuple[list[NamedClaim], Path]:
    """The claims that the arguments name, and the folder where they stand."""
    if not targets:
        raise CertifyError("name a claims file, or a network and a property")
    first = targets[0]
    if plain(first).endswith(NETWORKS):
        from ..claims.vnnlib import property_claim

        if len(targets) < 2 or not plain(targets[-1]).endswith(PROPERTIES):
            raise CertifyError(f"{first}: a network needs a property: NETWORK.onnx PROPERTY.vnnlib")
        path = Path(targets[-1])
        networks = [Path(t) for t in targets[:-1]]
        return [property_claim(networks, path, reading)], path.parent
    file = ClaimsFile(Path(first), reading)
    names = list(targets[1:]) or (list(file) if every else [])
    if not names:
        raise CertifyError(f"{first}: name a claim of this file")
    return [file.claim(name) for name in names], Path(first).parent
