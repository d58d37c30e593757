"""Data movement by blocks and by indices: DepthToSpace, Tile, Trilu, GatherND, ScatterND, …"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ....kernel.data.numbers import ZERO
from ...constants import integers
from ...graph import Array, Node, Tensor, Value
from ...trace import Trace
from .select import elements
from .table import axis_of, constant, moved


def depth_to_space(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """Blocks of channels to blocks of positions; in mode CRD the channel stays outermost."""
    mode = node.text("mode", "DCR")
    if mode not in ("DCR", "CRD"):
        node.fail(f"mode {mode} not supported")
    block, (count, depth, height, width) = _block(node, args[0])
    if depth % (block * block):
        node.fail(f"{depth} channels in blocks of {block} × {block}")
    each = depth // (block * block)
    parts = (block, block, each) if mode == "DCR" else (each, block, block)
    order = (0, 3, 4, 1, 5, 2) if mode == "DCR" else (0, 1, 4, 2, 5, 3)
    return moved(
        args[0],
        lambda a: (
            a.reshape(count, *parts, height, width)
            .transpose(order)
            .reshape(count, each, height * block, width * block)
        ),
    )


def space_to_depth(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """Blocks of positions to blocks of channels."""
    if node.text("mode", "DCR") != "DCR":
        node.fail(f"mode {node.text('mode', '')} not supported")
    block, (count, depth, height, width) = _block(node, args[0])
    if height % block or width % block:
        node.fail(f"{height} × {width} in blocks of {block} × {block}")
    high, wide = height // block, width // block
    return moved(
        args[0],
        lambda a: (
            a.reshape(count, depth, high, block, wide, block)
            .transpose(0, 3, 5, 1, 2, 4)
            .reshape(count, depth * block * block, high, wide)
        ),
    )


def _block(node: Node, value: Value) -> tuple[int, tuple[int, int, int, int]]:
    block = node.integer("blocksize", 0)
    if block < 1 or block >= 1 << 16 or len(value.shape) != 4:
        node.fail(f"blocksize {block}, input {list(value.shape)}")
    return block, value.shape


def tile(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The whole repeated along each axis."""
    repeats = integers(constant(node, args[1], "repeats"))
    if len(repeats) != len(args[0].shape) or min(repeats, default=1) < 0:
        node.fail(f"repeats {list(repeats)} of a tensor of {len(args[0].shape)} dimensions")
    trace.charge(math.prod(args[0].shape) * math.prod(repeats))
    return moved(args[0], lambda a: np.tile(a, repeats))


def trilu(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """Zeros below (or, not upper, above) the k-th diagonal."""
    value, upper = args[0], node.flag("upper", 1)
    if len(value.shape) < 2:
        node.fail(f"a tensor of {len(value.shape)} dimensions")
    k = 0 if args[1] is None else _one(node, args[1], "k")
    rows, columns = value.shape[-2:]
    k = max(-rows - 1, min(k, columns + 1))  # beyond, all is kept or cut
    ones = np.ones((rows, columns), dtype=bool)
    kept = np.triu(ones, k) if upper else np.tril(ones, k)
    zero = trace.constant(ZERO)
    if isinstance(value, Tensor):
        return Tensor(np.where(kept, value.ids, zero))
    result: Array = np.where(kept, value, np.zeros((), dtype=value.dtype))
    return result


def gather_elements(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """At each place of the indices, the entry at that index along one axis."""
    value, indices = args[0], constant(node, args[1], "indices")
    axis = axis_of(node, node.integer("axis", 0), len(value.shape))
    others = [a for a in range(len(value.shape)) if a != axis]
    if indices.ndim != len(value.shape) or any(indices.shape[a] > value.shape[a] for a in others):
        node.fail(f"indices of shape {list(indices.shape)} for {list(value.shape)}")
    trace.charge(indices.size)
    places = list(np.indices(indices.shape, sparse=True))
    places[axis] = _within(node, indices, value.shape[axis])
    return moved(value, lambda a: a[tuple(places)])


def gather_nd(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The parts at tuples of indices, for each entry of the first ``batch_dims`` dimensions."""
    value, indices = args[0], constant(node, args[1], "indices")
    batch = node.integer("batch_dims", 0)
    if not 0 <= batch < min(len(value.shape), indices.ndim):
        node.fail(f"batch_dims {batch} of {len(value.shape)} and {indices.ndim} dimensions")
    depth = indices.shape[-1]
    sizes = value.shape[batch : batch + depth]
    if len(sizes) != depth or indices.shape[:batch] != value.shape[:batch] or not depth:
        node.fail(f"indices of shape {list(indices.shape)} for {list(value.shape)}")
    trace.charge(indices.size // depth * math.prod(value.shape[batch + depth :]))
    rank = indices.ndim - 1
    places = [
        np.arange(size).reshape(*(1,) * a, -1, *(1,) * (rank - a - 1))
        for a, size in enumerate(value.shape[:batch])
    ]
    places += [_within(node, indices[..., i], size) for i, size in enumerate(sizes)]
    return moved(value, lambda a: a[tuple(places)])


def _within(node: Node, indices: Array, size: int) -> Array:
    _whole(node, indices)
    if indices.size and (indices.min() < -size or indices.max() >= size):
        node.fail(f"an index is outside of −{size} … {size - 1}")
    return indices % size


def _whole(node: Node, indices: Array) -> None:
    if indices.dtype.kind not in "iu":
        node.fail("indices are not integers")


def _one(node: Node, value: Value, what: str) -> int:
    array = constant(node, value, what)
    if array.size != 1 or array.dtype.kind not in "iu":
        node.fail(f"{what} is not one integer")
    return int(array.reshape(-1)[0])


def scatter_elements(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The first input with the updates put at the indices along one axis."""
    value, indices = args[0], constant(node, args[1], "indices")
    axis = axis_of(node, node.integer("axis", 0), len(value.shape))
    if indices.shape != args[2].shape or indices.ndim != len(value.shape):
        node.fail(f"indices of shape {list(indices.shape)}, updates {list(args[2].shape)}")
    if any(
        n > m for a, (n, m) in enumerate(zip(indices.shape, value.shape, strict=True)) if a != axis
    ):
        node.fail(f"indices of shape {list(indices.shape)} for {list(value.shape)}")
    trace.charge(indices.size)
    places = [np.broadcast_to(p, indices.shape) for p in np.indices(indices.shape, sparse=True)]
    places[axis] = _within(node, indices, value.shape[axis])
    return _scattered(node, value, tuple(places), args[2], trace)


def scatter_nd(node: Node, args: Sequence[Value], trace: Trace) -> Value:
    """The first input with the updates put at tuples of indices."""
    value, indices = args[0], constant(node, args[1], "indices")
    depth = indices.shape[-1] if indices.ndim else 0
    if not 1 <= depth <= len(value.shape):
        node.fail(f"indices of shape {list(indices.shape)} for {list(value.shape)}")
    if args[2].shape != (*indices.shape[:-1], *value.shape[depth:]):
        node.fail(f"updates of shape {list(args[2].shape)}, indices {list(indices.shape)}")
    trace.charge(math.prod(args[2].shape))
    places = [_within(node, indices[..., i], value.shape[i]) for i in range(depth)]
    return _scattered(node, value, tuple(places), args[2], trace)


def _scattered(
    node: Node, value: Value, places: tuple[Array, ...], updates: Value, trace: Trace
) -> Value:
    if node.text("reduction", "none") != "none":
        node.fail(f"reduction {node.text('reduction', '')} not supported")
    flat = np.ravel_multi_index(places, value.shape[: len(places)])
    if len(np.unique(flat)) != flat.size:
        node.fail("an index twice: which update is kept is not defined")
    if not isinstance(value, Tensor) and not isinstance(updates, Tensor):
        node.fail("scattering into a constant is not supported")
    made = elements(trace, value).copy()
    made[places] = elements(trace, updates)
    return Tensor(made)
