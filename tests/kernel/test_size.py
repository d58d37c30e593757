"""How much has to be believed: it may shrink, and grows by a decision alone.

Lines are counted as they stand, docstrings included. Who needs more writes the new number here,
and says in the commit why nothing smaller does.
"""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "certify"
KERNEL = PACKAGE / "kernel"
LINES = 9572  # of certify/kernel
LONGEST = 77  # lines of its longest function
NAMES = 179  # of its names that are imported from outside


def test_lines() -> None:
    found = sum(len(p.read_text(encoding="utf-8").splitlines()) for p in KERNEL.rglob("*.py"))
    assert found <= LINES


def functions(path: Path) -> list[int]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = [node for node in ast.walk(tree) if isinstance(node, kinds)]
    return [(node.end_lineno or node.lineno) - node.lineno + 1 for node in found]


def test_the_longest_function() -> None:
    assert max(length for path in KERNEL.rglob("*.py") for length in functions(path)) <= LONGEST


def test_names_that_leave_the_kernel() -> None:
    found = set()
    for path in PACKAGE.rglob("*.py"):
        if path.is_relative_to(KERNEL):
            continue
        package = list(path.relative_to(ROOT).parent.parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                start = package[: len(package) - node.level + 1] if node.level else []
                module = ".".join([*start, *([node.module] if node.module else [])])
                if module.startswith("certify.kernel"):
                    found |= {f"{module}.{alias.name}" for alias in node.names}
    assert len(found) <= NAMES
