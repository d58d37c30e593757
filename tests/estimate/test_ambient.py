"""Switches that a caller has set change no number, and are as they were afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from fractions import Fraction
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest
import torch

import certify
from certify.estimate.accumulate import compile_job
from certify.estimate.run import Estimate, estimate
from certify.kernel.data.network import Network, affine_layer, sparse
from certify.prove import outside
from certify.prove.answers import Options
from certify.tensors.ambient import neutral
from certify.tensors.low_precision import adds_exactly

MATMUL = torch.backends.cuda.matmul


class Here(Executor):
    """An executor that runs everything in the caller's thread, at once."""

    def submit(self, function: Any, /, *arguments: Any, **options: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments, **options))
        except BaseException as error:
            future.set_exception(error)
        return future


@contextmanager
def switched(set_it: Callable[[Any], object], value: object, before: object) -> Iterator[None]:
    set_it(value)
    try:
        yield
    finally:
        set_it(before)


def attribute(owner: object, name: str, value: object) -> AbstractContextManager[None]:
    return switched(lambda v: setattr(owner, name, v), value, getattr(owner, name))


@contextmanager
def newer_precision() -> Iterator[None]:
    """TF32 by the newer names, of which the older ones know nothing."""
    with ExitStack() as stack:
        for owner in (MATMUL, torch.backends.mkldnn.matmul):
            stack.enter_context(attribute(owner, "fp32_precision", "tf32"))
        yield


SWITCHES: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "default float64": lambda: switched(torch.set_default_dtype, torch.float64, torch.float32),
    "default bfloat16": lambda: switched(torch.set_default_dtype, torch.bfloat16, torch.float32),
    "default float16": lambda: switched(torch.set_default_dtype, torch.float16, torch.float32),
    "device context": lambda: torch.device("meta"),
    "default device": lambda: switched(torch.set_default_device, "meta", None),
    "inference": torch.inference_mode,
    "gradients": torch.enable_grad,
    "deterministic": lambda: switched(torch.use_deterministic_algorithms, True, False),
    "medium products": lambda: switched(torch.set_float32_matmul_precision, "medium", "highest"),
    "newer precision": newer_precision,
    "short sums": lambda: attribute(MATMUL, "allow_fp16_accumulation", True),
    "flushed denormals": lambda: switched(torch.set_flush_denormal, True, False),
    "threads": lambda: switched(torch.set_num_threads, 1, torch.get_num_threads()),
    "numpy raises": lambda: np.errstate(all="raise"),
    "without oneDNN": lambda: torch.backends.mkldnn.flags(enabled=False),
}


def random_network(seed: int, bottom: int) -> Network:
    draw = np.random.default_rng(seed)
    layers = []
    for columns, rows in ((12, 9), (9, 7), (7, 1)):
        weights = draw.integers(-900, 900, (rows, columns))
        matrix = [sparse([Fraction(int(w), bottom) for w in row]) for row in weights]
        bias = [Fraction(int(b), bottom) for b in draw.integers(-9, 9, rows)]
        layers.append(affine_layer(columns, matrix, bias, [rows > 1] * rows))
    return Network(12, tuple(layers))


LAWS = {
    "cube": certify.uniform(certify.cube(12)),
    "box": certify.uniform(certify.box([-1] * 12, [1] * 12)),
    "normal": certify.gaussian([0] * 12, [1] * 12),
    "weighted": certify.weighted(
        [([0] * 12, 1 - Fraction(1, 2**80)), ([1] * 12, Fraction(1, 2**80))]
    ),
}
CLAIMS = {
    (name, bottom): certify.mse(
        random_network(1, bottom), random_network(2, bottom), law, "<", "1/10"
    )
    for name, law in LAWS.items()
    for bottom in ((1, 1021) if name == "cube" else (1021,))
}


def run(case: tuple[str, int], executor: Executor | None = None) -> Estimate:
    compile_job.cache_clear()
    adds_exactly.cache_clear()
    return estimate(CLAIMS[case], samples=3000, executor=executor, workers=1, precision="float32")


BASE: dict[tuple[str, int], Estimate] = {}


@pytest.mark.parametrize("case", CLAIMS)
@pytest.mark.parametrize("name", SWITCHES)
def test_no_switch_changes_a_number(name: str, case: tuple[str, int]) -> None:
    base = BASE.setdefault(case, run(case)) if case not in BASE else BASE[case]
    with SWITCHES[name]():
        assert run(case, Here()) == base
        assert run(case) == base


@pytest.mark.parametrize("name", SWITCHES)
def test_no_switch_changes_an_enumeration(name: str) -> None:
    claim = CLAIMS["cube", 1]
    walk = outside.Walk(claim.law.factored(), Options())
    truth = Fraction(int(brute(claim)), 1 << 12)
    with SWITCHES[name]():
        assert outside.mean(claim, walk) == truth


def brute(claim: Any) -> int:
    """The sum of the squared errors over {−1, 1}¹², by numpy's int64 on integer weights."""
    numbers = np.arange(1 << 12)
    points = 2 * (numbers[:, None] >> np.arange(12) & 1) - 1
    outputs = []
    for term in claim.terms():
        x = points
        for layer in term.network.layers:
            matrix = np.zeros((len(layer.rows), x.shape[1]), dtype=np.int64)
            for r, row in enumerate(layer.rows):
                for c, weight in row:
                    matrix[r, c] = int(weight)
            y = x @ matrix.T + np.array([int(b) for b in layer.bias])
            x = np.where(np.array(layer.relu), np.maximum(y, 0), y)
        outputs.append(x[:, 0])
    gap = outputs[0] - outputs[1]
    return sum(int(g) ** 2 for g in gap)


def state() -> tuple[object, ...]:
    return (
        torch.get_float32_matmul_precision(),
        MATMUL.fp32_precision,
        torch.backends.mkldnn.matmul.fp32_precision,
        MATMUL.allow_fp16_accumulation,
        MATMUL.allow_fp16_reduced_precision_reduction,
        MATMUL.allow_bf16_reduced_precision_reduction,
        torch.are_deterministic_algorithms_enabled(),
        torch.is_autocast_enabled("cpu"),
        torch.is_inference_mode_enabled(),
        torch.get_default_dtype(),
        str(torch.get_default_device()),
        torch.get_num_threads(),
        np.geterr()["under"],
        float(np.float64(1e-310) * np.float64(1.0)) if np.geterr()["under"] != "raise" else None,
    )


@pytest.mark.parametrize("name", [n for n in SWITCHES if n != "newer precision"])
def test_everything_is_as_it_was(name: str) -> None:
    before = state()
    with SWITCHES[name]():
        inside = state()
        run(("box", 1021), Here())
        assert state() == inside
    assert state() == before


def test_the_last_of_several_threads_restores() -> None:
    torch.set_float32_matmul_precision("medium")
    try:
        barrier, seen = threading.Barrier(4), []

        def work() -> None:
            with neutral():
                barrier.wait()
                seen.append(torch.get_float32_matmul_precision())
                with neutral():
                    barrier.wait()
            barrier.wait()

        pool = [threading.Thread(target=work) for _ in range(4)]
        for thread in pool:
            thread.start()
        for thread in pool:
            thread.join()
        assert seen == ["highest"] * 4
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision("highest")


def hostile() -> None:
    """What a worker's process may have set before it runs anything of ours."""
    torch.set_default_dtype(torch.bfloat16)
    torch.set_flush_denormal(True)
    torch.set_float32_matmul_precision("medium")
    torch.use_deterministic_algorithms(True)
    np.seterr(all="raise")
    torch.autocast("cpu", dtype=torch.bfloat16).__enter__()


def test_workers_with_their_own_switches_give_the_same_numbers() -> None:
    base = run(("box", 1021))
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=hostile) as pool:
        assert run(("box", 1021), pool) == base
        assert run(("cube", 1), pool) == run(("cube", 1))
