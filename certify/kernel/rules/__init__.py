"""The rules of the kernel, in one table. A rule is a file whose docstring says why it is sound."""

from __future__ import annotations

from collections.abc import Callable

from ..claim import Claim
from ..decode import Node
from ..verdict import Budget, Reject
from . import (
    arithmetic,
    clauses,
    conjunction,
    enumerate,
    fold,
    member_equals,
    normal_form,
    norms,
    obstruction,
    spectral,
    squares,
    witness,
)
from .evidence import Evidence

RULES: dict[str, Callable[[Claim, Evidence], None]] = {
    "witness": witness.check,
    "enumerate": enumerate.check,
    "fold": fold.check,
    "normal-form": normal_form.check,
    "norms": norms.check,
    "spectral": spectral.check,
    "arithmetic": arithmetic.check,
    "squares": squares.check,
    "clauses": clauses.check,
    "obstruction": obstruction.check,
    "member-equals": member_equals.check,
    "conjunction": conjunction.check,
}
STREAMED: frozenset[str] = frozenset({"clauses"})  # rules whose certificates are JSON Lines


def check_rule(claim: Claim, name: Node, evidence: Evidence) -> None:
    """Apply the rule named. Raises Reject or Decline unless it accepts."""
    if not isinstance(name.value, str) or name.value not in RULES:
        raise Reject("certificate.rule", name.at, name.value)
    if (evidence.lines is not None) and name.value not in STREAMED:
        raise Reject("certificate.lines", name.at, f"{name.value} takes no lines")
    RULES[name.value](claim, evidence)


def check_part(claim: Claim, verdict: str, node: Node, budget: Budget) -> None:
    """Check the certificate of a part of a claim: {"rule": …, "body": …}.

    The depth is bounded by the claim: only conjunctions have parts, and their parts come
    from the claim.
    """
    keys = node.object(("rule", "body"))
    check_rule(claim, keys["rule"], Evidence(verdict, keys["body"], budget))
