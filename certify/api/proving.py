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
    from ..prove import Answer, Found, Options, Progress


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

    ``timeout`` is in seconds, ``math.inf`` for no limit; what the search has found is checked
    even past it. ``workers`` are processes, where the search can use several. Ctrl-C raises
    KeyboardInterrupt with a line that says what is kept.
    With ``output`` the certificate is written to that folder as NAME.cert.json (``.gz`` past
    1 MB), and the kernel checks what was written; a search of regions that ends before its
    time goes on from NAME.journal in that folder the next time, until the claim is settled.
    ``progress`` is told now and then how far it is. Raises CertifyError where the claim is not
    well defined, the limit is none, there is no such method, or another search uses the journal.
    """
    from ..prove import Options
    from ..prove.clock import seconds_of

    goal, limits = named(claim), budget or Budget()
    journal = None if output is None else output / f"{goal.name}.journal"
    limit = seconds_of(timeout)
    options = Options(limit, workers, budget=limits, journal=journal, progress=progress)
    resumed = journal is not None and journal.exists()
    try:
        result = _proved(goal, options, method, output)
        if journal is not None and resumed and not result.path and not journal.exists():
            return _proved(goal, options, method, output)  # without the journal, which was wrong
        return result
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"{goal.name}: {_kept(journal)}") from None


def _kept(journal: Path | None) -> str:
    """What an interrupted search leaves."""
    if journal is None or not journal.exists():
        return "nothing was kept; the same command starts anew"
    return f"what is done is kept in {journal}; the same command goes on from there"


def _proved(goal: NamedClaim, options: Options, method: str, output: Path | None) -> Verdict:
    """One search, and the kernel's check of what it found."""
    from ..prove import Found

    started = time.perf_counter()
    answer, note, digest = _searched(goal.claim, options, method)
    if not isinstance(answer, Found):
        return Verdict(
            goal.name,
            answer.verdict,
            reason=answer.reason,
            claim=digest,
            seconds=time.perf_counter() - started,
            note=note,
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
        "; ".join(part for part in (result.note, _late(options)) if part),
    )


def _late(options: Options) -> str:
    """What to say where the kernel's check went past the limit of time."""
    return "" if options.left >= 0 else f"the check went {-options.left:.1f} s past the limit"


def _searched(claim: Claim, options: Options, method: str) -> tuple[Answer, str, str]:
    """What the search answers within its time, a note where it found nothing, and the digest.

    A large claim has its digest only where there was time for it.
    """
    from ..prove import Found, Unknown, search
    from ..prove.clock import GRACE, TimeOver, alarm

    answer: Answer = Unknown("time is over")
    note = digest = ""
    try:
        with alarm(options.left + sum(GRACE[: min(options.workers, 2)])):
            digest = claim.digest
            answer = search(claim, options, method)
            if not isinstance(answer, Found):
                note = answer.note
                note = noted(answer.note, claim)
    except TimeOver:
        pass  # nothing was found, or a note is left out
    return answer, note, digest


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
