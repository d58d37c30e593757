"""Circuits against direct evaluation of the wires that they were built from."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from certify.networks.gadgets._circuit import Circuit, Wire

F = Fraction
Value = Callable[[list[Fraction]], Fraction]


@given(st.integers(0, 2**32), st.booleans())
@settings(max_examples=60)
def test_layers_give_what_the_wires_mean(seed: int, relu_only: bool) -> None:
    draw = random.Random(seed)
    circuit = Circuit(3, relu_only)
    wires: list[tuple[Wire, Value]] = [
        (circuit.input(i), lambda x, i=i: x[i])  # type: ignore[misc]
        for i in range(3)
    ]
    for _ in range(draw.randint(0, 8)):
        (a, f), (b, g) = draw.choice(wires), draw.choice(wires)
        p, q, c = F(draw.randint(-3, 3), 2), F(draw.randint(-2, 2)), F(draw.randint(-4, 4), 3)
        wire = (a * p + b * q).shift(c)
        value: Value = lambda x, f=f, g=g, p=p, q=q, c=c: p * f(x) + q * g(x) + c  # type: ignore[misc]  # noqa: E731
        shape = draw.choice(("affine", "relu", "hold"))
        if shape == "relu":
            wires.append((circuit.relu(wire), lambda x, v=value: max(v(x), F(0))))  # type: ignore[misc]
        else:
            wires.append((circuit.hold(wire) if shape == "hold" else wire, value))
    outputs = draw.sample(wires, draw.randint(1, min(4, len(wires))))
    net = circuit.network([wire for wire, _ in outputs])
    assert not any(net.layers[-1].relu)
    if relu_only:
        assert all(all(layer.relu) for layer in net.layers[:-1])
    for _ in range(10):
        point = [F(draw.randint(-6, 6), draw.randint(1, 3)) for _ in range(3)]
        assert net(point) == tuple(value(point) for _, value in outputs)


def test_equal_wires_are_computed_once() -> None:
    circuit = Circuit(2)
    a, b = circuit.input(0), circuit.input(1)
    net = circuit.network([circuit.relu(a - b), circuit.relu((b - a) * -1)])
    assert net.layers[0].width == 1


def test_a_constant_costs_no_neuron() -> None:
    circuit = Circuit(1)
    assert circuit.relu(Wire((), F(-3))) == Wire((), F(0))
    net = circuit.network([circuit.hold(Wire((), F(5, 2)))])
    assert net.depth == 1
    assert net([7]) == (F(5, 2),)
