"""learner: Lemma 1 of the paper, on one instance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from ...data import exact
from ...data.exact import Batch
from ...data.network import Network
from ...data.numbers import ONE, bits, format_rational, square_sum
from ...verdict import Malformed
from ..claim import (
    DISTRIBUTION,
    FUNCTION,
    INTEGER,
    NUMBER,
    SET,
    VECTOR,
    Average,
    Claim,
    Conjunctive,
    fits,
    key,
    same_outputs,
)
from ..distributions import Distribution, Uniform
from ..factored import checked_signs
from ..functions.base import Function, Vector
from ..functions.learned import Learned
from ..functions.network import NetworkFunction
from ..sets import Set
from ..sets.combine import Perturb, collision
from .averages import Expectation, MeanSquare
from .classes import NETWORK, InClass, Member
from .pointwise import Separates

LISTED = 4096  # points at which the sign is looked at when the claim is read


@dataclass(frozen=True)
class Margin(InClass, Claim):
    """ηΛ^d ≤ Δ/4, compared squared. A part of ``learner``, not a kind of its own."""

    kind = "margin"
    eta: Fraction = key(NUMBER)
    delta: Fraction = key(NUMBER)
    depth: int = key(INTEGER)
    norm: Fraction | None = key(NUMBER, name="lambda", default=None)
    square: Fraction | None = key(NUMBER, name="lambda_squared", default=None)

    def misfit(self) -> tuple[str, str] | None:
        return self.class_misfit()

    @property
    def bits(self) -> int:
        """About how long the numbers are that the comparison needs."""
        return self.depth * bits(self.limit) + 2 * bits(self.eta)

    @cached_property
    def sides(self) -> tuple[Fraction, Fraction]:
        """η²Λ^{2d} and Δ²/16."""
        return self.eta**2 * self.limit**self.depth, self.delta**2 / 16


@dataclass(frozen=True)
class TotalVariation(Average):
    """D_TV(D̃, D) ≤ bound, as Pr_{x ~ D₀}[h̃(x) ≠ s(x)]. A part of ``learner``."""

    kind = "total-variation"
    learned: Function = key(FUNCTION)
    sign: Function = key(FUNCTION)
    over: Distribution = key(DISTRIBUTION)
    bound: Fraction = key(NUMBER)

    def misfit(self) -> tuple[str, str] | None:
        n = self.over.dimension
        return fits(self.learned, n, "learned") or fits(self.sign, n, "sign")

    @property
    def law(self) -> Distribution:
        return self.over

    def terms(self) -> tuple[Function, ...]:
        return self.learned, self.sign

    def total(self, values: list[Batch], weights: list[int] | None) -> Fraction:
        learned, sign = values
        squares = exact.square_distances(learned, checked_signs(sign))
        differ = [v != 0 for (v,) in squares.rows()]
        if weights is None:
            return Fraction(sum(differ))
        return Fraction(sum(w for w, d in zip(weights, differ, strict=True) if d))

    @property
    def comparison(self) -> tuple[str, Fraction]:
        return "<=", self.bound


@dataclass(frozen=True)
class Learner(InClass, Conjunctive):
    """Lemma 1 for f = ``left``, g = ``right``, D₀ uniform on ``on`` and D given by ``sign``.

    Its hypotheses: f is a Δ-separator on supp(D₀); g ∈ NN_{Λ,d} (NN_{Λ′,d} where ``class_lambda``
    gives a Λ′, as the paper's NN_{Δ,d} does); ηΛ^d ≤ Δ/4;
    E_D‖f − g‖² ≤ ε for D, the law of x₀ + η·s(x₀)·v with x₀ ~ D₀. Its conclusion: D̃, the law
    of z(x₀) = x₀ + η·h̃(x₀)·v with the h̃ of :class:`Learned`, is an η-perturbation of D₀, its
    density sums to 1, and D_TV(D̃, D) ≤ 16ε/Δ². v is a unit vector, and no two points of
    supp(D₀) differ by 2ηv. The parts say all of this:

    * ``density``: E[h̃²] = 1 over D₀. h̃ has values in {1, otherwise} ⊂ {1, −1, 0}, so this says
      that h̃ = ±1 on all of supp(D₀): D̃ is an η-perturbation. The sum over all x of the
      paper's p̃(x) = p(x − ηv)·1(z(x − ηv) = x) + p(x + ηv)·1(z(x + ηv) = x), with
      y = x ∓ ηv, is Pr[z(y) = y + ηv] + Pr[z(y) = y − ηv] = E[h̃²], so it is exactly 1 too.
    * ``tv``: Pr[h̃(x₀) ≠ s(x₀)] ≤ 16ε/Δ². Let N = |supp(D₀)|. The 2N points x₀ ± ηv are
      distinct, for x₀ + ηv = x₀′ − ηv never happens. D gives 1/N to x₀ + η·s(x₀)·v and D̃ to
      x₀ + η·h̃(x₀)·v, so x₀ adds 2/N to Σ|p̃ − p| where they differ and 0 elsewhere; the
      probability is half of the sum, D_TV(D̃, D).

    With ``otherwise`` = 0, as the paper writes z, ``density`` fails wherever h̃ = 0.
    """

    kind = "learner"
    left: Function = key(FUNCTION)
    right: Network = key(NETWORK)
    on: Set = key(SET)
    along: Vector = key(VECTOR)
    eta: Fraction = key(NUMBER)
    sign: Function = key(FUNCTION)
    delta: Fraction = key(NUMBER)
    epsilon: Fraction = key(NUMBER)
    depth: int = key(INTEGER)
    norm: Fraction | None = key(NUMBER, name="lambda", default=None)
    square: Fraction | None = key(NUMBER, name="lambda_squared", default=None)
    otherwise: int = key(INTEGER, default=-1)
    class_norm: Fraction | None = key(NUMBER, name="class_lambda", default=None)

    def networks(self) -> Iterator[Network]:
        yield from super().networks()
        yield self.right

    def misfit(self) -> tuple[str, str] | None:
        n = self.on.dimension
        if len(self.along) != n:
            return "along", f"has {len(self.along)} coordinates, but points have {n}"
        if (length := square_sum(self.along)) != ONE:
            shown = format_rational(length)
            return "along", f"is no unit vector: its squared length is {shown}"
        if self.eta <= 0:
            return "eta", "must be positive"
        if self.delta <= 0:
            return "delta", "must be positive"
        if self.otherwise not in (-1, 0):
            return "otherwise", "must be -1 (repaired) or 0 (as the paper writes it)"
        if self.sign.outputs != 1:
            return "sign", f"must have one output, not {self.sign.outputs}"
        if self.class_norm is not None and self.class_norm <= 0:
            return "class_lambda", "must be positive"
        right = NetworkFunction(self.right)
        return (
            self.class_misfit()
            or fits(self.left, n, "left")
            or fits(right, n, "right")
            or same_outputs(self.left, right)
            or fits(self.sign, n, "sign")
            or self._support_misfit()
        )

    def _support_misfit(self) -> tuple[str, str] | None:
        stream = self.on.factored()
        if stream is None:
            return "on", "learner needs a finite set"
        try:
            complaint = collision(stream, self._perturbed.shift)
            if complaint is None and stream.size <= LISTED:
                for points, _ in stream.batches():
                    checked_signs(self.sign.evaluate(points))
        except Malformed as error:
            complaint = error.message
        return ("on", complaint) if complaint else None

    @property
    def bound(self) -> Fraction:
        """16ε/Δ²."""
        return 16 * self.epsilon / self.delta**2

    @property
    def member(self) -> Member:
        """g ∈ NN_{Λ,d}, or NN_{Λ′,d}."""
        if self.class_norm is not None:
            return Member(self.right, self.depth, self.class_norm)
        return Member(self.right, self.depth, self.norm, self.square)

    @property
    def _perturbed(self) -> Perturb:
        return Perturb(self.on, self.along, self.eta, self.sign)

    @property
    def learned(self) -> Learned:
        """h̃."""
        right = NetworkFunction(self.right)
        return Learned(self.left, right, self.along, self.eta, self.otherwise)

    def parts(self) -> tuple[tuple[str, Claim], ...]:
        right, start = NetworkFunction(self.right), Uniform(self.on)
        learned = self.learned
        return (
            ("margin", Margin(self.eta, self.delta, self.depth, self.norm, self.square)),
            ("member", self.member),
            ("separates", Separates(self.left, self.on, self.along, self.eta, self.delta)),
            ("mse", MeanSquare(self.left, right, Uniform(self._perturbed), "<=", self.epsilon)),
            ("density", Expectation((learned, learned), start, "=", ONE)),
            ("tv", TotalVariation(learned, self.sign, start, self.bound)),
        )
