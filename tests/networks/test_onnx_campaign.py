"""Random ONNX graphs: read as onnxruntime runs them, or refused in one line; never different."""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from certify.kernel.verdict import Malformed
from certify.networks.onnx.ops import OPERATORS
from certify.networks.onnx.read import read_onnx
from certify.networks.reading import Reading

POINTS = 3
ALONE = Reading(replay=False, say=lambda _: None)  # what the reader gives by itself


@pytest.fixture(scope="module")
def graphs() -> ModuleType:
    """The generator of random graphs."""
    path = Path(__file__).with_name("onnx_graphs.py")
    spec = importlib.util.spec_from_file_location("onnx_graphs", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def compared(graphs: ModuleType, seed: Any) -> tuple[str, Any]:
    """What became of one graph ("equal", "rounded", or why it was refused), and its model."""
    drawn = graphs.graph(seed)
    model = drawn.whole_model()
    data = model.SerializeToString()
    refusal = ""
    try:
        network = read_onnx(data, ALONE)
    except Malformed as error:
        refusal = str(error)
    if refusal:
        assert "\n" not in refusal
        return f"refused: {refusal.partition('): ')[2] or refusal}", model
    try:
        run = graphs.session(data)
    except graphs.REFUSALS:  # every node runs by itself, but its shapes are inferred otherwise
        return "onnxruntime refuses the whole", model
    for _ in range(POINTS):
        x = (drawn.rng.integers(-8, 9, size=drawn.shape) / 2).astype(drawn.dtype)
        theirs = run.run(None, {"x": x})[0].reshape(-1)
        ours = network([Fraction(float(v)) for v in x.reshape(-1)])
        where = f"seed {seed}: {graphs.text(model)}\nat {x.tolist()}"
        assert len(ours) == theirs.size, where
        assert np.isfinite(theirs).all(), where
        if drawn.rounds:
            near = np.array([float(v) for v in ours])
            assert np.allclose(near, theirs, rtol=1e-4, atol=1e-3), (where, near, theirs)
        else:
            assert list(ours) == [Fraction(float(v)) for v in theirs], (where, ours, theirs)
    assert read_onnx(data) == network  # and its replay finds nothing
    return "rounded" if drawn.rounds else "equal", model


def campaign(graphs: ModuleType, start: int, count: int) -> tuple[Counter[str], Counter[str]]:
    """What became of the graphs of these seeds, and how often each operator was read."""
    outcomes: Counter[str] = Counter()
    read: Counter[str] = Counter()
    for seed in range(start, start + count):
        outcome, model = compared(graphs, seed)
        outcomes[outcome] += 1
        if not outcome.startswith("refused"):
            read.update({node.op_type for node in model.graph.node})
    return outcomes, read


def test_some_random_graphs(graphs: ModuleType) -> None:
    outcomes, _ = campaign(graphs, 0, 100)
    assert outcomes["equal"] >= 40


@pytest.mark.slow
def test_five_thousand_random_graphs(graphs: ModuleType) -> None:
    outcomes, read = campaign(graphs, 1_000, 5_000)
    print(outcomes.most_common(60), read)  # with -s
    assert outcomes["equal"] >= 2_500
    assert not OPERATORS.keys() - read.keys()
