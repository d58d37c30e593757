"""Claims: typed statements about networks, and the views by which rules see them.

A kind of claim is a frozen dataclass in ``kinds/``. Its fields say how each key is read
and written; its *views* say what it means. A rule asks for a view, never for a kind:

* :class:`Pointwise`: ∀x ∈ S, a predicate of the values of some functions at x;
* :class:`Average`: E_D of a payoff of such values, compared with a number;
* :class:`Conjunctive`: an "and" of other claims.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import MISSING, dataclass, field, fields
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar

from ..data import exact
from ..data.decode import Node
from ..data.exact import Batch
from ..data.network import Network, Row
from ..data.numbers import format_rational, plus
from . import distributions, functions, sets
from .distributions import Distribution
from .functions.base import Function, Values, Vector
from .sets import Set

# ------------------------------------------------------------------ fields


@dataclass(frozen=True)
class Codec:
    """How a key of a claim is read from a Node and written in canonical form.

    ``words`` are those that a key takes which takes words.
    """

    read: Callable[[Node], Any]
    write: Callable[[Any], Any]
    words: tuple[str, ...] = ()


def _functions(node: Node) -> tuple[Function, ...]:
    found = tuple(functions.read(entry) for entry in node.entries())
    if not found:
        node.fail("an empty list of functions")
    return found


NUMBER = Codec(lambda node: node.number(), format_rational)
INTEGER = Codec(lambda node: node.integer(), lambda value: value)
VECTOR = Codec(lambda node: node.vector(), lambda value: [format_rational(v) for v in value])
FUNCTION = Codec(functions.read, lambda value: value.canonical())
FUNCTIONS = Codec(_functions, lambda value: [f.canonical() for f in value])
SET = Codec(sets.read, lambda value: value.canonical())
DISTRIBUTION = Codec(distributions.read, lambda value: value.canonical())


def word(*options: str) -> Codec:
    """One of the words given."""
    return Codec(lambda node: node.choice(*options), lambda value: value, options)


def key(codec: Codec, name: str = "", default: Any = MISSING) -> Any:
    """A dataclass field that stands for a key of the claim (named as the field unless given)."""
    metadata = {"codec": codec, "name": name}
    return (
        field(metadata=metadata)
        if default is MISSING
        else field(metadata=metadata, default=default)
    )


# ------------------------------------------------------------------ claims


@dataclass(frozen=True)
class Claim(ABC):
    """A statement. Subclasses add the keys of their kind."""

    kind: ClassVar[str]

    @classmethod
    def keys(cls) -> tuple[list[str], list[str]]:
        """The required and the optional keys."""
        required: list[str] = []
        optional: list[str] = []
        for f in fields(cls):
            name = f.metadata["name"] or f.name
            (required if f.default is MISSING else optional).append(name)
        return required, optional

    @classmethod
    def read(cls, nodes: dict[str, Node], whole: Node) -> Claim:
        """The claim from its keys. Raises Malformed where it is not well formed."""
        values = {}
        for f in fields(cls):
            name = f.metadata["name"] or f.name
            if name in nodes:
                values[f.name] = f.metadata["codec"].read(nodes[name])
        claim = cls(**values)
        if complaint := claim.misfit():
            place, message = complaint
            (nodes.get(place) or whole).fail(message)
        if undefined := claim.undefined():
            whole.fail(undefined)
        return claim

    @abstractmethod
    def misfit(self) -> tuple[str, str] | None:
        """(key, complaint) where the parts do not fit together; None where they do."""

    def undefined(self) -> str | None:
        """Why a function is not defined somewhere on the claim's set; None where all are."""
        return None

    def networks(self) -> Iterator[Network]:
        """The networks that the claim mentions."""
        for f in fields(self):
            value = getattr(self, f.name)
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, Function | Set | Distribution):
                    yield from part.networks()

    def to_json(self) -> dict[str, Any]:
        """The canonical claim."""
        result: dict[str, Any] = {"kind": self.kind}
        for f in fields(self):
            value = getattr(self, f.name)
            if value is not None:
                result[f.metadata["name"] or f.name] = f.metadata["codec"].write(value)
        return result

    @cached_property
    def canonical(self) -> str:
        """The canonical claim as text: keys sorted, no white space."""
        return json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical claim, hexadecimal."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()


@dataclass(frozen=True)
class Constraint:
    """row·(x, y) + constant > 0 if strict, else ≥ 0; y are the terms' outputs in order."""

    row: Row
    constant: Fraction
    strict: bool

    def holds(self, values: Sequence[Fraction]) -> bool:
        """Is it true at (x, y)?"""
        total = self.constant
        for c, v in self.row:
            total = plus(total, v * values[c])
        return total > 0 if self.strict else total >= 0


Disjunct = tuple[Constraint, ...]


@dataclass(frozen=True)
class Pointwise(Claim):
    """∀x ∈ on: a predicate of x and of the values of the terms at x."""

    @property
    @abstractmethod
    def domain(self) -> Set:
        """S."""

    @abstractmethod
    def terms(self) -> tuple[Function, ...]:
        """The functions of x that the predicate reads."""

    def undefined(self) -> str | None:
        return _undefined(self.terms(), self.domain.dimension, self.domain.known())

    def inputs_read(self) -> tuple[int, ...]:
        """The coordinates of x that the predicate itself reads, besides the terms."""
        return ()

    def negation(self) -> tuple[Disjunct, ...] | None:
        """The negated predicate as an "or" of "and"s of linear constraints, if it is one."""
        return None

    def holds(self, point: Vector, values: tuple[Vector, ...]) -> bool:
        """The predicate at x, given the values of the terms there."""
        disjuncts = self.negation()
        if disjuncts is None:
            raise NotImplementedError
        joint = point + tuple(v for value in values for v in value)
        return not any(all(c.holds(joint) for c in disjunct) for disjunct in disjuncts)

    def first_failure(
        self, points: Batch, values: list[Batch], read: Sequence[int] | None = None
    ) -> int | None:
        """The index of the first point where the predicate fails; None where it never does.

        With ``read`` the points hold these coordinates alone: those of :meth:`inputs_read`.
        """
        disjuncts = self.negation()
        if disjuncts is not None:
            n = self.domain.dimension
            own = range(n) if read is None else read
            place = {i: k for k, i in enumerate(own)}

            def row(constraint: Constraint) -> Row:
                terms = constraint.row
                return tuple((place[c] if c < n else c - n + points.width, v) for c, v in terms)

            joint = exact.join([points, *values], len(points))
            return exact.first_satisfying(
                joint, [[(row(c), c.constant, c.strict) for c in d] for d in disjuncts]
            )
        rows = [value.fractions() for value in values]
        for i, point in enumerate(points.fractions()):
            if not self.holds(point, tuple(row[i] for row in rows)):
                return i
        return None


RELATIONS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "=": lambda a, b: a == b,
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
}


@dataclass(frozen=True)
class Average(Claim):
    """E_D[payoff of the terms' values], compared with a number."""

    @property
    @abstractmethod
    def law(self) -> Distribution:
        """D."""

    @abstractmethod
    def terms(self) -> tuple[Function, ...]:
        """The functions that the payoff reads."""

    def undefined(self) -> str | None:
        terms = tuple(map(self.law.pulled, self.terms()))
        return _undefined(terms, self.law.inputs, self.law.known())

    @abstractmethod
    def total(self, values: list[Batch], weights: list[int] | None) -> Fraction:
        """Σ weight · payoff over a batch of values; weight 1 where there are none."""

    @property
    @abstractmethod
    def comparison(self) -> tuple[str, Fraction]:
        """The relation and the number on its right."""

    def satisfied(self, value: Fraction) -> bool:
        """Is the claim true if the expectation is this value?"""
        relation, bound = self.comparison
        return RELATIONS[relation](value, bound)


@dataclass(frozen=True)
class Conjunctive(Claim):
    """An "and" of other claims."""

    @abstractmethod
    def parts(self) -> tuple[tuple[str, Claim], ...]:
        """The conjuncts, each with the name that a certificate and a message use."""

    def undefined(self) -> str | None:
        found = (part.undefined() for _, part in self.parts())
        return next((complaint for complaint in found if complaint), None)


def _undefined(terms: Iterable[Function], dimension: int, values: Values) -> str | None:
    found = (term.undefined(dimension, values) for term in terms)
    return next((complaint for complaint in found if complaint), None)


def fits(function: Function, dimension: int, place: str) -> tuple[str, str] | None:
    """The complaint where a function cannot act on ℝ^dimension."""
    complaint = function.misfit(dimension)
    return (place, complaint) if complaint else None


def same_outputs(left: Function, right: Function) -> tuple[str, str] | None:
    """The complaint where two functions differ in the number of outputs."""
    if left.outputs != right.outputs:
        return "right", f"has {right.outputs} outputs, but left has {left.outputs}"
    return None
