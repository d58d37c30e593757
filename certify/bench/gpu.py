"""What a GPU adds to estimates and enumerations: the same numbers, faster, and by how much.

``python -m certify.bench gpu --limit 60`` gives each part a minute on a machine that has one;
elsewhere one row says that there is none. Its parts, each in a process of its own:

- sums over samples on the GPU for several batches and shards beside those on the CPU, which are
  equal to the bit where the forward pass is proven exact, and else within their rounding bounds;
- the short types, each beside the same sums in plain ones;
- times beside naive torch on the same GPU, and the limit: the products alone, at torch's rate;
- all points of a pair of networks with 32 bits, enumerated.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

from . import Row, child
from .estimate import INPUTS, measured, network, products, spread, timed

if TYPE_CHECKING:
    from ..estimate.accumulate import Job, Machine, Tally
    from ..kernel.language.claim import Average

WIDTHS = (32, 64, 128, 256, 1024, 2048, 4096)
DRAWN = 1 << 18  # weights of a matrix; a larger one has 0 elsewhere, which takes as long
WORK = 1 << 41  # products in one run of naive torch
BITS = 32


def rows(limit: float) -> list[Row]:
    """All parts on the first GPU, each with this limit, or one row that says that there is none."""
    present = child("GPU", "torch", name_of_gpu, imports=["torch"], limit=limit, memory=None)
    if present.pop("absent", True):
        return [present]
    device, found = "cuda:0", [present]
    parts: list[tuple[str, Callable[..., object], tuple[object, ...]]] = [
        ("sums", same_sums, (device,)),
        ("short types", short_types, (device,)),
        (f"all points of {BITS} bits, width 32", enumeration, (BITS, limit)),
    ]
    for whole, width in product((True, False), WIDTHS):
        samples = max(1 << 16, min(1 << 24, WORK // products(width)))
        share = min(1.0, DRAWN / width**2)
        case = f"{'integer' if whole else 'trained'}, width {width}"
        parts.append((case, measured, (width, whole, device, 1, samples, 2, share)))
    for case, function, arguments in parts:
        row = child(
            case, "certify", function, *arguments, imports=["torch"], limit=limit, memory=None
        )
        found += spread(row)
    return found


def name_of_gpu() -> Row:
    """``answer``: what torch calls the first GPU, or that it finds none (then also ``absent``)."""
    import torch

    if not torch.cuda.is_available():
        return {"answer": "no CUDA device: torch finds none", "absent": True}
    count = torch.cuda.device_count()
    return {"answer": f"{count} × {torch.cuda.get_device_name(0)}", "absent": False}


def average(width: int, whole: bool, share: float = 1.0, inputs: int = INPUTS) -> Average:
    """The mean squared error of the benchmark's two networks of this width."""
    from ..claims.build import cube, mse, uniform
    from ..estimate.run import average_of

    pair = [network(width, whole, seed, share, inputs) for seed in (1, 2)]
    return average_of(mse(pair[0], pair[1], uniform(cube(inputs)), "<", 1))[0]


def cases(widths: Sequence[int]) -> Iterator[tuple[str, Average]]:
    """Claims whose samples read bits, other choices, signs of shifts and continuous inputs."""
    from ..claims import build
    from ..estimate.run import average_of

    for width, whole in product(widths, (True, False)):
        yield f"{'integer' if whole else 'trained'}, width {width}", average(width, whole)
    signs = build.perturb(build.cube(12), [1] + [0] * 11, "1/7", build.parity([1, 2]))
    laws = {
        "perturbed": build.uniform(signs),
        "grid": build.uniform(build.grid([[0, 1, 2], [1, -1], [3, 5, 7, 9, 11]])),
        "box": build.uniform(build.box([0, -1], [1, "5/2"])),
        "normal": build.gaussian([0, 1], [1, "1/2"]),
    }
    for name, law in laws.items():
        yield name, average_of(build.mse(build.project([0]), build.constant([1]), law, "<", 1))[0]


def job_of(claim: Average, device: str, precision: str = "float32", types: str = "auto") -> Job:
    """The claim's job with seed 0."""
    from ..estimate.accumulate import Job
    from ..estimate.philox import key_of

    key = key_of(claim.digest, 0)
    return Job(claim, claim.digest, key, precision, device, None, types)


def sums(machine: Machine, samples: int, shards: int = 1) -> Tally:
    """The sums over all samples, added over shards."""
    from ..estimate.accumulate import Tally
    from ..estimate.plan import ranges

    return sum((machine.run(*part) for part in ranges(samples, shards)), Tally())


def ends(machine: Machine, tally: Tally) -> tuple[Fraction, Fraction]:
    """The sums of the payoffs' lower and upper ends: a machine counts in a unit of its own."""
    base, unit = tally.count * machine.payoffs.lower, machine.payoffs.unit
    return (base + tally.low) * unit, (base + tally.high) * unit


def overlap(one: tuple[Fraction, Fraction], two: tuple[Fraction, Fraction]) -> bool:
    """Have two intervals a point in common?"""
    return one[0] <= two[1] and two[0] <= one[1]


def same_sums(device: str, samples: int = 200_000, widths: Sequence[int] = (64, 256)) -> Row:
    """``rows``: for each case what the device's sums are to the CPU's."""
    from ..estimate.accumulate import machine

    found: list[Row] = []
    for name, claim in cases(widths):
        start = time.perf_counter()
        here = machine(job_of(claim, "cpu", types="plain"))
        wanted, bad = sums(here, samples), []
        for batch, shards in product((1000, 65_536), (1, 8)):
            there = machine(replace(job_of(claim, device), batch=batch))
            other = sums(there, samples, shards)
            apart = not overlap(ends(here, wanted), ends(there, other))
            if apart or (here.payoffs.exact and other != wanted):
                bad.append(f"{batch}/{shards}")
        good = "the same to the bit" if here.payoffs.exact else "within the rounding bounds"
        answer = f"NOT {good} (batch/shards): {', '.join(bad)}" if bad else good
        if there.fused:
            answer += ", by the fused kernel"
        seconds = time.perf_counter() - start
        found.append({"case": name, "tool": "sums", "seconds": seconds, "answer": answer})
    return {"rows": found}


def short_types(device: str, samples: int = 1 << 20) -> Row:
    """``rows``: the sums in each short type, beside those in plain ones."""
    from ..estimate.accumulate import machine
    from ..tensors.enclosure import Inexact
    from ..tensors.low_precision import SHORT

    claim = average(256, True, share=1 / 64)  # numbers so small that bfloat16 holds them
    plain = machine(job_of(claim, device, types="plain"))
    wanted = sums(plain, samples)
    found: list[Row] = []
    for name in ("plain", *SHORT):
        row: Row = {"tool": f"sums in {name}", "seconds": None}
        found.append(row)
        try:
            short = plain if name == "plain" else machine(job_of(claim, device, name))
        except Inexact as error:
            row["answer"] = str(error)
            continue
        row["answer"] = "the same to the bit" if sums(short, samples) == wanted else "DIFFERENT"
        row["seconds"] = timed(lambda m=short: sums(m, samples), device)[0]  # type: ignore[misc]
    return {"rows": found}


def enumeration(bits: int, limit: float) -> Row:
    """The exact mean over all points, on a GPU where there is one."""
    from ..prove.answers import Options
    from ..prove.outside import Walk, mean

    claim = average(32, True, inputs=bits)
    start = time.perf_counter()
    value = mean(claim, Walk(claim.law.factored(), Options(limit)))
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "answer": str(value), "ns_per_sample": seconds / 2**bits * 1e9}
