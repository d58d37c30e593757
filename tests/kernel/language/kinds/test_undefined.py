"""DESIGN 2: "parity and symmetric may read only coordinates that are ±1 there".

A claim whose functions are not defined on all of its set is an error when it is read, whatever
points a certificate would look at. Truth: every point of the set, evaluated.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

import certify
from certify.errors import CertifyError
from certify.kernel.data.decode import Node, Scope
from certify.kernel.data.numbers import parse_number
from certify.kernel.language import functions, sets
from certify.kernel.verdict import Malformed
from certify.networks import builder

X0: Any = {"parity": [0]}
X1: Any = {"parity": [1]}
COUNT: Any = {"symmetric": {"over": [0, 1], "values": [1, 0, 1]}}
SUM: Any = {"linear": {"matrix": [[1, 1]]}}
SAME = builder.Sequential(builder.relu([[1], [-1]]), builder.linear([[1, -1]]))
IDENTITY = [[int(i == j) for j in range(60)] for i in range(60)]
ZERO_AND_SIGN: Any = {"grid": [[0], [-1, 1]]}


def perturbed(base: Any, along: list[Any], eta: Any, sign: Any) -> Any:
    """The set with every point moved by ±η·v."""
    return {"perturb": {"set": base, "along": along, "eta": eta, "sign": sign}}


DEFINED: list[tuple[Any, Any]] = [
    (X0, {"cube": 3}),
    ({"parity": []}, {"space": 2}),
    (X0, {"points": [[1, 7], [-1, 9]]}),
    (X0, {"grid": [[1], [5, 6]]}),
    (X1, {"product": [{"box": {"lower": [0], "upper": [1]}}, {"cube": 1}]}),
    (X0, {"box": {"lower": [-1, 0], "upper": [-1, 2]}}),
    (X0, {"polytope": {"le": [[1, 0, 1], [-1, 0, -1], [1, 1, 3]]}}),
    (X1, {"embed": {"set": {"space": 1}, "pad": [-1]}}),
    (X0, {"embed": {"set": {"bits": 1}, "matrix": [[2]], "offset": [-1]}}),
    (X0, perturbed(ZERO_AND_SIGN, [1, 0], 1, X1)),
    (X1, perturbed({"cube": 40}, [1] + [0] * 39, "1/3", X0)),
    ({"compose": [X0, SUM]}, {"points": [[2, -1], [-3, 2]]}),
    ({"compose": [X0, X1]}, {"cube": 2}),
    ({"product": [X0, {"linear": {"matrix": [[1]]}}]}, {"grid": [[1, -1], [3, 4]]}),
]
UNDEFINED: list[tuple[Any, Any]] = [
    (X0, {"bits": 2}),
    (X1, {"points": [[1, 1], [1, "1/2"]]}),
    (COUNT, {"grid": [[1, -1], [0, 1]]}),
    (X0, {"box": {"lower": [-1, 0], "upper": [1, 2]}}),
    (X0, {"box": {"lower": [2], "upper": [2]}}),
    (X0, {"space": 1}),
    (X0, {"polytope": {"le": [[1, 1], [-1, 1]]}}),
    (X0, {"product": [{"box": {"lower": [0], "upper": [1]}}, {"cube": 1}]}),
    (X0, {"embed": {"set": {"cube": 2}, "matrix": [["1/2", "1/2"], ["1/2", "-1/2"]]}}),
    (X0, {"embed": {"set": {"cube": 60}, "matrix": [[1] * 60, *IDENTITY]}}),
    (X0, perturbed({"cube": 40}, [1] + [0] * 39, "1/3", X1)),
    ({"compose": [X0, SUM]}, {"cube": 2}),
    ({"compose": [X0, {"constant": [3]}]}, {"cube": 2}),
    ({"compose": [{"linear": {"matrix": [[1]]}}, X0]}, {"bits": 2}),
    ({"product": [SUM, X0]}, {"grid": [[1], [-1], [2, 1]]}),
    ({"flip": {"of": X0, "points": [[0, 0]]}}, {"bits": 2}),
]


@pytest.mark.parametrize(("function", "on"), DEFINED)
def test_what_is_defined_is_read(function: Any, on: Any) -> None:
    """Exact knowledge, not a guess: neighbours of these are errors below."""
    assert certify.equals(function, function, on=on).kind == "equals"


@pytest.mark.parametrize(("function", "on"), UNDEFINED)
def test_what_is_undefined_somewhere_is_an_error(function: Any, on: Any) -> None:
    """Although every certificate could point to where it is defined."""
    with pytest.raises(CertifyError, match="±1"):
        certify.equals(function, function, on=on)


def test_every_kind_asks() -> None:
    """Averages over their support, separators at both shifted points, excludes on its set."""
    bits, cube = certify.bits(2), certify.cube(2)
    for law in (
        certify.uniform(bits),
        {"weighted": [[[1], "1/2"], [[2], "1/2"]]},
        {"gaussian": {"mean": [0], "variance": [1]}},
        {"product": [{"uniform": cube}, {"uniform": bits}]},
        {"induced": {"by": SUM, "from": {"uniform": cube}}},
    ):
        index = 2 if "product" in law else 0
        with pytest.raises(CertifyError, match="±1"):
            certify.expectation([certify.parity([index])], law, "=", 0)
    assert certify.expectation([X1], {"product": [{"uniform": cube}, {"uniform": bits}]}, "=", 0)
    assert certify.separates(X0, certify.cube(2), [0, 1], "1/3", 0)
    with pytest.raises(CertifyError, match="±1"):
        certify.separates(X0, certify.cube(2), [1, 0], "1/3", 0)
    with pytest.raises(CertifyError, match="±1"):
        certify.excludes(X0, bits, 2, lambda_=1)
    with pytest.raises(CertifyError, match="±1"):
        certify.equals(SUM, SUM, on=perturbed({"bits": 2}, [0, 1], 3, X0))


def test_behind_a_network_the_point_decides() -> None:
    """The values of a network are not followed: where one is not ±1 the evaluation is an error."""
    function = certify.compose(certify.parity([0]), SAME)
    claim = certify.equals(function, function, on=certify.points([[1], [2]]))
    assert claim.terms()[0]((1,)) == (1,)
    with pytest.raises(Malformed, match="±1"):
        claim.terms()[0]((2,))


def small_set(draw: random.Random, depth: int = 2) -> Any:
    """A random finite set with few points, most of its coordinates ±1."""
    value = lambda: draw.choice([-1, 1, -1, 1, 0, 2])  # noqa: E731
    kind = draw.choice(["cube", "grid", "points"] + ["product", "embed", "perturb"] * (depth > 0))
    if kind == "cube":
        return {"cube": draw.randint(1, 3)}
    if kind == "grid":
        return {"grid": [sorted({value(), value()}) for _ in range(draw.randint(1, 3))]}
    if kind == "points":
        n = draw.randint(1, 3)
        return {"points": [list(p) for p in {tuple(value() for _ in range(n)) for _ in range(3)}]}
    if kind == "product":
        return {"product": [small_set(draw, 0), small_set(draw, 0)]}
    base = small_set(draw, depth - 1)
    n = dimension(base)
    if kind == "embed":
        rows = [[int(i == j) for j in range(n)] for i in range(n)]
        rows.append([draw.choice([0, 0, 1, -1, 2]) for _ in range(n)])
        draw.shuffle(rows)
        return {"embed": {"set": base, "matrix": rows, "offset": [value() for _ in rows]}}
    along = [draw.choice([0, 1]) for _ in range(n)]
    return perturbed(base, along, draw.choice([1, 2]), {"parity": [draw.randrange(n)]})


def read_set(data: Any) -> sets.Set:
    """The set, as a claim reads it."""
    return sets.read(Node(data, "", Scope(parse_number)))


def dimension(data: Any) -> int:
    """The dimension of a set's points, 1 where it is no set."""
    try:
        return read_set(data).dimension
    except Malformed:
        return 1


def test_random_sets_beside_their_points() -> None:
    """An error exactly where some point of the set has no value."""
    draw = random.Random(11)
    outcomes = {True: 0, False: 0}
    while min(outcomes.values()) < 60:
        data = small_set(draw)
        try:
            on = read_set(data)
        except Malformed:
            continue
        n = on.dimension
        function: Any = {"parity": draw.sample(range(n), draw.randint(1, min(n, 2)))}
        if draw.random() < 0.3:
            matrix = [[draw.choice([0, 1, -1]) for _ in range(n)]]
            function = {"compose": [X0, {"linear": {"matrix": matrix, "offset": [0]}}]}
        exact = functions.read(Node(function, "", Scope(parse_number)))
        stream = on.factored()
        assert stream is not None
        try:
            for batch, _ in stream.batches():
                exact.evaluate(batch)
            defined = True
        except Malformed:
            defined = False
        complaint = exact.undefined(n, on.known())
        assert (complaint is None) == defined, (data, function, complaint)
        outcomes[defined] += 1
