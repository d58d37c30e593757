"""A witness through onnxruntime in floats: does the violation survive there?

Nothing here is part of a verdict. A refutation is exact; a user who deploys the network in
float32 also wants to know what that runtime computes at the same point.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from ..errors import CertifyError
from ..kernel.claim import Pointwise
from ..kernel.exact import format_rational, parse_rational
from ..kernel.verdict import shorten


def replayed(path: Path, claim: Pointwise, point: Sequence[str]) -> str:
    """One line on what onnxruntime computes at a witness against a claim on one network."""
    try:
        import onnxruntime
    except ImportError:
        return "not replayed in floats: onnxruntime is not installed"
    exact = [parse_rational(text) for text in point]
    try:
        x, y = _run(onnxruntime, path, exact)
    except Exception as error:  # onnxruntime's own refusals, of many types
        return f"not replayed in floats: {shorten(str(error))}"
    moved = "" if x == tuple(exact) else ", the point rounded"
    if not claim.domain.contains(x):
        return f"in onnxruntime{moved}: the rounded point lies outside of the set"
    survives = not claim.holds(x, (y,))
    outputs = ", ".join(shorten(f"{v.numerator / v.denominator:.9g}", 20) for v in y[:8])
    verdict = "survives" if survives else "does NOT survive"
    return f"in onnxruntime{moved}: the violation {verdict} (outputs {outputs})"


def _run(
    onnxruntime: object, path: Path, point: Sequence[Fraction]
) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
    """The point as the runtime's own float type holds it, and its outputs, as rationals."""
    import numpy

    options = onnxruntime.SessionOptions()  # type: ignore[attr-defined]
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(  # type: ignore[attr-defined]
        str(path), options, providers=["CPUExecutionProvider"]
    )
    [entry] = session.get_inputs()
    kinds = {"tensor(float)": numpy.float32, "tensor(double)": numpy.float64}
    if entry.type not in kinds:
        raise CertifyError(f"inputs of type {entry.type}")
    shape = [size if isinstance(size, int) and size > 0 else 1 for size in entry.shape]
    values = numpy.array([v.numerator / v.denominator for v in point], dtype=kinds[entry.type])
    [outputs] = session.run(None, {entry.name: values.reshape(shape)})
    return tuple(map(Fraction, values.tolist())), tuple(map(Fraction, outputs.ravel().tolist()))


def competition(verdict: str, network: Sequence[str], point: Sequence[str] | None) -> str:
    """The verdict in the format of the verification competition (VNN-COMP).

    ``unsat``, ``unknown``, or ``sat`` with the counterexample: X_i and Y_j as decimals, exact
    where the rational has a short one and otherwise the nearest double. ``point`` are the
    inputs and ``network`` the outputs, as exact text.
    """
    if verdict == "proved":
        return "unsat"
    if verdict != "refuted" or point is None:
        return "unknown"
    cells = [f"(X_{i} {decimal(v)})" for i, v in enumerate(point)]
    cells += [f"(Y_{j} {decimal(v)})" for j, v in enumerate(network)]
    return "sat\n(" + "\n ".join(cells) + ")"


def decimal(text: str) -> str:
    """A rational as a decimal: exact up to 40 digits, else the nearest double."""
    value = parse_rational(text)
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives)
    if rest != 1 or places > 40:
        return repr(value.numerator / value.denominator)
    digits = format_rational(abs(value) * 10**places).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else f"{digits}.0")
