"""torch modules as networks: each weight is the dyadic rational that it stores.

A copy of the module is run once under a recorder (``torch_trace.py``), and each operator that
it runs on computed values becomes an ONNX operator, so that the import of ONNX does the rest.
The module is read as in evaluation, whatever its mode: Dropout does nothing and BatchNorm uses
its running statistics. A constant that the module computes is what torch computes in the
module's type; a float written in the module, such as a slope, is first rounded to the type of
the weights, as torch does. Then the module is replayed on points (``torch_replay.py``).
"""

from __future__ import annotations

import copy
import math
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.parameter import UninitializedTensorMixin  # type: ignore[attr-defined]

from ...kernel.data.network import Network
from ...kernel.verdict import Malformed, shorten
from ..reading import DEFAULT, Reading
from ..schedule import assemble
from ..trace import MAX_WORK
from .trace import Leaving, Recorder
from .write import MaskedLinear

NO_REPLAY = "the torch module was not replayed: the network is what the reader read"


def from_torch(
    module: nn.Module,
    shape: Sequence[int] | None = None,
    reading: Reading = DEFAULT,
    *,
    fuse: bool = False,
) -> Network:
    """The network of a module on one input of ``shape``, the batch dimension left out.

    ``shape`` may be left out where the module starts with a Linear. ``fuse`` rounds the
    factors of BatchNormalization to the module's type, where else they must be rational.
    Raises Malformed, which names the module or function that is not supported, or the first
    that computes other values than what was read.
    """
    if not isinstance(module, nn.Module):
        raise Malformed("torch", f"{shorten(repr(module))} is not a torch.nn.Module")
    _check_parts(module)
    shape = _first_shape(module) if shape is None else shape
    whole = isinstance(shape, Sequence) and all(isinstance(d, int) and d > 0 for d in shape)
    if not whole or math.prod(shape) > MAX_WORK:
        raise Malformed("torch", f"shape={shorten(repr(shape))} is not the shape of an input")
    shape = tuple(shape)
    with _aside():
        recorder, output = record(copied(module), shape, fuse)
        ids = recorder.elements(output)
        if ids is None:
            raise Malformed("torch", "unused: the output does not depend on the input")
        network = assemble(recorder.trace, ids.reshape(-1).tolist())
        if reading.replay:
            from .replay import replay

            replay(module, recorder, network, shape)
        else:
            reading.say(NO_REPLAY)
    return network


def record(module: nn.Module, shape: Sequence[int], fuse: bool) -> tuple[Recorder, Any]:
    """Run a module of one's own under a recorder: it, and the output."""
    recorder = Recorder((1, *shape), paths(module), fuse)
    x = torch.full((1, *shape), math.nan, dtype=kind(module))
    recorder.start(x)
    for part in module.modules():
        if type(part) is MaskedLinear and "forward" not in part.__dict__:
            part.forward = _masked(part)  # type: ignore[method-assign]
    try:
        with recorder, Leaving(recorder):
            output = module(x)
    except Exception as error:  # a forward method may raise anything
        if recorder.refusal is None:
            message = f"the module cannot be traced: {_one_line(error)}"
            raise Malformed("torch", message) from None
    if recorder.refusal is not None:
        raise Malformed(recorder.refusal.at or "torch", recorder.refusal.message) from None
    if not isinstance(output, torch.Tensor):
        raise Malformed("torch", "several outputs, or none")
    return recorder, output


def _masked(part: MaskedLinear) -> Any:
    """The same function; the neurons without a ReLU get none that is then left unused."""
    cut = part.relu.nonzero().reshape(-1)

    def forward(x: torch.Tensor) -> torch.Tensor:
        x = nn.functional.linear(x, part.weight, part.bias)
        if part.kind == "linear":
            return x
        if part.kind == "relu":
            return torch.relu(x)
        return x.index_copy(-1, cut, x.index_select(-1, cut).relu())

    return forward


def paths(module: nn.Module) -> dict[int, str]:
    """What each part of a module is called."""
    return {id(part): name for name, part in module.named_modules()}


def kind(module: nn.Module) -> torch.dtype:
    """The type of a module's weights, and of its input."""
    held = [*module.parameters(), *module.buffers()]
    return next((t.dtype for t in held if t.is_floating_point()), torch.float32)


def copied(module: nn.Module) -> nn.Module:
    """A copy in evaluation mode, on the CPU.

    Tensors that are computed from parameters (as weight_norm's) are copied by value.
    """
    memo: dict[int, Any] = {}
    for part in module.modules():
        for value in part.__dict__.values():
            if isinstance(value, torch.Tensor) and not value.is_leaf:
                memo[id(value)] = value.detach().clone()
    try:
        return copy.deepcopy(module, memo).cpu().eval()
    except Exception as error:  # a module may hold anything
        raise Malformed("torch", f"the module cannot be copied: {_one_line(error)}") from None


def _check_parts(module: nn.Module) -> None:
    """Refuse, by name, modules whose calls no recorder sees, and tensors without values."""
    for name, part in module.named_modules():
        at = f"torch module {name!r}" if name else "torch"
        if type(part).__name__ == "OptimizedModule" or part._compiled_call_impl is not None:
            raise Malformed(at, "compiled by torch.compile: pass the module that it was made of")
        if isinstance(part, torch.jit.ScriptModule):
            raise Malformed(at, "compiled by torch.jit: pass the module that it was made of")
        held = [*part.named_parameters(recurse=False), *part.named_buffers(recurse=False)]
        for label, tensor in held:
            if isinstance(tensor, UninitializedTensorMixin):
                raise Malformed(at, f"{label} is lazy: call the module once before it is read")
            if tensor.is_meta:
                raise Malformed(at, f"{label} is on the device meta, and has no values")


def _first_shape(module: nn.Module) -> tuple[int, ...]:
    for part in module.modules():
        if isinstance(part, nn.Linear):
            return (part.in_features,)
        if isinstance(part, MaskedLinear):
            return (part.weight.shape[1],)
        if isinstance(part, (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.BatchNorm1d, nn.BatchNorm2d)):
            break
    raise Malformed("torch", "the input's shape is needed: from_torch(module, shape=(…))")


@contextmanager
def _aside() -> Iterator[None]:
    """Leave the generators of random numbers as they were, and ambient switches out."""
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    try:
        with torch.no_grad(), torch.autocast("cpu", enabled=False):
            yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])


def _one_line(error: Exception) -> str:
    return shorten(" ".join(f"{error or type(error).__name__}".split()))
