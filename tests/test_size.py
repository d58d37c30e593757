"""Small files that decided how much is made: each was gigabytes or minutes, and is a line now."""

# ruff: noqa: E501  (a table reads best with one case on a line)

from __future__ import annotations

import json
import random
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import hostile_files as files
import pytest

import certify
from certify import cli
from certify.api import verify
from certify.claims.contradiction import contradictory
from certify.claims.toml import ClaimsFile
from certify.explain import explain
from certify.kernel.certificate import FORMAT, Certificate
from certify.kernel.check import bind
from certify.kernel.check import check as kernel_check
from certify.kernel.data import account
from certify.kernel.data.linear import rank
from certify.kernel.data.network import sparse
from certify.kernel.data.numbers import common_denominator, format_rational, parse_number
from certify.kernel.verdict import Accepted, Decline, Declined, Rejected
from certify.networks.files import load

PRIMES = files.primes(400)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files.write(tmp_path, {"n.json": files.BESIDE["n.json"]})


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stop:
        cli.main(list(arguments))
    return int(stop.value.code or 0)


def made(goal: Any, networks: dict[str, Any], verdict: str, rule: str, body: Any) -> Certificate:
    return Certificate(
        {
            "format": FORMAT,
            "claim": goal.to_json(),
            "networks": bind(goal, networks),
            "verdict": verdict,
            "rule": rule,
            "body": body,
        }
    )


# ------------------------------------------------------------- the account


@pytest.mark.parametrize(
    ("count", "bits", "units"), [(1, 0, 1), (3, 59, 3), (3, 60, 12), (2, 600, 242)]
)
def test_cost_is_the_square_of_the_words(count: int, bits: int, units: int) -> None:
    assert account.cost(count, bits) == units


def test_an_account_runs_out_and_ends() -> None:
    with account.account(1):
        account.charge(40)
        with account.account(1), pytest.raises(Decline):  # the same one
            account.charge(30)
        with account.account(1, own=True):
            account.charge(40)
    account.charge(account.LIMIT)
    with pytest.raises(Decline, match="bits"):
        account.charge(account.LIMIT + 1)


def test_long_numbers_are_written_as_python_writes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """The truth is str(int) with its limit lifted."""
    import sys

    values = [
        s * (10**k + d) for k in (4214, 4215, 8430, 20_000) for d in (-1, 0, 1) for s in (1, -1)
    ]
    values += [7**9_000, 2**65_536, -(3**30_000)]
    found = [format_rational(Fraction(v)) for v in values]
    limit = sys.get_int_max_str_digits()
    try:
        sys.set_int_max_str_digits(0)
        assert found == [str(v) for v in values]
    finally:
        sys.set_int_max_str_digits(limit)


def test_common_denominators_are_declined_before_everything_is_brought_over_them() -> None:
    few = [Fraction(1, p) for p in PRIMES[:40]]
    assert all(common_denominator(few) % p == 0 for p in PRIMES[:40])
    with pytest.raises(Decline), account.account(1 << 10):
        common_denominator([Fraction(1, p) for p in PRIMES])


def test_powers_are_paid_for() -> None:
    """One is a number like any other; thousands of them are not."""
    assert parse_number("10^100000") == 10**100_000
    assert parse_number("1e-100000") == Fraction(1, 10**100_000)
    with pytest.raises(Decline):
        parse_number("9999999999^100000")
    with account.account():
        found = [_declined(f"{k + 2}^50000") for k in range(1000)]
    assert not found[0] and found[-1]


def _declined(text: str) -> bool:
    try:
        parse_number(text)
    except Decline:
        return True
    return False


def test_elimination_is_paid_for() -> None:
    """The entries of a dense matrix grow with every row."""
    chance = random.Random(1)
    rows = [sparse([Fraction(chance.randrange(1, 10**9)) for _ in range(25)]) for _ in range(25)]
    assert rank(rows) == 25
    with pytest.raises(Decline), account.account(1 << 15):
        rank(rows)


# ------------------------------------------------- each of what was found

DECLINED = ["power.toml", "powers.toml", "hex.toml", "rows.toml", "expression.toml"]


@pytest.mark.parametrize("name", DECLINED)
def test_claims_that_declare_more_than_they_hold(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(name).write_bytes(files.TOML[name]())
    started = time.process_time()
    assert run("show", name) == 64
    assert time.process_time() - started < 10
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"certify: {name}: claim c: too large: needs ")


@pytest.mark.parametrize("name", ["dyadic.json", "primes.json"])
def test_networks_of_long_denominators(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(name).write_bytes(files.NETWORKS[name]())
    assert run("show", name) == 64
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"certify: {name}: too large: needs ")


@pytest.mark.parametrize(("name", "code"), [("fold", 2), ("point", 1), ("fold-states", 0)])
def test_certificates_of_long_numbers(
    name: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("equals.toml").write_bytes(files.claim("{ cube = 12 }", *["{ constant = [0] }"] * 2))
    Path("c.cert.json").write_bytes(files.CERTIFICATES[f"{name}.cert.json"]())
    assert run("check", "equals.toml", "c", "c.cert.json") == code
    assert len(capsys.readouterr().err.splitlines()) == (code != 0)


def test_a_witness_of_many_denominators_is_declined() -> None:
    """Their common denominator would have 150,000 bits, for each of 5,000 coordinates."""
    n = 5000
    Path("sum.json").write_bytes(files.network(files.layer([["1"] * n]), inputs=n))
    network = load("sum.json")
    goal = certify.output(network, certify.space(n), "y0 < 0")
    point = [f"1/{p}" for p in files.primes(n)]
    networks = {"s": network}
    found = kernel_check(
        goal, networks, made(goal, networks, "refuted", "witness", {"point": point})
    )
    assert isinstance(found, Declined)
    half = {"point": ["1/2"] * n}
    assert isinstance(
        kernel_check(goal, networks, made(goal, networks, "refuted", "witness", half)), Accepted
    )


def test_one_object_of_a_certificate_is_bounded(capsys: pytest.CaptureFixture[str]) -> None:
    Path("equals.toml").write_bytes(files.claim("{ cube = 12 }", *["{ constant = [0] }"] * 2))
    Path("c.cert.json.gz").write_bytes(files.CERTIFICATES["emoji.cert.json.gz"]())
    assert run("check", "equals.toml", "c", "c.cert.json.gz") == 2
    assert "needs more than 67108864 bytes" in capsys.readouterr().err


def test_the_note_on_contradictory_outputs_costs_little() -> None:
    """The simplex would take minutes here; a small contradiction is still said to be one."""
    chance, n = random.Random(1), 30
    start = [chance.randint(5, 50) for _ in range(n)]
    rows = []
    for _ in range(120):
        row = [chance.randint(-99, 99) for _ in range(n)]
        rows.append(
            [*row, sum(a * b for a, b in zip(row, start, strict=True)) + chance.randint(0, 3)]
        )
    Path("sum.json").write_bytes(files.network(files.layer([["1"] * n]), inputs=n))
    network = load("sum.json")
    claim = certify.output(network, certify.polytope(rows), f"y0 < {sum(start)}")
    started = time.process_time()
    assert contradictory(claim) is None
    assert time.process_time() - started < 3
    small = certify.output(network, certify.space(n), "not (y0 > 1 and y0 < 0)")
    assert "says nothing about this one" in str(contradictory(small))


# ------------------------------------------------ what comes after acceptance


def test_bare_integers_are_explained() -> None:
    """The kernel takes integers for numbers, and so does what is said of them."""
    Path("two.json").write_bytes(files.network(files.layer([["2"]])))
    network = load("two.json")
    networks = {"s": network}
    cases = [
        (certify.output(network, certify.space(1), "y0 < 0"), "refuted", "witness", {"point": [1]}, "it fails at [1]"),
        (certify.lipschitz(network, 1), "refuted", "witness", {"points": [[0], [1]]}, "‖f(x) − f(y)‖²/‖x − y‖² is 4 > 1 = L²"),
        (certify.lipschitz(network, 2), "proved", "spectral", {"layers": [{"square": 4}]}, "∏‖W‖₂² is 4 ≤ 4 = L²"),
    ]  # fmt: skip
    for goal, verdict, rule, body, note in cases:
        certificate = made(goal, networks, verdict, rule, body)
        assert isinstance(kernel_check(goal, networks, certificate), Accepted)
        assert explain(goal, certificate) == note
    false = made(cases[2][0], networks, "proved", "spectral", {"layers": [{"square": 3}]})
    assert isinstance(kernel_check(cases[2][0], networks, false), Rejected)


def claims(*names: str) -> None:
    texts = [
        f'[[claim]]\nname = "{n}"\nkind = "lipschitz"\nnetwork = "n"\nconstant = 1\n' for n in names
    ]
    Path("claims.toml").write_text('networks = { n = "n.json" }\n' + "".join(texts))


def good(name: str) -> None:
    goal = ClaimsFile(Path("claims.toml")).claim(name)
    certificate = made(goal.claim, dict(goal.networks), "proved", "norms", {})
    Path(f"{name}.cert.json").write_text(certificate.text())


def test_one_bad_certificate_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    claims("a", "b", "c", "d")
    good("a")
    good("d")
    Path("b.cert.json").write_text("{")
    Path("c.cert.json").write_text(json.dumps({"format": FORMAT}))
    rows = {row.verdict.name: row.verdict for row in verify([Path(".")])}
    assert {n: v.verdict for n, v in rows.items()} == {
        "a": "proved",
        "b": "rejected",
        "c": "rejected",
        "d": "proved",
    }
    assert run("verify", ".") == 1

    import certify.api.checking as checking

    def broken(*_: object) -> str:
        raise ZeroDivisionError("an error of ours")

    monkeypatch.setattr(checking, "explain", broken)
    rows = {row.verdict.name: row.verdict for row in verify([Path(".")])}
    assert len(rows) == 4 and rows["a"].verdict == "rejected"
    assert rows["a"].reason == "internal error: ZeroDivisionError: an error of ours"


def test_one_bad_claim_stops_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    """The others are checked; what cannot be read is an error still, said at the end."""
    claims("a", "z")
    text = Path("claims.toml").read_text()
    Path("claims.toml").write_text(text + '[[claim]]\nname = "m"\nkind = "nonsense"\n')
    good("a")
    good("z")
    Path("claims.toml").write_text(
        text.replace(
            '[[claim]]\nname = "z"',
            '[[claim]]\nname = "m"\nkind = "nonsense"\n[[claim]]\nname = "z"',
        )
    )
    assert run("verify", ".") == 64
    captured = capsys.readouterr()
    assert captured.out.count("proved") == 2
    assert "no kind 'nonsense'" in captured.err


# ------------------------------------------------ two names for one network


def test_two_names_for_one_network() -> None:
    """Binding is by digest: a certificate does not depend on which names have been read."""
    Path("same.json").write_bytes(Path("n.json").read_bytes())
    Path("other.json").write_bytes(files.network(files.layer([["2"]])))
    Path("claims.toml").write_text(
        'networks = { a = "n.json", b = "same.json", o = "other.json" }\n'
        '[[claim]]\nname = "one"\nkind = "lipschitz"\nnetwork = "a"\nconstant = 2\n'
        '[[claim]]\nname = "two"\nkind = "lipschitz"\nnetwork = "b"\nconstant = 2\n'
    )
    file = ClaimsFile(Path("claims.toml"))
    for name in ("one", "two"):
        goal = file.claim(name)
        certificate = made(goal.claim, dict(goal.networks), "proved", "norms", {})
        Path(f"{name}.cert.json").write_text(certificate.text())
    assert {row.verdict.verdict for row in verify([Path(".")])} == {"proved"}
    for name in ("one", "two"):
        assert run("check", "claims.toml", name, f"{name}.cert.json") == 0
        header = json.loads(Path(f"{name}.cert.json").read_text())
        both = {"a": file.networks["a"].binding, "b": file.networks["a"].binding}
        for networks, code in (
            (both, 0),
            ({"c": both["a"]}, 0),
            ({}, 1),
            ({"o": file.networks["o"].binding}, 1),
            ({**both, "o": file.networks["o"].binding}, 1),
        ):
            Path("x.cert.json").write_text(json.dumps({**header, "networks": networks}))
            assert run("check", "claims.toml", name, "x.cert.json") == code


def test_names_in_onnx_that_are_not_text(capsys: pytest.CaptureFixture[str]) -> None:
    from certify.networks.files import save

    save(load("n.json"), "n.onnx")
    data = Path("n.onnx").read_bytes()
    import onnx

    name = onnx.load("n.onnx").graph.input[0].name.encode()
    Path("n.onnx").write_bytes(data.replace(name, b"\xff" * len(name)))
    assert run("show", "n.onnx") == 64
    assert capsys.readouterr().err == "certify: n.onnx: a name in it is not UTF-8 text\n"


def test_copies_of_one_network_are_replayed_one_by_one() -> None:
    """y = 2x at x = 3 and at x' = 5, by a runtime that knows only one copy."""
    pytest.importorskip("onnxruntime")
    from certify.networks.files import save
    from certify.networks.float_witness import replayed

    Path("two.json").write_bytes(files.network(files.layer([["2"]])))
    network = load("two.json")
    save(network, "two.onnx")
    pair = certify.product(network, network)
    goal = certify.output(pair, certify.box([0, 0], [9, 9]), "y0 < 6 or y1 < 10")
    assert "survives (outputs 6, 10)" in replayed(Path("two.onnx"), goal, ["3", "5"])
    same = certify.compose(pair, certify.project([0, 0]))
    goal = certify.output(same, certify.box([0], [9]), "y0 < 6 or y1 < 6")
    assert "survives (outputs 6, 6)" in replayed(Path("two.onnx"), goal, ["3"])
