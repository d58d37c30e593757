"""Parity of n bits: the network with n + 2 gates against the product of the bits.

The other solvers get the direct encoding as SMT-LIB 2: a Boolean for each bit, an if-then-else
for each ReLU, and a chain of exclusive ors for the product. Both read the same text.
"""

from __future__ import annotations

from . import Row, child
from .solvers import cvc5_answer, z3_answer

SIZES = (14, 16, 18)
LARGER = (64, 256, 1024, 2048, 4096)  # where only certify answers


def direct_encoding(n: int) -> str:
    """SMT-LIB 2 text that is unsatisfiable iff the network computes the parity of n bits.

    The network is ``certify.networks.gadgets.parity``: s = relu(Σx + n), hₖ = relu(s − 2k), and
    σ·(1 − h₀ + 2·Σ (−1)^(k+1) hₖ) with σ = (−1)ⁿ.
    """
    sign = "" if n % 2 == 0 else "- "
    lines = ["(set-logic QF_LRA)"]
    lines += [f"(declare-const b{i} Bool)" for i in range(n)]
    lines += [f"(define-fun x{i} () Real (ite b{i} 1.0 (- 1.0)))" for i in range(n)]
    total = " ".join(f"x{i}" for i in range(n))
    lines += [
        f"(define-fun z () Real (+ {total} {n}.0))",
        "(define-fun s () Real (ite (> z 0.0) z 0.0))",
    ]
    for k in range(n):
        lines += [
            f"(define-fun z{k} () Real (- s {2 * k}.0))",
            f"(define-fun h{k} () Real (ite (> z{k} 0.0) z{k} 0.0))",
        ]
    terms = ["1.0", "(- h0)"]
    terms += [f"(* {'2.0' if k % 2 else '(- 2.0)'} h{k})" for k in range(1, n)]
    output = f"(+ {' '.join(terms)})"
    lines += [f"(define-fun y () Real {f'({sign}{output})' if sign else output})"]
    odd = "false"
    for i in range(n):
        odd = f"(xor {odd} (not b{i}))"
    lines += [f"(assert (not (= y (ite {odd} (- 1.0) 1.0))))", "(check-sat)"]
    return "\n".join(lines)


def proved_and_checked(n: int) -> Row:
    """Build the network, prove the claim, and let the kernel check the certificate."""
    import certify
    from certify.networks.gadgets import GADGETS

    network = GADGETS["parity"].build(inputs=n)
    claim = certify.equals(network, certify.parity(range(n)), on=certify.cube(n))
    verdict = certify.prove(claim)
    return {
        "answer": f"{verdict.verdict} by {verdict.rule}",
        "prove": verdict.seconds,
        "check": verdict.check_seconds,
        "bytes": verdict.bytes,
    }


def rows(limit: float) -> list[Row]:
    """certify at every size; z3 and cvc5 on the direct encoding of the smaller ones."""
    found = []
    for n in SIZES + LARGER:
        case = f"n = {n}"
        ready = ["certify", "certify.prove.strategy", "certify.networks.gadgets", "numpy", "flint"]
        ours = child(case, "certify", proved_and_checked, n, imports=ready, limit=limit)
        found.append({**ours, "size": n})
        if n in SIZES:
            text = direct_encoding(n)
            for name, solve in (("z3", z3_answer), ("cvc5", cvc5_answer)):
                row = child(case, name, solve, text, imports=[name], limit=limit)
                found.append({**row, "size": n})
    return found
