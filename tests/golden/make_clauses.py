"""Writes the golden certificates of rule clauses: ``python tests/golden/make_clauses.py``.

The claim is relu(x) ≤ 1 on [−1, 1]. Its encoding has the free variables x (0) and h (2), and

    literal  2: x + 1 ≥ 0    3: x − 1 > 0    4: h ≥ 0       5: x − h > 0
             6: h > 0        7: x − h ≥ 0    8: h − 1 > 0   (1 is "true")
    clause   1: 2    2: −3    3: 4    4: −5    5: −6 or 7    6: 8, the negated claim

so that x < h would need h = 0, and x ≥ h > 1 is more than x may be.
"""

from __future__ import annotations

import copy
import json
from typing import Any

from make import Body, header, put, write

import certify
from certify.networks import builder

RELU = builder.relu([[1]])
CLAIM = certify.output(RELU, certify.box([-1], [1]), "y0 <= 1")
HALF = certify.output(RELU, certify.box([-1], [1]), "y0 <= 1/2")
ROWS = [[1, 1], [-1, 1]]
PERHAPS_EMPTY = certify.output(RELU, certify.polytope(ROWS), "y0 <= 1")
MEMBER = certify.member(RELU, 1, lambda_=1)
CURVED = certify.within(
    certify.linear([[1, 0], [0, 1]]), certify.constant([0, 0]), certify.cube(2), 2, "l2"
)
PARITY = certify.equals(
    certify.parity([0, 1]), certify.expression("abs(x0 + x1) - 1"), certify.cube(2)
)
ANYWAY = certify.output(RELU, certify.box([-1], [1]), "y0 <= 1/2 or 1 > 0")
UNDEFINED = certify.output(
    certify.compose(certify.parity([0]), RELU), certify.points([[1], [0]]), "y0 <= 1"
)

STEPS: list[Any] = [
    ["farkas", 7, [[-6, 1], [8, 1]]],
    ["farkas", 8, [[-3, 1], [7, 1], [8, 1]]],
    ["rup", 9, [], [6, 7, 2, 8, 5]],
]
# the same with a name for 2h ≥ 1, and fractions
NAMED: list[Any] = [
    ["atom", 9, [[2, 2]], -1, False],
    ["farkas", 7, [[8, 1], [-9, "1/2"]]],
    ["farkas", 8, [[-6, 2], [9, 1]]],
    ["farkas", 9, [[-3, "2/3"], [7, "2/3"], [8, "2/3"]]],
    ["rup", 10, [6], [6, 7, 8]],
    ["rup", 11, [], [10, 2, 6, 9, 5]],
]
# h = relu(x) as above, y = h where h = ±1; y > 1 (15) is impossible, h > 1 (10) and h < −1 (−11)
# too; literal 18 says −1 < h < 1
UNLESS_UNDEFINED: list[Any] = [
    ["farkas", 14, [[15, 1], [-17, 1]]],
    ["farkas", 15, [[-8, 1], [10, 1]]],
    ["farkas", 16, [[-3, 1], [9, 1], [10, 1]]],
    ["farkas", 17, [[6, 1], [-11, 1]]],
    ["rup", 18, [-15], [8, 10, 14]],
    ["rup", 19, [-10], [15, 6, 2, 16]],
    ["rup", 20, [], [18, 19, 4, 17, 13]],
]
ACCEPT = {
    "clauses": (CLAIM, {"steps": STEPS}),
    "clauses-named": (CLAIM, {"steps": NAMED}),
    "clauses-anyway": (ANYWAY, {"steps": [["rup", 8, [], [7]]]}),
    "clauses-polytope": (PERHAPS_EMPTY, {"steps": STEPS, "point": ["0"]}),
}


def steps(*changes: Any, of: list[Any] = STEPS, claim: Any = CLAIM) -> tuple[Any, Body]:
    """The certificate with some values set: pairs of a path below the steps, and a value."""
    certificate = header(claim, "proved", "clauses", {"steps": copy.deepcopy(of)})
    for path, value in zip(changes[::2], changes[1::2], strict=True):
        put(f"body/steps/{path}", value)(certificate)
    return claim, certificate


def body(claim: Any, value: Any, verdict: str = "proved") -> tuple[Any, Body]:
    """A certificate with this body."""
    return claim, header(claim, verdict, "clauses", value)


REJECT: dict[str, tuple[str, tuple[Any, Body]]] = {
    "kind": ("clauses.kind", body(MEMBER, {"steps": STEPS})),
    "refuted": ("clauses.verdict", body(CLAIM, {"steps": STEPS}, "refuted")),
    # true of relu(x) ≤ 1, tried for relu(x) ≤ 1/2
    "false-claim": (
        "clauses.farkas-possible",
        steps("0/2", [[-6, 2], [8, 1]], "1/2", [[-3, 2], [7, 2], [8, 1]], claim=HALF),
    ),
    "inexpressible": ("clauses.inexpressible", body(CURVED, {"steps": [["rup", 1, [], []]]})),
    "vacuous": ("clauses.point-missing", body(PERHAPS_EMPTY, {"steps": STEPS})),
    "point-outside": (
        "clauses.point-outside",
        body(PERHAPS_EMPTY, {"steps": STEPS, "point": ["3/2"]}),
    ),
    "point-unneeded": ("clauses.point-unneeded", body(CLAIM, {"steps": STEPS, "point": ["0"]})),
    "no-steps": ("clauses.open", body(CLAIM, {"steps": []})),
    "last-step-missing": ("clauses.open", steps("2", None)),
    "first-step-missing": ("clauses.number", steps("0", None)),
    "step-again": ("clauses.after-the-end", steps(of=[*STEPS, ["rup", 10, [], [9]]])),
    "assumption": ("clauses.step", steps(of=[["assume", 7, [-8]], ["rup", 8, [], [7, 6]]])),
    "step-not-a-list": ("clauses.step", steps("0", "farkas")),
    "number": ("clauses.number", steps("1/1", 9)),
    "clause-idle": (
        "clauses.idle",
        steps(of=[*STEPS[:2], ["farkas", 9, [[-4, 1], [8, 1]]], ["rup", 10, *STEPS[2][2:]]]),
    ),
    "atom-idle": ("clauses.idle", steps(of=[NAMED[0], *STEPS])),
    # atoms
    "atom-number": ("clauses.number", steps("0/1", 8, of=NAMED)),
    "atom-empty": ("clauses.atom-row", steps("0/2", [], of=NAMED)),
    "atom-zero": ("clauses.atom-row", steps("0/2", [[0, 0], [2, 2]], of=NAMED)),
    "atom-order": ("clauses.atom-row", steps("0/2", [[2, 1], [2, 1]], of=NAMED)),
    "atom-beyond": ("clauses.atom-row", steps("0/2/0/0", 3, of=NAMED)),
    "atom-defined": ("clauses.atom-defined", steps("0/2/0/0", 1, of=NAMED)),
    "atom-strict": ("clauses.atom-strict", steps("0/4", 0, of=NAMED)),
    "atom-is-a-claim": ("clauses.farkas-possible", steps("0/3", 1, of=NAMED)),
    # farkas
    "multiplier-zero": ("clauses.farkas-multiplier", steps("0/2/0/1", 0)),
    "multiplier-negative": (
        "clauses.farkas-multiplier",
        steps(of=[["farkas", 7, [[6, -1], [8, 1]]], *STEPS[1:]]),
    ),
    "multiplier": ("clauses.farkas-rest", steps("0/2/0/1", 2)),
    "literal-sign": ("clauses.farkas-rest", steps("0/2/0/0", 6)),
    "literal-boolean": (
        "clauses.farkas-boolean",
        steps(of=[["farkas", 22, [[10, 1]]]], claim=PARITY),
    ),
    "literal-true": ("clauses.farkas-boolean", steps(of=[["farkas", 7, [[1, 1]]]])),
    # x ≥ h and h ≥ x: both strict would contradict, as they stand they hold together
    "not-strict": ("clauses.farkas-possible", steps(of=[["farkas", 7, [[-5, 1], [7, 1]]]])),
    "possible": ("clauses.farkas-possible", steps(of=[["farkas", 7, [[2, 1], [-3, 1]]]])),
    "farkas-nothing": ("clauses.farkas-possible", steps(of=[["farkas", 7, []]])),
    # literals
    "literal-zero": ("clauses.literal", steps("0/2/0/0", 0)),
    "literal-beyond": ("clauses.literal", steps("0/2/0/0", -9)),
    "literal-order": ("clauses.literal-order", steps("0/2", [[8, 1], [-6, 1]])),
    "literal-twice": (
        "clauses.literal-order",
        steps(of=[["farkas", 7, [[-6, 1], [8, 1], [8, 1]]], *STEPS[1:]]),
    ),
    "tautology": ("clauses.literal-order", steps(of=[["rup", 7, [8, -8], [6]]])),
    # rup
    "hint-of-itself": ("clauses.rup-hint", steps(of=[["rup", 7, [], [7]]])),
    "hint-zero": ("clauses.rup-hint", steps(of=[["rup", 7, [], [0]]])),
    "hint-negative": ("clauses.rup-hint", steps("2/3", [6, 7, 2, 8, -1])),
    "hint-later": ("clauses.rup-hint", steps(of=[["rup", 7, [6], [6, 8]], *STEPS[1:]])),
    "no-hints": ("clauses.rup-hints", steps("2/3", [])),
    "hint-twice": ("clauses.rup-pivot", steps("2/3", [6, 6, 7, 2, 8, 5])),
    "hint-too-many": ("clauses.rup-pivot", steps("2/3", [6, 7, 2, 8, 5, 1])),
    "hint-unneeded": ("clauses.rup-pivot", steps("2/3", [6, 1, 7, 2, 8, 5])),
    "hints-end-early": ("clauses.rup-pivot", steps("2/3", [6, 7, 2, 8])),
    # two steps of a parity, opposite in two literals
    "pivots": ("clauses.rup-pivot", steps(of=[["rup", 22, [-5], [7, 8]]], claim=PARITY)),
    "hint-missing": ("clauses.rup-resolvent", steps("2/3", [6, 7, 8, 5])),
    "hints-in-another-order": ("clauses.rup-resolvent", steps("2/3", [7, 6, 2, 8, 5])),
    "literal-unneeded": ("clauses.rup-resolvent", steps("2/2", [2])),
    "literal-missing": ("clauses.rup-resolvent", steps("4/2", [], of=NAMED)),
    # all but the one case that is left: h = 0, where the parity has no value
    "undefined-somewhere": ("clauses.rup-resolvent", steps(of=UNLESS_UNDEFINED, claim=UNDEFINED)),
}


def main() -> None:
    """Write every file."""
    for name, (claim, value) in ACCEPT.items():
        write("accept", name, "proved", claim, header(claim, "proved", "clauses", value))
    for name, (outcome, (claim, certificate)) in REJECT.items():
        write("reject", f"clauses-{name}", outcome, claim, certificate)
    lines = [json.dumps(line) for line in ({}, *STEPS)]
    whole = header(CLAIM, "proved", "clauses", "lines")
    write("accept", "clauses-lines", "proved", CLAIM, whole, lines=lines)
    write("reject", "clauses-lines-short", "clauses.open", CLAIM, whole, lines=lines[:-1])
    write("reject", "clauses-lines-none", "clauses.open", CLAIM, whole, lines=[])
    extra = ['{"steps": []}', *lines[1:]]
    write("reject", "clauses-lines-head", "certificate.malformed", CLAIM, whole, lines=extra)
    more = [*lines, json.dumps(["rup", 10, [], [9]])]
    write("reject", "clauses-lines-more", "clauses.after-the-end", CLAIM, whole, lines=more)


if __name__ == "__main__":
    main()
