from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats

import certify
from certify.estimate.normal import LEAST, deviations
from certify.estimate.philox import key_of, torch_words, words
from certify.estimate.sampling import Sampler
from certify.kernel.language.claim import Average
from certify.tensors.enclosure import Policy
from certify.tensors.points import TAIL, source_of
from certify.tensors.program import Program

CPU = torch.device("cpu")
WEIGHTED = certify.weighted([([5], "1/3"), ([7], "1/2"), ([9], "1/6")])
LAWS = {
    "cube": certify.uniform(certify.cube(5)),
    "long cube": certify.uniform(certify.cube(75)),
    "very long cube": certify.uniform(certify.cube(1000)),
    "points": certify.uniform(certify.points([[1, 0], [0, 1], [0, 0], [5, 5], ["1/3", 1]])),
    "grid": certify.uniform(certify.grid([[0, 1, 2], [1, -1], [4], [0, 1, 2, 3, 4]])),
    "perturbed": certify.uniform(
        certify.perturb(certify.cube(3), [1, 0, 0], "1/7", certify.parity([1, 2]))
    ),
    "product": {"product": [WEIGHTED, certify.uniform(certify.cube(3))]},
    "box": certify.uniform(certify.box([0, -1], [1, "5/2"])),
    "normal": certify.gaussian([0, 5], [1, "1/2"]),
    "mixed": {
        "product": [
            certify.gaussian([1], [4]),
            certify.uniform(certify.cube(2)),
            certify.uniform(certify.box([0], [1])),
            WEIGHTED,
        ]
    },
}


def sampler(law: object, seed: int = 0) -> Sampler:
    """All coordinates of the points, by the sampler of a claim over this law."""
    probe = certify.mse(certify.constant([0]), certify.constant([0]), law, "=", 0)
    assert isinstance(probe, Average)
    n = probe.law.dimension
    every = certify.project(range(n))
    claim = certify.mse(every, every, law, "=", 0)
    assert isinstance(claim, Average)
    program = Program(source_of(claim.law), claim.terms(), Policy(torch.float64, CPU))
    return Sampler(program, key_of(claim.digest, seed))


def points(drawn: Sampler, start: int, stop: int) -> np.ndarray:
    """The points of these samples, as floats."""
    tensor = drawn.program.run(*drawn.draw(start, stop))[0]
    return tensor.to(torch.float64).numpy() * float(drawn.program.known[0].unit)


@pytest.mark.parametrize("law", LAWS)
def test_numpy_and_torch_place_the_same_words_alike(law: str) -> None:
    drawn = sampler(LAWS[law])
    first, last = 11 * drawn.words, 311 * drawn.words
    choices, smooth = drawn.place_cpu(words(drawn.key, first, last), 300)
    again, same = drawn.place(torch_words(drawn.key, first, last, CPU), 300)
    assert torch.equal(choices.to(torch.int64), again)
    assert (smooth is None and same is None) or torch.equal(smooth, same)


@pytest.mark.parametrize("law", LAWS)
def test_a_sample_depends_on_its_number_alone(law: str) -> None:
    drawn = sampler(LAWS[law])
    whole = points(drawn, 0, 1000)
    parts = [points(drawn, a, b) for a, b in ((0, 1), (1, 333), (333, 334), (334, 1000))]
    assert (np.concatenate(parts) == whole).all()
    assert (points(sampler(LAWS[law], seed=1), 0, 1000) != whole).any()


@pytest.mark.parametrize("law", ["cube", "points", "grid", "perturbed", "product"])
def test_finite_laws_by_a_chi_square(law: str) -> None:
    drawn, count = sampler(LAWS[law]), 40_000
    found = points(drawn, 0, count)
    probe = certify.mse(certify.constant([0]), certify.constant([0]), LAWS[law], "=", 0)
    assert isinstance(probe, Average)
    stream = probe.law.factored()
    expected: dict[tuple[float, ...], float] = {}
    for batch, weights in stream.batches():
        for point, weight in zip(batch.fractions(), weights or [1] * len(batch), strict=True):
            expected[tuple(round(float(v), 9) for v in point)] = weight / stream.total
    seen = dict.fromkeys(expected, 0)
    for row in found.round(9).tolist():
        seen[tuple(row)] += 1  # a point outside of the set is a KeyError
    result = stats.chisquare(list(seen.values()), [p * count for p in expected.values()])
    assert result.pvalue > 1e-4


def test_pairs_of_bits_of_a_long_cube_are_independent() -> None:
    found = points(sampler(LAWS["long cube"]), 0, 20_000)
    assert set(np.unique(found)) == {-1.0, 1.0}
    means = np.abs((found.T @ found / len(found)) - np.eye(75))
    assert means.max() < 6 / math.sqrt(len(found))
    assert np.abs(found.mean(axis=0)).max() < 5 / math.sqrt(len(found))


def test_continuous_laws_by_kolmogorov() -> None:
    flat = points(sampler(LAWS["box"]), 0, 50_000)
    assert stats.kstest(flat[:, 0], stats.uniform(0, 1).cdf).pvalue > 1e-4
    assert stats.kstest(flat[:, 1], stats.uniform(-1, 3.5).cdf).pvalue > 1e-4
    normal = points(sampler(LAWS["normal"]), 0, 50_000)
    assert stats.kstest(normal[:, 0], stats.norm(0, 1).cdf).pvalue > 1e-4
    assert stats.kstest(normal[:, 1], stats.norm(5, math.sqrt(0.5)).cdf).pvalue > 1e-4
    assert abs(np.corrcoef(normal.T)[0, 1]) < 5 / math.sqrt(len(normal))


def test_normal_deviates_are_within_their_bound_of_the_quantile() -> None:
    rng = np.random.default_rng(0)
    least = int(LEAST * 2**64)
    number = np.concatenate([
        rng.integers(least, 2**63, 200_000),
        (2.0 ** rng.uniform(math.log2(least), 63, 200_000)).astype(np.int64),
        np.array([least, 2**62 - 1, 2**62, 2**63 - 1]),
    ])  # fmt: skip
    found = deviations(torch.from_numpy(number)).numpy()
    exact = stats.norm.isf((number.astype(np.float64) + 0.5) * 2.0**-64)
    allowed = float(TAIL) * 2.0**-26  # NORMAL_STEP, in deviations
    assert np.abs(found - exact).max() < allowed
    assert deviations(torch.tensor([0, 1])).max() < float(TAIL)
