"""The claim language read a second time, slowly: sets as lists, functions point by point.

It shares no code with the kernel beyond Fraction. Data is what the functions of
``certify.claims.build`` return; networks stand for themselves. A function that is not
defined at a point raises :class:`Undefined`.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from certify.kernel.data.network import Network

Point = tuple[Fraction, ...]


class Undefined(Exception):
    """A parity off ±1, or the sign of a perturbation that is none."""


def network(net: Network, x: Point) -> Point:
    """Definition 1, neuron by neuron."""
    for layer in net.layers:
        z = [
            sum((w * x[c] for c, w in row), b)
            for row, b in zip(layer.rows, layer.bias, strict=True)
        ]
        x = tuple(max(v, Fraction(0)) if cut else v for v, cut in zip(z, layer.relu, strict=True))
    return x


def _signs(x: Point, over: list[int]) -> list[Fraction]:
    if any(abs(x[i]) != 1 for i in over):
        raise Undefined
    return [x[i] for i in over]


def inputs(f: Any) -> int:
    """The dimension on which a part of a product acts."""
    if isinstance(f, Network):
        return f.inputs
    [(form, body)] = f.items()
    match form:
        case "linear":
            return len(body["matrix"][0])
        case "parity" | "project":
            return len(body)
        case "symmetric":
            return len(body["over"])
        case "compose":
            return inputs(body[1])
        case "product":
            return sum(map(inputs, body))
        case "flip":
            return len(body["points"][0])
    raise NotImplementedError(form)


def value(f: Any, x: Point) -> Point:
    """The function at a point."""
    if isinstance(f, Network):
        return network(f, x)
    [(form, body)] = f.items()
    match form:
        case "parity":
            return (Fraction(prod(_signs(x, body))),)
        case "symmetric":
            plus = sum(v == 1 for v in _signs(x, body["over"]))
            return (Fraction(body["values"][plus]),)
        case "linear":
            rows, offset = body["matrix"], body.get("offset") or [0] * len(body["matrix"])
            return tuple(
                sum((Fraction(w) * v for w, v in zip(row, x, strict=True)), Fraction(o))
                for row, o in zip(rows, offset, strict=True)
            )
        case "constant":
            return tuple(map(Fraction, body))
        case "project":
            return tuple(x[i] for i in body)
        case "compose":
            return value(body[0], value(body[1], x))
        case "product":
            found: Point = ()
            for part in body:
                n = inputs(part)
                found, x = found + value(part, x[:n]), x[n:]
            return found
        case "flip":
            y = value(body["of"], x)
            here = any(tuple(map(Fraction, p)) == x for p in body["points"])
            return tuple(-v for v in y) if here else y
        case "learned":
            step = [Fraction(body["eta"]) * Fraction(v) for v in body["along"]]
            g = value(body["compression"], x)
            near, far = (
                sum(
                    (a - b) ** 2
                    for a, b in zip(
                        g,
                        value(
                            body["separator"],
                            tuple(v + side * s for v, s in zip(x, step, strict=True)),
                        ),
                        strict=True,
                    )
                )
                for side in (1, -1)
            )
            return (Fraction(1 if near < far else body["otherwise"]),)
    raise NotImplementedError(form)


def points(s: Any) -> list[Point]:
    """Every point of a finite set, once each unless points collide."""
    [(form, body)] = s.items()
    match form:
        case "cube":
            return list(product((Fraction(-1), Fraction(1)), repeat=body))
        case "bits":
            return list(product((Fraction(0), Fraction(1)), repeat=body))
        case "points":
            return [tuple(map(Fraction, p)) for p in body]
        case "grid":
            return list(product(*(map(Fraction, values) for values in body)))
        case "product":
            return [sum(parts, ()) for parts in product(*map(points, body))]
        case "embed":
            base = points(body["set"])
            if "pad" in body:
                return [p + tuple(map(Fraction, body["pad"])) for p in base]
            return [value({"linear": {k: body[k] for k in body if k != "set"}}, p) for p in base]
        case "perturb":
            found = []
            for p in points(body["set"]):
                [side] = value(body["sign"], p)
                if abs(side) != 1:
                    raise Undefined
                step = side * Fraction(body["eta"])
                found.append(
                    tuple(v + step * Fraction(a) for v, a in zip(p, body["along"], strict=True))
                )
            return found
    raise NotImplementedError(form)


def law(d: Any) -> list[tuple[Point, Fraction]]:
    """Every outcome of a finite distribution with its probability; outcomes may repeat."""
    [(form, body)] = d.items()
    match form:
        case "uniform":
            found = points(body)
            return [(p, Fraction(1, len(found))) for p in found]
        case "weighted":
            return [(tuple(map(Fraction, p)), Fraction(w)) for p, w in body]
        case "product":
            return [
                (sum((p for p, _ in parts), ()), prod((w for _, w in parts), start=Fraction(1)))
                for parts in product(*map(law, body))
            ]
        case "induced":
            return [(value(body["by"], p), w) for p, w in law(body["from"])]
    raise NotImplementedError(form)
