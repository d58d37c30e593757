"""Which prover answers a claim: each method once, in one table, tried in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ..errors import CertifyError
from ..kernel.language.claim import Average, Claim, Conjunctive, Pointwise
from ..kernel.verdict import Decline, Malformed, Reject
from . import (
    enumerate,
    fold,
    learner,
    normal_form,
    norms,
    outside,
    spectral,
    witness,
)
from .answers import Answer, Found, Options, Unknown
from .clauses import no_input
from .clauses import prover as smt
from .clock import TimeOver
from .regions import prover as regions

FEW_POINTS = 4096  # a finite set that is simply listed
MANY_RELUS = 64  # from here on what follows an endless method gets a sixteenth, else a half
SMALL = 192  # ReLUs up to which the solver is tried early, and now and then


@dataclass(frozen=True)
class Method:
    """A prover, and the claims for which ``auto`` tries it."""

    prove: Callable[[Claim, Options], Answer]
    suits: Callable[[Claim], bool]
    on: str  # these claims in words
    endless: bool = False  # may use all of the time: a share of it, where another method follows


def _points(claim: Claim) -> int | None:
    """The size of the finite set that the claim is about; None for others."""
    if isinstance(claim, Average):
        return claim.law.factored().size if claim.law.finite else None
    if isinstance(claim, Pointwise):
        stream = claim.domain.factored()
        return None if stream is None else stream.size
    return None


def _few(claim: Claim) -> bool:
    size = _points(claim)
    return size is not None and size <= FEW_POINTS


def _finite(claim: Claim) -> bool:
    return _points(claim) is not None


def _infinite(claim: Claim) -> bool:
    return isinstance(claim, Pointwise) and _points(claim) is None


def _conjunction(claim: Claim, options: Options) -> Answer:
    """Each part by any method; the first part that is refuted refutes the whole."""
    if not isinstance(claim, Conjunctive):
        return Unknown("not a conjunction")
    body: dict[str, Any] = {}
    unknown: Unknown | None = None
    options = replace(options, journal=None)  # a tree does not fit in a part
    for name, part in claim.parts():
        answer = search(part, options)
        if isinstance(answer, Found) and answer.lines is not None:
            answer = Unknown(f"the evidence of rule {answer.rule} does not fit in a part")
        if isinstance(answer, Unknown):
            if unknown is None or unknown.verdict == "enumerated":
                unknown = replace(answer, reason=f"{name}: {answer.reason}")
        elif answer.verdict == "refuted":
            refuted = {"part": name, "refutation": answer.part()}
            return Found("refuted", "conjunction", refuted)
        else:
            body[name] = answer.part()
    return unknown or Found("proved", "conjunction", body)


def _kind(kind: str) -> Callable[[Claim], bool]:
    return lambda claim: claim.kind == kind


def _pointwise(claim: Claim) -> bool:
    return isinstance(claim, Pointwise)


FINITE, POINTWISE = "a finite set", "a claim about single points"
METHODS: dict[str, Method] = {
    "conjunction": Method(
        _conjunction, lambda claim: isinstance(claim, Conjunctive), "a claim with parts"
    ),
    "norms": Method(norms.member, _kind("member"), "a member claim"),
    "margin": Method(learner.margin, _kind("margin"), "a margin"),
    "lipschitz": Method(norms.lipschitz, _kind("lipschitz"), "a Lipschitz constant"),
    "spectral": Method(spectral.prove, _kind("lipschitz"), "a Lipschitz constant"),
    "squares": Method(norms.squares, _kind("mse"), "a mean of squares"),
    "excludes": Method(norms.excludes, _kind("excludes"), "an excludes claim"),
    "list": Method(enumerate.prove, _few, f"at most {FEW_POINTS} points"),
    "fold": Method(fold.prove, _finite, FINITE),
    "normal-form": Method(normal_form.prove, _kind("equals"), "an equality"),
    "enumerate": Method(enumerate.prove, _finite, FINITE),
    "no-input": Method(no_input.prove, no_input.suits, "a property that may have no input"),
    "regions": Method(regions.prove, _infinite, "an infinite set", endless=True),
    "witness": Method(witness.prove, _pointwise, POINTWISE),
    "smt": Method(smt.prove, _pointwise, POINTWISE, endless=True),
    "enumerated": Method(outside.prove, _finite, FINITE),
}


def search(claim: Claim, options: Options, method: str = "auto") -> Answer:
    """The first answer of a suitable method, or Unknown with every method's reason.

    Raises CertifyError where there is no such method.
    """
    if method != "auto":
        if method not in METHODS:
            raise CertifyError(f"no method {method!r} (methods: auto, {', '.join(METHODS)})")
        return _try(method, claim, options)
    reasons = []
    suitable = [(name, entry) for name, entry in METHODS.items() if entry.suits(claim)]
    for name, entry in suitable:
        if options.left <= 0:
            reasons.append(f"time is over before {name}")
            break
        share = options
        if entry.endless and entry is not suitable[-1][1]:
            timeout = options.timeout - options.left * _rest(claim)
            share = replace(options, timeout=timeout, aside=_aside(claim, options))
        answer = _try(name, claim, share)
        if isinstance(answer, Found):
            why = answer.why or f"{name}, for {entry.on}"
            return replace(answer, why="; ".join([why, *reasons]))
        if answer.verdict == "enumerated":
            return answer
        reasons.append(f"{name}: {answer.reason}")
    if isinstance(claim, Average):
        reasons.append("certify estimate gives an interval")
    return Unknown("; ".join(reasons) or f"no method for {claim.kind}")


def _rest(claim: Claim) -> float:
    """The share of the time that an endless method leaves to those that follow it."""
    return 1 / 2 if _relus(claim) < MANY_RELUS else 1 / 16


def _relus(claim: Claim) -> int:
    return sum(sum(layer.relu) for network in claim.networks() for layer in network.layers)


def _aside(claim: Claim, options: Options) -> Callable[[float], Answer] | None:
    """The solver for a moment: on small networks it often ends where regions do not."""
    if _relus(claim) > SMALL:
        return None

    def solver(seconds: float) -> Answer:
        moment = min(seconds, options.left / 4)
        found = _try("smt", claim, replace(options, timeout=options.spent + moment))
        if isinstance(found, Found):
            return replace(found, why=f"smt, for at most {SMALL} ReLUs")
        return found

    return solver


def _try(method: str, claim: Claim, options: Options) -> Answer:
    try:
        return METHODS[method].prove(claim, options)
    except Decline as error:
        return Unknown(str(error))
    except Reject as error:  # a rule's side condition that the method does not ask for itself
        return Unknown(f"{error.rule}: {error.found}")
    except OverflowError:
        return Unknown("a number is past the range of a double")
    except ArithmeticError as error:  # in floats, which only search
        return Unknown(f"arithmetic with doubles fails: {error}")
    except MemoryError:
        return Unknown("out of memory")
    except TimeOver:
        return Unknown(f"time is over in the middle of a step of {method}")
    except Malformed as error:
        raise CertifyError(str(error)) from None
