"""Networks: layers x ↦ σ(Wx + b) over the rationals, kept as written.

Definition 1 of the paper, with σ either ReLU or the identity for each component.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from ..verdict import Malformed
from . import exact
from .exact import Batch, IntegerLayer
from .given import vector
from .numbers import ONE, ZERO, format_rational, square_sum

Row = tuple[tuple[int, Fraction], ...]  # (column, nonzero weight), columns increasing


@dataclass(frozen=True)
class Layer:
    """One layer: ``columns`` inputs, one component for each row of the matrix."""

    columns: int
    rows: tuple[Row, ...]
    bias: tuple[Fraction, ...]
    relu: tuple[bool, ...]
    lowered: str = field(default="", compare=False)  # the operator that it came from

    @property
    def width(self) -> int:
        """The number of components."""
        return len(self.rows)

    @cached_property
    def integers(self) -> IntegerLayer:
        """The layer over one common denominator."""
        return exact.integer_layer(self.columns, self.rows, self.bias, self.relu)

    @cached_property
    def frobenius_squared(self) -> Fraction:
        """‖W‖_F², exactly."""
        return square_sum(v for row in self.rows for _, v in row)


@dataclass(frozen=True)
class Network:
    """A network with ``inputs`` inputs: ℝ^inputs → ℝ^outputs.

    Raises Malformed where the layers do not fit each other.
    """

    inputs: int
    layers: tuple[Layer, ...]
    source: str = field(default="", compare=False)  # SHA-256 of the ONNX file's bytes

    def __post_init__(self) -> None:
        width = self.inputs
        if width < 1:
            raise Malformed("", "a network needs at least one input")
        if not self.layers:
            raise Malformed("", "a network needs at least one layer")
        for number, layer in enumerate(self.layers, start=1):
            if layer.columns != width:
                raise Malformed("", f"layer {number} takes {layer.columns} inputs, not {width}")
            if not layer.width == len(layer.bias) == len(layer.relu):
                raise Malformed("", f"layer {number}: weight, bias and relu differ in length")
            if layer.width < 1:
                raise Malformed("", f"layer {number} has no components")
            for row in layer.rows:
                last = -1
                for column, weight in row:
                    if not last < column < width or weight == 0:
                        raise Malformed("", f"layer {number}: row not sparse, sorted and in range")
                    last = column
            width = layer.width

    @property
    def outputs(self) -> int:
        """The number of outputs."""
        return self.layers[-1].width

    @property
    def depth(self) -> int:
        """The number of layers, as written."""
        return len(self.layers)

    def __call__(self, point: Any) -> tuple[Fraction, ...]:
        """The exact outputs at one point: a list, array or tensor of exact numbers.

        Floats are taken as ``certify.exactly(point)``: see :mod:`certify.kernel.data.given`. Raises
        Malformed where the point is not one number for each input.
        """
        try:
            values = vector(point)
        except Malformed as error:
            raise Malformed(f"point{error.at}", error.message) from None
        if len(values) != self.inputs:
            raise Malformed("", f"the network takes {self.inputs} inputs, not {len(values)}")
        return self.evaluate(exact.batch([values], self.inputs)).fractions()[0]

    def evaluate(self, inputs: Batch) -> Batch:
        """The exact outputs at every point of a batch."""
        for layer in self.layers:
            inputs = exact.apply(layer.integers, inputs)
        return inputs

    def slice(self, start: int, stop: int) -> Network:
        """Layers start + 1 … stop (Definition 2, read as (start, stop])."""
        if not 0 <= start < stop <= self.depth:
            raise Malformed("", f"no layers ({start}, {stop}] in a network of depth {self.depth}")
        columns = self.layers[start].columns
        return Network(columns, self.layers[start:stop])

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical form, hexadecimal."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    @property
    def binding(self) -> str:
        """What a certificate records: the digest, and the ONNX file's where there is one."""
        return f"{self.digest}/onnx:{self.source}" if self.source else self.digest

    def to_json(self) -> dict[str, object]:
        """The canonical form: sparse matrices, reduced rationals."""
        return {
            "format": "certify-network-1",
            "inputs": self.inputs,
            "layers": [
                {
                    "weight": {
                        "rows": layer.width,
                        "columns": layer.columns,
                        "entries": [
                            [r, c, format_rational(v)]
                            for r, row in enumerate(layer.rows)
                            for c, v in row
                        ],
                    },
                    "bias": [format_rational(v) for v in layer.bias],
                    "relu": _mask(layer.relu),
                }
                for layer in self.layers
            ],
        }

    def canonical(self) -> str:
        """The canonical form as text: keys sorted, no white space."""
        return json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))


def _mask(relu: tuple[bool, ...]) -> bool | list[int]:
    if all(relu):
        return True
    return [i for i, cut in enumerate(relu) if cut] or False


def sparse(values: Iterable[Fraction]) -> Row:
    """A dense row without its zeros."""
    return tuple((c, v) for c, v in enumerate(values) if v)


def affine_layer(
    columns: int,
    rows: Iterable[Row],
    bias: Iterable[Fraction] | None = None,
    relu: bool | Iterable[bool] = False,
    lowered: str = "",
) -> Layer:
    """A layer from sparse rows; bias 0 and one σ for all unless given."""
    rows = tuple(rows)
    mask = (relu,) * len(rows) if isinstance(relu, bool) else tuple(relu)
    offsets = (ZERO,) * len(rows) if bias is None else tuple(bias)
    return Layer(columns, rows, offsets, mask, lowered)


def identity_layer(width: int, lowered: str = "") -> Layer:
    """x ↦ x as a layer."""
    return affine_layer(width, (((i, ONE),) for i in range(width)), lowered=lowered)
