"""The system of the whole domain: layers as written become a tableau of integers.

See ``bounds`` for systems, and for what a smaller region makes of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from ...data.network import Layer, Network, Row, identity_layer
from ...data.numbers import ONE
from ...language.sets import Polyhedron
from .backsubstitution import neuron_bounds
from .system import EXTRA, UNIT, Held, System, coarse, entries, measured, rise
from .tableau import RANGE, Basis, Group, Ints, Leaves, Tableau

Form = dict[int, Fraction]  # column → weight


def joined(networks: Sequence[Network]) -> tuple[Layer, ...]:
    """Networks on the same input as one; their outputs one after another."""
    layers = []
    for k in range(max(network.depth for network in networks)):
        parts = [n.layers[k] if k < n.depth else identity_layer(n.outputs) for n in networks]
        rows: list[Row] = []
        start = 0
        for part in parts:
            rows += [tuple((start + c, v) for c, v in row) for row in part.rows]
            start += part.columns if k else 0
        bias = tuple(b for part in parts for b in part.bias)
        relu = tuple(r for part in parts for r in part.relu)
        layers.append(Layer(start or parts[0].columns, tuple(rows), bias, relu))
    return tuple(layers)


def root(
    layers: Sequence[Layer],
    domain: Polyhedron,
    sides: Sequence[tuple[Fraction, Fraction]],
    goals: Sequence[tuple[Row, Fraction]],
    bits: int,
) -> System:
    """The system of the whole domain, with every component still in it.

    ``sides`` bound the domain's parameters; ``goals`` are rows over (x, y) with constants,
    where y are the components of the last layer; ``bits`` are those of the coarse tableau.
    """
    one = len(sides)  # the column of the constant
    ends: list[Form] = [{i: (b - a) / 2, one: (a + b) / 2} for i, (a, b) in enumerate(sides)]
    points = [_combine(r, ends, one, o) for r, o in zip(domain.matrix, domain.offset, strict=True)]
    before, scales = points, [0] * (one + 1)
    groups: list[Group] = []
    rough: list[Group] = []
    bits += EXTRA
    whole = Leaves([[-UNIT] * one], [[UNIT] * one], [{}], [{}])
    for number, layer in enumerate(layers):
        first = len(scales) - len(before) if number else 0
        width = len(scales) - first
        forms, errors, powers = [], [], []
        for row, bias in zip(layer.rows, layer.bias, strict=True):
            if number:  # the components of the layer before are variables
                form = {first + c: v for c, v in row} | ({one: bias} if bias else {})
            else:
                form = _combine(row, before, one, bias)
            power = _size(form, scales)
            dense, error = _rounded(form, scales, power, bits)
            forms.append([*dense[first : first + width], dense[one]])
            if first <= one:
                forms[-1][one - first] = 0
            errors.append(error)
            powers.append(power)
        reach = [
            (sum(map(abs, f)) + e) >> (bits - RANGE) for f, e in zip(forms, errors, strict=True)
        ]
        group = Group(
            first, forms, errors, [-r - 1 for r in reach], [r + 1 for r in reach], layer.relu
        )
        grown = Tableau(bits - EXTRA, one, (*rough, coarse(group)))
        low, high = neuron_bounds(grown, whole, number)[0][-1]
        group = replace(group, low=low, high=high)
        shifts = [rise(bits, *entry) for entry in entries(group)]
        groups.append(measured(group, shifts))
        rough.append(coarse(groups[-1]))
        before = [{len(scales) + i: ONE} for i in range(layer.width)]
        scales += [power - shift for power, shift in zip(powers, shifts, strict=True)]
    tableau = Tableau(bits, one, tuple(groups))
    starts = tableau.starts
    wanted = [_combine(row, points + before, one, c) for row, c in goals]
    scale = max(_size(form, scales) for form in wanted)
    lines = [_rounded(form, scales, scale, bits) for form in wanted]
    held = []
    for k, (row, bound) in enumerate(domain.rows):
        form = _combine(tuple((c, -v) for c, v in row), ends, one, bound)
        power = _size(form, scales)
        held.append(Held(k, *_rounded(form, scales, power, bits), power))
    return System(
        tableau,
        tuple(tuple((k, i) for i in range(layer.width)) for k, layer in enumerate(layers)),
        tuple(scales[starts[k] : starts[k + 1]] for k in range(len(groups))),
        Basis([row for row, _ in lines], [error for _, error in lines]),
        scale,
        tuple(held),
        {},
        [0] * one,
        [0] * one,
    )


def _combine(row: Row, forms: Sequence[Form], one: int, constant: Fraction) -> Form:
    """Σ row·forms + constant."""
    total: Form = {one: constant} if constant else {}
    for c, weight in row:
        for column, v in forms[c].items():
            held = total.get(column)
            total[column] = weight * v if held is None else held + weight * v
    return total


def _size(form: Form, scales: Sequence[int]) -> int:
    """e such that every |weight|·2^scale < 2^e; 0 for the zero form."""
    return max(
        (
            v.numerator.bit_length() - v.denominator.bit_length() + 1 + scales[c]
            for c, v in form.items()
            if v
        ),
        default=0,
    )


def _rounded(form: Form, scales: Sequence[int], power: int, bits: int) -> tuple[Ints, int]:
    """The form over all columns, divided by 2^power, rounded down; how many weights were."""
    dense, error = [0] * len(scales), 0
    for c, v in form.items():
        rise = bits + scales[c] - power
        top, bottom = v.numerator, v.denominator
        if rise >= 0:
            dense[c], rest = divmod(top << rise, bottom)
        else:
            dense[c], rest = divmod(top, bottom << -rise)
        error += rest != 0
    return dense, error
