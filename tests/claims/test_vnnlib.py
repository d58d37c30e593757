"""VNN-LIB properties mean what their text says: against a tiny evaluator, z3, and golden errors."""

from __future__ import annotations

import contextlib
import gzip
import random
import re
import time
from fractions import Fraction
from pathlib import Path

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st
from vnnlib_truth import satisfied

from certify.bench.instances import instances
from certify.claims.contradiction import contradictory
from certify.claims.vnnlib import Property, parse_property, property_claim, read_property
from certify.errors import CertifyError
from certify.kernel.data.network import Network, affine_layer
from certify.kernel.language import formula
from certify.kernel.language.sets.convex import Box, Polytope, Space
from certify.networks.files import save
from certify.networks.reading import Reading

F = Fraction
QUIET = Reading().quiet()
GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "vnnlib"


def network(inputs: int, outputs: int, width: int = 0) -> Network:
    """A network of that shape; what it computes does not matter here."""
    layers = [affine_layer(inputs, [()] * width, relu=True)] if width else []
    return Network(inputs, (*layers, affine_layer(width or inputs, [()] * outputs)))


def header(inputs: int, outputs: int) -> str:
    names = [f"X_{i}" for i in range(inputs)] + [f"Y_{i}" for i in range(outputs)]
    return "".join(f"(declare-const {name} Real)\n" for name in names)


def read(text: str, inputs: int = 2, outputs: int = 2) -> Property:
    return parse_property(header(inputs, outputs) + text, [network(inputs, outputs)])


def violated(found: Property, x: tuple[Fraction, ...], y: tuple[Fraction, ...]) -> bool:
    """Is (x, y) a counterexample of the claim, if y is what the network computes?"""
    claim = found.claim
    return claim.on.contains(x) and not formula.holds(claim.formula, x, y)


def refused(text: str, *networks: Network, **options: bool) -> str:
    with pytest.raises(CertifyError) as caught:
        parse_property(text, networks or [network(2, 2)], **options)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 300
    return message


# ------------------------------------------------------------------ forms of the claim


class TestForm:
    def test_box_takes_what_it_implies_out_of_the_formula(self) -> None:
        found = read(
            "(assert (and (>= X_0 0.1) (<= X_0 1)))(assert (<= 0 X_1))(assert (<= (* 2 X_1) 3))"
            "(assert (<= Y_0 Y_1))"
        )
        assert found.claim.on == Box((F(1, 10), F(0)), (F(1), F(3, 2)))
        assert formula.text(found.claim.formula) == "not (1*y0 + -1*y1 <= 0)"
        assert found.inputs == (("X_0", 0), ("X_1", 1))
        assert found.outputs == ("Y_0", "Y_1")

    def test_decimals_are_exact(self) -> None:
        words = ["0.1", "1e-3", "-2.5E2", "1.", ".5", "+3", "0.30000000000000004", "-0.0"]
        text = "".join(f"(assert (= Y_0 {word}))" for word in words)
        found = read("(assert (and (<= 0 X_0 ) (<= X_0 1) (<= 0 X_1) (<= X_1 1)))" + text)
        constants = [-a.constant for a in found.claim.formula.part.parts]
        assert constants == [F(1, 10), F(1, 1000), -250, 1, F(1, 2), 3, F("0.30000000000000004"), 0]

    def test_several_boxes_become_their_hull_and_a_choice(self) -> None:
        boxes = [((0, 1), (0, 1)), ((3, 4), (0, 1))]
        ands = "".join(
            f"(and (>= X_0 {a}) (<= X_0 {b}) (>= X_1 {c}) (<= X_1 {d}))" for (a, b), (c, d) in boxes
        )
        found = read(f"(assert (or {ands}))(assert (<= Y_0 Y_1))")
        assert found.claim.on == Box((F(0), F(0)), (F(4), F(1)))
        assert violated(found, (F(1, 2), F(0)), (F(0), F(0)))
        assert not violated(found, (F(2), F(0)), (F(0), F(0)))

    def test_an_impossible_choice_does_not_widen_the_box(self) -> None:
        first = "(and (>= X_0 0) (<= X_0 1) (>= X_1 0) (<= X_1 1))"
        never = "(and (>= X_0 9) (<= X_0 8) (>= X_1 0) (<= X_1 1))"
        found = read(f"(assert (or {first} {never}))")
        assert found.claim.on == Box((F(0), F(0)), (F(1), F(1)))

    @pytest.mark.parametrize(
        ("relation", "at_one", "at_two"),
        [
            ("<=", True, False),
            ("<", False, False),
            ("=", True, False),
            ("!=", False, True),
            (">=", True, True),
            (">", False, True),
        ],
    )
    def test_a_choice_that_touches_the_box(self, relation: str, at_one: bool, at_two: bool) -> None:
        box = "(assert (and (>= X_0 1) (<= X_0 2) (= X_1 0)))"
        found = read(f"{box}(assert (or ({relation} X_0 1) (> Y_0 5)))")
        assert found.claim.on == Box((F(1), F(0)), (F(2), F(0)))
        y = (F(0), F(0))
        assert violated(found, (F(1), F(0)), y) == at_one
        assert violated(found, (F(2), F(0)), y) == at_two
        mirrored = {"<=": ">=", "<": ">", ">=": "<=", ">": "<"}.get(relation, relation)
        again = read(f"{box}(assert (or ({mirrored} X_0 2) (> Y_0 5)))")
        assert violated(again, (F(2), F(0)), y) == at_one
        assert violated(again, (F(1), F(0)), y) == at_two

    def test_strict_bounds_stay_in_the_formula(self) -> None:
        found = read("(assert (and (> X_0 0) (< X_0 1) (>= X_1 0) (<= X_1 1)))")
        assert found.claim.on == Box((F(0), F(0)), (F(1), F(1)))
        y = (F(0), F(0))
        assert [violated(found, (F(v), F(0)), y) for v in (0, F(1, 2), 1)] == [False, True, False]

    def test_bounds_that_follow_from_linear_constraints(self) -> None:
        found = read("(assert (and (>= X_0 0) (>= X_1 0) (<= (+ X_0 (* 2 X_1)) 1)))")
        assert found.claim.on == Box((F(0), F(0)), (F(1), F(1, 2)))
        assert violated(found, (F(1, 2), F(1, 4)), (F(0), F(0)))
        assert not violated(found, (F(1), F(1, 2)), (F(0), F(0)))

    def test_bounds_that_follow_from_an_equality(self) -> None:
        found = read("(assert (and (>= X_0 0) (<= X_0 3) (= (+ X_0 (* 2 X_1)) 1)))")
        assert found.claim.on == Box((F(0), F(-1)), (F(3), F(1, 2)))

    def test_unbounded_inputs_make_a_polytope(self) -> None:
        found = read("(assert (>= X_0 0))(assert (>= (+ X_0 X_1) 1))(assert (> Y_0 X_1))")
        assert found.claim.on == Polytope(
            2, ((((0, F(-1)),), F(0)), (((0, F(-1)), (1, F(-1))), F(-1)))
        )
        assert formula.text(found.claim.formula) == "not (-1*x1 + 1*y0 > 0)"

    def test_no_constraint_on_inputs_makes_space(self) -> None:
        found = read("(assert (>= Y_0 0))")
        assert found.claim.on == Space(2)

    def test_only_inputs_constrained_is_refuted_by_every_point(self) -> None:
        found = read("(assert (and (<= 0 X_0) (<= X_0 1) (<= 0 X_1) (<= X_1 1)))")
        assert violated(found, (F(0), F(0)), (F(5), F(-5)))

    def test_gzip(self, tmp_path: Path) -> None:
        path = tmp_path / "p.vnnlib.gz"
        path.write_bytes(gzip.compress((header(2, 2) + "(assert (>= Y_0 0))").encode()))
        assert read_property(path, [network(2, 2)]).claim.on == Space(2)

    def test_declare_fun_where_it_is_asked_for(self) -> None:
        text = header(2, 2).replace("(declare-const", "(declare-fun").replace(" Real", " () Real")
        found = parse_property(
            text + "(assert (>= Y_0 0))", [network(2, 2)], Reading(declare_fun=True)
        )
        assert found.claim == read("(assert (>= Y_0 0))").claim


class TestCommandLineForm:
    def test_named_after_the_files(self, tmp_path: Path) -> None:
        net = tmp_path / "a net.json.gz"
        save(network(2, 2), net)
        prop = tmp_path / "prop_1.vnnlib"
        prop.write_text(header(2, 2) + "(assert (>= Y_0 0))")
        found = property_claim([net], prop)
        assert found.name == "a net-prop_1"
        assert found.expect == "proved"
        assert list(found.networks) == ["a net"]
        assert found.claim == read("(assert (>= Y_0 0))").claim

    def test_two_networks_of_one_name(self, tmp_path: Path) -> None:
        for folder in ("f", "g"):
            (tmp_path / folder).mkdir()
            save(network(2, 1, 3), tmp_path / folder / "net.json")
        (tmp_path / "p.vnnlib").write_text(TestVersion2.pair.format("isomorphic-to"))
        paths = [tmp_path / folder / "net.json" for folder in ("f", "g")]
        found = property_claim(paths, tmp_path / "p.vnnlib")
        assert (found.name, list(found.networks)) == ("net-net-p", ["net-1", "net-2"])

    def test_a_missing_network(self, tmp_path: Path) -> None:
        with pytest.raises(CertifyError, match=r"no\.onnx: no such file"):
            property_claim([tmp_path / "no.onnx"], tmp_path / "p.vnnlib")


# ------------------------------------------------------------------ meaning

NUMBERS = st.sampled_from(["0", "1", "-1", "0.5", "-0.5", "2", "1.5e0", "-20e-1"])
SMALL = st.sampled_from([F(n, 2) for n in range(-4, 5)])


@st.composite
def terms(draw: st.DrawFn, names: list[str], depth: int = 2) -> str:
    kind = draw(st.integers(0, 6 if depth else 1))
    if kind == 0:
        return draw(NUMBERS)
    if kind <= 2:
        return draw(st.sampled_from(names))
    part = terms(names, depth - 1)
    if kind == 3:
        return f"(- {draw(part)})"
    if kind == 4:
        return f"(* {draw(NUMBERS)} {draw(part)})"
    parts = draw(st.lists(part, min_size=1 if kind == 5 else 2, max_size=3))
    return f"({'+' if kind == 5 else '-'} {' '.join(parts)})"


@st.composite
def formulas(draw: st.DrawFn, names: list[str], relations: list[str], depth: int = 3) -> str:
    if depth == 0 or draw(st.booleans()):
        relation = draw(st.sampled_from(relations))
        return f"({relation} {draw(terms(names))} {draw(terms(names))})"
    word = draw(st.sampled_from(["and", "or", "or", "not"]))
    size = 1 if word == "not" else 3
    parts = draw(st.lists(formulas(names, relations, depth - 1), min_size=1, max_size=size))
    return f"({word} {' '.join(parts)})"


@st.composite
def properties(draw: st.DrawFn, names: list[str], relations: list[str]) -> str:
    inputs = [name for name in names if name[0] == "X"]
    lines = []
    for name in inputs:
        low, high = sorted(draw(st.tuples(SMALL, SMALL)))
        for relation, v in ((">=", low), ("<=", high)):
            if draw(st.integers(0, 7)):
                lines.append(f"(assert ({relation} {name} {float(v)}))")
    for _ in range(draw(st.integers(1, 3))):
        lines.append(f"(assert {draw(formulas(names, relations))})")
    return "\n".join(lines)


NAMES1 = ["X_0", "X_1", "Y_0", "Y_1"]
NAMES2 = [f"{t}[{i}]" for t in ("Xf", "Yf", "Xg", "Yg") for i in (0, 1)]
NETWORKS2 = """(vnnlib-version <2.0>)
(declare-network f (declare-input Xf Real [2]) (declare-output Yf Real [1,2]))
(declare-network g (declare-input Xg Real [2]) (declare-output Yg Real [2,1]))
"""


class TestMeaning:
    @settings(max_examples=120)
    @given(st.data())
    def test_version_1(self, data: st.DataObject) -> None:
        text = data.draw(properties(NAMES1, ["<", "<=", "=", "==", "!=", ">=", ">"]))
        points = data.draw(st.lists(st.tuples(*[SMALL] * 4), min_size=20, max_size=20))
        found = parse_property(header(2, 2) + text, [network(2, 2)], QUIET)
        for point in points:
            truth = satisfied(text, dict(zip(NAMES1, point, strict=True)))
            assert violated(found, point[:2], point[2:]) == truth

    @settings(max_examples=80)
    @given(st.data())
    def test_version_2_with_two_networks(self, data: st.DataObject) -> None:
        text = data.draw(properties(NAMES2, ["<", "<=", "==", "!=", ">=", ">"]))
        ties = data.draw(st.sets(st.sampled_from([(0, 0), (1, 1), (0, 1)])))
        text += "".join(f"(assert (== Xf[{i}] Xg[{j}]))" for i, j in ties)
        plain = re.sub(r"Yf\[(\d)\]", r"Yf[0,\1]", re.sub(r"Yg\[(\d)\]", r"Yg[\1,0]", text))
        points = data.draw(st.lists(st.tuples(*[SMALL] * 8), min_size=20, max_size=20))
        for k, p in enumerate(points):  # half of the points on the diagonal
            if k % 2:
                points[k] = (*p[:4], p[0], p[0] if (0, 1) in ties else p[1], *p[6:])
        networks = [network(2, 2), network(2, 2)]
        found = parse_property(NETWORKS2 + plain, networks, QUIET)
        assert [name for name, _ in found.inputs] == ["Xf[0]", "Xf[1]", "Xg[0]", "Xg[1]"]
        assert found.outputs == ("Yf[0,0]", "Yf[0,1]", "Yg[0,0]", "Yg[1,0]")
        assert found.claim.on.dimension == max(at for _, at in found.inputs) + 1
        for p in points:
            full = (*p[0:2], *p[4:6])
            x: dict[int, Fraction] = {}
            tied = all(
                x.setdefault(at, v) == v for v, (_, at) in zip(full, found.inputs, strict=True)
            )
            y = (*p[2:4], *p[6:8])
            point = tuple(x[i] for i in range(len(x)))
            truth = satisfied(text, dict(zip(NAMES2, p, strict=True)))
            assert (tied and violated(found, point, y)) == truth

    @settings(max_examples=100)
    @given(properties(["X_0", "X_1", "Y_0", "Y_1"], ["<", "<=", "=", ">=", ">"]))
    def test_vacuity_is_what_z3_says(self, text: str) -> None:
        plain = re.sub(
            r"-(\d[\d.e]*)", r"(- \1)", text.replace("1.5e0", "1.5").replace("20e-1", "2")
        )
        solver = z3.Solver()
        solver.add(z3.parse_smt2_string(header(2, 2) + plain))
        truth = solver.check() == z3.unsat
        found = parse_property(header(2, 2) + text, [network(2, 2)], QUIET)
        assert (contradictory(found.claim) is not None) == truth


def test_contradiction_by_outputs_alone() -> None:
    inputs = "(assert (and (<= 0 X_0) (<= X_0 1) (<= 0 X_1) (<= X_1 1)))"
    close = "(assert (and (> Y_0 (+ Y_1 0.05)) (< Y_0 (- Y_1 0.05))))"
    assert contradictory(read(inputs + close).claim)
    assert contradictory(read(inputs + "(assert (and (>= Y_0 Y_1) (<= Y_0 Y_1)))").claim) is None
    assert contradictory(read(inputs + "(assert (and (>= Y_0 Y_1) (< Y_0 Y_1)))").claim)
    assert contradictory(read(inputs + "(assert (or (< Y_0 Y_0) (>= Y_0 X_0)))").claim) is None
    assert contradictory(read(inputs + "(assert (and (> Y_0 X_0) (< Y_0 X_0)))").claim)
    for relation, bound, truth in ((">", "-1", True), ("<", "2", True), (">", "1", False)):
        mirrored = {">": "<", "<": ">"}[relation]
        beyond = f"(assert (and ({relation} Y_0 X_0) ({mirrored} Y_0 {bound})))"
        assert bool(contradictory(read(inputs + beyond).claim)) == truth


# ------------------------------------------------------------------ version 2.0


class TestVersion2:
    pair = """(vnnlib-version <2.0>)
(declare-network f (declare-input X Real [2]) (declare-output Y Real []))
(declare-network g ({} f) (declare-input Z Real [2]) (declare-output W Real [] "out"))
(assert (and (<= 0 X[0]) (<= X[0] 1) (<= 0 X[1]) (<= X[1] 1) (== X[0] Z[0]) (== Z[1] X[1])))
(assert (> Y (+ W 0.5)))
"""

    def test_shared_inputs_become_one(self) -> None:
        f, g = network(2, 1, 3), network(2, 1, 3)
        found = parse_property(self.pair.format("isomorphic-to"), [f, g])
        assert found.claim.on == Box((F(0), F(0)), (F(1), F(1)))
        assert found.claim.network.canonical() == {
            "compose": [
                {"product": [{"network": f.digest}, {"network": g.digest}]},
                {"project": [0, 1, 0, 1]},
            ]
        }
        assert found.inputs == (("X[0]", 0), ("X[1]", 1), ("Z[0]", 0), ("Z[1]", 1))
        assert formula.text(found.claim.formula) == "not (1*y0 + -1*y1 + -1/2 > 0)"

    def test_equal_networks_may_be_given_once(self) -> None:
        text = self.pair.format("equal-to")
        f = network(2, 1)
        assert parse_property(text, [f]).claim == parse_property(text, [f, f]).claim
        other = Network(2, (affine_layer(2, [((0, F(1)),)]),))
        assert "is not that of f" in refused(text, f, other)

    def test_isomorphic_networks_have_the_same_widths(self) -> None:
        text = self.pair.format("isomorphic-to")
        assert "widths" in refused(text, network(2, 1, 3), network(2, 1, 4))
        assert "networks: expected 2, found 1" in refused(text, network(2, 1))

    def test_unused_hidden_nodes_change_nothing(self) -> None:
        text = """(vnnlib-version <2.0>)
(declare-network f (declare-input X Real [2]) {} (declare-output Y Real [2]))
(assert (>= Y[0] 0))"""
        hidden = '(declare-hidden H Real [1,2] "relu 3")'
        with_, without = (parse_property(text.format(h), [network(2, 2)]) for h in (hidden, ""))
        assert with_ == without


# ------------------------------------------------------------------ refusals


def golden() -> list[Path]:
    return sorted(GOLDEN.glob("*.vnnlib"))


@pytest.mark.parametrize("path", golden(), ids=lambda path: path.stem)
def test_golden_refusals(path: Path) -> None:
    """The first line of each file says for which networks, and what the error must be."""
    text = path.read_text(encoding="utf-8")
    match = re.fullmatch(r"; networks ([0-9> ]+): (.*)", text.split("\n", 1)[0])
    assert match is not None
    networks = [network(*map(int, word.split(">"))) for word in match[1].split()]
    with pytest.raises(CertifyError) as caught:
        read_property(path, networks)
    assert str(caught.value) == f"{path}: {match[2]}"


def test_golden_files_are_there() -> None:
    assert len(golden()) > 40


class TestBombs:
    def test_nesting(self) -> None:
        start = time.monotonic()
        for text in ("(" * 10**6, "(assert " * 10**4 + ")" * 10**4):
            assert "nested more than" in refused(header(2, 2) + text)
        deep = "(assert " + "(and " * 85 + "(>= Y_0 0)" + ")" * 86
        assert read(deep).claim == read("(assert (>= Y_0 0))").claim
        assert time.monotonic() - start < 20

    def test_numbers(self) -> None:
        huge = ("1" * 401, "1e99999999", "1e401", "0." + "1" * 400, "1e-500", "9" * 10**5)
        start = time.monotonic()
        for word in huge:
            assert "than a double can be" in refused(header(2, 2) + f"(assert (>= Y_0 {word}))")
        product = "(* " + "1e400 " * 20_000 + ")"
        quotients = "(+ " + "".join(f"(/ 1 {n}) " for n in range(1, 20_000)) + ")"
        for term in (product, quotients):
            assert "bits" in refused(header(2, 2) + f"(assert (>= Y_0 {term}))")
        assert time.monotonic() - start < 20

    def test_long_sums_are_read_in_linear_time(self) -> None:
        n = 5_000
        total = " ".join(f"X_{i}" for i in range(n))
        bounds = "".join(f"(assert (>= X_{i} 0))(assert (<= X_{i} 1))" for i in range(n))
        start = time.monotonic()
        read(f"{bounds}(assert (<= (+ {total}) Y_0))", n, 1)
        assert time.monotonic() - start < 20

    def test_gzip_bomb_and_missing_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from certify.claims import vnnlib

        monkeypatch.setattr(vnnlib, "MAX_BYTES", 1000)
        path = tmp_path / "p.vnnlib.gz"
        path.write_bytes(gzip.compress(b" " * 10**6))
        with pytest.raises(CertifyError, match="more than 1000 bytes"):
            read_property(path, [network(2, 2)])
        for name, content in (
            ("no.vnnlib", None),
            ("x.vnnlib", b"\xff\xfe"),
            ("y.vnnlib.gz", b"z"),
        ):
            if content is not None:
                (tmp_path / name).write_bytes(content)
            with pytest.raises(CertifyError, match=name):
                read_property(tmp_path / name, [network(2, 2)])

    @settings(max_examples=300)
    @given(st.text(alphabet='()[]; \nXY_01.<=+-*"|assertdclor', max_size=120))
    def test_any_text_is_read_or_refused(self, text: str) -> None:
        with contextlib.suppress(CertifyError):
            parse_property(header(2, 2) + text, [network(2, 2)])

    @settings(max_examples=300)
    @given(st.data())
    def test_mutations_are_read_or_refused(self, data: st.DataObject) -> None:
        text = data.draw(
            st.sampled_from([TestVersion2.pair, header(2, 2) + "(assert (<= Y_0 0.5))"])
        )
        words = re.findall(r"[()\[\]]|[^()\[\]\s]+|\s+", text)
        for _ in range(data.draw(st.integers(1, 3))):
            i = data.draw(st.integers(0, len(words) - 1))
            new = data.draw(
                st.sampled_from([[], [words[i]] * 2, ["("], [")"], ["and"], ["1e9"], ["[0]"]])
            )
            words = words[:i] + new + words[i + 1 :] or [""]
        with contextlib.suppress(CertifyError):
            parse_property("".join(words), [network(2, 1)] * 2)


# ------------------------------------------------------------------ properties of the field


def test_field_properties_mean_what_they_say(field_networks: Path) -> None:
    """Every property at hand, at points near its bounds, beside the evaluator."""
    draw = random.Random(1)
    seen = set()
    for instance in instances():
        if instance.prop.suffix != ".vnnlib" or instance.prop in seen:
            continue
        seen.add(instance.prop)
        found = read_property(instance.prop, instance.networks, Reading(declare_fun=True))
        text = re.sub(r"\breal\b", "Real", instance.prop.read_text())
        box = found.claim.on
        assert isinstance(box, Box)
        hits = 0
        for _ in range(60):
            x = tuple(
                draw.choice([a, b, (a + b) / 2, (a + b) / 2, a - F(draw.randint(0, 1), 10**9)])
                if draw.random() < 0.01
                else (a + b) / 2
                for a, b in zip(box.lower, box.upper, strict=True)
            )
            y = tuple(F(draw.randint(-200, 200), draw.choice([1, 50])) for _ in found.outputs)
            at = {name: x[i] for name, i in found.inputs} | dict(zip(found.outputs, y, strict=True))
            truth = satisfied(text, at)
            assert violated(found, x, y) == truth, instance.id
            hits += truth
        if instance.family not in ("equiv_acas_perturbed", "reach_prob_density"):
            assert hits or "prop_6" in str(instance.prop), instance.id
    assert len(seen) > 25


def test_field_property_that_no_outputs_satisfy(field_networks: Path) -> None:
    flagged = [i.id for i in instances() if i.family != "acasxu" and contradictory(i.claim)]
    assert flagged == [i.id for i in instances(["lint"])]


def test_field_declare_fun_is_refused_unless_asked_for(field_networks: Path) -> None:
    path = field_networks / "drones_1d_hovering" / "prop_vnnlib_AC6_eps_01_purged.vnnlib"
    with pytest.raises(CertifyError, match="line 2: declare-fun is read only with --declare-fun"):
        read_property(path, [network(12, 1)])


STANDARD = {
    "acc": ["3>1"],
    "cartpole": ["4>2"],
    "drones": ["12>1"],
    "dubinsrejoin": ["8>8"],
    "intermediate_nodes": ["3>3"],
    "lunarlander": ["8>4"],
    "mnist": ["784>10"],
    "multiple_networks": ["5>5", "5>5"],
    "single_network": ["3>4"],
    "test_linearise": ["3>1"],
}


def test_syntax_tests_of_the_standard(field_networks: Path) -> None:
    folder = field_networks / "vnnlib2"
    wrong = (folder / "error-files.txt").read_text().split()
    for path in sorted(folder.glob("*.vnnlib")):
        text = path.read_text()
        if path.name in wrong:
            refused(text, network(5, 5))
            continue
        if path.stem == "initialized":  # a proposal for 2.1
            assert "version <2.1> is not read" in refused(text, network(5, 5))
            continue
        shapes = STANDARD[path.stem]
        networks = [network(*map(int, shape.split(">"))) for shape in shapes]
        found = parse_property(text, networks, QUIET)
        empty = path.stem == "test_linearise"  # asserts X[0] >= 5 and 3.5·X[0] <= 7
        assert (contradictory(found.claim) is not None) == empty
        draw = random.Random(2)
        for _ in range(40):
            x = [F(draw.randint(-40, 40), 4) for _ in range(found.claim.on.dimension)]
            y = tuple(F(draw.randint(-40, 40), 4) for _ in found.outputs)
            at = {name: x[i] for name, i in found.inputs} | dict(zip(found.outputs, y, strict=True))
            plain = re.sub(r";.*", "", text)
            assert violated(found, tuple(x), y) == satisfied(plain, at)
