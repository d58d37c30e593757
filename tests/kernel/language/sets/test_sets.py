"""Sets beside their definitions: every point listed by brute force, membership by predicate."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from certify.kernel.data.decode import Node, Scope, parse_json
from certify.kernel.data.numbers import parse_number
from certify.kernel.language import sets
from certify.kernel.language.sets import Set
from certify.kernel.verdict import Decline, Malformed

F = Fraction
Point = tuple[Fraction, ...]
Spec = dict[str, Any]
VALUES = st.sampled_from([F(n, d) for n in range(-3, 4) for d in (1, 2)])
SIGNS = (F(-1), F(1))


def read(spec: Spec) -> Set:
    return sets.read(Node(parse_json(json.dumps(spec)), "/on", Scope(parse_number)))


def texts(values: Any) -> list[str]:
    return [str(v) for v in values]


# ------------------------------------------------------------------ finite sets


def listed(spec: Spec) -> list[Point]:
    """The points, by the definition."""
    [(form, body)] = spec.items()
    if form in ("cube", "bits"):
        return list(product(SIGNS if form == "cube" else (F(0), F(1)), repeat=body))
    if form == "points":
        return [tuple(map(F, p)) for p in body]
    if form == "grid":
        return list(product(*[tuple(map(F, values)) for values in body]))
    if form == "product":
        return [sum(parts, ()) for parts in product(*map(listed, body))]
    if form == "embed":
        if "pad" in body:
            return [p + tuple(map(F, body["pad"])) for p in listed(body["set"])]
        return [image(body, p) for p in listed(body["set"])]
    shift = moved(body)
    found = []
    for p in listed(body["set"]):
        s = sign(body["sign"], p)
        found.append(tuple(a + s * b for a, b in zip(p, shift, strict=True)))
    return found


def image(body: Spec, p: Point) -> Point:
    rows = [tuple(map(F, row)) for row in body["matrix"]]
    return tuple(
        sum((a * b for a, b in zip(row, p, strict=True)), F(o))
        for row, o in zip(rows, body["offset"], strict=True)
    )


def moved(body: Spec) -> Point:
    return tuple(F(body["eta"]) * F(v) for v in body["along"])


def sign(spec: Spec, p: Point) -> Fraction:
    [(form, body)] = spec.items()
    return F(body[0]) if form == "constant" else F(prod(p[i] for i in body))


@st.composite
def finite(draw: st.DrawFn, depth: int = 2) -> Spec:
    """A set that the grammar allows, but for collisions of a perturbation."""
    kind = draw(st.integers(0, 6 if depth else 3))
    size = draw(st.integers(1, 3))
    if kind <= 1:
        return {("cube", "bits")[kind]: size}
    if kind == 2:
        points = st.lists(st.tuples(*[VALUES] * size), min_size=1, max_size=4, unique=True)
        return {"points": [texts(p) for p in draw(points)]}
    if kind == 3:
        values = st.lists(VALUES, min_size=1, max_size=3, unique=True)
        return {"grid": [texts(draw(values)) for _ in range(size)]}
    if kind == 4:
        parts = draw(st.lists(finite(depth - 1), min_size=1, max_size=2))
        return {"product": parts}
    base = draw(finite(depth - 1))
    points = listed(base)
    n = len(points[0])
    if kind == 5 and draw(st.booleans()):
        return {"embed": {"set": base, "pad": texts(draw(st.lists(VALUES, max_size=2)))}}
    if kind == 5:
        identity = [[F(i == j) * draw(VALUES.filter(bool)) for j in range(n)] for i in range(n)]
        extra = draw(st.lists(st.lists(VALUES, min_size=n, max_size=n), max_size=2))
        rows = draw(st.permutations(identity + extra))
        offset = [draw(VALUES) for _ in rows]
        return {"embed": {"set": base, "matrix": [texts(r) for r in rows], "offset": texts(offset)}}
    along = draw(st.lists(VALUES, min_size=n, max_size=n).filter(any))
    over = [i for i in range(n) if all(p[i] in SIGNS for p in points)]
    label = {"constant": [draw(st.sampled_from(["1", "-1"]))]}
    if draw(st.booleans()):
        label = {
            "parity": draw(st.sets(st.sampled_from(over or [0]), max_size=len(over)).map(sorted))
        }
    eta = draw(VALUES.filter(lambda v: v > 0))
    return {"perturb": {"set": base, "along": texts(along), "eta": str(eta), "sign": label}}


def collides(spec: Spec) -> bool:
    """Does x + ηv = x′ − ηv for points x, x′ of the base, in any perturbation inside?"""
    [(form, body)] = spec.items()
    if form == "product":
        return any(map(collides, body))
    if form == "embed":
        return collides(body["set"])
    if form != "perturb":
        return False
    base, shift = listed(body["set"]), moved(body)
    there = {tuple(a + 2 * b for a, b in zip(p, shift, strict=True)) for p in base}
    return collides(body["set"]) or not there.isdisjoint(base)


@settings(max_examples=250)
@given(finite(), st.data())
def test_finite_sets(spec: Spec, data: st.DataObject) -> None:
    expected = listed(spec)
    assume(len(expected) <= 300)
    if collides(spec):
        with pytest.raises(Malformed, match="x′ − ηv"):
            read(spec)
        return
    found = read(spec)
    stream = found.factored()
    assert stream is not None
    assert found.polyhedron() is None
    assert found.certain()
    assert found.dimension == stream.dimension == len(expected[0])
    points: list[Point] = []
    for batch, weights in stream.batches(data.draw(st.integers(1, 40))):
        points += batch.fractions()
        assert weights is None
    assert len(set(expected)) == len(expected) == stream.size
    assert sorted(points) == sorted(expected)
    assert all(map(found.contains, expected))
    for p in data.draw(st.lists(st.tuples(*[VALUES] * found.dimension), max_size=5)):
        assert found.contains(p) == (p in expected)
    assert not found.contains((*expected[0], F(0)))
    assert not found.contains(expected[0][:-1])


def test_perturbations_in_a_product_keep_their_own_signs() -> None:
    part = {"perturb": {**PERTURB, "eta": "1/4", "sign": {"parity": [0, 1]}}}
    spec = {"product": [{"bits": 2}, part, {"cube": 1}, part]}
    stream = read(spec).factored()
    points = [p for batch, _ in stream.batches() for p in batch.fractions()]
    assert sorted(points) == sorted(listed(spec))


@settings(max_examples=60)
@given(finite())
def test_canonical_forms_are_read_back(spec: Spec) -> None:
    assume(not collides(spec) and len(listed(spec)) <= 300)
    found = read(spec)
    again = read(found.canonical())
    assert again.canonical() == found.canonical()
    points = [p for batch, _ in again.factored().batches() for p in batch.fractions()]
    assert sorted(points) == sorted(listed(spec))


# ------------------------------------------------------------------ convex sets


def inside(spec: Spec, p: Point) -> bool:
    """Membership by the definition."""
    [(form, body)] = spec.items()
    if form == "box":
        return all(
            F(a) <= v <= F(b) for a, v, b in zip(body["lower"], p, body["upper"], strict=True)
        )
    if form == "ball":
        return max(abs(v - F(c)) for v, c in zip(p, body["centre"], strict=True)) <= F(
            body["radius"]
        )
    if form == "polytope":
        return all(
            sum(F(a) * v for a, v in zip(row, p, strict=False)) <= F(row[-1]) for row in body["le"]
        )
    if form == "space":
        return len(p) == body
    if form == "product":
        for part in body:
            n = width(part)
            if not inside(part, p[:n]):
                return False
            p = p[n:]
        return not p
    n = width(body["set"])  # an embed whose matrix starts with the identity
    base = tuple(v - F(o) for v, o in zip(p[:n], body["offset"], strict=False))
    return image(body, base) == p and inside(body["set"], base)


def width(spec: Spec) -> int:
    [(form, body)] = spec.items()
    if form == "box":
        return len(body["lower"])
    if form == "ball":
        return len(body["centre"])
    if form == "polytope":
        return len(body["le"][0]) - 1
    if form == "space":
        return int(body)
    return sum(map(width, body)) if form == "product" else len(body["matrix"])


@st.composite
def convex(draw: st.DrawFn, depth: int = 2) -> Spec:
    kind = draw(st.integers(0, 5 if depth else 3))
    n = draw(st.integers(1, 2))
    if kind == 0:
        pairs = [sorted(draw(st.tuples(VALUES, VALUES))) for _ in range(n)]
        return {"box": {"lower": texts(a for a, _ in pairs), "upper": texts(b for _, b in pairs)}}
    if kind == 1:
        centre = [draw(VALUES) for _ in range(n)]
        return {"ball": {"centre": texts(centre), "radius": str(abs(draw(VALUES))), "norm": "linf"}}
    if kind == 2:
        rows = draw(
            st.lists(st.lists(VALUES, min_size=n + 1, max_size=n + 1), min_size=1, max_size=4)
        )
        assume(all(any(row[:-1]) or row[-1] >= 0 for row in rows))
        return {"polytope": {"le": [texts(row) for row in rows]}}
    if kind == 3:
        return {"space": n}
    if kind == 4:
        return {"product": draw(st.lists(convex(depth - 1), min_size=1, max_size=2))}
    base = draw(convex(depth - 1))
    m = width(base)
    rows = [[F(i == j) for j in range(m)] for i in range(m)]
    rows += draw(st.lists(st.lists(VALUES, min_size=m, max_size=m), max_size=1))
    offset = [draw(VALUES) for _ in rows]
    return {"embed": {"set": base, "matrix": [texts(r) for r in rows], "offset": texts(offset)}}


@settings(max_examples=250)
@given(convex(), st.data())
def test_convex_sets(spec: Spec, data: st.DataObject) -> None:
    found = read(spec)
    assert found.dimension == width(spec)
    assert found.factored() is None
    for p in data.draw(st.lists(st.tuples(*[VALUES] * found.dimension), min_size=5, max_size=9)):
        assert found.contains(p) == inside(spec, p)
    region = found.polyhedron()
    assert region is not None
    for u in data.draw(st.lists(st.tuples(*[VALUES] * region.parameters), min_size=5, max_size=9)):
        allowed = all(
            (low is None or low <= v) and (up is None or v <= up)
            for low, v, up in zip(region.lower, u, region.upper, strict=True)
        ) and all(sum(a * u[c] for c, a in row) <= bound for row, bound in region.rows)
        assert inside(spec, region.place(u)) == allowed
    assert read(found.canonical()).canonical() == found.canonical()
    assert found.certain() == ("polytope" not in json.dumps(spec))


@pytest.mark.parametrize("order", [1, -1])
def test_the_tightest_rows_of_a_polytope_become_its_bounds(order: int) -> None:
    rows = [[2, 6], [1, 1], [1, 2], [-1, 3], [-2, 4], [-1, 9]][::order]
    region = read({"polytope": {"le": rows}}).polyhedron()
    assert (region.lower, region.upper, region.rows) == ((-2,), (1,), ())


# ------------------------------------------------------------------ refusals

CUBE = {"cube": 2}
PERTURB = {"set": CUBE, "along": [1, 0], "eta": "1/2", "sign": {"parity": [0]}}
LINE = {"grid": [[0, 1, 2]]}


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"cube": 0}, "at least 1"),
        ({"bits": -1}, "at least 1"),
        ({"cube": "3"}, "expected an integer"),
        ({"cube": True}, "expected an integer"),
        ({"points": []}, "empty set"),
        ({"points": [[]]}, "empty set"),
        ({"points": [[1], [1]]}, "stands twice"),
        ({"points": [["1/2"], ["2/4"]]}, "stands twice"),
        ({"points": [[1], [1, 2]]}, "expected 1 entries"),
        ({"grid": []}, "empty set"),
        ({"grid": [[1], []]}, "empty set"),
        ({"grid": [[1, "1.0"]]}, "stands twice"),
        ({"box": {"lower": [], "upper": []}}, "empty set"),
        ({"box": {"lower": [1], "upper": [0]}}, "lower > upper at coordinate 0"),
        ({"box": {"lower": [0], "upper": [1, 2]}}, "expected 1 entries"),
        ({"box": {"lower": [0]}}, "missing key 'upper'"),
        ({"box": {"lower": [0], "upper": [1], "norm": "l2"}}, "unknown key"),
        ({"ball": {"centre": [0], "radius": -1}}, "empty set"),
        ({"ball": {"centre": [], "radius": 1}}, "empty set"),
        ({"ball": {"centre": [0], "radius": 1, "norm": "l2"}}, "expected one of linf"),
        ({"polytope": {"le": []}}, "expected rows"),
        ({"polytope": {"le": [[1]]}}, "expected rows"),
        ({"polytope": {"le": [[0, 0, -1]]}}, "empty set"),
        ({"polytope": {"le": [[1, 0], [1, 0, 0]]}}, "expected 2 entries"),
        ({"space": 0}, "at least 1"),
        ({"product": []}, "no sets"),
        ({"embed": {"set": CUBE}}, "missing key 'pad' or 'matrix'"),
        ({"embed": {"set": CUBE, "pad": [0], "matrix": [[1, 0]]}}, "not both"),
        ({"embed": {"set": CUBE, "matrix": [[1, 1], [2, 2]]}}, "not injective"),
        ({"embed": {"set": CUBE, "matrix": [[1, 0, 0]]}}, "expected 2 entries"),
        ({"embed": {"set": CUBE, "matrix": [[1, 0], [0, 1]], "offset": [1]}}, "expected 2"),
        ({"perturb": {**PERTURB, "along": [0, 0]}}, "zero vector"),
        ({"perturb": {**PERTURB, "along": [1]}}, "expected 2 entries"),
        ({"perturb": {**PERTURB, "eta": 0}}, "must be positive"),
        ({"perturb": {**PERTURB, "eta": -1}}, "must be positive"),
        ({"perturb": {**PERTURB, "eta": 1}}, "x + ηv = x′ − ηv"),
        ({"perturb": {**PERTURB, "sign": {"parity": [2]}}}, "reads x2"),
        ({"perturb": {**PERTURB, "sign": {"constant": [1, 1]}}}, "one output"),
        ({"perturb": {**PERTURB, "set": {"space": 2}}}, "finite set"),
        (
            {"perturb": {"set": LINE, "along": [1], "eta": 1, "sign": {"constant": [1]}}},
            "x + ηv = x′ − ηv for x = [0]",
        ),
        ({"sphere": 3}, "no set 'sphere'"),
        ({"cube": 2, "bits": 2}, "one key"),
        ("cube", "one key"),
    ],
)
def test_refusals(spec: Spec, message: str) -> None:
    with pytest.raises(Malformed) as caught:
        read(spec)
    assert message in str(caught.value)
    assert str(caught.value).startswith("/on")


@pytest.mark.parametrize("label", [{"constant": [0]}, {"constant": ["1/2"]}, {"parity": [0]}])
def test_a_sign_other_than_one_is_an_error(label: Spec) -> None:
    """Wherever it comes to light, no such set is ever listed."""
    spec = {"set": {"grid": [[0, 5]]}, "along": [1], "eta": 1, "sign": label}
    with pytest.raises(Malformed, match="±1"):
        list(read({"perturb": spec}).factored().batches())


def test_sizes_have_limits() -> None:
    for form in ("cube", "bits", "space"):
        with pytest.raises(Decline):
            read({form: 1 << 18})
