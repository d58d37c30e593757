"""The committed students: estimated at n = 48; at n = 16 enumerated, and the kernel agrees."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from certify.claims.toml import ClaimsFile
from certify.estimate.run import average_of, estimate
from certify.kernel.certificate import load
from certify.kernel.verdict import Budget
from certify.prove.answers import Options
from certify.prove.outside import Walk, mean


@pytest.fixture(scope="module")
def claims(root: Path) -> ClaimsFile:
    return ClaimsFile(root / "models" / "students" / "claims.toml")


def test_sixteen_bits_enumerated_proved_and_estimated(claims: ClaimsFile, root: Path) -> None:
    goal, _ = average_of(claims.claim("student-16-compression").claim)
    stated = claims.claim("student-16-value").claim
    value = mean(goal, Walk(goal.law.factored(), Options()))
    certificate = load(root / "proofs" / "students" / "student-16-value.cert.json", Budget())
    assert Fraction(certificate.header["body"]["value"]) == value
    assert average_of(stated)[0].comparison == ("=", value)
    found = estimate(goal, samples=1 << 18, confidence="0.9999")
    assert found.exact and found.lower <= value <= found.upper


def test_forty_eight_bits_are_estimated(claims: ClaimsFile) -> None:
    goal = claims.claim("student-48-compression").claim
    runs = [
        estimate(goal, samples=1 << 18, batch=batch, shards=shards, confidence="0.999")
        for batch, shards in ((1000, 1), (65_536, 8))
    ]
    first, second = (run.to_json() for run in runs)
    assert first == second
    assert runs[0].exact and runs[0].decision == "below"
    assert runs[0].notes[0].startswith("member")


@pytest.mark.slow
def test_training_again_gives_a_student_as_good() -> None:
    """Not the same bytes: torch promises none on another processor."""
    import certify
    from certify.gallery.students import DEPTH, HEARD, SCALE, trained
    from certify.networks.gadgets.tower import tower

    n = 16
    base = certify.embed(certify.cube(n), pad=[0])
    sign = certify.parity(range(HEARD))
    law = certify.uniform(certify.perturb(base, [0] * n + [1], f"{SCALE}^-{DEPTH}", sign))
    claim = certify.mse(tower(n + 1, SCALE, DEPTH), trained(n, seed=7), law, "<", "1/16")
    assert certify.prove(claim).proved
