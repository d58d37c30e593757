"""The arrows between the parts of the package, and what the kernel may contain.

Read from the syntax trees, so that an import inside a function counts as well.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "certify"
KERNEL = PACKAGE / "kernel"
FILES = sorted(PACKAGE.rglob("*.py"))
KERNEL_FILES = sorted(KERNEL.rglob("*.py"))

# part -> the parts that it may import, besides itself
ARROWS: dict[str, set[str]] = {
    "kernel": set(),
    "errors": {"kernel"},
    "networks": {"errors", "kernel"},
    "claims": {"errors", "kernel", "networks"},
    "encode": {"errors", "kernel"},
    "tensors": {"errors", "kernel"},
    "prove": {"encode", "errors", "kernel", "networks", "tensors"},
    "estimate": {"errors", "kernel", "prove", "tensors"},
    "api": {"claims", "encode", "errors", "estimate", "explain", "kernel", "networks", "prove"},
    "explain": {"kernel"},
    "reference": {"kernel"},
    "show": {"claims", "errors", "explain", "kernel", "networks", "prove"},
    "paper": {"api", "claims", "errors", "kernel", "networks", "prove"},
    "cli": {
        "api",
        "claims",
        "encode",
        "errors",
        "estimate",
        "kernel",
        "networks",
        "paper",
        "prove",
        "reference",
        "show",
    },
    # the package's own __init__: the public names
    "certify": {
        "api",
        "claims",
        "encode",
        "errors",
        "estimate",
        "kernel",
        "networks",
        "paper",
        "prove",
    },
    "__main__": {"cli"},
}
# the gallery and the benchmarks stand beside the command line: users of the whole package
EVERYTHING = {"bench", "gallery"}

# what the kernel has no business with: it neither searches, nor talks, nor loads code
BANNED = {
    "ctypes", "decimal", "importlib", "marshal", "multiprocessing", "pickle", "random",
    "runpy", "socket", "statistics", "subprocess", "threading", "urllib",
}  # fmt: skip
EXACT_MAY_IMPORT = {"flint", "numpy"}
FLOAT_FREE_MATH = {"comb", "factorial", "gcd", "isqrt", "lcm", "perm", "prod"}


def part_of(path: Path) -> str:
    """The part of the package that a file belongs to."""
    inside = path.relative_to(PACKAGE).with_suffix("")
    name = inside.parts[0]
    return "certify" if name == "__init__" else name


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    """(absolute dotted name, line, inside a function) of each import."""
    package = list(path.relative_to(ROOT).parent.parts)
    module = tree(path)
    lazy = {
        id(node)
        for function in ast.walk(module)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, id(node) in lazy
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            for alias in node.names:
                name = ".".join([*start, *([node.module] if node.module else []), alias.name])
                yield name, node.lineno, id(node) in lazy


def place(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def test_every_part_is_known() -> None:
    assert {part_of(path) for path in FILES} <= set(ARROWS) | EVERYTHING
    assert KERNEL_FILES


def test_relative_imports_are_resolved() -> None:
    assert ("certify.cli.main", False) in [
        (name, lazy) for name, _, lazy in imports(PACKAGE / "__main__.py")
    ]
    assert ("numpy", True) in [
        (name, lazy) for name, _, lazy in imports(KERNEL / "data" / "exact.py")
    ]


def test_arrows_have_no_cycle() -> None:
    done: set[str] = set()
    while len(done) < len(ARROWS):
        ready = {part for part, below in ARROWS.items() if part not in done and below <= done}
        assert ready, f"a cycle among {sorted(set(ARROWS) - done)}"
        done |= ready


@pytest.mark.parametrize("part", sorted(ARROWS))
def test_arrows(part: str) -> None:
    wrong = []
    for path in FILES:
        if part_of(path) != part:
            continue
        for name, line, _ in imports(path):
            words = name.split(".")
            if words[0] != "certify" or len(words) == 1:
                continue
            # a name of the package's own __init__ counts as the part "certify"
            known = words[1] in ARROWS or words[1] in EVERYTHING
            target = words[1] if known else "certify"
            if target != part and target not in ARROWS[part]:
                wrong.append(f"{place(path, line)} imports {name}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", KERNEL_FILES, ids=lambda p: str(p.relative_to(KERNEL)))
def test_kernel_imports_only_the_standard_library(path: Path) -> None:
    wrong = []
    for name, line, lazy in imports(path):
        top = name.split(".")[0]
        if top == "certify" or (top in sys.stdlib_module_names and top not in BANNED):
            continue
        if path == KERNEL / "data" / "exact.py" and top in EXACT_MAY_IMPORT and lazy:
            continue
        if path == KERNEL / "rules" / "__init__.py" and top == "importlib":
            continue  # a rule's module is named by the table of that file, nowhere else
        wrong.append(f"{place(path, line)} imports {name}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", KERNEL_FILES, ids=lambda p: str(p.relative_to(KERNEL)))
def test_kernel_has_no_float(path: Path) -> None:
    wrong = [f"{place(path, line)} {what}" for line, what in floats(tree(path))]
    assert not wrong, "\n".join(wrong)


def floats(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Every expression that makes a float: literals, ``float(…)``, ``math.sqrt``, float dtypes."""
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield node.lineno, repr(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in {"float", "complex"}:
                yield node.lineno, f"{node.func.id}(…)"
        elif isinstance(node, ast.Attribute):
            of_math = isinstance(node.value, ast.Name) and node.value.id == "math"
            if of_math and node.attr not in FLOAT_FREE_MATH:
                yield node.lineno, f"math.{node.attr}"
            elif node.attr.startswith(("float", "double", "complex", "from_float")):
                yield node.lineno, f".{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module == "math":
            for alias in node.names:
                if alias.name not in FLOAT_FREE_MATH:
                    yield node.lineno, f"math.{alias.name}"


@pytest.mark.parametrize(
    "text",
    ["x = 0.5", "x = float(y)", "x = 1e3", "x = 2j", "import math\nx = math.sqrt(2)",
     "from math import log2", "x = np.zeros(3, dtype=np.float64)", "Fraction.from_float(x)"],
)  # fmt: skip
def test_a_float_is_noticed(text: str) -> None:
    assert list(floats(ast.parse(text)))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_nothing_depends_on_debug_mode(path: Path) -> None:
    """``python -O`` drops assertions, so none may decide anything; nor is code made from text."""
    wrong = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Assert) or (isinstance(node, ast.Name) and node.id == "__debug__"):
            wrong.append(f"{place(path, node.lineno)} assert or __debug__")
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"eval", "exec", "__import__"}
        ):
            wrong.append(f"{place(path, node.lineno)} {node.func.id}(…)")
    assert not wrong, "\n".join(wrong)


def test_only_certify_holds_importable_python() -> None:
    """A package beside certify/, such as encodings/, could shadow the standard library's."""
    beside = [path for path in ROOT.iterdir() if path.is_dir() and path != PACKAGE]
    assert not [path for path in beside if (path / "__init__.py").exists()]
    assert not list(ROOT.glob("*.py"))
