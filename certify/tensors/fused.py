"""Squared errors of two networks over bits by one kernel on a GPU, and what is proven of them.

A layer's product runs on the tensor cores: W and x in float16, sums in float32. Where every
entry is an integer up to 2¹¹ and every partial sum one below 2²⁴ that is exact (see
:mod:`.short`). Elsewhere each number is split in two float16, which keep 22 of its bits, and
three of the four products are added: :class:`Split` bounds what is lost. The last layer, a row or
a few, is computed in float64 either way.
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import torch
from torch import Tensor

from ..kernel.data.numbers import ONE
from ..kernel.language.claim import Average
from ..kernel.language.functions.base import Function
from ..kernel.verdict import Decline, shorten
from .ambient import neutral
from .enclosure import Array, Inexact, Known, integers, largest
from .functionals import functionals
from .integrand import Gap, Payoff, payoff
from .layers import Matrix, Plain, exactly, gamma, matrix_of, rounded, scaled, within
from .low_precision import ENTRIES, SUMS, adds_exactly
from .points import Group, Source
from .program import Program

WIDEST = 256  # inputs or neurons of a layer; past it a product is worth a kernel of its own
OUTPUTS = 16
LEAST = 16  # of a side of a product on the tensor cores
LOWEST = -3e38  # below every float32 that is bounded: the floor of a component without ReLU
NARROW, WIDE = (128, 8), (64, 8)  # samples of a block and its warps, so that registers suffice
CHECKED = 1 << 10  # samples for which the kernel is compared with the plain way
DOUBLES = 1 << 53  # integers below are exact in float64

STEP = 2.0**-23  # what a float32 sum on tensor cores loses at most: they cut off, not round
SUBNORMAL = 2.0**-25  # half of float16's least step
HALF_LIMIT = 2.0**15  # float16 ends at 65,504
UNDERFLOW = 2.0**-80  # float32's in one product that is scaled, with room
HALF_BITS = 14  # entries of a split matrix and its partial sums are scaled to so many

Ends = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Split:
    """W·x from W and x in two float16 each, without the product of the two rests.

    Splitting loses 2⁻²² of a number, or 2⁻²⁵ where that is more, and the product left out is at
    most 2⁻²² of the whole. Tensor cores align the products of four columns or more, and the sum
    before, to the largest and cut off at 24 bits (M. Fasi, N. Higham, M. Mikaitis, S. Pranesh,
    "Numerical behavior of NVIDIA tensor cores", 2021): 1.5 steps a column cover it. 12 more are
    for the splits and the product left out (6), the small products, which are added first (1
    for 256 columns), and the bias (1).
    """

    scale: int = HALF_BITS
    dtype: torch.dtype = torch.float32

    def error(self, size: Array, matrix: Array, reach: Array | float) -> Array:
        """As :meth:`.layers.Rounding.error`, for a matrix that :func:`_shift` scales."""
        columns, weight = matrix.shape[1], float(np.abs(matrix).max(initial=0.0))
        # of what is certified a float16 holds 2^14; what is computed may be further from it
        most = float(np.max(reach, initial=0.0))
        if not most < HALF_LIMIT:
            raise Decline("range", "numbers past float16's")
        lost = columns * SUBNORMAL * weight * (1 + most * 2.0 ** (1 - HALF_BITS))
        loss = gamma(1.5 * columns + 12, STEP) * within(size, torch.float32)
        return loss + lost + columns * UNDERFLOW


@dataclass(frozen=True)
class Shape:
    """Sizes of the kernel's tensors, powers of two."""

    inputs: int
    width: int
    outputs: int


@dataclass(frozen=True)
class Net:
    """A network packed for the kernel, and what is known of its outputs."""

    weights: Tensor  # float16: for each hidden layer its pieces, one below another
    vectors: Tensor  # float32: for each hidden layer scales, biases and floors
    last: Tensor  # float64: a row for each output, then their biases and floors
    hidden: int
    known: Known


@dataclass(frozen=True)
class Fused:
    """The kernel for a program's two terms; ``payoffs`` says what its integers are."""

    nets: tuple[Net, Net]
    shape: Shape
    bits: int
    payoffs: Payoff
    factors: Tensor  # float64: of both networks' outputs, then each output's error

    @neutral()
    def run(self, start: int, stop: int, words: int = 0, key: tuple[int, int] = (0, 0)) -> Ends:
        """Integers between which each sample's payoff lies, int64 of shape (stop − start,).

        A sample's bits are those of its number, or the first of its ``words`` words of the
        stream of the key. The same tensor twice where the payoff is exact.
        """
        from .fused_kernel import squared_errors

        device, count = self.factors.device, stop - start
        low = torch.empty(count, dtype=torch.int64, device=device)
        high = low if self.payoffs.exact else torch.empty_like(low)
        both = key[0] | key[1] << 32
        signed = both - (both >> 63 << 64)
        numbers = [start, stop, signed, self.payoffs.lower, self.payoffs.upper]
        block, warps = NARROW if self.shape.width <= 128 else WIDE
        left, right = self.nets
        with torch.cuda.device_of(low):  # type: ignore[no-untyped-call]
            squared_errors[(-(-count // block),)](
                *(left.weights, left.vectors, left.last),
                *(right.weights, right.vectors, right.last),
                self.factors,
                torch.tensor(numbers, device=device),
                low,
                high,
                LEFT=left.hidden,
                RIGHT=right.hidden,
                INPUTS=self.shape.inputs,
                WIDTH=self.shape.width,
                OUTPUTS=self.shape.outputs,
                WORDS=words,
                BIT_WORDS=-(-self.bits // 32),
                PIECES=1 if self.payoffs.exact else 2,
                EXACT=self.payoffs.exact,
                BLOCK=block,
                num_warps=warps,
            )
        return low, high


def available(device: torch.device) -> bool:
    """Can Triton launch a kernel there? On a CPU it can where it is told to interpret."""
    if find_spec("triton") is None:
        return False
    return device.type == "cuda" or os.environ.get("TRITON_INTERPRET") == "1"


@neutral()
def trusted(
    claim: Average,
    program: Program,
    payoffs: Payoff,
    plain: Callable[[int, int], Ends],
    words: int = 0,
    key: tuple[int, int] = (0, 0),
) -> Fused | None:
    """The kernel, where there is one that agrees with the plain way on the first samples.

    One that does not, or does not run, is never used, and a warning says so.
    """
    if not available(program.policy.device):
        return None
    try:
        fused = fuse(claim, program, payoffs)
    except (Inexact, Decline):
        return None
    last = min(CHECKED, 1 << len(program.source.bits))
    try:
        same = _agree(fused, fused.run(0, last, words, key), payoffs, plain(0, last))
        fault = None if same else "it gives other numbers than torch"
    except Exception as error:  # a compiler's or a driver's, of which there are many kinds
        fault = shorten(str(error))
    if fault is None:
        return fused
    warnings.warn(f"the fused kernel is not used: {fault}", RuntimeWarning, stacklevel=2)
    return None


def _agree(fused: Fused, ours: Ends, payoffs: Payoff, plain: Ends) -> bool:
    """The same integers where they are exact; elsewhere intervals that have a point in common."""
    if payoffs.exact:
        return torch.equal(ours[0], plain[0])
    one, two = fused.payoffs.unit, payoffs.unit
    return all(
        a * one <= d * two and c * two <= b * one
        for a, b, c, d in zip(*(end.tolist() for end in (*ours, *plain)), strict=True)
    )


def fuse(claim: Average, program: Program, payoffs: Payoff) -> Fused:
    """The kernel for the squared error that a program computes. Raises Inexact with the reason.

    Where ``payoffs`` are exact the kernel's are the same; else its own, with the rounding of
    :class:`Split`.
    """
    source, policy = program.source, program.policy
    if payoffs.gap is None:
        raise Inexact("the payoff is no squared error")
    if not payoffs.exact and policy.dtype is not torch.float32:
        raise Inexact("more than float32 is wanted")
    bits = len(source.bits)
    if source.others or source.smooth or source.stream.shifts or not bits:
        raise Inexact("the points are not chosen by fair bits")
    chains = [_chain(claim.law.pulled(term), source) for term in claim.terms()]
    outputs = len(chains[0][-1].relu)
    width = max(len(layer.relu) for chain in chains for layer in chain)
    if max(bits, width) > WIDEST or outputs > OUTPUTS:
        raise Inexact(f"{bits} bits, layers of {width}, {outputs} outputs: too many")
    shape = Shape(_padded(bits), _padded(width), _padded(outputs, 1))
    make = _exact_net if payoffs.exact else _split_net
    nets = [make(chain, bits, shape, policy.device) for chain in chains]
    if payoffs.exact:
        factors = _exact_factors(payoffs.gap, nets, program.known)
    else:
        payoffs = payoff(claim, [net.known for net in nets], policy, source)
        factors = _rounded_factors(payoffs.gap, shape)
    tensor = torch.tensor(factors, dtype=torch.float64, device=policy.device)
    return Fused((nets[0], nets[1]), shape, bits, payoffs, tensor)


def _padded(size: int, least: int = LEAST) -> int:
    """The power of two that holds so many, and ``least`` at least."""
    return max(least, 1 << (size - 1).bit_length())


def _chain(term: Function, source: Source) -> list[Matrix]:
    """The layers of a network as functions of the source's bits. Raises Inexact for others."""
    network = term.lower(source.point.dimension)
    if network is None or len(network.layers) < 2:
        raise Inexact("not a network of two layers or more")
    first, groups = network.layers[0], [Group((a,), (f,)) for a, f in source.bits]
    found = functionals(source, source.point, first.rows, first.bias, groups)
    tables = [table.astype(object) for table in found.tables]
    moves = np.stack([table[1] - table[0] for table in tables], axis=1)
    base = found.base + sum(table[0] for table in tables)
    p, q = found.unit.numerator, found.unit.denominator
    start = Matrix(integers(moves * p), integers(base * p), q, first.relu)
    return [start, *(matrix_of(layer) for layer in network.layers[1:])]


def _fair(bits: int) -> Known:
    """What is known of so many bits."""
    zero = np.zeros(bits, dtype=np.int64)
    return Known(ONE, zero, zero + 1, torch.float32)


def _exact_net(chain: Sequence[Matrix], bits: int, shape: Shape, device: torch.device) -> Net:
    """All layers in integers. Raises Inexact where they pass what the types hold."""
    if device.type == "cuda" and not adds_exactly("float16", device):
        raise Inexact("float16 products are not exact there")
    known, hidden = _fair(bits), []
    for layer in chain[:-1]:
        form = scaled(known, layer)
        entries = max(largest(form.weights), largest(known.magnitude))
        if entries > ENTRIES["float16"] or form.mass >= SUMS:
            raise Inexact(f"entries up to {entries}, partial sums up to {form.mass}")
        hidden.append((form.weights, form.bias))
        known = exactly(known, form, torch.float32)
    form = scaled(known, chain[-1])
    if max(form.mass, largest(form.weights)) >= DOUBLES:
        raise Inexact(f"partial sums of {form.mass.bit_length()} bits")
    final = exactly(known, form, torch.float64)
    return _net(chain, hidden, (form.weights, form.bias), final, shape, device)


def _split_net(chain: Sequence[Matrix], bits: int, shape: Shape, device: torch.device) -> Net:
    """All hidden layers by :class:`Split`. Raises Decline where numbers are too far apart."""
    known, hidden = _fair(bits), []
    for layer in chain[:-1]:
        matrix, offset, after = rounded(known, scaled(known, layer), Split())
        hidden.append((matrix, offset))
        known = after
    matrix, offset, final = rounded(known, scaled(known, chain[-1]), Plain(torch.float64))
    return _net(chain, hidden, (matrix, offset), final, shape, device, pieces=2)


def _net(
    chain: Sequence[Matrix],
    hidden: Sequence[tuple[Array, Array]],
    last: tuple[Array, Array],
    known: Known,
    shape: Shape,
    device: torch.device,
    pieces: int = 1,
) -> Net:
    """The layers in the order in which the kernel reads them."""
    weights: list[Array] = []
    vectors: list[Array] = []
    for (matrix, bias), layer in zip(hidden, chain[:-1], strict=True):
        height = shape.width if weights else shape.inputs
        shift = _shift(matrix) if pieces == 2 else 0
        rest = np.zeros((height, shape.width))
        rest[: matrix.shape[1], : matrix.shape[0]] = matrix.T.astype(np.float64) * 2.0**shift
        for _ in range(pieces):
            weights.append(rest.astype(np.float16))
            rest = rest - weights[-1]
        rows = np.zeros((3, shape.width))
        rows[0] = 2.0**-shift
        rows[1, : len(bias)] = bias
        rows[2, : len(bias)] = _floors(layer)
        vectors.append(rows)
    matrix, bias = last
    ends = np.zeros((shape.outputs, shape.width))
    ends[: matrix.shape[0], : matrix.shape[1]] = matrix
    sides = np.zeros((2, shape.outputs))
    sides[0, : len(bias)] = bias
    sides[1, : len(bias)] = _floors(chain[-1])
    return Net(
        torch.as_tensor(np.concatenate(weights), device=device),
        torch.as_tensor(np.concatenate(vectors).astype(np.float32), device=device),
        torch.as_tensor(np.concatenate([ends.ravel(), sides.ravel()]), device=device),
        len(hidden),
        known,
    )


def _floors(layer: Matrix) -> Array:
    return np.where(np.array(layer.relu, dtype=bool), 0.0, LOWEST)


def _shift(matrix: Array) -> int:
    """The power of two that brings the largest entry to HALF_BITS bits."""
    largest_entry = float(np.abs(matrix).max(initial=0.0))
    return HALF_BITS - math.frexp(largest_entry)[1] if largest_entry else 0


def _exact_factors(gap: Gap, nets: Sequence[Net], known: Sequence[Known]) -> list[float]:
    """What brings the kernel's outputs to the program's units. Raises Inexact past float64."""
    found = []
    for side, net, plain in zip((gap.left, gap.right), nets, known, strict=True):
        factor = int(side) * net.known.unit / plain.unit
        reach = abs(factor) * max(1, largest(net.known.magnitude))
        if factor.denominator != 1 or reach >= DOUBLES // 2:
            raise Inexact(f"outputs of {int(reach).bit_length()} bits")
        found.append(float(factor))
    return found


def _rounded_factors(gap: Gap | None, shape: Shape) -> list[float]:
    """Those of both networks, then each output's error."""
    if gap is None or gap.error is None:
        raise Inexact("the payoff is exact")
    beyond = [0.0] * (shape.outputs - len(gap.error))
    return [gap.left, gap.right, *gap.error.tolist(), *beyond]
