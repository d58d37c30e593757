"""A witness through onnxruntime in floats: does the violation survive there?

Nothing here is part of a verdict. A refutation is exact; a user who deploys the network in
float32 also wants to know what that runtime computes at the same point.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any

from ..errors import CertifyError
from ..kernel.data.numbers import parse_rational
from ..kernel.language.claim import Pointwise
from ..kernel.language.functions.affine import Project
from ..kernel.language.functions.base import Function
from ..kernel.language.functions.combine import Compose, Product
from ..kernel.verdict import shorten
from .apart import Failed, apart
from .float_point import rounded


def replayed(path: Path, claim: Pointwise, point: Sequence[str]) -> str:
    """One line on what onnxruntime computes at a witness against a claim on one network."""
    try:
        import onnxruntime
    except ImportError:
        return "not replayed in floats: onnxruntime is not installed"
    exact = [parse_rational(text) for text in point]
    try:
        x, y = apart(lambda: _run(onnxruntime, path, claim, exact))
    except Failed as error:
        return f"not replayed in floats: {shorten(str(error))}"
    moved = "" if x == tuple(exact) else ", the point rounded"
    if not claim.domain.contains(x):
        moved += ", which lies outside of the set"
    survives = not claim.holds(x, (y,))
    outputs = ", ".join(shorten(f"{v.numerator / v.denominator:.9g}", 20) for v in y[:8])
    verdict = "survives" if survives else "does NOT survive"
    return f"in onnxruntime{moved}: the violation {verdict} (outputs {outputs})"


def _run(
    onnxruntime: object, path: Path, claim: Pointwise, point: Sequence[Fraction]
) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
    """The point as the runtime's own float type holds it, and its outputs, as rationals.

    Where rounding leaves the set, floats near the point that lie inside are looked for.
    """
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
    values = rounded(claim.domain, point, kinds[entry.type])
    outputs: list[Fraction] = []
    for part in _copies(claim.terms()[0], values):
        [found] = session.run(None, {entry.name: part.reshape(shape)})
        outputs += map(Fraction, found.ravel().tolist())
    return tuple(map(Fraction, values.tolist())), tuple(outputs)


def _copies(function: Function, values: Any) -> list[Any]:
    """What each copy of the network reads, where the function is several of them side by side."""
    if isinstance(function, Compose) and isinstance(function.inner, Project):
        values, function = values[list(function.inner.over)], function.outer
    if not isinstance(function, Product):
        return [values]
    ends = list(accumulate(function.inputs))
    return [values[end - width : end] for end, width in zip(ends, function.inputs, strict=True)]
