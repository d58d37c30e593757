"""VNN-LIB properties as claims: no input satisfies the assertions.

Version 1.0 declares constants (:mod:`.vnnlib1`), version 2.0 networks with tensors
(:mod:`.vnnlib2`). Decimals are exact: ``0.1`` is 1/10.

A claim is never about an empty set. Where no input satisfies the assertions, the set is a box
around the contradictory bounds, or the whole space, and ``holds`` says that the assertions do
not all hold: a claim that every network meets, and that a certificate shows as any other.

Sources: https://www.vnnlib.org for both versions; SMT-LIB 2.7 for the expressions.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import CertifyError
from ..kernel.data.account import account
from ..kernel.data.network import Network
from ..kernel.data.numbers import ZERO
from ..kernel.language.formula import Atom, Formula, Junction, Not, Variable
from ..kernel.language.functions import Function, NetworkFunction
from ..kernel.language.functions.affine import Project
from ..kernel.language.functions.combine import Compose, Product
from ..kernel.language.kinds.pointwise import Output
from ..kernel.language.sets import Set
from ..kernel.language.sets.convex import Space
from ..kernel.verdict import Decline, Malformed
from ..networks.files import load, read_bytes
from ..networks.onnx.signature import Signature, load_signature
from ..networks.reading import DEFAULT, Reading
from ..networks.text import utf8
from . import vnnlib1, vnnlib2
from .contradiction import satisfiable
from .naming import named_after
from .region import (
    Bounds,
    bounds,
    conjuncts,
    domain,
    folded,
    junction,
    linear,
    normal,
    propagated,
    renamed,
    shared,
)
from .sexpr import parse
from .toml import NamedClaim
from .vnnlib1 import Declared

MAX_BYTES = 1 << 26  # of a property, after decompression

_NEVER = Atom("<", (), ZERO)  # 0 < 0
_EMPTY = "an empty input set: no input satisfies {}, so the claim holds for every network"


@dataclass(frozen=True)
class Property:
    """A property bound to its networks.

    ``inputs`` names each declared input and the coordinate of the claim's x that it is;
    ``outputs`` names the coordinates of y in order. ``tensors`` are the names and shapes of
    version 2.0, in the order of the file, without hidden nodes.
    """

    claim: Output
    inputs: tuple[tuple[str, int], ...]
    outputs: tuple[str, ...]
    tensors: tuple[tuple[str, tuple[int, ...]], ...] = ()


def read_property(
    path: str | os.PathLike[str], networks: Sequence[Network], reading: Reading = DEFAULT
) -> Property:
    """The property of a ``.vnnlib`` or ``.vnnlib.gz`` file about the networks, in their order.

    Raises CertifyError with the file and the line.
    """
    return parse_property(_text(path), networks, reading, at=os.fspath(path))


def _text(path: str | os.PathLike[str]) -> str:
    at = os.fspath(path)
    try:
        data = read_bytes(at, MAX_BYTES)
    except Malformed as error:
        raise CertifyError(str(error)) from None
    try:
        return utf8(data)
    except Malformed as error:
        raise CertifyError(f"{at}: {error}") from None


def property_claim(networks: Sequence[Path], path: Path, reading: Reading = DEFAULT) -> NamedClaim:
    """The claim of ``NETWORK… PROPERTY``, named after the files.

    Raises CertifyError where one of them cannot be read.
    """
    try:
        loaded = [load(network, reading) for network in networks]
        text = _text(path)
        declared = vnnlib2.VERSION in text
        signatures = [load_signature(network) for network in networks] if declared else None
    except Malformed as error:
        raise CertifyError(str(error)) from None
    claim = parse_property(text, loaded, reading, signatures, at=os.fspath(path)).claim
    name, unique = named_after([*networks, path])
    named = dict(zip(unique[:-1], loaded, strict=True))
    return NamedClaim(name, claim, named, path=path)


def parse_property(
    text: str,
    networks: Sequence[Network],
    reading: Reading = DEFAULT,
    signatures: Sequence[Signature | None] | None = None,
    *,
    at: str = "property",
) -> Property:
    """The property of a text: see :func:`read_property`.

    With the ``signatures`` of the networks' files, the names, element types and shapes that
    version 2.0 declares are compared with them.
    """
    reading = reading.about(at)
    try:
        with account():
            groups = parse(text)
            given = tuple(networks)
            if groups and groups[0].head == vnnlib2.VERSION:
                return _bind(vnnlib2.declared(groups, given, reading, signatures), reading)
            return _bind(vnnlib1.declared(groups, given, reading.declare_fun), reading)
    except Malformed as error:
        raise CertifyError(f"{at}: {error}") from None
    except Decline as error:
        raise CertifyError(f"{at}: too large: {error}") from None


def _bind(found: Declared, reading: Reading) -> Property:
    """The claim that no input satisfies the assertions."""
    parts = conjuncts(normal(formula) for formula in found.assertions)
    function: Function = NetworkFunction(found.networks[0])
    place = list(range(len(found.inputs)))
    if len(found.networks) > 1:
        function, place, parts = _beside(found, parts)
    names = {at: name for name, at in reversed(list(zip(found.inputs, place, strict=True)))}
    on, rest, empty = _regions(names, parts)
    if empty:
        reading.say(_EMPTY.format(empty))
    whole = junction("and", rest)
    claim = Output(function, on, _NEVER if isinstance(whole, bool) else Not(whole))
    if complaint := claim.misfit():
        raise Malformed("", complaint[1])
    inputs = tuple(zip(found.inputs, place, strict=True))
    return Property(claim, inputs, found.outputs, found.tensors)


def _beside(found: Declared, parts: list[Formula]) -> tuple[Function, list[int], list[Formula]]:
    """Networks side by side; inputs that are asserted to be equal become one."""
    functions = tuple(NetworkFunction(network) for network in found.networks)
    product = Product(functions, tuple(network.inputs for network in found.networks))
    n = len(found.inputs)
    first = shared(parts, n)
    kept = sorted(set(first))
    if len(kept) == n:
        return product, list(range(n)), parts
    place = [kept.index(i) for i in first]
    names: dict[Variable, Variable] = {("x", i): ("x", place[i]) for i in range(n)}
    return Compose(product, Project(tuple(place))), place, [renamed(p, names) for p in parts]


def _regions(names: dict[int, str], parts: list[Formula]) -> tuple[Set, list[Formula], str]:
    """A set of inputs, what is asserted there besides, and what no input satisfies, if so."""
    n = len(names)
    known = bounds(Junction("and", tuple(parts)))
    closed = [part for part in parts if isinstance(part, Atom) and linear(part)]
    if known.conflict() is None and not known.bounded(n):
        over_inputs = (p for p in parts if isinstance(p, Atom) and _inputs_only(p))
        known = propagated(known, over_inputs)
    if (i := known.conflict()) is not None:
        empty = f"the bounds {known.lower[i]} ≤ {names[i]} ≤ {known.upper[i]}"
        return *_around(n, known.ordered(), parts), empty
    on = domain(n, known, closed)
    left = [folded(p, known) for p in parts if on.certain() or p not in closed]
    rest = [p for p in left if not isinstance(p, bool)]
    none = any(p is False for p in left)
    if not none and (closed or any(map(_reads_inputs, rest))):
        try:
            none = not satisfiable([q for p in rest if (q := _on_inputs(p))], on)
        except Decline:
            none = False  # too many cases to tell; a certificate's witness will
    if none:
        return *_around(n, known, parts), "the assertions about inputs"
    return on, rest, ""


def _around(n: int, known: Bounds, parts: list[Formula]) -> tuple[Set, list[Formula]]:
    """A set that has points, and all that is asserted and not true on the whole of it."""
    if not known.bounded(n):
        return Space(n), parts
    return domain(n, known, []), [p for p in parts if folded(p, known) is not True]


def _inputs_only(atom: Atom) -> bool:
    return bool(atom.terms) and all(side == "x" for (side, _), _ in atom.terms)


def _reads_inputs(formula: Formula) -> bool:
    match formula:
        case Atom():
            return _inputs_only(formula)
        case Junction(_, parts):
            return any(map(_reads_inputs, parts))
    return False


def _on_inputs(formula: Formula) -> Formula | None:
    """What the formula says about inputs alone, the rest taken for true; None for nothing."""
    match formula:
        case Junction(word, parts):
            found = [_on_inputs(part) for part in parts]
            some = [part for part in found if part is not None]
            if word == "or" and len(some) < len(found):
                return None
            joined = junction(word, some)
            return None if isinstance(joined, bool) else joined
        case Atom() if _inputs_only(formula):
            return formula
    return None
