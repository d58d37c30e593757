"""The command that speaks of averages: estimate, below what the exact ways say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .. import api
from ..errors import CertifyError
from ..networks.reading import Reading
from .arguments import budget_of, budgeted, goals, reads
from .terminal import interval_bar, print_json


@click.command()
@click.argument("targets", nargs=-1, required=True, metavar="CLAIMS.toml NAME...")
@click.option("--samples", type=int, help="samples, at most  [default: 2^20]")
@click.option("--confidence", default="0.95", show_default=True, help="of the interval")
@click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda")
@click.option("--seed", default=0, show_default=True, help="of the samples")
@click.option("--sequential", is_flag=True, help="stop as soon as the claim is decided")
@click.option(
    "--precision",
    default="auto",
    show_default=True,
    help="auto, float32 or float64; float16, bfloat16 or int8 where exact",
)
@click.option("--workers", type=int, help="threads  [default: one for each core or GPU]")
@click.option("--timeout", default=10.0, show_default=True, help="seconds for the exact ways")
@click.option("--plot", type=click.Path(path_type=Path), help="SVG file of the interval")
@reads
@budgeted
def estimate(
    targets: tuple[str, ...],
    timeout: float,
    plot: Path | None,
    reading: Reading,
    as_json: bool,
    **options: Any,
) -> int:
    """Estimate a mean: an interval with a confidence, never a proof.

    What the exact ways say is printed above it: fold, enumerate in the kernel, enumerate
    outside of it.
    """
    budget = budget_of(options)
    claims, _ = goals(targets, reading, every=True)
    if plot is not None and len(claims) != 1:
        raise CertifyError("--plot draws one claim: name it")
    for goal in claims:
        with interval_bar(goal.name, options["samples"]) as progress:
            result = api.estimate(goal, progress=progress, **options)
        ways = api.exact_ways(goal, timeout, budget)
        if as_json:
            ladder = [str(way) for way in ways]
            print_json({"name": goal.name, **result.to_json(), "ladder": ladder})
        else:
            for way in ways:
                print(f"{goal.name}: {way}")
            print(f"{goal.name}: {result}")
            print(f"  by {result.method} from {result.samples:,} samples, seed {result.seed}")
            if result.rounding:
                print(f"  the forward pass is rounded: at most {float(result.rounding):.3g} of it")
            for note in result.notes:
                print(f"  {note}")
        if plot is not None:
            from ..estimate.plot import write

            write(result.history, result.bound, f"{goal.name}: {result}", plot)
    return 0
