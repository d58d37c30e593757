"""Normal deviates from integers: one table, one gather, one product, the same on any device.

For a tail probability p = (v + 1/2)·2⁻⁶⁴ the deviate is −Φ⁻¹(p), linear between 2¹¹ knots in
each octave of p. With M(x) = p/φ(x) ≤ min(1/x, √(π/2)) the second derivative of Φ⁻¹ is at most
1.26/p², so that interpolation errs by less than 0.158·2⁻²² < 2⁻²⁴; that p is a multiple of
2⁻⁶⁴ adds less than 2⁻²⁵ down to p = 2⁻⁴², below which the edge is taken. The knots are those of
``statistics.NormalDist`` (M. Wichura, algorithm AS 241, sixteen digits).
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from statistics import NormalDist

import torch
from torch import Tensor

OCTAVES = 41  # p from 2^-42 to 1/2
KNOTS = 1 << 11
LEAST = Fraction(1, 1 << OCTAVES + 1)


@lru_cache(maxsize=8)
def _table(device: torch.device) -> tuple[Tensor, Tensor]:
    """The deviate at each knot and its change to the next, octave by octave from 2^-42 up."""
    inverse = NormalDist().inv_cdf
    rows = [
        [
            -inverse(min(0.5, 2.0 ** (octave - OCTAVES - 1) * (1 + k / KNOTS)))
            for k in range(KNOTS + 1)
        ]
        for octave in range(OCTAVES)
    ]
    knots = torch.tensor(rows, dtype=torch.float64, device=device)
    return knots[:, :-1].reshape(-1), (knots[:, 1:] - knots[:, :-1]).reshape(-1)


def deviations(number: Tensor) -> Tensor:
    """The non-negative deviates of 63-bit integers v, float64."""
    starts, changes = _table(number.device)
    tail = number.clamp(min=1 << 63 - OCTAVES).to(torch.float64) + 0.5
    mantissa, exponent = torch.frexp(tail)  # tail = mantissa · 2^exponent, 1/2 ≤ mantissa ≤ 1
    octave = (exponent.to(torch.int64) - (64 - OCTAVES)).clamp(max=OCTAVES - 1)
    place = (torch.ldexp(mantissa, exponent - octave - (64 - OCTAVES)) - 0.5) * (2 * KNOTS)
    knot = place.to(torch.int64).clamp(max=KNOTS - 1)
    index = octave * KNOTS + knot
    return starts[index] + changes[index] * (place - knot)
