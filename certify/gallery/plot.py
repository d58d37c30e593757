"""A plot on two logarithmic axes, as SVG text that is the same on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT = 760, 520
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 50, 60
LEGEND = 450  # where the legend starts, in the lower right corner


@dataclass(frozen=True)
class Curve:
    """Points (x, y), all positive, joined by a line; dots where each is a result of its own."""

    label: str
    colour: str
    points: Sequence[tuple[int, int]]
    dots: bool = False


def log_log(title: str, across: str, up: str, curves: Sequence[Curve], top: int) -> str:
    """The curves, which leave the lower right corner free; what lies above ``top`` is cut off."""
    xs = [x for curve in curves for x, _ in curve.points]
    ys = [y for curve in curves for _, y in curve.points]
    x_range = log10(min(xs)), log10(max(xs))
    y_range = float(floor(log10(min(ys)))), log10(top)

    def place(x: float, y: float) -> str:
        return f"{_x(log10(x), x_range):.1f},{_y(log10(y), y_range):.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="14">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="28" font-size="17">{escape(title)}</text>',
        f'<clipPath id="inside"><rect x="{LEFT}" y="{TOP}" width="{WIDTH - LEFT - RIGHT}" '
        f'height="{HEIGHT - TOP - BOTTOM}"/></clipPath>',
    ]
    for power in range(int(y_range[0]), ceil(y_range[1]) + 1):
        height = _y(power, y_range)
        if height >= TOP:
            parts.append(
                f'<path d="M{LEFT} {height:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
                f'<text x="{LEFT - 8}" y="{height + 5:.1f}" text-anchor="end">{10**power:,}</text>'
            )
    for tick in (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128):
        if min(xs) <= tick <= max(xs):
            column = _x(log10(tick), x_range)
            parts.append(
                f'<path d="M{column:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>'
                f'<text x="{column:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">'
                f"{tick}</text>"
            )
    middle = (LEFT + WIDTH - RIGHT) // 2
    parts += [
        f'<text x="{middle}" y="{HEIGHT - 15}" text-anchor="middle">{escape(across)}</text>',
        f'<text transform="translate(18 {HEIGHT // 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(up)}</text>",
    ]
    for number, curve in enumerate(curves):
        line = " ".join(place(x, y) for x, y in curve.points)
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{curve.colour}" stroke-width="2" '
            'clip-path="url(#inside)"/>'
        )
        for x, y in curve.points if curve.dots else ():
            cx, _, cy = place(x, y).partition(",")
            parts.append(f'<circle cx="{cx}" cy="{cy}" r="3" fill="{curve.colour}"/>')
        level = HEIGHT - BOTTOM - 20 * (len(curves) - number) + 6
        parts.append(
            f'<path d="M{LEGEND} {level - 5}h24" stroke="{curve.colour}" stroke-width="3"/>'
            f'<text x="{LEGEND + 32}" y="{level}">{escape(curve.label)}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _x(value: float, limits: tuple[float, float]) -> float:
    return LEFT + (value - limits[0]) / (limits[1] - limits[0]) * (WIDTH - LEFT - RIGHT)


def _y(value: float, limits: tuple[float, float]) -> float:
    return HEIGHT - BOTTOM - (value - limits[0]) / (limits[1] - limits[0]) * (HEIGHT - TOP - BOTTOM)
