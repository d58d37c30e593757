"""``prove``: a search, its certificate, and the kernel's check of what was written."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..claims.toml import NamedClaim, as_path
from ..errors import CertifyError
from ..kernel import certificate as certificates
from ..kernel.certificate import FORMAT, Certificate
from ..kernel.check import bind
from ..kernel.language.claim import Claim
from ..kernel.language.sets import Set
from ..kernel.verdict import Budget
from .checking import check, noted, size_of
from .storing import Place, unwritable
from .verdict import Verdict, limited, named

if TYPE_CHECKING:
    from ..prove import Answer, Found, Options, Progress


def prove(
    claim: Claim | NamedClaim,
    *,
    method: str = "auto",
    timeout: float = 300.0,
    workers: int = 1,
    output: str | os.PathLike[str] | None = None,
    budget: Budget | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Verdict:
    """Search for a certificate of the claim or against it, and let the kernel check it.

    ``timeout`` is in seconds, ``math.inf`` for no limit; what the search has found is checked
    even past it. ``workers`` are processes, where the search can use several. Ctrl-C raises
    KeyboardInterrupt with a line that says what is kept.
    With ``output`` the certificate is written to that folder as NAME.cert.json (``.gz`` past
    1 MB; with a digest after the name where that file is another claim's), and the kernel checks
    what was written; a search of regions that ends before its time goes on from NAME.journal in
    that folder the next time, until the claim is settled. Where the folder cannot be written, the
    certificate stays in memory, and ``unwritten`` of the verdict says why. ``progress`` is told
    now and then how far it is. Raises CertifyError where the claim is not well defined or about
    an empty set, the limit is none, there is no such method, or another search for the claim
    uses the journal.
    """
    from ..prove import Options
    from ..prove.clock import seconds_of

    goal, limits, limit = named(claim), limited(budget), seconds_of(timeout)
    ready(goal)
    if not isinstance(workers, int) or workers < 1:
        raise CertifyError(f"workers must be a positive integer, not {workers!r}")
    place, obstacle = None, ""
    if output is not None:
        folder = as_path(output)
        obstacle = unwritable(folder)
        place = None if obstacle else Place(folder, goal)
    journal = None if place is None else place.journal
    options = Options(limit, workers, budget=limits, journal=journal, progress=progress)
    resumed = _journal(options, goal) is not None
    try:
        result = _proved(goal, options, method, place)
        if resumed and result.verdict == "unknown" and _journal(options, goal) is None:
            result = _proved(goal, options, method, place)  # without the journal, which was wrong
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"{goal.name}: {_left(_journal(options, goal))}") from None
    if obstacle and result.certificate is not None:
        result = replace(result, unwritten=obstacle)
    return result


def _left(journal: Path | None) -> str:
    """What an interrupted search leaves."""
    if journal is None:
        return "nothing was kept; the same command starts anew"
    return f"what is done is kept in {journal}; the same command goes on from there"


def ready(goal: NamedClaim) -> None:
    """Raise CertifyError where the claim is about an empty set, as far as that can be told."""
    domain = getattr(goal.claim, "domain", None)
    if isinstance(domain, Set) and not domain.certain():
        from ..claims.contradiction import empty

        if empty(domain):
            raise CertifyError(f"{goal.name}: an empty set: no point satisfies its inequalities")


def _journal(options: Options, goal: NamedClaim) -> Path | None:
    """The journal of the claim, if there is one."""
    if options.journal is None:
        return None
    from ..prove.regions.journal import existing

    return existing(options.journal, goal.claim.digest)


def _proved(goal: NamedClaim, options: Options, method: str, place: Place | None) -> Verdict:
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
    made = certificate_of(goal, answer)
    seconds = time.perf_counter() - started
    found, path, obstacle = _kept(made, place, options.budget)
    result = check(goal, found, budget=options.budget)
    if result.verdict != "declined" and (journal := _journal(options, goal)) is not None:
        with suppress(OSError):
            journal.unlink(missing_ok=True)  # the claim is settled, or the journal is wrong
    if result.verdict not in ("proved", "refuted"):
        if path is not None:
            with suppress(OSError):
                path.unlink(missing_ok=True)
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
        obstacle,
    )


def _kept(
    made: Certificate, place: Place | None, budget: Budget
) -> tuple[Certificate, Path | None, str]:
    """The certificate read back from its file, or from memory where there is none, and why."""
    obstacle = ""
    if place is not None:
        try:
            path = place.keep(made)
            return certificates.load(path, budget), path, ""
        except OSError as error:
            obstacle = f"{error.filename or place.folder}: {error.strerror or error}"
    return certificates.parse(made.text().encode()), None, obstacle


def _late(options: Options) -> str:
    """What to say where the kernel's check went past the limit of time."""
    return "" if options.left >= 0 else f"the check went {-options.left:.1f} s past the limit"


def _searched(claim: Claim, options: Options, method: str) -> tuple[Answer, str, str]:
    """What the search answers within its time, a note where it found nothing, and the digest.

    A large claim has its digest only where there was time for it.
    """
    from ..prove import Found, Unknown, search
    from ..prove.clock import GRACE, TimeOver, alarm

    answer: Answer = Unknown("time is over while the claim's digest is made")
    note = digest = ""
    try:
        with alarm(options.left + sum(GRACE[: min(options.workers, 2)])):
            digest = claim.digest
            answer = Unknown("time is over in the search")
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
