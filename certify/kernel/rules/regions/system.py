"""What is known of networks on a region: undecided neurons, as forms over inputs and each other.

A :class:`System` describes the terms of a pointwise claim on a region of its domain. The
parameters of the domain are uᵢ = midᵢ + radiusᵢ·tᵢ with tᵢ in [−1, 1]; in a system
tᵢ = centreᵢ + 2^−depthᵢ·vᵢ with vᵢ in [−1, 1]. A neuron with z ≥ 0 on the region is its z,
one with z ≤ 0 is 0; both are gone, and only undecided ones are variables of the tableau.
Each is measured in a power of two (relu(2^e·z) = 2^e·relu(z)), so that its size is at most 1.

Every rounding is charged: a form of k weights, each rounded down by less than one unit, is
off by less than k units, since no variable is larger than 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from .backsubstitution import product
from .tableau import RANGE, Basis, Group, Ints, Ranges, Rows, Tableau

GRID = 160  # fractional bits of centres, and of boxes in t
EXTRA = 16  # bits that systems have beyond those in which leaves are bounded
HEADROOM = 4  # bits by which a weight may be larger than 1
UNIT = 1 << RANGE
Neuron = tuple[int, int]  # layer (from 0) and index of a component


@dataclass(frozen=True)
class Held:
    """A form ≥ 0 on the region: row·v + e with |e| ≤ error, times 2^scale."""

    of: int | Neuron  # the number of the domain's row, or the neuron whose phase it is
    row: Ints
    error: int
    scale: int


@dataclass(frozen=True)
class System:
    """The undecided neurons on a region, the goals as forms over them, and what is held.

    ``neurons`` and ``scales`` run parallel to the groups: z = 2^scale · (z of the tableau).
    All goals share ``scale``. ``decided``: which neurons are active (True), which are not.
    """

    tableau: Tableau
    neurons: tuple[tuple[Neuron, ...], ...]
    scales: tuple[Ints, ...]
    goals: Basis
    scale: int
    held: tuple[Held, ...]
    decided: dict[Neuron, bool]
    centre: Ints
    depth: Ints

    @cached_property
    def coarse(self) -> Tableau:
        """The tableau without its last EXTRA bits, in which leaves are bounded."""
        groups = tuple(coarse(group) for group in self.tableau.groups)
        return Tableau(self.tableau.bits - EXTRA, self.tableau.inputs, groups)

    @cached_property
    def basis(self) -> Basis:
        """The goals, then what is held, in the units of the coarse tableau."""
        rows = [*self.goals.rows, *(h.row for h in self.held)]
        return _cut(Basis(rows, [*self.goals.error, *(h.error for h in self.held)]))

    @cached_property
    def place(self) -> dict[Neuron, tuple[int, int]]:
        """neuron → (group, position)."""
        return {n: (g, i) for g, names in enumerate(self.neurons) for i, n in enumerate(names)}

    def box(self, low: Sequence[int], high: Sequence[int]) -> tuple[Ints, Ints]:
        """A box of t in units of 2^−GRID as one of v in units of 2^−RANGE, outward."""
        down, up = [], []
        for a, b, c, d in zip(low, high, self.centre, self.depth, strict=True):
            fall = GRID - RANGE - d
            down.append(max((a - c) >> fall, -UNIT))
            up.append(min(-((c - b) >> fall), UNIT))
        return down, up


def _cut(basis: Basis) -> Basis:
    """The rows rounded down by EXTRA bits, with what that costs."""
    rows = [[v >> EXTRA for v in row] for row in basis.rows]
    error = [
        -(-e >> EXTRA) + sum(v != 0 for v in row)
        for row, e in zip(basis.rows, basis.error, strict=True)
    ]
    return Basis(rows, error)


def coarse(group: Group) -> Group:
    """The group without its last EXTRA bits."""
    rounded = _cut(Basis(group.forms, group.error))
    return replace(group, forms=rounded.rows, error=rounded.error)


def entries(group: Group) -> zip[tuple[Ints, int, int]]:
    """Each neuron's form and bounds."""
    return zip(group.forms, group.low, group.high, strict=True)


def rise(bits: int, form: Ints, low: int, high: int) -> int:
    """By how many bits to raise a neuron: z stays within [−1, 1], weights within it too."""
    room = RANGE - max(-low, high).bit_length()
    return min(room, max(bits + HEADROOM - max(map(abs, form)).bit_length(), 0), bits)


def measured(group: Group, shifts: Sequence[int]) -> Group:
    """The group with each neuron multiplied by 2^shift; errors rounded up."""
    forms, error, low, high = [], [], [], []
    for form, e, a, b, s in zip(
        group.forms, group.error, group.low, group.high, shifts, strict=True
    ):
        forms.append([_moved(v, s) for v in form])
        error.append(e << s if s >= 0 else -(-e >> -s) + len(form))
        low.append(_moved(a, s))
        high.append(-_moved(-b, s))
    return Group(group.first, forms, error, low, high, group.cut)


def _moved(value: int, shift: int) -> int:
    """⌊value·2^shift⌋."""
    return value << shift if shift >= 0 else value >> -shift


# -------------------------------------------------------------- reduction


def cost(system: System, ranges: Ranges, phases: int) -> tuple[int, int]:
    """Multiply-adds that :func:`reduced` makes, and how many numbers the new system holds."""
    old, width = system.tableau, system.tableau.inputs + 1
    work, size = width * width, 0
    for k, (group, (floor, roof)) in enumerate(zip(old.groups, ranges, strict=True)):
        work += len(group.forms) * (old.starts[k] - group.first) * width
        open_ = sum(a < 0 < b for a, b, c in zip(floor, roof, group.cut, strict=True) if c)
        size += open_ * (width + 1)
        width += open_
    rows = len(system.goals.rows) + len(system.held) + phases
    return work + rows * old.starts[-1] * width, size + rows * width


def reduced(
    system: System,
    low: Ints,
    high: Ints,
    ranges: Ranges,
    phases: dict[tuple[int, int], bool],
) -> System:
    """The system on a smaller region: a box of v, phases of undecided neurons, proven bounds.

    ``ranges`` are bounds of every z on that region, phases taken into account.
    """
    old = system.tableau
    bits, one = old.bits, old.inputs
    centre, depth, forms = _narrowed(system, low, high)
    errors = [0] * (one + 1)
    width = one + 1
    decided = dict(system.decided)
    groups: list[Group] = []
    names: list[tuple[Neuron, ...]] = []
    scales: list[Ints] = []
    held: list[Held] = []
    for k, (group, (floor, roof)) in enumerate(zip(old.groups, ranges, strict=True)):
        start = old.starts[k]
        lines, slack = _substituted(group, forms, errors, width, bits, one, start)
        kept: list[int] = []
        for i, (line, error, a, b) in enumerate(zip(lines, slack, floor, roof, strict=True)):
            neuron, scale, phase = system.neurons[k][i], system.scales[k][i], phases.get((k, i))
            if phase is not None:
                row = line if phase else [-v for v in line]
                held.append(Held(neuron, row, error, scale))
            if a >= 0 or not group.cut[i]:
                forms.append(line)
                errors.append(error)
                decided[neuron] = True
            elif b <= 0:
                forms.append([0] * (one + 1))
                errors.append(0)
                decided[neuron] = False
            else:
                kept.append(i)
                forms.append([])
                errors.append(0)
        if not kept:
            continue
        part = Group(
            0,
            [_biased(lines[i], one) for i in kept],
            [slack[i] for i in kept],
            [floor[i] for i in kept],
            [roof[i] for i in kept],
            (True,) * len(kept),
        )
        shifts = [max(rise(bits, *entry), 0) for entry in entries(part)]
        groups.append(measured(part, shifts))
        names.append(tuple(system.neurons[k][i] for i in kept))
        scales.append([system.scales[k][i] - s for i, s in zip(kept, shifts, strict=True)])
        for i, s in zip(kept, shifts, strict=True):
            forms[start + i] = [0] * width + [1 << (bits - s)]
            width += 1
    basis = _carried(system.goals, forms, errors, width, bits)
    shift = bits - max((abs(v) for row in basis.rows for v in row), default=0).bit_length()
    shift = max(shift, 0)
    goals = Basis(
        [[v << shift for v in row] for row in basis.rows], [e << shift for e in basis.error]
    )
    older = _carried(
        Basis([h.row for h in system.held], [h.error for h in system.held]),
        forms, errors, width, bits,
    )  # fmt: skip
    every = [
        Held(h.of, row, error, h.scale)
        for h, row, error in zip(system.held, older.rows, older.error, strict=True)
    ] + [Held(h.of, _padded(h.row, width), h.error, h.scale) for h in held]
    return System(
        Tableau(bits, one, tuple(groups)), tuple(names), tuple(scales), goals,
        system.scale - shift, tuple(every), decided, centre, depth,
    )  # fmt: skip


def _narrowed(system: System, low: Ints, high: Ints) -> tuple[Ints, Ints, Rows]:
    """Centre and depth for a box of v, and the old inputs (and 1) as forms of the new ones."""
    bits, one = system.tableau.bits, system.tableau.inputs
    centre, depth, forms = [], [], []
    for i, (a, b, c, d) in enumerate(zip(low, high, system.centre, system.depth, strict=True)):
        middle = (a + b) >> 1
        reach = max(b - middle, middle - a)
        k = min(RANGE - (reach - 1).bit_length() if reach else RANGE, GRID - RANGE - d)
        line = [0] * (one + 1)
        line[i] = 1 << (bits - k)
        line[one] = middle << (bits - RANGE)
        forms.append(line)
        centre.append(c + (middle << (GRID - RANGE - d)))
        depth.append(d + k)
    forms.append([0] * one + [1 << bits])
    return centre, depth, forms


def _substituted(
    group: Group, forms: Rows, errors: Ints, width: int, bits: int, one: int, start: int
) -> tuple[Rows, Ints]:
    """The group's z over the new variables, with their errors."""
    inner = Basis([form[:-1] for form in group.forms], group.error)
    found = _carried(inner, forms[group.first : start], errors[group.first : start], width, bits)
    for line, form in zip(found.rows, group.forms, strict=True):
        line[one] += form[-1]
    return found.rows, found.error


def _carried(basis: Basis, forms: Rows, errors: Ints, width: int, bits: int) -> Basis:
    """Rows over old variables as rows over new ones; each new weight is off by under a unit."""
    rows = product(basis.rows, [_padded(form, width) for form in forms], bits)
    slack = [
        error + width - (-sum(abs(w) * e for w, e in zip(row, errors, strict=True) if e) >> bits)
        for row, error in zip(basis.rows, basis.error, strict=True)
    ]
    return Basis(rows, slack)


def _padded(row: Ints, width: int) -> Ints:
    return row + [0] * (width - len(row))


def _biased(line: Ints, one: int) -> Ints:
    """The constant's weight moved to the end."""
    return [*line[:one], 0, *line[one + 1 :], line[one]]
