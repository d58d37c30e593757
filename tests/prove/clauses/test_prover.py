"""Provers by SMT against exact optima found by other means, and what they do when they fail."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import exact_optimum as truth
import pytest
from random_networks import moved, random_network, rewritten, side_by_side

import certify
from certify.encode.smt import problem
from certify.kernel.certificate import Certificate
from certify.kernel.check import bind
from certify.kernel.data.network import Network
from certify.kernel.data.numbers import format_rational
from certify.kernel.language.claim import Claim
from certify.networks.gadgets.parity import parity
from certify.prove import Options, Unknown
from certify.prove.clauses import prover as smt
from certify.prove.clauses.cdcl import Search
from certify.prove.clauses.child import Task
from certify.prove.clauses.refutation import Refutation
from certify.prove.clauses.z3_log import PARAMETERS, NoLog, record, replay

ROOT = Path(__file__).parents[3]
ONE, TINY = Fraction(1), Fraction(1, 1 << 40)
Case = tuple[Claim, str]


def decided(claim: Claim) -> str:
    """The verdict that the kernel accepts, without a process for each claim."""
    head, steps = Task(claim, 60, 1 << 22).answer()
    if head["verdict"] == "unknown":
        return str(head["reason"])
    rule = "clauses" if head["verdict"] == "proved" else "witness"
    return accepted(claim, head["verdict"], rule, head.get("body", {"steps": steps}))


def accepted(claim: Claim, verdict: str, rule: str, body: object) -> str:
    """The verdict, once the kernel has accepted this certificate."""
    goal = certify.api.named(claim)
    found = Certificate(
        {
            "format": "certify-certificate-1",
            "claim": claim.to_json(),
            "networks": bind(claim, goal.networks),
            "verdict": verdict,
            "rule": rule,
            "body": body,
        }
    )
    result = certify.check(goal, found)
    assert result.verdict == verdict, result.reason
    return result.verdict


def networks(seed: int) -> tuple[random.Random, Network, Network]:
    """Two random networks of 2–4 layers, 2–6 neurons each, on the same inputs."""
    draw = random.Random(seed)
    inputs, depth = draw.choice([2, 2, 3]), draw.randint(1, 3)
    widest = {1: 6, 2: 5, 3: 3}[depth] - (inputs == 3)
    shapes = [[inputs, *(draw.randint(2, widest) for _ in range(depth)), 1] for _ in range(2)]
    return draw, random_network(shapes[0], draw), random_network(shapes[1], draw)


def extremes(network: Network, on: str, weights: list[Fraction]) -> tuple[Fraction, Fraction]:
    """The exact minimum and maximum of weights·outputs on [−1, 1]ⁿ or {−1, 1}ⁿ."""

    def top(side: int) -> Fraction:
        signed = [side * w for w in weights]
        if on == "cube":
            return truth.largest_on_grid(network, signed, (-ONE, ONE))[0]
        n = network.inputs
        return truth.largest_on_box(network, signed, (-ONE,) * n, (ONE,) * n)[0]

    return -top(-1), top(1)


def cases(seed: int) -> Iterator[Case]:
    """Claims whose truth is known, at margins of 0, a little and a lot on either side."""
    draw, f, g = networks(seed)
    on = draw.choice(["box", "box", "cube"])
    n = f.inputs
    where = certify.cube(n) if on == "cube" else certify.box([-1] * n, [1] * n)
    low, high = extremes(f, on, [ONE])
    room = (high - low) / 8 + TINY
    for bound, relation, expected in (
        (high, "<=", "proved"),
        (high, "<", "refuted"),
        (high - TINY, "<=", "refuted"),
        (high + room, "<", "proved"),
    ):
        yield certify.output(f, where, f"y0 {relation} {format_rational(bound)}"), expected
    middle = format_rational(low + room)
    yield certify.output(f, where, f"y0 > {middle} or y0 <= {middle}"), "proved"
    gaps = extremes(side_by_side(f, g), on, [ONE, -ONE])
    apart = max(abs(gap) for gap in gaps)
    yield certify.within(f, g, where, apart), "proved"
    if apart:
        yield certify.within(f, g, where, apart - apart * TINY), "refuted"
    yield certify.equals(f, g, where), "refuted" if apart else "proved"
    yield certify.equals(f, rewritten(f), where), "proved"
    along, eta = [Fraction(draw.randint(-2, 2)) for _ in range(n - 1)] + [ONE], Fraction(1, 4)
    both = side_by_side(moved(f, [eta * v for v in along]), moved(f, [-eta * v for v in along]))
    least, most = extremes(both, on, [ONE, -ONE])
    if on == "box" and (least > 0 or most < 0):
        close = min(abs(least), abs(most))
        yield certify.separates(f, where, along, eta, close), "proved"
        yield certify.separates(f, where, along, eta, close + TINY), "refuted"


@pytest.mark.parametrize("seed", range(5))
def test_verdicts_are_the_exact_ones(seed: int) -> None:
    """Every proved with an accepted certificate, every refuted with a checked witness."""
    for claim, expected in cases(seed):
        assert decided(claim) == expected, claim.canonical


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5, 30))
def test_more_verdicts_are_the_exact_ones(seed: int) -> None:
    """The same, on more than two hundred claims in all."""
    test_verdicts_are_the_exact_ones(seed)


@pytest.mark.parametrize("seed", range(40, 44))
def test_both_ways_refute_what_is_unsatisfiable(seed: int) -> None:
    """Our own search and z3's log each find every proof by themselves, or a point."""
    for claim, expected in cases(seed):
        encoding = problem(claim).encoding
        found = Search(encoding, lambda: False, Task(claim, 60, 1 << 22).accept).run()
        if expected == "refuted":
            assert not isinstance(found, Refutation)
            body: object = {"point": [format_rational(v) for v in found]}
            accepted(claim, "refuted", "witness", body)
            with pytest.raises(NoLog, match="sat"):
                record(encoding, Refutation(encoding), 60)
            continue
        assert isinstance(found, Refutation)
        accepted(claim, "proved", "clauses", {"steps": found.steps()})
        proof = Refutation(encoding)
        replay(proof, record(encoding, proof, 60), lambda: False)
        accepted(claim, "proved", "clauses", {"steps": proof.steps()})


CURVED = certify.lipschitz(random_network([3, 6, 6, 2], random.Random(5)), 1000)
HARD = certify.equals(parity(16), certify.parity(range(16)), certify.cube(16))
EASY = certify.output(parity(2), certify.cube(2), "y0 <= 1")


@pytest.mark.parametrize(
    ("claim", "timeout", "reason"),
    [
        (HARD, 3.0, "search: out of time|time is over after 3.0 s in the solver's process"),
        (HARD, 0.01, "time is over after 0.0 s in the solver's process"),
        (CURVED, 2.0, "z3: (timeout|canceled)|time is over after 2.0 s in the solver's process"),
        (EASY, 0, "time is over before the solver starts"),
    ],
)
def test_out_of_time_is_unknown_and_writes_nothing(
    tmp_path: Path, claim: Claim, timeout: float, reason: str
) -> None:
    found = certify.prove(claim, method="smt", timeout=timeout, output=tmp_path)
    assert found.verdict == "unknown"
    assert re.search(reason, found.reason)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("megabytes", [16, 150])
def test_out_of_memory_is_unknown(megabytes: int) -> None:
    """Too little to start, and too little to finish: the parent lives, and says why."""
    answer = smt.prove(HARD, Options(20), memory=megabytes << 20)
    assert isinstance(answer, Unknown)
    assert re.search("out of memory|killed by SIG|ended with", answer.reason), answer.reason


def test_a_killed_solver_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine's own out-of-memory killer does: the child ends without a word."""
    dying = "threading.Timer(2, lambda: os.kill(os.getpid(), signal.SIGKILL)).start()"
    (tmp_path / "sitecustomize.py").write_text(f"import os, signal, threading\n{dying}\n")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{ROOT}")
    output = tmp_path / "proofs"
    found = certify.prove(HARD, method="smt", timeout=60, output=output)
    assert found.verdict == "unknown"
    assert "the solver's process was killed by SIGKILL" in found.reason
    assert not list(output.glob("*"))


def test_a_missing_hint_is_derived_anew() -> None:
    """z3's preprocessing gives clauses without a hint; linear programming finds why they hold."""
    less = {k: v for k, v in PARAMETERS.items() if "solve_eqs" not in k and "elim" not in k}
    claim = certify.output(
        random_network([2, 3, 1], random.Random(3)), certify.box([-1, -1], [1, 1]), "y0 <= 40"
    )
    encoding = problem(claim).encoding
    proof = Refutation(encoding)
    replay(proof, record(encoding, proof, 60, less), lambda: False)
    accepted(claim, "proved", "clauses", {"steps": proof.steps()})


def test_without_z3_our_own_search_answers(tmp_path: Path) -> None:
    """A z3 that cannot be imported costs nothing but speed."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['z3'] = None\n")
    script = (
        "import certify\n"
        "from certify.networks.gadgets.parity import parity\n"
        "claim = certify.output(parity(2), certify.cube(2), 'y0 <= 1')\n"
        "found = certify.prove(claim, method='smt')\n"
        "print(found.verdict, found.rule)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "proved clauses\n", done.stderr


def test_a_set_that_may_be_empty_needs_a_point() -> None:
    """The certificate carries one; where there is none the claim is not proved."""
    slab = certify.polytope([[1, 1, 1], [-1, -1, -1], [1, 0, 2], [-1, 0, 2]])
    claim = certify.output(certify.linear([[1, 1]]), slab, "y0 = 1")
    found = certify.prove(claim, method="smt", timeout=60)
    assert found.verdict == "proved" and found.certificate is not None
    assert "point" in found.certificate.header["body"]
    empty = certify.polytope([[1, 0], [-1, -1]])
    with pytest.raises(certify.CertifyError, match="an empty set"):
        certify.prove(certify.output(certify.linear([[1]]), empty, "y0 < 0"), method="smt")


def test_a_long_refutation_is_lines() -> None:
    """Past a thousand steps: one step a line, checked while it is read."""
    claim = certify.equals(parity(9), certify.parity(range(9)), certify.cube(9))
    found = certify.prove(claim, method="smt", timeout=120)
    assert found.verdict == "proved", found.reason
    assert found.certificate is not None and found.certificate.lines is not None
    assert len(list(found.certificate.lines)) > 1000
