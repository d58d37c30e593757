"""torch modules in and out: layers as written, values as torch computes them."""

from __future__ import annotations

from fractions import Fraction as Q
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certify.kernel.data.network import Network, affine_layer, sparse
from certify.kernel.verdict import Malformed

torch = pytest.importorskip("torch")
nn = torch.nn

from certify.networks.torch.read import from_torch  # noqa: E402  (needs torch)
from certify.networks.torch.write import to_torch  # noqa: E402


def dyadic(module: Any, seed: int = 0) -> Any:
    """Small multiples of 1/4 for all weights, so that nothing rounds."""
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randint(-8, 9, parameter.shape, generator=draw) / 4)
    return module.eval()


def assert_same(module: Any, network: Network, shape: tuple[int, ...], seed: int = 0) -> None:
    """The same rationals at random small integers."""
    rng = np.random.default_rng(seed)
    dtype = next((p.dtype for p in module.parameters()), torch.float32)
    for _ in range(3):
        x = rng.integers(-8, 9, size=shape)
        with torch.no_grad():
            theirs = module(torch.tensor(x[None]).to(dtype)).reshape(-1).tolist()
        assert list(network([Q(int(v)) for v in x.reshape(-1)])) == [Q(v) for v in theirs]


class Residual(nn.Module):
    """x + b(relu(a(x))), and a few functions."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 3, bias=False)
        self.shift = nn.Parameter(torch.zeros(3))

    def forward(self, x: Any) -> Any:
        h = torch.relu(self.a(x)) + self.shift
        y = x + self.b(h)
        return torch.cat([abs(y) * 0.5, torch.maximum(-y, h).relu(), 1 - h], dim=1)


class Scaled(nn.Module):
    def forward(self, x: Any) -> Any:
        return torch.add(x, x, alpha=2)


MODULES = {
    "linear": (nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2, bias=False)), (3,)),
    "nested": (
        nn.Sequential(
            nn.Sequential(nn.Identity(), nn.Linear(3, 4)),
            nn.Sequential(nn.ReLU(), nn.Dropout(0.5)),
            nn.Linear(4, 1),
        ),
        (3,),
    ),
    "leaky": (
        nn.Sequential(
            nn.Linear(3, 4), nn.LeakyReLU(0.25), nn.PReLU(), nn.Linear(4, 4), nn.PReLU(4)
        ),
        (3,),
    ),
    "clips": (
        nn.Sequential(nn.Linear(3, 4), nn.ReLU6(), nn.Linear(4, 4), nn.Hardtanh(-1, 2.5)),
        (3,),
    ),
    "images": (
        nn.Sequential(
            nn.Conv2d(2, 3, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(12, 2),
        ),
        (2, 8, 8),
    ),
    "channels": (
        nn.Sequential(
            nn.Conv2d(2, 4, (1, 2), dilation=(1, 2), groups=2),
            nn.PReLU(4),
            nn.AvgPool2d(2, ceil_mode=True),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        ),
        (2, 4, 6),
    ),
    "same": (
        nn.Sequential(
            nn.Conv1d(1, 2, 4, padding="same"),
            nn.MaxPool1d(3, 2, 1, dilation=1),
            nn.AvgPool1d(2, 2, padding=1),
            nn.Flatten(),
        ),
        (1, 9),
    ),
    "unflatten": (
        nn.Sequential(
            nn.Linear(3, 4),
            nn.Unflatten(1, (1, 4)),
            nn.Conv1d(1, 2, 2, padding="valid"),
            nn.Flatten(1),
        ),
        (3,),
    ),
    "residual": (Residual(), (3,)),
    "circular": (
        nn.Sequential(nn.Conv1d(1, 1, 3, padding=1, padding_mode="circular"), nn.Flatten()),
        (1, 4),
    ),
    "adaptive": (nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.AdaptiveMaxPool2d(1)), (1, 4, 8)),
    "scaled": (Scaled(), (3,)),
}


@pytest.mark.filterwarnings("ignore:Using padding='same'")  # torch, about its own copy
@pytest.mark.parametrize("label", MODULES)
def test_the_same_values(label: str) -> None:
    module, shape = MODULES[label]
    module = dyadic(module)
    network = from_torch(module, shape)
    assert_same(module, network, shape)
    again = to_torch(network)
    x = torch.randn(5, *shape, dtype=torch.float64)
    torch.testing.assert_close(
        again(x.flatten(1)), module.double()(x).flatten(1), rtol=1e-12, atol=1e-12
    )
    module.float()


def test_layers_are_as_written() -> None:
    module = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2), nn.Linear(2, 1))
    with torch.no_grad():
        module[0].weight.copy_(torch.tensor([[1.0, -2.0], [0.0, 0.1]]))
        module[0].bias.copy_(torch.tensor([3.0, 0.0]))
    tenth = Q(float(np.float32(0.1)))
    first = affine_layer(2, [sparse([Q(1), Q(-2)]), sparse([Q(0), tenth])], [Q(3), Q(0)], True)
    network = from_torch(module)
    assert network.depth == 3
    assert network.layers[0] == first
    assert [layer.relu[0] for layer in network.layers] == [True, False, False]


def test_batch_norm_uses_its_statistics() -> None:
    module = nn.Sequential(nn.Conv1d(1, 2, 1), nn.BatchNorm1d(2, eps=0.25), nn.Flatten())
    module = dyadic(module)
    module[1].running_var.copy_(torch.tensor([0.75, 3.75]))
    module[1].running_mean.copy_(torch.tensor([1.0, -2.0]))
    network = from_torch(module.train(), (1, 3))
    assert module.training and module[1].training  # left as it was
    assert_same(module.eval(), network, (1, 3))


def test_floats_in_the_module_take_the_type_of_the_weights() -> None:
    module = nn.Sequential(nn.Linear(1, 1, bias=False), nn.LeakyReLU(0.1))
    nn.init.ones_(module[0].weight)
    assert from_torch(module)([-1]) == (Q(-float(np.float32(0.1))),)
    assert from_torch(module.double())([-1]) == (Q(-0.1),)


def test_bfloat16_weights_are_exact() -> None:
    module = nn.Linear(2, 1).to(torch.bfloat16)
    expected = [Q(v) for v in module.weight.reshape(-1).tolist()]
    assert from_torch(module).layers[0].rows == (sparse(expected),)


def test_functional_dropout_in_evaluation() -> None:
    module = Dropping(False)
    assert from_torch(module.train(), (2,))([1, 2]) == (2, 4)
    assert module.training


class Branching(nn.Module):
    def forward(self, x: Any) -> Any:
        return x if x.sum() > 0 else -x


class Squaring(nn.Module):
    def forward(self, x: Any) -> Any:
        return x * x


class Dropping(nn.Module):
    def __init__(self, always: bool) -> None:
        super().__init__()
        self.always = always

    def forward(self, x: Any) -> Any:
        return nn.functional.dropout(x + x, 0.5, training=self.training or self.always)


class Two(nn.Module):
    def forward(self, x: Any, y: Any) -> Any:
        return x + y


class Both(nn.Module):
    def forward(self, x: Any) -> Any:
        return x, x


REFUSED = [
    (
        nn.Sequential(nn.Linear(2, 2), nn.Sigmoid()),
        None,
        "torch step '1': Sigmoid is not supported",
    ),
    (
        nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Softmax(1))),
        None,
        "torch step '1.0': Softmax",
    ),
    (nn.Sequential(nn.Conv2d(1, 1, 1)), None, "the input's shape is needed"),
    (nn.Sequential(nn.Conv2d(1, 1, 3)), (1, 2, 2), "the module cannot be traced"),
    (nn.Sequential(nn.Linear(2, 2), nn.Linear(3, 2)), None, "the module cannot be traced"),
    (
        nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)),
        None,
        "(BatchNormalization): √(var + epsilon) of channel 0",
    ),
    (nn.Sequential(nn.BatchNorm1d(2, track_running_stats=False)), (2, 3), "no running statistics"),
    (Branching(), (2,), "torch step '_local_scalar_dense': a computed value decides what is run"),
    (Squaring(), (2,), "the product of two computed tensors is not piecewise linear"),
    (Dropping(True), (2,), "torch step 'bernoulli_': draws random numbers, even in evaluation"),
    (Two(), (2,), "the module cannot be traced"),
    (Both(), (2,), "several outputs, or none"),
]


@pytest.mark.parametrize(("module", "shape", "message"), REFUSED)
def test_refused(module: Any, shape: Any, message: str) -> None:
    with pytest.raises(Malformed) as caught:
        from_torch(module, shape)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_weight_that_is_not_finite_is_refused() -> None:
    module = nn.Linear(2, 1)
    nn.init.constant_(module.weight, float("nan"))
    with pytest.raises(Malformed, match="a constant is NaN or infinite"):
        from_torch(module)


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.lists(st.integers(1, 4), min_size=2, max_size=5))
def test_a_network_comes_back(seed: int, widths: list[int]) -> None:
    rng = np.random.default_rng(seed)
    layers = []
    for columns, width in pairwise(widths):
        rows = [
            sparse([Q(int(v), 64) for v in rng.integers(-99, 99, columns)]) for _ in range(width)
        ]
        bias = [Q(int(v), 8) for v in rng.integers(-99, 99, width)]
        layers.append(affine_layer(columns, rows, bias, map(bool, rng.integers(0, 2, width))))
    network = Network(widths[0], tuple(layers))
    for dtype in (torch.float32, torch.float64):
        assert from_torch(to_torch(network, dtype)) == network


def test_to_torch_refuses_what_overflows() -> None:
    tower = Network(1, (affine_layer(1, [sparse([Q(15**300)])]),))
    with pytest.raises(Malformed, match="layer 1: a weight is past the range of a double"):
        to_torch(tower)
    wide = Network(1, (affine_layer(1, [sparse([Q(2**200)])]),))
    assert to_torch(wide)[0].weight.item() == 2.0**200
    with pytest.raises(Malformed, match=r"layer 1: a weight is past the range of torch\.float32"):
        to_torch(wide, torch.float32)
