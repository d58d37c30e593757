"""Rule normal-form: f ≡ g by rewriting both to the same normal form.

Premises: none (a point of S where S might be empty).
Conclusion: f(x) = g(x) for every x ∈ S.
Why: both sides are rewritten, layer by layer, to affine combinations of atoms; an atom is
an input or relu(e) for a combination e of earlier atoms, and equal atoms are one atom.
Every rewrite is an identity on ℝⁿ:
  relu(c·a) = c·relu(a) for c > 0;  relu(−a) = relu(a) − a;
  relu(e) = e where e is a sum of non-negative terms (relu(a), relu(a) − a, constants ≥ 0),
  and 0 where −e is one.
On a box, an interval for e that is proven non-negative (non-positive) gives relu(e) = e
(0) for the points of the box, and then the conclusion is about the box only. Equal normal
forms are equal functions on S. The rule is incomplete: different forms show nothing.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm

from ..data.network import Network, Row
from ..data.numbers import ZERO
from ..language.claim import Claim
from ..language.kinds.pointwise import Equals
from ..language.sets import Polyhedron
from ..verdict import Decline, Reject
from .evidence import Evidence, expect_verdict, require_point

Terms = dict[int, int]  # atom → numerator, no zeros; CONSTANT for the constant
Form = tuple[Terms, int]  # over one positive denominator, without a common factor
CONSTANT = -1


def check(claim: Claim, evidence: Evidence) -> None:
    """Accept by returning; raise Reject otherwise."""
    if not isinstance(claim, Equals):
        raise Reject("normal-form.kind", "/rule", f"does not apply to {claim.kind}")
    expect_verdict(evidence, "normal-form", "proved")
    require_point(claim.on, evidence.body.object((), ("point",)), "normal-form")
    difference = first_difference(claim, evidence.budget.points)
    if difference is not None:
        raise Reject("normal-form.differs", "/body", f"output {difference}")


def first_difference(claim: Equals, limit: int) -> int | None:
    """The first output whose two normal forms differ; None where all agree."""
    n = claim.on.dimension
    left, right = claim.left.lower(n), claim.right.lower(n)
    if left is None or right is None:
        raise Reject("normal-form.function", "/rule", "a side is not a piecewise linear function")
    table = Atoms(claim.on.polyhedron(), n, limit)
    forms = [table.run(network) for network in (left, right)]
    for i, (a, b) in enumerate(zip(*forms, strict=True)):
        if a != b:
            return i
    return None


class Atoms:
    """The table of atoms: each is known by the integer combination that it cuts.

    Atom i < inputs is an input; atom inputs + k is relu(cuts[k]), where cuts[k] has integer
    coefficients without a common factor, the first one positive.
    """

    def __init__(self, region: Polyhedron | None, inputs: int, limit: int) -> None:
        self.inputs, self.limit = inputs, limit
        self.cuts: list[Terms] = []
        self.leads: list[int] = []  # the first atom of each cut
        self.shown: set[frozenset[tuple[int, int]]] = set()  # not negative, by subtraction
        self.index: dict[tuple[tuple[int, int], ...], int] = {}
        self.bounds: list[tuple[Fraction | None, Fraction | None]] | None = None
        self.start: list[Form] = [({i: 1}, 1) for i in range(inputs)]
        if region is not None and any(b is not None for b in (*region.lower, *region.upper)):
            # inputs become affine in the parameters u of the region, whose bounds are known
            self.inputs = region.parameters
            self.bounds = list(zip(region.lower, region.upper, strict=True))
            parameters: list[Form] = [({i: 1}, 1) for i in range(region.parameters)]
            self.start = [
                affine(row, o, parameters)
                for row, o in zip(region.matrix, region.offset, strict=True)
            ]

    def run(self, network: Network) -> list[Form]:
        """The normal forms of the network's outputs."""
        forms = self.start
        for layer in network.layers:
            rows = zip(layer.rows, layer.bias, layer.relu, strict=True)
            forms = [
                self.relu(affine(row, bias, forms)) if cut else affine(row, bias, forms)
                for row, bias, cut in rows
            ]
        return forms

    def relu(self, form: Form) -> Form:
        """The normal form of relu(form)."""
        terms, bottom = form
        lower, upper = self.interval(terms)
        if (lower is not None and lower >= 0) or self.nonnegative(terms):
            return form
        if (upper is not None and upper <= 0) or self.nonnegative(
            {a: -v for a, v in terms.items()}
        ):
            return {}, 1
        first = min(a for a in terms if a != CONSTANT)
        size = gcd(*terms.values())
        unit = size if terms[first] > 0 else -size
        key = tuple(sorted((a, v // unit) for a, v in terms.items()))
        atom = self.index.get(key)
        if atom is None:
            if len(self.cuts) >= self.limit:
                raise Decline("points", f"more than {self.limit} ReLU atoms")
            atom = self.inputs + len(self.cuts)
            self.index[key] = atom
            self.cuts.append(dict(key))
            self.leads.append(first)
            if self.bounds is not None:
                low, high = self.interval(self.cuts[-1])
                top = None if high is None else max(high, ZERO)
                self.bounds.append((max(low or ZERO, ZERO), top))
        if unit > 0:
            return {atom: size}, bottom
        return {**terms, atom: size}, bottom  # relu(−s·a) = s·relu(a) − s·a, and terms are −s·a

    def nonnegative(self, terms: Terms) -> bool:
        """Is the combination, by its shape alone, a sum of non-negative terms?

        Where it is not at sight, multiples of relu(a) − a, which is never negative, are
        taken away, and what remains is looked at.
        """
        if self._obvious(terms):
            return True
        helpers = [
            atom
            for atom, v in terms.items()
            if v > 0 and atom >= self.inputs and terms.get(self.leads[atom - self.inputs], 0) < 0
        ]
        below = next((a for a, v in terms.items() if v < 0 and a >= self.inputs), None)
        if not helpers or (
            below is not None and all(below not in self.cuts[h - self.inputs] for h in helpers)
        ):
            return False  # nothing can be taken away, or nothing that raises this atom
        shape = frozenset(terms.items())
        if shape in self.shown:
            return True
        rest = {a: Fraction(v) for a, v in terms.items()}
        for atom in sorted(helpers, reverse=True):
            cut, lead = self.cuts[atom - self.inputs], self.leads[atom - self.inputs]
            share = min(rest[atom], -rest[lead] / cut[lead])
            if share > 0:
                for a, v in cut.items():
                    rest[a] = rest.get(a, ZERO) + share * v
                rest[atom] -= share
        if self._obvious({a: v for a, v in rest.items() if v}):
            self.shown.add(shape)
        return shape in self.shown

    def _obvious(self, terms: Terms | dict[int, Fraction]) -> bool:
        if not terms:
            return True
        return min(terms.values()) >= 0 and all(a == CONSTANT or a >= self.inputs for a in terms)

    def interval(self, terms: Terms) -> tuple[Fraction | None, Fraction | None]:
        """Bounds of the combination on the box; None where there is none."""
        if self.bounds is None:
            return None, None
        lower: Fraction | None = ZERO
        upper: Fraction | None = ZERO
        for atom, weight in terms.items():
            low, high = (Fraction(1), Fraction(1)) if atom == CONSTANT else self.bounds[atom]
            if weight < 0:
                low, high = high, low
            lower = None if lower is None or low is None else lower + weight * low
            upper = None if upper is None or high is None else upper + weight * high
            if lower is None and upper is None:
                break
        return lower, upper


def affine(row: Row, bias: Fraction, forms: list[Form]) -> Form:
    """Σ row·forms + bias."""
    if len(row) == 1 and row[0][1] == 1 and not bias:
        return forms[row[0][0]]
    bottoms = [weight.denominator * forms[c][1] for c, weight in row]
    bottom = lcm(*bottoms, bias.denominator)
    total: Terms = {}
    for (c, weight), part in zip(row, bottoms, strict=True):
        factor = weight.numerator * (bottom // part)
        for atom, v in forms[c][0].items():
            total[atom] = total.get(atom, 0) + factor * v
    if bias:
        constant = bias.numerator * (bottom // bias.denominator)
        total[CONSTANT] = total.get(CONSTANT, 0) + constant
    common = gcd(bottom, *total.values())
    return {a: v // common for a, v in total.items() if v}, bottom // common
