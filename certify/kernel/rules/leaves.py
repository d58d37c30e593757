"""Leaves of a tree of regions: what each argues, and whether its bounds close it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from ..blocks import lower_bounds
from ..bounds import Neuron, System
from ..decode import Node
from ..exact import CELLS
from ..numbers import ONE, ZERO, format_rational, square_sum
from ..question import Question
from ..rational import Facts
from ..tableau import FULL, RANGE, SLOPE, Basis, Leaves
from ..verdict import Budget, Reject
from .meter import Meter


@dataclass
class Anchor:
    """A system, how many phases of the way to it it knows, and leaves that wait for it.

    ``above`` is the anchor around it; every region inside an anchor lies inside those above.
    ``size``: about how many words the system holds.
    """

    system: System
    known: int
    above: Anchor | None = None
    size: int = 0
    waiting: list[Leaf] = field(default_factory=list)


@dataclass(frozen=True)
class Region:
    """Part of the domain: a box of t, its exact ends in u, the phases split."""

    low: tuple[int, ...]
    high: tuple[int, ...]
    ends: dict[int, tuple[Fraction, Fraction]]
    phases: tuple[tuple[Neuron, bool], ...]
    anchor: Anchor

    @property
    def size(self) -> int:
        """About how many words it holds."""
        return 3 * len(self.low) + len(self.phases) + 1

    def open_phases(self) -> dict[tuple[int, int], bool]:
        """The phases split below the anchor that it leaves undecided, by place in its tableau."""
        place = self.anchor.system.place
        below = self.phases[self.anchor.known :]
        return {place[n]: active for n, active in below if n in place}


@dataclass(frozen=True)
class Sum:
    """Σ rows·goal + Σ phases·(±z) + Σ domain·(b − a·u): not negative at a counterexample.

    It is positive there if a row of ``strict`` has a positive weight.
    """

    rows: dict[int, Fraction]
    phases: dict[Neuron, Fraction]
    domain: dict[int, Fraction]
    strict: tuple[int, ...] = ()

    def multipliers(self) -> list[Fraction]:
        """All of them."""
        return [*self.rows.values(), *self.phases.values(), *self.domain.values()]


@dataclass(frozen=True)
class Leaf:
    """A leaf: its region, its sums, the slopes of undecided neurons, where it stands."""

    region: Region
    sums: tuple[Sum, ...]
    slopes: dict[Neuron, Fraction]
    exact: bool
    empty: bool
    at: str


# ----------------------------------------------------------------- reading


def read(asked: Question, region: Region, node: Node) -> Leaf:
    """The leaf of a node. Raises Malformed or Reject."""
    word = "empty" if "empty" in node.value else "leaf"
    keys = node.object((word,), ("slopes", "up", "exact"))
    if "exact" in keys and keys["exact"].value is not True:
        keys["exact"].fail("expected true, or nothing")
    exact = "exact" in keys
    sums: tuple[Sum, ...]
    if word == "empty":
        sums = (_held(asked, region, exact, {}, keys[word].object((), ("phases", "domain"))),)
    elif asked.disjuncts:
        entries = [keys[word]] * len(asked.disjuncts)
        if isinstance(keys[word].value, list):
            entries = keys[word].entries(len(asked.disjuncts))
        pairs = zip(entries, asked.disjuncts, strict=True)
        sums = tuple(_disjunct(asked, region, exact, *pair) for pair in pairs)
    elif asked.least is not None:
        sums = (_direction(asked, region, exact, keys[word]),)
    else:
        sums = _gaps(asked, region, exact, keys[word])
    slopes = _slopes(region, keys["slopes"]) if "slopes" in keys else {}
    return Leaf(region, sums, slopes, exact, word == "empty", node.at)


def _disjunct(
    asked: Question, region: Region, exact: bool, node: Node, rows: tuple[tuple[int, bool], ...]
) -> Sum:
    """The sum against one disjunct: the number of a row, or weights for all of them."""
    strict = tuple(number for number, s in rows if s)
    if not isinstance(node.value, dict):
        row = node.integer(0)
        if row >= len(rows):
            raise Reject("regions.row", node.at, row)
        return Sum({rows[row][0]: ONE}, {}, {}, strict)
    keys = node.object(("rows",), ("phases", "domain"))
    weights: dict[int, Fraction] = {}
    for (number, _), entry in zip(rows, keys.pop("rows").entries(len(rows)), strict=True):
        weights[number] = weights.get(number, ZERO) + _multiplier(entry)
    found = _held(asked, region, exact, weights, keys)
    return Sum(found.rows, found.phases, found.domain, strict)


def _direction(asked: Question, region: Region, exact: bool, node: Node) -> Sum:
    """Minus the gap along a direction; the direction alone, or with multipliers of what holds."""
    keys = node.object(("along",), ("phases", "domain")) if isinstance(node.value, dict) else {}
    along = keys.pop("along", node).vector(len(asked.rows))
    return _held(asked, region, exact, {i: -v for i, v in enumerate(along)}, keys)


def _gaps(asked: Question, region: Region, exact: bool, node: Node) -> tuple[Sum, ...]:
    """Each coordinate of the gap and minus it: 0, or multipliers of what holds for each."""
    rows = [{i: s} for i in range(len(asked.rows)) for s in (ONE, -ONE)]
    if not isinstance(node.value, list):
        if node.integer(0):
            node.fail("expected 0")
        return tuple(Sum(row, {}, {}) for row in rows)
    return tuple(
        _held(asked, region, exact, row, entry.object((), ("phases", "domain")))
        for row, entry in zip(rows, node.entries(len(rows)), strict=True)
    )


def _held(
    asked: Question, region: Region, exact: bool, rows: dict[int, Fraction], keys: dict[str, Node]
) -> Sum:
    """The multipliers of what holds on the region; a system has rows only for some phases."""
    system = region.anchor.system
    rows_of = {h.of for h in system.held}
    phases: dict[Neuron, Fraction] = {}
    domain: dict[int, Fraction] = {}
    if "phases" in keys:
        entries = keys["phases"].entries(len(region.phases))
        for (neuron, _), entry in zip(region.phases, entries, strict=True):
            if value := _multiplier(entry):
                if not (exact or neuron in system.place or neuron in rows_of):
                    raise Reject("regions.phase-decided", entry.at, list(neuron))
                phases[neuron] = value
    if "domain" in keys:
        for k, entry in enumerate(keys["domain"].entries(len(asked.domain.rows))):
            if value := _multiplier(entry):
                domain[k] = value
    return Sum(rows, phases, domain)


def _multiplier(node: Node) -> Fraction:
    value = node.number()
    if value < 0:
        raise Reject("regions.multiplier-negative", node.at, format_rational(value))
    return value


def _slopes(region: Region, node: Node) -> dict[Neuron, Fraction]:
    """The slopes of undecided neurons, for the last pass."""
    found: dict[Neuron, Fraction] = {}
    for entry in node.entries():
        layer, index, slope = entry.entries(3)
        neuron = layer.integer(0), index.integer(0)
        if neuron not in region.anchor.system.place:
            raise Reject("regions.slope-neuron", entry.at, "not an undecided neuron")
        value = slope.number()
        if not 0 <= value <= 1:
            raise Reject("regions.slope", slope.at, format_rational(value))
        if neuron in found:
            raise Reject("regions.slope-twice", entry.at, list(neuron))
        found[neuron] = value
    return found


# ----------------------------------------------------------------- closing


def bounds(
    asked: Question, anchor: Anchor, leaves: list[Leaf], meter: Meter | None = None
) -> list[Result]:
    """For each leaf, lower bounds of minus its sums and whether they close it.

    Raises Decline where the meter (by default a fresh one) does not cover it.
    """
    meter = meter or Meter(Budget())
    found: dict[int, Result] = {}
    plain = [(i, leaf) for i, leaf in enumerate(leaves) if not leaf.exact]
    results = _fixed(asked, anchor, [leaf for _, leaf in plain], meter)
    for (i, _), result in zip(plain, results, strict=True):
        found[i] = result
    for i, leaf in enumerate(leaves):
        if leaf.exact:
            known = facts(asked, leaf.region, leaf.slopes)
            multipliers = [v for s in leaf.sums for v in s.multipliers()]
            meter.charge(known.work(len(leaf.sums)), known.bits(multipliers))
            known.sharpen()
            found[i] = exactly(asked, leaf, known)
    return [found[i] for i in range(len(leaves))]


@dataclass(frozen=True)
class Result:
    """Bounds of minus the sums, and whether they close the leaf."""

    values: list[Fraction]
    closed: bool


def _judged(
    asked: Question, leaf: Leaf, values: list[Fraction], sums: list[tuple[Sum, bool]]
) -> Result:
    """Do these bounds leave no room? ``sums`` as they were bounded, and whether strict."""
    if leaf.empty or asked.disjuncts:
        pairs = zip(values, sums, strict=True)
        closed = all(v > 0 or (v == 0 and strict) for v, (_, strict) in pairs)
    elif asked.least is not None:  # values[0] ≤ d·gap, and d·gap ≤ ‖d‖·‖gap‖
        along = square_sum(sums[0][0].rows.values())
        closed = values[0] >= 0 and values[0] ** 2 >= asked.least**2 * along
        closed = closed and along > 0
    else:  # −values[2i + 1] ≤ gapᵢ ≤ −values[2i], the other way round for the sign
        sizes = [max(-a, -b, ZERO) for a, b in zip(values[::2], values[1::2], strict=True)]
        norm, most = asked.most or ("", ZERO)
        closed = square_sum(sizes) <= most**2 if norm == "l2" else sum(sizes, ZERO) <= most
    return Result(values, closed)


def _fixed(asked: Question, anchor: Anchor, leaves: list[Leaf], meter: Meter) -> list[Result]:
    """In fixed point, as many leaves at once as memory allows."""
    results: list[Result] = []
    step = _at_once(anchor.system, leaves)
    for start in range(0, len(leaves), step):
        results += _together(asked, anchor, leaves[start : start + step], meter)
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


def _together(asked: Question, anchor: Anchor, leaves: list[Leaf], meter: Meter) -> list[Result]:
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
        results.append(_judged(asked, leaf, values, used))
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


def facts(asked: Question, region: Region, slopes: dict[Neuron, Fraction]) -> Facts:
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
    box = [region.ends[i] for i in range(asked.domain.parameters)]
    return Facts(asked.layers, asked.domain, box, decided, ranges, slopes)


def exactly(asked: Question, leaf: Leaf, known: Facts) -> Result:
    """In rational arithmetic, on the layers as written, with facts that have been sharpened."""
    values = [exact_bound(asked, leaf.region, known, total) for total in leaf.sums]
    sums = [(s, any(s.rows.get(k, ZERO) > 0 for k in s.strict)) for s in leaf.sums]
    return _judged(asked, leaf, values, sums)


def exact_bound(asked: Question, region: Region, known: Facts, total: Sum) -> Fraction:
    """A lower bound of minus the sum, without rounding."""
    n = len(asked.domain.matrix)
    active = dict(region.phases)
    inputs: dict[int, Fraction] = {}
    outputs: dict[int, Fraction] = {}
    constant = ZERO
    for k, weight in total.rows.items():
        row, offset = asked.rows[k]
        constant -= weight * offset
        for c, v in row:
            side, place = (inputs, c) if c < n else (outputs, c - n)
            side[place] = side.get(place, ZERO) - weight * v
    parameters: dict[int, Fraction] = {}
    for k, weight in total.domain.items():
        row, limit = asked.domain.rows[k]
        constant -= weight * limit
        for c, v in row:
            parameters[c] = parameters.get(c, ZERO) + weight * v
    extra = {m: -w if active[m] else w for m, w in total.phases.items()}
    on_z, lost = known.final(outputs)
    last = len(asked.layers) - 1
    return known.bound(inputs, last, on_z, constant + lost, extra, parameters)
