"""From a trace to layers: each block in its layer, other values carried by identities.

A value is *carried* where a later layer reads it past others: it becomes an identity
component of the layers between. A row that is read both as it is and through a ReLU
becomes two components. Layers with such components are marked ``skip``. A block that no output
depends on is left out; a row that nothing reads stays in its block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from ..kernel.data.network import Layer, Network, Row
from ..kernel.data.numbers import ONE, ZERO
from .trace import CONSTANT, CUT, ROW, Block, Trace, distinct

SKIP = "skip"


def assemble(trace: Trace, outputs: Sequence[int], source: str = "") -> Network:
    """The layers that compute these elements. Raises Malformed past the work budget.

    The last layer's components are put into the order of the outputs. Where they are
    not just those, each once and unshifted, a layer of its own picks them.
    """
    last = max(trace.elements[i].level for i in outputs)
    plan = _Plan(trace, outputs, last)
    carriers = plan.carriers(last)
    place = {carrier: c for c, carrier in enumerate(carriers)}
    reads = [plan.read(i) for i in outputs]
    once = sorted(carrier for carrier, _ in reads) == sorted(carriers)
    if not once or last == 0 or any(shift for _, shift in reads):
        lowered = "" if once and last else "Select"
        picked = trace.block((((i,), (ONE,)) for i in outputs), lowered=lowered)
        return assemble(trace, list(picked), source)
    layers = plan.layers()
    order = [place[carrier] for carrier, _ in reads]
    if order != list(range(len(order))):
        final = layers[-1]
        layers[-1] = Layer(
            final.columns,
            tuple(final.rows[r] for r in order),
            tuple(final.bias[r] for r in order),
            tuple(final.relu[r] for r in order),
            final.lowered,
        )
    return Network(trace.inputs, tuple(layers), source)


def _live(trace: Trace, outputs: Sequence[int]) -> list[Block]:
    """The blocks that the outputs depend on, in the order of the file."""
    wanted: set[int] = set()

    def want(ids: Sequence[int]) -> None:
        for i in ids:
            base = trace.elements[i].base
            wanted.add(trace.elements[trace.cuts[base]].base if base in trace.cuts else base)

    want(outputs)
    live = []
    for block in reversed(trace.blocks):
        if any(row in wanted for row in range(block.first, block.first + len(block.rows))):
            live.append(block)
            for ids in distinct(block.rows):
                want(ids)
    return live[::-1]


class _Plan:
    """Which values exist after each layer, and in which order."""

    def __init__(self, trace: Trace, outputs: Sequence[int], last: int) -> None:
        self.trace, self.last = trace, last
        self.blocks: list[list[Block]] = [[] for _ in range(last + 1)]
        for block in _live(trace, outputs):
            self.blocks[block.level].append(block)
        self.until: dict[int, int] = {}  # base: the last layer that reads it
        self.base_shift: dict[int, Fraction] = {}  # row: what its bias absorbs
        for level in range(1, last + 1):
            for block in self.blocks[level]:
                for ids in distinct(block.rows):
                    self._demand(ids, level)
        self._demand(outputs, last + 1)
        self._born: list[list[int]] = [list(range(trace.inputs))]
        self._extra = [False] * (last + 1)
        for level in range(1, last + 1):
            self._born.append(self._rows_of(level))
        self._columns: list[list[int]] = [self._born[0]]
        for level in range(1, last + 1):
            self._columns.append(self._born[level] + self._carried(level))
            trace.charge(len(self._columns[level]))

    def carriers(self, level: int) -> list[int]:
        """The bases whose values stand after this layer, in order."""
        return self._columns[level]

    def read(self, element: int) -> tuple[int, Fraction]:
        """The base that carries an element, and what is still to be added."""
        it = self.trace.elements[element]
        return it.base, it.shift - self.base_shift.get(it.base, ZERO)

    def layers(self) -> list[Layer]:
        """All the layers, first to last."""
        return [self._layer(level) for level in range(1, self.last + 1)]

    def _demand(self, ids: Sequence[int], level: int) -> None:
        for i in ids:
            it = self.trace.elements[i]
            if it.base == CONSTANT:
                continue
            if self.trace.kinds[it.base] == ROW:
                self.base_shift.setdefault(it.base, it.shift)
            self.until[it.base] = max(level, self.until.get(it.base, 0))

    def _rows_of(self, level: int) -> list[int]:
        """The components of the blocks: one for each row, then second forms of rows."""
        firsts, seconds = [], []
        for block in self.blocks[level]:
            for row in range(block.first, block.first + len(block.rows)):
                forms = self._forms(row)
                firsts.append(forms[0])
                seconds += forms[1:]
        self._extra[level] = bool(seconds)
        return firsts + seconds

    def _forms(self, row: int) -> list[int]:
        made = self.trace.forms.get(row, [])
        forms = [i for i in made if self.trace.elements[i].base == i and i in self.until]
        if row in self.until:
            forms.append(row)
        if forms:
            return forms
        if not made:
            return [row]
        it = self.trace.elements[made[0]]  # nothing reads it: as it was written
        if it.base == row:
            self.base_shift[row] = it.shift
        return [it.base]

    def _carried(self, level: int) -> list[int]:
        return [base for base in self._columns[level - 1] if self.until.get(base, 0) > level]

    def _layer(self, level: int) -> Layer:
        trace, below = self.trace, self._columns[level - 1]
        place = {base: c for c, base in enumerate(below)}
        computed: dict[int, tuple[Row, Fraction]] = {}
        reads: dict[int, _Reads] = {}
        for block in self.blocks[level]:
            for number, (row, bias) in enumerate(zip(block.rows, block.bias, strict=True)):
                if id(row[0]) not in reads:
                    reads[id(row[0])] = self._reads(row[0], place)
                computed[block.first + number] = _row(row[1], bias, reads[id(row[0])])
        rows: list[Row] = []
        biases: list[Fraction] = []
        relu: list[bool] = []
        for base in self._columns[level]:
            cut = trace.kinds[base] == CUT
            element = trace.elements[trace.cuts[base]] if cut else trace.elements[base]
            if element.base in computed:
                own, bias = computed[element.base]
                shift = element.shift if cut else self.base_shift.get(base, ZERO)
                rows.append(own)
                biases.append(bias + shift if shift else bias)
                relu.append(cut)
            else:
                rows.append(((place[base], ONE),))
                biases.append(ZERO)
                relu.append(False)
        marks = dict.fromkeys(block.lowered for block in self.blocks[level] if block.lowered)
        if self._extra[level] or len(rows) > len(self._born[level]):
            marks[SKIP] = None
        return Layer(len(below), tuple(rows), tuple(biases), tuple(relu), " + ".join(marks))

    def _reads(self, ids: Sequence[int], place: dict[int, int]) -> _Reads:
        found = [self.read(i) for i in ids]
        columns = [CONSTANT if base == CONSTANT else place[base] for base, _ in found]
        shifts = [shift for _, shift in found]
        rising = all(a < b for a, b in pairwise([CONSTANT, *columns]))
        return _Reads(columns, shifts if any(shifts) else None, rising)


@dataclass(frozen=True)
class _Reads:
    """Where the elements of a row stand in the layer below."""

    columns: list[int]  # CONSTANT for a constant
    shifts: list[Fraction] | None  # what is to be added to each
    rising: bool  # no constants, columns strictly increasing


def _row(weights: Sequence[Fraction], bias: Fraction, reads: _Reads) -> tuple[Row, Fraction]:
    """One sparse row, its columns increasing, and its bias."""
    pairs = zip(reads.columns, weights, strict=True)
    if reads.shifts is not None:
        bias += sum((w * s for w, s in zip(weights, reads.shifts, strict=True) if w and s), ZERO)
    if reads.rising:
        return tuple([(c, w) for c, w in pairs if w]), bias
    sums: dict[int, Fraction] = {}
    for c, w in pairs:
        if c != CONSTANT and w:
            sums[c] = sums[c] + w if c in sums else w
    return tuple((c, sums[c]) for c in sorted(sums) if sums[c]), bias
