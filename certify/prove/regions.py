"""Branch and bound over regions: a witness, or a tree for the kernel's rule regions."""

from __future__ import annotations

import json
from collections.abc import Iterator
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
    from .journal import Journal
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
    journal = None
    if options.journal is not None:
        about = {"claim": claim.digest, "rule": "regions", "bits": BITS}
        journal = Journal(options.journal, about)
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
        kept = "" if options.journal is None else f", kept in {options.journal}"
        return Unknown(f"time is over after {tree.count} regions{kept}")
    return Found("proved", "regions", "lines", _lines(header, tree))


def _lines(header: dict[str, object], tree: Tree) -> Iterator[str]:
    yield json.dumps(header, separators=(",", ":"))
    yield from tree.lines()
