"""The pages of docs/: their examples print what they show, and what they name exists."""

from __future__ import annotations

import re
from pathlib import Path

import golden_cases
import pytest
from documents import blocks, commands, play

from certify import reference
from certify.cli import commands as commands_of_the_cli
from certify.kernel import rules
from certify.kernel.language import distributions, functions, kinds, sets

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
PAGES = {str(path.relative_to(DOCS)): path for path in sorted(DOCS.rglob("*.md"))}
TEXTS = {name: path.read_text(encoding="utf-8") for name, path in PAGES.items()}
EXAMPLES = [name for name, text in TEXTS.items() if blocks(text, "console")]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_a_page_print_what_is_shown(name: str, tmp_path: Path) -> None:
    assert play(TEXTS[name], tmp_path)


@pytest.mark.parametrize("name", list(TEXTS))
def test_what_is_no_example_is_not_shown_as_one(name: str) -> None:
    if name not in EXAMPLES:
        assert not blocks(TEXTS[name], "toml", "python", "vnnlib", "yaml", "json")


@pytest.mark.parametrize("name", list(TEXTS))
def test_commands_and_targets_exist(name: str) -> None:
    text = TEXTS[name]
    called = re.findall(r"^\$ certify ([\w-]+)|`certify ([a-z]+)", text, re.MULTILINE)
    assert {a or b for a, b in called} <= set(commands_of_the_cli.commands)
    targets = set(re.findall(r"^([\w -]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    known = {target for line in targets for target in line.split()}
    assert set(re.findall(r"(?:^|`)make ([\w-]+)", text, re.MULTILINE)) <= known


@pytest.mark.parametrize("name", list(TEXTS))
def test_no_line_of_prose_becomes_a_quotation(name: str) -> None:
    assert not re.findall(r"^ *> .*$", TEXTS[name], re.MULTILINE)


def test_every_page_of_the_language_is_the_reference_itself() -> None:
    for part in reference.PARTS:
        page = TEXTS[f"language/{part}.md"]
        assert f"certify/reference/{part}.md" in page and len(page.splitlines()) == 2


def test_every_page_is_in_a_table_of_contents() -> None:
    listed = set()
    for name in ("index.md", "language/index.md"):
        for tree in re.findall(r"```\{toctree\}\n(.*?)```", TEXTS[name], re.DOTALL):
            folder = Path(name).parent
            lines = [line for line in tree.split() if not line.startswith(":")]
            listed |= {str(folder / f"{line}.md") for line in lines}
    assert set(TEXTS) - {"index.md"} <= listed


class TestFormat:
    """The specification has every rule, word and part."""

    text = TEXTS["format.md"]

    @pytest.mark.parametrize("rule", list(rules.RULES))
    def test_a_rule_has_a_section(self, rule: str) -> None:
        assert f"\n### {rule}\n" in self.text

    @pytest.mark.parametrize(
        "word", [*sets.READERS, *functions.READERS, *distributions.READERS, *kinds.KINDS]
    )
    def test_a_word_is_named(self, word: str) -> None:
        assert f"`{word}`" in self.text or f'"{word}"' in self.text

    def test_the_parts_of_conjunctions_are_named(self) -> None:
        for name in ("conjunction", "learner"):
            parts = golden_cases.read(golden_cases.GOLDEN / "accept" / f"{name}.json").certificate
            for part in parts.header["body"]:
                assert f"`{part}`: " in self.text

    def test_the_checker_imports_nothing_of_certify(self) -> None:
        [code] = [text for word, text in blocks(self.text, "python") if word == "python"]
        assert code.startswith("# checker.py")
        assert "certify" not in code.replace("certify-network-1", "")

    def test_the_checker_refuses_a_neighbour(self, tmp_path: Path) -> None:
        page = self.text.partition("$ python checker.py")
        assert play(page[0].rpartition("```console")[0], tmp_path)
        from documents import run

        good = (tmp_path / "everywhere.cert.json").read_text()
        for old, new in (("-197/128", "1/2"), ('"space":1', '"space":2'), ("76e8", "76e9")):
            assert old in good
            (tmp_path / "bad.json").write_text(good.replace(old, new))
            assert "REFUTED" not in run("python checker.py hat.json bad.json", tmp_path)


def test_the_workflow_of_the_tutorial_ends_in_a_command_that_is_shown() -> None:
    [(_, text)] = blocks(TEXTS["tutorial/gadget.md"], "yaml")
    runs = re.findall(r"^ +- run: (.*)$", text, re.MULTILINE)
    shown = [c for _, t in blocks(TEXTS["tutorial/gadget.md"], "console") for c, _ in commands(t)]
    assert runs[-1] in shown
