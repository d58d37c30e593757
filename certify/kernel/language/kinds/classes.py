"""member, lipschitz, compression, excludes: claims about NN_{Λ,d} (Definition 1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from ...data.decode import network_named
from ...data.network import Network
from ..claim import (
    DISTRIBUTION,
    FUNCTION,
    INTEGER,
    NUMBER,
    SET,
    Claim,
    Codec,
    Conjunctive,
    fits,
    key,
    same_outputs,
    word,
)
from ..distributions import Distribution
from ..functions.base import Function
from ..functions.network import NetworkFunction
from ..sets import Set
from .averages import MeanSquare

NETWORK = Codec(network_named, lambda network: {"network": network.digest})


class InClass:
    """What the keys lambda (or lambda_squared) and depth of a claim mean."""

    norm: Fraction | None
    square: Fraction | None
    depth: int

    @property
    def limit(self) -> Fraction:
        """Λ², the bound on every squared Frobenius norm."""
        if self.norm is not None:
            return self.norm**2
        return self.square if self.square is not None else Fraction(0)

    def class_misfit(self) -> tuple[str, str] | None:
        """The complaint about lambda, lambda_squared and depth."""
        if (self.norm is None) == (self.square is None):
            return "lambda", "give lambda or lambda_squared"
        if self.norm is not None and self.norm <= 0:
            return "lambda", "must be positive"
        if self.square is not None and self.square <= 0:
            return "lambda_squared", "must be positive"
        if self.depth < 1:
            return "depth", "must be at least 1"
        return None


@dataclass(frozen=True)
class Member(InClass, Claim):
    """This representation has exactly ``depth`` layers, each with ‖W‖_F² ≤ Λ².

    ``activation = "uniform"`` also asks that each layer is all ReLU or all identity.
    """

    kind = "member"
    network: Network = key(NETWORK)
    depth: int = key(INTEGER)
    norm: Fraction | None = key(NUMBER, name="lambda", default=None)
    square: Fraction | None = key(NUMBER, name="lambda_squared", default=None)
    activation: str = key(word("mixed", "uniform"), default="mixed")

    def networks(self) -> Iterator[Network]:
        yield self.network

    def misfit(self) -> tuple[str, str] | None:
        for number, layer in enumerate(self.network.layers, start=1):
            if layer.lowered:
                return "network", f"layer {number} comes from {layer.lowered}, not from the network"
        return self.class_misfit()


@dataclass(frozen=True)
class Lipschitz(Claim):
    """‖f(x) − f(y)‖₂ ≤ L‖x − y‖₂ for all x, y."""

    kind = "lipschitz"
    network: Network = key(NETWORK)
    constant: Fraction = key(NUMBER)

    def networks(self) -> Iterator[Network]:
        yield self.network

    def misfit(self) -> tuple[str, str] | None:
        return ("constant", "must not be negative") if self.constant < 0 else None


@dataclass(frozen=True)
class Compression(Conjunctive):
    """g ∈ NN_{Λ,d} and E_D‖f − g‖² compared with ε (Section 2 of the paper)."""

    kind = "compression"
    left: Function = key(FUNCTION)
    right: Network = key(NETWORK)
    over: Distribution = key(DISTRIBUTION)
    depth: int = key(INTEGER)
    relation: str = key(word("<", "<=", "="))
    epsilon: Fraction = key(NUMBER)
    norm: Fraction | None = key(NUMBER, name="lambda", default=None)
    square: Fraction | None = key(NUMBER, name="lambda_squared", default=None)
    activation: str = key(word("mixed", "uniform"), default="mixed")

    def networks(self) -> Iterator[Network]:
        yield from super().networks()
        yield self.right

    def misfit(self) -> tuple[str, str] | None:
        right = NetworkFunction(self.right)
        n = self.over.dimension
        return (
            self.member.misfit()
            or fits(self.left, n, "left")
            or fits(right, n, "right")
            or same_outputs(self.left, right)
        )

    @property
    def member(self) -> Member:
        """g ∈ NN_{Λ,d}."""
        return Member(self.right, self.depth, self.norm, self.square, self.activation)

    @property
    def mean_square(self) -> MeanSquare:
        """E_D‖f − g‖² compared with ε."""
        right = NetworkFunction(self.right)
        return MeanSquare(self.left, right, self.over, self.relation, self.epsilon)

    def parts(self) -> tuple[tuple[str, Claim], ...]:
        return ("member", self.member), ("mse", self.mean_square)


@dataclass(frozen=True)
class Excludes(InClass, Claim):
    """No member of NN_{Λ,d} equals F on S."""

    kind = "excludes"
    target: Function = key(FUNCTION)
    on: Set = key(SET)
    depth: int = key(INTEGER)
    norm: Fraction | None = key(NUMBER, name="lambda", default=None)
    square: Fraction | None = key(NUMBER, name="lambda_squared", default=None)

    def misfit(self) -> tuple[str, str] | None:
        return self.class_misfit() or fits(self.target, self.on.dimension, "target")

    def undefined(self) -> str | None:
        return self.target.undefined(self.on.dimension, self.on.known())
