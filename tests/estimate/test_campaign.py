"""Coverage on random networks and laws whose exact mean is known: how often is the truth missed?"""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise, product

import pytest
from scipy import stats

import certify
from certify.errors import CertifyError
from certify.estimate.run import estimate
from certify.kernel.data.network import Network, affine_layer, sparse
from certify.kernel.language.claim import Claim
from certify.kernel.language.distributions import Distribution


def weight(draw: random.Random, spread: int) -> Fraction:
    size = Fraction(draw.randint(-9, 9), draw.choice([1, 1, 3, 7]))
    return size * Fraction(2) ** draw.randint(-spread, spread)


def network(draw: random.Random, inputs: int, spread: int) -> Network:
    sizes = [inputs, *(draw.randint(1, 4) for _ in range(draw.randint(1, 3))), 1]
    layers = []
    for number, (columns, rows) in enumerate(pairwise(sizes)):
        matrix = [sparse([weight(draw, spread) for _ in range(columns)]) for _ in range(rows)]
        bias = [weight(draw, spread) for _ in range(rows)]
        layers.append(affine_layer(columns, matrix, bias, relu=number < len(sizes) - 2))
    return Network(inputs, tuple(layers))


def discrete(draw: random.Random, spread: int) -> tuple[Claim, Fraction]:
    """A claim over weighted points of few coordinates, and its mean by listing them."""
    points = {tuple(draw.randint(-2, 2) for _ in range(2)) for _ in range(draw.randint(2, 6))}
    raw = {p: Fraction(2) ** -draw.choice([0, 0, 1, 3, 10, 40, 90]) for p in sorted(points)}
    total = sum(raw.values(), Fraction(0))
    weights = [(list(map(Fraction, p)), w / total) for p, w in raw.items()]
    f, g = network(draw, 2, spread), network(draw, 2, spread)
    law = certify.weighted(weights)
    if draw.random() < 0.5:
        mean = sum((w * (f(p)[0] - g(p)[0]) ** 2 for p, w in weights), Fraction(0))
        return certify.mse(f, g, law, "<", 1), mean
    mean = sum((w * f(p)[0] * g(p)[0] for p, w in weights), Fraction(0))
    return certify.expectation([f, g], law, "<", 1), mean


def signs(draw: random.Random, spread: int) -> tuple[Claim, Fraction]:
    """The same over all of {−1, 1}ⁿ."""
    inputs = draw.randint(1, 5)
    f, g = network(draw, inputs, spread), network(draw, inputs, spread)
    points = [tuple(map(Fraction, p)) for p in product((-1, 1), repeat=inputs)]
    mean = sum(((f(p)[0] - g(p)[0]) ** 2 for p in points), Fraction(0)) / len(points)
    return certify.mse(f, g, certify.uniform(certify.cube(inputs)), "<", 1), mean


def continuous(draw: random.Random, spread: int) -> tuple[Claim, Fraction]:
    """c·relu(x − t)·… over [0, 1]: E (c·relu(x − t))² = c²(1 − t)³/3, by an integral; or normal."""
    c, t = weight(draw, spread) or Fraction(1), Fraction(draw.randint(0, 8), 9)
    hidden = affine_layer(1, [sparse([Fraction(1)])], [-t], relu=True)
    f = Network(1, (hidden, affine_layer(1, [sparse([c])])))
    law: Distribution = certify.uniform(certify.box([0], [1]))
    if draw.random() < 0.3:  # E (c·x + t)² = c² + t²
        f = Network(1, (affine_layer(1, [sparse([c])], [t]),))
        return certify.mse(
            f, certify.constant([0]), certify.gaussian([0], [1]), "<", 1
        ), c * c + t * t
    return certify.mse(f, certify.constant([0]), law, "<", 1), c * c * (1 - t) ** 3 / 3


def trial(seed: int, level: str) -> bool | None:
    """Does an interval hold the truth? None where it is refused."""
    draw = random.Random(seed)
    claim, truth = draw.choice([discrete, signs, continuous])(draw, draw.choice([0, 3, 12, 40]))
    options = {
        "precision": draw.choice(["auto", "auto", "float32", "float64"]),
        "sequential": draw.random() < 0.3,
    }
    samples = draw.choice([1, 2, 7, 60, 500, 2000, 70_000])
    try:
        found = estimate(claim, samples, level, seed=seed, workers=1, **options)
    except CertifyError:
        return None
    if not found.lower <= found.estimate <= found.upper:
        raise AssertionError(f"seed {seed}: {found}")
    return found.lower <= truth <= found.upper


def campaign(count: int, level: str) -> tuple[int, int, int]:
    """(held, missed, refused)."""
    found = [trial(seed, level) for seed in range(count)]
    return found.count(True), found.count(False), found.count(None)


def test_no_interval_misses_at_a_high_level() -> None:
    held, missed, refused = campaign(120, "0.9999999")
    assert missed == 0 and held > 100 and refused < 10


@pytest.mark.slow
@pytest.mark.parametrize("level", ["0.8", "0.95"])
def test_misses_are_as_rare_as_the_level_says(level: str) -> None:
    """A valid method misses more than this once in 10,000 campaigns."""
    held, missed, refused = campaign(3000, level)
    print(f"level {level}: held {held}, missed {missed}, refused {refused}")
    assert missed <= stats.binom.isf(1e-4, held + missed, 1 - float(level))
    assert refused < 300
