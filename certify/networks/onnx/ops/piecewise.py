"""Affine combinations of elements, and the operators made of them and ReLUs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ....kernel.data.numbers import ONE, ZERO
from ...graph import Array
from ...trace import CONSTANT, Trace


@dataclass(frozen=True)
class Combination:
    """Σ weight · element + constant."""

    terms: tuple[tuple[int, Fraction], ...]
    constant: Fraction

    @staticmethod
    def of(element: int) -> Combination:
        """The element itself."""
        return Combination(((element, ONE),), ZERO)

    def plus(self, other: Combination, factor: Fraction = ONE) -> Combination:
        """self + factor · other."""
        terms = dict(self.terms)
        for i, w in other.terms:
            terms[i] = terms.get(i, ZERO) + factor * w
        kept = tuple((i, w) for i, w in terms.items() if w)
        return Combination(kept, self.constant + factor * other.constant)

    def element(self, trace: Trace) -> int | None:
        """The element that this is, where it is one: no layer is needed."""
        total = self.constant
        sums: dict[int, Fraction] = {}
        for i, w in self.terms:
            it = trace.elements[i]
            total += w * it.shift
            if it.base != CONSTANT:
                sums[it.base] = sums.get(it.base, ZERO) + w
        kept = [(base, w) for base, w in sums.items() if w]
        if not kept:
            return trace.constant(total)
        if len(kept) > 1 or kept[0][1] != 1:
            return None
        return trace.shift(kept[0][0], total)


def combine(trace: Trace, combinations: Sequence[Combination], lowered: str) -> Array:
    """The elements that are these combinations: no layer if each is one, else one layer."""
    found = [c.element(trace) for c in combinations]
    if None in found:
        trace.charge(sum(len(c.terms) for c in combinations))
        rows = [([i for i, _ in c.terms], [w for _, w in c.terms]) for c in combinations]
        found = list(trace.block(rows, [c.constant for c in combinations], lowered))
    return np.array(found, dtype=np.int64)


def relu_of(trace: Trace, combinations: Sequence[Combination], lowered: str) -> list[int]:
    """The ReLU of each combination; those that are no element make one layer together."""
    found = [c.element(trace) for c in combinations]
    rest = [c for c, i in zip(combinations, found, strict=True) if i is None]
    made = iter(combine(trace, rest, lowered).tolist() if rest else ())
    return trace.relu([next(made) if i is None else i for i in found], lowered)
