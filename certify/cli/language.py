"""The commands that print the claim language: kinds and help."""

from __future__ import annotations

import click

from ..errors import CertifyError
from .arguments import json_flag
from .terminal import print_json


@click.command()
@json_flag
def kinds(as_json: bool) -> int:
    """The kinds of claims, a line each; `certify help KIND` says more."""
    from ..reference import sections, summary

    found = {word: summary(body) for word, body in sections("kinds").items()}
    if as_json:
        print_json({"kinds": found})
    else:
        width = max(map(len, found))
        for word, text in found.items():
            print(f"{word:<{width}}  {text}")
    return 0


@click.command("help")
@click.argument("word", required=False)
@click.option("--schema", help="print a JSON Schema instead: claims, certificate or network")
@json_flag
def explain(word: str | None, schema: str | None, as_json: bool) -> int:
    """What a word of the claim language means: a kind, set, function or distribution, or holds."""
    from ..reference import PARTS, entries, schemas, sections

    if schema is not None:
        if word is not None or schema not in schemas.NAMES:
            raise CertifyError(f"--schema takes one of {', '.join(schemas.NAMES)}, and no word")
        print(schemas.text(schema), end="")
        return 0
    known = {part: list(sections(part)) for part in PARTS}
    if word is None:
        if as_json:
            print_json({"words": known})
        else:
            for part, words in known.items():
                print(f"{part}: {', '.join(words)}")
        return 0
    found = entries(word)
    if not found:
        raise CertifyError(f"no word {word!r}: `certify help` lists them")
    if as_json:
        print_json({"word": word, "entries": [{"part": p, "text": text} for p, text in found]})
    else:
        print("\n\n".join(f"{word} ({part})\n\n{text}" for part, text in found))
    return 0
