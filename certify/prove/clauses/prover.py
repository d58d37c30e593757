"""Prove by SMT: z3 in a process of its own, its refutation as a certificate of rule clauses.

The child (``smt_child``) may take as long and as much memory as it is given; whatever becomes of
it, nothing is believed: a point is a witness that the kernel checks, a refutation is steps that
it replays.
"""

from __future__ import annotations

import json
import pickle
import signal
import subprocess
import sys
import time

from ...kernel.data.numbers import format_rational
from ...kernel.language.claim import Claim, Pointwise
from ...kernel.verdict import shorten
from ..answers import Answer, Found, Options, Unknown
from ..clock import LONGEST
from ..linear import feasible

MEMORY = 4 << 30  # bytes of address space of the child
GRACE = 0.2  # seconds to hand over, past the limit: less than until the alarm rings
FEW_STEPS = 1000  # more are JSON Lines


def prove(claim: Claim, options: Options, memory: int = MEMORY) -> Answer:
    """A certificate of rule clauses, or a witness where the claim is false."""
    point = None
    if isinstance(claim, Pointwise) and not claim.domain.certain():
        point = feasible.point(claim.domain, options)
        if point is None:
            return Unknown("no point of the set was found, and it may be empty")
    seconds = options.left
    if seconds <= 0:
        return Unknown("time is over before the solver starts")
    task = pickle.dumps((claim, time.monotonic() + seconds, memory, options.budget.points))
    try:
        child = subprocess.run(
            [sys.executable, "-m", "certify.prove.clauses.child"],
            input=task,
            capture_output=True,
            timeout=min(seconds + GRACE, LONGEST),
            check=False,
            process_group=0,  # Ctrl-C on a terminal is for us, and we end it
        )
    except subprocess.TimeoutExpired:
        return Unknown(f"time is over after {seconds:.1f} s in the solver's process")
    head, *steps = child.stdout.decode().splitlines() or [""]
    if child.returncode or not head:
        return Unknown(_death(child.returncode, child.stderr.decode(errors="replace"), memory))
    answer = json.loads(head)
    if answer["verdict"] == "unknown":
        return Unknown(answer["reason"])
    if answer["verdict"] == "refuted":
        return Found("refuted", "witness", answer["body"])
    body = {} if point is None else {"point": [format_rational(v) for v in point]}
    if len(steps) <= FEW_STEPS:
        return Found("proved", "clauses", {**body, "steps": [json.loads(s) for s in steps]})
    return Found("proved", "clauses", {}, [json.dumps(body, separators=(",", ":")), *steps])


def _death(code: int, errors: str, memory: int) -> str:
    """Why the child ended without an answer."""
    if code < 0:  # a solver that finds no memory may crash
        killer = signal.Signals(-code).name
        return f"the solver's process was killed by {killer} (memory limit {memory >> 20} MiB)"
    last = errors.strip().splitlines()[-1] if errors.strip() else "no message"
    if any(word in errors for word in ("MemoryError", "bad_alloc", "out of memory", "allocation")):
        return f"out of memory at {memory >> 20} MiB"
    return f"the solver's process ended with {code}: {shorten(last)}"
