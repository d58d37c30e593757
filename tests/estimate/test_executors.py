"""Shards on executors: threads, processes, and Dask with a worker that is killed."""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor

import pytest

import certify
from certify.estimate.plan import Progress
from certify.estimate.run import Estimate, estimate
from certify.networks.gadgets.parity import parity

CLAIM = certify.mse(
    parity(20, [0, 3]), certify.parity([3]), certify.uniform(certify.cube(20)), "<", 1
)
SAMPLES = 1 << 19


@pytest.fixture(scope="module")
def expected() -> Estimate:
    return estimate(CLAIM, samples=SAMPLES, shards=16)


def same(found: Estimate, expected: Estimate) -> bool:
    return dataclasses.replace(found, history=expected.history) == expected


@pytest.mark.parametrize("kind", ["threads", pytest.param("processes", marks=pytest.mark.slow)])
def test_executors_of_the_standard_library(kind: str, expected: Estimate) -> None:
    pool: Executor
    if kind == "threads":
        pool = ThreadPoolExecutor(3)
    else:
        pool = ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))
    with pool:
        assert same(estimate(CLAIM, samples=SAMPLES, shards=16, executor=pool), expected)


@contextlib.contextmanager
def dask_client() -> Iterator[object]:
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    )
    with cluster, distributed.Client(cluster) as client:
        yield client


@pytest.mark.slow
def test_dask_with_a_worker_killed_in_the_middle(expected: Estimate) -> None:
    with dask_client() as client:
        workers = client.run(os.getpid)
        killed: list[int] = []

        def kill_one(progress: Progress) -> None:
            if not killed and progress.samples < SAMPLES:
                killed.append(next(iter(workers.values())))
                os.kill(killed[0], signal.SIGKILL)

        found = estimate(
            CLAIM, samples=SAMPLES, shards=64, executor=client.get_executor(), progress=kill_one
        )
        assert killed
        assert killed[0] not in client.run(os.getpid).values()
    assert same(found, expected)
