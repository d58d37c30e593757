"""The process in which z3 and our own search work on one claim: ``python -m …smt_child``.

Standard input is a pickled (claim, end, bytes of memory, entries of an encoding), the end by the
monotonic clock, which processes share. Standard output is one JSON object, and where the verdict
is proved, each step on a line of its own.
"""

from __future__ import annotations

import os
import pickle
import resource
import sys
import threading
import time
from fractions import Fraction
from importlib.util import find_spec
from typing import Any

from ...encode.smt import Problem, problem, terms, text
from ...kernel.data.numbers import format_rational
from ...kernel.language.claim import Claim, Pointwise
from ...kernel.language.functions.base import Vector
from ...kernel.language.kinds.classes import Lipschitz
from ...kernel.rules.clauses.encoding import Inexpressible
from ...kernel.verdict import Decline, Malformed
from ..clock import milliseconds
from .cdcl import OutOfTime, Search
from .refutation import Refutation, line
from .z3_log import NoLog, record, replay

SHORT = 0.5  # seconds that every way gets, where there are as many
UNDEFINED = "a function of the claim is undefined at a point of the set"


def main() -> None:
    """Read the task, answer, and write the answer."""
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a solver prints must not stand in the answer
    threading.Thread(target=_follow, args=[os.getppid()], daemon=True).start()
    claim, end, memory, entries = pickle.load(sys.stdin.buffer)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    head, steps = Task(claim, end - time.monotonic(), entries).answer()
    output.write(line(head) + "\n")
    for step in steps:
        output.write(line(step) + "\n")
    output.flush()


def _follow(parent: int) -> None:
    """End with the process that query, however it ends: nobody waits for the answer."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def unknown(reason: str) -> tuple[dict[str, Any], list[Any]]:
    """No answer, and why."""
    return {"verdict": "unknown", "reason": reason}, []


class Task:
    """One claim and the time for it."""

    def __init__(self, claim: Claim, seconds: float, entries: int) -> None:
        self.claim, self.entries = claim, entries
        self.end = time.monotonic() + seconds
        self.pause = self.end  # when what is under way must stop

    def left(self) -> float:
        """Seconds until the end."""
        return self.end - time.monotonic()

    def answer(self) -> tuple[dict[str, Any], list[Any]]:
        """The verdict and the steps."""
        try:
            what = problem(self.claim, self.entries)
        except Inexpressible as error:
            return unknown(f"not expressible: {error}")
        except Decline as error:
            return unknown(str(error))
        if not what.linear:
            return self.nonlinear(what)
        return self.linear(what)

    def nonlinear(self, what: Problem) -> tuple[dict[str, Any], list[Any]]:
        """z3 on the text: a model may be a witness; unsat is believed by nobody."""
        verdict, found = self.z3_text(what)
        if verdict == "sat":
            return self.refuted(found) or unknown("z3's model is not an exact witness")
        if verdict == "unsat":
            return unknown("z3 says unsat in nonlinear arithmetic, which is no certificate")
        return unknown(f"z3: {found}")

    def linear(self, what: Problem) -> tuple[dict[str, Any], list[Any]]:
        """z3 for a moment, our own search for a while, z3 again, and what it leads to."""
        search = Search(what.encoding, lambda: time.monotonic() > self.pause, self.accept)
        plan = [("z3", 0.0), ("search", 0.05), ("z3", 0.3), ("search", 1.0)]
        if find_spec("z3") is None:
            plan = [("search", 1.0)]
        reasons: dict[str, None] = {}
        while plan:
            (way, share), *plan = plan
            started = time.monotonic()
            self.pause = started + max(share * self.left(), min(SHORT, self.left()))
            try:
                if way == "z3":
                    verdict, found = self.z3_terms(what, self.pause - time.monotonic())
                    if verdict == "sat":
                        return self.refuted(found) or unknown(UNDEFINED)
                    if verdict == "unsat":  # its log may be as quick; and z3 not again
                        spent = time.monotonic() - started
                        quick = min(1.0, (1 + 10 * spent) / max(self.left(), SHORT))
                        plan = [("log", quick), ("search", 0.05), ("log", 0.6), ("search", 1.0)]
                    else:
                        reasons[f"z3: {found}"] = None
                elif way == "log":
                    proof = Refutation(what.encoding)
                    steps = record(what.encoding, proof, self.pause - time.monotonic())
                    replay(proof, steps, lambda: time.monotonic() > self.pause)
                    return {"verdict": "proved", "by": "z3"}, proof.steps()
                else:
                    result = search.run()
                    if isinstance(result, Refutation):
                        return {"verdict": "proved", "by": "search"}, result.steps()
                    return self.refuted(result) or unknown(UNDEFINED)
            except NoLog as error:
                reasons[f"z3's log: {error}"] = None
            except OutOfTime:
                reasons[f"{way}: out of time"] = None
        return unknown("; ".join(reasons))

    # ------------------------------------------------------------------ z3

    def z3_terms(self, what: Problem, seconds: float) -> tuple[str, Any]:
        """(sat, x), (unsat, "") or (unknown, why) on the encoding without its definitions."""
        import z3

        reals, clauses = terms(what.encoding)
        solver = z3.SimpleSolver()
        solver.set("timeout", milliseconds(seconds))
        solver.add(clauses)
        verdict = str(solver.check())
        if verdict != "sat":
            return verdict, solver.reason_unknown()
        model = solver.model()
        values = {v: rational(model.eval(term, True)) for v, term in reals.items()}
        return verdict, what.encoding.point(values)

    def z3_text(self, what: Problem) -> tuple[str, Any]:
        """The same on the text, for nonlinear problems."""
        import z3

        solver = z3.Solver()
        solver.set("timeout", milliseconds(self.left()))
        solver.from_string(text(self.claim, limit=self.entries))
        verdict = str(solver.check())
        if verdict != "sat":
            return verdict, solver.reason_unknown()
        model = solver.model()
        names = [what.encoding.variables[i].name for i in what.encoding.inputs]
        return verdict, tuple(rational(model.eval(z3.Real(name), True)) for name in names)

    # ------------------------------------------------------------ witnesses

    def accept(self, point: Vector) -> Vector | None:
        """The point, if the kernel would take it as a witness."""
        if not isinstance(self.claim, Pointwise) or not self.claim.domain.contains(point):
            return None
        try:
            values = tuple(term(point) for term in self.claim.terms())
            return None if self.claim.holds(point, values) else point
        except Malformed:
            return None

    def refuted(self, point: Vector) -> tuple[dict[str, Any], list[Any]] | None:
        """The witness certificate of a point (of two, for lipschitz), if it is one."""
        shown = [format_rational(v) for v in point]
        if isinstance(self.claim, Lipschitz):
            half = len(shown) // 2
            return {"verdict": "refuted", "body": {"points": [shown[:half], shown[half:]]}}, []
        if self.accept(point) is None:
            return None
        return {"verdict": "refuted", "body": {"point": shown}}, []


def rational(value: Any) -> Fraction:
    """A z3 number; an algebraic one as a rational nearby, which may be no witness."""
    import z3

    if z3.is_algebraic_value(value):
        value = value.approx(20)
    return Fraction(value.numerator_as_long(), value.denominator_as_long())


if __name__ == "__main__":
    main()
