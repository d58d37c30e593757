"""``check``: the kernel's answer about one certificate, as a verdict."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

from ..claims.toml import NamedClaim, as_path
from ..errors import CertifyError
from ..explain import explain
from ..kernel import certificate as certificates
from ..kernel.certificate import Certificate
from ..kernel.check import check as kernel_check
from ..kernel.data.network import Network
from ..kernel.language.claim import Claim
from ..kernel.verdict import Accepted, Budget, Decline, Declined, Malformed, Rejected
from .verdict import Verdict, limited, named


def check(
    claim: Claim | NamedClaim,
    certificate: Certificate | str | os.PathLike[str],
    *,
    budget: Budget | None = None,
) -> Verdict:
    """Let the kernel check a certificate. The verdict is proved, refuted, rejected or declined.

    Raises CertifyError where the certificate's file cannot be opened.
    """
    goal, limits = named(claim), limited(budget)
    path = None if isinstance(certificate, Certificate) else as_path(certificate)
    started = time.perf_counter()
    result: Accepted | Rejected | Declined
    found: Certificate | None = None
    try:
        found = (
            certificate
            if isinstance(certificate, Certificate)
            else certificates.load(as_path(certificate), limits)
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
    except MemoryError:
        result = Declined("memory", "more than there is")
    seconds = time.perf_counter() - started
    size = 0 if found is None else size_of(found, path)
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
            noted(explain(goal.claim, found) if found else "", goal.claim),
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


def _names_of(certificate: Certificate, networks: Mapping[str, Network]) -> dict[str, Network]:
    """The networks under the names that the certificate gives to their digests."""
    recorded = certificate.header.get("networks")
    by_binding = {network.binding: network for network in networks.values()}
    if not isinstance(recorded, dict) or not all(v in by_binding for v in recorded.values()):
        return dict(networks)
    names = {name: by_binding[binding] for name, binding in recorded.items()}
    return names if len(set(recorded.values())) == len(by_binding) else dict(networks)


def noted(note: str, claim: Claim) -> str:
    """The note, and what is to be said of a claim that no network could break."""
    if claim.kind != "output":
        return note
    from ..claims.contradiction import contradictory

    return "; ".join(part for part in (note, contradictory(claim)) if part)


def size_of(certificate: Certificate, path: Path | None) -> int:
    """The bytes of the certificate's file, or of its text where there is none."""
    if path is not None:
        return path.stat().st_size
    return len(certificate.text().encode())
