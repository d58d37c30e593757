"""Certificates in folders: no two claims share a file, and no folder costs a verdict."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import pytest

import certify
from certify import cli
from certify.api.storing import Place
from certify.claims.naming import is_name, stem
from certify.networks.builder import linear
from certify.networks.files import save

ONE, TWO = linear([[1]]), linear([[2]])
UNIT = certify.box([0], [1])
PROPERTY = """(declare-const X_0 Real)(declare-const Y_0 Real)
(assert (and (<= 0 X_0) (<= X_0 1)))(assert (> Y_0 {}))"""
TOML = """networks = {{ net = "net.json" }}
[[claim]]
name = "small"
kind = "output"
network = "net"
on = {{ box = {{ lower = [0], upper = [1] }} }}
holds = "y0 <= {}"
"""


def bound(limit: object, network: certify.Network = ONE) -> certify.Claim:
    return certify.output(network, UNIT, f"y0 <= {limit}")


def run(*arguments: str) -> int:
    """The exit code of a command run in this process."""
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    return int(stop.value.code or 0)


def certificates(folder: Path) -> dict[str, str]:
    """Each certificate's name and the claim that it is about, by its own text."""
    return {
        path.name: json.dumps(json.loads(path.read_text().split("\n")[0])["claim"], sort_keys=True)
        for path in folder.glob("*.cert.json")
    }


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    save(ONE, tmp_path / "net.json")
    return tmp_path


class TestNames:
    """Readable in any script, never out of the folder, one file for one claim."""

    def test_claims_of_one_kind_in_one_folder(self, tmp_path: Path) -> None:
        claims = [bound(1), bound(2), bound("1/2"), bound(2, TWO), bound(1, TWO)]
        found = [certify.prove(claim, output=tmp_path) for claim in claims]
        paths = [answer.path for answer in found]
        assert len(set(paths)) == len(claims) and paths[0] == tmp_path / "output.cert.json"
        for claim, path in zip(claims, paths, strict=True):
            assert path is not None
            verdicts = [certify.check(other, path).verdict != "rejected" for other in claims]
            assert sum(verdicts) == 1 and certify.check(claim, path).verdict != "rejected"
        again = [certify.prove(claim, output=tmp_path).path for claim in claims]
        assert again == paths and len(list(tmp_path.iterdir())) == len(claims)

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ("prop 1", "prop_1"),
            ("性质", "規格"),
            ("а", "a"),
            ("P", "p"),
            ("é", "e\u0301"),
            ("b", "b.v1"),
        ],
    )
    def test_properties_whose_names_are_alike(self, folder: Path, first: str, second: str) -> None:
        """Read twice: both certificates are still there, and each is accepted."""
        for name, limit in ((first, 2), (second, "0.5")):
            (folder / f"{name}.vnnlib").write_text(PROPERTY.format(limit))
            assert run("prove", "net.json", f"{name}.vnnlib") == (0 if limit == 2 else 1)
        assert len(set(certificates(folder).values())) == 2
        folded = {name.casefold() for name in certificates(folder)}
        assert len(folded) == 2
        assert f"net-{first}.cert.json" in certificates(folder)
        assert run("check", "net.json", f"{first}.vnnlib", f"net-{first}.cert.json") == 0

    def test_parts_of_a_name_that_join_alike(self, folder: Path) -> None:
        save(TWO, folder / "net-a.json")
        (folder / "a-p.vnnlib").write_text(PROPERTY.format(2))
        (folder / "p.vnnlib").write_text(PROPERTY.format(2))
        assert run("prove", "net.json", "a-p.vnnlib") == 0
        assert run("prove", "net-a.json", "p.vnnlib") == 0
        assert len(set(certificates(folder).values())) == 2

    def test_networks_of_one_name(self, folder: Path) -> None:
        """In another folder, in another format, and with other bytes of the same network."""
        pytest.importorskip("onnx")
        (folder / "p.vnnlib").write_text(PROPERTY.format(3))
        (folder / "other").mkdir()
        for network, file in ((TWO, "other/net.json"), (ONE, "net.onnx"), (ONE, "other/net.onnx")):
            save(network, folder / file)
        data = (folder / "net.onnx").read_bytes()
        (folder / "other" / "net.onnx").write_bytes(data + b"\x1a\x00")  # the domain, empty, again
        for file in ("net.json", "other/net.json", "net.onnx", "other/net.onnx"):
            assert run("prove", file, "p.vnnlib") == 0
        assert len(list(folder.glob("*.cert.json"))) == 4

    def test_claims_files_with_a_common_name(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for file, limit in (("a.toml", "1"), ("b.toml", "1/2")):
            (folder / file).write_text(TOML.format(limit))
            run("prove", file)
        (folder / "b.toml").write_text(TOML.format("1/2") + 'expect = "refuted"\n')
        assert len(set(certificates(folder).values())) == 2
        capsys.readouterr()
        assert run("verify", "a.toml") == run("verify", "b.toml") == 0
        for file, limit in (("c", "1"), ("d", "2")):
            (folder / file).mkdir()
            save(ONE, folder / file / "net.json")
            (folder / file / "claims.toml").write_text(TOML.format(limit))
            assert run("prove", f"{file}/claims.toml", "-o", "common") == 0
        assert len(certificates(folder / "common")) == 2

    def test_an_edited_claim(self, folder: Path) -> None:
        """The older certificate stays; verify finds the one of the claim as it is now."""
        (folder / "claims.toml").write_text(TOML.format("1"))
        assert run("prove", "claims.toml") == 0
        older = certificates(folder)
        (folder / "claims.toml").write_text(TOML.format("2"))
        assert run("verify") == 1
        assert run("prove", "claims.toml") == 0
        assert run("verify") == 0
        assert older.items() <= certificates(folder).items()
        (folder / "claims.toml").write_text(TOML.format("1"))
        shutil.copy(next(folder.glob("small-*.cert.json")), folder / "x.cert.json")
        assert run("verify") == 1  # certificates without a claim

    def test_a_certificate_beside_its_compressed_form(self, tmp_path: Path) -> None:
        (tmp_path / "output.cert.json.gz").write_bytes(b"of another claim")
        path = certify.prove(bound(1), output=tmp_path).path
        assert path is not None and path.name != "output.cert.json"
        assert (tmp_path / "output.cert.json.gz").read_bytes() == b"of another claim"

    def test_at_once(self, tmp_path: Path) -> None:
        claims = [bound(Fraction(n, 7)) for n in range(7, 15)]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda claim: certify.prove(claim, output=tmp_path), claims))
        assert len({answer.path for answer in found}) == len(claims)
        assert len(set(certificates(tmp_path).values())) == len(claims)
        assert len(list(tmp_path.iterdir())) == len(claims)

    def test_long_names(self, tmp_path: Path) -> None:
        names = ["性质" * 300 + end for end in ("a", "b")]
        goals = [certify.NamedClaim(name, bound(k)) for k, name in enumerate(names, start=1)]
        paths = [certify.prove(goal, output=tmp_path).path for goal in goals]
        assert None not in paths and len(set(paths)) == 2
        for goal, path in zip(goals, paths, strict=True):
            assert path in Place(tmp_path, goal).candidates()
            assert path is not None and certify.check(goal, path).proved

    @pytest.mark.parametrize(
        "name",
        [
            *("../evil", "a/b", "..", ".", "", "/etc/x", "a\\b", "a\nb", "-o", " a", "a\0"),
            *("\ud800", "a\u202eb", 5, None),
        ],
    )
    def test_what_cannot_name_a_claim(self, name: object) -> None:
        assert not is_name(name)
        with pytest.raises(certify.CertifyError, match="cannot name a claim"):
            certify.NamedClaim(name, bound(1))  # type: ignore[arg-type]

    def test_stems(self) -> None:
        assert stem(Path("a/性质 1.vnnlib.gz")) == "性质 1" == stem(Path("性质 1.VNNLIB.GZ"))
        odd = [".hidden.x", "hidden.x", "a\tb.x", "a_b.x", "a\rb.x", "\udcff.x", "--.x", "...x"]
        found = [stem(Path(name)) for name in odd]
        assert len(set(found)) == len(odd) and all(map(is_name, found))


class TestNamedClaims:
    def test_networks_are_taken_from_the_claim(self) -> None:
        claim = certify.equals(ONE, TWO, UNIT)
        goal = certify.NamedClaim("x", claim)
        assert set(goal.networks.values()) == {ONE, TWO}
        assert certify.prove(goal).refuted
        part = certify.NamedClaim("x", claim, {"network-1": TWO})
        assert part.networks == {"network-1": TWO, "network-2": ONE}

    @pytest.mark.parametrize(
        "build",
        [
            lambda: certify.NamedClaim("x", "claim"),  # type: ignore[arg-type]
            lambda: certify.NamedClaim("x", bound(1), expect="yes"),
            lambda: certify.NamedClaim("x", bound(1), {"n": 1}),  # type: ignore[dict-item]
            lambda: certify.NamedClaim("x", bound(1), 5),  # type: ignore[arg-type]
            lambda: certify.prove("claim"),  # type: ignore[arg-type]
            lambda: certify.prove(None),  # type: ignore[arg-type]
            lambda: certify.prove({"kind": "equals"}),  # type: ignore[arg-type]
            lambda: certify.prove(bound(1), output=5),  # type: ignore[arg-type]
            lambda: certify.prove(bound(1), timeout="5"),  # type: ignore[arg-type]
            lambda: certify.prove(bound(1), workers=0),
            lambda: certify.prove(bound(1), budget=5),  # type: ignore[arg-type]
            lambda: certify.prove(bound(1), method="none"),
            lambda: certify.check(bound(1), 5),  # type: ignore[arg-type]
            lambda: certify.check("claim", "x"),  # type: ignore[arg-type]
            lambda: certify.check(bound(1), "missing"),
            lambda: certify.ClaimsFile(5),  # type: ignore[arg-type]
            lambda: certify.ClaimsFile("missing"),
            lambda: certify.load(5),  # type: ignore[arg-type]
            lambda: certify.load("missing.json"),
            lambda: certify.save(ONE, 5),  # type: ignore[arg-type]
            lambda: list(certify.verify("missing")),
            lambda: list(certify.verify([5])),  # type: ignore[list-item]
            lambda: certify.encode("claim"),  # type: ignore[arg-type]
            lambda: certify.output(None, UNIT, "y0 < 1"),
        ],
    )
    def test_wrong_types_are_one_line(self, build: object) -> None:
        with pytest.raises(certify.CertifyError) as error:
            build()  # type: ignore[operator]
        assert "\n" not in str(error.value) and str(error.value)

    def test_text_for_paths(self, folder: Path) -> None:
        (folder / "claims.toml").write_text(TOML.format("1"))
        goal = certify.ClaimsFile("claims.toml").claim("small")
        found = certify.prove(goal, output="out")
        assert found.path == Path("out/small.cert.json")
        assert certify.check(goal, "out/small.cert.json").proved
        shutil.copy("out/small.cert.json", ".")
        assert [row.expected for row in certify.verify(".")] == [True]


def test_a_verdict_has_no_truth_value() -> None:
    for claim in (bound(1), bound("1/2")):
        answer = certify.prove(claim)
        with pytest.raises(TypeError, match=r"\.proved"):
            assert answer
        with pytest.raises(TypeError, match=r"\.proved"):
            bool(certify.check(claim, answer.certificate))  # type: ignore[arg-type]
    assert answer.refuted and not answer.proved


class TestUnwritable:
    """A folder that cannot be written costs neither the search nor the verdict."""

    @pytest.mark.parametrize("output", ["net.json", "net.json/below", "/proc/none", "x" * 300])
    def test_folders(self, folder: Path, capsys: pytest.CaptureFixture[str], output: str) -> None:
        (folder / "claims.toml").write_text(TOML.format("1"))
        assert run("prove", "claims.toml", "-o", output) == 0
        captured = capsys.readouterr()
        assert captured.out.startswith("small: proved by ") and "not kept (" in captured.out
        assert captured.err.count("\n") == 1
        assert captured.err.startswith(f"certify: note: {output}: ")
        assert run("prove", "claims.toml", "-o", output, "--json") == 0
        [verdict] = json.loads(capsys.readouterr().out)["verdicts"]
        assert verdict["certificate"] is None and output in verdict["unwritten"]
        (folder / "saved.cert.json").write_text(verdict["certificate_text"])
        assert run("check", "claims.toml", "small", "saved.cert.json") == 0

    def test_in_python(self, folder: Path) -> None:
        found = certify.prove(bound(1), output="net.json")
        assert found.proved and found.path is None and "net.json" in found.unwritten
        assert certify.check(bound(1), found.certificate).proved  # type: ignore[arg-type]
        assert certify.prove(bound("1/2"), output="net.json").refuted

    def test_disk_full(self, folder: Path) -> None:
        """A limit on the size of files stands for it; a line of the probe still fits."""
        (folder / "claims.toml").write_text(TOML.format("1"))
        script = (
            "import resource, sys\nfrom certify import cli\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
            "cli.main(['prove', 'claims.toml', '-o', 'out'])\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (
            0,
            "certify: note: out: File too large: the certificate of small is not kept\n",
        )
        assert done.stdout.startswith("small: proved by ")
        assert not list((folder / "out").iterdir())


class TestCommands:
    @pytest.mark.parametrize(
        ("claim", "code"),
        [('kind = "member"\nnetwork = "net"\ndepth = 2\nlambda = 1', 64), (None, 0)],
    )
    def test_vnncomp_says_what_it_can(
        self, folder: Path, capsys: pytest.CaptureFixture[str], claim: str | None, code: int
    ) -> None:
        """Refused before the search, with no word on the output that a script could believe."""
        text = TOML.format("1") if claim is None else ""
        head = 'networks = { net = "net.json" }\n[[claim]]\nname = "other"\n'
        (folder / "claims.toml").write_text(text or head + str(claim))
        assert run("prove", "claims.toml", "--format", "vnncomp") == code
        captured = capsys.readouterr()
        assert captured.out == ("unsat\n" if code == 0 else "")
        assert ("vnncomp has no words for" in captured.err) == (code == 64)
        assert run("prove", "claims.toml", "--format", "vnncomp", "--json") == 64

    @pytest.mark.parametrize(
        "arguments",
        [
            ("prove", "--json"),
            ("prove", "missing.toml", "--json"),
            ("check", "--json", "claims.toml"),
            ("eval", "net.json", "--at", "x", "--json"),
            ("eval", "net.json", "--json"),
            ("show", "net.json", "--json", "--what"),
            ("verify", "missing", "--json"),
            ("nothing", "--json"),
        ],
    )
    def test_errors_in_json(
        self, folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
    ) -> None:
        assert run(*arguments) == 64
        captured = capsys.readouterr()
        found = json.loads(captured.out)
        assert found["exit_code"] == 64 and captured.err == f"certify: {found['error']}\n"

    @pytest.mark.parametrize("arguments", [(), ("gadget",)])
    def test_bare_commands_help(
        self, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(*arguments) == 0
        captured = capsys.readouterr()
        assert captured.out.startswith("Usage: certify") and captured.err == ""
        assert "\n" in captured.out

    @pytest.mark.parametrize(
        "rows",
        ["[[1, 0], [-1, -1]]", "[[1, 1, 0], [-1, -1, -1]]", "[[1, 1, 1], [-1, 1, 1], [0, -1, -2]]"],
    )
    def test_an_empty_polytope(
        self, folder: Path, capsys: pytest.CaptureFixture[str], rows: str
    ) -> None:
        width = rows.split("]")[0].count(",")
        save(linear([[1] * width]), folder / "net.json")
        text = TOML.format("1").split("on = ")[0]
        for table, code in ((rows, 64), (rows.replace("-1]", "0]").replace("-2]", "0]"), 1)):
            on = f'on = {{ polytope = {{ le = {table} }} }}\nholds = "y0 < -1000"\n'
            (folder / "claims.toml").write_text(text + on)
            assert run("prove", "claims.toml") == code
            assert ("an empty set" in capsys.readouterr().err) == (code == 64)

    @pytest.mark.parametrize("missing", ["numpy", "onnx"])
    def test_a_package_that_is_not_there_is_named(self, folder: Path, missing: str) -> None:
        pytest.importorskip("onnx")
        save(ONE, folder / "net.onnx")
        script = (
            f"import sys\nsys.modules[{missing!r}] = None\nfrom certify import cli\n"
            "cli.main(['show', 'net.onnx'])\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (64, "")
        assert done.stderr == f"certify: this needs {missing}, which is not installed\n"
