"""Attacks on the kernel that once crashed it, hung it or filled the memory: each is refused."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

import certify
from certify.errors import CertifyError
from certify.kernel.certificate import FORMAT, Certificate
from certify.kernel.check import bind, check
from certify.kernel.data import decode, exact
from certify.kernel.data.decode import Node, parse_json
from certify.kernel.language.claim import Claim
from certify.kernel.rules.clauses.encoding import encode
from certify.kernel.rules.clauses.rule import Replay
from certify.kernel.rules.enumerate import chunk
from certify.kernel.rules.meter import Meter
from certify.kernel.rules.regions import bound as closing
from certify.kernel.rules.regions import leaf as leaves
from certify.kernel.rules.regions.query import query_of
from certify.kernel.rules.regions.tree import Tree
from certify.kernel.verdict import Accepted, Budget, Decline, Declined, Malformed, Rejected
from certify.networks import builder

IDENTITY = builder.linear([[1]])
FIRST = certify.project([0])


def answer(claim: Claim, verdict: str, rule: str, body: Any, budget: Budget | None = None) -> Any:
    """The kernel's answer to a certificate made up for the claim."""
    networks = {f"n{i}": network for i, network in enumerate(dict.fromkeys(claim.networks()))}
    header = {
        "format": FORMAT,
        "claim": claim.to_json(),
        "networks": bind(claim, networks),
        "verdict": verdict,
        "rule": rule,
        "body": body,
    }
    return check(claim, networks, Certificate(header), budget)


def test_zeros_over_any_denominator() -> None:
    """0 over 1 and 0 over 2^200 are brought over one denominator without a machine word for it."""
    zeros = exact.compact([[0]] * exact.BULK, 1, 1)
    wide = exact.rescale(zeros, 2**200)
    assert wide.denominator == 2**200
    assert wide.rows() == zeros.rows()
    twice = exact.rescale(exact.compact([[0]] * exact.BULK, 2**61, 1), 2**122)
    assert exact.reduced(twice).denominator == 1


def test_a_bound_of_more_digits_than_python_writes() -> None:
    """The message of a rejection shortens the number; it does not fail to write it."""
    claim = certify.mse(FIRST, FIRST, certify.uniform(certify.cube(1)), "<", "2^-100000")
    result = answer(claim, "refuted", "squares", {})
    assert isinstance(result, Rejected)
    assert result.rule == "squares.bound"


@pytest.mark.parametrize(
    "make",
    [
        lambda: certify.member(IDENTITY, 16**6000, lambda_=1),
        lambda: certify.equals(FIRST, FIRST, certify.cube(16**6000)),
        lambda: certify.equals(
            FIRST, FIRST, certify.perturb(certify.cube(20_000), [1] + [0] * 19_999, 1, FIRST)
        ),
    ],
    ids=["depth", "cube", "collision"],
)
def test_integers_that_python_does_not_write(make: Any) -> None:
    """A claim with such an integer, or about so many points, is refused in words."""
    with pytest.raises(CertifyError, match="needs"):
        make()


def _composed(levels: int) -> Any:
    function = FIRST
    for _ in range(levels):
        function = certify.compose(FIRST, function)
    return function


def _embedded(levels: int) -> Any:
    base = certify.cube(1)
    for _ in range(levels):
        base = certify.embed(base, [])
    return base


@pytest.mark.parametrize("levels", [95, 300, 5000])
@pytest.mark.parametrize("nest", [_composed, _embedded])
def test_claims_nested_deeper_than_the_stack(levels: int, nest: Any) -> None:
    """They are refused, and those that a certificate could hold are checked."""
    deep = nest(levels)
    function, base = (deep, certify.cube(1)) if nest is _composed else (FIRST, deep)
    with pytest.raises(CertifyError, match="nested"):
        certify.equals(function, FIRST, base)


def test_learned_separators_are_not_learned() -> None:
    """h̃ asks its separator twice: forty levels would ask 2^40 times."""
    once = certify.learned(IDENTITY, IDENTITY, [1], "1/3")
    with pytest.raises(CertifyError, match="learned itself"):
        certify.equals(certify.learned(once, IDENTITY, [1], "1/3"), FIRST, certify.cube(1))
    inside = certify.compose(FIRST, certify.flip(once, [[1]]))
    with pytest.raises(CertifyError, match="learned itself"):
        certify.equals(certify.learned(inside, IDENTITY, [1], "1/3"), FIRST, certify.cube(1))


@pytest.mark.parametrize(
    "text",
    ['"' + '\\"' * 200_000, "[" + '"\\\n' * 100_000, '{"a":' * 10 + '"' + "\\\\" * 200_000],
    ids=["quotes", "broken lines", "backslashes"],
)
def test_unfinished_strings_are_read_once(text: str) -> None:
    """A string without an end used to be looked for again at each quote inside it."""
    started = time.perf_counter()
    with pytest.raises(Malformed):
        parse_json(text)
    assert time.perf_counter() - started < 5


def test_a_key_twice_among_many() -> None:
    """The duplicate key is named without comparing all pairs of keys."""
    keys = ",".join(f'"{i}":1' for i in range(100_000))
    started = time.perf_counter()
    with pytest.raises(Malformed, match="'99999' twice"):
        parse_json("{" + keys + ',"99999":1}')
    assert time.perf_counter() - started < 5


def test_brackets_inside_strings_do_not_nest() -> None:
    """The depth is that of the JSON, whatever its strings contain."""
    assert parse_json(json.dumps(["[" * 500, '\\"[' * 500])) == ["[" * 500, '\\"[' * 500]
    with pytest.raises(Malformed, match="nested"):
        parse_json('["\\"", ' + "[" * 250 + "]" * 250 + "]")


@pytest.mark.parametrize("text", ["[" * 20_000_000, '{"a":' * 3_000_000], ids=["lists", "objects"])
def test_deep_nesting_is_refused_where_it_is_too_deep(text: str) -> None:
    """The rest is not read: a gzip file of 200 kB took minutes to be refused."""
    started = time.perf_counter()
    with pytest.raises(Malformed, match="nested"):
        parse_json(text)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("text", ["[{},{},{}]", '["a","b"]', "[1,2,3,4,5]"])
def test_json_of_too_many_values(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Declined before Python makes objects of it: they take 20 times the memory of the text."""
    parse_json(text)
    monkeypatch.setattr(decode, "MAX_MARKS", 4)
    with pytest.raises(Decline) as found:
        parse_json(text)
    assert found.value.budget == "marks"


@pytest.mark.parametrize("text", ["\ud800", "\n\r\u001b[2K PROVED", "\u202eDEVORP", "a" * 10_000])
def test_what_a_certificate_says_is_printed_as_one_line(text: str) -> None:
    """In paths and values: the text of a certificate moves no cursor and breaks no encoding."""
    claim = certify.equals(FIRST, FIRST, certify.cube(1))
    for rule, body in ((text, {}), ("enumerate", {text: 1}), ("conjunction", [text])):
        result = answer(claim, "proved", rule, body)
        assert isinstance(result, Rejected)
        assert (result.at + result.found).isprintable()
    header = {
        "format": FORMAT,
        "claim": claim.to_json(),
        "networks": {text: ""},
        "verdict": "proved",
        "rule": "enumerate",
        "body": {},
    }
    result = check(claim, {}, Certificate(header))
    assert isinstance(result, Rejected)
    assert result.at.isprintable()
    assert len(result.at) < 1000


def test_leaves_are_bounded_in_parts() -> None:
    """As many at once as their numbers may be: 128 leaves of a wide network took gigabytes."""
    names = [[str(i + 1)] for i in range(300)]
    claim = certify.equals(
        builder.linear(names), certify.compose(certify.linear(names), FIRST), certify.box([0], [1])
    )
    query = query_of(claim)
    tree = Tree(query, 40, Meter(Budget()))
    region = tree.stack[-1]
    assert isinstance(region, leaves.Region)
    leaf = leaves.read(query, region, Node({"leaf": 0}))
    numbers = 600 * 600  # weights: sums, and the rows that they weigh
    assert closing._at_once(region.anchor.system, [leaf] * 128) * numbers <= exact.CELLS


def test_parts_of_leaves_are_bounded_as_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """One leaf at a time gives the same bounds."""
    network = builder.linear([[1, 2], [3, -1]])
    claim = certify.within(network, certify.constant([0, 0]), certify.box([0, 0], [1, 1]), 4, "l2")
    query = query_of(claim)
    tree = Tree(query, 40, Meter(Budget()))
    region = tree.stack[-1]
    assert isinstance(region, leaves.Region)
    along = [leaves.read(query, region, Node({"leaf": 0})) for _ in range(3)]
    together = closing.bounds(query, region.anchor, along)
    monkeypatch.setattr(closing, "CELLS", 1)
    assert closing.bounds(query, region.anchor, along) == together


def test_the_work_of_clauses_is_counted() -> None:
    """A long clause named again and again costs its length each time."""
    claim = certify.equals(FIRST, FIRST, certify.box([0], [1]))
    meter = Meter(Budget())
    replay = Replay(encode(claim, 1000), meter)
    number = len(replay.clauses)
    n = 1000
    for k in range(n):
        replay.step(Node(["atom", len(replay.inequalities), [[0, 1]], -k, False]))
    first = len(replay.inequalities) - n
    replay.step(Node(["atom", first + n, [[0, -n]], 0, True]))
    before = meter.work
    replay.step(Node(["farkas", number, [[first + k, 1] for k in range(n + 1)]]))
    assert before - meter.work >= n
    meter.work = n
    with pytest.raises(Decline):
        replay.step(Node(["rup", number + 1, [], [number] * 10]))


@pytest.mark.parametrize(
    "make",
    [
        lambda: certify.linear({"rows": 1 << 24, "columns": 1, "entries": [[0, 0, 1]]}),
        lambda: certify.expression("max(" + ",".join(f"x{i % 2}" for i in range(20_000)) + ")"),
    ],
    ids=["outputs of a matrix", "terms of a formula"],
)
def test_functions_larger_than_their_text(make: Any) -> None:
    """A line of text does not become a function with gigabytes of numbers."""
    with pytest.raises(CertifyError, match="needs"):
        certify.equals(make(), make(), certify.grid([[0], [0]]))


def test_sets_larger_than_their_text() -> None:
    """The same for the rows of an affine map and the parts of a product."""
    tall = {"rows": 1 << 24, "columns": 1, "entries": [[0, 0, 1]]}
    with pytest.raises(CertifyError, match="needs 16777216 rows"):
        certify.equals(FIRST, FIRST, certify.embed(certify.cube(1), matrix=tall))
    with pytest.raises(CertifyError, match="coordinates"):
        certify.equals(FIRST, FIRST, certify.product(*[certify.cube(1 << 17)] * 9))


def test_wide_functions_are_evaluated_at_fewer_points_at_once() -> None:
    """The numbers held at once stay about the same."""
    tall = {"rows": 1 << 17, "columns": 14, "entries": [[i, i, 1] for i in range(14)]}
    claim = certify.equals(certify.linear(tall), certify.linear(tall), certify.cube(14))
    assert chunk(claim.terms(), 14) == exact.CELLS >> 17


def test_a_short_formula_with_many_disjuncts() -> None:
    """2^11 disjuncts of 11 constraints name 22 different constraints, and no more are evaluated."""
    parts = " or ".join(f"(x{i} < 2 and y0 < {i + 2})" for i in range(11))
    assert isinstance(
        answer(certify.output(FIRST, certify.cube(11), parts), "proved", "enumerate", {}), Accepted
    )


def test_the_work_of_a_fold_is_counted_as_a_whole() -> None:
    """Every step is cheap, and all of them together are over the budget."""
    n = 64
    row = [[i + 1 for i in range(n)]]
    claim = certify.expectation([certify.linear(row)], certify.uniform(certify.cube(n)), "=", 0)
    body = {"basis": [[str(v) for v in row[0]]], "maps": [["1"]], "value": "0"}
    assert isinstance(answer(claim, "proved", "fold", body), Accepted)
    result = answer(claim, "proved", "fold", body, Budget(points=3000))
    assert isinstance(result, Declined)
    assert result.budget == "states"


def test_long_pivots_of_a_spectral_norm_are_declined() -> None:
    """A matrix of twelve rows with numbers of 90,000 bits took minutes."""
    rows = [[f"2^-{90_000 + i * 7 + j * 13}" for j in range(12)] for i in range(12)]
    claim = certify.lipschitz(builder.linear(rows), 1)
    result = answer(claim, "proved", "spectral", {"layers": [{"square": "1"}]})
    assert isinstance(result, Declined)
    assert result.budget == "bits"


def test_sparse_matrices_of_many_columns_have_small_products() -> None:
    """Only the columns with entries take part in WWᵀ."""
    rows = [[(i * 50_000, i + 1), (5, 1)] for i in range(40)]
    rows[0] = [(5, 1)]
    found = exact.gram(rows, 1 << 24)
    assert found[2][3] == 1
    assert found[2][2] == 10
