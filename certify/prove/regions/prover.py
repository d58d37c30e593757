"""Branch and bound over regions: a witness, or a tree for the kernel's rule regions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...kernel.data.numbers import format_rational
from ...kernel.language.claim import Claim, Pointwise
from ...kernel.rules.regions.query import Query, query_of
from ..answers import Answer, Found, Options, Unknown
from ..clock import TimeOver
from ..enumerate import refutation
from ..linear import feasible

if TYPE_CHECKING:
    from .journal import Journal
    from .tree import Tree

BITS = 26


def prove(claim: Claim, options: Options) -> Answer:
    """A witness or a tree of regions, if one is found in time."""
    if not isinstance(claim, Pointwise):
        return Unknown("not about points")
    query = query_of(claim)
    if any(side is None for side in (*query.domain.lower, *query.domain.upper)):
        return Unknown("the set is not bounded")
    import numpy as np  # numpy is for those who come this far

    with np.errstate(all="ignore"):  # floats only guess, and what they miss costs time
        return _searched(claim, query, options)


def _searched(claim: Pointwise, query: Query, options: Options) -> Answer:
    """The search itself, on a set that is bounded."""
    from .attack import Attack
    from .journal import opened
    from .schedule import ATTACK, BEFORE, Work
    from .search import Search, Stuck
    from .systems import Systems
    from .tree import Tree

    header: dict[str, object] = {"bits": BITS}
    if not claim.domain.certain():
        point = feasible.point(claim.domain, options)
        if point is None:
            return Unknown("no point of the set was found, and it may be empty")
        header["point"] = [format_rational(v) for v in point]
    attack = Attack(claim, query, options.seed)
    witness = attack.run(options, min(ATTACK, options.timeout / 10), BEFORE, climb=False)
    if witness is not None:
        return refutation(witness)
    search, tree = Search(query, attack, Systems(query, BITS)), Tree()
    about = {"claim": claim.digest, "rule": "regions", "bits": BITS}
    journal = opened(options.journal, about)
    try:
        work = Work(claim, search, tree, journal, options)
        found = work.run()
    except TimeOver:
        return Unknown(f"time is over after {tree.count} regions{_kept(journal, tree)}")
    except Stuck:
        return Unknown(f"no region left to split after {tree.count}: the claim may be tight")
    finally:
        if journal is not None:
            journal.close()
            if tree.empty:
                journal.path.unlink(missing_ok=True)
    if found is not None:
        return found
    if work.jobs:
        return Unknown(f"time is over after {tree.count} regions{_kept(journal, tree)}")
    return Found("proved", "regions", "lines", Lines(header, tree))


def _kept(journal: Journal | None, tree: Tree) -> str:
    if journal is None or tree.empty:
        return ""
    if journal.failed:
        return f", not all kept: {journal.failed}"
    return f", kept in {journal.path}"


@dataclass(frozen=True)
class Lines:
    """The lines of a tree's certificate, made anew whenever they are asked for."""

    header: dict[str, object]
    tree: Tree

    def __iter__(self) -> Iterator[str]:
        yield json.dumps(self.header, separators=(",", ":"))
        yield from self.tree.lines()
