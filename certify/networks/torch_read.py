"""torch modules as networks: each weight is the dyadic rational that it stores.

The module is traced by ``torch.fx``, each step becomes the ONNX operator that it would be
exported to, and the import runs on these. Dropout does nothing and BatchNorm uses its
running statistics, as in evaluation. A float written in the module, such as a slope, is
first rounded to the type of the weights, as torch does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np
import torch
import torch.fx
from torch import nn
from torch.fx.passes.shape_prop import ShapeProp

from ..kernel.network import Network
from ..kernel.verdict import Malformed, shorten
from .graph import Array, Graph, Node
from .interpret import interpret
from .torch_steps import FUNCTIONS, MODULES, array
from .torch_write import MaskedLinear

OPSET = 18


def from_torch(module: nn.Module, shape: Sequence[int] | None = None) -> Network:
    """The network of a module on one input of ``shape``, the batch dimension left out.

    ``shape`` may be left out where the module starts with a Linear. Raises Malformed,
    which names the module or function that is not supported.
    """
    if shape is None:
        shape = _first_shape(module)
    if type(module) in MODULES:
        module = nn.Sequential(module)  # a tracer looks into the root, whatever it is
    modes = [(part, part.training) for part in module.modules()]
    try:
        module.eval()
        traced = torch.fx.GraphModule(module, _Tracer().trace(module))
        with torch.no_grad():  # notes the shape of every step
            ShapeProp(traced).propagate(torch.zeros((1, *shape), dtype=_kind(module)))
    except Exception as error:  # a forward method may raise anything
        raise Malformed("torch", f"the module cannot be traced: {shorten(str(error))}") from None
    finally:
        for part, training in modes:
            part.training = training
    return interpret(Reader(module, traced, (1, *shape)).graph())


class _Tracer(torch.fx.Tracer):
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return type(m) in MODULES or super().is_leaf_module(m, module_qualified_name)


def _first_shape(module: nn.Module) -> tuple[int, ...]:
    for part in module.modules():
        if isinstance(part, nn.Linear):
            return (part.in_features,)
        if isinstance(part, MaskedLinear):
            return (part.weight.shape[1],)
        if isinstance(part, (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.BatchNorm1d, nn.BatchNorm2d)):
            break
    raise Malformed("torch", "the input's shape is needed: from_torch(module, shape=(…))")


def _kind(module: nn.Module) -> torch.dtype:
    tensors = [*module.parameters(), *module.buffers()]
    return next((t.dtype for t in tensors if t.is_floating_point()), torch.float32)


class Reader:
    """Turns the steps of a trace into nodes."""

    def __init__(self, module: nn.Module, traced: Any, shape: tuple[int, ...]) -> None:
        self.module, self.traced, self.shape = module, traced, shape
        self.double = _kind(module) == torch.float64
        self.constants: dict[str, Array] = {}
        self.nodes: list[Node] = []
        self.at = ""

    def graph(self) -> Graph:
        """The whole module."""
        start, end = "", ""
        for step in self.traced.graph.nodes:
            self.at = getattr(step.target, "__name__", str(step.target))
            if step.op == "placeholder":
                if start:
                    self.fail("several inputs")
                start = step.name
            elif step.op == "output":
                if not isinstance(step.args[0], torch.fx.Node):
                    self.fail("several outputs, or none")
                end = step.args[0].name
            elif step.op == "get_attr":
                value = self.traced
                for part in step.target.split("."):
                    value = getattr(value, part)
                self.constants[step.name] = array(value)
            else:
                self.step(step)
        return Graph(start, self.shape, end, self.constants, tuple(self.nodes))

    def fail(self, message: str) -> NoReturn:
        """Refuse the step at hand."""
        raise Malformed(f"torch step {self.at!r}", message)

    def step(self, step: Any) -> None:
        """Call a module, a function or a method."""
        if step.op == "call_module":
            called = self.traced.get_submodule(step.target)
            convert = MODULES.get(type(called))
            if convert is None:
                self.fail(f"{type(called).__name__} is not supported")
            convert(self, called, step)
            return
        found = FUNCTIONS.get(self.at.rstrip("_"))
        if found is None:
            self.fail("not supported")
        found(self, step)

    def emit(
        self, step: Any, kind: str, inputs: Sequence[Any], *, to: str = "", **attributes: Any
    ) -> str:
        """One node; it makes the step's value, or a value between called ``to``."""
        names = tuple(self.name(i) for i in inputs)
        made = f"{step.name} {to}" if to else step.name
        self.nodes.append(Node(kind, self.at, names, (made,), attributes, OPSET))
        return made

    def name(self, value: Any) -> str:
        """The name of a step, of an array, or of a number written in the module."""
        if isinstance(value, torch.fx.Node):
            return value.name
        if isinstance(value, str):
            return value
        if value is None:
            return ""
        name = f"constant {len(self.constants)}"
        self.constants[name] = value if isinstance(value, np.ndarray) else self.scalar(value)
        return name

    def scalar(self, value: Any) -> Array:
        """A number as torch uses it beside the module's weights."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.fail(f"an argument {shorten(repr(value))}")
        if isinstance(value, int):
            return np.array(value, dtype=np.int64)
        return np.array(value, dtype=np.float64 if self.double else np.float32)

    def number(self, value: float) -> float:
        """The same as a Python float."""
        return float(self.scalar(float(value)))
