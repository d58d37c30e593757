"""The rules beside brute force: the same answers as a naive reading of the claim language."""

from __future__ import annotations

from fractions import Fraction
from itertools import chain, pairwise
from typing import Any

import naive
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import certify
from certify.kernel.certificate import FORMAT, Certificate
from certify.kernel.check import bind, check
from certify.kernel.data import exact
from certify.kernel.data.decode import Node, Scope
from certify.kernel.data.network import Layer, Network
from certify.kernel.data.numbers import format_rational, parse_number
from certify.kernel.language import kinds
from certify.kernel.language.claim import Average, Claim, Pointwise
from certify.kernel.rules.clauses.encoding import Encoding, Inexpressible, encode
from certify.kernel.rules.fold.features import make_plan
from certify.kernel.verdict import Accepted, Decline, Malformed, Reject

LIMIT = 1 << 16
NUMBERS = st.sampled_from(["-2", "-1", "-1/2", "0", "1/3", "1/2", "1", "1", "2", "3"])
NONZERO = NUMBERS.filter(lambda text: text != "0")


def certificate(claim: Claim, verdict: str, rule: str, body: Any) -> Any:
    """The kernel's answer to a certificate made up for a claim."""
    networks = {f"n{i}": net for i, net in enumerate(dict.fromkeys(claim.networks()))}
    header = {
        "format": FORMAT,
        "claim": claim.to_json(),
        "networks": bind(claim, networks),
        "verdict": verdict,
        "rule": rule,
        "body": body,
    }
    return check(claim, networks, Certificate(header))


# ----------------------------------------------------------------- strategies


@st.composite
def networks(draw: st.DrawFn, inputs: int, outputs: int | None = None) -> Network:
    """Up to three sparse layers of up to three neurons, masks of any kind."""
    widths = [inputs, *draw(st.lists(st.integers(1, 3), max_size=2))]
    widths.append(outputs or draw(st.integers(1, 2)))
    layers = []
    for columns, rows in pairwise(widths):
        numbers = st.builds(Fraction, NUMBERS)
        matrix = [draw(st.lists(numbers, min_size=columns, max_size=columns)) for _ in range(rows)]
        layers.append(
            Layer(
                columns,
                tuple(tuple((c, v) for c, v in enumerate(row) if v) for row in matrix),
                tuple(draw(st.lists(numbers, min_size=rows, max_size=rows))),
                tuple(draw(st.lists(st.booleans(), min_size=rows, max_size=rows))),
            )
        )
    return Network(inputs, tuple(layers))


@st.composite
def sets(draw: st.DrawFn, depth: int = 2) -> tuple[Any, int, list[int]]:
    """A finite set of few points, its dimension, and coordinates that are ±1 on all of it."""
    forms = ["cube", "cube", "bits", "points", "grid"]
    form = draw(st.sampled_from(forms + ["product", "embed", "perturb", "perturb"] * (depth > 0)))
    if form == "cube":
        n = draw(st.integers(1, 4))
        return {"cube": n}, n, list(range(n))
    if form == "bits":
        n = draw(st.integers(1, 2))
        return {"bits": n}, n, []
    if form == "points":
        n = draw(st.integers(1, 2))
        row = st.tuples(*[st.sampled_from([-1, 1, 2])] * n)
        rows = [list(r) for r in draw(st.lists(row, min_size=1, max_size=4, unique=True))]
        return {"points": rows}, n, [i for i in range(n) if all(abs(r[i]) == 1 for r in rows)]
    if form == "grid":
        values = st.lists(
            st.sampled_from(["-1", "1", "1/2", "3"]), min_size=1, max_size=2, unique=True
        )
        lists = draw(st.lists(values, min_size=1, max_size=3))
        sure = [i for i, v in enumerate(lists) if {abs(Fraction(x)) for x in v} == {1}]
        return {"grid": lists}, len(lists), sure
    if form == "product":
        parts = [draw(sets(depth - 1)), draw(sets(depth - 1))]
        (first, n, sure), (second, m, more) = parts
        return {"product": [first, second]}, n + m, sure + [n + i for i in more]
    base, n, sure = draw(sets(depth - 1))
    if form == "embed":
        if draw(st.booleans()):
            pad = draw(st.lists(st.sampled_from(["1", "-1", "0", "1/2"]), max_size=2))
            fixed = [n + i for i, v in enumerate(pad) if v in ("1", "-1")]
            return {"embed": {"set": base, "pad": pad}}, n + len(pad), sure + fixed
        extra = [
            draw(st.lists(NUMBERS, min_size=n, max_size=n)) for _ in range(draw(st.integers(0, 2)))
        ]
        order = draw(st.permutations(range(n)))
        matrix = [["1" if c == i else "0" for c in range(n)] for i in order] + extra
        body = {"set": base, "matrix": matrix}
        offset = draw(st.none() | st.lists(NUMBERS, min_size=len(matrix), max_size=len(matrix)))
        if offset is not None:
            body["offset"] = offset
        seen = [i for i, o in enumerate(order) if o in sure and (not offset or offset[i] == "0")]
        return {"embed": body}, len(matrix), seen
    along = draw(st.lists(st.sampled_from(["0", "0", "1", "1/2"]), min_size=n, max_size=n))
    eta = draw(st.sampled_from(["1/7", "1/100", "1"]))
    body = {"set": base, "along": along, "eta": eta, "sign": draw(sign(n, sure))}
    return {"perturb": body}, n, [i for i in sure if along[i] == "0"]


def sign(n: int, sure: list[int]) -> st.SearchStrategy[Any]:
    """A function that is ±1 where the coordinates ``sure`` are; sometimes not."""
    options: list[st.SearchStrategy[Any]] = [
        st.sampled_from([{"constant": ["1"]}, {"constant": ["-1"]}])
    ]
    if sure:
        over = st.lists(st.sampled_from(sure), unique=True)
        ones = st.sampled_from(["1", "-1"])
        options += [
            over.map(lambda chosen: {"parity": chosen}),
            over.flatmap(
                lambda chosen: st.lists(
                    ones, min_size=len(chosen) + 1, max_size=len(chosen) + 1
                ).map(lambda values: {"symmetric": {"over": chosen, "values": values}})
            ),
            st.sampled_from(sure).map(lambda i: {"project": [i]}),
        ]
    return st.one_of(options)


@st.composite
def functions(draw: st.DrawFn, n: int, sure: list[int], outputs: int = 1, depth: int = 1) -> Any:
    """A function on ℝⁿ; parities read only the coordinates ``sure``."""
    forms = ["network", "network", "linear", "constant", "project"]
    if outputs == 1 and sure:
        forms += ["parity", "symmetric"] * 2
    if depth:
        forms += ["compose", "flip", "learned"] * (outputs == 1) + ["product"] * (outputs > 1)
    form = draw(st.sampled_from(forms))
    match form:
        case "network":
            return draw(networks(n, outputs))
        case "linear":
            row = st.lists(NUMBERS, min_size=n, max_size=n)
            return {"linear": {"matrix": [draw(row) for _ in range(outputs)]}}
        case "constant":
            return {"constant": draw(st.lists(NUMBERS, min_size=outputs, max_size=outputs))}
        case "project":
            index = st.integers(0, n - 1)
            return {"project": draw(st.lists(index, min_size=outputs, max_size=outputs))}
        case "parity":
            return {"parity": draw(st.lists(st.sampled_from(sure), unique=True))}
        case "symmetric":
            over = draw(st.lists(st.sampled_from(sure), unique=True))
            size = len(over) + 1
            values = draw(st.lists(NUMBERS, min_size=size, max_size=size))
            return {"symmetric": {"over": over, "values": values}}
        case "compose":
            if sure and draw(st.booleans()):
                chosen = draw(st.lists(st.sampled_from(sure), min_size=1, max_size=3))
                inner = {"project": chosen}
                return {
                    "compose": [draw(functions(len(chosen), list(range(len(chosen))), 1, 0)), inner]
                }
            inner = draw(functions(n, sure, 2, 0))
            return {"compose": [draw(functions(2, [], 1, 0)), inner]}
        case "flip":
            value = st.sampled_from(["1", "-1", "0", "1/2"])
            rows = st.lists(st.tuples(*[value] * n), min_size=1, max_size=2, unique=True)
            of = draw(functions(n, sure, 1, depth - 1))
            return {"flip": {"of": of, "points": [list(r) for r in draw(rows)]}}
        case "learned":
            along = draw(st.lists(NONZERO, min_size=n, max_size=n))
            return certify.learned(
                draw(networks(n, 1)),
                draw(networks(n, 1)),
                along,
                "1/3",
                draw(st.sampled_from([0, -1])),
            )
    cut = draw(st.integers(1, n)) if n > 1 else 1
    if cut == n:
        return draw(networks(n, outputs))
    left, right = draw(networks(cut, 1)), draw(networks(n - cut, outputs - 1))
    return {"product": [left, right]}


def read(kind: str, **keys: Any) -> Claim:
    """The claim, or no example where a reader refuses it."""
    try:
        return kinds.read(Node({"kind": kind, **keys}, "", Scope(parse_number)))
    except (Malformed, Decline):
        assume(False)
        raise


def folded(claim: Claim, extra: list[str]) -> Any:
    """A basis that repeats what the claim's functions read, and a row that nobody needs."""
    if isinstance(claim, Average):
        stream = claim.law.factored()
        terms = [claim.law.pulled(term) for term in claim.terms()]
    else:
        assert isinstance(claim, Pointwise)
        stream = claim.domain.factored()
        assert stream is not None
        terms = list(claim.terms())
        if claim.inputs_read():
            from certify.kernel.language.functions.affine import Project

            terms.append(Project(claim.inputs_read()))
    try:
        plan = make_plan(stream, terms)
    except Reject:
        assume(False)
        raise
    rows = list(dict.fromkeys(plan.linear))
    entries = [[r, c, format_rational(v)] for r, row in enumerate(rows) for c, v in row]
    entries += [[len(rows), c, extra[c % len(extra)]] for c in range(stream.width)] if extra else []
    height = len(rows) + bool(extra)
    if not height:
        return {"basis": [], "maps": []}
    maps = [[i, rows.index(row), "1"] for i, row in enumerate(plan.linear)]
    basis = {"rows": height, "columns": stream.width, "entries": entries}
    if not maps:
        return {"basis": basis, "maps": []}
    return {"basis": basis, "maps": {"rows": len(maps), "columns": height, "entries": maps}}


# --------------------------------------------------------- averages, by fold


@st.composite
def laws(draw: st.DrawFn) -> tuple[Any, int, list[int]]:
    """A finite distribution, its dimension, and coordinates that are ±1."""
    form = draw(st.sampled_from(["uniform", "uniform", "weighted", "product", "induced"]))
    if form == "weighted":
        weights = draw(st.sampled_from([["1"], ["1/3", "2/3"], ["1/2", "1/6", "1/3"]]))
        values = draw(st.permutations(["-1", "1", "2"]))
        rows = [[["1", v], w] for v, w in zip(values, weights, strict=False)]
        return {"weighted": rows}, 2, [0]
    if form == "product":
        (first, n, sure), (second, m, more) = draw(laws()), draw(laws())
        assume("induced" not in first and "induced" not in second and n + m < 9)
        return {"product": [first, second]}, n + m, sure + [n + i for i in more]
    base, n, sure = draw(sets())
    if form == "induced":
        by = draw(functions(n, sure, 2, 0))
        return {"induced": {"by": by, "from": {"uniform": base}}}, 2, []
    return {"uniform": base}, n, sure


def stated(claim: Claim, value: Fraction, body: dict[str, Any], rule: str) -> None:
    """The kernel takes this value for the average, and no other."""
    assert isinstance(claim, Average)
    verdict = "proved" if claim.satisfied(value) else "refuted"
    other = "refuted" if verdict == "proved" else "proved"
    text = format_rational(value)
    answer = certificate(claim, verdict, rule, {**body, "value": text})
    assert isinstance(answer, Accepted), answer
    assert not isinstance(certificate(claim, other, rule, {**body, "value": text}), Accepted)
    wrong = format_rational(value + Fraction(1, 7))
    for word in ("proved", "refuted"):
        assert not isinstance(certificate(claim, word, rule, {**body, "value": wrong}), Accepted)


@given(st.data())
@settings(max_examples=150)
def test_averages_by_fold_and_by_listing_are_those_of_a_naive_sum(data: st.DataObject) -> None:
    """Rules fold and enumerate accept exactly the mean that a plain loop computes."""
    law, n, sure = data.draw(laws())
    relation = data.draw(st.sampled_from(["<", "<=", "="]))
    bound = data.draw(NUMBERS)
    if data.draw(st.booleans()):
        of = [data.draw(functions(n, sure)) for _ in range(data.draw(st.integers(1, 2)))]
        claim = read("expectation", of=of, over=law, relation=relation, value=bound)

        def payoff(x: naive.Point) -> Fraction:
            total = Fraction(1)
            for f in of:
                total *= naive.value(f, x)[0]
            return total
    else:
        k = data.draw(st.integers(1, 2))
        left, right = (data.draw(functions(n, sure, k)) for _ in range(2))
        claim = read("mse", left=left, right=right, over=law, relation=relation, epsilon=bound)

        def payoff(x: naive.Point) -> Fraction:
            pairs = zip(naive.value(left, x), naive.value(right, x), strict=True)
            return sum(((a - b) ** 2 for a, b in pairs), Fraction(0))

    outcomes = naive.law(law)
    assume(len(outcomes) <= 512)
    mean = sum((w * payoff(x) for x, w in outcomes), Fraction(0))
    stated(claim, mean, {}, "enumerate")
    stated(claim, mean, folded(claim, data.draw(st.lists(NUMBERS, max_size=2))), "fold")


# ------------------------------------------------ claims about points


FORMULAS = ["y0 <= 1", "y0 < x0", "y0 = 1 or not (x0 > 0 and y0 >= -1)", "y0 != 1/2 or x0 = 1"]


@st.composite
def pointwise(draw: st.DrawFn, base: Any, n: int, sure: list[int]) -> tuple[Any, Any]:
    """The keys of a claim about every point of a set, and its predicate, read naively."""
    kind = draw(st.sampled_from(["equals", "within", "separates", "output"]))
    if kind == "equals":
        k = draw(st.integers(1, 2))
        left = draw(functions(n, sure, k))
        right = left if draw(st.booleans()) else draw(functions(n, sure, k))
        return {
            "kind": kind,
            "left": left,
            "right": right,
            "on": base,
        }, lambda x: naive.value(left, x) == naive.value(right, x)
    if kind == "within":
        k, norm = draw(st.integers(1, 2)), draw(st.sampled_from(["linf", "l1", "l2"]))
        epsilon = draw(st.sampled_from(["0", "1/2", "1", "3"]))
        left, right = draw(functions(n, sure, k)), draw(functions(n, sure, k))

        def near(x: naive.Point) -> bool:
            pairs = zip(naive.value(left, x), naive.value(right, x), strict=True)
            gaps = [abs(a - b) for a, b in pairs]
            size = {"linf": max(gaps), "l1": sum(gaps), "l2": sum(g * g for g in gaps)}[norm]
            return size <= (Fraction(epsilon) ** 2 if norm == "l2" else Fraction(epsilon))

        keys = {"left": left, "right": right, "on": base, "epsilon": epsilon, "norm": norm}
        return {"kind": kind, **keys}, near
    if kind == "separates":
        f = draw(networks(n))
        along = draw(st.lists(NONZERO, min_size=n, max_size=n))
        eta, delta = draw(st.sampled_from([("1/2", "1"), ("1", "1/3"), ("1/3", "0")]))

        def apart(x: naive.Point) -> bool:
            sides = [
                naive.value(
                    f,
                    tuple(
                        v + s * Fraction(eta) * Fraction(a) for v, a in zip(x, along, strict=True)
                    ),
                )
                for s in (1, -1)
            ]
            return sum((a - b) ** 2 for a, b in zip(*sides, strict=True)) >= Fraction(delta) ** 2

        keys = {"network": f, "on": base, "along": along, "eta": eta, "delta": delta}
        return {"kind": kind, **keys}, apart
    f = draw(functions(n, sure))
    text = draw(st.sampled_from(FORMULAS))
    source = text.replace("=", "==").replace("<==", "<=").replace(">==", ">=").replace("!==", "!=")
    code = compile(source.replace("1/2", "Fraction(1, 2)"), "holds", "eval")

    def true(x: naive.Point) -> bool:
        names = {"x0": x[0], "y0": naive.value(f, x)[0], "Fraction": Fraction}
        return bool(eval(code, names))

    return {"kind": kind, "network": f, "on": base, "holds": text}, true


@given(st.data())
@settings(max_examples=150)
def test_points_by_fold_by_listing_and_by_witness(data: st.DataObject) -> None:
    """A claim about points is proved iff a plain loop finds no failure; else each one refutes."""
    base, n, sure = data.draw(sets())
    keys, predicate = data.draw(pointwise(base, n, sure))
    claim = read(**keys)
    points = naive.points(base)
    assume(len(points) <= 256)
    failing = [x for x in points if not predicate(x)]
    accepted = isinstance(certificate(claim, "proved", "enumerate", {}), Accepted)
    assert accepted == (not failing)
    for x in (failing or points)[:2]:
        witness = {"point": [format_rational(v) for v in x]}
        answer = certificate(claim, "refuted", "witness", witness)
        assert isinstance(answer, Accepted) == bool(failing)
    away = {"point": [format_rational(v + Fraction(1, 11)) for v in points[0]]}
    assert not isinstance(certificate(claim, "refuted", "witness", away), Accepted)
    body = folded(claim, data.draw(st.lists(NUMBERS, max_size=2)))
    assert isinstance(certificate(claim, "proved", "fold", body), Accepted) == (not failing)


def satisfiable(encoding: Encoding) -> bool:
    """Is there a model? Asked of z3."""
    z3 = pytest.importorskip("z3")
    solver = z3.Solver()
    free = [z3.Real(f"v{i}") for i in range(len(encoding.variables))]
    atoms = []
    for i, atom in enumerate(encoding.atoms):
        if atom.inequality is None:
            atoms.append(z3.BoolVal(True) if i == 0 else z3.Bool(f"b{i}"))
            continue
        row = atom.inequality
        total = z3.Sum([c * free[v] for v, c in row.row] + [z3.RealVal(row.constant)])
        atoms.append(total > 0 if row.strict else total >= 0)
    for clause in encoding.clauses:
        solver.add(z3.Or([atoms[k - 1] if k > 0 else z3.Not(atoms[-k - 1]) for k in clause]))
    return bool(solver.check() == z3.sat)


@given(st.data())
@settings(max_examples=60)
def test_an_encoding_is_satisfiable_iff_the_claim_fails(data: st.DataObject) -> None:
    """On finite sets, perturbed ones and undefined functions included."""
    base, n, sure = data.draw(sets())
    loose = sure if data.draw(st.booleans()) else list(range(n))  # parities may be undefined
    keys, predicate = data.draw(pointwise(base, n, loose))
    claim = read(**keys)
    assert isinstance(claim, Pointwise)
    try:
        encoding = encode(claim, LIMIT)
    except Inexpressible:
        assume(False)
        raise
    try:
        fails = not all(predicate(x) for x in naive.points(base))
    except naive.Undefined:
        fails = True
    assert satisfiable(encoding) == fails


# ------------------------------------------------- numpy beside plain integers

EDGES = [0, 1, 3, 2**31, 2**31 + 1, 2**61 - 1, 2**61, 2**62 - 1, 2**62, 2**63 - 1, 2**63, 2**64]
INTEGERS = st.sampled_from([*EDGES, *(-v for v in EDGES), 0, 0, 1, -1])
BOTTOMS = st.sampled_from([1, 1, 2, 3, 2**31, 2**61, 2**62 - 1, 2**62, 2**100, 3**39, 3**41])


@st.composite
def batches(draw: st.DrawFn, count: int, width: int) -> tuple[list[list[int]], int, int]:
    """The arguments of ``compact``, numbers at the edges of a machine word among them."""
    integers = draw(st.sampled_from([INTEGERS, st.integers(-3, 3), st.just(0)]))
    row = st.lists(integers, min_size=width, max_size=width)
    return draw(st.lists(row, min_size=count, max_size=count)), draw(BOTTOMS), width


@st.composite
def layers(draw: st.DrawFn, columns: int) -> exact.IntegerLayer:
    """A layer whose numbers come near, or go over, a machine word."""
    numbers = draw(st.sampled_from([INTEGERS, st.integers(-3, 3)]))
    rows, bias, relu = [], [], []
    for _ in range(draw(st.integers(1, 3))):
        own = draw(st.sets(st.integers(0, columns - 1))) if columns else set()
        rows.append(tuple((c, draw(numbers.filter(bool))) for c in sorted(own)))
        bias.append(draw(numbers))
        relu.append(draw(st.booleans()))
    return exact.IntegerLayer(columns, tuple(rows), tuple(bias), tuple(relu), draw(BOTTOMS))


def plainly(value: Any) -> Any:
    """A result without its representation."""
    return (value.width, value.fractions()) if isinstance(value, exact.Batch) else value


@given(st.data())
@settings(max_examples=250)
def test_machine_words_give_the_numbers_of_plain_integers(data: st.DataObject) -> None:
    """Every operation on batches, at and over the limits of int64."""
    count, width = data.draw(st.integers(0, 4)), data.draw(st.integers(0, 3))
    left, right = (data.draw(batches(count, width)) for _ in range(2))
    narrow = data.draw(batches(count, 1))
    layer = data.draw(layers(width))
    weights = data.draw(st.none() | st.lists(st.integers(1, 2**70), min_size=count, max_size=count))
    index = st.integers(0, max(0, width - 1))
    over = data.draw(st.lists(index, max_size=3)) if width else []
    places = data.draw(st.permutations(range(width + 2)))[:width]
    strict = data.draw(st.booleans())
    constants = data.draw(st.lists(NUMBERS, min_size=2, max_size=2))
    rows = [[(c, Fraction(v)) for c, v in enumerate(r) if v] for r in left[0][:1]] or [[]]
    constraints = [[(tuple(rows[0]), Fraction(c), strict)] for c in constants]
    disjuncts = data.draw(st.sampled_from([constraints, [list(chain(*constraints))], [[]], []]))
    stride = data.draw(st.integers(1, 3))

    def every() -> list[Any]:
        x, y, z = (exact.compact([list(r) for r in b[0]], *b[1:]) for b in (left, right, narrow))
        cell = x if count else exact.compact([[0] * width], 1, width)
        twice = exact.apply(layer, x)
        return [
            plainly(result)
            for result in (
                twice,
                exact.reduced(twice),
                exact.add(x, y),
                exact.add(exact.add(x, y), x),
                exact.join([x, y, z], count),
                exact.reduced(exact.join([x, y], count)),
                exact.rescale(x, left[1] * right[1]),
                exact.reduced(exact.rescale(x, left[1] * right[1])),
                x.columns(over),
                exact.spread(x, places, width + 2),
                exact.cycle(cell, stride, 0, 7),
                exact.square_distances(x, y),
                exact.weighted_squares(x, y, weights),
                exact.weighted_products([z, z], weights),
                exact.first_difference(x, y),
                exact.first_difference(x, exact.rescale(x, left[1] * 3)),
                exact.first_satisfying(x, disjuncts),
            )
        ]

    found = []
    with pytest.MonkeyPatch.context() as patch:
        for pure, bulk in ((True, 1), (False, 1), (False, 2), (False, exact.BULK)):
            patch.setattr(exact, "PURE", pure)
            patch.setattr(exact, "BULK", bulk)
            found.append(every())
    assert found[1] == found[0]
    assert found[2] == found[0]
    assert found[3] == found[0]


# ------------------------------------------------------------- normal forms


@st.composite
def rewritten(draw: st.DrawFn, net: Network) -> Network:
    """The same function by the identities of rule normal-form, or nearly the same one."""
    layers = list(net.layers)
    k = draw(st.integers(0, len(layers) - 1))
    layer = layers[k]
    scale = [Fraction(draw(st.sampled_from(["1/2", "1", "3"]))) for _ in layer.rows]
    rows = [tuple((c, v * s) for c, v in row) for row, s in zip(layer.rows, scale, strict=True)]
    bias = [b * s for b, s in zip(layer.bias, scale, strict=True)]
    back = Layer(
        layer.width,
        tuple(((i, 1 / s),) for i, s in enumerate(scale)),
        (Fraction(0),) * layer.width,
        layer.relu,  # what is cut is not negative, so cutting it again changes nothing
    )
    if draw(st.booleans()):
        i = draw(st.integers(0, layer.width - 1))
        bias[i] += Fraction(draw(st.sampled_from(["1/5", "-1/5", "-4"])))
    first = Layer(layer.columns, tuple(rows), tuple(bias), layer.relu)
    layers[k : k + 1] = [first, back]
    return Network(net.inputs, tuple(layers))


REGIONS = [
    {"space": 2},
    {"box": {"lower": ["-1", "0"], "upper": ["1", "2"]}},
    {"box": {"lower": ["1/2", "-3"], "upper": ["4", "-1"]}},
    {"embed": {"set": {"box": {"lower": ["-1"], "upper": ["2"]}}, "matrix": [["1"], ["-2"]]}},
    {"product": [{"space": 1}, {"box": {"lower": ["0"], "upper": ["1"]}}]},
    {"polytope": {"le": [["-1", "0", "0"], ["0", "-1", "0"], ["1", "1", "3"]]}},
]


@given(st.data())
@settings(max_examples=250)
def test_equal_normal_forms_are_equal_functions(data: st.DataObject) -> None:
    """What rule normal-form accepts, no point of the set contradicts."""
    left = data.draw(networks(2))
    right = data.draw(rewritten(left))
    on = data.draw(st.sampled_from(REGIONS))
    claim = read("equals", left=left, right=right, on=on)
    assert isinstance(claim, Pointwise)
    body = {"point": ["1", "1"]} if "polytope" in on else {}
    accepted = isinstance(certificate(claim, "proved", "normal-form", body), Accepted)
    numbers = st.fractions(-4, 4, max_denominator=6)
    region = claim.domain.polyhedron()
    assert region is not None
    for _ in range(12):
        u = []
        for low, high in zip(region.lower, region.upper, strict=True):
            v = data.draw(numbers)
            v = v if low is None else max(v, low)
            u.append(v if high is None else min(v, high))
        x = region.place(tuple(u))
        if accepted and claim.domain.contains(x):
            assert naive.value(left, x) == naive.value(right, x)
