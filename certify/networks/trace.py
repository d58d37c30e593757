"""An exact symbolic run of a network: what each element of each tensor is.

An *element* is a base plus a shift. The base is an input, a row of an affine block,
or the ReLU of an element; a constant has no base. So moving data about is moving
numbers of elements about, adding a constant is another element on the same base, and
only affine maps make blocks. ``schedule.py`` turns a finished trace into layers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ..kernel.data.numbers import ONE, ZERO
from ..kernel.verdict import Malformed

CONSTANT = -1
MAX_WORK = 1 << 23  # weights and tensor elements of one network
ROW_COST = 16  # a row takes as long as this many weights
MAX_BITS = 1 << 16  # of one folded constant

INPUT, ROW, CUT, SHIFT = "input", "row", "cut", "shift"

Row = tuple[Sequence[int], Sequence[Fraction]]  # elements and their weights


@dataclass(frozen=True)
class Element:
    """``base + shift``; a constant where base is CONSTANT. ``level``: layers below it."""

    base: int
    shift: Fraction
    level: int


@dataclass(frozen=True)
class Block:
    """An affine map as written: its rows stay together in layer ``level``."""

    level: int
    first: int  # the element that is row 0; row r is element first + r
    rows: tuple[Row, ...]
    bias: tuple[Fraction, ...]
    lowered: str


class Trace:
    """The elements and blocks met so far, in the order of the file."""

    def __init__(self, inputs: int) -> None:
        self.inputs = inputs
        self.blocks: list[Block] = []
        self.starts: dict[int, Block] = {}  # by their first element
        self.elements: list[Element] = []
        self.kinds: dict[int, str] = {}  # of each base
        self.cuts: dict[int, int] = {}  # ReLU base: the element that it cuts
        self.forms: dict[int, list[int]] = {}  # row: the ReLUs and shifts made of it
        self._known: dict[tuple[str, int, Fraction], int] = {}
        # what a runtime adds on its way, by the base: see rounding.py
        self.added: list[tuple[int, Fraction]] = []
        self._work = 0
        self.charge(inputs)
        for _ in range(inputs):
            self._base(INPUT, 0)

    def charge(self, work: int) -> None:
        """Account for work about to be done. Raises Malformed past the budget."""
        self.expect(work)
        self._work += work

    def expect(self, work: int) -> None:
        """Refuse what will be charged once it is done. Raises Malformed past the budget."""
        if self._work + work > MAX_WORK:
            raise Malformed(
                "", f"the network has more than {MAX_WORK} weights (a row counts as {ROW_COST})"
            )

    def note(self, values: Iterable[float]) -> None:
        """Numbers that a runtime adds on its way, and that no element shows."""
        self.added.extend((CONSTANT, Fraction(v)) for v in values)

    def constant(self, value: Fraction) -> int:
        """The element that is this constant."""
        return self._intern(CONSTANT, value, 0)

    def shift(self, element: int, value: Fraction) -> int:
        """The element ``element + value``."""
        if not value:
            return element
        old = self.elements[element]
        self.added.append((element if old.base == CONSTANT else old.base, value))
        total = old.shift + value
        if not total and old.base != CONSTANT:
            return old.base
        return self._intern(old.base, total, old.level)

    def block(
        self, rows: Iterable[Row], bias: Iterable[Fraction] | None = None, lowered: str = ""
    ) -> range:
        """A new affine block: the elements that are its rows.

        ``bias`` is 0 unless given. Weights may be zero and elements may repeat.
        """
        rows = tuple(self._counted(rows))
        below = (self.elements[i].level for ids in distinct(rows) for i in ids)
        level = 1 + max(below, default=0)
        offsets = (ZERO,) * len(rows) if bias is None else tuple(bias)
        first = len(self.elements)
        self.starts[first] = Block(level, first, rows, offsets, lowered)
        self.blocks.append(self.starts[first])
        for _ in rows:
            self._base(ROW, level)
        return range(first, first + len(rows))

    def row(self, base: int) -> tuple[Row, Fraction]:
        """The weights and the bias of a base that is a row."""
        block = self.blocks[bisect_right(self.blocks, base, key=lambda b: b.first) - 1]
        return block.rows[base - block.first], block.bias[base - block.first]

    def _counted(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            self.charge(ROW_COST)
            yield row

    def relu(self, ids: Sequence[int], lowered: str = "Relu") -> list[int]:
        """The ReLU of each element.

        A ReLU of a row is a mask on its layer. A ReLU of an input, or of a shifted
        ReLU, needs a layer of its own, an identity that carries ``lowered``.
        """
        bare = list(dict.fromkeys(i for i in ids if self._is_bare(i)))
        if bare:
            rows = self.block(
                (((self.elements[i].base,), (ONE,)) for i in bare),
                (self.elements[i].shift for i in bare),
                lowered,
            )
            own = dict(zip(bare, rows, strict=True))
            ids = [own.get(i, i) for i in ids]
        return [self._cut(i) for i in ids]

    def _is_bare(self, element: int) -> bool:
        """Whether this element has no row to set a mask on, and may be negative."""
        it = self.elements[element]
        kind = self.kinds.get(it.base)
        return kind == INPUT or (kind == CUT and it.shift < 0)

    def _cut(self, element: int) -> int:
        it = self.elements[element]
        if it.base == CONSTANT:
            return self.constant(max(it.shift, ZERO))
        if self.kinds[it.base] == CUT:  # not negative: its ReLU is itself
            return element
        key = (CUT, it.base, it.shift)
        if key not in self._known:
            new = self._known[key] = self._base(CUT, it.level)
            self.cuts[new] = element
            self.forms.setdefault(it.base, []).append(new)
        return self._known[key]

    def _base(self, kind: str, level: int) -> int:
        number = len(self.elements)
        self.elements.append(Element(number, ZERO, level))
        self.kinds[number] = kind
        return number

    def _intern(self, base: int, shift: Fraction, level: int) -> int:
        key = (SHIFT, base, shift)
        if key not in self._known:
            new = self._known[key] = len(self.elements)
            self.elements.append(Element(base, shift, level))
            if self.kinds.get(base) == ROW:
                self.forms.setdefault(base, []).append(new)
        return self._known[key]


def distinct(rows: Iterable[Row]) -> list[Sequence[int]]:
    """The different element lists of the rows; rows of one matrix share one list object."""
    return list({id(ids): ids for ids, _ in rows}.values())
