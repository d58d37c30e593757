"""A parity that is wrong on a chosen set of points."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ...kernel.data.network import Network
from ...kernel.verdict import Malformed
from ..builder import Sequential, linear, relu
from ._options import Gadget, Parameter, indices, integer
from .symmetric import alternating


def noisy_parity(
    inputs: int, over: Sequence[int], noise: Sequence[int], wrong: Sequence[int]
) -> Network:
    """∏ xᵢ over the coordinates ``over`` of {−1, 1}^inputs, with its sign changed at noisy points.

    A point is noisy where the number of +1 among the coordinates ``noise`` is in ``wrong``;
    the two lists may share coordinates. Four layers: the two sums s and t; gates relu(s − 2k)
    and relu(t − 2k), which make u = ∏ xᵢ and w = ±1 piecewise linear; relu(±(u + w)); and
    |u + w| − 1 = u·w. ‖W‖_F² of the first layer is |over| + |noise|.
    Source: noisy labels as in Theorem 2, with noise that a network can compute.
    """
    for name, chosen in (("over", over), ("noise", noise)):
        if (
            not chosen
            or len(set(chosen)) != len(chosen)
            or not 0 <= min(chosen) <= max(chosen) < (inputs)
        ):
            raise Malformed(name, f"distinct coordinates among 0 … {inputs - 1} are needed")
    if not all(0 <= count <= len(noise) for count in wrong):
        raise Malformed("wrong", f"counts from 0 to {len(noise)} are needed")
    signs = [-1 if count in wrong else 1 for count in range(len(noise) + 1)]
    first = [*_bends([int(v) for v in alternating(len(over))]), *_bends(signs)]
    start = (1 if len(over) % 2 == 0 else -1) + signs[0]
    sums = relu(
        [dict.fromkeys(over, 1), dict.fromkeys(noise, 1)], [len(over), len(noise)], inputs=inputs
    )
    gates = relu(
        [[1, 0]] * len(over) + [[0, 1]] * len(noise),
        [-2 * k for n in (len(over), len(noise)) for k in range(n)],
    )
    sides = relu([first, [-bend for bend in first]], [start, -start])
    return Sequential(sums, gates, sides, linear([[1, 1]], [-1]))


def _bends(values: Sequence[int]) -> list[int]:
    """The changes of slope at 0, 2, 4, … of the function through (2k, values[k]), values ±1."""
    slopes = [0, *((b - a) // 2 for a, b in pairwise(values))]
    return [b - a for a, b in pairwise(slopes)]


GADGET = Gadget(
    "noisy-parity",
    "a parity with its sign changed where a count of +1 is one of those named",
    noisy_parity,
    (
        Parameter("inputs", integer, "dimension of the input"),
        Parameter("over", indices, "coordinates of the parity, such as 0,2,5-8"),
        Parameter("noise", indices, "coordinates that are counted"),
        Parameter("wrong", indices, "numbers of +1 among them at which the sign is wrong"),
    ),
)
