from __future__ import annotations

import dataclasses
import math
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

import certify
from certify.errors import CertifyError
from certify.estimate import plot
from certify.estimate.ladder import rungs
from certify.estimate.run import Estimate, estimate
from certify.estimate.summary import FEW
from certify.kernel.language.claim import Average
from certify.kernel.verdict import Budget
from certify.networks import builder
from certify.networks.gadgets.parity import parity
from certify.prove.answers import Options

SIGNS = certify.uniform(certify.cube(12))
PERTURBED = certify.uniform(
    certify.perturb(certify.cube(12), [1] + [0] * 11, "1/7", certify.parity([1, 2]))
)
WEIGHTED = certify.weighted([([1], "1/3"), ([0], "1/2"), ([2], "1/6")])
CLAIMS = {
    "two values": certify.mse(
        certify.parity(range(12)), certify.symmetric([0, 1], [1, 1, -1]), SIGNS, "<=", 1
    ),
    "networks": certify.mse(parity(12, [0, 1]), certify.parity([1]), SIGNS, "<=", 1),
    "perturbed": certify.mse(parity(12, [0, 1]), certify.constant(["1/3"]), PERTURBED, "<", 1),
    "expectation": certify.expectation(
        [certify.parity([0, 1]), certify.symmetric([0, 1], [0, "1/3", -1])], SIGNS, ">", 0
    ),
    "weighted": certify.mse(
        {"expression": "max(x0, x1)"},
        {"expression": "x0/3"},
        {"product": [certify.uniform(certify.cube(1)), WEIGHTED]},
        "<",
        1,
    ),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_four_ways_to_one_number(name: str) -> None:
    """Fold, enumerate and enumerated agree exactly; the estimate contains them."""
    claim = CLAIMS[name]
    assert isinstance(claim, Average)
    found = list(rungs(claim, Options(), every=True))
    assert [rung.name for rung in found] == ["fold", "enumerate", "enumerated"]
    [value] = {rung.value for rung in found}
    assert value is not None
    for samples in (1 << 12, 1 << 17):
        result = estimate(claim, samples=samples, confidence="0.999999")
        assert result.exact and result.rounding == 0
        assert result.lower <= value <= result.upper
        assert result.verdict == "estimated"


def test_the_ladder_ends_at_the_first_value_and_says_why_others_gave_none() -> None:
    f = certify.flip(parity(12), [[1] * 12])  # needs all of x
    claim = certify.mse(f, certify.parity(range(12)), SIGNS, "<", 1)
    assert isinstance(claim, Average)
    found = list(rungs(claim, Options(budget=Budget(points=100))))
    assert [rung.value for rung in found] == [None, None, Fraction(1, 1024)]
    assert "all of x" in found[0].reason and "budget" in found[1].reason
    box = certify.mse(
        certify.project([0]), certify.constant([0]), certify.uniform(certify.box([0], [1])), "<", 1
    )
    assert isinstance(box, Average)
    assert [rung.value for rung in rungs(box, Options())] == [None, None, None]


def test_the_ladder_shows_a_value_of_any_length() -> None:
    """2^−50000 has more digits than Python writes at once."""
    tiny = certify.constant(["2^-50000"])
    claim = certify.expectation([tiny], certify.uniform(certify.cube(1)), ">", 0)
    assert isinstance(claim, Average)
    last = list(rungs(claim, Options()))[-1]
    assert last.value == Fraction(1, 2**50_000)
    assert len(last.reason) < 300


def test_exact_ways_end_with_their_time() -> None:
    """2^40 points, each a state of its own: folding stops long before its budget is spent."""
    row = [[2**i for i in range(40)]]
    f = certify.compose({"expression": "abs(x0) + x0/3"}, certify.linear(row))
    law = certify.uniform(certify.cube(40))
    claim = certify.mse(f, certify.constant([0]), law, "<", 1)
    assert isinstance(claim, Average)
    start = time.process_time()
    found = list(rungs(claim, Options(timeout=0.2)))
    assert time.process_time() - start < 5
    assert [rung.name for rung in found] == ["fold", "enumerate", "enumerated"]
    assert found[0].reason == "folding needs more than 0.2 seconds"


@pytest.mark.parametrize("name", CLAIMS)
def test_results_do_not_depend_on_batches_shards_or_workers(name: str) -> None:
    base = estimate(CLAIMS[name], samples=100_000, seed=5)
    for options in (
        {"batch": 1000},
        {"batch": 65_536},
        {"shards": 1},
        {"shards": 8, "workers": 2},
        {"shards": 7, "batch": 1000, "workers": 1},
    ):
        again = estimate(CLAIMS[name], samples=100_000, seed=5, **options)
        assert dataclasses.replace(again, history=base.history) == base
    assert estimate(CLAIMS[name], samples=100_000, seed=6) != base


def test_samples_are_the_same_everywhere() -> None:
    """Pinned: any change of the generator, its key or the order of its words shows here."""
    law = certify.uniform(certify.cube(40))
    signs = certify.mse(certify.parity([0, 1, 2]), certify.parity([3]), law, "<=", 2)
    law = {"product": [WEIGHTED, certify.uniform(certify.grid([[1, 2, 3]]))]}
    factors = [{"expression": "x0"}, {"expression": "max(x1 - 1, 0)"}]
    choices = certify.expectation(factors, law, ">", 0)
    found = [estimate(c, samples=4096, seed=s).estimate for c in (signs, choices) for s in (0, 1)]
    assert found == [Fraction(1039, 512), 2, Fraction(2771, 4096), Fraction(2743, 4096)]


def test_rounded_results_differ_by_no_more_than_their_bound() -> None:
    law = certify.uniform(certify.box([0, 0], [1, 1]))
    claim = certify.mse({"expression": "max(x0, x1) * 1/3"}, certify.project([1]), law, "<", 1)
    runs = [
        estimate(claim, samples=70_000, precision=precision, batch=batch)
        for precision in ("float32", "float64")
        for batch in (1000, 65_536)
    ]
    for run in runs:
        assert not run.exact and run.rounding > 0
        for other in runs:
            assert abs(run.estimate - other.estimate) <= (run.rounding + other.rounding) / 2
    # E(max(x, y)/3 − y)² = E max²/9 − 2 E(max·y)/3 + E y² = 1/18 − 1/4 + 1/3
    truth = Fraction(1, 18) - Fraction(2, 3) * Fraction(3, 8) + Fraction(1, 3)
    assert all(run.lower <= truth <= run.upper for run in runs)


def test_cancellation_widens_the_interval_so_that_it_contains_the_truth() -> None:
    """clip((2³⁰·x₀ + x₁) − 2³⁰·x₀, 0, 1): float32 loses x₁, and the mean of its square."""
    import torch

    from certify.kernel.data.network import affine_layer
    from certify.networks.torch.write import to_torch

    one, big = Fraction(1), Fraction(2**30)
    layers = (
        affine_layer(2, [((0, big), (1, one)), ((0, big),)]),
        affine_layer(2, [((0, one), (1, -one))], relu=True),
        affine_layer(1, [((0, -one),)], [one], relu=True),
        affine_layer(1, [((0, -one),)], [one], relu=True),
    )
    f = certify.Network(2, layers)
    law = certify.uniform(certify.box([0, 0], [1, 1]))
    claim = certify.mse(f, certify.constant([0]), law, "<", 1)
    truth = Fraction(1, 3)
    with torch.no_grad():
        naive = to_torch(f, torch.float32)(torch.rand(1 << 14, 2)).square().mean()
    assert abs(float(naive) - truth) > 0.1
    blurred = estimate(claim, samples=1 << 14, precision="float32")
    assert blurred.lower <= truth <= blurred.upper
    assert blurred.rounding > Fraction(1, 10)
    sharp = estimate(claim, samples=1 << 14)
    assert sharp.lower <= truth <= sharp.upper
    assert sharp.rounding < Fraction(1, 10**4)
    assert sharp.upper - sharp.lower < Fraction(1, 20)


COVERED = [
    ("two values", 60, False, "Clopper–Pearson"),
    ("networks", 60, False, "Clopper–Pearson"),
    ("expectation", 100, False, "betting"),
    ("expectation", FEW + 1, False, "empirical Bernstein"),
    pytest.param("expectation", 1 << 11, True, "betting, at any look", marks=pytest.mark.slow),
]
SEEDS, HELD = 400, 368  # 92%: 95% less sampling noise


def test_a_valid_interval_is_all_but_sure_to_hold_that_often() -> None:
    """An interval that covers with probability 0.95 fails the next test in 3 of 1000 cases,
    exactly; one that covers with 0.9 passes it in 1 of 10."""
    assert 0.002 < stats.binom.cdf(HELD - 1, SEEDS, 0.95) < 0.004
    assert stats.binom.sf(HELD - 1, SEEDS, 0.9) < 0.11


@pytest.mark.parametrize(("name", "samples", "sequential", "method"), COVERED)
def test_coverage_over_400_seeds(name: str, samples: int, sequential: bool, method: str) -> None:
    claim = CLAIMS[name]
    assert isinstance(claim, Average)
    value = next(rung.value for rung in rungs(claim, Options()) if rung.value is not None)
    held = 0
    for seed in range(SEEDS):
        found = estimate(
            claim, samples=samples, seed=seed, workers=1, sequential=sequential, precision="float32"
        )
        assert found.method == method
        held += found.lower <= value <= found.upper
    assert held >= HELD


@pytest.mark.parametrize("name", CLAIMS)
def test_sequential_runs_stop_at_a_look_that_decides(name: str) -> None:
    claim = CLAIMS[name]
    assert isinstance(claim, Average)
    value = next(rung.value for rung in rungs(claim, Options()) if rung.value is not None)
    found = estimate(claim, samples=1 << 20, sequential=True, confidence="0.999999")
    assert found.decision == ("below" if value < claim.comparison[1] else "above")
    assert found.samples < 1 << 20
    assert found.samples & (found.samples - 1) == 0
    assert found.lower <= value <= found.upper
    assert [p.samples for p in found.history] == sorted({p.samples for p in found.history})
    widths = [p.upper - p.lower for p in found.history]
    assert widths == sorted(widths, reverse=True)


def test_undecided_where_the_bound_is_the_truth() -> None:
    law = certify.uniform(certify.cube(8))
    claim = certify.expectation([certify.parity([0])], law, "=", 0)
    found = estimate(claim, samples=5000, sequential=True, confidence="0.9999")
    assert (found.decision, found.samples) == ("undecided", 5000)


def test_a_payoff_of_one_value_is_constant() -> None:
    claim = certify.mse(certify.parity([0, 1]), certify.constant([0]), SIGNS, "<", 2)
    found = estimate(claim, samples=10)
    assert (found.lower, found.estimate, found.upper) == (1, 1, 1)
    assert (found.method, found.decision) == ("constant", "below")


def test_compression_says_exactly_whether_it_is_a_member() -> None:
    wrong = certify.compression(certify.parity([0]), parity(12), SIGNS, 3, "<", 1, lambda_=2)
    right = certify.compression(certify.parity([0]), parity(12), SIGNS, 3, "<", 3, lambda_=12)
    assert estimate(wrong, samples=100).notes[0].startswith("not a member: layer 1")
    found = estimate(right, samples=1 << 17)
    assert found.notes[0].startswith("member")
    assert found.lower <= 2 <= found.upper
    shallow = certify.compression(certify.parity([0]), parity(12), SIGNS, 4, "<", 3, lambda_=12)
    assert "3 layers, not 4" in estimate(shallow, samples=100).notes[0]


def test_normal_inputs_with_a_lipschitz_certificate() -> None:
    law = certify.gaussian([0, 1], [1, "1/2"])
    claim = certify.mse({"expression": "x0 + x1"}, certify.project([0]), law, "<", 2)
    found = estimate(claim, samples=1 << 18, confidence="0.9999")
    assert found.lower <= Fraction(3, 2) <= found.upper
    assert found.upper - found.lower < Fraction(1, 5)
    assert found.decision == "below"


BAD: list[tuple[Any, dict[str, Any], str]] = [
    ("two values", {"confidence": "1"}, "between 0 and 1"),
    ("two values", {"confidence": 0}, "between 0 and 1"),
    ("two values", {"confidence": "-0.5"}, "between 0 and 1"),
    ("two values", {"confidence": "1.5"}, "between 0 and 1"),
    ("two values", {"confidence": 1.5}, "between 0 and 1"),
    ("two values", {"confidence": math.nan}, "not a number"),
    ("two values", {"confidence": math.inf}, "not a number"),
    ("two values", {"confidence": "nan"}, "not a number"),
    ("two values", {"confidence": "many"}, "not a number"),
    ("two values", {"samples": 0}, "at least one"),
    ("two values", {"samples": -5}, "at least one"),
    ("two values", {"device": "tpu"}, "no device"),
    ("two values", {"device": "cuda:99"}, "no CUDA device"),
    ("two values", {"device": "cuda:x"}, "no device"),
    ("two values", {"device": "cpu:0"}, "no device"),
    ("two values", {"precision": "float8"}, "no precision"),
    ("two values", {"batch": 0}, "batch"),
    ("two values", {"shards": 0}, "shards"),
    ("two values", {"workers": 0}, "workers"),
    (certify.equals(parity(3), parity(3), on=certify.cube(3)), {}, "not about an average"),
    (certify.member(parity(3), 3, lambda_=9), {}, "not about an average"),
    (
        certify.mse(
            certify.flip(certify.project([0]), [[0]]),
            certify.constant([0]),
            certify.gaussian([0], [1]),
            "<",
            1,
        ),
        {},
        "no Lipschitz certificate",
    ),
    (
        certify.expectation([certify.project([0])], certify.gaussian([0], [1]), "<", 1),
        {},
        "unbounded",
    ),
    (
        certify.mse(
            certify.compose(certify.parity([0]), builder.relu([[1]])),
            certify.constant([0]),
            certify.uniform(certify.box([0], [1])),
            "<",
            1,
        ),
        {},
        "±1",
    ),
]


@pytest.mark.parametrize(("claim", "options", "message"), BAD)
def test_bad_requests_are_refused_with_the_reason(claim: Any, options: Any, message: str) -> None:
    with pytest.raises(CertifyError, match=message):
        estimate(CLAIMS.get(claim, claim) if isinstance(claim, str) else claim, **options)


@pytest.mark.parametrize(
    "on", [certify.polytope([[1, 1, 1], [-1, 0, 0], [0, -1, 0]]), certify.space(2)]
)
def test_a_distribution_without_a_sampler_is_refused(on: Any) -> None:
    with pytest.raises(CertifyError, match="uniform needs a finite set, or a box"):
        certify.mse(certify.project([0]), certify.constant([0]), certify.uniform(on), "<", 1)


def test_json_and_text_round_outward() -> None:
    found = estimate(CLAIMS["two values"], samples=1000)
    data = found.to_json()
    assert {"estimate", "lower", "upper", "confidence", "samples", "method"} <= data.keys()
    assert Fraction(data["lower"]) <= found.lower < found.upper <= Fraction(data["upper"])
    assert math.isclose(data["lower"], found.lower) and math.isclose(data["upper"], found.upper)
    assert str(found).startswith("estimated: ") and "proved" not in str(found)
    shown = str(found).split("[")[1].split("]")[0].split(", ")
    assert Fraction(shown[0]) <= found.lower < found.upper <= Fraction(shown[1])


def test_plot_is_an_svg_file(tmp_path: Path) -> None:
    found = estimate(CLAIMS["networks"], samples=1 << 14)
    target = tmp_path / "interval.svg"
    plot.write(found.history, found.bound, "a < b & c", target)
    root = ET.parse(target).getroot()
    assert root.tag.endswith("svg")
    assert len(found.history) == 5
    texts = [node.text for node in root.iter() if node.text]
    [band] = [node for node in root.iter() if node.tag.endswith("polygon")]
    corners = [tuple(map(float, pair.split(","))) for pair in band.attrib["points"].split()]
    assert len(corners) == 10
    assert all(plot.TOP <= y <= plot.FLOOR for x, y in corners[4:6])  # the last interval
    assert {x for x, _ in corners} == {x for x, _ in corners[:5]}
    assert "bound 1" in texts
    assert "a < b & c" in texts and "samples" in texts


def test_progress_is_told_after_every_part() -> None:
    told = []
    found = estimate(CLAIMS["networks"], samples=1 << 13, progress=told.append)
    assert tuple(told) == found.history
    assert told[-1].samples == 1 << 13


SMALL_MEMORY = """
import resource, certify
from certify.estimate.run import estimate
from certify.networks.gadgets.parity import parity
law = certify.uniform(certify.cube(40))
claim = certify.mse(parity(40, wide=True), certify.parity([0]), law, "<", 1)
estimate(claim, samples=1000)  # everything is loaded
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 150_000_000,) * 2)
print(repr(estimate(claim, samples=1 << 20, batch=1 << 20, workers=1)))
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's limits")
def test_out_of_memory_makes_smaller_batches_and_changes_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SMALL_MEMORY],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    law = certify.uniform(certify.cube(40))
    claim = certify.mse(parity(40, wide=True), certify.parity([0]), law, "<", 1)
    expected: Estimate = estimate(claim, samples=1 << 20)
    assert done.stdout.strip() == repr(expected)
