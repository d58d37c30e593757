"""The SMT benchmark: every row of a small claim, and what ``auto`` says of its choice."""

from __future__ import annotations

import certify
from certify.bench import smt
from certify.networks.gadgets.parity import parity

CLAIM = certify.equals(parity(3), certify.parity(range(3)), certify.cube(3))


def test_each_way_has_a_row() -> None:
    """Both refutations with their sizes, z3's time to log, and each method that suits."""
    assert smt.suitable(CLAIM) == ["enumerate", "fold", "normal-form"]
    for row in (smt.logged(CLAIM, 60), smt.searched(CLAIM, 60)):
        assert row["answer"] == "proved by clauses"
        assert row["bytes"] > 0 and row["check"] > 0
    assert smt.logged(CLAIM, 60)["log"] > 0
    assert smt.proved(CLAIM, "fold", 60)["answer"] == "proved by fold"
    row = smt.proved(CLAIM, "normal-form", 60)
    assert row["answer"].startswith("unknown: ") and "over" not in row


def test_auto_says_why() -> None:
    """The method, the claims that it is for, and what the methods before it said."""
    row = smt.proved(CLAIM, "auto", 60)
    assert row["answer"] == "proved by enumerate: list, for at most 4096 points"
    everywhere = certify.output(
        certify.expression("max(x0, x1)"), certify.space(2), "y0 >= x0 and y0 >= x1"
    )
    row = smt.proved(everywhere, "auto", 60)
    assert row["answer"] == "proved by clauses: smt, for a claim about single points"
    assert row["before"].startswith("regions: ")


def test_out_of_time_is_shown_as_such() -> None:
    row = smt.searched(CLAIM, 0)
    assert (row["answer"], row["seconds"], row["over"]) == ("out of time", None, 0)
