"""The commands that speak of certificates: prove, check and verify."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from .. import api
from ..claims.toml import NamedClaim
from ..errors import CertifyError
from ..kernel.language.kinds.pointwise import Output
from ..networks.files import plain
from ..networks.reading import Reading
from ..prove.clock import TimeOver, alarm
from .arguments import PROPERTIES, budget_of, budgeted, goals, note, reads
from .terminal import print_json, styled, working

CHECK_CODES = {"proved": 0, "refuted": 0, "rejected": 1, "declined": 2}


@click.command()
@click.argument("targets", nargs=-1, required=True, metavar="CLAIMS.toml [NAME]...")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="folder for certificates")
@click.option("--method", default="auto", show_default=True, help="one prover instead of all")
@click.option("--timeout", default=300.0, show_default=True, help="seconds for each claim, or inf")
@click.option("--workers", default=1, show_default=True, help="processes of one search")
@click.option("--format", "form", type=click.Choice(["text", "vnncomp"]), default="text")
@reads
@budgeted
def prove(
    targets: tuple[str, ...],
    output: Path | None,
    method: str,
    timeout: float,
    workers: int,
    form: str,
    reading: Reading,
    as_json: bool,
    **options: Any,
) -> int:
    """Search for certificates; the kernel checks each before its claim is called proved.

    Exit 0: every claim proved. 1: one refuted. 2: one unknown and none refuted.
    """
    budget = budget_of(options)
    if not timeout > 0 or workers < 1:
        raise CertifyError("--timeout and --workers must be positive")
    if form == "vnncomp" and as_json:
        raise CertifyError("--format vnncomp and --json are two forms of the output: choose one")
    start = click.get_current_context().obj or 0.0  # our own, which counts, too
    began, spent = time.monotonic() - start, 0.0
    results: list[api.Verdict] = []
    claims: list[NamedClaim] = []
    try:
        with alarm(timeout - start):
            claims, folder = goals(targets, reading, every=True)
            for goal in claims:
                _sayable(goal, form)
        spent = time.monotonic() - began  # reading is part of the first claim's time
    except TimeOver:
        claims = []
        results = [api.Verdict(" ".join(targets), "unknown", reason="time is over while reading")]
        if not as_json:
            print("unknown" if form == "vnncomp" else prove_line(results[0]), flush=True)
    obstacle = api.unwritable(output or folder) if claims else ""
    if obstacle:
        note(f"{obstacle}: certificates and journals are not kept")
    for goal in claims:
        with working(goal.name) as progress:
            result = api.prove(
                goal,
                method=method,
                timeout=max(timeout - spent, 0.0),
                workers=workers,
                output=output or folder,
                budget=budget,
                progress=progress,
            )
        spent = 0.0
        results.append(result)
        if result.unwritten and not obstacle:
            note(f"{result.unwritten}: the certificate of {result.name} is not kept")
        if form == "vnncomp":
            print(competition_text(goal, result, reading), flush=True)
        elif not as_json:
            print(prove_line(result), flush=True)
            if replay := float_replay(targets, goal, result):
                print(f"  {replay}", flush=True)
    if as_json:
        print_json({"verdicts": [result.to_json() for result in results]})
    verdicts = {result.verdict for result in results}
    return 1 if "refuted" in verdicts else 0 if verdicts == {"proved"} else 2


def _sayable(goal: NamedClaim, form: str) -> None:
    """Raise CertifyError where the claim is about an empty set, or the format cannot say it."""
    api.ready(goal)
    if form == "vnncomp" and not isinstance(goal.claim, Output):
        raise CertifyError(
            f"{goal.name}: vnncomp has no words for a claim of kind {goal.claim.kind}"
        )


def witness_of(result: api.Verdict) -> list[str] | None:
    """The point of a witness certificate."""
    if not result.refuted or result.rule != "witness" or result.certificate is None:
        return None
    point: list[str] | None = result.certificate.header["body"].get("point")
    return point


def float_replay(targets: Sequence[str], goal: NamedClaim, result: api.Verdict) -> str:
    """What onnxruntime computes at a witness against a property of one ONNX file."""
    point = witness_of(result)
    if point is None or len(targets) != 2 or not targets[0].lower().endswith(".onnx"):
        return ""
    if not isinstance(goal.claim, Output):
        return ""
    from ..networks.float_witness import replayed

    return replayed(Path(targets[0]), goal.claim, point)


def competition_text(goal: NamedClaim, result: api.Verdict, reading: Reading) -> str:
    """The result and the counterexample as VNN-COMP reads them."""
    from ..claims.vnncomp import result_text
    from ..claims.vnnlib import read_property
    from ..kernel.data.numbers import parse_rational

    witness = witness_of(result)
    if witness is None or not isinstance(goal.claim, Output):
        return result_text(result.verdict)
    point = tuple(parse_rational(text) for text in witness)
    found = None
    if goal.path is not None and plain(goal.path).endswith(PROPERTIES):
        found = read_property(goal.path, list(goal.networks.values()), reading.quiet())
    return result_text(result.verdict, point, goal.claim.network(point), found)


def prove_line(result: api.Verdict) -> str:
    """A line for a person: name, verdict, rule, times, file or reason."""
    head = f"{result.name}: {styled(result.verdict)}"
    times = f"found in {result.seconds:.2f} s, checked in {result.check_seconds:.2f} s"
    where = result.path or f"not kept ({result.unwritten})"
    line = f"{head} by {result.rule}, {times}, {result.bytes:,} bytes: {where}"
    if result.certificate is None:
        line = f"{head} ({result.reason})" if result.reason else head
    return f"{line}\n  {result.note}" if result.note else line


@click.command()
@click.argument("targets", nargs=-1, required=True, metavar="CLAIMS.toml NAME CERTIFICATE")
@reads
@budgeted
def check(targets: tuple[str, ...], reading: Reading, as_json: bool, **options: Any) -> int:
    """Let the kernel check one certificate. Exit 0 accepted, 1 rejected, 2 declined.

    On acceptance prints one line: PROVED or REFUTED, and the claim's SHA-256.
    """
    budget = budget_of(options)
    if len(targets) < 3:
        raise CertifyError("usage: certify check CLAIMS.toml NAME CERTIFICATE")
    [goal], _ = goals(targets[:-1], reading)
    result = api.check(goal, Path(targets[-1]), budget=budget)
    if as_json:
        print_json(result.to_json())
    elif result.verdict in ("proved", "refuted"):
        print(f"{result.verdict.upper()} {result.claim}")
    if result.reason:
        print(f"certify: {result.verdict}: {result.reason}", file=sys.stderr)
    return CHECK_CODES[result.verdict]


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@reads
@budgeted
def verify(paths: tuple[Path, ...], reading: Reading, as_json: bool, **options: Any) -> int:
    """Check the certificate of every claim found, with the kernel alone.

    Exit 0 if every verdict is the expected one, 1 if not.
    """
    rows = []
    for row in api.verify(list(paths) or [Path(".")], budget_of(options), reading):
        rows.append(row)
        if not as_json:
            print(verify_line(row), flush=True)
    wrong = [row for row in rows if not row.expected]
    if as_json:
        verdicts = [
            {"place": r.place, "expect": r.expect, "as_expected": r.expected, **r.verdict.to_json()}
            for r in rows
        ]
        print_json({"verdicts": verdicts, "as_expected": not wrong})
    else:
        seconds = sum(row.verdict.check_seconds for row in rows)
        ending = "all as expected" if not wrong else f"{len(wrong)} NOT as expected"
        print(f"{len(rows)} claims checked by the kernel in {seconds:.1f} s: {ending}")
    return 1 if wrong else 0


def verify_line(row: api.Checked) -> str:
    """place, claim, verdict, rule, check time, certificate size."""
    result = row.verdict
    cells = f"{row.place:<14} {result.name:<34} {styled(result.verdict, 9)} {result.rule:<13}"
    line = f"{cells} {result.check_seconds * 1000:8.1f} ms {result.bytes:>9,} bytes"
    if row.expected:
        return line
    expected = f"expected {row.expect}" if row.expect else "unexpected"
    return f"{line}  NOT AS EXPECTED ({expected}{'; ' + result.reason if result.reason else ''})"
