"""One kernel from sample numbers to squared errors of two networks, in Triton.

Nothing but the errors is written to memory: the words, the points and all hidden layers of a
block of samples stay on the multiprocessor. Sizes are powers of two, 16 at least; what is beyond
a network's own is zero. Imported only where a kernel is launched; with TRITON_INTERPRET=1 in the
environment Triton runs it in numpy on the CPU.
"""

import triton
import triton.language as tl

from .integrand import DOUBLE, LIMIT

ROUNDING = tl.constexpr(DOUBLE)
END = tl.constexpr(LIMIT)


@triton.jit
def multiply(x, weights, y, ROWS: tl.constexpr, WIDTH: tl.constexpr):
    """Y + x · weights, at most 64 rows at a time, since each needs its registers."""
    if ROWS <= 64:
        rows, columns = tl.arange(0, ROWS)[:, None], tl.arange(0, WIDTH)[None, :]
        return tl.dot(x, tl.load(weights + rows * WIDTH + columns), y)
    else:  # a branch of its own: Triton compiles what follows a return too
        halves = tl.permute(tl.reshape(x, (x.shape[0], 2, ROWS // 2)), (0, 2, 1))
        left, right = tl.split(halves)
        y = multiply(left, weights, y, ROWS // 2, WIDTH)
        return multiply(right, weights + ROWS // 2 * WIDTH, y, ROWS // 2, WIDTH)


@triton.jit
def hidden(
    x,
    rest,
    weights,
    vectors,
    ROWS: tl.constexpr,
    WIDTH: tl.constexpr,
    PIECES: tl.constexpr,
    FIRST: tl.constexpr,
):
    """A hidden layer: x ↦ max(scale · (W·x) + bias, floor), float32 of shape (samples, WIDTH).

    With two pieces W and x are sums of two float16 each, and the products but that of the two
    rests are added, the small ones first. The first layer's x are bits, without a rest.
    """
    total = tl.zeros((x.shape[0], WIDTH), dtype=tl.float32)
    if PIECES == 2:
        total = multiply(x, weights + ROWS * WIDTH, total, ROWS, WIDTH)
        if not FIRST:
            total = multiply(rest, weights, total, ROWS, WIDTH)
    total = multiply(x, weights, total, ROWS, WIDTH)
    columns = tl.arange(0, WIDTH)[None, :]
    y = total * tl.load(vectors + columns) + tl.load(vectors + WIDTH + columns)
    return tl.maximum(y, tl.load(vectors + 2 * WIDTH + columns))


@triton.jit
def network(
    bits,
    weights,
    vectors,
    last,
    LAYERS: tl.constexpr,
    INPUTS: tl.constexpr,
    WIDTH: tl.constexpr,
    OUTPUTS: tl.constexpr,
    PIECES: tl.constexpr,
):
    """The outputs, float64 of shape (samples, OUTPUTS), of a network over bits."""
    y = hidden(bits, bits, weights, vectors, INPUTS, WIDTH, PIECES, True)
    weights += PIECES * INPUTS * WIDTH
    for _ in tl.static_range(1, LAYERS):
        vectors += 3 * WIDTH
        x = y.to(tl.float16)
        rest = (y - x.to(tl.float32)).to(tl.float16)
        y = hidden(x, rest, weights, vectors, WIDTH, WIDTH, PIECES, False)
        weights += PIECES * WIDTH * WIDTH
    columns = tl.arange(0, WIDTH)[None, :]
    outputs = tl.arange(0, OUTPUTS)[None, :]
    found = tl.load(last + OUTPUTS * WIDTH + outputs)
    for output in tl.static_range(OUTPUTS):
        row = tl.load(last + output * WIDTH + columns)
        value = tl.sum(y.to(tl.float64) * row, axis=1)[:, None]
        found = found + tl.where(outputs == output, value, 0.0)
    return tl.maximum(found, tl.load(last + OUTPUTS * (WIDTH + 1) + outputs))


@triton.jit
def bounded(value, other):
    """An integer from a float64: within ±END, and ``other`` where the float is no number."""
    inside = tl.minimum(tl.maximum(value, -END), END)
    return tl.where(value == value, inside, other).to(tl.int64)


@triton.jit
def squared_errors(
    left_weights,
    left_vectors,
    left_last,
    right_weights,
    right_vectors,
    right_last,
    factors,
    numbers,
    low_out,
    high_out,
    LEFT: tl.constexpr,
    RIGHT: tl.constexpr,
    INPUTS: tl.constexpr,
    WIDTH: tl.constexpr,
    OUTPUTS: tl.constexpr,
    WORDS: tl.constexpr,
    BIT_WORDS: tl.constexpr,
    PIECES: tl.constexpr,
    EXACT: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """Integers between which the squared error lies, for the samples start … stop − 1.

    ``numbers`` holds start, stop, the key of the words, and the least and greatest result;
    ``factors`` those of the two networks' outputs, then each output's error. A sample's bits are
    its ``BIT_WORDS`` first words of the stream's WORDS, or with WORDS = 0 those of its number.
    """
    place = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    start, stop, key = tl.load(numbers), tl.load(numbers + 1), tl.load(numbers + 2)
    sample = start + place
    column = tl.arange(0, INPUTS)[None, :]
    bits = tl.zeros((BLOCK, INPUTS), dtype=tl.float16)
    for word in tl.static_range(BIT_WORDS):
        if WORDS == 0:
            drawn = (sample >> 32 * word).to(tl.uint32)
        else:
            at = sample * WORDS + word
            counter, lane = at >> 2, at & 3
            zero = tl.zeros((BLOCK,), dtype=tl.uint32)
            first, second = counter.to(tl.uint32), (counter >> 32).to(tl.uint32)
            a, b, c, d = tl.philox(key, first, second, zero, zero)
            drawn = tl.where(lane < 2, tl.where(lane == 0, a, b), tl.where(lane == 2, c, d))
        bit = (drawn[:, None] >> (column % 32).to(tl.uint32)) & 1
        bits = tl.where(column // 32 == word, bit.to(tl.float16), bits)
    f = network(bits, left_weights, left_vectors, left_last, LEFT, INPUTS, WIDTH, OUTPUTS, PIECES)
    g = network(
        bits, right_weights, right_vectors, right_last, RIGHT, INPUTS, WIDTH, OUTPUTS, PIECES
    )
    gap = tl.abs(f * tl.load(factors) - g * tl.load(factors + 1))
    inside = sample < stop
    if EXACT:
        whole = gap.to(tl.int64)
        tl.store(low_out + place, tl.sum(whole * whole, axis=1), mask=inside)
    else:
        error = tl.load(factors + 2 + tl.arange(0, OUTPUTS))[None, :]
        total = tl.sum(gap * gap, axis=1)
        slack = tl.sum((2 * gap + error) * error, axis=1)
        slack += (total + slack) * ROUNDING
        least, greatest = tl.load(numbers + 3), tl.load(numbers + 4)
        down = bounded(tl.floor(total - slack), -END)
        up = bounded(tl.ceil(total + slack), END)
        low = tl.minimum(tl.maximum(down, least), greatest)
        high = tl.minimum(tl.maximum(up, least), greatest)
        tl.store(low_out + place, low, mask=inside)
        tl.store(high_out + place, high, mask=inside)
