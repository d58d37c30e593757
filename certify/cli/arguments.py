"""What several commands take: the budget, --json, --declare-fun, and the claims named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from ..claims.toml import ClaimsFile, NamedClaim
from ..errors import CertifyError
from ..kernel.verdict import Budget

NETWORKS = (".onnx", ".json", ".nnet")
PROPERTIES = (".vnnlib", ".vnnlib.gz")

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


def legacy(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option --declare-fun."""
    text = "in VNN-LIB, take (declare-fun X_0 () Real) for (declare-const X_0 Real)"
    return click.option("--declare-fun", is_flag=True, help=text)(command)


def budget_of(options: dict[str, Any]) -> Budget:
    """Take the budget out of a command's options."""
    names = ("max_points", "max_bits", "max_bytes")
    values = [options.pop(name) for name in names]
    if any(value < 1 for value in values):
        raise CertifyError("a budget must be positive")
    return Budget(*values)


def goals(
    targets: Sequence[str], every: bool = False, declare_fun: bool = False
) -> tuple[list[NamedClaim], Path]:
    """The claims that the arguments name, and the folder where they stand."""
    if not targets:
        raise CertifyError("name a claims file, or a network and a property")
    first = targets[0]
    if first.removesuffix(".gz").endswith(NETWORKS):
        from ..claims.vnnlib import property_claim

        if len(targets) < 2 or not targets[-1].endswith(PROPERTIES):
            raise CertifyError(f"{first}: a network needs a property: NETWORK.onnx PROPERTY.vnnlib")
        path = Path(targets[-1])
        networks = [Path(t) for t in targets[:-1]]
        return [property_claim(networks, path, declare_fun=declare_fun)], path.parent
    file = ClaimsFile(Path(first))
    names = list(targets[1:]) or (list(file) if every else [])
    if not names:
        raise CertifyError(f"{first}: name a claim of this file")
    return [file.claim(name) for name in names], Path(first).parent
