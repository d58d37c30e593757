"""Numbers as if nobody had set anything: switches of the caller that change what is computed.

Autocast computes products in bfloat16, TF32 and its relatives in fewer bits, flushed denormals
lose small numbers, a default device puts tensors elsewhere, deterministic algorithms and numpy's
``seterr`` raise. What is proven of a tensor is proven of operations in its own type, so every
construction, run and sum takes place inside :func:`neutral`, in whatever thread it happens.
Default dtypes are not changed, since they belong to the process: no tensor is made by them.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch

KINDS = ("cpu", "cuda")  # of devices, whose products autocast would shorten
SHORTENING = (  # of torch.backends.cuda.matmul: sums in less than float32
    "allow_fp16_reduced_precision_reduction",
    "allow_bf16_reduced_precision_reduction",
    "allow_fp16_accumulation",
)
SMALL = sys.float_info.min / 2  # no normal number: equal to 0 where denormals are flushed


@contextmanager
def neutral() -> Iterator[None]:
    """Inside, torch and numpy compute as they do by themselves; then all is as it was.

    May be entered again inside, and in several threads at once.
    """
    with ExitStack() as stack:
        stack.enter_context(_PROCESS)
        stack.enter_context(np.errstate(all="ignore"))
        stack.enter_context(torch.inference_mode())
        for kind in KINDS:
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        if torch.get_default_device().type != "cpu":
            stack.enter_context(torch.device("cpu"))
        if SMALL == 0.0:
            torch.set_flush_denormal(False)
            stack.callback(torch.set_flush_denormal, True)
        yield


class _Process:
    """The switches that a process has once: the first thread in sets them, the last restores."""

    def __init__(self) -> None:
        self._lock, self._inside = threading.Lock(), 0
        self._undo: list[Callable[[], object]] = []

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._undo = [*_without_determinism(), *_in_full()]
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                for undo in self._undo:
                    undo()


def _without_determinism() -> list[Callable[[], object]]:
    """Sums here are of integers or bounded in any order; some operations would be refused."""
    if not torch.are_deterministic_algorithms_enabled():
        return []
    warns = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(False)
    return [lambda: torch.use_deterministic_algorithms(True, warn_only=warns)]


def _in_full() -> list[Callable[[], object]]:
    """Products of matrices without TF32, bfloat16 or short sums."""
    undo: list[Callable[[], object]] = []
    try:
        named = torch.get_float32_matmul_precision()
    except RuntimeError:  # set by torch's older and newer names for it, which disagree
        named = ""
    owners: list[Any] = [torch.backends.cuda.matmul, getattr(torch.backends.mkldnn, "matmul", None)]
    newer = [(o, str(o.fp32_precision)) for o in owners if hasattr(o, "fp32_precision")]
    if named != "highest" or any(value not in ("none", "ieee") for _, value in newer):
        torch.set_float32_matmul_precision("highest")
        undo.append(lambda: torch.set_float32_matmul_precision(named or "highest"))
        undo += [lambda o=o, v=v: setattr(o, "fp32_precision", v) for o, v in newer]  # type: ignore[misc]
    for name in SHORTENING:
        value = getattr(torch.backends.cuda.matmul, name, False)
        if value:
            setattr(torch.backends.cuda.matmul, name, False)
            undo.append(lambda n=name, v=value: setattr(torch.backends.cuda.matmul, n, v))  # type: ignore[misc]
    return undo


_PROCESS = _Process()
