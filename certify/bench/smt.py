"""Claims that SMT solvers are used for: z3 and cvc5 on our text, and our rules beside them.

Rows of one case share the claim. ``certify log`` and ``certify search`` are the two ways to a
certificate of rule clauses: from z3's clause log, whose time is the column ``log``, and by a
search of our own. Each other method that suits the claim has its row, and ``certify auto`` is what
`certify prove` does, with the method that answered and why it was tried; what those before it said
is kept beside it (``before``). ``check`` is the kernel's time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from . import Row, child
from .solvers import cvc5_answer, z3_answer

SIZES = (8, 10, 12)  # bits of a parity
METHODS = ("enumerate", "fold", "normal-form", "regions")


def cases() -> Iterator[tuple[str, Any]]:
    """(name, claim): true claims, two small nets and more, gadgets, and exact maxima."""
    import certify
    from certify.networks.gadgets import GADGETS

    def box(n: int) -> Any:
        return certify.box([-1] * n, [1] * n)

    def net(*widths: int, seed: int = 0) -> Any:
        return GADGETS["random"].build(widths=widths, seed=seed)

    for n in SIZES:
        parity = GADGETS["parity"].build(inputs=n)
        yield f"parity, {n} bits", certify.equals(parity, certify.parity(range(n)), certify.cube(n))
    xor = GADGETS["formula"].build(text="x0 xor x1 xor x2 xor x3", inputs=4)
    odd = certify.symmetric(range(4), [0, 1, 0, 1, 0])
    signs = certify.linear(
        {"rows": 4, "columns": 4, "entries": [[i, i, 2] for i in range(4)]}, [-1] * 4
    )
    yield "xor of 4 bits", certify.equals(xor, certify.compose(odd, signs), certify.bits(4))
    for n in (3, 4):
        ordered = " and ".join(f"y{i} <= y{i + 1}" for i in range(n - 1))
        sort = GADGETS["sort"].build(inputs=n)
        yield f"sort {n}, in order", certify.output(sort, certify.space(n), ordered)
        yield (
            f"sort {n}, largest",
            certify.equals(
                certify.compose(certify.project([n - 1]), sort),
                GADGETS["max"].build(inputs=n),
                certify.space(n),
            ),
        )
    steep = certify.compose(certify.linear([[1, 9]]), certify.linear([[1, 0], [0, 1]]))
    yield "separates, linear", certify.separates(steep, box(2), [0, 1], "1/4", 4)
    bent = certify.expression("8*x0 + relu(x1 - x0) - abs(x0 + x1/2) + max(x0, 2*x1, 1/3)")
    yield "separates, 5 ReLUs", certify.separates(bent, box(2), [1, 0], "1/8", 1)
    plain = net(2, 8, 8, 1)
    yield "within, 2-8-8-1 rounded", certify.within(plain, rounded(plain), box(2), 4)
    for widths, bound in (
        ((2, 10, 10, 1), 600),
        ((4, 10, 10, 1), 1500),
        ((4, 16, 16, 1), 3000),
        ((5, 20, 20, 1), 7000),
    ):
        name = "-".join(map(str, widths))
        yield f"output, {name}", certify.output(net(*widths), box(widths[0]), f"y0 <= {bound}")


def rounded(network: Any) -> Any:
    """The network with its weights rounded to multiples of 1/16."""
    from certify.kernel.data.network import Network, affine_layer

    layers = [
        affine_layer(
            layer.columns,
            [
                tuple((c, v) for c, w in row if (v := Fraction(round(16 * w), 16)))
                for row in layer.rows
            ],
            layer.bias,
            layer.relu,
        )
        for layer in network.layers
    ]
    return Network(network.inputs, tuple(layers))


def suitable(claim: Any) -> list[str]:
    """The methods besides ``smt`` that may prove the claim."""
    from certify.prove.strategy import METHODS as KNOWN

    return [name for name in METHODS if KNOWN[name].suits(claim)]


def logged(claim: Any, limit: float) -> Row:
    """A certificate from z3's clause log."""
    from certify.encode.smt import problem
    from certify.prove import Found
    from certify.prove.clauses.cdcl import OutOfTime
    from certify.prove.clauses.refutation import Refutation
    from certify.prove.clauses.z3_log import NoLog, record, replay

    started = time.perf_counter()
    encoding = problem(claim).encoding
    proof = Refutation(encoding)
    try:
        steps = record(encoding, proof, limit)
        log = time.perf_counter() - started
        replay(proof, steps, lambda: time.perf_counter() - started > limit)
    except NoLog as error:
        return none(str(error), started, limit)
    except OutOfTime:
        return {**none("the log was not replayed in time", started, limit), "log": log}
    found = Found("proved", "clauses", {"steps": proof.steps()})
    return {**judged(claim, found, started), "log": log}


def searched(claim: Any, limit: float) -> Row:
    """A certificate of rule clauses by our own search."""
    from certify.encode.smt import problem
    from certify.prove import Found
    from certify.prove.clauses.cdcl import OutOfTime, Search
    from certify.prove.clauses.child import Task
    from certify.prove.clauses.refutation import Refutation

    started = time.perf_counter()
    search = Search(
        problem(claim).encoding,
        lambda: time.perf_counter() - started > limit,
        Task(claim, limit, 1 << 22).accept,
    )
    try:
        found = search.run()
    except OutOfTime:
        return none("out of time", started, limit)
    if not isinstance(found, Refutation):
        return {"answer": "a counterexample"}
    return judged(claim, Found("proved", "clauses", {"steps": found.steps()}), started)


def proved(claim: Any, method: str, limit: float) -> Row:
    """What ``certify prove --method`` does with the claim."""
    from certify.prove import Found, Options, search

    started = time.perf_counter()
    found = search(claim, Options(limit), method)
    if not isinstance(found, Found):
        return none(f"{found.verdict}: {found.reason}", started, limit)
    return judged(claim, found, started)


def none(why: str, started: float, limit: float) -> Row:
    """No certificate; ``over`` where that took the whole time."""
    row: Row = {"answer": why[:60], "seconds": None}
    return {**row, "over": limit} if time.perf_counter() - started >= limit else row


def judged(claim: Any, found: Any, started: float) -> Row:
    """The kernel's verdict on what was found since ``started``."""
    import certify
    from certify.api import certificate_of, named
    from certify.kernel.certificate import parse

    goal = named(claim)
    certificate = certificate_of(goal, found)
    seconds = time.perf_counter() - started
    data = certificate.text().encode()
    result = certify.check(goal, parse(data))
    answer = f"{result.verdict} by {found.rule}" if result.rule else result.reason
    chosen, _, before = found.why.partition("; ")
    return {
        "answer": f"{answer}: {chosen}" if chosen else answer,
        "before": before,
        "seconds": seconds,
        "check": result.check_seconds,
        "bytes": len(data),
    }


def rows(limit: float) -> list[Row]:
    """The rows of every case."""
    from certify.encode.smt import text

    limit = min(limit, 60)
    ours = ["certify", "certify.prove.clauses.child", "certify.prove.strategy", "z3", "flint"]
    result = []
    for case, claim in cases():
        written = text(claim)
        result += [
            child(case, "z3", z3_answer, written, imports=["z3"], limit=limit),
            child(case, "cvc5", cvc5_answer, written, imports=["cvc5"], limit=limit),
        ]
        ways: list[tuple[str, Callable[..., Row], tuple[str, ...]]] = [
            ("log", logged, ()),
            ("search", searched, ()),
            *((method, proved, (method,)) for method in (*suitable(claim), "auto")),
        ]
        result += [
            child(case, f"certify {way}", run, claim, *name, limit, imports=ours, limit=2 * limit)
            for way, run, name in ways
        ]
    return result
