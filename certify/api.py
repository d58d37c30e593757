"""The Python interface: build claims, prove them, check certificates.

Sets, functions and distributions are plain data in the shape of the claim language, made
by the functions below; a function may also be a :class:`Network` or a ``torch.nn.Module``.
Numbers are integers, Fractions or exact text ("1/3", "1.25", "2^-60"); floats are refused.
Every claim is validated by the reader that claims files go through, and errors are
:class:`~certify.errors.CertifyError`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from .claims.toml import ClaimsFile, NamedClaim
from .errors import CertifyError
from .explain import explain
from .kernel import certificate as certificates
from .kernel import kinds
from .kernel.certificate import FORMAT, Certificate
from .kernel.check import bind
from .kernel.check import check as kernel_check
from .kernel.claim import Claim
from .kernel.decode import Node, Scope
from .kernel.exact import format_rational, parse_number
from .kernel.network import Network
from .kernel.verdict import Accepted, Budget, Decline, Declined, Malformed, Rejected

Data = Any  # a set, function, distribution or number of the claim language

# ------------------------------------------------------------------- claims


def _plain(value: Data) -> Data:
    """The value as the readers take it: Fractions as text, torch modules as networks."""
    if isinstance(value, Fraction):
        return format_rational(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    if type(value).__module__.split(".")[0] != "builtins" and hasattr(value, "state_dict"):
        return from_torch(value)
    return value


def from_torch(module: Any, shape: Sequence[int] | None = None) -> Network:
    """The exact network of a ``torch.nn.Module``: each weight is the dyadic that it stores.

    ``shape`` is that of one input without the batch dimension, where the first module does
    not tell it (a convolution). Raises CertifyError where a module has no exact form here, and names it.
    """
    from .networks.torch_read import from_torch as read

    try:
        return read(module, shape)
    except (Malformed, Decline) as error:
        raise CertifyError(str(error)) from None


def _claim(kind: str, **keys: Data) -> Claim:
    table = {key: _plain(value) for key, value in keys.items() if value is not None}
    try:
        return kinds.read(Node({"kind": kind, **table}, kind, Scope(parse_number)))
    except (Malformed, Decline) as error:
        raise CertifyError(str(error)) from None


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
) -> Claim:
    """Lemma 1 on this instance: its hypotheses, D̃, and D_TV(D̃, D) ≤ 16ε/Δ².

    f = ``left``, g = ``right``, D₀ uniform on ``on``; ``otherwise`` = 0 is z as the paper
    writes it.
    """
    keys = {"lambda": lambda_, "lambda_squared": lambda_squared}
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


# ------------------------------------------------------------ prove, check


@dataclass(frozen=True)
class Verdict:
    """What is known of a claim, and the evidence."""

    name: str
    verdict: str  # proved, refuted, enumerated, estimated, unknown
    rule: str = ""
    reason: str = ""
    claim: str = ""  # SHA-256 of the canonical claim
    certificate: Certificate | None = field(default=None, repr=False)
    path: Path | None = None
    seconds: float = 0.0  # of the search
    check_seconds: float = 0.0  # of the kernel
    bytes: int = 0  # of the certificate's file
    note: str = ""  # the exact numbers that decide, in words

    @property
    def proved(self) -> bool:
        """Did the kernel accept a certificate of the claim?"""
        return self.verdict == "proved"

    @property
    def refuted(self) -> bool:
        """Did the kernel accept a certificate against the claim?"""
        return self.verdict == "refuted"

    def to_json(self) -> dict[str, Any]:
        """The verdict as one JSON object."""
        return {
            "name": self.name,
            "verdict": self.verdict,
            "rule": self.rule or None,
            "reason": self.reason or None,
            "note": self.note or None,
            "claim": self.claim or None,
            "certificate": str(self.path) if self.path else None,
            "bytes": self.bytes or None,
            "seconds": round(self.seconds, 6),
            "check_seconds": round(self.check_seconds, 6),
        }


def named(claim: Claim | NamedClaim) -> NamedClaim:
    """The claim with a name, and names for its networks."""
    if isinstance(claim, NamedClaim):
        return claim
    distinct = {network.digest: network for network in claim.networks()}
    networks = {f"network-{i}": network for i, network in enumerate(distinct.values(), start=1)}
    return NamedClaim(claim.kind, claim, networks)


def prove(
    claim: Claim | NamedClaim,
    *,
    method: str = "auto",
    timeout: float = 300.0,
    workers: int = 1,
    output: Path | None = None,
    budget: Budget | None = None,
) -> Verdict:
    """Search for a certificate of the claim or against it, and let the kernel check it.

    ``timeout`` is in seconds. With ``output`` the certificate is written to that folder as
    NAME.cert.json (``.gz`` past 1 MB), and the kernel checks what was written. Raises
    CertifyError where the claim is not well defined or there is no such method.
    """
    from .prove import Found, Options, search

    goal = named(claim)
    limits = budget or Budget()
    started = time.perf_counter()
    answer = search(goal.claim, Options(timeout, workers, budget=limits), method)
    seconds = time.perf_counter() - started
    if not isinstance(answer, Found):
        return Verdict(
            goal.name,
            answer.verdict,
            reason=answer.reason,
            claim=goal.claim.digest,
            seconds=seconds,
            note=answer.note,
        )
    header = {
        "format": FORMAT,
        "claim": goal.claim.to_json(),
        "networks": bind(goal.claim, goal.networks),
        "verdict": answer.verdict,
        "rule": answer.rule,
        "body": answer.body if answer.lines is None else "lines",
    }
    found = Certificate(header, None if answer.lines is None else list(answer.lines))
    path = None
    if output is None:
        found = certificates.parse(found.text().encode())
    else:
        path = certificates.write(found, output / f"{goal.name}.cert.json")
        found = certificates.load(path, limits)
    result = check(goal, found, budget=limits)
    if result.verdict not in ("proved", "refuted"):
        if path is not None:
            path.unlink()
        return Verdict(
            goal.name,
            "unknown",
            answer.rule,
            f"the kernel did not accept: {result.reason}",
            goal.claim.digest,
            seconds=seconds,
            check_seconds=result.check_seconds,
        )
    return Verdict(
        goal.name,
        result.verdict,
        result.rule,
        "",
        goal.claim.digest,
        found,
        path,
        seconds,
        result.check_seconds,
        _size(found, path),
        result.note,
    )


def check(
    claim: Claim | NamedClaim,
    certificate: Certificate | Path | str,
    *,
    budget: Budget | None = None,
) -> Verdict:
    """Let the kernel check a certificate. The verdict is proved, refuted, rejected or declined.

    Raises CertifyError where the certificate's file cannot be opened.
    """
    goal, limits = named(claim), budget or Budget()
    path = None if isinstance(certificate, Certificate) else Path(certificate)
    started = time.perf_counter()
    result: Accepted | Rejected | Declined
    found: Certificate | None = None
    try:
        found = (
            certificate
            if isinstance(certificate, Certificate)
            else certificates.load(Path(certificate), limits)
        )
        networks = goal.networks
        if not isinstance(claim, NamedClaim):
            networks = _names_of(found, networks)
        result = kernel_check(goal.claim, networks, found, limits)
    except OSError as error:
        raise CertifyError(f"{certificate}: {error.strerror or error}") from None
    except Malformed as error:
        result = Rejected("certificate.malformed", error.at or "/", error.message)
    except Decline as error:
        result = Declined(error.budget, error.needed)
    seconds = time.perf_counter() - started
    size = 0 if found is None else _size(found, path)
    if isinstance(result, Accepted):
        return Verdict(
            goal.name,
            result.verdict,
            result.rule,
            "",
            result.claim,
            found,
            path,
            0.0,
            seconds,
            size,
            explain(goal.claim, found) if found else "",
        )
    if isinstance(result, Declined):
        reason = f"needs {result.needed} {result.budget}, over the budget"
        return Verdict(
            goal.name, "declined", "", reason, goal.claim.digest, found, path, 0.0, seconds, size
        )
    reason = f"{result.rule} at {result.at}: {result.found}"
    return Verdict(
        goal.name, "rejected", "", reason, goal.claim.digest, found, path, 0.0, seconds, size
    )


def _names_of(certificate: Certificate, networks: Mapping[str, Network]) -> dict[str, Network]:
    """The networks under the names that the certificate gives to their digests."""
    recorded = certificate.header.get("networks")
    by_binding = {network.binding: network for network in networks.values()}
    if not isinstance(recorded, dict) or not all(v in by_binding for v in recorded.values()):
        return dict(networks)
    names = {name: by_binding[binding] for name, binding in recorded.items()}
    return names if len(set(recorded.values())) == len(by_binding) else dict(networks)


def _size(certificate: Certificate, path: Path | None) -> int:
    if path is not None:
        return path.stat().st_size
    return len(certificate.text().encode())


# ------------------------------------------------------------------- verify


@dataclass(frozen=True)
class Checked:
    """A row of ``certify verify``: a claim, its verdict, and whether it is the expected one."""

    place: str
    verdict: Verdict
    expect: str

    @property
    def expected(self) -> bool:
        """Is the verdict the expected one?"""
        return self.verdict.verdict == self.expect


def claims_files(paths: Sequence[Path]) -> list[Path]:
    """The claims files at the paths: a file itself, or every claims.toml below a folder.

    Raises CertifyError where a path has none.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_file():
            files.append(path)
            continue
        found = sorted(path.rglob("claims.toml")) if path.is_dir() else []
        if not found:
            raise CertifyError(f"{path}: no claims file there")
        files += found
    return list(dict.fromkeys(files))


def proof_folders(claims: Path) -> list[Path]:
    """Where certificates of a claims file are looked for: proofs/X for models/X, then beside."""
    folder = claims.resolve().parent
    folders = [folder]
    for parent in folder.parents:
        if parent.name == "models":
            folders.insert(0, parent.parent / "proofs" / folder.relative_to(parent))
            break
    return folders


def verify(paths: Sequence[Path | str], budget: Budget | None = None) -> Iterable[Checked]:
    """Check the certificate of every claim found, one row at a time. Never proves.

    A claim without a certificate is unknown; a certificate without a claim is a row whose
    verdict is "rejected". Raises CertifyError where a claims file cannot be read.
    """
    for file in claims_files([Path(path) for path in paths]):
        claims, place = ClaimsFile(file), file.parent.name
        folders = proof_folders(file)
        known = {
            folder / f"{name}.cert.json{end}"
            for folder in folders
            for name in claims
            for end in ("", ".gz")
        }
        for name in claims:
            goal = claims.claim(name)
            found = [f / f"{name}.cert.json{end}" for f in folders for end in ("", ".gz")]
            path = next((p for p in found if p.is_file()), None)
            if path is None:
                missing = Verdict(name, "unknown", reason="no certificate", claim=goal.claim.digest)
                yield Checked(place, missing, goal.expect)
            else:
                yield Checked(place, check(goal, path, budget=budget), goal.expect)
        others = [] if len(list(file.parent.glob("*.toml"))) > 1 else folders
        for folder in others:
            for path in sorted(folder.glob("*.cert.json*")):
                if path not in known:
                    orphan = Verdict(
                        path.name, "rejected", reason="a certificate without a claim", path=path
                    )
                    yield Checked(place, orphan, "")
