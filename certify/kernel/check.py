"""The kernel's one entrance: does this certificate show this claim?"""

from __future__ import annotations

from collections.abc import Mapping

from .certificate import FORMAT, Certificate, canonical
from .data.account import account
from .data.decode import Node
from .data.network import Network
from .language.claim import Claim
from .rules import check_rule
from .rules.evidence import Evidence
from .verdict import Accepted, Budget, Decline, Declined, Malformed, Reject, Rejected, shorten

Outcome = Accepted | Rejected | Declined
PATH = 400  # characters of a path: its keys are the certificate's


def check(
    claim: Claim,
    networks: Mapping[str, Network],
    certificate: Certificate,
    budget: Budget | None = None,
) -> Outcome:
    """Check a certificate against a claim and the networks that it names.

    ``networks`` maps the names of the claims file to networks; each network that the claim
    mentions must be among them. The certificate must bind the canonical claim and, for each
    of its networks, the digest (and that of the ONNX file's bytes); where a network has several
    names, one is enough. Never raises for what a certificate contains: anything unexpected is
    Rejected, anything too large is Declined.
    """
    limits = budget or Budget()
    try:
        with account(limits.bits):
            return _checked(claim, networks, certificate, limits)
    except Reject as error:
        return Rejected(error.rule, shorten(error.at or "/", PATH), error.found)
    except Malformed as error:
        return Rejected("certificate.malformed", shorten(error.at or "/", PATH), error.message)
    except Decline as error:
        return Declined(error.budget, error.needed)
    except MemoryError:
        return Declined("memory", "more than there is")
    except RecursionError:
        return Rejected("certificate.malformed", "/", "nested too deeply")


def _checked(
    claim: Claim, networks: Mapping[str, Network], certificate: Certificate, budget: Budget
) -> Accepted:
    """As :func:`check`; raises where it does not accept."""
    rule = _bound(claim, networks, certificate)
    keys = Node(certificate.header).object(tuple(certificate.header))
    evidence = Evidence(str(certificate.verdict), keys["body"], budget, certificate.nodes())
    check_rule(claim, rule, evidence)
    if evidence.lines is not None and next(evidence.lines, None) is not None:
        raise Reject("certificate.lines", "/body", "lines are left over")
    return Accepted(evidence.verdict, claim.digest, str(certificate.rule))


def _bound(claim: Claim, networks: Mapping[str, Network], certificate: Certificate) -> Node:
    """The header's fields, its claim and its networks; returns the node of the rule."""
    header = Node(certificate.header)
    keys = header.object(("format", "claim", "networks", "verdict", "rule", "body"))
    keys["format"].choice(FORMAT)
    keys["verdict"].choice("proved", "refuted")
    if (certificate.lines is not None) != (keys["body"].value == "lines"):
        raise Reject("certificate.lines", "/body", "lines without the body that announces them")
    if canonical(keys["claim"].value) != claim.canonical:
        raise Reject("certificate.claim", "/claim", _first_gap(keys["claim"], claim))
    mentioned = {network.digest for network in claim.networks()}
    expected = {
        name: network.binding for name, network in networks.items() if network.digest in mentioned
    }
    bindings = {binding: networks[name].digest for name, binding in expected.items()}
    recorded = set()
    for name, node in keys["networks"].items():
        if node.value not in list(bindings) or expected.get(name, node.value) != node.value:
            raise Reject("certificate.networks", node.at, node.value)
        recorded.add(bindings[node.value])
    if missing := sorted(mentioned - recorded):
        raise Reject("certificate.networks", "/networks", f"missing {missing[0]}")
    return keys["rule"]


def _first_gap(node: Node, claim: Claim) -> str:
    """Which key of the claim differs, for a message."""
    own = claim.to_json()
    if not isinstance(node.value, dict):
        return "not an object"
    for key in sorted(own.keys() | node.value.keys(), key=lambda key: (key != "kind", key)):
        if own.get(key) != node.value.get(key):
            return f"{key}: {canonical(node.value.get(key))} instead of {canonical(own.get(key))}"
    return "another claim"


def bind(claim: Claim, networks: Mapping[str, Network]) -> dict[str, str]:
    """The ``networks`` field of a certificate for this claim."""
    mentioned = {network.digest for network in claim.networks()}
    return {n: net.binding for n, net in sorted(networks.items()) if net.digest in mentioned}
