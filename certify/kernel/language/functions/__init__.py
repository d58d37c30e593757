"""The functions of claims: one reader for each form, in one table."""

from __future__ import annotations

from ...data.decode import Node, network_named, network_of_digest
from ...data.network import Network
from . import affine, expression, parity, symmetric
from .base import Features, Function, Vector
from .combine import Compose, Flip, Product, Slice, Translated, read_slice
from .learned import Learned
from .network import NetworkFunction

__all__ = ["READERS", "Features", "Function", "NetworkFunction", "Translated", "Vector", "read"]


def read(node: Node) -> Function:
    """A function: the name of a network, or an object with one key of READERS."""
    if isinstance(node.value, str | Network):
        return NetworkFunction(network_named(node))
    key, body = node.single()
    if key not in READERS:
        node.fail(f"no function {key!r} (functions: {', '.join(READERS)})")
    return READERS[key](body)


def _compose(node: Node) -> Function:
    outer, inner = (read(part) for part in node.entries(2))
    if complaint := outer.misfit(inner.outputs):
        node.fail(complaint)
    return Compose(outer, inner)


def _product(node: Node) -> Function:
    parts = tuple(read(part) for part in node.entries())
    if not parts:
        node.fail("a product of no functions")
    inputs = []
    for part, entry in zip(parts, node.entries(), strict=True):
        width = natural_inputs(part)
        if width is None:
            entry.fail("the number of inputs of this part is not determined: use a linear map")
        inputs.append(width)
    return Product(parts, tuple(inputs))


def natural_inputs(function: Function) -> int | None:
    """The one dimension that the function acts on; None where several are possible."""
    match function:
        case NetworkFunction(network=network):
            return network.inputs
        case Slice():
            return function.part.inputs
        case affine.Linear(columns=columns):
            return columns
        case Compose(inner=inner):
            return natural_inputs(inner)
        case Product(inputs=inputs):
            return sum(inputs)
        case Flip(points=points):
            return len(points[0])
        case Learned(along=along):
            return len(along)
        case parity.Parity(over=over) | symmetric.Symmetric(over=over) | affine.Project(over=over):
            return max(over) + 1 if over and sorted(over) == list(range(len(over))) else None
    return None


def _flip(node: Node) -> Function:
    keys = node.object(("of", "points"))
    points: tuple[Vector, ...] = tuple(keys["points"].matrix())
    if not points or not points[0]:
        keys["points"].fail("no points to flip")
    if len(set(points)) != len(points):
        keys["points"].fail("a point stands twice")
    return Flip(read(keys["of"]), points)


def _learned(node: Node) -> Function:
    """``{ learned = { separator, compression, along, eta, otherwise } }``."""
    keys = node.object(("separator", "compression", "along", "eta"), ("otherwise",))
    along, eta = keys["along"].vector(), keys["eta"].number()
    if not any(along):
        keys["along"].fail("the zero vector is no direction")
    if eta <= 0:
        keys["eta"].fail("must be positive")
    otherwise = keys["otherwise"].integer() if "otherwise" in keys else -1
    if otherwise not in (-1, 0):
        keys["otherwise"].fail("must be -1 (repaired) or 0 (as the paper writes it)")
    result = Learned(read(keys["separator"]), read(keys["compression"]), along, eta, otherwise)
    if learns(result.separator):
        keys["separator"].fail("is learned itself: each level would double the work")
    if complaint := result.misfit(len(along)):
        node.fail(complaint)
    return result


def learns(function: Function) -> bool:
    """Is some part of the function a :class:`Learned`?"""
    match function:
        case Learned():
            return True
        case Compose(outer, inner):
            return learns(outer) or learns(inner)
        case Product(parts=parts):
            return any(map(learns, parts))
        case Flip(of=of):
            return learns(of)
    return False


READERS = {
    "network": lambda node: NetworkFunction(network_of_digest(node)),
    "parity": parity.read,
    "symmetric": symmetric.read,
    "linear": affine.read_linear,
    "constant": affine.read_constant,
    "project": affine.read_project,
    "slice": read_slice,
    "compose": _compose,
    "product": _product,
    "expression": expression.read,
    "flip": _flip,
    "learned": _learned,
}
