"""Statistical queries: the oracle vSTAT_D(τ), what it costs, and why parities are hard for it.

vSTAT_D(τ) answers a query φ: X → [0, 1] with some v such that |√v − √E_D[φ]| < τ. The
expectation is exact (by fold or enumeration, and checked by the kernel), the answers are
rational, and whether one is allowed is decided exactly.
Source: Section 2 and Lemma 3 of the paper; Feldman (2017) for vSTAT.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from math import isqrt

from .. import api
from ..claims import build
from ..errors import CertifyError
from ..kernel.data.numbers import ONE, ZERO
from ..networks.builder import Exact, number
from .finite import Finite

DIGITS = 40  # bits of an answer, beyond those of τ
LISTED = 4096  # points of a support at which a query is looked at one by one


def allowed(value: Fraction, expectation: Fraction, tau: Fraction) -> bool:
    """Is |√value − √expectation| < τ? Exactly.

    For a ≥ b ≥ 0, √a − √b < τ iff a − b − τ² < 2τ√b.
    """
    if value < 0 or expectation < 0:
        return False
    high, low = max(value, expectation), min(value, expectation)
    gap = high - low - tau**2
    return gap < 0 or gap**2 < 4 * tau**2 * low


@dataclass(frozen=True)
class Query:
    """φ(x) = offset + scale·∏ Fᵢ(x), for functions of the claim language."""

    of: tuple[build.Data, ...]
    scale: Fraction = ONE
    offset: Fraction = ZERO


@dataclass(frozen=True)
class Answered:
    """A query with the oracle's answer, the exact expectation, and its certified average."""

    query: Query
    value: Fraction
    expectation: Fraction
    verdict: api.Verdict = field(repr=False)


class Oracle:
    """vSTAT_D(τ) for a distribution of finite support.

    ``answers`` is how it uses its freedom: "exact"; "random" (a random allowed value);
    "high" and "low" (as far from the truth as it may go); or a number, the value that it
    gives whenever it may, such as the expectation under another distribution, which is how
    lower bounds are proved. The history is ``answered``. Raises CertifyError where τ ≤ 0.
    """

    def __init__(
        self, law: build.Data, tau: Exact, answers: str | Exact = "random", seed: int = 0
    ) -> None:
        self.law, self.tau = Finite(law), number(tau)
        if self.tau <= 0:
            raise CertifyError("tau must be positive")
        self.answers: str | Fraction
        if answers in ("exact", "random", "high", "low"):
            self.answers = str(answers)
        else:
            self.answers = number(answers)
        self.answered: list[Answered] = []
        self._draw = random.Random(seed)

    @property
    def queries(self) -> int:
        """How many queries were asked."""
        return len(self.answered)

    @property
    def total_complexity(self) -> Fraction:
        """max(1/τ, queries): the total complexity of the algorithm that asked."""
        return max(1 / self.tau, Fraction(self.queries))

    def ask(self, *of: build.Data, scale: Exact = 1, offset: Exact = 0) -> Fraction:
        """The answer to φ = offset + scale·∏ Fᵢ.

        Raises CertifyError where φ is not in [0, 1] on the support (a witness says where), or
        where its expectation is not computed.
        """
        query = Query(of, number(scale), number(offset))
        self._require_range(query)
        mean, verdict = self.law.mean(query.of)
        expectation = query.offset + query.scale * mean
        value = self._answer(expectation)
        if not allowed(value, expectation, self.tau):
            raise CertifyError(f"an answer {value} to {expectation} would break the oracle")
        self.answered.append(Answered(query, value, expectation, verdict))
        return value

    def _answer(self, expectation: Fraction) -> Fraction:
        if isinstance(self.answers, Fraction):
            return self.answers if allowed(self.answers, expectation, self.tau) else expectation
        if self.answers == "exact":
            return expectation
        low, high = interval(expectation, self.tau)
        share = {"low": ZERO, "high": ONE}.get(self.answers)
        if share is None:
            share = Fraction(self._draw.getrandbits(DIGITS), (1 << DIGITS) - 1)
        return low + share * (high - low)

    def _require_range(self, query: Query) -> None:
        """φ ∈ [0, 1] on the support: point by point where it is small; else by claims."""
        if not query.of:
            raise CertifyError("a query needs a function")
        if self.law.size <= LISTED:
            for point, value in self.law.products(query.of):
                if not 0 <= query.offset + query.scale * value <= 1:
                    shown = ", ".join(map(str, point))
                    raise CertifyError(f"the query is not in [0, 1] at [{shown}]")
            return
        on = self.law.support
        if on is None:
            raise CertifyError("the support is neither small nor a set of the claim language")
        ends = sorted((query.offset - query.scale, query.offset + query.scale))
        low, high = -ONE, ONE  # each factor within these, and so their product
        if len(query.of) == 1 and query.scale:
            low, high = sorted((-query.offset / query.scale, (1 - query.offset) / query.scale))
        elif ends[0] < 0 or ends[1] > 1:
            raise CertifyError("a query of several factors needs offset ± scale in [0, 1]")
        for function in query.of:
            claim = build.output(function, on, f"y0 >= {low} and y0 <= {high}")
            verdict = api.prove(claim)
            if not verdict.proved:
                why = verdict.note or verdict.reason
                raise CertifyError(f"a factor is not shown to be in [{low}, {high}]: {why}")


def interval(expectation: Fraction, tau: Fraction) -> tuple[Fraction, Fraction]:
    """The least and the largest answer of some precision that are allowed, within [0, 1]."""
    places = DIGITS + tau.denominator.bit_length()
    scaled = expectation * (1 << 2 * places)
    root = isqrt(scaled.numerator // scaled.denominator)
    below, above = Fraction(root, 1 << places), Fraction(root + 1, 1 << places)
    # below ≤ √E < above, so both ends are strictly inside unless √E is below exactly
    high = min(ONE, (below + tau) ** 2 * (1 - Fraction(1, 1 << places)))
    return max(ZERO, above - tau) ** 2, high


# ------------------------------------------------------------------ parities


def labelled(inputs: int, over: Sequence[int]) -> build.Data:
    """The law of (x, χ_S(x)) for x uniform on {−1, 1}ⁿ: the examples of Lemma 3.

    It is the paper's D_h for η = 1 and h = χ_S, the label in the last coordinate.
    """
    start = build.embed(build.cube(inputs), [0])
    axis = [0] * inputs + [1]
    return build.uniform(build.perturb(start, axis, 1, build.parity(over)))


def learn_parity(oracle: Oracle, inputs: int) -> tuple[int, ...] | None:
    """The S of :func:`labelled` by asking about every subset in turn: up to 2ⁿ queries.

    φ_T = (1 + label·χ_T)/2 has expectation 1 for T = S and 1/2 for every other T, because the
    parities are orthogonal; so an oracle that answers 1/2 whenever it may tells nothing
    until S itself is asked about. None where τ is too large to tell the two apart.
    """
    half = Fraction(1, 2)
    label = build.project([inputs])
    for over in subsets(range(inputs)):
        value = oracle.ask(label, build.parity(over), scale=half, offset=half)
        if allowed(value, ONE, oracle.tau) and not allowed(value, half, oracle.tau):
            return over
    return None


def subsets(of: Iterable[int]) -> Iterator[tuple[int, ...]]:
    """Every subset, small ones first."""
    items = tuple(of)
    for size in range(len(items) + 1):
        yield from combinations(items, size)


def orthogonal(inputs: int, first: Sequence[int], second: Sequence[int]) -> api.Verdict:
    """The verdict on E[χ_S·χ_T] = 0 over the uniform distribution on {−1, 1}ⁿ."""
    of = [build.parity(first), build.parity(second)]
    return api.prove(build.expectation(of, build.uniform(build.cube(inputs)), "=", 0))


def pairwise_orthogonal(inputs: int) -> int:
    """Prove that all pairs of distinct parities on n bits are orthogonal; how many pairs.

    Raises CertifyError with a pair that is not shown to be.
    """
    count = 0
    for first, second in combinations(tuple(subsets(range(inputs))), 2):
        verdict = orthogonal(inputs, first, second)
        if not verdict.proved:
            raise CertifyError(f"not shown for {first} and {second}: {verdict.reason}")
        count += 1
    return count
