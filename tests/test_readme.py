"""The README's examples, run as a reader would run them, print what the README shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from documents import blocks, play

from certify.cli import commands as commands_of_the_cli

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_examples_print_what_is_shown(tmp_path: Path) -> None:
    assert play(README, tmp_path) >= 3


@pytest.mark.parametrize("language", ["toml", "python", "vnnlib"])
def test_each_way_has_a_short_example(language: str) -> None:
    examples = blocks(README, language)
    assert examples
    for _, example in examples:
        lines = [line for line in example.splitlines() if line.strip()]
        assert 5 <= len(lines) <= 14


def test_every_make_target_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    rules = re.findall(r"^([\w -]+):", makefile, re.MULTILINE)
    targets = {name for line in rules for name in line.split()}
    prose = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)make ([\w-]+)", prose, re.MULTILINE))
    assert named
    assert named <= targets


def test_every_command_exists() -> None:
    section = README.partition("## Commands")[2]
    listed = re.findall(r"^certify (\w+)", section, re.MULTILINE)
    assert len(listed) >= 6
    assert set(listed) <= set(commands_of_the_cli.commands)


def test_every_folder_and_file_named_exists() -> None:
    for target in re.findall(r"\]\(([\w./-]+)\)", README):
        assert (ROOT / target).exists(), target
