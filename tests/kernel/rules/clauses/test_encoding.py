"""The encoding says what the claim says: at each point it has a solution iff the claim fails."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product

import pytest
from random_networks import random_network

import certify
from certify.encode.smt import terms
from certify.kernel.language.claim import Claim, Pointwise
from certify.kernel.language.functions.base import Vector
from certify.kernel.rules.clauses.builder import FALSE, TRUE, Builder
from certify.kernel.rules.clauses.encoding import Encoding, Inexpressible, encode
from certify.kernel.verdict import Decline, Malformed
from certify.networks import builder

LIMIT = 1 << 22
NET = random_network([2, 3, 2], random.Random(1))
DEEP = random_network([3, 3, 2, 1], random.Random(2))
PARITY3 = certify.parity([0, 1, 2])
COUNT3 = certify.symmetric([0, 1, 2], [-1, 1, -1, 1])
HALVES = [[Fraction(a, 2) for a in pair] for pair in product(range(-3, 4), repeat=2)]
THIRDS = [
    list(p) for p in product((Fraction(-1), Fraction(0), Fraction(1, 3), Fraction(1)), repeat=3)
]


def claims() -> dict[str, tuple[Claim, list[list[Fraction]]]]:
    """Claims that fail at some of the points given and hold at others."""
    square, cube3 = certify.box([-1, -1], [1, "1/2"]), certify.cube(3)
    tilted = certify.embed(certify.cube(2), matrix=[[1, 0], [1, 1], [0, 1]], offset=[0, 0, "1/2"])
    abs0 = certify.expression("abs(x0) - max(x1, 1/3)")
    seven = certify.linear([[i, 1] for i in range(7)])
    noisy = certify.flip(PARITY3, [[1, 1, 1], [-1, 1, -1]])
    moved = certify.perturb(cube3, [0, 0, 1], "1/3", PARITY3)
    signs = certify.perturb(
        certify.cube(2), [1, 0], "1/2", certify.expression("max(-1, min(1, x0))")
    )
    return {
        "box": (certify.output(NET, square, "y0 <= 1/2 and y1 < 3"), HALVES),
        "equality": (certify.output(NET, square, "y0 = y1 or x0 >= 0"), HALVES),
        "inequality": (certify.output(NET, square, "y0 != y1 and not x0 > 1/2"), HALVES),
        "space": (certify.within(NET, certify.constant([0, 1]), certify.space(2), 1, "l1"), HALVES),
        "polytope": (
            certify.output(NET, certify.polytope([[1, 1, 1], [-1, 2, 1], [1, 0, 1]]), "y0 < y1"),
            HALVES,
        ),
        "pinned": (certify.output(NET, certify.box([1, -1], [1, 1]), "y0 < 1"), HALVES),
        "points": (certify.output(NET, certify.points(HALVES[::5]), "y0 < 1"), HALVES),
        "one point": (certify.output(NET, certify.points([[1, 1]]), "y0 > 9"), HALVES),
        "grid": (certify.output(NET, certify.grid([[-1, "1/2", 1], [0]]), "y0 < 1/2"), HALVES),
        "product": (
            certify.output(DEEP, certify.product(certify.cube(2), certify.box([0], [1])), "y0 < 0"),
            THIRDS,
        ),
        "bits": (certify.output(DEEP, certify.bits(3), "y0 <= 0"), THIRDS),
        "embed": (
            certify.output(DEEP, tilted, "y0 <= 0"),
            [
                [Fraction(a), Fraction(a + b), Fraction(2 * b + 1, 2)]
                for a, b in product((-1, 0, 1), repeat=2)
            ],
        ),
        "pad": (certify.output(NET, certify.embed(certify.cube(1), pad=[1]), "y0 > 9"), HALVES),
        "parity": (certify.equals(DEEP, PARITY3, cube3), THIRDS),
        "parity holds": (certify.equals(COUNT3, PARITY3, cube3), THIRDS),
        "two parities": (
            certify.equals(certify.parity([0, 2]), certify.parity([1]), cube3),
            THIRDS,
        ),
        "no parity": (certify.equals(certify.parity([]), certify.project([1]), cube3), THIRDS),
        "parity of a constant": (
            certify.equals(PARITY3, certify.project([0]), certify.embed(certify.cube(2), pad=[-1])),
            THIRDS,
        ),
        "symmetric": (
            certify.output(certify.symmetric([2, 0], [3, "1/2", 0]), cube3, "y0 < x1 + 1"),
            THIRDS,
        ),
        "flip": (certify.equals(noisy, PARITY3, cube3), THIRDS),
        "flip a network": (
            certify.within(certify.flip(NET, [[0, 0], [1, "1/2"]]), NET, square, 1),
            HALVES,
        ),
        "compose": (
            certify.equals(
                certify.compose(certify.parity([1, 0]), certify.project([2, 0])),
                certify.project([1]),
                cube3,
            ),
            THIRDS,
        ),
        "parity of a network": (
            certify.equals(
                certify.compose(certify.parity([0]), certify.expression("max(x0, x1)")),
                certify.project([0]),
                certify.cube(2),
            ),
            HALVES,
        ),
        "product of functions": (
            certify.equals(
                certify.compose(
                    certify.linear([[1, 1]]),
                    {"product": [certify.parity([0, 1]), builder.relu([[2]])]},
                ),
                certify.project([0]),
                cube3,
            ),
            THIRDS,
        ),
        "slice": (certify.output(certify.slice(DEEP, 1, 3), cube3, "y0 < 0"), THIRDS),
        "l1": (certify.within(NET, certify.project([0, 1]), square, 2, "l1"), HALVES),
        "l1 of many": (certify.within(seven, certify.constant([0] * 7), square, 9, "l1"), HALVES),
        "linf": (certify.within(abs0, certify.constant([0]), square, "1/3"), HALVES),
        "separates": (certify.separates(abs0, square, [1, 0], "1/2", "1/2"), HALVES),
        "perturb": (
            certify.output(DEEP, moved, "y0 <= 0"),
            [
                [a, b, c + d]
                for a, b, c in product((Fraction(-1), Fraction(1)), repeat=3)
                for d in (Fraction(-1, 3), Fraction(0), Fraction(1, 3))
            ],
        ),
        "perturb by a network": (
            certify.output(NET, signs, "y0 <= 1/2"),
            [[Fraction(a, 2), Fraction(b)] for a in range(-4, 5) for b in (-1, 1)],
        ),
    }


def solvable(encoding: Encoding, point: list[Fraction]) -> bool:
    """Has the encoding a solution with this x? By z3."""
    import z3

    reals, clauses = terms(encoding)
    solver = z3.SimpleSolver()
    solver.add(clauses)
    for i, value in zip(encoding.inputs, point, strict=True):
        solver.add(expanded(encoding, i, reals) == z3.RealVal(str(value)))
    return bool(solver.check() == z3.sat)


def expanded(encoding: Encoding, i: int, reals: dict[int, object]) -> object:
    """A variable as a z3 term over the free ones."""
    import z3

    variable = encoding.variables[i]
    if variable.row is None:
        return reals[i]
    parts = [z3.RealVal(str(v)) * expanded(encoding, c, reals) for c, v in variable.row]
    return z3.Sum([*parts, z3.RealVal(str(variable.constant))])


@pytest.mark.parametrize("name", claims())
def test_solvable_at_a_point_iff_the_claim_fails_there(name: str) -> None:
    """Both outcomes occur, and points outside of the set are never solutions."""
    claim, points = claims()[name]
    assert isinstance(claim, Pointwise)
    encoding = encode(claim, LIMIT)
    outcomes = set()
    for point in points:
        place = tuple(point)
        inside = claim.domain.contains(place)
        fails = inside and not holds(claim, place)
        assert solvable(encoding, point) == fails, point
        outcomes.add(fails)
    assert outcomes == ({False} if name == "parity holds" else {False, True})


def holds(claim: Pointwise, point: Vector) -> bool:
    """The claim at the point, by exact evaluation."""
    return claim.holds(point, tuple(term(point) for term in claim.terms()))


# x = relu(x) − relu(−x), of which the reader of a claim knows no values
SAME = builder.Sequential(builder.relu([[1], [-1]]), builder.linear([[1, -1]]))


def test_a_point_where_a_function_is_undefined_is_a_solution() -> None:
    """So that no claim is proved about a parity of something that is not ±1."""
    always = "y0 <= 1 and y0 >= -1"
    for value in ("0", "1/2", "2", "-3"):
        sign = certify.compose(certify.parity([0]), SAME)
        claim = certify.output(sign, certify.points([["1"], [value]]), always)
        assert isinstance(claim, Pointwise)
        encoding = encode(claim, LIMIT)
        assert not solvable(encoding, [Fraction(1)])
        assert solvable(encoding, [Fraction(value)])
        with pytest.raises(Malformed):
            claim.terms()[0]((Fraction(value),))


def test_definitions_are_followed_to_the_point() -> None:
    """Encoding.point is x for values of the free variables."""
    claim = certify.output(
        DEEP, certify.embed(certify.cube(2), matrix=[[1, 0], [1, 1], [0, 1]]), "y0 < 0"
    )
    assert isinstance(claim, Pointwise)
    found = encode(claim, LIMIT).point({0: Fraction(3), 1: Fraction(4)})
    assert found == (3, 7, 4)


def test_clauses_are_the_same_every_time() -> None:
    """A certificate names clauses and literals by number."""
    for name, (claim, _) in claims().items():
        again, _ = claims()[name]
        assert isinstance(claim, Pointwise) and isinstance(again, Pointwise)
        assert encode(claim, LIMIT) == encode(again, LIMIT)


def test_inequalities_are_normal() -> None:
    """Equal inequalities are one atom; opposite ones are its negation; constants are none."""
    build = Builder(LIMIT)
    x, y = build.free("x"), build.free("y")
    z = build.define("z", ((x, Fraction(2)), (y, Fraction(-2))), Fraction(1))
    k = build.literal(((x, Fraction(1, 3)), (y, Fraction(-1, 3))), Fraction(1, 6))
    assert build.literal(((z, Fraction(5)),), Fraction(0)) == k
    assert build.literal(((z, Fraction(-1)),), Fraction(0), strict=True) == -k
    assert abs(build.literal(((z, Fraction(1)),), Fraction(0), strict=True)) != k
    cancelled = ((z, Fraction(1)), (x, Fraction(-2)), (y, Fraction(2)))
    assert build.literal(cancelled, Fraction(-1)) == TRUE
    assert build.literal(cancelled, Fraction(-1), strict=True) == FALSE
    build.clause(k, -k, note="")
    build.clause(FALSE, TRUE, note="")
    assert not build.clauses
    build.clause(k, FALSE, k, note="")
    assert build.clauses == [(k,)]


@pytest.mark.parametrize(
    ("claim", "what"),
    [
        (certify.within(NET, NET, certify.cube(2), 1, "l2"), "sum of squares"),
        (certify.separates(NET, certify.cube(2), [1, 0], 1, 1), "sum of squares"),
    ],
)
def test_what_is_not_linear_is_named(claim: Claim, what: str) -> None:
    assert isinstance(claim, Pointwise)
    with pytest.raises(Inexpressible, match=what):
        encode(claim, LIMIT)


def test_the_size_is_bounded_before_it_is_spent() -> None:
    claim = certify.output(NET, certify.cube(2), "y0 < 0")
    assert isinstance(claim, Pointwise)
    with pytest.raises(Decline):
        encode(claim, 20)


def test_the_order_in_which_points_are_listed_changes_nothing() -> None:
    listed = [[1, 2], ["1/2", 0], ["1/2", "-1/3"]]
    first, second = (
        certify.output(certify.project([1, 0]), certify.points(rows), "y0 != x0")
        for rows in (listed, listed[::-1])
    )
    assert first.digest == second.digest  # so a certificate of one is one of the other
    assert encode(first, LIMIT).clauses == encode(second, LIMIT).clauses
    assert encode(first, LIMIT).atoms == encode(second, LIMIT).atoms
