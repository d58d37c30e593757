"""equals, within, separates, output: claims about every point of a set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product

from ...data import exact
from ...data.exact import Batch
from ...data.numbers import ONE, ZERO, square_sum
from .. import formula
from ..claim import (
    FUNCTION,
    NUMBER,
    SET,
    VECTOR,
    Codec,
    Constraint,
    Disjunct,
    Pointwise,
    fits,
    key,
    same_outputs,
    word,
)
from ..formula import Formula
from ..functions.base import Function, Vector
from ..functions.combine import Translated
from ..sets import Set

MAX_SIGNS = 6  # outputs up to which an l1 norm is written out as sign patterns


@dataclass(frozen=True)
class _Pair(Pointwise):
    left: Function = key(FUNCTION)
    right: Function = key(FUNCTION)
    on: Set = key(SET)

    @property
    def domain(self) -> Set:
        return self.on

    def terms(self) -> tuple[Function, ...]:
        return self.left, self.right

    def misfit(self) -> tuple[str, str] | None:
        n = self.on.dimension
        return (
            fits(self.left, n, "left")
            or fits(self.right, n, "right")
            or same_outputs(self.left, self.right)
        )

    def _gap(self, output: int, sign: int) -> tuple[tuple[int, Fraction], ...]:
        """The row sign · (left − right) at one output, over (x, left, right)."""
        n, k = self.on.dimension, self.left.outputs
        return ((n + output, sign * ONE), (n + k + output, -sign * ONE))


@dataclass(frozen=True)
class Equals(_Pair):
    """∀x∈S: f(x) = g(x)."""

    kind = "equals"

    @cached_property
    def _negation(self) -> tuple[Disjunct, ...]:
        return tuple(
            (Constraint(self._gap(i, sign), ZERO, True),)
            for i in range(self.left.outputs)
            for sign in (1, -1)
        )

    def negation(self) -> tuple[Disjunct, ...]:
        return self._negation

    def holds(self, point: Vector, values: tuple[Vector, ...]) -> bool:
        return values[0] == values[1]

    def first_failure(
        self, points: Batch, values: list[Batch], read: Sequence[int] | None = None
    ) -> int | None:
        return exact.first_difference(*values)


@dataclass(frozen=True)
class Within(_Pair):
    """∀x∈S: ‖f(x) − g(x)‖ ≤ ε in the norm linf, l1 or l2."""

    kind = "within"
    epsilon: Fraction = key(NUMBER)
    norm: str = key(word("linf", "l1", "l2"))

    def misfit(self) -> tuple[str, str] | None:
        if self.epsilon < 0:
            return "epsilon", "must not be negative"
        return super().misfit()

    def negation(self) -> tuple[Disjunct, ...] | None:
        k = self.left.outputs
        if self.norm == "linf" or k == 1:
            return tuple(
                (Constraint(self._gap(i, sign), -self.epsilon, True),)
                for i in range(k)
                for sign in (1, -1)
            )
        if self.norm == "l1" and k <= MAX_SIGNS:
            return tuple(
                (
                    Constraint(
                        tuple(sorted(t for i, s in enumerate(pattern) for t in self._gap(i, s))),
                        -self.epsilon,
                        True,
                    ),
                )
                for pattern in product((1, -1), repeat=k)
            )
        return None

    def holds(self, point: Vector, values: tuple[Vector, ...]) -> bool:
        gaps = [abs(a - b) for a, b in zip(*values, strict=True)]
        if self.norm == "l2":
            return square_sum(gaps) <= self.epsilon**2
        return (max(gaps) if self.norm == "linf" else sum(gaps, ZERO)) <= self.epsilon


@dataclass(frozen=True)
class Separates(Pointwise):
    """∀x∈S: ‖f(x+ηv) − f(x−ηv)‖₂ ≥ Δ (a Δ-separator, Section 3 of the paper)."""

    kind = "separates"
    network: Function = key(FUNCTION)
    on: Set = key(SET)
    along: Vector = key(VECTOR)
    eta: Fraction = key(NUMBER)
    delta: Fraction = key(NUMBER)

    @property
    def domain(self) -> Set:
        return self.on

    def misfit(self) -> tuple[str, str] | None:
        n = self.on.dimension
        if len(self.along) != n:
            return "along", f"has {len(self.along)} coordinates, but points have {n}"
        if not any(self.along):
            return "along", "the zero vector is no direction"
        if self.eta <= 0:
            return "eta", "must be positive"
        if self.delta < 0:
            return "delta", "must not be negative"
        return fits(self.network, n, "network")

    @property
    def shift(self) -> Vector:
        """η·v."""
        return tuple(self.eta * v for v in self.along)

    def terms(self) -> tuple[Function, ...]:
        back = tuple(-v for v in self.shift)
        return Translated(self.network, self.shift), Translated(self.network, back)

    def negation(self) -> tuple[Disjunct, ...] | None:
        if self.network.outputs != 1:
            return None
        n = self.on.dimension
        sides = [((n, s * ONE), (n + 1, -s * ONE)) for s in (-1, 1)]
        return (tuple(Constraint(row, self.delta, True) for row in sides),)

    def holds(self, point: Vector, values: tuple[Vector, ...]) -> bool:
        gaps = [a - b for a, b in zip(*values, strict=True)]
        return square_sum(gaps) >= self.delta**2


@dataclass(frozen=True)
class Output(Pointwise):
    """∀x∈S: a Boolean combination of linear constraints over x and y = f(x)."""

    kind = "output"
    network: Function = key(FUNCTION)
    on: Set = key(SET)
    formula: Formula = key(Codec(formula.read, formula.write), name="holds")

    @property
    def domain(self) -> Set:
        return self.on

    def misfit(self) -> tuple[str, str] | None:
        x, y = formula.reach(self.formula)
        if x > self.on.dimension:
            return "holds", f"x{x - 1} does not exist: points have {self.on.dimension} coordinates"
        if y > self.network.outputs:
            return "holds", f"y{y - 1} does not exist: there are {self.network.outputs} outputs"
        return fits(self.network, self.on.dimension, "network")

    def terms(self) -> tuple[Function, ...]:
        return (self.network,)

    def inputs_read(self) -> tuple[int, ...]:
        return tuple(sorted(formula.inputs_read(self.formula)))

    @cached_property
    def _negation(self) -> tuple[Disjunct, ...]:
        n = self.on.dimension

        def column(variable: tuple[str, int]) -> int:
            return variable[1] + (n if variable[0] == "y" else 0)

        return tuple(
            tuple(
                Constraint(
                    tuple(sorted((column(k), v) for k, v in atom.terms)),
                    atom.constant,
                    atom.relation == ">",
                )
                for atom in disjunct
            )
            for disjunct in formula.negated_disjuncts(self.formula)
        )

    def negation(self) -> tuple[Disjunct, ...]:
        return self._negation

    def holds(self, point: Vector, values: tuple[Vector, ...]) -> bool:
        return formula.holds(self.formula, point, values[0])
