"""Lemma 1 as an algorithm: from a compression of a separator, learn the input distribution.

f separates x + ηv from x − ηv on the support of D₀, and g compresses f over an unknown
η-perturbation D of D₀. Query access to f and g is all that is needed to sample from a
distribution D̃ near D and to compute its density.
Source: Lemma 1 and its proof, with z(x₀) = x₀ − ηv in the second case.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from ..claims import build
from ..errors import CertifyError
from ..kernel.language.claim import Claim
from ..networks.builder import Exact, number

Point = Any  # a tuple of numbers, or an array of shape (…, n) of numpy or torch
Query = Callable[[Any], Any]


class Reduction:
    """D̃, given by query access to a separator f and a compression g.

    ``separator`` and ``compression`` are any callables on points: a :class:`Network` (exact,
    on tuples), a torch module (on tensors of shape (…, n), many points at once), a function.
    On tuples they return a number or a sequence of k numbers; on arrays an array of shape
    (…, k) or (…). ``along`` is v, a unit vector (checked exactly), and ``eta`` is η > 0.
    ``queries`` counts the points at which f and g were asked. Raises CertifyError.
    """

    def __init__(
        self, separator: Query, compression: Query, along: Sequence[Exact], eta: Exact
    ) -> None:
        self.separator, self.compression = separator, compression
        self.along, self.eta = tuple(number(v) for v in along), number(eta)
        if sum((v * v for v in self.along), Fraction(0)) != 1:
            raise CertifyError("along is no unit vector")
        if self.eta <= 0:
            raise CertifyError("eta must be positive")
        self.step = tuple(self.eta * v for v in self.along)
        self.queries = {"separator": 0, "compression": 0}

    def sign(self, x: Point) -> Any:
        """h̃(x) = ±1: +1 where ‖g(x) − f(x + ηv)‖ < ‖g(x) − f(x − ηv)‖, with one query of g and
        two of f. On an array of shape (…, n) the result has shape (…).

        This is the hypothesis of Theorem 1: it equals s on 1 − D_TV(D̃, D) of D₀.
        """
        value = self._ask("compression", x)
        near = _square(x, value, self._ask("separator", self._moved(x, 1)))
        far = _square(x, value, self._ask("separator", self._moved(x, -1)))
        return (near < far) * 2 - 1

    def z(self, x: Point) -> Point:
        """x + η·h̃(x)·v: a sample of D̃ where x is one of D₀."""
        return self._moved(x, self.sign(x))

    def sample(self, draw: Callable[[], Point]) -> Point:
        """A sample of D̃ from a sampler of D₀ (Lemma 1, part 1)."""
        return self.z(draw())

    def density(self, x: Point, base: Callable[[Point], Any]) -> Any:
        """p̃(x) from the density p of D₀ (Lemma 1, part 2).

        p̃(x) = p(x − ηv)·1(z(x − ηv) = x) + p(x + ηv)·1(z(x + ηv) = x), where z(x ∓ ηv) = x
        is h̃(x ∓ ηv) = ±1. On tuples f and g are asked only where p is not 0.
        """
        behind, ahead = self._moved(x, -1), self._moved(x, 1)
        mass, other = base(behind), base(ahead)
        if not isinstance(x, Sequence):
            return mass * (self.sign(behind) > 0) + other * (self.sign(ahead) < 0)
        total = 0 * mass
        if mass and self.sign(behind) > 0:
            total += mass
        if other and self.sign(ahead) < 0:
            total += other
        return total

    def claim(
        self,
        on: build.Data,
        sign: build.Data,
        delta: build.Data,
        epsilon: build.Data,
        depth: int,
        lambda_: build.Data = None,
        lambda_squared: build.Data = None,
    ) -> Claim:
        """Lemma 1 on this instance as a claim, for networks and torch modules.

        ``sign`` is the s of the true distribution D, which the algorithm never sees.
        """
        return build.learner(
            self.separator,
            self.compression,  # type: ignore[arg-type]
            on,
            self.along,
            self.eta,
            sign,
            delta,
            epsilon,
            depth,
            lambda_,
            lambda_squared,
        )

    def _ask(self, name: str, x: Point) -> Any:
        count = 1
        if not isinstance(x, Sequence):
            for size in x.shape[:-1]:
                count *= int(size)
        self.queries[name] += count
        return getattr(self, name)(x)

    def _moved(self, x: Point, side: Any) -> Point:
        """x + side·η·v; ``side`` is a number, or an array of one for each point."""
        if isinstance(x, Sequence):
            if len(x) != len(self.step):
                raise CertifyError(f"a point has {len(x)} coordinates, not {len(self.step)}")
            return tuple(a + side * s for a, s in zip(x, self.step, strict=True))
        step = [float(s) for s in self.step]
        if x.shape[-1] != len(step):
            raise CertifyError(f"points have {x.shape[-1]} coordinates, not {len(step)}")
        if hasattr(x, "new_tensor"):
            vector = x.new_tensor(step)
        else:
            import numpy

            vector = numpy.asarray(step, dtype=x.dtype)
        return x + (side if isinstance(side, int) else side[..., None]) * vector


def _square(x: Point, a: Any, b: Any) -> Any:
    """‖a − b‖² for the values of one point, or for each point of an array."""
    if isinstance(x, Sequence):
        if not isinstance(a, Sequence):
            a, b = (a,), (b,)
        return sum((v - w) ** 2 for v, w in zip(a, b, strict=True))
    squares = (a - b) ** 2
    return squares.sum(-1) if squares.ndim == len(x.shape) else squares
