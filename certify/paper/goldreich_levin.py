"""Parities from queries: the algorithm of Goldreich and Levin, and a proof of what it finds.

A function on {−1, 1}ⁿ that agrees with an unknown parity χ_S on more than 1/2 + γ of the
cube has E[f·χ_S] ≥ 2γ. The algorithm lists every such S, with high probability, from queries;
the kernel then proves the correlation exactly, so nothing rests on the probability.
Source: Section 2 of the paper; Goldreich and Levin (1989), in the form of Rackoff.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .. import api
from ..claims import build
from ..errors import CertifyError
from ..kernel.data import exact
from ..kernel.data.exact import Batch
from ..kernel.data.network import Network
from .finite import Finite

CHUNK = 1 << 15  # points in one query
MAX_QUERIES = 1 << 26


class Signs:
    """Query access to the sign of a function on {−1, 1}ⁿ, many points at a time.

    ``function`` is a :class:`Network` (or a torch module that reads as one), evaluated exactly;
    or a callable that takes an integer array of shape (N, n) and returns N numbers.
    ``queries`` counts points. Signs are 1, −1, or 0 where the function is 0.
    """

    def __init__(self, function: Any, inputs: int | None = None) -> None:
        if hasattr(function, "state_dict"):
            function = build.from_torch(function)
        if isinstance(function, Network):
            inputs = inputs or function.inputs
            if function.inputs != inputs or function.outputs != 1:
                raise CertifyError(f"a network from {inputs} inputs to one output is needed")
        if inputs is None or inputs < 1:
            raise CertifyError("the number of inputs is needed")
        self.function: Network | Callable[[Any], Any] = function
        self.inputs, self.queries = inputs, 0

    def __call__(self, bits: Any) -> Any:
        """The signs at points given as a 0/1 array of shape (N, n), where 1 stands for −1."""
        import numpy

        self.queries += len(bits)
        found = []
        for start in range(0, len(bits), CHUNK):
            points = 1 - 2 * bits[start : start + CHUNK].astype(numpy.int64)
            if isinstance(self.function, Network):
                few = exact.PURE or len(points) < exact.BULK  # then lists of Python integers
                batch = Batch(points.tolist() if few else points, 1, self.inputs)
                rows = self.function.evaluate(batch).values
            else:
                rows = self.function(points)
            found.append(numpy.sign(numpy.asarray(rows)).reshape(-1).astype(numpy.int32))
        return numpy.concatenate(found)


@dataclass(frozen=True)
class Candidate:
    """A subset S, and the average of f·χ_S on the points that tested it."""

    over: tuple[int, ...]
    estimate: float


def parities(
    signs: Signs, advantage: Fraction | float, *, seed: int = 0, failure: float = 1e-3
) -> list[Candidate]:
    """The parities with which the function agrees on at least 1/2 + ``advantage`` of the cube.

    Any one of them is missing with probability at most ``failure``; sorted by the estimated
    correlation. Others of a smaller correlation may be listed as well. Raises CertifyError
    where the advantage is not in (0, 1/2], or needs too many queries.

    With k random points r₁ … r_k the sums r_J over J ⊂ {1 … k} are pairwise independent. A guess
    of the k values χ_S(r_j) gives χ_S(r_J), so Σ_J f(r_J with bit i changed)·χ_S(r_J) votes on
    whether i ∈ S. A Walsh–Hadamard transform counts the votes of all 2ᵏ guesses at once. For
    the right guess a vote errs with probability ≤ 1/((2ᵏ − 1)·4γ²) by Chebyshev's inequality.
    """
    import numpy

    gamma = float(advantage)
    if not 0 < gamma <= 0.5 or not 0 < failure < 1:
        raise CertifyError("the advantage lies in (0, 1/2], the failure in (0, 1)")
    n = signs.inputs
    k = max(2, math.ceil(math.log2(n / (2 * gamma**2) + 1)))
    rounds = max(1, math.ceil(math.log2(2 / failure)))
    tests = math.ceil(8 * math.log(4 / failure) / gamma**2)  # all within γ/2, by Hoeffding
    if rounds * n * 2**k + tests > MAX_QUERIES:
        raise CertifyError(f"an advantage of {gamma} needs {rounds * n * 2**k + tests} queries")
    draw = numpy.random.default_rng(seed)
    sample = draw.integers(0, 2, (tests, n), dtype=numpy.uint8)
    labels = signs(sample)
    known: dict[bytes, float] = {}
    for _ in range(rounds):
        guesses = numpy.unique(_decoded(signs, k, draw), axis=0)
        new = numpy.array([g for g in guesses if g.tobytes() not in known], dtype=numpy.uint8)
        if len(new):
            for row, value in zip(new, _correlations(sample, labels, new), strict=True):
                known[row.tobytes()] = value
        # by Parseval's identity the squares of all correlations sum to at most 1
        heavy = [value for value in known.values() if value >= 1.5 * gamma]
        if sum((value - gamma / 2) ** 2 for value in heavy) + 4 * gamma**2 > 1:
            break
    kept = [(value, row) for row, value in known.items() if value >= 1.5 * gamma]
    return [
        Candidate(tuple(i for i, bit in enumerate(row) if bit), value)
        for value, row in sorted(kept, key=lambda pair: (-pair[0], pair[1]))
    ]


def _decoded(signs: Signs, k: int, draw: Any) -> Any:
    """The subsets that the 2ᵏ guesses give, as a 0/1 array of shape (2ᵏ, n)."""
    import numpy

    n = signs.inputs
    points = numpy.zeros((1 << k, n), dtype=numpy.uint8)
    for j, row in enumerate(draw.integers(0, 2, (k, n), dtype=numpy.uint8)):
        points[1 << j : 2 << j] = points[: 1 << j] ^ row
    subsets = numpy.zeros((1 << k, n), dtype=numpy.uint8)
    for i in range(n):
        points[:, i] ^= 1
        votes = signs(points)
        points[:, i] ^= 1
        votes[0] = 0  # the empty sum is no random point
        subsets[:, i] = _walsh_hadamard(votes) < 0
    return subsets


def _walsh_hadamard(values: Any) -> Any:
    """Σ_J values[J]·(−1)^⟨J, b⟩ for every b, in integers."""
    import numpy

    size = 1
    while size < len(values):
        pairs = values.reshape(-1, 2, size)
        values = numpy.stack(
            (pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]), axis=1
        ).reshape(-1)
        size *= 2
    return values


def _correlations(sample: Any, labels: Any, subsets: Any) -> list[float]:
    """The average of label·χ_S over the sample for each subset."""
    import numpy

    result: list[float] = []
    left = sample.astype(numpy.float32)
    for start in range(0, len(subsets), 512):
        counts = left @ subsets[start : start + 512].T.astype(numpy.float32)
        values = 1 - 2 * (counts.astype(numpy.int64) & 1)
        result += (labels @ values / len(labels)).tolist()
    return result


@dataclass(frozen=True)
class Recovered:
    """A parity that was found, and what the kernel proved about it.

    ``correlation`` is E[f·χ_S], exactly; ``verdict`` is of E[f·χ_S] ≥ r; ``signs`` is of the
    claim that f = ±1 on the cube, and where it is proved ``agreement`` is the exact fraction
    of points where f = χ_S.
    """

    over: tuple[int, ...]
    estimate: float
    correlation: Fraction
    verdict: api.Verdict
    signs: api.Verdict

    @property
    def agreement(self) -> Fraction | None:
        """(1 + E[f·χ_S]) / 2 where f is ±1 on the whole cube."""
        return (1 + self.correlation) / 2 if self.signs.proved else None


def recover(
    network: Any,
    advantage: Fraction | float,
    *,
    at_least: build.Data = None,
    seed: int = 0,
    failure: float = 1e-3,
) -> list[Recovered]:
    """The parities in a network, each with its exact correlation proved by the kernel.

    ``at_least`` is the r of the claim E[f·χ_S] ≥ r; by default 2·``advantage``. Raises
    CertifyError where the network neither folds nor is small enough to be enumerated.
    """
    if not isinstance(network, Network) and not hasattr(network, "state_dict"):
        raise CertifyError("a proof needs a network; parities() takes any function")
    signs = Signs(network)
    net: Any = signs.function
    cube = build.cube(signs.inputs)
    bound = 2 * Fraction(advantage) if at_least is None else at_least
    law = Finite(build.uniform(cube))
    binary = None
    result = []
    for candidate in parities(signs, advantage, seed=seed, failure=failure):
        of = [net, build.parity(candidate.over)]
        value, _ = law.mean(of)
        verdict = api.prove(build.expectation(of, law.data, ">=", bound))
        if binary is None:
            binary = api.prove(build.output(net, cube, "y0 = 1 or y0 = -1"))
        result.append(Recovered(candidate.over, candidate.estimate, value, verdict, binary))
    return result
