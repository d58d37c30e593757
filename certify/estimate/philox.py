"""Philox4x32-10: random words as a function of a key and a counter.

Source: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3",
SC 2011, and the known-answer vectors of their library Random123. Word k of the stream of a key
is lane k mod 4 of the block whose counter is k div 4, so that any part of the stream can be
computed by itself: by numpy on a CPU, by torch on any device, with the same words.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch

Words = np.ndarray[Any, Any]
Key = tuple[int, int]

_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_STEPS = (0x9E3779B9, 0xBB67AE85)
_MASK = 0xFFFFFFFF
ROUNDS = 10


def key_of(text: str, seed: int | str) -> Key:
    """The two key words that SHA-256 gives to a text and a seed."""
    found = hashlib.sha256(f"{text}/{seed}".encode()).digest()
    return int.from_bytes(found[:4], "little"), int.from_bytes(found[4:8], "little")


def _keys(key: Key) -> list[Key]:
    first, second = _STEPS
    return [((key[0] + r * first) & _MASK, (key[1] + r * second) & _MASK) for r in range(ROUNDS)]


def block(counter: tuple[int, int, int, int], key: Key) -> tuple[int, int, int, int]:
    """One block by Python integers: the definition that the bulk forms are tested against."""
    c0, c1, c2, c3 = counter
    for k0, k1 in _keys(key):
        p0, p1 = _MULTIPLIERS[0] * c0, _MULTIPLIERS[1] * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & _MASK, (p0 >> 32) ^ c3 ^ k1, p0 & _MASK
    return c0, c1, c2, c3


def words(key: Key, start: int, stop: int) -> Words:
    """Words ``start`` … ``stop`` − 1 of the stream, uint32; counters below 2⁶⁴."""
    first, last = start // 4, -(-stop // 4)
    counters = np.arange(first, last, dtype=np.uint64)
    return blocks(key, counters).reshape(-1)[start - 4 * first : stop - 4 * first]


def blocks(key: Key, counters: Words) -> Words:
    """The blocks of these 64-bit counters: uint32 of shape (N, 4)."""
    mask, shift = np.uint64(_MASK), np.uint64(32)
    m0, m1 = (np.uint64(m) for m in _MULTIPLIERS)
    c0, c1 = counters & mask, counters >> shift
    c2, c3 = np.zeros_like(c0), np.zeros_like(c0)
    for k0, k1 in _keys(key):
        c0 *= m0
        c2 *= m1
        c1 ^= c2 >> shift
        c1 ^= np.uint64(k0)
        c3 ^= c0 >> shift
        c3 ^= np.uint64(k1)
        c2 &= mask
        c0 &= mask
        c0, c1, c2, c3 = c1, c2, c3, c0
    return np.stack([c0, c1, c2, c3], axis=1).astype(np.uint32)


def torch_words(key: Key, start: int, stop: int, device: torch.device) -> torch.Tensor:
    """The same words as :func:`words`, as int64 in [0, 2³²), on any device."""
    import torch

    first, last = start // 4, -(-stop // 4)
    counters = torch.arange(first, last, dtype=torch.int64, device=device)
    c0, c1 = counters & _MASK, counters >> 32
    c2, c3 = torch.zeros_like(c0), torch.zeros_like(c0)
    for k0, k1 in _keys(key):
        # the product of two words wraps in int64, but all of its 64 bits are right
        c0.mul_(_MULTIPLIERS[0])
        c2.mul_(_MULTIPLIERS[1])
        c1.bitwise_xor_((c2 >> 32).bitwise_and_(_MASK)).bitwise_xor_(k0)
        c3.bitwise_xor_((c0 >> 32).bitwise_and_(_MASK)).bitwise_xor_(k1)
        c2.bitwise_and_(_MASK)
        c0.bitwise_and_(_MASK)
        c0, c1, c2, c3 = c1, c2, c3, c0
    found = torch.stack([c0, c1, c2, c3], dim=1).reshape(-1)
    return found[start - 4 * first : stop - 4 * first]
