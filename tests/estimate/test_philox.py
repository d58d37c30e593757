from __future__ import annotations

import numpy as np
import pytest
import torch

from certify.estimate import philox

# Random123, kat_vectors: nine, counter, key, block of philox4x32-10
VECTORS = [
    (
        "00000000 00000000 00000000 00000000",
        "00000000 00000000",
        "6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    ),
    (
        "ffffffff ffffffff ffffffff ffffffff",
        "ffffffff ffffffff",
        "408f276d 41c83b0e a20bc7c6 6d5451fd",
    ),
    (
        "243f6a88 85a308d3 13198a2e 03707344",
        "a4093822 299f31d0",
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
]


def numbers(text: str) -> tuple[int, ...]:
    return tuple(int(word, 16) for word in text.split())


@pytest.mark.parametrize(("counter", "key", "expected"), VECTORS)
def test_known_answers(counter: str, key: str, expected: str) -> None:
    assert philox.block(numbers(counter), numbers(key)) == numbers(expected)


def test_known_answer_of_the_bulk_forms() -> None:
    expected = list(numbers(VECTORS[0][2]))
    assert philox.words((0, 0), 0, 4).tolist() == expected
    assert philox.torch_words((0, 0), 0, 4, torch.device("cpu")).tolist() == expected


@pytest.mark.parametrize("start", [0, 1, 5, 2**34 + 3, 2**40 - 2, 2**62])
def test_bulk_forms_agree_with_the_definition(start: int) -> None:
    key = philox.key_of("a claim", 7)
    stop = start + 37
    expected = []
    for k in range(start, stop):
        counter = k // 4
        found = philox.block((counter & 0xFFFFFFFF, counter >> 32, 0, 0), key)
        expected.append(found[k % 4])
    assert philox.words(key, start, stop).tolist() == expected
    assert philox.torch_words(key, start, stop, torch.device("cpu")).tolist() == expected


def test_keys_differ_by_claim_and_by_seed() -> None:
    keys = {philox.key_of(text, seed) for text in ("a", "b", "a/1") for seed in (0, 1, 11)}
    assert len(keys) == 9
    assert philox.words(philox.key_of("a", 0), 0, 1 << 16).dtype == np.uint32
