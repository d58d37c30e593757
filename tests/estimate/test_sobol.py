"""Why samples are random and not quasi-random: scrambled Sobol points fail on parities."""

from __future__ import annotations

import pytest
import torch

import certify
from certify.estimate.run import estimate

TRAP = [6, 25, 27, 30]


def test_scrambled_sobol_points_give_a_parity_a_mean_of_one() -> None:
    """Thresholded to ±1 at n = 32: exactly +1 or −1 by seed, where the truth is 0."""
    means = set()
    for seed in range(6):
        engine = torch.quasirandom.SobolEngine(32, scramble=True, seed=seed)
        signs = torch.where(engine.draw(1 << 16) < 0.5, -1.0, 1.0)
        means.add(float(signs[:, TRAP].prod(dim=1).mean()))
    assert means == {-1.0, 1.0}


@pytest.mark.parametrize("seed", range(6))
def test_the_sampler_here_does_not(seed: int) -> None:
    law = certify.uniform(certify.cube(32))
    claim = certify.expectation([certify.parity(TRAP)], law, "=", 0)
    found = estimate(claim, samples=1 << 16, confidence="0.999999", seed=seed)
    assert found.lower < 0 < found.upper
    assert found.upper - found.lower < 0.05
