"""The fused kernel, interpreted by Triton on the CPU, against the kernel's exact networks."""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import certify
from certify.estimate import philox
from certify.estimate.accumulate import Job, compile_job, machine
from certify.estimate.philox import Key
from certify.kernel.data.network import Network, affine_layer, sparse
from certify.kernel.language.claim import Average
from certify.prove import outside
from certify.prove.answers import Options
from certify.tensors.enclosure import Inexact, Policy
from certify.tensors.fused import OUTPUTS, WIDEST, Fused, Split, available, fuse, trusted
from certify.tensors.integrand import payoff
from certify.tensors.points import source_of
from certify.tensors.program import Program

pytest.importorskip("triton")

CPU = torch.device("cpu")
INTEGERS = Policy(None, CPU)
FLOATS = Policy(torch.float32, CPU, "plain")


@pytest.fixture(scope="module", autouse=True)
def _interpreted() -> Iterator[None]:
    """Triton reads the variable when the kernel is imported, here for the first time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRITON_INTERPRET", "1")
        compile_job.cache_clear()
        yield
    compile_job.cache_clear()


def network(
    sizes: Sequence[int], seed: int, bottom: int = 1, top: int = 3, relu: str = "hidden"
) -> Network:
    """Weights k/bottom with |k| ≤ top; ReLU on hidden layers, or on a random mask of all."""
    draw = random.Random(seed)
    layers = []
    for depth, (columns, rows) in enumerate(pairwise(sizes), start=2):
        matrix = [
            sparse([Fraction(draw.randint(-top, top), bottom) for _ in range(columns)])
            for _ in range(rows)
        ]
        bias = [Fraction(draw.randint(-top, top), bottom) for _ in range(rows)]
        mask = [draw.random() < 0.5 if relu == "mask" else depth < len(sizes) for _ in range(rows)]
        layers.append(affine_layer(columns, matrix, bias, mask))
    return Network(sizes[0], tuple(layers))


def fused(claim: certify.Claim, policy: Policy) -> Fused:
    assert isinstance(claim, Average)
    source = source_of(claim.law)
    program = Program(source, [claim.law.pulled(term) for term in claim.terms()], policy)
    return fuse(claim, program, payoff(claim, program.known, policy, source))


def errors(left: Network, right: Network, points: Sequence[Sequence[int]]) -> list[Fraction]:
    """The exact squared errors."""
    from certify.kernel.data import exact

    batch = exact.batch([list(map(Fraction, point)) for point in points], left.inputs)
    f, g = (net.evaluate(batch).fractions() for net in (left, right))
    return [
        sum((a - b) ** 2 for a, b in zip(*both, strict=True)) for both in zip(f, g, strict=True)
    ]


def by_number(inputs: int, start: int, stop: int, values: tuple[int, int]) -> list[list[int]]:
    """The points of a cube in the kernel's order: the last coordinate is the fastest digit."""
    return [
        [values[number >> (inputs - 1 - i) & 1] for i in range(inputs)]
        for number in range(start, stop)
    ]


def by_words(inputs: int, words: int, key: Key, start: int, stop: int) -> list[list[int]]:
    """Points of {−1, 1}ⁿ: bit i of a sample's words is its coordinate n − 1 − i."""
    found = []
    for sample in range(start, stop):
        text = 0
        for word in range(-(-inputs // 32)):
            at = sample * words + word
            counter = at // 4
            block = philox.block((counter & 0xFFFFFFFF, counter >> 32, 0, 0), key)
            text |= block[at % 4] << 32 * word
        found.append([2 * (text >> (inputs - 1 - i) & 1) - 1 for i in range(inputs)])
    return found


def values(found: Fused, ends: tuple[torch.Tensor, torch.Tensor]) -> list[list[Fraction]]:
    return [[Fraction(v) * found.payoffs.unit for v in end.tolist()] for end in ends]


shapes = st.lists(st.integers(1, 6), min_size=1, max_size=3)


@settings(max_examples=15)
@given(st.integers(1, 9), shapes, shapes, st.integers(1, 3), st.integers(0, 2**32))
def test_integers_are_exact_at_every_point(inputs, left, right, outputs, seed):
    f = network([inputs, *left, outputs], seed, bottom=3, relu="mask")
    g = network([inputs, *right, outputs], seed + 1, bottom=2, relu="mask")
    for domain, pair in ((certify.cube(inputs), (-1, 1)), (certify.bits(inputs), (0, 1))):
        found = fused(certify.mse(f, g, certify.uniform(domain), "<", 1), INTEGERS)
        ends = found.run(0, 1 << inputs)
        assert ends[0] is ends[1]
        points = by_number(inputs, 0, 1 << inputs, pair)
        assert values(found, ends)[0] == errors(f, g, points)


@pytest.mark.parametrize(("inputs", "words"), [(5, 1), (48, 2), (70, 4), (130, 8)])
def test_sampled_bits_are_those_of_the_stream(inputs, words):
    f, g = network([inputs, 20, 1], 1), network([inputs, 7, 5, 1], 2)
    found = fused(certify.mse(f, g, certify.uniform(certify.cube(inputs)), "<", 1), INTEGERS)
    key, start = (0x9ABCDEF0, 0xFEDCBA98), (1 << 32) - 70  # counters past 32 bits, a signed key
    ends = found.run(start, start + 150, words, key)
    points = by_words(inputs, words, key, start, start + 150)
    assert values(found, ends)[0] == errors(f, g, points)


@settings(max_examples=8)
@given(st.integers(1, 8), shapes, shapes, st.integers(1, 2), st.integers(0, 2**32))
def test_split_numbers_contain_the_truth(inputs, left, right, outputs, seed):
    f = network([inputs, *left, outputs], seed, 1 << 24, 1 << 24, "mask")
    g = network([inputs, *right, outputs], seed + 1, 3**15, 1 << 20, "mask")
    found = fused(certify.mse(f, g, certify.uniform(certify.cube(inputs)), "<", 1), FLOATS)
    assert not found.payoffs.exact
    points = by_number(inputs, 0, 1 << inputs, (-1, 1))
    truth = errors(f, g, points)
    low, high = values(found, found.run(0, 1 << inputs))
    assert all(a <= t <= b for a, t, b in zip(low, truth, high, strict=True))


def test_cancellation_is_covered():
    # the outputs differ by 2⁻³⁰ beside numbers near 2¹⁰, which split numbers cannot tell apart
    big, small = Fraction(1 << 10), Fraction(1, 1 << 30)
    first = affine_layer(2, [sparse([big, big])], [big], True)
    f = Network(2, (first, affine_layer(1, [sparse([Fraction(1)])], [Fraction(0)], False)))
    g = Network(2, (first, affine_layer(1, [sparse([Fraction(1)])], [small], False)))
    found = fused(certify.mse(f, g, certify.uniform(certify.cube(2)), "<", 1), FLOATS)
    low, high = values(found, found.run(0, 4))
    assert all(a <= small**2 <= b for a, b in zip(low, high, strict=True))


def cut(value: Fraction, top: int) -> Fraction:
    """Cut off below 2^(top − 23), where 2^top is the leading bit of the largest."""
    step = Fraction(2) ** (top - 23)
    return int(value / step) * step


def tensor_core(terms: Sequence[Fraction], total: Fraction, block: int) -> Fraction:
    """A sum as tensor cores form it: a block of terms and the sum before, aligned and cut off."""
    for at in range(0, len(terms), block):
        addends = [total, *terms[at : at + block]]
        largest = max(abs(a) for a in addends)
        if largest:
            top = math.frexp(float(largest))[1] - 1
            total = sum((cut(a, top) for a in addends), Fraction(0))
            if total:
                total = cut(total, math.frexp(float(total))[1] - 1)
    return total


@pytest.mark.parametrize(("columns", "block"), [(64, 4), (256, 4), (256, 16)])
@pytest.mark.parametrize("kind", ["positive", "mixed", "odd"])
def test_the_bound_of_split_sums_holds_on_cut_off_sums(columns, block, kind):
    rng = np.random.default_rng(columns + block)
    low = -1.0 if kind == "mixed" else 0.1
    w, x = rng.uniform(low, 1, columns), rng.uniform(low, 1, columns) * 2**10
    if kind == "odd":  # products with their last bits set, of which each step cuts off a part
        w, x = np.full(columns, 1 - 2.0**-11), np.full(columns, 2.0**10 * (1 - 2.0**-11))
    w, x = (v.astype(np.float32).astype(np.float64) for v in (w * 2**13, x))
    parts = []
    for v in (w, x):
        top = v.astype(np.float16)
        parts.append((top, (v - top.astype(np.float64)).astype(np.float16)))
    (w1, w2), (x1, x2) = (tuple([Fraction(float(e)) for e in p] for p in part) for part in parts)
    total = Fraction(0)
    for a, b in ((x1, w2), (x2, w1), (x1, w1)):
        total = tensor_core([p * q for p, q in zip(a, b, strict=True)], total, block)
    truth = sum(Fraction(p) * Fraction(q) for p, q in zip(w.tolist(), x.tolist(), strict=True))
    size = np.abs(w) @ np.abs(x)
    bound = Split().error(np.array([size]), w[None, :], float(x.max()))[0]
    lost = abs(total - truth)
    assert lost <= bound
    if kind == "odd":  # the model is not so coarse that a bound far too small would pass
        assert lost > bound / 400


def shallow(weight: int, inputs: int = 2) -> Network:
    first = affine_layer(inputs, [sparse([Fraction(weight)] * inputs)], [Fraction(1)], True)
    return Network(inputs, (first, affine_layer(1, [sparse([Fraction(1)])], [Fraction(0)], False)))


def test_limits_of_the_short_type():
    # a bit moves a coordinate by 2, so that the kernel's weights are twice the network's
    law = certify.uniform(certify.cube(2))
    fused(certify.mse(shallow(1 << 10), shallow(1), law, "<", 1), INTEGERS)
    with pytest.raises(Inexact, match="entries up to 2050"):
        fused(certify.mse(shallow((1 << 10) + 1), shallow(2), law, "<", 1), INTEGERS)


CUBE = certify.uniform(certify.cube(2))
GRID = certify.uniform(certify.grid([[0, 1, 2], [0, 1]]))
BOX = certify.uniform(certify.box([0, 0], [1, 1]))
LARGE = certify.uniform(certify.cube(WIDEST + 1))
MANY = [3, 4, OUTPUTS + 1]
DOUBLE = Policy(torch.float64, CPU, "plain")


@pytest.mark.parametrize(
    ("claim", "policy", "reason"),
    [
        (certify.expectation([shallow(1)], CUBE, "<", 1), INTEGERS, "no squared error"),
        (certify.mse(shallow(1), shallow(2), GRID, "<", 1), INTEGERS, "not chosen by fair bits"),
        (certify.mse(shallow(1), shallow(2), BOX, "<", 1), FLOATS, "not chosen by fair bits"),
        (certify.mse(certify.parity([0, 1]), shallow(2), CUBE, "<", 1), INTEGERS, "not a network"),
        (
            certify.mse(shallow(1, WIDEST + 1), shallow(2, WIDEST + 1), LARGE, "<", 1),
            INTEGERS,
            "too many",
        ),
        (
            certify.mse(
                network(MANY, 1), network(MANY, 2), certify.uniform(certify.cube(3)), "<", 1
            ),
            INTEGERS,
            "too many",
        ),
        (
            certify.mse(
                network([2, 4, 1], 1, 1 << 40, 1 << 40),
                network([2, 4, 1], 2, 1 << 40, 1 << 40),
                CUBE,
                "<",
                1,
            ),
            DOUBLE,
            "more than float32",
        ),
    ],
)
def test_what_the_kernel_is_not_for(claim, policy, reason):
    with pytest.raises(Inexact, match=reason):
        fused(claim, policy)


def test_a_kernel_that_disagrees_is_not_used():
    f, g = network([6, 5, 1], 1), network([6, 4, 1], 2)
    claim = certify.mse(f, g, certify.uniform(certify.cube(6)), "<", 1)
    assert isinstance(claim, Average)
    source = source_of(claim.law)
    program = Program(source, [claim.law.pulled(term) for term in claim.terms()], INTEGERS)
    payoffs = payoff(claim, program.known, INTEGERS, source)
    good = fuse(claim, program, payoffs)
    assert trusted(claim, program, payoffs, good.run) is not None

    def wrong(start: int, stop: int) -> tuple[torch.Tensor, torch.Tensor]:
        low, _ = good.run(start, stop)
        low[-1] += 1
        return low, low

    def broken(start: int, stop: int) -> tuple[torch.Tensor, torch.Tensor]:
        raise RuntimeError("no such device")

    with pytest.warns(RuntimeWarning, match="other numbers than torch"):
        assert trusted(claim, program, payoffs, wrong) is None
    with pytest.warns(RuntimeWarning, match="no such device"):
        assert trusted(claim, program, payoffs, broken) is None


def test_estimates_are_those_without_it():
    f, g = network([48, 12, 1], 1), network([48, 9, 7, 1], 2)
    claim = certify.mse(f, g, certify.uniform(certify.cube(48)), "<", 1)
    assert isinstance(claim, Average)
    job = Job(claim, claim.digest, (1, 2), "float32", "cpu")
    plain = machine(Job(claim, claim.digest, (1, 2), "float32", "cpu", None, "plain"))
    assert machine(job).fused is not None
    assert plain.fused is None
    wanted = plain.run(0, 3000, keep=True)
    for batch, parts in product((1000, 4096), (1, 8)):
        own = machine(Job(claim, claim.digest, (1, 2), "float32", "cpu", batch))
        cuts = [3000 * i // parts for i in range(parts + 1)]
        tallies = [own.run(a, b, keep=True) for a, b in pairwise(cuts)]
        assert sum(tallies[1:], tallies[0]) == wanted
    one = certify.estimate(claim, samples=5000, shards=1, timeout=0)
    eight = certify.estimate(claim, samples=5000, shards=8, timeout=0)
    assert one.exact
    assert (one.lower, one.upper) == (eight.lower, eight.upper)


def test_trained_weights_estimated_and_enumerated():
    f, g = network([10, 9, 1], 1, 1 << 24, 1 << 24), network([10, 6, 6, 1], 2, 1 << 24, 1 << 24)
    claim = certify.mse(f, g, certify.uniform(certify.cube(10)), "<", 1)
    assert isinstance(claim, Average)
    job = Job(claim, claim.digest, (3, 4), "float32", "cpu")
    assert machine(job).fused is not None
    truth = sum(errors(f, g, by_number(10, 0, 1 << 10, (-1, 1)))) / (1 << 10)
    found = certify.estimate(claim, samples=4096, precision="float32", timeout=0)
    assert found.lower <= truth <= found.upper
    assert 0 < found.rounding < found.estimate / 1000


def test_enumerated_by_the_kernel():
    f, g = network([11, 6, 1], 5), network([11, 4, 4, 1], 6)
    claim = certify.mse(f, g, certify.uniform(certify.cube(11)), "<", 1)
    assert isinstance(claim, Average)
    value = outside.mean(claim, outside.Walk(claim.law.factored(), Options(60.0)))
    assert value == sum(errors(f, g, by_number(11, 0, 1 << 11, (-1, 1)))) / (1 << 11)


def test_without_the_variable_a_cpu_has_no_kernel(monkeypatch):
    assert available(CPU)
    monkeypatch.delenv("TRITON_INTERPRET")
    assert not available(CPU)


COMPILE = """
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource, compile

from certify.tensors.fused_kernel import squared_errors as kernel

pointers = {"weights": "*fp16", "vectors": "*fp32", "last": "*fp64"}
types = {f"{side}_{name}": kind for side in ("left", "right") for name, kind in pointers.items()}
types |= {"factors": "*fp64", "numbers": "*i64", "low_out": "*i64", "high_out": "*i64"}
sizes = dict(LEFT=1, RIGHT=2, INPUTS=128, WIDTH=32, OUTPUTS=2, WORDS=4, BIT_WORDS=4, BLOCK=64)
for exact in (True, False):
    chosen = sizes | {"EXACT": exact, "PIECES": 1 if exact else 2}
    signature = {name: types.get(name, "constexpr") for name in kernel.arg_names}
    places = {(kernel.arg_names.index(name),): value for name, value in chosen.items()}
    for capability in (80, 90):
        target = GPUTarget("cuda", capability, 32)
        done = compile(ASTSource(kernel, signature, places), target=target)
        print(capability, exact, "mma" in done.asm["ptx"])
"""


def test_it_compiles_for_gpus(root: Path, tmp_path: Path):
    """To machine code, which needs no GPU, in a process where Triton does not interpret."""
    settings = {"PYTHONPATH": str(root), "TRITON_CACHE_DIR": str(tmp_path)}
    env = {k: v for k, v in os.environ.items() if k != "TRITON_INTERPRET"} | settings
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", COMPILE],
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:-1] == [
        "80 True True",
        "90 True True",
        "80 False True",
        "90 False True",
    ]
