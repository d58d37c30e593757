"""Writes the golden certificates: ``python tests/golden/make.py``.

Each file holds a claim, its networks, a certificate and the outcome that the kernel must
give. A rejected case is an accepted one with a single thing wrong, named by its reason.
Files without an entry here are attacks written by hand; they are left alone.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import certify
from certify.kernel.certificate import FORMAT
from certify.kernel.check import bind
from certify.networks import builder
from certify.networks.gadgets.parity import parity
from certify.networks.gadgets.tower import tower

HERE = Path(__file__).parent
Body = dict[str, Any]


def header(claim: Any, verdict: str, rule: str, body: Any) -> Body:
    """A certificate of the claim with the networks under the names that the API gives."""
    networks = certify.api.named(claim).networks
    return {
        "format": FORMAT,
        "claim": claim.to_json(),
        "networks": bind(claim, networks),
        "verdict": verdict,
        "rule": rule,
        "body": body,
    }


def found(claim: Any, method: str = "auto") -> Body:
    """The certificate that the prover finds."""
    certificate = certify.prove(claim, method=method).certificate
    if certificate is None:
        raise RuntimeError(f"no certificate: {claim.canonical[:200]}")
    return copy.deepcopy(certificate.header)


def put(path: str, value: Any) -> Callable[[Body], None]:
    """Set the value at a path such as body/maps/entries/0/2; None as value deletes."""

    def change(certificate: Body) -> None:
        *parents, last = [int(p) if p.isdigit() else p for p in path.split("/")]
        target: Any = certificate
        for parent in parents:
            target = target[parent]
        if value is None:
            del target[last]
        else:
            target[last] = value

    return change


# ------------------------------------------------------------------ claims

N4 = parity(4)
PARITY4 = {"parity": [0, 1, 2, 3]}
CUBE4 = certify.cube(4)
EQUAL = certify.equals(N4, PARITY4, on=CUBE4)
EQUAL_FALSE = certify.equals(N4, {"parity": [0, 1, 2]}, on=CUBE4)
EQUAL12 = certify.equals(parity(14), certify.parity(range(14)), on=certify.cube(14))
ABS = certify.equals(
    builder.Sequential(builder.relu([[2], [-2]]), builder.linear([["1/2", "1/2"]])),
    certify.expression("abs(x0)"),
    on=certify.space(1),
)
ABS_FALSE = certify.equals(
    builder.Sequential(builder.relu([[2], [-2]]), builder.linear([["1/2", "2^-1"]], ["2^-40"])),
    certify.expression("abs(x0)"),
    on=certify.space(1),
)
IN_TRIANGLE = certify.equals(
    builder.Sequential(builder.relu([[1, 0], [0, 1]]), builder.linear([[1, 1]])),
    certify.expression("x0 + x1"),
    on=certify.polytope([[-1, 0, 0], [0, -1, 0], [1, 1, 1]]),
)
EMPTY_TRIANGLE = certify.equals(
    certify.expression("x0"), certify.expression("x0"), on=certify.polytope([[1, 0], [-1, -1]])
)
MEMBER = certify.member(N4, 3, lambda_squared=13)
MEMBER_BELOW = certify.member(N4, 3, lambda_squared="12.999")
MEMBER_DEPTH = certify.member(N4, 4, lambda_=4)
MIXED = certify.load(HERE / "mixed.json")
MEMBER_MIXED = certify.member(MIXED, 1, lambda_=2, activation="uniform")
TOWER = tower(2, 3, 2)
LIPSCHITZ = certify.lipschitz(TOWER, 9)
LIPSCHITZ_BELOW = certify.lipschitz(TOWER, "8.999")
SQUARE = certify.mse(PARITY4, {"parity": [0]}, certify.uniform(CUBE4), "<", 0)
MSE = certify.mse(PARITY4, {"parity": [0]}, certify.uniform(CUBE4), "=", 2)
MSE_FALSE = certify.mse(PARITY4, {"parity": [0]}, certify.uniform(CUBE4), "<=", "1.999")
MSE_ON_A_BOX = certify.mse(
    {"project": [0]}, {"constant": [0]}, certify.uniform(certify.box([0], [1])), "=", "1/3"
)
MSE_GAUSSIAN = certify.mse(
    {"project": [0]}, {"constant": [0]}, {"gaussian": {"mean": [0], "variance": [1]}}, "=", 1
)
BIG = certify.cube(40)
EXPECT = certify.expectation([certify.parity(range(30))], certify.uniform(BIG), "=", 0)
EXCLUDES = certify.excludes({"parity": [0, 1]}, certify.cube(2), 3, lambda_=1)
EXCLUDES_FALSE = certify.excludes({"parity": [0, 1]}, certify.cube(2), 3, lambda_=3)
COMPRESSION = certify.compression(PARITY4, N4, certify.uniform(CUBE4), 3, "=", 0, lambda_squared=13)
COMPRESSION_FALSE = certify.compression(
    {"parity": [0]}, N4, certify.uniform(CUBE4), 3, "<", 2, lambda_squared=13
)
OUTPUT = certify.output(N4, CUBE4, "y0 <= 1 and y0 >= -1 and (y0 = 1 or y0 = -1)")
SEPARATES = certify.separates(TOWER, certify.embed(certify.cube(1), [0]), [0, 1], "1/9", 2)
SEPARATES_ABOVE = certify.separates(
    TOWER, certify.embed(certify.cube(1), [0]), [0, 1], "1/9", "2.0000000001"
)
WITHIN = certify.within(N4, PARITY4, CUBE4, 0, "l1")
MOVED = certify.mse(  # x0 = 0 ± 1
    {"parity": [0, 1]},
    {"parity": [0]},
    certify.uniform(certify.perturb(certify.grid([[0], [-1, 1]]), [1, 0], 1, {"parity": [1]})),
    "=",
    2,
)
SCALED = certify.equals(  # x0 = 2z − 1
    {"parity": [0]}, {"parity": [0]}, on=certify.embed(certify.bits(1), matrix=[[2]], offset=[-1])
)
RELU_PARITY = certify.compose(certify.parity([0]), builder.relu([[1]]))  # not defined at −1
SOMEWHERE = certify.equals(RELU_PARITY, RELU_PARITY, on=certify.cube(1))
FLIPPED = certify.equals(certify.flip(PARITY4, [[1, 1, 1, 1]]), PARITY4, on=CUBE4)
SYMMETRIC = certify.equals(certify.symmetric(range(4), [1, -1, 1, -1, 1]), PARITY4, on=CUBE4)
ROTATED = certify.lipschitz(
    builder.Sequential(
        builder.linear([["3/5", "-4/5"], ["4/5", "3/5"]]),
        builder.relu([[1, 0], [0, 1], [1, 1]]),
        builder.linear([[0, 2, 0]]),
    ),
    "3465/1000",
)
ROTATED_SQUARES: Body = {"layers": [{"square": "1"}, {"square": "3"}, "frobenius"]}


def learner(**changes: Any) -> Any:
    """Lemma 1 for a tower and a parity that is wrong at (−1, −1)."""
    keys = {
        "left": tower(3, 4, 4),
        "right": builder.Sequential(
            builder.relu([[1, 1, 0]], [2]),
            builder.relu([[1], [1]], [0, -2]),
            builder.linear([[-1, 2]], [1]),
        ),
        "on": certify.embed(certify.cube(2), [0]),
        "along": [0, 0, 1],
        "eta": "4^-4",
        "sign": certify.flip({"parity": [0, 1]}, [[-1, -1, 0]]),
        "delta": 2,
        "epsilon": 1,
        "depth": 3,
        "lambda_": 3,
    }
    return certify.learner(**(keys | changes))


LEARNER = learner()
LEARNER_AS_WRITTEN = learner(otherwise=0)
LEARNER_TOO_FAST = learner(lambda_=6)
WEIGHTED = certify.mse(
    certify.project([0]),
    certify.constant([0]),
    certify.product(
        certify.weighted([([1], "1/3"), ([2], "2/3")]), certify.uniform(certify.bits(2))
    ),
    "=",
    3,
)

SIGNED_BY_NETWORK = certify.perturb(
    certify.embed(certify.cube(13), [0]), [0] * 13 + [1], "1/8", certify.expression("x0")
)

ACCEPT: dict[str, tuple[Any, Body]] = {
    "enumerate-parity": (EQUAL, found(EQUAL)),
    "fold-parity": (EQUAL12, found(EQUAL12, "fold")),
    "fold-symmetric": (SYMMETRIC, found(SYMMETRIC, "fold")),
    "fold-orthogonal-at-40": (EXPECT, found(EXPECT)),
    "fold-output": (OUTPUT, found(OUTPUT, "fold")),
    "fold-weighted": (WEIGHTED, found(WEIGHTED, "fold")),
    "enumerate-weighted": (WEIGHTED, found(WEIGHTED, "enumerate")),
    "normal-form-abs": (ABS, found(ABS)),
    "normal-form-triangle": (IN_TRIANGLE, found(IN_TRIANGLE)),
    "norms-member": (MEMBER, found(MEMBER)),
    "norms-member-refuted": (MEMBER_BELOW, found(MEMBER_BELOW)),
    "norms-depth-refuted": (MEMBER_DEPTH, found(MEMBER_DEPTH)),
    "norms-mixed-refuted": (MEMBER_MIXED, found(MEMBER_MIXED)),
    "norms-lipschitz": (LIPSCHITZ, found(LIPSCHITZ)),
    "witness-lipschitz": (LIPSCHITZ_BELOW, found(LIPSCHITZ_BELOW)),
    "witness-parity": (EQUAL_FALSE, found(EQUAL_FALSE)),
    "witness-abs": (ABS_FALSE, found(ABS_FALSE)),
    "witness-separates": (SEPARATES_ABOVE, found(SEPARATES_ABOVE)),
    "witness-flip": (FLIPPED, found(FLIPPED)),
    "enumerate-separates": (SEPARATES, found(SEPARATES)),
    "enumerate-within": (WITHIN, found(WITHIN)),
    "enumerate-mse": (MSE, found(MSE)),
    "enumerate-mse-refuted": (MSE_FALSE, found(MSE_FALSE)),
    "squares": (SQUARE, found(SQUARE)),
    "obstruction": (EXCLUDES, found(EXCLUDES)),
    "member-equals": (EXCLUDES_FALSE, found(EXCLUDES_FALSE)),
    "conjunction": (COMPRESSION, found(COMPRESSION)),
    "conjunction-refuted": (COMPRESSION_FALSE, found(COMPRESSION_FALSE)),
    "spectral": (ROTATED, header(ROTATED, "proved", "spectral", ROTATED_SQUARES)),
    "learner": (LEARNER, found(LEARNER)),
    "learner-as-written": (LEARNER_AS_WRITTEN, found(LEARNER_AS_WRITTEN)),
    "learner-margin": (LEARNER_TOO_FAST, found(LEARNER_TOO_FAST)),
}


def exchange(certificate: Body) -> None:
    """Give two networks each other's name."""
    first, second = certificate["networks"]
    found = certificate["networks"]
    found[first], found[second] = found[second], found[first]


def broken(name: str, *changes: Callable[[Body], None]) -> tuple[Any, Body]:
    """An accepted case with changes to its certificate."""
    claim, certificate = ACCEPT[name]
    certificate = copy.deepcopy(certificate)
    for change in changes:
        change(certificate)
    return claim, certificate


def offered(claim: Any, verdict: str, rule: str, body: Any) -> tuple[Any, Body]:
    """A certificate made up for a claim."""
    return claim, header(claim, verdict, rule, body)


def instead(claim: Any, name: str) -> tuple[Any, Body]:
    """The certificate of an accepted case, offered for another claim."""
    return claim, copy.deepcopy(ACCEPT[name][1])


_FOLD = ACCEPT["fold-parity"][1]["body"]
_MOVES = ACCEPT["obstruction"][1]["body"]["moves"]
_OTHER = builder.Sequential(
    builder.relu([[1, 0, 0], [0, 1, 0]]), builder.relu([[1, 0], [0, 1]]), builder.linear([[1, 1]])
).to_json()
_SHALLOW = builder.linear([[1, 1]]).to_json()

REJECT: dict[str, tuple[str, tuple[Any, Body]]] = {
    # the header
    "format": ("certificate.malformed", broken("squares", put("format", "certify-certificate-2"))),
    "extra-field": ("certificate.malformed", broken("squares", put("hint", "trust me"))),
    "missing-field": ("certificate.malformed", broken("squares", put("rule", None))),
    "verdict-word": ("certificate.malformed", broken("squares", put("verdict", "enumerated"))),
    "unknown-rule": ("certificate.rule", broken("squares", put("rule", "believe"))),
    "rule-not-text": ("certificate.rule", broken("squares", put("rule", ["squares"]))),
    "lines-where-none": ("certificate.lines", broken("squares", put("body", "lines"))),
    "another-claim": ("certificate.claim", instead(MSE_FALSE, "enumerate-mse")),
    "another-kind": ("certificate.claim", instead(EQUAL, "norms-member")),
    "network-digest": (
        "certificate.networks",
        broken("norms-member", put("networks/network-1", "0" * 64)),
    ),
    "network-missing": ("certificate.networks", broken("norms-member", put("networks", {}))),
    "network-extra": (
        "certificate.networks",
        broken("norms-member", put("networks/other", "0" * 64)),
    ),
    "networks-exchanged": ("certificate.networks", broken("learner", exchange)),
    # witness
    "witness-proved": ("witness.verdict", broken("witness-parity", put("verdict", "proved"))),
    "witness-outside": ("witness.outside", broken("witness-parity", put("body/point/0", "0"))),
    "witness-holds": ("witness.holds", offered(EQUAL, "refuted", "witness", {"point": ["1"] * 4})),
    "witness-short": ("certificate.malformed", broken("witness-parity", put("body/point/0", None))),
    "witness-empty-certificate": (
        "certificate.malformed",
        broken("witness-parity", put("body", {})),
    ),
    "witness-kind": ("witness.kind", offered(MEMBER, "refuted", "witness", {"point": []})),
    "witness-number-grammar": (
        "certificate.malformed",
        broken("witness-parity", put("body/point/0", "1e0")),
    ),
    "witness-number-float": (
        "certificate.malformed",
        broken("witness-parity", put("body/point/0", 1.0)),
    ),
    "witness-number-true": (
        "certificate.malformed",
        broken("witness-parity", put("body/point/0", True)),
    ),
    "witness-number-arabic": (
        "certificate.malformed",
        broken("witness-parity", put("body/point/0", "١")),
    ),
    "witness-lipschitz-holds": (
        "witness.holds",
        offered(LIPSCHITZ, "refuted", "witness", {"points": [["0", "0"], ["0", "1"]]}),
    ),
    "witness-lipschitz-one-point": (
        "witness.holds",
        offered(LIPSCHITZ_BELOW, "refuted", "witness", {"points": [["0", "1"], ["0", "1"]]}),
    ),
    "witness-sign": (
        "witness.sign",
        offered(
            certify.equals({"parity": [0]}, {"parity": [1]}, on=SIGNED_BY_NETWORK),
            "refuted",
            "witness",
            {"point": ["1"] * 12 + ["-1", "1/8"]},
        ),
    ),
    # enumerate
    "enumerate-fails": ("enumerate.fails", offered(EQUAL_FALSE, "proved", "enumerate", {})),
    "enumerate-infinite": ("enumerate.infinite", offered(ABS, "proved", "enumerate", {})),
    "enumerate-box": (
        "distribution.infinite",
        offered(MSE_ON_A_BOX, "proved", "enumerate", {"value": "1/3"}),
    ),
    "enumerate-gaussian": (
        "distribution.infinite",
        offered(MSE_GAUSSIAN, "proved", "fold", {"basis": [], "maps": [], "value": "1"}),
    ),
    "enumerate-refuted": (
        "enumerate.verdict",
        broken("enumerate-parity", put("verdict", "refuted")),
    ),
    "enumerate-kind": ("enumerate.kind", offered(MEMBER, "proved", "enumerate", {})),
    "enumerate-value": ("enumerate.value", broken("enumerate-mse", put("body/value", "1"))),
    "enumerate-value-missing": ("certificate.malformed", broken("enumerate-mse", put("body", {}))),
    "enumerate-mse-false": (
        "enumerate.verdict",
        offered(MSE_FALSE, "proved", "enumerate", {"value": "2"}),
    ),
    "enumerate-sign-undefined": (
        "certificate.malformed",
        offered(SOMEWHERE, "proved", "enumerate", {}),
    ),
    # fold
    "fold-factorisation": (
        "fold.factorisation",
        broken("fold-parity", put("body/maps/entries/0/2", "2")),
    ),
    "fold-basis": (
        "fold.factorisation",
        broken("fold-parity", put("body/basis/entries/3/2", "1/2")),
    ),
    "fold-maps-missing": (
        "fold.maps",
        broken(
            "fold-parity", put("body/maps", {"rows": 2, "columns": 1, "entries": [[0, 0, "1"]]})
        ),
    ),
    "fold-maps-without-basis": (
        "fold.maps",
        broken("fold-orthogonal-at-40", put("body/maps", [["1"]])),
    ),
    "fold-fails": (
        "fold.fails",
        offered(
            certify.equals(parity(14), certify.parity(range(13)), on=certify.cube(14)),
            "proved",
            "fold",
            _FOLD,
        ),
    ),
    "fold-refuted": ("fold.verdict", broken("fold-parity", put("verdict", "refuted"))),
    "fold-kind": ("fold.kind", offered(MEMBER, "proved", "fold", {})),
    "fold-infinite": ("fold.infinite", offered(ABS, "proved", "fold", {"basis": [], "maps": []})),
    "fold-value": ("fold.value", broken("fold-orthogonal-at-40", put("body/value", "1"))),
    "fold-mse-false": (
        "fold.verdict",
        offered(MSE_FALSE, "proved", "fold", {"basis": [], "maps": [], "value": "2"}),
    ),
    "fold-features": (
        "fold.features",
        offered(FLIPPED, "proved", "fold", {"basis": [], "maps": []}),
    ),
    "fold-moved": (
        "fold.moved",
        offered(MOVED, "proved", "fold", {"basis": [], "maps": [], "value": "2"}),
    ),
    "fold-coordinate": (
        "fold.coordinate",
        offered(SCALED, "proved", "fold", {"basis": [], "maps": []}),
    ),
    "fold-undefined": (
        "certificate.malformed",
        offered(
            SOMEWHERE,
            "proved",
            "fold",
            {
                "basis": {"rows": 1, "columns": 1, "entries": [[0, 0, "1"]]},
                "maps": {"rows": 2, "columns": 1, "entries": [[0, 0, "1"], [1, 0, "1"]]},
            },
        ),
    ),
    # normal form
    "normal-form-differs": ("normal-form.differs", offered(ABS_FALSE, "proved", "normal-form", {})),
    "normal-form-refuted": (
        "normal-form.verdict",
        broken("normal-form-abs", put("verdict", "refuted")),
    ),
    "normal-form-kind": ("normal-form.kind", offered(OUTPUT, "proved", "normal-form", {})),
    "normal-form-function": ("normal-form.function", offered(EQUAL, "proved", "normal-form", {})),
    "normal-form-vacuous": (
        "normal-form.point-missing",
        offered(EMPTY_TRIANGLE, "proved", "normal-form", {}),
    ),
    "normal-form-point-outside": (
        "normal-form.point-outside",
        offered(EMPTY_TRIANGLE, "proved", "normal-form", {"point": ["0"]}),
    ),
    "normal-form-point-unneeded": (
        "normal-form.point-unneeded",
        broken("normal-form-abs", put("body/point", ["0"])),
    ),
    # norms
    "norms-frobenius": ("norms.frobenius", offered(MEMBER_BELOW, "proved", "norms", {})),
    "norms-depth": ("norms.depth", offered(MEMBER_DEPTH, "proved", "norms", {})),
    "norms-activation": ("norms.activation", offered(MEMBER_MIXED, "proved", "norms", {})),
    "norms-not-mixed": (
        "norms.activation",
        offered(MEMBER, "refuted", "norms", {"layer": 1, "mixed": True}),
    ),
    "norms-depth-right": ("norms.depth", offered(MEMBER, "refuted", "norms", {"depth": 3})),
    "norms-layer": (
        "norms.layer",
        offered(MEMBER, "refuted", "norms", {"layer": 4, "frobenius_squared": "99"}),
    ),
    "norms-value": (
        "norms.frobenius",
        broken("norms-member-refuted", put("body/frobenius_squared", "14")),
    ),
    "norms-equal-is-within": (
        "norms.frobenius",
        offered(MEMBER, "refuted", "norms", {"layer": 3, "frobenius_squared": "13"}),
    ),
    "norms-lipschitz": ("norms.lipschitz", offered(LIPSCHITZ_BELOW, "proved", "norms", {})),
    "norms-kind": ("norms.kind", offered(EQUAL, "proved", "norms", {})),
    "norms-lipschitz-refuted": (
        "norms.verdict",
        broken("norms-lipschitz", put("verdict", "refuted")),
    ),
    # squares
    "squares-bound": ("squares.bound", offered(MSE, "refuted", "squares", {})),
    "squares-zero-or-less": (
        "squares.bound",
        offered(
            certify.mse(PARITY4, PARITY4, certify.uniform(CUBE4), "<=", 0), "refuted", "squares", {}
        ),
    ),
    "squares-proved": ("squares.verdict", broken("squares", put("verdict", "proved"))),
    "squares-kind": ("squares.kind", offered(EQUAL, "refuted", "squares", {})),
    # obstruction
    "obstruction-sum": (
        "obstruction.sum",
        offered(
            certify.excludes({"parity": [0, 1]}, certify.cube(2), 2, lambda_squared=2),
            "proved",
            "obstruction",
            {"moves": _MOVES},
        ),
    ),
    "obstruction-no-moves": ("obstruction.sum", broken("obstruction", put("body/moves", []))),
    "obstruction-twice": (
        "obstruction.coordinate",
        broken("obstruction", put("body/moves", [_MOVES[0]] * 2)),
    ),
    "obstruction-coordinate": (
        "obstruction.coordinate",
        broken("obstruction", put("body/moves/0/coordinate", 2)),
    ),
    "obstruction-step": ("obstruction.step", broken("obstruction", put("body/moves/0/step", "0"))),
    "obstruction-outside": (
        "obstruction.outside",
        broken("obstruction", put("body/moves/0/step", "1")),
    ),
    "obstruction-start-outside": (
        "obstruction.outside",
        broken("obstruction", put("body/moves/0/point/1", "0")),
    ),
    "obstruction-refuted": (
        "obstruction.verdict",
        broken("obstruction", put("verdict", "refuted")),
    ),
    "obstruction-kind": (
        "obstruction.kind",
        offered(EQUAL, "proved", "obstruction", {"moves": []}),
    ),
    # member-equals
    "member-equals-not-a-member": (
        "norms.frobenius",
        broken("member-equals", put("body/network/layers/0/weight/entries/0/2", "4")),
    ),
    "member-equals-not-equal": (
        "enumerate.fails",
        broken("member-equals", put("body/network/layers/2/bias/0", "2")),
    ),
    "member-equals-misfit": (
        "member-equals.misfit",
        broken("member-equals", put("body/network", _OTHER)),
    ),
    "member-equals-kind": ("member-equals.kind", offered(EQUAL, "refuted", "member-equals", {})),
    "member-equals-proved": (
        "member-equals.verdict",
        broken("member-equals", put("verdict", "proved")),
    ),
    "member-equals-shallow": (
        "norms.depth",
        broken("member-equals", put("body/network", _SHALLOW)),
    ),
    # conjunction
    "conjunction-part-missing": (
        "certificate.malformed",
        broken("conjunction", put("body/mse", None)),
    ),
    "conjunction-part-false": (
        "enumerate.value",
        broken("conjunction", put("body/mse/body/value", "1")),
    ),
    "conjunction-wrong-rule": (
        "norms.kind",
        broken("conjunction", put("body/mse", {"rule": "norms", "body": {}})),
    ),
    "conjunction-unknown-part": (
        "conjunction.part",
        broken("conjunction-refuted", put("body/part", "luck")),
    ),
    "conjunction-other-part": (
        "enumerate.kind",
        broken("conjunction-refuted", put("body/part", "member")),
    ),
    "conjunction-kind": ("conjunction.kind", offered(EQUAL, "proved", "conjunction", {})),
    "conjunction-nested": (
        "conjunction.kind",
        broken("conjunction", put("body/mse", {"rule": "conjunction", "body": {}})),
    ),
}

REJECT |= {
    # spectral
    "spectral-kind": ("spectral.kind", offered(EQUAL, "proved", "spectral", ROTATED_SQUARES)),
    "spectral-refuted": ("spectral.verdict", broken("spectral", put("verdict", "refuted"))),
    "spectral-layers": ("spectral.layers", broken("spectral", put("body/layers/2", None))),
    "spectral-product": (
        "spectral.product",
        broken("spectral", put("body/layers/1/square", "7/2")),
    ),
    "spectral-indefinite": (
        "spectral.indefinite",
        broken("spectral", put("body/layers/1/square", "29999/10000")),
    ),
    "spectral-indefinite-at-fixed-size": (
        "spectral.indefinite",
        broken("spectral", put("body/layers/0", {"square": "99/100", "precision": 64})),
    ),
    "spectral-negative": (
        "spectral.indefinite",
        broken("spectral", put("body/layers/0/square", "-1"), put("body/layers/1/square", "-3")),
    ),
    # arithmetic, in the hypothesis of a learner
    "arithmetic-kind": (
        "arithmetic.kind",
        offered(EQUAL, "proved", "arithmetic", {"left": "0", "right": "0"}),
    ),
    "arithmetic-value": (
        "arithmetic.value",
        broken("learner-margin", put("body/refutation/body/left", "1")),
    ),
    "arithmetic-verdict": (
        "arithmetic.verdict",
        offered(
            LEARNER,
            "refuted",
            "conjunction",
            {"part": "margin", "refutation": ACCEPT["learner"][1]["body"]["margin"]},
        ),
    ),
    # learner
    "learner-distance": (
        "enumerate.value",
        broken("learner", put("body/tv/body/value", "0")),
    ),
    "learner-density": ("enumerate.value", broken("learner", put("body/density/body/value", "2"))),
    "learner-as-written": (
        "certificate.malformed",
        broken("learner-as-written", put("body", {}), put("verdict", "proved")),
    ),
    "learner-without-its-hypothesis": (
        "arithmetic.verdict",
        offered(
            LEARNER_TOO_FAST,
            "proved",
            "conjunction",
            {
                **ACCEPT["learner"][1]["body"],
                "margin": ACCEPT["learner-margin"][1]["body"]["refutation"],
            },
        ),
    ),
}

DECLINE: dict[str, tuple[str, tuple[Any, Body]]] = {
    "points": (
        "points",
        offered(
            certify.equals({"parity": [0]}, {"parity": [0]}, on=certify.cube(60)),
            "proved",
            "enumerate",
            {},
        ),
    ),
    "margin-bits": (
        "bits",
        offered(learner(depth=10**9), "proved", "conjunction", ACCEPT["learner"][1]["body"]),
    ),
    "precision": (
        "bits",
        broken("spectral", put("body/layers/0", {"square": "1", "precision": 10**6})),
    ),
    "digits": ("digits", broken("witness-parity", put("body/point/0", "1" * 100_000))),
    "exponent": ("exponent", broken("witness-parity", put("body/point/0", "1*2^100000000"))),
    "account": (
        "bits",
        offered(
            certify.equals({"parity": [0]}, {"parity": [1]}, on=certify.cube(400)),
            "refuted",
            "witness",
            {"point": ["1*2^99999"] * 400},
        ),
    ),
}


def write(folder: str, name: str, outcome: str, claim: Any, certificate: Body, **more: Any) -> None:
    """One golden file; ``more``: its ``lines``, ``budget``, or networks ``withheld``."""
    networks = {k: n.to_json() for k, n in certify.api.named(claim).networks.items()}
    data = {
        "outcome": outcome,
        "claim": claim.to_json(),
        "networks": networks,
        "certificate": certificate,
        **more,
    }
    path = HERE / folder / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    """Write every file."""
    for name, (claim, certificate) in ACCEPT.items():
        write("accept", name, certificate["verdict"], claim, certificate)
    for folder, cases in (("reject", REJECT), ("decline", DECLINE)):
        for name, (outcome, (claim, certificate)) in cases.items():
            write(folder, name, outcome, claim, certificate)
    claim, certificate = broken("squares", put("body", "lines"))
    write("reject", "lines-for-squares", "certificate.lines", claim, certificate, lines=["{}"])
    claim, certificate = broken("norms-member", put("networks", {}))
    write(
        "reject",
        "network-withheld",
        "certificate.networks",
        claim,
        certificate,
        withheld=["network-1"],
    )


if __name__ == "__main__":
    main()
