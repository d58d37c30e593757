"""expectation, mse: exact averages over a distribution."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ...data import exact
from ...data.exact import Batch
from ..claim import (
    DISTRIBUTION,
    FUNCTION,
    FUNCTIONS,
    NUMBER,
    Average,
    fits,
    key,
    same_outputs,
    word,
)
from ..distributions import Distribution
from ..functions.base import Function


@dataclass(frozen=True)
class Expectation(Average):
    """E_D[∏ Fᵢ(x)] compared with a number; every Fᵢ is scalar."""

    kind = "expectation"
    of: tuple[Function, ...] = key(FUNCTIONS)
    over: Distribution = key(DISTRIBUTION)
    relation: str = key(word("<", "<=", "=", ">=", ">"))
    value: Fraction = key(NUMBER)

    def misfit(self) -> tuple[str, str] | None:
        for function in self.of:
            if function.outputs != 1:
                return "of", f"a function has {function.outputs} outputs, not 1"
            if complaint := fits(function, self.over.dimension, "of"):
                return complaint
        return None

    @property
    def law(self) -> Distribution:
        return self.over

    def terms(self) -> tuple[Function, ...]:
        return self.of

    def total(self, values: list[Batch], weights: list[int] | None) -> Fraction:
        return exact.weighted_products(values, weights)

    @property
    def comparison(self) -> tuple[str, Fraction]:
        return self.relation, self.value


@dataclass(frozen=True)
class MeanSquare(Average):
    """E_D‖f − g‖² compared with a number."""

    kind = "mse"
    left: Function = key(FUNCTION)
    right: Function = key(FUNCTION)
    over: Distribution = key(DISTRIBUTION)
    relation: str = key(word("<", "<=", "="))
    epsilon: Fraction = key(NUMBER)

    def misfit(self) -> tuple[str, str] | None:
        n = self.over.dimension
        return (
            fits(self.left, n, "left")
            or fits(self.right, n, "right")
            or same_outputs(self.left, self.right)
        )

    @property
    def law(self) -> Distribution:
        return self.over

    def terms(self) -> tuple[Function, ...]:
        return self.left, self.right

    def total(self, values: list[Batch], weights: list[int] | None) -> Fraction:
        left, right = values
        return exact.weighted_squares(left, right, weights)

    @property
    def comparison(self) -> tuple[str, Fraction]:
        return self.relation, self.epsilon
