"""The tensors that a property declares, beside those that the network's file names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from ..kernel.verdict import Malformed, shorten
from ..networks.onnx.signature import Port, Signature
from ..networks.reading import Reading

REAL = ("Real", "real")
FLOATS = {  # what the language or ONNX calls them, and what the readers do
    "float16": "float16",
    "bfloat16": "bfloat16",
    "float32": "float32",
    "float64": "float64",
    "float": "float32",
    "double": "float64",
}


@dataclass(frozen=True)
class Declaration:
    """A declared tensor; ``label`` is its ONNX name, "" where it has none."""

    name: str
    element: str
    shape: tuple[int, ...]
    label: str
    line: int

    def fail(self, message: str) -> NoReturn:
        """Refuse this declaration."""
        raise Malformed(f"line {self.line}", message)


def check_element(declared: Declaration, reals: bool) -> None:
    """Refuse element types but Real, and floats where ``reals`` says that the reals are meant."""
    if declared.element in REAL or (reals and declared.element in FLOATS):
        return
    shown = shorten(declared.element, 40)
    if declared.element in FLOATS:
        declared.fail(f"element type {shown} is read only with --reals, as exact reals")
    declared.fail(f"element type {shown}: only Real is read")


def compare(
    inputs: Declaration,
    outputs: Declaration,
    hidden: tuple[Declaration, ...],
    signature: Signature | None,
    reading: Reading,
) -> None:
    """Refuse names, shapes and types other than the file's; a note where it has no names."""
    if signature is None:
        named = [d.name for d in (inputs, *hidden, outputs) if d.label]
        if named:
            names = shorten(", ".join(named))
            reading.say(f"ONNX names of {names} were not compared: the network's file has none")
        return
    for what, declared, ports in (
        ("input", inputs, signature.inputs),
        ("output", outputs, signature.outputs),
    ):
        if len(ports) == 1:  # the reader of networks refuses any other number
            _beside(what, declared, ports[0])
    for declared in hidden:
        if declared.label not in signature.made:
            declared.fail(f"{declared.name}: the network has no node {_quoted(declared.label)}")


def _beside(what: str, declared: Declaration, port: Port) -> None:
    its = f"the network's {what}"
    if declared.label and declared.label != port.name:
        names = f"{_quoted(declared.label)}; {its} is {_quoted(port.name)}"
        declared.fail(f"{declared.name} is declared as {names}")
    element = FLOATS.get(declared.element, "")
    if element and element != port.element:
        declared.fail(f"{declared.name} is declared {declared.element}; {its} is {port.element}")
    shape = port.shape
    if shape is None:
        return
    batch = len(shape) > 1 and shape[0] in (None, 1)  # which may be left out
    if not _agree(declared.shape, shape) and not (batch and _agree(declared.shape, shape[1:])):
        sizes = f"{_shape(declared.shape)}; {its} has {_shape(shape)}"
        declared.fail(f"{declared.name} has shape {sizes}")


def _agree(sizes: tuple[int, ...], shape: tuple[int | None, ...]) -> bool:
    same = len(sizes) == len(shape)
    return same and all(b in (None, a) for a, b in zip(sizes, shape, strict=True))


def _quoted(name: str) -> str:
    return f'"{shorten(name, 60)}"'


def _shape(sizes: tuple[int | None, ...]) -> str:
    return shorten(f"[{','.join('?' if size is None else str(size) for size in sizes)}]", 60)
