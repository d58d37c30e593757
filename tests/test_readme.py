"""The README's examples, run as a reader would run them, print what the README shows.

In one empty folder, in the README's order: a TOML, Python or VNN-LIB block whose first line is a
comment with a file name becomes that file; a console block's ``$`` lines are run by the shell and
what they print must be the lines below. Times vary, so they are compared as times only.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from certify.cli import commands as commands_of_the_cli

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"[#;] ([\w.-]+\.(?:toml|py|vnnlib))\n")
TIME = re.compile(r"\d+(\.\d+)? ?(ms|s)\b")


def blocks(*languages: str) -> list[tuple[str, str]]:
    return [(word, text) for word, text in BLOCK.findall(README) if word in languages]


def commands(text: str) -> list[tuple[str, str]]:
    """(command, what it prints) of a console block."""
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)
    assert not parts[0], "a console block starts with a command"
    return [(part.partition("\n")[0], part.partition("\n")[2]) for part in parts[1:]]


def steady(text: str) -> str:
    lines = TIME.sub("TIME", text).splitlines()
    return "\n".join(re.sub(r" +", " ", line).rstrip() for line in lines).strip()


def test_the_examples_print_what_is_shown(tmp_path: Path) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "NO_COLOR": "1", "COLUMNS": "100"}
    ran = 0
    for language, text in blocks("toml", "python", "vnnlib", "console"):
        if language != "console":
            named = FILE.match(text)
            assert named, f"a {language} block starts with its file's name: {text[:40]!r}"
            (tmp_path / named[1]).write_text(text, encoding="utf-8")
            continue
        for command, shown in commands(text):
            done = subprocess.run(
                ["/bin/sh", "-c", f"{command} 2>&1"],
                cwd=tmp_path,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert steady(done.stdout) == steady(shown), command
            ran += 1
    assert ran >= 3


@pytest.mark.parametrize("language", ["toml", "python", "vnnlib"])
def test_each_way_has_a_short_example(language: str) -> None:
    examples = blocks(language)
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
