"""VNN-LIB text of claims: its meaning by a tiny evaluator, and reading it back."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vnnlib_truth import satisfied

from certify.bench.instances import instances
from certify.claims.vnnlib import Property, parse_property
from certify.encode.vnnlib import to_vnnlib
from certify.errors import CertifyError
from certify.kernel.data.network import Network, affine_layer
from certify.kernel.language import formula
from certify.kernel.language.claim import Pointwise
from certify.kernel.language.formula import Atom, Formula, Junction, Not
from certify.kernel.language.functions import NetworkFunction
from certify.kernel.language.functions.affine import Constant, Project
from certify.kernel.language.functions.combine import Compose, Product, Slice
from certify.kernel.language.kinds.pointwise import Equals, Output, Separates, Within
from certify.kernel.language.sets import Set
from certify.kernel.language.sets.combine import Embed
from certify.kernel.language.sets.combine import Product as SetProduct
from certify.kernel.language.sets.convex import Box, Polytope, Space
from certify.kernel.language.sets.finite import Grid, Hypercube, Points
from certify.kernel.verdict import Malformed

F = Fraction
NUMBERS = st.sampled_from([F(n, d) for n in range(-4, 5) for d in (1, 2, 3)] + [F(7, 2**70)])
RELATIONS = st.sampled_from(["<", "<=", "=", "!=", ">=", ">"])


def network(*rows: tuple[int, ...]) -> Network:
    matrix = [tuple((c, F(v)) for c, v in enumerate(row) if v) for row in rows]
    return Network(len(rows[0]), (affine_layer(len(rows[0]), matrix),))


PAIR = network((1, 2), (3, -1))
OTHER = network((0, 1), (1, 1))


@st.composite
def atoms(draw: st.DrawFn) -> Atom:
    names = [("x", 0), ("x", 1), ("y", 0), ("y", 1)]
    chosen = draw(st.lists(st.sampled_from(names), unique=True, max_size=3))
    values = [draw(NUMBERS.filter(bool)) for _ in chosen]
    terms = tuple(sorted(zip(chosen, values, strict=True)))
    return Atom(draw(RELATIONS), terms, draw(NUMBERS))


FORMULAS: st.SearchStrategy[Formula] = st.recursive(
    atoms(),
    lambda part: st.one_of(
        st.builds(Not, part),
        st.builds(
            Junction,
            st.sampled_from(["and", "or"]),
            st.lists(part, min_size=1, max_size=3).map(tuple),
        ),
    ),
    max_leaves=6,
)


@st.composite
def sets(draw: st.DrawFn) -> Set:
    low, high = zip(*(sorted(draw(st.tuples(NUMBERS, NUMBERS))) for _ in range(2)), strict=True)
    values = st.lists(NUMBERS, min_size=1, max_size=3, unique=True).map(tuple)
    rows = st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=3)
    one = Box(low[:1], high[:1])
    scale = draw(NUMBERS.filter(bool))
    return draw(
        st.one_of(
            st.just(Box(low, high)),
            rows.map(
                lambda table: Polytope(
                    2,
                    tuple((tuple((c, r[c]) for c in (0, 1) if r[c]), r[2]) for r in table),
                )
            ),
            st.just(Space(2)),
            st.just(Hypercube("cube", 2)),
            st.just(Hypercube("bits", 2)),
            st.tuples(values, values).map(Grid),
            st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=3, unique=True)
            .map(tuple)
            .map(Points),
            values.map(lambda v: SetProduct((one, Grid((v,))))),
            st.just(Embed(one, (((0, scale),), ((0, F(3)),)), (F(1, 3), F(-1)))),
            st.just(Embed(one, ((), ((0, F(1)),)), (F(1, 2), F(0)))),
        )
    )


def values_at(claim: Pointwise, x: tuple[Fraction, ...]) -> tuple[tuple[Fraction, ...], ...]:
    return tuple(term(x) for term in claim.terms())


@settings(max_examples=200)
@given(st.data())
def test_text_of_an_output_claim(data: st.DataObject) -> None:
    claim = Output(NetworkFunction(PAIR), data.draw(sets()), data.draw(FORMULAS))
    text = to_vnnlib(claim)
    points = data.draw(st.lists(st.tuples(*[NUMBERS] * 4), min_size=8, max_size=8))
    if stream := claim.on.factored():  # random points would hardly ever lie in a finite set
        inside = [p for batch, _ in stream.batches() for p in batch.fractions()]
        points += [(*p, *points[0][2:]) for p in inside[:8]]
    try:
        found: Property | None = parse_property(text, [PAIR])
    except CertifyError as error:
        found = None
        message = str(error)
    twice = found and parse_property(to_vnnlib(found.claim), [PAIR])
    for point in points:
        x, y = point[:2], point[2:]
        fails = claim.on.contains(x) and not formula.holds(claim.formula, x, y)
        assert satisfied(text, dict(zip(["X_0", "X_1", "Y_0", "Y_1"], point, strict=True))) == fails
        if found is None or twice is None:
            assert not fails
            continue
        for again in (found.claim, twice.claim):
            assert (again.on.contains(x) and not formula.holds(again.formula, x, y)) == fails
    if found is None:
        assert "empty input set" in message


def test_reading_back_a_box_is_the_same_claim() -> None:
    box = Box((F(0), F(-1, 4)), (F(1), F(1, 2)))
    holds = formula.parse("not (y0 - y1 <= 1/2 and x0 + y1 > 1/4)")
    claim = Output(NetworkFunction(PAIR), box, holds)
    assert parse_property(to_vnnlib(claim), [PAIR]).claim == claim


@pytest.mark.parametrize(
    ("make", "order"),  # reading back, coordinates stand as the networks first read them
    [
        (lambda f, g, s: Equals(f, g, s), (0, 1)),
        (lambda f, g, s: Within(f, g, s, F(1, 3), "linf"), (0, 1)),
        (lambda f, g, s: Within(f, g, s, F(5), "l1"), (0, 1)),
        (
            lambda f, g, s: Output(
                Compose(Product((f, g), (2, 2)), Project((1, 0, 0, 1))),
                s,
                formula.parse("y0 + x0 >= y3 or y1 = 1"),
            ),
            (1, 0),
        ),
    ],
)
@given(st.data())
@settings(max_examples=30)
def test_two_networks(
    make: Callable[..., Pointwise], order: tuple[int, ...], data: st.DataObject
) -> None:
    f, g = NetworkFunction(PAIR), NetworkFunction(OTHER)
    claim = make(f, g, Box((F(-1), F(0)), (F(1), F(2))))
    text = to_vnnlib(claim)
    again = parse_property(text, [PAIR, OTHER])
    x = data.draw(st.tuples(NUMBERS, NUMBERS))
    fails = claim.domain.contains(x) and not claim.holds(x, values_at(claim, x))
    [y] = values_at(again.claim, point := tuple(x[i] for i in order))
    assert (again.claim.on.contains(point) and not again.claim.holds(point, (y,))) == fails
    at = {name: point[i] for name, i in again.inputs} | dict(zip(again.outputs, y, strict=True))
    assert satisfied(text, at) == fails


def test_what_vnnlib_cannot_say_is_named() -> None:
    f = NetworkFunction(PAIR)
    box = Box((F(0), F(0)), (F(1), F(1)))
    holds = formula.parse("y0 >= 0")
    mixed = Embed(box, (((0, F(1)), (1, F(1))), ((0, F(1)), (1, F(-1)))), (F(0), F(0)))
    for claim, word in [
        (Output(f, mixed, holds), "mixes coordinates"),
        (Output(Slice(PAIR, 0, 1), box, holds), "slice"),
        (Equals(f, Constant((F(0), F(0))), box), "constant"),
        (Within(f, f, box, F(1), "l2"), "not linear"),
        (Separates(f, box, (F(1), F(0)), F(1), F(1)), "translated"),
        (Output(Compose(f, Project((0, 0))), box, holds), "x1"),
    ]:
        with pytest.raises(Malformed, match=word):
            to_vnnlib(claim)


def test_field_claims_survive_the_round_trip(field_networks: Path) -> None:
    """Reading, writing and reading again gives the same claim."""
    seen = set()
    for instance in instances(["easy", "medium", "lint"]):
        if instance.prop.suffix != ".vnnlib" or instance.prop in seen:
            continue
        seen.add(instance.prop)
        claim = instance.claim
        assert parse_property(to_vnnlib(claim), instance.networks).claim == claim, instance.id
    assert len(seen) > 20
