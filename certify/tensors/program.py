"""The functions of a claim over a source of points, ready to run on one device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from torch import Tensor

from ..kernel.language.factored import Factored
from ..kernel.language.functions.base import Function
from ..kernel.verdict import Malformed
from .ambient import neutral
from .enclosure import Array, Inexact, Known, Policy, Step, as_float, integers
from .functionals import Functionals, functionals
from .functions import Head, head
from .layers import ROUND, SLACK, TINY, gamma, rescaled, within
from .points import Source


@dataclass(frozen=True)
class Part:
    """One function: its columns of the table, what follows, and its answer to the shifts."""

    columns: slice
    responses: tuple[Tensor, ...]
    slopes: Tensor | None
    step: Step


class Program:
    """Signs of shifts first, then the terms, all read from one table by groups of choices.

    ``run(choices, smooth)`` takes the choices, int64 or int32 of shape (N, groups) with each
    group's ``starts`` added, and t for each continuous coordinate, of shape (N, coordinates);
    it returns one tensor for each term, of which ``known`` says what is proven. Raises
    Inexact where the policy wants exactness and it is not proven.
    """

    @neutral()
    def __init__(self, source: Source, terms: Sequence[Function], policy: Policy) -> None:
        self.source, self.policy = source, policy
        views = [(shift.sign, source.base(shift)) for shift in source.stream.shifts]
        views += [(term, source.point) for term in terms]
        heads = [(head(f, source, view, policy), view) for f, view in views]
        width = sum(len(h.rows) for h, _ in heads)
        self.bits, self.groups = source.groups(width)
        self.starts = np.cumsum([0, *(group.size for group in self.groups)])[:-1]
        found = [functionals(source, v, h.rows, h.bias, self.groups) for h, v in heads]
        plans = [_plan(f, policy) for f in found]
        self.dtype = max((known.dtype for known, _ in plans), key=lambda d: d.itemsize)
        self.table = torch.cat(
            [_table(f, ratio, self.dtype) for f, (_, ratio) in zip(found, plans, strict=True)],
            dim=1,
        ).to(policy.device)
        self.parts: list[Part] = []
        at = 0
        for (h, _), f, (known, ratio) in zip(heads, found, plans, strict=True):
            stop = at + len(h.rows)
            self.parts.append(_part(h, f, known, ratio, slice(at, stop), self))
            at = stop
        self.signs, self.terms = self.parts[: -len(terms)], self.parts[-len(terms) :]
        for part in self.signs:
            if part.step.known.error is not None and part.step.known.error[0] >= 0.5:
                raise Inexact("the sign of a perturbation is rounded")

    @property
    def known(self) -> tuple[Known, ...]:
        """What is proven of each term's tensor."""
        return tuple(part.step.known for part in self.terms)

    @property
    def exact(self) -> bool:
        """Is every result proven exact?"""
        return all(known.error is None for known in self.known)

    @neutral()
    def run(self, choices: Tensor, smooth: Tensor | None = None) -> list[Tensor]:
        """The terms' tensors for a batch of points."""
        if self.groups:
            sums = torch.nn.functional.embedding_bag(choices, self.table, mode="sum")
        else:
            sums = self.table.expand(len(choices), -1).clone()
        signs = [self._sign(part, sums) for part in self.signs]
        return [self._term(part, sums, signs, smooth) for part in self.terms]

    def _sign(self, part: Part, sums: Tensor) -> Tensor:
        value = part.step.run(sums[:, part.columns]).to(torch.float64)
        known = part.step.known
        one = float(1 / known.unit)
        sign = torch.sign(value)
        allowed = 0.0 if known.error is None else float(known.error[0])
        if bool(((value - sign * one).abs() > allowed).any()) or bool((sign == 0).any()):
            raise Malformed("", "the sign of a perturbation is not ±1 at a point")
        return sign

    def _term(
        self, part: Part, sums: Tensor, signs: Sequence[Tensor], smooth: Tensor | None
    ) -> Tensor:
        x = sums[:, part.columns]
        for sign, response in zip(signs, part.responses, strict=False):
            x = x + sign.to(x.dtype) * response
        if part.slopes is not None and smooth is not None:
            x = torch.addmm(x, smooth.to(x.dtype), part.slopes)
        return part.step.run(x)


def _plan(found: Functionals, policy: Policy) -> tuple[Known, Fraction]:
    """What is known of the functionals' sums, and the ratio of their unit to the table's."""
    low, high = found.bounds
    dtype = policy.exact_type(found.mass)
    if dtype is not None and not len(found.slopes):
        return Known(found.unit, integers(low), integers(high), dtype), Fraction(1)
    if policy.dtype is None:
        bits = found.mass.bit_length()
        reason = "continuous inputs" if len(found.slopes) else f"partial sums of {bits} bits"
        raise Inexact(f"{reason} are rounded")
    unit, low, high = rescaled(found.unit, found.mass, low, high)
    ratio = found.unit / unit
    size = within(_sizes(found, ratio), policy.dtype)
    terms = len(found.tables) + len(found.responses) + len(found.slopes) + 4
    error = gamma(terms + 4, ROUND[policy.dtype]) * size + 4 * terms * TINY * (1 + size)
    if len(found.slopes):
        # a sampled t stands for an interval around it, and is rounded to the type
        reached = found.steps + ROUND[policy.dtype]
        error = error + reached @ np.abs(as_float(found.slopes, ratio))
    return Known(unit, low, high, policy.dtype, error * SLACK), ratio


def _sizes(found: Functionals, ratio: Fraction) -> Array:
    total = np.abs(as_float(found.base, ratio))
    for table in found.tables:
        total = total + np.abs(as_float(table, ratio)).max(axis=0)
    for move in [*found.responses, *found.slopes]:
        total = total + np.abs(as_float(move, ratio))
    return total


def _table(found: Functionals, ratio: Fraction, dtype: torch.dtype) -> Tensor:
    """The entries of all groups, one below another; the base is added to the first group's."""
    base = as_float(found.base, ratio)
    if not found.tables:
        return torch.as_tensor(base[None, :]).to(dtype)
    parts = [as_float(table, ratio) for table in found.tables]
    parts[0] = parts[0] + base
    return torch.as_tensor(np.concatenate(parts)).to(dtype)


def _part(
    start: Head, found: Functionals, known: Known, ratio: Fraction, columns: slice, program: Program
) -> Part:
    def tensor(values: Array) -> Tensor:
        return torch.as_tensor(as_float(values, ratio), device=program.policy.device).to(
            program.dtype
        )

    slopes = tensor(found.slopes) if len(found.slopes) else None
    responses = tuple(tensor(response) for response in found.responses)
    return Part(columns, responses, slopes, start.then(known))


def exact_program(stream: Factored, terms: Sequence[Function]) -> Program:
    """The terms over a finite stream in exact integers, on a GPU where there is one.

    Raises Inexact where 62 bits do not suffice, Decline where a table would be too large.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return Program(Source(stream), terms, Policy(None, device))
