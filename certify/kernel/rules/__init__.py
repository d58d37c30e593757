"""The rules of the kernel, in one table. A rule is a module whose docstring says why it is sound;
its parts, where it has some, stand beside it.

A rule's module is loaded when a certificate first names it, so that a small check is quick.
"""

from __future__ import annotations

from importlib import import_module

from ..data.decode import Node
from ..language.claim import Claim
from ..verdict import Budget, Reject
from .evidence import Evidence

RULES: dict[str, str] = {  # name in certificates → module, whose function ``check`` accepts
    "witness": "witness",
    "enumerate": "enumerate",
    "fold": "fold.rule",
    "normal-form": "normal_form",
    "norms": "norms",
    "spectral": "spectral",
    "arithmetic": "arithmetic",
    "squares": "squares",
    "regions": "regions.tree",
    "clauses": "clauses.rule",
    "obstruction": "obstruction",
    "member-equals": "member_equals",
    "conjunction": "conjunction",
}
# rules whose certificates are JSON Lines
STREAMED: frozenset[str] = frozenset({"regions", "clauses"})


def check_rule(claim: Claim, name: Node, evidence: Evidence) -> None:
    """Apply the rule named. Raises Reject or Decline unless it accepts."""
    if not isinstance(name.value, str) or name.value not in RULES:
        raise Reject("certificate.rule", name.at, name.value)
    if (evidence.lines is not None) and name.value not in STREAMED:
        raise Reject("certificate.lines", name.at, f"{name.value} takes no lines")
    import_module(f".{RULES[name.value]}", __package__).check(claim, evidence)


def check_part(claim: Claim, verdict: str, node: Node, budget: Budget) -> None:
    """Check the certificate of a part of a claim: {"rule": …, "body": …}.

    The depth is bounded by the claim: only conjunctions have parts, and their parts come
    from the claim.
    """
    keys = node.object(("rule", "body"))
    check_rule(claim, keys["rule"], Evidence(verdict, keys["body"], budget))
