"""VNN-LIB 2.0: declared networks with tensors, one network or several.

A query is a version, networks, then assertions. A proof here is about exact reals, so of the
language's element types ``Real`` is read, and floats where the reader is told that reals are meant.

Source: grammar.cf and the query language chapter of github.com/VNNLIB/VNNLIB-Standard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from ..kernel.data.network import Network
from ..kernel.language.formula import Variable
from ..kernel.verdict import Malformed, shorten
from ..networks.onnx.signature import Signature
from ..networks.reading import Reading
from .ports import FLOATS, Declaration, check_element, compare
from .sexpr import PLAIN, Expression, Group, Reader, Word, fail, shown, unknown
from .vnnlib1 import EMPTY, Declared

VERSION = "vnnlib-version"
MAX_ELEMENTS = 1 << 24  # of one tensor

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_NATURAL = re.compile(r"0|[1-9][0-9]{0,7}", re.ASCII)
_ONNX_NAME = re.compile(r'"[^"]*"')
_PARTS = ("declare-input", "declare-hidden", "declare-output")


@dataclass(frozen=True)
class Tensor:
    """A declared tensor: its elements are the variables from ``start`` on, row by row."""

    side: str  # x, y, or "" where it is hidden
    start: int
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Interface:
    """A declared network: what it is the same as, and its widths."""

    name: str
    relation: str  # equal-to, isomorphic-to, or ""
    other: str
    inputs: Declaration
    outputs: Declaration
    hidden: tuple[Declaration, ...]
    line: int


def declared(
    groups: list[Group],
    networks: tuple[Network, ...],
    reading: Reading,
    signatures: Sequence[Signature | None] | None = None,
) -> Declared:
    """The query's declarations, compared with the networks, and its assertions.

    ``signatures`` are those of the networks' files, where the networks come from files.
    """
    version = groups[0].items[1:]
    if len(version) != 1 or not isinstance(version[0], Word) or version[0].text != "<2.0>":
        words = " ".join(w.text for w in version if isinstance(w, Word))
        fail(groups[0], f"version {shorten(words, 40)} is not read (known: <2.0>)")
    query = _Query(reading.reals)
    reader = Reader(query.lookup, PLAIN)
    assertions = []
    for group in groups[1:]:
        if group.head == "assert":
            assertions.append(reader.assertion(group))
        elif group.head != "declare-network":
            unknown(group, "command", "known: declare-network, assert")
        elif assertions:
            fail(group, "a network is declared after an assertion")
        else:
            query.network(group)
    if not query.networks:
        raise Malformed("", "no network is declared")
    if not assertions:
        raise Malformed("", EMPTY)
    bound, places = _bound(query.networks, networks)
    _compared(query.networks, places, reading, signatures)
    pairs = [[(d.name, d.shape) for d in (n.inputs, n.outputs)] for n in query.networks]
    inputs = tuple(name for pair in pairs for name in elements(*pair[0]))
    outputs = tuple(name for pair in pairs for name in elements(*pair[1]))
    tensors = tuple(tensor for pair in pairs for tensor in pair)
    return Declared(bound, inputs, outputs, tuple(assertions), tensors)


class _Query:
    """The networks and tensors declared so far."""

    def __init__(self, reals: bool) -> None:
        self.reals = reals
        self.names: set[str] = set()
        self.networks: list[Interface] = []
        self.tensors: dict[str, Tensor] = {}
        self.widths = {"x": 0, "y": 0}

    def network(self, group: Group) -> None:
        """Read a declare-network."""
        items = list(group.items[1:])
        name = self._name(group, items.pop(0) if items else group)
        relation = other = ""
        same = items[0] if items else group
        if isinstance(same, Group) and same.head in ("equal-to", "isomorphic-to"):
            items.pop(0)
            relation, other = same.head, self._other(same)
        tensors: dict[str, list[Declaration]] = {part: [] for part in _PARTS}
        last = 0
        for item in items:
            if not isinstance(item, Group) or item.head not in _PARTS:
                fail(item, f"expected one of {', '.join(_PARTS)}")
            if _PARTS.index(item.head) < last:
                fail(item, f"{item.head} after {_PARTS[last]}")
            last = _PARTS.index(item.head)
            tensors[item.head].append(self.tensor(item))
        for part in ("declare-input", "declare-output"):
            if len(tensors[part]) != 1:
                fail(group, f"{name} needs one {part}, not {len(tensors[part])}")
        [inputs], [outputs] = tensors["declare-input"], tensors["declare-output"]
        hidden = tuple(tensors["declare-hidden"])
        self.networks.append(Interface(name, relation, other, inputs, outputs, hidden, group.line))

    def _other(self, same: Group) -> str:
        match same.items[1:]:
            case (Word(text=other),):
                if any(n.name == other for n in self.networks):
                    return other
                fail(same, f"{shown(other)} is not declared before")
        fail(same, f"{same.head} takes the name of a network")

    def _name(self, group: Group, at: Expression) -> str:
        if not isinstance(at, Word) or not _NAME.fullmatch(at.text):
            fail(group, f"{group.head} needs a name of letters, digits and _")
        if at.text in self.names:
            fail(at, f"{at.text} is declared twice")
        self.names.add(at.text)
        return at.text

    def tensor(self, group: Group) -> Declaration:
        """Read a declared tensor."""
        label = ""
        items = group.items[1:]
        name = self._name(group, items[0] if items else group)
        hidden = group.head == "declare-hidden"
        match items[1:]:
            case (Word(text=element), Word() as shape):
                if hidden:
                    fail(group, "declare-hidden needs the node's ONNX name")
            case (Word(text=element), Word() as shape, Word(text=label)):
                if not _ONNX_NAME.fullmatch(label):
                    fail(group, f"{shown(label)} is not read: expected an ONNX name or )")
            case _:
                fail(group, f"expected ({group.head} NAME Real [SHAPE])")
        sizes = _indices(shape)
        found = Declaration(name, element, sizes, label[1:-1], group.line)
        check_element(found, self.reals)
        if 0 in sizes or prod(sizes) > MAX_ELEMENTS:
            fail(shape, f"a shape without elements, or with more than {MAX_ELEMENTS}")
        side = {"declare-input": "x", "declare-output": "y"}.get(group.head, "")
        self.tensors[name] = Tensor(side, self.widths.get(side, 0), sizes)
        if side:
            self.widths[side] += prod(sizes)
        return found

    def lookup(self, name: Word, index: Word | None) -> Variable:
        """The variable of an element."""
        tensor = self.tensors.get(name.text)
        if tensor is None:
            fail(name, f"{shown(name.text)} is neither a declared name nor a number")
        if not tensor.side:
            fail(name, f"{name.text} is a hidden node: only inputs and outputs are read")
        found = _indices(index) if index is not None else ()
        if len(found) != len(tensor.shape):
            fail(name, f"indices of {name.text}: expected {len(tensor.shape)}, found {len(found)}")
        place = 0
        for i, size in zip(found, tensor.shape, strict=True):
            if i >= size:
                shape = ",".join(map(str, tensor.shape))
                fail(name, f"index {i} is outside of {name.text}, which has shape [{shape}]")
            place = place * size + i
        return tensor.side, tensor.start + place


def _indices(word: Word) -> tuple[int, ...]:
    """The numbers of a bracketed list; none in []."""
    inside = word.text[1:-1].strip() if word.text[0] == "[" else "?"
    if not inside:
        return ()
    parts = [part.strip() for part in inside.split(",")]
    if not all(map(_NATURAL.fullmatch, parts)):
        fail(word, f"{shorten(word.text, 40)} is no list of natural numbers")
    return tuple(map(int, parts))


def elements(name: str, shape: tuple[int, ...]) -> Iterator[str]:
    """The names of a tensor's elements, row by row."""
    for index in product(*map(range, shape)):
        yield f"{name}[{','.join(map(str, index))}]" if shape else name


def _bound(
    declared: list[Interface], given: tuple[Network, ...]
) -> tuple[tuple[Network, ...], list[int]]:
    """The network of each declaration, and its place among those given.

    One that equals an earlier one need not be given.
    """
    own = [n for n in declared if n.relation != "equal-to"]
    if len(given) not in (len(own), len(declared)):
        needed = " or ".join(map(str, sorted({len(own), len(declared)})))
        raise Malformed("", f"networks: expected {needed}, found {len(given)}")
    rest = iter(range(len(given)))
    places: dict[str, int] = {}
    for interface in declared:
        implied = interface.relation == "equal-to" and len(given) == len(own)
        place = places[interface.name] = places[interface.other] if implied else next(rest)
        network = given[place]
        at = f"line {interface.line}"
        for word, tensor, width in (
            ("inputs", interface.inputs, network.inputs),
            ("outputs", interface.outputs, network.outputs),
        ):
            if (size := prod(tensor.shape)) != width:
                has = f"{tensor.name} has {size} elements"
                raise Malformed(at, f"{has}; the network's number of {word} is {width}")
        if interface.relation:
            _compare(interface, network, given[places[interface.other]], at)
    return tuple(given[place] for place in places.values()), list(places.values())


def _compared(
    declared: list[Interface],
    places: list[int],
    reading: Reading,
    signatures: Sequence[Signature | None] | None,
) -> None:
    """Compare with what the files say, and say which element types are read as reals."""
    if signatures is not None:
        for interface, place in zip(declared, places, strict=True):
            signature = signatures[place]
            compare(interface.inputs, interface.outputs, interface.hidden, signature, reading)
    tensors = [d for n in declared for d in (n.inputs, n.outputs, *n.hidden)]
    if floats := sorted({d.element for d in tensors if d.element in FLOATS}):
        read = f"element type {', '.join(floats)} is read as Real"
        reading.say(f"{read}: the claim is about exact real numbers, without rounding")


def _compare(interface: Interface, network: Network, other: Network, at: str) -> None:
    if interface.relation == "equal-to" and network.digest != other.digest:
        raise Malformed(at, f"the network of {interface.name} is not that of {interface.other}")
    widths, others = ([layer.width for layer in n.layers] for n in (network, other))
    if widths != others:
        message = f"{interface.name} has layers of widths {shorten(widths, 60)}, but "
        raise Malformed(at, f"{message}{interface.other} {shorten(others, 60)}")
