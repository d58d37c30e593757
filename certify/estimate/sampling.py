"""Samples as a function of the key and of the sample's number, and of nothing else.

Sample i of a source reads words [i·w, (i + 1)·w) of the Philox stream: first one bit for each
fair bit of the source, then two words for each other choice and each continuous coordinate.
So batches, shards, devices and retries cannot change it. A choice among k with weights reads 63
bits against rounded thresholds: its law differs from the exact one by less than k·2⁻⁶³ in total
variation, which :attr:`Sampler.bias` adds up.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from ..tensors.enclosure import Array
from ..tensors.points import TAIL
from ..tensors.program import Program
from . import philox
from .normal import deviations
from .philox import Key


@dataclass(frozen=True)
class Sampler:
    """The samples of a program's source, in the form that ``Program.run`` takes."""

    program: Program
    key: Key

    @cached_property
    def bit_words(self) -> int:
        """Words that hold the fair bits."""
        return -(-len(self.program.source.bits) // 32)

    @cached_property
    def words(self) -> int:
        """Words of one sample: 1, 2, 4 or a multiple of 4, so that blocks are shared evenly."""
        source = self.program.source
        used = self.bit_words + 2 * len(source.others) + 2 * len(source.smooth)
        return next((w for w in (1, 2, 4) if used <= w), -(-used // 4) * 4)

    @cached_property
    def bias(self) -> Fraction:
        """The most by which the law of one sample's choices differs from the distribution."""
        return sum((Fraction(len(f), 1 << 63) for _, f in self.program.source.others), Fraction(0))

    @cached_property
    def thresholds(self) -> list[Array]:
        """For each other factor, where the 63-bit number passes to its next choice."""
        found = []
        for _, factor in self.program.source.others:
            total = sum(weight for _, weight in factor)
            reached, steps = 0, []
            for _, weight in factor[:-1]:
                reached += weight
                # what the last 2^-63 would begin is left to the choice before it
                steps.append(min((1 << 63) - 1, -(-reached * (1 << 63) // total)))
            found.append(np.array(steps, dtype=np.int64))
        return found

    def draw(self, start: int, stop: int) -> tuple[Tensor, Tensor | None]:
        """Choices (N, groups) and continuous coordinates (N, m) of samples start … stop − 1."""
        device = self.program.policy.device
        first, last = start * self.words, stop * self.words
        if device.type != "cpu":
            return self.place(philox.torch_words(self.key, first, last, device), stop - start)
        return self.place_cpu(philox.words(self.key, first, last), stop - start)

    def place_cpu(self, words: Array, count: int) -> tuple[Tensor, Tensor | None]:
        """The words as choices, by numpy: bits are read as bytes."""
        program = self.program
        table = words.reshape(count, self.words)
        width, bits = program.bits, len(program.source.bits)
        octets = np.ascontiguousarray(table[:, : self.bit_words].astype("<u4", copy=False))
        octets = octets.view(np.uint8)[:, : -(-bits // 8)]
        if bits % 8:
            octets[:, -1] &= (1 << bits % 8) - 1
        merged = -(-bits // width)
        choices = np.empty((count, len(program.groups)), dtype=np.int32)
        if width == 8:
            choices[:, :merged] = octets
        elif merged:
            split = [(octets >> s) & ((1 << width) - 1) for s in range(0, 8, width)]
            choices[:, :merged] = np.stack(split, axis=2).reshape(count, -1)[:, :merged]
        choices += program.starts.astype(np.int32)
        at = self.bit_words
        for column, steps in enumerate(self.thresholds, start=merged):
            number = (table[:, at].astype(np.int64) << 31) | (table[:, at + 1] >> 1)
            found = np.searchsorted(steps, number, side="right")
            choices[:, column] = found + program.starts[column]
            at += 2
        if not program.source.smooth:
            return torch.from_numpy(choices), None
        pairs = table[:, at : at + 2 * len(program.source.smooth)].astype(np.int64)
        return torch.from_numpy(choices), self.spread(torch.from_numpy(pairs))

    def place(self, words: Tensor, count: int) -> tuple[Tensor, Tensor | None]:
        """The same choices from the same words as int64, by torch on any device."""
        program, device = self.program, words.device
        table = words.reshape(count, self.words)
        width, bits = program.bits, len(program.source.bits)
        merged = -(-bits // width)
        shifts = torch.arange(0, 32, width, device=device)
        split = (table[:, : self.bit_words, None] >> shifts) & ((1 << width) - 1)
        parts = [split.reshape(count, -1)[:, :merged]]
        if bits % width:
            parts[0][:, -1] &= (1 << bits % width) - 1
        at = self.bit_words
        for steps in self.thresholds:
            number = (table[:, at] << 31) | (table[:, at + 1] >> 1)
            limits = torch.as_tensor(steps, device=device)
            parts.append(torch.searchsorted(limits, number, right=True)[:, None])
            at += 2
        starts = torch.as_tensor(program.starts, device=device)
        choices = torch.cat(parts, dim=1) + starts
        if not program.source.smooth:
            return choices, None
        pairs = table[:, at : at + 2 * len(program.source.smooth)]
        return choices, self.spread(pairs)

    def spread(self, pairs: Tensor) -> Tensor:
        """t for each continuous coordinate from its two words: (N, 2m) to (N, m)."""
        first, second = pairs[:, 0::2], pairs[:, 1::2]
        t = (2 * ((first << 20) | (second >> 12)) + 1).to(torch.float64) * 2.0**-52 - 1
        normal = [bool(smooth.deviation) for smooth in self.program.source.smooth]
        if any(normal):
            number = (first << 31) | (second >> 1)
            sign = 1 - 2 * (second & 1)
            drawn = deviations(number) * sign / float(TAIL)
            t = torch.where(torch.tensor(normal, device=t.device), drawn, t)
        return t
