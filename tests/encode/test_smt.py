"""SMT-LIB 2 text: what z3 and cvc5 make of it, and what it is made of."""

from __future__ import annotations

import re
from fractions import Fraction
from random import Random

import pytest
from alethe_checker import constant, read
from hypothesis import given
from hypothesis import strategies as st
from random_networks import random_network

import certify
from certify.bench.solvers import cvc5_answer, z3_answer
from certify.encode.smt import number, problem, text
from certify.kernel.language.claim import Claim
from certify.kernel.rules.clauses.encoding import Inexpressible
from certify.kernel.verdict import Decline
from certify.networks.gadgets.parity import parity

NET = random_network([2, 3, 2], Random(1))
SAME = certify.compose(certify.linear([[1, 0], [0, 1]]), NET)
SQUARE = certify.box([-1, -1], [1, 1])
COMPLEX = certify.linear([[3, 0], [0, 4]])  # (3, 4)·(±1, ±1) has length 5

# claim, and whether it is true
TABLE: dict[str, tuple[Claim, bool]] = {
    "equal": (certify.equals(NET, SAME, SQUARE), True),
    "not equal": (certify.equals(NET, certify.constant([0, 0]), SQUARE), False),
    "parity": (certify.equals(parity(4), certify.parity(range(4)), certify.cube(4)), True),
    "another parity": (
        certify.equals(parity(4), certify.parity([0, 1, 2]), certify.cube(4)),
        False,
    ),
    "parities commute": (
        certify.equals(
            certify.compose(certify.parity([0, 1]), {"product": [certify.parity([0, 1])] * 2}),
            certify.parity(range(4)),
            certify.cube(4),
        ),
        True,
    ),
    "strict": (certify.output(certify.linear([[1, 1]]), SQUARE, "y0 < 2"), False),
    "not strict": (certify.output(certify.linear([[1, 1]]), SQUARE, "y0 <= 2"), True),
    "or": (certify.output(certify.linear([[1, 1]]), SQUARE, "x0 < 1 or y0 >= 0"), True),
    "nearly or": (certify.output(certify.linear([[1, 1]]), SQUARE, "x0 < 1 or y0 > 0"), False),
    "l1": (certify.within(COMPLEX, certify.constant([0, 0]), certify.cube(2), 7, "l1"), True),
    "l1 less": (
        certify.within(COMPLEX, certify.constant([0, 0]), certify.cube(2), "699/100", "l1"),
        False,
    ),
    "linf": (certify.within(COMPLEX, certify.constant([0, 0]), certify.cube(2), 4), True),
    "l2": (certify.within(COMPLEX, certify.constant([0, 0]), certify.cube(2), 5, "l2"), True),
    "l2 less": (
        certify.within(COMPLEX, certify.constant([0, 0]), certify.cube(2), "499/100", "l2"),
        False,
    ),
    "separates": (certify.separates(COMPLEX, certify.cube(2), [1, 1], "1/2", 5), True),
    "separates less": (
        certify.separates(COMPLEX, certify.cube(2), [1, 1], "1/2", "501/100"),
        False,
    ),
    "tiny": (
        certify.output(certify.linear([["2^-60"]]), certify.box([0], [1]), "y0 < 1e-18"),
        True,
    ),
}


@pytest.mark.parametrize("solve", [z3_answer, cvc5_answer])
@pytest.mark.parametrize("name", TABLE)
def test_a_solver_agrees(name: str, solve: object) -> None:
    """unsat exactly for the true claims."""
    claim, true = TABLE[name]
    assert callable(solve)
    assert solve(text(claim)) == ("unsat" if true else "sat")


@pytest.mark.parametrize("name", [name for name, (_, true) in TABLE.items() if not true])
def test_a_model_is_a_witness(name: str) -> None:
    """The x of z3's model refutes the claim, by the kernel."""
    found = certify.prove(TABLE[name][0], method="smt", timeout=60)
    assert (found.verdict, found.rule) == ("refuted", "witness")


def test_two_points_refute_a_lipschitz_constant() -> None:
    claim = certify.lipschitz(NET, "1/10")
    assert "QF_NRA" in text(claim)
    found = certify.prove(claim, method="smt", timeout=60)
    assert (found.verdict, found.rule) == ("refuted", "witness")


def test_nonlinear_unsat_is_not_believed() -> None:
    """z3 alone never proves."""
    found = certify.prove(TABLE["l2"][0], method="smt", timeout=60)
    assert found.verdict == "unknown"
    assert "nonlinear" in found.reason and "no certificate" in found.reason


@pytest.mark.parametrize(
    ("claim", "what"),
    [
        (certify.member(parity(2), 3, lambda_=9), "kind member"),
        (
            certify.expectation([certify.parity([0])], certify.uniform(certify.cube(2)), "=", 0),
            "kind expectation",
        ),
        (
            certify.within(
                certify.compose(COMPLEX, {"product": [certify.parity([0])] * 2}),
                certify.constant([0, 0]),
                certify.points([[1, 1], [1, -1]]),
                5,
                "l2",
            ),
            "not known to be",
        ),
    ],
)
def test_what_cannot_be_said_is_named(claim: Claim, what: str) -> None:
    with pytest.raises(Inexpressible, match=what):
        problem(claim)
    with pytest.raises(certify.CertifyError, match=f"not expressible in smt2: .*{what}"):
        certify.encode(claim)
    found = certify.prove(claim, method="smt", timeout=60)
    assert (found.verdict, found.rule) == ("unknown", "")
    assert re.search(f"not expressible: .*{what}", found.reason)


def test_size_is_limited() -> None:
    with pytest.raises(Decline):
        text(TABLE["parity"][0], limit=100)


def test_what_the_text_is_made_of() -> None:
    """Clauses over named atoms; neurons by layer; no if-then-else and no xor."""
    for claim, _ in TABLE.values():
        written = text(claim)
        words = set(re.findall(r"[a-z-]+(?=[\s)])", re.sub(r";.*", "", written)))
        assert not words & {"ite", "xor", "let", "min", "max", "to_real", "=>"}
        commands = read(written)
        assert commands[-2:] == [("check-sat",), ("exit",)]
        atoms = {c[1] for c in commands if c[0] == "define-fun"} | {
            c[1] for c in commands if c[0] == "declare-const" and c[2] == "Bool"
        }
        for command in commands:
            if command[0] != "assert" or command[1][0] in ("=", ">"):
                continue
            clause = command[1][1:] if command[1][0] == "or" else (command[1],)
            assert all((k[1] if k[0] == "not" else k) in atoms for k in clause), command
    assert "left_layer2_neuron3_pre" in text(TABLE["parity"][0])
    assert text(TABLE["parity"][0]).count("right_parity_so_far3") == 1 + 4 + 4


def test_comments_say_which_claim_and_networks() -> None:
    claim, _ = TABLE["parity"]
    [network] = set(claim.networks())
    written = text(claim, "mine", {"net": network, "other": NET})
    assert "; the negation of the equals claim mine\n" in written
    assert f"; SHA-256 {claim.digest}\n" in written
    assert f"; network net {network.digest}\n" in written
    assert "other" not in written


@given(st.fractions())
def test_numbers_are_exact(value: Fraction) -> None:
    [term] = read(number(value))
    assert constant(term) == value
