"""A torch module against what was read of it: the module itself, called on points.

A copy in doubles is called on one point at a time. Where it differs, which a float written in
the module may bring about, the module has to agree in its own type. Then a run is watched, and
each operator's result compared with what the reader made of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from ...kernel.data.network import Network
from ...kernel.verdict import Malformed
from ..comparison import (
    LARGE,
    POINTS,
    Mismatch,
    Shown,
    compare,
    first_difference,
    points,
    within_range,
)
from ..graph import Array
from ..rounding import BFLOAT, DOUBLE, HALF, SINGLE, Added, Floats
from .read import copied, kind, paths
from .trace import Recorder, Step, place_of, written_and_made

PRECISIONS = {
    torch.float64: DOUBLE,
    torch.float32: SINGLE,
    torch.float16: HALF,
    torch.bfloat16: BFLOAT,
}


def replay(module: nn.Module, recorder: Recorder, network: Network, shape: Sequence[int]) -> None:
    """Raise Malformed where the module computes other values than the network on points."""
    size = sum(len(row) for layer in network.layers for row in layer.rows)
    at = points(network.inputs, POINTS if size < LARGE else 3)
    floats = Floats(network, Added.of(recorder.trace))
    own = kind(module)
    found: Mismatch | None = None
    for dtype in dict.fromkeys((torch.float64, own)):
        try:
            copy = copied(module).to(dtype)
            found = _differs(copy, recorder, floats, at, shape, dtype)
        except Malformed:
            raise
        except Exception as error:  # a forward method may raise anything
            text = " ".join(f"{error or type(error).__name__}".split())
            found = Mismatch(f"torch cannot run the module a second time: {text}")
        if found is None:
            return
    raise Malformed("torch", f"what was read is not what the module computes: {found}")


def _differs(
    module: nn.Module,
    recorder: Recorder,
    floats: Floats,
    at: Array,
    shape: Sequence[int],
    dtype: torch.dtype,
) -> Mismatch | None:
    precision = PRECISIONS[dtype]
    inputs = torch.from_numpy(at.T.copy()).reshape(-1, 1, *shape).to(dtype)
    outputs = np.stack([_array(module(x.clone())) for x in inputs], axis=1)
    mine = floats.evaluate(at, precision)
    found = compare(mine, at, outputs, "torch")
    if found is None and mine.tight():
        return None
    few = slice(0, len(inputs) if found else 2)
    shown = watch(module, recorder.steps, inputs[few], named=found is not None)
    if shown is None:
        return found
    if found is not None:  # unless the type's range was left: then the point says nothing
        kept = within_range(recorder.trace, at, shown, precision, "torch")
        if not isinstance(kept, Mismatch):
            found = compare(mine.at(kept), at[:, kept], outputs[:, kept], "torch")
    where = first_difference(recorder.trace, at[:, few], shown, precision, "torch")
    if where is not None and not found:
        again = watch(module, recorder.steps, inputs[few], named=True)
        where = first_difference(recorder.trace, at[:, few], again or shown, precision, "torch")
    return where or found


def watch(module: nn.Module, steps: Sequence[Step], inputs: Any, named: bool) -> list[Shown] | None:
    """What each step computes at each input, or None where other steps are run."""
    wanted = [step for step in steps if step.name != "_to_copy"]
    runs = []
    for x in inputs:
        watcher = Watcher(wanted, paths(module) if named else {})
        given = x.clone()
        with watcher:
            module(given)
        if watcher.strayed or watcher.count != len(wanted):
            return None
        runs.append(watcher.seen)
    made = [(step.name, ids) for step in wanted for ids in step.made]
    return [
        Shown(
            runs[0][k][0] or name,
            ids.reshape(-1),
            np.stack([run[k][1] for run in runs], axis=1),
        )
        for k, (name, ids) in enumerate(made)
    ]


class Watcher(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Keeps what the steps that made elements compute."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """False: torch.compile, which takes two seconds to import, is not met here."""
        return False

    def __init__(self, steps: Sequence[Step], names: dict[int, str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.steps, self.names = steps, names
        self.count, self.strayed = 0, False
        self.seen: list[tuple[str, Array]] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run one operator, and keep its results."""
        result = func(*args, **(kwargs or {}))
        name = func._schema.name.removeprefix("aten::")
        if name == "_to_copy":
            return result
        number, self.count = self.count, self.count + 1
        if number >= len(self.steps) or self.steps[number].name != name:
            self.strayed = True
        elif not self.strayed and self.steps[number].made:
            place = place_of(self.names, name)[0] if self.names else ""
            targets = written_and_made(func, args, kwargs or {}, result)
            for target, _ in zip(targets, self.steps[number].made, strict=False):
                self.seen.append((place, _array(target)))
        return result


def _array(tensor: Any) -> Array:
    return tensor.detach().double().numpy().reshape(-1).copy()
