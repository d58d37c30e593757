"""Network files: one way in, one way out, chosen by the file's suffix.

The onnx package and numpy are imported only when an ONNX file is met, so that a
JSON network loads in milliseconds.
"""

from __future__ import annotations

import gzip
import os
import stat
import zlib
from pathlib import Path

from ..errors import absent
from ..kernel.data.account import account
from ..kernel.data.network import Network
from ..kernel.verdict import Decline, Malformed, shorten
from .reading import DEFAULT, Reading

MAX_BYTES = 1 << 26  # of one file, after decompression


def load(
    path: str | os.PathLike[str], reading: Reading = DEFAULT, *, max_bytes: int = MAX_BYTES
) -> Network:
    """The network of a ``.json``, ``.onnx`` or ``.nnet`` file, or one of these with ``.gz``.

    Raises Malformed, which names the file and the place in it.
    """
    at = _text(path)
    kind = _kind(at)
    data = read_bytes(at, max_bytes)
    try:
        with account():
            return _parsed(kind, data, at, reading, max_bytes)
    except Malformed as error:
        raise Malformed(f"{at}: {error.at}" if error.at else at, error.message) from None
    except Decline as error:
        raise Malformed(at, f"too large: {error}") from None
    except ModuleNotFoundError as error:
        raise absent(error) from None


def _parsed(kind: str, data: bytes, at: str, reading: Reading, max_bytes: int) -> Network:
    """The network of a file's bytes, by the reader of its kind."""
    if kind == ".json":
        from .json_file import read_json

        return read_json(data)
    if kind == ".nnet":
        from .nnet import read_nnet

        return read_nnet(data, reading.about(at))
    from .onnx.read import read_onnx

    folder = Path(at).parent
    return read_onnx(data, reading.about(at), folder=folder, max_external=max_bytes)


def save(network: Network, path: str | os.PathLike[str], *, dtype: str | None = None) -> None:
    """Write a network as ``.json`` or ``.onnx``, or one of these with ``.gz``.

    ``dtype`` is for ONNX: ``"float32"``, ``"float64"``, or the smaller one that holds
    every weight exactly. Raises Malformed where none does, and where the file cannot
    be written; then nothing is written.
    """
    at = _text(path)
    kind = _kind(at)
    try:
        if kind == ".json":
            from .json_file import write_json

            data = write_json(network)
        elif kind == ".onnx":
            from .onnx.write import write_onnx

            data = write_onnx(network, dtype)
        else:
            raise Malformed("", f"networks are written as .json or .onnx, not {kind}")
    except Malformed as error:
        raise Malformed(f"{at}: {error.at}" if error.at else at, error.message) from None
    if zipped(at):
        data = gzip.compress(data, mtime=0)
    _write(Path(at), data)


def read_bytes(at: str, limit: int) -> bytes:
    """A file's bytes, decompressed where its name ends in ``.gz``.

    Raises Malformed where it cannot be read, or has more than ``limit`` bytes. A pipe or a
    device is refused: it could keep its reader waiting.
    """
    try:
        if not stat.S_ISREG(os.stat(at).st_mode) and not os.path.isdir(at):
            raise Malformed(at, "not a file")
        with open(at, "rb") as file:
            if zipped(at):
                with gzip.GzipFile(fileobj=file) as inner:
                    data = inner.read(limit + 1)
            else:
                data = file.read(limit + 1)
    except Malformed:
        raise
    except FileNotFoundError:
        raise Malformed(at, "no such file") from None
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Malformed(at, f"cannot be read: {reason}") from None
    except ValueError as error:  # a NUL in the name
        raise Malformed(repr(at), f"not a file name: {error}") from None
    if len(data) > limit:
        raise Malformed(at, f"more than {limit} bytes")
    return data


def _text(path: object) -> str:
    if not isinstance(path, str | os.PathLike) or isinstance(at := os.fspath(path), bytes):
        raise Malformed("", f"expected a path, found {shorten(repr(path), 60)}")
    return at


def plain(path: str | os.PathLike[str]) -> str:
    """A file's name in lower case, without a ``.gz`` at its end: where its suffix is looked up."""
    return os.fspath(path).lower().removesuffix(".gz")


def zipped(path: str | os.PathLike[str]) -> bool:
    """Does the name end in ``.gz``, in capitals or not?"""
    return os.fspath(path).lower().endswith(".gz")


def _kind(at: str) -> str:
    kind = Path(plain(at)).suffix
    if kind not in (".json", ".onnx", ".nnet"):
        raise Malformed(at, "not a network: the name ends in none of .json, .onnx, .nnet (or .gz)")
    return kind


def _write(path: Path, data: bytes) -> None:
    """All or nothing: a reader never meets half a file."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        draft.write_bytes(data)
        os.replace(draft, path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise Malformed(str(path), f"cannot be written: {error.strerror}") from None
