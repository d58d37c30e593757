"""An ONNX model against what was read of it: onnxruntime, on points, node by node.

What the output depends on runs as written, without the runtime's rewriting and in a process of
its own, and shows every tensor. Constants that it folds are rounded where the reader's are exact;
how far they are apart is measured, may be a few roundings, and goes into the bounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import zip_longest
from typing import Any

import numpy as np

from ...kernel.data.network import Network
from ...kernel.verdict import Malformed, shorten
from ..apart import Failed, apart
from ..comparison import (
    LARGE,
    Mismatch,
    Shown,
    compare,
    first_difference,
    points,
    within_range,
)
from ..constants import fractions
from ..graph import Array, Graph, Tensor, Value
from ..reading import Reading
from ..rounding import DOUBLE, HALF, SINGLE, Added, Floats, Precision, number
from ..trace import Trace
from .live import live_model

NO_REPLAY = "the ONNX model was not replayed: the network is what the reader read"
PRECISIONS = {"float64": DOUBLE, "float32": SINGLE, "float16": HALF}
DIFFERS = "what was read is not what the runtime computes"
POINTS = 4
FOLDS = 256  # roundings of one folded constant


def replay(
    model: Any,
    graph: Graph,
    trace: Trace,
    values: Mapping[str, Value],
    network: Network,
    reading: Reading,
) -> None:
    """Raise Malformed where onnxruntime computes other values, naming the node.

    Says so where onnxruntime is not installed, or has no kernel for the model.
    """
    try:
        import onnxruntime
    except ImportError:
        reading.say("onnxruntime is not installed, so the ONNX model was not replayed")
        return
    names = [
        n
        for node in graph.nodes
        for n, kind in zip_longest(node.outputs, node.makes)
        if n in values and kind != "bfloat16"  # numpy has no such type
    ]
    size = sum(len(row) for layer in network.layers for row in layer.rows)
    at = points(network.inputs, POINTS if size < LARGE else 2)

    def run() -> list[list[Array]]:
        session = _session(onnxruntime, live_model(model, graph, names))
        return [session.run(names, {graph.input: x}) for x in _inputs(session, graph, at)]

    try:
        runs = apart(run)
    except Failed as error:
        text = shorten(" ".join(str(error).split()), 200)
        if error.kind == "NotImplemented":
            reading.say(f"not replayed: onnxruntime has no kernel for the model: {text}")
            return
        if reading.no_checker:
            reading.say(f"read although onnxruntime refuses it: {text}")
            return
        message = f"onnxruntime refuses the model (--no-replay reads it all the same): {text}"
        raise Malformed("", message) from None
    if told := _compare(graph, trace, values, network, at, names, runs):
        reading.say(told)


def _session(onnxruntime: Any, model: Any) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def _inputs(session: Any, graph: Graph, at: Array) -> list[Array]:
    kinds = {entry.name: entry.type for entry in session.get_inputs()}
    types = {"tensor(double)": np.float64, "tensor(float16)": np.float16}
    kind = types.get(kinds[graph.input], np.float32)
    return [column.reshape(graph.shape).astype(kind) for column in at.T]


def _compare(
    graph: Graph,
    trace: Trace,
    values: Mapping[str, Value],
    network: Network,
    at: Array,
    names: list[str],
    runs: list[list[Array]],
) -> str:
    places = {name: node.place for node in graph.nodes for name in node.outputs}
    precision = _precision(runs[0])
    shown: dict[str, Shown] = {}
    drift = 0.0
    for k, name in enumerate(names):
        value, theirs = values[name], [run[k] for run in runs]
        if not hasattr(value, "shape") or tuple(value.shape) != theirs[0].shape:
            sizes = f"shape {list(theirs[0].shape)}, what was read has {list(value.shape)}"
            raise Malformed(places[name], f"{DIFFERS}: onnxruntime gives {sizes}")
        if isinstance(value, Tensor) and theirs[0].dtype.kind == "f":
            flat = np.stack([t.astype(np.float64).reshape(-1) for t in theirs], axis=1)
            shown[name] = Shown(places[name], value.ids.reshape(-1), flat)
        elif isinstance(value, np.ndarray):
            drift = max(drift, _drift(value, theirs[0], places[name], precision))
    precision = replace(precision, drift=drift)
    outputs = shown[graph.output].values
    kept = within_range(trace, at, list(shown.values()), precision, "onnxruntime")
    found = kept if isinstance(kept, Mismatch) else None
    if found is None:
        found = first_difference(trace, at, list(shown.values()), precision, "onnxruntime")
    if found is None and not isinstance(kept, Mismatch):
        mine = Floats(network, Added.of(trace)).evaluate(at, precision).at(kept)
        found = compare(mine, at[:, kept], outputs[:, kept], "onnxruntime")
        if not kept.any():
            return "not replayed: onnxruntime leaves its type's range at every point tried"
    if found is not None:
        raise Malformed("", f"{DIFFERS}: {found}")
    return ""


def _precision(arrays: list[Array]) -> Precision:
    """The coarsest type that the model computes in."""
    kinds = [PRECISIONS[a.dtype.name] for a in arrays if a.dtype.name in PRECISIONS]
    return max(kinds, key=lambda p: p.unit, default=SINGLE)


def _drift(mine: Array, theirs: Array, place: str, precision: Precision) -> float:
    """How far a constant that the runtime computes is from that of the reader."""
    if mine.dtype.kind in "iub":
        if not np.array_equal(mine, theirs):
            raise Malformed(place, f"{DIFFERS}: a constant {shorten(theirs.tolist())}")
        return 0.0
    values = np.array([number(v) for v in fractions(mine)])
    gaps = np.abs(values - theirs.astype(np.float64).reshape(-1))
    largest = np.abs(values).max(initial=0.0)
    if not (gaps <= FOLDS * precision.unit * largest).all():
        raise Malformed(place, f"{DIFFERS}: a constant {shorten(theirs.tolist())}")
    return float(gaps.max(initial=0.0))
