"""Text files: marks of encodings, line ends on which readers disagree, suffixes in any case."""

from __future__ import annotations

import codecs
import gzip
from collections.abc import Callable
from fractions import Fraction as Q
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from onnx import helper

from certify import cli
from certify.claims.toml import ClaimsFile, read_table
from certify.claims.vnnlib import read_property
from certify.errors import CertifyError
from certify.kernel.data.network import Network, affine_layer
from certify.kernel.verdict import Malformed
from certify.networks.files import load, save
from certify.networks.nnet import read_nnet
from certify.networks.reading import Reading
from certify.networks.text import check_lines, utf8

ONE = Network(1, (affine_layer(1, [((0, Q(1)),)], [Q(0)]),))
PROPERTY = """(declare-const X_0 Real) ; input
(declare-const Y_0 Real)
(assert (and (>= X_0 0) (<= X_0 1)))
(assert (> Y_0 1))
"""
NNET = "// a comment\n1,1,1,1,\n1,1,\n0,\n0,\n1,\n0,0,\n1,1,\n1.0,\n0.0,\n"
CLAIMS = """networks = { n = "one.json" }
[[claim]]
name = "c"
kind = "output"
network = "n"
on = { box = { lower = [0], upper = [1] } }
holds = "y0 <= 1"
"""
QUIET = Reading().quiet()


def _property(path: Path) -> object:
    return read_property(path, [ONE], QUIET).claim


def _claims(path: Path) -> object:
    return ClaimsFile(path).claim("c").claim


# suffix, text, how it is read
FILES: list[tuple[str, str, Callable[[Path], object]]] = [
    ("vnnlib", PROPERTY, _property),
    ("nnet", NNET, lambda path: load(path, QUIET)),
    ("json", ONE.canonical(), load),
    ("toml", CLAIMS, _claims),
    ("csv", "0\n1\n", read_table),
]
LINES = ("vnnlib", "nnet", "csv")  # those in which a line end separates what is read


@pytest.fixture(params=FILES, ids=lambda case: case[0])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str, Callable]:
    suffix, text, read = request.param
    (tmp_path / "one.json").write_text(ONE.canonical())
    return tmp_path / f"a.{suffix}", text, read


def refusal(read: Callable[[Path], object], path: Path) -> str:
    with pytest.raises((CertifyError, Malformed)) as caught:
        read(path)
    message = str(caught.value)
    assert "\n" not in message
    return message


class TestMarks:
    def test_utf8_mark_is_skipped(self, case: tuple[Path, str, Callable]) -> None:
        path, text, read = case
        path.write_bytes(text.encode())
        plain = read(path)
        path.write_bytes(codecs.BOM_UTF8 + text.encode())
        assert read(path) == plain

    @pytest.mark.parametrize("code", ["utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-32-be"])
    def test_another_encoding_is_named(self, case: tuple[Path, str, Callable], code: str) -> None:
        path, text, read = case
        mark = codecs.BOM_UTF16_BE if code == "utf-16-be" else b""
        mark = codecs.BOM_UTF32_BE if code == "utf-32-be" else mark
        path.write_bytes(mark + text.encode(code))
        message = refusal(read, path)
        if code == "utf-16-le" and path.suffix in (".json", ".toml"):  # no mark
            return
        name = {"utf-16-le": "NUL character"}.get(code, code.upper()[:6])
        assert name in message, message

    def test_a_second_mark_is_none(self) -> None:
        assert utf8(codecs.BOM_UTF8 * 2 + b"a") == "\ufeffa"

    def test_not_utf8_says_where(self) -> None:
        with pytest.raises(Malformed, match=r"not UTF-8 text: .* at byte 2"):
            utf8(b"ab\xff")


SEPARATORS = {
    "\r": "a carriage return without a line feed (U+000D)",
    "\v": "a vertical tab (U+000B)",
    "\f": "a form feed (U+000C)",
    "\x1c": "a control character (U+001C)",
    "\x1e": "a control character (U+001E)",
    "\x85": "a next-line character (U+0085)",
    "\u2028": "a line separator (U+2028)",
    "\u2029": "a paragraph separator (U+2029)",
    "\0": "a NUL character",
}


class TestLines:
    """What Python, C, z3 and Unicode call the end of a line is a line feed, or it is refused."""

    def test_carriage_return_with_line_feed(self, case: tuple[Path, str, Callable]) -> None:
        path, text, read = case
        path.write_bytes(text.encode())
        plain = read(path)
        path.write_bytes(text.replace("\n", "\r\n").encode())
        assert read(path) == plain

    @pytest.mark.parametrize("character", SEPARATORS, ids=ascii)
    def test_other_separators(self, case: tuple[Path, str, Callable], character: str) -> None:
        path, text, read = case
        if path.suffix[1:] not in LINES:
            return  # TOML and JSON say themselves what they take
        for place in range(0, len(text) + 1, 3):
            if character == "\r" and text[place : place + 1] == "\n":
                continue
            path.write_bytes((text[:place] + character + text[place:]).encode())
            line = text.count("\n", 0, place) + 1
            message = refusal(read, path)
            assert f"line {line}: {SEPARATORS[character]}" in message, (place, message)

    def test_toml_refuses_a_carriage_return(self, tmp_path: Path) -> None:
        (tmp_path / "one.json").write_text(ONE.canonical())
        path = tmp_path / "c.toml"
        path.write_bytes(CLAIMS.replace("\n", " # a\rb\n", 1).encode())
        assert "not TOML" in refusal(_claims, path)

    def test_text_of_any_script_is_fine(self) -> None:
        check_lines("a\tb\r\nπ 規格 \N{NO-BREAK SPACE} é\n")

    def test_the_hidden_assertion(self, tmp_path: Path) -> None:
        """As SMT-LIB reads it the comment ends, and no output is both >= 1 and <= 0."""
        path = tmp_path / "p.vnnlib"
        text = PROPERTY.replace(
            "(assert (> Y_0 1))", "(assert (>= Y_0 1)) ; a\r(assert (<= Y_0 0))"
        )
        path.write_bytes(text.encode())
        assert "line 4: a carriage return" in refusal(_property, path)

    def test_latin_1_comments(self) -> None:
        plain = read_nnet(NNET.encode(), QUIET)
        for comment in ("// caf\xe9", "// a\x85b"):
            data = NNET.replace("// a comment", comment).encode("latin-1")
            assert read_nnet(data, QUIET) == plain


class TestSuffixes:
    @pytest.mark.parametrize("name", ["A.JSON", "a.Json.GZ", "A.NNET", "a.nnet.Gz", "A.ONNX.GZ"])
    def test_networks(self, name: str, tmp_path: Path) -> None:
        path = tmp_path / name
        if ".NNET" in name.upper():
            data = gzip.compress(NNET.encode()) if path.suffix == ".Gz" else NNET.encode()
            path.write_bytes(data)
        else:
            save(ONE, path)
        found = load(path, QUIET)
        assert found([Q(3)]) == (Q(3),)
        assert (path.read_bytes()[:2] == b"\x1f\x8b") == name.upper().endswith(".GZ")

    def test_tables(self, tmp_path: Path) -> None:
        (tmp_path / "A.CSV").write_text("1\n2\n")
        np.save(tmp_path / "a.npy", np.array([1, 2]))
        (tmp_path / "a.npy").rename(tmp_path / "A.NPY")
        assert [int(v) for v in read_table(tmp_path / "A.CSV")] == read_table(tmp_path / "A.NPY")

    def test_commands(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], models: ModuleType
    ) -> None:
        model = models.proto([helper.make_node("Identity", ["x"], ["y"])], [1, 1], {})
        (tmp_path / "N.ONNX").write_bytes(model.SerializeToString())
        (tmp_path / "P.VNNLIB").write_text(PROPERTY)
        (tmp_path / "Q.VNNLIB.GZ").write_bytes(gzip.compress(PROPERTY.encode()))
        (tmp_path / "C.TOML").write_text(CLAIMS.replace("one.json", "N.ONNX"))
        n, c = str(tmp_path / "N.ONNX"), str(tmp_path / "C.TOML")
        for arguments in (
            ["prove", n, str(tmp_path / "P.VNNLIB"), "--format", "vnncomp"],
            ["prove", n, str(tmp_path / "Q.VNNLIB.GZ"), "--format", "vnncomp"],
            ["prove", c],
            ["show", n],
            ["show", c],
            ["eval", n, "--at", "1"],
        ):
            with pytest.raises(SystemExit) as stop:
                cli.main(arguments)
            assert not stop.value.code, arguments
        assert capsys.readouterr().out.splitlines()[:2] == ["unsat", "unsat"]
        [certificate] = tmp_path.glob("c.cert.json")
        moved = certificate.rename(tmp_path / "C.CERT.JSON")
        zipped = tmp_path / "D.CERT.JSON.GZ"
        zipped.write_bytes(gzip.compress(moved.read_bytes()))
        for path in (moved, zipped):
            for arguments in (["show", str(path)], ["check", c, "c", str(path)]):
                with pytest.raises(SystemExit) as stop:
                    cli.main(arguments)
                assert not stop.value.code, arguments
        moved.write_bytes(codecs.BOM_UTF8 + moved.read_bytes())  # the kernel skips nothing
        with pytest.raises(SystemExit) as stop:
            cli.main(["check", c, "c", str(moved)])
        assert stop.value.code == 1
        assert "UTF-8 BOM" in capsys.readouterr().err


class TestHeader:
    """What a .nnet header says and the network does not is said."""

    @pytest.mark.parametrize(
        ("header", "notes"),
        [
            ("-1e31,\n1e31,\n0,0,\n1,1,", []),
            ("-1,\n1e31,\n0,0,\n1,1,", ["minima and maxima"]),
            ("-1e31,\n1e31,\n0,0.5,\n1,1,", ["means and ranges"]),
            ("-1e31,\n1e31,\n0,0,\n2,1,", ["means and ranges"]),
            ("-10.0,\n10.0,\n1.0,5.0,\n2.0,3.0,", ["means and ranges", "minima and maxima"]),
        ],
    )
    def test_notes(self, header: str, notes: list[str], tmp_path: Path) -> None:
        path = tmp_path / "n.nnet"
        path.write_text(NNET.replace("0,\n1,\n0,0,\n1,1,", header))
        said: list[str] = []
        load(path, Reading(say=said.append))
        assert [text.startswith(f"{path}: ") for text in said] == [True] * len(notes)
        assert [any(note in text for text in said) for note in notes] == [True] * len(notes)
        said.clear()
        load(path, Reading(normalise=True, say=said.append))
        assert not any("means" in text for text in said)

    def test_command(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """g(z) = relu(z) + relu(-z) + 2 relu(z/2 - 1/10) + 1/4; by hand f(2) = 3 g(1/2) + 5."""
        path = tmp_path / "n.nnet"
        path.write_text(
            "// test network\n2,1,1,3,\n1,3,1,\n0,\n-10.0,\n10.0,\n1.0,5.0,\n2.0,3.0,\n"
            "1.0,\n-1.0,\n0.5,\n0.0,\n0.0,\n-1.0e-1,\n1.0,1.0,2.0,\n0.25,\n"
        )
        for flags, value, noted in ([], "81/20", True), (["--normalise"], "163/20", False):
            with pytest.raises(SystemExit) as stop:
                cli.main(["eval", str(path), "--at", "2", *flags])
            assert not stop.value.code
            out, err = capsys.readouterr()
            assert out == f"{value}\n"
            assert ("normalised units (--normalise applies them)" in err) == noted

    def test_every_command_that_reads_has_the_flag(self, tmp_path: Path) -> None:
        """A claim of the file's own units is proved, checked and verified with --normalise."""
        (tmp_path / "n.nnet").write_text(NNET.replace("0,0,\n1,1,", "1,5,\n2,3,"))
        path = tmp_path / "claims.toml"
        path.write_text(
            'networks = { n = "n.nnet" }\n[[claim]]\nname = "c"\nkind = "output"\n'
            'network = "n"\non = { box = { lower = [1], upper = [3] } }\n'
            'holds = "y0 >= 5 and y0 <= 8"\n'  # 3 (x - 1)/2 + 5
        )
        commands = (
            ["prove", str(path)],
            ["check", str(path), "c", str(tmp_path / "c.cert.json")],
            ["verify", str(path)],
            ["show", str(path)],
        )
        for command in commands:
            with pytest.raises(SystemExit) as stop:
                cli.main([*command, "--normalise"])
            assert not stop.value.code, command
        for command in commands[1:3]:
            with pytest.raises(SystemExit) as stop:
                cli.main(command)
            assert stop.value.code, command
