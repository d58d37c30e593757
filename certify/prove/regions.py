"""Branch and bound over regions: a witness, or a tree for the kernel's rule regions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..kernel.claim import Claim, Pointwise
from ..kernel.numbers import format_rational
from ..kernel.question import question
from . import feasible
from .enumerate import refutation
from .found import Answer, Found, Options, Unknown

if TYPE_CHECKING:
    from .tree import Tree

BITS = 26


def prove(claim: Claim, options: Options) -> Answer:
    """A witness or a tree of regions, if one is found in time."""
    if not isinstance(claim, Pointwise):
        return Unknown("not about points")
    asked = question(claim)
    if any(side is None for side in (*asked.domain.lower, *asked.domain.upper)):
        return Unknown("the set is not bounded")
    from .attack import Attack  # numpy is for those who come this far
    from .bab import Search, Stuck
    from .grow import ATTACK, BEFORE, Work
    from .journal import opened
    from .systems import Systems
    from .tree import Tree

    header: dict[str, object] = {"bits": BITS}
    if not claim.domain.certain():
        point = feasible.point(claim.domain, options)
        if point is None:
            return Unknown("no point of the set was found, and it may be empty")
        header["point"] = [format_rational(v) for v in point]
    attack = Attack(claim, asked, options.seed)
    found = attack.run(options, min(ATTACK, options.timeout / 10), BEFORE, climb=False)
    if found is not None:
        return refutation(found)
    search, tree = Search(asked, attack, Systems(asked, BITS)), Tree()
    about = {"claim": claim.digest, "rule": "regions", "bits": BITS}
    journal = opened(options.journal, about)
    try:
        work = Work(claim, search, tree, journal, options)
        witness = work.run()
    except Stuck:
        return Unknown(f"no region left to split after {tree.count}: the claim may be tight")
    finally:
        if journal is not None:
            journal.close()
    if witness is not None:
        return refutation(witness)
    if work.jobs:
        kept = "" if journal is None else f", kept in {journal.path}"
        if journal is not None and journal.failed:
            kept = f", not all kept: {journal.failed}"
        return Unknown(f"time is over after {tree.count} regions{kept}")
    return Found("proved", "regions", "lines", Lines(header, tree))


@dataclass(frozen=True)
class Lines:
    """The lines of a tree's certificate, made anew whenever they are asked for."""

    header: dict[str, object]
    tree: Tree

    def __iter__(self) -> Iterator[str]:
        yield json.dumps(self.header, separators=(",", ":"))
        yield from self.tree.lines()
