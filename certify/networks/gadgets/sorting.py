"""Sorting networks."""

from __future__ import annotations

from collections.abc import Iterator

from ...kernel.data.network import Network
from ...kernel.verdict import Malformed
from ._circuit import Circuit
from ._options import Gadget, Parameter, boolean, integer


def sorting(inputs: int, relu_only: bool = False) -> Network:
    """x ↦ its coordinates in increasing order, on all of ℝⁿ.

    Batcher's merge exchange; the comparator (a, b) ↦ (min, max) is (a − m, b + m) with
    m = relu(a − b), where identity neurons hold a and b, or with ``relu_only`` pairs of
    ReLUs. For n = 2^k there are k(k + 1)/2 hidden layers. ‖W‖_F² for n = 2 is 4, 4, with
    ``relu_only`` 6, 6; beyond that no row has more than 4 weights of ±1, or 6.
    Source: Knuth, The Art of Computer Programming, volume 3, Algorithm 5.2.2M.
    """
    if inputs < 1:
        raise Malformed("inputs", "at least one input is needed")
    circuit = Circuit(inputs, relu_only)
    wires = [circuit.input(i) for i in range(inputs)]
    for i, j in comparators(inputs):
        a, b = wires[i], wires[j]
        excess = circuit.relu(a - b)
        wires[i], wires[j] = circuit.hold(a) - excess, circuit.hold(b) + excess
    return circuit.network(wires)


def comparators(n: int) -> Iterator[tuple[int, int]]:
    """The comparators (i, j), i < j, of merge exchange on n wires, in order."""
    top = (1 << (n - 1).bit_length()) >> 1
    p = top
    while p > 0:
        q, r, d = top, 0, p
        while True:
            for i in range(n - d):
                if i & p == r:
                    yield i, i + d
            if q == p:
                break
            d, q, r = q - p, q >> 1, p
        p >>= 1


GADGET = Gadget(
    "sort",
    "the coordinates in increasing order, by Batcher's merge exchange",
    sorting,
    (
        Parameter("inputs", integer, "dimension of the input"),
        Parameter("relu_only", boolean, "hidden layers of ReLUs alone", False),
    ),
)
