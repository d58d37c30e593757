"""``encode``: a negated claim, or an accepted certificate of it, as text for other programs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

from ..claims.toml import NamedClaim
from ..errors import CertifyError
from ..kernel.certificate import Certificate
from ..kernel.data.account import account
from ..kernel.language.claim import Claim, Pointwise
from ..kernel.verdict import Decline, Malformed
from .checking import check
from .verdict import named

FILES = ("aptp", "vipr")  # formats with a file for each part of a certificate's tree


def encode(
    claim: Claim | NamedClaim,
    to: str = "smt2",
    certificate: Certificate | str | os.PathLike[str] | None = None,
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
            from ..encode.alethe import export

            found = _accepted(goal, to, "clauses", certificate)
            rest = found.lines and list(found.lines)[1:]
            steps = [json.loads(line) for line in rest] if rest else found.header["body"]["steps"]
            return export(_pointwise(goal), steps)
        if certificate is not None:
            raise CertifyError(f"a certificate has no part in {to}")
        if to == "smt2":
            from ..encode.smt import text

            return text(goal.claim, goal.name, goal.networks)
        if to == "vnnlib":
            from ..encode.vnnlib import to_vnnlib

            return to_vnnlib(_pointwise(goal))
    raise CertifyError(f"no format {to!r} (formats: smt2, vnnlib, alethe)")


def encode_files(
    claim: Claim | NamedClaim,
    to: str,
    certificate: Certificate | str | os.PathLike[str] | None = None,
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
            from ..encode.aptp import export
        else:
            from ..encode.leaf_proofs import export
        yield from export(_pointwise(goal), found.lines or ())


@contextmanager
def _expressed(goal: NamedClaim, to: str) -> Iterator[None]:
    """Errors of a format as errors about the claim."""
    from ..kernel.rules.clauses.encoding import Inexpressible

    try:
        with account():
            yield
    except Inexpressible as error:
        raise CertifyError(f"{goal.name}: not expressible in {to}: {error}") from None
    except (Malformed, Decline) as error:
        raise CertifyError(f"{goal.name}: {error}") from None


def _accepted(
    goal: NamedClaim, to: str, rule: str, certificate: Certificate | str | os.PathLike[str] | None
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
