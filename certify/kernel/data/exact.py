"""The only place where the kernel computes in bulk.

A :class:`Batch` holds many vectors over one common denominator, so that a layer is
integer arithmetic: numpy ``int64`` where a bound on every partial sum, computed first,
fits 62 bits; ``python-flint`` or Python integers elsewhere. ``CERTIFY_PURE=1`` uses
Python integers alone, with identical results. No float appears here.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from ..verdict import Malformed
from .account import SHORT, charge, words
from .numbers import common_denominator

PURE = os.environ.get("CERTIFY_PURE", "") not in ("", "0")
_WORD = 1 << 62
MANY_PRODUCTS = 100_000  # fewer are not worth the import of flint
BULK = 1024  # fewer vectors than this are lists of Python integers,
WORK = 1 << 18  # unless a layer multiplies this often
CELLS = 1 << 24  # about how many numbers are held at once


# ---------------------------------------------------------------- batches

_numpy: Any = None


def numpy(count: int) -> Any:
    """numpy for arrays of ``count`` vectors; None for few (imports cost) or on the pure path."""
    global _numpy
    if PURE or count < BULK:
        return None
    if _numpy is None:
        import numpy as module

        _numpy = module
    return _numpy


@dataclass(frozen=True)
class Batch:
    """N vectors of dimension k: vector i is ``values[i] / denominator``.

    ``values`` is a list of lists of Python integers, or a numpy int64 array of
    shape (N, k); every operation gives the same numbers for both.
    """

    values: Any
    denominator: int
    width: int

    def __len__(self) -> int:
        return len(self.values)

    def fractions(self) -> list[tuple[Fraction, ...]]:
        """The vectors as tuples of Fractions."""
        bottom = self.denominator
        if (bits := bottom.bit_length()) > SHORT:  # each is reduced
            charge(len(self) * self.width * words(bits) ** 2)
        return [tuple(Fraction(int(v), bottom) for v in row) for row in self.rows()]

    def rows(self) -> list[list[int]]:
        """The numerators as Python integers."""
        return self.values if isinstance(self.values, list) else self.values.tolist()

    def columns(self, indices: Sequence[int]) -> Batch:
        """The chosen coordinates, in the order given."""
        if isinstance(self.values, list):
            picked = [[row[i] for i in indices] for row in self.values]
        else:
            picked = self.values[:, list(indices)]
        return Batch(picked, self.denominator, len(indices))


def batch(points: Sequence[Sequence[Fraction]], width: int) -> Batch:
    """Gather vectors of Fractions over one denominator."""
    bottom = common_denominator(v for point in points for v in point)
    values = [[v.numerator * (bottom // v.denominator) for v in point] for point in points]
    return compact(values, bottom, width)


def compact(
    values: list[list[int]], denominator: int, width: int, count: int | None = None
) -> Batch:
    """A batch of the integers given, in int64 where they fit and are many (``count``)."""
    np = numpy(len(values) if count is None else count)
    if np is not None and width:
        largest = max((abs(v) for row in values for v in row), default=0)
        if largest < _WORD and denominator < _WORD:
            array = np.array(values, dtype=np.int64).reshape(len(values), width)
            return Batch(array, denominator, width)
    return Batch(values, denominator, width)


def integers(part: Batch) -> list[list[int]]:
    """The vectors of a batch of integer vectors. Raises Malformed if one is not."""
    if part.denominator == 1:
        return part.rows()
    rows = [[divmod(v, part.denominator) for v in row] for row in part.rows()]
    if any(rest for row in rows for _, rest in row):
        raise Malformed("", "not an integer")
    return [[whole for whole, _ in row] for row in rows]


def join(parts: Sequence[Batch], count: int) -> Batch:
    """Side by side: vectors of the parts concatenated; ``count`` vectors each."""
    bottom = math.lcm(*(p.denominator for p in parts)) if parts else 1
    width = sum(p.width for p in parts)
    scaled = [rescale(p, bottom) for p in parts if p.width]
    np = numpy(count)
    if np is not None and scaled and all(not isinstance(p.values, list) for p in scaled):
        return Batch(np.concatenate([p.values for p in scaled], axis=1), bottom, width)
    lists = [p.rows() for p in scaled]
    return Batch([[v for part in lists for v in part[i]] for i in range(count)], bottom, width)


def add(left: Batch, right: Batch) -> Batch:
    """The sums, vector by vector; both of one length and width."""
    bottom = math.lcm(left.denominator, right.denominator)
    left, right = rescale(left, bottom), rescale(right, bottom)
    if not isinstance(left.values, list) and not isinstance(right.values, list):
        if _largest(left.values) + _largest(right.values) < _WORD:
            return Batch(left.values + right.values, bottom, left.width)
    pairs = zip(left.rows(), right.rows(), strict=True)
    values = [[a + b for a, b in zip(x, y, strict=True)] for x, y in pairs]
    return Batch(values, bottom, left.width)


def spread(part: Batch, indices: Sequence[int], width: int) -> Batch:
    """Vectors of the width given: the part's coordinates at the indices, 0 elsewhere."""
    np = numpy(len(part))
    if np is not None and not (indices and isinstance(part.values, list)):
        values = np.zeros((len(part), width), dtype=np.int64)
        if indices:
            values[:, list(indices)] = part.values
        return Batch(values, part.denominator, width)
    rows = []
    for row in part.rows():
        full = [0] * width
        for i, v in zip(indices, row, strict=True):
            full[i] = v
        rows.append(full)
    return Batch(rows, part.denominator, width)


def cycle(cell: Batch, stride: int, start: int, stop: int) -> Batch:
    """Vector i is ``cell[i // stride % len(cell)]`` for start ≤ i < stop."""
    np = numpy(stop - start)
    rows = cell.rows()
    if np is not None and stop < _WORD:
        largest = max((abs(v) for row in rows for v in row), default=0)
        if largest < _WORD and cell.denominator < _WORD:
            index = np.arange(start, stop, dtype=np.int64) // stride % len(cell)
            array = np.array(rows, dtype=np.int64).reshape(len(rows), cell.width)
            return Batch(array[index], cell.denominator, cell.width)
    values = [rows[i // stride % len(rows)] for i in range(start, stop)]
    return Batch(values, cell.denominator, cell.width)


def describe(count: int) -> str:
    """A count as text, as a power of two where it is long."""
    return str(count) if count < 10**12 else f"about 2^{count.bit_length() - 1}"


def rescale(part: Batch, denominator: int) -> Batch:
    """The same vectors over a multiple of their denominator."""
    factor = denominator // part.denominator
    if factor == 1:
        return part
    if (bits := denominator.bit_length()) > SHORT:
        charge(len(part) * part.width * words(bits) ** 2)
    if not isinstance(part.values, list):
        if factor < _WORD and _largest(part.values) * factor < _WORD:
            return Batch(part.values * factor, denominator, part.width)
    values = [[v * factor for v in row] for row in part.rows()]
    return Batch(values, denominator, part.width)


def _largest(array: Any) -> int:
    return max(abs(int(array.max())), abs(int(array.min()))) if array.size else 0


def reduced(part: Batch) -> Batch:
    """The same vectors over the least common denominator."""
    if isinstance(part.values, list):
        common = part.denominator
        for row in part.values:
            common = math.gcd(common, *row)
            if common == 1:
                return part
        values = [[v // common for v in row] for row in part.values]
        return compact(values, part.denominator // common, part.width)
    np = numpy(BULK)
    common = math.gcd(
        int(np.gcd.reduce(part.values, axis=None)) if part.values.size else 0, part.denominator
    )
    if common == 1:
        return part
    if common >= _WORD:  # only zeros have such a divisor
        return Batch(part.values, part.denominator // common, part.width)
    return Batch(part.values // common, part.denominator // common, part.width)


# ------------------------------------------------------------ affine maps


@dataclass(frozen=True)
class IntegerLayer:
    """x ↦ relu(Wx + b) with W = weights/denominator, b = bias/denominator.

    ``weights`` holds each row as a tuple of (column, integer), zeros left out;
    ``relu`` says for each row whether it is cut at zero.
    """

    columns: int
    weights: tuple[tuple[tuple[int, int], ...], ...]
    bias: tuple[int, ...]
    relu: tuple[bool, ...]
    denominator: int

    @cached_property
    def bits(self) -> int:
        """The length of the longest of its integers."""
        entries = (w for row in self.weights for _, w in row)
        return max(v.bit_length() for v in (self.denominator, *self.bias, *entries))


def integer_layer(
    columns: int,
    rows: Sequence[Sequence[tuple[int, Fraction]]],
    bias: Sequence[Fraction],
    relu: Sequence[bool],
) -> IntegerLayer:
    """Bring a layer over one denominator."""
    bottom = common_denominator([v for row in rows for _, v in row] + list(bias))
    return IntegerLayer(
        columns,
        tuple(tuple((c, v.numerator * (bottom // v.denominator)) for c, v in row) for row in rows),
        tuple(b.numerator * (bottom // b.denominator) for b in bias),
        tuple(relu),
        bottom,
    )


def apply(layer: IntegerLayer, inputs: Batch) -> Batch:
    """The layer on every vector of the batch, exactly."""
    if isinstance(inputs.values, list) and len(inputs) * sum(map(len, layer.weights)) >= WORK:
        inputs = compact(inputs.values, inputs.denominator, inputs.width, BULK)
    if not isinstance(inputs.values, list):
        result = _apply_words(layer, inputs)
        if result is None:
            inputs = reduced(inputs)
            result = _apply_words(layer, inputs)
        if result is not None:
            return result
        inputs = Batch(inputs.rows(), inputs.denominator, inputs.width)
    _afford(layer, inputs)
    values = _apply_integers(layer, inputs)
    return reduced(Batch(values, inputs.denominator * layer.denominator, len(layer.weights)))


def _apply_words(layer: IntegerLayer, inputs: Batch) -> Batch | None:
    """In int64; None where a partial sum might not fit 62 bits."""
    np = numpy(BULK)
    bottom = inputs.denominator * layer.denominator
    if bottom >= _WORD or not layer.weights:
        return None
    largest = _largest(inputs.values)
    mass = max(
        sum(abs(w) for _, w in row) * largest + abs(b) * inputs.denominator
        for row, b in zip(layer.weights, layer.bias, strict=True)
    )
    heaviest = max((abs(w) for row in layer.weights for _, w in row), default=0)
    if mass >= _WORD or heaviest >= _WORD:
        return None
    height, count = len(layer.weights), len(inputs)
    entries = sum(len(row) for row in layer.weights)
    bias = np.array([b * inputs.denominator for b in layer.bias], dtype=np.int64)
    if entries * 8 >= height * layer.columns:
        dense = np.zeros((layer.columns, height), dtype=np.int64)
        for r, row in enumerate(layer.weights):
            for c, w in row:
                dense[c, r] = w
        result = inputs.values @ dense + bias
    else:
        result = np.tile(bias, (count, 1))
        for r, row in enumerate(layer.weights):
            for c, w in row:
                result[:, r] += inputs.values[:, c] * w
    cut = np.array(layer.relu, dtype=bool)
    if cut.all():
        np.maximum(result, 0, out=result)
    elif cut.any():
        result[:, cut] = np.maximum(result[:, cut], 0)
    return Batch(result, bottom, height)


def _afford(layer: IntegerLayer, inputs: Batch) -> None:
    """Charge the layer's products, and reducing what it gives, where the numbers are long."""
    long = _longest(inputs)
    found = long + layer.bits + layer.columns.bit_length()
    if found > SHORT:
        entries = sum(map(len, layer.weights)) + len(layer.bias)
        units = entries * words(long) * words(layer.bits) + len(layer.weights) * words(found) ** 2
        charge(len(inputs) * units)


def _longest(part: Batch) -> int:
    """The length of the longest integer of a batch, in bits."""
    if not isinstance(part.values, list):
        return max(_largest(part.values), part.denominator).bit_length()
    ends = [(max(row), min(row)) for row in part.values if row]
    largest = max((max(high, -low) for high, low in ends), default=0)
    return max(largest, part.denominator).bit_length()


def _apply_integers(layer: IntegerLayer, inputs: Batch) -> list[list[int]]:
    offsets = [b * inputs.denominator for b in layer.bias]
    results = []
    for point in inputs.values:
        out = []
        for row, offset, cut in zip(layer.weights, offsets, layer.relu, strict=True):
            total = offset
            for c, w in row:
                total += w * point[c]
            out.append(0 if cut and total < 0 else total)
        results.append(out)
    return results


def gram(rows: Sequence[Sequence[tuple[int, int]]], columns: int) -> list[list[int]]:
    """The products of all pairs of sparse integer rows."""
    if not PURE and len(rows) ** 2 * columns > MANY_PRODUCTS:
        import flint

        used = {c: i for i, c in enumerate(sorted({c for row in rows for c, _ in row}))}
        dense = flint.fmpz_mat(len(rows), len(used))
        for r, row in enumerate(rows):
            for c, w in row:
                dense[r, used[c]] = w
        products = (dense * dense.transpose()).table()
        return [[int(v) for v in line] for line in products]
    tables = [dict(row) for row in rows]
    result = [[0] * len(rows) for _ in rows]
    for i, row in enumerate(rows):
        for j in range(i + 1):
            other = tables[j]
            result[i][j] = result[j][i] = sum(w * other[c] for c, w in row if c in other)
    return result


def first_satisfying(
    points: Batch, disjuncts: list[list[tuple[tuple[tuple[int, Fraction], ...], Fraction, bool]]]
) -> int | None:
    """The first vector at which all constraints of some disjunct hold; None for never.

    A constraint (row, constant, strict) is row·v + constant > 0 if strict, else ≥ 0.
    """
    constraints = [constraint for disjunct in disjuncts for constraint in disjunct]
    if not constraints:  # an empty disjunct is true, no disjunct is false
        return 0 if disjuncts and len(points) else None
    place: dict[tuple[tuple[tuple[int, Fraction], ...], Fraction], int] = {}
    cases = [
        ([place.setdefault((tuple(r), c), len(place)) for r, c, _ in d], [s for _, _, s in d])
        for d in disjuncts
    ]
    layer = integer_layer(
        points.width, [r for r, _ in place], [c for _, c in place], (False,) * len(place)
    )
    step = max(1, CELLS // len(place))
    for start in range(0, len(points), step):
        part = Batch(points.values[start : start + step], points.denominator, points.width)
        values = apply(layer, part).values
        indices = (_first_all(values, columns, strict) for columns, strict in cases)
        if found := [start + index for index in indices if index is not None]:
            return min(found)
    return None


def _first_all(values: Any, columns: Sequence[int], strict: list[bool]) -> int | None:
    if not isinstance(values, list):
        held = None
        for c, s in zip(columns, strict, strict=True):
            here = values[:, c] > 0 if s else values[:, c] >= 0
            held = here if held is None else held & here
        if held is None:
            return 0 if len(values) else None
        return int(held.argmax()) if held.any() else None
    for i, row in enumerate(values):
        if all(row[c] > 0 if s else row[c] >= 0 for c, s in zip(columns, strict, strict=True)):
            return i
    return None


def weighted_squares(left: Batch, right: Batch, weights: list[int] | None) -> Fraction:
    """Σ weight · ‖left − right‖² over two batches of vectors."""
    bottom = math.lcm(left.denominator, right.denominator)
    left, right = rescale(left, bottom), rescale(right, bottom)
    total = 0
    if not isinstance(left.values, list) and not isinstance(right.values, list):
        gap = _largest(left.values) + _largest(right.values)
        if gap * gap * max(1, left.width) * len(left) < _WORD:
            difference = left.values - right.values
            squares = (difference * difference).sum(axis=1)
            if weights is None:
                return Fraction(int(squares.sum()), bottom * bottom)
            total = sum(w * s for w, s in zip(weights, squares.tolist(), strict=True) if s)
            return Fraction(total, bottom * bottom)
    for i, (x, y) in enumerate(zip(left.rows(), right.rows(), strict=True)):
        square = sum((a - b) ** 2 for a, b in zip(x, y, strict=True))
        total += square if weights is None else weights[i] * square
    return Fraction(total, bottom * bottom)


def square_distances(left: Batch, right: Batch) -> Batch:
    """‖left − right‖² for each pair of vectors, as vectors of one coordinate."""
    bottom = math.lcm(left.denominator, right.denominator)
    left, right = rescale(left, bottom), rescale(right, bottom)
    if not isinstance(left.values, list) and not isinstance(right.values, list):
        gap = _largest(left.values) + _largest(right.values)
        if gap * gap * max(1, left.width) < _WORD and bottom * bottom < _WORD:
            difference = left.values - right.values
            return Batch((difference * difference).sum(axis=1, keepdims=True), bottom * bottom, 1)
    pairs = zip(left.rows(), right.rows(), strict=True)
    squares = [[sum((a - b) ** 2 for a, b in zip(x, y, strict=True))] for x, y in pairs]
    return compact(squares, bottom * bottom, 1)


def weighted_products(parts: list[Batch], weights: list[int] | None) -> Fraction:
    """Σ weight · ∏ parts over batches of scalars."""
    bottom = math.prod(part.denominator for part in parts)
    total = 0
    if (bits := bottom.bit_length()) > SHORT and parts:
        charge(len(parts[0]) * len(parts) * words(bits) ** 2)
    for i, values in enumerate(zip(*(part.rows() for part in parts), strict=True)):
        product = math.prod(value for (value,) in values)
        total += product if weights is None else weights[i] * product
    return Fraction(total, bottom)


def first_difference(left: Batch, right: Batch) -> int | None:
    """The index of the first vector in which two batches differ."""
    bottom = math.lcm(left.denominator, right.denominator)
    left, right = rescale(left, bottom), rescale(right, bottom)
    if not isinstance(left.values, list) and not isinstance(right.values, list):
        unequal = (left.values != right.values).any(axis=1)
        return int(unequal.argmax()) if unequal.any() else None
    for i, (x, y) in enumerate(zip(left.rows(), right.rows(), strict=True)):
        if x != y:
            return i
    return None
