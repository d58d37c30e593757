"""``.nnet`` networks: text in which every decimal is exactly what it says.

The format is Kyle Julian's, https://github.com/sisl/NNet: comment lines ``//``; then
``layers, inputs, outputs, widest,``; the widths; a flag that nobody uses; minima and
maxima of the inputs; means and ranges of the inputs and, as the last entry, of the
outputs; then for each layer its weights, a row a line, and its biases, one a line.
Hidden layers are ReLUs, the last is linear.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import dropwhile, pairwise
from typing import NoReturn

from ..kernel.data.network import Layer, Network, affine_layer, sparse
from ..kernel.data.numbers import ONE
from ..kernel.verdict import Malformed, shorten
from .reading import DEFAULT, Reading
from .text import check_lines, unmarked

MAX_LAYERS = 10_000
MAX_WEIGHTS = 1 << 23
MAX_LENGTH = 400  # of one number, and of its exponent: past what a double holds
UNBOUNDED = 10**30  # minima and maxima this large bound nothing

_BLANK = " \t\r"
_NUMBER = re.compile(r"([+-]?)([0-9]+)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,3}))?", re.ASCII)


def read_nnet(data: bytes, reading: Reading = DEFAULT) -> Network:
    """The network of a ``.nnet`` file.

    As Marabou reads it by default, means and ranges are left out: the network takes
    normalised inputs and gives normalised outputs. With ``reading.normalise``, a diagonal
    layer (x − mean)/range stands before it, and a diagonal layer range·y + mean after it.
    Minima and maxima never change the network: nothing is clipped. A note says which of
    these are left out where they are not trivial. Raises Malformed, which names the line.
    """
    lines = _Lines(data)
    depth, inputs, outputs, _ = lines.integers(4)
    if not 1 <= depth <= MAX_LAYERS:
        lines.fail(f"{depth} layers")
    widths = lines.integers(depth + 1)
    if min(widths) < 1 or (inputs, outputs) != (widths[0], widths[-1]):
        lines.fail(f"widths {shorten(list(widths))} from {inputs} inputs to {outputs} outputs")
    if sum((a + 1) * b for a, b in pairwise(widths)) > MAX_WEIGHTS:
        lines.fail(f"more than {MAX_WEIGHTS} weights")
    lines.skip()  # the flag
    minima, maxima, means, ranges = (lines.numbers() for _ in range(4))
    layers = []
    for n, (columns, width) in enumerate(pairwise(widths), start=1):
        rows = [sparse(lines.numbers(columns)) for _ in range(width)]
        bias = [lines.numbers(1)[0] for _ in range(width)]
        layers.append(affine_layer(columns, rows, bias, n < depth))
    lines.end()
    if reading.normalise:
        layers = _normalised(layers, means, ranges, inputs, outputs)
    elif any(means) or any(r != 1 for r in ranges):
        reading.say(
            "means and ranges of the header are left out: inputs and outputs are in "
            "normalised units (--normalise applies them)"
        )
    if any(abs(v) < UNBOUNDED for v in (*minima, *maxima)):
        reading.say("minima and maxima of the header are left out: no input is clipped")
    return Network(inputs, tuple(layers))


def _normalised(
    layers: list[Layer],
    means: list[Fraction],
    ranges: list[Fraction],
    inputs: int,
    outputs: int,
) -> list[Layer]:
    """The layers between the two diagonal ones; the header's last entries are the outputs'."""
    if min(len(means), len(ranges)) <= inputs:
        raise Malformed("header", f"means and ranges need {inputs + 1} entries")
    if not all(ranges[:inputs]):
        raise Malformed("header", "a range is 0")
    scales = [ONE / r for r in ranges[:inputs]]
    shifts = [-m * s for m, s in zip(means, scales, strict=False)]
    first = _diagonal(scales, shifts)
    return [first, *layers, _diagonal([ranges[-1]] * outputs, [means[-1]] * outputs)]


def _diagonal(scales: list[Fraction], shifts: list[Fraction]) -> Layer:
    rows = [((i, s),) if s else () for i, s in enumerate(scales)]
    return affine_layer(len(rows), rows, shifts)


def _text(data: bytes) -> str:
    """UTF-8, or where a comment is not, latin-1: all but comments is ASCII in either."""
    data = unmarked(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1").replace("\x85", "\xa0")  # an ellipsis in Windows' own code
    check_lines(text)
    return text


class _Lines:
    """The lines of the file after its comments, read once."""

    def __init__(self, data: bytes) -> None:
        lines = enumerate(_text(data).split("\n"), start=1)
        self._lines = dropwhile(lambda line: line[1].startswith("//"), lines)
        self._number = 0

    def fail(self, message: str) -> NoReturn:
        """Refuse the line last read."""
        raise Malformed(f"line {self._number}", message)

    def skip(self) -> str:
        """The next line as it stands."""
        self._number, text = next(self._lines, (self._number, None))
        if text is None:
            self.fail("the file ends here")
        return text

    def numbers(self, count: int | None = None) -> list[Fraction]:
        """A line of decimals, with or without a comma at its end."""
        words = self.skip().strip(_BLANK).removesuffix(",").split(",")
        if count is not None and len(words) != count:
            self.fail(f"expected {count} numbers, found {len(words)}")
        return [self._decimal(word.strip(_BLANK)) for word in words]

    def integers(self, count: int) -> list[int]:
        """A line of ``count`` integers."""
        numbers = self.numbers(count)
        if any(v.denominator != 1 for v in numbers):
            self.fail("expected integers")
        return [v.numerator for v in numbers]

    def end(self) -> None:
        """Refuse anything but blank lines."""
        for number, text in self._lines:
            if text.strip():
                raise Malformed(f"line {number}", "more lines than the header says")

    def _decimal(self, word: str) -> Fraction:
        match = _NUMBER.fullmatch(word) if len(word) <= MAX_LENGTH else None
        if match is None:
            self.fail(f"{shorten(word, 60)!r} is not a decimal")
        sign, whole, part, power = match.groups()
        part, exponent = part or "", int(power or 0)
        if abs(exponent) > MAX_LENGTH:
            self.fail(f"{word!r} is not a decimal that a double could hold")
        digits = int(whole + part) * (-1 if sign == "-" else 1)
        exponent -= len(part)
        return Fraction(digits * 10**exponent) if exponent >= 0 else Fraction(digits, 10**-exponent)
