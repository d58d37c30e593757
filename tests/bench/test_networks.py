"""The benchmark on networks of the field: its rows and its figures, on a folder of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from certify.bench import networks
from certify.bench.instances import Instance, instances
from certify.networks import builder
from certify.networks.files import save

PROPERTY = """
(declare-const X_0 Real)
(declare-const Y_0 Real)
(assert (>= X_0 -1.0))
(assert (<= X_0 1.0))
(assert (>= Y_0 {bound}))
"""


@pytest.fixture
def few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Instance]:
    """y = relu(x) + relu(−x), at most 1: y ≥ 2 has no input, y ≥ 1/2 has; the third row lies."""
    net = builder.Sequential(builder.relu([[1], [-1]]), builder.linear([[1, 1]]))
    save(net, tmp_path / "abs.onnx")
    for name, bound in (("above", "2.0"), ("half", "0.5")):
        (tmp_path / f"{name}.vnnlib").write_text(PROPERTY.format(bound=bound))
    (tmp_path / "instances.csv").write_text(
        "family,network,property,expected,difficulty\n"
        "own,abs.onnx,above.vnnlib,unsat,easy\n"
        "own,abs.onnx,half.vnnlib,sat,medium\n"
        "own,abs.onnx,half.vnnlib,unsat,hard\n"
        "own,abs.onnx + abs.onnx,half.vnnlib,unsat,lint\n"
    )
    monkeypatch.setenv("CERTIFY_BENCH", str(tmp_path))
    return list(instances())


def test_certify_s_row(few: list[Instance]) -> None:
    proved, refuted, lie = (networks.certified(i, 30, 1) for i in few[:3])
    assert (proved["answer"], proved["rule"], proved["right"]) == ("unsat", "regions", "yes")
    assert proved["leaves"] >= 1
    assert proved["bits"] >= 5  # the certificate names its 26 bits
    assert proved["prove"] + proved["check"] <= proved["seconds"] < 30
    assert (refuted["answer"], refuted["rule"], refuted["right"]) == ("sat", "witness", "yes")
    assert (lie["answer"], lie["right"]) == ("sat", "NO")


def test_marabou_s_row(few: list[Instance]) -> None:
    pytest.importorskip("maraboupy.MarabouCore", reason="no wheel for this Python")
    rows = [
        networks.beside(i, "M", networks.marabou, proofs, imports=networks.PEER, limit=30)
        for i, proofs in zip(few, (False, True, False), strict=False)
    ]
    assert [row["answer"] for row in rows] == ["unsat", "sat", "sat"]
    assert [row["right"] for row in rows] == ["yes", "yes", "NO"]
    assert networks.marabou(few[3], False)["answer"] == "two networks"


def test_z3_s_row(few: list[Instance]) -> None:
    rows = [networks.beside(i, "z3", networks.z3, imports=["z3"], limit=30) for i in few[:2]]
    assert [row["answer"] for row in rows] == ["unsat", "sat"]


def test_an_absent_folder_is_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTIFY_BENCH", str(tmp_path / "nowhere"))
    assert networks.rows(1) == networks.every(1) == [networks.ABSENT]


def instance(network: str, family: str = "acasxu", prop: str = "prop_1") -> Instance:
    paths = (Path(f"{network}.onnx"),)
    return Instance(network, family, paths, Path(f"{prop}.vnnlib"), "unsat", "easy", None)


def answered(case: str, tool: str, seconds: float | None, **more: object) -> dict[str, object]:
    return {"case": case, "tool": tool, "seconds": seconds, **more}


def test_the_median_ratio_is_a_lower_bound() -> None:
    """10/1, more than 20/1, and 0 where certify is late; Marabou's failure does not count."""
    chosen = [instance(name) for name in "abcd"] + [instance("e", "other")]
    rows = [
        *(answered(f"acasxu {name} prop_1", "certify", 1.0) for name in "abd"),
        answered("acasxu c prop_1", "certify", None, over=20.0),
        answered("acasxu a prop_1", "Marabou", 10.0),
        answered("acasxu b prop_1", "Marabou", None, over=20.0),
        answered("acasxu c prop_1", "Marabou", 3.0),
        answered("acasxu d prop_1", "Marabou", None, answer="failed"),
        answered("other e prop_1", "Marabou", 1000.0),
        answered("acasxu a prop_1", "Marabou, proofs", 1000.0),
    ]
    found = networks.median_ratio(rows, chosen)
    assert found["case"] == "ACAS Xu, 3: Marabou / certify, median"
    assert found["answer"] == "at least 10, 1 late"


def test_slow_checks_are_counted() -> None:
    rows = [
        answered("a", "certify", 3.0, prove=1.0, check=2.0),
        answered("b", "certify", 3.0, prove=2.0, check=1.0),
        answered("c", "certify", None, over=20.0),
    ]
    assert networks.slow_checks(rows)["answer"] == "1 of 2"


def test_summaries_count_what_is_settled_and_what_is_wrong() -> None:
    chosen = [instance("a"), instance("b", prop="prop_5"), instance("c")]
    rows = [
        answered("a", "certify", 3.0, right="yes"),
        answered("b", "certify", 1.0, right="NO"),
        answered("c", "certify", None, over=20.0),
    ]
    found = {row["case"]: row for row in networks.summaries(rows, chosen)}
    assert set(found) == {
        "all easy",
        "all of acasxu",
        "all of acasxu, prop_1",
        "all of acasxu, prop_1 to prop_4",
        "all of acasxu, prop_5",
    }
    whole = found["all of acasxu"]
    assert (whole["answer"], whole["wrong"]) == ("1 of 3 settled", 1)
    assert (whole["median"], whole["total"]) == (3.0, 24.0)
    assert found["all of acasxu, prop_1 to prop_4"]["answer"] == "1 of 2 settled"


def test_names_are_short_and_tell_instances_apart(field_networks: Path) -> None:
    names = [networks.name(i) for i in instances()]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 45


def test_the_selection_spreads_over_acas_xu(field_networks: Path) -> None:
    chosen = networks.selection()
    acas = [i for i in chosen if i.family == "acasxu"]
    assert {i.difficulty for i in acas} == {"easy", "medium"}
    assert len({i.prop for i in acas}) >= 4
    assert {i.id for i in chosen} >= {i.id for i in instances() if i.family != "acasxu"}
