"""Robustness on a ball around a point that stands in a file, from the claims file to the proof."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import certify
from certify.networks.builder import Sequential, linear, relu
from certify.networks.files import save

# y0 = relu(x0) + relu(x1) against y1 = 2: at (3, 2) it leads by 3, and by 3 − 2r at distance r
SCORES = Sequential(relu([[1, 0], [0, 1]]), linear([[1, 1], [0, 0]], [0, 2]))


@pytest.mark.parametrize("suffix", ["csv", "npy"])
@pytest.mark.parametrize(
    ("radius", "holds", "expected"),
    [
        ("1649267441663/1099511627776", "y0 > y1", "proved"),  # 3/2 − 2^−40
        ("3/2", "y0 > y1", "refuted"),
        ("3/2", "y0 >= y1", "proved"),
        ("1649267441665/1099511627776", "y0 >= y1", "refuted"),
    ],
)
def test_the_exact_radius(
    tmp_path: Path, suffix: str, radius: str, holds: str, expected: str
) -> None:
    """The class of the centre is kept up to a distance of 3/2, where the two scores tie."""
    save(SCORES, tmp_path / "scores.json")
    if suffix == "csv":
        (tmp_path / "centre.csv").write_text("3\n2.0\n", encoding="utf-8")
    else:
        np.save(tmp_path / "centre.npy", np.array([3, 2]))
    (tmp_path / "claims.toml").write_text(
        f"""
networks = {{ scores = "scores.json" }}

[[claim]]
name = "robust"
kind = "output"
network = "scores"
on = {{ ball = {{ centre = "centre.{suffix}", radius = "{radius}" }} }}
holds = "{holds}"
""",
        encoding="utf-8",
    )
    claim = certify.ClaimsFile(tmp_path / "claims.toml").claim("robust")
    assert certify.prove(claim, method="regions").verdict == expected
