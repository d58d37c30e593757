"""Numbers past a type's range: refused or the whole range, never a narrow interval."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

import certify
from certify.errors import CertifyError
from certify.estimate.run import estimate
from certify.estimate.sampling import Sampler
from certify.kernel.data import exact
from certify.kernel.data.network import Network, affine_layer, sparse
from certify.kernel.verdict import Decline
from certify.tensors.enclosure import Inexact, Policy
from certify.tensors.fused import fuse
from certify.tensors.integrand import _outward, payoff
from certify.tensors.layers import Plain, within
from certify.tensors.points import Source, source_of
from certify.tensors.program import Program
from certify.tensors.sums import square_sum

CPU = torch.device("cpu")
UNIT = certify.uniform(certify.box([0], [1]))
ZERO, ONE = Fraction(0), Fraction(1)
TYPES = ("float32", "float64")


def ghost(levels: int, amplifier: Fraction, odd: int) -> Network:
    """x ↦ x beside a neuron that is 0, is computed as something else, is enlarged, then read ·0."""
    pair = [True, True]
    first = affine_layer(1, [sparse([ZERO]), sparse([ONE])], [Fraction(3), ZERO], pair)
    rows = [sparse([Fraction(-odd), ZERO]), sparse([ZERO, ONE])]
    layers = [first, affine_layer(2, rows, [Fraction(3 * odd), ZERO], pair)]
    grow = [sparse([amplifier, ZERO]), sparse([ZERO, ONE])]
    layers += [affine_layer(2, grow, [ZERO, ZERO], pair)] * levels
    return Network(1, (*layers, affine_layer(2, [sparse([ZERO, ONE])], [ZERO])))


@pytest.mark.parametrize("precision", ["auto", "float32", "float64"])
@pytest.mark.parametrize("levels", [1, 2, 3, 9, 12])
@pytest.mark.parametrize("power", [90, 100])
def test_a_neuron_that_is_zero_hides_no_overflow(precision: str, levels: int, power: int) -> None:
    """E x² = 1/3, also where what is multiplied by 0 has become infinite."""
    refused = ""
    for odd in (2**25 + 2, 2**25 + 1):
        f = ghost(levels, Fraction(2) ** power, odd)
        assert f([Fraction(1, 2)]) == (Fraction(1, 2),)
        claim = certify.mse(f, certify.constant([0]), UNIT, "<", "1/10")
        for samples in (1000, 1 << 17):
            try:
                found = estimate(claim, samples, "0.999999", precision=precision)
            except CertifyError as error:
                refused = str(error)
                continue
            assert found.lower <= Fraction(1, 3) <= found.upper
            assert found.decision != "below"
    assert refused in (
        "",
        *(f"cannot estimate: needs sums that may pass {t}'s range" for t in TYPES),
    )


def test_a_neuron_that_is_zero_leaves_float64_sharp() -> None:
    """Where float64 has room the number is found, as with the small neighbour."""
    claim = certify.mse(
        ghost(2, Fraction(2) ** 100, 2**25 + 2), certify.constant([0]), UNIT, "<", 1
    )
    found = estimate(claim, 1 << 17)
    assert found.lower <= Fraction(1, 3) <= found.upper
    assert found.upper - found.lower < Fraction(1, 50)


def test_sums_are_within_the_range_or_refused() -> None:
    for dtype, most in ((torch.float32, 2.0**126), (torch.float64, 2.0**1000)):
        assert within(np.array([most / 2]), dtype)[0] == most / 2
        for bad in (most, np.inf, np.nan):
            with pytest.raises(Decline, match="range"):
                within(np.array([1.0, bad]), dtype)
            with pytest.raises(Decline, match="range"):
                Plain(dtype).error(np.array([bad]), np.ones((1, 1)), 1.0)


def test_what_is_no_number_may_be_anything_in_the_range() -> None:
    value = torch.tensor([np.nan, np.inf, -np.inf, 0.0, 3.0], dtype=torch.float64)
    slack = torch.tensor([0.0, np.inf, np.inf, np.nan, 0.0], dtype=torch.float64)
    low, high = _outward(value, slack, -5, 7)
    assert low.tolist()[4] == high.tolist()[4] == 3
    for i in (0, 1, 2, 3):
        assert (low[i], high[i]) == (-5, 7)


@pytest.mark.parametrize("reach", [1 << 31, (1 << 62) - 1, 1 << 62, (1 << 63) - 1])
def test_sums_of_squares_past_int64_are_exact(reach: int) -> None:
    draw = random.Random(reach)
    values = [reach, reach - 1, 0, *(draw.randint(0, reach) for _ in range(200))]
    assert square_sum(torch.tensor(values), reach) == sum(v * v for v in values)


@pytest.mark.parametrize("power", [44, 45])
def test_payoffs_of_62_bits_keep_their_variance(power: int) -> None:
    """The old sum of squares wrapped around: 20 misses of 20 at 0.95."""
    layer = affine_layer(2, [sparse([Fraction(2**power + 1), Fraction(2 ** (power - 1))])])
    last = affine_layer(1, [sparse([Fraction(2**16 - 1)])], [ONE])
    law = certify.uniform(certify.cube(2))
    claim = certify.expectation([Network(2, (layer, last))], law, "<", 0)
    for seed in range(8):
        found = estimate(claim, samples=70_000, seed=seed, confidence="0.999")
        assert found.exact and found.lower <= 1 <= found.upper
        assert found.method == "empirical Bernstein"


# ------------------------------------------------------------ every sample, exactly


def points_of(source: Source, program: Program, sampler: Sampler, count: int) -> Any:
    """The exact points of the first samples, from their choices alone."""
    choices, smooth = sampler.draw(0, count)
    for i in range(count):
        z = list(source.fixed)
        for column, group in enumerate(program.groups):
            choice = int(choices[i, column]) - int(program.starts[column])
            for at, options in zip(group.starts, group.factors, strict=True):
                vector = options[choice % len(options)][0]
                z[at : at + len(vector)] = vector
                choice //= len(options)
        for k, s in enumerate(source.smooth):
            z[s.coordinate] = s.centre + s.radius * Fraction(float(smooth[i, k]))
        yield source.stream.place(exact.batch([z], source.stream.width)).fractions()[0]


def nasty(draw: random.Random, top: int) -> Fraction:
    if draw.random() < 0.15:
        return ZERO
    power = draw.choice([0, 0, draw.randint(-top, top), draw.randint(-30, 30)])
    size = draw.choice([draw.randint(1, 3), draw.getrandbits(24) + 1, draw.getrandbits(53) + 1])
    return Fraction(draw.choice([1, -1]) * size, draw.choice([1, 1, 3])) * Fraction(2) ** power


def nasty_network(draw: random.Random, inputs: int, outputs: int, top: int) -> Network:
    """Weights far apart, rows that cancel, biases that make neurons dead."""
    sizes = [inputs, *(draw.randint(1, 4) for _ in range(draw.randint(1, 6))), outputs]
    layers = []
    for columns, count in pairwise(sizes):
        rows = [[nasty(draw, top) for _ in range(columns)] for _ in range(count)]
        bias = [nasty(draw, top) for _ in range(count)]
        if layers and draw.random() < 0.4:
            i, j = draw.randrange(count), draw.randrange(count)
            rows[i] = [-v * (1 + Fraction(draw.choice([0, 1]), 2**30)) for v in rows[j]]
            bias[i] = -bias[j]
        if draw.random() < 0.4:
            i = draw.randrange(count)
            bias[i] = -sum(abs(v) for v in rows[i]) * draw.choice([0, 1, 2])
        mask = [draw.random() < 0.7 for _ in range(count)]
        layers.append(affine_layer(columns, [sparse(row) for row in rows], bias, mask))
    return Network(inputs, tuple(layers))


def audit(seed: int, top: int, flush: bool = False) -> tuple[int, int, int]:
    """One random pair in each precision: (programs run, refused, samples outside their ends)."""
    draw = random.Random(seed)
    inputs, outputs = draw.randint(1, 3), draw.randint(1, 2)
    f, g = (nasty_network(draw, inputs, outputs, top) for _ in range(2))
    law = draw.choice(
        [
            certify.uniform(certify.cube(inputs)),
            certify.uniform(certify.box([0] * inputs, [1] * inputs)),
            certify.uniform(certify.grid([[0, 1, Fraction(1, 3)]] * inputs)),
            certify.gaussian([0] * inputs, [Fraction(1, 3)] * inputs),
        ]
    )
    claim = certify.mse(f, g, law, "<", 1)
    source = source_of(claim.law)
    ran = refused = outside = 0
    policies = [Policy(torch.float32, CPU, "plain"), Policy(torch.float64, CPU)]
    policies += [Policy(None, CPU, name) for name in ("auto", "int8", "bfloat16", "float16")]
    for policy in policies:
        try:
            program = Program(source, claim.terms(), policy)
            payoffs = payoff(claim, program.known, policy, source)
        except (Inexact, Decline):
            refused += 1
            continue
        ran += 1
        sampler = Sampler(program, (seed, ran))
        low, high = payoffs.run(program.run(*sampler.draw(0, 16)))
        ways = [(payoffs.unit, low, high)]
        if policy.dtype is torch.float32 and source.bits and not source.others:
            try:
                fused = fuse(claim, program, payoffs)
                ends = fused.run(0, 16, sampler.words, sampler.key)
                ways.append((fused.payoffs.unit, *ends))
            except (Inexact, Decline):
                refused += 1
        for i, point in enumerate(points_of(source, program, sampler, 16)):
            truth = sum((a - b) ** 2 for a, b in zip(f(point), g(point), strict=True))
            for unit, lows, highs in ways:
                outside += not int(lows[i]) * unit <= truth <= int(highs[i]) * unit
    return ran, refused, outside


@pytest.fixture
def interpreted(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("triton")
    monkeypatch.setenv("TRITON_INTERPRET", "1")


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("top", [3, 40, 150])
def test_every_sample_lies_between_its_ends(top: int) -> None:
    found = [audit(seed, top) for seed in range(12)]
    ran, refused, outside = (sum(column) for column in zip(*found, strict=True))
    assert outside == 0
    assert ran > 8 and refused > 0


@pytest.mark.slow
@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("top", [3, 12, 40, 100, 150])
@pytest.mark.parametrize("flushed", [False, True])
def test_every_sample_lies_between_its_ends_campaign(top: int, flushed: bool) -> None:
    """300 pairs for each spread of the exponents, in each precision and by the Triton kernel."""
    torch.set_flush_denormal(flushed)
    try:
        assert sum(audit(10_000 + seed, top)[2] for seed in range(300)) == 0
    finally:
        torch.set_flush_denormal(False)


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("power", [17, 24, 36, 60])
def test_the_triton_kernel_refuses_what_float16_may_not_hold(power: int) -> None:
    """Neuron 0 is at most 0, is computed as more, is enlarged past 65,504, and then read ·0."""
    n, o = 10, ONE
    law, policy = certify.uniform(certify.bits(n)), Policy(torch.float32, CPU, "plain")
    draw, refused = random.Random(5), 0
    nothing = Network(
        n, (affine_layer(n, [sparse([ZERO] * n)], relu=True), affine_layer(1, [sparse([o])]))
    )
    for _ in range(20):
        w = [Fraction(draw.getrandbits(40) + 1, 1 << 40) for _ in range(n)]
        rows = [sparse(w), sparse([o] * n), sparse([o] + [ZERO] * (n - 1))]
        layers = [affine_layer(n, rows, [-sum(w), Fraction(1 - n), ZERO], [True] * 3)]
        grow = [
            sparse(r)
            for r in ([Fraction(1 << power), ZERO, ZERO], [ZERO, o, ZERO], [ZERO, ZERO, o])
        ]
        layers += [affine_layer(3, grow, [ZERO] * 3, [True] * 3)] * 2
        f = Network(n, (*layers, affine_layer(3, [sparse([ZERO, o, o])])))
        claim = certify.mse(f, nothing, law, "<", 1)
        source = source_of(claim.law)
        try:
            program = Program(source, claim.terms(), policy)
            fused = fuse(claim, program, payoff(claim, program.known, policy, source))
        except Decline:
            refused += 1
            continue
        low, high = fused.run((1 << n) - 1, 1 << n)  # all bits set: (1 + 1)²
        assert int(low[0]) * fused.payoffs.unit <= 4 <= int(high[0]) * fused.payoffs.unit
    assert refused == (20 if power > 30 else refused)
