"""The states of a fold are evaluated in parts that are nearly equal, and miss none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from certify.kernel.rules.fold.rule import CHUNK, chunks


@given(st.integers(0, 5 * CHUNK))
def test_parts_are_nearly_equal_and_complete(count: int) -> None:
    parts = list(chunks(list(range(count))))
    assert [item for part in parts for item in part] == list(range(count))
    assert all(0 < len(part) <= CHUNK for part in parts)
    assert len(parts) == -(-count // CHUNK)
    assert max(map(len, parts), default=0) - min(map(len, parts), default=0) < max(1, len(parts))
