"""ONNX models for tests, and onnxruntime's answer to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from certify.kernel.data.network import Network
from certify.networks.onnx.read import read_onnx

KINDS = {
    "float16": TensorProto.FLOAT16,
    "float32": TensorProto.FLOAT,
    "float64": TensorProto.DOUBLE,
}


def proto(
    nodes: Sequence[Any],
    shape: Sequence[int | str | None],
    constants: Mapping[str, Any],
    *,
    dtype: str = "float32",
    opset: int = 13,
) -> Any:
    """A model from x to y; constants are arrays or tensors."""
    graph = helper.make_graph(
        list(nodes),
        "test",
        [helper.make_tensor_value_info("x", KINDS[dtype], list(shape))],
        [helper.make_tensor_value_info("y", KINDS[dtype], None)],
        [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()],
    )
    return helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", opset)])


def model(*arguments: Any, **options: Any) -> bytes:
    """The bytes of :func:`proto`."""
    return proto(*arguments, **options).SerializeToString()


def onnxruntime_says(data: bytes | str, x: Any) -> Any:
    """onnxruntime's output, without the optimisations that round differently."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def exactly(x: Any) -> list[Fraction]:
    """The rationals that an array stores."""
    return [Fraction(v) for v in np.asarray(x).reshape(-1).tolist()]


def agree(
    data: bytes, shape: Sequence[int], *, points: int = 3, dtype: str = "float32", seed: int = 0
) -> Network:
    """Import the model; its outputs at small dyadic points are the rationals onnxruntime gives."""
    network = read_onnx(data)
    rng = np.random.default_rng(seed)
    for _ in range(points):
        x = (rng.integers(-16, 17, size=shape) / 2).astype(dtype)
        assert list(network(exactly(x))) == exactly(onnxruntime_says(data, x))
    return network


def close(data: bytes, shape: Sequence[int], *, points: int = 3, seed: int = 0) -> Network:
    """Import the model; its outputs at random points are onnxruntime's but for rounding."""
    network = read_onnx(data)
    rng = np.random.default_rng(seed)
    for _ in range(points):
        x = rng.normal(size=shape).astype(np.float32)
        ours = np.array([float(v) for v in network(exactly(x))])
        theirs = onnxruntime_says(data, x).reshape(-1)
        np.testing.assert_allclose(theirs, ours, rtol=1e-4, atol=1e-4)
    return network
