"""The interval against the number of samples, as an SVG file without any library."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from html import escape
from pathlib import Path

from ..errors import CertifyError
from .digits import exponent, near
from .plan import Progress

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 80, 20, 30, 50
FLOOR, EDGE = HEIGHT - BOTTOM, WIDTH - RIGHT
FAR = 10 * HEIGHT  # what is further out is cut off anyway


def check(path: Path) -> None:
    """Raises CertifyError where no SVG file can be written to the path, and leaves no trace."""
    if path.suffix.lower() != ".svg":
        raise CertifyError(f"--plot {path}: it writes SVG; give it a name that ends in .svg")
    new = not path.exists()
    try:
        with path.open("ab"):
            pass
        if new:
            path.unlink()
    except OSError as error:
        raise CertifyError(f"--plot {path}: {error.strerror or error}") from None


def write(history: Sequence[Progress], bound: Fraction, title: str, path: Path) -> None:
    """Write the plot of a run's history. Raises OSError."""
    path.write_text(drawing(history, bound, title), encoding="utf-8")


def drawing(history: Sequence[Progress], bound: Fraction, title: str) -> str:
    """A band from lower to upper, the estimate as a line, the claim's bound dashed.

    The scale is that of the later half of the looks: the first intervals are cut off where they
    would flatten the last. One look is a band from side to side.
    """
    looks = [(math.log2(max(1, p.samples)), p) for p in history]
    if len(looks) == 1:
        looks = [looks[0], (looks[0][0] + 1, looks[0][1])]
    low, high = _scale([*(p for _, p in looks[len(looks) // 2 :])], bound)
    first, last = looks[0][0], looks[-1][0]

    def x(count: float) -> float:
        return LEFT + (count - first) / (last - first) * (EDGE - LEFT)

    def y(value: Fraction) -> float:
        place = TOP + (high - value) / (high - low) * (FLOOR - TOP)
        return float(min(max(place, Fraction(-FAR)), Fraction(FAR)))

    def path(points: Sequence[tuple[float, Fraction]]) -> str:
        return " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points)

    upper = [(c, p.upper) for c, p in looks]
    lower = [(c, p.lower) for c, p in looks]
    middle = [(c, p.estimate) for c, p in looks]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<clipPath id="inside"><rect x="{LEFT}" y="{TOP}" width="{EDGE - LEFT}" '
        f'height="{FLOOR - TOP}"/></clipPath>',
        f'<text x="{LEFT}" y="18">{escape(title)}</text>',
    ]
    for value in _ticks(low, high):
        parts += [
            f'<path d="M{LEFT} {y(value):.1f}H{EDGE}" stroke="#e0e0e0"/>',
            f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">'
            f"{near(value, 10)}</text>",
        ]
    parts += [
        '<g clip-path="url(#inside)">',
        f'<polygon points="{path(upper + lower[::-1])}" fill="#9ecae1" fill-opacity="0.7" '
        'stroke="#3182bd"/>',
        f'<polyline points="{path(middle)}" fill="none" stroke="#08519c" stroke-width="2"/>',
        "</g>",
        f'<path d="M{LEFT} {y(bound):.1f}H{EDGE}" stroke="#d62728" stroke-dasharray="6 4"/>',
        f'<text x="{EDGE - 4}" y="{y(bound) - 5:.1f}" text-anchor="end" '
        f'fill="#d62728">bound {near(bound)}</text>',
        f'<path d="M{LEFT} {TOP}V{FLOOR}H{EDGE}" fill="none" stroke="black"/>',
    ]
    if len(history) > 1:
        parts += _counts(first, last, x)
    drawn = history[-1].samples
    label = "samples" if len(history) > 1 else f"{drawn:,} samples" if drawn else "exact"
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 10}" text-anchor="middle">{label}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _scale(looks: Sequence[Progress], bound: Fraction) -> tuple[Fraction, Fraction]:
    """The least and the greatest number that is shown."""
    ends = [v for p in looks for v in (p.lower, p.upper)] + [bound]
    low, high = min(ends), max(ends)
    pad = (high - low) / 20 or abs(high) / 20 or Fraction(1)
    return low - pad, high + pad


def _counts(first: float, last: float, x: Callable[[float], float]) -> list[str]:
    """The powers of two below the axis."""
    found = []
    for power in range(math.ceil(first), math.floor(last) + 1, max(1, int(last - first) // 8)):
        label = f'2<tspan dy="-5" font-size="9">{power}</tspan>'
        found.append(
            f'<text x="{x(power):.1f}" y="{FLOOR + 18}" text-anchor="middle">{label}</text>'
        )
    return found


def _ticks(low: Fraction, high: Fraction) -> list[Fraction]:
    """About five round numbers between the two."""
    raw = (high - low) / 5
    power = Fraction(10) ** exponent(raw)
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= raw)
    return [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]
