"""Mean squared errors of pairs of networks by sampling, beside naive torch.

Naive torch draws ±1 inputs with ``randint``, runs both networks in float32 and averages the
squared difference, in batches; the same cores or the same GPU. Networks have 48 inputs, two
hidden layers of the width given and one output: with small integer weights, for which our forward
pass is proven exact, and with weights of a trained network's kind, for which its rounding is
bounded. The limit is the time of the multiplications alone, all of them as torch writes them
down, at the best rate of torch's own matrix product at this width.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise, product
from typing import TYPE_CHECKING

from ..kernel.data.network import Network, affine_layer, sparse
from . import Row, child

if TYPE_CHECKING:
    import torch

WIDTHS = (32, 64, 128, 256)
INPUTS, SAMPLES, ROUNDS = 48, 1 << 17, 6
STATED = 65_536  # naive torch's batch, beside its best
BATCHES = {"cpu": (1024, 4096, 16_384), "cuda": (65_536, 1 << 18, 1 << 20)}


def network(
    width: int, whole: bool, seed: int, share: float = 1.0, inputs: int = INPUTS
) -> Network:
    """inputs → width → width → 1 with weights in {−2, …, 2}, or float32 ones.

    ``share`` of the entries are drawn and the rest are 0, which a dense product multiplies too.
    """
    rng = random.Random(seed)
    widths = (inputs, width, width, 1)
    layers = []
    for depth, (columns, rows) in enumerate(pairwise(widths)):

        def weight(columns: int = columns) -> Fraction:
            if whole:
                return Fraction(rng.randint(-2, 2))
            return Fraction(round(rng.gauss(0, (share * columns) ** -0.5) * 2**24), 2**24)

        def row(columns: int = columns) -> list[Fraction]:
            if share == 1:
                return [weight() for _ in range(columns)]
            found = [Fraction(0)] * columns
            for c in rng.sample(range(columns), max(1, round(share * columns))):
                found[c] = weight()
            return found

        matrix = [sparse(row()) for _ in range(rows)]
        layers.append(affine_layer(columns, matrix, [weight() for _ in range(rows)], depth < 2))
    return Network(inputs, tuple(layers))


def products(width: int) -> int:
    """Multiplications of one sample, in both networks."""
    return 2 * (INPUTS * width + width * width + width)


def measured(
    width: int,
    whole: bool,
    device: str = "cpu",
    cores: int = 1,
    samples: int = SAMPLES,
    rounds: int = ROUNDS,
    share: float = 1.0,
) -> Row:
    """``rows``: ours, naive torch at the stated and at its best batch, and the limit.

    They take turns for some rounds, and each shows its least time: what else the machine does
    then weighs on all alike. Ours is without its compilation, which has a column of its own.
    """
    import torch

    from .. import api
    from ..claims.build import cube, mse, uniform

    torch.set_num_threads(cores)
    networks = [network(width, whole, seed, share) for seed in (1, 2)]
    claim = mse(networks[0], networks[1], uniform(cube(INPUTS)), "<", 1)
    start = time.process_time()
    first = api.estimate(claim, samples=1024, precision="float32", device=device, timeout=0)
    compiled = time.process_time() - start
    naive = Naive(networks, device)
    trial = min(samples, 1 << 17 if device == "cpu" else 1 << 20)
    batches = BATCHES["cpu" if device == "cpu" else "cuda"]
    best = min(batches, key=lambda batch: timed(lambda: naive.run(trial, batch), device)[0])
    sums: list[str] = []

    def ours() -> None:
        found = api.estimate(claim, samples, precision="float32", device=device, seed=1, timeout=0)
        sums.append(f"{float(found.estimate):.6g}")

    # a short type multiplies faster, where exactness is proven and the device has it
    kinds = ("float16", "float32") if first.exact and device != "cpu" else ("float32",)
    rate = [multiply(width, kind, device) for kind in kinds]
    tools: dict[str, tuple[int, Callable[[], object]]] = {
        "certify": (samples, ours),
        f"naive torch, batches of {STATED}": (samples, lambda: naive.run(samples, STATED)),
        f"naive torch, its best batches, {best}": (samples, lambda: naive.run(samples, best)),
    }
    for kind, (count, run) in zip(kinds, rate, strict=True):
        tools[f"limit: all products in {kind}"] = (count, run)
    spent: dict[str, list[tuple[float, float]]] = {tool: [] for tool in tools}
    for _ in range(rounds):
        for tool, (_, run) in tools.items():
            spent[tool].append(timed(run, device))
    rows: list[Row] = []
    for tool, (count, _) in tools.items():
        wall, used = (min(times) for times in zip(*spent[tool], strict=True))
        scale = products(width) / count if tool.startswith("limit") else 1 / count
        rows.append(
            {"tool": tool, "seconds": wall * scale * samples, "ns_per_sample": wall * scale * 1e9}
        )
        rows[-1]["cpu_ns"] = used * scale * 1e9
    base = rows[0]["cpu_ns"]
    rows = [rows[0], *({**row, "cpu_ratio": row["cpu_ns"] / base} for row in rows[1:])]
    rows[0] |= {"answer": sums[-1], "exact": str(first.exact), "compile_s": compiled}
    rows[1]["answer"] = f"{naive.run(trial, STATED):.6g}"
    return {"rows": rows}


class Naive:
    """The mean of the squared difference in float32, as one writes it down."""

    def __init__(self, networks: list[Network], device: str) -> None:
        import torch

        from ..networks.torch.write import to_torch

        self.device = torch.device(device)
        self.f, self.g = (to_torch(n, torch.float32).to(self.device) for n in networks)

    def run(self, samples: int, batch: int) -> float:
        """The mean over so many samples, a batch at a time."""
        import torch

        batch = min(batch, samples)
        total, device = 0.0, self.device
        with torch.no_grad():
            for _ in range(samples // batch):
                x = torch.randint(0, 2, (batch, INPUTS), dtype=torch.float32, device=device)
                x = x * 2 - 1
                total += float(((self.f(x) - self.g(x)) ** 2).mean())
        return total / (samples // batch)


def multiply(width: int, kind: str, device: str) -> tuple[int, Callable[[], object]]:
    """Multiplications of torch's best matrix product at this width, and a function that runs it."""
    import torch

    dtype = getattr(torch, kind)
    matrix = torch.rand((width, width), device=device).to(dtype)

    def repeated(rows: int) -> tuple[int, Callable[[], object]]:
        times = max(1, (1 << (31 if device == "cpu" else 40)) // (rows * width * width))
        x = torch.rand((rows, width), device=device).to(dtype)
        out = torch.empty_like(x)

        def run() -> torch.Tensor:
            for _ in range(times):
                torch.mm(x, matrix, out=out)
            return out

        return times * rows * width * width, run

    found = [repeated(rows) for rows in ((512, 4096) if device == "cpu" else (8192, 65_536))]
    return min(found, key=lambda pair: timed(pair[1], device)[0] / pair[0])


def timed(run: Callable[[], object], device: str) -> tuple[float, float]:
    """Seconds by the clock and of processor time, until the device is done."""
    import torch

    start, used = time.perf_counter(), time.process_time()
    run()
    if device != "cpu":
        torch.cuda.synchronize()
    return time.perf_counter() - start, time.process_time() - used


def spread(row: Row) -> list[Row]:
    """The rows that a child measured together; its own where it failed."""
    if "rows" not in row:
        return [row]
    return [{"case": row["case"], **part} for part in row["rows"]]


def rows(limit: float) -> list[Row]:
    """Ours, naive torch and the limit for every width and kind of weights, on one and two cores."""
    found = []
    for cores, whole, width in product((1, 2), (True, False), WIDTHS):
        case = f"{'integer' if whole else 'trained'}, width {width}, {cores} core{'s'[: cores - 1]}"
        work = (width, whole, "cpu", cores)
        found += spread(child(case, "certify", measured, *work, imports=["torch"], limit=limit))
    return found
