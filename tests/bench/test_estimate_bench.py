"""The benchmarks of estimates on tiny cases: every part runs, and says what it should."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch

from certify.bench import estimate, gpu
from certify.estimate import accumulate
from certify.estimate.ladder import rungs
from certify.estimate.sampling import Sampler
from certify.prove.answers import Options


def test_all_tools_of_one_case_and_the_limit() -> None:
    rows = estimate.measured(8, True, samples=4096, rounds=1)["rows"]
    tools = [row["tool"].partition(",")[0] for row in rows]
    assert tools == ["certify", "naive torch", "naive torch", "limit: all products in float32"]
    assert all(row["seconds"] > 0 and row["cpu_ns"] > 0 for row in rows)
    ours, naive = float(rows[0]["answer"]), float(rows[1]["answer"])
    assert abs(ours - naive) < 0.2 * naive  # both are means over 4096 samples of one law
    assert [row.get("cpu_ratio", 0) > 0 for row in rows] == [False, True, True, True]


def test_a_larger_network_has_zeros_in_a_matrix_as_large() -> None:
    found = estimate.network(64, True, 1, share=1 / 16)
    assert [layer.width for layer in found.layers] == [64, 64, 1]
    assert all(len(row) <= 4 for layer in found.layers[1:] for row in layer.rows)


def test_sums_are_compared_case_by_case() -> None:
    rows = gpu.same_sums("cpu", samples=3000, widths=(8,))["rows"]
    answers = {row["case"]: row["answer"] for row in rows}
    exact = {case for case, answer in answers.items() if answer == "the same to the bit"}
    assert exact == {"integer, width 8", "perturbed", "grid"}
    rounded = {case for case, answer in answers.items() if answer == "within the rounding bounds"}
    assert rounded == {"trained, width 8", "box", "normal"}


def test_sums_that_differ_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = Sampler.draw

    def moved(self: Sampler, start: int, stop: int) -> tuple[torch.Tensor, torch.Tensor | None]:
        return draw(self, start + 1, stop + 1) if stop - start == 375 else draw(self, start, stop)

    monkeypatch.setattr(accumulate.Sampler, "draw", moved)  # the last shard of eight is wrong
    rows = gpu.same_sums("cpu", samples=3000, widths=(8,))["rows"]
    [row] = [row for row in rows if row["case"] == "integer, width 8"]
    assert row["answer"] == "NOT the same to the bit (batch/shards): 1000/8, 65536/8"


def test_short_types_say_that_they_are_the_same_or_why_they_are_refused() -> None:
    rows = gpu.short_types("cpu", samples=3000)["rows"]
    assert rows[0]["tool"] == "sums in plain"
    for row in rows:
        assert row["answer"] == "the same to the bit" or "the product with" in row["answer"]
    assert rows[0]["answer"] == "the same to the bit"


def test_an_enumeration_is_the_kernels_value() -> None:
    found = gpu.enumeration(10, 60)
    claim = gpu.average(32, True, inputs=10)
    [value] = {
        rung.value for rung in rungs(claim, Options(), every=True) if rung.name == "enumerate"
    }
    assert Fraction(found["answer"]) == value


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_one_row_says_so() -> None:
    [row] = gpu.rows(limit=60)
    assert row["answer"] == "no CUDA device: torch finds none"
