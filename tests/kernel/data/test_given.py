"""What Python hands over is taken exactly or refused: by calls of networks, and by claims.

The truth is integer arithmetic of Python on values that were written down twice.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest

import certify
from certify.kernel.data.given import exactly, number
from certify.networks.builder import Sequential, linear, relu

NET = Sequential(relu([[1, 1], [1, -3]], [0, -1]), linear([[3, -2]]))
INTEGERS = [f"{sign}int{size}" for sign in ("", "u") for size in (8, 16, 32, 64)]


def by_hand(x: Any, y: Any) -> F:
    """What NET computes, in Python's own integers and Fractions."""
    return F(3 * max(x + y, 0) - 2 * max(x - 3 * y - 1, 0))


class TestNetworks:
    """``network(point)`` is exact for every type that it takes."""

    @pytest.mark.parametrize("dtype", INTEGERS)
    def test_integers_of_every_width(self, dtype: str) -> None:
        least, most = np.iinfo(dtype).min, np.iinfo(dtype).max
        for point in ([most, most], [most, least], [least, most], [most, 0], [0, most]):
            assert NET(np.array(point, dtype=dtype)) == (by_hand(*point),)
            assert NET([np.dtype(dtype).type(v) for v in point]) == (by_hand(*point),)

    @pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8"])
    def test_torch_integers(self, dtype: str) -> None:
        torch = pytest.importorskip("torch")
        most = torch.iinfo(getattr(torch, dtype)).max
        point = torch.tensor([most, most - 1], dtype=getattr(torch, dtype))
        assert NET(point) == NET(list(point)) == (by_hand(most, most - 1),)

    @pytest.mark.parametrize(
        "point",
        [
            [F(1, 3), F(1, 10)],
            ("1/3", "0.1"),
            [F(1, 3), Decimal("0.1")],
            np.array([F(1, 3), "0.1"], dtype=object),
            np.array(["1/3", "0.1"]),
            (v for v in ("1/3", "1e-1")),
        ],
    )
    def test_rationals(self, point: Any) -> None:
        assert NET(point) == (by_hand(F(1, 3), F(1, 10)),)

    def test_numbers_of_other_libraries(self) -> None:
        sympy, flint = pytest.importorskip("sympy"), pytest.importorskip("flint")
        assert NET([sympy.Rational(1, 3), sympy.Integer(2)]) == (by_hand(F(1, 3), 2),)
        assert NET([flint.fmpq(1, 3), flint.fmpz(2)]) == (by_hand(F(1, 3), 2),)
        for value in (sympy.Float("0.1"), sympy.pi, sympy.Symbol("x"), flint.arb(1)):
            with pytest.raises(certify.CertifyError, match="point/0: expected a number, found"):
                NET([value, 1])

    def test_floats_by_the_word_alone(self) -> None:
        torch = pytest.importorskip("torch")
        for point in (
            [0.1, 1],
            np.array([0.1, 1.0]),
            np.array([0.1, 1], dtype=np.float16),
            np.array([0.1, 1], dtype=np.longdouble),
            torch.tensor([0.1, 1.0]),
            torch.tensor([0.1, 1.0], dtype=torch.bfloat16),
        ):
            with pytest.raises(certify.CertifyError, match=r"^point/0: a float \(0\.[01].*exactly"):
                NET(point)
            stored = certify.exactly(point)
            assert NET(stored) == (by_hand(*stored),)
            assert stored[1] == 1 and stored[0] != F(1, 10)
        assert exactly(np.float32(0.1)) == F(13421773, 2**27)
        assert exactly(torch.tensor([[0.1]])) == ((F(13421773, 2**27),),)
        assert exactly(np.longdouble("0.1")) == F(*np.longdouble("0.1").as_integer_ratio())

    @pytest.mark.parametrize(
        "value",
        [
            *(float("nan"), -float("inf"), np.float32("nan"), Decimal("inf"), 1j),
            *("nan", "1/0", "", b"1", None, True, np.True_),
            *([1], np.array([1]), object(), np.datetime64(0, "s")),
        ],
    )
    def test_no_number(self, value: Any) -> None:
        for call in (number, exactly, lambda v: NET([v, 1])):
            if call is exactly and isinstance(value, list | np.ndarray):
                continue
            with pytest.raises(certify.CertifyError):
                call(value)

    @pytest.mark.parametrize(
        ("point", "message"),
        [
            ([1], "takes 2 inputs, not 1"),
            (np.zeros(3, int), "takes 2 inputs, not 3"),
            (np.array([[1, 2]]), r"expected a list of numbers, found an array of shape \(1, 2\)"),
            (np.array(3), r"expected a list of numbers, found an array of shape \(\)"),
            ("12", "expected a list of numbers, found '12'"),
            ({0: 1, 1: 2}, "expected a list of numbers"),
            ({1, 2}, "expected a list of numbers"),
            (None, "expected a list of numbers, found None"),
        ],
    )
    def test_shapes(self, point: Any, message: str) -> None:
        with pytest.raises(certify.CertifyError, match=message):
            NET(point)

    def test_a_decimal_too_long_to_be_written_is_declined(self) -> None:
        with pytest.raises(certify.CertifyError, match="needs 999999999 exponent"):
            NET([Decimal("1e999999999"), 1])


class TestClaims:
    """Claims that are built in Python take the same values."""

    @pytest.mark.parametrize(
        "epsilon", [F(1, 10), Decimal("0.1"), "0.1", "1/10", np.str_("0.1"), Decimal("1e-1")]
    )
    def test_one_claim_by_any_type(self, epsilon: Any) -> None:
        zero, one = np.zeros(2, dtype=np.int8), np.ones(2, dtype=np.uint64)
        claim = certify.within(NET, certify.project(np.array([0])), certify.box(zero, one), epsilon)
        plain = certify.within(NET, certify.project([0]), certify.box([0, 0], [1, 1]), "1/10")
        assert claim.digest == plain.digest

    def test_arrays_and_tensors_in_every_place(self) -> None:
        torch = pytest.importorskip("torch")
        a = torch.tensor([[1, 2], [3, 4]])
        claim = certify.equals(
            certify.linear(a, np.array([1, 2])),
            certify.linear([[1, 2], [3, 4]], [1, 2]),
            certify.points(np.array([[1, 1], [0, 2]], dtype=np.int16)),
        )
        assert certify.prove(claim).proved
        assert certify.member(NET, np.int64(2), lambda_=Decimal("5.5")).digest == (
            certify.member(NET, F(2), lambda_="11/2").digest
        )
        low, high = np.array([0, 0]), torch.tensor([1, 1])
        assert certify.monotone(NET, certify.box(low, high), np.array([0])).digest == (
            certify.monotone(NET, certify.box([0, 0], [1, 1]), [0]).digest
        )

    @pytest.mark.parametrize("value", [0.1, np.float32(0.1), np.array(0.1)])
    def test_floats_are_refused_by_place(self, value: Any) -> None:
        with pytest.raises(certify.CertifyError, match=r"within/epsilon: a float \(0\.1"):
            certify.within(NET, NET, certify.cube(2), value)
        with pytest.raises(certify.CertifyError, match=r"within/on/box/upper/1: a float"):
            certify.within(NET, NET, certify.box([0, 0], [1, value]), 1)
        stored = certify.within(NET, NET, certify.cube(2), exactly(value))
        assert stored.to_json()["epsilon"] == str(exactly(value)) != "1/10"
