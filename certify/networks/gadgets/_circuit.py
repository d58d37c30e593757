"""Piecewise linear circuits, and their layers.

A wire is an affine form over atoms; an atom is an input, or the ReLU of a wire, or a
wire held by an identity neuron. :meth:`Circuit.network` puts each atom in the layer
after the last one that it reads, and carries it on for as long as it is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from ...kernel.data.network import Layer, Network, Row
from ...kernel.data.numbers import ONE, ZERO


@dataclass(frozen=True)
class Wire:
    """The affine form constant + Σ coefficient · atom; atoms increasing."""

    terms: Row
    constant: Fraction = ZERO

    def __add__(self, other: Wire) -> Wire:
        total = dict(self.terms)
        for atom, weight in other.terms:
            total[atom] = total.get(atom, ZERO) + weight
        terms = tuple((atom, total[atom]) for atom in sorted(total) if total[atom])
        return Wire(terms, self.constant + other.constant)

    def __sub__(self, other: Wire) -> Wire:
        return self + other * -1

    def __mul__(self, factor: Fraction | int) -> Wire:
        if not factor:
            return Wire(())
        return Wire(tuple((a, w * factor) for a, w in self.terms), self.constant * factor)

    def shift(self, offset: Fraction | int) -> Wire:
        """The wire plus a constant."""
        return Wire(self.terms, self.constant + offset)


@dataclass(frozen=True)
class _Atom:
    wire: Wire
    relu: bool
    level: int  # the layer that computes it; 0 for an input


@dataclass
class Circuit:
    """A circuit under construction, on ``inputs`` inputs.

    ``relu_only`` holds a value as relu(w) − relu(−w), so that every hidden layer is
    all ReLU; otherwise an identity neuron holds it.
    """

    inputs: int
    relu_only: bool = False
    _atoms: list[_Atom] = field(default_factory=list)
    _known: dict[tuple[Wire, bool], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for _ in range(self.inputs):
            self._atoms.append(_Atom(Wire(()), False, 0))

    def input(self, index: int) -> Wire:
        """The input with that index."""
        return Wire(((index, ONE),))

    def level(self, wire: Wire) -> int:
        """The last layer that the wire reads; 0 if it reads only inputs."""
        return max((self._atoms[a].level for a, _ in wire.terms), default=0)

    def relu(self, wire: Wire) -> Wire:
        """max(wire, 0), computed in the layer after :meth:`level` of the wire."""
        return self._atom(wire, True)

    def hold(self, wire: Wire) -> Wire:
        """The same value, computed once more in the layer after its own."""
        if self.relu_only:
            return self.relu(wire) - self.relu(wire * -1)
        return self._atom(wire, False)

    def _atom(self, wire: Wire, relu: bool) -> Wire:
        if not wire.terms:
            return Wire((), max(wire.constant, ZERO) if relu else wire.constant)
        wire = self._lifted(wire, self.level(wire))
        if (wire, relu) not in self._known:
            self._known[wire, relu] = len(self._atoms)
            self._atoms.append(_Atom(wire, relu, self.level(wire) + 1))
        return Wire(((self._known[wire, relu], ONE),))

    def _lifted(self, wire: Wire, level: int) -> Wire:
        """The wire with its inputs held, where a layer beyond the first reads it."""
        if level == 0 or all(a >= self.inputs for a, _ in wire.terms):
            return wire
        result = Wire(tuple(t for t in wire.terms if t[0] >= self.inputs), wire.constant)
        for atom, weight in wire.terms:
            if atom < self.inputs:
                result = result + self.hold(self.input(atom)) * weight
        return result

    def network(self, outputs: Sequence[Wire]) -> Network:
        """The layers, the last one linear with a component for each wire."""
        depth = max(map(self.level, outputs))
        final = [self._lifted(wire, depth) for wire in outputs]
        live = {a for wire in final for a, _ in wire.terms}
        wanted = [live]  # the atoms that each hidden layer gives, the last one first
        for level in range(depth, 1, -1):
            live = {
                source
                for atom in live
                for source in (
                    [a for a, _ in self._atoms[atom].wire.terms]
                    if self._atoms[atom].level == level
                    else [atom]
                )
            }
            wanted.append(live)
        place = {i: i for i in range(self.inputs)}
        layers, width = [], self.inputs
        for level, needed in enumerate(reversed(wanted), start=1):
            if level > depth:
                break
            order = sorted(needed)
            atoms = [self._atoms[a] for a in order]
            wires = [
                atom.wire if atom.level == level else Wire(((a, ONE),))
                for a, atom in zip(order, atoms, strict=True)
            ]
            layers.append(_layer(width, wires, place, tuple(atom.relu for atom in atoms)))
            place = {a: i for i, a in enumerate(order)}
            width = len(order)
        layers.append(_layer(width, final, place, (False,) * len(final)))
        return Network(self.inputs, tuple(layers))


def _layer(
    width: int, wires: Sequence[Wire], place: dict[int, int], relu: tuple[bool, ...]
) -> Layer:
    rows = tuple(tuple(sorted((place[a], w) for a, w in wire.terms)) for wire in wires)
    return Layer(width, rows, tuple(wire.constant for wire in wires), relu)
