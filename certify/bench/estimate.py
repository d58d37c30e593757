"""Mean squared errors of pairs of networks by sampling, beside naive torch.

Naive torch draws ±1 inputs with ``randint``, runs both networks in float32 and averages the
squared difference, in batches; the same two cores. Networks have 48 inputs, two hidden layers
of the width given and one output: with small integer weights, for which our forward pass is
proven exact, and with weights of a trained network's kind, for which its rounding is bounded.
"""

from __future__ import annotations

import random
import time
from fractions import Fraction
from itertools import pairwise

from ..kernel.network import Network, affine_layer, sparse
from . import Row, child

WIDTHS = (32, 64, 128, 256)
INPUTS, SAMPLES = 48, 1 << 20
BATCHES = (4096, 65536)


def network(width: int, whole: bool, seed: int) -> Network:
    """INPUTS → width → width → 1 with weights in {−2, …, 2}, or float32 ones."""
    rng = random.Random(seed)
    widths = (INPUTS, width, width, 1)
    layers = []
    for depth, (columns, rows) in enumerate(pairwise(widths)):

        def weight(columns: int = columns) -> Fraction:
            if whole:
                return Fraction(rng.randint(-2, 2))
            return Fraction(round(rng.gauss(0, columns**-0.5) * 2**24), 2**24)

        matrix = [sparse([weight() for _ in range(columns)]) for _ in range(rows)]
        layers.append(affine_layer(columns, matrix, [weight() for _ in range(rows)], depth < 2))
    return Network(INPUTS, tuple(layers))


def ours(width: int, whole: bool) -> Row:
    """``certify.estimate`` on SAMPLES samples, compilation included."""
    from .. import api
    from ..claims.build import cube, mse, uniform

    left, right = (network(width, whole, seed) for seed in (1, 2))
    claim = mse(left, right, uniform(cube(INPUTS)), "<", 1)
    api.estimate(claim, samples=1024, precision="float32")
    start, used = time.perf_counter(), time.process_time()
    found = api.estimate(claim, samples=SAMPLES, precision="float32", seed=1)
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "answer": f"{float(found.estimate):.6g}",
        "ns_per_sample": seconds / SAMPLES * 1e9,
        "cpu_ns": (time.process_time() - used) / SAMPLES * 1e9,
        "exact": str(found.exact),
    }


def naive(width: int, whole: bool, batch: int) -> Row:
    """The mean of the squared difference in float32, as one writes it down."""
    import torch

    from ..networks.torch_write import to_torch

    f, g = (to_torch(network(width, whole, seed), torch.float32) for seed in (1, 2))
    torch.manual_seed(0)

    def run(samples: int) -> float:
        total = 0.0
        with torch.no_grad():
            for _ in range(samples // batch):
                x = torch.randint(0, 2, (batch, INPUTS), dtype=torch.float32) * 2 - 1
                total += float(((f(x) - g(x)) ** 2).mean())
        return total / (samples // batch)

    run(batch)
    start, used = time.perf_counter(), time.process_time()
    answer = run(SAMPLES)
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "answer": f"{answer:.6g}",
        "ns_per_sample": seconds / SAMPLES * 1e9,
        "cpu_ns": (time.process_time() - used) / SAMPLES * 1e9,
    }


def rows(limit: float) -> list[Row]:
    """Ours and naive torch for every width and kind of weights."""
    found = []
    for whole in (True, False):
        for width in WIDTHS:
            case = f"{'integer' if whole else 'trained'} weights, width {width}"
            found.append(child(case, "certify", ours, width, whole, imports=["torch"], limit=limit))
            for batch in BATCHES:
                tool = f"naive torch, batches of {batch}"
                found.append(
                    child(case, tool, naive, width, whole, batch, imports=["torch"], limit=limit)
                )
    return found
