"""Tensor data that an ONNX file keeps in other files: read only from beside the model.

A location is untrusted text. It must be a plain relative path without ``..``; what it leads to,
links resolved, must lie in the model's folder and be a regular file. The resolved path is
opened folder by folder without following links, so that a link put there in the meantime fails
instead of leading outside; a pipe or a device is met by its type, never waited for. Each
tensor's bytes are read once, after its range was compared with the file's size and with the
tensor's own.

The digest of a network covers its weights wherever they were stored. ``Network.source``, the
digest of a file, is that of the model's own bytes.
"""

from __future__ import annotations

import math
import os
import re
import stat
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from ...kernel.verdict import Malformed
from ..graph import quoted

_COUNT = re.compile(r"[0-9]{1,18}", re.ASCII)
EMBED = "onnx.save(onnx.load(path), path) embeds them, and so does torch's external_data=False"


class External:
    """The data files beside one model, and how many bytes may still be read of them."""

    def __init__(self, folder: Path | None, budget: int) -> None:
        self.folder, self.budget = folder, budget

    def embed(self, tensor: Any, at: str) -> None:
        """Put a tensor's external data into the tensor. Raises Malformed with the reason."""
        if tensor.data_location != onnx.TensorProto.EXTERNAL:
            if tensor.external_data:
                raise Malformed(at, "external data, and no mark that says so")
            return
        if self.folder is None:
            raise Malformed(
                at, f"external tensor data, and no folder to look in: load the file; {EMBED}"
            )
        entries: dict[str, str] = {}
        for entry in tensor.external_data:
            if entry.key in entries or entry.key not in ("location", "offset", "length"):
                raise Malformed(
                    at, f"external data: {quoted(entry.key)} is unknown, or there twice"
                )
            entries[entry.key] = entry.value
        size = _size(tensor, at)
        self.budget -= size
        if self.budget < 0:
            raise Malformed(at, "external data: too large in all")
        location = entries.get("location", "")
        at = f"{at}, external data {quoted(location)}"
        offset = _count(entries.get("offset", "0"), at)
        given = _count(entries["length"], at) if "length" in entries else None
        if given not in (None, size):
            raise Malformed(at, f"{given} bytes, and the tensor has {size}")
        raw = _read(self.folder, location, offset, size, given is None, at)
        tensor.ClearField("external_data")
        tensor.data_location = onnx.TensorProto.DEFAULT
        for field in ("float_data", "int32_data", "int64_data", "double_data", "uint64_data"):
            if getattr(tensor, field):
                raise Malformed(at, "data in the model too")
        tensor.raw_data = raw


def _size(tensor: Any, at: str) -> int:
    """The bytes of a tensor by its type and dimensions."""
    try:
        dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
    except (KeyError, ValueError, TypeError):
        raise Malformed(at, f"tensors of type {tensor.data_type} are not supported") from None
    if dtype == np.dtype(object) or min(tensor.dims, default=0) < 0:
        raise Malformed(at, "external data of text, or of a negative dimension")
    return math.prod(tensor.dims) * dtype.itemsize


def _count(text: str, at: str) -> int:
    if not _COUNT.fullmatch(text):
        raise Malformed(at, f"{quoted(text)} is not a count of bytes")
    return int(text)


def _read(folder: Path, location: str, offset: int, size: int, to_end: bool, at: str) -> bytes:
    """``size`` bytes of a file in ``folder``; all from ``offset`` on where ``to_end``."""
    parts = location.split("/")
    if "\\" in location or "\0" in location or any(p in ("", ".", "..") for p in parts):
        raise Malformed(at, "not a plain path relative to the model's folder, and never opened")
    try:
        root = os.path.realpath(folder)
        found = os.path.realpath(os.path.join(root, *parts))
        if os.path.commonpath([root, found]) != root:
            raise Malformed(at, "leads outside of the model's folder, and is never opened")
        if not stat.S_ISREG(os.stat(found).st_mode):
            raise Malformed(at, "not a file")
        file = _open(root, os.path.relpath(found, root).split(os.sep))
        try:
            state = os.fstat(file)
            if not stat.S_ISREG(state.st_mode):
                raise Malformed(at, "not a file")
            if offset + size > state.st_size or (to_end and offset + size != state.st_size):
                raise Malformed(
                    at, f"{size} bytes from {offset} on do not fit a file of {state.st_size}"
                )
            return _slice(file, offset, size, at)
        finally:
            os.close(file)
    except Malformed:
        raise
    except FileNotFoundError:
        raise Malformed(at, "no such file in the model's folder") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Malformed(at, f"cannot be read: {reason}") from None


def _open(root: str, parts: list[str]) -> int:
    """A file below ``root``, no part of the way being a link."""
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        # O_NONBLOCK: a pipe opens at once, and is refused by its type
        return os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    finally:
        os.close(folder)


def _slice(file: int, offset: int, size: int, at: str) -> bytes:
    parts = []
    while size:
        part = os.pread(file, size, offset)
        if not part:
            raise Malformed(at, "the file became shorter while it was read")
        parts.append(part)
        offset, size = offset + len(part), size - len(part)
    return b"".join(parts)
