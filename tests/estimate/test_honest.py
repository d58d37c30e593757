"""What is printed never says more than what is known; what cannot be done is one line."""

from __future__ import annotations

import json
import math
import random
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import certify
from certify.errors import CertifyError
from certify.estimate import digits, plot
from certify.estimate.plan import Progress
from certify.estimate.run import Estimate, estimate
from certify.kernel.data.network import Network, affine_layer, sparse
from certify.kernel.verdict import Budget
from certify.networks.gadgets.parity import parity

CUBE = certify.uniform(certify.cube(3))
UNIT = certify.uniform(certify.box([0], [1]))
ZERO = certify.constant([0])


def line(*weights: Any, bias: Any = 0) -> Network:
    row = sparse([Fraction(w) for w in weights])
    return Network(len(weights), (affine_layer(len(weights), [row], [Fraction(bias)]),))


def square(f: Network, law: Any = CUBE) -> Any:
    """The claim about the mean of f²."""
    return certify.mse(f, ZERO, law, "<", 1)


def shown(found: Estimate) -> tuple[Fraction, Fraction, Fraction, Fraction]:
    """Estimate, lower, upper and confidence as the text has them."""
    words = str(found).split()
    assert words[0] == "estimated:" and words[2] == "in" and words[5] == "at"
    return tuple(Fraction(w.strip("[],;")) for w in (words[1], words[3], words[4], words[6]))  # type: ignore[return-value]


def honest(found: Estimate) -> None:
    """Everything that is written lies outward of what was computed."""
    assert found.lower <= found.estimate <= found.upper
    middle, lower, upper, level = shown(found)
    assert lower <= found.lower <= found.upper <= upper
    assert lower <= middle <= upper
    assert 0 < level <= found.confidence < 1
    data = json.loads(json.dumps(found.to_json(), allow_nan=False))
    for way in (Fraction, lambda v: Fraction(repr(v) if isinstance(v, float) else v)):
        assert way(data["lower"]) <= found.lower <= found.upper <= way(data["upper"])
        assert way(data["lower"]) <= way(data["estimate"]) <= way(data["upper"])
        assert way(data["rounding"]) >= found.rounding
    assert data["confidence"] < 1 and Fraction(repr(data["confidence"])) <= found.confidence
    for progress in found.history:
        assert progress.lower <= progress.estimate <= progress.upper


TINY = Fraction(1, 2**100)
LEGAL: dict[str, tuple[Any, Fraction]] = {
    "rare last": (
        certify.mse(line(1), ZERO, certify.weighted([([0], 1 - TINY), ([1], TINY)]), "<", 1),
        TINY,
    ),
    "rare first": (
        certify.mse(line(1), ZERO, certify.weighted([([1], TINY), ([0], 1 - TINY)]), "<", 1),
        TINY,
    ),
    "rare between": (
        certify.mse(
            line(1),
            ZERO,
            certify.weighted([([0], "1/2"), ([1], TINY), ([2], Fraction(1, 2) - TINY)]),
            "<",
            1,
        ),
        2 - 3 * TINY,
    ),
    "2^-70 against 0": (square(line(Fraction(1, 2**70), 0, 0)), Fraction(1, 2**140)),
    "0 against 2^-70": (
        certify.mse(line(0, 0, 0), line(Fraction(1, 2**70), Fraction(1, 2**69), 0), CUBE, "<", 1),
        Fraction(5, 2**140),
    ),
    "0 against 0": (square(line(0, 0, 0)), Fraction(0)),
    "1e200 cube": (square(line(10**200, 0, 1)), Fraction(10**400 + 1)),
    "1e200 box": (square(line(10**200), UNIT), Fraction(10**400, 3)),
    "1e160 box": (square(line(10**160), UNIT), Fraction(10**320, 3)),
    "1e-200 box": (square(line(Fraction(1, 10**200)), UNIT), Fraction(1, 3 * 10**400)),
    "1e-200 cube": (square(line(Fraction(1, 10**200), 0, 0)), Fraction(1, 10**400)),
    "product of tiny": (
        certify.expectation([line(Fraction(1, 2**300))] * 5, UNIT, ">", 0),
        Fraction(1, 6 * 2**1500),
    ),
    "product with nothing": (
        certify.expectation([line(Fraction(1, 2**300)), line(0), line(10**90)], UNIT, ">", 0),
        Fraction(0),
    ),
    "a point": (square(line(1), certify.uniform(certify.box(["1/3"], ["1/3"]))), Fraction(1, 9)),
    "few values": (certify.expectation([line(1, "1/2", 0)], CUBE, "<", 1), Fraction(0)),
    "two values": (
        certify.mse(certify.parity([0, 1]), certify.parity([2]), CUBE, "<", 1),
        Fraction(2),
    ),
}
LEVELS = ["0.999999", "0.999999999999", *("0." + "9" * n for n in (20, 400))]
LEVELS += ["1e-30", "1e-400", "0.5", "1/3"]


@pytest.mark.parametrize("name", LEGAL)
@pytest.mark.parametrize("sequential", [False, True])
def test_legal_claims_have_honest_intervals(name: str, sequential: bool) -> None:
    (claim, truth), refused = LEGAL[name], ""
    for samples in (1, 3, 1500, 70_000):
        try:
            found = estimate(claim, samples, "0.999999", sequential=sequential)
        except CertifyError as error:  # the sampler's 63 bits are too coarse for the level
            refused = str(error)
            continue
        honest(found)
        assert found.lower <= truth <= found.upper
        if truth > 0:
            assert found.upper > 0 and shown(found)[2] > 0
    assert not refused or (name.startswith("rare") and "too coarse" in refused)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", ["few values", "two values", "1e200 box"])
@pytest.mark.parametrize("samples", [100, 70_000])
def test_every_level_is_honest(level: str, name: str, samples: int) -> None:
    claim, truth = LEGAL[name]
    for sequential in (False, True):
        found = estimate(claim, samples, level, sequential=sequential, seed=1)
        assert found.confidence == Fraction(level)
        honest(found)
        if Fraction(level) > Fraction(99, 100):
            assert found.lower <= truth <= found.upper


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, (_, v) in LEGAL.items()])
def test_the_exact_ways_are_asked_first(name: str, value: Fraction) -> None:
    claim, _ = LEGAL[name]
    found = certify.estimate(claim, samples=100)
    if claim.law.finite:
        assert found.lower == found.estimate == found.upper == value
        assert (found.samples, found.exact) == (0, True) and found.looks
        assert str(found).startswith("exactly ")
        data = json.loads(json.dumps(found.to_json(), allow_nan=False))
        assert data["value"] is not None and data["verdict"] == "estimated"
        assert Fraction(data["lower"]) <= value <= Fraction(data["upper"])
    else:
        assert found.samples == 100 and found.lower <= value <= found.upper
    text = plot.drawing(found.looks, found.bound, name)
    assert "nan" not in text and "inf" not in text


NONSENSE: list[dict[str, Any]] = [
    {"samples": 100.5},
    {"samples": "100"},
    {"samples": 0},
    {"samples": 10**30},
    {"confidence": "1.0"},
    {"confidence": 2},
    {"confidence": True},
    {"confidence": None},
    {"confidence": math.nan},
    {"confidence": np.float64("nan")},
    {"confidence": Decimal("Infinity")},
    {"confidence": "1e-100000000000"},
    {"confidence": "0." + "9" * 10_000},
    {"confidence": "1_0/2_0"},
    {"confidence": "٠.٥"},
    {"confidence": "95%"},
    {"seed": 0.5},
    {"seed": "x"},
    {"batch": 1.5},
    {"shards": -1},
    {"workers": 10**9},
    {"executor": "threads"},
    {"progress": 3},
    {"sequential": "yes"},
    {"precision": "float8"},
    {"device": 7},
]


@pytest.mark.parametrize("options", NONSENSE, ids=str)
@pytest.mark.parametrize("way", [certify.estimate, estimate])
def test_nonsense_is_refused_in_one_line(options: dict[str, Any], way: Any) -> None:
    with pytest.raises(CertifyError) as refused:
        way(LEGAL["few values"][0], **options)
    assert len(str(refused.value).splitlines()) == 1 and len(str(refused.value)) < 250


@pytest.mark.parametrize(
    "level", [0.95, "0.95", ".95", "95/100", Fraction(19, 20), Decimal("0.95"), np.float32(0.95)]
)
def test_a_confidence_is_the_number_that_is_written(level: Any) -> None:
    assert estimate(LEGAL["two values"][0], np.int64(10), level).confidence == Fraction(19, 20)


def test_decimals_round_as_they_say() -> None:
    draw = random.Random(0)
    for _ in range(800):
        size = Fraction(draw.randint(-(10**9), 10**9), draw.randint(1, 10**9))
        value = size * Fraction(10) ** draw.choice([0, draw.randint(-400, 400)])
        for count in (1, 6, 15):
            down, near, up = (f(value, count) for f in (digits.down, digits.near, digits.up))
            assert Fraction(down) <= value <= Fraction(up)
            assert Fraction(near) in (Fraction(down), Fraction(up))
            assert abs(Fraction(up) - Fraction(down)) <= abs(value) * Fraction(10) ** (1 - count)
        if value and 1e-300 < abs(value) < 1e300:
            assert digits.near(value) == f"{float(value):.6g}"
    assert digits.up(Fraction(3, 10**401)) == "3e-401"
    assert digits.down(Fraction(10**9 - 1, 10**9)) == "0.999999"
    assert digits.up(Fraction(10**9 - 1, 10**9)) == "1"


@pytest.mark.parametrize("folds", [True, False])
def test_a_pair_with_errors_of_two_values_is_recognised(folds: bool) -> None:
    """Errors in {0, 4}, of which empirical Bernstein said [1.33, 2.67] from so many samples."""
    law = certify.uniform(certify.cube(12))
    claim = certify.mse(parity(12), parity(12, [0, 1]), law, "<", 1)
    found = estimate(claim, 200_000, "0.999")
    assert found.method == "Clopper–Pearson"
    assert found.lower <= 2 <= found.upper and found.upper - found.lower < Fraction(1, 20)
    ways = certify.api.exact_ways(claim, budget=None if folds else Budget(points=10))
    value = certify.estimate(claim, ways=ways)
    assert value.lower == value.upper == 2


def test_a_network_of_three_values_is_not_taken_for_two() -> None:
    """relu(Σx − 2) over {−1, 1}⁴ is 0 or 2; with −1 it is 0, 1 or 3."""
    law = certify.uniform(certify.cube(4))
    for bias, method in ((-2, "Clopper–Pearson"), (-1, "betting")):
        row = sparse([Fraction(1)] * 4)
        hidden = affine_layer(4, [row], [Fraction(bias)], relu=True)
        f = Network(4, (hidden, affine_layer(1, [sparse([Fraction(7)])])))
        claim = certify.expectation([f], law, "<", 1)
        truth = Fraction(7 * sum(max(0, 4 - 2 * k + bias) * math.comb(4, k) for k in range(5)), 16)
        found = estimate(claim, 2000, "0.999999")
        assert found.method == method
        assert found.lower <= truth <= found.upper


def test_the_forecast_of_folding_is_the_time_that_it_had() -> None:
    f = certify.compose(
        {"expression": "abs(x0) + x0/3"}, certify.linear([[2**i for i in range(40)]])
    )
    claim = certify.mse(f, ZERO, certify.uniform(certify.cube(40)), "<", 1)
    for timeout in (0.1, 0.3, 0.5):
        [fold, *_] = certify.api.exact_ways(claim, timeout)
        assert fold.reason == f"folding needs more than {timeout:g} seconds"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x.png", "ends in .svg"),
        ("x", "ends in .svg"),
        ("nowhere/x.svg", "No such file"),
        ("folder.svg", "directory"),
    ],
)
def test_a_plot_that_cannot_be_written_is_refused_before(
    tmp_path: Path, name: str, message: str
) -> None:
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(CertifyError, match=message):
        plot.check(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.svg"]


def test_a_plot_that_can_be_written_leaves_no_trace_before(tmp_path: Path) -> None:
    plot.check(tmp_path / "x.SVG")
    assert not list(tmp_path.iterdir())
    (tmp_path / "old.svg").write_text("old")
    plot.check(tmp_path / "old.svg")
    assert (tmp_path / "old.svg").read_text() == "old"


def test_plots_of_numbers_past_doubles() -> None:
    big, small = Fraction(10) ** 400, Fraction(10) ** -400
    for scale in (big, small, Fraction(1)):
        looks = [Progress(1 << k, scale * 2, scale, scale * 3) for k in range(10, 14)]
        for bound in (Fraction(0), scale, -big, big):
            text = plot.drawing(looks, bound, "x")
            assert "nan" not in text and "inf" not in text and len(text) < 20_000
