"""The kernel's systems for the regions of a search, in exact arithmetic; and their boxes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from ...kernel.rules.regions.backsubstitution import Leaves, neuron_bounds
from ...kernel.rules.regions.initial import root
from ...kernel.rules.regions.query import Query
from ...kernel.rules.regions.system import GRID, System, reduced
from .float_system import Frame
from .tree import Way, box, path, phases

KEPT = 64  # systems at hand; others are computed anew
CELLS = 1 << 16  # ends of boxes at hand


@dataclass(frozen=True)
class Setting:
    """A system, its floats, the phases that it knows, and how many systems are around it."""

    system: System
    frame: Frame
    known: int
    level: int


class Systems:
    """The systems of one question, by the regions around which they were given.

    ``base`` is the system of the whole domain, where somebody has computed it already.
    """

    def __init__(self, query: Query, bits: int, base: System | None = None) -> None:
        self.bits = bits
        sides = zip(query.domain.lower, query.domain.upper, strict=True)
        self.sides = [(a, b) for a, b in sides if a is not None and b is not None]
        self.low = [float(a) for a, _ in self.sides]
        self.high = [float(b) for _, b in self.sides]
        self.cell = lru_cache(CELLS)(self._cell)
        if base is None:
            base = root(query.layers, query.domain, self.sides, query.rows, bits)
            ranges = [(group.low, group.high) for group in base.tableau.groups]
            base = reduced(base, *base.box(*self.grid(self.low, self.high)), ranges, {})
        self.base = Setting(base, Frame(base), 0, 0)
        self.recent: OrderedDict[str, Setting] = OrderedDict()

    def grid(self, low: Sequence[float], high: Sequence[float]) -> tuple[list[int], list[int]]:
        """A box of parameters in units of 2^−GRID of t, outward."""
        down = [self.cell(i, v)[0] for i, v in enumerate(low)]
        return down, [self.cell(i, v)[1] for i, v in enumerate(high)]

    def ends(
        self, low: Sequence[float], high: Sequence[float]
    ) -> dict[int, tuple[Fraction, Fraction]]:
        """A box of parameters in exact numbers; at its ends the domain need not have floats."""
        found = {}
        for i, (a, b) in enumerate(self.sides):
            below = a if low[i] == self.low[i] else Fraction(low[i])
            found[i] = below, b if high[i] == self.high[i] else Fraction(high[i])
        return found

    def _cell(self, i: int, value: float) -> tuple[int, int]:
        """A value of a parameter in units of 2^−GRID of t, rounded down and up."""
        a, b = self.sides[i]
        t = (2 * Fraction(value) - a - b) / (b - a) if a < b else Fraction(0)
        scaled = min(max(t, Fraction(-1)), Fraction(1)) * (1 << GRID)
        return scaled.__floor__(), scaled.__ceil__()

    def within(self, around: Sequence[Way]) -> Setting:
        """The setting inside the innermost of these regions, as the kernel will have it."""
        known = len(around)  # how many of them have a setting at hand
        while known and path(around[known - 1]) not in self.recent:
            known -= 1
        setting = self.base
        if known:
            setting = self.recent[path(around[known - 1])]
            self.recent.move_to_end(path(around[known - 1]))
        for way in around[known:]:
            setting = self.tightened(setting, way)
            self.recent[path(way)] = setting
            if len(self.recent) > KEPT:
                self.recent.popitem(last=False)
        return setting

    def tightened(self, setting: Setting, way: Way) -> Setting:
        """A system for a region inside the setting."""
        system = setting.system
        low, high = system.box(*self.grid(*box(way, self.low, self.high)))
        signs = phases(way)
        below = signs[setting.known :]
        fixed = {system.place[n]: active for n, active in below if n in system.place}
        [ranges] = neuron_bounds(system.coarse, Leaves([low], [high], [fixed], [{}]))
        inner = reduced(system, low, high, ranges, fixed)
        return Setting(inner, Frame(inner), len(signs), setting.level + 1)
