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


def write(history: Sequence[Progress], bound: Fraction, title: str, path: Path) -> None:
    """Write the plot of a run's history. Raises OSError."""
    path.write_text(drawing(history, bound, title), encoding="utf-8")


def drawing(history: Sequence[Progress], bound: Fraction, title: str) -> str:
    """A band from lower to upper, the estimate as a line, the claim's bound dashed."""
    counts = [math.log2(p.samples) for p in history]
    ends = [float(v) for p in history for v in (p.lower, p.upper)] + [float(bound)]
    low, high = min(ends), max(ends)
    pad = 0.05 * (high - low) or 1.0
    low, high = low - pad, high + pad
    first, last = min(counts), max(counts)

    def x(count: float) -> float:
        share = (count - first) / (last - first) if last > first else 0.5
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM)

    def path(points: Sequence[tuple[float, float]]) -> str:
        return " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points)

    upper = [(c, float(p.upper)) for c, p in zip(counts, history, strict=True)]
    lower = [(c, float(p.lower)) for c, p in zip(counts, history, strict=True)]
    middle = [(c, float(p.estimate)) for c, p in zip(counts, history, strict=True)]
    floor = HEIGHT - BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="18">{escape(title)}</text>',
        f'<polygon points="{path(upper + lower[::-1])}" fill="#9ecae1" stroke="#3182bd"/>',
        f'<polyline points="{path(middle)}" fill="none" stroke="#08519c" stroke-width="2"/>',
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(float(bound)):.1f}" '
        f'y2="{y(float(bound)):.1f}" stroke="#d62728" stroke-dasharray="6 4"/>',
        f'<path d="M{LEFT} {TOP}V{floor}H{WIDTH - RIGHT}" fill="none" stroke="black"/>',
    ]
    for value in _ticks(low, high):
        parts.append(
            f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>'
        )
    for exponent in range(math.ceil(first), math.floor(last) + 1, max(1, int(last - first) // 8)):
        label = f'2<tspan baseline-shift="super" font-size="9">{exponent}</tspan>'
        parts.append(
            f'<text x="{x(exponent):.1f}" y="{floor + 18}" text-anchor="middle">{label}</text>'
        )
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 10}" text-anchor="middle">samples</text>')
    return "\n".join([*parts, "</svg>", ""])


def _ticks(low: float, high: float) -> list[float]:
    """About five round numbers between the two."""
    raw = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= raw)
    return [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]
