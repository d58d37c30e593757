"""Claims about ReLU networks, with certificates that a small exact kernel re-checks."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if os.path.basename(sys.argv[0]) == "certify" or (sys.argv[0], *sys.orig_argv[1:3]) == (
    "-m",
    "-m",
    "certify",
):  # the command: Ctrl-C while it is loaded is no traceback

    def _stopped(kind: Any, error: Any, trace: Any) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        print("certify: interrupted: nothing had begun", file=sys.stderr, flush=True)
        os._exit(130)

    sys.excepthook = _stopped

from . import encode as _encode_package  # loaded first: functions below take these names
from . import estimate as _estimate_package
from . import prove as _prove_package
from .api import Checked, Verdict, check, encode, encode_files, estimate, prove, verify
from .claims.build import (
    ball,
    bits,
    box,
    compose,
    compression,
    constant,
    cube,
    embed,
    equals,
    excludes,
    expectation,
    expression,
    flip,
    from_torch,
    gaussian,
    grid,
    induced,
    learned,
    learner,
    linear,
    lipschitz,
    member,
    monotone,
    mse,
    output,
    parity,
    perturb,
    points,
    polytope,
    product,
    project,
    separates,
    slice,
    space,
    symmetric,
    uniform,
    weighted,
    within,
)
from .claims.toml import ClaimsFile, NamedClaim
from .errors import CertifyError
from .kernel.certificate import Certificate
from .kernel.data.given import exactly
from .kernel.data.network import Network
from .kernel.language.claim import Claim
from .kernel.verdict import Budget
from .networks.files import load, save

if TYPE_CHECKING:
    from .paper import Window, windows

del _encode_package, _estimate_package, _prove_package


def __getattr__(name: str) -> Any:
    """``windows`` and ``Window`` load when they are first asked for: a check does without."""
    if name in ("Window", "windows"):
        from . import paper

        return getattr(paper, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Budget",
    "Certificate",
    "CertifyError",
    "Checked",
    "Claim",
    "ClaimsFile",
    "NamedClaim",
    "Network",
    "Verdict",
    "Window",
    "ball",
    "bits",
    "box",
    "check",
    "compose",
    "compression",
    "constant",
    "cube",
    "embed",
    "encode",
    "encode_files",
    "equals",
    "estimate",
    "exactly",
    "excludes",
    "expectation",
    "expression",
    "flip",
    "from_torch",
    "gaussian",
    "grid",
    "induced",
    "learned",
    "learner",
    "linear",
    "lipschitz",
    "load",
    "member",
    "monotone",
    "mse",
    "output",
    "parity",
    "perturb",
    "points",
    "polytope",
    "product",
    "project",
    "prove",
    "save",
    "separates",
    "slice",
    "space",
    "symmetric",
    "uniform",
    "verify",
    "weighted",
    "windows",
    "within",
]
