"""How files are read: what a user may ask of the readers, in one value.

Nothing here changes what a network or a property means where a file is read without an option;
an option asks for a reading that a reader would refuse by itself, or leaves out a test of it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace


class ReadingNote(UserWarning):
    """What a reader did, or did not do, that a user has to know."""


def warn(text: str) -> None:
    """Say a note as a Python warning: the way of calls that have no other output."""
    warnings.warn(ReadingNote(text), stacklevel=3)


@dataclass(frozen=True)
class Reading:
    """The options of the readers.

    ``normalise`` is for ``.nnet``: see :func:`certify.networks.nnet.read_nnet`.
    ``reals`` reads the element types float32, float64, … of VNN-LIB 2.0 as ``Real``.
    ``declare_fun`` takes VNN-LIB's ``(declare-fun X_0 () Real)`` for ``(declare-const X_0 Real)``.
    ``replay`` compares what was read from torch or ONNX with the runtime, on points.
    ``no_checker`` reads an ONNX model that onnx.checker refuses, and says why it does.
    ``say`` takes each note, one line of text.
    """

    normalise: bool = False
    declare_fun: bool = False
    reals: bool = False
    replay: bool = True
    no_checker: bool = False
    say: Callable[[str], None] = warn

    def about(self, at: str) -> Reading:
        """The same options, with notes that start with a file's name."""
        return replace(self, say=lambda text: self.say(f"{at}: {text}"))

    def quiet(self) -> Reading:
        """The same options for a file that is read again: what was to be said was said."""
        return replace(self, say=lambda text: None)


DEFAULT = Reading()
