"""Bounds of the sums that leaves argue with, and whether they close them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ...data.exact import CELLS
from ...data.numbers import ZERO, square_sum
from ...verdict import Budget
from ..meter import Meter
from .backsubstitution import lower_bounds
from .leaf import Anchor, Leaf, Region, Sum
from .query import Query
from .rational import Facts
from .system import Neuron, System
from .tableau import FULL, RANGE, SLOPE, Basis, Leaves


def bounds(
    query: Query, anchor: Anchor, leaves: list[Leaf], meter: Meter | None = None
) -> list[Result]:
    """For each leaf, lower bounds of minus its sums and whether they close it.

    Raises Decline where the meter (by default a fresh one) does not cover it.
    """
    meter = meter or Meter(Budget())
    found: dict[int, Result] = {}
    plain = [(i, leaf) for i, leaf in enumerate(leaves) if not leaf.exact]
    results = _fixed(query, anchor, [leaf for _, leaf in plain], meter)
    for (i, _), result in zip(plain, results, strict=True):
        found[i] = result
    for i, leaf in enumerate(leaves):
        if leaf.exact:
            known = facts(query, leaf.region, leaf.slopes)
            multipliers = [v for s in leaf.sums for v in s.multipliers()]
            meter.charge(known.work(len(leaf.sums)), known.bits(multipliers))
            known.sharpen()
            found[i] = exactly(query, leaf, known)
    return [found[i] for i in range(len(leaves))]


@dataclass(frozen=True)
class Result:
    """Bounds of minus the sums, and whether they close the leaf."""

    values: list[Fraction]
    closed: bool


def _judged(
    query: Query, leaf: Leaf, values: list[Fraction], sums: list[tuple[Sum, bool]]
) -> Result:
    """Do these bounds leave no room? ``sums`` as they were bounded, and whether strict."""
    if leaf.empty or query.disjuncts:
        pairs = zip(values, sums, strict=True)
        closed = all(v > 0 or (v == 0 and strict) for v, (_, strict) in pairs)
    elif query.least is not None:  # values[0] ≤ d·gap, and d·gap ≤ ‖d‖·‖gap‖
        along = square_sum(sums[0][0].rows.values())
        closed = values[0] >= 0 and values[0] ** 2 >= query.least**2 * along
        closed = closed and along > 0
    else:  # −values[2i + 1] ≤ gapᵢ ≤ −values[2i], the other way round for the sign
        sizes = [max(-a, -b, ZERO) for a, b in zip(values[::2], values[1::2], strict=True)]
        norm, most = query.most or ("", ZERO)
        closed = square_sum(sizes) <= most**2 if norm == "l2" else sum(sizes, ZERO) <= most
    return Result(values, closed)


def _fixed(query: Query, anchor: Anchor, leaves: list[Leaf], meter: Meter) -> list[Result]:
    """In fixed point, as many leaves at once as memory allows."""
    results: list[Result] = []
    step = _at_once(anchor.system, leaves)
    for start in range(0, len(leaves), step):
        results += _together(query, anchor, leaves[start : start + step], meter)
    return results


def _at_once(system: System, leaves: list[Leaf]) -> int:
    """For how many leaves the numbers that bounding them takes are not too many."""
    tableau = system.coarse
    groups = zip(tableau.groups, tableau.starts, strict=False)
    widest = max((2 * len(group.forms) * start for group, start in groups), default=0)
    split = {phase for leaf in leaves for phase in leaf.region.phases}
    rows = len(system.goals.rows) + len(system.held) + len(split)
    height = max((len(leaf.sums) for leaf in leaves), default=0)
    return max(1, CELLS // max(1, widest + height * (rows + tableau.starts[-1])))


def _together(query: Query, anchor: Anchor, leaves: list[Leaf], meter: Meter) -> list[Result]:
    """In fixed point, all leaves at once."""
    system = anchor.system
    basis = _Rows(system)
    height = max(len(leaf.sums) for leaf in leaves)
    sparse = [[basis.weights(s, leaf.region) for s in leaf.sums] for leaf in leaves]
    tableau = system.coarse
    longest = max((abs(w) for lines in sparse for line in lines for w in line.values()), default=0)
    mixed = height * len(basis.rows) * tableau.starts[-1]
    meter.charge(len(leaves) * (tableau.work(height) + mixed), tableau.bits + longest.bit_length())
    for lines in sparse:
        lines += [lines[-1]] * (height - len(lines))
    weights = [
        [[line.get(k, 0) for k in range(len(basis.rows))] for line in lines] for lines in sparse
    ]
    boxes = [system.box(leaf.region.low, leaf.region.high) for leaf in leaves]
    ready = Leaves(
        [a for a, _ in boxes],
        [b for _, b in boxes],
        [leaf.region.open_phases() for leaf in leaves],
        [
            {system.place[n]: v.numerator * FULL // v.denominator for n, v in leaf.slopes.items()}
            for leaf in leaves
        ],
    )
    found = lower_bounds(tableau, ready, Basis(basis.rows, basis.error), weights)
    unit = Fraction(2) ** (system.scale - tableau.bits)
    results = []
    for leaf, lines, units in zip(leaves, sparse, found, strict=True):
        used = []
        for s, line in zip(leaf.sums, lines, strict=False):
            rows = {k: Fraction(-line[k], FULL) for k in s.rows if k in line}
            used.append((Sum(rows, {}, {}), any(line.get(k, 0) < 0 for k in s.strict)))
        values = [v * unit for v in units[: len(leaf.sums)]]
        results.append(_judged(query, leaf, values, used))
    return results


class _Rows:
    """The rows that sums weigh, in the units of a system's coarse tableau."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.rows, self.error = list(system.basis.rows), list(system.basis.error)
        first = len(system.goals.rows)
        self.held = {h.of: (k, h.scale) for k, h in enumerate(system.held, first)}
        self.split: dict[tuple[Neuron, bool], tuple[int, int]] = {}

    def weights(self, total: Sum, region: Region) -> dict[int, int]:
        """Minus the sum as weights in units of 2^−SLOPE; rounding keeps signs."""
        line = {k: -_scaled(v, 0) for k, v in total.rows.items() if v}
        for k, v in total.domain.items():
            self._add(line, self.held[k], v)
        active = dict(region.phases)
        for neuron, v in total.phases.items():
            self._add(line, self.held.get(neuron) or self._row(neuron, active[neuron], region), v)
        return line

    def _add(self, line: dict[int, int], place: tuple[int, int], value: Fraction) -> None:
        row, scale = place
        line[row] = -_scaled(value, scale - self.system.scale)

    def _row(self, neuron: Neuron, active: bool, region: Region) -> tuple[int, int]:
        """The row that says on which side of zero a neuron split below the anchor is."""
        if (neuron, active) not in self.split:
            g, i = self.system.place[neuron]
            tableau = self.system.coarse
            group, start = tableau.groups[g], tableau.starts[g]
            form = [0] * group.first + group.forms[i][:-1]
            form[tableau.inputs] += group.forms[i][-1]
            form += [0] * (tableau.starts[-1] - start)
            self.split[neuron, active] = len(self.rows), self.system.scales[g][i]
            self.rows.append(form if active else [-v for v in form])
            self.error.append(group.error[i])
        return self.split[neuron, active]


def _scaled(value: Fraction, rise: int) -> int:
    """value·2^rise in units of 2^−SLOPE, rounded towards zero."""
    size, shift = abs(value), SLOPE + rise
    if shift >= 0:
        found = (size.numerator << shift) // size.denominator
    else:
        found = size.numerator // (size.denominator << -shift)
    return found if value > 0 else -found


def facts(query: Query, region: Region, slopes: dict[Neuron, Fraction]) -> Facts:
    """What the system says of the layers as written, on a region."""
    system = region.anchor.system
    unit = Fraction(1, 1 << RANGE)
    ranges: dict[Neuron, tuple[Fraction, Fraction]] = {}
    for neuron, (g, i) in system.place.items():
        rise = unit * Fraction(2) ** system.scales[g][i]
        group = system.tableau.groups[g]
        ranges[neuron] = group.low[i] * rise, group.high[i] * rise
    decided = dict(system.decided)
    for neuron, active in region.phases:
        if ranges.pop(neuron, None) is not None:
            decided[neuron] = active
    box = [region.ends[i] for i in range(query.domain.parameters)]
    return Facts(query.layers, query.domain, box, decided, ranges, slopes)


def exactly(query: Query, leaf: Leaf, known: Facts) -> Result:
    """In rational arithmetic, on the layers as written, with facts that have been sharpened."""
    values = [exact_bound(query, leaf.region, known, total) for total in leaf.sums]
    sums = [(s, any(s.rows.get(k, ZERO) > 0 for k in s.strict)) for s in leaf.sums]
    return _judged(query, leaf, values, sums)


def exact_bound(query: Query, region: Region, known: Facts, total: Sum) -> Fraction:
    """A lower bound of minus the sum, without rounding."""
    n = len(query.domain.matrix)
    active = dict(region.phases)
    inputs: dict[int, Fraction] = {}
    outputs: dict[int, Fraction] = {}
    constant = ZERO
    for k, weight in total.rows.items():
        row, offset = query.rows[k]
        constant -= weight * offset
        for c, v in row:
            side, place = (inputs, c) if c < n else (outputs, c - n)
            side[place] = side.get(place, ZERO) - weight * v
    parameters: dict[int, Fraction] = {}
    for k, weight in total.domain.items():
        row, limit = query.domain.rows[k]
        constant -= weight * limit
        for c, v in row:
            parameters[c] = parameters.get(c, ZERO) + weight * v
    extra = {m: -w if active[m] else w for m, w in total.phases.items()}
    on_z, lost = known.final(outputs)
    last = len(query.layers) - 1
    return known.bound(inputs, last, on_z, constant + lost, extra, parameters)
