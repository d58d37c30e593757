"""A witness through onnxruntime in floats: does the violation survive there?

Nothing here is part of a verdict. A refutation is exact; a user who deploys the network in
float32 also wants to know what that runtime computes at the same point.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from ..errors import CertifyError
from ..kernel.claim import Pointwise
from ..kernel.numbers import parse_rational
from ..kernel.sets.convex import Box
from ..kernel.verdict import shorten


def replayed(path: Path, claim: Pointwise, point: Sequence[str]) -> str:
    """One line on what onnxruntime computes at a witness against a claim on one network."""
    try:
        import onnxruntime
    except ImportError:
        return "not replayed in floats: onnxruntime is not installed"
    exact = [parse_rational(text) for text in point]
    try:
        x, y = _run(onnxruntime, path, claim, exact)
    except Exception as error:  # onnxruntime's own refusals, of many types
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

    Where rounding leaves a box, the float beside it is taken, which lies inside if one does.
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
    taken = math.prod(shape)
    if taken != len(point):
        message = f"the point is of {len(point)} numbers, several copies of the file's {taken}"
        raise CertifyError(message)
    values = numpy.array([v.numerator / v.denominator for v in point], dtype=kinds[entry.type])
    if isinstance(claim.domain, Box):
        for i, (low, high) in enumerate(zip(claim.domain.lower, claim.domain.upper, strict=True)):
            exact = Fraction(float(values[i]))
            if not low <= exact <= high:
                inward = numpy.inf if exact < low else -numpy.inf
                values[i] = numpy.nextafter(values[i], values.dtype.type(inward))
    [outputs] = session.run(None, {entry.name: values.reshape(shape)})
    return tuple(map(Fraction, values.tolist())), tuple(map(Fraction, outputs.ravel().tolist()))
