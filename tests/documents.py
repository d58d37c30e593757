"""Documents whose examples are run as a reader would run them, and print what is shown.

In one empty folder, in the document's order: a TOML, Python, VNN-LIB or YAML block whose first line
is a comment with a file's name becomes that file, and so does a ``code-block`` with a caption; a
console block's ``$`` lines are run by the shell, and what they print must be the lines below. Times
vary, so they are compared as times only.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

NAMED = ("toml", "python", "vnnlib", "yaml")  # blocks that are files, each with its name
BLOCK = re.compile(
    r"^```(?:(\w+)|\{code-block\} \w+\n:caption: ([\w./-]+)\n)\n(.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
FILE = re.compile(r"[#;] ([\w./-]+\.(?:toml|py|vnnlib|yml))\n")
TIME = re.compile(r"\d+(\.\d+)? ?(ms|s)\b")


def blocks(document: str, *languages: str) -> list[tuple[str, str]]:
    """(language, text) of the blocks in these languages; a file by caption has its name as both."""
    found = []
    for language, caption, text in BLOCK.findall(document):
        if caption:
            found.append((f"file {caption}", text))
        elif language in languages:
            found.append((language, text))
    return found


def commands(text: str) -> list[tuple[str, str]]:
    """(command, what it prints) of a console block."""
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)
    assert not parts[0], "a console block starts with a command"
    return [(part.partition("\n")[0], part.partition("\n")[2]) for part in parts[1:]]


def steady(text: str) -> str:
    """The text with TIME for times and one space for several."""
    lines = TIME.sub("TIME", text).splitlines()
    return "\n".join(re.sub(r" +", " ", line).rstrip() for line in lines).strip()


def run(command: str, folder: Path) -> str:
    """What a line of shell prints."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        ["/bin/sh", "-c", f"{command} 2>&1"],
        cwd=folder,
        env={**os.environ, "PATH": path, "NO_COLOR": "1", "COLUMNS": "100"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout


def play(document: str, folder: Path) -> int:
    """Run the document in the folder; how many commands ran. Fails where one prints otherwise."""
    ran = 0
    for language, text in blocks(document, *NAMED, "console"):
        if language != "console":
            named = FILE.match(text)
            name = language.removeprefix("file ") if " " in language else named and named[1]
            assert name, f"a {language} block starts with its file's name: {text[:40]!r}"
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
            continue
        for command, shown in commands(text):
            assert steady(run(command, folder)) == steady(shown), command
            ran += 1
    return ran
