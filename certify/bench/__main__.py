"""Run the benchmarks, print one table each, and keep the figures as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from . import Row, estimate, gpu, networks, parity, product, smt, startup, tower
from .plot import plot

# name -> what it measures, and the function that measures it within a limit for each child
BENCHMARKS: dict[str, tuple[str, Callable[[float], list[Row]]]] = {
    "parity": ("the network with n + 2 gates computes the parity of n bits", parity.rows),
    "product": (
        "a product of delayed gadgets equals the plain product on all of R^n",
        product.rows,
    ),
    "tower": ("Theorem 1: member, separates and compression for one tower", tower.rows),
    "smt": ("claims that SMT solvers are used for, and a certificate of each", smt.rows),
    "startup": ("one small check from the shell", startup.rows),
    "estimate": ("mean squared error of two networks by sampling, on the CPU", estimate.rows),
    "networks": ("networks of the field, a selection", networks.rows),
    "networks-all": ("networks of the field, all, certify alone", networks.every),
    "gpu": ("estimates and enumerations on a GPU", gpu.rows),
}
BY_NAME = ("networks-all",)  # takes hours: runs only when it is named

OURS = "certify"  # rows whose tool starts with this are what the others are compared with
HIDDEN = ("over", "size", "before")  # "size" is for the plot, "over" is shown as a bound
VERSIONS = ("certify", "z3-solver", "cvc5", "maraboupy", "torch", "numpy", "python-flint")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the named benchmarks, or all; 0 when every one of them ran."""
    parser = argparse.ArgumentParser(prog="python -m certify.bench", description=__doc__)
    parser.add_argument(
        "name",
        nargs="*",
        help=f"among {', '.join(BENCHMARKS)}; by default all but {', '.join(BY_NAME)}",
    )
    parser.add_argument("--limit", type=float, default=120, help="seconds for each other tool")
    parser.add_argument("-o", "--output", type=Path, default=Path("build/bench.json"))
    options = parser.parse_args(arguments)
    unknown = [name for name in options.name if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark is named {unknown[0]!r}")
    console = Console()
    if not console.is_terminal:
        console.width = 160
    options.output.parent.mkdir(parents=True, exist_ok=True)
    report: dict[str, object] = {"machine": machine(), "limit": options.limit}
    for name in options.name or [name for name in BENCHMARKS if name not in BY_NAME]:
        title, measure = BENCHMARKS[name]
        rows = with_ratios(measure(options.limit))
        console.print(table(f"{name}: {title}", rows))
        report[name] = {"title": title, "rows": rows}
        if any("size" in row for row in rows):
            drawing = options.output.with_name(f"{options.output.stem}-{name}.svg")
            drawing.write_text(plot(title, rows), encoding="utf-8")
    options.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    console.print(f"kept in {options.output}")
    return 0


def machine() -> dict[str, object]:
    """What the figures depend on."""
    versions = {}
    for name in VERSIONS:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return {
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": versions,
    }


def with_ratios(rows: Sequence[Row]) -> list[Row]:
    """The rows, each other tool's with ``ratio``: its seconds over our fastest on that case.

    Without an answer it is the least that the ratio can be.
    """
    ours: dict[object, float] = {}
    for row in rows:
        if row["tool"].startswith(OURS) and row["seconds"] is not None:
            ours[row["case"]] = min(row["seconds"], ours.get(row["case"], row["seconds"]))
    result = []
    for row in rows:
        spent = row["seconds"] or row.get("over")
        if row["case"] in ours and spent and not row["tool"].startswith(OURS):
            row = {**row, "ratio": spent / ours[row["case"]]}
        result.append(row)
    return result


def table(title: str, rows: Sequence[Row]) -> Table:
    """One line for each row, one column for each key that some row has."""
    columns = list(dict.fromkeys(key for row in rows for key in row if key not in HIDDEN))
    result = Table(title=title, title_justify="left", box=box.SIMPLE)
    for column in columns:
        numbers = any(isinstance(row.get(column), int | float) for row in rows)
        result.add_column(
            column.replace("_", " "), justify="right" if numbers else "left", no_wrap=True
        )
    for row in rows:
        result.add_row(*(shown(row, column) for column in columns))
    return result


def shown(row: Row, column: str) -> str:
    """The cell: figures with three significant digits, a bound where there is no answer."""
    bound = "> " if "over" in row and column in ("seconds", "ratio") else ""
    value = row["over"] if bound and column == "seconds" else row.get(column)
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{bound}{value:,.0f}" if value >= 1000 else f"{bound}{value:.3g}"
    return str(value)


if __name__ == "__main__":
    sys.exit(main())
