"""VNN-LIB 1.0: constants ``X_0 …`` for inputs, ``Y_0 …`` for outputs, of one network.

declare-const and assert may alternate; a name is declared before it is used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..kernel.data.network import Network
from ..kernel.language.formula import Formula, Variable
from ..kernel.verdict import Malformed, shorten
from .sexpr import Group, Reader, Word, fail, shown, unknown

EMPTY = "an empty property: no assertion"

_NAME = re.compile(r"([XY])_(0|[1-9][0-9]{0,6})", re.ASCII)


@dataclass(frozen=True)
class Declared:
    """What a file declares and asserts, over all networks' inputs and outputs in a row."""

    networks: tuple[Network, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    assertions: tuple[Formula, ...]
    tensors: tuple[tuple[str, tuple[int, ...]], ...] = ()  # version 2.0: names and shapes


def declared(
    groups: list[Group], networks: tuple[Network, ...], declare_fun: bool = False
) -> Declared:
    """Every group read, and the declarations compared with the one network."""
    if len(networks) != 1:
        raise Malformed("", f"networks: expected 1, found {len(networks)}")
    query = _Query(declare_fun)
    reader = Reader(query.lookup)
    assertions = []
    for group in groups:
        if group.head == "assert":
            assertions.append(reader.assertion(group))
        elif group.head in ("declare-const", "declare-fun"):
            query.declare(group)
        else:
            known = "known: declare-const, assert"
            if group.head in ("vnnlib-version", "declare-network"):
                known = "version 2.0 starts with (vnnlib-version <2.0>)"
            unknown(group, "command", known)
    if not assertions:
        raise Malformed("", EMPTY)
    inputs = query.names("X", "inputs", networks[0].inputs)
    outputs = query.names("Y", "outputs", networks[0].outputs)
    return Declared(networks, inputs, outputs, tuple(assertions))


class _Query:
    """The constants declared so far, with their lines."""

    def __init__(self, declare_fun: bool) -> None:
        self.declare_fun = declare_fun
        self.found: dict[str, dict[int, int]] = {"X": {}, "Y": {}}

    def names(self, side: str, what: str, count: int) -> tuple[str, ...]:
        """The names of one side. Refuses any but those of the network's inputs or outputs."""
        for i, line in self.found[side].items():
            if i >= count:
                message = f"{side}_{i} does not exist: the network's number of {what} is {count}"
                raise Malformed(f"line {line}", message)
        for i in range(count):
            if i not in self.found[side]:
                message = f"{side}_{i} is not declared: the network's number of {what} is {count}"
                raise Malformed("", message)
        return tuple(f"{side}_{i}" for i in range(count))

    def declare(self, group: Group) -> None:
        """Note a constant X_i or Y_i."""
        items = group.items[1:]
        if group.head == "declare-fun":
            if not self.declare_fun:
                fail(
                    group,
                    "declare-fun is read only with --declare-fun (or write declare-const)",
                )
            if len(items) != 3 or items[1] != Group((), items[1].line):
                fail(group, "declare-fun with arguments")
            items = (items[0], items[2])
        match items:
            case (Word(text=name), Word(text="Real")):
                match = _NAME.fullmatch(name)
                if match is None:
                    fail(group, f"{shown(name)} is neither an input X_i nor an output Y_i")
                side, i = match[1], int(match[2])
                if i in self.found[side]:
                    fail(group, f"{name} is declared twice")
                self.found[side][i] = group.line
            case _:
                fail(group, f"expected ({group.head} X_i Real) or ({group.head} Y_i Real)")

    def lookup(self, name: Word, index: Word | None) -> Variable:
        """The variable of a name."""
        if index is not None:
            fail(index, f"tensor indices such as {shorten(index.text, 40)} belong to version 2.0")
        match = _NAME.fullmatch(name.text)
        if match is None or int(match[2]) not in self.found[match[1]]:
            fail(name, f"{shown(name.text)} is neither a declared name nor a number")
        return match[1].lower(), int(match[2])
