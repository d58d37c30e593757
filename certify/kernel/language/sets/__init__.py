"""The sets of claims: one reader for each form, in one table."""

from __future__ import annotations

from ...data import linear
from ...data.decode import Node, read_rows
from ...data.numbers import ZERO
from ...verdict import Decline, Malformed
from .. import functions
from . import convex, finite
from .base import Polyhedron, Set, identity_rows
from .combine import Embed, Perturb, Product, collision, zero

__all__ = ["READERS", "Polyhedron", "Set", "read"]

MAX_PRODUCT = 1 << 20  # coordinates


def read(node: Node) -> Set:
    """A set: an object with one key of READERS."""
    key, body = node.single()
    if key not in READERS:
        node.fail(f"no set {key!r} (sets: {', '.join(READERS)})")
    return READERS[key](body)


def _product(node: Node) -> Set:
    parts = tuple(read(part) for part in node.entries())
    if not parts:
        node.fail("a product of no sets")
    if (size := sum(part.dimension for part in parts)) > MAX_PRODUCT:
        raise Decline("coordinates", size)
    return Product(parts)


def _embed(node: Node) -> Set:
    keys = node.object(("set",), ("pad", "matrix", "offset"))
    base = read(keys["set"])
    if "pad" in keys:
        if len(keys) != 2:
            node.fail("give pad, or matrix and offset, not both")
        pad = keys["pad"].vector()
        rows = identity_rows(base.dimension) + ((),) * len(pad)
        return Embed(base, rows, (ZERO,) * base.dimension + pad)
    if "matrix" not in keys:
        node.fail("missing key 'pad' or 'matrix'")
    height, _, rows = read_rows(keys["matrix"], base.dimension)
    if height > finite.MAX_COORDINATES:
        raise Decline("coordinates", height)
    offset = keys["offset"].vector(height) if "offset" in keys else (ZERO,) * height
    if linear.rank(rows) != base.dimension:
        keys["matrix"].fail("not injective: two points of the set would become one")
    return Embed(base, rows, offset)


def _perturb(node: Node) -> Set:
    keys = node.object(("set", "along", "eta", "sign"))
    base = read(keys["set"])
    stream = base.factored()
    if stream is None:
        keys["set"].fail("perturb needs a finite set")
    along = keys["along"].vector(base.dimension)
    eta = keys["eta"].number()
    sign = functions.read(keys["sign"])
    if zero(along):
        keys["along"].fail("the zero vector is no direction")
    if eta <= 0:
        keys["eta"].fail("must be positive")
    if complaint := sign.misfit(base.dimension) or sign.undefined(base.dimension, base.known()):
        keys["sign"].fail(complaint)
    if sign.outputs != 1:
        keys["sign"].fail(f"must have one output, not {sign.outputs}")
    result = Perturb(base, along, eta, sign)
    try:
        complaint = collision(stream, result.shift)
        result.signed()
    except Malformed as error:
        node.fail(error.message)
    if complaint:
        node.fail(complaint)
    return result


READERS = {
    "cube": finite.read_cube,
    "bits": finite.read_bits,
    "points": finite.read_points,
    "grid": finite.read_grid,
    "box": convex.read_box,
    "ball": convex.read_ball,
    "polytope": convex.read_polytope,
    "space": convex.read_space,
    "product": _product,
    "embed": _embed,
    "perturb": _perturb,
}
