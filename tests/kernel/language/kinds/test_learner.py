"""Lemma 1 on instances: against brute force, with each hypothesis broken, and as written."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import certify
from certify.errors import CertifyError
from certify.kernel.certificate import Certificate
from certify.kernel.language.claim import Claim
from certify.kernel.language.kinds.learner import Learner
from certify.networks.builder import Sequential, linear, relu
from certify.networks.gadgets.symmetric import alternating, symmetric
from certify.networks.gadgets.tower import tower

Point = tuple[Fraction, ...]


def instance(n: int = 3, wrong: tuple[int, ...] = (), **changes: object) -> Claim:
    """f the tower of Theorem 1 with Λ = 4 and five layers, g a parity wrong at some counts."""
    values = [-v if p in wrong else v for p, v in enumerate(alternating(n))]
    keys: dict[str, object] = {
        "left": tower(n + 1, 4, 5),
        "right": symmetric(values, n + 1, range(n)),
        "on": certify.embed(certify.cube(n), pad=[0]),
        "along": [0] * n + [1],
        "eta": "4^-5",
        "sign": certify.parity(range(n)),
        "delta": 2,
        "epsilon": 4,
        "depth": 3,
        "lambda_": 4,
    }
    return certify.learner(**(keys | changes))  # type: ignore[arg-type]


def body(claim: Claim) -> dict[str, object]:
    certificate = certify.prove(claim).certificate
    assert certificate is not None
    return certificate.header["body"]


def brute(claim: Learner) -> tuple[Fraction, Fraction, Fraction, list[int]]:
    """E_D‖f − g‖², D_TV(D̃, D) and the sum of p̃, from the definitions; and the signs h̃.

    D̃ and D are held as tables of points, p̃ is computed by the paper's formula at every
    point within ηv of supp(D₀), and the distance is half of Σ|p̃ − p| over all of them.
    """
    stream = claim.on.factored()
    assert stream is not None
    support = [p for batch, _ in stream.batches() for p in batch.fractions()]
    step = [claim.eta * v for v in claim.along]
    mass = Fraction(1, len(support))

    def moved(x: Point, side: int) -> Point:
        return tuple(a + side * s for a, s in zip(x, step, strict=True))

    def square(a: Point, b: Point) -> Fraction:
        return sum(((v - w) ** 2 for v, w in zip(a, b, strict=True)), Fraction(0))

    def p(x: Point) -> Fraction:
        return mass if x in set(support) else Fraction(0)

    def z(x: Point) -> Point:
        near = square(claim.right(x), claim.left(moved(x, 1)))
        far = square(claim.right(x), claim.left(moved(x, -1)))
        return moved(x, 1 if near < far else claim.otherwise)

    law: dict[Point, Fraction] = {}
    for x in support:
        true = moved(x, int(claim.sign(x)[0]))
        law[true] = law.get(true, Fraction(0)) + mass
    around = {moved(x, side) for x in support for side in (1, 0, -1)}
    learned: dict[Point, Fraction] = {}
    for x in around:
        back, on = moved(x, -1), moved(x, 1)
        terms = [p(y) for y in (back, on) if p(y) and z(y) == x]
        learned[x] = sum(terms, Fraction(0))
    error = sum(m * square(claim.left(x), claim.right(x)) for x, m in law.items())
    total = sum(abs(learned[x] - law.get(x, Fraction(0))) for x in around) / 2
    signs = [1 if z(x) == moved(x, 1) else claim.otherwise for x in support]
    return error, total, sum(learned.values(), Fraction(0)), signs


@pytest.mark.parametrize("wrong", [(), (0,), (1,), (0, 2), (0, 1, 2, 3)])
@pytest.mark.parametrize("method", ["auto", "fold"])
def test_numbers_are_those_of_the_definitions(wrong: tuple[int, ...], method: str) -> None:
    claim = instance(3, wrong)
    assert isinstance(claim, Learner)
    error, total, mass, _ = brute(claim)
    found = {}
    for name, part in claim.parts():
        if name in ("mse", "density", "tv"):
            verdict = certify.prove(part, method=method)
            assert verdict.proved and verdict.certificate is not None
            found[name] = verdict.certificate.header["body"]["value"]
    assert found == {"mse": str(error), "density": str(mass), "tv": str(total)}
    assert certify.prove(claim).proved
    assert total <= claim.bound


@settings(max_examples=40)
@given(st.data())
def test_random_instances_agree_with_brute_force(data: st.DataObject) -> None:
    """Vector outputs, v off the axes, and any g: every number and every verdict."""
    number = st.integers(-3, 3)
    row = st.lists(number, min_size=2, max_size=2)
    separator = linear(data.draw(st.lists(row, min_size=2, max_size=2)), [1, 0])
    shallow = Sequential(
        relu(data.draw(st.lists(row, min_size=2, max_size=2)), data.draw(row)),
        linear(data.draw(st.lists(row, min_size=2, max_size=2))),
    )
    points = sorted(data.draw(st.sets(st.tuples(number, number), min_size=1, max_size=5)))
    labels = data.draw(st.lists(st.sampled_from([1, -1]), min_size=len(points), max_size=5))
    flipped = [p for p, label in zip(points, labels, strict=False) if label < 0]
    sign = certify.constant([1])
    if flipped:
        sign = certify.flip(sign, flipped)
    eta = data.draw(st.sampled_from(["1/10", "1/2", "5/2", "5"]))
    keys = {
        "left": separator,
        "right": shallow,
        "on": certify.points(points),
        "along": ["3/5", "-4/5"],
        "eta": eta,
        "sign": sign,
        "delta": data.draw(st.sampled_from(["1/4", 2])),
        "epsilon": data.draw(st.sampled_from([0, 1, 50])),
        "depth": 2,
        "lambda_": data.draw(st.sampled_from(["1/3", 2, 9])),
        "otherwise": data.draw(st.sampled_from([0, -1])),
    }
    apart = (Fraction(eta) * 2 * Fraction(3, 5), Fraction(eta) * 2 * Fraction(-4, 5))
    if any((x[0] - y[0], x[1] - y[1]) == apart for x in points for y in points):
        with pytest.raises(CertifyError, match="x′ − ηv"):
            certify.learner(**keys)
        return
    claim = certify.learner(**keys)
    assert isinstance(claim, Learner)
    error, total, mass, signs = brute(claim)
    limit = claim.norm or Fraction(0)
    square = claim.limit
    expected = (
        claim.eta * limit**2 <= claim.delta / 4
        and all(layer.frobenius_squared <= square for layer in claim.right.layers)
        and certify.prove(dict(claim.parts())["separates"]).proved
        and error <= claim.epsilon
        and mass == 1
        and total <= claim.bound
    )
    assert certify.prove(claim).verdict == ("proved" if expected else "refuted")
    values = dict(claim.parts())
    assert values["density"].satisfied(mass) == (0 not in signs)  # type: ignore[attr-defined]
    if claim.otherwise:  # D̃ is the law of a sign, so the distance is a probability
        assert total == Fraction(
            sum(s != int(claim.sign(p)[0]) for s, p in pairs(claim, signs)), len(signs)
        )


def pairs(claim: Learner, signs: list[int]) -> list[tuple[int, Point]]:
    stream = claim.on.factored()
    assert stream is not None
    points = [p for batch, _ in stream.batches() for p in batch.fractions()]
    return list(zip(signs, points, strict=True))


# ---------------------------------------------------- hypotheses, one by one


BROKEN = [
    ("margin", {"eta": "4^-3", "left": tower(4, 4, 3)}, "η²Λ^2d is 1 > 1/4 = Δ²/16"),
    ("member", {"depth": 2}, "this representation has 3 layers, not 2"),
    ("member", {"lambda_": "3/2"}, "layer 1 has ‖W‖_F² = 3 > 9/4 = Λ²"),
    ("member", {"class_lambda": "3/2"}, "layer 1 has ‖W‖_F² = 3 > 9/4 = Λ²"),
    ("separates", {"left": tower(4, "9/10", 5)}, "it fails at [-1, -1, -1, 0]"),
    ("mse", {"epsilon": "1/3"}, "the value is 1/2 > 1/3"),
    ("density", {"otherwise": 0}, "the value is 5/8 ≠ 1"),
]


@pytest.mark.parametrize(("part", "change", "why"), BROKEN, ids=[b[0] for b in BROKEN])
def test_a_broken_hypothesis_is_named(part: str, change: dict[str, object], why: str) -> None:
    claim = instance(3, (0,), **change)
    verdict = certify.prove(claim)
    assert verdict.refuted and verdict.certificate is not None
    assert verdict.certificate.header["body"]["part"] == part
    assert verdict.note == f"{part} fails: {why}"


def test_the_bound_can_fail_only_without_the_hypotheses() -> None:
    """g learned on other points: the distance is 1, past 16ε/Δ² = 0, and tv is refuted."""
    claim = instance(3, (0, 1, 2, 3), epsilon=0)
    assert isinstance(claim, Learner)
    part = dict(claim.parts())["tv"]
    verdict = certify.prove(part)
    assert verdict.refuted
    assert verdict.note == "D_TV is 1 > 0"
    assert certify.prove(claim).note == "mse fails: the value is 4 > 0"


# -------------------------------------------------- as the paper writes it


def test_as_written_the_density_sums_to_less_than_one() -> None:
    claim = instance(4, otherwise=0)
    assert certify.prove(claim).note == "density fails: the value is 1/2 ≠ 1"
    assert isinstance(claim, Learner)
    assert brute(claim)[2] == Fraction(1, 2)


def test_as_written_a_point_does_not_move() -> None:
    """z(x₀) = x₀ at a point of supp(D₀): D̃ is not an η-perturbation."""
    n = 3
    claim = instance(n)
    assert isinstance(claim, Learner)
    for otherwise, expected in ((0, "refuted"), (-1, "proved")):
        sign = certify.learned(tower(n + 1, 4, 5), claim.right, claim.along, claim.eta, otherwise)
        on = certify.embed(certify.cube(n), pad=[0])
        verdict = certify.prove(certify.output(sign, on, "y0 = 1 or y0 = -1"))
        assert verdict.verdict == expected
        if otherwise == 0:
            assert verdict.certificate is not None
            point = [Fraction(v) for v in verdict.certificate.header["body"]["point"]]
            assert claim.right(point) == (-1,)


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"along": [0, 0, 1, 1]}, "along: is no unit vector: its squared length is 2"),
        ({"along": [0, 0, 1]}, "along: has 3 coordinates"),
        ({"eta": 0}, "eta: must be positive"),
        ({"eta": -1}, "eta: must be positive"),
        ({"delta": 0}, "delta: must be positive"),
        ({"lambda_": 0}, "lambda: must be positive"),
        ({"lambda_": -2}, "lambda: must be positive"),
        ({"class_lambda": 0}, "class_lambda: must be positive"),
        ({"lambda_": None}, "give lambda or lambda_squared"),
        ({"lambda_squared": 9}, "lambda: give lambda or lambda_squared"),
        ({"depth": 0}, "depth: must be at least 1"),
        ({"otherwise": 1}, "otherwise: must be -1"),
        ({"along": [1, 0, 0, 0], "eta": 1}, "on: x + ηv = x′ − ηv for x = [-1, -1, -1, 0]"),
        ({"on": certify.space(4)}, "on: learner needs a finite set"),
        ({"on": certify.cube(3), "along": [0, 0, 1]}, "left: the network takes 4 inputs"),
        ({"sign": certify.project([0, 1])}, "sign: must have one output, not 2"),
        ({"right": linear([[1, 0, 0, 0], [0, 1, 0, 0]])}, "right: has 2 outputs, but left has 1"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(CertifyError) as caught:
        instance(3, **change)
    assert message in str(caught.value).replace("learner/", "")


def test_a_sign_that_is_not_a_sign_is_refused() -> None:
    with pytest.raises(CertifyError, match="on: the sign of a perturbation is 0"):
        instance(3, sign=certify.constant([0]))


def test_a_sign_that_is_not_a_sign_is_refused_on_a_large_support() -> None:
    """Too many points to look at when the claim is read: each part that reads s refuses it."""
    n = 30
    claim = instance(
        n,
        right=symmetric(alternating(n), n + 1, range(n)),
        lambda_=11,
        eta="11^-5",
        left=tower(n + 1, 11, 5),
        sign=certify.symmetric(range(n), [1] * n + [0]),
    )
    assert isinstance(claim, Learner)
    for name in ("mse", "tv"):
        with pytest.raises(CertifyError, match="sign of a perturbation is 0"):
            certify.prove(dict(claim.parts())[name])


def test_the_bound_is_sixteen_epsilon_over_delta_squared() -> None:
    claim = instance(3, epsilon="3/4", delta="1/2")
    assert isinstance(claim, Learner)
    assert dict(claim.parts())["tv"].comparison == ("<=", 48)  # type: ignore[attr-defined]
    numbers = dict(claim.parts())["margin"].sides  # type: ignore[attr-defined]
    assert numbers == (Fraction(4**6, 4**10), Fraction(1, 64))


# ------------------------------------------------------------ false evidence


def tampered(claim: Claim, edit: dict[str, object]) -> str:
    """The reason for which the kernel rejects the claim's certificate, edited."""
    certificate = certify.prove(claim).certificate
    assert certificate is not None
    header = json.loads(json.dumps(certificate.header))
    for path, value in edit.items():
        *parents, last = path.split("/")
        place = header
        for step in parents:
            place = place[step]
        if value is None:
            del place[last]
        else:
            place[last] = value
    result = certify.check(claim, Certificate(header))
    assert result.verdict == "rejected"
    return result.reason


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        ({"body/tv/body/value": "1/9"}, "enumerate.value at /body/tv/body/value: 1/9"),
        ({"body/mse/body/value": "0"}, "enumerate.value at /body/mse/body/value: 0"),
        ({"body/density/body/value": "2"}, "enumerate.value at /body/density/body/value: 2"),
        ({"body/margin/body/left": "0"}, "arithmetic.value at /body/margin/body/left: 0"),
        ({"body/margin/body/right": "1"}, "arithmetic.value at /body/margin/body/right: 1"),
        ({"body/tv": None}, "certificate.malformed at /body: missing key 'tv'"),
        ({"body/margin/rule": "norms"}, "norms.kind at /rule: does not apply to margin"),
        ({"body/member/rule": "arithmetic"}, "arithmetic.kind at /rule: does not apply to member"),
        (
            {"verdict": "refuted", "body": {"part": "sampler", "refutation": {}}},
            "conjunction.part at /body/part: sampler",
        ),
    ],
)
def test_edited_certificates_are_rejected(edit: dict[str, object], reason: str) -> None:
    assert tampered(instance(3, (0,)), edit) == reason


def test_a_margin_that_holds_is_not_refuted() -> None:
    claim = instance(3)
    assert isinstance(claim, Learner)
    left, right = dict(claim.parts())["margin"].sides  # type: ignore[attr-defined]
    numbers = {"left": str(left), "right": str(right)}
    edit = {
        "verdict": "refuted",
        "body": {"part": "margin", "refutation": {"rule": "arithmetic", "body": numbers}},
    }
    assert tampered(claim, edit) == "arithmetic.verdict at /verdict: refuted"


def test_a_margin_of_too_many_bits_is_declined() -> None:
    claim = instance(3)
    assert isinstance(claim, Learner)
    from certify.kernel.language.kinds.learner import Margin

    part = Margin(claim.eta, claim.delta, 10**9, Fraction(3))
    assert certify.prove(part).verdict == "unknown"


# --------------------------------------------------------------- large sets


def test_two_hundred_bits_by_fold() -> None:
    """2²⁰⁰ points: g wrong where 0 or 90 coordinates are +1, and the distance is their share."""
    from math import comb

    n = 200
    values = [-v if p in (0, 90) else v for p, v in enumerate(alternating(n))]
    claim = instance(
        n,
        left=tower(n + 1, 30, 5),
        right=symmetric(values, n + 1, range(n)),
        eta="30^-5",
        lambda_=30,
        epsilon="1/2",
    )
    verdict = certify.prove(claim)
    assert verdict.proved and verdict.certificate is not None
    share = Fraction(1 + comb(n, 90), 2**n)
    assert verdict.certificate.header["body"]["tv"]["body"]["value"] == str(share)
    assert verdict.certificate.header["body"]["mse"]["body"]["value"] == str(4 * share)
    assert verdict.seconds + verdict.check_seconds < 5


def test_every_sign_pattern_on_three_points_of_a_line() -> None:
    """g = f, so every h̃ is a tie and goes to x − ηv: the distance counts the s that are +1."""
    points = [(0,), (1,), (2,)]
    for signs in product((1, -1), repeat=3):
        flipped = [p for p, s in zip(points, signs, strict=True) if s < 0]
        sign = certify.flip(certify.constant([1]), flipped) if flipped else certify.constant([1])
        claim = certify.learner(
            left=linear([[10]]),
            right=linear([[10]]),
            on=certify.points(points),
            along=[1],
            eta="1/8",
            sign=sign,
            delta="5/2",
            epsilon="25/16",
            depth=1,
            lambda_=10,
        )
        assert isinstance(claim, Learner)
        wrong = Fraction(signs.count(1), 3)
        assert brute(claim)[1] == wrong
        assert body(dict(claim.parts())["tv"])["value"] == str(wrong)


def test_the_lemma_as_printed_is_false() -> None:
    """NN_{Δ,d} for NN_{Λ,d}: all hypotheses hold with ε = 0, and D̃ is not D.

    f = g = 2³·x₃ is in NN_{2,3}; with Δ = 2, η = 2⁻³ and Λ = 1, ηΛ³ ≤ Δ/4. g vanishes on the
    support, so h̃ = −1 throughout, while the parity of two bits is −1 on half of it.
    """
    steep = tower(3, 2, 3)
    keys = {"left": steep, "right": steep, "eta": "2^-3", "epsilon": 0, "lambda_": 1}
    printed = instance(2, **keys, class_lambda=2)
    assert isinstance(printed, Learner)
    mse, distance, total, signs = brute(printed)
    assert (mse, distance, total, signs) == (0, Fraction(1, 2), 1, [-1] * 4)
    answer = certify.prove(printed)
    assert answer.verdict == "refuted" and "tv fails: D_TV is 1/2 > 0" in answer.note
    # without the key nothing changes: the canonical claim has no trace of it
    assert "class" not in instance(2).canonical
