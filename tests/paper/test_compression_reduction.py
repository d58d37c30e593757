"""Lemma 1 as an algorithm: exact networks, torch modules and plain functions."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction

import pytest

import certify
from certify.errors import CertifyError
from certify.kernel.language.kinds.learner import Learner
from certify.networks.gadgets.symmetric import alternating, symmetric
from certify.networks.gadgets.tower import tower
from certify.paper import Finite, Reduction

N = 6
ON = certify.embed(certify.cube(N), pad=[0])
AXIS = [0] * N + [1]
ETA = Fraction(1, 4**5)


def reduction(wrong: tuple[int, ...] = ()) -> Reduction:
    values = [-v if p in wrong else v for p, v in enumerate(alternating(N))]
    return Reduction(tower(N + 1, 4, 5), symmetric(values, N + 1, range(N)), AXIS, ETA)


def parity(x: tuple[Fraction, ...]) -> int:
    return -1 if sum(v < 0 for v in x[:N]) % 2 else 1


def support() -> list[tuple[Fraction, ...]]:
    stream = certify.equals(certify.constant([0]), certify.constant([0]), ON).on.factored()
    return [p for batch, _ in stream.batches() for p in batch.fractions()]


@pytest.mark.parametrize("wrong", [(), (0,), (2,), (0, 1, 2)])
def test_density_and_hypothesis_agree_with_the_kernel(wrong: tuple[int, ...]) -> None:
    learned, base = reduction(wrong), Finite(certify.uniform(ON))
    around = [(*x[:N], x[N] + side * ETA) for x in support() for side in (1, -1)] + support()
    density = {x: learned.density(x, base.density) for x in around}
    assert sum(density.values()) == 1
    assert all(density[x] == 0 for x in support())
    truth = {(*x[:N], parity(x) * ETA): Fraction(1, 2**N) for x in support()}
    distance = sum(abs(m - truth.get(x, Fraction(0))) for x, m in density.items()) / 2
    agree = sum(learned.sign(x) == parity(x) for x in support())
    assert distance == 1 - Fraction(agree, 2**N)
    claim = learned.claim(ON, certify.parity(range(N)), 2, 4, 3, lambda_=8)
    assert isinstance(claim, Learner)
    verdict = certify.prove(claim)
    assert verdict.proved and verdict.certificate is not None
    assert verdict.certificate.header["body"]["tv"]["body"]["value"] == str(distance)


def test_samples_have_the_density_that_is_computed() -> None:
    learned, base = reduction((2,)), Finite(certify.uniform(ON))
    draw = random.Random(7)
    counts = Counter(learned.sample(lambda: base.sample(draw)) for _ in range(2000))
    assert len(counts) == 2**N
    for point, count in counts.items():
        assert learned.density(point, base.density) == Fraction(1, 2**N)
        assert 4 <= count <= 70  # 31 ± 6
    assert learned.queries == {
        "compression": 2000 + 2**N, "separator": 2 * (2000 + 2**N)
    }  # fmt: skip


def test_the_hypothesis_is_right_on_three_quarters() -> None:
    """Theorem 1's use of it: for a 1/16-compression and Δ = 2; for a worse one it fails."""
    for wrong, accurate in (((0,), True), ((0, 1, 2), False)):
        learned = reduction(wrong)
        epsilon = "1/16" if accurate else 4
        claim = learned.claim(ON, certify.parity(range(N)), 2, epsilon, 3, lambda_=8)
        assert certify.prove(claim).proved
        agree = sum(learned.sign(x) == parity(x) for x in support())
        assert (Fraction(agree, 2**N) >= Fraction(3, 4)) == accurate
        sign = certify.learned(learned.separator, learned.compression, AXIS, ETA)
        advantage = certify.expectation(
            [sign, certify.parity(range(N))], certify.uniform(ON), ">=", "1/2"
        )
        assert certify.prove(advantage).verdict == ("proved" if accurate else "refuted")


def test_torch_modules_and_many_points_at_once() -> None:
    torch = pytest.importorskip("torch")
    f = torch.nn.Linear(3, 2)
    g = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    learned = Reduction(f, g, ["3/5", 0, "-4/5"], "1/4")
    points = torch.randn(6, 5, 3)
    with torch.no_grad():
        signs = learned.sign(points)
        assert signs.shape == (6, 5)
        step = torch.tensor([0.15, 0.0, -0.2])
        near = (g(points) - f(points + step)).norm(dim=-1)
        far = (g(points) - f(points - step)).norm(dim=-1)
        assert torch.equal(signs == 1, near < far)
        moved = learned.z(points)
        assert torch.allclose(moved, points + signs[..., None] * step)

        def standard(x: object) -> object:
            return torch.exp(-(x**2).sum(-1) / 2) / (2 * torch.pi) ** 1.5

        density = learned.density(moved, standard)
        assert (density > 0).all()
        other = learned.density(points - signs[..., None] * step, standard)
        assert (density + other >= 0).all()
    assert learned.queries["separator"] == 2 * learned.queries["compression"]


def test_numpy_functions_with_scalar_values() -> None:
    numpy = pytest.importorskip("numpy")
    learned = Reduction(lambda x: 8 * x[..., 1], lambda x: numpy.sign(x[..., 0]), [0, 1], "1/8")
    points = numpy.array([[1.0, 0.0], [-1.0, 0.0]])
    assert learned.sign(points).tolist() == [1, -1]
    assert learned.z(points).tolist() == [[1.0, 0.125], [-1.0, -0.125]]


def test_plain_functions_on_tuples() -> None:
    learned = Reduction(lambda x: 8 * x[1], lambda x: x[0], [0, 1], "1/8")
    assert learned.sign((1, 0)) == 1
    assert learned.sign((-1, 0)) == -1
    assert learned.z((1, 0)) == (1, Fraction(1, 8))


@pytest.mark.parametrize(
    ("along", "eta", "message"),
    [([1, 1], 1, "unit vector"), ([0, 1], 0, "positive"), ([0, 1], "-1/2", "positive")],
)
def test_bad_directions_are_refused(along: list[int], eta: int, message: str) -> None:
    with pytest.raises(CertifyError, match=message):
        Reduction(sum, sum, along, eta)


def test_points_of_another_dimension_are_refused() -> None:
    with pytest.raises(CertifyError, match="3 coordinates, not 2"):
        Reduction(sum, sum, [0, 1], 1).sign((1, 2, 3))
