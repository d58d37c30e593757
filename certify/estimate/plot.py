"""The interval against the number of samples, as an SVG file without any library."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from html import escape
from pathlib import Path

from .plan import Progress

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 80, 20, 30, 50
FLOOR, EDGE = HEIGHT - BOTTOM, WIDTH - RIGHT


def write(history: Sequence[Progress], bound: Fraction, title: str, path: Path) -> None:
    """Write the plot of a run's history. Raises OSError."""
    path.write_text(drawing(history, bound, title), encoding="utf-8")


def drawing(history: Sequence[Progress], bound: Fraction, title: str) -> str:
    """A band from lower to upper, the estimate as a line, the claim's bound dashed.

    The scale is that of the later half of the looks: the first intervals are cut off where they
    would flatten the last.
    """
    counts = [math.log2(p.samples) for p in history]
    later = history[len(history) // 2 :]
    ends = [float(v) for p in later for v in (p.lower, p.upper)] + [float(bound)]
    low, high = min(ends), max(ends)
    pad = 0.05 * (high - low) or 1.0
    low, high = low - pad, high + pad
    first, last = min(counts), max(counts)

    def x(count: float) -> float:
        share = (count - first) / (last - first) if last > first else 0.5
        return LEFT + share * (EDGE - LEFT)

    def y(value: float) -> float:
        return TOP + (high - value) / (high - low) * (FLOOR - TOP)

    def path(points: Sequence[tuple[float, float]]) -> str:
        return " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points)

    upper = [(c, float(p.upper)) for c, p in zip(counts, history, strict=True)]
    lower = [(c, float(p.lower)) for c, p in zip(counts, history, strict=True)]
    middle = [(c, float(p.estimate)) for c, p in zip(counts, history, strict=True)]
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
            f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.10g}</text>',
        ]
    parts += [
        '<g clip-path="url(#inside)">',
        f'<polygon points="{path(upper + lower[::-1])}" fill="#9ecae1" fill-opacity="0.7" '
        'stroke="#3182bd"/>',
        f'<polyline points="{path(middle)}" fill="none" stroke="#08519c" stroke-width="2"/>',
        "</g>",
        f'<path d="M{LEFT} {y(float(bound)):.1f}H{EDGE}" stroke="#d62728" stroke-dasharray="6 4"/>',
        f'<text x="{EDGE - 4}" y="{y(float(bound)) - 5:.1f}" text-anchor="end" '
        f'fill="#d62728">bound {float(bound):.6g}</text>',
        f'<path d="M{LEFT} {TOP}V{FLOOR}H{EDGE}" fill="none" stroke="black"/>',
    ]
    for exponent in range(math.ceil(first), math.floor(last) + 1, max(1, int(last - first) // 8)):
        label = f'2<tspan dy="-5" font-size="9">{exponent}</tspan>'
        parts.append(
            f'<text x="{x(exponent):.1f}" y="{FLOOR + 18}" text-anchor="middle">{label}</text>'
        )
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 10}" text-anchor="middle">samples</text>')
    return "\n".join([*parts, "</svg>", ""])


def _ticks(low: float, high: float) -> list[float]:
    """About five round numbers between the two."""
    raw = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= raw)
    return [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]
