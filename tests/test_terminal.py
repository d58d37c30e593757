"""The moving line of a search: what it says of regions, and of the check after them."""

from __future__ import annotations

from certify.cli.terminal import progressed
from certify.prove import Progress


def test_a_share_is_never_whole_while_regions_are_open() -> None:
    shown = progressed("c", Progress(1.0, 7, 2))
    assert shown["completed"] < shown["total"] == 1
    assert shown["description"] == "c: 99.9 %, 7 regions closed, 2 open"


def test_the_check_has_no_share() -> None:
    assert progressed("c", Progress(1.0, 7, 0)) == {
        "total": None,
        "description": "c: 7 regions, being checked",
    }
