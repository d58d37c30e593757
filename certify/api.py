"""The Python interface: prove claims, check certificates, verify folders of them.

Claims are built by the functions of :mod:`certify.claims.build`, or read from files.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .claims.toml import ClaimsFile, NamedClaim
from .errors import CertifyError
from .explain import explain
from .kernel import certificate as certificates
from .kernel.certificate import FORMAT, Certificate
from .kernel.check import bind
from .kernel.check import check as kernel_check
from .kernel.claim import Claim, Pointwise
from .kernel.network import Network
from .kernel.verdict import Accepted, Budget, Decline, Declined, Malformed, Rejected

if TYPE_CHECKING:
    from fractions import Fraction

    from .estimate.ladder import Rung
    from .estimate.run import Estimate
    from .prove import Found, Options, Progress

Data = Any  # a set, function, distribution or number of the claim language

# ------------------------------------------------------------ prove, check


@dataclass(frozen=True)
class Verdict:
    """What is known of a claim, and the evidence."""

    name: str
    verdict: str  # proved, refuted, enumerated, estimated, unknown
    rule: str = ""
    reason: str = ""
    claim: str = ""  # SHA-256 of the canonical claim
    certificate: Certificate | None = field(default=None, repr=False)
    path: Path | None = None
    seconds: float = 0.0  # of the search
    check_seconds: float = 0.0  # of the kernel
    bytes: int = 0  # of the certificate's file
    note: str = ""  # the exact numbers that decide, in words

    @property
    def proved(self) -> bool:
        """Did the kernel accept a certificate of the claim?"""
        return self.verdict == "proved"

    @property
    def refuted(self) -> bool:
        """Did the kernel accept a certificate against the claim?"""
        return self.verdict == "refuted"

    def to_json(self) -> dict[str, Any]:
        """The verdict as one JSON object."""
        return {
            "name": self.name,
            "verdict": self.verdict,
            "rule": self.rule or None,
            "reason": self.reason or None,
            "note": self.note or None,
            "claim": self.claim or None,
            "certificate": str(self.path) if self.path else None,
            "bytes": self.bytes or None,
            "seconds": round(self.seconds, 6),
            "check_seconds": round(self.check_seconds, 6),
        }


def named(claim: Claim | NamedClaim) -> NamedClaim:
    """The claim with a name, and names for its networks."""
    if isinstance(claim, NamedClaim):
        return claim
    distinct = {network.digest: network for network in claim.networks()}
    networks = {f"network-{i}": network for i, network in enumerate(distinct.values(), start=1)}
    return NamedClaim(claim.kind, claim, networks)


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
    from .prove import Options

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
    from .prove import Found, search

    started = time.perf_counter()
    answer = search(goal.claim, options, method)
    if not isinstance(answer, Found):
        return Verdict(
            goal.name,
            answer.verdict,
            reason=answer.reason,
            claim=goal.claim.digest,
            seconds=time.perf_counter() - started,
            note=_notes(answer.note, goal.claim),
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
        _size(found, path),
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


def check(
    claim: Claim | NamedClaim,
    certificate: Certificate | Path | str,
    *,
    budget: Budget | None = None,
) -> Verdict:
    """Let the kernel check a certificate. The verdict is proved, refuted, rejected or declined.

    Raises CertifyError where the certificate's file cannot be opened.
    """
    goal, limits = named(claim), budget or Budget()
    path = None if isinstance(certificate, Certificate) else Path(certificate)
    started = time.perf_counter()
    result: Accepted | Rejected | Declined
    found: Certificate | None = None
    try:
        found = (
            certificate
            if isinstance(certificate, Certificate)
            else certificates.load(Path(certificate), limits)
        )
        networks = goal.networks
        if not isinstance(claim, NamedClaim):
            networks = _names_of(found, networks)
        result = kernel_check(goal.claim, networks, found, limits)
    except OSError as error:
        raise CertifyError(f"{certificate}: {error.strerror or error}") from None
    except Malformed as error:
        result = Rejected("certificate.malformed", error.at or "/", error.message)
    except Decline as error:
        result = Declined(error.budget, error.needed)
    seconds = time.perf_counter() - started
    size = 0 if found is None else _size(found, path)
    if isinstance(result, Accepted):
        return Verdict(
            goal.name,
            result.verdict,
            result.rule,
            "",
            result.claim,
            found,
            path,
            0.0,
            seconds,
            size,
            _notes(explain(goal.claim, found) if found else "", goal.claim),
        )
    if isinstance(result, Declined):
        reason = f"needs {result.needed} {result.budget}, over the budget"
        return Verdict(
            goal.name, "declined", "", reason, goal.claim.digest, found, path, 0.0, seconds, size
        )
    reason = f"{result.rule} at {result.at}: {result.found}"
    return Verdict(
        goal.name, "rejected", "", reason, goal.claim.digest, found, path, 0.0, seconds, size
    )


def estimate(
    claim: Claim | NamedClaim,
    samples: int | None = None,
    confidence: Fraction | str | float = "0.95",
    device: str = "auto",
    seed: int = 0,
    executor: Any = None,
    **options: Any,
) -> Estimate:
    """An interval for the number of an ``mse``, ``expectation`` or ``compression`` claim.

    Statistical, never a proof. Further ``options`` are those of
    :func:`certify.estimate.run.estimate`: sequential, precision, batch, shards, workers,
    progress. Raises CertifyError for a request that makes no sense, errors without a bound,
    or where torch is not installed.
    """
    _need_torch()
    from .estimate.run import estimate as run

    goal = named(claim).claim
    return run(goal, samples, confidence, device, seed, executor, **options)


def exact_ways(
    claim: Claim | NamedClaim, timeout: float = 10.0, budget: Budget | None = None
) -> list[Rung]:
    """The exact ways to the number of such a claim, strongest first, and what each says.

    The first that gives a value is the last. Raises CertifyError as :func:`estimate` does.
    """
    _need_torch()
    from .estimate.ladder import rungs
    from .estimate.run import average_of
    from .prove import Options

    goal, _ = average_of(named(claim).claim)
    return list(rungs(goal, Options(timeout, budget=budget or Budget())))


def _notes(note: str, claim: Claim) -> str:
    """The note, and what is to be said of a claim that no network could break."""
    if claim.kind != "output":
        return note
    from .claims.contradiction import contradictory

    return "; ".join(part for part in (note, contradictory(claim)) if part)


def _need_torch() -> None:
    if find_spec("torch") is None:
        raise CertifyError("estimates need torch: pip install 'certify[torch]'")


def _names_of(certificate: Certificate, networks: Mapping[str, Network]) -> dict[str, Network]:
    """The networks under the names that the certificate gives to their digests."""
    recorded = certificate.header.get("networks")
    by_binding = {network.binding: network for network in networks.values()}
    if not isinstance(recorded, dict) or not all(v in by_binding for v in recorded.values()):
        return dict(networks)
    names = {name: by_binding[binding] for name, binding in recorded.items()}
    return names if len(set(recorded.values())) == len(by_binding) else dict(networks)


def _size(certificate: Certificate, path: Path | None) -> int:
    if path is not None:
        return path.stat().st_size
    return len(certificate.text().encode())


# ------------------------------------------------------------------- encode


FILES = ("aptp", "vipr")  # formats with a file for each part of a certificate's tree


def encode(
    claim: Claim | NamedClaim,
    to: str = "smt2",
    certificate: Certificate | Path | str | None = None,
) -> str:
    """The negated claim as text for other programs: ``smt2`` or ``vnnlib``.

    ``alethe`` is a proof that the ``smt2`` text is unsatisfiable, from a certificate of rule
    clauses, which is checked first. Raises CertifyError where the claim cannot be said in the
    format, and names the part that cannot.
    """
    goal = named(claim)
    if to in FILES:
        raise CertifyError(f"{to} has several files: encode_files")
    with _expressed(goal, to):
        if to == "alethe":
            from .encode.alethe import export

            found = _accepted(goal, to, "clauses", certificate)
            rest = found.lines and list(found.lines)[1:]
            steps = [json.loads(line) for line in rest] if rest else found.header["body"]["steps"]
            return export(_pointwise(goal), steps)
        if certificate is not None:
            raise CertifyError(f"a certificate has no part in {to}")
        if to == "smt2":
            from .encode.smt import text

            return text(goal.claim, goal.name, goal.networks)
        if to == "vnnlib":
            from .encode.vnnlib import to_vnnlib

            return to_vnnlib(_pointwise(goal))
    raise CertifyError(f"no format {to!r} (formats: smt2, vnnlib, alethe)")


def encode_files(
    claim: Claim | NamedClaim, to: str, certificate: Certificate | Path | str | None = None
) -> Iterator[tuple[str, str]]:
    """(name, text) of each file that a certificate of rule regions makes, which is checked first.

    ``aptp``: the tree of ReLU splits, a file for each box into which the inputs are split.
    ``vipr``: a file for each leaf, which proves it from the network's equations. Where the
    negated claim is an "or", each of its cases has a file. Raises CertifyError as ``encode``
    does, once the iteration comes to what cannot be said.
    """
    goal = named(claim)
    with _expressed(goal, to):
        if to not in FILES:
            raise CertifyError(f"no format {to!r} of several files (formats: {', '.join(FILES)})")
        found = _accepted(goal, to, "regions", certificate)
        if to == "aptp":
            from .encode.aptp import export
        else:
            from .encode.leaf_proofs import export
        yield from export(_pointwise(goal), found.lines or ())


@contextmanager
def _expressed(goal: NamedClaim, to: str) -> Iterator[None]:
    """Errors of a format as errors about the claim."""
    from .kernel.encoding import Inexpressible

    try:
        yield
    except Inexpressible as error:
        raise CertifyError(f"{goal.name}: not expressible in {to}: {error}") from None
    except (Malformed, Decline) as error:
        raise CertifyError(f"{goal.name}: {error}") from None


def _accepted(
    goal: NamedClaim, to: str, rule: str, certificate: Certificate | Path | str | None
) -> Certificate:
    """The certificate, if it is one of this rule that proves the claim."""
    if certificate is None:
        raise CertifyError(f"{to} is written from a certificate of rule {rule}")
    result = check(goal, certificate)
    if result.certificate is None or result.verdict != "proved" or result.rule != rule:
        shown = result.reason or f"{result.verdict} by {result.rule}"
        raise CertifyError(f"{goal.name}: no accepted certificate of rule {rule}: {shown}")
    return result.certificate


def _pointwise(goal: NamedClaim) -> Pointwise:
    if not isinstance(goal.claim, Pointwise):
        raise CertifyError(f"{goal.name}: a {goal.claim.kind} claim is not about points")
    return goal.claim


# ------------------------------------------------------------------- verify


@dataclass(frozen=True)
class Checked:
    """A row of ``certify verify``: a claim, its verdict, and whether it is the expected one."""

    place: str
    verdict: Verdict
    expect: str

    @property
    def expected(self) -> bool:
        """Is the verdict the expected one?"""
        return self.verdict.verdict == self.expect


def claims_files(paths: Sequence[Path]) -> list[Path]:
    """The claims files at the paths: a file itself, or every claims.toml below a folder.

    Raises CertifyError where a path has none.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_file():
            files.append(path)
            continue
        found = sorted(path.rglob("claims.toml")) if path.is_dir() else []
        if not found:
            raise CertifyError(f"{path}: no claims file there")
        files += found
    return list(dict.fromkeys(files))


def proof_folders(claims: Path) -> list[Path]:
    """Where certificates of a claims file are looked for: proofs/X for models/X, then beside."""
    folder = claims.resolve().parent
    folders = [folder]
    for parent in folder.parents:
        if parent.name == "models":
            folders.insert(0, parent.parent / "proofs" / folder.relative_to(parent))
            break
    return folders


def verify(paths: Sequence[Path | str], budget: Budget | None = None) -> Iterable[Checked]:
    """Check the certificate of every claim found, one row at a time. Never proves.

    A claim without a certificate is unknown; a certificate without a claim is a row whose
    verdict is "rejected". Raises CertifyError where a claims file cannot be read.
    """
    for file in claims_files([Path(path) for path in paths]):
        claims, place = ClaimsFile(file), file.parent.name
        folders = proof_folders(file)
        known = {
            folder / f"{name}.cert.json{end}"
            for folder in folders
            for name in claims
            for end in ("", ".gz")
        }
        for name in claims:
            goal = claims.claim(name)
            found = [f / f"{name}.cert.json{end}" for f in folders for end in ("", ".gz")]
            path = next((p for p in found if p.is_file()), None)
            if path is None:
                missing = Verdict(name, "unknown", reason="no certificate", claim=goal.claim.digest)
                yield Checked(place, missing, goal.expect)
            else:
                yield Checked(place, check(goal, path, budget=budget), goal.expect)
        others = [] if len(list(file.parent.glob("*.toml"))) > 1 else folders
        for folder in others:
            for path in sorted(folder.glob("*.cert.json*")):
                if path not in known:
                    orphan = Verdict(
                        path.name, "rejected", reason="a certificate without a claim", path=path
                    )
                    yield Checked(place, orphan, "")
