"""Points by their number, in the kernel's order: the last factor is the fastest digit."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor

from .enclosure import WORD, Inexact
from .points import Group
from .program import Program


class Numbered:
    """The points of a program's finite source. Raises Inexact where weights pass 62 bits."""

    def __init__(self, program: Program) -> None:
        self.program = program
        source = program.source
        self.strides, stride = {}, source.stream.size
        for at, factor in source.places:
            stride //= len(factor)
            self.strides[at] = stride
        self.total = source.stream.size
        if not self.uniform:
            self.total = source.stream.total
            if self.total >= 1 << WORD:
                raise Inexact(f"weights of {self.total.bit_length()} bits")

    @cached_property
    def uniform(self) -> bool:
        """Does every factor give all its choices one weight?"""
        return all(len({w for _, w in f}) == 1 for f in set(self.program.source.stream.factors))

    def choices(self, start: int, stop: int) -> Tensor:
        """What ``Program.run`` takes for the points start … stop − 1: (N, groups)."""
        program, device = self.program, self.program.policy.device
        number = torch.arange(start, stop, device=device)
        found = torch.empty((stop - start, len(program.groups)), dtype=torch.int64, device=device)
        for column, group in enumerate(program.groups):
            found[:, column] = self._digits(number, group) + int(program.starts[column])
        return found

    def _digits(self, number: Tensor, group: Group) -> Tensor:
        """The group's choice in each number."""
        strides = [self.strides[at] for at in group.starts]
        least, sizes = strides[0], [len(factor) for factor in group.factors]
        if strides == [least << i for i in range(len(strides))] and set(sizes) == {2}:
            if least & (least - 1) == 0:
                return (number >> least.bit_length() - 1) & ((1 << len(sizes)) - 1)
        index, scale = torch.zeros_like(number), 1
        for stride, size in zip(strides, sizes, strict=True):
            index += number // stride % size * scale
            scale *= size
        return index

    def weights(self, start: int, stop: int) -> Tensor | None:
        """The points' integer weights; None where all are equal."""
        if self.uniform:
            return None
        number = torch.arange(start, stop, device=self.program.policy.device)
        found = torch.ones_like(number)
        for at, factor in self.program.source.places:
            table = torch.tensor([weight for _, weight in factor], device=number.device)
            found *= table[number // self.strides[at] % len(factor)]
        return found
