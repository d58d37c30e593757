"""Short products against numpy's int64, and the limits past which they are refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import certify
from certify.errors import CertifyError
from certify.estimate.accumulate import Job, machine
from certify.kernel.data.network import affine_layer, sparse
from certify.kernel.language.claim import Average
from certify.tensors.enclosure import Inexact, Policy
from certify.tensors.low_precision import (
    ENTRIES,
    SHORT,
    Integers,
    _padded_bytes,
    adds_exactly,
    chosen,
    refusal,
)
from certify.tensors.points import source_of
from certify.tensors.program import Program

CPU = torch.device("cpu")


def product(rng: np.random.Generator, shape: tuple[int, int], heavy: int, low: int, high: int):
    """A product whose first two rows are at the limits, and its exact bound of partial sums."""
    weights = rng.integers(-heavy, heavy + 1, shape)
    weights[0], weights[-1] = heavy, -heavy
    bias = rng.integers(-heavy, heavy + 1, shape[0])
    reach = max(-low, high)
    mass = int((abs(weights).sum(axis=1) * reach + abs(bias)).max())
    return Integers(weights, bias, low, high, mass)


def inputs(rng: np.random.Generator, count: int, found: Integers) -> np.ndarray:
    x = rng.integers(found.lower, found.upper + 1, (count, found.weights.shape[1]))
    x[0], x[-1] = found.lower, found.upper
    return x


@given(
    st.sampled_from(list(SHORT)),
    st.integers(0, 2**32),
    st.tuples(st.integers(1, 70), st.integers(1, 70)),
    st.sampled_from([1, 3, 127]),
    st.sampled_from([(0, 1), (0, 127), (-63, 64), (-127, 0), (5, 100)]),
    st.integers(1, 40),
)
def test_what_is_not_refused_is_exact(
    name: str,
    seed: int,
    shape: tuple[int, int],
    heavy: int,
    ends: tuple[int, int],
    count: int,
) -> None:
    rng = np.random.default_rng(seed)
    wanted = product(rng, shape, heavy, *ends)
    run = chosen(wanted, name, CPU)
    assert (run is None) == (refusal(wanted, name, CPU) is not None)
    x = inputs(rng, count, wanted)
    truth = x @ wanted.weights.T + wanted.bias
    for dtype in (torch.float32, torch.float64, torch.int64):
        tensor = torch.as_tensor(x).to(dtype)
        if run is not None:
            assert (run(tensor).to(torch.int64).numpy() == truth).all()
        if name == "int8" and refusal(wanted, name, CPU) is None:
            # the product that a GPU runs; torch has it on a CPU too
            assert (_padded_bytes(wanted, CPU)(tensor).to(torch.int64).numpy() == truth).all()


@pytest.mark.parametrize("name", SHORT)
def test_each_limit_is_the_last_that_is_taken(name: str) -> None:
    """One entry, one weight, or one partial sum more is refused, with the number."""
    if not adds_exactly(name, CPU):
        pytest.skip(f"no {name} products on this processor")
    top = ENTRIES[name]
    one, none = np.array([[1]]), np.array([0])
    assert refusal(Integers(one, none, 0, top, top), name, CPU) is None
    reason = refusal(Integers(one, none, 0, top + 1, top + 1), name, CPU)
    assert reason is not None and str(top + 1) in reason
    assert refusal(Integers(one * top, none, 0, 1, top), name, CPU) is None
    reason = refusal(Integers(one * (top + 1), none, 0, 1, top + 1), name, CPU)
    assert reason is not None and "weights" in reason
    many = np.ones((1, (1 << 24) // top + 1 if name == "int8" else 2), dtype=np.int64)
    mass = many.size * top
    reason = refusal(Integers(many, none, 0, top, mass), name, CPU)
    assert reason is not None and f"partial sums up to {mass}" in reason


def test_past_their_limits_they_are_wrong() -> None:
    """Why the limits are there: the first integer past them is rounded."""
    for dtype, name in ((torch.float16, "float16"), (torch.bfloat16, "bfloat16")):
        top = ENTRIES[name]
        assert float(torch.tensor(float(top), dtype=dtype)) == top
        assert float(torch.tensor(float(top + 1), dtype=dtype)) != top + 1


def claim(width: int, entries: int, seed: int = 0) -> Average:
    """Two networks of two hidden layers with so many ±1 in each row."""
    rng = np.random.default_rng(seed)

    def network() -> certify.Network:
        layers, columns = [], 12
        for rows, relu in ((width, True), (width, True), (1, False)):
            matrix = []
            for _ in range(rows):
                row = [0] * columns
                for c in rng.choice(columns, min(columns, entries), replace=False):
                    row[c] = int(rng.choice([-1, 1]))
                matrix.append(sparse(row))
            layers.append(affine_layer(columns, matrix, [1] * rows, relu))
            columns = rows
        return certify.Network(12, tuple(layers))

    found = certify.mse(network(), network(), certify.uniform(certify.cube(12)), "<", 1)
    assert isinstance(found, Average)
    return found


def test_a_policy_names_the_product_that_is_not_proven_exact() -> None:
    wide = claim(200, 200)
    source = source_of(wide.law)
    for name in SHORT:
        with pytest.raises(Inexact, match=r"the product with the matrix of \d+ by 200: "):
            Program(source, wide.terms(), Policy(None, CPU, name))


@pytest.mark.parametrize("name", [*SHORT, "auto", "plain"])
def test_estimates_are_the_same_to_the_bit(name: str) -> None:
    narrow = claim(130, 4)  # 130² entries: short by itself, too
    job = Job(narrow, narrow.digest, (1, 2), "float64", "cpu", products="plain")
    plain = machine(job).run(0, 20_000)
    for batch in (1000, 65_536):
        again = replace(job, batch=batch, products="plain" if name == "plain" else "auto")
        again = replace(again, precision=name) if name in SHORT else again
        assert machine(again).payoffs.exact
        assert machine(again).run(0, 20_000) == plain


def test_an_estimate_in_a_type_that_is_not_proven_exact_is_refused() -> None:
    wide, narrow = claim(200, 200), claim(20, 4)
    assert certify.estimate(narrow, samples=100, precision="int8", timeout=0).exact
    for name in SHORT:
        with pytest.raises(CertifyError, match="cannot estimate: the product with the matrix"):
            certify.estimate(wide, samples=100, precision=name, timeout=0)
    real = certify.mse(
        certify.compose({"expression": "x0/3"}, {"expression": "x0 + x1/7"}),
        certify.constant([0]),
        certify.uniform(certify.box([0, 0], [1, 1])),
        "<",
        1,
    )
    with pytest.raises(CertifyError, match="cannot estimate: continuous inputs are rounded"):
        certify.estimate(real, samples=100, precision="float16", timeout=0)


def test_auto_takes_bytes_where_they_are_exact_and_pay() -> None:
    rng = np.random.default_rng(0)
    large, small = (product(rng, (n, n), 2, 0, 100) for n in (128, 64))
    assert (chosen(large, "auto", CPU) is not None) == adds_exactly("int8", CPU)
    assert chosen(small, "auto", CPU) is None
    assert chosen(large, "plain", CPU) is None
