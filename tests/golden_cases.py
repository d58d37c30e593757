"""The golden certificates as cases: a claim, its networks, a certificate, an outcome."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from certify.kernel.certificate import Certificate
from certify.kernel.check import check
from certify.kernel.data.decode import Node, Scope, read_network
from certify.kernel.data.network import Network
from certify.kernel.data.numbers import parse_number
from certify.kernel.language import kinds
from certify.kernel.language.claim import Claim
from certify.kernel.verdict import Accepted, Budget, Rejected

GOLDEN = Path(__file__).parent / "golden"


@dataclass(frozen=True)
class Case:
    """One file under tests/golden."""

    outcome: str
    claim: Claim
    networks: dict[str, Network]
    certificate: Certificate
    budget: Budget


def files(folder: str) -> list[Path]:
    """The golden files of a folder."""
    found = sorted((GOLDEN / folder).glob("*.json"))
    if not found:
        raise FileNotFoundError(GOLDEN / folder)
    return found


def read(path: Path) -> Case:
    """The case in a golden file."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    networks = {name: read_network(Node(value)) for name, value in data["networks"].items()}
    claim = kinds.read(Node(data["claim"], "", Scope(parse_number, networks)))
    lines = data.get("lines")
    for name in data.get("withheld", ()):
        del networks[name]
    budget = Budget(**data.get("budget", {}))
    return Case(data["outcome"], claim, networks, Certificate(data["certificate"], lines), budget)


def outcome(case: Case, kernel: Callable[..., Any] = check) -> str:
    """The kernel's answer as golden files write it: a verdict, a reason or a budget."""
    result = kernel(case.claim, case.networks, case.certificate, case.budget)
    if isinstance(result, Accepted):
        return str(result.verdict)
    return str(result.rule if isinstance(result, Rejected) else result.budget)


def safe_outcome(path: Path) -> str:
    """As outcome; where the kernel raises, the name of the exception."""
    try:
        return outcome(read(path))
    except Exception as error:
        return type(error).__name__
