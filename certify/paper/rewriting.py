"""Lossless local compression: a window of layers rewritten as fewer layers (Definition 2).

The layers of a window are brought to the kernel's normal form, affine combinations of ReLU
atoms. There linear layers have merged and delays have gone, identity ones and differences of
ReLUs alike. An atom's level is one more than the largest level of an atom that it cuts;
levels give the number of layers, and each layer holds what later ones still need. Every
step is an identity on all of ℝⁿ, so the result is lossless over any distribution. The
search is incomplete: that it finds nothing shows nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from ..kernel.data.network import Layer, Network, Row
from ..kernel.data.numbers import ONE, ZERO, square_sum
from ..kernel.rules.normal_form import CONSTANT, Atoms, Form, Terms
from ..networks.builder import rescale

PASSES = 3  # of balancing the norms

Cell = tuple[str, int]  # what a neuron holds: ("atom", a), or an input cut from "above" or "below"


@dataclass(frozen=True)
class Wanted:
    """A row over atoms: terms · atoms / bottom, cut at zero or not."""

    terms: Terms
    bottom: int
    relu: bool


class Rewriting:
    """A network in normal form, from which shallower ones are laid out.

    Raises Decline where there are more than ``limit`` atoms.
    """

    def __init__(self, network: Network, limit: int) -> None:
        self.inputs = network.inputs
        self.atoms = Atoms(None, network.inputs, limit)
        self.forms = self.atoms.run(network)
        self.levels = [0] * self.inputs
        for cut in self.atoms.cuts:
            self.levels.append(1 + self._level(cut))

    def _level(self, terms: Terms) -> int:
        return max((self.levels[a] for a in terms if a != CONSTANT), default=0)

    def layers(self, uniform: bool = False) -> int:
        """The least number of layers in which the normal form can be laid out.

        With ``uniform`` every layer is all ReLU or all identity (Definition 1).
        """
        depth = max(min(least for _, least in self._rows(form)) for form in self.forms)
        return depth if self._outputs(depth, uniform) is not None else depth + 1

    def _rows(self, form: Form) -> list[tuple[Wanted, int]]:
        """The rows of a last layer that give an output, each with the least depth for it.

        The linear one, then the ReLU of a lower combination, if it is one.
        """
        terms, bottom = form
        rows = [(Wanted(terms, bottom, False), self._level(terms) + 1)]
        cut = self._uncut(terms)
        if cut is not None:
            rows.append((Wanted(cut, bottom, True), self._level(cut) + 1))
        return rows

    def _uncut(self, terms: Terms) -> Terms | None:
        """G with relu(G) = the form, where the form is one atom, or an atom less its cut."""
        top = max(terms, default=CONSTANT)
        if top < self.inputs:
            return None
        size, cut = terms[top], self.atoms.cuts[top - self.inputs]
        if size < 0:
            return None
        if len(terms) == 1:
            return {a: size * v for a, v in cut.items()}
        below = {a: -size * v for a, v in cut.items()}
        return below if {**below, top: size} == terms else None

    def _outputs(self, depth: int, uniform: bool) -> list[Wanted] | None:
        """The rows of the last layer of a network of this depth; None where there are none."""
        rows: list[Wanted] = []
        for form in self.forms:
            row = next((row for row, least in self._rows(form) if least <= depth), None)
            if row is None:
                return None
            rows.append(row)
        if uniform and len({row.relu for row in rows}) > 1:
            for i, (row, (terms, bottom)) in enumerate(zip(rows, self.forms, strict=True)):
                if not row.relu and not self.atoms.nonnegative(terms):
                    return None
                rows[i] = row if row.relu else Wanted(terms, bottom, True)
        return rows

    def network(self, depth: int, uniform: bool = False) -> Network | None:
        """An equal network of exactly this depth; None where the form has no such layout."""
        outputs = self._outputs(depth, uniform)
        if outputs is None:
            return None
        needed = [self._cells(outputs, depth - 1, uniform)]
        for k in range(depth - 1, 0, -1):
            rows = [self._held(cell, k) for cell in needed[0]]
            needed.insert(0, self._cells(rows, k - 1, uniform))
        layers, place = [], {("atom", i): i for i in range(self.inputs)}
        width = self.inputs
        for k in range(1, depth + 1):
            rows = outputs if k == depth else [self._held(cell, k) for cell in needed[k]]
            layers.append(_layer(rows, place, width))
            place = {cell: i for i, cell in enumerate(needed[k])} if k < depth else {}
            width = len(rows)
        return balanced(Network(self.inputs, tuple(layers)))

    def _cells(self, rows: Iterable[Wanted], k: int, uniform: bool) -> list[Cell]:
        """What layer k must hold for these rows of layer k + 1 (layer 0: the inputs)."""
        atoms = {a for row in rows for a in row.terms if a != CONSTANT}
        if k == 0:
            return [("atom", i) for i in range(self.inputs)]
        if not atoms:
            atoms = {0}  # a layer has at least one component
        cells: list[Cell] = []
        for atom in sorted(atoms):
            if atom < self.inputs and uniform:
                cells += [("above", atom), ("below", atom)]
            else:
                cells.append(("atom", atom))
        return cells

    def _held(self, cell: Cell, k: int) -> Wanted:
        """The row by which layer k holds a cell."""
        kind, atom = cell
        if kind != "atom":
            return Wanted({atom: 1 if kind == "above" else -1}, 1, True)
        if atom >= self.inputs and self.levels[atom] == k:
            return Wanted(self.atoms.cuts[atom - self.inputs], 1, True)
        return Wanted({atom: 1}, 1, atom >= self.inputs)


def _layer(rows: list[Wanted], place: dict[Cell, int], width: int) -> Layer:
    """The rows over the neurons of the layer before, which hold the cells at ``place``."""
    found: list[Row] = []
    for row in rows:
        entries: dict[int, Fraction] = {}
        for atom, v in row.terms.items():
            if atom == CONSTANT:
                continue
            weight = Fraction(v, row.bottom)
            if ("atom", atom) in place:
                entries[place["atom", atom]] = weight
            elif len(row.terms) == 1 and row.relu and abs(v) == row.bottom:
                side = "above" if v > 0 else "below"  # a cut input stays as it is
                entries[place[side, atom]] = ONE
            else:
                entries[place["above", atom]] = weight
                entries[place["below", atom]] = -weight
        found.append(tuple(sorted(entries.items())))
    bias = tuple(Fraction(row.terms.get(CONSTANT, 0), row.bottom) for row in rows)
    return Layer(width, tuple(found), bias, tuple(row.relu for row in rows))


def balanced(network: Network) -> Network:
    """The same function with the norms of neighbouring layers brought together.

    A hidden neuron whose row has norm a and whose column has norm b is scaled by the power of
    two nearest to √(b/a), which brings a² + b² near its least value 2ab.
    """
    for _ in range(PASSES):
        for k in range(1, network.depth):
            rows, columns = network.layers[k - 1].rows, [ZERO] * network.layers[k].columns
            for row in network.layers[k].rows:
                for c, v in row:
                    columns[c] += v * v
            squares = [square_sum(v for _, v in row) for row in rows]
            scales = [_scale(a, b) for a, b in zip(squares, columns, strict=True)]
            if any(scale != 1 for scale in scales):
                network = rescale(network, k, scales)
    return network


def _scale(a: Fraction, b: Fraction) -> Fraction:
    """The power of two near (b/a)^(1/4)."""
    if not a or not b:
        return ONE
    ratio = b / a
    return Fraction(2) ** round((ratio.numerator.bit_length() - ratio.denominator.bit_length()) / 4)


def largest_norm(network: Network) -> Fraction:
    """The largest ‖W‖_F² of its layers."""
    return max((layer.frobenius_squared for layer in network.layers), default=ZERO)
