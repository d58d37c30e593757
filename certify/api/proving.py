"""``prove``: a search, its certificate, and the kernel's check of what was written."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..claims.toml import NamedClaim
from ..kernel import certificate as certificates
from ..kernel.certificate import FORMAT, Certificate
from ..kernel.check import bind
from ..kernel.claim import Claim
from ..kernel.verdict import Budget
from .checking import check, noted, size_of
from .verdict import Verdict, named

if TYPE_CHECKING:
    from ..prove import Found, Options, Progress


def prove(
    claim: Claim | NamedClaim,
    *,
    method: str = "auto",
    timeout: float = 300.0,
    workers: int = 1,
    output: Path | None = None,
    budget: Budget | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Verdict:
    """Search for a certificate of the claim or against it, and let the kernel check it.

    ``timeout`` is in seconds; ``workers`` are processes, where the search can use several.
    With ``output`` the certificate is written to that folder as NAME.cert.json (``.gz`` past
    1 MB), and the kernel checks what was written; a search of regions that ends before its
    time goes on from NAME.journal in that folder the next time, until the claim is settled.
    ``progress`` is told now and then how far it is. Raises CertifyError where the claim is not
    well defined, there is no such method, or another search uses the journal.
    """
    from ..prove import Options

    goal, limits = named(claim), budget or Budget()
    journal = None if output is None else output / f"{goal.name}.journal"
    options = Options(timeout, workers, budget=limits, journal=journal, progress=progress)
    resumed = journal is not None and journal.exists()
    result = _proved(goal, options, method, output)
    if journal is not None and resumed and not result.path and not journal.exists():
        return _proved(goal, options, method, output)  # without the journal, which was wrong
    return result


def _proved(goal: NamedClaim, options: Options, method: str, output: Path | None) -> Verdict:
    """One search, and the kernel's check of what it found."""
    from ..prove import Found, search

    started = time.perf_counter()
    answer = search(goal.claim, options, method)
    if not isinstance(answer, Found):
        return Verdict(
            goal.name,
            answer.verdict,
            reason=answer.reason,
            claim=goal.claim.digest,
            seconds=time.perf_counter() - started,
            note=noted(answer.note, goal.claim),
        )
    found, path = certificate_of(goal, answer), None
    seconds = time.perf_counter() - started
    if output is None:
        found = certificates.parse(found.text().encode())
    else:
        path = certificates.write(found, output / f"{goal.name}.cert.json")
        found = certificates.load(path, options.budget)
    result = check(goal, found, budget=options.budget)
    if options.journal is not None and result.verdict != "declined":
        options.journal.unlink(missing_ok=True)  # the claim is settled, or the journal is wrong
    if result.verdict not in ("proved", "refuted"):
        if path is not None:
            path.unlink()
        return Verdict(
            goal.name,
            "unknown",
            answer.rule,
            f"the kernel did not accept: {result.reason}",
            goal.claim.digest,
            seconds=seconds,
            check_seconds=result.check_seconds,
        )
    return Verdict(
        goal.name,
        result.verdict,
        result.rule,
        "",
        goal.claim.digest,
        found,
        path,
        seconds,
        result.check_seconds,
        size_of(found, path),
        result.note,
    )


def certificate_of(goal: NamedClaim, found: Found) -> Certificate:
    """The certificate that a prover's evidence makes; nothing has checked it."""
    header = {
        "format": FORMAT,
        "claim": goal.claim.to_json(),
        "networks": bind(goal.claim, goal.networks),
        "verdict": found.verdict,
        "rule": found.rule,
        "body": found.body if found.lines is None else "lines",
    }
    return Certificate(header, found.lines)
