"""Trained networks: ``python -m certify.gallery.students [FOLDER]`` trains them again.

A student learns the tower of Theorem 1 over D_h, with h the parity of three coordinates, from
random samples by Adam. It does not see the last coordinate, which gives the tower's value away.
Its weights are then rounded to multiples of 2⁻⁶: the committed network is the rounded one, and
claims are about it exactly. Training depends on the version of torch
and on the processor, so ``make models`` leaves models/students/ as it is.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import torch
from torch import nn

from ..kernel.data.network import Network, affine_layer, sparse
from ..networks.files import save
from ..networks.gadgets.tower import tower

SIZES = (16, 48)
HEARD = 3  # the coordinates of which h is the parity
WIDTH, STEPS, BATCH = 32, 4000, 512
GRID = 6  # fractional bits of a rounded weight
SCALE, DEPTH = 5, 8  # Λ and d of the tower


def trained(n: int, seed: int = 0) -> Network:
    """A student n + 1 → WIDTH → WIDTH → 1 of the tower over D_h, its weights rounded.

    The last column of its first matrix is zero: as in the proof of part 1, it reads h's inputs.
    """
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(n, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 1)
    )
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    rates = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    for _ in range(STEPS):
        x = torch.randint(0, 2, (BATCH, n), dtype=torch.float32) * 2 - 1
        value = x[:, :HEARD].prod(dim=1)  # h(x), which the tower computes on D_h
        loss = (model(x)[:, 0] - value).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        rates.step()
    return rounded([layer for layer in model if isinstance(layer, nn.Linear)], n + 1)


def rounded(layers: Sequence[nn.Linear], inputs: int) -> Network:
    """The layers with weights to the nearest multiple of 2^−GRID, ReLU after all but the last."""

    def nearest(value: float) -> Fraction:
        return Fraction(round(value * 2**GRID), 2**GRID)

    found = []
    for number, layer in enumerate(layers, start=1):
        rows = [sparse(nearest(v) for v in row) for row in layer.weight.tolist()]
        bias = [nearest(v) for v in layer.bias.tolist()]
        columns = inputs if number == 1 else layer.in_features
        found.append(affine_layer(columns, rows, bias, number < len(layers)))
    return Network(inputs, tuple(found))


def write(folder: Path) -> None:
    """Train the students and write them beside their towers."""
    folder.mkdir(parents=True, exist_ok=True)
    for n in SIZES:
        save(trained(n), folder / f"student-{n}.onnx")
        save(tower(n + 1, SCALE, DEPTH), folder / f"tower-{n}.onnx")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "models/students"))
