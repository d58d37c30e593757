"""The search for a witness: what it says where it finds none."""

from __future__ import annotations

import pytest

import certify
from certify.kernel.language.claim import Claim
from certify.prove import Found, Options, Unknown, witness

SQUARE = certify.box([0, 0], [1, 1])
# no polyhedron and no stream of points: nothing to draw candidates from
SEGMENTS = certify.product(certify.points([[0], [1]]), certify.box([0], [1]))
EMPTY = certify.polytope([[1, 0, 1], [-1, 0, 1], [0, 1, 1], [0, -1, 1], [1, 1, -3]])


def at_most(bound: int, on: object) -> Claim:
    return certify.output(certify.expression("max(x0, x1)"), on, f"y0 <= {bound}")


def test_points_tried_are_counted() -> None:
    answer = witness.prove(at_most(1, SQUARE), Options(timeout=60))
    assert isinstance(answer, Unknown)
    assert answer.reason == f"none of {witness.ENOUGH} points tried refutes it"
    assert isinstance(witness.prove(at_most(0, SQUARE), Options(timeout=60)), Found)


@pytest.mark.parametrize(("on", "seconds"), [(SEGMENTS, 60), (EMPTY, 60), (SQUARE, 0)])
def test_no_count_where_no_point_was_tried(on: object, seconds: float) -> None:
    answer = witness.prove(at_most(1, on), Options(timeout=seconds))
    assert isinstance(answer, Unknown)
    assert answer.reason == "no candidate was found"
