"""Formulas against Python's own evaluation of a translated text, on every Boolean point."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certify.kernel.verdict import Malformed
from certify.networks.gadgets.formula import formula

VARIABLES = 5


def python_of(text: str) -> Any:
    """The formula as Python on bits: & ^ | bind in the same order as and, xor, or."""
    code = re.sub(r"atleast (\d+) of \(", r"at(\1, ", text)
    for word, operator in (("and", "&"), ("xor", "^"), ("or", "|"), ("not", "inv *")):
        code = re.sub(rf"\b{word}\b", operator, code)
    return compile(code, "formula", "eval")


class _Not:
    """``inv * b`` is not b, at the precedence of multiplication, as tight as ``not``."""

    def __mul__(self, other: Any) -> Any:
        return 1 - other if isinstance(other, int) else NotImplemented


def truth(code: Any, bits: tuple[int, ...]) -> int:
    names: dict[str, Any] = {f"x{i}": bit for i, bit in enumerate(bits)}
    names |= {"at": lambda k, *parts: int(sum(parts) >= k), "inv": _Not(), "true": 1, "false": 0}
    return int(eval(code, {}, names))


def leaf() -> st.SearchStrategy[str]:
    return st.sampled_from([f"x{i}" for i in range(VARIABLES)] + ["true", "false"])


def bigger(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(parts, min_size=1, max_size=4)
    chain = st.tuples(several, st.sampled_from([" and ", " or ", " xor "]))
    return st.one_of(
        parts.map(lambda p: f"not ({p})"),
        chain.map(lambda c: "(" + c[1].join(c[0]) + ")"),
        chain.map(lambda c: "(" + c[1].join(f"not {p}" if p[0] == "x" else p for p in c[0]) + ")"),
        st.tuples(st.integers(0, 5), several).map(
            lambda a: f"atleast {a[0]} of ({', '.join(a[1])})"
        ),
    )


FORMULAS = st.recursive(leaf(), bigger, max_leaves=12)


class TestMeaning:
    @given(FORMULAS)
    @settings(max_examples=150)
    def test_every_bit(self, text: str) -> None:
        code, net = python_of(text), formula(text, VARIABLES)
        assert all(all(layer.relu) for layer in net.layers[:-1])
        for bits in product((0, 1), repeat=VARIABLES):
            assert net(bits) == (truth(code, bits),)

    @given(FORMULAS)
    @settings(max_examples=75)
    def test_every_sign(self, text: str) -> None:
        code, net = python_of(text), formula(text, VARIABLES, signs=True)
        for bits in product((0, 1), repeat=VARIABLES):
            assert net([2 * b - 1 for b in bits]) == (2 * truth(code, bits) - 1,)

    @pytest.mark.parametrize(
        ("text", "same"),
        [
            ("x0 or x1 xor x2 and x3", "x0 or (x1 xor (x2 and x3))"),
            ("not x0 and x1", "(not x0) and x1"),
            ("not not x0", "x0"),
            ("  x0\nand(x1) ", "x0 and x1"),
        ],
    )
    def test_precedence(self, text: str, same: str) -> None:
        assert formula(text) == formula(same)

    def test_grouping_matters(self) -> None:
        """Otherwise the test of precedence would show nothing."""
        left, right = formula("(x0 or x1) and x2"), formula("x0 or (x1 and x2)")
        assert left([1, 0, 0]) == (0,)
        assert right([1, 0, 0]) == (1,)


class TestNorms:
    @pytest.mark.parametrize("k", [2, 3, 6])
    def test_single_gates(self, k: int) -> None:
        names = [f"x{i}" for i in range(k)]
        listed = ", ".join(names)
        expected: dict[str, list[int]] = {
            " and ".join(names): [k, 1],
            " or ".join(names): [k, 1],
            " xor ".join(names): [k * k, 4 * k - 3],
            f"atleast 1 of ({listed})": [k, 1],
            f"atleast {k} of ({listed})": [k, 1],
        } | {f"atleast {m} of ({listed})": [2 * k, 2] for m in range(2, k)}
        for text, norms in expected.items():
            assert [layer.frobenius_squared for layer in formula(text).layers] == norms

    def test_equal_parts_are_computed_once(self) -> None:
        net = formula("(x0 and x1) xor x2 or not (x0 and x1)")
        assert [layer.width for layer in net.layers] == [2, 3, 1, 1]


class TestText:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "x",
            "x0 x1",
            "x0 and",
            "and x0",
            "x0 nand x1",
            "(x0",
            "x0)",
            "x0 & x1",
            "atleast of (x0)",
            "atleast 2 (x0)",
            "atleast 2 of x0, x1",
            "atleast 2 of ()",
            "atleast -1 of (x0)",
            "x0 = x1",
            "0",
            "x1234567",
            "x٣",
            "not",
            "(" * 5000 + "x0" + ")" * 5000,
        ],
    )
    def test_other_text_is_refused(self, text: str) -> None:
        with pytest.raises(Malformed, match="column"):
            formula(text)

    def test_a_deep_formula_within_the_limit(self) -> None:
        net = formula("not (" * 50 + "x0" + ")" * 50)
        assert net([1]) == (1,)
        assert net.depth == 1

    def test_inputs_must_cover_the_variables(self) -> None:
        with pytest.raises(Malformed, match="x3 is beyond the 2 inputs"):
            formula("x3", 2)
        assert formula("true").inputs == 1
        assert formula("true")([Fraction(1, 3)]) == (1,)
