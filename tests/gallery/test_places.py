"""Rebuilding models/ changes no byte, and its tables say what the kernel says."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from certify import api
from certify.claims.toml import ClaimsFile
from certify.gallery import PLACES, table
from certify.gallery.writing import ROLES, SOURCE, Place, parts, suffix, toml
from certify.networks.builder import linear
from certify.networks.gadgets import GADGETS

ROOT = Path(__file__).resolve().parents[2]
MODELS, PROOFS = ROOT / "models", ROOT / "proofs"
THEORY = PROOFS / "theory"


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below, decompressed: compressors may differ, what they hold may not."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            name = path.relative_to(folder).as_posix()
            found[name] = gzip.decompress(data) if name.endswith(".gz") else data
    return found


@pytest.mark.parametrize("place", PLACES)
def test_rebuilding_changes_no_byte(place: str, tmp_path: Path) -> None:
    PLACES[place](tmp_path)
    rebuilt, committed = contents(tmp_path), contents(MODELS / place)
    assert rebuilt.keys() == committed.keys()
    assert [name for name in rebuilt if rebuilt[name] != committed[name]] == []


@pytest.fixture(scope="module")
def rows() -> list[table.Row]:
    return list(table.rows(MODELS))


class TestVerify:
    def test_every_place_is_there(self, rows: list[table.Row]) -> None:
        assert {row.place for row in rows} >= PLACES.keys() - {"theorem-4"}
        assert (MODELS / "theorem-4" / "README.md").is_file()

    def test_every_verdict_is_the_expected_one(self, rows: list[table.Row]) -> None:
        for place in {row.place for row in rows}:
            claims = ClaimsFile(MODELS / place / "claims.toml").tables
            found = {row.name: row.verdict for row in rows if row.place == place}
            assert found == {name: entry.get("expect", "proved") for name, entry in claims.items()}

    def test_a_neighbour_is_false_and_a_repair_is_true(self, rows: list[table.Row]) -> None:
        verdicts = {
            "neighbour": {"refuted"}, "instance": {"proved"}, "repaired": {"proved"},
            "sharper": {"proved"}, "negated": {"proved"}, "as written": {"proved", "refuted"},
        }  # fmt: skip
        assert verdicts.keys() == ROLES.keys()
        for row in rows:
            if row.role:
                assert row.verdict in verdicts[row.role], row.name

    def test_what_fails_as_written_is_repaired(self, rows: list[table.Row]) -> None:
        failing = {row.where for row in rows if row.columns[0] == "**fails**"}
        repaired = {row.where for row in rows if row.columns[1] == "holds"}
        assert failing and failing <= repaired

    def test_no_claim_stands_twice(self) -> None:
        digests: dict[str, str] = {}
        for path in sorted(MODELS.glob("*/claims.toml")):
            file = ClaimsFile(path)
            for name in file:
                place = f"{path.parent.name}/{name}"
                assert digests.setdefault(file.claim(name).claim.digest, place) == place

    def test_a_statement_says_what_its_claims_say(self, rows: list[table.Row]) -> None:
        """Each row of the first table: its claims by name, their kinds in words, their scope."""
        shown = list(table.glance(rows, MODELS))
        assert len(shown) == len({row.where for row in rows if row.where in table.SENTENCES}) + 1
        for line in shown:
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            where = cells[1].partition(": ")[0]
            group = [r for r in rows if r.where == where and r.role != "neighbour"]
            assert bool(group) == (cells[4] != "cited")
            for kind in {row.kind for row in group}:
                says, scope = table.KINDS[kind]
                assert says in cells[5] and scope in cells[4]
                assert any(f"`{row.name}`" in cells[5] for row in group if row.kind == kind)
            # a network's own layers bound no other network
            if {row.kind for row in group} == {"member"}:
                assert cells[4].endswith("this representation")
            # theorems are proved and on their page
            theorems = re.findall(r"`(\w+)`", cells[4])
            assert ("every n" in cells[4]) == bool(theorems)
            sources = [path.read_text(encoding="utf-8") for path in THEORY.rglob("*.v")]
            for theorem in theorems:
                assert any(f"Theorem {theorem} " in text for text in sources), theorem
        # part 1 of Theorem 3 is certified for no g, and the table does not say that it holds
        [part] = [line for line in shown if "| Theorem 3, part 1: " in line]
        assert "holds" not in part and "not certified" in part

    def test_every_gadget_has_a_proved_claim_and_a_false_one(self, rows: list[table.Row]) -> None:
        own = [row for row in rows if row.place == "gadgets"]
        for verdict in ("proved", "refuted"):
            named = {row.where for row in own if row.verdict == verdict}
            assert {f"Gadget {name}" for name in GADGETS} <= named

    def test_the_committed_table_is_this_one(self, rows: list[table.Row]) -> None:
        committed = (MODELS / "README.md").read_text(encoding="utf-8")
        assert table.steady(table.render(rows, MODELS)) == table.steady(committed)


def test_the_least_balanced_bits_are_beyond_the_papers() -> None:
    """n for Λ = 3 … 64: above ⌊Λ⌋ and above the plain form, below the obstruction's Λ⁶."""
    lines = (MODELS / "lemma-2" / "balanced.md").read_text(encoding="utf-8").splitlines()
    cells = [line.strip("|").split("|") for line in lines if line.startswith("| ")][1:]
    assert [int(row[0]) for row in cells] == list(range(3, 65))
    for row in cells:
        bound, paper, plain = (int(cell) for cell in row[:3])
        n = int(row[3].strip(" *"))
        assert paper == bound < n < bound**6
        assert plain == (bound**2 + 3) // 4 < n
        assert n * (2 * n - 1) ** 2 <= bound**6 < (n + 1) * (2 * n + 1) ** 2


def test_a_flipped_expectation_is_noticed(tmp_path: Path) -> None:
    """Each claim of two places, one after the other, on a copy."""
    for place in ("theorem-2", "definition-1"):
        models, proofs = tmp_path / place / "models" / place, tmp_path / place / "proofs" / place
        for source, target in ((MODELS, models), (PROOFS, proofs)):
            target.mkdir(parents=True)
            for path in (source / place).iterdir():
                (target / path.name).write_bytes(path.read_bytes())
        claims = models / "claims.toml"
        text = claims.read_text(encoding="utf-8")
        assert all(row.expected for row in api.verify([models]))
        places = [k for k, line in enumerate(text.splitlines()) if line.startswith("expect")]
        for number, k in enumerate(places):
            lines = text.splitlines()
            flipped = "refuted" if "proved" in lines[k] else "proved"
            lines[k] = f'expect = "{flipped}"'
            claims.write_text("\n".join(lines), encoding="utf-8")
            wrong = [i for i, row in enumerate(api.verify([models])) if not row.expected]
            assert wrong == [number]


def test_the_command_exits_by_the_expectations(certify_cli, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    models, proofs = tmp_path / "models" / "theorem-2", tmp_path / "proofs" / "theorem-2"
    for source, target in ((MODELS, models), (PROOFS, proofs)):
        target.mkdir(parents=True)
        for path in (source / "theorem-2").iterdir():
            (target / path.name).write_bytes(path.read_bytes())
    assert certify_cli("verify", models).returncode == 0
    claims = models / "claims.toml"
    text = claims.read_text(encoding="utf-8")
    claims.write_text(text.replace('expect = "refuted"', 'expect = "proved"', 1), encoding="utf-8")
    done = certify_cli("verify", models)
    assert done.returncode == 1
    assert "rate-eps-half " in done.stdout and "NOT AS EXPECTED" in done.stdout


class TestWriting:
    @pytest.mark.parametrize(
        ("source", "found"),
        [
            ("Lemma 2 (repaired): x: y", ("Lemma 2", "repaired", "x: y")),
            ("Gadget max: text (repaired)", ("Gadget max", "", "text (repaired)")),
            ("Lemma 2 (mended): text", ("", "", "Lemma 2 (mended): text")),
            ("free text", ("", "", "free text")),
        ],
    )
    def test_sources(self, source: str, found: tuple[str, str, str]) -> None:
        assert parts(source) == found
        assert bool(SOURCE.fullmatch(source)) == bool(found[0])

    def test_values(self) -> None:
        from fractions import Fraction

        value = {"a": [1, Fraction(4, 2), Fraction(1, 3)], "b.c": {"d": 'say "x"'}, "e": True}
        assert toml(value) == '{ a = [1, 2, "1/3"], "b.c" = { d = "say \\"x\\"" }, e = true }'
        with pytest.raises(TypeError):
            toml(0.5)

    def test_suffixes(self) -> None:
        assert suffix(linear([["1/2"]])) == ".onnx"
        assert suffix(linear([["1/3"]])) == ".json"
        assert suffix(linear([["1/3"] * 5000])) == ".json.gz"

    def test_refusals(self) -> None:
        place = Place("title")
        place.network("a/x", linear([[1]]))
        with pytest.raises(ValueError, match="two networks are named x"):
            place.network("b/x", linear([[1]]))
        with pytest.raises(ValueError, match="source is not"):
            place.claim("name", "equals", "free text")
