"""Piecewise linear expressions, beside Python's own evaluation of the same text."""

from __future__ import annotations

import json
import re
import sys
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from certify.kernel.data.decode import Node, parse_json
from certify.kernel.language import functions
from certify.kernel.language.functions import expression
from certify.kernel.verdict import Decline, Malformed

F = Fraction
VALUES = st.sampled_from([F(n, d) for n in range(-4, 5) for d in (1, 2, 3)])
LITERALS = st.sampled_from(["0", "1", "2", "0.5", "1.5e1", "2^-2", "3"])


@st.composite
def texts(draw: st.DrawFn, depth: int = 3) -> str:
    kind = draw(st.integers(0, 11 if depth else 2))
    if kind == 0:
        return draw(LITERALS)
    if kind <= 2:
        return draw(st.sampled_from(["x0", "x1", "x2"]))
    inner = texts(depth - 1)
    if kind <= 4:
        return f"({draw(inner)} {draw(st.sampled_from('+-'))} {draw(inner)})"
    if kind == 5:
        return f"-{draw(texts(0))}"
    if kind == 6:
        return f"{draw(LITERALS)} * {draw(texts(0))}"
    if kind == 7:
        return f"({draw(inner)}) / {draw(LITERALS.filter(lambda t: t != '0'))}"
    if kind == 8:
        return f"{draw(st.sampled_from(['abs', 'relu']))}({draw(inner)})"
    if kind == 9:
        low, high = sorted(draw(st.tuples(VALUES, VALUES)))
        return f"clip({draw(inner)}, {signed(low)}, {signed(high)})"
    word = draw(st.sampled_from(["max", "min"]))
    return f"{word}({', '.join(draw(st.lists(inner, min_size=1, max_size=3)))})"


def signed(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


def by_python(text: str, x: tuple[Fraction, ...]) -> Fraction:
    text = re.sub(
        r"(?<![\w.])(\d+)\^(-?\d+)|(?<![\w^.])(\d[\d.]*(?:[eE][-+]?\d+)?)",
        lambda m: f"(F({m[1]})**({m[2]}))" if m[1] else f"F('{m[3]}')",
        text,
    )
    names = {
        "F": F,
        "max": lambda *v: max(v),
        "min": lambda *v: min(v),
        "abs": abs,
        "relu": lambda v: max(v, 0),
        "clip": lambda v, low, high: min(max(v, low), high),
    }
    return F(eval(text, {**names, "x0": x[0], "x1": x[1], "x2": x[2]}))


@settings(max_examples=250)
@given(texts(), st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=6, max_size=6))
@example("relu(x2) - relu(x2)", [(F(1), F(2), F(3))])  # atoms that nobody needs
@example("relu(relu(x1) - 1) * 0 + 2", [(F(1), F(2), F(3))])
@example("abs(x0) + relu(max(x1, abs(x0)) - x2)", [(F(-1), F(2), F(1))])  # one carried on
def test_values(text: str, points: list[tuple[Fraction, ...]]) -> None:
    found = expression.parse(text)
    network = found.lower(3)
    for x in points:
        expected = (by_python(text, x),)
        assert found(x) == expected, text
        assert network(x) == expected, text
    features = found.features(3)
    assert features is not None
    assert found.inputs <= 3
    assert found.misfit(3) is None


@given(texts())
def test_the_canonical_form_is_read_back(text: str) -> None:
    found = expression.parse(text)
    node = Node(parse_json(json.dumps(found.canonical())), "/left")
    assert functions.read(node) == found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a term"),
        ("y0", "unknown function or name 'y'"),
        ("x0 * x1", "only a constant"),
        ("1 / x0", "only a constant"),
        ("x0 / 0", "division by zero"),
        ("max()", "unknown function or name ')'"),
        ("abs(x0, x1)", "wrong number of arguments"),
        ("relu(x0, x1)", "wrong number of arguments"),
        ("clip(x0, 1)", "wrong number of arguments"),
        ("clip(x0, 1, 0)", "lower ≤ upper"),
        ("clip(x0, x1, 2)", "constant bounds"),
        ("sin(x0)", "unknown function or name 'sin'"),
        ("max(x0", "expected )"),
        ("x0 x1", "unexpected text"),
        ("x0 + ", "expected a term"),
        ("2x0", "unexpected text"),
        ("x", "unknown function or name 'x'"),
        ("(" * 101 + "x0" + ")" * 101, "nested too deeply"),
        (" " * 100_001, "longer than"),
    ],
)
def test_refusals(text: str, message: str) -> None:
    with pytest.raises(Malformed, match=re.escape(message)):
        expression.parse(text)


def test_nesting_never_exhausts_the_stack() -> None:
    frame, used = sys._getframe(), 0
    while frame := frame.f_back:
        used += 1

    def deep(levels: int) -> expression.Expression:
        if levels:
            return deep(levels - 1)
        return expression.parse("relu(" * 98 + "x0" + ")" * 98)

    deep(sys.getrecursionlimit() - used - 520)
    for text in ("(" * 90_000, "relu(" * 20_000):
        with pytest.raises(Malformed, match="nested too deeply"):
            expression.parse(text)
    assert expression.parse("-" * 90_000 + "x0") == expression.parse("x0")


def test_long_numbers_are_declined() -> None:
    with pytest.raises(Decline, match="bits"):
        expression.parse("x0 * " + "*".join(["1e90000"] * 1000))


def test_reading_a_coordinate_that_points_lack() -> None:
    assert expression.parse("x4").misfit(3) == "expression reads x4, but points have 3 coordinates"
