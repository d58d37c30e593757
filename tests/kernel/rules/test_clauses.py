"""Rule clauses: what it accepts, and that nothing in a trimmed certificate can be changed."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from exact_optimum import largest_on_box
from hypothesis import given
from hypothesis import strategies as st
from random_networks import random_network

import certify
from certify.encode.smt import problem, terms
from certify.kernel.certificate import FORMAT, Certificate, write
from certify.kernel.check import bind, check
from certify.kernel.claim import Claim
from certify.kernel.verdict import Accepted, Budget, Declined, Rejected
from certify.networks.files import save
from certify.networks.gadgets.parity import parity
from certify.prove.refutation import Refutation
from certify.prove.split import Search
from certify.prove.z3_log import record, replay

NET = random_network([2, 4, 3, 1], Random(1))
TOP, _ = largest_on_box(NET, [Fraction(1)], (Fraction(-1),) * 2, (Fraction(1),) * 2)
BOX = certify.box([-1, -1], [1, 1])
CLAIMS = {
    "output": certify.output(NET, BOX, f"y0 <= {TOP}"),
    "parity": certify.equals(parity(2), certify.parity([0, 1]), certify.cube(2)),
    "abs": certify.within(
        certify.expression("max(x0, -x0)"), certify.expression("abs(x0)"), certify.box([-2], [3]), 0
    ),
    "flip": certify.equals(
        certify.flip(certify.parity([0, 1]), [[1, 1]]),
        certify.expression("-abs(x0 + x1) / 2 - abs(x0 - x1) / 2"),
        certify.points([[1, 1], [1, -1]]),
    ),
}


def steps_of(claim: Claim, way: str) -> list[Any]:
    """Trimmed steps, from our own search or from z3's log."""
    encoding = problem(claim).encoding
    if way == "z3":
        proof = Refutation(encoding)
        return replay(proof, record(encoding, proof, 60), lambda: False).steps()
    found = Search(encoding, lambda: False, lambda point: None).run()
    assert isinstance(found, Refutation)
    return found.steps()


def outcome(claim: Claim, steps: Any, **more: Any) -> Accepted | Rejected | Declined:
    """The kernel's answer to the certificate with these steps."""
    networks = certify.api.named(claim).networks
    header = {
        "format": FORMAT,
        "claim": claim.to_json(),
        "networks": bind(claim, networks),
        "verdict": "proved",
        "rule": "clauses",
        "body": {"steps": steps},
    }
    return check(claim, networks, Certificate(header), **more)


def changes(steps: list[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Every single change of a step, a literal, a multiplier or a clause number."""

    def changed(what: str, place: tuple[int, ...], value: Any) -> tuple[str, list[Any]]:
        result = copy.deepcopy(steps)
        target: Any = result
        for key in place[:-1]:
            target = target[key]
        target[place[-1]] = value
        return f"{what} at {place}: {value}", result

    literals = max(abs(k) for s in steps if s[0] == "farkas" for k, _ in s[2])
    for i, step in enumerate(steps):
        yield f"without step {i}", steps[:i] + steps[i + 1 :]
        yield f"step {i} twice", [*steps[: i + 1], *steps[i:]]
        yield changed("number", (i, 1), step[1] + 1)
        if step[0] == "farkas":
            for j, (literal, multiplier) in enumerate(step[2]):
                for other in (-literal, *(k for k in (literal + 1, literal - 1) if k)):
                    yield changed("literal", (i, 2, j, 0), other)
                for size in (multiplier + 1, 2 * multiplier, -multiplier, 0, f"{multiplier}/7"):
                    if len(step[2]) > 1 or size in (0, -multiplier):
                        yield changed("multiplier", (i, 2, j, 1), size)
        elif step[0] == "rup":
            for j, literal in enumerate(step[2]):
                yield changed("literal", (i, 2, j), -literal)
                yield changed("literal", (i, 2, j), literals + 1)
            for j, hint in enumerate(step[3]):
                for other in (hint + 1, hint - 1, 0, step[1], -hint):
                    yield changed("hint", (i, 3, j), other)
                yield changed("hints", (i, 3), step[3][:j] + step[3][j + 1 :])
                yield changed("hints", (i, 3), step[3][: j + 1] + step[3][j:])


def sound(claim: Claim, steps: list[Any]) -> bool:
    """Does z3 agree with every step by itself, taking the earlier clauses for granted?"""
    import z3

    encoding = problem(claim).encoding
    reals, _ = terms(encoding)
    atoms = [
        z3.Bool(a.name)
        if a.inequality is None
        else inequality(a.inequality.row, a.inequality, reals)
        for a in encoding.atoms
    ]
    clauses: list[list[int]] = [[], *map(list, encoding.clauses)]

    def says(literal: int) -> Any:
        return atoms[literal - 1] if literal > 0 else z3.Not(atoms[-literal - 1])

    def contradictory(formulas: list[Any]) -> bool:
        solver = z3.SimpleSolver()
        solver.add(formulas)
        return bool(solver.check() == z3.unsat)

    for step in steps:
        if step[0] == "atom":
            bound = SimpleNamespace(constant=step[3], strict=step[4])
            atoms.append(inequality(step[2], bound, reals))
        elif step[0] == "farkas":
            if not contradictory([says(k) for k, _ in step[2]]):
                return False
            clauses.append([-k for k, _ in step[2]])
        else:
            known = [z3.Or([says(k) for k in clauses[h]]) for h in step[3]]
            if not contradictory([*known, *(says(-k) for k in step[2])]):
                return False
            clauses.append(step[2])
    return clauses[-1] == []


def inequality(row: Any, bound: Any, reals: dict[int, Any]) -> Any:
    """row·v + constant > 0 or ≥ 0 as a z3 term."""
    import z3

    total = z3.Sum([c * reals[v] for v, c in row]) + bound.constant
    return total > 0 if bound.strict else total >= 0


def check_changes(name: str, way: str, limit: int) -> None:
    """Deleting a step or changing a multiplier is always rejected. Another literal or clause
    number is, too, unless what results is a refutation again; that is rare.
    """
    steps = steps_of(CLAIMS[name], way)
    assert isinstance(outcome(CLAIMS[name], steps), Accepted)
    assert sound(CLAIMS[name], steps)
    every = list(changes(steps))
    assert len(every) > 5 * len(steps)
    chosen = Random(0).sample(every, min(limit, len(every)))
    survivors = 0
    for what, other in chosen:
        result = outcome(CLAIMS[name], other)
        if isinstance(result, Accepted):
            assert what.startswith(("hint at", "literal at")), what
            assert sound(CLAIMS[name], other), what
            survivors += 1
    assert survivors <= len(chosen) // 50


@pytest.mark.parametrize("way", ["search", "z3"])
@pytest.mark.parametrize("name", CLAIMS)
def test_changes_of_a_trimmed_certificate_are_rejected(name: str, way: str) -> None:
    check_changes(name, way, 250)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["search", "z3"])
@pytest.mark.parametrize("name", CLAIMS)
def test_all_changes_of_a_trimmed_certificate_are_rejected(name: str, way: str) -> None:
    check_changes(name, way, 1 << 20)


def test_the_check_needs_no_solver(tmp_path: Path) -> None:
    """With z3, cvc5, HiGHS, numpy and torch not importable, `check` accepts."""
    certificate = certify.prove(CLAIMS["output"], method="smt", timeout=60).certificate
    assert certificate is not None and certificate.rule == "clauses"
    save(NET, tmp_path / "net.json")
    (tmp_path / "claims.toml").write_text(
        f"""
[networks]
network-1 = "net.json"
[[claim]]
name = "top"
kind = "output"
network = "network-1"
on = {{ box = {{ lower = [-1, -1], upper = [1, 1] }} }}
holds = "y0 <= {TOP}"
"""
    )
    path = write(certificate, tmp_path / "top.cert.json")
    banned = ("z3", "cvc5", "highspy", "scipy", "torch", "flint")
    script = (
        f"import sys\nfor name in {banned!r}: sys.modules[name] = None\n"
        "from certify.cli import main\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "check", tmp_path / "claims.toml", "top", path],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"PROVED {CLAIMS['output'].digest}\n"), done.stderr


def test_an_encoding_over_the_budget_is_declined() -> None:
    assert isinstance(outcome(CLAIMS["output"], [], budget=Budget(points=50)), Declined)


@given(
    st.lists(
        st.lists(
            st.one_of(
                st.integers(-9, 9),
                st.sampled_from(["rup", "farkas", "atom"]),
                st.lists(st.integers(-9, 9)),
                st.booleans(),
            )
        )
    )
)
def test_nonsense_is_rejected(steps: list[Any]) -> None:
    """Never a traceback."""
    assert isinstance(outcome(CLAIMS["abs"], steps), Rejected)


@given(st.lists(st.tuples(st.integers(2, 12), st.booleans(), st.fractions(0, 9)), max_size=6))
def test_farkas_lemmas_are_judged_as_by_definition(
    parts: list[tuple[int, bool, Fraction]],
) -> None:
    """Positive multipliers that leave no variable, and 0 > 0 or 0 ≥ a positive number."""
    claim = CLAIMS["abs"]
    encoding = problem(claim).encoding
    literals = [k if sign else -k for k, sign, _ in parts]
    total: dict[int, Fraction] = {}
    constant, strict = Fraction(0), False
    for literal, (_, _, multiplier) in zip(literals, parts, strict=True):
        atom = encoding.atoms[abs(literal) - 1].inequality
        assert atom is not None
        side = 1 if literal > 0 else -1
        for v, c in atom.row:
            total[v] = total.get(v, Fraction(0)) + side * c * multiplier
        constant += side * atom.constant * multiplier
        strict = strict or atom.strict == (literal > 0)
    right = (
        len({k for k, _, _ in parts}) == len(parts)
        and all(m > 0 for _, _, m in parts)
        and not any(total.values())
        and (constant < 0 or (constant == 0 and strict))
    )
    pairs = [[k, str(m)] for k, (_, _, m) in zip(literals, parts, strict=True)]
    result = outcome(claim, [["farkas", len(encoding.clauses) + 1, pairs]])
    assert isinstance(result, Rejected)
    assert (result.rule == "clauses.open") == right
