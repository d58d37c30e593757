"""Rule clauses: what it accepts, and that nothing in a trimmed certificate can be changed."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
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
from certify.kernel.language.claim import Claim
from certify.kernel.verdict import Accepted, Budget, Declined, Rejected
from certify.networks.files import save
from certify.networks.gadgets import GADGETS
from certify.networks.gadgets.parity import parity
from certify.prove.clauses.cdcl import Search
from certify.prove.clauses.refutation import Refutation
from certify.prove.clauses.z3_log import record, replay

NET = random_network([2, 4, 3, 1], Random(1))
TOP, _ = largest_on_box(NET, [Fraction(1)], (Fraction(-1),) * 2, (Fraction(1),) * 2)
BOX = certify.box([-1, -1], [1, 1])
BITS = certify.linear([[2, 0], [0, 2]], [-1, -1])  # {0, 1} → {−1, 1}
CLAIMS = {
    "output": certify.output(NET, BOX, f"y0 <= {TOP}"),
    "parity": certify.equals(parity(3), certify.parity([0, 1, 2]), certify.cube(3)),
    "within": certify.within(
        certify.expression("max(x0, -x0)"), certify.expression("abs(x0)"), certify.box([-2], [3]), 0
    ),
    "separates": certify.separates(
        certify.expression("8*x0 + relu(x1 - x0) - abs(x0 + x1/2) + max(x0, 2*x1, 1/3)"),
        BOX,
        [1, 0],
        "1/8",
        1,
    ),
    "sort": certify.output(
        GADGETS["sort"].build(inputs=3), certify.space(3), "y0 <= y1 and y1 <= y2"
    ),
    "xor": certify.equals(
        GADGETS["formula"].build(text="x0 xor x1", inputs=2),
        certify.compose(certify.symmetric([0, 1], [0, 1, 0]), BITS),
        certify.bits(2),
    ),
    "flip": certify.equals(
        certify.flip(certify.parity([0, 1]), [[1, 1]]),
        certify.expression("-abs(x0 + x1) / 2 - abs(x0 - x1) / 2"),
        certify.points([[1, 1], [1, -1]]),
    ),
}


@cache
def steps_of(name: str, way: str) -> list[Any]:
    """Trimmed steps, from our own search or from z3's log."""
    encoding = problem(CLAIMS[name]).encoding
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


def changes(steps: list[Any], atoms: int, draw: Random) -> Iterator[tuple[str, list[Any]]]:
    """Every step left out or repeated, and every number of a step in several other ways."""
    for i, step in enumerate(steps):
        yield f"without step {i}", steps[:i] + steps[i + 1 :]
        yield f"without step {i}, renumbered", renumbered(steps, i)
        yield f"step {i} twice", [*steps[: i + 1], *steps[i:]]
        yield f"number of step {i}", replaced(steps, (i, 1), step[1] + 1)
        if step[0] == "atom":
            continue
        for j, entry in enumerate(step[2]):
            place = (i, 2, j, 0) if step[0] == "farkas" else (i, 2, j)
            literal, *multiplier = entry if step[0] == "farkas" else [entry]
            others = {-literal, literal + 1, literal - 1, *draw.sample(range(-atoms, atoms + 1), 2)}
            for other in others - {literal}:
                yield f"literal at {place}: {other}", replaced(steps, place, other)
            for m in multiplier:
                for size in (m + 1, 2 * m, -m, 0, f"{m}/7"):
                    yield f"multiplier at {place}: {size}", replaced(steps, (i, 2, j, 1), size)
            less = replaced(steps, (i, 2), step[2][:j] + step[2][j + 1 :])
            yield f"literal at {place} left out", less
        if step[0] == "rup":
            more = sorted([*step[2], atoms], key=abs)
            yield f"one literal more at {(i, 2)}", replaced(steps, (i, 2), more)
            for j, hint in enumerate(step[3]):
                place = (i, 3, j)
                for other in {hint + 1, hint - 1, 0, -hint, *draw.choices(range(step[1]), k=2)}:
                    if other != hint:
                        yield f"hint at {place}: {other}", replaced(steps, place, other)
                less = step[3][:j] + step[3][j + 1 :]
                yield f"hint at {place} left out", replaced(steps, (i, 3), less)
                more = step[3][: j + 1] + step[3][j:]
                yield f"hint at {place} twice", replaced(steps, (i, 3), more)


def replaced(value: Any, place: tuple[int, ...], new: Any) -> Any:
    """The nested list with another entry at the place."""
    if not place:
        return new
    first, *rest = place
    return [*value[:first], replaced(value[first], tuple(rest), new), *value[first + 1 :]]


def renumbered(steps: list[Any], left_out: int) -> list[Any]:
    """The steps without one of them; the later ones say what they said, without it."""
    word, gone = steps[left_out][:2]
    atom = word == "atom"

    def moved(number: int, of_an_atom: bool) -> int:
        return number - (of_an_atom == atom and number > gone)

    def literal(k: int) -> int:
        return moved(k, True) if k > 0 else -moved(-k, True)

    result = []
    for step in steps[:left_out] + steps[left_out + 1 :]:
        head = [step[0], moved(step[1], step[0] == "atom")]
        if step[0] == "atom":
            result.append([*head, *step[2:]])
        elif step[0] == "farkas":
            pairs = [[literal(k), m] for k, m in step[2] if not (atom and abs(k) == gone)]
            result.append([*head, pairs])
        else:
            clause = [literal(k) for k in step[2] if not (atom and abs(k) == gone)]
            hints = [moved(h, False) for h in step[3] if atom or h != gone]
            result.append([*head, clause, hints])
    return result


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
    """Every change is rejected, except that another clause, or another atom in a lemma, may serve
    as well: then z3 agrees with every step.
    """
    claim, steps = CLAIMS[name], steps_of(name, way)
    assert isinstance(outcome(claim, steps), Accepted)
    assert sound(claim, steps)
    atoms = len(problem(claim).encoding.atoms) + sum(step[0] == "atom" for step in steps)
    every = list(changes(steps, atoms, Random(1)))
    assert len(every) > 10 * len(steps)
    chosen = Random(0).sample(every, min(limit, len(every)))
    survivors = [what for what, other in chosen if isinstance(outcome(claim, other), Accepted)]
    for what in survivors:
        assert re.fullmatch(r"(hint|literal) at .*\): -?\d+", what), what
        assert sound(claim, dict(chosen)[what]), what
    assert len(survivors) <= 1 + len(chosen) // 500, survivors


@pytest.mark.parametrize("way", ["search", "z3"])
@pytest.mark.parametrize("name", CLAIMS)
def test_changes_of_a_trimmed_certificate_are_rejected(name: str, way: str) -> None:
    check_changes(name, way, 200)


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
    assert isinstance(outcome(CLAIMS["within"], steps), Rejected)


@given(st.lists(st.tuples(st.integers(2, 12), st.booleans(), st.fractions(0, 9)), max_size=6))
def test_farkas_lemmas_are_judged_as_by_definition(
    parts: list[tuple[int, bool, Fraction]],
) -> None:
    """Positive multipliers that leave no variable, and 0 > 0 or 0 ≥ a positive number."""
    claim = CLAIMS["within"]
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
