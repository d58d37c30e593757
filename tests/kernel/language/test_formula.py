"""The formulas of ``output``: meaning by Python's own evaluation of the same text."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certify.kernel.data.decode import Node, parse_json
from certify.kernel.language import formula
from certify.kernel.language.formula import Atom, Formula, Junction, Not
from certify.kernel.verdict import Decline, Malformed

F = Fraction
VALUES = st.sampled_from([F(n, d) for n in range(-3, 4) for d in (1, 2, 3)])
POINTS = st.tuples(*[VALUES] * 4)
NAMES = ["x0", "x1", "y0", "y1"]
LITERALS = st.sampled_from(["0", "1", "2", "0.5", "1.25e1", "25E-1", "2^3", "2^-1", "03"])


def by_python(text: str, point: tuple[Fraction, ...]) -> bool:
    """The same text as a Python expression over Fractions."""
    text = re.sub(
        r"(?<![\w.])(\d+)\^(-?\d+)|(?<![\w^.])(\d[\d.]*(?:[eE][-+]?\d+)?)",
        lambda m: f"(F({m[1]})**({m[2]}))" if m[1] else f"F('{m[3]}')",
        text,
    )
    text = re.sub(r"(?<![<>!])=", "==", text)
    return bool(eval(text, {"F": F, **dict(zip(NAMES, point, strict=True))}))


@st.composite
def sums(draw: st.DrawFn, depth: int = 2) -> str:
    kind = draw(st.integers(0, 6 if depth else 1))
    if kind == 0:
        return draw(LITERALS)
    if kind == 1:
        return draw(st.sampled_from(NAMES))
    if kind == 2:
        return f"({draw(sums(depth - 1))})"
    if kind == 3:
        return f"-{draw(sums(0))}"
    if kind == 4:
        return f"{draw(LITERALS)}*({draw(sums(depth - 1))})"
    if kind == 5:
        return f"{draw(sums(0))} / {draw(LITERALS.filter(lambda t: t != '0'))}"
    return f"{draw(sums(depth - 1))} {draw(st.sampled_from('+-'))} {draw(sums(depth - 1))}"


@st.composite
def texts(draw: st.DrawFn, depth: int = 3) -> str:
    kind = draw(st.integers(0, 4 if depth else 0))
    if kind == 0:
        relation = draw(st.sampled_from(["<", "<=", "=", "!=", ">=", ">"]))
        return f"{draw(sums())} {relation} {draw(sums())}"
    if kind == 1:
        return f"({draw(texts(depth - 1))})"
    if kind == 2:
        return f"not {draw(texts(depth - 1))}"
    word = "and" if kind == 3 else "or"
    return f"{draw(texts(depth - 1))} {word} {draw(texts(depth - 1))}"


@st.composite
def atoms(draw: st.DrawFn) -> Atom:
    names = [("x", 0), ("x", 1), ("y", 0), ("y", 1)]
    chosen = sorted(draw(st.lists(st.sampled_from(names), unique=True, max_size=3)))
    terms = tuple((name, draw(VALUES.filter(bool))) for name in chosen)
    return Atom(draw(st.sampled_from(["<", "<=", "=", "!=", ">=", ">"])), terms, draw(VALUES))


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
    max_leaves=8,
)


def truth(value: Formula, point: tuple[Fraction, ...]) -> bool:
    """By the definition."""
    if isinstance(value, Not):
        return not truth(value.part, point)
    if isinstance(value, Junction):
        return {"and": all, "or": any}[value.word](truth(p, point) for p in value.parts)
    at = dict(zip([("x", 0), ("x", 1), ("y", 0), ("y", 1)], point, strict=True))
    total = value.constant + sum(v * at[k] for k, v in value.terms)
    sign = (total > 0) - (total < 0)
    return (
        sign
        in {"<": [-1], "<=": [-1, 0], "=": [0], "!=": [-1, 1], ">=": [0, 1], ">": [1]}[
            value.relation
        ]
    )


@settings(max_examples=200)
@given(texts(), st.lists(POINTS, min_size=5, max_size=5))
def test_text_means_what_python_says(text: str, points: list[tuple[Fraction, ...]]) -> None:
    found = formula.parse(text)
    for p in points:
        assert formula.holds(found, p[:2], p[2:]) == by_python(text, p), text


@settings(max_examples=200)
@given(FORMULAS, st.lists(POINTS, min_size=5, max_size=5))
def test_views(value: Formula, points: list[tuple[Fraction, ...]]) -> None:
    disjuncts = formula.negated_disjuncts(value)
    assert all(a.relation in (">", ">=") for d in disjuncts for a in d)
    again = formula.parse(formula.text(value))
    for p in points:
        expected = truth(value, p)
        assert formula.holds(value, p[:2], p[2:]) == expected
        assert formula.holds(again, p[:2], p[2:]) == expected
        assert any(all(truth(a, p) for a in d) for d in disjuncts) == (not expected)
    names = set(re.findall(r"[xy][0-9]+", formula.text(value)))
    assert formula.inputs_read(value) == {int(n[1:]) for n in names if n[0] == "x"}
    x, y = formula.reach(value)
    assert x == max((int(n[1:]) + 1 for n in names if n[0] == "x"), default=0)
    assert y == max((int(n[1:]) + 1 for n in names if n[0] == "y"), default=0)


@given(FORMULAS)
def test_the_canonical_form_is_read_back(value: Formula) -> None:
    import json

    node = Node(parse_json(json.dumps(formula.write(value))), "/holds")
    assert formula.read(node) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a term"),
        ("x0", "expected a comparison"),
        ("0 <= x0 <= 1", "do not chain"),
        ("x0 * y0 >= 0", "only a constant"),
        ("1 / x0 >= 0", "only a constant"),
        ("x0 / 0 >= 0", "division by zero"),
        ("x0 / (1 - 1) >= 0", "division by zero"),
        ("(x0 >= 0) + 1 >= 0", "cannot be part of a sum"),
        ("not x0", "expected a comparison"),
        ("x0 >= 0 and", "expected a term"),
        ("x0 >= 0 x1", "unexpected text"),
        ("x0 >= 0)", "unexpected text"),
        ("(x0 >= 0", "expected )"),
        ("z0 >= 0", "expected a term"),
        ("x >= 0", "expected a term"),
        ("x0y0 >= 0", "expected a term"),
        ("x0 => 1", "unexpected '>'"),
        ("x0 == 1", "unexpected '='"),
        ("x0 >= ١", "expected a term"),
        ("x0 >= 1.", "unexpected text"),
        ("x0 >= 1e", "unexpected text"),
        ("2x0 >= 1", "expected a comparison"),
        ("x0 >= 0^-1", "divides by zero"),
        ("(" * 61 + "x0 >= 0" + ")" * 61, "nested too deeply"),
    ],
)
def test_refusals(text: str, message: str) -> None:
    with pytest.raises(Malformed, match=re.escape(message)):
        formula.parse(text)


def deep(levels: int, action: Callable[[], object]) -> object:
    return deep(levels - 1, action) if levels else action()


def test_nesting_never_exhausts_the_stack() -> None:
    """Whether accepted or refused, also from deep within another program."""
    text = "(" * 60 + "x0 >= 0" + ")" * 60
    free = sys.getrecursionlimit() - len(_frames())
    found = deep(free - 620, lambda: formula.parse(text))
    assert found == formula.parse("x0 >= 0")
    with pytest.raises(Malformed, match="nested too deeply"):
        formula.parse("(" * 100_000)
    with pytest.raises(Malformed):
        formula.parse("not " * 100_000)
    assert formula.parse("not " * 100_000 + "x0 >= 0") == formula.parse("x0 >= 0")


def _frames() -> list[object]:
    frame, result = sys._getframe(), []
    while frame:
        result.append(frame)
        frame = frame.f_back
    return result


def test_long_text_takes_linear_time() -> None:
    start = time.monotonic()
    total = "+".join(f"x{i}" for i in range(60_000))
    assert len(formula.parse(f"{total} >= 0").terms) == 60_000
    with pytest.raises(Malformed, match="longer than"):
        formula.parse(" " * 1_000_001)
    assert time.monotonic() - start < 20


def test_long_numbers_are_declined() -> None:
    for number in ("1e100001", "9^100000000", "1" * 5000):
        with pytest.raises(Decline):
            formula.parse(f"x0 >= {number}")
    with pytest.raises(Decline, match="bits"):
        formula.parse("x0 >= " + "*".join(["1e90000"] * 1000))


def test_too_many_disjuncts_are_declined() -> None:
    one = "(x0 > 0 and y0 > 0)"
    assert len(formula.negated_disjuncts(formula.parse(" or ".join([one] * 12)))) == 4096
    with pytest.raises(Decline, match="disjuncts"):
        formula.negated_disjuncts(formula.parse(" or ".join([one] * 13)))
