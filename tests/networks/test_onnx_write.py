"""Export and import again: the same network, or a refusal that names the weight."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx.reference import ReferenceEvaluator

from certify.kernel.data.network import Network, affine_layer, sparse
from certify.kernel.verdict import Malformed
from certify.networks.onnx.read import read_onnx
from certify.networks.onnx.write import write_onnx


def dyadics(bits: int, lowest: int, highest: int) -> Any:
    """Numbers m·2^e with |m| < 2^bits."""
    top = (1 << bits) - 1
    return st.one_of(
        st.just(Fraction(0)),
        st.integers(-3, 3).map(Fraction),
        st.builds(
            lambda m, e: Fraction(m) * Fraction(2) ** e,
            st.integers(-top, top),
            st.integers(lowest, highest),
        ),
    )


@st.composite
def networks(draw: Any, numbers: Any) -> Network:
    """Up to four layers of up to four components, zero rows and mixed masks included."""
    width = inputs = draw(st.integers(1, 4))
    layers = []
    for _ in range(draw(st.integers(1, 4))):
        rows = draw(
            st.lists(st.lists(numbers, min_size=width, max_size=width), min_size=1, max_size=4)
        )
        bias = [draw(numbers) for _ in rows]
        relu = [draw(st.booleans()) for _ in rows]
        layers.append(affine_layer(width, map(sparse, rows), bias, relu))
        width = len(rows)
    return Network(inputs, tuple(layers))


@settings(max_examples=60)
@given(networks(dyadics(24, -149, 104)))
def test_float32_round_trip(network: Network) -> None:
    data = write_onnx(network)
    again = read_onnx(data)
    assert again == network
    assert again.digest == network.digest
    assert write_onnx(again) == data
    assert not any(layer.lowered for layer in again.layers)
    proto = onnx.load_model_from_string(data)
    onnx.checker.check_model(proto, full_check=True)
    assert proto.graph.initializer[0].data_type == onnx.TensorProto.FLOAT


@settings(max_examples=60)
@given(networks(dyadics(53, -1074, 971)))
def test_float64_round_trip(network: Network) -> None:
    again = read_onnx(write_onnx(network, "float64"))
    assert again == network
    assert read_onnx(write_onnx(network)) == network


@settings(max_examples=30)
@given(networks(st.integers(-3, 3).map(Fraction)), st.integers(0, 2**32))
def test_onnxruntime_reads_what_was_written(models: Any, network: Network, seed: int) -> None:
    x = np.random.default_rng(seed).integers(-4, 5, size=(1, network.inputs))
    narrow = models.onnxruntime_says(write_onnx(network), x.astype(np.float32))
    assert list(network(models.exactly(x))) == models.exactly(narrow)
    # onnxruntime has no PRelu for float64; the reference implementation has
    wide = ReferenceEvaluator(onnx.load_model_from_string(write_onnx(network, "float64")))
    assert list(network(models.exactly(x))) == models.exactly(
        wide.run(None, {"input": x.astype(float)})[0]
    )


def single(value: Fraction) -> Network:
    return Network(2, (affine_layer(2, [sparse([Fraction(1), value])]),))


def kind(data: bytes) -> int:
    return onnx.load_model_from_string(data).graph.initializer[0].data_type


def test_the_smallest_exact_type_is_taken() -> None:
    assert kind(write_onnx(single(Fraction(2**24 - 1)))) == onnx.TensorProto.FLOAT
    assert kind(write_onnx(single(Fraction(2**24 + 1)))) == onnx.TensorProto.DOUBLE
    assert kind(write_onnx(single(Fraction(1, 2**149)))) == onnx.TensorProto.FLOAT
    assert kind(write_onnx(single(Fraction(1, 2**150)))) == onnx.TensorProto.DOUBLE
    assert kind(write_onnx(single(Fraction(2**127)))) == onnx.TensorProto.FLOAT
    assert kind(write_onnx(single(Fraction(2**128)))) == onnx.TensorProto.DOUBLE
    assert kind(write_onnx(single(Fraction(1)), "float64")) == onnx.TensorProto.DOUBLE


@pytest.mark.parametrize(
    ("value", "dtype", "message"),
    [
        (Fraction(1, 3), None, "layer 1, row 0: 1/3 is not a float64"),
        (Fraction(2**53 + 1), None, f"layer 1, row 0: {2**53 + 1} is not a float64"),
        (Fraction(2**1024), None, "layer 1, row 0: a number of over 1000 bits is not a float64"),
        (
            -Fraction(2**1030, 3),
            None,
            "layer 1, row 0: a number of over 1000 bits is not a float64",
        ),
        (Fraction(15**300), None, "layer 1, row 0: a number of over 1000 bits is not a float64"),
        (Fraction(1, 2**1075), None, "is not a float64"),
        (Fraction(2**24 + 1), "float32", "layer 1: 16777217.0 is not a float32"),
        (Fraction(2**128), "float32", "layer 1: 3.402823669209385e+38 is not a float32"),
        (Fraction(1, 2**150), "float32", "is not a float32"),
        (Fraction(1), "float16", "no such type: 'float16' (known: float32, float64)"),
    ],
)
def test_refused(value: Fraction, dtype: str | None, message: str) -> None:
    with pytest.raises(Malformed) as caught:
        write_onnx(single(value), dtype)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 200
