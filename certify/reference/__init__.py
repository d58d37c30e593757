"""The claim language as text: one Markdown file for each part, one section for each word.

The same text is printed by ``certify kinds`` and ``certify help WORD`` and shown in docs/; its
examples are read and proved by the tests.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

PARTS = ("kinds", "sets", "functions", "distributions", "text")


@cache
def sections(part: str) -> dict[str, str]:
    """word → its section, without the heading, in the order of the file."""
    text = files(__package__).joinpath(f"{part}.md").read_text(encoding="utf-8")
    found = {}
    for section in text.split("\n## ")[1:]:
        word, _, body = section.partition("\n")
        found[word.strip()] = body.strip()
    return found


def entries(word: str) -> list[tuple[str, str]]:
    """(part, section) of every entry of this name: ``product`` is one of three parts."""
    return [(part, sections(part)[word]) for part in PARTS if word in sections(part)]


def summary(body: str) -> str:
    """The first sentence of a section."""
    head = " ".join(body.partition("\n\n")[0].split())
    return head.partition(". ")[0].rstrip(".") + "."
