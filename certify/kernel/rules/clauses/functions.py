"""How each function of a claim becomes variables and clauses of an encoding.

A piecewise linear function is encoded layer by layer; the others have an entry in ENCODERS.
Each encoding is total: every value of the inputs has values of the outputs, also where the
function is undefined, so that no clause hides a point of the set.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from ...data.network import Network
from ...data.numbers import ONE, ZERO
from ...language.claim import Constraint, Disjunct, Pointwise
from ...language.functions.base import Function
from ...language.functions.combine import Compose, Flip, Product, Translated
from ...language.functions.parity import Parity
from ...language.functions.symmetric import Symmetric
from ...language.kinds.pointwise import Within
from .builder import FALSE, TRUE, Builder, Inexpressible

HALF = Fraction(1, 2)


def values(builder: Builder, function: Function, inputs: list[int], name: str) -> list[int]:
    """The variables of the function's outputs; names start with ``name``.

    Raises Inexpressible where the function has no encoding.
    """
    network = function.lower(len(inputs))
    if network is not None:
        return layers(builder, network, inputs, name)
    encoder = ENCODERS.get(type(function))
    if encoder is None:
        raise Inexpressible(f"a function of the form {type(function).__name__}")
    return encoder(builder, function, inputs, name)


def layers(builder: Builder, network: Network, inputs: list[int], name: str) -> list[int]:
    """One variable for each neuron; a ReLU has its argument (…_pre) beside it."""
    for number, layer in enumerate(network.layers, start=1):
        found = []
        for i, (row, bias, cut) in enumerate(zip(layer.rows, layer.bias, layer.relu, strict=True)):
            label = f"{name}layer{number}_neuron{i}"
            terms = [(inputs[c], v) for c, v in row]
            if not cut:
                found.append(builder.define(label, terms, bias))
                continue
            z = builder.define(f"{label}_pre", terms, bias)
            form, constant = builder.forms[z]
            if not form:
                found.append(builder.define(label, (), max(constant, ZERO)))
                continue
            h = builder.free(label)
            note = f"{label} = relu({label}_pre)"
            builder.clause(builder.at_least(h, ZERO), note=note)
            builder.clause(builder.literal(((h, ONE), (z, -ONE)), ZERO), note=note)
            off, on = builder.at_most(h, ZERO), builder.literal(((z, ONE), (h, -ONE)), ZERO)
            builder.clause(off, on, note=note)
            found.append(h)
        inputs = found
    return inputs


def _two(builder: Builder, name: str, plus: int) -> int:
    """A variable that is 1 where the literal holds, and −1 elsewhere."""
    if plus in (TRUE, FALSE):
        return builder.define(name, (), ONE if plus == TRUE else -ONE)
    y = builder.free(name)
    builder.exactly(y, ONE, -plus, note=f"{name} is 1")
    builder.exactly(y, -ONE, plus, note=f"{name} is -1")
    builder.two_valued[y] = (-ONE, ONE, plus)
    return y


def _parity(builder: Builder, function: Parity, inputs: list[int], name: str) -> list[int]:
    """A chain: so_far(k) iff an even number of the first k coordinates are −1."""
    total = TRUE
    for k, i in enumerate(sorted(function.over)):
        plus = builder.sign(inputs[i])
        if TRUE in (total, plus):
            total = plus if total == TRUE else total
        elif FALSE in (total, plus):
            total = -(plus if total == FALSE else total)
        else:
            both = builder.boolean(f"{name}parity_so_far{k}")
            for a, b, c in ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)):
                builder.clause(
                    -a * total, -b * plus, c * both, note=f"parity of the first {k + 1} coordinates"
                )
            total = both
    return [_two(builder, f"{name}parity", total)]


def _symmetric(builder: Builder, function: Symmetric, inputs: list[int], name: str) -> list[int]:
    """The count is a real; for j − 1/2 ≤ count < j + 1/2 the value is values[j]."""
    for i in function.over:
        builder.sign(inputs[i])
    size = len(function.over)
    count = builder.define(
        f"{name}count", ((inputs[i], HALF) for i in sorted(function.over)), size * HALF
    )
    y = builder.free(f"{name}symmetric")
    for j, value in enumerate(function.values):
        fewer = builder.at_most(count, j - HALF, True) if j else FALSE
        more = builder.at_least(count, j + HALF) if j < size else FALSE
        builder.exactly(y, value, fewer, more, note=f"value where {j} coordinates are +1")
    if set(function.values) == {-ONE, ONE}:
        builder.two_valued[y] = (-ONE, ONE, builder.at_least(y, ONE))
    return [y]


def _compose(builder: Builder, function: Compose, inputs: list[int], name: str) -> list[int]:
    middle = values(builder, function.inner, inputs, f"{name}inner_")
    return values(builder, function.outer, middle, f"{name}outer_")


def _product(builder: Builder, function: Product, inputs: list[int], name: str) -> list[int]:
    found: list[int] = []
    start = 0
    for k, (part, width) in enumerate(zip(function.parts, function.inputs, strict=True)):
        found += values(builder, part, inputs[start : start + width], f"{name}part{k}_")
        start += width
    return found


def _translated(builder: Builder, function: Translated, inputs: list[int], name: str) -> list[int]:
    moved = [
        builder.define(f"{name}x{i}", ((u, ONE),), by)
        for i, (u, by) in enumerate(zip(inputs, function.by, strict=True))
    ]
    return values(builder, function.of, moved, name)


def _flip(builder: Builder, function: Flip, inputs: list[int], name: str) -> list[int]:
    """at(p) iff x = p; the outputs are negated there, and as they were elsewhere."""
    plain = values(builder, function.of, inputs, f"{name}of_")
    here = []
    for number, point in enumerate(sorted(function.points)):
        equal = [
            literal
            for u, v in zip(inputs, point, strict=True)
            for literal in (builder.at_least(u, v), builder.at_most(u, v))
        ]
        at = builder.boolean(f"{name}flipped{number}")
        for literal in equal:
            builder.clause(-at, literal, note=f"at flipped point {number}")
        builder.clause(at, *(-literal for literal in equal), note=f"at flipped point {number}")
        here.append(at)
    found = []
    for i, f in enumerate(plain):
        y = builder.free(f"{name}output{i}")
        for sign, cases in ((-ONE, [[-at] for at in here]), (ONE, [here])):
            for unless in cases:
                for side in (ONE, -ONE):
                    row = ((y, side), (f, -side * sign))
                    builder.clause(*unless, builder.literal(row, ZERO), note=f"output {i}")
        found.append(y)
    return found


ENCODERS: dict[type[Function], Callable[..., list[int]]] = {
    Parity: _parity,
    Symmetric: _symmetric,
    Compose: _compose,
    Product: _product,
    Translated: _translated,
    Flip: _flip,
}


def taxicab(builder: Builder, claim: Pointwise, joint: list[int]) -> tuple[Disjunct, ...]:
    """The negation of ‖f − g‖₁ ≤ ε for any number of outputs: Σ aᵢ > ε for some aᵢ ≤ |fᵢ − gᵢ|.

    The variables aᵢ are added to ``joint``. Raises Inexpressible for every other claim.
    """
    if not isinstance(claim, Within) or claim.norm != "l1":
        raise Inexpressible(f"the sum of squares in a claim of kind {claim.kind}")
    n, k = claim.domain.dimension, claim.left.outputs
    start = len(joint)
    for i in range(k):
        gap = builder.define(f"gap{i}", ((joint[n + i], ONE), (joint[n + k + i], -ONE)), ZERO)
        a = builder.free(f"size{i}")
        sides = (builder.literal(((gap, s), (a, -ONE)), ZERO) for s in (ONE, -ONE))
        builder.clause(*sides, note=f"size{i} is at most |gap{i}|")
        joint.append(a)
    row = tuple((start + i, ONE) for i in range(k))
    return ((Constraint(row, -claim.epsilon, True),),)
