"""Write networks down in exact numbers.

Every block is a :class:`Network`; larger ones are put together from smaller ones:

    xor = Sequential(relu([[1, 1], [1, 1]], [0, -1]), linear([[1, -2]]))

A number is an integer or a rational of any library, a Decimal, or text of the claims'
grammar: ``"1/3"``, ``"1.25"``, ``"2^-60"``. A float is refused, for 0.1 is not 1/10; wrapped
as ``exactly(0.1)`` it is the dyadic rational that it stores. Everything here raises
Malformed where its arguments do not fit.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from ..kernel.data.given import exactly, number
from ..kernel.data.network import Layer, Network, Row, affine_layer, identity_layer
from ..kernel.data.numbers import ONE
from ..kernel.verdict import Malformed

Exact = int | Fraction | str
Weights = Sequence[Sequence[Exact] | Mapping[int, Exact]]

__all__ = [
    "Exact",
    "Sequential",
    "Weights",
    "compose",
    "delay",
    "delayed",
    "exactly",
    "linear",
    "number",
    "permute",
    "product",
    "relu",
    "rescale",
    "scramble",
    "slice",
]

# ----------------------------------------------------------------- blocks


def linear(
    weight: Weights, bias: Sequence[Exact] | None = None, *, inputs: int | None = None
) -> Network:
    """One layer x ↦ Wx + b.

    A row of ``weight`` is a sequence with one number for each input, or a mapping
    {column: number}; where every row is a mapping, ``inputs`` is needed. No bias is 0.
    """
    return _block(weight, bias, inputs, False)


def relu(
    weight: Weights, bias: Sequence[Exact] | None = None, *, inputs: int | None = None
) -> Network:
    """One layer x ↦ max(Wx + b, 0) per component; arguments as in :func:`linear`."""
    return _block(weight, bias, inputs, True)


def _block(weight: Weights, bias: Sequence[Exact] | None, inputs: int | None, cut: bool) -> Network:
    if len(weight) == 0:
        raise Malformed("weight", "no rows")
    widths = {len(row) for row in weight if not isinstance(row, Mapping)}
    if inputs is not None:
        widths.add(inputs)
    if len(widths) != 1:
        found = " and ".join(map(str, sorted(widths))) or "no"
        raise Malformed("weight", f"rows of one length are needed, found {found} columns")
    (columns,) = widths
    rows = tuple(_row(row, columns, f"weight/{i}") for i, row in enumerate(weight))
    offsets = None if bias is None else _numbers(bias, "bias")
    if offsets is not None and len(offsets) != len(rows):
        raise Malformed("bias", f"expected {len(rows)} entries, found {len(offsets)}")
    return Network(columns, (affine_layer(columns, rows, offsets, cut),))


def _row(row: Sequence[Exact] | Mapping[int, Exact], columns: int, at: str) -> Row:
    if not isinstance(row, Mapping):
        return tuple((c, v) for c, v in enumerate(_numbers(row, at)) if v)
    for column in row:
        if not isinstance(column, int) or not 0 <= column < columns:
            raise Malformed(at, f"no column {column!r} among {columns}")
    order = sorted(row)
    values = _numbers([row[c] for c in order], at)
    return tuple((c, v) for c, v in zip(order, values, strict=True) if v)


def _numbers(values: Iterable[Exact], at: str) -> tuple[Fraction, ...]:
    result = []
    for i, value in enumerate(values):
        try:
            result.append(number(value))
        except Malformed as error:
            raise Malformed(f"{at}/{i}", error.message) from None
    return tuple(result)


def delay(width: int, layers: int = 1, relu_only: bool = False) -> Network:
    """The identity on ℝ^width, as that many layers.

    With ``relu_only`` it is x = relu(x) − relu(−x): all layers but the last are
    ReLUs, of width 2·width, and so there must be two layers at least.
    ‖W‖_F² = width for each layer; with ``relu_only`` 2·width.
    """
    if width < 1 or layers < 1 + relu_only:
        least = "two layers" if relu_only else "one layer"
        raise Malformed("", f"a delay needs a positive width and at least {least}")
    if not relu_only:
        return Network(width, (identity_layer(width),) * layers)
    held = affine_layer(2 * width, (((i, ONE),) for i in range(2 * width)), relu=True)
    middle = (held,) * (layers - 2)
    return Network(width, (_split_layer(width), *middle, _join_layer(width)))


def _split_layer(width: int) -> Layer:
    """x ↦ (relu(x), relu(−x))."""
    signs = (ONE, -ONE)
    return affine_layer(width, (((i, s),) for s in signs for i in range(width)), relu=True)


def _join_layer(width: int) -> Layer:
    """(p, q) ↦ p − q."""
    return affine_layer(2 * width, (((i, ONE), (width + i, -ONE)) for i in range(width)))


# --------------------------------------------------------- putting together


def Sequential(*networks: Network) -> Network:
    """The networks one after the other, the first one nearest to the input."""
    if not networks:
        raise Malformed("", "Sequential needs at least one network")
    for i, (first, second) in enumerate(pairwise(networks)):
        if first.outputs != second.inputs:
            raise Malformed(
                "", f"network {i} gives {first.outputs} outputs, the next takes {second.inputs}"
            )
    return Network(networks[0].inputs, tuple(layer for net in networks for layer in net.layers))


def compose(outer: Network, inner: Network) -> Network:
    """outer ∘ inner: the layers of ``inner``, then those of ``outer``; none is merged."""
    return Sequential(inner, outer)


def slice(network: Network, start: int, stop: int) -> Network:
    """Layers start + 1 … stop of the network."""
    return network.slice(start, stop)


def product(*networks: Network) -> Network:
    """Networks side by side: concatenated inputs, concatenated outputs.

    All must have one depth; :func:`delay` and :func:`delayed` lengthen the shorter
    ones. ‖W‖_F² of a layer is the sum over the networks.
    """
    if not networks:
        raise Malformed("", "product needs at least one network")
    if len({net.depth for net in networks}) != 1:
        found = ", ".join(str(net.depth) for net in networks)
        raise Malformed("", f"the depths differ ({found}): lengthen with delay or delayed")
    layers = zip(*(net.layers for net in networks), strict=True)
    return Network(sum(net.inputs for net in networks), tuple(map(_side_by_side, layers)))


def _side_by_side(layers: Sequence[Layer]) -> Layer:
    rows: list[Row] = []
    offset = 0
    for layer in layers:
        if offset:
            rows += [tuple([(c + offset, v) for c, v in row]) for row in layer.rows]
        else:
            rows += layer.rows
        offset += layer.columns
    bias = tuple([b for layer in layers for b in layer.bias])
    mask = tuple([cut for layer in layers for cut in layer.relu])
    lowered = " ".join(dict.fromkeys(layer.lowered for layer in layers if layer.lowered))
    return Layer(offset, tuple(rows), bias, mask, lowered)


def delayed(network: Network, before: int, after: int = 0, relu_only: bool = False) -> Network:
    """The same function, ``before`` layers later and held for ``after`` layers.

    With identity delays the layers (before, before + depth] are those of the network.
    With ``relu_only`` a delayed vector z is held as (relu(z), relu(−z)), and the
    difference is taken in the weights of the layer that follows: the delays add
    ReLU layers alone, except that a delay after the network ends in a linear layer.
    The network's last layer must then be linear if ``after`` > 0.
    Source: the construction of f^(i) in the proof of Theorem 3.
    """
    if before < 0 or after < 0:
        raise Malformed("", "a delay cannot be negative")
    n, m = network.inputs, network.outputs
    layers = list(network.layers)
    if not relu_only:
        layers = [identity_layer(n)] * before + layers + [identity_layer(m)] * after
        return Network(n, tuple(layers))
    if after:
        if any(layers[-1].relu):
            raise Malformed("", "a ReLU-only delay after a network needs a linear last layer")
        held = affine_layer(2 * m, (((i, ONE),) for i in range(2 * m)), relu=True)
        layers[-1:] = [_positive_and_negative(layers[-1]), *[held] * (after - 1), _join_layer(m)]
    if before:
        held = affine_layer(2 * n, (((i, ONE),) for i in range(2 * n)), relu=True)
        first = layers[0]
        rows = tuple(row + tuple((c + n, -v) for c, v in row) for row in first.rows)
        layers[:1] = [
            _split_layer(n),
            *[held] * (before - 1),
            replace(first, columns=2 * n, rows=rows),
        ]
    return Network(n, tuple(layers))


def _positive_and_negative(layer: Layer) -> Layer:
    """z ↦ (relu(Wz + b), relu(−Wz − b))."""
    negative = tuple(tuple((c, -v) for c, v in row) for row in layer.rows)
    bias = layer.bias + tuple(-b for b in layer.bias)
    return affine_layer(layer.columns, layer.rows + negative, bias, True, layer.lowered)


# ------------------------------------------------ the same function, rewritten


def permute(network: Network, layer: int, order: Sequence[int]) -> Network:
    """Reorder the hidden neurons of one layer; the function stays the same.

    ``layer`` counts from 1 to depth − 1; the new neuron k is the old ``order[k]``.
    Norms do not change.
    """
    first, second = _hidden(network, layer)
    if sorted(order) != list(range(first.width)):
        raise Malformed("", f"not a permutation of 0 … {first.width - 1}")
    place = {old: new for new, old in enumerate(order)}
    moved = replace(
        first,
        rows=tuple(first.rows[k] for k in order),
        bias=tuple(first.bias[k] for k in order),
        relu=tuple(first.relu[k] for k in order),
    )
    rows = tuple(tuple(sorted((place[c], v) for c, v in row)) for row in second.rows)
    return _exchange(network, layer, moved, replace(second, rows=rows))


def rescale(network: Network, layer: int, factors: Exact | Sequence[Exact]) -> Network:
    """Scale the hidden neurons of one layer, and divide it out in the next.

    ``layer`` counts from 1 to depth − 1; ``factors`` is one number, or one for each
    neuron: positive for a ReLU, nonzero for a linear neuron.
    """
    first, second = _hidden(network, layer)
    if isinstance(factors, str) or not isinstance(factors, Sequence):
        factors = (factors,) * first.width
    scale = _numbers(factors, "factors")
    if len(scale) != first.width:
        raise Malformed("factors", f"expected {first.width} entries, found {len(scale)}")
    for k, (factor, cut) in enumerate(zip(scale, first.relu, strict=True)):
        if factor == 0 or (cut and factor < 0):
            kind = "a ReLU by a positive number" if cut else "a neuron by a nonzero number"
            raise Malformed(f"factors/{k}", f"scale {kind}")
    stretched = replace(
        first,
        rows=tuple(
            tuple((c, v * factor) for c, v in row)
            for row, factor in zip(first.rows, scale, strict=True)
        ),
        bias=tuple(b * factor for b, factor in zip(first.bias, scale, strict=True)),
    )
    rows = tuple(tuple((c, v / scale[c]) for c, v in row) for row in second.rows)
    return _exchange(network, layer, stretched, replace(second, rows=rows))


def scramble(network: Network, seed: int, scales: Sequence[Exact] = (1, 2, "1/2", 3)) -> Network:
    """Permute every hidden layer and rescale its neurons by factors drawn from ``scales``.

    The function stays the same; powers of two as ``scales`` keep dyadic weights dyadic.
    """
    draw = random.Random(seed)
    for layer in range(1, network.depth):
        width = network.layers[layer - 1].width
        order = list(range(width))
        draw.shuffle(order)
        network = permute(network, layer, order)
        network = rescale(network, layer, [draw.choice(scales) for _ in range(width)])
    return network


def _hidden(network: Network, layer: int) -> tuple[Layer, Layer]:
    if not 1 <= layer < network.depth:
        raise Malformed("", f"no hidden layer {layer} in a network of depth {network.depth}")
    return network.layers[layer - 1], network.layers[layer]


def _exchange(network: Network, layer: int, first: Layer, second: Layer) -> Network:
    layers = (*network.layers[: layer - 1], first, second, *network.layers[layer + 1 :])
    return Network(network.inputs, layers)
