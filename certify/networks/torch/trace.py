"""A torch module, run once under a recorder that knows what each element of its memory is.

The module itself is called, so hooks, patched methods, parametrisations and control flow over
shapes are simply run. Below them every computation is an ATen operator, which the recorder
sees. For each storage it keeps an array of elements of the :class:`Trace`, one for each number
in it. A view is then a way to walk over a storage, an operation in place is a write to it, and
two names of one tensor see the same numbers: aliasing needs no rules of its own.

Refused by name: operators that have no entry in ``torch_steps.py``, random numbers, values that
decide what is run, values rounded to a narrower type, writes to what outlives the call. The run
is on NaN: a number that escaped the recorder would come back as a constant NaN, and is refused.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NoReturn

import numpy as np
import torch
from torch import Tensor as Torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from ...kernel.verdict import Malformed, shorten
from ..graph import Array, Condition, Node, Tensor, Value
from ..interpret import run_node
from ..trace import Trace

OPSET = 18
HELD = -1  # not computed from the input: what the memory itself holds
HIDDEN = -2  # computed, and no number of the network: a comparison, an index

# what reads a computed value into Python, or makes as many results as the values say
DECIDING = {
    "_local_scalar_dense",
    "is_nonzero",
    "equal",
    "allclose",
    "nonzero",
    "masked_select",
    "unique2",
}
# methods that hand a tensor's numbers to what no recorder sees
LEAVING = {
    "numpy",
    "__array__",
    "tolist",
    "__dlpack__",
    "data_ptr",
    "__reduce_ex__",
    "__cuda_array_interface__",
}
# what depends on the shape and type of its tensors alone
SHAPED = {"zeros_like", "ones_like", "full_like", "new_zeros", "new_ones", "new_full"}
UNSET = {
    "empty",
    "empty_like",
    "empty_permuted",
    "empty_strided",
    "new_empty",
    "new_empty_strided",
}


@dataclass
class Step:
    """One operator: the elements of each tensor that it computes."""

    name: str
    made: list[Array] = field(default_factory=list)


Walk = tuple[tuple[int, ...], tuple[int, ...], int]  # over a storage: sizes, strides, a start


@dataclass(frozen=True)
class Memory:
    """The elements of a storage, in the order of its memory."""

    ids: Array
    dtype: torch.dtype


class Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records a run on one input of ``shape``; ``names`` says what each module is called."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """False: torch.compile, which takes two seconds to import, is not met here."""
        return False

    def __init__(self, shape: tuple[int, ...], names: Mapping[int, str], fuse: bool) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.trace = Trace(math.prod(shape))
        self.names, self.fuse = names, fuse
        self.steps: list[Step] = []
        self.refusal: Malformed | None = None
        self.dtype = torch.float32  # of the operator at hand
        self._memory: dict[int, Memory] = {}
        self._conditions: dict[int, tuple[Walk, Value]] = {}  # comparisons, by storage
        self._affine: dict[bytes, Any] = {}  # by the elements made: see remember
        self._born: set[int] = set()
        self._at_work = False  # on an operator: what it calls is not the module's doing
        self._kept: list[Any] = []  # so that no address is used twice

    def start(self, x: Torch) -> None:
        """Take ``x`` as the input: one element for each of its numbers."""
        self._bear(x)
        self._write(x, np.arange(x.numel(), dtype=np.int64).reshape(x.shape))

    def elements(self, tensor: Torch) -> Array | None:
        """The elements of a tensor, or None where none is computed from the input."""
        ids = self._read(tensor)
        if ids is None or (ids == HELD).all():
            return None
        return self._complete(ids, tensor)

    # ------------------------------------------------------------ operators

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run one operator, and note what it makes."""
        self._at_work = True
        try:
            return self._step(func, args, kwargs or {})
        except Malformed as error:  # the module may catch it: it stands all the same
            self.refusal = self.refusal or error
            raise
        finally:
            self._at_work = False

    def leaves(self, name: str, given: Any) -> None:
        """Refuse a method that hands computed numbers to what is not recorded."""
        if self._at_work or not any(self._computed(t) for t in tensors(given)):
            return
        try:
            self.fail(name, "a computed value leaves what is traced")
        except Malformed as error:
            self.refusal = self.refusal or error
            raise

    def _step(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        name = func._schema.name.removeprefix("aten::")
        step = Step(name)
        self.steps.append(step)
        given = list(tensors((args, kwargs)))
        written = _written(func, args, kwargs)
        if torch.Tag.inplace_view in func.tags and not name.startswith(("resize", "set")):
            written = []  # another walk over the same memory
        self._check(name, func, given, written)
        if not any(self._computed(t) for t in given):
            result = func(*args, **kwargs)
            self._constant(name, result, written)
            return result
        if name in DECIDING:
            self.fail(name, "a computed value decides what is run or how much is made")
        self.dtype = written[0].dtype if written else self.dtype
        # what is written to changes under every name that it has
        known = {id(t): (self._read(t), t.detach().clone()) for t in given} if written else {}
        result = func(*args, **kwargs)
        made = list(tensors(result))
        if name in SHAPED | UNSET:
            self._constant(name, result, [])
        elif written or not self._is_view(made, given):
            self._compute(step, func, args, kwargs, written or made, known)
        return result

    def _compute(
        self,
        step: Step,
        func: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        targets: list[Torch],
        known: dict[int, Any],
    ) -> None:
        from .steps import FUNCTIONS, MOVES

        name = step.name
        for t in targets:
            self._bear(t)
        numbers = [t for t in targets if t.is_floating_point()]
        if not numbers:
            self._hide(name, args, kwargs, targets)
            return
        self._check_narrowing(name, tensors((args, kwargs)), numbers)
        outputs = {a.name for a in func._schema.arguments if a.is_write and a.kwarg_only}
        kwargs = {k: v for k, v in kwargs.items() if k not in outputs}
        base = name if outputs else name.removesuffix("_")
        self.dtype = numbers[0].dtype
        if base in ("copy", "fill", "zero"):  # what was there, perhaps nothing yet, is not read
            args = (torch.zeros(args[0].shape, dtype=args[0].dtype), *args[1:])
        try:
            if base == "scatter" and func._overloadname.startswith(("value", "reduce")):
                self.fail(name, "of a number is not supported")
            if base in MOVES:
                plain = func if not known else getattr(torch.ops.aten, base)
                values = [self._moved(plain, args, kwargs, known)]
            elif base in FUNCTIONS:
                values = self._called(FUNCTIONS[base], args, kwargs, known)
            else:
                self.fail(name, "not supported")
        except Malformed as error:
            if error.at.startswith("torch"):
                raise
            where = place_of(self.names, name)[0]
            operator = error.at.rpartition("(")[2].rstrip(")")
            place = f"{where} ({operator})" if operator else where
            raise Malformed(place, error.message) from None
        for t, value in zip(targets, values, strict=False):
            if isinstance(value, Condition):  # a comparison, moved or cast
                self._write(t, np.array(HIDDEN))
                self._conditions[_key(t)] = (_steps(t), value)
                step.made.append(np.full(t.shape, HELD))
                continue
            ids = value.ids if isinstance(value, Tensor) else np.array(HELD)
            self._write(t, ids)
            if isinstance(value, Tensor):
                step.made.append(np.broadcast_to(ids, t.shape).copy())
            else:
                step.made.append(np.full(t.shape, HELD))
        for t in targets[len(values) :]:
            self._write(t, np.full(t.shape, HIDDEN, dtype=np.int64))

    def _hide(self, name: str, args: Any, kwargs: Any, targets: list[Torch]) -> None:
        """Comparisons, indices and the like: no numbers; a comparison may choose later on."""
        from .steps import COMPARISONS

        for t in targets:
            self._write(t, np.array(HIDDEN))
        if name in COMPARISONS:
            compared = [a for a in args if isinstance(a, Torch) and a.is_floating_point()]
            self.dtype = compared[0].dtype if compared else torch.float32
            try:
                [found] = self._called(COMPARISONS[name], args, kwargs, {})
            except Malformed:  # it may not be used
                found = None
            if found is not None:
                self._conditions[_key(targets[0])] = (_steps(targets[0]), found)

    def _called(self, handler: Any, args: Any, kwargs: Any, known: dict[int, Any]) -> list[Value]:
        values = self._values((args, kwargs), known)
        try:
            result = handler(self, *values[0], **values[1])
        except TypeError as error:
            if error.__traceback__ is None or error.__traceback__.tb_next is not None:
                raise  # inside the handler: an error of ours
            found = shorten(repr([a for a in args if not isinstance(a, Torch)] + [*kwargs]))
            raise Malformed("", f"arguments {found} are not supported") from None
        return list(result) if isinstance(result, tuple) else [result]

    def _moved(self, func: Any, args: Any, kwargs: Any, known: dict[int, Any]) -> Value:
        """An operator that only moves numbers about, run on the numbers of the elements."""
        indexed = func._schema.name if hasattr(func, "_schema") else str(func)
        joins = indexed.rpartition("::")[2].rpartition(".")[2] in ("cat", "stack")
        if kwargs.get("accumulate") or kwargs.get("reduce") or any(a is True for a in args):
            raise Malformed("", "it adds where it writes, and is not supported")

        def swap(value: Any) -> Any:
            if isinstance(value, Torch):
                if not value.is_floating_point() and not joins:
                    if self._computed(value):
                        raise Malformed("", "a computed value decides what is moved")
                    return value
                ids, source = known.get(id(value), (self._read(value), value))
                ids = np.full(value.shape, HELD) if ids is None else ids
                return torch.from_numpy(self._complete(ids, source).astype(np.float64))
            if isinstance(value, (list, tuple)):
                return type(value)(map(swap, value))
            return value

        moved = func(*swap(args), **{k: swap(v) for k, v in kwargs.items()})
        return Tensor(moved.numpy().astype(np.int64))

    def op(self, kind: str, *inputs: Any, **attributes: Any) -> Any:
        """The result of an ONNX operator on values."""
        args = [self.scalar(v) if isinstance(v, (int, float)) else v for v in inputs]
        node = Node(kind, "", ("",) * len(args), ("",), attributes, OPSET)
        result = run_node(node, args, self.trace)[0]
        return result

    def scalar(self, value: float | bool) -> Array:
        """A number written in the module, as torch uses it in the operator at hand."""
        wide = self.dtype == torch.float64
        return np.array(value, dtype=np.float64 if wide else np.float32)

    def number(self, value: float) -> float:
        """The same as a Python float."""
        return float(self.scalar(value))

    def remember(
        self, made: Value, weight: Value, bias: Value, axis: int, again: Callable[..., Value]
    ) -> None:
        """An affine map into which a BatchNormalization of its result may be fused.

        ``axis`` is that of the weight's outputs; ``again(weight, bias)`` makes it anew.
        """
        if self.fuse and isinstance(made, Tensor) and not isinstance(weight, Tensor):
            if not isinstance(bias, Tensor):
                self._affine[made.ids.tobytes()] = (weight, bias, axis, again)

    def fused(self, x: Value, weight: Any, bias: Any, mean: Any, variance: Any, eps: float) -> Any:
        """BatchNormalization with its factors rounded to the type at hand.

        The numbers are those of ``torch.nn.utils.fusion``: right after a linear map or a
        convolution the factors go into its weights, elsewhere they make a layer.
        """
        factor, shift, middle, spread = map(torch.from_numpy, (weight, bias, mean, variance))
        factor = factor * torch.rsqrt(spread + eps)
        self.trace.note((middle * factor).tolist())
        into = self._affine.get(x.ids.tobytes())
        if into is None:
            shape = (-1, *(1,) * (len(x.shape) - 2))
            scaled = self.op("Mul", x, factor.reshape(shape).numpy())
            return self.op("Add", scaled, (shift - middle * factor).reshape(shape).numpy())
        old, offset, axis, again = into
        start = torch.zeros_like(middle) if offset is None else torch.from_numpy(offset)
        across = [1] * old.ndim
        across[axis] = -1
        product = torch.from_numpy(old) * factor.reshape(across)
        return again(product.numpy(), ((start - middle) * factor + shift).numpy())

    # --------------------------------------------------------------- memory

    def _read(self, tensor: Torch) -> Array | None:
        """The elements where a tensor lies, HELD and HIDDEN among them; None: all are held."""
        if tensor.layout != torch.strided:
            return None
        memory = self._memory.get(_key(tensor))
        if memory is None:
            return None
        size = memory.dtype.itemsize
        same = memory.dtype == tensor.dtype and not tensor.is_conj() and not tensor.is_neg()
        if not same and (memory.ids != HELD).any():
            raise Malformed("", f"memory of {memory.dtype} is read as {tensor.dtype}")
        if not same:
            return None
        return _walk(memory.ids, tensor, size).copy()

    def _write(self, tensor: Torch, ids: Array) -> None:
        key = _key(tensor)
        memory = self._memory.get(key)
        length = tensor.untyped_storage().nbytes() // tensor.dtype.itemsize
        if memory is None or (memory.dtype != tensor.dtype and (memory.ids == HELD).all()):
            memory = Memory(np.full(length, HELD, dtype=np.int64), tensor.dtype)
        if memory.dtype != tensor.dtype or len(memory.ids) != length:
            raise Malformed("", f"memory of {memory.dtype} is written as {tensor.dtype}")
        self._memory[key] = memory
        self._conditions.pop(key, None)
        self._kept.append(tensor.untyped_storage())
        _walk(memory.ids, tensor, tensor.dtype.itemsize)[...] = ids

    def _bear(self, tensor: Torch) -> None:
        if tensor.layout == torch.strided:
            key = _key(tensor)
            if key not in self._born:
                self._born.add(key)
                self._kept.append(tensor.untyped_storage())

    def _computed(self, tensor: Torch) -> bool:
        ids = self._read(tensor)
        return ids is not None and bool((ids != HELD).any())

    def _is_view(self, made: list[Torch], given: list[Torch]) -> bool:
        keys = {_key(t) for t in given if t.layout == torch.strided}
        return all(t.layout == torch.strided and _key(t) in keys for t in made)

    def _constant(self, name: str, result: Any, written: list[Torch]) -> None:
        """Note what an operator on constants makes: its own numbers."""
        for t in tensors(result):
            self._bear(t)
            if name in UNSET and t.is_floating_point():
                t.fill_(math.nan)
        for t in written:
            if self._read(t) is not None:
                self._write(t, np.array(HELD))

    def _values(self, value: Any, known: dict[int, Any]) -> Any:
        """Tensors as values of the reader: elements, or constants as the operator takes them."""
        if isinstance(value, Torch):
            ids, source = known.get(id(value), (self._read(value), value))
            if ids is not None and (ids == HIDDEN).any():
                walk, condition = self._conditions.get(_key(value), (None, None))
                if condition is not None and walk == _steps(value):
                    return condition
            if ids is not None and (ids != HELD).any():
                return Tensor(self._complete(ids, source))
            return self._array(source)
        if isinstance(value, (list, tuple)):
            return [self._values(v, known) for v in value]
        if isinstance(value, dict):
            return {k: self._values(v, known) for k, v in value.items()}
        return value

    def _array(self, tensor: Torch) -> Array:
        tensor = tensor.detach().to(self.dtype)
        return (
            tensor if tensor.dtype in (torch.float32, torch.float64) else tensor.float()
        ).numpy()

    def _complete(self, ids: Array, tensor: Torch) -> Array:
        """The elements, with constants for the numbers that are held."""
        if (ids == HIDDEN).any():
            raise Malformed("", "a comparison or an index that depends on the input is used")
        held = ids == HELD
        if not held.any():
            return ids
        values = tensor.detach().double().numpy()[held]
        if not np.isfinite(values).all():
            raise Malformed("", "a constant is NaN or infinite, or escaped from what is traced")
        ids = ids.copy()
        ids[held] = [self.trace.constant(Fraction(v)) for v in values.tolist()]
        return ids

    # -------------------------------------------------------------- refusals

    def fail(self, name: str, message: str) -> NoReturn:
        """Refuse the operator at hand."""
        place, kind = place_of(self.names, name)
        if message == "not supported":
            message = f"{kind or name} is not supported" + (f" ({name})" if kind else "")
        elif name not in place:
            message = f"{name}: {message}"
        raise Malformed(place, message)

    def _check(self, name: str, func: Any, given: list[Torch], written: list[Torch]) -> None:
        if torch.Tag.nondeterministic_seeded in func.tags:
            self.fail(name, "draws random numbers, even in evaluation")
        for t in given:
            if type(t).__torch_dispatch__ is not Torch.__torch_dispatch__:
                self.fail(name, f"tensors of type {type(t).__name__} are not supported")
            if t.device.type != "cpu":
                self.fail(name, f"a tensor on {t.device.type}, beside the module on the CPU")
            if t.is_complex():
                self.fail(name, "complex numbers are not supported")
        for t in written:
            if t.layout != torch.strided or _key(t) not in self._born:
                self.fail(name, "writes to a tensor that outlives the call")

    def _check_narrowing(self, name: str, given: Iterator[Torch], made: list[Torch]) -> None:
        for t in given:
            if not t.is_floating_point() or not self._computed(t):
                continue
            for out in made:
                old, new = torch.finfo(t.dtype), torch.finfo(out.dtype)
                if new.eps > old.eps or new.max < old.max:
                    self.fail(name, f"rounds a computed value from {t.dtype} to {out.dtype}")


class Leaving(TorchFunctionMode):
    """Tells a recorder of the methods in LEAVING that a module calls."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self.recorder = recorder

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Call a function or method of torch."""
        name = getattr(func, "__name__", "")
        if name in LEAVING:
            self.recorder.leaves(name, args)
        return func(*args, **(kwargs or {}))


def tensors(value: Any) -> Iterator[Torch]:
    """The tensors among an operator's arguments or results."""
    if isinstance(value, Torch):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from tensors(item)
    elif isinstance(value, dict):
        yield from tensors(list(value.values()))


def place_of(names: Mapping[int, str], name: str) -> tuple[str, str]:
    """Where an operator stands, as messages name it, and the module of torch that it is."""
    module = calling(names)
    path = "" if module is None else names[id(module)]
    kind = type(module).__name__ if type(module).__module__.startswith("torch.nn") else ""
    return f"torch step {path or name!r}", kind


def written_and_made(func: Any, args: tuple[Any, ...], kwargs: Any, result: Any) -> list[Torch]:
    """The tensors that an operator computes: those that it writes to, or its results."""
    return _written(func, args, kwargs) or list(tensors(result))


def calling(names: Mapping[int, str]) -> nn.Module | None:
    """The innermost module of these whose call is under way, from the stack."""
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code is nn.Module._call_impl.__code__:
            module = frame.f_locals.get("self")
            if id(module) in names:
                return module
        frame = frame.f_back  # type: ignore[assignment]
    return None


def _written(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Torch]:
    """The tensors that an operator writes to."""
    found = []
    for number, argument in enumerate(func._schema.arguments):
        if argument.is_write:
            value = args[number] if number < len(args) else kwargs.get(argument.name)
            found += list(tensors(value))
    return found


def _key(tensor: Torch) -> int:
    return int(tensor.untyped_storage()._cdata)


def _steps(tensor: Torch) -> Walk:
    return tuple(tensor.shape), tuple(tensor.stride()), int(tensor.storage_offset())


def _walk(ids: Array, tensor: Torch, size: int) -> Array:
    """A view of a storage's elements as the tensor walks over it."""
    strides = [s * ids.itemsize for s in tensor.stride()]
    start = ids[tensor.storage_offset() :] if tensor.numel() else ids[:0]
    return np.lib.stride_tricks.as_strided(start, tuple(tensor.shape), strides)
