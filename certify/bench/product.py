"""Theorem 3: a product of delayed gadgets against the plain product, on all of ℝⁿ.

Gadgets are random rational networks of three layers; the deep side is permuted and rescaled,
so that the two representations share no layer. z3 gets the encoding that `certify encode` writes.
"""

from __future__ import annotations

from . import Row, child
from .solvers import z3_answer

SHAPES = ((3, 5, 8), (4, 8, 8), (16, 32, 16), (16, 32, 32), (16, 32, 64))  # inputs, width, depth
WITH_Z3 = SHAPES[:2]
READY = ("certify", "certify.prove.strategy", "certify.networks.gadgets")


def sides(inputs: int, width: int, depth: int, relu_only: bool) -> tuple[object, object]:
    """The deep network, scrambled, and the shallow one."""
    from certify.networks import builder
    from certify.networks.gadgets import random_layers, theorem3

    gadget = random_layers.random_layers([inputs, width, width, 1], seed=depth)
    deep = builder.scramble(theorem3.deep(gadget, depth, relu_only=relu_only), seed=1)
    return deep, theorem3.shallow(gadget, depth - 3)


def proved_and_checked(inputs: int, width: int, depth: int, relu_only: bool) -> Row:
    """Prove the equality and let the kernel check the certificate; building is not counted."""
    import time

    import certify

    deep, shallow = sides(inputs, width, depth, relu_only)
    start = time.perf_counter()
    claim = certify.equals(deep, shallow, on=certify.space(inputs * (depth - 3)))
    verdict = certify.prove(claim)
    return {
        "seconds": time.perf_counter() - start,
        "answer": f"{verdict.verdict} by {verdict.rule}",
        "prove": verdict.seconds,
        "check": verdict.check_seconds,
        "bytes": verdict.bytes,
    }


def encoding(inputs: int, width: int, depth: int) -> str:
    """The negated claim as SMT-LIB 2."""
    import certify
    from certify.encode import smt

    deep, shallow = sides(inputs, width, depth, relu_only=False)
    return smt.text(certify.equals(deep, shallow, on=certify.space(inputs * (depth - 3))))


def rows(limit: float) -> list[Row]:
    """certify at every shape, with both kinds of delay; z3 on the small ones."""
    found = []
    for shape in SHAPES:
        inputs, width, depth = shape
        case = f"{inputs} inputs, width {width}, depth {depth}, {depth - 3} copies"
        for relu_only in (False, True):
            tool = "certify, ReLU delays" if relu_only else "certify"
            ours = child(
                case, tool, proved_and_checked, *shape, relu_only, imports=READY, limit=limit
            )
            found.append(ours | ({"size": depth} if inputs == 16 and not relu_only else {}))
        if shape in WITH_Z3:
            found.append(
                child(case, "z3", z3_answer, encoding(*shape), imports=["z3"], limit=limit)
            )
    return found
