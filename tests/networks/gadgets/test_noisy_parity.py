"""A parity with its sign changed where a count is one of those named."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.kernel.verdict import Malformed
from certify.networks.gadgets.noisy_parity import noisy_parity


@given(st.data())
def test_every_point_of_the_cube(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 5))
    subset = st.sets(st.integers(0, n - 1), min_size=1)
    over, noise = sorted(data.draw(subset)), sorted(data.draw(subset))
    wrong = data.draw(st.sets(st.integers(0, len(noise))))
    network = noisy_parity(n, over, noise, sorted(wrong))
    assert network.depth == 4
    for x in product((-1, 1), repeat=n):
        sign = -1 if sum(x[i] < 0 for i in over) % 2 else 1
        noisy = sum(x[i] > 0 for i in noise) in wrong
        assert network(x) == (-sign if noisy else sign,)


@pytest.mark.parametrize(
    ("over", "noise", "wrong", "message"),
    [
        ([], [0], [], "over"),
        ([0, 0], [0], [], "over"),
        ([3], [0], [], "over"),
        ([0], [-1], [], "noise"),
        ([0], [1, 2], [3], "wrong: counts from 0 to 2"),
    ],
)
def test_misfits(over: list[int], noise: list[int], wrong: list[int], message: str) -> None:
    with pytest.raises(Malformed, match=message):
        noisy_parity(3, over, noise, wrong)
