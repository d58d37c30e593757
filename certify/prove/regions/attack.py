"""Search for a counterexample with floats: random points, corners, gradients, and random steps.

A point that looks like one is made rational, with few digits where that will do, and
evaluated exactly; only then is it a witness.
"""

from __future__ import annotations

import time
from fractions import Fraction
from itertools import count
from typing import Any

import numpy as np

from ...kernel.language.claim import Claim, Pointwise
from ...kernel.language.functions.base import Vector
from ...kernel.rules.regions.query import Query, query_of
from ..answers import Answer, Options, Unknown
from ..enumerate import refutation
from ..linear.feasible import parameters
from .objectives import goals

Array = Any  # float64
SAMPLES = 512  # fewer where a pass over the network would take more than …
PASS = 1 << 32  # … multiply-adds: a second
STARTS = 48  # points from which gradients are followed, for each disjunct
STEPS = 40
FEW = 32  # inputs, up to which random steps find their way
AROUND = 8  # random steps tried from each point at once
SECONDS = 5.0
EXTRA = 1.0  # seconds by the clock past its limit, which is processor time: others work, too
DIGITS = (6, 10, 16, 24, 60)  # bits below the width of a side to which witnesses are rounded


class Attack:
    """The claim's margin as a function of the domain's parameters, in floats."""

    def __init__(self, claim: Pointwise, query: Query, seed: int = 0) -> None:
        self.claim, self.query = claim, query
        self.draw = np.random.default_rng(seed)
        domain = query.domain
        self.sides = list(zip(domain.lower, domain.upper, strict=True))
        self.low = np.array([-np.inf if a is None else float(a) for a, _ in self.sides])
        self.high = np.array([np.inf if b is None else float(b) for _, b in self.sides])
        self.width = np.where(np.isfinite(self.high - self.low), self.high - self.low, 4.0)
        self.place = _dense(domain.matrix, domain.parameters), _floats(domain.offset)
        self.rows = _dense([row for row, _ in domain.rows], domain.parameters)
        self.limits = _floats([bound for _, bound in domain.rows])
        self.layers = [
            (_dense(layer.rows, layer.columns), _floats(layer.bias), np.array(layer.relu))
            for layer in query.layers
        ]
        points = domain.matrix
        width = len(points) + len(query.layers[-1].rows)
        self.goals = _dense([row for row, _ in query.rows], width)
        self.constant = _floats([c for _, c in query.rows])
        self.aim = goals(query)
        weights = sum(weight.size for weight, _, _ in self.layers)
        self.samples = min(SAMPLES, max(STARTS, PASS // max(1, weights)))
        self.until = np.inf  # when the run under way must end, as time.monotonic has it

    @property
    def late(self) -> bool:
        """Must the run end within a step?"""
        return time.monotonic() > self.until

    def values(self, u: Array) -> tuple[Array, list[Array]]:
        """Every row (N, rows) at the parameters u (N, p), and which neurons are active."""
        matrix, offset = self.place
        x = value = u @ matrix.T + offset
        masks = []
        for weight, bias, relu in self.layers:
            value = value @ weight.T + bias
            masks.append((value > 0) | ~relu)
            value = value * masks[-1]
        return np.concatenate([x, value], axis=1) @ self.goals.T + self.constant, masks

    def gradient(self, weights: Array, masks: list[Array]) -> Array:
        """The gradient (N, p) of weights[i]·rows at point i."""
        picked = weights @ self.goals
        n = len(self.place[0])
        back = picked[:, n:]
        for (weight, _, _), mask in zip(reversed(self.layers), reversed(masks), strict=True):
            back = (back * mask) @ weight
        gradient: Array = (back + picked[:, :n]) @ self.place[0]
        return gradient

    def clipped(self, u: Array) -> Array:
        """Points moved into the bounds and, roughly, behind the domain's rows."""
        u = np.clip(u, self.low, self.high)
        for _ in range(8 if len(self.limits) else 0):
            over = np.maximum(u @ self.rows.T - self.limits, 0)
            if not over.any():
                break
            norms = (self.rows**2).sum(axis=1) + 1e-300
            worst = over.argmax(axis=1)
            step = over[np.arange(len(u)), worst] / norms[worst]
            u = np.clip(u - 1.001 * step[:, None] * self.rows[worst], self.low, self.high)
        return u

    def starts(self, draw: np.random.Generator, count: int) -> Array:
        """Random points and corners."""
        base = np.where(np.isfinite(self.low), self.low, self.high - self.width)
        base = np.where(np.isfinite(base), base, -2.0)
        inside = base + self.width * draw.random((count, len(self.width)))
        corners = base + self.width * draw.integers(0, 2, (count // 4, len(self.width)))
        return self.clipped(np.concatenate([base[None] + self.width / 2, inside, corners]))

    def ascend(self, u: Array, which: int, steps: int) -> Array:
        """Follow the gradient of one of the margins, with shrinking steps."""
        best, kept = np.full(len(u), -np.inf), u
        for step in range(steps):
            if self.late:
                break
            values, masks = self.values(u)
            margin = self.aim.margins(values)[:, which]
            kept = np.where((margin > best)[:, None], u, kept)
            best = np.maximum(best, margin)
            if best.max() > 0:
                break
            slope = self.gradient(self.aim.uphill(values, which), masks)
            u = self.clipped(u + 0.3 * 0.85**step * self.width * np.sign(slope))
        return kept

    def climb(self, u: Array, which: int, steps: int) -> Array:
        """Raise one of the margins by random steps, ever shorter.

        The least of several rows has ridges, on which gradients lead to and fro.
        """
        best, each = self.aim.margins(self.values(u)[0])[:, which], np.arange(len(u))
        for step in range(steps):
            if self.late:
                break
            reach = 0.2 * 0.85**step * self.width
            moved = u[:, None] + reach * self.draw.standard_normal((len(u), AROUND, u.shape[1]))
            moved = self.clipped(moved.reshape(-1, u.shape[1]))
            margin = self.aim.margins(self.values(moved)[0])[:, which].reshape(len(u), AROUND)
            pick = margin.argmax(axis=1)
            better = margin[each, pick] > best
            u = np.where(better[:, None], moved.reshape(len(u), AROUND, -1)[each, pick], u)
            best = np.maximum(best, margin[each, pick])
            if best.max(initial=0) > 0:
                break
        return u

    def confirm(self, u: Array) -> Vector | None:
        """A point of the set near u that refutes the claim in exact arithmetic, or None."""
        seen = set()
        for digits in DIGITS:
            if self.late:
                break
            exact = tuple(_near(v, side, digits) for v, side in zip(u, self.sides, strict=True))
            if exact in seen:
                continue
            seen.add(exact)
            found = self.accepts(exact)
            if found is not None:
                return found
        return None

    def accepts(self, u: Vector) -> Vector | None:
        """The point of the set at the exact parameters u, if it is a counterexample."""
        x = self.query.domain.place(u)
        if self.claim.domain.contains(x):
            values = tuple(term(x) for term in self.claim.terms())
            if not self.claim.holds(x, values):
                return x
        return None

    def margin(self, u: Array) -> Array:
        """How close each point (N, p) is to a counterexample: (N,), positive at one."""
        return self.aim.margins(self.values(u)[0]).max(axis=1)

    def best(self, u: Array, margin: Array, limit: int = 4) -> Vector | None:
        """The first of the most promising points of u that is a counterexample."""
        for i in np.argsort(-margin)[:limit]:
            if margin[i] < -1e-9:
                break
            found = self.confirm(u[i])
            if found is not None:
                return found
        return None

    def run(
        self, options: Options, seconds: float, rounds: int | None = None, climb: bool = True
    ) -> Vector | None:
        """A counterexample, or None where the time, or the number of rounds, brought none.

        A further call goes on with other points. A round takes a few times longer with ``climb``,
        and finds more. ``seconds`` are of processor time: on a machine that others use, too, as
        much is tried.
        """
        self.until = time.monotonic() + min(seconds + EXTRA, options.left)
        end = time.process_time() + seconds
        try:
            return self._rounds(rounds, climb and len(self.low) <= FEW, end)
        finally:
            self.until = np.inf

    def _rounds(self, rounds: int | None, climb: bool, end: float) -> Vector | None:
        """So many rounds, or as many as there is time for."""
        for _ in count() if rounds is None else range(rounds):
            if self.late or time.process_time() >= end:
                break
            u = self.starts(self.draw, self.samples)
            found = self.best(u, self.margin(u))
            if found is not None:
                return found
            margins = self.aim.margins(self.values(u)[0])
            for d in np.argsort(-margins.max(axis=0)):
                top = u[np.argsort(-margins[:, d])[:STARTS]]
                top = self.ascend(top, int(d), STEPS)
                found = self.best(top, self.margin(top))
                if found is None and climb:
                    top = self.climb(top, int(d), STEPS)
                    found = self.best(top, self.margin(top))
                if found is not None:
                    return found
                if self.late or time.process_time() >= end:
                    break
        return None


def _near(value: float, side: tuple[Fraction | None, Fraction | None], digits: int) -> Fraction:
    """A rational near the value with few digits, within the side."""
    low, high = side
    width = high - low if low is not None and high is not None else Fraction(1)
    if not width and low is not None:
        return low
    exact = Fraction(float(value))
    bits = digits + width.denominator.bit_length() - width.numerator.bit_length()
    scale = Fraction(2) ** bits
    exact = round(exact * scale) / scale
    if low is not None:
        exact = max(exact, low)
    return exact if high is None else min(exact, high)


def _dense(rows: Any, columns: int) -> Array:
    matrix = np.zeros((len(rows), columns))
    for r, row in enumerate(rows):
        for c, v in row:
            matrix[r, c] = float(v)
    return matrix


def _floats(values: Any) -> Array:
    return np.array([float(v) for v in values], dtype=np.float64)


def prove(claim: Claim, options: Options) -> Answer:
    """A witness, if one is found within a few seconds."""
    if not isinstance(claim, Pointwise):
        return Unknown("not about points")
    query = query_of(claim)
    attack = Attack(claim, query, options.seed)
    if query.domain.rows:
        start = parameters(query.domain, options)
        if start is not None:
            found = attack.confirm(_floats(start))
            if found is not None:
                return refutation(found)
    found = attack.run(options, min(SECONDS, options.timeout / 10))
    return Unknown("no counterexample was found") if found is None else refutation(found)
