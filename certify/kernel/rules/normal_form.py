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

from ..claim import Claim
from ..exact import ONE, ZERO
from ..kinds.pointwise import Equals
from ..network import Network, Row
from ..sets import Polyhedron
from ..verdict import Decline, Reject
from .evidence import Evidence, expect_verdict, require_point

Form = dict[int, Fraction]  # atom → coefficient, no zeros; CONSTANT for the constant
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
    """The table of atoms, each known by the normal form that it cuts."""

    def __init__(self, region: Polyhedron | None, inputs: int, limit: int) -> None:
        self.inputs, self.limit = inputs, limit
        self.cuts: list[Form] = []  # atom inputs + k is relu(cuts[k])
        self.index: dict[tuple[tuple[int, Fraction], ...], int] = {}
        self.bounds: list[tuple[Fraction | None, Fraction | None]] | None = None
        self.start: list[Form] = [{i: ONE} for i in range(inputs)]
        if region is not None and any(b is not None for b in (*region.lower, *region.upper)):
            # inputs become affine in the parameters u of the region, whose bounds are known
            self.inputs = region.parameters
            self.bounds = list(zip(region.lower, region.upper, strict=True))
            self.start = [
                _with_constant(dict(row), o)
                for row, o in zip(region.matrix, region.offset, strict=True)
            ]

    def run(self, network: Network) -> list[Form]:
        """The normal forms of the network's outputs."""
        forms = self.start
        for layer in network.layers:
            forms = [
                self.relu(form) if cut else form
                for form, cut in (
                    (affine(row, bias, forms), cut)
                    for row, bias, cut in zip(layer.rows, layer.bias, layer.relu, strict=True)
                )
            ]
        return forms

    def relu(self, form: Form) -> Form:
        """The normal form of relu(form)."""
        lower, upper = self.interval(form)
        if (lower is not None and lower >= 0) or self.nonnegative(form):
            return form
        opposite = {a: -v for a, v in form.items()}
        if (upper is not None and upper <= 0) or self.nonnegative(opposite):
            return {}
        lead = form[min(a for a in form if a != CONSTANT)]
        size = abs(lead)
        key = tuple(sorted((a, v / lead) for a, v in form.items()))
        atom = self.index.get(key)
        if atom is None:
            if len(self.cuts) >= self.limit:
                raise Decline("points", f"more than {self.limit} ReLU atoms")
            atom = self.inputs + len(self.cuts)
            self.index[key] = atom
            self.cuts.append(dict(key))
            if self.bounds is not None:
                low, high = self.interval(self.cuts[-1])
                self.bounds.append(
                    (max(low or ZERO, ZERO), None if high is None else max(high, ZERO))
                )
        if lead > 0:
            return {atom: size}
        return add({atom: size}, form)  # relu(−s·a) = s·relu(a) − s·a, and form is −s·a

    def nonnegative(self, form: Form) -> bool:
        """Is the form, by its shape alone, a sum of non-negative terms?"""
        if all(v >= 0 and (a == CONSTANT or a >= self.inputs) for a, v in form.items()):
            return True
        rest = form
        for atom in sorted((a for a in form if a >= self.inputs), reverse=True):
            cut = self.cuts[atom - self.inputs]
            lead = min(a for a in cut if a != CONSTANT)
            share = min(rest.get(atom, ZERO), -rest.get(lead, ZERO) / cut[lead])
            if share > 0:  # share · (relu(a) − a) is not negative: take it away
                rest = add(rest, add(scale(cut, share), {atom: -share}))
        return all(v >= 0 and (a == CONSTANT or a >= self.inputs) for a, v in rest.items())

    def interval(self, form: Form) -> tuple[Fraction | None, Fraction | None]:
        """Bounds of the form on the box; None where there is none."""
        if self.bounds is None:
            return None, None
        lower: Fraction | None = ZERO
        upper: Fraction | None = ZERO
        for atom, weight in form.items():
            low, high = (ONE, ONE) if atom == CONSTANT else self.bounds[atom]
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
    total: Form = {}
    for c, weight in row:
        for atom, v in forms[c].items():
            held = total.get(atom)
            total[atom] = weight * v if held is None else held + weight * v
    return _with_constant({a: v for a, v in total.items() if v}, bias)


def _with_constant(form: Form, constant: Fraction) -> Form:
    return add(form, {CONSTANT: constant}) if constant else form


def add(left: Form, right: Form) -> Form:
    """left + right."""
    result = dict(left)
    for atom, v in right.items():
        total = result.get(atom, ZERO) + v
        if total:
            result[atom] = total
        else:
            result.pop(atom, None)
    return result


def scale(form: Form, factor: Fraction) -> Form:
    """factor · form, for a factor that is not 0."""
    return {a: v * factor for a, v in form.items()}
