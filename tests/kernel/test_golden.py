"""The kernel on golden certificates: accepted, rejected for the reason named, declined."""

from __future__ import annotations

import ast
import copy
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
import golden_cases as golden

from certify.kernel.certificate import Certificate
from certify.kernel.check import check
from certify.kernel.verdict import Accepted, Declined, Rejected

KERNEL = Path(golden.__file__).parents[1] / "certify" / "kernel"
ALL = [path for folder in ("accept", "reject", "decline") for path in golden.files(folder)]


@pytest.mark.parametrize("path", ALL, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_outcome(path: Path) -> None:
    """Exactly the outcome that the file names, not merely some rejection."""
    case = golden.read(path)
    assert golden.outcome(case) == case.outcome


@pytest.mark.parametrize("path", ALL, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_canonical_claims_read_back(path: Path) -> None:
    """A canonical claim says everything: reading it gives the same claim."""
    case = golden.read(path)
    assert json.loads(case.claim.canonical) == json.loads(path.read_text())["claim"]


def test_every_side_condition_has_a_rejected_case() -> None:
    """STYLE 8 and 9: with any one condition deleted, a golden file would be accepted."""
    covered = {golden.read(path).outcome for path in golden.files("reject")}
    named = set()
    for source in KERNEL.rglob("*.py"):
        text = source.read_text()
        named |= set(re.findall(r'Reject\(\s*"([a-z-]+\.[a-z-]+)"', text))
    missing = sorted(named - covered)
    assert not missing, f"no rejected case for {missing}"


def _positions(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every JSON value inside the value, with its path."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        if isinstance(item, dict | list):
            yield from _positions(item, (*path, key))
            yield (*path, key), item
        else:
            yield (*path, key), item


def _others(value: Any) -> list[Any]:
    """Values that differ from this one."""
    if isinstance(value, bool):
        return [not value, None]
    if isinstance(value, int):
        return [value + 1, value - 1, -value or 7, str(value), float(value), None]
    if isinstance(value, str):
        return [value + "0", "-" + value, value[:-1], "1/2", "", None, 0]
    if isinstance(value, list):
        return [value[:-1] if value else [0], value + value[:1], None, {}]
    return [{}, None, []]


@pytest.mark.parametrize("path", golden.files("accept"), ids=lambda path: path.stem)
def test_any_value_changed_is_rejected_or_still_proves_the_same(path: Path) -> None:
    """Changing one JSON value never turns the certificate into one of anything else."""
    case = golden.read(path)
    changed = accepted = 0
    for position, value in list(_positions(case.certificate.header)):
        for other in _others(value):
            if other == value and type(other) is type(value):
                continue
            header = copy.deepcopy(case.certificate.header)
            target: Any = header
            for key in position[:-1]:
                target = target[key]
            target[position[-1]] = other
            changed += 1
            result = check(case.claim, case.networks, Certificate(header))
            if isinstance(result, Accepted):
                accepted += 1
                assert (result.verdict, result.claim) == (case.outcome, case.claim.digest)
                assert position[0] == "body", f"{position} changed to {other!r}, still accepted"
    assert changed > 5 * len(case.certificate.header)


def test_no_certificate_serves_another_claim() -> None:
    """Each accepted certificate, offered for every other golden claim, is rejected."""
    cases = [golden.read(path) for path in golden.files("accept")]
    for case in cases:
        for other in cases:
            if other.claim.canonical != case.claim.canonical:
                result = check(other.claim, other.networks, case.certificate)
                assert not isinstance(result, Accepted)


Kernel = Callable[..., Accepted | Rejected | Declined]


def misjudged(kernel: Kernel) -> list[str]:
    """The golden files on which a kernel gives another outcome than the file names."""
    return [
        path.stem for path in ALL if golden.outcome(golden.read(path), kernel) != path_outcome(path)
    ]


def path_outcome(path: Path) -> str:
    """The outcome that a golden file names."""
    return str(json.loads(path.read_text())["outcome"])


def always_accept(claim: Any, networks: Any, certificate: Certificate, budget: Any) -> Accepted:
    """A kernel that believes."""
    return Accepted(certificate.verdict, claim.digest, certificate.rule)


def parse_only(
    claim: Any, networks: Any, certificate: Certificate, budget: Any
) -> Accepted | Rejected:
    """A kernel that reads the header and replays nothing."""
    keys = {"format", "claim", "networks", "verdict", "rule", "body"}
    if set(certificate.header) != keys or certificate.header["claim"] != claim.to_json():
        return Rejected("certificate.malformed", "/", "")
    return always_accept(claim, networks, certificate, budget)


def test_dummy_kernels_are_caught() -> None:
    """The kernel passes this suite; one that accepts everything, or all that parses, fails."""
    assert misjudged(check) == []
    assert len(misjudged(always_accept)) == len(golden.files("reject")) + len(
        golden.files("decline")
    )
    assert len(misjudged(parse_only)) > len(golden.files("reject")) * 3 // 4


RUN = """
import sys
sys.path[:0] = [{package!r}, {tests!r}]
import golden_cases as golden
wrong = [p for f in ("reject", "accept", "decline") for p in golden.files(f)
         if golden.safe_outcome(p) != golden.read(p).outcome]
sys.exit(3 if wrong else 0)
"""


@pytest.mark.slow
def test_a_kernel_without_any_one_side_condition_is_caught(tmp_path: Path) -> None:
    """Each `raise Reject` in turn becomes `pass`: some golden file must tell."""
    package = tmp_path / "certify"
    shutil.copytree(KERNEL.parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    script = RUN.format(package=str(tmp_path), tests=str(Path(golden.__file__).parent))
    survivors = []
    for source in sorted((package / "kernel").rglob("*.py")):
        text = source.read_text()
        raises = [
            node
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Raise)
            and "Reject(" in (ast.get_source_segment(text, node) or "")
        ]
        for node in raises:
            lines = text.splitlines(keepends=True)
            indent = " " * node.col_offset
            lines[node.lineno - 1 : node.end_lineno] = [f"{indent}pass\n"]
            source.write_text("".join(lines))
            result = subprocess.run([sys.executable, "-c", script], timeout=120, check=False)
            if result.returncode != 3:
                survivors.append(f"{source.name}:{node.lineno}")
        source.write_text(text)
    assert not survivors, " ".join(survivors)
