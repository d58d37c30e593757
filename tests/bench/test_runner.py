"""The benchmark runner: what a row says when a tool answers, is late, fails or is missing."""

from __future__ import annotations

import json
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from certify.bench import __main__ as runner
from certify.bench import child, parity
from certify.bench.plot import plot
from certify.bench.solvers import cvc5_answer, z3_answer


def quick(value: int) -> dict[str, object]:
    return {"answer": "done", "value": value}


def late() -> str:
    time.sleep(30)
    return "never"


def broken() -> str:
    raise RuntimeError("no\nluck")


def greedy() -> str:
    return str(len(bytearray(1 << 40)))


def test_an_answer_comes_with_its_time() -> None:
    row = child("c", "t", quick, 7, limit=10)
    assert (row["case"], row["tool"], row["answer"], row["value"]) == ("c", "t", "done", 7)
    assert 0 <= row["seconds"] < 10


def test_a_late_child_is_ended() -> None:
    start = time.perf_counter()
    row = child("c", "t", late, limit=0.2)
    assert time.perf_counter() - start < 20
    assert (row["seconds"], row["answer"], row["over"]) == (None, "no answer", 0.2)


@pytest.mark.parametrize(
    ("function", "imports", "answer"),
    [
        (broken, [], "failed: RuntimeError"),
        (greedy, [], "out of memory"),
        (quick, ["no_such_solver"], "not installed: no_such_solver"),
    ],
)
def test_a_tool_that_fails_is_shown_as_such(function, imports, answer) -> None:
    row = child("c", "t", function, imports=imports, limit=10)
    assert row["seconds"] is None
    assert row["answer"].startswith(answer)


def test_ratios_are_against_our_fastest_and_say_when_they_are_bounds() -> None:
    rows = runner.with_ratios(
        [
            {"case": "a", "tool": "certify fold", "seconds": 0.5, "answer": "proved"},
            {"case": "a", "tool": "certify smt", "seconds": 2.0, "answer": "proved"},
            {"case": "a", "tool": "z3", "seconds": 4.0, "answer": "unsat"},
            {"case": "a", "tool": "cvc5", "seconds": None, "answer": "no answer", "over": 60.0},
            {"case": "b", "tool": "z3", "seconds": 1.0, "answer": "unsat"},
        ]
    )
    assert [row.get("ratio") for row in rows] == [None, None, 8.0, 120.0, None]
    assert runner.shown(rows[2], "ratio") == "8"
    assert runner.shown(rows[3], "ratio") == "> 120"
    assert runner.shown(rows[3], "seconds") == "> 60"


@pytest.mark.parametrize("n", [1, 2, 5, 6])
def test_the_direct_encoding_says_what_it_should(n: int) -> None:
    text = parity.direct_encoding(n)
    assert z3_answer(text) == cvc5_answer(text) == "unsat"
    moved = text.replace("(- s 0.0)", "(- s (/ 1.0 262144.0))")
    assert moved != text
    assert z3_answer(moved) == cvc5_answer(moved) == "sat"


def test_figures_are_kept_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"case": "a", "tool": "z3", "seconds": 1.0, "answer": "unsat"}
    monkeypatch.setitem(runner.BENCHMARKS, "one", ("a title", lambda limit: [row]))
    assert runner.main(["one", "-o", str(tmp_path / "deep" / "bench.json")]) == 0
    kept = json.loads((tmp_path / "deep" / "bench.json").read_text())
    assert kept["one"] == {"title": "a title", "rows": [row]}
    assert kept["machine"]["cores"] >= 1


def test_the_longest_runs_only_when_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = []
    monkeypatch.setattr(
        runner,
        "BENCHMARKS",
        {n: ("a title", lambda _, n=n: ran.append(n) or []) for n in ("one", *runner.BY_NAME)},
    )
    for arguments in ([], list(runner.BY_NAME)):
        assert runner.main([*arguments, "-o", str(tmp_path / "bench.json")]) == 0
    assert ran == ["one", *runner.BY_NAME]


def test_certify_answers_in_a_child_too() -> None:
    row = child("c", "certify", parity.proved_and_checked, 13, imports=["certify"], limit=30)
    assert row["answer"] == "proved by fold"
    assert row["bytes"] > 0


def test_the_plot_is_one_line_for_each_tool_with_an_answer() -> None:
    rows = [
        {"case": "a", "tool": "certify", "seconds": 0.01, "size": 10},
        {"case": "b", "tool": "certify", "seconds": 1.0, "size": 1000},
        {"case": "a", "tool": "z3 <direct>", "seconds": 5.0, "size": 10},
        {"case": "b", "tool": "cvc5", "seconds": None, "size": 1000},
    ]
    drawing = ElementTree.fromstring(plot("time & size", rows))
    lines = drawing.findall("{*}polyline")
    assert [len(line.attrib["points"].split()) for line in lines] == [2, 1]
    assert lines[0].attrib["points"].split()[0].startswith("70.0,")
    words = [text.text for text in drawing.findall("{*}text")]
    assert "time & size" in words
    assert "z3 <direct>" in words
    assert "cvc5" not in words


def test_a_plot_of_nothing_is_still_a_drawing() -> None:
    assert ElementTree.fromstring(plot("empty", [])).tag.endswith("svg")
