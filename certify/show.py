"""What a file says, in words: a network, a claims file or a certificate.

The readers are trusted: this is where a person compares what was read with what was meant.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from pathlib import Path
from typing import Any

from .claims.toml import ClaimsFile
from .errors import CertifyError
from .explain import LONG as NUMBER
from .explain import decimal
from .kernel import certificate as certificates
from .kernel.certificate import FORMAT, Certificate, canonical
from .kernel.data.account import account
from .kernel.data.network import Layer, Network
from .kernel.data.numbers import bits, format_rational
from .kernel.data.numbers import product as multiplied
from .kernel.verdict import Budget, Decline, shorten
from .networks.files import load, plain
from .networks.reading import DEFAULT, Reading

LONG = 200  # characters of a claim that are shown
DEEP = 256  # layers of networks of which spectral norms are computed
SMALL = 64  # inputs or outputs of layers whose spectral norms are computed


@dataclass(frozen=True)
class Description:
    """The same facts as lines for a person and as data for a program."""

    lines: list[str]
    data: dict[str, Any]


def describe(path: Path, reading: Reading = DEFAULT) -> Description:
    """Describe a file by what its name says it is. Raises CertifyError or Malformed."""
    try:
        with account():
            return _described(path, reading)
    except Decline as error:
        raise CertifyError(f"{path}: too large: {error}") from None


def _described(path: Path, reading: Reading) -> Description:
    name = plain(path)
    if name.endswith(".cert.json"):
        return describe_certificate(certificates.load(path, Budget()))
    if name.endswith(".toml"):
        return describe_claims(ClaimsFile(path, reading))
    if name.endswith((".onnx", ".json", ".nnet")):
        return describe_network(load(path, reading))
    raise CertifyError(f"{path}: expected .onnx, .nnet, .json, .toml or .cert.json")


def describe_network(network: Network) -> Description:
    """Depth, widths, exact norms, the least Λ, Lipschitz bounds, the range of weights."""
    squares = [layer.frobenius_squared for layer in network.layers]
    largest, product = max(squares), multiplied(squares)
    weights = [v for layer in network.layers for row in layer.rows for _, v in row]
    weights += [v for layer in network.layers for v in layer.bias if v]
    layers = [
        {
            "layer": number,
            "inputs": layer.columns,
            "outputs": layer.width,
            "relu": sum(layer.relu),
            "weights": sum(len(row) for row in layer.rows),
            "frobenius_squared": format_rational(layer.frobenius_squared),
            "lowered": layer.lowered or None,
        }
        for number, layer in enumerate(network.layers, start=1)
    ]
    data: dict[str, Any] = {
        "inputs": network.inputs,
        "outputs": network.outputs,
        "depth": network.depth,
        "digest": network.digest,
        "onnx_sha256": network.source or None,
        "layers": layers,
        "lambda_squared": format_rational(largest),
        "lipschitz_squared": format_rational(product),
        "smallest_weight": format_rational(min(weights)) if weights else None,
        "largest_weight": format_rational(max(weights)) if weights else None,
        "largest_denominator": format_rational(
            Fraction(max((v.denominator for v in weights), default=1))
        ),
        "bits": max((bits(v) for v in weights), default=0),
    }
    lines = [
        f"network {network.inputs} → {' → '.join(str(x.width) for x in network.layers)}, "
        f"{network.depth} layers as written",
        f"digest {network.digest}",
    ]
    for number, layer in enumerate(network.layers, start=1):
        lines.append(_layer_line(number, layer))
    lines.append(f"least Λ for this representation: {_root(largest)} (Λ² = {_short(largest)})")
    lines.append(f"Lipschitz by Frobenius norms: {_root(product)} (squared: {_short(product)})")
    spectral = _spectral(network)
    if spectral is not None:
        for entry, square in zip(layers, spectral, strict=True):
            entry["spectral_squared_at_most"] = format_rational(square)
        product = multiplied(spectral)
        data["lipschitz_squared_by_spectral_norms"] = format_rational(product)
        lines.append(f"Lipschitz by spectral norms: at most {_root(product, up=True)}")
    if weights:
        lines.append(
            f"weights and biases from {_short(min(weights))} to {_short(max(weights))}, "
            f"up to {data['bits']} bits, denominators up to "
            f"{_short(Fraction(max(v.denominator for v in weights)))}"
        )
    return Description(lines, data)


def _layer_line(number: int, layer: Layer) -> str:
    cut = sum(layer.relu)
    kind = "ReLU" if cut == layer.width else "linear" if not cut else f"{cut} of {layer.width} ReLU"
    origin = f", from {layer.lowered}" if layer.lowered else ""
    return (
        f"  layer {number}: {layer.columns} → {layer.width}, {kind}, "
        f"‖W‖_F² = {_short(layer.frobenius_squared)}{origin}"
    )


def _spectral(network: Network) -> list[Fraction] | None:
    """Certified bounds on every ‖W‖₂², where all layers are small enough for that."""
    wide = any(min(layer.width, layer.columns) > SMALL for layer in network.layers)
    if wide or network.depth > DEEP:
        return None
    from .prove.spectral import norm

    return [norm(layer, Budget())[0] for layer in network.layers]


def _root(square: Fraction, up: bool = False) -> str:
    """The square root: exactly where it is rational, otherwise six decimals cut or rounded up."""
    if bits(square) > NUMBER:
        return f"√{_short(square)}"
    top, bottom = isqrt(square.numerator), isqrt(square.denominator)
    if top * top == square.numerator and bottom * bottom == square.denominator:
        return _short(Fraction(top, bottom))
    scaled = isqrt(square.numerator * 10**12 // square.denominator) + up
    if not 10**3 <= scaled <= 10**18:
        return decimal(Fraction(scaled, 10**6)) if scaled > 10**18 else f"about √{_short(square)}"
    return f"{scaled // 10**6}.{scaled % 10**6:06d}{'' if up else '…'}"


def _short(value: Fraction) -> str:
    """The number; its size where it is too long to be read."""
    if bits(value) > NUMBER:
        return f"a number of {bits(value)} bits"
    text = format_rational(value)
    return text if len(text) <= 60 else f"about {decimal(value)}"


def describe_claims(file: ClaimsFile) -> Description:
    """Every claim in canonical form, with its digest and what is expected."""
    lines, claims = [], []
    for name in file:
        goal = file.claim(name)
        entry = {
            "name": name,
            "kind": goal.claim.kind,
            "expect": goal.expect,
            "source": goal.source or None,
            "sha256": goal.claim.digest,
            "claim": goal.claim.to_json(),
        }
        claims.append(entry)
        source = f"  ({goal.source})" if goal.source else ""
        lines.append(f"{name}: {goal.claim.kind}, expected {goal.expect}{source}")
        lines.append(f"  {shorten(goal.claim.canonical, LONG)}")
        lines.append(f"  sha256 {goal.claim.digest}")
    return Description(lines, {"claims": claims})


def describe_certificate(certificate: Certificate) -> Description:
    """What a certificate says that it shows. Nothing is checked here."""
    header = certificate.header
    if header.get("format") != FORMAT or not {"claim", "verdict", "rule", "body"} <= header.keys():
        raise CertifyError(f"not a certificate: no object of format {FORMAT}")
    lines = [
        f"certificate, NOT checked here: says {shorten(str(header.get('verdict')))} "
        f"by rule {shorten(str(header.get('rule')))}",
        f"  claim {shorten(canonical(header.get('claim')), LONG)}",
    ]
    networks = header.get("networks")
    for name, digest in networks.items() if isinstance(networks, dict) else ():
        lines.append(f"  network {name}: {shorten(str(digest), LONG)}")
    count = sum(1 for _ in certificate.lines) if certificate.lines is not None else 0
    body = f"{count} lines" if count else shorten(canonical(header.get("body")), LONG)
    lines.append(f"  body {body}")
    return Description(lines, {**header, "lines": count})
