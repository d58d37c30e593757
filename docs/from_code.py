"""What these pages take from the code and from other pages of the checkout, without a copy.

* ``certify-rules``: a section for each rule of the kernel, from its docstring;
* ``certify-commands``: a section for each command, from its help;
* links in included files lead to files of the checkout, which are named instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path

import click
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from certify.cli import commands
from certify.kernel.rules import RULES

ROOT = Path(__file__).resolve().parent.parent
LABEL = re.compile(r"(Premises|Conclusion|Why|Soundness)(?=[ :])")
LINK = re.compile(r"\[([^\]]*)\]\((?!https?:|#)([^)\s]+)\)")


def section(name: str, title: str) -> nodes.section:
    """A section with an anchor."""
    found = nodes.section(ids=[name], names=[name])
    found += nodes.title("", "", nodes.literal("", title))
    return found


def paragraph(text: str, label: str = "") -> nodes.paragraph:
    """Text in which ``names`` stand between double backticks."""
    found = nodes.paragraph()
    if label:
        found += nodes.strong("", label)
    for i, part in enumerate(re.split(r"``(.+?)``", text)):
        found += nodes.literal("", part) if i % 2 else nodes.Text(part)
    return found


def blocks(docstring: str) -> Iterator[nodes.Node]:
    """A rule's docstring: labelled paragraphs, and indented lines as they stand."""
    for block in docstring.strip().split("\n\n"):
        plain: list[str] = []
        indented: list[str] = []
        for line in [*block.splitlines(), ""]:
            if indented and not line.startswith("  "):
                yield nodes.literal_block("", "\n".join(indented), language="text")
                indented = []
            starts = LABEL.match(line)
            if plain and (starts or line.startswith("  ") or not line):
                yield labelled(" ".join(plain))
                plain = []
            if line.startswith("  "):
                indented.append(line.removeprefix("  "))
            elif line:
                plain.append(line)


def labelled(text: str) -> nodes.paragraph:
    """A paragraph whose first word may be a label."""
    found = LABEL.match(text)
    return paragraph(text[found.end() :], found[0]) if found else paragraph(text)


class Rules(SphinxDirective):
    """A section for each rule, in the order of the table."""

    def run(self) -> list[nodes.Node]:
        """The sections."""
        found: list[nodes.Node] = []
        for rule, module in RULES.items():
            text = import_module(f"certify.kernel.rules.{module}").__doc__
            entry = section(f"rule-{rule}", rule)
            lead = text.removeprefix(f"Rule {rule}: ")
            entry += blocks(lead[0].upper() + lead[1:])
            file = f"certify/kernel/rules/{module.replace('.', '/')}.py"
            entry += paragraph(f"File: ``{file}``.")
            self.env.note_dependency(str(ROOT / file))
            found.append(entry)
        return found


def flags(parameters: Iterable[click.Parameter], context: click.Context) -> Iterator[nodes.Node]:
    """The options of a command as a list."""
    items = nodes.bullet_list()
    for parameter in parameters:
        record = parameter.get_help_record(context)
        if isinstance(parameter, click.Option) and record and "--help" not in record[0]:
            told = f": {' '.join(record[1].split())}" if record[1] else ""
            items += nodes.list_item("", paragraph(f"``{record[0]}``{told}"))
    if items.children:
        yield items


class Commands(SphinxDirective):
    """A section for each command: how it is called, what it does, its options."""

    def run(self) -> list[nodes.Node]:
        """The sections."""
        found: list[nodes.Node] = []
        for name, command in commands.commands.items():
            entry = section(f"command-{name}", f"certify {name}")
            context = click.Context(command, info_name=f"certify {name}")
            usage = " ".join(command.collect_usage_pieces(context))
            entry += nodes.literal_block("", f"certify {name} {usage}", language="text")
            for block in (command.help or "").split("\n\n"):
                entry += paragraph(" ".join(block.replace("`", "``").split()))
            entry += flags(command.get_params(context), context)
            found.append(entry)
        return found


def named_files(app: Sphinx, path: Path, document: str, content: list[str]) -> None:
    """In an included file of the checkout, [text](file) becomes the file's name from the top."""
    folder = (ROOT / "docs" / path).resolve().parent

    def name(match: re.Match[str]) -> str:
        target = (folder / match[2].partition("#")[0]).resolve()
        return f"`{target.relative_to(ROOT)}`"

    content[0] = LINK.sub(name, content[0])


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directives."""
    app.add_directive("certify-rules", Rules)
    app.add_directive("certify-commands", Commands)
    app.connect("include-read", named_files)
    return {"parallel_read_safe": True}
