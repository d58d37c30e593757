"""Writes the golden certificates of rule regions: ``python tests/golden/make_regions.py``.

Two networks on [−1, 1]², with s = x0 + x1 and d = x0 − x1:

    FAN   y0 = relu(s) + relu(d), at most 2, reached at x0 = 1; without a split at most 3
    STEP  y0 = relu(s) − relu(s − 1), between 0 and 1

Children stand in the order below, above; inactive, active. ``{"leaf": 0}`` gives the first
row of the negated claim the multiplier 1.
"""

from __future__ import annotations

import json
from typing import Any

from make import Body, header, write

import certify
from certify.networks import builder

FAN_NETWORK = builder.Sequential(builder.relu([[1, 1], [1, -1]]), builder.linear([[1, 1]]))
STEP_NETWORK = builder.Sequential(
    builder.relu([[1, 1], [1, 1]], [0, -1]), builder.linear([[1, -1]])
)
SQUARE = certify.box([-1, -1], [1, 1])
CORNER = certify.polytope([[1, 0, 1], [-1, 0, 1], [0, 1, 1], [0, -1, 1], [1, 1, "1/2"]])
ABOVE_ONE = f"{(1 << 40) + 1}/{1 << 40}"
BELOW, ABOVE = (f"{(2 << 40) + k}/{1 << 40}" for k in (-1, 1))

FAN = certify.output(FAN_NETWORK, SQUARE, "y0 <= 9/4")
FAN_CLOSE = certify.output(FAN_NETWORK, SQUARE, f"y0 <= {ABOVE}")
FAN_FALSE = certify.output(FAN_NETWORK, SQUARE, f"y0 <= {BELOW}")
FAN_LOOSE = certify.output(FAN_NETWORK, SQUARE, "y0 <= 25/8")
SUM = certify.output(builder.relu([[1, 1]]), CORNER, "y0 <= 4/3")
FAN_OPEN = certify.output(FAN_NETWORK, certify.polytope([[1, 0, 1], [0, 1, 1]]), "y0 <= 9/4")
STEP = certify.output(STEP_NETWORK, SQUARE, "y0 <= 5/4")
NEAR = certify.within(STEP_NETWORK, certify.constant([0]), SQUARE, "5/4")
BOTH = certify.output(FAN_NETWORK, SQUARE, "y0 < 9/4 or x0 < 1/2")
FINITE = certify.output(FAN_NETWORK, certify.cube(2), "y0 <= 9/4")
FLIPPED = certify.output(certify.flip(FAN_NETWORK, [[0, 0]]), SQUARE, "y0 <= 9/4")
MEMBER = certify.member(FAN_NETWORK, 2, lambda_=2)
PLANE, ORIGIN = builder.linear([[1, 0], [0, 1]]), certify.constant([0, 0])
NORM, NORM_FALSE = (certify.within(PLANE, ORIGIN, SQUARE, e, "l2") for e in ("3/2", "7/5"))
ABOVE_ZERO, BELOW_ZERO = (  # the first output is at least 2, or at most −2
    certify.within(builder.linear([[1, 0], [0, 1]], [b, 0]), ORIGIN, SQUARE, 3, "l2")
    for b in (3, -3)
)
SEVEN, SEVEN_FALSE = (
    certify.within(builder.linear([[1, 0]] * 7), certify.constant([0] * 7), SQUARE, e, "l1")
    for e in (7, "27/4")
)
# f(x + v/10) − f(x − v/10) = v/5 for v = (3, 4), of length 1
AWAY, AWAY_FALSE = (
    certify.separates(builder.relu([[1, 0], [0, 1]], [5, 5]), SQUARE, [3, 4], "1/10", d)
    for d in (1, ABOVE_ONE)
)
# 3(s + 1) and 4(s + 1), where s ≤ 1/2; and 3g and 4g with g ≥ 3/2 where s ≥ 1
HELD, HELD_FALSE = (
    certify.within(builder.linear([[3, 3], [4, 4]], [3, 4]), ORIGIN, CORNER, e, "l2")
    for e in ("15/2", "29/4")
)
DOUBLE = builder.Sequential(builder.relu([[1, 0], [0, 1]]), builder.linear([[3, 3], [4, 4]]))
OPPOSITE = certify.polytope([[1, 0, 1], [-1, 0, 1], [0, 1, 1], [0, -1, 1], [-1, -1, -1]])
APART, APART_FALSE = (
    certify.separates(DOUBLE, OPPOSITE, [1, 1], "1/2", d) for d in ("15/2", "31/4")
)
FAN_EXACT = certify.output(FAN_NETWORK, SQUARE, "y0 <= 2")
FAN_STRICT = certify.output(FAN_NETWORK, SQUARE, "y0 < 2")
LINE, LINE_FALSE = (
    certify.equals(
        builder.Sequential(builder.relu([[1, 0], [-1, 0]]), builder.linear([[1, -1]], [b])),
        certify.project([0]),
        SQUARE,
    )
    for b in (0, "2^-40")
)
TWIN = certify.output(
    builder.Sequential(builder.relu([[1, 1], [1, 1]]), builder.linear([[1, 1]])), SQUARE, "y0 <= 4"
)
# relu(−s) is inactive where s ≥ 0: taken for active there, s ≤ 0 would follow
SIDE = certify.output(builder.relu([[-1, -1]]), SQUARE, "x0 + x1 <= 1")
# relu(s + 3) is active everywhere
STABLE = certify.output(builder.relu([[1, 1]], [3]), SQUARE, "y0 <= 6")

BITS: Body = {"bits": 40}
LEAF: Body = {"leaf": 0}
FIRST: Body = {"relu": [0, 0]}
SECOND: Body = {"relu": [0, 1]}
FAN_TREE = [BITS, FIRST, SECOND, LEAF, LEAF, SECOND, LEAF, LEAF]
FINE_TREE = [{"bits": 64}, *FAN_TREE[1:]]
POINT: Body = {"bits": 40, "point": ["0", "0"]}


def held(*phases: Any, row: Any = 1, **more: Any) -> Body:
    """A leaf with multipliers for the one disjunct's one row and the phases."""
    return {"leaf": [{"rows": [row], "phases": list(phases)}], **more}


def tight(node: Body) -> Body:
    """The split with a system of its own."""
    return {**node, "tighten": True}


ONLY = held(1, 0)  # s ≤ 1 by the first phase on the way: s − 1 ≤ 0
STEP_TREE = [BITS, SECOND, FIRST, LEAF, ONLY, FIRST, {"empty": {"phases": [1, 1]}}, LEAF]
# of f > 5/4 and −f > 5/4 the first needs the first phase on the way, the second the second
PAIR: Body = {"leaf": [{"rows": [1], "phases": [1, 0]}, {"rows": [1], "phases": [0, 1]}]}
NEAR_TREE = [*STEP_TREE[:4], PAIR, *STEP_TREE[5:]]
INPUT: Body = {"input": 0, "at": "2/5"}
BOTH_TREE = [
    BITS,
    INPUT,
    {"leaf": [{"rows": ["0", 1]}]},
    FIRST,
    LEAF,
    SECOND,
    LEAF,
    {"leaf": [{"rows": ["1/3", 0]}]},
]
TIGHT_TREE = [
    BITS,
    tight(FIRST),
    tight(SECOND),
    {"leaf": 0, "up": 1},
    LEAF,
    SECOND,
    {"leaf": 0, "slopes": [], "up": 1},
    LEAF,
]
SLOPES: Body = {"leaf": 0, "slopes": [[0, 0, "1/2"], [0, 1, 0]]}
# relu(s) ≤ (s + 2)/2 ≤ 5/4
ROWS: Body = {"leaf": [{"rows": [1], "domain": ["1/2"]}]}
SIDE_SPLIT: Body = {"input": 1, "at": "-1/2"}


def at(place: int, value: Body | None, tree: list[Body]) -> list[Body]:
    """The tree with another line at a place, or without that line."""
    return [*tree[:place], *([] if value is None else [value]), *tree[place + 1 :]]


EXACT: Body = {"leaf": 0, "exact": True}
EXACT_TREE = [BITS, FIRST, SECOND, EXACT, EXACT, SECOND, EXACT, EXACT]
# where the two phases leave only x0 = 0, one of them is needed for each sign of the gap
CROSSED: Body = {
    "leaf": [{"rows": [1], "phases": [0, 1]}, {"rows": [1], "phases": [1, 0]}],
    "exact": True,
}
LINE_TREE = at(3, CROSSED, at(7, CROSSED, EXACT_TREE))


def sides(*domain: Any) -> list[Body]:
    """A leaf against a norm, with a multiplier of the domain's row for each side of the gap."""
    return [POINT, {"leaf": [{"domain": [v]} for v in domain], "exact": True}]


def apart(weight: Any) -> list[Body]:
    """x0 − 1/2 and x1 − 1/2 are split; the domain's row is needed unless both are positive."""
    leaf = {"leaf": {"along": [3, 4], "domain": [weight]}, "exact": True}
    first, second = {"relu": [0, 2]}, {"relu": [0, 3]}
    last = {"leaf": [3, 4], "exact": True}
    return [{"bits": 40, "point": [1, "1/2"]}, first, second, leaf, leaf, second, leaf, last]


ACCEPT: dict[str, tuple[Any, list[Body]]] = {
    "phases": (FAN, FAN_TREE),
    "close": (FAN_CLOSE, FINE_TREE),
    "empty": (STEP, STEP_TREE),
    "two-disjuncts": (NEAR, NEAR_TREE),
    "rows": (BOTH, BOTH_TREE),
    "tighten": (FAN, TIGHT_TREE),
    "slopes": (FAN_LOOSE, [BITS, SLOPES]),
    "decided": (STABLE, [BITS, FIRST, LEAF, held(0)]),
    "polytope": (SUM, [POINT, ROWS]),
    "exact": (FAN_EXACT, EXACT_TREE),
    "exact-equals": (LINE, LINE_TREE),
    "exact-polytope": (SUM, [POINT, {**ROWS, "exact": True}]),
    "exact-slopes": (FAN_LOOSE, [BITS, {**SLOPES, "exact": True}]),
    "exact-empty": (STEP, at(6, {**STEP_TREE[6], "exact": True}, STEP_TREE)),
    "exact-decided": (STABLE, [BITS, FIRST, {**held(1), "exact": True}, LEAF]),
    "norm": (NORM, [BITS, LEAF]),
    "norm-l1": (SEVEN, [BITS, EXACT]),
    "norm-held": (HELD, sides(3, 0, 4, 0)),
    "direction-held": (APART, apart(25)),
    "direction": (AWAY, [BITS, {"leaf": [3, 4], "exact": True}]),
}


def neuron(layer: Any, index: Any) -> list[Body]:
    """A tree that begins with a split by this neuron."""
    return [BITS, {"relu": [layer, index]}, LEAF, LEAF]


def cut(which: Any, place: Any) -> list[Body]:
    """A tree that begins with a split of this parameter."""
    return at(1, {"input": which, "at": place}, BOTH_TREE)


def slopes(*entries: list[Any]) -> list[Body]:
    """A leaf with these slopes."""
    return [BITS, {"leaf": 0, "slopes": list(entries)}]


REJECT: dict[str, tuple[str, Any, list[Body]]] = {
    "kind": ("regions.kind", MEMBER, FAN_TREE),
    "finite": ("regions.domain", FINITE, FAN_TREE),
    "flipped": ("regions.function", FLIPPED, FAN_TREE),
    "unbounded": ("regions.unbounded", FAN_OPEN, [POINT, *FAN_TREE[1:]]),
    "point-missing": ("regions.point-missing", SUM, [BITS, ROWS]),
    "point-outside": ("regions.point-outside", SUM, [{**POINT, "point": ["1/2", "1/4"]}, ROWS]),
    "point-unneeded": ("regions.point-unneeded", FAN, [POINT, *FAN_TREE[1:]]),
    "bits-few": ("regions.bits", FAN, [{"bits": 25}, *FAN_TREE[1:]]),
    "bits-many": ("regions.bits", FAN, [{"bits": 4097}, *FAN_TREE[1:]]),
    "bits-missing": ("certificate.malformed", FAN, [{}, *FAN_TREE[1:]]),
    # the tree
    "no-lines": ("regions.tree-unfinished", FAN, []),
    "no-tree": ("regions.tree-unfinished", FAN, FAN_TREE[:1]),
    "leaf-missing": ("regions.tree-unfinished", FAN, FAN_TREE[:-1]),
    "line-too-many": ("certificate.lines", FAN, [*FAN_TREE, LEAF]),
    "split-missing": ("regions.leaf-open", FAN, at(1, None, FAN_TREE)[:-3]),
    "node-unknown": ("certificate.malformed", FAN, at(3, {"closed": True}, FAN_TREE)),
    "node-of-both": ("certificate.malformed", FAN, at(1, {**FIRST, **INPUT}, FAN_TREE)),
    "leaf-of-both": ("certificate.malformed", FAN, at(3, {**LEAF, "empty": {}}, FAN_TREE)),
    "tighten": ("certificate.malformed", FAN, at(1, {**FIRST, "tighten": False}, FAN_TREE)),
    "split-input": ("regions.split-input", BOTH, cut(2, "2/5")),
    "split-outside": ("regions.split-outside", BOTH, cut(0, 2)),
    "split-at-an-end": ("regions.split-outside", BOTH, cut(0, 1)),
    "split-again": ("regions.split-outside", BOTH, at(2, INPUT, BOTH_TREE)),
    "split-elsewhere": ("regions.leaf-open", BOTH, cut(0, "3/5")),
    "split-other-input": ("regions.leaf-open", BOTH, cut(1, "2/5")),
    "neuron-layer": ("regions.neuron", FAN, neuron(2, 0)),
    "neuron-index": ("regions.neuron", FAN, neuron(0, 2)),
    "neuron-not-relu": ("regions.neuron", FAN, neuron(1, 0)),
    "neuron-twice": ("regions.neuron-twice", FAN, at(2, FIRST, FAN_TREE)),
    # leaves
    "below-the-maximum": ("regions.leaf-open", FAN_FALSE, FINE_TREE),
    "few-bits": ("regions.leaf-open", FAN_CLOSE, FAN_TREE),
    "at-once": ("regions.leaf-open", FAN, [BITS, LEAF]),
    "no-multipliers": ("regions.leaf-open", FAN, at(3, held(0, 0, row=0), FAN_TREE)),
    "not-empty": ("regions.leaf-open", FAN, at(3, {"empty": {}}, FAN_TREE)),
    "empty-elsewhere": ("regions.leaf-open", STEP, at(7, STEP_TREE[6], STEP_TREE)),
    "children-swapped": (
        "regions.leaf-open",
        STEP,
        [*STEP_TREE[:3], ONLY, LEAF, *STEP_TREE[5:]],
    ),
    "phase-unused": ("regions.leaf-open", STEP, at(4, LEAF, STEP_TREE)),
    "phase-other": ("regions.leaf-open", STEP, at(4, held(0, 1), STEP_TREE)),
    "phases-short": ("certificate.malformed", STEP, at(4, held(1), STEP_TREE)),
    "phase-of-another-leaf": (
        "regions.leaf-open",
        SIDE,
        [BITS, SIDE_SPLIT, FIRST, LEAF, held(1), FIRST, held(1), held(1)],
    ),
    "phase-decided": ("regions.phase-decided", STABLE, [BITS, FIRST, LEAF, held(1)]),
    "phase-half-decided": ("regions.leaf-open", STABLE, [BITS, FIRST, held(0, row=0), LEAF]),
    "row": ("regions.row", FAN, at(3, {"leaf": [1]}, FAN_TREE)),
    "row-boolean": ("certificate.malformed", FAN, at(3, {"leaf": [True]}, FAN_TREE)),
    "rows-other": ("regions.leaf-open", BOTH, at(7, {"leaf": [{"rows": [0, 1]}]}, BOTH_TREE)),
    "rows-short": ("certificate.malformed", BOTH, at(2, {"leaf": [{"rows": [1]}]}, BOTH_TREE)),
    "disjunct-missing": (
        "certificate.malformed",
        NEAR,
        at(4, {"leaf": PAIR["leaf"][:1]}, NEAR_TREE),
    ),
    "disjunct-open": ("regions.leaf-open", NEAR, at(4, {"leaf": [PAIR["leaf"][0], 0]}, NEAR_TREE)),
    "multiplier-negative": (
        "regions.multiplier-negative",
        STEP,
        at(4, held(1, "-1/3"), STEP_TREE),
    ),
    "row-negative": ("regions.multiplier-negative", FAN, [BITS, held(row=-1)]),
    "domain-negative": (
        "regions.multiplier-negative",
        SUM,
        [POINT, {"leaf": [{"rows": [1], "domain": ["-1/2"]}]}],
    ),
    "domain-unused": ("regions.leaf-open", SUM, [POINT, LEAF]),
    "domain-long": (
        "certificate.malformed",
        SUM,
        [POINT, {"leaf": [{"rows": [1], "domain": ["1/2", 0]}]}],
    ),
    "slope-above": ("regions.slope", FAN_LOOSE, slopes([0, 0, "9/8"])),
    "slope-below": ("regions.slope", FAN_LOOSE, slopes([0, 0, "-1/8"])),
    "slope-twice": ("regions.slope-twice", FAN_LOOSE, slopes([0, 0, 1], [0, 0, 0])),
    "slope-of-no-relu": ("regions.slope-neuron", FAN_LOOSE, slopes([1, 0, 1])),
    "slope-decided": ("regions.slope-neuron", STABLE, slopes([0, 0, 1])),
    # rational arithmetic, norms, directions
    "exact-strict": ("regions.leaf-open", FAN_STRICT, EXACT_TREE),
    "exact-false": ("regions.leaf-open", FAN_FALSE, EXACT_TREE),
    "exact-equals-false": ("regions.leaf-open", LINE_FALSE, LINE_TREE),
    "equals-rounded": ("regions.leaf-open", LINE, at(4, LEAF, LINE_TREE)),
    "exact-slope": (
        "regions.leaf-open",
        FAN,
        [BITS, {"leaf": 0, "slopes": [[0, 0, 1]], "exact": True}],
    ),
    "exact-phase": (
        "regions.leaf-open",
        STEP,
        at(4, {**held(0, 1), "exact": True}, STEP_TREE),
    ),
    # s ≥ 0 and s ≤ 0: that leaves s = 0
    "exact-touching": (
        "regions.leaf-open",
        TWIN,
        [BITS, FIRST, EXACT, SECOND, {"empty": {"phases": [1, 1]}, "exact": True}, EXACT],
    ),
    "exact-no-weights": (
        "regions.leaf-open",
        FAN_EXACT,
        at(3, {**held(0, 0, row=0), "exact": True}, EXACT_TREE),
    ),
    "exact-polytope-unused": ("regions.leaf-open", SUM, [POINT, EXACT]),
    "exact-not": ("certificate.malformed", FAN, at(3, {**LEAF, "exact": False}, FAN_TREE)),
    "norm-false": ("regions.leaf-open", NORM_FALSE, [BITS, EXACT]),
    "norm-above": ("regions.leaf-open", ABOVE_ZERO, [BITS, EXACT]),
    "norm-below": ("regions.leaf-open", BELOW_ZERO, [BITS, EXACT]),
    "norm-number": ("certificate.malformed", NORM, [BITS, {"leaf": 1}]),
    "norm-empty": ("regions.leaf-open", NORM, [BITS, {"empty": {}, "exact": True}]),
    "norm-held-false": ("regions.leaf-open", HELD_FALSE, sides(3, 0, 4, 0)),
    "norm-held-not": ("regions.leaf-open", HELD, [POINT, EXACT]),
    "norm-held-other-side": ("regions.leaf-open", HELD, sides(0, 3, 0, 4)),
    "norm-held-negative": ("regions.multiplier-negative", HELD, sides(3, -1, 4, 0)),
    "norm-held-few": ("certificate.malformed", HELD, sides(3, 0, 4)),
    "direction-held-false": ("regions.leaf-open", APART_FALSE, apart(25)),
    "direction-held-not": ("regions.leaf-open", APART, apart(0)),
    "direction-held-negative": ("regions.multiplier-negative", APART, apart(-25)),
    "norm-l1-false": ("regions.leaf-open", SEVEN_FALSE, [BITS, EXACT]),
    "norm-l1-rounded": ("regions.leaf-open", SEVEN, [BITS, LEAF]),
    "direction-false": (
        "regions.leaf-open",
        AWAY_FALSE,
        [BITS, {"leaf": [3, 4], "exact": True}],
    ),
    "direction-other": ("regions.leaf-open", AWAY, [BITS, {"leaf": [4, 3], "exact": True}]),
    "direction-opposite": ("regions.leaf-open", AWAY, [BITS, {"leaf": [-3, -4], "exact": True}]),
    "direction-zero": ("regions.leaf-open", AWAY, [BITS, {"leaf": [0, 0], "exact": True}]),
    "direction-tiny": ("regions.leaf-open", AWAY, [BITS, {"leaf": ["1*2^-40", "1*2^-40"]}]),
    "direction-short": ("certificate.malformed", AWAY, [BITS, {"leaf": [3], "exact": True}]),
    "up": ("regions.up", FAN, at(3, {"leaf": 0, "up": 3}, TIGHT_TREE)),
    "up-from-the-root": ("regions.up", FAN, at(3, {"leaf": 0, "up": 1}, FAN_TREE)),
    "up-none": ("certificate.malformed", FAN, at(3, {"leaf": 0, "up": 0}, TIGHT_TREE)),
}


LONG = "7" * 4000
LONG_TREE = at(3, held(0, 0, row=LONG), FAN_TREE)
LONG_EXACT = at(3, {**held(0, 0, row=LONG), "exact": True}, EXACT_TREE)
WIDE = {"bits": 4096}

TWO_LAYERS = certify.output(
    builder.Sequential(
        builder.relu([[1, 1], [1, -1], [1, 2], [2, -1]]),
        builder.relu([[1, -1, 1, -1], [1, 1, -1, -1], [-1, 1, 1, -1], [1, -1, -1, 1]]),
        builder.linear([[1, 1, 1, 1]]),
    ),
    SQUARE,
    "y0 <= 100",
)
WIDE_STABLE = certify.output(  # no neuron is left of it, but all are written out first
    builder.Sequential(builder.relu([[1, 1]] * 12, [3] * 12), builder.linear([[1] * 12])),
    SQUARE,
    "y0 <= 61",
)

# what the budget does not cover; with the default budget each of these is accepted
DECLINE: dict[str, tuple[str, Any, list[Body], dict[str, int]]] = {
    "nodes": ("points", FAN, FAN_TREE, {"points": 6}),
    "bits": ("work", FAN, at(0, WIDE, FAN_TREE), {"points": 5}),
    "leaves": ("work", FAN, at(0, WIDE, FAN_TREE), {"points": 7}),
    "tighten": ("work", FAN, at(0, WIDE, TIGHT_TREE), {"points": 7}),
    "long-multiplier": ("work", FAN, LONG_TREE, {"points": 7}),
    "long-multiplier-exact": ("work", FAN_EXACT, LONG_EXACT, {"points": 7}),
    "tighten-bounds": ("work", TWO_LAYERS, [WIDE, tight(INPUT), LEAF, LEAF], {"points": 95}),
    "written": ("memory", WIDE_STABLE, [BITS, LEAF], {"bytes": 38 * 32}),
    "tighten-at-once": ("memory", FAN, TIGHT_TREE, {"bytes": 2000}),
}


def main() -> None:
    """Write every file."""
    for name, (outcome, claim, tree, budget) in DECLINE.items():
        whole, lines = header(claim, "proved", "regions", "lines"), [json.dumps(n) for n in tree]
        write("decline", f"regions-{name}", outcome, claim, whole, lines=lines, budget=budget)
    for name, (claim, tree) in ACCEPT.items():
        whole, lines = header(claim, "proved", "regions", "lines"), [json.dumps(n) for n in tree]
        write("accept", f"regions-{name}", "proved", claim, whole, lines=lines)
    for name, (outcome, claim, tree) in REJECT.items():
        whole, lines = header(claim, "proved", "regions", "lines"), [json.dumps(n) for n in tree]
        write("reject", f"regions-{name}", outcome, claim, whole, lines=lines)
    lines = [json.dumps(node) for node in FAN_TREE]
    whole = header(FAN, "refuted", "regions", "lines")
    write("reject", "regions-refuted", "regions.verdict", FAN, whole, lines=lines)
    write("reject", "regions-lines", "regions.lines", FAN, header(FAN, "proved", "regions", {}))


if __name__ == "__main__":
    main()
