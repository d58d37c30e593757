"""Bulk evaluation against the kernel, point by point."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import certify
from certify.kernel.language.claim import Average
from certify.kernel.verdict import Malformed
from certify.networks import builder
from certify.tensors.enclosure import Inexact, Policy, Step
from certify.tensors.indexing import Numbered
from certify.tensors.integrand import payoff
from certify.tensors.points import Source, source_of
from certify.tensors.program import Program
from certify.tensors.ranges import gap_ranges

CPU = torch.device("cpu")
EXACT = Policy(None, CPU)


def numbers(largest: int, denominators: tuple[int, ...] = (1, 2, 3, 8)) -> st.SearchStrategy:
    tops = st.integers(-largest, largest)
    return st.builds(Fraction, tops, st.sampled_from(denominators))


@st.composite
def networks(draw: st.DrawFn, inputs: int, outputs: int, largest: int = 5) -> certify.Network:
    from certify.kernel.data.network import affine_layer, sparse

    widths = [inputs, *draw(st.lists(st.integers(1, 4), max_size=2)), outputs]
    layers = []
    for columns, rows in pairwise(widths):
        row = st.lists(numbers(largest), min_size=columns, max_size=columns)
        matrix = [sparse(draw(row)) for _ in range(rows)]
        bias = draw(st.lists(numbers(largest), min_size=rows, max_size=rows))
        relu = draw(st.lists(st.booleans(), min_size=rows, max_size=rows))
        layers.append(affine_layer(columns, matrix, bias, relu))
    return certify.Network(inputs, tuple(layers))


LAWS = [
    certify.uniform(certify.cube(3)),
    certify.uniform(certify.bits(3)),
    certify.uniform(certify.points([[1, 0, "1/3"], [2, -1, 0], [0, 0, 0]])),
    certify.uniform(certify.points([[1, 0, 5], [2, -1, 0]])),
    certify.uniform(certify.grid([[0, "1/2", 7], [1, -1], [3]])),
    certify.uniform(certify.embed(certify.cube(2), pad=["2/3"])),
    certify.uniform(certify.perturb(certify.cube(3), [1, 2, 0], "1/7", certify.parity([1, 2]))),
    certify.uniform(
        certify.product(
            certify.perturb(certify.cube(2), [1, 0], "1/7", {"expression": "x1"}), certify.bits(1)
        )
    ),
    certify.weighted([([1, 2, 3], "1/3"), ([0, 0, 0], "1/2"), ([-1, 5, 0], "1/6")]),
    {"product": [certify.weighted([([1], "1/3"), ([0], "2/3")]), certify.uniform(certify.cube(2))]},
]


@st.composite
def claims(draw: st.DrawFn, largest: int = 5) -> Average:
    left = draw(networks(3, 2, largest))
    right = draw(networks(3, 2, largest))
    claim = certify.mse(left, right, draw(st.sampled_from(LAWS)), "<=", 1)
    assert isinstance(claim, Average)
    return claim


@settings(max_examples=80)
@given(claims())
def test_exact_values_and_payoffs_are_the_kernels(claim: Average) -> None:
    program = Program(source_of(claim.law), claim.terms(), EXACT)
    payoffs = payoff(claim, program.known, EXACT, program.source)
    points = Numbered(program)
    stream = claim.law.factored()
    tensors = program.run(points.choices(0, stream.size))
    low, high = payoffs.run(tensors)
    assert low is high
    [(batch, _)] = stream.batches()
    for tensor, known, term in zip(tensors, program.known, claim.terms(), strict=True):
        found = [tuple(int(v) * known.unit for v in row) for row in tensor.tolist()]
        assert found == term.evaluate(batch).fractions()
        whole = tensor.to(torch.int64).numpy()
        assert (known.lower <= whole.min(axis=0)).all()
        assert (known.upper >= whole.max(axis=0)).all()
    for value, point in zip(low.tolist(), batch.fractions(), strict=True):
        gaps = (a - b for a, b in zip(*(term(point) for term in claim.terms()), strict=True))
        assert value * payoffs.unit == sum(gap * gap for gap in gaps)
        assert payoffs.lower <= value <= payoffs.upper


@settings(max_examples=60)
@given(claims(largest=1 << 40), st.sampled_from([torch.float32, torch.float64]))
def test_rounded_payoffs_contain_the_exact_ones(claim: Average, dtype: torch.dtype) -> None:
    policy = Policy(dtype, CPU)
    program = Program(source_of(claim.law), claim.terms(), policy)
    payoffs = payoff(claim, program.known, policy, program.source)
    stream = claim.law.factored()
    tensors = program.run(Numbered(program).choices(0, stream.size))
    low, high = payoffs.run(tensors)
    [(batch, _)] = stream.batches()
    values = [term.evaluate(batch).fractions() for term in claim.terms()]
    for tensor, known, exact in zip(tensors, program.known, values, strict=True):
        error = np.zeros(known.width) if known.error is None else known.error
        for row, truth in zip(tensor.tolist(), exact, strict=True):
            for found, wanted, allowed in zip(row, truth, error.tolist(), strict=True):
                assert abs(Fraction(found) - wanted / known.unit) <= Fraction(allowed)
    for i, (left, right) in enumerate(zip(*values, strict=True)):
        square = sum((a - b) ** 2 for a, b in zip(left, right, strict=True)) / payoffs.unit
        assert int(low[i]) <= square <= int(high[i])


FUNCTIONS = [
    certify.parity([0, 2]),
    certify.parity([]),
    certify.symmetric([0, 1, 2], [0, "1/3", -5, 1]),
    certify.flip(certify.parity([0, 1, 2]), [[1, -1, 1], [1, 1, 1], [5, 5, 5], ["1/2", 0, 0]]),
    certify.flip({"expression": "x0/3"}, [[1, -1, 1]]),
    certify.compose(certify.parity([0, 1]), certify.project([2, 0])),
    certify.compose({"expression": "abs(x0) + x0/2"}, certify.parity([1])),
    certify.compose(certify.symmetric([0], [1, "1/2"]), certify.parity([0, 1, 2])),
    certify.compose(certify.project([0]), certify.flip(certify.project([1, 0]), [[1, 1, 1]])),
    {"product": [certify.parity([0]), {"linear": {"matrix": [["1/3", 2]]}}]},
    {"expression": "max(x0, x1/7) - clip(x2, 0, 1/2)"},
    certify.constant(["2/3"]),
]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: next(iter(f)))
@pytest.mark.parametrize(
    "on", [certify.cube(3), certify.points([[1, 1, -1], [-1, 1, 1], [1, -1, -1]])], ids=str
)
def test_every_form_of_function(function: object, on: object) -> None:
    """By the structure of the set (a cube) and by looking at the points (a list)."""
    first = certify.compose(certify.project([0]), function)
    claim = certify.expectation([first], certify.uniform(on), "=", 0)
    assert isinstance(claim, Average)
    program = Program(source_of(claim.law), claim.terms(), EXACT)
    payoffs = payoff(claim, program.known, EXACT, program.source)
    stream = claim.law.factored()
    tensors = program.run(Numbered(program).choices(0, stream.size))
    values = payoffs.run(tensors)[0]
    assert payoffs.lower <= int(values.min()) and int(values.max()) <= payoffs.upper
    [(batch, _)] = stream.batches()
    exact = [v for (v,) in claim.terms()[0].evaluate(batch).fractions()]
    assert [int(v) * payoffs.unit for v in values] == exact
    if payoffs.values is not None:
        assert set(exact) <= {v * payoffs.unit for v in payoffs.values}


def test_two_values_are_known_where_both_sides_are_signs() -> None:
    law = certify.uniform(certify.cube(3))
    noisy = certify.flip(certify.parity([0, 1, 2]), [[1, 1, 1]])
    claim = certify.mse(noisy, certify.parity([0]), law, "<=", 1)
    program = Program(source_of(claim.law), claim.terms(), EXACT)
    assert payoff(claim, program.known, EXACT).values == (0, 4)


def test_a_coordinate_that_is_not_a_sign_is_refused() -> None:
    law = certify.uniform(certify.points([[1, 1], [1, 3]]))
    behind = certify.compose(certify.parity([0, 1]), builder.relu([[1, 0], [0, 1]]))
    claim = certify.mse(behind, certify.parity([0]), law, "<=", 1)
    program = Program(source_of(claim.law), claim.terms(), EXACT)
    with pytest.raises(Malformed, match="±1"):
        program.run(Numbered(program).choices(0, 2))


def test_the_kernels_bounds_narrow_a_range() -> None:
    from certify.networks.gadgets.parity import parity

    law = certify.uniform(certify.cube(8))
    claim = certify.mse(parity(8), parity(8, [0, 1]), law, "<", 3)
    assert isinstance(claim, Average)
    program = Program(source_of(claim.law), claim.terms(), EXACT)
    wide = payoff(claim, program.known, EXACT)
    narrow = payoff(claim, program.known, EXACT, program.source)
    assert 4 <= narrow.upper < wide.upper / 4


@settings(max_examples=40)
@given(networks(3, 2), networks(3, 2), st.sampled_from(LAWS))
def test_gap_ranges_hold_at_every_point(
    left: certify.Network, right: certify.Network, law: object
) -> None:
    claim = certify.mse(left, right, law, "<", 1)
    assert isinstance(claim, Average)
    sides = gap_ranges(source_of(claim.law), *claim.terms())
    assert sides is not None
    for batch, _ in claim.law.factored().batches():
        for point in batch.fractions():
            pairs = zip(left(point), right(point), sides, strict=True)
            assert all(low <= a - b <= high for a, b, (low, high) in pairs)


def test_towers_past_doubles_are_exact() -> None:
    """Theorem 1's tower: weights of 300 digits, values ±1."""
    from certify.networks.gadgets.tower import tower

    n, size, depth = 6, 15, 300
    along = [0] * n + [1]
    base = certify.embed(certify.cube(n), pad=[0])
    law = certify.uniform(certify.perturb(base, along, f"15^-{depth}", certify.parity(range(n))))
    claim = certify.mse(tower(n + 1, size, depth), certify.parity(range(n)), law, "=", 0)
    program = Program(source_of(claim.law), claim.terms(), EXACT)
    values, _ = payoff(claim, program.known, EXACT).run(
        program.run(Numbered(program).choices(0, 64))
    )
    assert values.tolist() == [0] * 64


def test_integers_past_62_bits_are_refused_where_exactness_is_asked() -> None:
    big = certify.linear([[str(2**70 + 1), "1/3"]])
    law = certify.uniform(certify.cube(2))
    claim = certify.mse(big, certify.constant([0]), law, "<=", 1)
    with pytest.raises(Inexact):
        payoff(claim, Program(source_of(claim.law), claim.terms(), EXACT).known, EXACT)


def test_products_are_in_full_precision_whatever_is_set() -> None:
    law = certify.uniform(certify.cube(2))
    claim = certify.mse(certify.project([0]), certify.constant([0]), law, "<=", 1)
    program = Program(source_of(claim.law), claim.terms(), EXACT)
    seen = []
    program.terms[0] = replace(
        program.terms[0],
        step=Step(program.known[0], lambda x: seen.append(torch.get_float32_matmul_precision())),
    )
    torch.set_float32_matmul_precision("medium")  # TF32 on a GPU, bfloat16 on some CPUs
    try:
        program.run(Numbered(program).choices(0, 4))
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision("highest")
    assert seen == ["highest"]


def test_many_coordinates_use_smaller_groups() -> None:
    law = certify.uniform(certify.cube(4096))
    claim = certify.mse(certify.parity([0]), certify.parity([1]), law, "=", 2)
    assert isinstance(claim, Average)
    width, groups = Source(claim.law.factored()).groups(64)
    assert width < 8
    assert sum(len(group.factors) for group in groups) == 4096
