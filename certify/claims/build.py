"""Claims built in Python, through the same readers as claims files.

Sets, functions and distributions are plain data in the shape of the claim language, made
by the functions below; a function may also be a :class:`Network` or a ``torch.nn.Module``.
Numbers are integers and rationals of any library, Decimals, or exact text ("1/3", "1.25",
"2^-60"), in lists, arrays or tensors. Floats are refused; ``certify.exactly(value)`` makes the
dyadic rationals that they store.
Every error is a :class:`~certify.errors.CertifyError` that names the key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..errors import CertifyError, absent
from ..kernel.data import given
from ..kernel.data.decode import Node, Scope
from ..kernel.data.network import Network
from ..kernel.data.numbers import format_rational, parse_number
from ..kernel.language import functions, kinds
from ..kernel.language.claim import Claim
from ..kernel.verdict import Decline, Malformed, shorten
from ..networks.reading import Reading
from .monotone import pairs, rises

Data = Any  # a set, function, distribution or number of the claim language

# ------------------------------------------------------------------- claims


def plain(value: Data, at: str = "") -> Data:
    """The value as the readers take it: exact numbers as integers or text, arrays as lists,
    torch modules as networks. Raises Malformed, which names the place.
    """
    if value is None or isinstance(value, bool | int | str | Network):
        return value
    if isinstance(value, Mapping):
        return {key: plain(item, f"{at}/{key}") for key, item in value.items()}
    if type(value).__module__.split(".")[0] != "builtins" and hasattr(value, "state_dict"):
        return from_torch(value)
    try:
        found = given.entries(value)
        if found is None and given.numeric(value):
            exact = given.number(value)
            return exact.numerator if exact.denominator == 1 else format_rational(exact)
    except Malformed as error:
        raise Malformed(at, error.message) from None
    return value if found is None else [plain(item, f"{at}/{i}") for i, item in enumerate(found)]


def from_torch(
    module: Any,
    shape: Sequence[int] | None = None,
    *,
    replay: bool = True,
    fuse: bool = False,
) -> Network:
    """The exact network of a ``torch.nn.Module``: each weight is the dyadic that it stores.

    ``shape`` is that of one input without the batch dimension, where the first module does
    not tell it (a convolution). The module is then replayed on points, and refused where it
    computes other values; ``replay=False`` leaves that out, and warns. ``fuse`` rounds the
    factors of BatchNormalization to the module's own float type, as a fusion before export
    does; without it they must be rational. Raises CertifyError where a module has no exact
    form here, and names it.
    """
    if not hasattr(module, "state_dict"):
        raise CertifyError(f"{shorten(repr(module))} is not a torch.nn.Module")
    try:
        from ..networks.torch.read import from_torch as read
    except ModuleNotFoundError as error:
        raise absent(error) from None
    try:
        return read(module, shape, Reading(replay=replay), fuse=fuse)
    except (Malformed, Decline) as error:
        raise CertifyError(str(error)) from None


def _claim(kind: str, **keys: Data) -> Claim:
    try:
        table = {k: plain(value, f"{kind}/{k}") for k, value in keys.items() if value is not None}
        return kinds.read(Node({"kind": kind, **table}, kind, Scope(parse_number)))
    except (Malformed, Decline) as error:
        raise CertifyError(str(error)) from None
    except RecursionError:
        raise CertifyError(f"{kind}: nested too deeply") from None


def equals(left: Data, right: Data, on: Data) -> Claim:
    """∀x∈S: f(x) = g(x)."""
    return _claim("equals", left=left, right=right, on=on)


def within(left: Data, right: Data, on: Data, epsilon: Data, norm: str = "linf") -> Claim:
    """∀x∈S: ‖f(x) − g(x)‖ ≤ ε; norm ``linf``, ``l1`` or ``l2``."""
    return _claim("within", left=left, right=right, on=on, epsilon=epsilon, norm=norm)


def separates(network: Data, on: Data, along: Data, eta: Data, delta: Data) -> Claim:
    """∀x∈S: ‖f(x+ηv) − f(x−ηv)‖₂ ≥ Δ."""
    return _claim("separates", network=network, on=on, along=along, eta=eta, delta=delta)


def output(network: Data, on: Data, holds: str) -> Claim:
    """∀x∈S: a Boolean combination of linear constraints over x and y = f(x)."""
    return _claim("output", network=network, on=on, holds=holds)


def monotone(network: Data, on: Data, along: Sequence[int], falling: bool = False) -> Claim:
    """∀x, x′∈S, x′ ≥ x in the coordinates ``along`` and equal elsewhere: f(x′) ≥ f(x), or ≤.

    S is a box, a ball or a polytope. The claim is one of kind ``output``.
    """
    try:
        function = plain(network, "network")
        outputs = functions.read(Node(function, "network", Scope(parse_number))).outputs
        domain = pairs(plain(on, "on"), plain(along, "along"))
        if not isinstance(function, Network):  # the form may not tell how many inputs it takes
            n = len(domain["embed"]["matrix"]) // 2
            unit = [[int(i == j) for j in range(n)] for i in range(n)]
            function = compose(function, linear(unit))
    except (Malformed, Decline) as error:
        raise CertifyError(f"monotone: {error}") from None
    return output(product(function, function), domain, rises(outputs, falling))


def member(
    network: Network,
    depth: int,
    lambda_: Data = None,
    lambda_squared: Data = None,
    activation: str = "mixed",
) -> Claim:
    """This representation is in NN_{Λ,d}: exactly ``depth`` layers, every ‖W‖_F ≤ Λ."""
    keys = {"lambda": lambda_, "lambda_squared": lambda_squared}
    return _claim("member", network=network, depth=depth, activation=activation, **keys)


def lipschitz(network: Network, constant: Data) -> Claim:
    """‖f(x) − f(y)‖₂ ≤ L‖x − y‖₂ for all x, y."""
    return _claim("lipschitz", network=network, constant=constant)


def expectation(of: Sequence[Data], over: Data, relation: str, value: Data) -> Claim:
    """E_D[∏ Fᵢ(x)] compared with a number."""
    return _claim("expectation", of=of, over=over, relation=relation, value=value)


def mse(left: Data, right: Data, over: Data, relation: str, epsilon: Data) -> Claim:
    """E_D‖f − g‖² compared with ε."""
    return _claim("mse", left=left, right=right, over=over, relation=relation, epsilon=epsilon)


def compression(
    left: Data,
    right: Network,
    over: Data,
    depth: int,
    relation: str,
    epsilon: Data,
    lambda_: Data = None,
    lambda_squared: Data = None,
    activation: str = "mixed",
) -> Claim:
    """g ∈ NN_{Λ,d} and E_D‖f − g‖² compared with ε."""
    keys = {"lambda": lambda_, "lambda_squared": lambda_squared}
    return _claim(
        "compression",
        left=left,
        right=right,
        over=over,
        depth=depth,
        relation=relation,
        epsilon=epsilon,
        activation=activation,
        **keys,
    )


def learner(
    left: Data,
    right: Network,
    on: Data,
    along: Sequence[Data],
    eta: Data,
    sign: Data,
    delta: Data,
    epsilon: Data,
    depth: int,
    lambda_: Data = None,
    lambda_squared: Data = None,
    otherwise: int = -1,
    class_lambda: Data = None,
) -> Claim:
    """Lemma 1 on this instance: its hypotheses, D̃, and D_TV(D̃, D) ≤ 16ε/Δ².

    f = ``left``, g = ``right``, D₀ uniform on ``on``; ``otherwise`` = 0 is z as the paper
    writes it; ``class_lambda`` is the Λ of g's class where it is not that of ηΛ^d ≤ Δ/4.
    """
    keys = {"lambda": lambda_, "lambda_squared": lambda_squared, "class_lambda": class_lambda}
    return _claim(
        "learner",
        left=left,
        right=right,
        on=on,
        along=along,
        eta=eta,
        sign=sign,
        delta=delta,
        epsilon=epsilon,
        depth=depth,
        otherwise=otherwise,
        **keys,
    )


def excludes(
    target: Data, on: Data, depth: int, lambda_: Data = None, lambda_squared: Data = None
) -> Claim:
    """No member of NN_{Λ,d} equals F on S."""
    keys = {"lambda": lambda_, "lambda_squared": lambda_squared}
    return _claim("excludes", target=target, on=on, depth=depth, **keys)


# ------------------------------------------- sets, functions, distributions


def cube(n: int) -> Data:
    """{−1, +1}ⁿ."""
    return {"cube": n}


def bits(n: int) -> Data:
    """{0, 1}ⁿ."""
    return {"bits": n}


def points(rows: Sequence[Sequence[Data]]) -> Data:
    """A finite list of points."""
    return {"points": rows}


def grid(lists: Sequence[Sequence[Data]]) -> Data:
    """The product of finite lists of numbers."""
    return {"grid": lists}


def box(lower: Sequence[Data], upper: Sequence[Data]) -> Data:
    """A closed box."""
    return {"box": {"lower": lower, "upper": upper}}


def ball(centre: Sequence[Data], radius: Data, norm: str = "linf") -> Data:
    """The closed ball around a point, in the norm ``linf``."""
    return {"ball": {"centre": centre, "radius": radius, "norm": norm}}


def polytope(le: Sequence[Sequence[Data]]) -> Data:
    """{x : a·x ≤ b} for rows [a₀, …, aₙ₋₁, b]."""
    return {"polytope": {"le": le}}


def space(n: int) -> Data:
    """ℝⁿ."""
    return {"space": n}


def product(*parts: Data) -> Data:
    """The product of sets, of functions (side by side) or of distributions."""
    return {"product": parts}


def embed(
    set: Data, pad: Sequence[Data] | None = None, matrix: Data = None, offset: Data = None
) -> Data:
    """Points of a set with constants appended, or its image under an injective affine map."""
    keys = {"set": set, "pad": pad, "matrix": matrix, "offset": offset}
    return {"embed": {key: value for key, value in keys.items() if value is not None}}


def perturb(set: Data, along: Sequence[Data], eta: Data, sign: Data) -> Data:
    """{x + η·sign(x)·v : x ∈ S}."""
    return {"perturb": {"set": set, "along": along, "eta": eta, "sign": sign}}


def parity(over: Iterable[int]) -> Data:
    """∏ xᵢ over the coordinates named."""
    return {"parity": list(over)}


def symmetric(over: Iterable[int], values: Sequence[Data]) -> Data:
    """A function of the number of +1 among the coordinates named."""
    return {"symmetric": {"over": list(over), "values": values}}


def linear(matrix: Data, offset: Sequence[Data] | None = None) -> Data:
    """x ↦ matrix·x + offset."""
    return {"linear": {"matrix": matrix, **({} if offset is None else {"offset": offset})}}


def constant(values: Sequence[Data]) -> Data:
    """The same values everywhere."""
    return {"constant": values}


def project(over: Sequence[int]) -> Data:
    """The coordinates named."""
    return {"project": over}


def slice(of: Network, start: int, stop: int) -> Data:
    """Layers start + 1 … stop of a network."""
    return {"slice": {"of": of, "layers": [start, stop]}}


def compose(outer: Data, inner: Data) -> Data:
    """x ↦ outer(inner(x))."""
    return {"compose": [outer, inner]}


def expression(text: str) -> Data:
    """A piecewise linear formula, such as ``"max(x0, abs(x1)) - 1/3"``."""
    return {"expression": text}


def flip(of: Data, points: Sequence[Sequence[Data]]) -> Data:
    """F with its sign changed at the points named."""
    return {"flip": {"of": of, "points": points}}


def learned(
    separator: Data, compression: Data, along: Sequence[Data], eta: Data, otherwise: int = -1
) -> Data:
    """h̃ of Lemma 1: +1 where ‖g(x) − f(x + ηv)‖ < ‖g(x) − f(x − ηv)‖, else ``otherwise``."""
    keys = {"separator": separator, "compression": compression, "along": along, "eta": eta}
    return {"learned": {**keys, "otherwise": otherwise}}


def uniform(on: Data) -> Data:
    """Every point of a finite set with the same probability; or a box, for estimates only."""
    return {"uniform": on}


def gaussian(mean: Sequence[Data], variance: Sequence[Data]) -> Data:
    """Independent normal coordinates; for estimates only."""
    return {"gaussian": {"mean": list(mean), "variance": list(variance)}}


def weighted(rows: Sequence[tuple[Sequence[Data], Data]]) -> Data:
    """Listed points, each with its probability."""
    return {"weighted": [list(row) for row in rows]}


def induced(by: Data, source: Data) -> Data:
    """The law of by(x) for x from another distribution."""
    return {"induced": {"by": by, "from": source}}
