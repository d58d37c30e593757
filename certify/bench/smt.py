"""Claims that SMT solvers are used for: z3 and cvc5 on our text, and our rules beside them.

Rows of one case share the claim. ``z3 log`` is z3 with the clause log that a certificate is made
from, ``certify clauses (log)`` and ``(search)`` are the two ways to such a certificate, and
``certify auto`` is what `certify prove` would do, with the rule that it picked and the reason.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from . import Row, child
from .solvers import cvc5_answer, z3_answer

SIZES = (8, 10, 12)  # bits of a parity
# what `--method auto` looks at before it picks the method whose rule answered
WHY = {
    "enumerate": "few points",
    "fold": "a finite product set",
    "normal-form": "equal normal forms",
    "regions": "an infinite set",
    "witness": "a point found by trial",
    "clauses": "no other method answered",
}


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
    from certify.kernel.network import Network, affine_layer

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


def logged(claim: Any, limit: float) -> Row:
    """z3 with its log: how long, and how many steps."""
    from certify.encode.smt import problem
    from certify.prove.refutation import Refutation
    from certify.prove.z3_log import NoLog, record

    encoding = problem(claim).encoding
    started = time.perf_counter()
    try:
        steps = record(encoding, Refutation(encoding), limit)
    except NoLog as error:
        return {"answer": f"no answer: {error}", "seconds": None, "over": limit}
    return {"answer": "unsat", "seconds": time.perf_counter() - started, "steps": len(steps)}


def refuted(claim: Any, way: str, limit: float) -> Row:
    """A certificate by one of the two ways, and the kernel on it."""
    import certify
    from certify.api import named
    from certify.encode.smt import problem
    from certify.kernel.certificate import FORMAT, canonical, parse
    from certify.kernel.check import bind
    from certify.prove.refutation import Refutation
    from certify.prove.smt_child import Task
    from certify.prove.split import OutOfTime, Search
    from certify.prove.z3_log import NoLog, record, replay

    started = time.perf_counter()
    encoding = problem(claim).encoding

    def stop() -> bool:
        return time.perf_counter() - started > limit

    try:
        if way == "log":
            proof = Refutation(encoding)
            replay(proof, record(encoding, proof, limit), stop)
        else:
            found = Search(encoding, stop, Task(claim, limit, 1 << 22).accept).run()
            if not isinstance(found, Refutation):
                return {"answer": "a counterexample"}
            proof = found
        steps = proof.steps()
    except (NoLog, OutOfTime):
        return {"answer": "no answer", "seconds": None, "over": limit}
    seconds = time.perf_counter() - started
    goal = named(claim)
    header = {
        "format": FORMAT,
        "claim": claim.to_json(),
        "networks": bind(claim, goal.networks),
        "verdict": "proved",
        "rule": "clauses",
        "body": {"steps": steps},
    }
    data = canonical(header).encode()
    result = certify.check(goal, parse(data))
    return {
        "answer": result.verdict,
        "seconds": seconds,
        "check": result.check_seconds,
        "steps": len(steps),
        "bytes": len(data),
    }


def automatic(claim: Any, limit: float) -> Row:
    """What `certify prove` does with the claim."""
    import certify

    found = certify.prove(claim, timeout=limit)
    if not found.rule:
        return {"answer": found.verdict, "seconds": None, "over": limit}
    return {
        "answer": f"{found.verdict} by {found.rule}: {WHY.get(found.rule, 'it suits the claim')}",
        "seconds": found.seconds,
        "check": found.check_seconds,
        "bytes": found.bytes,
    }


def rows(limit: float) -> list[Row]:
    """Six rows for each case."""
    from certify.encode.smt import text

    limit = min(limit, 60)
    ready = ["certify", "certify.prove.smt_child", "certify.prove.strategy"]
    result = []
    for case, claim in cases():
        written = text(claim)
        result += [
            child(case, "z3", z3_answer, written, imports=["z3"], limit=limit),
            child(case, "cvc5", cvc5_answer, written, imports=["cvc5"], limit=limit),
            child(case, "z3 log", logged, claim, limit, imports=[*ready, "z3"], limit=2 * limit),
        ]
        for way in ("log", "search"):
            tool = f"certify clauses ({way})"
            imports = [*ready, "z3", "flint"]
            result.append(
                child(case, tool, refuted, claim, way, limit, imports=imports, limit=2 * limit)
            )
        result.append(
            child(case, "certify auto", automatic, claim, limit, imports=ready, limit=2 * limit)
        )
    return result
