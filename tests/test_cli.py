"""The commands: what they print, where, and with which exit code; and every bad input."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from certify import api, cli
from certify.claims.toml import ClaimsFile
from certify.networks.files import save
from certify.networks.gadgets.parity import parity

CLAIMS = """
[networks]
net = "net.json"

[[claim]]
name = "parity"
kind = "equals"
left = "net"
right = { parity = [0, 1, 2, 3, 4] }
on = { cube = 5 }

[[claim]]
name = "wrong"
kind = "equals"
left = "net"
right = { parity = [0, 1, 2, 3] }
on = { cube = 5 }
expect = "refuted"

[[claim]]
name = "member"
kind = "member"
network = "net"
depth = 3
lambda_squared = 17
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a network and a claims file, as the working directory."""
    monkeypatch.chdir(tmp_path)
    save(parity(5), tmp_path / "net.json")
    (tmp_path / "claims.toml").write_text(CLAIMS)
    return tmp_path


def run(*arguments: str) -> int:
    """The exit code of a command run in this process."""
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    return int(stop.value.code or 0)


class TestProve:
    """Exit codes of prove: 0 proved, 1 refuted, 2 unknown."""

    def test_proved(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("prove", "claims.toml", "parity", "member") == 0
        out = capsys.readouterr().out.splitlines()
        assert out[0].startswith("parity: proved by enumerate, found in ")
        assert out[1].startswith("member: proved by norms, found in ")
        assert (folder / "parity.cert.json").is_file()

    def test_refuted(self, folder: Path) -> None:
        assert run("prove", "claims.toml") == 1

    def test_unknown_writes_nothing(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("prove", "claims.toml", "parity", "--method", "witness", "--timeout", "0.5") == 2
        assert capsys.readouterr().out.startswith("parity: unknown (")
        assert not list(folder.glob("*.cert.json*"))

    def test_json(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        run("prove", "claims.toml", "--json", "-o", "out")
        verdicts = json.loads(capsys.readouterr().out)["verdicts"]
        assert [v["verdict"] for v in verdicts] == ["proved", "refuted", "proved"]
        assert {"name", "verdict", "rule", "reason", "certificate"} <= set(verdicts[0])
        assert (folder / "out" / "parity.cert.json").is_file()


class TestCheck:
    """check prints one line on acceptance, and reasons on standard error."""

    @pytest.fixture(autouse=True)
    def _proved(self, folder: Path) -> None:
        run("prove", "claims.toml")

    def test_accepted(self, capsys: pytest.CaptureFixture[str]) -> None:
        capsys.readouterr()
        assert run("check", "claims.toml", "parity", "parity.cert.json") == 0
        captured = capsys.readouterr()
        digest = ClaimsFile(Path("claims.toml")).claim("parity").claim.digest
        assert captured.out == f"PROVED {digest}\n"
        assert captured.err == ""

    def test_refuted(self, capsys: pytest.CaptureFixture[str]) -> None:
        capsys.readouterr()
        assert run("check", "claims.toml", "wrong", "wrong.cert.json") == 0
        assert capsys.readouterr().out.startswith("REFUTED ")

    def test_another_claim(self, capsys: pytest.CaptureFixture[str]) -> None:
        capsys.readouterr()
        assert run("check", "claims.toml", "wrong", "parity.cert.json") == 1
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith("certify: rejected: certificate.claim at /claim")

    def test_another_network(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        save(parity(5, wide=True), folder / "net.json")
        capsys.readouterr()
        assert run("check", "claims.toml", "parity", "parity.cert.json") == 1
        assert "rejected" in capsys.readouterr().err

    def test_declined(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("check", "claims.toml", "parity", "parity.cert.json", "--max-points", "16") == 2
        assert "declined: needs 32 points, over the budget" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("", 1),
            ("{", 1),
            ("[]", 1),
            ("null", 1),
            ('{"a":1,"a":2}', 1),
            ('{"a":NaN}', 1),
            ('{"a":1.5}', 1),
            ("[" * 100_000, 1),
            ('{"body":"lines"}\n{}\n', 1),
            ("\x00\xff", 1),
            ('{"a":' + "1" * 100_000 + "}", 2),
        ],
    )
    def test_garbage(self, folder: Path, text: str, code: int) -> None:
        (folder / "x.cert.json").write_bytes(text.encode("latin-1"))
        assert run("check", "claims.toml", "parity", "x.cert.json") == code

    def test_gzip_bomb_and_truncated_gzip(self, folder: Path) -> None:
        import gzip

        (folder / "bomb.cert.json.gz").write_bytes(gzip.compress(b" " * 10_000_000))
        arguments = ("check", "claims.toml", "parity", "bomb.cert.json.gz")
        assert run(*arguments, "--max-bytes", "1000000") == 2
        whole = gzip.compress((folder / "parity.cert.json").read_bytes())
        (folder / "cut.cert.json.gz").write_bytes(whole[:-20])
        assert run("check", "claims.toml", "parity", "cut.cert.json.gz") == 1

    def test_truncated(self, folder: Path) -> None:
        whole = (folder / "parity.cert.json").read_bytes()
        for length in range(0, len(whole) - 2, 7):
            (folder / "cut.cert.json").write_bytes(whole[:length])
            assert run("check", "claims.toml", "parity", "cut.cert.json") == 1


class TestVerify:
    """verify: 0 if every verdict is the expected one."""

    @pytest.fixture(autouse=True)
    def _proved(self, folder: Path) -> None:
        run("prove", "claims.toml")

    def test_as_expected(self, capsys: pytest.CaptureFixture[str]) -> None:
        capsys.readouterr()
        assert run("verify") == 0
        out = capsys.readouterr().out
        assert out.splitlines()[-1].startswith("3 claims checked by the kernel in ")
        assert out.splitlines()[-1].endswith("all as expected")

    @pytest.mark.parametrize("name", ["parity", "wrong", "member"])
    def test_a_flipped_expectation_fails(self, folder: Path, name: str) -> None:
        text = (
            CLAIMS.replace('expect = "refuted"\n', "")
            if name == "wrong"
            else CLAIMS.replace(f'name = "{name}"\n', f'name = "{name}"\nexpect = "refuted"\n')
        )
        (folder / "claims.toml").write_text(text)
        assert run("verify", ".") == 1

    def test_a_missing_certificate_is_unknown(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (folder / "parity.cert.json").unlink()
        assert run("verify") == 1
        assert "NOT AS EXPECTED (expected proved; no certificate)" in capsys.readouterr().out

    def test_a_certificate_without_a_claim_fails(self, folder: Path) -> None:
        shutil.copy(folder / "parity.cert.json", folder / "other.cert.json")
        assert run("verify") == 1

    def test_proofs_beside_models(self, folder: Path) -> None:
        (folder / "models" / "here").mkdir(parents=True)
        (folder / "proofs" / "here").mkdir(parents=True)
        for name in ("net.json", "claims.toml"):
            (folder / name).rename(folder / "models" / "here" / name)
        for path in folder.glob("*.cert.json"):
            path.rename(folder / "proofs" / "here" / path.name)
        assert run("verify", "models") == 0
        assert run("verify", "models/here/claims.toml") == 0


BAD = [
    (("prove", "absent.toml"), "absent.toml: No such file or directory"),
    (("prove", "claims.toml", "absent"), "claims.toml: no claim 'absent' (claims: parity, wrong"),
    (("check", "claims.toml", "parity"), "usage: certify check CLAIMS.toml NAME CERTIFICATE"),
    (("check", "claims.toml", "parity", "absent.cert.json"), "absent.cert.json: No such file"),
    (("prove", "claims.toml", "parity", "--method", "luck"), "no method 'luck'"),
    (("prove", "claims.toml", "--timeout", "-1"), "--timeout and --workers must be positive"),
    (("prove", "claims.toml", "--max-points", "0"), "a budget must be positive"),
    (("verify", "absent"), "absent: no claims file there"),
    (("eval", "net.json", "--at", "1,1"), "the network takes 5 inputs, not 2"),
    (("eval", "net.json", "--at", "1,1,1,1,x"), "'x' is not a number"),
    (("eval", "absent.json", "--at", "1"), "absent.json"),
    (("show", "claims.txt"), "expected .onnx, .nnet, .json, .toml or .cert.json"),
    (("gadget", "luck", "-o", "x.json"), "No such command 'luck'"),
    (("gadget", "parity", "-o", "x.json"), "option 'inputs' must be given"),
    (("gadget", "parity", "--inputs", "three", "-o", "x.json"), "'three' is not an integer"),
    (("gadget", "parity", "--inputs", "1000000000", "-o", "x.json"), "is over 131072"),
    (("luck",), "No such command 'luck'"),
    (("prove",), "Missing argument"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD, ids=lambda value: " ".join(value)[:60])
def test_bad_usage_is_one_line_and_64(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    assert run(*arguments) == 64
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert captured.err.startswith("certify: ")
    assert captured.err.count("\n") == 1


BAD_CLAIMS = [
    ("right = { parity = [0, 1, 2, 3, 4] }", "right = 0.5", "/right: expected an object"),
    ("on = { cube = 5 }", "on = { cube = 0 }", "/on/cube: expected at least 1, found 0"),
    ("on = { cube = 5 }", "on = { cube = 6 }", "/left: the network takes 5 inputs"),
    ("on = { cube = 5 }", "on = { cube = true }", "/on/cube: expected an integer"),
    ("on = { cube = 5 }", "on = { cubes = 5 }", "/on: no set 'cubes' (sets: cube, bits"),
    ("on = { cube = 5 }", "on = { points = [] }", "/on/points: an empty set"),
    ("on = { cube = 5 }", "on = { points = [[1,1,1,1,1],[1,1,1,1,1]] }", "a point stands twice"),
    ("on = { cube = 5 }", "on = { box = { lower = [1], upper = [0] } }", "lower > upper at"),
    ("on = { cube = 5 }", "on = { grid = [[0.5]] }", "a float (0.5) is not exact"),
    ("on = { cube = 5 }", 'on = { grid = [["1/0"]] }', "divides by zero"),
    ("on = { cube = 5 }", f'on = {{ grid = [["{"1" * 100_000}"]] }}', "too large"),
    ("on = { cube = 5 }", 'on = { grid = [["2^1000000000"]] }', "too large"),
    ("on = { cube = 5 }", "on = { cube = 5 }\nhint = 1", "unknown key 'hint'"),
    ("on = { cube = 5 }", "", "missing key 'on'"),
    ("on = { cube = 5 }", "on = { cube = 5 }\nexpect = 'yes'", "/expect: expected one of"),
    ('left = "net"', 'left = "absent"', "/left: no network named 'absent' (networks: net)"),
    ('kind = "equals"', 'kind = "equal"', "no kind 'equal' (kinds: equals"),
    ('kind = "equals"', "", "missing key 'kind'"),
    ('name = "parity"', 'name = "../x"', "name missing or not a name"),
    ('name = "parity"', 'name = "wrong"', "the name stands twice"),
    ('net = "net.json"', 'net = "gone.json"', "gone.json"),
    ('net = "net.json"', "net = 1", "networks: 'net' must be a name with a file"),
    ("[networks]", "[network]", "unknown key 'network'"),
    ("[[claim]]", "[[claim", "not TOML"),
    ("lambda_squared = 17", "lambda_squared = 0", "/lambda_squared: must be positive"),
    ("lambda_squared = 17", "", "give lambda or lambda_squared"),
    ("depth = 3", "depth = 0", "/depth: must be at least 1"),
    ("depth = 3", "depth = 3.0", "/depth: expected an integer"),
    ("right = { parity = [0, 1, 2, 3, 4] }", "right = { parity = [0, 9] }", "parity reads x9"),
    ("right = { parity = [0, 1, 2, 3, 4] }", "right = { parity = [0, 0] }", "stands twice"),
    ("right = { parity = [0, 1, 2, 3, 4] }", "right = { expression = 'x0 * x1' }", "column"),
    ("right = { parity = [0, 1, 2, 3, 4] }", "right = { constant = [0, 1] }", "has 2 outputs"),
]


@pytest.mark.parametrize(("old", "new", "message"), BAD_CLAIMS, ids=lambda value: value[:40])
def test_bad_claims_name_the_place(
    folder: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, message: str
) -> None:
    """One line that names the file, the claim and the key; exit 64; nothing written."""
    assert old in CLAIMS
    (folder / "claims.toml").write_text(CLAIMS.replace(old, new, 1))
    before = sorted(folder.iterdir())
    assert run("prove", "claims.toml") == 64
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.startswith("certify: claims.toml") or "gone.json" in captured.err
    assert captured.err.count("\n") == 1
    written = [path for path in sorted(folder.iterdir()) if path not in before]
    assert not written or "wrong" in message or len(written) <= 3


def test_a_sign_that_is_not_a_sign_is_an_error(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """DESIGN 2: the sign must be ±1 on the whole base set, parity reads only ±1."""
    for on in (
        "{ perturb = { set = { bits = 2 }, along = [1, 0], eta = 3, sign = { parity = [1] } } }",
        "{ perturb = { set = { cube = 2 }, along = [1, 0], eta = 3, sign = { constant = [2] } } }",
    ):
        (folder / "claims.toml").write_text(
            f'[[claim]]\nname = "s"\nkind = "equals"\nleft = {{ project = [0] }}\n'
            f"right = {{ project = [0] }}\non = {on}\n"
        )
        assert run("prove", "claims.toml") == 64
        assert "not ±1" in capsys.readouterr().err


class TestShowEvalGadget:
    """The commands that only print."""

    def test_eval(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("eval", "net.json", "--at", "1,-1,1,1/2,2^-1") == 0
        assert capsys.readouterr().out.strip().count(",") == 0
        assert run("eval", "net.json", "--at", "1,-1,1,1,1") == 0
        assert capsys.readouterr().out == "-1\n"

    def test_show_network(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("show", "net.json") == 0
        out = capsys.readouterr().out
        assert "network 5 → 1 → 5 → 1, 3 layers as written" in out
        assert "‖W‖_F² = 17" in out
        assert "least Λ for this representation: 4.123105… (Λ² = 17)" in out

    def test_show_claims_and_certificate(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run("prove", "claims.toml", "parity")
        assert run("show", "claims.toml") == 0
        assert run("show", "parity.cert.json") == 0
        assert "certificate, NOT checked here: says proved by rule enumerate" in (
            capsys.readouterr().out
        )

    def test_gadget(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("gadget", "parity", "--inputs", "6", "--over", "0-3", "-o", "p.onnx") == 0
        assert capsys.readouterr().out == "p.onnx: 6 → 1 → 4 → 1, 3 layers\n"


def command(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_nothing_changes_the_answer(folder: Path) -> None:
    """python -O, PYTHONPATH=., pure Python and a read-only checkout."""
    assert run("prove", "claims.toml") == 1
    want = command("-m", "certify", "verify", "--json", cwd=folder)
    assert want.returncode == 0

    def facts(text: str) -> list[tuple[str, ...]]:
        return [
            (v["name"], v["verdict"], v["rule"], v["claim"]) for v in json.loads(text)["verdicts"]
        ]

    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        for flags, environment in (
            (["-O"], {}),
            ([], {"PYTHONPATH": "."}),
            ([], {"CERTIFY_PURE": "1"}),
            (["-B"], {"PYTHONDONTWRITEBYTECODE": "1"}),
        ):
            got = command(*flags, "-m", "certify", "verify", "--json", cwd=folder, **environment)
            assert got.returncode == 0, got.stderr
            assert facts(got.stdout) == facts(want.stdout)
    finally:
        folder.chmod(stat.S_IRWXU)


def test_a_small_check_imports_nothing_heavy(folder: Path) -> None:
    """torch, z3, onnx and numpy stay out of the check of a JSON network."""
    run("prove", "claims.toml")
    script = (
        "import sys\nfrom certify import cli\n"
        "try:\n    cli.main(['check', 'claims.toml', 'parity', 'parity.cert.json'])\n"
        "except SystemExit as stop:\n"
        "    heavy = {'torch', 'z3', 'onnx', 'numpy', 'scipy', 'rich'} & set(sys.modules)\n"
        "    sys.exit(5 if heavy or stop.code else 0)\n"
    )
    assert command("-c", script, cwd=folder).returncode == 0


def test_an_internal_error_is_70(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*arguments: object, **keywords: object) -> None:
        raise KeyError("oops")

    monkeypatch.setattr(api, "prove", broken)
    assert run("prove", "claims.toml") == 70
    assert capsys.readouterr().err == "certify: internal error: KeyError: 'oops'\n"
