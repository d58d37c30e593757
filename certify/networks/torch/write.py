"""Networks as torch modules, rounded to floats: for provers and estimates, never for proofs."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ...kernel.data.network import Layer, Network
from ...kernel.verdict import Malformed


class MaskedLinear(nn.Module):
    """x ↦ σ(Wx + b), with ReLU where ``relu`` is true: (…, columns) → (…, rows)."""

    weight: Tensor
    bias: Tensor
    relu: Tensor

    def __init__(self, weight: Tensor, bias: Tensor, relu: Tensor) -> None:
        super().__init__()
        self.register_buffer("weight", weight)
        self.register_buffer("bias", bias)
        self.register_buffer("relu", relu)
        self.kind = "relu" if bool(relu.all()) else "mixed" if bool(relu.any()) else "linear"

    def forward(self, x: Tensor) -> Tensor:
        """The layer on a batch of vectors."""
        x = nn.functional.linear(x, self.weight, self.bias)
        if self.kind == "linear":
            return x
        cut = torch.relu(x)
        return cut if self.kind == "relu" else torch.where(self.relu, cut, x)


def to_torch(network: Network, dtype: torch.dtype = torch.float64) -> nn.Sequential:
    """One :class:`MaskedLinear` for each layer, each weight rounded to nearest.

    Raises Malformed, which names the layer, where a weight is past the type's range.
    """
    layers = enumerate(network.layers, start=1)
    return nn.Sequential(*(_module(layer, dtype, f"layer {n}") for n, layer in layers))


def _module(layer: Layer, dtype: torch.dtype, at: str) -> MaskedLinear:
    weight = torch.zeros((layer.width, layer.columns), dtype=torch.float64)
    try:
        for r, row in enumerate(layer.rows):
            values = [v.numerator / v.denominator for _, v in row]
            weight[r, [c for c, _ in row]] = torch.tensor(values, dtype=torch.float64)
        bias = torch.tensor([float(v) for v in layer.bias], dtype=torch.float64).to(dtype)
    except OverflowError:
        raise Malformed(at, "a weight is past the range of a double") from None
    weight = weight.to(dtype)
    if not (weight.isfinite().all() and bias.isfinite().all()):
        raise Malformed(at, f"a weight is past the range of {dtype}")
    return MaskedLinear(weight, bias, torch.tensor(layer.relu))
