"""The commands that write text: encode for other programs, show for a person."""

from __future__ import annotations

from pathlib import Path
from shutil import rmtree

import click

from .. import api
from ..claims.toml import NamedClaim
from ..errors import CertifyError
from ..networks.reading import Reading
from .arguments import goals, json_flag, reads
from .terminal import print_json

FORMATS = ("smt2", "vnnlib", "alethe", *api.FILES)


@click.command()
@click.argument("targets", nargs=-1, required=True, metavar="CLAIMS.toml NAME [CERTIFICATE]")
@click.option("--to", type=click.Choice(FORMATS), default="smt2", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="a file, or a new folder")
@reads
@json_flag
def encode(
    targets: tuple[str, ...], to: str, output: Path | None, reading: Reading, as_json: bool
) -> int:
    """The negated claim as text for other solvers; unsatisfiable iff the claim is true.

    With a certificate, a proof of that for other checkers: alethe from one of rule clauses; from
    one of rule regions aptp, its tree of ReLU splits, and vipr, a proof of each leaf. The last two
    are written to a folder of files.
    """
    certificate = targets[-1] if to not in ("smt2", "vnnlib") and len(targets) > 2 else None
    [goal, *others], _ = goals(targets[:-1] if certificate else targets, reading)
    if others:
        raise CertifyError("usage: certify encode CLAIMS.toml NAME [CERTIFICATE]")
    if to in api.FILES:
        return _encode_files(goal, to, certificate, output, as_json)
    text = api.encode(goal, to, certificate)
    if output is not None:
        output.write_text(text, encoding="utf-8")
    if as_json:
        print_json({"name": goal.name, "to": to, "text": text})
    elif output is None:
        print(text, end="")
    return 0


def _encode_files(
    goal: NamedClaim, to: str, certificate: str | None, output: Path | None, as_json: bool
) -> int:
    """Write all files to a new folder, or none."""
    if output is None:
        raise CertifyError(f"{to} is a folder of files: name it with -o")
    if output.exists():
        raise CertifyError(f"{output}: exists already")
    draft, names = output.with_name(f"{output.name}.part"), []
    draft.mkdir(parents=True)
    try:
        for name, text in api.encode_files(goal, to, certificate):
            (draft / name).write_text(text, encoding="utf-8")
            names.append(name)
        draft.rename(output)
    finally:
        rmtree(draft, ignore_errors=True)
    if as_json:
        print_json({"name": goal.name, "to": to, "files": names})
    return 0


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@reads
@json_flag
def show(file: Path, reading: Reading, as_json: bool) -> int:
    """A network, a claims file or a certificate, in words."""
    from ..show import describe

    description = describe(file, reading)
    if as_json:
        print_json(description.data)
    else:
        print("\n".join(description.lines))
    return 0
