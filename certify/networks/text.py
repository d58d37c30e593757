"""The text of a file: UTF-8 without its mark, in lines on which every reader agrees.

A line ends with a line feed, or with a carriage return and a line feed. Programs disagree on
whether a carriage return alone, or another of Unicode's separators, ends one: what stands behind
it in a comment is read by some and not by others, so such a file is refused.
"""

from __future__ import annotations

import codecs
import re

from ..kernel.verdict import Malformed

_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),  # before UTF-16, whose mark starts alike
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_DOUBTFUL = re.compile("\r(?!\n)|[\0-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029]")
_NAMES = {
    "\r": "a carriage return without a line feed",
    "\v": "a vertical tab",
    "\f": "a form feed",
    "\x85": "a next-line character",
    "\u2028": "a line separator",
    "\u2029": "a paragraph separator",
}


def unmarked(data: bytes) -> bytes:
    """Without UTF-8's byte order mark. Raises Malformed for the mark of another encoding."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            raise Malformed("", f"{name} text: save the file as UTF-8")
    return data.removeprefix(codecs.BOM_UTF8)


def utf8(data: bytes) -> str:
    """The text, without a byte order mark at its start. Raises Malformed where it is not UTF-8."""
    try:
        return unmarked(data).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("", f"not UTF-8 text: {error.reason} at byte {error.start}") from None


def check_lines(text: str) -> None:
    """Refuse characters on which readers of lines disagree. Raises Malformed with the line."""
    found = _DOUBTFUL.search(text)
    if found is None:
        return
    character = found[0]
    code = f"U+{ord(character):04X}"
    at = f"line {text.count(chr(10), 0, found.start()) + 1}"
    if character == "\0":
        raise Malformed(at, "a NUL character: not text, or text that is not UTF-8")
    name = _NAMES.get(character)
    if name is None:
        raise Malformed(at, f"a control character ({code})")
    raise Malformed(at, f"{name} ({code}): readers disagree whether a line ends there")
