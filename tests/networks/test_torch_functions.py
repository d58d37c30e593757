"""torch functions with an ONNX operator of their own: the values of torch, without its replay."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from certify.kernel.verdict import Malformed
from certify.networks.reading import Reading

torch = pytest.importorskip("torch")
F = torch.nn.functional

from certify.networks.torch.read import from_torch  # noqa: E402  (needs torch)

ALONE = Reading(replay=False, say=lambda _: None)


class Applied(torch.nn.Module):
    """A function of the input and of one weight."""

    def __init__(self, function: Callable[[Any, Any], Any]) -> None:
        super().__init__()
        self.function = function
        self.w = torch.nn.Parameter(torch.tensor([[1.0, 2.0], [-0.5, 1.0], [0.0, 1.5]]))

    def forward(self, x: Any) -> Any:
        return self.function(x, self.w)


KERNEL = torch.tensor([[[1.0, 2.0, -1.0]]])
SAME: dict[str, tuple[Callable[[Any, Any], Any], tuple[int, ...]]] = {
    "where, a slope": (lambda x, w: torch.where(x > 0, x, 0.25 * x), (3,)),
    "where, a maximum": (lambda x, w: torch.where(x >= x.flip(1), x, x.flip(1)), (3,)),
    "a product with a comparison": (lambda x, w: x * (x > 0), (3,)),
    "a product with a comparison as floats": (lambda x, w: x * (x > 0).float(), (3,)),
    "masked_fill": (lambda x, w: x.masked_fill(x < 0, 0.0), (3,)),
    "conv_transpose1d": (
        lambda x, w: F.conv_transpose1d(x, KERNEL, stride=2, padding=1, output_padding=1),
        (1, 4),
    ),
    "conv_transpose2d": (lambda x, w: F.conv_transpose2d(x, torch.ones(1, 2, 2, 2)), (1, 2, 2)),
    "interpolate": (lambda x, w: F.interpolate(x, scale_factor=2), (1, 2, 2)),
    "pixel_shuffle": (lambda x, w: F.pixel_shuffle(x, 2), (4, 1, 2)),
    "einsum": (lambda x, w: torch.einsum("bij,kj->bki", x, w.T), (2, 3)),
    "amax": (lambda x, w: x.amax(1), (3,)),
    "the norm of p = 1": (lambda x, w: torch.linalg.vector_norm(x, 1, dim=1), (3,)),
    "addmm": (lambda x, w: torch.addmm(x[:, :2], x, w, beta=2, alpha=0.5), (3,)),
    "cumsum": (lambda x, w: x.cumsum(1), (3,)),
    "adaptive_max_pool": (lambda x, w: F.adaptive_max_pool1d(x, 2), (1, 4)),
}


@pytest.mark.parametrize("label", SAME)
def test_the_same_values(label: str) -> None:
    function, shape = SAME[label]
    module = Applied(function)
    network = from_torch(module, shape, reading=ALONE)
    rng = np.random.default_rng(len(label))
    for _ in range(4):
        x = rng.integers(-8, 9, size=shape) / 2
        with torch.no_grad():
            theirs = module(torch.tensor(x[None], dtype=torch.float32)).reshape(-1).tolist()
        assert list(network([Fraction(v) for v in x.reshape(-1)])) == [Fraction(v) for v in theirs]


@pytest.mark.parametrize(
    "function",
    [
        lambda x, w: (x > 0).float() * 2,
        lambda x, w: torch.where(x > 0, x, x + 1),
        lambda x, w: x + (x > 0).float(),
        lambda x, w: F.threshold(x, 1.0, 0.0),
        lambda x, w: F.hardswish(x),
    ],
)
def test_jumps_and_curves_are_refused(function: Any) -> None:
    with pytest.raises(Malformed):
        from_torch(Applied(function), (3,), reading=ALONE)
